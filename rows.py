"""Rows of writing that stand so close that no gap tells them apart: cut along a seam.

What stands above each other may be one digit that a break went through, or two of different rows.
Nothing about their forms tells: the line is read both ways, and the surer reading is taken.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import cv2
import numpy as np
from numpy.typing import NDArray

from preprocessing import Ink, Region, split_digits
from seams import crossed, seam
from segmentation import SURE, Separator
from strokes import Array, stroke_width

HEIGHT = 64  # pixels; seams are searched on lines reduced to this height
BESIDE = 0.3  # of the lower one's height, that lines share which lie beside each other
BANDS = (0.25, 0.75), (0.4, 0.6)  # of a block's height, that a seam between its rows lies within
MEETS = 1.2  # strokes that a seam crosses, for a stretch as long as the block is high, at most
DEEP = 2  # cuts one after the other: four rows that hang together
LEAST, ENOUGH = 1.25, 1.5  # certainty of rows' digits on average: what it takes, what will do
ALIKE = 0.65  # of the higher row's height, that the lower one has at least
TALL = 1.4  # times as high as sure digits: what may be two above each other
FULL = 0.8  # of a block's height, that what may be two digits above each other has at least

Band = tuple[float, float]
Certainty = Callable[[list[Region]], Array]  # of each digit that is in regions of lines


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
    if separate.is_spent or not _may_be_several(block, separate):
        return block
    rows, sure = block, int(_are_sure(block, separate).sum())
    for cut in _cuts(ink, block, BANDS[:deep]):
        parts = [(half, split_digits(half, number=True)) for half in cut]
        if sum(_are_sure(part, separate).sum() for _, part in parts) <= sure:
            continue  # quickly told: a cut through digits makes none of them sure
        halves = [told_apart(half, part, separate, certainty, deep - 1) for half, part in parts]
        found = _numbered(halves)
        if _are_alike(*halves) and _is_surer(certainty(found), certainty(rows), sure):
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
    heights = [float(np.median([r.strength.shape[0] for r in row])) for row in (upper, lower)]
    return min(heights) >= ALIKE * max(heights)


def _is_surer(one: Array, other: Array, sure: int) -> bool:
    """In all, and not only by having more digits.

    sure: digits that the ink has as it is. What the other leaves out of them counts against it.
    """
    if not len(one) or one.sum() <= other.sum():
        return False
    usual = float(other.sum()) / max(len(other), sure, 1)
    return float(one.mean()) >= min(max(usual, LEAST), ENOUGH)


def _may_be_several(block: list[Region], separate: Separator) -> bool:
    """Whether something is no sure digit, and higher than those that are.

    Where few are, it is enough to be as high as the block: the sure ones may be two above each
    other, too, that look like one.
    """
    if len(block) == 1 and block[0].pieces == 1:
        return False
    sure = _are_sure(block, separate)
    top, bottom = _extent(block)
    heights = np.array([region.strength.shape[0] for region in block])
    high = TALL * float(np.median(heights[sure])) if sure.any() else np.inf
    if 2 * sure.sum() <= len(block):
        high = min(high, FULL * (bottom - top))
    return bool((heights[~sure] >= high).any())


def _cuts(ink: Ink, block: list[Region], bands: Sequence[Band]) -> Iterator[tuple[Ink, Ink]]:
    """The ink of a block above and below seams through its middle, which cross little of it."""
    top, bottom = _extent(block)
    columns = np.flatnonzero(ink.mask[top:bottom].any(0))
    window = np.s_[top:bottom, columns[0] : columns[-1] + 1]
    inside = ink.mask[window]
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
