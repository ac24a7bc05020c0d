"""Digits much lower than those beside them: left out of their line as dots and commas are, and
taken back where the network is sure of them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from finder.dots import has_dot
from finder.ink import Ink
from finder.strokes import MIN_SIDE, Pieces, gaps
from preprocessing import Region, single_piece
from reader.network import DIGITS
from reader.segmentation import Classifier
from reader.signs import has_form, stands_within

LOWEST, LOW = 0.3, 0.7  # of the height of the digit beside it, that a low one has
PART = 0.3  # of a piece's box that lies in a digit's, up to which it is no part of that
NEAR = 1.0  # of the height of the digit beside it, how far from a digit a low one is at most
BEYOND = 0.1  # of that height, that it reaches above and below it at most ...
RAISED = 0.3  # ... and two beside each other do
ALIKE = 0.7  # of the higher one's height, that two have at least, and share
FOOT = 0.2  # of that height, that a zero stands above its foot at most: higher ones mark degrees
TOUCHING = 0.3  # of its size, up to which other ink makes a sign of both, as in a percent sign
SPECK = 0.2  # of the height of the digit beside it, up to which other ink is a dot
SURE = 0.99  # probability, from which it is taken
MOST = 60  # low pieces of a picture; more are grain or print


def with_low(
    digits: Sequence[Region], words: Sequence[Region], ink: Ink, classify: Classifier
) -> list[Region]:
    """The digits of a number and the low ones beside them that are sure, in reading order.

    No 1, which may be any stroke, unless one like it that is no 1 stands beside it; and none where
    the network has no class for what is no digit. digits: in reading order, lines numbered. words:
    regions that stand in none of them.
    """
    found = list(digits)
    free = _left_over([*found, *words], ink)
    pieces = np.flatnonzero(free & _are_low(ink, found))
    if not 0 < len(pieces) <= MOST:
        return found
    low = [single_piece(ink, i) for i in pieces]
    probabilities = classify(low)
    if probabilities.shape[1] == DIGITS:  # a network that has no other word for a comma
        return found
    named = probabilities.argmax(1)
    sure = (probabilities.max(1) >= SURE) & (named < DIGITS)
    boxes = ink.pieces.boxes[pieces]
    in_pair = sure & _have_like(boxes, sure & (named != 1))
    sure &= (named != 1) | in_pair
    free[pieces[sure]] = False
    for i in np.flatnonzero(sure):
        beside = _beside(low[i], found, RAISED if in_pair[i] else BEYOND)
        if beside is None or _is_marked(ink.pieces, pieces[i], free, _height(beside)):
            continue
        if has_dot(ink.pieces, pieces[i], _bottom(beside), _height(beside)):
            continue
        if stands_within(low[i], beside) and has_form(low[i].strength):
            continue
        is_ring = named[i] == 0 and not in_pair[i]
        if is_ring and _bottom(low[i]) < _bottom(beside) - FOOT * _height(beside):
            continue
        place = beside.line, low[i].origin[0]
        before = sum((digit.line, digit.origin[0]) < place for digit in found)
        found.insert(before, replace(low[i], line=beside.line))
    return found


def _left_over(taken: list[Region], ink: Ink) -> NDArray[np.bool_]:
    """Mark (n,) the pieces of ink that are part of no region taken."""
    x, y, w, h = ink.pieces.boxes.T
    free = np.ones(len(x), bool)
    for region in taken:
        (left, top), (high, wide) = region.origin, region.strength.shape
        across = np.minimum(x + w, left + wide) - np.maximum(x, left)
        down = np.minimum(y + h, top + high) - np.maximum(y, top)
        free &= np.maximum(across, 0) * np.maximum(down, 0) <= PART * w * h
    return free


def _are_low(ink: Ink, digits: list[Region]) -> NDArray[np.bool_]:
    """Mark (n,) the pieces of ink that are as high as low digits are beside some of the others."""
    heights = [_height(digit) for digit in digits] or [0]
    high = ink.pieces.boxes[:, 3]
    return (high >= max(MIN_SIDE, LOWEST * min(heights))) & (high <= LOW * max(heights))


def _have_like(boxes: NDArray[np.int32], others: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark (n,) the boxes beside which another one stands, of those marked in `others`, that is as
    high and level with it, as cents do in a price.
    """
    x, y, w, h = boxes.T[:, :, None]
    lower, higher = np.minimum(h, h.T), np.maximum(h, h.T)
    away = np.maximum(x, x.T) - np.minimum(x + w, (x + w).T)
    shared = np.minimum(y + h, (y + h).T) - np.maximum(y, y.T)
    alike = (np.minimum(lower, shared) >= ALIKE * higher) & (np.abs(away - lower / 2) <= lower / 2)
    return (alike & others & ~np.eye(len(x), dtype=bool)).any(1)


def _beside(low: Region, digits: Sequence[Region], beyond: float) -> Region | None:
    """The nearest of the digits in whose line a low one stands."""
    lines = {digit.line for digit in digits}
    gap = {line: _away(low, [d for d in digits if d.line == line]) for line in lines}
    near = []
    for digit in digits:
        height = _height(digit)
        reach = beyond * height
        inside = low.origin[1] >= digit.origin[1] - reach and _bottom(low) <= _bottom(digit) + reach
        if inside and gap[digit.line] <= NEAR * height:
            near.append((_away(low, [digit]), digit))
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _away(low: Region, digits: list[Region]) -> int:
    """How far beside the nearest of some digits a low one stands, in pixels."""
    left, right = low.origin[0], low.origin[0] + low.strength.shape[1]
    return min(
        max(digit.origin[0] - right, left - digit.origin[0] - digit.strength.shape[1], 0)
        for digit in digits
    )


def _is_marked(pieces: Pieces, i: int, free: NDArray[np.bool_], height: int) -> bool:
    """Whether other ink close to a piece, that is no digit and no dot, makes a sign of both."""
    away = gaps(pieces.boxes, pieces.boxes[i])
    close = free & (away < TOUCHING * pieces.sizes[i]) & (pieces.sizes > SPECK * height)
    return bool(close.any())


def _height(region: Region) -> int:
    return region.strength.shape[0]


def _bottom(region: Region) -> int:
    return region.origin[1] + region.strength.shape[0]
