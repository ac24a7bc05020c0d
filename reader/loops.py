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


Span = tuple[int, int]  # first and end of a run of parts


def closed(
    runs: dict[Span, Region],
    regions: Sequence[Region],
    classify: Callable[[Sequence[Region]], NDArray[np.float32]],
    score: Callable[[Region], float],
) -> dict[Span, Region]:
    """The runs of parts of some regions that are most of a zero, each with all of that zero, where
    its score is higher so.
    """
    found = [loop for region in regions for loop in loops(region)]
    names = classify(found).argmax(1) if found else ()
    zeros = [loop for loop, name in zip(found, names, strict=True) if name == 0]
    completed = {}
    for span, run in runs.items():
        candidates = [run, *(zero for zero in zeros if _is_most_of(run, zero))]
        best = max(candidates, key=score) if len(candidates) > 1 else run
        if best is not run:
            completed[span] = best
    return completed


def loops(region: Region) -> list[Region]:
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
