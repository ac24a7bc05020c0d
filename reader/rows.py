"""Rows of writing that stand so close that no gap tells them apart, or that touch each other.

What stands above each other may be one digit that a break went through, or two of different rows.
Nothing about their forms tells: it is read both ways, and the surer reading is taken. Rows that
touch are cut apart along a seam.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, takewhile

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.strokes import Array, stroke_width
from preprocessing import Ink, Region, split_digits
from reader.seams import crossed, seam
from reader.segmentation import SURE, Separator

HEIGHT = 64  # pixels; seams are searched on lines reduced to this height
BESIDE = 0.3  # of the lower one's height, that lines share which lie beside each other
BANDS = (0.25, 0.75), (0.4, 0.6)  # of a block's height, that a seam between its rows lies within
MEETS = 1.2  # strokes that a seam crosses, for a stretch as long as the block is high, at most
DEEP = 3  # cuts one after the other: eight rows that hang together
LEAST, ENOUGH = 1.25, 1.5  # certainty of rows' digits on average: what it takes, what will do
ALIKE = 0.65  # of the higher row's height, that the lower one has at least
TALL = 1.4  # times as high as sure digits: what may be two above each other, if it is no digit ...
HIGH = 1.6  # ... and even if it looks like one
ONE = 1.0  # certainty, half a digit's, that rows may cost where other digits stand in both
STACKED = 3.0  # times as high as each of its parts: rather rows, though a stack is a sure 1 ...
MOSTLY = 0.8  # ... if its parts are such digits on average
FULL = 0.8  # of a block's height, that what may be two digits above each other has at least

Band = tuple[float, float]
Certainty = Callable[[list[Region]], Array]  # of each digit that is in regions of lines


def split(ink: Ink, separate: Separator) -> list[Region]:
    """Return the regions of some ink in reading order, lines numbered.

    What stands close above each other is one digit on all of the page, or nowhere: whichever the
    classifier is surer of on average.
    """
    joined = split_digits(ink, number=True)
    if all(region.pieces == 1 for region in joined):  # the same, as mostly
        return joined
    apart = split_digits(ink, number=True, halves=False)
    same = {region.box for region in joined} & {region.box for region in apart}
    ways = [[region for region in way if region.box not in same] for way in (joined, apart)]
    beliefs = [_belief(way, separate) for way in ways]
    is_stack = all(ways) and max(_heights(ways[0])) > STACKED * np.median(_heights(ways[1]))
    return apart if beliefs[1] > beliefs[0] or (is_stack and beliefs[1] >= MOSTLY) else joined


def _belief(regions: list[Region], separate: Separator) -> float:
    """How sure the classifier is on average that each of the regions is a digit."""
    return float(separate.classify(regions)[:, :10].max(1).mean()) if regions else 0.0


def told_apart(
    ink: Ink,
    regions: Sequence[Region],
    separate: Separator,
    certainty: Certainty,
    deep: int = DEEP,
) -> list[Region]:
    """Return the regions in reading order, those of rows that touch or nearly do as separate lines.

    regions: in reading order, lines numbered. `certainty` is negative for what is hardly a digit.
    deep: how often what was cut may be cut again, each time with one seam less to try.
    """
    return _numbered([_rows(ink, b, separate, certainty, deep) for b in _blocks(regions)])


def _lines(regions: Sequence[Region]) -> list[list[Region]]:
    return [list(line) for _, line in groupby(regions, key=lambda region: region.line)]


def _blocks(regions: Sequence[Region]) -> list[list[Region]]:
    """Lines that lie beside each other together: two rows may have been taken for that."""
    blocks: list[list[Region]] = []
    for line in _lines(regions):
        top, bottom = _extent(line)
        above, below = _extent(blocks[-1]) if blocks else (0, 0)
        if min(bottom, below) - max(top, above) > BESIDE * min(bottom - top, below - above):
            blocks[-1].extend(line)
        else:
            blocks.append(line)
    return blocks


def _extent(regions: Sequence[Region]) -> tuple[int, int]:
    """Top and bottom in pixels at working size."""
    ends = [(r.origin[1], r.origin[1] + r.strength.shape[0]) for r in regions]
    return min(top for top, _ in ends), max(bottom for _, bottom in ends)


def _numbered(parts: Sequence[Sequence[Region]]) -> list[Region]:
    """Number the lines anew."""
    lines = [line for part in parts for line in _lines(part)]
    return [replace(r, line=i) if r.line != i else r for i, line in enumerate(lines) for r in line]


def _rows(
    ink: Ink, block: list[Region], separate: Separator, certainty: Certainty, deep: int
) -> list[Region]:
    """The regions of a block, or those of the rows that it is made of."""
    are_sure = _are_sure(block, separate)
    several, high = _may_be_several(block, are_sure), _has_high(block, are_sure)
    if separate.is_spent or not (several or high):
        return block
    rows, sure = block, int(are_sure.sum())
    boxes = {region.box for region in block}
    for cut in takewhile(lambda _: not separate.is_spent, _cuts(ink, block, BANDS[:deep])):
        parts = [(half, split(half, separate)) for half in cut]
        separate.charge(sum(len(part) for _, part in parts))
        # digits that are not cut stand in both: so there are two rows, beside what is cut
        are_rows = high and all(any(r.box in boxes for r in part) for _, part in parts)
        now_sure = sum(_are_sure(part, separate).sum() for _, part in parts)
        if not (several or are_rows) or now_sure + are_rows <= sure:
            continue  # quickly told: a cut through digits makes none of them sure
        halves = [told_apart(half, part, separate, certainty, deep - 1) for half, part in parts]
        found = _numbered(halves)
        costs = ONE if are_rows else 0.0
        if _are_alike(*halves) and _is_surer(certainty(found), certainty(rows), sure, costs):
            rows = found
    return rows


def _are_sure(regions: list[Region], separate: Separator) -> NDArray[np.bool_]:
    """Mark (n,) what is a digit as it is."""
    if not regions:
        return np.zeros(0, bool)
    return separate.classify(regions)[:, :10].max(1) >= SURE


def _are_alike(upper: list[Region], lower: list[Region]) -> bool:
    """Whether two rows are about as high: what is cut off a digit is lower than a row."""
    if not upper or not lower:
        return False
    heights = [float(np.median(_heights(row))) for row in (upper, lower)]
    return min(heights) >= ALIKE * max(heights)


def _is_surer(one: Array, other: Array, sure: int, costs: float) -> bool:
    """In all, and not only by having more digits.

    sure: digits that the ink has as it is. What the other leaves out of them counts against it.
    costs: certainty that may be lost.
    """
    if not len(one) or one.sum() + costs <= other.sum():
        return False
    usual = 0.0 if costs else float(other.sum()) / max(len(other), sure, 1)
    return float(one.mean()) >= min(max(usual, LEAST), ENOUGH)


def _may_be_several(block: list[Region], sure: NDArray[np.bool_]) -> bool:
    """Whether something is no sure digit, and higher than those that are.

    Where few are, it is enough to be as high as the block: the sure ones may be two above each
    other, too, that look like one.
    """
    if len(block) == 1 and block[0].pieces == 1:
        return False
    top, bottom = _extent(block)
    heights = _heights(block)
    high = TALL * float(np.median(heights[sure])) if sure.any() else np.inf
    if 2 * sure.sum() <= len(block):
        high = min(high, FULL * (bottom - top))
    return bool((heights[~sure] >= high).any())


def _has_high(block: list[Region], sure: NDArray[np.bool_]) -> bool:
    """Whether something is much higher than sure digits are."""
    heights = _heights(block)
    return bool(sure.any() and heights.max() >= HIGH * np.median(heights[sure]))


def _heights(regions: list[Region]) -> NDArray[np.int_]:
    return np.array([region.strength.shape[0] for region in regions])


def _cuts(ink: Ink, block: list[Region], bands: Sequence[Band]) -> Iterator[tuple[Ink, Ink]]:
    """The ink of a block above and below seams through its middle, which cross little of it.

    What goes beyond the block, as a frame around it and other rows, is none of it.
    """
    top, bottom = _extent(block)
    _, y, _, h = ink.pieces.boxes.T
    within = np.r_[False, (y >= top) & (y + h <= bottom)].take(ink.pieces.labels[top:bottom])
    columns = np.flatnonzero(within.any(0))
    window = np.s_[top:bottom, columns[0] : columns[-1] + 1]
    inside = ink.mask[window] & within[:, window[1]]
    for below in _seams(ink.strength[window] * inside, bands):
        upper, lower = np.zeros_like(ink.mask), np.zeros_like(ink.mask)
        upper[window], lower[window] = inside & ~below, inside & below
        yield replace(ink, mask=upper), replace(ink, mask=lower)


def _seams(strength: Array, bands: Sequence[Band]) -> Iterator[NDArray[np.bool_]]:
    """Mark (h, w) what lies below the cheapest seam through each of the bands."""
    rows, columns = strength.shape
    size = (HEIGHT, max(2, round(columns * HEIGHT / rows)))
    small = cv2.resize(np.ascontiguousarray(strength.T), size, interpolation=cv2.INTER_AREA)
    most = MEETS * stroke_width(small > 0.5) * len(small) / HEIGHT
    for low, high in bands:
        cost = small**2 + np.float32(0.01)
        cost[:, : round(HEIGHT * low)] = cost[:, round(HEIGHT * high) :] = HEIGHT
        path = seam(cost)
        if crossed(small, path) <= most:
            at = np.linspace(0, len(path) - 1, columns).round().astype(int)
            yield np.arange(rows)[:, None] + 0.5 > path[at] * rows / HEIGHT
