"""What the network says of regions: frames them, runs it on them, and weighs its answers."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

import preprocessing
from finder.strokes import Array
from preprocessing import FRAME, Region
from reader.network import DIGITS, Network, Once
from reader.reading import Digit
from reader.segmentation import SURE

# Odds of "not a digit", times what they were in training: people ask of all sorts of drawings what
# digit they are, and beside sure digits of a number hardly anything else is written.
ALONE, AMONG_DIGITS = 2.7, 1 / 8


class Classifier:
    """Frames regions and runs the network on them, once on each, in one reading."""

    def __init__(self, network: Network | Once) -> None:
        self._network = network
        # by the id of a region's ink, which is kept, so that no other gets its id: ink, frame,
        # probabilities, class maps
        self._known: dict[int, tuple[Array, Array, Array, Array | None]] = {}

    def __call__(self, regions: Sequence[Region]) -> Array:
        """Probabilities (n, 10 or 11) of the regions' classes."""
        new = [region for region in regions if id(region.strength) not in self._known]
        if new:
            frames = np.stack([preprocessing.center(region) for region in new])
            probabilities, maps = self._network.run(frames)
            for i, region in enumerate(new):
                of_region = None if maps is None else maps[i]
                ink = region.strength
                self._known[id(ink)] = ink, frames[i], probabilities[i], of_region
        return np.stack([self._known[id(region.strength)][2] for region in regions])

    @property
    def seen(self) -> int:
        """How many regions the network was asked about."""
        return len(self._known)

    def digits(self, regions: Sequence[Region]) -> list[Digit]:
        if not regions:
            return []
        believed = self(regions)
        alone = ALONE if len(regions) == 1 else 1.0
        among = _among_digits(regions, believed)
        believed = _weighed(believed, np.where(among, AMONG_DIGITS, alone))
        known = [self._known[id(region.strength)] for region in regions]
        return [
            _digit(region, frame, p, maps)
            for region, (_, frame, _, maps), p in zip(regions, known, believed, strict=True)
        ]


def _among_digits(regions: Sequence[Region], probabilities: Array) -> NDArray[np.bool_]:
    """Mark (n,) what has a sure digit beside it in its line."""
    sure = probabilities[:, :DIGITS].max(1) >= SURE
    _, line = np.unique([region.line for region in regions], return_inverse=True)
    return np.bincount(line, weights=sure)[line] > sure  # others in its line than itself


def _weighed(probabilities: Array, odds: NDArray[np.float64]) -> Array:
    """Probabilities (n, 10 or 11) where "not a digit" is so many times as frequent as it was in
    training (Saerens et al. 2002).
    """
    weighed = probabilities.copy()
    weighed[:, DIGITS:] *= odds.reshape(-1, 1)
    return weighed / weighed.sum(1, keepdims=True)


def _digit(region: Region, frame: Array, probabilities: Array, maps: Array | None) -> Digit:
    ten = probabilities[:DIGITS]
    best = int(ten.argmax())
    none = float(probabilities[DIGITS]) if len(probabilities) > DIGITS else 0.0
    is_digit = none <= float(ten[best])
    answer = best if is_digit else DIGITS
    return Digit(
        digit=best if is_digit else None,
        confidence=float(ten[best]) if is_digit else none,
        probabilities=ten / max(float(ten.sum()), 1e-9),
        box=region.box,
        line=region.line,
        tensor=frame,
        heatmap=None if maps is None else _heatmap(maps[..., answer]),
    )


def _heatmap(class_map: Array) -> Array:
    """Positive evidence of one class, enlarged to the frame and scaled to 1."""
    positive = np.maximum(class_map, 0)
    large = cv2.resize(positive, (FRAME, FRAME), interpolation=cv2.INTER_LINEAR)
    return large / max(float(large.max()), 1e-6)
