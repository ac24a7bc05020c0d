"""Digits in rings that touch them, as a hand draws around an answer."""

from dataclasses import replace

import numpy as np

from finder.rings import ringed
from finder.strokes import Mask
from preprocessing import Ink, single_piece, split_digits
from reader.classifier import Classifier
from reader.reading import Digit, is_no_edge


def without_rings(ink: Ink, classify: Classifier) -> Ink:
    """Some ink without rings around writing that touches them: around a sure digit that is no 1,
    which may be the slash of a zero, and then around every digit.
    """
    inner = {i: m for i, m in ringed(ink.pieces).items() if not _is_digit(ink, i, classify)}
    read = {i: _digits_in(ink, i, mask, classify) for i, mask in inner.items()}
    if not any(is_no_edge(digit) for digits in read.values() for digit in digits):
        return ink
    bare = ink.mask.copy()
    for i, digits in read.items():
        if any(digit.digit is not None for digit in digits):
            x, y, w, h = ink.pieces.boxes[i]
            bare[y : y + h, x : x + w] &= inner[i] | ~ink.pieces.mask(i)
    return replace(ink, mask=bare)


def _is_digit(ink: Ink, i: int, classify: Classifier) -> bool:
    """Whether a piece is a sure digit with its ring, as an 8 is, and not only a ring."""
    (digit,) = classify.digits([single_piece(ink, np.intp(i))])
    return is_no_edge(digit) and digit.digit != 0


def _digits_in(ink: Ink, i: int, inner: Mask, classify: Classifier) -> list[Digit]:
    """What is in the ring of a piece: one digit or, as in a ring around a row, several."""
    x, y, w, h = ink.pieces.boxes[i]
    cropped = replace(ink, strength=ink.strength[y : y + h, x : x + w], mask=inner)
    one = classify.digits(split_digits(cropped))
    return one if any(map(is_no_edge, one)) else classify.digits(split_digits(cropped, number=True))
