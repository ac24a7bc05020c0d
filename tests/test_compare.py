"""The zoo is trained, measured and shown as it was measured."""

import json
from pathlib import Path

import pytest

from model import load
from tests.documents import DOCUMENTS, ROOT
from train import compare

pytestmark = pytest.mark.no_cover  # as in test_train.py
BUNDLED = sorted((ROOT / "models").glob("*.json"))


def compared(mnist: Path, folder: Path, names: str) -> list[dict]:
    files = ["--results", str(folder / "results.json"), "--models", str(folder / "models")]
    few = ["--epochs", "1", "--limit", "140", "--validation", "20"]
    compare.main(
        ["--data", str(mnist), "--only", names, "--cache", str(folder / "cache"), *few, *files]
    )
    return json.loads((folder / "results.json").read_text())


def test_what_is_measured_is_kept_and_not_measured_again(
    mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = compared(mnist, tmp_path, "cnn_aug,dense")
    assert [row["name"] for row in first] == ["dense", "cnn_aug"]  # in the order of the zoo
    small = json.loads((tmp_path / "models" / "dense.json").read_text())
    assert small == {key: first[0][key] for key in small}
    assert small["bytes"] == (tmp_path / "models" / "dense.tflite").stat().st_size
    assert load(tmp_path / "models" / "dense.tflite").name == "dense"

    monkeypatch.setattr(compare, "_trained", None)  # would fail, were it called
    assert compared(mnist, tmp_path, "dense") == first
    assert "| `dense` |" in capsys.readouterr().out


def test_an_unknown_network_is_a_sentence(
    mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        compared(mnist, tmp_path, "dense,perceptron")
    assert "There is no perceptron; there are dense, " in capsys.readouterr().err


def test_the_readme_shows_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    compare.main(["--table"])
    assert capsys.readouterr().out in DOCUMENTS["README.md"]


@pytest.mark.parametrize("figures", BUNDLED, ids=[file.stem for file in BUNDLED])
def test_a_bundled_network_is_the_one_that_was_measured(figures: Path) -> None:
    told = json.loads(figures.read_text())
    flat = figures.with_suffix(".tflite")
    assert told["name"] == figures.stem
    assert told["bytes"] == flat.stat().st_size <= compare.SMALL
    rows = {row["name"]: row for row in json.loads(compare.RESULTS.read_text())}
    assert told == {key: rows[told["name"]][key] for key in told}
