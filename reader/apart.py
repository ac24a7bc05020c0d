"""A digit that stands by itself among what is none: holes of a notebook's paper, the buttons of a
screen, the words of a form, a pen that lies on the paper.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

import preprocessing
from finder.strokes import gaps
from preprocessing import Ink, Region
from reader.classifier import Classifier
from reader.reading import Digit, Reading
from reader.seams import join
from reader.segmentation import SURE

MOST = 60  # regions of a picture, among which a digit is looked for
NEAR = 0.3  # of the larger one's size, how far apart the parts of a group are at most
LESSER = 0.5  # of the digit's size, that others which pass for digits have at most
PEN = 0.6  # of a bar that lies beside it, up to which a digit is the smaller
SPECK = 0.06  # of the digit's size, up to which other ink is dust
BESIDE_PEN = 0.3  # of such a bar, how far away other ink is at least
DOTS = 1.25  # of the digit's size, up to which ink above or below it makes a sign of both
BESIDE, BELOW = 0.5, 1.0  # of the digit's size, how far away other ink is at least ...
NEXT = 0.2  # ... and what is a sign, at its side
A_SIGN = 0.9  # probability that a sign next to a digit is none, and that the digit is right

MARKS = "0", "1"  # what a ring, a box and a line are read as

Found = tuple[Region, Digit]


def by_itself(ink: Ink, classify: Classifier) -> Found | None:
    """The only digit in some ink, if it is sure, and nothing near makes a sign of it."""
    if len(ink.pieces.sizes) < 2:
        return None
    ink = preprocessing.without_underlines(ink) or ink
    digits = _digits(ink, classify)
    by_pen = _beside_pen(digits, ink, classify)
    return by_pen or _only(digits, ink) or _next_to_signs(ink, classify)


def _next_to_signs(ink: Ink, classify: Classifier) -> Found | None:
    """The only digit in some ink, if all else is surely none, as in "+ 5" or "= 7".

    It is no 1, which may be the stem of a letter or a part of a sign.
    """
    regions = preprocessing.split_digits(ink, number=True)
    if len(regions) > MOST:
        return None
    read = classify.digits(regions)
    found = [i for i, digit in enumerate(read) if digit.digit is not None]
    if len(found) != 1 or min(digit.confidence for digit in read) < A_SIGN:
        return None
    region, digit = regions[found[0]], read[found[0]]
    is_told = digit.digit != 1 and is_alone(region, ink, NEXT)
    return (region, replace(digit, line=0)) if is_told else None


def beside_pen(ink: Ink, classify: Classifier) -> Found | None:
    """The only digit beside a 1 that is much larger, if it is sure."""
    if len(ink.pieces.sizes) < 2:
        return None
    return _beside_pen(_digits(ink, classify), ink, classify)


def _beside_pen(digits: list[Found], ink: Ink, classify: Classifier) -> Found | None:
    if not digits or digits[0][1].digit != 1:
        return None
    pen, bare = digits[0][0], _without(ink, digits[0][0])
    other = _only(_digits(bare, classify), bare)
    if other is None or other[1].digit == 1 or other[0].size >= PEN * pen.size:
        return None
    return other


def without_pen(ink: Ink, digits: Sequence[Digit]) -> Ink | None:
    """Some ink without a bar far beside its digits, which are much smaller: a pen that lies on the
    paper, read as a 1. None where there is none.
    """
    sizes = [max(digit.box[2:]) for digit in digits]
    longest = int(np.argmax(sizes)) if sizes else 0
    if not sizes or len(ink.pieces.sizes) < 2 or digits[longest].digit != 1:
        return None
    if any(size > PEN * sizes[longest] for i, size in enumerate(sizes) if i != longest):
        return None
    box = np.round(np.array(digits[longest].box) / ink.scale).astype(np.int32)
    middles = ink.pieces.boxes[:, :2] + ink.pieces.boxes[:, 2:] / 2
    inside = ((middles >= box[:2]) & (middles <= box[:2] + box[2:])).all(1)
    large = ink.pieces.sizes > SPECK * sizes[longest] / ink.scale
    beside = gaps(ink.pieces.boxes[large & ~inside], box)
    if not len(beside) or beside.min() < BESIDE_PEN * box[2:].max():
        return None
    bar = np.r_[False, inside].take(ink.pieces.labels)
    return replace(ink, mask=ink.mask * (1 - bar.astype(np.uint8)))


def is_marked(mark: Reading, other: Reading) -> bool:
    """Whether what was read as a 0 or a 1 is a mark at other digits that are sure: a ring around
    them, or a bar.
    """
    read = [digit for digit in other.digits if digit.digit is not None]
    if not read or min(digit.confidence for digit in read) < SURE:
        return False
    (box,) = (digit.box for digit in mark.digits if digit.digit is not None)
    inner = np.array([digit.box for digit in read])
    if mark.text == "0":
        ends, end = inner[:, :2] + inner[:, 2:], np.add(box[:2], box[2:])
        return bool((inner[:, :2] > box[:2]).all() and (ends < end).all())
    return bool(other.text != "1" and inner[:, 2:].max() < PEN * max(box[2:]))


def _digits(ink: Ink, classify: Classifier) -> list[Found]:
    """What passes for a digit among the groups of pieces, and among the pieces, for a group may be
    several digits; the largest first.
    """
    regions = preprocessing.split_digits(ink, number=True)
    if not 0 < len(regions) <= MOST:
        return []
    candidates = [*groups(regions), *regions]
    classify(candidates)  # all at once
    found = [(region, digit) for region in candidates for digit in classify.digits([region])]
    named = [pair for pair in found if pair[1].digit is not None]
    return sorted(named, key=lambda pair: -pair[0].size)


def _only(digits: list[Found], ink: Ink) -> Found | None:
    """The first of some digits, if there is no other as large but its own parts."""
    if not digits:
        return None
    region, digit = digits[0]
    least = LESSER * region.size
    several = any(r.size > least and not _is_part(r, region) for r, _ in digits[1:])
    if several or digit.confidence < SURE or not is_alone(region, ink):
        return None
    return region, replace(digit, line=0)


def _is_part(part: Region, whole: Region) -> bool:
    low = np.array(part.origin) - whole.origin
    high = low + part.strength.shape[::-1]
    return bool((low >= 0).all() and (high <= whole.strength.shape[::-1]).all())


def groups(regions: Sequence[Region]) -> list[Region]:
    """Lay together what is near each other, as the parts of a broken digit or the letters of a
    word are.
    """
    boxes = np.array([[*r.origin, *r.strength.shape[::-1]] for r in regions])
    sizes = boxes[:, 2:].max(1)
    near = np.stack([gaps(boxes, box) for box in boxes]) < NEAR * np.maximum.outer(sizes, sizes)
    together = np.linalg.matrix_power(near.astype(float), len(regions)) > 0
    return [
        join([regions[i] for i in np.flatnonzero(g).tolist()]) for g in np.unique(together, axis=0)
    ]


def is_alone(region: Region, ink: Ink, beside: float = BESIDE) -> bool:
    """Whether no other ink, specks and what goes around it aside, is near a region: above and below
    it, where signs have their dots, there are none up to a larger distance than beside it.
    """
    low = np.array(region.origin)
    high = low + region.strength.shape[::-1]
    lows, highs = ink.pieces.boxes[:, :2], ink.pieces.boxes[:, :2] + ink.pieces.boxes[:, 2:]
    away = np.maximum(np.maximum(low - highs, lows - high), 0)
    dots = (away[:, 0] == 0) & (ink.pieces.sizes < DOTS * region.size)
    far = np.where(dots, BELOW, beside) * region.size
    inside = ((lows >= low) & (highs <= high)).all(1)
    around = ((lows <= low) & (highs >= high)).all(1)
    others = ~inside & ~around & (ink.pieces.sizes > SPECK * region.size)
    return not (others & (np.hypot(*away.T) < far)).any()


def _without(ink: Ink, region: Region) -> Ink:
    """The same ink without that of a region."""
    (x, y), (h, w) = region.origin, region.strength.shape
    mask = ink.mask.copy()
    mask[y : y + h, x : x + w][region.strength > 0] = 0
    return replace(ink, mask=mask)
