"""Corrections are kept with consent alone, in the form training reads, and never without bound."""

import base64
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import model
import picture
from page import feedback
from page.feedback import Feedback
from page.pictures import data_url

BAD_BOXES = [None, [0, 0, 0, 0], [900, 900, 5, 5], ["0", 0, 5, 5], [1.5, 0, 5, 5], [0, 0, 5], "box"]


def question(**changes: object) -> dict[str, Any]:
    """A drawn 7 with its box, corrected to a 1."""
    sheet = np.full((280, 280), 255, np.uint8)
    corners = np.array([[80, 70], [200, 70], [120, 220]], np.int32)
    cv2.polylines(sheet, [corners], isClosed=False, color=0, thickness=16)
    url = data_url(cv2.imencode(".png", sheet)[1].tobytes(), "png")
    asked = {"picture": url, "box": [72, 62, 136, 166], "label": "1", "consent": True}
    return asked | changes


def kept_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_keeps_picture_and_label_as_training_reads_them(tmp_path: Path) -> None:
    assert Feedback(tmp_path).keep(question()) == {"kept": True, "full": False}
    (file,) = kept_in(tmp_path)
    assert file.parent == tmp_path / "1"
    kept = picture.decode(file)
    assert max(kept.shape) <= feedback.SIDE
    assert model.load().read(kept).text == "7"


@pytest.mark.parametrize(
    "changes",
    [{"consent": value} for value in (False, None, "true", 1)]
    + [{"label": value} for value in ("10", "../1", "", None, 3, ["1"])]
    + [{"box": value} for value in BAD_BOXES]
    + [{"picture": value} for value in (None, "data:,", "data:image/png;base64,AAAA")],
)
def test_keeps_nothing_without_consent_or_of_what_is_malformed(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    assert Feedback(tmp_path).keep(question(**changes)) == {"kept": False, "full": False}
    assert kept_in(tmp_path) == []


def test_keeps_no_blank_paper(tmp_path: Path) -> None:
    """Training refuses a folder with a picture without ink in it."""
    blank = data_url(cv2.imencode(".png", np.full((50, 50), 255, np.uint8))[1].tobytes(), "png")
    Feedback(tmp_path).keep(question(picture=blank, box=[5, 5, 30, 30]))
    assert kept_in(tmp_path) == []


def test_stops_where_the_folder_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = {"kept": False, "full": True}
    few = Feedback(tmp_path, max_files=2)
    assert [few.keep(question())["kept"] for _ in range(3)] == [True, True, False]
    assert Feedback(tmp_path, max_files=2).keep(question(label="9")) == full  # after a restart too
    monkeypatch.setattr(feedback, "MAX_MB", 0.0001)
    assert Feedback(tmp_path).keep(question()) == full
    assert len(kept_in(tmp_path)) == 2


def test_a_photo_is_cut_and_loses_its_metadata(tmp_path: Path) -> None:
    photo = np.full((3000, 4000, 3), 235, np.uint8)
    cv2.line(photo, (2000, 1000), (2000, 1800), (40, 40, 40), 60)
    jpeg = cv2.imencode(".jpg", photo)[1].tobytes()
    exif = b"\xff\xe1\x00\x16Exif\x00\x00secret place.."
    url = "data:image/jpeg;base64," + base64.b64encode(jpeg[:2] + exif + jpeg[2:]).decode()
    size = picture.open_picture(jpeg).pixels.shape
    scale = size[1] / 4000
    box = [round(v * scale) for v in (1960, 970, 80, 860)]
    assert Feedback(tmp_path).keep(question(picture=url, box=box))["kept"]
    (file,) = kept_in(tmp_path)
    assert b"secret" not in file.read_bytes()
    assert model.load().read(picture.decode(file)).text == "1"
    assert picture.decode(file).shape[1] < 0.7 * picture.decode(file).shape[0]


def test_goes_to_the_hub_where_a_dataset_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[dict[str, object]] = []
    monkeypatch.setattr(feedback, "CommitScheduler", lambda **settings: made.append(settings) or 1)
    corrections = Feedback(tmp_path, "someone/corrections")
    assert made == []  # nothing is asked of the Hub before there is something to send
    corrections.keep(question())
    corrections.keep(question())
    assert len(made) == 1
    assert made[0]["repo_id"] == "someone/corrections"
    assert made[0]["folder_path"] == tmp_path


def test_stays_here_where_the_hub_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**settings: object) -> None:
        raise OSError("no network")

    monkeypatch.setattr(feedback, "CommitScheduler", fail)
    assert Feedback(tmp_path, "someone/corrections").keep(question())["kept"]
    assert len(kept_in(tmp_path)) == 1
    assert "no network" in capsys.readouterr().out
