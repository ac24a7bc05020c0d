"""Words among numbers: told by their letters, and left out.

A line of writing goes from numbers to words and back. What the network says of each region speaks
for one or the other, a change costs more within a word than between two, and the likeliest course
of the line is taken (Viterbi 1967).
"""

from collections.abc import Sequence
from itertools import pairwise
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
        odd = [b < LIKELY or len(o.digits) > 1 for o, b in zip(line, believed, strict=True)]
        beside_odd = _beside(line, odd)
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
    said = [0.0] * len(line)
    beside_letter = _beside(line, _are_letters(line, beliefs))
    sure = np.array([len(o.digits) == 1 and b > SURE for o, b in zip(line, beliefs, strict=True)])
    boxes = np.array([(*o.region.origin, *o.region.strength.shape[::-1]) for o in line], float)
    x, top, high = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1], boxes[:, 3]
    for i, outcome in enumerate(line):
        others = np.flatnonzero(sure & (np.arange(len(line)) != i))
        if not outcome.digits or not len(others):
            continue
        near = others[np.argsort(np.abs(x[others] - x[i]))[:2]]
        usual, head = high[near].mean(), top[i] - top[near].mean()
        if beside_letter[i]:
            said[i] += float(np.interp(1 - high[i] / usual, LOWER, SHORT))
        below = min(head, head + high[i] - usual) / usual
        if below > BELOW[0] and _may_descend(outcome, classify):
            slope = _slope(x[others], (top + high / 2)[others])
            falls = slope * (x[i] - x[near].mean()) / usual - FALLS
            said[i] += float(np.interp(below - max(falls, 0.0), BELOW, HANGS))
    return said


def _may_descend(outcome: Outcome, classify: Classifier) -> bool:
    """Whether a region is one digit to the network that a letter below the line looks like."""
    digits = outcome.digits
    return len(digits) == 1 and classify(digits)[0].argmax() in DESCENDERS


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """By how many rows a column a line of digits falls, none where they stand above each other."""
    return float(np.polyfit(x, y, 1)[0]) if np.ptp(x) else 0.0


def _are_letters(line: Sequence[Outcome], beliefs: Sequence[float]) -> list[bool]:
    """Which regions of a line are neither digits nor signs."""
    return [b < LIKELY and not o.is_sign for o, b in zip(line, beliefs, strict=True)]


def _beside(line: Sequence[Outcome], marked: Sequence[bool]) -> list[bool]:
    """Which regions of a line stand close beside one that is marked."""
    found = [False] * len(line)
    for i, pair in enumerate(pairwise(line)):
        if _gap(*pair) < GAPS[1]:
            found[i] |= marked[i + 1]
            found[i + 1] |= marked[i]
    return found


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
