"""Tell straight lines across the picture, at any angle, from writing: creases, edges of pages."""

from collections.abc import Iterator
from itertools import combinations, islice

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.rules import LEAST_WIDTH, line_in
from finder.strokes import Mask, find_pieces, reaches_rim, stroke_width

THIN = 4.0, 0.03  # pixels, and share of the longer side, that a line is thick at most
INKED = 0.92  # of the way of a line, that has ink on it or beside it
SAMPLES = 200  # points of a way that are looked at
MOST_ENDS = 40  # places at the rim where lines may begin
MOST_LINES = 12  # that are tried: paper is not creased more often
BROAD = 0.5  # of the way, from which it runs through ink that is no line
TIGHT = 0.7  # of the picture, in width and in height, that the ink of a tight crop takes at least
LEAST_LENGTH = 0.3  # of the longer side
LONGER, THINNER = 1.5, 0.6  # than the largest other piece, than its strokes: one of them is asked


def without_creases(mask: Mask, is_photo: bool = False) -> Mask:
    """Take thin straight lines from rim to rim out of a mask of ink, strokes that meet them kept.

    A line is longer than what is written, or thinner: a 1 or a 7's stem in a picture cropped tight
    is neither.

    is_photo: whether a line without any writing is a crease, too, unless the picture is cropped
    tight around it; on a canvas it is a 1.
    """
    for start, end in islice(_ways(mask), MOST_LINES):
        without = _without_line(mask, start, end, is_photo)
        if without is None:
            continue
        alone = is_photo and not without.any() and not _is_cropped_tight(mask)
        if alone or _is_beside_writing(mask, without, start, end):
            mask = without
    return mask


def _ways(mask: Mask) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of points (x, y) at two sides of the rim, with ink all the way between them."""
    ends = _ends(mask)
    if not 2 <= len(ends) <= MOST_ENDS:
        return
    near = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    broad = cv2.erode(mask, np.ones((2 * _thin(mask),) * 2, np.uint8))
    for (side, a), (other, b) in combinations(ends, 2):
        if side == other or np.abs(a - b).max() < LEAST_LENGTH * max(mask.shape):
            continue
        x, y = np.round(np.linspace(a, b, SAMPLES)).astype(int).T
        if near[y, x].mean() >= INKED and broad[y, x].mean() < BROAD:
            yield a, b


def _ends(mask: Mask) -> list[tuple[int, NDArray[np.int64]]]:
    """Middles (x, y) of the short runs of ink along each side of the rim."""
    height, width = mask.shape
    if min(height, width) < LEAST_WIDTH or not reaches_rim(mask):
        return []
    thin = 4 * _thin(mask)  # where a line meets the rim at a sharp angle
    ends = []
    rim = mask[0], mask[-1], mask[:, 0], mask[:, -1]
    for side, line in enumerate(rim):
        steps = np.flatnonzero(np.diff(np.r_[0, line, 0].astype(np.int8)))
        for first, last in steps.reshape(-1, 2):
            if last - first <= thin:
                at, across = (first + last - 1) // 2, (height, width)[side // 2] - 1
                across = across if side % 2 else 0
                ends.append((side, np.array([at, across] if side < 2 else [across, at])))
    return ends


def _thin(mask: Mask) -> int:
    return int(max(THIN[0], THIN[1] * max(mask.shape)))


def _without_line(mask: Mask, start: NDArray, end: NDArray, is_photo: bool) -> Mask | None:
    """The mask without the line between two points of its rim; None where there is none.

    is_photo: whether a line that climbs, which is measured upright, may be as much thicker as that
    makes it. On a canvas such a broad stroke is rather the stem of a 7.
    """
    if abs(end - start)[1] > abs(end - start)[0]:
        turned = _without_line(np.ascontiguousarray(mask.T), start[::-1], end[::-1], is_photo)
        return None if turned is None else np.ascontiguousarray(turned.T)
    if start[0] > end[0]:
        start, end = end, start
    x = np.arange(start[0], end[0] + 1)
    y = np.round(np.interp(x, [start[0], end[0]], [start[1], end[1]])).astype(int)
    thicker = float(np.hypot(*(end - start))) / (end - start)[0] if is_photo else 1.0
    reach = 3 * round(_thin(mask) * thicker)
    rows = y + np.arange(-reach, reach + 1)[:, None]  # a strip along the line, in which it is level
    inside = (rows >= 0) & (rows < len(mask))
    strip = np.where(inside, mask[np.clip(rows, 0, len(mask) - 1), x], 0).astype(np.uint8)
    ink = line_in(strip)
    if ink is None:
        return None
    without = mask.copy()
    columns = np.broadcast_to(x, rows.shape)
    gone = (ink > 0) & inside
    without[rows[gone], columns[gone]] = 0
    return without


def _is_cropped_tight(mask: Mask) -> bool:
    """Whether ink takes nearly all of the picture, in width and in height."""
    return min(np.ptp(at) / n for at, n in zip(np.nonzero(mask), mask.shape, strict=True)) >= TIGHT


def _is_beside_writing(mask: Mask, without: Mask, start: NDArray, end: NDArray) -> bool:
    """Whether a line that was taken out is no part of the writing that is left."""
    pieces = find_pieces(without)
    if not len(pieces.sizes):
        return False
    main = int(np.argmax(pieces.sizes))
    if np.hypot(*(end - start)) > LONGER * pieces.sizes[main]:
        return True
    return stroke_width(mask > without) < THINNER * stroke_width(pieces.labels == main + 1)
