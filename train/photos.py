"""Training pictures on papers and before cameras: brought to a picture, and found there again."""

import cv2
import numpy as np

import preprocessing

Rng = np.random.Generator

CAPTURED = 0.3  # share of the digits and signs
CANVAS = 280  # pixels of the app's canvas


def captured(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Bring some ink to a small, noisy or blurred picture, and find it there as the app does."""
    if rng.random() >= CAPTURED:
        return ink
    picture = _icon(ink, rng) if rng.random() < 0.15 else _photo(ink, rng)
    regions = preprocessing.split_digits(preprocessing.find_ink(picture))
    return regions[0].strength if regions else ink


def _photo(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A small picture of ink on paper, 24 to 110 pixels wide: uint8, the paper is light."""
    small = _small(ink, int(np.exp(rng.uniform(np.log(24), np.log(110)))), rng)
    paper, pen = rng.uniform(150, 255), rng.uniform(0, 100)
    picture = paper + (pen - paper) * small
    if rng.random() < 0.6:
        picture = picture + rng.normal(0, rng.uniform(0.5, 9), picture.shape)
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 80))]
        data = cv2.imencode(".jpg", pixels, quality)[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))
    return pixels


def _small(ink: np.ndarray, side: int, rng: Rng) -> np.ndarray:
    """Ink on `side` pixels, as pens and lenses leave it: (side, side) in [0, 1]."""
    if rng.random() < 0.2:  # drawing programs without anti-aliasing
        small = (cv2.resize(ink, (side, side), interpolation=cv2.INTER_NEAREST) > 0.5).astype(float)
    else:
        small = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.4:
        small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.4, 0.03 * side + 0.4))
    if rng.random() < 0.3:  # pencil and dry pens
        small = small * np.clip(rng.normal(0.8, 0.2, small.shape), 0.2, 1)
    return small


def _icon(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """A digit of 8 to 17 pixels, as old sets of scanned digits have them, and often enlarged."""
    side = int(rng.integers(11, 24))
    small = cv2.resize(ink, (side, side), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.4:
        small = small > rng.uniform(0.15, 0.4) * small.max()
    picture = np.round(255 - 255 * small).astype(np.uint8)
    if rng.random() < 0.7:
        way = cv2.INTER_CUBIC if rng.random() < 0.6 else cv2.INTER_NEAREST
        picture = cv2.resize(picture, (side * int(rng.integers(3, 9)),) * 2, interpolation=way)
    return picture


def framed(ink: np.ndarray) -> np.ndarray:
    """Frame ink as the app does: (28, 28) uint8."""
    frame = preprocessing.center(preprocessing.Region(ink))
    return np.round(frame * 255).astype(np.uint8)


def on_canvas(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Bring a picture to some size and place on a canvas, and find and frame it there as the app
    does: (28, 28) uint8 -> the same. What the app does not find comes back as it is.
    """
    side = int(rng.integers(28, 220))
    top, left = rng.integers(0, CANVAS + 1 - side, 2)
    canvas = np.zeros((CANVAS, CANVAS), np.uint8)
    larger = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
    canvas[top : top + side, left : left + side] = larger
    regions = preprocessing.split_digits(preprocessing.find_ink(255 - canvas))
    return framed(regions[0].strength) if regions else picture
