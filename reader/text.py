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
from reader.network import DIGITS
from reader.segmentation import Classifier, Outcome, mean_belief

SURE = -0.05  # log probability of a digit, from which it is no letter that only resembles one ...
LIKELY = -0.7  # ... up to which what is beside a letter may be one, too ...
NONE = -2.3  # ... and up to which what is not left out is no digit either
CLEAR = 0.3  # of the regions of a page that is no grain, that are letters or digits at least
LETTERS = 0.0, 0.15  # share of letters, at most on a page of numbers, at least on one of text
# What letters that look like a digit look like in three of five cases: o, l and i; the gap in
# heights, up to which another letter stands close before one of them
AS_LETTERS, NEAR = (0, 1), 0.12
RAISED = 0.1  # of that one's height, by which its foot is higher at most: signs' are
# What m, n and u come apart into; by the height of digits, how high they are at most
UPRIGHTS, LOW = {1, 7}, 0.85


class _Page(NamedTuple):
    """What speaks for a number: the logarithm of how much likelier it is there than in a word."""

    sign: float  # left out for its form: on a page of text mostly an n or a u
    other: float  # anything else that is left out
    digit: float  # a digit beyond doubt: one letter in four looks like it ...
    as_letter: float  # ... and most of those like a 0 or a 1
    cut: float  # cut into digits beyond doubt ...
    uprights: float  # ... which are all 1s and 7s: many an m is
    space: float  # what a change between numbers and words costs at a space
    uneven: float  # how much the heights of neighbours count: a line of digits may climb


# Chosen on notes drawn from fonts, and from letters by hand, others than those that are measured
NUMBERS = _Page(
    sign=-0.3, other=-1.0, digit=1.2, as_letter=1.2, cut=0.3, uprights=0.3, space=1.9, uneven=0.0
)
TEXT = _Page(
    sign=-2.0, other=-3.0, digit=1.0, as_letter=0.5, cut=-1.3, uprights=-2.3, space=0.15, uneven=1.0
)
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


class _Seen(NamedTuple):
    """A region of a line, the mean log probability that it is its digits, and their names."""

    outcome: Outcome
    belief: float
    names: list[int]

    @property
    def is_sure(self) -> bool:
        """Whether it is one digit beyond doubt."""
        return len(self.names) == 1 and self.belief > SURE

    @property
    def has_uprights(self) -> bool:
        """Whether it comes apart into 1s, or 1s and 7s, as the strokes of an m do."""
        return len(self.names) > 1 and 1 in self.names and UPRIGHTS.issuperset(self.names)

    def is_named(self, names: Sequence[int]) -> bool:
        """Whether it is kept whole, and looks most like one of these digits."""
        return len(self.names) == 1 and self.names[0] in names

    def is_none(self, least: float) -> bool:
        """Whether it is no digit, if one has at least that log probability, and no sign."""
        return self.belief < least and not self.outcome.is_sign

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width and height in pixels at working size."""
        region = self.outcome.region
        return *region.origin, *region.strength.shape[::-1]


Line = Sequence[_Seen]


def numbers_and_words(
    lines: Sequence[Sequence[Outcome]], classify: Classifier
) -> tuple[list[Region], list[Region]]:
    """Return the digits of numbers in reading order, and the regions that words are made of.

    lines: of one picture, each from the left. Where all is words, what is least of all a digit
    stands for them; on a page of doubtful digits and no letters, all are digits.
    """
    seen = [[_seen(outcome, classify) for outcome in line] for line in lines]
    text = _share_of_text(seen)
    page = _Page(*(a + text * (b - a) for a, b in zip(NUMBERS, TEXT, strict=True)))
    marked = [
        (outcome, is_number)
        for line, regions in zip(lines, seen, strict=True)
        for outcome, is_number in zip(line, _in_numbers(regions, page), strict=True)
    ]
    digits = [digit for outcome, is_number in marked if is_number for digit in outcome.digits]
    words = [outcome.region for outcome, is_number in marked if not is_number]
    if digits or not marked:
        return digits, words
    if text > 0.5:
        return [min(words, key=lambda word: mean_belief(classify([word])))], words
    return [digit for outcome, _ in marked for digit in outcome.digits], []


def _seen(outcome: Outcome, classify: Classifier) -> _Seen:
    if not outcome.digits:
        return _Seen(outcome, -np.inf, [])
    believed = classify(outcome.digits)
    return _Seen(outcome, mean_belief(believed), believed[:, :DIGITS].argmax(1).tolist())


def _share_of_text(lines: Sequence[Line]) -> float:
    """How much of a page is text, in [0, 1]: by how many regions are letters, and how many are sure
    digits; a page of grain is mostly neither.
    """
    letters = sum(map(_count_letters, lines))
    digits = sum(region.is_sure for line in lines for region in line)
    if letters + digits <= CLEAR * sum(map(len, lines)):
        return 0.0
    return float(np.interp(letters / (letters + digits), LETTERS, (0.0, 1.0)))


def _count_letters(line: Line) -> int:
    """How many regions of a line are no digits, and no signs, and stand beside others that are no
    sure digits as a sign does not, or on the line close before an l or an o, where signs before and
    behind a number do not; or are the uprights of an m, which is lower than digits.
    """
    odd = _beside(line, [r.belief < LIKELY or len(r.names) > 1 for r in line])
    close = [_is_close_letter(*pair) for pair in pairwise(line)] + [False]
    heights = [region.box[3] for region in line]
    sure = [high for high, region in zip(heights, line, strict=True) if region.is_sure]
    low = LOW * float(np.median(sure or heights))
    return sum(
        (region.is_none(NONE) and (is_odd or is_close)) or (region.has_uprights and high < low)
        for region, is_odd, is_close, high in zip(line, odd, close, heights, strict=True)
    )


def _is_close_letter(before: _Seen, after: _Seen) -> bool:
    """Whether a region stands on the line close before an l or an o, if it is a letter."""
    foot, next_foot = (y + high for _, y, _, high in (before.box, after.box))
    is_raised = next_foot - foot > RAISED * after.box[3]
    return after.is_named(AS_LETTERS) and _gap(before, after) < NEAR and not is_raised


def _in_numbers(line: Line, page: _Page) -> list[bool]:
    """Which regions of a line are in a number, and not in a word."""
    places = _by_place(line)
    number, word = 0.0, -np.inf  # of the likeliest course that ends in one
    stays = []
    for i, region in enumerate(line):
        cost = _change(line[i - 1], region, page) if i else page.space
        still = number + (page.uneven * _even(line[i - 1], region) if i else 0.0)
        stays.append((still >= word - cost, word >= number - cost))
        number, word = max(still, word - cost), max(word, number - cost)
        number += _evidence(region, page) + places[i]
    is_word, states = word > number, []
    for stay in reversed(stays):
        states.append(not is_word)
        is_word = is_word == stay[is_word]
    return states[::-1]


def _evidence(region: _Seen, page: _Page) -> float:
    """What a region by itself says for a number."""
    if not region.names:
        return page.sign if region.outcome.is_sign else page.other
    if len(region.names) > 1:
        surely = page.uprights if region.has_uprights else page.cut
    else:
        surely = page.as_letter if region.is_named(AS_LETTERS) else page.digit
    return max(surely + DOUBT * region.belief, page.other)


def _by_place(line: Line) -> list[float]:
    """What the place and height of each region among sure digits say for a number: letters hang
    below the line, or are lower, where digits do not.
    """
    said = [0.0] * len(line)
    beside_letter = _beside(line, [region.is_none(LIKELY) for region in line])
    sure = np.array([region.is_sure for region in line])
    boxes = np.array([region.box for region in line], float)
    x, top, high = boxes[:, 0] + boxes[:, 2] / 2, boxes[:, 1], boxes[:, 3]
    for i, region in enumerate(line):
        others = np.flatnonzero(sure & (np.arange(len(line)) != i))
        if not region.names or not len(others):
            continue
        near = others[np.argsort(np.abs(x[others] - x[i]))[:2]]
        usual, head = high[near].mean(), top[i] - top[near].mean()
        if beside_letter[i]:
            said[i] += float(np.interp(1 - high[i] / high[near].max(), LOWER, SHORT))
        below = min(head, head + high[i] - usual) / usual
        if below > BELOW[0] and region.is_named(DESCENDERS):
            slope = _slope(x[others], (top + high / 2)[others])
            falls = slope * (x[i] - x[near].mean()) / usual - FALLS
            said[i] += float(np.interp(below - max(falls, 0.0), BELOW, HANGS))
    return said


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """By how many rows a column a line of digits falls, none where they stand above each other."""
    return float(np.polyfit(x, y, 1)[0]) if np.ptp(x) else 0.0


def _beside(line: Line, marked: Sequence[bool]) -> list[bool]:
    """Which regions of a line stand close beside one that is marked."""
    found = [False] * len(line)
    for i, pair in enumerate(pairwise(line)):
        if _gap(*pair) < GAPS[1]:
            found[i] |= marked[i + 1]
            found[i + 1] |= marked[i]
    return found


def _change(before: _Seen, after: _Seen, page: _Page) -> float:
    """What it costs to change from a number to a word, or back, between two neighbours."""
    return float(np.interp(_gap(before, after), GAPS, (WITHIN, page.space)))


def _even(before: _Seen, after: _Seen) -> float:
    """What the heights of two neighbours say for a number, if both are digits and near."""
    if not before.names or not after.names or _gap(before, after) >= GAPS[1]:
        return 0.0
    top, bottom = np.array([(y, y + h) for _, y, _, h in (before.box, after.box)]).T
    shared = (bottom.min() - top.max()) / (bottom.max() - top.min())
    return float(np.interp(shared, SHARED, EVEN))


def _gap(before: _Seen, after: _Seen) -> float:
    """What is between two neighbours, in heights of the higher one."""
    (x, _, wide, high), (next_x, _, _, next_high) = before.box, after.box
    return (next_x - x - wide) / max(high, next_high)
