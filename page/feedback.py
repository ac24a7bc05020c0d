"""Corrections that people agreed to give: a picture and what it should have been, to learn from.

They are kept as FEEDBACK_DIR/LABEL/NAME.png, the form that `train.fit --data` reads, LABEL 0 to 9,
or `none` for what is no digit. Where FEEDBACK_REPO names a dataset on the Hub, they go there too.
Only what lies around the digit is kept, as new pixels: none of a photo's metadata, little of its
surroundings.
"""

import contextlib
import logging
import os
import secrets
import threading
import time
from pathlib import Path
from typing import Any

import cv2
from huggingface_hub import CommitScheduler
from numpy.typing import NDArray

from page.pictures import NO_PICTURE, eight_bit, opened, reduced
from picture import PictureError
from preprocessing import find_ink, split_digits

log = logging.getLogger(__name__)

FOLDER = Path(os.environ.get("FEEDBACK_DIR", "feedback"))
REPO = os.environ.get("FEEDBACK_REPO", "")
MAX_FILES = int(os.environ.get("FEEDBACK_MAX_FILES", "5000"))
MAX_MB = float(os.environ.get("FEEDBACK_MAX_MB", "50"))

LABELS = (*(str(digit) for digit in range(10)), "none")
SIDE = 256  # pixels of a kept picture's longer side at most
MARGIN = 0.25  # of the digit's longer side: the paper kept around it
EVERY = 10  # minutes between two commits to the Hub


class Feedback:
    """A folder of corrections that cannot fill the disk; safe to use from several threads."""

    def __init__(self, folder: Path = FOLDER, repo: str = REPO, max_files: int = MAX_FILES) -> None:
        self._folder, self._repo, self._max_files = folder, repo, max_files
        self._lock = threading.Lock()
        self._next_try = 0.0  # on the monotonic clock: when to ask the Hub
        self._scheduler: CommitScheduler | None = None

    def keep(self, question: dict[str, Any]) -> dict[str, Any]:
        """Keep one correction, if its sender agreed to it.

        question: {"picture": data URL, "box": x, y, w, h in its pixels, "label": one of
        LABELS, "consent": True}. Returns {"kept": whether it was, "full": whether for want of
        room}; what is malformed or comes without consent is not kept, and nothing is said of it.
        """
        label = question.get("label")
        if question.get("consent") is not True or label not in LABELS:
            return {"kept": False, "full": False}
        try:
            digit = _around(opened(question.get("picture")).pixels, question.get("box"))
        except PictureError:
            return {"kept": False, "full": False}
        if not split_digits(find_ink(digit)):  # training refuses pictures without ink
            return {"kept": False, "full": False}
        kept = self._write(str(label), _png(digit))
        return {"kept": kept, "full": not kept}

    def _write(self, label: str, content: bytes) -> bool:
        """Write a file where there is room for it; return whether there was."""
        with self._lock:
            sizes = [file.stat().st_size for file in self._folder.glob("*/*.png")]
            if len(sizes) >= self._max_files or sum(sizes) + len(content) > MAX_MB * 1e6:
                return False
            if not _written(self._folder / label / f"{secrets.token_hex(8)}.png", content):
                return False
            if self._repo and time.monotonic() >= self._next_try:
                self._next_try = time.monotonic() + 60 * EVERY
                threading.Thread(target=self._publish, daemon=True).start()
        return True

    def _publish(self) -> None:
        """Have the folder committed to the Hub from now on. The Hub may take its time to answer."""
        try:
            self._scheduler = CommitScheduler(
                repo_id=self._repo, repo_type="dataset", folder_path=self._folder,
                every=EVERY, private=True, allow_patterns="*/*.png",
            )  # fmt: skip
            self._next_try = float("inf")
        except Exception as error:  # noqa: BLE001 - whatever the Hub says, the local file is kept
            log.warning("Corrections stay here, %s cannot be written: %s", self._repo, error)


def _written(file: Path, content: bytes) -> bool:
    """Write a file whole, or not at all: training refuses a folder with half a picture in it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        log.warning("A correction could not be kept: %s", error.strerror)
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
        return False
    return True


def _around(pixels: NDArray, box: object) -> NDArray:
    """The part of a picture around a box; PictureError where that is none of it."""
    height, width = pixels.shape[:2]
    match box:
        case [int(x), int(y), int(w), int(h)]:
            margin = round(MARGIN * max(w, h))
            left, top = max(0, x - margin), max(0, y - margin)
            cut = pixels[top : min(height, y + h + margin), left : min(width, x + w + margin)]
            if w > 0 and h > 0 and cut.size:
                return cut
    raise PictureError(NO_PICTURE)


def _png(pixels: NDArray) -> bytes:
    return cv2.imencode(".png", eight_bit(reduced(pixels, SIDE)))[1].tobytes()
