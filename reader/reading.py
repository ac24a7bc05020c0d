"""A reading of one picture: its digits, what is to be said of it, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from finder.strokes import Array
from preprocessing import Ink, Region
from reader.segmentation import SURE

FEW, SURE_NUMBER = 3, 1.25  # digits, and their mean certainty, from which a look is beyond doubt
MORE = 1.0  # certainty, about half a digit's, that a number with more digits has more in all
SCATTERED = 0.5  # of a photo's ink, that is in none of several digits, from which they may be none
NO_INK = "There is nothing to read yet: draw or upload a digit."
NOT_A_DIGIT = "This does not look like a digit."
SEVERAL = "There is more than one digit here: write just one, or choose to read a whole number."


@dataclass(frozen=True)
class Digit:
    """One piece of ink and what was read in it.

    digit: 0 to 9, or None where it is not a digit.
    confidence: calibrated probability in [0, 1] that `digit` is right; for None, that it is none.
    probabilities: (10,) float32, sum 1, of each digit, given that it is one.
    box: x, y, w, h in the picture's pixels.
    line: the line of writing that it stands in, from 0 at the top.
    tensor: (28, 28) float32 in [0, 1], what the network saw.
    heatmap: (28, 28) float32 in [0, 1], where the network found the evidence for its answer (class
        activation map, Zhou et al. 2016), or None for networks without class maps.
    """

    digit: int | None
    confidence: float
    probabilities: Array
    box: tuple[int, int, int, int]
    line: int
    tensor: Array
    heatmap: Array | None


@dataclass(frozen=True)
class Reading:
    """What was read in one picture: `note` is a sentence where something is to be said of it."""

    digits: list[Digit]
    note: str
    ink: Ink
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """The digits read, in reading order; "" where there are none."""
        return "".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The digits read, line by line from the top; lines without any are left out."""
        read = [d for d in self.digits if d.digit is not None]
        return ["".join(str(d.digit) for d in row) for _, row in groupby(read, lambda d: d.line)]


def digit_certainty(reading: Reading) -> float:
    """How sure a reading of one digit is, in [0, 1]; more where it has several."""
    return sum(d.confidence for d in reading.digits if d.digit is not None)


def nines(reading: Reading) -> float:
    """How sure a reading of one digit is, as the logarithm of its odds of being wrong."""
    return -float(np.log10(1 + 1e-6 - min(1.0, digit_certainty(reading))))


def number_certainty(reading: Reading) -> float:
    """How sure a reading of a number is.

    Many doubtful digits, as grain and lines of a paper taken for ink give, are worse than none.
    """
    return float(certainties(reading.digits).sum())


def certainties(digits: list[Digit]) -> Array:
    """How sure each of the digits is that were read: (m,), its nines less one, from -1 to 2."""
    doubts = [1 - d.confidence for d in digits if d.digit is not None]
    return -np.log10(np.array(doubts, np.float32) + np.float32(1e-3)) - 1


def is_beyond_doubt(reading: Reading) -> bool:
    """Whether a number has a few digits, and nothing else, and they are sure on average."""
    count = len(reading.digits)
    return count >= FEW and number_certainty(reading) >= SURE_NUMBER * count


def is_no_edge(digit: Digit) -> bool:
    """Whether a digit is too sure to be an edge, and no 1."""
    return digit.digit not in (None, 1) and digit.confidence >= SURE


def has_more(reading: Reading, other: Reading) -> bool:
    """Whether a number has more digits than another, sure ones, and not only edges."""
    more = sum(map(is_no_edge, reading.digits)) > sum(map(is_no_edge, other.digits))
    return more and number_certainty(reading) >= number_certainty(other) + MORE


def unread(reading: Reading) -> float:
    """How much of the ink is in the box of no digit that was read, in [0, 1]."""
    left = reading.ink.mask.copy()
    for digit in reading.digits:
        if digit.digit is not None:
            x, y, w, h = (round(v / reading.ink.scale) for v in digit.box)
            left[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1] = 0
    return float(left.sum()) / max(1.0, float(reading.ink.mask.sum()))


def may_be_none(reading: Reading) -> bool:
    """Whether no digit of a number is sure but perhaps a 1, which may be an edge in a photo, and it
    is not several sure ones either.
    """
    ones = [d.digit == 1 and d.confidence >= SURE for d in reading.digits]
    are_ones = all(ones) and len(ones) > (0 if reading.ink.is_even else 1)
    return not are_ones and not any(map(is_no_edge, reading.digits))


def is_scattered(reading: Reading) -> bool:
    """Whether several digits of a photo are little of its ink, as of grain, a desk or a shadow."""
    several = sum(digit.digit is not None for digit in reading.digits) > 1
    return several and not reading.ink.is_even and unread(reading) > SCATTERED


def as_reading(regions: Sequence[Region], digits: list[Digit], ink: Ink, number: bool) -> Reading:
    """The reading of a picture's digits, with what is to be said where none was read."""
    return Reading(digits, _note(regions, digits, number), ink)


def _note(regions: Sequence[Region], digits: list[Digit], number: bool) -> str:
    if not digits:
        return NO_INK
    if any(d.digit is not None for d in digits):
        return ""
    return SEVERAL if regions[0].pieces > 1 and not number else NOT_A_DIGIT
