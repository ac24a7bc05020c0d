"""Pictures between the page and the server: data URLs, and small PNGs of arrays."""

import base64
import binascii

import cv2
import numpy as np
from numpy.typing import NDArray

from picture import Picture, PictureError, open_picture

NO_PICTURE = "This is not a picture."


def opened(url: object) -> Picture:
    """Open the picture in a base64 data URL; raises PictureError, with a sentence for people."""
    head, comma, body = url.partition(",") if isinstance(url, str) else ("", "", "")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise PictureError(NO_PICTURE)
    try:
        content = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError(NO_PICTURE) from error
    return open_picture(content)


def data_url(content: bytes, kind: str) -> str:
    """Bytes of a picture as a data URL; `kind` is its file name extension."""
    kind = {"jpg": "jpeg"}.get(kind, kind)
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def png(gray: NDArray[np.float32]) -> str:
    """A (h, w) picture in [0, 1] as a data URL."""
    return png_url(np.round(gray * 255).astype(np.uint8))


def png_url(pixels: NDArray[np.uint8]) -> str:
    """(h, w), (h, w, 3) BGR or (h, w, 4) BGRA as a data URL."""
    return data_url(cv2.imencode(".png", pixels)[1].tobytes(), "png")


def eight_bit(pixels: NDArray) -> NDArray[np.uint8]:
    """A decoded picture as OpenCV writes it: 8 bits a channel, blue first."""
    if pixels.dtype == np.uint16:  # 16-bit scans often use 10 or 12 of their bits
        pixels = np.round(pixels * (255 / max(255, int(pixels.max())))).astype(np.uint8)
    if pixels.ndim == 2:
        return pixels
    order = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    return cv2.cvtColor(pixels, order)


def reduced(pixels: NDArray, side: int) -> NDArray:
    """A picture with its longer side at most `side`, area-averaged."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
