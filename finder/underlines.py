"""Lines under a number, and of sums."""

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.frames import framed
from finder.rules import parabola
from finder.straight import BENT, is_level, is_line
from finder.strokes import MIN_SIDE, Mask, Pieces, find_pieces, lowest_ink

BEYOND = 0.08  # of its length, that it goes on beyond the digit it stands under, at both ends
MOST = 400  # pieces of a picture, the widest, that digits may stand on a line in
WIDE = 1.3  # heights of a digit; what is as long as that is under a number, and no digit's stroke
BROAD = 0.6  # heights of a piece; narrower are no digits beside each other on a line
STANDS = 0.6  # of the height of digits and their line, that each of them has at least
NEAR = 1.0  # heights of a digit, that it stands below one at most
THICK = 0.35  # of the height of digits that touch it, together with its own, that it is thick
FOOT = 0.85  # of its columns, that show it as the lowest ink where digits touch it
ABOVE = 0.6  # of the height of what touches a line from both sides, where digits above it end
RUN, LEAST_ACROSS = 0.3, 0.8  # of its width, that ink is level to be a line's, and a line is long
STRIP = 0.2  # of its thickness, that ink along it is thin, as a line that is not quite straight has
DIGIT = 0.5  # of the height of digits above, that those on both its sides have, and vice versa


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
    broad = others[alone | (pieces.boxes[others, 2] >= BROAD * pieces.boxes[others, 3])]
    for i in broad[np.argsort(-pieces.boxes[broad, 2])[:MOST]]:
        rest = others[others != i]
        line = _line_across(pieces, int(i), rest)
        if line is None:
            line = _touched_line(pieces, int(i), rest, alone)
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


def _line_across(pieces: Pieces, i: int, others: NDArray[np.intp]) -> NDArray[np.bool_] | None:
    """The line in a piece (h, w) that digits touch from both sides, as in a sum or a fraction with
    others above it; None where there is none.
    """
    usual = _highest_above(pieces.boxes[i], pieces.boxes[others])
    width, height = pieces.boxes[i, 2:].tolist()
    if not usual or width < WIDE * usual or height < 2 * DIGIT * usual:  # quick, and the rule
        return None
    piece = pieces.mask(i)
    away, thick = _level_run(piece)
    if not thick:
        return None
    beyond = np.abs(away) - 0.5 * thick
    line: NDArray[np.bool_] = piece & (beyond <= 1)
    line |= _strips(piece & ~line, beyond, thick)
    sides = [find_pieces((piece & ~line & side).astype(np.uint8)) for side in (away < 0, away > 0)]
    highest = [int(parts.boxes[:, 3].max(initial=0)) for parts in sides]
    alike = min(highest) >= DIGIT * usual and DIGIT * max(highest) <= usual
    return line if alike else None


def _highest_above(box: NDArray[np.int32], others: NDArray[np.int32]) -> int:
    """The height of the highest of other boxes (n, 4) above one or its middle; 0 without any."""
    x, y, w, h = box
    left, top, wide, high = others.T
    above = (left < x + w) & (left + wide > x) & (top + high <= y + ABOVE * h)
    return int(high[above].max(initial=0))


def _level_run(piece: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """By how many rows a piece's pixels are below a nearly level line from its left to its right
    (h, w), and how thick that is: 0 where there is none.
    """
    height, width = piece.shape
    run = np.ones((1, max(1, round(RUN * width))), np.uint8)
    level = find_pieces(cv2.morphologyEx(piece.astype(np.uint8), cv2.MORPH_OPEN, run))
    wide = level.boxes[:, 2]
    if wide.max(initial=0) < LEAST_ACROSS * width:
        return np.zeros(piece.shape), 0.0
    y, x = np.nonzero(level.labels == wide.argmax() + 1)
    slope, start = np.polyfit(x, y, 1)
    away = np.arange(height)[:, None] - (slope * np.arange(width) + start)
    return away, len(y) / int(wide.max())


def _strips(
    rest: NDArray[np.bool_], beyond: NDArray[np.float64], thick: float
) -> NDArray[np.bool_]:
    """Thin ink along a line (h, w), in the rest of its piece without the line and a pixel more.

    beyond: by how many pixels each is beyond the line's edge.
    """
    high = round(STRIP * thick) - 1
    if high < 3:  # of a thin line, that pixel is enough, and digits have strokes as thin
        return np.zeros_like(rest)
    kept = cv2.morphologyEx(rest.astype(np.uint8), cv2.MORPH_OPEN, np.ones((high, 1), np.uint8))
    return rest & (kept == 0) & (beyond <= 1 + high)


def _rows(line: NDArray[np.bool_], box: NDArray[np.int32]) -> NDArray[np.int32]:
    """The box (x, y, w, h) of the rows of a line in a piece (h, w) that has another."""
    rows = np.flatnonzero(line.any(1))
    return np.array([box[0], box[1] + rows[0], box[2], np.ptp(rows) + 1])


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
    if not (at_foot and is_level(curve, width)):
        return np.zeros_like(piece)
    return piece & (rows >= line - thick) & (rows <= line + thick / 2)


def _is_bent(lowest: NDArray[np.intp]) -> bool:
    """Whether the lowest ink of each column (w,) is further from a line than lines bend."""
    thirds = (np.sort(part) for part in np.array_split(lowest, 3))
    left, middle, right = (int(third[len(third) // 2]) for third in thirds)
    return abs((left + right) / 2 - middle) > BENT * len(lowest)
