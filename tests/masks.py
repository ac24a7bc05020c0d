"""Ink of digits and of strokes beside them, for the tests of marks."""

from pathlib import Path

import cv2
import numpy as np

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]

Point = tuple[float, float]


def ink_of(i: int) -> np.ndarray:
    """A digit's ink (180, 180) uint8, 0 or 1, about 120 pixels high."""
    large = cv2.resize(DIGITS[i], (168, 168), interpolation=cv2.INTER_CUBIC) > 127
    return np.pad(large.astype(np.uint8), 6)


def row_of(*picks: int) -> np.ndarray:
    """Digits beside each other with paper around them."""
    return np.pad(np.hstack([ink_of(i) for i in picks]), 80)


def stroke(mask: np.ndarray, points: list[Point], pen: int) -> np.ndarray:
    """The ink (h, w) of a stroke alone, in a mask of the same shape."""
    at = np.round(points).astype(np.int32).reshape(-1, 1, 2)
    return cv2.polylines(np.zeros_like(mask), [at], False, 1, pen)


def box(mask: np.ndarray) -> tuple[int, int, int, int]:
    x, y, w, h = cv2.boundingRect(mask)
    return x, y, w, h


def share(part: np.ndarray, whole: np.ndarray) -> float:
    return float((part & whole).sum() / whole.sum())
