"""The examples of the documents are run as they are printed, but for the port."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TOKEN
from tests.documents import ROOT, code_blocks
from tests.pictures import EXAMPLES, a_seven

PRINTED = "http://127.0.0.1:7860"
MODULES = ROOT / ".cache" / "node_modules"
RUNNERS = {
    "bash": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-W", "error", "-c"],
    "js": ["node", "--input-type=module", "--eval"],
}
EXAMPLES_PRINTED = [
    (language, code)
    for language in RUNNERS
    for code in code_blocks(language)
    if language != "bash" or "curl" in code  # containers are not run here
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seven.png").write_bytes(a_seven())
    shutil.copy(EXAMPLES / "7_a_number.png", tmp_path / "number.png")
    if MODULES.is_dir():
        (tmp_path / "node_modules").symlink_to(MODULES)
    return tmp_path


def run(language: str, code: str, folder: Path, address: str) -> str:
    code = code.replace(PRINTED, address.rstrip("/"))
    if language == "bash":
        code = code.replace("curl ", "curl --fail --silent --show-error ")
    done = subprocess.run(
        [*RUNNERS[language], code],
        cwd=folder,
        env=os.environ | {"API_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_is_an_example_of_each_kind() -> None:
    assert {language for language, _ in EXAMPLES_PRINTED} == set(RUNNERS)


@pytest.mark.parametrize(
    ("language", "code"), EXAMPLES_PRINTED, ids=[language for language, _ in EXAMPLES_PRINTED]
)
def test_example_runs_as_printed(
    request: pytest.FixtureRequest, folder: Path, language: str, code: str
) -> None:
    if language == "js" and not (MODULES / "@gradio" / "client").is_dir():
        pytest.skip("npm has not installed @gradio/client")
    address = request.getfixturevalue("private" if "API_TOKEN" in code else "app")
    printed = run(language, code, folder, address)
    assert re.search(r'(?m)^7 0\.\d+$|"text":"7"', printed), printed
    for asked, answered in (
        ("number=1", '"text":"2047"'),
        ("explain=1", '"heatmap":"data:image/png;base64,'),
        ("/api/health", '"ready":true'),
    ):
        assert (answered in printed) == (asked in code)
