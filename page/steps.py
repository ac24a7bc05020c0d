"""How a picture was read, step by step, as pictures: worked out only when somebody asks."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model import Digit, DigitReader, Reading
from page.pictures import eight_bit, opened, png, png_url, reduced
from picture import PictureError
from preprocessing import FRAME

SIDE = 320  # pixels of a step's picture
MOST = 16  # digits of a number whose frames are shown
GREEN = (78, 122, 24)  # blue first


def steps_of(reader: DigitReader, question: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of reading what the page sends, in their order; none of a bad picture.

    Each has `key`, its name in the page's words, and `picture`, a data URL.
    """
    try:
        pixels = opened(question.get("picture")).pixels
    except PictureError:
        return []
    reading = reader.read(pixels, question.get("number") is True)
    paper = 1 - reading.ink.strength
    steps = {
        "step_given": png_url(eight_bit(reduced(pixels, SIDE))),
        "step_paper": png(reduced(paper, SIDE)),
        "step_ink": png(reduced(1 - reading.ink.mask.astype(np.float32), SIDE)),
    }
    if reading.digits:
        steps["step_regions"] = png_url(_with_boxes(paper, reading))
        steps["step_frame"] = png(_side_by_side(reading.digits[:MOST]))
    return [{"key": key, "picture": url} for key, url in steps.items()]


def _with_boxes(paper: NDArray[np.float32], reading: Reading) -> NDArray[np.uint8]:
    """The evened paper with a box around each digit."""
    small = np.round(255 * reduced(paper, SIDE)).astype(np.uint8)
    shown = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    scale = shown.shape[1] / paper.shape[1] / reading.ink.scale  # from the picture's pixels
    for digit in reading.digits:
        x, y, w, h = (round(v * scale) for v in digit.box)
        cv2.rectangle(shown, (x, y), (x + w, y + h), GREEN, 2)
    return shown


def _side_by_side(digits: list[Digit]) -> NDArray[np.float32]:
    """The frames of digits in rows of four at most, one pixel of gray between them."""
    columns = min(4, len(digits))
    rows = -(-len(digits) // columns)
    sheet = np.full((rows * (FRAME + 1) - 1, columns * (FRAME + 1) - 1), 0.4, np.float32)
    for i, digit in enumerate(digits):
        top, left = (i // columns) * (FRAME + 1), (i % columns) * (FRAME + 1)
        sheet[top : top + FRAME, left : left + FRAME] = digit.tensor
    return sheet
