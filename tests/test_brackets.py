"""Round brackets are told from strokes of digits."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from finder.brackets import brackets, closing
from finder.strokes import find_pieces
from preprocessing import find_ink, split_digits
from tests.masks import DIGITS, box, ink_of, row_of, share, stroke

digits = st.integers(0, len(DIGITS) - 1)


def bracket(mask: np.ndarray, side: int, bend: float, high: float, pen: int = 8) -> np.ndarray:
    x, y, w, h = box(mask)
    t = np.linspace(-1, 1, 30)
    across = x + w / 2 + side * (w / 2 + 20 + bend * h * (1 - t * t))
    return stroke(mask, list(zip(across, y + h / 2 + high * h / 2 * t, strict=True)), pen)


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
    ("left", "right"),
    [(0.2, None), (None, 0.2), (-0.2, -0.2), (0.0, 0.0), (0.2, 0.0), (0.05, 0.05)],
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


@pytest.mark.parametrize(("side", "bend"), [(1, 0.05), (1, 0.13), (1, -0.25), (-1, -0.25)])
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


@pytest.mark.parametrize(
    ("left", "right", "high", "found"),
    [
        (0.1, 0.1, 0.92, False), (0.1, 0.1, 1.2, True), (0.3, 0.3, 0.92, True),
        (0.07, 0.3, 0.92, False), (0.07, 0.3, 1.2, True), (0.3, 0.07, 0.92, False),
    ],
)  # fmt: skip
def test_what_bows_little_is_higher_than_digits(
    left: float, right: float, high: float, found: bool
) -> None:
    """A 1 may bow so much, and a 7 more."""
    mask = row_of(0, 12)
    pieces = find_pieces(mask | bracket(mask, -1, left, high) | bracket(mask, 1, right, high))
    assert brackets(pieces, np.ones(len(pieces.sizes), bool)).any() == found


def arc(mask: np.ndarray, side: int, hook: float, pen: int) -> np.ndarray:
    """A bracket that is nearly a C: an arc whose ends reach back by `hook`, of its height."""
    x, y, w, h = box(mask)
    turn = np.radians(np.linspace(-65, 65, 40))
    across = x + w / 2 + side * (w / 2 + 80 + 0.35 * h * (np.cos(turn) - 1))
    points = list(zip(across, y + h / 2 + 0.65 * h * np.sin(turn), strict=True))
    ends = [(points[i][0] - side * hook * h, points[i][1] + dy) for i, dy in ((0, 6), (-1, -6))]
    return stroke(mask, [ends[0], *points, ends[1]], pen)


@given(st.lists(digits, min_size=1, max_size=3), st.floats(0, 0.12), st.integers(5, 14))
def test_brackets_with_hooks_are_found(picks: list[int], hook: float, pen: int) -> None:
    mask = np.pad(row_of(*picks), 80)
    signs = arc(mask, -1, hook, pen) | arc(mask, 1, hook, pen)
    pieces = find_pieces(mask | signs)
    found = np.r_[False, brackets(pieces, np.ones(len(pieces.sizes), bool))].take(pieces.labels)
    assert share(found, signs) == 1
    assert not (found & (signs == 0)).any()


def beside_seven(bar: float, bow: float, pen: int) -> tuple[np.ndarray, np.ndarray]:
    """An opening bracket with a digit behind it, and a 7 with a short bar, behind that."""
    mask = np.pad(row_of(0), ((0, 0), (0, 200)))
    x, y, w, h = box(mask)
    t = np.linspace(0, 1, 20)
    head = x + w + 30 + bar * h
    across = head - 0.25 * h * t + 4 * bow * h * t * (1 - t) * (1 - t)
    stem = list(zip(across, y + 1.1 * h * t - 5, strict=True))
    opening = stroke(mask, [(x - 30 - 60 * u * (1 - u), y - 8 + 1.15 * h * u) for u in t], pen)
    return mask | opening, stroke(mask, [(head - bar * h, y - 5), *stem], pen)


@pytest.mark.parametrize("bar", [0.2, 0.3, 0.45])
@pytest.mark.parametrize("bow", [0.1, 0.2, 0.4])
@pytest.mark.parametrize("pen", [6, 10])
def test_a_seven_closes_no_bracket(bar: float, bow: float, pen: int) -> None:
    before, seven = beside_seven(bar, bow, pen)
    pieces = find_pieces(before | seven)
    everything = np.ones(len(pieces.sizes), bool)
    assert not closing(pieces, everything).any()
    if bow <= 0.1:  # more is no longer told from a bracket where another one stands before it
        assert not brackets(pieces, everything).any()


SIX = [(0.6, 0.0), (0.2, 0.3), (0.1, 0.7), (0.3, 1.0), (0.6, 0.9), (0.6, 0.72), (0.4, 0.6)]
ANGLE = [(0.6, 0.0), (0.05, 0.5), (0.6, 1.0)]  # "<"
ARC = [(0.4, 0.0), (0.25, 0.15), (0.15, 0.35), (0.12, 0.5), (0.15, 0.65), (0.25, 0.85), (0.4, 1.0)]
LUMP = [*ARC[:4], (0.3, 0.5), *ARC[3:]]  # with a loop closed by the pen


def between(form: list[tuple[float, float]], pen: int, high: float = 1.1) -> np.ndarray:
    """A digit between a form at its left and the same, mirrored, at its right."""
    mask = np.pad(row_of(0), ((0, 0), (100, 100)))
    x, y, w, h = box(mask)
    top, size = y + h * (1 - high) / 2, high * h
    signs = np.zeros_like(mask)
    for side, edge in ((-1, x - 30), (1, x + w + 30)):
        points = [(edge + side * (0.7 - u) * size, top + v * size) for u, v in form]
        signs |= stroke(mask, points, pen)
    return mask | signs


@pytest.mark.parametrize(
    ("form", "pen", "high", "found"),
    [
        (ARC, 8, 1.1, 2),
        (ARC, 8, 0.7, 0),  # lower than the digit in between
        (ARC, 24, 1.1, 2),
        (ARC, 50, 1.1, 0),
        (LUMP, 12, 1.1, 0),
        (ANGLE, 6, 1.1, 0),
        (SIX, 8, 1.1, 0),
        (SIX, 22, 1.1, 0),  # its loop closed by the pen
    ],
)
def test_what_has_another_form_is_no_bracket(
    form: list[tuple[float, float]], pen: int, high: float, found: int
) -> None:
    pieces = find_pieces(between(form, pen, high))
    assert brackets(pieces, np.ones(len(pieces.sizes), bool)).sum() == found


@pytest.mark.parametrize("gap", [18, 25])
def test_brackets_that_embrace_digits_are_no_part_of_them(gap: int) -> None:
    """The boxes of brackets and digits overlap."""
    mask = np.pad(cv2.resize(ink_of(0), (100, 130)), 120)
    x, y, w, h = box(mask)
    turn = np.radians(np.linspace(-50, 50, 40))
    signs = np.zeros_like(mask)
    for side, edge in ((-1, x - gap), (1, x + w + gap)):
        across = edge + side * 0.5 * h * (np.cos(turn) - 1)
        signs |= stroke(mask, list(zip(across, y + h / 2 + 0.8 * h * np.sin(turn), strict=True)), 6)
    assert not (mask & signs).any()
    pieces = find_pieces(mask | signs)
    assert brackets(pieces, np.ones(len(pieces.sizes), bool)).sum() == 2
    for number in (False, True):
        (alone,), (inside,) = (
            split_digits(find_ink(255 - 255 * m), number) for m in (mask, mask | signs)
        )
        assert inside.box == alone.box
