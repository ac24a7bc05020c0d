"""Round brackets around writing, and behind it: told by their outline, and by what stands beside
them.
"""

import numpy as np
from numpy.typing import NDArray

from finder.strokes import MIN_SIDE, Pieces, stroke_width

SLIM = 4.0  # thicknesses, that a bracket is high at least
# Of their height, that the two of a pair bow together, and each of them; and pixels
PAIR_BOW, BOW, LEAST_BOW = 0.16, 0.03, 2.0
STRAY = 0.5, 0.05  # thicknesses, and share of its height, that it strays from a parabola at most
EVEN = 1.6  # times as thick at its thickest between its ends as it usually is there
ENDS = 0.25  # of its height, that hooks at its head and foot reach down and up at most
# Of its height, from its head and foot, that it bows furthest at least, one of a pair and a lone
# one: a 7 with a short bar does at its head
MIDDLE, LONE_MIDDLE = 0.12, 0.3
# of its height, that a closing bracket without an opening one bows: of 1,433 1s, one does
LONE_BOW = 0.15
APART = 0.15  # thicknesses, that such a bracket stands behind writing at least
HIGH = 0.6  # of such a bracket's height, that the writing has at least: less may be a 9's loop
ALIKE = 0.7  # of a bracket's height, that the other of the pair has at least, and has beside it
# Of what stands between two brackets, the height that they have at least, by how much each bows at
# least: 1s and 7s that bow a little are as high as other digits
AS_HIGH = (0.08, 0.2), (1.05, 0.85)
WITHIN = 0.25  # of its height, that something between two brackets has at least


def brackets(pieces: Pieces, written: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark (n,) pairs of round brackets with writing in between, of what is marked in `written`."""
    bows = np.zeros(len(written))
    for i in np.flatnonzero(written & (pieces.sizes >= MIN_SIDE)):
        bows[i] = bow(pieces.mask(i))
    return pairs(pieces.boxes, bows, written)


def pairs(
    boxes: NDArray[np.int32], bows: NDArray[np.float64], written: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark (n,) pairs of round brackets with writing in between, of what is marked in `written`.

    boxes: (n, 4) x, y, w, h. bows: (n,), as `bow` tells them; 0 of what may be no bracket.
    """
    marked = np.zeros(len(written), bool)
    x, y, w, h = boxes.T.astype(float)
    middle = x + w / 2
    for i in np.flatnonzero(bows < 0):
        lower, higher = np.minimum(h, h[i]), np.maximum(h, h[i])
        beside = np.minimum(y + h, y[i] + h[i]) - np.maximum(y, y[i]) > ALIKE * lower
        right = beside & (middle > x[i] + w[i]) & ~marked
        is_pair = (bows > 0) & (bows - bows[i] >= PAIR_BOW)
        closing = np.flatnonzero(is_pair & right & (lower > ALIKE * higher))
        inner = right & written & (h > WITHIN * h[i])
        closing = closing[x[closing] > middle[inner].min(initial=np.inf)]
        if not len(closing):
            continue
        first = closing[x[closing] < x[(bows < 0) & right].min(initial=np.inf)]
        closing = first if len(first) else closing
        pair = [i, closing[h[closing].argmax()]]  # a 1 may bow, too, and is lower
        between = inner & (middle < x[pair[1]])
        least = np.abs(bows[pair]).min()
        marked[pair] |= h[pair].min() >= np.interp(least, *AS_HIGH) * h[between].max()
    return marked


def closing(
    pieces: Pieces,
    written: NDArray[np.bool_],
    middle: float = LONE_MIDDLE,
    least: float = HIGH,
) -> NDArray[np.bool_]:
    """Mark (n,) closing brackets behind writing, as in "7)", of what is marked in `written`.

    middle: of its height, from its head and foot, that each bows furthest at least. least: of its
    height, that the writing has at least.
    """
    marked = np.zeros(len(written), bool)
    large = np.flatnonzero(written & (pieces.sizes >= MIN_SIDE))
    bows = np.array([bow(pieces.mask(i), middle) for i in large])
    for i in large[bows >= LONE_BOW]:
        others = large[bows > -LONE_BOW]  # "( )" may be a broken zero
        marked[i] = _is_behind(pieces, i, others, least)
    return marked


def _is_behind(pieces: Pieces, i: int | np.intp, written: NDArray[np.intp], least: float) -> bool:
    """Whether a stroke stands close behind writing that has at least so much of its height."""
    x, y, w, h = pieces.boxes[written].T
    left, top, _, high = pieces.boxes[i]
    thick = pieces.areas[i] / high
    gap = left - (x + w)
    shared = np.minimum(y + h, top + high) - np.maximum(y, top)
    beside = (h > least * high) & (shared > ALIKE * np.minimum(h, high))
    return bool((beside & (gap >= APART * thick) & (gap <= high)).any())


def bow(piece: NDArray[np.bool_], middle: float = MIDDLE) -> float:
    """By how much of its height ink (h, w), cropped, bows that is a bracket by its form: below 0 as
    "(", above as ")", 0 if it is none.

    middle: of its height, from its head and foot, that it bows furthest at least.
    """
    height, width = piece.shape
    if not 0 < width <= height or piece.sum() > height**2 / SLIM:
        return 0.0
    if not _is_slim(piece):
        return 0.0
    thick = stroke_width(piece)
    rows = np.arange(round(thick / 2), height - round(thick / 2))
    if len(rows) < MIN_SIDE:
        return 0.0
    left, right = piece.argmax(1)[rows], (width - 1 - piece[:, ::-1].argmax(1))[rows]
    for side, edge, furthest in ((-1, left, left.argmin()), (1, right, right.argmax())):
        if not middle < rows[furthest] / height < 1 - middle:  # quick, and often the rule
            continue
        curve = np.polyfit(rows, edge, 2)
        found = -float(curve[0]) * height / 4
        away = np.abs(np.polyval(curve, rows) - edge).max()
        is_curve = away <= STRAY[0] * thick + STRAY[1] * height
        if is_curve and side * found >= max(BOW, LEAST_BOW / height):
            return found
    return 0.0


def _is_slim(piece: NDArray[np.bool_]) -> bool:
    """Whether a piece (h, w) is one stroke between its ends, which may have hooks."""
    height = len(piece)
    between = piece[round(ENDS * height) : round((1 - ENDS) * height)]
    starts = np.diff(between.astype(np.int8), axis=1, prepend=0) > 0
    count = between.sum(1)
    return bool((starts.sum(1) == 1).all() and count.max() <= EVEN * np.median(count) + 1)
