"""What the page is told of a reading, and how it hands pictures over: as data URLs."""

import base64
import binascii
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from model import DigitReader, Reading, as_json
from page import words
from picture import PictureError, open_picture

INK_SIDE = 280  # pixels of the picture of the ink
NO_PICTURE = "This is not a picture."


def answer_to(reader: DigitReader, question: object) -> dict[str, Any]:
    """Read what the page sends: {"picture": data URL, "number": bool}.

    `size` is the width and height in whose pixels the boxes are; `code` is the note's key in the
    page's words, or None. What cannot be read gets a sentence in
    `note`; nothing that a browser may send raises.
    """
    asked = question if isinstance(question, dict) else {}
    number = asked.get("number") is True
    try:
        opened = open_picture(_content(asked.get("picture")))
        described = _described(reader.read(opened.pixels, number))
        described["size"] = opened.pixels.shape[1::-1]
    except PictureError as error:
        described = {"text": "", "digits": [], "note": str(error)}
    return described | {"number": number, "code": words.key_of(described["note"])}


def _content(url: object) -> bytes:
    """The bytes in a base64 data URL."""
    head, comma, body = url.partition(",") if isinstance(url, str) else ("", "", "")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise PictureError(NO_PICTURE)
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError(NO_PICTURE) from error


def _described(reading: Reading) -> dict[str, Any]:
    digits = [
        as_json(digit)
        | {
            "frame": _png(digit.tensor),
            "heat": None if digit.heatmap is None else _glow(digit.heatmap),
        }
        for digit in reading.digits
    ]
    return {
        "text": reading.text,
        "note": reading.note,
        "digits": digits,
        "ink": _ink(reading.ink.strength) if digits else None,
        "milliseconds": round(1000 * reading.seconds, 1),
    }


def _ink(strength: NDArray[np.float32]) -> str:
    height, width = strength.shape
    scale = min(1.0, INK_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return _png(cv2.resize(strength, size, interpolation=cv2.INTER_AREA))


def _png(gray: NDArray[np.float32]) -> str:
    """A (h, w) picture in [0, 1] as a data URL."""
    return data_url(_encoded(np.round(gray * 255).astype(np.uint8)), "png")


def _glow(heat: NDArray[np.float32]) -> str:
    """A heat map as a transparent picture, from dark red to yellow."""
    red, green = np.full(heat.shape, 255.0), 210 * heat**2
    layers = np.stack([np.zeros(heat.shape), green, red, 230 * heat], axis=-1)
    return data_url(_encoded(np.round(layers).astype(np.uint8)), "png")


def _encoded(pixels: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def data_url(content: bytes, kind: str) -> str:
    """Bytes of a picture as a data URL; `kind` is its file name extension."""
    kind = {"jpg": "jpeg"}.get(kind, kind)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
