"""Lines under digits, and of sums, are told from strokes of digits."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import model
from benchmarks import conditions
from finder import underlines as module
from finder.strokes import find_pieces
from finder.underlines import underlines
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
unbroken = digits.filter(lambda i: len(find_pieces(ink_of(i)).boxes) == 1)


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


def test_a_page_of_writing_is_searched_where_it_is_widest(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that digits stand on is found beside hundreds of letters, not all of which are."""
    page = np.pad(row_of(3, 14), ((0, 500), (0, 100)))
    line = line_below(page, -6, 0)
    for y, x in np.ndindex(24, 30):
        cv2.ellipse(page, (15 + 20 * x, 410 + 17 * y), (7, 5), 0, 0, 360, 1, 2)
    searched, touched = list[int](), module._touched_line
    monkeypatch.setattr(
        module, "_touched_line", lambda *asked: (searched.append(asked[1]), touched(*asked))[1]
    )
    found = underlines(find_pieces(page | line))
    assert found is not None
    assert share(found, line) > 0.8
    assert len(searched) == module.MOST


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


def touched_sum(
    first: int, second: list[int], result: list[int], degrees: float = 0, beyond: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """The ink (h, w) of a digit, a number and a result below each other, and that of a line that
    the middle of both of these touches, so steep and so many pixels longer at both ends.
    """
    digits, _ = written_sum(second, result, -3, -3)
    digits = np.vstack([np.zeros((150, digits.shape[1]), np.uint8), digits])
    left, _, wide, _ = box(digits)
    x, y, w, h = box(ink_of(first))
    digits[20 : 20 + h, left + wide - w : left + wide] |= ink_of(first)[y : y + h, x : x + w]
    row = 60 + 150 + box(row_of(*second))[3]
    climb = np.tan(np.radians(degrees)) * wide / 2
    ends = [(left - beyond, row - climb), (left + wide + beyond, row + climb)]
    return digits, stroke(digits, ends, 8)


@given(
    unbroken,
    st.lists(unbroken, min_size=2, max_size=3),
    st.lists(unbroken, min_size=2, max_size=3),
    st.floats(-1.5, 1.5),
)
def test_a_line_of_a_sum_is_found_where_both_rows_touch_it(
    first: int, second: list[int], result: list[int], degrees: float
) -> None:
    mask, line = touched_sum(first, second, result, degrees)
    found = underlines(find_pieces(mask | line))
    assert found is not None
    assert share(found, line) > 0.8
    assert share(found, mask & (1 - line)) < 0.2


def test_a_thick_line_goes_with_its_edges_where_it_is_not_quite_straight() -> None:
    mask, line = (cv2.resize(ink, None, fx=3, fy=3) for ink in touched_sum(0, [1, 2], [3, 0]))
    x, y, w, h = box(line)
    along = np.linspace(0, 1, 60)
    for times in (2, 5):
        across = y + h / 2 + 2 * np.sin(2 * np.pi * times * along)
        whole = mask | stroke(mask, list(zip(x + w * along, across, strict=True)), h)
        found = underlines(find_pieces(whole))
        assert found is not None
        left = find_pieces(whole & (1 - found))
        wide, high = left.boxes[:, 2:].T
        assert not ((high < h) & (wide > 2 * h)).any(), times
        assert share(found, mask & (1 - line)) < 0.2


def test_a_sum_whose_line_both_rows_touch_is_read(reader: model.DigitReader) -> None:
    right = 0
    for i in range(10):
        first, *others = picks = [(i + 9 * k) % 35 for k in range(5)]  # the 35th is broken
        mask, line = touched_sum(first, others[:2], others[2:])
        page = cv2.resize(255 - 255 * (mask | line), None, fx=0.5, fy=0.5)
        a, b, c, d, e = (str(LABELS[k]) for k in picks)
        right += reader.read(page, number=True).lines == [a, b + c, d + e]
    assert right >= 9


def test_a_line_that_both_rows_touch_stays_without_digits_like_theirs_above() -> None:
    """As in a fraction, where a number stands beside it."""
    mask, line = touched_sum(0, [1, 2], [3, 0])
    upper, below = np.split(mask | line, [190])
    assert underlines(find_pieces(np.vstack([upper, below]))) is not None
    assert underlines(find_pieces(below)) is None
    for times in (0.35, 2.5):
        x, y, w, h = box(upper)
        size = round(times * w), round(times * h)
        scaled = cv2.resize(upper[y : y + h, x : x + w], size, interpolation=cv2.INTER_NEAREST)
        above = np.zeros((scaled.shape[0] + 10, mask.shape[1]), np.uint8)
        above[5:-5, 150 : 150 + size[0]] = scaled
        assert underlines(find_pieces(np.vstack([above, below]))) is None, times
    away = np.pad(upper, ((0, len(below) - 10), (0, mask.shape[1])))
    for down in (0, 190):  # the digit is beside them, or above and to the left
        page = np.roll(away, down, 0)
        page[-len(below) :, mask.shape[1] :] |= below
        assert underlines(find_pieces(page)) is None, down


@pytest.mark.parametrize(("beyond", "found"), [(0, False), (60, True)])
def test_a_line_of_a_sum_is_longer_than_a_digit_is_high(beyond: int, found: bool) -> None:
    """Or it is the bar of one of two that touch."""
    mask, line = touched_sum(0, [0], [28], beyond=beyond)
    assert (underlines(find_pieces(mask | line)) is not None) == found


def test_a_line_that_both_rows_touch_stays_where_it_is_short_or_they_are_low() -> None:
    mask, line = touched_sum(0, [1, 2], [3, 0])
    row, left = (values[0] for values in np.nonzero(line))
    wide = box(line)[2]
    link = stroke(mask, [(left, row + 20), (left + wide / 2, row + 90), (left + wide, row + 20)], 8)
    short = line.copy()
    short[:, left + wide // 2 :] = 0
    bar = stroke(mask, [(left, row - 60), (left + 0.6 * wide, row - 60)], 8)
    assert underlines(find_pieces(mask | link | line)) is not None
    found = underlines(find_pieces(mask | bar | line))
    assert found is not None
    assert share(found, line) > 0.8
    assert underlines(find_pieces(mask | link | short)) is None
    mask[row + 40 :] = 0
    assert underlines(find_pieces(mask | line)) is None


def test_a_line_of_a_fraction_is_found_where_both_numbers_touch_it_with_a_digit_each() -> None:
    mask, line = touched_sum(0, [1, 2], [3, 0])
    mask[:190] = 0
    x, row, wide, _ = box(line)
    middle = x + wide // 2
    mask[row - 8 :, middle:] = 0  # on the right, one stands above it and touches nothing
    found = underlines(find_pieces(mask | line))
    assert found is not None
    assert share(found, line) > 0.8
    assert share(found, mask & (1 - line)) < 0.2


@pytest.mark.parametrize(("other", "size"), [("above", 0.8), ("below", 0.4)])
def test_the_bar_of_a_four_stays(other: str, size: float) -> None:
    """With a digit above it, and with something low below it, such as a name."""
    page = np.zeros((420, 240), np.uint8)
    for points in ([(0.8, 0), (0.8, 1)], [(0.4, 0), (0, 0.5), (1, 0.5)]):
        page |= stroke(page, [(60 + 100 * x, 150 + 120 * y) for x, y in points], 8)
    top = 10 if other == "above" else 290
    page |= cv2.ellipse(
        np.zeros_like(page), (110, round(top + 60 * size)), (40, round(60 * size)), 0, 0, 360, 1, 8
    )
    assert underlines(find_pieces(page)) is None


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
