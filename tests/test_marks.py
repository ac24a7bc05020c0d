"""Lines under digits, rings and bars are told from strokes of digits."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import model
from benchmarks import conditions
from finder.marks import leaning, underlines
from finder.strokes import find_pieces
from preprocessing import find_ink, split_digits
from tests.drawing import FOUR, ONE, SEVEN
from tests.masks import DIGITS, LABELS, box, ink_of, row_of, share, stroke


def line_below(
    mask: np.ndarray, gap: float, degrees: float, bend: float = 0, pen: int = 8
) -> np.ndarray:
    x, y, w, h = box(mask)
    t = np.linspace(0, 1, 20)
    climb = np.tan(np.radians(degrees)) * w * 1.3
    down = y + h + gap + abs(climb) / 2 + pen + climb * (t - 0.5) + bend * w * (t - t * t)
    return stroke(mask, list(zip(x + w * (1.3 * t - 0.15), down, strict=True)), pen)


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


def written_sum(
    upper: list[int], lower: list[int], above: int, below: int
) -> tuple[np.ndarray, np.ndarray]:
    """The ink (h, w) of two rows of digits, and that of a line between them, so many pixels below
    the one and above the other.
    """
    rows = [row_of(*picks) for picks in (upper, lower)]
    boxes = [box(row) for row in rows]
    (top, foot), pen = [(y, y + h) for _, y, _, h in boxes], 8
    height = top[1] - top[0] + above + pen + below + foot[1] - foot[0]
    digits = np.zeros((height + 120, max(row.shape[1] for row in rows)), np.uint8)
    at = 60
    for row, (y, end) in zip(rows, (top, foot), strict=True):
        window = digits[at : at + end - y, : row.shape[1]]
        np.maximum(window, row[y:end], out=window)
        at += end - y + above + pen + below
    line = np.zeros_like(digits)
    left, right = min(b[0] for b in boxes) - 30, max(b[0] + b[2] for b in boxes) + 10
    line[60 + top[1] - top[0] + above :][:pen, left:right] = 1
    return digits, line


@given(
    st.lists(digits, min_size=2, max_size=3),
    st.lists(digits, min_size=1, max_size=3),
    st.sampled_from([(-4, 25), (25, -4)]),
)
def test_a_line_of_a_sum_is_found_where_a_row_touches_it(
    upper: list[int], lower: list[int], gaps: tuple[int, int]
) -> None:
    mask, line = written_sum(upper, lower, *gaps)
    found = underlines(find_pieces(mask | line))
    assert found is not None
    assert share(found, line) > 0.8
    assert share(found, mask & (1 - line)) < 0.2  # flat feet of 2s lie on it


def test_a_stroke_under_one_digit_above_others_stays() -> None:
    """It may be the foot of a 2."""
    mask, line = written_sum([0], [1, 2, 3], -4, 25)
    assert underlines(find_pieces(mask | line)) is None


def test_a_line_above_digits_that_touch_it_stays_where_nothing_stands_on_it() -> None:
    """It may be the bars of a 5 and a 7."""
    mask, line = written_sum([0, 1], [2, 3], 25, -4)
    lower = (mask | line)[np.flatnonzero(line.any(1))[0] - 10 :]
    assert underlines(find_pieces(lower)) is None


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


@given(st.floats(-1.2, 1.2), st.integers(60, 140), st.integers(4, 10), st.floats(0, 0.3))
def test_a_straight_stroke_leans_as_it_was_drawn(
    leans: float, high: int, pen: int, bend: float
) -> None:
    t = np.linspace(0, 1, 20)
    straight, bent = (
        stroke(
            np.zeros((240, 400), np.uint8),
            [(200 + high * (leans * (0.5 - s) + b * (s - s * s) * 4), 40 + high * s) for s in t],
            pen,
        )
        for b in (0, 0.2 + bend)
    )
    assert leaning(find_pieces(straight), 0) == pytest.approx(leans, abs=0.12)
    assert leaning(find_pieces(bent), 0) is None


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
