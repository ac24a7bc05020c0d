"""Frames, tables and rings around digits: boxes of a form, cells, circles."""

import numpy as np
from numpy.typing import NDArray

from strokes import Pieces, stroke_width


def framed(pieces: Pieces, i: int, least: float = 0.0) -> NDArray:
    """The pieces within a piece, if it is a rectangle or table around one as large as a digit, or a
    ring around several: around one, that is a zero with its slash.

    least: the share of the piece's shorter side that such a piece has at least.
    """
    x, y, w, h = pieces.boxes[i]
    inner = np.flatnonzero(_within(pieces.boxes, pieces.boxes[i]))
    if not len(inner):
        return inner
    piece = pieces.labels[y : y + h, x : x + w] == i + 1
    large = inner[pieces.sizes[inner] >= max(least * min(w, h), 4 * stroke_width(piece))]
    middles = pieces.boxes[large, :2] + pieces.boxes[large, 2:] // 2 - (x, y)
    around = sum(_goes_around(piece, column, row) for column, row in middles)
    return inner if around > 1 or (around and _is_frame(piece)) else inner[:0]


def _is_frame(piece: NDArray[np.bool_]) -> bool:
    """Tell whether a piece runs along the four sides of its box."""
    h, w = piece.shape
    dx, dy = max(2, round(0.12 * w)), max(2, round(0.12 * h))
    sides = (piece[:, :dx].any(1), piece[:, -dx:].any(1), piece[:dy].any(0), piece[-dy:].any(0))
    return bool(min(side.mean() for side in sides) > 0.9)


def _goes_around(piece: NDArray[np.bool_], x: int, y: int) -> bool:
    """Whether a piece has ink to the left, to the right, above and below a point."""
    row, column = piece[y], piece[:, x]
    return bool(row[:x].any() and row[x + 1 :].any() and column[:y].any() and column[y + 1 :].any())


def _within(inner: NDArray, outer: NDArray) -> NDArray[np.bool_]:
    """Tell which of the boxes (n, 4) lie within the outer one, no side in common."""
    (x, y, w, h), (left, top, width, height) = inner.T, outer
    return (x > left) & (y > top) & (x + w < left + width) & (y + h < top + height)
