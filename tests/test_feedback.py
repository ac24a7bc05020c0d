"""Corrections are kept with consent alone, in the form training reads, and never without bound."""

import atexit
import base64
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np
import pytest
from huggingface_hub import constants

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


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the Hub as takes a commit of small files; keeps what it was sent, by path."""

    sent: ClassVar[dict[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.sent[self.path] = body
        address = f"http://{self.headers['Host']}/datasets/someone/corrections"
        answer: dict[str, object] = {"url": address, "name": "someone/corrections"}
        if "/preupload/" in self.path:
            paths = [file["path"] for file in json.loads(body)["files"]]
            answer = {"files": [{"path": path, "uploadMode": "regular", "shouldIgnore": False}
                                for path in paths]}  # fmt: skip
        elif "/commit/" in self.path:
            oid = "a" * 40
            answer = {"commitUrl": f"{address}/commit/{oid}", "commitOid": oid, "success": True}
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What a local Hub was sent, by path."""
    Hub.sent = {}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("HF_TOKEN", "hf_test")
    yield Hub.sent
    server.shutdown()
    server.server_close()


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_goes_to_the_hub_where_a_dataset_is_named(tmp_path: Path, hub: dict[str, bytes]) -> None:
    corrections = Feedback(tmp_path, "someone/corrections")
    assert hub == {}  # nothing is asked of the Hub before there is something to send
    corrections.keep(question())
    wait_for(lambda: corrections._scheduler)
    assert json.loads(hub["/api/repos/create"])["visibility"] == "private"
    scheduler = corrections._scheduler
    scheduler.trigger().result()
    scheduler.stop()
    atexit.unregister(scheduler._push_to_hub)  # by then the local Hub is gone
    commit = hub["/api/datasets/someone/corrections/commit/main"].splitlines()
    file = json.loads(commit[1])["value"]
    (kept,) = kept_in(tmp_path)
    assert file["path"] == f"1/{kept.name}"
    assert base64.b64decode(file["content"]) == kept.read_bytes()


def test_stays_here_where_the_hub_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def fail(**settings: object) -> None:
        tried.set()
        raise OSError("no network")

    monkeypatch.setattr(feedback, "CommitScheduler", fail)
    corrections = Feedback(tmp_path, "someone/corrections")
    assert corrections.keep(question())["kept"]
    assert tried.wait(30)
    wait_for(lambda: "no network" in caplog.text)
    tried.clear()
    assert corrections.keep(question())["kept"]
    assert not tried.wait(0.3)  # it is asked again only after a while
    assert len(kept_in(tmp_path)) == 2
