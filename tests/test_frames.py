"""What stands around digits and is none: the dark rim of a screen that lies askew, rings."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from finder.frames import framed
from finder.strokes import find_pieces
from preprocessing import find_ink, split_digits
from tests.masks import DIGITS, LABELS, box, ink_of, stroke


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


def ring(
    opening: float, towards: float, sides: tuple[int, int] = (100, 100), pen: int = 7
) -> np.ndarray:
    """A ring that is open by some degrees, and in which direction."""
    mask = np.zeros((300, 300), np.uint8)
    start = towards + opening / 2
    cv2.ellipse(mask, (150, 150), sides, 0, start, start + 360 - opening, 1, pen)
    return mask


@given(st.floats(0, 45), st.floats(0, 360))
def test_a_ring_may_be_open_anywhere(opening: float, towards: float) -> None:
    mask = ring(opening, towards)
    cv2.polylines(mask, [np.array([(120, 110), (180, 110), (140, 195)])], False, 1, 9)
    pieces = find_pieces(mask)
    assert len(framed(pieces, int(pieces.sizes.argmax()), 0.3)) == 1


@pytest.mark.parametrize("towards", range(0, 360, 45))
def test_a_broad_ring_goes_around_a_row_of_low_digits(towards: int) -> None:
    mask = np.kron(ring(30, towards, pen=6), np.ones((3, 3), np.uint8))
    for x in (280, 360, 440, 520, 600):
        seven = np.array([(x, 420), (x + 50, 420), (x + 25, 480)])
        cv2.polylines(mask, [seven], False, 1, 7)
    pieces = find_pieces(mask)
    assert len(framed(pieces, int(pieces.sizes.argmax()))) == 5


def test_a_zero_goes_around_no_specks() -> None:
    mask = ring(0, 0, (60, 100), pen=3)
    for x in (120, 140, 160, 180):
        cv2.circle(mask, (x, 150), 4, 1, -1)
    pieces = find_pieces(mask)
    assert not len(framed(pieces, int(pieces.sizes.argmax())))


@pytest.mark.parametrize("towards", range(0, 360, 30))
def test_an_arc_goes_around_nothing(towards: int) -> None:
    mask = ring(110, towards)
    cv2.circle(mask, (150, 150), 40, 1, 9)
    pieces = find_pieces(mask)
    assert not len(framed(pieces, int(pieces.sizes.argmax()), 0.3))


def test_parts_of_a_broken_digit_in_a_ring_are_one() -> None:
    mask = ring(0, 0)
    for side in (-1, 1):
        cv2.ellipse(mask, (150 + side * 5, 150), (24, 40), 0, side * 90 - 80, side * 90 + 80, 1, 7)
    pieces = find_pieces(mask)
    inner = np.delete(np.arange(3), pieces.sizes.argmax())
    assert pieces.sizes[inner].max() < 0.3 * pieces.sizes.max()
    np.testing.assert_array_equal(framed(pieces, int(pieces.sizes.argmax()), 0.3), inner)


def test_a_broken_slash_in_a_zero_is_no_digit_in_a_ring() -> None:
    mask = ring(0, 0, (60, 100))
    for ends in (((125, 205), (145, 160)), ((152, 144), (175, 95))):
        cv2.line(mask, *ends, 1, 7)
    pieces = find_pieces(mask)
    assert len(pieces.sizes) == 3
    assert not len(framed(pieces, int(pieces.sizes.argmax()), 0.3))


def test_a_light_digit_in_a_dark_ring_is_read(reader: model.DigitReader) -> None:
    """The digit is thinner and fainter than what is around it, as ink is than lines left of it."""
    picks = range(0, 40, 2)
    around = cv2.GaussianBlur(ring(0, 0, pen=15).astype(np.float32), (0, 0), 1)
    texts = []
    for i in picks:
        ink = np.pad(cv2.resize(DIGITS[i], (110, 110)) / 255, 95)
        texts.append(reader.read(np.uint8(250 - 235 * np.maximum(0.66 * ink, around))).text)
    right = [text == str(LABELS[i]) for text, i in zip(texts, picks, strict=True)]
    assert sum(right) >= 18, texts


@pytest.mark.parametrize("pen", [4, 10, 16])
@pytest.mark.parametrize("closed", [350, 375])
def test_a_ring_around_a_digit_is_left_out(pen: int, closed: int) -> None:
    for i in range(len(DIGITS)):
        mask = np.pad(ink_of(i), 60)
        (x, y, w, h), turn = box(mask), np.radians(np.linspace(0, closed, 60))
        size = 0.5 * np.hypot(w, h) + pen + 8
        ring = np.column_stack([x + w / 2 + size * np.cos(turn), y + h / 2 + size * np.sin(turn)])
        around = mask | stroke(mask, ring.tolist(), pen)
        (alone,), (inside,) = (split_digits(find_ink(255 - 255 * m)) for m in (mask, around))
        assert inside.box == alone.box
