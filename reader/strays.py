"""What looks like a digit of a number and is none: brackets behind it, lines of the paper, wires of
a notebook's binding, edges of sheets, shadows and fingers.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finder.brackets import MIDDLE, closing
from finder.strokes import stroke_width
from preprocessing import Ink
from reader.reading import Digit, is_no_edge
from reader.segmentation import SURE

THIN = 0.65  # of a pen's strokes and of its ink, up to which what looks like a 1 is a line
# Heights, of the lowest and of the highest sure digit, between which others are digits beside them
LOW, HIGH = 0.55, 1.8
BRACKET = 0.5  # of the height of a bracket behind a number, that its digits have at least
HARDLY = 0.6  # confidence, up to which what stands alone is none
WIDE = 3.0  # heights, of the gap between digits that do not stand beside each other
MANY = 8  # marks alike, that make a notebook's binding at least ...
MOST = 0.6  # ... of those in its row, and of the steps between them, that are even ...
EVEN = 0.12  # ... but for so much of one
RIM = 2  # pixels at working size


def without_closing(digits: Sequence[Digit], ink: Ink) -> list[Digit]:
    """The digits of a number without what is a bracket behind others, as in "7)", and no sure digit
    but perhaps a 1.
    """
    pieces = ink.pieces
    if len(digits) < 2 or all(map(is_no_edge, digits)):
        return list(digits)
    marked = closing(pieces, np.ones(len(pieces.sizes), bool), MIDDLE, BRACKET)
    boxes = pieces.boxes[marked] * ink.scale

    def is_bracket(digit: Digit) -> bool:
        near = np.abs(boxes - digit.box) <= 2 * ink.scale + 1  # a soft edge of a pixel, rounded
        return not is_no_edge(digit) and bool(near.all(1).any())

    return [digit for digit in digits if not is_bracket(digit)]


def without_lines(digits: Sequence[Digit], ink: Ink) -> list[Digit]:
    """The digits of a number without 1s that are lines of the paper: both thinner and fainter than
    the strokes of all that is surely read.
    """
    if not any(digit.digit == 1 for digit in digits):
        return list(digits)
    pens = np.array([_pen(ink, digit) for digit in digits if is_no_edge(digit)])
    if not len(pens):
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
    no sure one beside them and are hardly digits, or of another size than the sure ones, and
    without those that stand alone and are cut off by the rim.

    On the even paper of a drawing nothing is written by chance.
    """
    if ink.is_even:
        return list(digits)
    free = [d for d, bound in zip(digits, _in_binding(digits), strict=True) if not bound]
    written = [part for part in _parts(free) if not _is_cut_off(part, ink)]
    sure = [d for part in written for d in part if is_no_edge(d)]
    if not sure:
        return list(digits)
    return [
        d
        for part in written
        for d in part
        if any(map(is_no_edge, part)) or (_is_likely(part) and is_alike(d, sure))
    ]


def _is_likely(part: Sequence[Digit]) -> bool:
    return max((d.confidence for d in part if d.digit is not None), default=0.0) > HARDLY


def _parts(digits: Sequence[Digit]) -> list[list[Digit]]:
    """Split a number where its lines end, and within them at wide gaps."""
    parts: list[list[Digit]] = []
    for digit in digits:
        before = parts[-1][-1] if parts else None
        if before is None or before.line != digit.line or _gap(before, digit) > WIDE:
            parts.append([])
        parts[-1].append(digit)
    return parts


def _gap(digit: Digit, other: Digit) -> float:
    """What is between two digits beside each other, in heights of the lower one."""
    (x, _, w, h), (left, _, _, high) = digit.box, other.box
    return (left - x - w) / min(h, high)


def _in_binding(digits: Sequence[Digit]) -> NDArray[np.bool_]:
    """Mark (n,) what lies in a row or a column that is mostly one digit again and again, as evenly
    spaced as no hand writes: wires or holes of a notebook's binding.
    """
    values = np.array([-1 if d.digit is None else d.digit for d in digits], int)
    boxes = np.array([d.box for d in digits], float).reshape(-1, 4)
    sizes, middles = boxes[:, 2:], boxes[:, :2] + boxes[:, 2:] / 2
    marked = np.zeros(len(digits), bool)
    for value in np.flatnonzero(np.bincount(values[values >= 0], minlength=1) >= MANY):
        same = values == value
        for along in (0, 1):
            across = middles[:, 1 - along]
            reach = float(np.median(sizes[same, 1 - along])) / 2
            band = np.abs(across - np.median(across[same])) < reach
            wires = band & same
            if wires.sum() >= max(MANY, MOST * band.sum()) and _is_regular(middles[wires, along]):
                marked |= band
    return marked


def _is_regular(places: NDArray[np.floating]) -> bool:
    """Whether most places (n,) are a step, or a few, from the next."""
    gaps = np.diff(np.sort(places))
    steps = gaps / max(float(np.median(gaps)), 1.0)
    return bool((np.abs(steps - steps.round()) < EVEN).mean() > MOST)


def _is_cut_off(part: Sequence[Digit], ink: Ink) -> bool:
    """Whether a part is one digit, and that meets the rim."""
    return len(part) == 1 and is_at_rim(part[0], ink)


def is_clutter(digits: Sequence[Digit], others: Sequence[Digit], ink: Ink) -> bool:
    """Whether more of some digits are unsure, of another size than the sure ones of some others, or
    at the rim than are sure; a sure 1, which may be an edge, is neither.
    """
    sure = [d for d in others if is_no_edge(d)]
    odd = [
        d.digit is None
        or d.confidence < SURE
        or bool(sure and (is_at_rim(d, ink) or not is_alike(d, sure)))
        for d in digits
    ]
    told = sum(is_no_edge(d) and not strange for d, strange in zip(digits, odd, strict=True))
    return told == 0 or told < sum(odd)


def is_alike(digit: Digit, others: Sequence[Digit]) -> bool:
    """Whether a digit is not much lower or higher than all of some others."""
    heights = [other.box[3] for other in others]
    return LOW * min(heights) <= digit.box[3] <= HIGH * max(heights)


def is_at_rim(digit: Digit, ink: Ink) -> bool:
    """Whether a digit meets the picture's rim."""
    x, y, w, h = digit.box
    height, width = (n * ink.scale for n in ink.mask.shape)
    return min(x, y, width - x - w, height - y - h) < RIM * ink.scale
