"""Straight strokes: level as lines are, upright as 1s and bars are, or leaning as slashes do."""

import numpy as np
from numpy.typing import NDArray

from finder.strokes import Pieces

LONG = 2.5  # thicknesses, that a stroke is long at least
EVEN = 2.0  # thicknesses, that it is thick at its thickest: more is a stroke that crosses it
STRAY = 0.5, 0.04  # thicknesses, and share of its length, that it strays from a parabola at most
CLIMB = 0.5  # rows a column, that a line climbs at most
BENT = 0.12  # of its length, that a line bends at most
# Of its height, by which a slash leans to the right at least and a bar at most, and a slash at most
LEANS, FLAT = 0.12, 1.4


def is_line(pieces: Pieces, i: int | np.intp) -> bool:
    """Whether a piece is one nearly level stroke."""
    width, height = pieces.boxes[i, 2:].tolist()
    if height > width:  # quick, and the rule
        return False
    curve = _stroke(pieces.mask(i))
    return curve is not None and is_level(curve, width)


def is_level(curve: NDArray[np.float64], width: int) -> bool:
    """Whether a parabola is a nearly straight and level line, over so many columns from 0."""
    middle = np.polyval(curve, width / 2)
    ends = np.polyval(curve, [0, width])
    return bool(np.ptp(ends) <= CLIMB * width and abs(ends.mean() - middle) <= BENT * width)


def is_backslash(pieces: Pieces, i: int | np.intp) -> bool:
    """Whether a piece is one straight stroke that leans to the left, as no 1 does."""
    leans = leaning(pieces, i)
    return leans is not None and leans < -LEANS


def is_upright(pieces: Pieces, i: int | np.intp) -> bool:
    """Whether a piece is one straight and upright stroke, as a 1 may be, too."""
    leans = leaning(pieces, i)
    return leans is not None and abs(leans) <= LEANS


def leaning(pieces: Pieces, i: int | np.intp) -> float | None:
    """By how much of its height a straight stroke leans to the right; None if a piece is none."""
    width, height = pieces.boxes[i, 2:].tolist()
    curve = _stroke(pieces.mask(i).T) if width < FLAT * height else None
    if curve is None or abs(curve[0]) * height / 4 > BENT:
        return None
    top, foot = np.polyval(curve, [0, height])
    return float(top - foot) / height


def _stroke(ink: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """The parabola along a piece (h, w), if it is one stroke from its left to its right."""
    height, width = ink.shape
    thick = float(np.count_nonzero(ink)) / width
    if width < LONG * thick:  # quick, and the rule
        return None
    round_end = max(1, round(thick / 2))
    inner = ink[:, round_end : width - round_end]
    if inner.shape[1] < 3 or (inner[0] + (inner[1:] & ~inner[:-1]).sum(0)).max() > 1:
        return None  # in some column there are several runs of ink
    count = inner.sum(0)
    usual = float(np.median(count))
    if count.max() > EVEN * usual + 1:
        return None
    columns = np.arange(round_end, width - round_end)
    middle = (np.arange(height)[:, None] * inner).sum(0) / count
    curve = np.polyfit(columns, middle, 2)
    away = np.abs(np.polyval(curve, columns) - middle)
    return curve if away.max() <= STRAY[0] * usual + STRAY[1] * width else None
