"""What the page is told of a reading."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model import DigitReader, Reading, as_json
from page import words
from page.pictures import eight_bit, opened, png, png_url, reduced
from picture import PictureError

INKED = 0.1  # of full ink: pixels of a frame that count as its ink's extent
FAINT = 0.15  # of the strongest evidence
PREVIEW_SIDE = 800  # pixels of a picture shown in the browser's stead
INK_SIDE = 280  # pixels of the picture of the ink


def answer_to(reader: DigitReader, question: dict[str, Any]) -> dict[str, Any]:
    """Read what the page sends: {"picture": data URL, "number": bool, "preview": bool}.

    `preview` asks for the picture in a form that every browser shows. `size` is the width and
    height in whose pixels the boxes are; `code` is the note's key in the page's words, or None.
    What cannot be read gets a sentence in `note`; nothing that a browser may send raises.
    """
    number = question.get("number") is True
    try:
        picture = opened(question.get("picture"))
        described = _described(reader.read(picture.pixels, number))
        described["size"] = picture.pixels.shape[1::-1]
        if question.get("preview") is True:
            described["preview"] = png_url(eight_bit(reduced(picture.pixels, PREVIEW_SIDE)))
    except PictureError as error:
        described = {"text": "", "digits": [], "note": str(error)}
    return described | {"number": number, "code": words.key_of(described["note"])}


def _described(reading: Reading) -> dict[str, Any]:
    digits = [
        as_json(digit)
        | {
            "frame": png(digit.tensor),
            "inked": _inked(digit.tensor),
            "heat": None if digit.heatmap is None else _glow(digit.heatmap),
        }
        for digit in reading.digits
    ]
    return {
        "text": reading.text,
        "lines": reading.lines,
        "note": reading.note,
        "digits": digits,
        "ink": png(reduced(reading.ink.strength, INK_SIDE)) if digits else None,
        "milliseconds": round(1000 * reading.seconds, 1),
    }


def _inked(frame: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """x, y, w, h of the ink in a frame, so that what is found there can be laid on the picture."""
    x, y, w, h = cv2.boundingRect((frame > INKED).astype(np.uint8))
    return x, y, w, h


def _glow(heat: NDArray[np.float32]) -> str:
    """A heat map as a transparent picture, from dark red to yellow; what is faint is left out."""
    red, green = np.full(heat.shape, 255.0), 210 * heat**2
    opacity = 230 * np.clip((heat - FAINT) / (1 - FAINT), 0, 1)
    layers = np.stack([np.zeros(heat.shape), green, red, opacity], axis=-1)
    return png_url(np.round(layers).astype(np.uint8))
