"""Take the lines of boxes, forms, tables and combs out of a mask, where writing touches them.

What stands free in its box is told from it by `frames`; a digit that meets a side is one piece with
the lines. They are found as those of ruled paper are, only that they run through the piece.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.combs import find_comb
from finder.grid import LEAST_SIDE, Grid, find_grid
from finder.straight import is_backslash
from finder.strokes import Mask, Pieces, find_pieces

MOST = 20  # pieces of a picture, the largest, that may be tables
SQUARE = 0.88  # of the least rectangle around a table's hull, that the hull is
LARGE = 120.0  # pixels of a cell's shorter side, from which writing in it is no larger
WRITTEN = 0.3  # of a cell's shorter side, that writing in it has at least
OFF_LINE = 0.2  # of a stroke's ink, that is beside the lines at least
SLASH = 0.8  # of a box's inner sides, that the slash of a zero drawn as a box reaches along both
CRUMB = 0.12, 1.5  # of a cell's side, and line thicknesses, up to which what is left is no stroke


def without_tables(mask: Mask, pieces: Pieces) -> Mask:
    """Take boxes, tables and combs out of a mask (h, w) of these pieces, strokes over them kept.

    Boxes and tables that nothing touches stay: no writing is lost with them. Tables do not lie in
    each other, and no more pixels than the mask has are searched for them.
    """
    sides = pieces.boxes[:, 2:].min(1)
    bare, left = mask, mask.size
    for i in np.argsort(-sides)[:MOST]:
        if sides[i] < LEAST_SIDE:
            break
        x, y, w, h = pieces.boxes[i].tolist()
        window = np.s_[y : y + h, x : x + w]
        piece = pieces.mask(i).astype(np.uint8)
        if w * h > left:
            continue
        grid = None
        if _may_be_table(piece):
            left -= w * h
            grid = find_grid(piece)
        comb = find_comb(piece) if grid is None else None
        written = _touching(piece, grid) if comb is None else _strokes(piece, comb)[0]
        if written is not None:
            bare = bare.copy() if bare is mask else bare
            bare[window] &= written | (1 - piece)
    return bare


def _touching(piece: Mask, table: Grid | None) -> Mask | None:
    """What touches a table's lines, (h, w); None where nothing does, or where it is no table, but
    a zero drawn as a box with a slash.
    """
    if table is None:
        return None
    written, rest, large = _strokes(piece, table)
    if not len(large) or (table.number == 4 and _is_slash(rest, large, table.thickness)):
        return None
    return written


def _strokes(piece: Mask, grid: Grid) -> tuple[Mask, Pieces, NDArray[np.intp]]:
    """What is written over lines, (h, w), of what is left of a piece without them, and which of
    that is as large as writing is there.
    """
    rest = find_pieces(piece & (1 - grid.ink))
    beside = np.bincount(rest.labels[grid.way == 0], minlength=len(rest.sizes) + 1)[1:]
    stroke = beside >= OFF_LINE * rest.areas
    cell = min(grid.cell, LARGE)
    crumb = max(CRUMB[0] * cell, CRUMB[1] * grid.thickness)
    written = np.r_[False, stroke & (rest.sizes >= crumb)].take(rest.labels).astype(np.uint8)
    return written, rest, np.flatnonzero(stroke & (rest.sizes >= WRITTEN * cell))


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
