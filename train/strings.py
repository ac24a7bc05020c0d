"""Digits laid side by side, and what a cut between touching ones leaves of them.

The pieces are made by the reader's own `seams.cuts`, so that the network is trained on the
frames it is asked about: pieces that are one digit keep its label, pieces that are half of one, or
one and a half, are not a digit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from finder.strokes import stroke_width
from preprocessing import Region
from reader.seams import cuts, join
from train import photos, render
from train.photos import Rng
from train.render import NOT_A_DIGIT, Sample, Stock

HEIGHT = 64  # pixels of a digit in a line, about
ONE = 0.9  # F1 of a piece's ink with a digit's from which it is that digit; share of a digit's ink
# from which all of it is in a piece
NONE = 0.65  # F1 with every digit up to which it is none
NARROW = 0.4  # width by height; what is narrower might always be a 1
LONGEST = 6  # parts of a piece


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
    return laid(digits, [int(HEIGHT * rng.uniform(0.1, 0.6)) for _ in digits[1:]], rng)


def touching(digits: Sequence[np.ndarray], rng: Rng, share: float = 0.5, deepest: int = 2) -> Line:
    """Lay digits side by side, a share of them, at least one, pushed into the one before by up to
    `deepest` pixels.
    """
    pushed = rng.random(len(digits) - 1) < share
    pushed[int(rng.integers(len(pushed)))] = True
    gaps = [
        -contact(left, right) - int(rng.integers(0, deepest + 1))
        if push
        else int(HEIGHT * rng.uniform(0.05, 0.3))
        for (left, right), push in zip(pairwise(digits), pushed, strict=True)
    ]
    return laid(digits, gaps, rng)


def contact(left: np.ndarray, right: np.ndarray) -> int:
    """By how many pixels two digits' boxes may overlap before their ink meets."""
    rows = min(len(left), len(right))
    free = _free(left[-rows:, ::-1]) + _free(right[-rows:])
    return int(min(free.min(), left.shape[1] // 2, right.shape[1] // 2))


def _free(ink: np.ndarray) -> np.ndarray:
    """Per row, the pixels before the first ink."""
    solid = ink > 0.5
    return np.where(solid.any(1), solid.argmax(1), 999)


def laid(digits: Sequence[np.ndarray], gaps: Sequence[int], rng: Rng) -> Line:
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


def linked(digits: Sequence[np.ndarray], rng: Rng) -> Line:
    """Lay digits side by side, each joined to the next by a pen that was not lifted."""
    line = laid(digits, [int(HEIGHT * rng.uniform(-0.05, 0.3)) for _ in digits[1:]], rng)
    for (left, x, y), (right, x_next, y_next) in pairwise(line.digits):
        start = _tip(left[:, ::-1], rng) * (-1, 1) + np.array([x + left.shape[1] - 1, y])
        end = _tip(right, rng) + np.array([x_next, y_next])
        middle = (start + end) / 2 + np.array([0, HEIGHT * rng.uniform(-0.03, 0.12)])
        points = np.round(np.array([start, middle, end])).astype(np.int32).reshape(-1, 1, 2)
        wide = max(1, round(stroke_width(left > 0.5)))
        cv2.polylines(line.ink, [points], False, 1.0, wide, cv2.LINE_AA)
    return line


def _tip(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """The leftmost ink, x and y, in an upper part of a digit."""
    free = _free(ink[: max(2, round(len(ink) * rng.uniform(0.1, 0.5)))])
    y = int(free.argmin())
    return np.array([float(min(free[y], ink.shape[1] - 1)), y])


def pieces(stock: Stock, rng: Rng) -> list[tuple[np.ndarray, int]]:
    """Cut a few touching digits: frames (28, 28) uint8 of whole digits, and of ones cut wrongly."""
    hands = _digits(stock, int(rng.integers(2, 4)), rng)
    digits = [ink for ink, _ in hands]
    deepest = 2 if rng.random() < 0.7 else 8
    line = linked(digits, rng) if rng.random() < 0.4 else touching(digits, rng, 1, deepest)
    rows, columns = np.flatnonzero(line.ink.any(1)), np.flatnonzero(line.ink.any(0))
    origin = (int(columns[0]), int(rows[0]))
    whole = Region(line.ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], origin)
    parts = [part for part, _ in cuts(whole, HEIGHT)]
    spans = [
        join(parts[first:end])
        for first in range(len(parts))
        for end in range(first + 1, min(first + LONGEST, len(parts)) + 1)
    ]
    common = np.array([[_common(span, digit) for digit in line.digits] for span in spans])
    ink = np.array([float(span.strength.sum()) for span in spans])
    whole_ink = np.array([float(digit.sum()) for digit, _, _ in line.digits])
    scores = 2 * common / (ink[:, None] + whole_ink)  # F1
    made = [
        (spans[int(scores[:, i].argmax())], label)
        for i, (_, label) in enumerate(hands)
        if scores[:, i].max() >= ONE
    ]
    wide = np.array([s.strength.shape[1] > NARROW * s.strength.shape[0] for s in spans])
    several = (common >= ONE * whole_ink).sum(1) > 1
    for wrong in (scores.max(1) <= NONE, several, several):
        picks = np.flatnonzero(wide & wrong)
        if len(picks):
            made.append((spans[int(rng.choice(picks))], NOT_A_DIGIT))
    return [(photos.framed(region.strength), label) for region, label in made]


def _digits(stock: Stock, count: int, rng: Rng) -> list[tuple[np.ndarray, int]]:
    """Digits as one person would write them in a line, pictures or strokes, with one pen: some all
    zeros, some with a one, which is easily taken for a bit of its neighbour.
    """
    drawn = bool(stock.strokes) and rng.random() < 0.4
    width = float(rng.uniform(1.2, 4.5))
    zeros = np.flatnonzero(stock.labels == 0) if not drawn and rng.random() < 0.3 else ()
    ones = np.flatnonzero(stock.labels == 1)
    one = int(rng.integers(count)) if len(ones) and not len(zeros) and rng.random() < 0.4 else None
    made = []
    for place in range(count):
        if drawn:
            sample = stock.strokes[int(rng.integers(len(stock.strokes)))]
        else:
            of = ones if place == one else zeros
            i = int(rng.choice(of) if len(of) else rng.integers(len(stock.pictures)))
            sample = Sample(int(stock.labels[i]), picture=stock.pictures[i])
        made.append((sized(render.written(sample, rng, width), rng), sample.label))
    return made


def _common(region: Region, digit: tuple[np.ndarray, int, int]) -> float:
    """The ink that a region and a digit have in common."""
    ink, x, y = digit
    dx, dy = region.origin[0] - x, region.origin[1] - y
    height, width = ink.shape
    mine = region.strength[max(0, -dy) : height - dy, max(0, -dx) : width - dx]
    theirs = ink[max(0, dy) :, max(0, dx) :][: mine.shape[0], : mine.shape[1]]
    mine = mine[: theirs.shape[0], : theirs.shape[1]]
    return float(np.minimum(mine, theirs).sum())
