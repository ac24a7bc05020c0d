"""Lines of boxes and tables go where writing touches them, and digits are no tables."""

from itertools import cycle
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from benchmarks import conditions, strings
from finder import tables
from finder.strokes import find_pieces
from finder.tables import without_tables
from reader.looks import Looks

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]
SIDES = "left", "right", "top", "bottom"
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


@pytest.mark.no_cover
@pytest.mark.parametrize("climb", [-0.035, 0, 0.02])
@pytest.mark.parametrize(("rows", "columns", "pen"), [(1, 1, 5), (1, 4, 3), (3, 2, 7), (4, 4, 4)])
def test_a_digit_that_meets_a_side_stays_and_the_lines_go(
    rows: int, columns: int, pen: int, climb: float
) -> None:
    """But for what lies along a line so closely that it is as well the line."""
    table = form(rows, columns, pen, climb)
    right = []
    for i, side in zip(range(0, len(DIGITS), 2), cycle(SIDES), strict=False):
        ink = ink_of(i)
        free_x, free_y = SIDE - ink.shape[1], SIDE - ink.shape[0]
        x = {"left": 0, "right": free_x}.get(side, free_x // 2) + SIDE
        y = {"top": 0, "bottom": free_y}.get(side, free_y // 2) + SIDE
        digit = placed(table, ink, x, y)
        if len(find_pieces(table | digit).sizes) == 1:  # it does meet it
            left = bare(table | digit)
            away = cv2.dilate(digit, np.ones((15, 15), np.uint8)) == 0
            crumbs = float((left & away).sum() / digit.sum())
            right.append(agreement(left, digit) > 0.75 and crumbs < 0.02)
    assert len(right) >= 16
    assert np.mean(right) >= 0.9


@given(digits, st.integers(1, 3), st.integers(1, 3), st.integers(2, 7))
def test_a_table_that_nothing_touches_stays(i: int, rows: int, columns: int, pen: int) -> None:
    table = form(rows, columns, pen)
    ink = ink_of(i)
    free = SIDE + (SIDE - ink.shape[1]) // 2, SIDE + (SIDE - ink.shape[0]) // 2
    mask = table | placed(table, ink, *free)
    assert np.array_equal(bare(mask), mask)


def test_boxes_in_boxes_are_not_all_searched() -> None:
    """As each takes as long as its pixels: twenty, one in the other, took nine seconds."""
    mask = np.zeros((500, 500), np.uint8)
    for k in range(0, 200, 10):
        cv2.rectangle(mask, (k, k), (499 - k, 499 - k), 1, 2)
    with patch.object(tables, "find_grid", side_effect=tables.find_grid) as searched:
        assert np.array_equal(bare(mask), mask)
    assert sum(call.args[0].size for call in searched.call_args_list) <= mask.size


@pytest.mark.parametrize("thicker", [0, 6])
def test_digits_alone_are_no_tables(thicker: int) -> None:
    for i in range(len(DIGITS)):
        mask = np.pad(ink_of(i), 20)
        mask = cv2.dilate(mask, np.ones((thicker + 1, thicker + 1), np.uint8))
        assert np.array_equal(bare(mask), mask)


@pytest.mark.parametrize("across", [1, 2])
def test_a_table_without_a_border_keeps_its_rows(reader: model.DigitReader, across: int) -> None:
    """Lines between cells are neither digits nor do they break rows: twos, in rows of cells."""
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 78), (45, 78)])
    page = np.full((3 * SIDE, (across + 1) * SIDE), 255, np.uint8)
    for row in range(3):
        for column in range(across + 1):
            cv2.polylines(
                page, [two + np.array((column * SIDE + 55, row * SIDE + 40))], False, 0, 7
            )
    for k in range(1, 3):
        cv2.line(page, (20, k * SIDE + 3), (page.shape[1] - 20, k * SIDE - 3), 0, 5)
    for k in range(1, across + 1):
        cv2.line(page, (k * SIDE - 4, 20), (k * SIDE + 4, len(page) - 20), 0, 5)
    assert reader.read(page, number=True).lines == ["2" * (across + 1)] * 3


def test_a_table_in_a_photo_is_read_once(reader: model.DigitReader) -> None:
    """Its cells are not read as light writing as well, where its digits are beyond doubt."""
    page = np.full((600, 600), 205, np.uint8)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 78), (45, 78)])
    for k in range(5):
        cv2.line(page, (20 + 140 * k, 20), (20 + 140 * k, 580), 60, 6)
        cv2.line(page, (20, 20 + 140 * k), (580, 20 + 140 * k), 60, 6)
        if k < 4:
            cv2.polylines(page, [two // 2 + np.array((80 + 140 * k, 70 + 140 * k))], False, 40, 5)
    rng = np.random.default_rng(0)
    lit = page * np.linspace(0.6, 1, 600) + rng.normal(0, 4, page.shape)
    looked_at = []
    with patch.object(Looks, "_read", autospec=True, side_effect=Looks._read) as read:
        reading = reader.read(np.clip(lit, 0, 255).astype(np.uint8), number=True)
        looked_at = [call.args[1].inverted for call in read.call_args_list]
    assert reading.lines == ["2"] * 4
    assert looked_at[0] is False
    assert not any(looked_at)


@pytest.mark.no_cover
@pytest.mark.parametrize("number", [False, True])
def test_digits_in_boxes_too_small_for_them_are_read(
    reader: model.DigitReader, number: bool
) -> None:
    pictures = conditions.pictures(conditions.in_a_box, DIGITS)
    texts = [reader.read(picture, number).text for picture in pictures]
    right = np.mean([text == str(label) for text, label in zip(texts, LABELS, strict=True)])
    assert right >= 0.75, texts


@pytest.mark.parametrize("layout", ["cells", "frames"])
def test_digits_that_touch_a_form_or_a_frame_are_read(
    reader: model.DigitReader, layout: str
) -> None:
    """A form's cells are as small as its digits, and a frame is around several rows."""
    rng = np.random.default_rng(0)
    hand = strings.mnist_hand(DIGITS, LABELS)
    pages = [strings.composed(hand, layout, rng) for _ in range(30)]
    texts = [reader.read(page, number=True).text for page, _ in pages]
    right = [text == true for text, (_, true) in zip(texts, pages, strict=True)]
    assert np.mean(right) >= 0.9, texts


def test_a_slash_from_corner_to_corner_makes_a_zero_of_a_box() -> None:
    """Only one that no 1 would have."""
    box = cv2.rectangle(np.zeros((240, 160), np.uint8), (30, 40), (130, 200), 1, 5)
    zero = cv2.line(box.copy(), (30, 40), (130, 200), 1, 5)
    assert np.array_equal(bare(zero), zero)
    for ends in (((30, 200), (130, 40)), ((100, 40), (60, 175))):
        one = cv2.line(box.copy(), *ends, 1, 5)
        assert bare(one).sum() < 0.5 * one.sum()
