"""The README is a Space's configuration and a newcomer's first page; its figures are measured."""

import json
import re
from pathlib import Path

import pytest
import yaml

from tests.documents import DOCUMENTS, ROOT

README = DOCUMENTS["README.md"]
BLANK, FRONT_MATTER, BODY = README.split("---\n", 2)
SPACE = yaml.safe_load(FRONT_MATTER)
FIGURE = re.compile(r"<!-- metrics\.json: (\S+) -->([^|]*)\|")


def requirements(file: Path) -> dict[str, str]:
    """Return each package's version specifier."""
    lines = file.read_text().splitlines()
    wanted = [line.split("#")[0].split(";")[0].strip() for line in lines]
    pairs = [re.fullmatch(r"([\w.-]+)(.*)", line) for line in wanted if line and line[0] != "-"]
    return {pair[1]: pair[2] for pair in pairs if pair}


def test_front_matter_comes_first() -> None:
    assert BLANK == ""


def test_space_runs_the_gradio_that_is_installed() -> None:
    assert SPACE["sdk"] == "gradio"
    assert requirements(ROOT / "requirements.txt")["gradio"] == f"=={SPACE['sdk_version']}"


def test_space_runs_a_python_that_is_new_enough() -> None:
    assert isinstance(SPACE["python_version"], str)  # unquoted, 3.10 would be 3.1
    assert tuple(map(int, SPACE["python_version"].split("."))) >= (3, 11)


def test_space_starts_an_app_that_is_there() -> None:
    assert (ROOT / SPACE["app_file"]).is_file()


def test_space_keeps_to_the_hub_rules() -> None:
    assert len(SPACE["short_description"]) <= 60
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {SPACE["colorFrom"], SPACE["colorTo"]} <= colours
    assert SPACE["license"] == "apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text()


def test_what_was_measured_comes_first() -> None:
    assert 0 < BODY.index("| | result |") < BODY.index("](docs/page.webp)") < BODY.index("\n## ")


def test_a_screenshot_is_small() -> None:
    assert (ROOT / "docs" / "page.webp").stat().st_size < 120_000


def shown_as(value: float, shown: str) -> str:
    """Write a value as the README shows it: in per cent, with so many decimals."""
    unit = " %" if shown.endswith("%") else ""
    digits = shown.removesuffix("%").strip()
    decimals = len(digits.partition(".")[2])
    return f"{value * (100 if unit else 1):,.{decimals}f}{unit}"


@pytest.mark.skipif(not (ROOT / "metrics.json").exists(), reason="no model has been trained yet")
@pytest.mark.parametrize(("path", "shown"), FIGURE.findall(README))
def test_figures_are_those_of_the_model(path: str, shown: str) -> None:
    value = json.loads((ROOT / "metrics.json").read_text())
    for key in path.split("."):
        value = value[key]
    said = shown.strip()
    assert said == shown_as(value, said), f"metrics.json says {value}"


def test_figures_are_written_as_shown() -> None:
    assert shown_as(0.99732, "99.70 %") == "99.73 %"
    assert shown_as(288331, "288,000") == "288,331"
    assert shown_as(0.0000021, "0.000001") == "0.000002"
