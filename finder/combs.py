"""A form's comb: a line to write on, with ticks between the places for digits, alike and as evenly
apart as no hand writes 1s.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.grid import Grid, line_at, through
from finder.rules import Rule
from finder.straight import is_upright
from finder.strokes import Mask, Pieces, extent

LEAST = 3  # ticks of a comb, as two digits have
HIGH, WIDE = 5.0, 6.0  # thicknesses of its line, that ticks are high, and places wide at least
NARROW = 0.5  # of the height of its ticks, likewise
SHOWN = 0.7  # of its ticks, that are straight and as thick, where no stroke lies along them
AS_HIGH = 0.75  # of a tick's height, that is seen of it at least, whatever stands over it
# Seen from aside, places get narrower from one end to the other, and ticks lean
ASKEW = 0.0, -0.03, 0.03, -0.06, 0.06, -0.1, 0.1
THIN = 0.5  # of its height, that a tick is wide at most
ALIKE = 1.0, 0.04  # pixels, and share of their height, that their ends are off a line at most
EVEN = 0.06  # of the step between them, that each is off
FULL = 0.5  # of the places between them, that something stands in at least


class _Tick(NamedTuple):
    """Where it stands on a comb's line, how many rows it is high, and by how many columns it leans
    to the right in each.
    """

    x: float
    height: int
    lean: float


def find_comb(piece: Mask) -> Grid | None:
    """The lines of a comb in a piece (h, w) uint8, whatever is written over it, if it has one."""
    if piece.shape[1] < piece.shape[0]:  # quick, and the rule
        return None
    base = max(through(piece), key=lambda rule: rule.middles.mean(), default=None)
    comb = [] if base is None else _on(piece, base)
    if base is None or not comb:
        return None
    ink, way = np.zeros_like(piece), np.zeros_like(piece)
    ink[base.rows], way[base.rows] = base.ink, base.way
    shown = 0
    for tick in comb:
        foot = round(float(base.middles[round(tick.x)] - base.thickness / 2))
        rows = slice(max(0, foot - tick.height), foot)
        upright = np.ascontiguousarray(piece[rows].T)
        along = tick.x + tick.lean * np.arange(upright.shape[1], 0, -1)
        line = line_at(upright, along, base.thickness)
        if line is not None:
            ink[rows, line.rows] |= line.ink.T
            way[rows, line.rows] |= line.way.T
            shown += 1
    if shown < SHOWN * len(comb):
        return None
    way = cv2.dilate(way, np.ones((3, 3), np.uint8))
    cell = min(float(np.diff([tick.x for tick in comb]).min()), comb[0].height)
    return Grid(len(comb) + 1, ink, way, cell, base.thickness)


def _on(piece: Mask, base: Rule) -> list[_Tick]:
    """The ticks that stand on a line in a piece, from one of its ends to the other; none where what
    stands there is no comb.
    """
    inked = np.flatnonzero(base.ink.any(0))
    if not len(inked):  # strokes lie along all of it
        return []
    ends, reach = inked[[0, -1]], round(base.thickness) + 1
    leans = _climb(base) + np.array(ASKEW)
    standing = _standing(piece, base, leans)
    beside = np.ones((1, 2 * reach + 1), np.uint8)
    highest = cv2.dilate(standing.max(0).astype(np.float32)[None], beside)[0]
    for usual in (highest[ends], highest[ends].min(keepdims=True).repeat(2)):
        if usual.min() < HIGH * base.thickness + 2:
            break
        high = np.interp(np.arange(len(highest)), ends, usual)  # further away they are lower
        narrowest = max(NARROW * float(usual.max()), WIDE * base.thickness)
        places = _even_places(highest / high, ends, base.thickness, narrowest)
        if places:
            return [_tick_near(standing, leans, x, reach, high[x] / AS_HIGH) for x in places]
    return []


def _climb(base: Rule) -> float:
    """By how many rows a line falls in a column, and so by how many columns ticks on it lean."""
    return float(base.middles[-1] - base.middles[0]) / (len(base.middles) - 1)


def _standing(piece: Mask, base: Rule, leans: NDArray[np.float64]) -> NDArray[np.intp]:
    """How many rows of ink stand on a line without a gap, along ways that lean by so many columns
    (n,) in each: (n, w).
    """
    height, width = piece.shape
    broad = cv2.dilate(piece, np.ones((1, 3), np.uint8))
    up = np.arange(height)[:, None]
    rows = np.round(base.middles - base.thickness / 2 - 1).astype(int) - up
    heights = []
    for lean in leans:
        columns = np.arange(width) + np.round(lean * up).astype(int)
        inside = (rows >= 0) & (columns >= 0) & (columns < width)
        ink = broad[rows.clip(0), columns.clip(0, width - 1)] * inside
        heights.append(np.where(ink.all(0), height, ink.argmin(0)))
    return np.stack(heights)


def _even_places(
    share: NDArray[np.floating], ends: NDArray[np.intp], thickness: float, narrowest: float
) -> list[int]:
    """The most even places from one end of a line to the other at which something as high as a tick
    stands, of which each column has a `share` (w,); none where there are too few, or most of what
    stands there is higher.
    """
    start, length = ends[0] + thickness / 2, ends[1] - ends[0] - thickness
    for count in range(int(length / narrowest), LEAST - 2, -1):
        u = np.arange(count + 1) / count
        for askew in ASKEW:
            places = np.round(start + (u + askew * u * (1 - u)) * length).astype(int)
            if (share[places] >= AS_HIGH).all():
                return places.tolist() if np.median(share[places]) * AS_HIGH <= 1 else []
    return []


def _tick_near(
    standing: NDArray[np.intp], leans: NDArray[np.float64], x: int, reach: int, most: float
) -> _Tick:
    """The highest of what stands near a column, but no higher than `most`."""
    left = max(0, x - reach)
    near = standing[:, left : x + reach + 1]
    which, columns = np.nonzero(near == near.max())
    height = round(min(float(near.max()), most))
    return _Tick(left + float(columns.mean()), height, float(leans[which].mean()))


def ticks(pieces: Pieces, line: list[list[int]]) -> list[int]:
    """The pieces of a line of groups, from the left, that are ticks of a comb without its line."""
    if len(line) <= LEAST:
        return []
    hulls = np.array([extent(pieces, group) for group in line], float)
    widths, heights = (hulls[:, 2:] - hulls[:, :2]).T
    narrow = widths <= THIN * heights
    if narrow.sum() < LEAST:  # quick, and the rule
        return []
    upright = narrow & [len(group) == 1 and is_upright(pieces, group[0]) for group in line]
    if not LEAST <= upright.sum() < len(line):
        return []
    alike = upright & (np.abs(heights - heights[:, None]) <= _off(heights)[:, None])
    alike = alike[upright][alike[upright].sum(1).argmax()]  # as high as most: others are 1s
    middles = hulls[:, [0, 2]].mean(1)
    is_comb = alike.sum() >= LEAST and _are_ticks(hulls[alike], middles[~alike])
    return [line[i][0] for i in np.flatnonzero(alike)] if is_comb else []


def _off(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how many pixels ticks that are so high may differ."""
    return ALIKE[0] + ALIKE[1] * heights


def _are_ticks(hulls: NDArray[np.float64], others: NDArray[np.float64]) -> bool:
    """Whether uprights alike (n, 4), from the left, stand as a comb's ticks do: on a line, evenly
    apart, and the middles of others (m,) between them.
    """
    left, top, right, bottom = hulls.T
    middles = (left + right) / 2
    for ends in (top, bottom):
        along = np.polyval(np.polyfit(middles, ends, 1), middles)
        if (np.abs(along - ends) > _off(bottom - top)).any():
            return False
    steps = np.diff(middles)
    steps /= max(float(steps.min()), 1.0)
    is_even = bool(np.abs(steps - steps.round()).max() <= EVEN)
    between = np.histogram(others, middles)[0] > 0
    return is_even and bool(between.sum() >= FULL * steps.sum())
