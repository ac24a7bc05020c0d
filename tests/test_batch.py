"""A folder of pictures becomes one table, also after a kill."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

import batch
import model

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    for i, name in enumerate(("a.png", "b.png", "more/c.png")):
        cv2.imwrite(str(tmp_path / name), 255 - DIGITS[i])
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    (tmp_path / ".hidden").write_bytes(b"")
    return tmp_path


def rows(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / batch.RESULT).open(newline="", encoding="utf-8") as stream:
        return {row["file"]: row for row in csv.DictReader(stream)}


def test_every_picture_gets_a_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert model.main(["--number", "--csv", str(folder)]) == 1  # one is no picture
    table = rows(folder)
    assert list(table) == ["a.png", "b.png", "broken.png", str(Path("more/c.png"))]
    for i, name in enumerate(("a.png", "b.png", "more/c.png")):
        row = table[str(Path(name))]
        assert row["text"] == row["lines"] == str(LABELS[i])
        assert 0.5 < float(row["confidence"]) <= 1
        assert row["error"] == ""
    assert table["broken.png"]["text"] == ""
    assert "picture" in table["broken.png"]["error"]
    assert "4 read, 1 of them not pictures" in capsys.readouterr().err


def counting(asked: list[str]):
    def answer(file: str) -> dict[str, object]:
        asked.append(Path(file).name)
        return {"text": "7", "lines": ["7"], "note": "", "error": None, "digits": []}

    return answer


def test_a_second_run_reads_only_what_is_new(folder: Path) -> None:
    asked: list[str] = []
    assert batch.read_folder(counting(asked), folder) == (4, 0)
    cv2.imwrite(str(folder / "new.png"), 255 - DIGITS[5])
    assert batch.read_folder(counting(asked), folder) == (1, 0)
    assert asked[4:] == ["new.png"]
    assert len(rows(folder)) == 5


def test_a_killed_run_is_gone_on_with(folder: Path) -> None:
    batch.read_folder(counting([]), folder)
    table = folder / batch.RESULT
    whole = table.read_bytes()
    lines = whole.splitlines(keepends=True)
    table.write_bytes(b"".join(lines[:2]) + lines[2][: len(lines[2]) // 2])
    asked: list[str] = []
    batch.read_folder(counting(asked), folder)
    assert sorted(asked) == ["b.png", "broken.png", "c.png"]
    assert table.read_bytes() == whole


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="is not a folder"):
        model.main(["--csv", str(tmp_path / "missing")])


@pytest.mark.parametrize("arguments", [[], ["a.png", "--csv", "folder"]])
def test_files_or_a_folder(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        model.main(arguments)
    assert "name pictures, or a folder" in capsys.readouterr().err
