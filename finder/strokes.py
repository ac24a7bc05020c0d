"""Connected pieces of ink, and how wide its strokes are."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Mask = NDArray[np.uint8]

MIN_SIDE = 5  # pixels; no digit can be told in less
AS_DARK = 0.75  # of a digit's ink, how dark what belongs to it is at least
BLOB = 0.5  # of its size squared, that the area of a speck is at least, and of strokes is not
USUAL = 0.65  # of what stands in a line is as high as its digits or lower: it may have more ticks
# Neighbours and labels; OpenCV's own choice takes up to three times as long (Grana et al. 2010)
LABELLING = 8, cv2.CV_32S, cv2.CCL_BBDT
MOST = 2000  # pieces; pages of writing have hundreds, and grain is smaller than writing


@dataclass(frozen=True)
class Pieces:
    """Connected pieces of ink: labels (h, w), and per piece its box and area."""

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]  # (n, 4) x, y, w, h; piece i has label i + 1
    areas: NDArray[np.int32]

    @property
    def sizes(self) -> NDArray[np.int32]:
        return self.boxes[:, 2:].max(1)

    def mask(self, i: int | np.intp) -> NDArray[np.bool_]:
        """The ink of piece i, cropped to its box: (h, w)."""
        x, y, w, h = self.boxes[i]
        return self.labels[y : y + h, x : x + w] == i + 1

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which of them are made of strokes, and no specks: (n,)."""
        return self.areas < BLOB * self.sizes**2


def find_pieces(mask: Mask) -> Pieces:
    """Return the connected pieces of a mask, the largest MOST where there are more."""
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, *LABELLING)
    if count - 1 > MOST:
        largest = np.argsort(-stats[1:, 2:4].max(1), kind="stable")[:MOST] + 1
        kept = np.sort(largest)
        number = np.zeros(count, np.int32)
        number[kept] = np.arange(1, MOST + 1)
        labels, stats = number[labels], stats[np.r_[0, kept]]
    return Pieces(labels, stats[1:, :4], stats[1:, cv2.CC_STAT_AREA])


def connected(mask: Mask) -> tuple[int, NDArray[np.int32]]:
    """How many labels the connected pieces of a mask (h, w) have, 0 of the paper, and these."""
    return cv2.connectedComponentsWithAlgorithm(mask, *LABELLING)


def touches_rim(boxes: NDArray[np.int32], shape: tuple[int, int]) -> NDArray[np.bool_]:
    x, y, w, h = boxes.T
    return (x <= 1) | (y <= 1) | (x + w >= shape[1] - 1) | (y + h >= shape[0] - 1)


def extent(pieces: Pieces, group: Sequence[int] | NDArray[np.intp]) -> NDArray[np.int32]:
    """Left, top, right, bottom of a group of pieces: (4,)."""
    if len(group) == 1:  # as most are, and this is asked often
        x, y, w, h = pieces.boxes[group[0]]
        return np.array([x, y, x + w, y + h])
    boxes = pieces.boxes[group]
    return np.concatenate([boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)])


def usual_height(heights: NDArray[np.int32]) -> float:
    """The height of a line's digits, of the heights (n,) of all that stands in it."""
    return float(np.quantile(heights, USUAL))


def gaps(boxes: NDArray[np.int32], main: NDArray[np.int32]) -> NDArray[np.float64]:
    """Distance in pixels from each box to the box `main`, 0 where they overlap."""
    low = np.maximum(boxes[:, :2], main[:2])
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], main[:2] + main[2:])
    return np.hypot(*np.maximum(low - high, 0).T)


def reaches_rim(mask: Mask) -> bool:
    """Whether any ink is where `touches_rim` is true of it."""
    return any(bool(side.any()) for side in (mask[:2], mask[-2:], mask[:, :2], mask[:, -2:]))


def stroke_width(ink: NDArray[np.bool_]) -> float:
    """Mean stroke width in pixels: four times the mean distance of ink to the paper."""
    padded = cv2.copyMakeBorder(ink.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    return 4 * float(distance.sum()) / max(cv2.countNonZero(padded), 1)


def lowest_ink(piece: NDArray[np.bool_]) -> tuple[NDArray[np.intp], float]:
    """The lowest row with ink of each column of a piece (h, w), and how thick ink is there."""
    lowest = len(piece) - 1 - piece[::-1].argmax(0)
    rows = np.arange(len(piece))[:, None]
    gap = np.where(~piece & (rows < lowest), rows, -1).max(0)  # above the lowest run of ink
    return lowest, float(np.median(lowest - gap))


def odd(length: float) -> int:
    """The side of a window with a middle: about so many pixels, an odd number, 3 at least."""
    return max(3, int(length) // 2 * 2 + 1)
