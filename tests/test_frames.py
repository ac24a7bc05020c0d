"""What stands around digits and is none: the dark rim of a screen that lies askew."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import model
from frames import framed
from strokes import find_pieces

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]


def on_screen(ink: np.ndarray, degrees: float, sides: tuple[int, int]) -> np.ndarray:
    """A light screen with writing (h, w), 0 to 255, and a dark rim so wide at its sides, and above
    and below, on a gray desk.
    """
    wide, high = sides
    screen = cv2.copyMakeBorder(255 - ink, high, high, wide, wide, cv2.BORDER_CONSTANT, value=15)
    desk = cv2.copyMakeBorder(screen, 90, 90, 90, 90, cv2.BORDER_CONSTANT, value=140)
    height, width = desk.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return cv2.warpAffine(desk, turn, (width, height), flags=cv2.INTER_AREA, borderValue=140)


@pytest.mark.parametrize("number", [False, True])
@pytest.mark.parametrize(("degrees", "sides"), [(4, (24, 70)), (-7, (12, 30)), (8, (30, 60))])
def test_a_digit_on_a_screen_is_read(
    reader: model.DigitReader, degrees: float, sides: tuple[int, int], number: bool
) -> None:
    picks = range(0, 40, 4)
    inks = [np.pad(cv2.resize(DIGITS[i], (100, 100)), ((90, 70), (120, 60))) for i in picks]
    texts = [reader.read(on_screen(ink, degrees, sides), number).text for ink in inks]
    right = [text == str(LABELS[i]) for text, i in zip(texts, picks, strict=True)]
    assert sum(right) >= 9, texts


@pytest.mark.parametrize(("corners", "around"), [(True, True), (False, False)])
def test_a_rectangle_goes_around_what_is_small_and_a_zero_does_not(
    corners: bool, around: bool
) -> None:
    mask = np.zeros((300, 300), np.uint8)
    if corners:
        cv2.fillConvexPoly(mask, np.array([(70, 20), (270, 50), (240, 280), (40, 250)]), 1)
        cv2.fillConvexPoly(mask, np.array([(100, 60), (230, 80), (210, 240), (80, 220)]), 0)
    else:
        cv2.ellipse(mask, (150, 150), (90, 120), 0, 0, 360, 1, 40)
    cv2.circle(mask, (150, 150), 20, 1, -1)
    pieces = find_pieces(mask)
    assert bool(len(framed(pieces, int(pieces.sizes.argmax())))) == around
