"""Words among numbers: told by their letters, and left out.

A line of writing goes from numbers to words and back. What the network says of each region speaks
for one or the other, a change costs more within a word than between two, and the likeliest course
of the line is taken (Viterbi 1967).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from preprocessing import Region
from reader.segmentation import Classifier, Outcome, mean_belief

SURE = -0.05  # log probability of a digit, from which it is no letter that only resembles one ...
LIKELY = -0.7  # ... up to which what is beside a letter may be one, too ...
NONE = -2.3  # ... and up to which what is not left out is no digit either
CLEAR = 0.3  # of the regions of a page that is no grain, that are letters or digits at least
LETTERS = 0.0, 0.1  # share of letters, at most on a page of numbers, at least on one of text


class _Page(NamedTuple):
    """What speaks for a number: the logarithm of how much likelier it is there than in a word."""

    sign: float  # left out for its form: on a page of text mostly an n or a u
    other: float  # anything else that is left out
    digit: float  # a digit beyond doubt: one letter in four looks like it
    cut: float  # cut into digits beyond doubt: many an m is
    space: float  # what a change between numbers and words costs at a space
    uneven: float  # how much the heights of neighbours count: a line of digits may climb


# Chosen on notes drawn from fonts, and from letters by hand, others than those that are measured
NUMBERS = _Page(sign=-0.3, other=-1.0, digit=1.2, cut=0.3, space=1.9, uneven=0.0)
TEXT = _Page(sign=-2.0, other=-3.0, digit=1.0, cut=-1.3, space=0.15, uneven=1.0)
DOUBT = 3.0  # times the log probability of digits
WITHIN = 2.5  # what a change costs within a word ...
GAPS = 0.1, 0.4  # ... whose letters are so near at least, and so far at most, by their height
# Of the height of two digits beside each other, that they share; what speaks for a number
SHARED, EVEN = (0.3, 0.6, 0.8), (-1.5, -0.3, 0.3)
# Of the height of digits beside it, by which a g or a y hangs below them; what that says of one
BELOW, HANGS = (0.2, 0.3), (0.0, -4.0)
DESCENDERS = 4, 8, 9  # what such letters are to the network; 7s may hang, too
FALLS = 0.12  # of that height, up to which it is in doubt whether a line falls
# ... by which what stands at a letter is lower, as o and s are; what that says for a number
LOWER, SHORT = (0.2, 0.3), (0.0, -5.0)


def numbers_and_words(
    lines: Sequence[Sequence[Outcome]], classify: Classifier
) -> tuple[list[Region], list[Region]]:
    """Return the digits of numbers in reading order, and the regions that words are made of.

    lines: of one picture, each from the left. Where all is words, what is least of all a digit
    stands for them; on a page of doubtful digits and no letters, all are digits.
    """
    beliefs = [[_belief(outcome, classify) for outcome in line] for line in lines]
    text = _share_of_text(lines, beliefs)
    page = _Page(*(a + text * (b - a) for a, b in zip(NUMBERS, TEXT, strict=True)))
    marked = [
        (outcome, is_number)
        for line, believed in zip(lines, beliefs, strict=True)
        for outcome, is_number in zip(
            line,
            _in_numbers(line, believed, _by_place(line, believed, classify), page),
            strict=True,
        )
    ]
    digits = [digit for outcome, is_number in marked if is_number for digit in outcome.digits]
    words = [outcome.region for outcome, is_number in marked if not is_number]
    if digits or not marked:
        return digits, words
    if text > 0.5:
        return [min(words, key=lambda word: mean_belief([word], classify))], words
    return [digit for outcome, _ in marked for digit in outcome.digits], []


def _belief(outcome: Outcome, classify: Classifier) -> float:
    return mean_belief(outcome.digits, classify) if outcome.digits else -np.inf


def _share_of_text(lines: Sequence[Sequence[Outcome]], beliefs: Sequence[Sequence[float]]) -> float:
    """How much of a page is text, in [0, 1]: by how many regions are letters, beside others that
    are no sure digits as a sign is not, and how many are sure digits; a page of grain is mostly
    neither.
    """
    letters = digits = regions = 0
    for line, believed in zip(lines, beliefs, strict=True):
        sure = [len(o.digits) == 1 and b > SURE for o, b in zip(line, believed, strict=True)]
        near = [_gap(*pair) < GAPS[1] for pair in zip(line, line[1:], strict=False)]
        odd = [b < LIKELY or len(o.digits) > 1 for o, b in zip(line, believed, strict=True)]
        beside_odd = [False] * len(line)
        for i in np.flatnonzero(near):
            beside_odd[i] |= odd[i + 1]
            beside_odd[i + 1] |= odd[i]
        none = [b < NONE and not o.is_sign for o, b in zip(line, believed, strict=True)]
        letters += sum(a and b for a, b in zip(none, beside_odd, strict=True))
        digits += sum(sure)
        regions += len(line)
    if letters + digits <= CLEAR * regions:
        return 0.0
    return float(np.interp(letters / (letters + digits), LETTERS, (0.0, 1.0)))


def _in_numbers(
    line: Sequence[Outcome], beliefs: Sequence[float], places: Sequence[float], page: _Page
) -> list[bool]:
    """Which regions of a line are in a number, and not in a word."""
    number, word = 0.0, -np.inf  # of the likeliest course that ends in one
    stays = []
    for i, (outcome, belief) in enumerate(zip(line, beliefs, strict=True)):
        cost = _change(line[i - 1], outcome, page) if i else page.space
        still = number + (page.uneven * _even(line[i - 1], outcome) if i else 0.0)
        stays.append((still >= word - cost, word >= number - cost))
        number, word = max(still, word - cost), max(word, number - cost)
        number += _evidence(outcome, belief, page) + places[i]
    is_word, states = word > number, []
    for stay in reversed(stays):
        states.append(not is_word)
        is_word = is_word == stay[is_word]
    return states[::-1]


def _evidence(outcome: Outcome, belief: float, page: _Page) -> float:
    """What a region by itself says for a number."""
    if not outcome.digits:
        return page.sign if outcome.is_sign else page.other
    surely = page.digit if len(outcome.digits) == 1 else page.cut
    return max(surely + DOUBT * belief, page.other)


def _by_place(
    line: Sequence[Outcome], beliefs: Sequence[float], classify: Classifier
) -> list[float]:
    """What the place and height of each region among sure digits say for a number: letters hang
    below the line, or are lower, where digits do not.
    """
    said = np.zeros(len(line))
    sure = np.array([len(o.digits) == 1 and b > SURE for o, b in zip(line, beliefs, strict=True)])
    boxes = np.array([(*o.region.origin, *o.region.strength.shape[::-1]) for o in line], float)
    below, lower = _among(boxes, sure)
    for i in np.flatnonzero(lower > LOWER[0]).tolist():  # quick, and rare
        if line[i].digits and _beside_letter(line, beliefs, i):
            said[i] += np.interp(lower[i], LOWER, SHORT)
    for i in np.flatnonzero(below > BELOW[0]).tolist():
        digits = line[i].digits
        if len(digits) == 1 and classify(digits)[0].argmax() in DESCENDERS:
            falls = _falls(boxes, sure & (np.arange(len(line)) != i), i)
            said[i] += np.interp(below[i] - falls, BELOW, HANGS)
    return said.tolist()


def _among(
    boxes: NDArray[np.float64], sure: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """By how much head and foot of each box (n, 4) both are below, and how much lower it is than,
    the two sure digits nearest to it, by their height: (n,) both; nothing without any.
    """
    (left, top, wide, high), others = boxes.T, np.flatnonzero(sure)
    middle = left + wide / 2
    apart = np.abs(middle[:, None] - middle[others])
    apart[others, np.arange(len(others))] = np.inf  # no region is beside itself
    order = np.argsort(apart, axis=1)[:, :2]
    near, counts = others[order], np.isfinite(np.take_along_axis(apart, order, 1))
    total = np.maximum(counts.sum(1), 1)
    usual = np.where(counts.any(1), (high[near] * counts).sum(1) / total, high)
    head = np.where(counts.any(1), top - (top[near] * counts).sum(1) / total, 0.0)
    return np.minimum(head, head + high - usual) / usual, 1 - high / usual


def _falls(boxes: NDArray[np.float64], others: NDArray[np.bool_], i: int) -> float:
    """By how much of the height of the digits beside a box the line falls towards it, beyond doubt.

    boxes: (n, 4) x, y, w, h. others: (n,) which of them are sure digits.
    """
    x, y, high = boxes[others, 0] + boxes[others, 2] / 2, boxes[others, 1], boxes[others, 3]
    if len(x) < 2 or not np.ptp(x):  # one digit, or what stands above each other
        return 0.0
    here = boxes[i, 0] + boxes[i, 2] / 2
    near = np.argsort(np.abs(x - here))[:2]
    slope = np.polyfit(x, y + high / 2, 1)[0]
    falls = slope * (here - x[near].mean()) / high[near].mean()
    return max(float(falls) - FALLS, 0.0)


def _beside_letter(line: Sequence[Outcome], beliefs: Sequence[float], i: int) -> bool:
    """Whether what stands at a region is neither a digit nor a sign."""
    for j in {max(i - 1, 0), min(i + 1, len(line) - 1)} - {i}:
        is_near = _gap(line[min(i, j)], line[max(i, j)]) < GAPS[1]
        is_digit = line[j].digits and beliefs[j] >= LIKELY
        if is_near and not is_digit and not line[j].is_sign:
            return True
    return False


def _change(before: Outcome, after: Outcome, page: _Page) -> float:
    """What it costs to change from a number to a word, or back, between two neighbours."""
    return float(np.interp(_gap(before, after), GAPS, (WITHIN, page.space)))


def _even(before: Outcome, after: Outcome) -> float:
    """What the heights of two neighbours say for a number, if both are digits and near."""
    if not before.digits or not after.digits or _gap(before, after) >= GAPS[1]:
        return 0.0
    regions = before.region, after.region
    ends = [(r.origin[1], r.origin[1] + r.strength.shape[0]) for r in regions]
    top, bottom = np.array(ends).T
    shared = (bottom.min() - top.max()) / (bottom.max() - top.min())
    return float(np.interp(shared, SHARED, EVEN))


def _gap(before: Outcome, after: Outcome) -> float:
    """What is between two neighbours, in heights of the higher one."""
    (x, _), (high, wide) = before.region.origin, before.region.strength.shape
    return (after.region.origin[0] - x - wide) / max(high, after.region.strength.shape[0])
