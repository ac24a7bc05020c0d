"""Marks at digits that are none: lines under a number or a sum, and straight strokes."""

import numpy as np
from numpy.typing import NDArray

from finder.frames import framed
from finder.rules import parabola
from finder.strokes import MIN_SIDE, Mask, Pieces, find_pieces, lowest_ink

LONG = 2.5  # thicknesses, that a stroke is long at least
EVEN = 2.0  # thicknesses, that it is thick at its thickest: more is a stroke that crosses it
STRAY = 0.5, 0.04  # thicknesses, and share of its length, that it strays from a parabola at most
CLIMB = 0.5  # rows a column, that a line climbs at most
BENT = 0.12  # of its length, that a line bends at most
BEYOND = 0.08  # of its length, that it goes on beyond the digit it stands under, at both ends
WIDE = 1.3  # heights of a digit; what is as long as that is under a number, and no digit's stroke
BROAD = 0.6  # heights of a piece; narrower are no digits beside each other on a line
STANDS = 0.6  # of the height of digits and their line, that each of them has at least
NEAR = 1.0  # heights of a digit, that it stands below one at most
THICK = 0.35  # of the height of digits that touch it, together with its own, that it is thick
FOOT = 0.85  # of its columns, that show it as the lowest ink where digits touch it
# Of its height, by which a slash leans to the right at least and a bar at most, and a slash at most
LEANS, FLAT = 0.12, 1.4


def underlines(pieces: Pieces) -> Mask | None:
    """The ink of lines drawn under digits: (h, w) uint8, 0 or 1; None where there are none."""
    large = np.flatnonzero(pieces.sizes >= MIN_SIDE)
    lines = np.array([i for i in large if is_line(pieces, i)], np.intp)
    others = np.setdiff1d(large, lines)
    ink = np.zeros(pieces.labels.shape, np.uint8)
    for i in lines:
        if _is_under(pieces.boxes[i], pieces.boxes[others]):
            _window(ink, pieces, i)[pieces.mask(i)] = 1
    alone = len(large) == 1  # beside others, a digit stands on a stroke of its own
    for i in others[alone | (pieces.boxes[others, 2] >= BROAD * pieces.boxes[others, 3])]:
        line = _touched_line(pieces, int(i), others[others != i], alone)
        if line is not None:
            _window(ink, pieces, i)[line] = 1
    return ink if ink.any() else None


def _window(array: NDArray, pieces: Pieces, i: int | np.intp) -> NDArray:
    x, y, w, h = pieces.boxes[i]
    return array[y : y + h, x : x + w]


def _touched_line(
    pieces: Pieces, i: int, others: NDArray[np.intp], alone: bool
) -> NDArray[np.bool_] | None:
    """The line in a piece (h, w) that digits stand on, or hang from as the result of a sum does;
    None where there is none.

    others: the other pieces that are no lines. alone: whether there is not even a line beside it.
    """
    box, rest = pieces.boxes[i], pieces.boxes[others]
    piece, beside = pieces.mask(i), _standing_on(box, rest)
    is_wide = box[2] >= WIDE * box[3]
    if not (alone or is_wide or _may_be_several(piece, beside)):  # quick, and the rule
        return None
    line = _foot(piece)
    hangs = is_wide and not line.any()
    if hangs:
        line = _foot(piece[::-1])[::-1]
    if not line.any() or len(framed(pieces, i)):
        return None
    if is_wide and _is_under(_rows(line, box), rest):
        return line
    if hangs:
        return None
    several = _are_several(piece & ~line, beside)
    if _has_below(box, rest):
        return line if is_wide and several else None
    stands = is_wide or several or (alone and _is_longer(line, piece))
    return line if stands else None


def _rows(line: NDArray[np.bool_], box: NDArray[np.int32]) -> NDArray[np.int32]:
    """The box (x, y, w, h) of the rows of a line in a piece (h, w) that has another."""
    rows = np.flatnonzero(line.any(1))
    return np.array([box[0], box[1] + rows[0], box[2], np.ptp(rows) + 1])


def is_line(pieces: Pieces, i: int | np.intp) -> bool:
    """Whether a piece is one nearly level stroke."""
    width, height = pieces.boxes[i, 2:].tolist()
    if height > width:  # quick, and the rule
        return False
    curve = _stroke(pieces.mask(i))
    return curve is not None and _is_level(curve, width)


def _is_level(curve: NDArray[np.float64], width: int) -> bool:
    """Whether a parabola is a nearly straight and level line, over so many columns from 0."""
    middle = np.polyval(curve, width / 2)
    ends = np.polyval(curve, [0, width])
    return bool(np.ptp(ends) <= CLIMB * width and abs(ends.mean() - middle) <= BENT * width)


def _stroke(ink: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    """The parabola along a piece (h, w), if it is one stroke from its left to its right."""
    height, width = ink.shape
    thick = float(ink.sum()) / width
    if width < LONG * thick:
        return None
    round_end = max(1, round(thick / 2))
    columns = np.arange(round_end, width - round_end)
    count = ink[:, columns].sum(0)
    runs = np.diff(ink[:, columns].astype(np.int8), axis=0, prepend=0) > 0
    if len(columns) < 3 or runs.sum(0).max() > 1 or count.max() > EVEN * np.median(count) + 1:
        return None
    middle = (np.arange(height)[:, None] * ink[:, columns]).sum(0) / count
    curve = np.polyfit(columns, middle, 2)
    away = np.abs(np.polyval(curve, columns) - middle)
    return curve if away.max() <= STRAY[0] * np.median(count) + STRAY[1] * width else None


def _is_under(line: NDArray[np.int32], digits: NDArray[np.int32]) -> bool:
    """Whether a line's box stands close below digits' boxes (n, 4), and is longer than they are
    together, or than a digit is high.
    """
    x, y, w, h = line
    left, top, wide, high = digits.T
    over = (left < x + w) & (left + wide > x) & (top + high <= y + h)
    tall = high[over].max(initial=0)
    near = over & (y - (top + high) < NEAR * tall) & (high > 0.3 * tall)
    if not near.any():
        return False
    first, last = left[near].min(), (left + wide)[near].max()
    return bool(w >= WIDE * tall) or _goes_beyond(x, x + w, first, last)


def _has_below(box: NDArray[np.int32], others: NDArray[np.int32]) -> bool:
    """Whether other boxes (n, 4) stand close below one, as the lower half of a broken digit."""
    x, y, w, h = box
    left, top, wide, high = others.T
    below = (top + high > y + h) & (top < y + 1.5 * h) & (left < x + w) & (left + wide > x)
    return bool(below.any())


def _goes_beyond(left: float, right: float, first: float, last: float) -> bool:
    """Whether a line goes on beyond columns `first` to `last`, at both ends."""
    return bool(min(first - left, right - last) > BEYOND * (right - left))


def _is_longer(foot: NDArray[np.bool_], piece: NDArray[np.bool_]) -> bool:
    """Whether the foot of a piece (h, w) goes on beyond the digit on it, at both ends."""
    rest = np.flatnonzero((piece & ~foot).any(0))  # columns of the digit
    return len(rest) > 0 and _goes_beyond(0, piece.shape[1], rest[0], rest[-1] + 1)


def _standing_on(box: NDArray[np.int32], others: NDArray[np.int32]) -> int:
    """How many other boxes (n, 4) stand above the foot of one, as high digits as may be in it."""
    x, y, w, h = box
    left, top, wide, high = others.T
    beside = (left >= x) & (left + wide <= x + w) & (top + high <= y + h) & (high >= STANDS * h)
    return int(beside.sum())


def _may_be_several(piece: NDArray[np.bool_], beside: int) -> bool:
    """Whether `_are_several` may hold for a piece (h, w) without its foot: what is so high that it
    is a digit crosses the middle.
    """
    middle = piece[len(piece) // 2]
    return int(middle[0]) + int((middle[1:] > middle[:-1]).sum()) + beside > 1


def _are_several(piece: NDArray[np.bool_], beside: int) -> bool:
    """Whether several digits stand beside each other: parts of a piece (h, w) whose foot, which
    held them together, is taken away, and so many others beside them.
    """
    high = find_pieces(piece.astype(np.uint8)).boxes[:, 3] >= STANDS * len(piece)
    return int(high.sum()) + beside > 1


def _foot(piece: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The line that a piece (h, w) stands on, as one with it; nothing where it stands on none."""
    height, width = piece.shape
    if width < MIN_SIDE:
        return np.zeros_like(piece)
    rows, columns = np.arange(height)[:, None], np.arange(width)
    lowest, thick = lowest_ink(piece)
    if thick > THICK * height or _is_bent(lowest):  # quick, and the rule
        return np.zeros_like(piece)
    curve, _ = parabola(columns, lowest.astype(float))
    line = np.polyval(curve, columns)
    at_foot = np.mean(np.abs(lowest - line) <= max(1.5, thick / 2)) >= FOOT
    if not (at_foot and _is_level(curve, width)):
        return np.zeros_like(piece)
    return piece & (rows >= line - thick) & (rows <= line + thick / 2)


def _is_bent(lowest: NDArray[np.intp]) -> bool:
    """Whether the lowest ink of each column (w,) is further from a line than lines bend."""
    thirds = (np.sort(part) for part in np.array_split(lowest, 3))
    left, middle, right = (int(third[len(third) // 2]) for third in thirds)
    return abs((left + right) / 2 - middle) > BENT * len(lowest)


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
