"""Straight strokes are told, and bars and ticks from 1s."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from finder.straight import leaning
from finder.strokes import find_pieces
from tests.masks import stroke


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
