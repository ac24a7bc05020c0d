"""Closed loops in ink that touches: zeros that share a side with a neighbour, as in 500 written
quickly. No cut leaves both of them whole.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.strokes import stroke_width
from preprocessing import Region
from reader.seams import cropped, join

INK = 0.4  # strength, from which ink closes a loop
HIGH = 0.3  # of the ink's height, that the paper in a loop is high at least
WALL = 0.8  # strokes around that paper, that are the loop's
BESIDE = 0.3  # of a loop's width, up to which a part of the ink begins and ends beside it
MORE = 0.15  # of a loop's ink, up to which a part has other ink: a stroke that leads there
CUT_OUT = 0.7  # of the line's height, that a zero has at least whose sides are cuts ...
SHARED = 0.03, 0.4  # ... and of its ink, that a neighbour which is read without it has

Span = tuple[int, int]  # first and end of a run of parts


def zeros(
    regions: Sequence[Region], classify: Callable[[Sequence[Region]], NDArray[np.float32]]
) -> list[list[Region]]:
    """The closed loops in each region that are zeros to the classifier, each with all its wall."""
    found = [_loops(region) for region in regions]
    every = [loop for loops in found for loop in loops]
    named = iter(classify(every).argmax(1).tolist() if every else ())
    return [[loop for loop in loops if next(named) == 0] for loops in found]


def sides(region: Region, zeros: Sequence[Region], height: float) -> list[float]:
    """Columns of a region through the walls of its zeros at the left and at the right, as high as
    a line's digits: where cuts that cross little ink are not.
    """
    wall = stroke_width(region.strength > INK)
    columns = []
    for zero in zeros:
        if _is_high(zero, height):
            left = zero.origin[0] - region.origin[0]
            columns += [left + wall / 2, left + zero.strength.shape[1] - wall / 2]
    return [x for x in columns if wall < x < region.strength.shape[1] - wall]


def with_whole_zeros(
    runs: dict[Span, Region],
    zeros: Sequence[Region],
    height: float,
    scores: Callable[[Sequence[Region]], Sequence[float]],
) -> dict[Span, Region]:
    """The runs of parts that score higher as something else: those that are most of a zero as all
    of it, and those that have a side of one as what is left of them without it.
    """
    high = [zero for zero in zeros if _is_high(zero, height)]
    offered = {}
    for span, run in runs.items():
        others = [zero for zero in zeros if _is_most_of(run, zero)]
        bare = _without(run, high) if high else None
        if others or bare:
            offered[span] = [run, *others, *([bare] if bare else [])]
    score = iter(scores([region for some in offered.values() for region in some]))  # all at once
    best = {span: max(some, key=lambda _: next(score)) for span, some in offered.items()}
    return {span: region for span, region in best.items() if region is not runs[span]}


def _is_high(zero: Region, height: float) -> bool:
    return zero.strength.shape[0] >= CUT_OUT * height


def _loops(region: Region) -> list[Region]:
    """The closed loops in a region that are high enough for a zero, each with all of its wall."""
    ink = region.strength > INK
    paper = np.pad(~ink, 1, constant_values=True).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    high = stats[:, cv2.CC_STAT_HEIGHT] >= HIGH * len(ink)
    side = 2 * max(1, round(WALL * stroke_width(ink))) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    found = []
    for i in range(1, count):
        if high[i] and i != labels[0, 0]:
            inside = (labels[1:-1, 1:-1] == i).astype(np.uint8)
            found.append(cropped(region, region.strength * cv2.dilate(inside, kernel)))
    return [loop for loop in found if loop is not None]


def _is_most_of(part: Region, loop: Region) -> bool:
    """Whether a part of the ink is a loop but for one side, or for what leads to a neighbour."""
    left, wide = part.origin[0] - loop.origin[0], loop.strength.shape[1]
    right = left + part.strength.shape[1] - wide
    if max(abs(left), abs(right)) >= BESIDE * wide:
        return False
    ink = float(loop.strength.sum())
    return float(join([loop, part]).strength.sum()) - ink < MORE * ink


def _without(part: Region, zeros: Sequence[Region]) -> Region | None:
    """A part of the ink without the sides of zeros in it; None where it has none, or has more."""
    left = part.strength.copy()
    (x, y), (h, w) = part.origin, left.shape
    is_less = False
    for zero in zeros:
        (zero_x, zero_y), (rows, columns) = zero.origin, zero.strength.shape
        x0, x1 = max(x, zero_x), min(x + w, zero_x + columns)
        y0, y1 = max(y, zero_y), min(y + h, zero_y + rows)
        if x0 >= x1 or y0 >= y1:
            continue
        wall = zero.strength[y0 - zero_y : y1 - zero_y, x0 - zero_x : x1 - zero_x] > 0
        window = left[y0 - y : y1 - y, x0 - x : x1 - x]
        share = float(window[wall].sum() / zero.strength.sum())
        if share > SHARED[1]:
            return None
        if share >= SHARED[0]:
            window[wall] = 0
            is_less = True
    return cropped(part, left) if is_less else None
