"""Paths between digits that touch: nothing is lost, and what belongs together can be told."""

from itertools import product

import cv2
import numpy as np
import pytest

from preprocessing import Region, center, find_ink, split_digits
from reader.seams import SLANTING, cuts, join, seam
from tests.test_segmentation import DIGITS, LABELS, written
from train import strings


def test_cuts_lose_no_ink() -> None:
    (region,) = split_digits(find_ink(written([4, 9], -10)))
    parts = [part for part, _ in cuts(region, region.strength.shape[0])]
    assert len(parts) > 1
    together = join(parts)
    x, y = (a - b for a, b in zip(together.origin, region.origin, strict=True))
    height, width = together.strength.shape
    original = region.strength[y : y + height, x : x + width]
    # what is lost is what was too small for a part
    assert np.abs(together.strength - original).sum() < 0.05 * region.strength.sum()


def test_joined_regions_frame_as_one() -> None:
    (region,) = split_digits(find_ink(written([22], 0)))
    half = region.strength.shape[1] // 2
    left = Region(region.strength[:, :half].copy(), region.origin)
    right = Region(region.strength[:, half:].copy(), (region.origin[0] + half, region.origin[1]))
    np.testing.assert_allclose(center(join([left, right])), center(region), atol=1e-6)


def test_parts_come_from_the_left() -> None:
    (region,) = split_digits(find_ink(written([13, 21], -8)))
    parts = [part for part, _ in cuts(region, region.strength.shape[0])]
    middles = [p.origin[0] + p.strength.shape[1] / 2 for p in parts]
    assert middles == sorted(middles)


def test_a_cut_tells_the_strokes_it_crosses() -> None:
    """Two boxes joined by a bar: the cut between them crosses the bar, one stroke high."""
    sheet = np.zeros((60, 130), np.float32)
    for x in (6, 76):
        cv2.rectangle(sheet, (x, 5), (x + 40, 54), 1.0, 6)
    cv2.line(sheet, (46, 30), (76, 30), 1.0, 6)
    parts = cuts(Region(sheet), 60)
    between = [s for part, s in parts if 46 <= part.origin[0] <= 76]
    assert parts[0][1] == 0
    assert any(0.6 < strokes < 1.6 for strokes in between)
    assert max(strokes for _, strokes in parts) < 3.5


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_a_seam_is_the_cheapest_of_all_paths(columns: int) -> None:
    """Each goes down a row at a time, and at most one column aside."""
    rows = np.arange(6)
    for seed in range(5):
        cost = np.random.default_rng(seed).random((6, columns)).astype(np.float32)
        steps = np.array(list(product((-1, 0, 1), repeat=5)))
        starts = np.repeat(np.arange(columns), len(steps))
        paths = starts[:, None] + np.pad(np.tile(steps, (columns, 1)).cumsum(1), ((0, 0), (1, 0)))
        paths = paths[((paths >= 0) & (paths < columns)).all(1)]
        costs = cost[rows, paths].sum(1) + SLANTING * np.abs(np.diff(paths)).sum(1)
        np.testing.assert_array_equal(seam(cost), paths[costs.argmin()] + 0.5)


def test_cuts_go_through_gaps_however_they_run() -> None:
    """Between strokes that lean, where any upright cut would go through one of them."""
    sheet = np.zeros((60, 120), np.float32)
    for x in (10, 40, 70):
        cv2.line(sheet, (x + 30, 4), (x, 55), 1.0, 7)
    free = [part.origin[0] for part, strokes in cuts(Region(sheet), 60) if strokes < 0.01]
    assert free == [6, 36, 66]


def test_a_side_is_a_cut_where_no_other_is() -> None:
    """Through many strokes no path is cheap; beside the gap between two there is one already."""
    strokes = np.repeat(np.arange(60)[:, None] % 8 < 3, 120, axis=1).astype(np.float32)
    parts = cuts(Region(strokes), 60, [40.0])
    assert [part.origin[0] for part, _ in parts] == [0, 40]
    assert parts[1][1] == 1
    gap = Region(strokes * (np.abs(np.arange(120) - 60) > 8))
    usual = [part.origin for part, _ in cuts(gap, 60)]
    assert len(usual) == 2
    assert [part.origin for part, _ in cuts(gap, 60, [62.0])] == usual


def test_the_cuts_tell_touching_digits_apart() -> None:
    """Of nearly all digits, some run of parts is their ink and no other's, also where a stroke lies
    along its neighbour.
    """
    rng = np.random.default_rng(3)
    found = []
    for number in range(60):
        pair = rng.integers(0, len(DIGITS), 2)
        if number % 2:
            pair[rng.integers(2)] = rng.choice(np.flatnonzero(LABELS == 1))
        digits = [strings.sized(DIGITS[i] / np.float32(255), rng) for i in pair]
        line = strings.touching(digits, rng, share=1)
        x, y, width, height = cv2.boundingRect((line.ink > 0).astype(np.uint8))
        whole = Region(line.ink[y : y + height, x : x + width], (x, y))
        parts = [part for part, _ in cuts(whole, strings.HEIGHT)]
        ends = [(a, b) for a in range(len(parts)) for b in range(a + 1, len(parts) + 1)]
        runs = [on_sheet(join(parts[a:b]), line.ink.shape) for a, b in ends]
        found += [max(alike(run, placed(digit, line)) for run in runs) for digit in line.digits]
    assert np.mean(np.array(found) > 0.95) > 0.9


def alike(one: np.ndarray, other: np.ndarray) -> float:
    """F1 of two pictures' ink."""
    return float(2 * np.minimum(one, other).sum() / (one.sum() + other.sum()))


def on_sheet(region: Region, shape: tuple[int, ...]) -> np.ndarray:
    sheet, (x, y) = np.zeros(shape, np.float32), region.origin
    rows, columns = region.strength.shape
    sheet[y : y + rows, x : x + columns] = region.strength
    return sheet


def placed(digit: tuple[np.ndarray, int, int], line: strings.Line) -> np.ndarray:
    ink, x, y = digit
    return on_sheet(Region(ink, (x, y)), line.ink.shape)
