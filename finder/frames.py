"""Frames, tables and rings around digits: boxes of a form, cells, circles; lines between cells."""

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.strokes import Pieces, extent, stroke_width

SMALL = 0.15  # of a thick frame's shorter side, that digits in it have at least
INSIDE = 0.3  # of a ring's shorter side, that a single digit in it has at least
ALONG, EDGE = 0.9, 0.15  # of a ring's ink, that lies at its edge: so much of its shorter side
WAYS, AROUND = 36, 0.85  # directions from a point, and the share of them in which a ring has ink
CORNERS = 0.95  # of its least rectangle, that a frame's hull covers; a zero's covers .8
ROW = 3  # pieces, as no zero holds, which may be low beside the stroke of the ring around them
CELLS = 2  # that lines between cells have at least
LINES = 0.9  # of their ink, that runs level or upright for the height of a digit at least
# Of the longer side, the shorter: of a straight stroke at most, of a ring with a 1 in it at least
STRAIGHT, ROUND = 0.35, 0.75


def framed(pieces: Pieces, i: int, least: float = 0.0) -> NDArray:
    """The pieces within a piece, if it is a rectangle or table around one as large as a digit, or a
    ring around one or several: around a slash or a dot, that is a zero. A table may have no border,
    only lines between its cells.

    least: the share of the piece's shorter side that such a piece has at least; by default it only
        is no dot, which is told by the width of the piece's stroke: of three or more strokes, as
        no zero holds, by twice that. In a rectangle SMALL will do.
    """
    x, y, w, h = pieces.boxes[i]
    inner = np.flatnonzero(_within(pieces.boxes, pieces.boxes[i]))
    if not len(inner):
        return inner
    piece = pieces.mask(i)
    stroke = stroke_width(piece)
    has_corners = _has_corners(pieces, i)
    is_row = (pieces.drawn[inner] & (pieces.sizes[inner] >= 2 * stroke)).sum() >= ROW
    no_dot = 2 * stroke if is_row else min(4 * stroke, max(2 * stroke, SMALL * min(w, h)))
    least = least * min(w, h) or no_dot
    if has_corners:
        least = min(least, SMALL * min(w, h))
    large = inner[pieces.sizes[inner] >= least]
    if len(large) >= CELLS and _is_lattice(piece, int(np.median(pieces.boxes[large, 3]))):
        return inner
    parts = inner[pieces.sizes[inner] >= SMALL * min(w, h)]
    found = list(large[:, None]) or [parts][: len(parts)]  # of a broken digit, all parts are one
    found = [some for some in found if _box(pieces, some)[2:].max() >= least]
    middles = [_middle(pieces, some) - (x, y) for some in found]
    around = [some for some, at in zip(found, middles, strict=True) if _goes_around(piece, *at)]
    if found and not around:
        together = _box(pieces, np.concatenate(found)) - (x, y, 0, 0)
        around = found if _goes_nearly_around(piece, together) else []
    if around and not (has_corners or _is_frame(piece)) and _is_zero(pieces, i, piece, found):
        return inner[:0]
    return inner if around else inner[:0]


def _is_zero(
    pieces: Pieces, i: int, piece: NDArray[np.bool_], inner: list[NDArray[np.intp]]
) -> bool:
    """Whether a piece around something is a zero: it is no ring, or that is small, or its slash."""
    if len(inner) > 1:  # a slash in parts, or a row of digits
        parts = np.concatenate(inner)
        return _is_slash(pieces, i, parts) and _sides(pieces, parts)[0] < 2 * stroke_width(piece)
    is_small = _box(pieces, inner[0])[2:].max() < INSIDE * min(piece.shape)
    return bool(is_small or not _is_ring(piece)) or _is_slash(pieces, i, inner[0])


def _box(pieces: Pieces, some: NDArray[np.intp]) -> NDArray[np.int32]:
    """The box around some pieces: (4,), x, y, w, h."""
    ends = extent(pieces, some)
    return np.r_[ends[:2], ends[2:] - ends[:2]]


def _middle(pieces: Pieces, some: NDArray[np.intp]) -> NDArray[np.int32]:
    """The middle of the box around some pieces: (2,), x, y."""
    box = _box(pieces, some)
    return box[:2] + box[2:] // 2


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
    points = _points(pieces, np.array([i]))
    width, height = cv2.minAreaRect(points)[1]
    return cv2.contourArea(cv2.convexHull(points)) >= CORNERS * width * height


def _is_slash(pieces: Pieces, ring: int, parts: NDArray[np.intp]) -> bool:
    """Whether what is in a ring is the slash of a zero."""
    inner, outer = (_sides(pieces, some) for some in (parts, np.array([ring])))
    return bool(inner[0] < STRAIGHT * inner[1] and outer[0] < ROUND * outer[1])


def _sides(pieces: Pieces, some: NDArray[np.intp]) -> tuple[float, float]:
    """The shorter and the longer side of the least rectangle around pieces, turned or not."""
    shorter, longer = sorted(cv2.minAreaRect(_points(pieces, some))[1])
    return shorter, longer


def _points(pieces: Pieces, some: NDArray[np.intp]) -> NDArray:
    """The pixels of some pieces, in their box."""
    x, y, w, h = _box(pieces, some)
    window = pieces.labels[y : y + h, x : x + w]
    return cv2.findNonZero(np.isin(window, some + 1).astype(np.uint8))


def _goes_around(piece: NDArray[np.bool_], x: int, y: int) -> bool:
    """Whether a piece has ink to the left, to the right, above and below a point."""
    row, column = piece[y], piece[:, x]
    return bool(row[:x].any() and row[x + 1 :].any() and column[:y].any() and column[y + 1 :].any())


def _goes_nearly_around(piece: NDArray[np.bool_], box: NDArray[np.int32]) -> bool:
    """Whether a piece has ink around a box in most directions: a ring by hand may be open."""
    x, y, w, h = box
    rows, columns = np.nonzero(piece)
    outside = (columns < x) | (columns >= x + w) | (rows < y) | (rows >= y + h)
    down, right = rows[outside] - (y + h // 2), columns[outside] - (x + w // 2)
    turn = np.arctan2(down, right) / (2 * np.pi) % 1
    return len(np.unique((turn * WAYS).astype(int))) >= AROUND * WAYS


def _within(inner: NDArray, outer: NDArray) -> NDArray[np.bool_]:
    """Tell which of the boxes (n, 4) lie within the outer one, no side in common."""
    (x, y, w, h), (left, top, width, height) = inner.T, outer
    return (x > left) & (y > top) & (x + w < left + width) & (y + h < top + height)
