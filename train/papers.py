"""Photos of papers, and what the reader finds on them: digits, and what nobody wrote.

Grain, lines, creases and the edges of shadows are taken for ink now and then. Pieces are found by
the reader's own search for ink, so that the network learns what it would be asked about: what is
on a digit's place keeps its label, what lies apart from all writing is not a digit.
"""

import cv2
import numpy as np

import preprocessing
from preprocessing import Region
from train import render, strings
from train.photos import Rng
from train.render import NOT_A_DIGIT, Sample, Stock

SIDES = 120, 420  # pixels of a photo
MOST = 4  # pieces of one photo, or one page of squares would be a tenth of all
NUMBER = 0.7  # share of photos that several digits are looked for in
OTHERWISE = 0.3  # share of photos that are looked at as unsure ones are
APART = 0.05  # of a piece's ink on writing: up to here it is none
THAT = 0.75  # F1 of a piece's ink with a digit's, from which it is that digit
# What might be a 1: narrower by its length, broken or whole; its way down by its length at least
SLIM, NARROW, STEEP = 0.2, 0.35, 0.5

Array = np.ndarray
# ink (h, w) float32 in [0, 1] of each digit on a photo, where nothing else is, and its label
Writing = list[tuple[Array, int]]


def pieces(stock: Stock, rng: Rng) -> list[tuple[Array, int]]:
    """Photograph a paper with up to three digits: frames (28, 28) uint8 of what is found, and
    labels. What is neither a digit nor clearly none is left out.
    """
    photo, writing = _photo(stock, rng)
    ink = _seen(photo, rng)
    regions = preprocessing.split_digits(ink, number=bool(rng.random() < NUMBER))
    named = [(region, _label(region, writing)) for region in regions]
    picked = rng.permutation([i for i, (_, label) in enumerate(named) if label is not None])
    made = [named[i] for i in picked[:MOST].astype(int)]
    return [(_frame(region), label) for region, label in made if label is not None]


def _seen(photo: Array, rng: Rng) -> preprocessing.Ink:
    others = preprocessing.other_looks(photo) if rng.random() < OTHERWISE else ()
    looks = [preprocessing.find_ink(photo), *others]
    return looks[int(rng.integers(len(looks)))]


def _frame(region: Region) -> Array:
    return np.round(preprocessing.center(region) * 255).astype(np.uint8)


def _label(region: Region, writing: Writing) -> int | None:
    """The digit that a region is, "not a digit", or None where that is not clear."""
    ink = region.strength
    x, y = region.origin
    common = [
        float(np.minimum(ink, written[y : y + ink.shape[0], x : x + ink.shape[1]]).sum())
        for written, _ in writing
    ]
    if sum(common) <= APART * float(ink.sum()):
        return None if _might_be_one(ink > 0.3) else NOT_A_DIGIT
    best = int(np.argmax(common))
    written, label = writing[best]
    f1 = 2 * common[best] / float(ink.sum() + written.sum())
    is_alone = sum(common) - common[best] <= APART * float(ink.sum())
    return label if is_alone and f1 >= THAT else None


def _might_be_one(ink: Array) -> bool:
    """Whether ink (h, w) bool is one slim stroke that does not lie: it might always be a 1."""
    rows = np.flatnonzero(ink.any(1))
    if len(rows) < 2:
        return False
    is_broken = len(rows) < rows[-1] - rows[0] + 1
    (across, along), ways = np.linalg.eigh(np.cov(np.argwhere(ink).T))
    is_slim = across < (SLIM if is_broken else NARROW) ** 2 * along
    return bool(is_slim and abs(ways[0, 1]) > STEEP)


def _photo(stock: Stock, rng: Rng) -> tuple[Array, Writing]:
    """A photo of a paper, (h, w, 3) uint8, and what is written there."""
    shape = int(rng.integers(*SIDES)), int(rng.integers(*SIDES))
    writing = _written(stock, shape, rng)
    pen = np.max([np.zeros(shape, np.float32), *(ink for ink, _ in writing)], axis=0)
    light = _texture(shape, rng) * _light(shape, rng) * _creases(shape, rng)
    covered = np.maximum(rng.uniform(0.05, 0.6) * _lines(shape, rng), rng.uniform(0.2, 0.9) * pen)
    paper = rng.uniform(120, 255) * rng.uniform(0.85, 1, 3)
    return _taken(paper * (light * (1 - covered))[..., None], rng), writing


def _written(stock: Stock, shape: tuple[int, int], rng: Rng) -> Writing:
    """None to three digits by one hand, of one size, anywhere."""
    width, writing = float(rng.uniform(1.2, 4.5)), []
    factor = float(rng.uniform(0.15, 0.6)) * min(shape) / strings.HEIGHT
    for sample in _samples(stock, int(rng.integers(0, 4)), rng):
        ink = strings.sized(render.written(sample, rng, width), rng)
        size = [min(max(2, round(n * factor)), m) for n, m in zip(ink.shape, shape, strict=True)]
        way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        sheet = np.zeros(shape, np.float32)
        top, left = (int(rng.integers(m - n + 1)) for n, m in zip(size, shape, strict=True))
        sheet[top : top + size[0], left : left + size[1]] = cv2.resize(
            ink, (size[1], size[0]), interpolation=way
        )
        writing.append((sheet, sample.label))
    return writing


def _samples(stock: Stock, count: int, rng: Rng) -> list[Sample]:
    if stock.strokes and rng.random() < 0.5:
        return [stock.strokes[i] for i in rng.integers(0, len(stock.strokes), count)]
    picked = rng.integers(0, len(stock.pictures), count)
    return [Sample(int(stock.labels[i]), picture=stock.pictures[i]) for i in picked]


def _texture(shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Grain, fibres, a weave or nothing: (h, w), around 1."""
    kind = int(rng.integers(5))
    depth = rng.uniform(0.005, 0.06)
    if kind == 0:
        return np.ones(shape, np.float32)
    if kind == 1:  # a weave
        yy, xx = np.mgrid[: shape[0], : shape[1]]
        pitch = rng.uniform(3, 14)
        return 1 + depth * (np.sin(2 * np.pi * xx / pitch) * np.sin(2 * np.pi * yy / pitch))
    blur = np.exp(rng.uniform(np.log(0.3), np.log(6), 2))  # along x and y: fibres where they differ
    blur = blur if kind == 2 else np.repeat(blur[:1], 2)
    grain = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), blur[0], sigmaY=blur[1])
    return 1 + depth * grain / max(float(grain.std()), 1e-6)


def _light(shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Even light, or some of a slope, the edge of a shadow, a vignette: (h, w), at most 1."""
    yy, xx = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    light = np.ones(shape)
    if rng.random() < 0.4:
        light *= 1 - rng.uniform(0.1, 0.6) * (_across(xx, yy, rng) + 1) / 2
    if rng.random() < 0.35:  # straight or round, sharp or soft
        bend = rng.uniform(0, 0.6) * rng.integers(2)
        away = _across(xx, yy, rng) + bend * (xx**2 + yy**2) - rng.uniform(-0.6, 0.8)
        soft = float(np.exp(rng.uniform(np.log(0.01), np.log(0.3))))
        light *= 1 - rng.uniform(0.15, 0.65) * np.clip(away / soft, 0, 1)
    if rng.random() < 0.25:
        x, y = rng.uniform(-0.5, 0.5, 2)
        light *= 0.2 + 0.8 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / rng.uniform(0.7, 1.8))
    return light


def _across(xx: np.ndarray, yy: np.ndarray, rng: Rng) -> np.ndarray:
    """From -1 to 1, about, in a random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    return (xx * np.cos(angle) + yy * np.sin(angle)) / (abs(np.cos(angle)) + abs(np.sin(angle)))


def _creases(shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Dark or light folds, each side of them lit otherwise: (h, w), around 1."""
    yy, xx = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    folds = np.ones(shape)
    for _ in range(int(rng.integers(1, 4)) if rng.random() < 0.35 else 0):
        away = _across(xx, yy, rng) - rng.uniform(-0.7, 0.7)
        away += rng.uniform(0, 0.04) * np.sin(rng.uniform(2, 9) * (xx + yy))  # not quite straight
        width = rng.uniform(0.005, 0.03)
        folds *= 1 - rng.uniform(-0.15, 0.35) * np.exp(-((away / width) ** 2))
        folds *= 1 - rng.uniform(0, 0.12) * (away > 0)
    return folds


def _lines(shape: tuple[int, ...], rng: Rng) -> np.ndarray:
    """Nothing, or ruled or squared paper or single lines, a little askew: (h, w) in [0, 1]."""
    lines = np.zeros(shape, np.float32)
    kind = str(rng.choice(["none", "ruled", "squared", "single"]))
    pitch, thick = rng.uniform(0.06, 0.25) * min(shape), int(rng.integers(1, 4))
    slant = rng.uniform(-0.06, 0.06)
    ways = {"none": (), "ruled": (0,), "squared": (0, 1), "single": (int(rng.integers(2)),)}[kind]
    for way in ways:
        long, high = (shape[1], shape[0]) if way == 0 else shape
        starts = np.arange(rng.uniform(0, pitch), high, pitch)
        starts = starts if kind != "single" else rng.choice(starts, 1)
        for start in starts:
            ends = [(0, round(start)), (long, round(start + slant * long * (1 - 2 * way)))]
            a, b = ends if way == 0 else [end[::-1] for end in ends]
            cv2.line(lines, a, b, 1.0, thick, cv2.LINE_AA)
    return lines


def _taken(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Photograph a picture: blur, noise, JPEG; some light on dark. (h, w, 3) uint8."""
    if rng.random() < 0.4:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 3))
    if rng.random() < 0.7:
        picture = picture + rng.normal(0, rng.uniform(0.5, 7), picture.shape[:2])[..., None]
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    pixels = 255 - pixels if rng.random() < 0.2 else pixels
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 90))]
        return np.asarray(cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR))
    return pixels
