"""The fifteen corruptions of MNIST-C (Mu and Gilmer 2019), written anew with OpenCV and NumPy.

Each takes a (28, 28) uint8 digit, white on black, and a generator, and returns the same shape and
dtype. Kinds and strengths are those of the published set; its random numbers cannot be repeated,
so that figures compare with the published ones up to sampling.
"""

from collections.abc import Callable

import cv2
import numpy as np

Rng = np.random.Generator
Corruption = Callable[[np.ndarray, Rng], np.ndarray]
SIDE = 28
MIDDLE = 13.5


def _uint8(x: np.ndarray) -> np.ndarray:
    return np.round(np.clip(x, 0, 1) * 255).astype(np.uint8)


def identity(digit: np.ndarray, rng: Rng) -> np.ndarray:
    return digit


def shot_noise(digit: np.ndarray, rng: Rng) -> np.ndarray:
    return _uint8(rng.poisson(digit / 255 * 3) / 3)


def impulse_noise(digit: np.ndarray, rng: Rng) -> np.ndarray:
    hit, salt = rng.random(digit.shape) < 0.17, rng.random(digit.shape) < 0.5
    return np.where(hit, np.where(salt, 255, 0), digit).astype(np.uint8)


def glass_blur(digit: np.ndarray, rng: Rng) -> np.ndarray:
    """Blur, swap neighbouring pixels, blur."""
    blurred = cv2.GaussianBlur(digit, (0, 0), 0.7)
    for _ in range(2):
        for row in range(SIDE - 1, 1, -1):
            for column in range(SIDE - 1, 1, -1):
                if rng.random() < 0.5:
                    to = row + int(rng.integers(-1, 1)), column + int(rng.integers(-1, 1))
                    swapped = int(blurred[to])
                    blurred[to], blurred[row, column] = blurred[row, column], swapped
    return cv2.GaussianBlur(blurred, (0, 0), 0.7)


def motion_blur(digit: np.ndarray, rng: Rng) -> np.ndarray:
    """Smear to one side, falling off as half a Gaussian of sigma 3."""
    angle = np.deg2rad(rng.uniform(-45, 45))
    weights = np.exp(-0.5 * (np.arange(21) / 3) ** 2)
    smeared = np.zeros(digit.shape)
    for step, weight in enumerate(weights / weights.sum()):
        shift = np.array([[1, 0, step * np.cos(angle)], [0, 1, step * np.sin(angle)]])
        smeared += weight * cv2.warpAffine(digit, shift, (SIDE, SIDE))
    return np.round(smeared).astype(np.uint8)


def _moved(digit: np.ndarray, matrix: np.ndarray, shift: np.ndarray | None = None) -> np.ndarray:
    """Look up each pixel at `matrix` times its place about the middle: (2, 2) matrix."""
    offset = MIDDLE - matrix @ [MIDDLE, MIDDLE] if shift is None else shift
    whole = np.column_stack([matrix, offset])
    return cv2.warpAffine(digit, whole, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def shear(digit: np.ndarray, rng: Rng) -> np.ndarray:
    angle = 0.4 * rng.choice([-1, 1])
    return _moved(digit, np.array([[1, -np.sin(angle)], [0, np.cos(angle)]]))


def scale(digit: np.ndarray, rng: Rng) -> np.ndarray:
    return _moved(digit, np.eye(2) / 0.7)


def rotate(digit: np.ndarray, rng: Rng) -> np.ndarray:
    angle = 0.4 * rng.choice([-1, 1])
    return _moved(
        digit, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    )


def brightness(digit: np.ndarray, rng: Rng) -> np.ndarray:
    return _uint8(digit / 255 + 0.5)


def translate(digit: np.ndarray, rng: Rng) -> np.ndarray:
    return _moved(digit, np.eye(2), 3.0 * rng.choice([-1, 1], 2))


def stripe(digit: np.ndarray, rng: Rng) -> np.ndarray:
    striped = digit.copy()
    striped[:, :7], striped[:, 21:] = 255 - digit[:, :7], 255 - digit[:, 21:]
    return striped


def fog(digit: np.ndarray, rng: Rng) -> np.ndarray:
    """Three parts of fog over one of the digit."""
    return _uint8((digit / 255 + 3 * _plasma(rng)[:SIDE, :SIDE]) / 4)


def _plasma(rng: Rng, side: int = 256, decay: float = 1.4) -> np.ndarray:
    """Diamond-square height map on a torus, in [0, 1] (Fournier, Fussell and Carpenter 1982)."""
    heights = np.zeros((side, side))
    step, wobble = side, 100.0
    while step >= 2:
        half = step // 2
        corners = heights[::step, ::step]
        around = [np.roll(corners, (-i, -j), (0, 1)) for i in (0, 1) for j in (0, 1)]
        mean = np.mean(around, axis=0)
        heights[half::step, half::step] = mean + wobble * rng.uniform(-wobble, wobble, mean.shape)
        centres = heights[half::step, half::step]
        across = (centres + np.roll(centres, 1, 0) + corners + np.roll(corners, -1, 1)) / 4
        down = (centres + np.roll(centres, 1, 1) + corners + np.roll(corners, -1, 0)) / 4
        heights[::step, half::step] = across + wobble * rng.uniform(-wobble, wobble, across.shape)
        heights[half::step, ::step] = down + wobble * rng.uniform(-wobble, wobble, down.shape)
        step, wobble = half, wobble / decay
    heights -= heights.min()
    return heights / heights.max()


def spatter(digit: np.ndarray, rng: Rng) -> np.ndarray:
    """Mud: where smooth noise is high, the digit is covered by a dark gray."""
    noise = cv2.GaussianBlur(rng.normal(0.65, 0.3, digit.shape), (0, 0), 1)
    mud = cv2.GaussianBlur((noise > 0.65).astype(np.float64), (0, 0), 1.5)
    mud[mud < 0.8] = 0
    return _uint8(digit / 255 * (1 - mud) + 63 / 255 * mud)


def _line(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """A soft line between two points of a (28, 28) frame, in [0, 1]."""
    if x0 == x1:
        return np.zeros((SIDE, SIDE))
    x, y = np.arange(SIDE)[None], np.arange(SIDE)[:, None]
    distance = np.abs(y - (y1 - y0) / (x1 - x0) * (x - x0) - y0)
    strength = np.clip(1 + np.log(1 - np.minimum(distance, 2.299) / 2.3), 0, 1)
    return strength * ((x >= np.floor(x0)) & (x < np.ceil(x1)))


def dotted_line(digit: np.ndarray, rng: Rng) -> np.ndarray:
    line = _line(0, int(rng.integers(27)), 27, int(rng.integers(27)))
    gaps = np.arange(SIDE) % 4 < 2
    return _uint8(digit / 255 + line * ~gaps)


def zigzag(digit: np.ndarray, rng: Rng) -> np.ndarray:
    """A zigzag of teeth two pixels high and wide from one side to the other."""
    start = int(rng.integers(27))
    slope = np.arctan(int(rng.integers(-5, 5)) / 23)
    length = 23 / np.cos(slope)
    along = np.array([0.0, *np.arange(2, length - 1, 4), length])
    away = np.array([0.0, *(2.0 * (-1) ** np.arange(len(along) - 2)), 0.0])
    x = 2 + along * np.cos(slope) - away * np.sin(slope)
    y = start + along * np.sin(slope) + away * np.cos(slope)
    corrupted = digit / 255
    for i in range(1, len(x)):
        corrupted = np.minimum(corrupted + _line(x[i - 1], y[i - 1], x[i], y[i]), 1)
    return _uint8(corrupted)


def canny_edges(digit: np.ndarray, rng: Rng) -> np.ndarray:
    smooth = cv2.GaussianBlur(digit, (0, 0), 1)
    return cv2.Canny(smooth, 40, 80, L2gradient=True)


CORRUPTIONS: dict[str, Corruption] = {
    function.__name__: function
    for function in (
        identity, shot_noise, impulse_noise, glass_blur, motion_blur, shear, scale, rotate,
        brightness, translate, stripe, fog, spatter, dotted_line, zigzag, canny_edges,
    )
}  # fmt: skip
