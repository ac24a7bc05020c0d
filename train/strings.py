"""Digits laid side by side, and what a cut between touching ones leaves of them.

The pieces are made by the reader's own `segmentation.cuts`, so that the network is trained on the
frames it is asked about: pieces that are one digit keep its label, pieces that are half of one, or
one and a half, are not a digit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

import segmentation
from preprocessing import Region
from train import render
from train.render import NOT_A_DIGIT, Rng, Sample, Stock

HEIGHT = 64  # pixels of a digit in a line, about
ONE = 0.9  # F1 of a piece's ink with a digit's from which it is that digit
NONE = 0.65  # F1 with every digit up to which it is none
NARROW = 0.4  # width by height; what is narrower might always be a 1
Gap = Callable[[np.ndarray, np.ndarray], int]


@dataclass(frozen=True)
class Line:
    """A line of digits: ink (h, w) float32 in [0, 1], and each digit's ink, left and top."""

    ink: np.ndarray
    digits: list[tuple[np.ndarray, int, int]]


def sized(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Crop to the ink and scale to about HEIGHT, each digit a little otherwise."""
    x, y, w, h = cv2.boundingRect((ink > 0.1).astype(np.uint8))
    # lying strokes are not blown up to a digit's height
    factor = HEIGHT * rng.uniform(0.85, 1.15) / max(h, 0.6 * w)
    size = (max(2, round(w * factor)), max(2, round(h * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.clip(cv2.resize(ink[y : y + h, x : x + w], size, interpolation=how), 0, 1)


def spaced(digits: Sequence[np.ndarray], rng: Rng) -> Line:
    """Lay digits side by side with a gap between their boxes."""
    return _laid(digits, [int(HEIGHT * rng.uniform(0.1, 0.6)) for _ in digits[1:]], rng)


def touching(digits: Sequence[np.ndarray], rng: Rng, share: float = 0.5) -> Line:
    """Lay digits side by side, a share of them, at least one, pushed into the one before."""
    pushed = rng.random(len(digits) - 1) < share
    pushed[int(rng.integers(len(pushed)))] = True
    gaps = [
        -_contact(left, right) - int(rng.integers(0, 3))
        if push
        else int(HEIGHT * rng.uniform(0.05, 0.3))
        for (left, right), push in zip(pairwise(digits), pushed, strict=True)
    ]
    return _laid(digits, gaps, rng)


def _contact(left: np.ndarray, right: np.ndarray) -> int:
    """By how many pixels two digits' boxes may overlap before their ink meets."""
    rows = min(len(left), len(right))
    free = _free(left[-rows:, ::-1]) + _free(right[-rows:])
    return int(min(free.min(), left.shape[1] // 2, right.shape[1] // 2))


def _free(ink: np.ndarray) -> np.ndarray:
    """Per row, the pixels before the first ink."""
    solid = ink > 0.5
    return np.where(solid.any(1), solid.argmax(1), 999)


def _laid(digits: Sequence[np.ndarray], gaps: Sequence[int], rng: Rng) -> Line:
    """Lay digits on one base line, a little unevenly, with a digit's height around them."""
    width = sum(d.shape[1] for d in digits) + sum(gaps) + 2 * HEIGHT
    ink = np.zeros((2 * HEIGHT + HEIGHT // 2, width), np.float32)
    placed, x = [], HEIGHT
    for digit, gap in zip(digits, [0, *gaps], strict=True):
        x += gap
        y = 2 * HEIGHT - len(digit) + int(rng.integers(-3, 4))
        window = ink[y : y + len(digit), x : x + digit.shape[1]]
        np.maximum(window, digit[: len(window), : window.shape[1]], out=window)
        placed.append((digit, x, y))
        x += digit.shape[1]
    return Line(ink, placed)


def pieces(stock: Stock, rng: Rng) -> list[tuple[np.ndarray, int]]:
    """Cut a few touching digits: frames (28, 28) uint8 of whole digits, and of ones cut wrongly."""
    hands = _digits(stock, int(rng.integers(2, 4)), rng)
    line = touching([ink for ink, _ in hands], rng, share=1)
    rows, columns = np.flatnonzero(line.ink.any(1)), np.flatnonzero(line.ink.any(0))
    origin = (int(columns[0]), int(rows[0]))
    whole = Region(line.ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], origin)
    parts = [part for part, _ in segmentation.cuts(whole, HEIGHT)]
    spans = [
        segmentation.join(parts[first:end])
        for first in range(len(parts))
        for end in range(first + 1, min(first + 4, len(parts)) + 1)
    ]
    scores = np.array([[_f1(span, digit) for digit in line.digits] for span in spans])
    made = [
        (spans[int(scores[:, i].argmax())], label)
        for i, (_, label) in enumerate(hands)
        if scores[:, i].max() >= ONE
    ]
    wrong = [
        span
        for span, score in zip(spans, scores, strict=True)
        if score.max() <= NONE and span.strength.shape[1] > NARROW * span.strength.shape[0]
    ]
    if wrong:
        made.append((wrong[int(rng.integers(len(wrong)))], NOT_A_DIGIT))
    return [(render.framed(region.strength), label) for region, label in made]


def _digits(stock: Stock, count: int, rng: Rng) -> list[tuple[np.ndarray, int]]:
    """Digits as one person would write them in a line: pictures or strokes, with one pen."""
    drawn = bool(stock.strokes) and rng.random() < 0.4
    width = float(rng.uniform(1.2, 4.5))
    made = []
    for _ in range(count):
        if drawn:
            sample = stock.strokes[int(rng.integers(len(stock.strokes)))]
            ink = render.drawn(sample.strokes, rng, width)
        else:
            i = int(rng.integers(len(stock.pictures)))
            sample = Sample(int(stock.labels[i]), picture=stock.pictures[i])
            ink = render.rewritten(sample, rng)
        made.append((sized(ink, rng), sample.label))
    return made


def _f1(region: Region, digit: tuple[np.ndarray, int, int]) -> float:
    """Harmonic mean of the shares of a region's and a digit's ink that they have in common."""
    ink, x, y = digit
    dx, dy = region.origin[0] - x, region.origin[1] - y
    height, width = ink.shape
    mine = region.strength[max(0, -dy) : height - dy, max(0, -dx) : width - dx]
    theirs = ink[max(0, dy) :, max(0, dx) :][: mine.shape[0], : mine.shape[1]]
    mine = mine[: theirs.shape[0], : theirs.shape[1]]
    common = float(np.minimum(mine, theirs).sum())
    return 2 * common / max(float(region.strength.sum()) + float(ink.sum()), 1e-6)
