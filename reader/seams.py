"""Paths from top to bottom that cross little ink: where digits that touch can be cut apart, and
parts laid together again.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.strokes import Array, stroke_width
from preprocessing import Region

CUT_HEIGHT = 48  # pixels; cuts are searched on regions reduced to this height
HEIGHTS = (0.25, 0.5, 0.75)  # of a region, at which paths are told apart
CROSSED = 3  # strokes that a cut may cross
BESIDE = 5  # pixels to each side of a gap, itself included, in which strokes stand beside it
FAINT = np.float32(0.3)  # ink up to which what stands beside a gap is no stroke
APART = 0.15  # of the region's height, by which two cuts are apart somewhere
MOST = 8  # cuts, for a region as wide as high
SLANTING = 0.3  # ink pixels that a step sideways costs a cut


def cuts(region: Region, height: float, sides: Sequence[float] = ()) -> list[tuple[Region, float]]:
    """Cut a region along paths from top to bottom that cross little ink, and through the sides of
    what is known in it, at such columns, where no other cut is.

    Returns the parts from the left, each with the strokes crossed by the cut before it.
    """
    rows, columns = region.strength.shape
    size = (max(4, round(columns * CUT_HEIGHT / rows)), CUT_HEIGHT)
    small = cv2.resize(region.strength, size, interpolation=cv2.INTER_AREA)
    stroke = max(1.0, stroke_width(small > 0.5))
    bridges = _bridges(small)
    paths = _cheap_paths(bridges, stroke)
    strokes = [crossed(bridges, path) / stroke for path in paths]
    if sides:
        paths, strokes = _with_sides(paths, strokes, np.array(sides) * small.shape[1] / columns)
    at = np.linspace(0, len(small) - 1, rows).round().astype(int)
    edges = [
        np.zeros(rows),
        *[path[at] * columns / small.shape[1] for path in paths],
        np.full(rows, columns),
    ]
    column = np.arange(columns) + 0.5
    parts: list[tuple[Region, float]] = []
    for i, (left, right) in enumerate(zip(edges, edges[1:], strict=False)):
        inside = (column >= left[:, None]) & (column < right[:, None])
        part = cropped(region, region.strength * inside)
        if part is not None and max(part.strength.shape) >= 0.15 * height:
            parts.append((part, strokes[i - 1] if i and parts else 0.0))
    return parts or [(region, 0.0)]


def crossed(ink: Array, path: NDArray[np.float64]) -> float:
    """Pixels of ink along a path."""
    return float(ink[np.arange(len(ink)), path.astype(int)].sum())


def _cheap_paths(ink: Array, stroke: float) -> list[NDArray[np.float64]]:
    """Paths from top to bottom, one column a row, that cross locally least ink.

    Dynamic programming as for seams (Avidan and Shamir 2007), from the top and from the bottom, so
    that the best path through any point is known: a path moves at most one column a row. Paths
    that cross more than a stroke or two are not offered.
    """
    rows, columns = ink.shape
    cost = ink**2 + np.float32(0.01)  # squared: what is gray is nearly free
    (down, up), (from_top, from_bottom) = _both_ways(cost)
    through = down + up[::-1] - cost
    costs, paths = [], []
    for y in (np.array(HEIGHTS) * rows).astype(int):
        starts = _lowest(through[y], rows // 16, CROSSED * stroke + 2)
        above, below = _trace(from_top, y, starts), _trace(from_bottom, rows - 1 - y, starts)
        costs.append(through[y, starts])
        paths.append(np.concatenate([above, below[-2::-1]]).T + 0.5)
    left = np.concatenate(paths)[np.argsort(np.concatenate(costs), kind="stable")]
    left = left[np.abs(left.mean(1) - columns / 2) < columns / 2 - rows / 16]
    chosen: list[NDArray[np.float64]] = []
    while len(left) and len(chosen) < MOST * columns // rows + 2:
        chosen.append(left[0])
        left = left[np.abs(left - left[0]).max(1) >= rows * APART]
    return list(np.maximum.accumulate(sorted(chosen, key=np.mean))) if chosen else []


def _lowest(costs: Array, edge: int, limit: float) -> NDArray[np.intp]:
    """Columns, not within `edge` of either end, where costs (w,) up to a limit are lowest."""
    lowest = costs <= limit
    lowest[1:] &= costs[1:] <= costs[:-1]
    lowest[:-1] &= costs[:-1] <= costs[1:]
    lowest[:edge] = lowest[max(edge, len(costs) - edge) :] = False
    return np.flatnonzero(lowest)


def _with_sides(
    paths: list[NDArray[np.float64]], strokes: list[float], sides: NDArray[np.float64]
) -> tuple[list[NDArray[np.float64]], list[float]]:
    """Paths and the strokes that they cross, and those straight down that are apart from them:
    each crosses one, though all along.
    """
    every = list(zip(paths, strokes, strict=True))
    for side in sides:
        straight = np.full(CUT_HEIGHT, side)
        if all(np.abs(straight - path).max() >= APART * CUT_HEIGHT for path in paths):
            every.append((straight, 1.0))
    every.sort(key=lambda cut: float(cut[0].mean()))
    return list(np.maximum.accumulate([path for path, _ in every])), [n for _, n in every]


def _bridges(small: Array) -> Array:
    """The ink that a cut must cross, with next to none in a gap, however gray.

    Digits that touch all along are told apart by a line that is only a little lighter than the
    strokes on both sides.
    """
    row = np.ones((1, BESIDE), np.uint8)
    left, right = (cv2.dilate(small, row, anchor=(at, 0)) for at in (BESIDE - 1, 0))
    beside = np.maximum(np.minimum(left, right), FAINT)
    return small * (small / beside) ** 3


def _both_ways(cost: Array) -> tuple[Array, NDArray[np.int8]]:
    """What `_seams` says of a map and of the same upside down: each (2, h, w)."""
    total, back = _seams(np.stack([cost, cost[::-1]], 1))
    return total.swapaxes(0, 1), back.swapaxes(0, 1)


def _seams(cost: Array) -> tuple[Array, NDArray[np.int8]]:
    """The cost of the cheapest path from the first row to each point, and its last step.

    cost: (h, w), or (h, n, w) for n at once.
    """
    slanting = np.float32(SLANTING)
    padded = np.full((*cost.shape[:-1], cost.shape[-1] + 2), np.inf, np.float32)
    left, total, right = padded[..., :-2], padded[..., 1:-1], padded[..., 2:]
    total[:] = cost
    for y in range(1, len(cost)):
        best = np.minimum(left[y - 1], right[y - 1])
        best += slanting
        total[y] += np.minimum(best, total[y - 1], out=best)
    back = np.zeros(cost.shape, np.int8)
    back[1:] = np.stack([left[:-1] + slanting, total[:-1], right[:-1] + slanting]).argmin(0) - 1
    return total, back


def seam(cost: Array) -> NDArray[np.float64]:
    """The cheapest path from the first row of (h, w) to the last: (h,) columns, plus a half."""
    total, back = _seams(cost)
    path = _trace(back, len(cost) - 1, total[-1].argmin(keepdims=True))
    return np.add(path[:, 0], 0.5, dtype=np.float64)


def _trace(back: NDArray[np.int8], row: int, columns: NDArray[np.intp]) -> NDArray[np.intp]:
    """Follow the steps back from n columns of a row to the first row: (row + 1, n) columns."""
    path = np.empty((row + 1, len(columns)), np.intp)
    path[row] = columns
    for y in range(row, 0, -1):
        np.add(path[y], back[y].take(path[y]), out=path[y - 1])
    return path


def cropped(region: Region, strength: Array) -> Region | None:
    """A region with this ink (h, w) of it alone, or None if nothing is left."""
    ink = strength > 0.2
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return None
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    x, y = region.origin
    origin = (x + int(columns[0]), y + int(rows[0]))
    return replace(region, strength=strength[window], origin=origin, pieces=1)


def join(regions: Sequence[Region]) -> Region:
    """Lay regions together into one."""
    if len(regions) == 1:
        return regions[0]
    left = min(r.origin[0] for r in regions)
    top = min(r.origin[1] for r in regions)
    right = max(r.origin[0] + r.strength.shape[1] for r in regions)
    bottom = max(r.origin[1] + r.strength.shape[0] for r in regions)
    whole = np.zeros((bottom - top, right - left), np.float32)
    for r in regions:
        x, y = r.origin[0] - left, r.origin[1] - top
        window = whole[y : y + r.strength.shape[0], x : x + r.strength.shape[1]]
        np.maximum(window, r.strength, out=window)
    return replace(regions[0], strength=whole, origin=(left, top), pieces=len(regions))
