"""Letters, symbols and digits as fonts have them, above all fonts made from people's handwriting.

    npm install --prefix train/fonts        # the fonts named in train/fonts/package.json
    python -m train.fit --fonts train/fonts

Letters of a hundred hands teach the network what is not a digit, their digits teach it forms that
MNIST does not have. Fonts are split like writers: what every fifth draws is for validation only.
"""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from train.render import NOT_A_DIGIT, Sample

FILES = "*-latin-400-normal.woff"  # Fontsource names a file by subset, weight and style
SIDE = 84  # pixels of a glyph's picture: three times MNIST's, and as in MNIST ...
INK = 60  # ... the longer side of the ink takes 20 parts of 28
# Letters that many people write just as a digit are left out: O o D Q I l S s Z z g q b.
LETTERS = "ABCEFGHJKLMNPRTUVWXYacdefhijkmnprtuvwxy"
# Like 9, 2, 5, 4, 6, 7, 4, 7, 4, 8 and 9 in some hands: drawn once more as often as they stand here
LIKE_DIGITS = "aaeeruuyGG>>>>>YTtBP"
SYMBOLS = "&@#%?!$€£¥+=*<>{}[]~^§ßæ½"


@dataclass(frozen=True)
class Glyphs:
    """Glyphs as (84, 84) uint8 pictures, 255 is ink: digits with their labels, and signs."""

    digits: list[Sample] = field(default_factory=list)
    signs: list[Sample] = field(default_factory=list)


def glyphs(folder: Path) -> tuple[Glyphs, Glyphs]:
    """Draw the glyphs of all fonts under a folder: (training, validation) by different fonts.

    Raises ValueError where the folder holds no font.
    """
    fonts = sorted(folder.rglob(FILES), key=lambda path: path.name)
    if not fonts:
        raise ValueError(f"{folder}: expected font files named {FILES}, found none.")
    training = [_drawn(path) for i, path in enumerate(fonts) if i % 5]
    validation = [_drawn(path) for path in fonts[::5]]
    return _joined(training), _joined(validation)


def _joined(parts: list[Glyphs]) -> Glyphs:
    return Glyphs([s for p in parts for s in p.digits], [s for p in parts for s in p.signs])


def _drawn(path: Path) -> Glyphs:
    font = ImageFont.truetype(str(path), 96)
    digits = [(label, _picture(font, str(label))) for label in range(10)]
    signs = [_picture(font, sign) for sign in LETTERS + LIKE_DIGITS + SYMBOLS]
    return Glyphs(
        [Sample(label, picture) for label, picture in digits if picture is not None],
        [Sample(NOT_A_DIGIT, picture) for picture in signs if picture is not None],
    )


def _picture(font: ImageFont.FreeTypeFont, sign: str) -> np.ndarray | None:
    """One glyph in MNIST's box: (84, 84) uint8; None where the font does not have it."""
    mask = font.getmask(sign)
    if min(mask.size) == 0 or bytes(mask) == bytes(font.getmask("\uffff")):
        return None
    left, top, right, bottom = font.getbbox(sign)
    sheet = Image.new("L", (round(right - left) + 8, round(bottom - top) + 8))
    ImageDraw.Draw(sheet).text((4 - left, 4 - top), sign, font=font, fill=255)
    ink = np.asarray(sheet)
    x, y, w, h = cv2.boundingRect(ink)
    factor = INK / max(w, h, 1)
    size = (max(1, round(w * factor)), max(1, round(h * factor)))
    small = cv2.resize(ink[y : y + h, x : x + w], size, interpolation=cv2.INTER_AREA)
    picture = np.zeros((SIDE, SIDE), np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    picture[top : top + size[1], left : left + size[0]] = small
    return picture
