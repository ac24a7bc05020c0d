"""Pillow with limits on what the inside of a small file can make it do.

Importing this module puts them in place. Files that go over a limit raise TooMuchError.
"""

import contextlib
import ctypes
from typing import IO, cast

from PIL import GifImagePlugin, Image, PngImagePlugin, TiffImagePlugin, _imaging

MAX_TAG_BYTES = 20_000_000  # twice what any allowed file holds
MAX_STRIPS = 50_000  # a picture of 40 megapixels with a strip a row has a tenth of that
MAX_CHUNKS = 20_000  # of a PNG; 10 MB in honest ones of 8 kB are 1,250
MAX_GIF_TEXT = 500_000  # bytes of comments and the like; Pillow takes quadratic time to join them
STRIPS = (TiffImagePlugin.STRIPOFFSETS, TiffImagePlugin.TILEOFFSETS)
OFFSET = 4  # bytes, of one strip's place in the file


class TooMuchError(ValueError):
    """A file that asks for more time or memory than any honest one needs."""


class _Budget:
    """A file that gives up once more has been read from it than any allowed file holds.

    Tags of TIFF and EXIF may each point at the same bytes: 1 MB of them can claim gigabytes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._left = MAX_TAG_BYTES
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise TooMuchError("too many tags")
        return data


class _FrugalTags(TiffImagePlugin.ImageFileDirectory_v2):
    def load(self, fp: IO[bytes]) -> None:
        super().load(cast("IO[bytes]", _Budget(fp)))
        if any(len(self._tagdata.get(tag, b"")) > MAX_STRIPS * OFFSET for tag in STRIPS):
            raise TooMuchError("too many strips")


class _FrugalPng(PngImagePlugin.PngStream):
    _chunks = 0

    def read(self) -> tuple[bytes, int, int]:
        """Return the next chunk's kind, place and length."""
        self._chunks += 1
        if self._chunks > MAX_CHUNKS:
            raise TooMuchError("too many chunks")
        return super().read()


class _FrugalGif(GifImagePlugin.GifImageFile):
    _text_left = MAX_GIF_TEXT

    def data(self) -> bytes | None:
        """Return the next block of a comment, or of any other extension."""
        block = super().data()
        self._text_left -= len(block or b"")
        if self._text_left < 0:
            raise TooMuchError("too much text")
        return block


def _hush() -> None:
    """Keep libtiff from writing what it finds wrong with a file to standard error."""
    with contextlib.suppress(OSError, AttributeError):  # where it is built in differently
        libtiff = ctypes.CDLL(_imaging.__file__)
        libtiff.TIFFSetErrorHandler(None)
        libtiff.TIFFSetWarningHandler(None)


# Pillow finds these by name: the tags whichever format holds them.
TiffImagePlugin.ImageFileDirectory_v2 = _FrugalTags  # type: ignore[misc]
PngImagePlugin.PngStream = _FrugalPng  # type: ignore[misc]
Image.register_open(_FrugalGif.format, _FrugalGif, GifImagePlugin._accept)  # noqa: SLF001
_hush()
