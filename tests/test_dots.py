"""Exclamation and question marks are told from 1s and 7s by their dots."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from finder.dots import dotted, has_dot
from finder.strokes import Pieces, find_pieces

FOOT, HIGH = 140, 60  # pixels: the foot of the digits beside a mark, and their height


def mark(
    end: float = 0.3, size: float = 0.15, aside: float = 0.0, off: float = 0.0, long: float = 1.0
) -> tuple[Pieces, int]:
    """A stroke that ends above the foot of digits, and its dot, by the height of digits: the dot's
    width, how far it is from the stroke and above the foot, and its height by its width.
    """
    page = np.zeros((220, 200), np.uint8)
    page[80 : round(FOOT - HIGH * end), 97:103] = 1
    wide, high = round(HIGH * size), round(HIGH * size * long)
    left, bottom = round(100 + HIGH * aside - wide / 2), round(FOOT - HIGH * off)
    page[bottom - high : bottom, left : left + wide] = 1
    pieces = find_pieces(page)
    return pieces, int(np.argmin(pieces.boxes[:, 1]))


@given(st.floats(0.25, 0.5), st.floats(0.1, 0.2), st.floats(-0.12, 0.12), st.floats(-0.15, 0.03))
def test_a_dot_below_a_foot_that_ends_high_is_its_own(
    end: float, size: float, aside: float, off: float
) -> None:
    assert has_dot(*mark(end, size, aside, off), FOOT, HIGH)


@pytest.mark.parametrize(
    "other",
    [
        {"end": 0.0, "off": -0.18},  # a digit on its line, a speck below it
        {"aside": 0.3},  # a point between numbers
        {"aside": 0.16, "end": 0.1},  # and one close beside a foot
        {"size": 0.4, "end": 0.5},  # low digits
        {"size": 0.03},  # a speck
        {"size": 0.08, "long": 3.0},  # the end of a broken stroke
        {"size": 0.3, "long": 0.3},  # a dash, or a line under it
        {"off": -0.4},  # of the next line
        {"off": 0.3, "end": 0.5},  # far above the foot
    ],
)
def test_other_ink_below_a_stroke_is_no_dot_of_it(other: dict[str, float]) -> None:
    assert not has_dot(*mark(**other), FOOT, HIGH)


def test_print_that_is_cut_off_below_a_digit_is_no_dot_of_it() -> None:
    pieces, i = mark()
    cut = find_pieces((pieces.labels[: FOOT - 3] > 0).astype(np.uint8))
    assert has_dot(pieces, i, FOOT, HIGH)
    assert not has_dot(cut, i, FOOT, HIGH)


@pytest.mark.parametrize(("wide", "found"), [(6, True), (36, False)])
def test_the_end_of_a_broken_seven_is_no_dot_of_it(wide: int, found: bool) -> None:
    """A question mark's is further away; an exclamation mark's may be close."""
    pieces, _ = mark(end=0.2, size=0.18)
    page = (pieces.labels > 0).astype(np.uint8)
    page[80:86, 103 - wide : 103] = 1
    assert has_dot(find_pieces(page), 0, FOOT, HIGH) == found
    page[FOOT - 13 : FOOT - 8] = 0  # what is left is further away
    assert has_dot(find_pieces(page), 0, FOOT, HIGH)


def test_a_dot_stands_below_the_foot_and_not_below_the_head() -> None:
    """Leaning as italics do."""
    page = np.zeros((220, 200), np.uint8)
    cv2.line(page, (120, 82), (90, 118), 1, 6)
    beside = page.copy()
    cv2.circle(page, (88, 134), 4, 1, -1)
    cv2.circle(beside, (118, 134), 4, 1, -1)
    assert [has_dot(find_pieces(ink), 0, FOOT, HIGH) for ink in (page, beside)] == [True, False]


def line(signs: str, step: float = 0.0) -> np.ndarray:
    """Ink (h, w) uint8 of rings, 0, and exclamation marks; each `step` pixels below the last."""
    page = np.zeros((300, 70 * (len(signs) + 1)), np.uint8)
    for i, sign in enumerate(signs, 1):
        x, foot = 70 * i, round(FOOT + step * i)
        if sign == "0":
            cv2.ellipse(page, (x, foot - 30), (17, 27), 0, 0, 360, 1, 6)
        else:
            cv2.line(page, (x, foot - 56), (x, foot - 22), 1, 6)
            cv2.circle(page, (x, foot - 5), 4, 1, -1)
    return page


@pytest.mark.parametrize("signs", ["00!", "0!", "!00", "0!0!0", "00!!", "000000!"])
@pytest.mark.parametrize("step", [-4, 0, 4])
def test_marks_are_found_in_lines_that_climb_or_fall(signs: str, step: float) -> None:
    pieces = find_pieces(line(signs, step))
    large = [i for i in np.argsort(pieces.boxes[:, 0]).tolist() if pieces.sizes[i] > 20]
    places = [large.index(i) for i in dotted(pieces, [[i] for i in large])]
    assert places == [i for i, sign in enumerate(signs) if sign == "!"]


def test_a_line_of_a_mark_alone_has_nothing_to_compare_it_with() -> None:
    pieces = find_pieces(line("!"))
    assert dotted(pieces, [[int(pieces.sizes.argmax())]]) == []


def test_a_digit_of_several_pieces_is_no_mark() -> None:
    pieces = find_pieces(line("00!"))
    order = np.argsort(pieces.boxes[:, 0]).tolist()
    ring, other, *_ = order
    stem = int(np.argmin(pieces.boxes[:, 1] + pieces.boxes[:, 3] + 999 * (pieces.sizes < 20)))
    assert dotted(pieces, [[ring], [other], [stem]]) == [stem]
    assert dotted(pieces, [[ring], [stem, other]]) == []


TWO = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])


@pytest.mark.parametrize("high", [30, 38, 44])
def test_a_question_mark_is_no_digit_however_low(reader: model.DigitReader, high: int) -> None:
    page = np.full((220, 320), 255, np.uint8)
    for left in (60, 130):
        cv2.polylines(page, [TWO + np.array((left, 80))], False, 0, 7)
    hook = np.array([(0, 8), (10, 0), (22, 4), (24, 12), (12, 24), (12, high)])
    cv2.polylines(page, [hook + np.array((210, 80))], False, 0, 7)
    cv2.circle(page, (222, 136), 4, 0, -1)
    assert reader.read(page, number=True).text == "22"


def test_a_leaning_1_before_an_exclamation_mark_is_no_slash(reader: model.DigitReader) -> None:
    """It reaches further down than the mark's stroke, which is no digit to compare it with."""
    page = np.full((220, 320), 255, np.uint8)
    cv2.polylines(page, [TWO + np.array((60, 80))], False, 0, 7)
    cv2.line(page, (160, 78), (140, 140), 0, 7)
    cv2.line(page, (200, 70), (200, 122), 0, 7)
    cv2.circle(page, (200, 136), 4, 0, -1)
    assert reader.read(page, number=True).text == "21"
