"""Dots that make a sign of what stands above them: exclamation and question marks, which may be 1s
and 7s to the network.
"""

import numpy as np

from finder.strokes import Pieces, extent, touches_rim, usual_height

# By the height of the digits beside a mark: how far its foot is above theirs at least, its dot's
# size, and how far that is from its foot, to the sides, and from theirs at most
ABOVE, SIZE, ASIDE, OFF = 0.08, (0.06, 0.32), 0.17, 0.2
# By the height of the digits: how far the dot of what is as wide as a 7 is below its foot at least,
# or it is the end of a broken 7; and how wide that is
APART, WIDE = 0.03, 0.4
LONG = 2.0  # of its other side, that a dot is long at most
HIGH = 0.75  # of the usual height in a line, that its digits have at least
FOOT = 0.1  # of a piece's height, that its foot is


def dotted(pieces: Pieces, line: list[list[int]]) -> list[int]:
    """The pieces of a line of groups, from the left, that have a dot below their foot."""
    hulls = np.array([extent(pieces, group) for group in line])
    heights = hulls[:, 3] - hulls[:, 1]
    digits = np.flatnonzero(heights >= HIGH * usual_height(heights))
    least, most = SIZE[0] * heights[digits].min(), SIZE[1] * heights[digits].max()
    if not ((pieces.sizes >= least) & (pieces.sizes <= most)).any():  # quick, and the rule
        return []
    found = []
    for place, group in enumerate(line):
        others = digits[digits != place]
        if len(group) > 1 or not len(others):
            continue
        beside = others[np.argsort(np.abs(others - place), kind="stable")[:2]]
        foot, height = hulls[beside, 3].mean(), heights[beside].mean()
        if has_dot(pieces, group[0], foot, height):
            found.append(group[0])
    return found


def has_dot(pieces: Pieces, i: int, foot: float, height: float) -> bool:
    """Whether a piece ends above the foot of the digits beside it, a row of the picture, and right
    below it is a dot that stands on that; height: of those digits.
    """
    x, y, w, h = pieces.boxes.T
    end = y[i] + h[i]
    if foot - end < ABOVE * height:
        return False
    apart = APART * height if w[i] >= WIDE * height else 0.0
    low = (y >= end + apart) & (np.abs(y + h - foot) <= OFF * height)
    low &= (pieces.sizes >= SIZE[0] * height) & (pieces.sizes <= SIZE[1] * height)
    low &= np.maximum(w, h) <= LONG * np.minimum(w, h)
    low &= ~touches_rim(pieces.boxes, pieces.labels.shape)  # of print below it
    if not low.any():
        return False
    ink = pieces.mask(i)
    lowest = ink[-max(1, round(FOOT * len(ink))) :].any(0)
    above = x[i] + float(np.flatnonzero(lowest).mean())
    return bool((np.abs(x + w / 2 - above)[low] <= ASIDE * height).any())
