"""Frame ink as MNIST frames its digits: region -> (28, 28)."""

import cv2
import numpy as np

from finder.regions import Region
from finder.strokes import Array, stroke_width

FRAME = 28  # MNIST: pictures are 28x28
BOX = 20  # MNIST: digits fit a 20x20 box
CENTRE = 14  # MNIST: the centre of mass lies at the centre of pixel (14, 14)
OVERSAMPLE = 6  # strokes are widened and placed at 6 times the resolution of the frame
STROKE = (2.1, 4.6)  # frame pixels; MNIST's strokes measure 2.2 (5 %) to 4.4 (95 %)


def center(region: Region) -> Array:
    """Frame a region as MNIST frames its digits: (28, 28) float32 in [0, 1].

    The ink is scaled to a 20-pixel box, very thin and very thick strokes are brought to MNIST's
    width, and the centre of mass is put at the centre (LeCun et al. 1998). Ink that fills the box
    as it is, such as MNIST's own, is moved by whole pixels: to resample it would only blur it.
    """
    tight = _tight(region.strength)
    large = _boxed(tight)
    wide = _normalise_stroke(large)
    if max(tight.shape) == BOX and wide is large:
        return _placed(tight, 1)
    return _placed(wide, OVERSAMPLE)


def _tight(strength: Array) -> Array:
    """Crop to the ink; one empty pixel where there is none."""
    ink = strength > 0.15
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return np.zeros((1, 1), np.float32)
    return strength[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _boxed(tight: Array) -> Array:
    """Scale ink so that its longer side measures BOX * OVERSAMPLE pixels, at full contrast."""
    factor = BOX * OVERSAMPLE / max(tight.shape)
    size = tuple(max(1, round(n * factor)) for n in tight.shape[::-1])
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    large = cv2.resize(np.ascontiguousarray(tight), size, interpolation=how)
    large = np.clip(large, 0, 1)
    return large / max(float(large.max()), 1e-6)


def _normalise_stroke(large: Array) -> Array:
    """Widen thin strokes, thin thick ones, where they lie outside MNIST's range."""
    ink = large > 0.5
    width = stroke_width(ink) / OVERSAMPLE
    wanted = min(max(width, STROKE[0]), STROKE[1])
    if abs(wanted - width) < 0.05 or not ink.any():
        return large
    grow = (wanted - width) / 2 * OVERSAMPLE
    pad = max(1, int(np.ceil(grow)))
    padded = np.pad(ink, pad).astype(np.uint8)
    inside = cv2.distanceTransform(padded, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - padded, cv2.DIST_L2, 3)
    soft = np.clip(inside - outside + grow + 0.5 * OVERSAMPLE / 3, 0, OVERSAMPLE / 3)
    return _boxed(_tight((soft / soft.max()).astype(np.float32))) if soft.max() > 0 else large


def _placed(large: Array, oversample: int) -> Array:
    """Put the ink's centre of mass at the frame's, inside the frame, and reduce to 28x28."""
    side = FRAME * oversample
    frame = np.zeros((side, side), np.float32)
    height, width = large.shape
    total = max(float(large.sum()), 1e-6)
    middle = (CENTRE + 0.5) * oversample
    mass = [
        float(large.sum(1 - axis) @ (np.arange(n) + 0.5)) / total
        for axis, n in enumerate(large.shape)
    ]
    top = min(max(round(middle - mass[0]), 0), side - height)
    left = min(max(round(middle - mass[1]), 0), side - width)
    frame[top : top + height, left : left + width] = large
    reduced = cv2.resize(frame, (FRAME, FRAME), interpolation=cv2.INTER_AREA)
    return np.clip(reduced / max(float(reduced.max()), 1e-6), 0, 1)
