"""Lay lines of writing level that climb or fall steeply: a page photographed askew."""

from dataclasses import replace

import cv2
import numpy as np

from finder.ink import Ink
from finder.strokes import Mask

STEEP = 10.0  # degrees, from which lines are laid level; what is less is read as well as it is
STEEPEST, STEP = 40.0, 4.0  # degrees: angles that are tried, how far apart
CLEARER = 1.3  # times as narrow, that lines look along the angle than level
LINES = 200  # bins that ink is counted in, across the lines
ENOUGH = 2000  # pixels of ink that are counted


def straightened(ink: Ink) -> Ink | None:
    """Return ink whose lines of writing lie level, or None where they do already or none show.

    What it finds in shapes that are no lines is any angle: ask it about several digits.
    """
    angle = _tilt(ink.mask)
    return _turned(ink, angle) if abs(angle) >= STEEP else None


def _tilt(mask: Mask) -> float:
    """Degrees by which lines fall to the right, negative where they climb.

    Along lines the ink's projection is most concentrated (Postl 1986).
    """
    found = cv2.findNonZero(mask)
    if found is None:
        return 0.0
    points = found.reshape(-1, 2)[:: -(-len(found) // ENOUGH)].astype(np.float32)
    points -= points.mean(0)
    size = 2 * float(np.hypot(*points.T).max()) + 1

    def concentration(degrees: float) -> float:
        away = np.array([-np.sin(np.radians(degrees)), np.cos(np.radians(degrees))], np.float32)
        counts = np.bincount((LINES * (points @ away / size + 0.5)).astype(int))
        return float(counts @ counts)

    angles = np.arange(-STEEPEST, STEEPEST + STEP, STEP)
    best = max(angles.tolist(), key=concentration)
    return best if concentration(best) >= CLEARER * concentration(0) else 0.0


def _turned(ink: Ink, degrees: float) -> Ink:
    """Turn ink about its middle, on paper as large as it takes."""
    height, width = ink.mask.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    across, along = np.abs(turn[0, :2]), np.abs(turn[1, :2])
    size = int(np.ceil(across @ (width, height))), int(np.ceil(along @ (width, height)))
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    strength, mask = (
        cv2.warpAffine(array, turn, size, flags=how)
        for array, how in ((ink.strength, cv2.INTER_LINEAR), (ink.mask, cv2.INTER_NEAREST))
    )
    back = cv2.invertAffineTransform(turn)
    return replace(ink, strength=strength, mask=mask, back=back)
