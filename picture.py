"""A picture's file -> its pixels, whatever the format, or a sentence that says why not.

    pixels = decode("seven.jpg")        # (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16
    picture = open_picture(data)        # .pixels, and .size of the original where JPEG was reduced

Limits on bytes and pixels are checked before memory is spent on decoding.
"""

import io
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    Image,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

import frugal  # noqa: F401 - puts its limits into Pillow

Pixels = NDArray[np.uint8] | NDArray[np.uint16]

MAX_MB = float(os.environ.get("MAX_FILE_MB", "10"))
MAX_MEGAPIXELS = float(os.environ.get("MAX_MEGAPIXELS", "40"))
MAX_BYTES = int(MAX_MB * 1e6)
MAX_PIXELS = int(MAX_MEGAPIXELS * 1e6)
MAX_REPEATS = {  # format's magic: what Pillow takes quadratic time or hours for, and how often
    # scans, of which a progressive JPEG has about ten, and segments of EXIF
    b"\xff\xd8": ((rb"\xff\xda\0[\x08\x0a\x0c\x0e]", 30), (rb"Exif\0\0", 100)),
    b"GIF8": ((rb"!\xfe", 1000),),  # comments
}
ENOUGH_SIDE = 1600  # pixels; no digit is read better from more, so JPEGs are reduced towards this

# Imported by name, so that Pillow need not import its forty other plugins to find these.
FORMATS = (
    *("JPEG", "PNG", "BMP", "GIF"),
    WebPImagePlugin.WebPImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
)
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

EXIF_ORIENTATION = 0x0112
TURN = {  # EXIF 2.32, tag Orientation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = [TURN[orientation] for orientation in (5, 6, 7, 8)]

NOT_A_PICTURE = (
    "This is not a picture this app can read (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC)."
)
NO_HEIC = "HEIC cannot be read here. Please save the photo as JPEG."
DAMAGED = "This picture is damaged or cut off. Please try another copy of it."

# Pillow refuses by itself what is over twice this, everywhere in the process.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# Its remarks on odd metadata are for programmers; limits are checked here, with an error.
warnings.filterwarnings("ignore", module=r"PIL\.")


class PictureError(ValueError):
    """A file that cannot be read as a picture; str() is a sentence for the person who sent it."""


class TooLargeError(PictureError):
    """A file of more bytes or pixels than are taken."""


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    pixels: (h, w), (h, w, 3) RGB or (h, w, 4) RGBA, uint8 or uint16, read-only, right side up.
    size: H, W of the original, right side up; larger than (h, w) where a JPEG was reduced.
    """

    pixels: Pixels
    size: tuple[int, int]


def decode(data: bytes | os.PathLike[str] | str) -> Pixels:
    """Return the pixels of a picture, given its bytes or its path.

    Returns (H, W) gray, (H, W, 3) RGB or (H, W, 4) RGBA, uint8, or uint16 for 16-bit and float
    gray; read-only; EXIF orientation applied; the first frame of an animation. A JPEG of more
    than 3200 pixels a side comes reduced by 2, 4 or 8: use `open_picture` for its true size.

    Raises PictureError for everything that is not a picture within the limits.
    """
    return open_picture(data).pixels


def open_picture(data: bytes | os.PathLike[str] | str) -> Picture:
    """Return a picture and its original size, given its bytes or its path.

    Raises PictureError for everything that is not a picture within the limits.
    """
    content = data if isinstance(data, bytes) else _read(Path(data))
    _check_bytes(content)
    _check_repeats(content)
    try:
        with _identify(content) as image:
            _check_size(image)
            return _decode(image)
    except PictureError:
        raise
    except Exception as error:  # hostile bytes raise anything in Pillow: struct, zlib, Key, ...
        raise PictureError(DAMAGED) from error


def _read(path: Path) -> bytes:
    """Return at most one byte more than the limit."""
    try:
        if path.is_dir():
            raise PictureError("This is a folder, not a picture.")
        if not path.is_file():  # devices and pipes neither: they may never end
            raise PictureError("This file cannot be found.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PictureError("This file cannot be opened.") from error


def _check_bytes(content: bytes) -> None:
    if not content:
        raise PictureError("This file is empty.")
    if len(content) > MAX_BYTES:
        raise TooLargeError(f"This file is larger than {MAX_MB:g} MB. Please choose a smaller one.")


def _check_repeats(content: bytes) -> None:
    for magic, repeats in MAX_REPEATS.items():
        if content.startswith(magic) and any(
            sum(1 for _ in re.finditer(it, content, re.DOTALL)) > most for it, most in repeats
        ):
            raise PictureError(DAMAGED)


def _check_size(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> TooLargeError:
    return TooLargeError(
        f"This picture has more than {MAX_MEGAPIXELS:g} megapixels. Please choose a smaller one."
    )


def _identify(content: bytes) -> Image.Image:
    """Return the image with its header read and its pixels not yet decoded."""
    formats: tuple[str, ...] = FORMATS
    if content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS:
        formats += _heic()
    try:
        return Image.open(io.BytesIO(content), formats=formats)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except UnidentifiedImageError as error:
        raise PictureError(NOT_A_PICTURE) from error


def _heic() -> tuple[str, ...]:
    """Register HEIC with Pillow at the first such file, since few come and imports take time."""
    try:
        import pi_heif
    except ImportError as error:
        raise PictureError(NO_HEIC) from error
    pi_heif.register_heif_opener()
    return ("HEIF",)


def _decode(image: Image.Image) -> Picture:
    width, height = image.size
    image.draft(image.mode, _enough(width, height))  # JPEG only, nothing else has a draft mode
    is_reduced = image.size != (width, height)
    image.load()
    turn = TURN.get(image.getexif().get(EXIF_ORIENTATION, 1))
    pixels = _pixels(image if turn is None else image.transpose(turn))
    if not is_reduced:
        return Picture(pixels, pixels.shape[:2])
    return Picture(pixels, (width, height) if turn in SIDEWAYS else (height, width))


def _enough(width: int, height: int) -> tuple[int, int]:
    """Return the size at which the longer side has ENOUGH_SIDE pixels."""
    longer = max(width, height)
    return max(1, width * ENOUGH_SIDE // longer), max(1, height * ENOUGH_SIDE // longer)


def _pixels(image: Image.Image) -> Pixels:
    """Return a loaded image of any mode as (H, W), (H, W, 3) or (H, W, 4), uint8 or uint16."""
    if image.mode.startswith("I;16"):
        return np.asarray(image).astype(np.uint16)  # from either byte order
    if image.mode in ("I", "F"):
        return _to_16_bit(np.asarray(image))
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))  # lightness; ink needs no more
    if image.has_transparency_data:
        return np.asarray(image.convert("RGBA"))
    mode = "L" if image.mode in ("1", "L") else "RGB"
    return np.asarray(image if image.mode == mode else image.convert(mode))


def _to_16_bit(values: NDArray[np.int32] | NDArray[np.float32]) -> NDArray[np.uint16]:
    """Scale so that 1, 255 or 65535 is white, the first that holds all; else stretch.

    values: (H, W); what is not finite is black, or white for +inf. Returns (H, W) uint16.
    """
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low >= 0 and high <= 65535:
        low, high = 0, min(white for white in (1, 255, 65535) if high <= white)
    numbers = np.nan_to_num(values.astype(np.float64), nan=low)
    return np.interp(numbers, (low, high), (0, 65535)).round().astype(np.uint16)
