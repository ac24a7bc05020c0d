"""Lines of boxes and tables go where writing touches them, and digits are no tables."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from benchmarks import conditions, strings
from strokes import find_pieces
from tables import without_tables

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]
SIDE, HIGH = 160, 110  # pixels: of a cell, and of the digits in it, about

digits = st.integers(0, len(DIGITS) - 1)


def ink_of(i: int) -> np.ndarray:
    """A digit's ink (h, w) uint8, 0 or 1, cropped to it."""
    x, y, w, h = cv2.boundingRect((DIGITS[i] > 127).astype(np.uint8))
    factor = HIGH / max(w, h)
    size = round(w * factor), round(h * factor)
    large = cv2.resize(DIGITS[i][y : y + h, x : x + w], size, interpolation=cv2.INTER_CUBIC)
    return (large > 127).astype(np.uint8)


def form(rows: int, columns: int, pen: int, climb: float = 0) -> np.ndarray:
    """A table's lines, (h, w) uint8, with a cell of paper around it."""
    size = np.array([columns, rows]) * SIDE
    mask = np.zeros((size + 2 * SIDE)[::-1].tolist(), np.uint8)
    ends = [((0, k * SIDE), (size[0], k * SIDE)) for k in range(rows + 1)]
    ends += [((k * SIDE, 0), (k * SIDE, size[1])) for k in range(columns + 1)]
    turn = np.array([[1, -climb], [climb, 1]])
    for line in ends:
        a, b = (np.array(line) @ turn.T + SIDE).round().astype(int).tolist()
        cv2.line(mask, a, b, 1, pen)
    return mask


def placed(mask: np.ndarray, ink: np.ndarray, x: int, y: int) -> np.ndarray:
    """A mask with nothing but some ink, its upper left corner at x, y."""
    alone = np.zeros_like(mask)
    alone[y : y + ink.shape[0], x : x + ink.shape[1]] = ink
    return alone


def bare(mask: np.ndarray) -> np.ndarray:
    return without_tables(mask, find_pieces(mask))


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    return float((a & b).sum() / max((a | b).sum(), 1))


@given(
    digits, st.integers(1, 4), st.integers(1, 4), st.integers(2, 7), st.floats(-0.035, 0.035),
    st.sampled_from(["left", "right", "top", "bottom"]),
)  # fmt: skip
def test_a_digit_that_meets_a_side_stays_and_the_lines_go(
    i: int, rows: int, columns: int, pen: int, climb: float, side: str
) -> None:
    ink, table = ink_of(i), form(rows, columns, pen, climb)
    free_x, free_y = SIDE - ink.shape[1], SIDE - ink.shape[0]
    x = {"left": 0, "right": free_x}.get(side, free_x // 2) + SIDE
    y = {"top": 0, "bottom": free_y}.get(side, free_y // 2) + SIDE
    digit = placed(table, ink, x, y)
    left = bare(table | digit)
    if len(find_pieces(table | digit).sizes) != 1:
        return  # it meets none
    away = cv2.dilate(digit, np.ones((15, 15), np.uint8)) == 0
    assert not (left & away).any()
    assert agreement(left, digit) > 0.75


@given(digits, st.integers(1, 3), st.integers(1, 3), st.integers(2, 7))
def test_a_table_that_nothing_touches_stays(i: int, rows: int, columns: int, pen: int) -> None:
    table = form(rows, columns, pen)
    ink = ink_of(i)
    free = SIDE + (SIDE - ink.shape[1]) // 2, SIDE + (SIDE - ink.shape[0]) // 2
    mask = table | placed(table, ink, *free)
    assert np.array_equal(bare(mask), mask)


@pytest.mark.parametrize("thicker", [0, 6])
def test_digits_alone_are_no_tables(thicker: int) -> None:
    for i in range(len(DIGITS)):
        mask = np.pad(ink_of(i), 20)
        mask = cv2.dilate(mask, np.ones((thicker + 1, thicker + 1), np.uint8))
        assert np.array_equal(bare(mask), mask)


@pytest.mark.parametrize("number", [False, True])
def test_digits_in_boxes_too_small_for_them_are_read(
    reader: model.DigitReader, number: bool
) -> None:
    pictures = conditions.pictures(conditions.in_a_box, DIGITS)
    texts = [reader.read(picture, number).text for picture in pictures]
    right = np.mean([text == str(label) for text, label in zip(texts, LABELS, strict=True)])
    assert right >= 0.75, texts


def test_a_form_with_a_cell_a_digit_is_read(reader: model.DigitReader) -> None:
    rng = np.random.default_rng(0)
    hand = strings.mnist_hand(DIGITS, LABELS)
    pages = [strings.composed(hand, "cells", rng) for _ in range(12)]
    texts = [reader.read(page, number=True).text for page, _ in pages]
    assert np.mean([text == true for text, (_, true) in zip(texts, pages, strict=True)]) >= 0.8
