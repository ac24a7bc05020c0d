"""What looks like a digit of a number and is none: brackets behind it, lines of the paper, wires of
a notebook's binding, edges of sheets, shadows and fingers.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from marks import closing
from preprocessing import Ink
from reading import Digit, is_no_edge
from strokes import stroke_width

THIN = 0.65  # of a pen's strokes and of its ink, up to which what looks like a 1 is a line
# Heights, of the lowest and of the highest sure digit, between which others are digits beside them
LOW, HIGH = 0.55, 1.8
HARDLY = 0.6  # confidence, up to which what stands alone is none
MANY = 8  # marks alike, that make a notebook's binding at least ...
MOST = 0.6  # ... of those in its line, and of the steps between them, that are even ...
EVEN = 0.12  # ... but for so much of one
RIM = 2  # pixels at working size


def without_closing(digits: Sequence[Digit], ink: Ink) -> list[Digit]:
    """The digits of a number without 1s that are brackets behind others, as in "7)"."""
    pieces = ink.pieces
    if not any(digit.digit == 1 for digit in digits) or len(digits) < 2:
        return list(digits)
    marked = closing(pieces, np.ones(len(pieces.sizes), bool))
    boxes = pieces.boxes[marked] * ink.scale

    def is_bracket(digit: Digit) -> bool:
        return digit.digit == 1 and bool((np.abs(boxes - digit.box) <= 2 * ink.scale).all(1).any())

    return [digit for digit in digits if not is_bracket(digit)]


def without_lines(digits: Sequence[Digit], ink: Ink) -> list[Digit]:
    """The digits of a number without 1s that are lines of the paper: both thinner and fainter than
    the strokes of all that is surely read.
    """
    pens = np.array([_pen(ink, digit) for digit in digits if is_no_edge(digit)])
    if not len(pens) or not any(digit.digit == 1 for digit in digits):
        return list(digits)
    least = THIN * pens.min(0)
    return [d for d in digits if d.digit != 1 or bool((_pen(ink, d) >= least).any())]


def _pen(ink: Ink, digit: Digit) -> tuple[float, float]:
    """Mean stroke width of the ink in a digit's box, in pixels at working size, and strength."""
    x, y, w, h = (round(v / ink.scale) for v in digit.box)
    window = np.s_[max(0, y) : y + h, max(0, x) : x + w]
    inked = ink.mask[window] > 0
    return stroke_width(inked), float(ink.strength[window][inked].mean()) if inked.any() else 0.0


def without_strays(digits: Sequence[Digit], ink: Ink) -> list[Digit]:
    """The digits of a number in a photo without a notebook's binding, and without those that have
    no sure one in their line and are hardly digits, or of another size than the sure ones, and
    without those that stand in no line and are cut off by the rim.

    On the even paper of a drawing nothing is written by chance.
    """
    if ink.is_even:
        return list(digits)
    lines = [[d for d in digits if d.line == line] for line in sorted({d.line for d in digits})]
    written = [line for line in lines if not _is_binding(line) and not _is_cut_off(line, ink)]
    sure = [d for line in written for d in line if is_no_edge(d)]
    if not sure:
        return list(digits)
    told = {digit.line for digit in sure}
    return [
        d
        for line in written
        for d in line
        if d.line in told or (d.confidence > HARDLY and is_alike(d, sure))
    ]


def _is_binding(line: Sequence[Digit]) -> bool:
    """Whether most of a line is one digit again and again, as evenly spaced as no hand writes."""
    value, count = Counter(d.digit for d in line).most_common(1)[0]
    if count < max(MANY, MOST * len(line)):
        return False
    gaps = np.diff([d.box[0] + d.box[2] / 2 for d in line if d.digit == value])
    steps = gaps / np.median(gaps)
    return bool((np.abs(steps - steps.round()) < EVEN).mean() > MOST)


def _is_cut_off(line: Sequence[Digit], ink: Ink) -> bool:
    """Whether a line is one digit, and that meets the rim."""
    return len(line) == 1 and is_at_rim(line[0], ink)


def is_alike(digit: Digit, others: Sequence[Digit]) -> bool:
    """Whether a digit is not much lower or higher than all of some others."""
    heights = [other.box[3] for other in others]
    return LOW * min(heights) <= digit.box[3] <= HIGH * max(heights)


def is_at_rim(digit: Digit, ink: Ink) -> bool:
    """Whether a digit meets the picture's rim."""
    x, y, w, h = digit.box
    height, width = (n * ink.scale for n in ink.mask.shape)
    return min(x, y, width - x - w, height - y - h) < RIM * ink.scale
