"""Frames, tables and rings around digits: boxes of a form, cells, circles; lines between cells."""

import cv2
import numpy as np
from numpy.typing import NDArray

from strokes import Pieces, stroke_width

SMALL = 0.15  # of a thick frame's shorter side, that digits in it have at least
INSIDE = 0.3  # of a ring's shorter side, that a single digit in it has at least
ALONG, EDGE = 0.9, 0.15  # of a ring's ink, that lies at its edge: so much of its shorter side
CORNERS = 0.95  # of its least rectangle, that a frame's hull covers; a zero's covers .8
CELLS = 2  # that lines between cells have at least
LINES = 0.9  # of their ink, that runs level or upright for the height of a digit at least
# Of the longer side, the shorter: of a straight stroke at most, of a ring with a 1 in it at least
STRAIGHT, ROUND = 0.35, 0.75


def framed(pieces: Pieces, i: int, least: float = 0.0) -> NDArray:
    """The pieces within a piece, if it is a rectangle or table around one as large as a digit, or a
    ring around one or several: around a slash or a dot, that is a zero. A table may have no border,
    only lines between its cells.

    least: the share of the piece's shorter side that such a piece has at least; by default it only
    is no dot, which is told by the width of the piece's stroke. In a rectangle SMALL will do.
    """
    x, y, w, h = pieces.boxes[i]
    inner = np.flatnonzero(_within(pieces.boxes, pieces.boxes[i]))
    if not len(inner):
        return inner
    piece = pieces.labels[y : y + h, x : x + w] == i + 1
    stroke = stroke_width(piece)
    has_corners = _has_corners(pieces, i)
    least = least * min(w, h) or min(4 * stroke, max(2 * stroke, SMALL * min(w, h)))
    if has_corners:
        least = min(least, SMALL * min(w, h))
    large = inner[pieces.sizes[inner] >= least]
    middles = pieces.boxes[large, :2] + pieces.boxes[large, 2:] // 2 - (x, y)
    if len(large) >= CELLS and _is_lattice(piece, int(np.median(pieces.boxes[large, 3]))):
        return inner
    around = large[np.array([_goes_around(piece, column, row) for column, row in middles], bool)]
    if len(around) == 1 and not has_corners and not _is_frame(piece):
        large_enough = pieces.sizes[around[0]] >= INSIDE * min(w, h)
        if not (large_enough and _is_ring(piece)) or _is_slash(pieces, i, around[0]):
            return inner[:0]
    return inner if len(around) else inner[:0]


def _is_frame(piece: NDArray[np.bool_]) -> bool:
    """Tell whether a piece runs along the four sides of its box."""
    h, w = piece.shape
    dx, dy = max(2, round(0.12 * w)), max(2, round(0.12 * h))
    sides = (piece[:, :dx].any(1), piece[:, -dx:].any(1), piece[:dy].any(0), piece[-dy:].any(0))
    return bool(min(side.mean() for side in sides) > 0.9)


def _is_lattice(piece: NDArray[np.bool_], height: int) -> bool:
    """Whether a piece is level and upright lines that meet, longer than a digit's height."""
    ink = piece.astype(np.uint8)
    broad = cv2.dilate(ink, np.ones((3, 3), np.uint8))  # lines by hand are not quite straight
    runs = (np.ones(shape, np.uint8) for shape in ((1, height), (height, 1)))
    level, upright = (cv2.morphologyEx(broad, cv2.MORPH_OPEN, run) & ink for run in runs)
    covered = cv2.countNonZero(level | upright) >= LINES * cv2.countNonZero(ink)
    return covered and bool(level.any() and upright.any())


def _is_ring(piece: NDArray[np.bool_]) -> bool:
    """Whether a piece's ink runs along the edge of its hull."""
    points = cv2.findNonZero(piece.astype(np.uint8))
    hull = cv2.fillConvexPoly(np.zeros(piece.shape, np.uint8), cv2.convexHull(points), 1)
    deep = cv2.distanceTransform(np.pad(hull, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    edge = max(EDGE * min(piece.shape), stroke_width(piece)) + 1
    return bool((deep[piece] <= edge).mean() >= ALONG)


def _has_corners(pieces: Pieces, i: int) -> bool:
    """Whether a piece fills the corners of the least rectangle around it, however thick its sides
    are: the rim of a screen that lies askew, but no zero.
    """
    points = _points(pieces, i)
    width, height = cv2.minAreaRect(points)[1]
    return cv2.contourArea(cv2.convexHull(points)) >= CORNERS * width * height


def _is_slash(pieces: Pieces, ring: int, i: int) -> bool:
    """Whether a piece in a ring is the slash of a zero."""
    inner, outer = (_sides(pieces, j) for j in (i, ring))
    return bool(inner[0] < STRAIGHT * inner[1] and outer[0] < ROUND * outer[1])


def _sides(pieces: Pieces, i: int) -> tuple[float, float]:
    """The shorter and the longer side of the least rectangle around a piece, turned or not."""
    shorter, longer = sorted(cv2.minAreaRect(_points(pieces, i))[1])
    return shorter, longer


def _points(pieces: Pieces, i: int) -> NDArray:
    """The pixels of a piece, in its box."""
    x, y, w, h = pieces.boxes[i]
    return cv2.findNonZero((pieces.labels[y : y + h, x : x + w] == i + 1).astype(np.uint8))


def _goes_around(piece: NDArray[np.bool_], x: int, y: int) -> bool:
    """Whether a piece has ink to the left, to the right, above and below a point."""
    row, column = piece[y], piece[:, x]
    return bool(row[:x].any() and row[x + 1 :].any() and column[:y].any() and column[y + 1 :].any())


def _within(inner: NDArray, outer: NDArray) -> NDArray[np.bool_]:
    """Tell which of the boxes (n, 4) lie within the outer one, no side in common."""
    (x, y, w, h), (left, top, width, height) = inner.T, outer
    return (x > left) & (y > top) & (x + w < left + width) & (y + h < top + height)
