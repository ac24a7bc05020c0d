"""What --help says of the commands of training."""

import importlib
import itertools
import re

import pytest

from train import options

COMMANDS = ("compare", "evaluate", "export", "plain", "publish")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_and_explains_every_option(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        importlib.import_module(f"train.{name}").main(["--help"])
    said = capsys.readouterr().out
    assert f"\n    python -m train.{name} " in said
    lines = said.partition("\noptions:\n")[2].splitlines()
    for line, after in itertools.pairwise([*lines, ""]):
        if line.startswith("  -"):
            assert re.search(r"\S {2,}\S", line) or after.startswith(" " * 20), line


def test_help_tells_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    made = options.parser("What it does.")
    made.add_argument("--epochs", default=20, help="how long")
    made.add_argument("--limit", help="how many")
    made.print_help()
    said = capsys.readouterr().out
    assert "how long (default: 20)\n" in said
    assert "how many\n" in said
