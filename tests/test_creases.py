"""Straight lines across the picture go, whatever their angle; writing stays."""

import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from finder import creases
from finder.creases import without_creases
from finder.strokes import Mask

HEIGHT, WIDTH = 200, 300


def written(*strokes: tuple[tuple[int, int], tuple[int, int]], pen: int = 6) -> Mask:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for start, end in strokes:
        cv2.line(mask, start, end, 1, pen)
    return mask


SEVEN = written(((130, 60), (175, 60)), ((175, 60), (145, 140)))


@settings(max_examples=60)
@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.booleans(), st.integers(1, 4))
def test_a_line_across_goes_and_the_digit_stays(
    first: float, last: float, level: bool, thick: int
) -> None:
    across = HEIGHT - 1 if level else WIDTH - 1
    ends = ((0, round(first * across)), (WIDTH - 1, round(last * across)))
    if not level:
        ends = ((round(first * across), 0), (round(last * across), HEIGHT - 1))
    line = written(ends, pen=thick)
    beside = written(ends, pen=24) & SEVEN
    assume(beside.sum() < 0.3 * SEVEN.sum())  # it lies along no stroke
    left = without_creases(SEVEN | line)
    assert (left & (1 - SEVEN)).sum() < 0.1 * (line & (1 - SEVEN)).sum()
    assert (left & SEVEN).sum() > 0.9 * SEVEN.sum()


@pytest.mark.parametrize("climb", [0, 60, 120, 190])
def test_a_thick_line_goes_from_photos_at_any_angle(climb: int) -> None:
    """Upright, a line that climbs is thicker than across it."""
    ends = ((0, 195), (WIDTH - 1, 195 - climb)) if climb < 190 else ((0, 195), (195, 0))
    line, seven = written(ends, pen=8), np.roll(SEVEN, (-50, 90), (0, 1))
    left = without_creases(seven | line, is_photo=True)
    assert (left & (1 - seven)).sum() < 0.1 * line.sum()
    assert (left & seven).sum() > 0.9 * seven.sum()


@pytest.mark.parametrize("seed", range(4))
def test_nothing_stays_of_a_thick_line_with_a_rough_edge(seed: int) -> None:
    """As JPEG and grain leave it: crumbs in a row would be 1s."""
    rng = np.random.default_rng(seed)
    page = np.zeros((2 * HEIGHT, 2 * WIDTH), np.uint8)
    cv2.line(page, (0, 390), (390, 0), 1, 13)
    rough = cv2.resize(rng.random((100, 150)), (600, 400), interpolation=cv2.INTER_CUBIC) < 0.4
    page |= cv2.dilate(page, np.ones((5, 5), np.uint8)) & rough
    seven = np.kron(np.roll(SEVEN, (-50, 90), (0, 1)), np.ones((2, 2), np.uint8))
    left = without_creases(seven | page, is_photo=True)
    assert (left & (1 - seven)).sum() < 0.02 * page.sum()


def test_lines_that_cross_each_other_go() -> None:
    lines = written(((0, 20), (299, 190)), ((40, 199), (250, 0)), pen=2)
    left = without_creases(SEVEN | lines)
    assert (left & (1 - SEVEN)).sum() < 0.1 * (lines & (1 - SEVEN)).sum()


@pytest.mark.parametrize(
    "mask",
    [
        pytest.param(written(((0, 30), (299, 170)), pen=3), id="all there is"),
        pytest.param(SEVEN | written(((40, 0), (90, 150)), pen=3), id="ends on the paper"),
        pytest.param(
            written(((0, 2), (129, 2)), ((129, 2), (40, 199)))[:, :130], id="a 7 cropped tight"
        ),
        pytest.param(
            written(((40, 0), (30, 199)), ((150, 0), (145, 199)), pen=4), id="11 cropped tight"
        ),
        pytest.param(SEVEN | written(((0, 30), (299, 170)), pen=40), id="a broad band"),
        pytest.param(np.zeros((HEIGHT, WIDTH), np.uint8), id="nothing"),
    ],
)
def test_what_is_no_crease_stays(mask: Mask) -> None:
    np.testing.assert_array_equal(without_creases(mask), mask)


def test_ink_full_of_ways_is_not_searched_along_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crossing lines, and a black sheet with bristles: seconds went where each way was tried."""
    tried = []
    monkeypatch.setattr(creases, "line_in", tried.append)
    lines = [((x, 0), (WIDTH - 1 - x, HEIGHT - 1)) for x in range(10, WIDTH, 20)]
    without_creases(SEVEN | written(*lines, pen=2))
    assert 0 < len(tried) <= creases.MOST_LINES
    tried.clear()
    bristles = np.zeros((HEIGHT, WIDTH), np.uint8)
    bristles[10:-10, 10:-10] = 1
    bristles[:, 40:-40:16] = 1
    without_creases(bristles)
    assert not tried


@pytest.mark.parametrize("ends", [((120, 0), (150, 199)), ((0, 60), (299, 90))])
def test_a_line_without_writing_is_a_crease_in_photos_alone(
    ends: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    line = written(ends, pen=3)
    assert not without_creases(line, is_photo=True).any()
    assert (without_creases(line) == line).all()


def test_a_one_that_a_photo_is_cropped_to_stays() -> None:
    line = written(((0, 180), (299, 20)), pen=3)
    assert (without_creases(line, is_photo=True) == line).all()
