"""Tell ruled, squared and boxed paper's lines from writing.

A line is thin, straight or evenly bent, and runs from border to border. Strokes that cross it stay,
and of those that lie along it what is more than the line.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.strokes import Mask, find_pieces, odd

LINE = 0.9  # of the picture's width, that a line runs at least, and that has ink on its way
LEAST_WIDTH = 60  # pixels of a picture in which lines are looked for
BORDER = 0.01  # of the width, within which a line ends at the border
RUN = 0.2  # of the width, that a line is in one piece at least
THIN = 4.0, 0.02  # pixels, and share of the picture's height, that a line is thick at most
ROUGH = 1.25  # thicknesses of a line, that it takes in places, where its edge is not sharp
STRAY = 0.3, 0.15  # pixels, and thicknesses of a line, that it strays from its parabola at most


@dataclass(frozen=True)
class Rule:
    """A line in some rows of a mask: its ink, which stays where a stroke crosses it, and its way.

    ink, way: (rows, w) uint8. middles: (w,), the row of the mask that it runs along in each column.
    thickness: pixels. at_borders: whether it goes on to both borders.
    """

    rows: slice
    ink: Mask
    way: Mask
    middles: NDArray[np.float64]
    thickness: float
    at_borders: bool


def without_rules(mask: Mask) -> Mask:
    """Take ruled and squared paper's lines out of a mask of ink, strokes that meet them kept.

    A single upright line is a 1 where it ends before the borders, or where there is no other ink.
    """
    level, upright = lines_through(mask), lines_through(np.ascontiguousarray(mask.T))
    if len(upright) == 1 and not upright[0].at_borders:
        upright = []
    if not level and not upright:
        return mask
    ink, way, rows = laid(level, mask.shape)
    ink_down, way_down, columns = (m.T for m in laid(upright, mask.T.shape))
    if not level and _is_number_cropped_tight(mask & (1 - ink_down)):
        return mask
    alone = len(level) + len(upright) == 1 and not (mask & (1 - (rows | columns))).any()
    # where two lines cross each is the other's stroke
    return mask if alone else mask & (1 - (ink | ink_down | way & way_down))


def _is_number_cropped_tight(mask: Mask) -> bool:
    """Whether several pieces besides upright lines run from top to bottom: lines may be 1s then."""
    return int((find_pieces(mask).boxes[:, 3] >= LINE * len(mask)).sum()) > 1


def laid(rules: list[Rule], shape: tuple[int, ...]) -> tuple[Mask, Mask, Mask]:
    """Lay lines' ink, ways and rows into masks of this shape."""
    ink, way, rows = (np.zeros(shape, np.uint8) for _ in range(3))
    for rule in rules:
        ink[rule.rows] |= rule.ink
        way[rule.rows] |= rule.way
        rows[rule.rows] = 1
    return ink, way, rows


def lines_through(
    mask: Mask,
    run: float = RUN,
    thin: float = THIN[0],
    least: int = LEAST_WIDTH,
    *,
    of_frames: bool = False,
) -> list[Rule]:
    """Find nearly horizontal lines that run from border to border of a mask (h, w).

    run: share of the width, that a line is in one piece at least; with more, strokes that lie along
    a line are told from it, with less, it may climb.
    thin: pixels that a line is thick at most. least: that a mask is wide at least.
    of_frames: whether sides of frames are looked for, too, which end before the borders.
    """
    height, width = mask.shape
    beside = odd(width / 20)
    covered = cv2.dilate(mask.max(0, keepdims=True), np.ones((1, beside), np.uint8))
    if width < least or covered.sum() < LINE * width:  # quick, and the rule in drawings
        return []
    thick = cv2.dilate(mask, np.ones((odd(width / 240), 1), np.uint8))  # lines may climb
    long = np.ones((1, odd(run * width)), np.uint8)
    runs = cv2.erode(thick, long)
    if not runs.any():  # quick, and the rule in lines of digits
        return []
    runs = cv2.dilate(cv2.dilate(runs, long), np.ones((3, beside), np.uint8))
    pieces, found = find_pieces(runs), []
    for i, (_, top, wide, high) in enumerate(pieces.boxes):
        if wide >= LINE * width:
            rows = slice(max(0, top - high), top + 2 * high)  # with what stands on the line
            rule = line_along(mask[rows], pieces.labels[rows] == i + 1, rows, of_frames=of_frames)
            found += [rule] if rule and rule.thickness <= max(thin, THIN[1] * height) else []
    return found


def line_in(strip: Mask) -> Mask | None:
    """The ink of a thin level line along the middle of a strip of a mask, if there is one."""
    rows = np.arange(len(strip))[:, None] - len(strip) // 2
    thin = (len(strip) // 2) // 3
    near = np.broadcast_to(np.abs(rows) <= thin, strip.shape)
    rule = line_along(strip, near, slice(0, len(strip)))
    return rule.ink if rule and rule.thickness <= thin else None


def line_along(
    mask: Mask, near: NDArray[np.bool_], rows: slice, *, of_frames: bool = False
) -> Rule | None:
    """The line that the ink along a way from side to side is, if it is one.

    mask, near: (rows, w), the ink and the way. of_frames: as for `lines_through`.
    """
    height, width = mask.shape
    near = near & (mask > 0)
    y, x = np.nonzero(near)
    count = np.bincount(x, minlength=width)
    inked = np.flatnonzero(count)
    if len(inked) < LINE * width:
        return None
    thickness = float(np.median(count[inked]))
    alone = inked[count[inked] <= thickness + 1]  # where nothing stands on it
    curve, stray = parabola(alone, np.bincount(x, y, minlength=width)[alone] / count[alone])
    if stray > STRAY[0] + STRAY[1] * thickness:
        return None
    middle, half = np.polyval(curve, np.arange(width)), thickness / 2
    away = np.abs(np.arange(height)[:, None] - middle)
    if (near & (away <= half + 1)).any(0).mean() < LINE:
        return None  # between two lines
    # where more stands than the line is thick, that stays, and all of what crosses the line
    tall = np.ones((int(ROUGH * thickness) + 2, 1), np.uint8)
    taller = cv2.morphologyEx(mask, cv2.MORPH_OPEN, tall)
    stroke = _widened(near & (taller > 0), 3)
    above, below = (_at(mask, middle + side * (half + 2), thickness) for side in (-1, 1))
    ink = (near & np.where(stroke, (away <= half + 0.5) & ~(above & below), True)).astype(np.uint8)
    ends = inked[0], inked[-1]
    at_borders = max(ends[0], width - 1 - ends[1]) <= max(2, BORDER * width)
    is_side = not at_borders and all(_is_corner(mask, e, middle[e], thickness) for e in ends)
    if is_side and not of_frames:
        return None
    way = (away <= half + 1).astype(np.uint8)
    return Rule(rows, ink, way, rows.start + middle, thickness, bool(at_borders))


def _is_corner(mask: Mask, end: int, y: float, thickness: float) -> bool:
    """Whether a line goes on upwards or downwards where it ends."""
    reach = int(thickness) + 2
    column = np.atleast_1d(mask[:, max(0, end - reach) : end + reach + 1].any(1))
    return bool(column[: max(1, int(y))].all() or column[int(y) + 1 :].all())


def _at(mask: Mask, y: NDArray[np.floating], thickness: float) -> NDArray[np.bool_]:
    """Which columns have ink at a row of their own, or beside, as strokes that lean."""
    rows = np.round(y).astype(int)
    inside = (rows >= 0) & (rows < len(mask))
    ink = mask[rows.clip(0, len(mask) - 1), np.arange(mask.shape[1])] * inside
    return _widened(ink[None], odd(thickness + 3))


def _widened(mask: NDArray, width: int) -> NDArray[np.bool_]:
    """Which columns, or one beside them, have anything in them."""
    some: Mask = np.atleast_1d(mask.any(0)).astype(np.uint8)[None]
    return cv2.dilate(some, np.ones((1, width), np.uint8)).ravel() > 0


def parabola(x: NDArray[np.int64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The parabola through most of the points, and how far these stray from it (median)."""
    most = np.ones(len(x), bool)
    for _ in range(3):
        curve = np.polyfit(x[most], y[most], 2)
        away = np.abs(np.polyval(curve, x) - y)
        before, most = most, away <= max(0.5, 2 * float(np.median(away)))
        if (most == before).all():
            break  # to the same points fits the same
    return curve, float(np.median(away))
