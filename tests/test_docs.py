"""CONTRIBUTING and SECURITY name files and commands that are there."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ["CONTRIBUTING.md", "SECURITY.md"]


@pytest.mark.parametrize("name", DOCS)
def test_files_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    files = re.findall(r"`((?:[\w.]+/)*\w+\.(?:py|md|txt))`|`(scripts/\w+|\.ci/run)`", text)
    for file in (a or b for a, b in files):
        assert (ROOT / file).is_file(), file


@pytest.mark.parametrize("name", DOCS)
def test_commands_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for module in re.findall(r"`(?:python -m )([\w.]+)", text):
        assert find_spec(module), module


def test_limits_are_those_of_the_code() -> None:
    import hub
    import picture

    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    for figure in (
        f"{hub.MAX_BYTES / 1e6:g} MB",
        f"({picture.MAX_MB:g} MB)",
        f"{picture.MAX_MEGAPIXELS:g} megapixels",
    ):
        assert figure in text


def test_each_fault_has_a_test_that_exists() -> None:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = text.partition("| what goes wrong |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", row.split("|")[3])
        assert named, row
        for file, test in named:
            assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test
