"""Lines under digits, rings, brackets and slashes are told from strokes of digits."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import model
from benchmarks import conditions
from marks import brackets, closing, is_slash, underlines
from preprocessing import find_ink, split_digits
from strokes import find_pieces
from tests.drawing import FOUR, ONE, SEVEN

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]

Point = tuple[float, float]


def ink_of(i: int) -> np.ndarray:
    """A digit's ink (180, 180) uint8, 0 or 1, about 120 pixels high."""
    large = cv2.resize(DIGITS[i], (168, 168), interpolation=cv2.INTER_CUBIC) > 127
    return np.pad(large.astype(np.uint8), 6)


def row_of(*picks: int) -> np.ndarray:
    """Digits beside each other with paper around them."""
    return np.pad(np.hstack([ink_of(i) for i in picks]), 80)


def stroke(mask: np.ndarray, points: list[Point], pen: int) -> np.ndarray:
    """The ink (h, w) of a stroke alone, in a mask of the same shape."""
    at = np.round(points).astype(np.int32).reshape(-1, 1, 2)
    return cv2.polylines(np.zeros_like(mask), [at], False, 1, pen)


def box(mask: np.ndarray) -> tuple[int, int, int, int]:
    x, y, w, h = cv2.boundingRect(mask)
    return x, y, w, h


def line_below(
    mask: np.ndarray, gap: float, degrees: float, bend: float = 0, pen: int = 8
) -> np.ndarray:
    x, y, w, h = box(mask)
    t = np.linspace(0, 1, 20)
    climb = np.tan(np.radians(degrees)) * w * 1.3
    down = y + h + gap + abs(climb) / 2 + pen + climb * (t - 0.5) + bend * w * (t - t * t)
    return stroke(mask, list(zip(x + w * (1.3 * t - 0.15), down, strict=True)), pen)


def bracket(mask: np.ndarray, side: int, bend: float, high: float, pen: int = 8) -> np.ndarray:
    x, y, w, h = box(mask)
    t = np.linspace(-1, 1, 30)
    across = x + w / 2 + side * (w / 2 + 20 + bend * h * (1 - t * t))
    return stroke(mask, list(zip(across, y + h / 2 + high * h / 2 * t, strict=True)), pen)


def share(part: np.ndarray, whole: np.ndarray) -> float:
    return float((part & whole).sum() / whole.sum())


digits = st.integers(0, len(DIGITS) - 1)


@given(st.lists(digits, min_size=1, max_size=4), st.floats(0, 30), st.floats(-5, 5))
def test_a_line_under_digits_is_found_and_nothing_else(
    picks: list[int], gap: float, degrees: float
) -> None:
    mask = row_of(*picks)
    line = line_below(mask, gap, degrees)
    found = underlines(find_pieces(mask | line))
    assert found is not None
    assert share(found, line) > 0.95
    assert share(found, mask & (1 - line)) < 0.15


@given(st.lists(digits, min_size=2, max_size=4), st.integers(1, 3), st.floats(-1.5, 1.5))
@example([19, 26, 19], 1, 0)  # of 4 6 4, the 6 alone touches: no open ring around the others
def test_a_line_that_digits_touch_is_found(picks: list[int], lines: int, degrees: float) -> None:
    mask = row_of(*picks)
    line = line_below(mask, -lines - 4, degrees)
    found = underlines(find_pieces(mask | line))
    assert found is not None
    assert share(found, line) > 0.8
    assert share(found, mask & (1 - line)) < 0.1


@pytest.mark.parametrize("text", ["474", "741", "114", "47"])
@pytest.mark.parametrize("down", [0.9, 0.96])
@pytest.mark.parametrize("pen", [9, 15])
def test_tall_digits_on_a_line_no_longer_than_they_are_are_read(
    reader: model.DigitReader, text: str, down: float, pen: int
) -> None:
    """As drawn on a phone: a canvas as high as wide, with the line close below or touching them."""
    canvas = np.full((280, 280), 255, np.uint8)
    for nth, name in enumerate(text):
        for points in {"1": ONE, "4": FOUR, "7": SEVEN}[name]:
            at = [(0.8 * nth / len(text) + 0.45 * x, y) for x, y in points]
            canvas = np.minimum(
                canvas, 255 - 255 * stroke(canvas, (280 * np.array(at)).tolist(), pen)
            )
    assert reader.read(canvas, number=True).text == text
    cv2.line(canvas, (28, round(280 * down)), (252, round(280 * down)), 0, pen)
    assert reader.read(canvas, number=True).text == text


@given(digits, st.floats(-60, 60).filter(lambda degrees: abs(degrees) > 35))
def test_a_steep_stroke_is_no_line(i: int, degrees: float) -> None:
    mask = ink_of(i)
    steep = line_below(np.pad(mask, 200), 0, degrees)
    found = underlines(find_pieces(np.pad(mask, 200) | steep))
    assert found is None or share(found, steep) < 0.1


def test_a_line_above_or_beside_is_no_line_under_it() -> None:
    mask = row_of(0, 4)
    for turned in (np.flipud, np.rot90):
        line = turned(line_below(mask, 20, 0))
        both = np.zeros((max(mask.shape),) * 2, np.uint8)
        both[: mask.shape[0], : mask.shape[1]] |= mask
        both[: line.shape[0], : line.shape[1]] |= line
        assert underlines(find_pieces(both)) is None


bends = st.floats(0.12, 0.3), st.floats(1.0, 1.3)


@given(st.lists(digits, min_size=1, max_size=4), *bends, *bends)
def test_brackets_around_digits_are_found(
    picks: list[int], left: float, high: float, right: float, higher: float
) -> None:
    mask = row_of(*picks)
    signs = bracket(mask, -1, left, high) | bracket(mask, 1, right, higher)
    pieces = find_pieces(mask | signs)
    found = brackets(pieces, np.ones(len(pieces.sizes), bool))
    ink = np.r_[False, found].take(pieces.labels)
    assert share(ink, signs) == 1
    assert not (ink & (signs == 0)).any()


@pytest.mark.parametrize(
    ("left", "right"), [(0.2, None), (None, 0.2), (-0.2, -0.2), (0.0, 0.0), (0.2, 0.0)]
)
def test_what_is_no_pair_is_left(left: float | None, right: float | None) -> None:
    mask = row_of(0, 12)
    for side, bend in ((-1, left), (1, right)):
        mask = mask if bend is None else mask | bracket(row_of(0, 12), side, bend, 1.1)
    pieces = find_pieces(mask)
    assert not brackets(pieces, np.ones(len(pieces.sizes), bool)).any()


@given(digits, st.integers(1, 4), st.floats(0.18, 0.35), st.floats(0.9, 1.4))
def test_a_bracket_behind_digits_is_found(pick: int, count: int, bend: float, high: float) -> None:
    assume(len(find_pieces(ink_of(pick)).sizes) == 1)  # half of a broken one may be too low
    mask = row_of(*[pick] * count)
    sign = bracket(mask, 1, bend * high, high)
    pieces = find_pieces(mask | sign)
    ink = np.r_[False, closing(pieces, np.ones(len(pieces.sizes), bool))].take(pieces.labels)
    assert share(ink, sign) == 1
    assert not (ink & (sign == 0)).any()


@pytest.mark.parametrize(("side", "bend"), [(1, 0.05), (1, -0.25), (-1, -0.25)])
def test_what_hardly_bows_or_stands_before_is_no_closing_bracket(side: int, bend: float) -> None:
    mask = row_of(0, 12)
    pieces = find_pieces(mask | bracket(mask, side, bend, 1.1))
    assert not closing(pieces, np.ones(len(pieces.sizes), bool)).any()


def test_half_a_zero_is_no_bracket() -> None:
    ring = np.zeros((200, 200), np.uint8)
    cv2.ellipse(ring, (100, 100), (40, 65), 0, 0, 360, 1, 9)
    ring[:, 94:106] = 0
    pieces = find_pieces(ring)
    assert len(pieces.sizes) == 2
    assert not closing(pieces, np.ones(2, bool)).any()


def test_brackets_with_nothing_between_are_left() -> None:
    mask = row_of(0)
    pieces = find_pieces(bracket(mask, -1, 0.2, 1.1) | bracket(mask, 1, 0.2, 1.1))
    assert not brackets(pieces, np.ones(2, bool)).any()


@pytest.mark.parametrize("i", range(0, len(DIGITS), 3))
def test_a_digit_alone_has_no_brackets(i: int) -> None:
    pieces = find_pieces(ink_of(i))
    assert not brackets(pieces, np.ones(len(pieces.sizes), bool)).any()


@given(st.floats(0.15, 0.8), st.integers(60, 160), st.integers(4, 12), st.floats(0, 0.3))
def test_a_slash_is_straight_and_leans_to_the_right(
    leans: float, high: int, pen: int, bend: float
) -> None:
    t = np.linspace(0, 1, 20)
    straight, bent = (
        stroke(
            np.zeros((200, 200), np.uint8),
            [(20 + high * (leans * (1 - s) + b * (s - s * s) * 4), 20 + high * s) for s in t],
            pen,
        )
        for b in (0, 0.2 + bend)
    )
    assert is_slash(find_pieces(straight), 0)
    assert not is_slash(find_pieces(np.fliplr(straight).copy()), 0)
    assert not is_slash(find_pieces(bent), 0)


@pytest.mark.parametrize(("reach", "read"), [(0.2, "0112"), (-0.05, "01112")])
def test_a_slash_between_digits_is_none_where_it_reaches_beyond_them(
    reader: model.DigitReader, reach: float, read: str
) -> None:
    """A zero and ones, upright bars, so that the slash is all that differs."""
    page = np.full((200, 420), 255, np.uint8)
    cv2.ellipse(page, (70, 100), (22, 40), 0, 0, 360, 0, 7)
    cv2.line(page, (130, 60), (130, 140), 0, 7)
    ends = (215, round(60 - 80 * reach)), (180, round(140 + 80 * reach))
    cv2.line(page, *ends, 0, 7)
    cv2.line(page, (260, 60), (260, 140), 0, 7)
    two = [(310, 75), (330, 60), (350, 75), (345, 95), (310, 138), (355, 138)]
    cv2.polylines(page, [np.array(two)], False, 0, 7)
    assert reader.read(page, number=True).text == read


@pytest.mark.parametrize("gap", [1, 12])
@pytest.mark.parametrize("taller", [0, 14])
def test_a_slash_beside_a_high_digit_is_none_and_none_of_its_strokes(
    reader: model.DigitReader, gap: int, taller: int
) -> None:
    """Its ends are compared with those of both digits beside it on average."""
    page = np.full((220, 300), 255, np.uint8)
    top = 80 - taller
    cv2.ellipse(page, (80, (top + 140) // 2), (22, (140 - top) // 2), 0, 0, 360, 0, 7)
    left = 80 + 22 + 7 + gap
    cv2.line(page, (left + 26, 72), (left, 160), 0, 7)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])
    cv2.polylines(page, [two + np.array((left + 45, 82))], False, 0, 7)
    assert reader.read(page, number=True).text == "02"


@pytest.mark.parametrize(
    ("top", "foot", "read"),
    [(56, 140, "012"), (60, 156, "02"), (104, 180, "012"), (80, 140, "012")],
)
def test_a_leaning_1_is_no_slash_where_it_stands_on_the_line_or_hangs_below_it(
    reader: model.DigitReader, top: int, foot: int, read: str
) -> None:
    """The digits beside it stand in rows 80 to 140."""
    page = np.full((220, 300), 255, np.uint8)
    cv2.ellipse(page, (70, 110), (22, 30), 0, 0, 360, 0, 7)
    cv2.line(page, (155, top), (125, foot), 0, 7)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])
    cv2.polylines(page, [two + np.array((185, 82))], False, 0, 7)
    assert reader.read(page, number=True).text == read


def test_a_leaning_1_beside_a_low_sign_is_no_slash(reader: model.DigitReader) -> None:
    page = np.full((220, 400), 255, np.uint8)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])
    for left in (40, 280):
        cv2.polylines(page, [two + np.array((left, 82))], False, 0, 7)
    cv2.line(page, (140, 78), (120, 142), 0, 7)
    cv2.line(page, (190, 105), (226, 105), 0, 7)
    cv2.line(page, (208, 88), (208, 122), 0, 7)
    assert reader.read(page, number=True).text == "212"


@pytest.mark.parametrize(("reach", "read"), [(0.5, "0202"), (0.05, "02102")])
def test_a_bar_between_numbers_is_no_one(
    reader: model.DigitReader, reach: float, read: str
) -> None:
    page = np.full((240, 480), 255, np.uint8)
    two = np.array([(10, 15), (30, 0), (50, 15), (45, 35), (10, 78), (55, 78)])
    for left in (40, 270):
        cv2.ellipse(page, (left + 30, 120), (22, 40), 0, 0, 360, 0, 7)
        cv2.polylines(page, [two + np.array((left + 70, 80))], False, 0, 7)
    cv2.line(page, (235, round(80 - 80 * reach)), (235, round(160 + 80 * reach)), 0, 7)
    assert reader.read(page, number=True).text == read


@pytest.mark.parametrize("low", [0.35, 0.42])
def test_ticks_between_digits_are_no_ones(reader: model.DigitReader, low: float) -> None:
    """Though there are more of them than digits, as where a form has a place for each."""
    page = np.full((200, 440), 255, np.uint8)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 78), (45, 78)])
    for left in (60, 160, 260):
        cv2.polylines(page, [two + np.array((left, 60))], False, 0, 7)
    for x in (30, 130, 230, 330):
        cv2.line(page, (x, 142), (x, round(142 - 82 * low)), 0, 4)
    assert reader.read(page, number=True).text == "222"


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


@pytest.mark.no_cover
@pytest.mark.parametrize("number", [False, True])
@pytest.mark.parametrize(
    "condition",
    [
        conditions.underlined, conditions.circled, conditions.in_an_open_ring,
        conditions.in_brackets, conditions.enumerated,
    ],
)  # fmt: skip
def test_marked_digits_are_read(reader: model.DigitReader, condition, number: bool) -> None:
    pictures = conditions.pictures(condition, DIGITS)
    texts = [reader.read(picture, number).text for picture in pictures]
    assert (
        np.mean([text == str(label) for text, label in zip(texts, LABELS, strict=True)]) >= 0.9
    ), texts
