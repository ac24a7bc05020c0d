"""Digits of a number in fainter ink than the rest: another pen's, or one that hardly gave any."""

from collections.abc import Sequence
from dataclasses import replace

from preprocessing import Ink, fainter, split_digits
from reader.classifier import Classifier
from reader.network import DIGITS
from reader.reading import Digit

SURE = 0.99  # confidence, from which it is taken
MOST = 60  # regions in fainter ink; more are grain or print
ALIKE = 0.6  # of the higher one's height, that it and the digit beside it have at least, and share
NEAR = 1.0  # of that height, how far beside a digit it stands at most
# Of its box, and of a digit's, that lies in the other at most
COVERED, COVERING = 0.2, 0.5


def with_faint(digits: Sequence[Digit], ink: Ink, classify: Classifier) -> list[Digit]:
    """The digits of a number and fainter ones that are sure beside them, in reading order.

    No 1, which may be any line on the paper or edge of a shadow, and none where the network has no
    class for what is no digit.
    """
    found = list(digits)
    faint = fainter(ink) if any(digit.digit is not None for digit in digits) else None
    regions = split_digits(faint, number=True) if faint is not None else []
    if not 0 < len(regions) <= MOST:
        return found
    if classify(regions).shape[1] == DIGITS:  # a network that has no other word for a shadow
        return found
    for digit in classify.digits(regions):
        if digit.digit in (None, 1) or digit.confidence < SURE or _is_covered(digit, digits):
            continue
        beside = next((d for d in found if d.digit is not None and _is_beside(digit, d)), None)
        if beside is not None:
            place = beside.line, digit.box[0]
            before = sum((d.line, d.box[0]) < place for d in found)
            found.insert(before, replace(digit, line=beside.line))
    return found


def _is_beside(digit: Digit, other: Digit) -> bool:
    """Whether a digit stands beside another one that is as high."""
    (x, y, w, h), (left, top, wide, high) = digit.box, other.box
    higher = max(h, high)
    shared = min(y + h, top + high) - max(y, top)
    away = max(x - left - wide, left - x - w)
    return min(h, high, shared) >= ALIKE * higher and away <= NEAR * higher


def _is_covered(digit: Digit, others: Sequence[Digit]) -> bool:
    """Whether ink of others lies where a digit stands: it is the edge of their strokes, or a frame
    or ring around one.
    """
    x, y, w, h = digit.box
    for left, top, wide, high in (other.box for other in others):
        across, down = min(x + w, left + wide) - max(x, left), min(y + h, top + high) - max(y, top)
        shared = max(across, 0) * max(down, 0)
        if shared > COVERED * w * h or shared > COVERING * wide * high:
            return True
    return False
