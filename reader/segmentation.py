"""Take writing apart into single digits: what to cut, what to join, what to leave out.

Over-segmentation and the best path: doubtful ink is cut wherever a cut crosses little ink, every
run of neighbouring parts is offered to the classifier, and the sequence that it believes in most
wins (cf. Casey and Lecolinet 1996). Confident digits are left alone, so that most numbers take
one pass of the network and the rest two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finder.strokes import Array
from preprocessing import Region
from reader.loops import sides, with_whole_zeros, zeros
from reader.seams import cuts, join
from reader.signs import are_signs

# (n, 10 or 11) calibrated probabilities of n regions
Classifier = Callable[[Sequence[Region]], NDArray[np.float32]]

SURE = 0.95  # a region read with this confidence is not cut, nor joined with another
SURE_IF_WIDE = 0.995  # the same of ink wider than high, which is more often two digits
TAKEN_APART = -0.3  # the mean of a line without one sure digit, from which its ink may be cut
HANGING = 0.4  # strokes crossed by the cuts between 1s, from which they are a zigzag
NARROW = 0.6  # width by height up to which a region is no two digits
MAX_PARTS = 10  # parts joined to one digit at most
CUT = 0.4  # log probability that a cut costs for each stroke it crosses
PER_DIGIT = 0.2  # log probability that one more digit costs; fitted on composed strings
# Score that a digit loses for each e-fold of doubt above the usual: a piece that is read at 0.97 is
# more often a digit and a bit of another than a digit.
DOUBT = 0.1
USUAL_DOUBT, LEAST_DOUBT = 0.004, 0.003  # 1 - probability of a well written digit; what is noise
TRIES = 1000  # runs of parts tried on a page of which nothing comes
PAID = 25  # more of them for each sure digit found: one that touches others takes about 20 ...
MOST = 4000  # ... but so many in all: 200 digits that touch
REGIONS = 2000  # read of a picture, from which it is not looked at otherwise
LEAST_HEIGHT, LEAST_ONE = 0.65, 0.85  # of the line's height: of a digit, of a 1
LOW = 6.0  # log probability that a digit loses for each line's height that it lacks of these
NO_DIGIT = 0.9  # probability that it is none, from which what looks like one sign is left out ...
SIGN, LOW_SIGN = -1.5, -0.5  # ... at this log probability, and where it is lower than digits
LOWER = 0.8  # of the line's height, that such a low sign is high at most
SIGN_WIDE, LOW_SIGN_WIDE = 1.3, 1.5  # width by height up to which it is no several digits
OF_FORM = -1.0  # the same of what has a sign's form, and no digit's score: it may be half of one
ARROW, ARROW_WIDE = -2.0, 4.0  # the same of what is wider, and too low for digits
# Log probability that it costs to join a sure digit with what is apart from it: for each line's
# height beyond so much of a gap
FAR, GAP = 8.0, 0.1
LEFT_OUT = -5.0  # log probability that leaving out a part as high as the line costs


class Outcome(NamedTuple):
    """What a region is separated into: digits, or none where it is left out, as a sign or not."""

    region: Region
    digits: list[Region]
    is_sign: bool = False

    def in_line(self, number: int) -> "Outcome":
        """The same in another line."""
        if self.region.line == number:
            return self
        digits = [replace(digit, line=number) for digit in self.digits]
        return Outcome(replace(self.region, line=number), digits, self.is_sign)


class _Part(NamedTuple):
    """What is between two cuts: its ink, strokes crossed by the cut before it, and its doubt."""

    region: Region
    crossed: float
    doubtful: bool


def separate(regions: Sequence[Region], classify: Classifier) -> list[Region]:
    """Return one region a digit, in reading order, from regions of touching and broken digits.

    regions: in reading order, lines numbered. Ink that is best left out, such as signs, is left
    out; of a line with nothing else its surest region is kept.
    """
    return Separator(classify)(regions)


@dataclass
class Tries:
    """How many more runs of parts are tried on a picture.

    Each sure digit more that comes of it pays for others: a page of touching digits is tried to its
    end, and grain and letters are soon left as they are. Scribbles have digits in them, too, and so
    there is an end.

    regions: how many more are read, until the picture has been looked at often enough.
    """

    left: int = TRIES
    most: int = MOST
    regions: int = REGIONS

    def spend(self, tried: int, found: int = 0) -> None:
        """Take off what was tried, and add what the sure digits found by it pay for."""
        self.most -= tried
        self.left = min(self.left + PAID * found - tried, self.most)


class Separator:
    """Separates the ink of one picture into digits.

    A line is separated once, however often it is asked for: pages that are compared share most of
    their lines.
    """

    def __init__(self, classify: Classifier, tries: Tries | None = None) -> None:
        self.classify = classify
        self._tries = tries or Tries()
        # by the ids of their inks, which are held beside, so that no other gets one of them
        self._known: dict[tuple[int, ...], tuple[list[Region], list[Outcome]]] = {}

    @property
    def is_spent(self) -> bool:
        """Whether nothing more is tried on this picture."""
        return self._tries.left <= 0

    def charge(self, tried: int) -> None:
        """Count what was tried elsewhere, of this picture."""
        self._tries.spend(tried)

    def __call__(self, regions: Sequence[Region]) -> list[Region]:
        """Return one region a digit, as `separate` does."""
        return _digits([outcome for line in self.outcomes(regions) for outcome in line])

    def outcomes(self, regions: Sequence[Region]) -> list[list[Outcome]]:
        """Return what each region of each line is separated into."""
        if not regions:
            return []
        self.classify(regions)  # all at once
        return [self._separated(list(line)) for _, line in groupby(regions, key=lambda r: r.line)]

    def _separated(self, line: list[Region]) -> list[Outcome]:
        """Separate one line of writing, or take what it was separated into before."""
        inks = tuple(id(region.strength) for region in line)
        if inks not in self._known:
            outcomes, tried = _line(line, self.classify, self._tries.left)
            if tried:
                self._tries.spend(tried, self._sure(_digits(outcomes)) - self._sure(line))
            self._known[inks] = line, outcomes
        return [outcome.in_line(line[0].line) for outcome in self._known[inks][1]]

    def _sure(self, regions: list[Region]) -> int:
        """How many regions are a digit beyond doubt."""
        return int((self.classify(regions)[:, :10].max(1) >= SURE).sum())


def _digits(outcomes: Sequence[Outcome]) -> list[Region]:
    return [digit for outcome in outcomes for digit in outcome.digits]


def _line(regions: list[Region], classify: Classifier, most: int) -> tuple[list[Outcome], int]:
    """Separate one line of writing, or leave it where there are more than `most` runs to try.

    Returns what the regions are separated into and how many runs were tried.
    """
    as_they_are = [Outcome(region, [region]) for region in regions]
    believed = classify(regions)
    height = float(np.median([r.strength.shape[0] for r in regions]))
    pairs = list(zip(regions, believed, strict=True))
    sure = [_is_sure(r, p, height) for r, p in pairs]
    signs = are_signs(regions, believed)
    if (all(sure) and not signs.any()) or most <= 0:
        return as_they_are, 0
    parts, whole, seen = _taken_apart(regions, sure, signs, height, classify)
    spans = sorted({*whole, *_spans(parts, height)})
    if len(spans) > most:
        return as_they_are, len(regions) - sum(sure)  # cut in vain, as long as to read it
    joined = {(first, end): join([p.region for p in parts[first:end]]) for first, end in spans}
    classify(list(joined.values()))  # all at once
    within = {span: run for span, run in joined.items() if span not in whole}
    joined |= with_whole_zeros(within, seen, height, lambda some: _scores(some, classify, height))
    offers = {}
    for span, p in zip(spans, classify(list(joined.values())), strict=True):
        score, is_digit = _score(joined[span], p, height)
        cost = CUT * parts[span[0]].crossed + _far(parts[span[0] : span[1]], height)
        offers[span] = score - cost, is_digit
    for (region, p), span, is_sign in zip(pairs, whole, signs, strict=True):
        left_out = _sign(region, p, height), False
        offers[span] = (OF_FORM, False) if is_sign else max(offers[span], left_out)
    path = _best_path(len(parts), offers)
    outcomes: list[Outcome] = []
    for region, (first, end), is_sign in zip(regions, whole, signs, strict=True):
        runs = [run for run in path if first <= run[0] < end]
        digits = [joined[run] for run in runs]
        zigzag = _is_zigzag(digits, [parts[start].crossed for start, _ in runs], classify)
        if digits or not any(start < first < stop for start, stop in path):  # joined with others
            outcomes.append(Outcome(region, [region] if zigzag else digits, bool(is_sign)))
    best = _digits(outcomes)
    is_cut = len(best) > len(regions) and not any(sure)  # letters come apart into digits, too
    if is_cut and mean_belief(classify(best)) < TAKEN_APART:
        return as_they_are, len(spans)
    if not best:
        surest = int(believed[:, :10].max(1).argmax())
        outcomes[surest] = as_they_are[surest]
    return outcomes, len(spans)


def mean_belief(believed: Array) -> float:
    """Mean log probability of what regions look most like, by their probabilities (n, 10 or 11)."""
    return float(np.log(believed[:, :10].max(1) + 1e-6).mean())


def _far(run: list[_Part], height: float) -> float:
    """What it costs to join a sure digit with something that is not beside it: the hook of a tick
    is no part of the digit before it.
    """
    if len(run) == 1 or all(part.doubtful for part in run):
        return 0.0
    ends = [part.region.origin[0] + part.region.strength.shape[1] for part in run]
    gap = max(part.region.origin[0] - max(ends[:i]) for i, part in enumerate(run[1:], 1))
    return FAR * max(0.0, gap / height - GAP)


def _taken_apart(
    regions: list[Region],
    sure: list[bool],
    signs: NDArray[np.bool_],
    height: float,
    classify: Classifier,
) -> tuple[list[_Part], list[tuple[int, int]], list[Region]]:
    """Cut what is doubtful: the parts, for each region the run of parts that is all of it, and the
    zeros in what is cut.
    """
    narrow = [r.strength.shape[1] < NARROW * r.strength.shape[0] for r in regions]
    kept = np.array(sure) | signs | narrow
    seen = zeros([r for r, keep in zip(regions, kept, strict=True) if not keep], classify)
    left, parts, whole = iter(seen), list[_Part](), []
    for region, keep, certain, is_sign in zip(regions, kept, sure, signs, strict=True):
        found = [(region, 0.0)] if keep else cuts(region, height, sides(region, next(left), height))
        whole.append((len(parts), len(parts) + len(found)))
        parts += [_Part(part, crossed, is_sign or not certain) for part, crossed in found]
    return parts, whole, [zero for some in seen for zero in some]


def _is_sure(region: Region, probabilities: Array, height: float) -> bool:
    """Whether a region is one digit beyond doubt, by the classifier and by its proportions."""
    rows, columns = region.strength.shape
    return (
        float(probabilities[:10].max()) >= (SURE if columns <= rows else SURE_IF_WIDE)
        and columns < 1.5 * max(rows, 0.7 * height)
        and rows >= LEAST_HEIGHT * height
    )


def _is_zigzag(digits: list[Region], crossed: list[float], classify: Classifier) -> bool:
    """Whether a region is three 1s or more that hang together by their strokes."""
    return (
        len(digits) > 2
        and float(np.mean(crossed[1:])) > HANGING
        and bool((classify(digits).argmax(1) == 1).all())
    )


def _spans(parts: list[_Part], height: float) -> list[tuple[int, int]]:
    """Runs of neighbouring parts, first and end, that may be one digit."""
    spans = []
    for first in range(len(parts)):
        for end in range(first + 1, min(first + MAX_PARTS, len(parts)) + 1):
            run = [part.region for part in parts[first:end]]
            left = min(r.origin[0] for r in run)
            right = max(r.origin[0] + r.strength.shape[1] for r in run)
            doubtful = any(part.doubtful for part in parts[first:end])
            if end > first + 1 and (not doubtful or right - left > 1.6 * height):
                break
            spans.append((first, end))
    return spans


def _score(region: Region, probabilities: Array, height: float) -> tuple[float, bool]:
    """Log score of a region as a digit or, where that is more, as ink to leave out."""
    rows = region.strength.shape[0]
    best = float(probabilities[:10].max())
    doubt = (1 - best + LEAST_DOUBT) / (USUAL_DOUBT + LEAST_DOUBT)
    digit = float(np.log(max(best, 1e-6))) - DOUBT * float(np.log(doubt)) + PER_DIGIT
    # digits of a line are about as high; what looks like a low 1 is a flag or the end of a stroke
    least = LEAST_ONE if int(probabilities.argmax()) == 1 else LEAST_HEIGHT
    digit += LOW * min(0.0, rows / height - least)
    out = LEFT_OUT * region.pieces * max(0.25, min(1.0, rows / height))
    return (digit, True) if digit >= out else (out, False)


def _scores(regions: Sequence[Region], classify: Classifier, height: float) -> list[float]:
    """What regions score, each by itself."""
    if not regions:
        return []
    believed = zip(regions, classify(regions), strict=True)
    return [_score(region, p, height)[0] for region, p in believed]


def _sign(region: Region, probabilities: Array, height: float) -> float:
    """Log score of leaving out a whole region as a sign: a plus, a percent or a currency sign, a
    tick or an arrow.

    Its parts may well look like digits, as the upright of a plus does.
    """
    rows, columns = region.strength.shape
    is_low = rows < LOWER * height
    if float(probabilities[10:].sum()) < NO_DIGIT:
        return -np.inf
    if columns < (LOW_SIGN_WIDE if is_low else SIGN_WIDE) * rows:
        return LOW_SIGN if is_low else SIGN
    return ARROW if rows < LEAST_HEIGHT * height and columns < ARROW_WIDE * rows else -np.inf


def _best_path(n: int, offers: dict[tuple[int, int], tuple[float, bool]]) -> list[tuple[int, int]]:
    """The digits' runs of parts, from part 0 to part n, with the highest sum of scores."""
    ending: list[list[tuple[int, float, bool]]] = [[] for _ in range(n + 1)]
    for (first, end), offer in offers.items():
        ending[end].append((first, *offer))
    best: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])]
    for end, offered in enumerate(ending[1:], 1):
        options = []
        for first, score, is_digit in offered:
            total, taken = best[first]
            options.append((total + score, [*taken, (first, end)] if is_digit else taken))
        best.append(max(options, key=lambda option: option[0]))
    return best[n][1]
