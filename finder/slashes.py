"""Slashes between digits, and in percent signs: straight strokes that lean to the right, as 1s may,
too. They reach below the digits beside them, stand where those of a date do, or between two rings.
"""

from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.straight import LEANS, leaning
from finder.strokes import MIN_SIDE, Pieces, extent, usual_height

HIGH = 0.7  # of the usual height, of digits that a slash is compared with: signs are lower
HANGS_OVER = 0.5  # of a slash's width, that the digits beside it lie under or over it at most
# Of the mean height of the digits beside it, that it reaches above and below their mean ends at
# least: of 2,070 1s between digits, three lean and do
ABOVE, BELOW = -0.05, 0.09
# The same below, of the two in a date on average: of 1,200 dates with 1s for slashes, six do
MEAN_BELOW = 0.02
LEAN_ALIKE, HIGH_ALIKE = 0.2, 0.8  # of their heights, that these differ in lean at most; are high
# Digits before, between and behind them
DATES = {(d, m, y) for d in (1, 2) for m in (1, 2) for y in (2, 4)} | {
    (4, m, d) for m in (1, 2) for d in (1, 2)
}
# By the height of a percent sign's stroke: its rings, and how far from its middle they are
RING, ACROSS, DOWN = (0.2, 0.65), 0.9, (0.12, 0.6)


class _Stroke(NamedTuple):
    """A straight stroke at a place in a line: by how much of its height it leans, and what it
    reaches above and below the digits beside it, in their heights.
    """

    place: int
    leans: float
    height: int
    above: float
    below: float


def slashes(pieces: Pieces, line: list[list[int]]) -> list[int]:
    """The pieces of a line of groups, from the left, that are slashes."""
    leans = [leaning(pieces, group[0]) if len(group) == 1 else None for group in line]
    leant = [(i, lean) for i, lean in enumerate(leans) if lean is not None and lean > LEANS]
    if len(leant) in (0, len(line)):
        return []
    hulls = np.array([extent(pieces, group) for group in line])
    heights = hulls[:, 3] - hulls[:, 1]
    others = np.setdiff1d(np.arange(len(line)), [i for i, _ in leant])
    digits = hulls[heights >= HIGH * usual_height(heights[others])]
    strokes = [
        _Stroke(i, lean, int(heights[i]), *reach)
        for i, lean in leant
        if (reach := _reach(hulls[i], digits)) is not None
    ]
    found = {s.place for s in strokes if s.above > ABOVE and s.below > BELOW}
    found.update(_in_date(strokes, len(line)))
    return [line[i][0] for i in sorted(found)]


def _reach(stroke: NDArray[np.int32], digits: NDArray[np.int32]) -> tuple[float, float] | None:
    """What the hull of a stroke reaches above and below those of the digits (n, 4) to its sides, in
    their mean height; None where it does not stand between two.
    """
    left, top, right, bottom = stroke
    covered = HANGS_OVER * (right - left)
    before, after = digits[digits[:, 2] <= left + covered], digits[digits[:, 0] >= right - covered]
    if not len(before) or not len(after):
        return None
    _, upper, _, lower = (before[before[:, 2].argmax()] + after[after[:, 0].argmin()]) / 2
    return (upper - top) / (lower - upper), (bottom - lower) / (lower - upper)


def percents(pieces: Pieces, written: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark (n,) percent signs, of what is marked in `written`: a leaning stroke with a small piece
    at its left above and one at its right below.
    """
    marked = np.zeros(len(written), bool)
    x, y, w, h = pieces.boxes.T
    small = written & (pieces.sizes >= MIN_SIDE)
    small &= pieces.sizes <= RING[1] * h[written].max(initial=0)
    if small.sum() < 2:  # quick, and the rule
        return marked
    middle_x, middle_y = x + w / 2, y + h / 2
    for i in np.flatnonzero(written & (h >= 2 * MIN_SIDE)):
        across, down = (middle_x - middle_x[i]) / h[i], (middle_y - middle_y[i]) / h[i]
        ring = small & (pieces.sizes >= RING[0] * h[i]) & (pieces.sizes <= RING[1] * h[i])
        ring &= (np.abs(across) < ACROSS) & (across * down > 0)
        ring &= (np.abs(down) > DOWN[0]) & (np.abs(down) < DOWN[1])
        if (ring & (across < 0)).sum() != 1 or (ring & (across > 0)).sum() != 1:
            continue
        lean = leaning(pieces, i)
        if lean is not None and lean > LEANS:
            marked |= ring
            marked[i] = True
    return marked


def _in_date(strokes: list[_Stroke], count: int) -> tuple[int, ...]:
    """The places of two strokes alike in a line of so many groups that is a date by its form, as in
    2/10/2026.
    """
    for pair in combinations(strokes, 2):
        places = [s.place for s in pair]
        if tuple(end - start - 1 for start, end in pairwise([-1, *places, count])) not in DATES:
            continue
        leans, heights, above, below = np.array([s[1:] for s in pair]).T
        is_alike = np.ptp(leans) <= LEAN_ALIKE and heights.min() >= HIGH_ALIKE * heights.max()
        if is_alike and above.min() > ABOVE and below.mean() > MEAN_BELOW:
            return tuple(places)
    return ()
