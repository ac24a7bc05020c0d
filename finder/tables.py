"""Take the lines of boxes, forms and tables out of a mask, where writing touches them.

What stands free in its box is told from it by `frames`; a digit that meets a side is one piece with
the lines. They are found as those of ruled paper are, only that they run through the piece.
"""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.rules import Rule, laid, line_along, lines_through, parabola
from finder.straight import is_backslash
from finder.strokes import Mask, Pieces, find_pieces, lowest_ink

LEAST_SIDE = 40  # pixels of a box
MOST = 20  # pieces of a picture, the largest, that may be tables
THICK = 4.0, 0.15  # pixels, and share of the shorter side, that a line is thick at most
SQUARE = 0.88  # of the least rectangle around a table's hull, that the hull is
RUNS = 0.2, 0.6, 0.1  # of a side, that a line is in one piece: strokes lie along it, or it climbs
LEAST_CELL = 4.0  # times as wide as a line is thick, that a cell is at least
BEYOND = 0.25  # of a box's side, that writing goes over at most
WRITTEN = 0.3  # of a cell's shorter side, that writing in it has at least
OFF_LINE = 0.2  # of a stroke's ink, that is beside the lines at least
SLASH = 0.8  # of a box's inner sides, that the slash of a zero drawn as a box reaches along both
CRUMB = 0.12, 1.5  # the same, and a line's thickness, up to which what is left is no stroke


class _Lines(NamedTuple):
    """The lines of a table: how many, their ink and where they run, (h, w), a cell's shorter side,
    and how many pixels the thickest is thick.
    """

    number: int
    ink: Mask
    way: Mask
    cell: float
    thickness: float


def without_tables(mask: Mask, pieces: Pieces) -> Mask:
    """Take boxes and tables out of a mask (h, w) of these pieces, strokes that meet them kept.

    Such as nothing touches stay: no writing is lost with them. Tables do not lie in each other, and
    no more pixels than the mask has are searched.
    """
    sides = pieces.boxes[:, 2:].min(1)
    bare, left = mask, mask.size
    for i in np.argsort(-sides)[:MOST]:
        if sides[i] < LEAST_SIDE:
            break
        x, y, w, h = pieces.boxes[i].tolist()
        window = np.s_[y : y + h, x : x + w]
        piece = pieces.mask(i).astype(np.uint8)
        if w * h > left or not _may_be_table(piece):
            continue
        left -= w * h
        written = _written_on(piece)
        if written is not None:
            bare = bare.copy() if bare is mask else bare
            bare[window] &= written | (1 - piece)
    return bare


def _written_on(piece: Mask) -> Mask | None:
    """What touches a table's lines, (h, w); None where nothing does, or where it is no table, but
    a zero drawn as a box with a slash.
    """
    lines = _lines(piece)
    if lines is None:
        return None
    rest = find_pieces(piece & (1 - lines.ink))
    beside = np.bincount(rest.labels[lines.way == 0], minlength=len(rest.sizes) + 1)[1:]
    stroke = beside >= OFF_LINE * rest.areas
    written = np.flatnonzero(stroke & (rest.sizes >= WRITTEN * lines.cell))
    if not len(written) or (lines.number == 4 and _is_slash(rest, written, lines.thickness)):
        return None
    crumb = max(CRUMB[0] * lines.cell, CRUMB[1] * lines.thickness)
    return np.r_[False, stroke & (rest.sizes >= crumb)].take(rest.labels).astype(np.uint8)


def _is_slash(rest: Pieces, written: NDArray[np.intp], thickness: float) -> bool:
    """Whether all that is written in a box is one straight stroke from its upper left to its lower
    right corner: from the others, a 1 in a tight box may lean.
    """
    inside = np.array(rest.labels.shape[::-1]) - 2 * thickness
    reach = (rest.boxes[written[0], 2:] / inside).min()
    return len(written) == 1 and reach >= SLASH and is_backslash(rest, written[0])


def _may_be_table(piece: Mask) -> bool:
    """Whether a piece's hull is nearly a rectangle, turned or not: quick, and rare in digits."""
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    points = cv2.convexHull(outlines[0])
    width, height = cv2.minAreaRect(points)[1]
    return cv2.contourArea(points) >= SQUARE * width * height


def _lines(piece: Mask) -> _Lines | None:
    """The lines of a piece with two level and two upright ones through it: the most found."""
    tried = (_box(piece), *(_with_runs(piece, run) for run in RUNS))
    return max((x for x in tried if x is not None), key=lambda x: x.number, default=None)


def _box(piece: Mask) -> _Lines | None:
    """The four sides of a single box, by its outline, which is the same whatever is written in it.

    Only where writing goes beyond a side it is less of it.
    """
    level, upright = _two_sides(piece), _two_sides(piece.T)
    return _laid(piece, level, upright) if level and upright else None


def _two_sides(piece: Mask) -> list[Rule]:
    """The lower and the upper side; none where one is no line, as mostly."""
    lower = _lower_side(piece)
    upper = _upper_side(piece) if lower else None
    return [lower, upper] if lower and upper else []


def _upper_side(piece: Mask) -> Rule | None:
    """As `_lower_side`, of the ink upside down."""
    side = _lower_side(piece[::-1])
    if side is None:
        return None
    rows = slice(len(piece) - side.rows.stop, len(piece) - side.rows.start)
    return replace(side, rows=rows, ink=side.ink[::-1], way=side.way[::-1])


def _lower_side(piece: Mask) -> Rule | None:
    """The line along which most of the lowest ink (h, w) is, where it is one."""
    lowest, thickness = lowest_ink(piece > 0)
    columns = np.arange(piece.shape[1])
    curve, _ = parabola(columns, lowest.astype(float))
    line = np.polyval(curve, columns)
    half = thickness / 2
    outside = np.abs(lowest - line) > max(1.5, half)
    if outside.mean() > BEYOND or thickness > _thickest(piece):
        return None
    near = np.abs(np.arange(len(piece))[:, None] - line + half) <= half + 1
    return line_along(np.ascontiguousarray(piece), near, slice(0, len(piece)), of_frames=True)


def _with_runs(piece: Mask, run: float) -> _Lines | None:
    level, upright = _through(piece, run), _through(piece.T, run)
    if len(level) > 1 and len(upright) < 2:
        return _lines_between(piece, level, run)
    if len(upright) > 1 and len(level) < 2:
        return _turned(_lines_between(piece.T, upright, run))
    return _laid(piece, level, upright)


def _lines_between(piece: Mask, level: list[Rule], run: float) -> _Lines | None:
    """The lines of what is between the first and the last of these, laid straight.

    What goes beyond the table hides how far its lines go across, and where it is tilted they do not
    run through from side to side.
    """
    first, last = (_middles(line) for line in (level[0], level[-1]))
    reach = round(max(line.thickness for line in level) / 2)
    high, width = int((last - first).max()) + 2 * reach + 1, piece.shape[1]
    climb = float(first[-1] - first[0] + last[-1] - last[0]) / (2 * width)  # uprights lean as much
    leans = -np.round(climb * np.arange(high)).astype(int)[:, None]
    columns = np.arange(-leans.max(), width - leans.min()) + leans
    inside = (columns >= 0) & (columns < width)
    columns = columns.clip(0, width - 1)
    rows = np.round(first[columns]).astype(int) - reach + np.arange(high)[:, None]
    inside &= (rows >= 0) & (rows < len(piece))
    straight = np.where(inside, piece[rows.clip(0, len(piece) - 1), columns], 0).astype(np.uint8)
    found = _laid(straight, _through(straight, run), _through(straight.T, run))
    if found is None:
        return None
    ink, way = np.zeros_like(piece), np.zeros_like(piece)
    there = rows[inside], columns[inside]
    ink[there], way[there] = found.ink[inside], found.way[inside]
    return found._replace(ink=ink, way=way)


def _turned(lines: _Lines | None) -> _Lines | None:
    return None if lines is None else lines._replace(ink=lines.ink.T, way=lines.way.T)


def _laid(piece: Mask, level: list[Rule], upright: list[Rule]) -> _Lines | None:
    if len(level) < 2 or len(upright) < 2:
        return None
    thickness = max(rule.thickness for rule in level + upright)
    apart = _apart(level), _apart(upright)
    if min(gaps.min() for gaps in apart) < LEAST_CELL * thickness:
        return None  # a stroke beside a line
    ink, way, _ = laid(level, piece.shape)
    ink_down, way_down, _ = (m.T for m in laid(upright, piece.T.shape))
    # where two lines cross each is the other's stroke
    ink = ink | ink_down | way & way_down & piece
    way = cv2.dilate(way | way_down, np.ones((3, 3), np.uint8))
    cell = min(float(np.median(gaps)) for gaps in apart)
    return _Lines(len(level) + len(upright), ink, way, cell, thickness)


def _through(piece: Mask, run: float) -> list[Rule]:
    piece = np.ascontiguousarray(piece)
    return lines_through(piece, run, _thickest(piece), of_frames=True)


def _thickest(piece: Mask) -> float:
    return max(THICK[0], THICK[1] * min(piece.shape))


def _middles(line: Rule) -> NDArray[np.float64]:
    """The row of a line in each column."""
    rows = line.rows.start + np.arange(len(line.way))[:, None]
    return (rows * line.way).sum(0) / np.maximum(line.way.sum(0), 1)


def _apart(lines: list[Rule]) -> NDArray[np.float64]:
    """How far lines are from the next, in pixels."""
    return np.diff(sorted(_middles(line).mean() for line in lines))
