"""Signs between digits are told by their form and place, and digits of such forms are kept."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from benchmarks.strings import SUMS
from preprocessing import Region
from reader.signs import are_signs, has_form, stands_within, without_brackets

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]
HIGH = 64  # pixels of a digit in a line
NONE = 10
ARMED = ["+", "x", "%"]
OPEN_FOUR = [[(0.1, 0.0), (0.05, 0.55), (0.8, 0.55)], [(0.6, 0.15), (0.5, 1.0)]]
SLASHED = [
    [(0.35 + 0.3 * np.sin(a), 0.5 + 0.35 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 20)],
    [(0.65, 0.0), (0.05, 1.0)],
]
DASHED = [[(0.0, 0.0), (0.5, 0.0)], [(0.0, 0.22), (0.5, 0.22)]]


def drawn(strokes: list, pen: float, high: float = HIGH, wide: float = 1) -> np.ndarray:
    """Ink (h, w) in [0, 1], cropped; the pen by a digit's height."""
    sheet = np.zeros((4 * HIGH, 4 * HIGH), np.float32)
    for points in strokes:
        at = np.round(16 * (HIGH + high * np.array(points) * (wide, 1))).astype(np.int32)
        thick = max(2, round(high * pen))
        cv2.polylines(sheet, [at.reshape(-1, 1, 2)], False, 1.0, thick, cv2.LINE_AA, 4)
    x, y, w, h = cv2.boundingRect((sheet > 0.2).astype(np.uint8))
    return sheet[y : y + h, x : x + w]


def digit(i: int, high: float = HIGH) -> np.ndarray:
    """A digit's ink in [0, 1], cropped, so many pixels high."""
    x, y, w, h = cv2.boundingRect((DIGITS[i] > 60).astype(np.uint8))
    size = max(3, round(w * high / h)), round(high)
    small = DIGITS[i][y : y + h, x : x + w].astype(np.float32) / 255
    return np.clip(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), 0, 1)


def between_digits(ink: np.ndarray, foot: float, named: int, sure: float = 0.99) -> bool:
    """Whether ink is a sign between two sure digits, standing so many heights above their foot."""
    inks = [digit(5), ink, digit(20)]
    tops = [0, round(HIGH * (1 - foot)) - len(ink), 0]
    regions, believed, x = [], np.full((3, 11), 0.001, np.float32), 0
    for nth, (each, top) in enumerate(zip(inks, tops, strict=True)):
        regions.append(Region(each, (x, top)))
        x += each.shape[1] + 10
        believed[nth, named if nth == 1 else int(LABELS[(5, 20)[nth > 0]])] = sure
    signs = are_signs(regions, believed)
    assert not signs[[0, 2]].any()
    return bool(signs[1])


@given(st.sampled_from(ARMED), st.floats(0.13, 0.25), st.floats(30, 120), st.floats(0.9, 1.15))
def test_signs_with_four_arms_have_a_form(sign: str, pen: float, high: float, wide: float) -> None:
    assert has_form(drawn(SUMS[sign], pen, high, wide))


@given(st.floats(0.12, 0.2), st.floats(60, 120))
def test_bars_have_a_form_also_where_they_touch(pen: float, high: float) -> None:
    assert has_form(drawn(DASHED, pen, high))


def test_next_to_no_digit_has_such_a_form() -> None:
    """Of MNIST's and pen strokes, 110 of 38,000 do, fours and crossed sevens all."""
    having = [i for i in range(len(DIGITS)) if has_form(digit(i))]
    assert len(having) <= 1
    assert all(LABELS[i] in (4, 7) for i in having)
    assert not has_form(drawn(OPEN_FOUR, 0.12))
    for wide in (0.9, 1.1):  # four bays, but not the same when turned
        assert not has_form(drawn(OPEN_FOUR, 0.12, wide=wide))
    assert not has_form(np.ones((HIGH, HIGH), np.float32))


@pytest.mark.parametrize(("deep", "has"), [(2, False), (9, True)])
def test_what_is_rough_has_no_arms(deep: int, has: bool) -> None:
    blot = np.ones((HIGH, HIGH), np.float32)
    for _ in range(4):
        blot = np.ascontiguousarray(np.rot90(blot))
        dent = np.array([(HIGH // 2 - 16, -1), (HIGH // 2 + 16, -1), (HIGH // 2, deep)])
        cv2.fillPoly(blot, [dent], 0.0)
    assert has_form(blot) == has


def test_a_low_sign_is_one_whatever_digit_it_is_named() -> None:
    for named in (4, 8, NONE):
        assert between_digits(drawn(SUMS["+"], 0.2), 0.2, named)
        assert between_digits(drawn(SUMS["x"], 0.2), 0.1, named)
    assert between_digits(drawn(DASHED, 0.15), 0.4, 2)


def test_a_low_digit_of_a_sign_s_form_stands_on_the_line_or_at_its_head() -> None:
    plus = drawn(SUMS["+"], 0.15)
    head = 1 - len(plus) / HIGH
    for foot, named, sign in ((0, 4, False), (0.2, 4, True), (head, 4, False), (0, 8, True)):
        assert between_digits(plus, foot, named) == sign
    line = Region(digit(5))
    for top, within in ((HIGH - len(plus), False), (round(0.2 * HIGH), True), (0, False)):
        assert stands_within(Region(plus, (100, top)), line) == within


@pytest.mark.parametrize("at", [0, 1])
def test_a_sign_at_an_end_is_told_by_the_digit_beside_it(at: int) -> None:
    plus = drawn(SUMS["+"], 0.2)
    inks = [(digit(5), 0), (plus, round(0.2 * HIGH))]
    regions = [Region(ink, (100 * i, top)) for i, (ink, top) in enumerate(inks[:: 1 - 2 * at])]
    believed = np.full((2, 11), 0.001, np.float32)
    believed[at, LABELS[5]] = believed[1 - at, 4] = 0.99
    assert are_signs(regions, believed).tolist() == [at == 1, at == 0]


def test_what_is_as_high_as_digits_is_no_sign_if_it_is_named_as_a_digit_with_arms() -> None:
    cross, percent = drawn(SUMS["x"], 0.2, 1.4 * HIGH), drawn(SUMS["%"], 0.2)
    assert not between_digits(cross, 0, 4)
    assert not between_digits(cross, 0, 7)
    assert between_digits(cross, 0, 8)
    assert between_digits(percent, 0, 6)
    assert not between_digits(drawn(SUMS["x"], 0.2, 2.4 * HIGH), -0.5, 8)  # two rows that touch


@pytest.mark.parametrize(("wide", "sign"), [(0.9, True), (1.7, False)])
def test_low_zeros_that_touch_are_no_sign(wide: float, sign: bool) -> None:
    """What is no digit is, where it stands within the height of the digits, if it is no wider."""
    ring = np.ones((round(0.5 * HIGH), round(0.5 * wide * HIGH)), np.float32)
    ring[6:-6, 6:-6] = 0
    assert between_digits(ring, 0.25, NONE) == sign
    assert not between_digits(ring, 0.0, NONE)  # it stands on the line as digits do
    assert not between_digits(ring, 0.25, 0)


def test_a_low_open_four_on_the_line_is_a_digit_and_within_it_a_plus() -> None:
    four = drawn(OPEN_FOUR, 0.16, 0.6 * HIGH)
    assert not between_digits(four, 0, 4)
    assert between_digits(four, 0.15, 4)


@pytest.mark.parametrize(
    ("foot", "high", "named", "sure", "is_sign"),
    [
        (0.2, 0.6, NONE, 0.7, True),
        (0.07, 0.6, NONE, 0.7, True),
        (0.07, 0.6, NONE, 0.99, True),
        (0.07, 0.6, 4, 0.7, True),
        (0.07, 0.6, 4, 0.99, False),
        (0.02, 0.6, NONE, 0.7, False),  # a low digit on its line, badly written
        (0.07, 0.76, NONE, 0.7, False),  # nearly as high as digits
    ],
)
def test_an_uneven_plus_is_told_by_its_arms_and_place(
    foot: float, high: float, named: int, sure: float, is_sign: bool
) -> None:
    """One that is not the same when turned, of a quick hand in a thin pen."""
    uneven = drawn([[(0.0, 0.6), (0.95, 0.35)], [(0.6, 0.0), (0.42, 1.0)]], 0.1, high * HIGH)
    assert not has_form(uneven)
    assert between_digits(uneven, foot, named, sure) == is_sign
    assert not between_digits(digit(5, high * HIGH), 0.07, named, sure)


def test_a_low_slashed_zero_is_a_digit() -> None:
    zero = drawn(SLASHED, 0.2, 0.6 * HIGH)
    assert not between_digits(zero, 0, 0)
    assert not between_digits(zero, 0.15, 0)


@pytest.mark.parametrize(("high", "wide", "sign"), [(1.4, 0.5, True), (1.4, 1.0, False)])
def test_narrow_ink_that_is_no_digit_and_reaches_beyond_digits_is_a_sign(
    high: float, wide: float, sign: bool
) -> None:
    """As a dollar sign; what is as wide as high may be two digits."""
    ink = np.ones((round(high * HIGH), round(wide * high * HIGH)), np.float32)
    assert between_digits(ink, -0.2, NONE) == sign
    assert not between_digits(ink, -0.2, 3)
    assert not between_digits(ink, -0.2, NONE, sure=0.8)
    assert not between_digits(ink, 0, NONE)


EIGHT = [
    [(0.5 + 0.3 * r * np.sin(a), m + 0.25 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 20)]
    for m, r in ((0.25, 0.9), (0.75, 1.0))
]
DOLLAR = [
    [(0.8, 0.2), (0.5, 0.05), (0.25, 0.25), (0.75, 0.7), (0.5, 0.95), (0.2, 0.8)],
    [(0.52, -0.15), (0.48, 1.15)],
]


@pytest.mark.parametrize("pen", [0.08, 0.14])
@pytest.mark.parametrize(
    ("high", "sure", "sign"), [(0.95, 0.9, True), (0.7, 0.9, True), (0.59, 0.9, False)]
)
def test_a_dollar_sign_that_looks_like_an_eight_is_told_by_its_stems(
    pen: float, high: float, sure: float, sign: bool
) -> None:
    dollar, eight = drawn(DOLLAR, pen, high * HIGH), drawn(EIGHT, pen, 1.3 * high * HIGH)
    foot = (1 - len(dollar) / HIGH) / 2
    assert between_digits(dollar, foot, 8, sure) == sign
    assert not between_digits(eight, foot, 8, sure)
    assert not between_digits(dollar, foot, 8)  # the network is sure
    assert not between_digits(dollar, foot, 4, sure)  # an open 4 has such ends
    assert not between_digits(dollar, 0.3, 8, sure)  # and none hangs or stands on a line so


# An 8 and a 3 of quick hands, that begin and end in one stroke
QUICK = [[(0.52, 0), (0.25, 0.2), (0.7, 0.7), (0.5, 0.95), (0.3, 0.7), (0.75, 0.2)]]
POINTED = [[(0.4, 0), (0.7, 0.2), (0.35, 0.5), (0.7, 0.8), (0.4, 1)]]


@pytest.mark.parametrize("form", [QUICK, POINTED])
@pytest.mark.parametrize("named", [3, 8])
def test_an_8_or_3_in_doubt_that_ends_in_one_stroke_is_no_dollar_sign(
    form: list[list[tuple[float, float]]], named: int
) -> None:
    """The stem of one that looks like an 8 closes both its loops, and none looks like a 3."""
    ink = drawn(form, 0.1, 1.2 * HIGH)
    foot = (1 - len(ink) / HIGH) / 2
    assert between_digits(ink, foot, NONE, sure=0.9)  # it has stems, and stands out
    assert not between_digits(ink, foot, named, sure=0.9)
    assert not between_digits(drawn(DOLLAR, 0.1, 0.95 * HIGH), -0.2, 3, sure=0.9)


def test_an_i_in_doubt_is_no_dollar_sign() -> None:
    stroke = drawn([[(0.2, 0.0), (0.25, 1.0)]], 0.12, 1.05 * HIGH)
    assert not between_digits(stroke, 0, NONE, sure=0.8)


ANGLE = [[(0.0, 0.0), (0.7, 0.5), (0.0, 1.0)]]
SEVEN = [[(0.0, 0.0), (0.7, 0.0), (0.2, 1.0)]]
TURNED = [[(0.7 - x, y) for x, y in ANGLE[0]]]  # "<"
FLAT = [[(0.0, 0.0), (0.6, 0.0), (0.7, 0.5), (0.0, 1.0)]]  # a 7 that bows


@pytest.mark.parametrize(
    ("foot", "high", "sign"), [(0.2, 0.5, True), (0, 0.5, False), (0, 1, False)]
)
def test_what_points_to_the_right_within_a_line_is_no_seven(
    foot: float, high: float, sign: bool
) -> None:
    angle = drawn(ANGLE, 0.12, high * HIGH)
    assert between_digits(angle, foot, 7) == sign
    assert between_digits(angle, foot, 5, sure=0.7) == sign
    assert not between_digits(angle, foot, 5)
    for lower in (0.06, 0.02):
        assert between_digits(angle, lower, 7) == (high < 1 and lower > 0.05)
        for other in (SEVEN, TURNED, FLAT):
            assert not between_digits(drawn(other, 0.12, high * HIGH), lower, 7)


def test_signs_alone_are_left_as_they_are() -> None:
    plus = Region(drawn(SUMS["+"], 0.2))
    for classes in (10, 11):  # a network may have no class for what is no digit
        named_four = np.eye(classes, dtype=np.float32)[[4, 4]]
        assert not are_signs([plus, plus], named_four).any()
        assert not are_signs([plus], named_four[:1]).any()


@pytest.mark.parametrize("sign", [*ARMED, "=", "÷"])
@pytest.mark.parametrize("pen", [0.13, 0.2])
def test_sums_in_a_thick_pen_are_read(reader: model.DigitReader, sign: str, pen: float) -> None:
    right = 0
    for i in range(0, 30, 3):
        left, after = digit(i), digit(i + 1)
        ink = np.zeros((3 * HIGH, 8 * HIGH), np.float32)
        x = HIGH
        for each, top in ((left, HIGH), (after, HIGH)):
            ink[top : top + HIGH, x : x + each.shape[1]] = each
            x += each.shape[1] + round(1.1 * HIGH)
        thick = max(3, round(pen * HIGH))
        corner = np.array([HIGH + left.shape[1] + 0.15 * HIGH, HIGH])
        for stroke in SUMS[sign]:
            at = np.round(16 * (corner + HIGH * np.array(stroke))).astype(np.int32)
            cv2.polylines(ink, [at.reshape(-1, 1, 2)], False, 1.0, thick, cv2.LINE_AA, 4)
        page = np.round(255 - 225 * ink).astype(np.uint8)
        right += reader.read(page, number=True).text == f"{LABELS[i]}{LABELS[i + 1]}"
    assert right >= 9


HASH = [
    [(0.35, 0.0), (0.25, 1.0)], [(0.7, 0.0), (0.6, 1.0)],
    [(0.05, 0.33), (0.95, 0.3)], [(0.0, 0.68), (0.9, 0.66)],
]  # fmt: skip


@pytest.mark.parametrize("pen", [0.07, 0.1])
@pytest.mark.parametrize("wide", [0.9, 1.1])
def test_a_number_sign_is_not_cut_into_digits(
    reader: model.DigitReader, pen: float, wide: float
) -> None:
    """Its halves look like a 7 and a 4, and all of it like nothing."""
    right = 0
    for i in range(10):
        inks = [drawn(HASH, pen, wide=wide), digit(3 * i), digit(3 * i + 1)]
        page, x = np.zeros((2 * HIGH, 6 * HIGH), np.float32), 40
        for ink in inks:
            h, w = ink.shape
            page[100 - h : 100, x : x + w] = ink
            x += w + 20
        text = reader.read(np.round(255 - 225 * page).astype(np.uint8), number=True).text
        right += text == f"{LABELS[3 * i]}{LABELS[3 * i + 1]}"
    assert right >= 9


IN_BRACKETS = [
    [(0.10, 0.26), (0.065, 0.34), (0.055, 0.42), (0.065, 0.5), (0.10, 0.58)],
    [(0.14, 0.35), (0.17, 0.31), (0.21, 0.34), (0.19, 0.42), (0.14, 0.53), (0.22, 0.53)],
    [(0.34, 0.31), (0.28, 0.31), (0.275, 0.41), (0.33, 0.41), (0.345, 0.48), (0.31, 0.53),
     (0.265, 0.52)],
    [(0.38, 0.26), (0.415, 0.34), (0.425, 0.42), (0.415, 0.5), (0.38, 0.58)],
    [(0.5, 0.32), (0.59, 0.32), (0.54, 0.54)],
]  # fmt: skip


@pytest.mark.parametrize("pen", [6, 10, 14, 18])
def test_brackets_that_touch_digits_are_none(reader: model.DigitReader, pen: int) -> None:
    """(25) 7 on a canvas, in its pens; the broad ones make one piece of bracket and digit."""
    page = np.full((420, 420), 255, np.uint8)
    for points in IN_BRACKETS:
        at = np.round(420 * np.array(points)).astype(np.int32)
        cv2.polylines(page, [at], False, 0, pen, cv2.LINE_AA)
    assert reader.read(page, number=True).text == "257"


@pytest.mark.parametrize(
    ("named", "sure", "stay"), [(1, 0.999, False), (6, 0.8, False), (6, 0.999, True)]
)
def test_only_1s_and_what_is_not_sure_may_be_brackets(named: int, sure: float, stay: bool) -> None:
    arc = [(0.3 * np.cos(a), 0.5 * np.sin(a)) for a in np.radians(np.linspace(-70, 70, 30))]
    inks = [drawn([[(-x, y) for x, y in arc]], 0.1, 1.4 * HIGH), digit(5), digit(20), digit(5)]
    inks.append(drawn([arc], 0.1, 1.4 * HIGH))
    regions, x = [], 0
    for ink in inks:
        regions.append(Region(ink, (x, (2 * HIGH - len(ink)) // 2)))
        x += ink.shape[1] + 12
    believed = np.zeros((5, 11), np.float32)
    believed[:, named] = sure
    believed[1:4] = np.eye(11, dtype=np.float32)[2]

    def classify(some: list[Region]) -> np.ndarray:
        return believed[[[region is other for other in regions].index(True) for region in some]]

    kept = [region.origin for region in without_brackets(regions, classify)]
    assert kept == [region.origin for region in (regions if stay else regions[1:4])]
    assert without_brackets([], classify) == []
