"""Look at a picture as often as it takes, and read what is seen surest."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import takewhile

from numpy.typing import NDArray

import preprocessing
from finder.strokes import Array
from preprocessing import Ink, Region, Sheet
from reader import apart, rows, small, strays
from reader.circled import without_rings
from reader.classifier import Classifier
from reader.faint import with_faint
from reader.network import Network, Once
from reader.reading import (
    NOT_A_DIGIT,
    SURE_NUMBER,
    Digit,
    Reading,
    as_reading,
    certainties,
    digit_certainty,
    has_more,
    is_beyond_doubt,
    is_no_edge,
    is_scattered,
    may_be_none,
    nines,
    number_certainty,
    unread,
)
from reader.segmentation import Separator, Tries
from reader.signs import without_brackets
from reader.text import numbers_and_words

# Certainty of one digit and of a number, below which a picture is looked at otherwise, and from
# which what is seen then is believed
OTHERWISE = {False: (0.97, 0.97), True: (1.0, 3.0)}
LINE = 3  # digits, from which a number's lines are looked at for their tilt ...
LOST = 2.5  # ... and certainty that laying them level may cost: by about one digit
UNREAD = 0.1  # of the ink, that is in no digit of a number, from which it is looked at otherwise
SAME = 0.3  # certainty of the digits on a sheet that reading it alone may cost
UNDERLINED = 0.5  # nines, by which it is surer without lines drawn under it than with them
CERTAINTY = {False: digit_certainty, True: number_certainty}


class Reader:
    """Reads digits with one network; safe to use from several threads."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def read(self, picture: NDArray, number: bool = False) -> Reading:
        """Read one digit, or with `number` every digit in reading order.

        picture: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16. Raises ValueError, with
        a sentence for people, for other arrays.
        """
        start = time.perf_counter()
        reading = Looks(Once(self._network), picture, number).reading()
        return replace(reading, seconds=time.perf_counter() - start)


class Looks:
    """Looks at one picture, for one digit or with `number` for all of them."""

    def __init__(self, network: Once, picture: NDArray, number: bool) -> None:
        self._network, self._picture, self._number = network, picture, number
        self._certainty = CERTAINTY[number]
        self._unsure, self._believed = OTHERWISE[number]
        self._tries = Tries()  # of all looks together

    def reading(self) -> Reading:
        """What is seen surest, of as many looks as it takes."""
        reading = self._looked_at()
        if self._number and self._tries.regions > 0 and may_be_none(reading):
            return self._or_one_digit(reading)
        return reading

    def _looked_at(self) -> Reading:
        reading, others = self._first()
        if not self._number:
            reading = self._by_itself(reading)
        reading = self._in_fainter_ink(reading)
        is_unsure = self._certainty(reading) < self._unsure
        if is_unsure or (self._number and self._tries.left > 0 and unread(reading) > UNREAD):
            looks = takewhile(lambda _: self._tries.regions > 0, others)
            same = (ink for ink in looks if is_unsure or ink.inverted == reading.ink.inverted)
            other = self._surest(same, reading)
            is_believed = self._certainty(other) >= self._believed
            reading = other if is_believed and (is_unsure or has_more(other, reading)) else reading
        return self._put_right(reading) if self._number else reading

    def _or_one_digit(self, reading: Reading) -> Reading:
        """The one digit that a picture shows, if that is sure, in place of a number that may be
        none, and nothing where this is some marks of many.
        """
        one = Looks(self._network, self._picture, number=False).reading()
        is_sure = digit_certainty(one) >= OTHERWISE[False][0]
        if is_sure and (one.text != "1" or not reading.text):
            return one
        return replace(reading, digits=[], note=NOT_A_DIGIT) if is_scattered(reading) else reading

    def _first(self) -> tuple[Reading, Iterator[Ink]]:
        """What is seen at first, of the whole picture or of a sheet in it, and how else that may be
        looked at.
        """
        first, others = preprocessing.first_looks, preprocessing.other_looks
        reading = None if self._number else self._surest(first(self._picture))
        if reading is None or digit_certainty(reading) < OTHERWISE[False][0]:
            sheet = preprocessing.find_sheet(self._picture)
            alone = sheet and self._on_sheet(sheet)
            if sheet and alone:
                return alone, sheet.looks(others)
        return reading or self._surest(first(self._picture)), others(self._picture)

    def _put_right(self, reading: Reading) -> Reading:
        """Take out of a number what is none of its digits, lay it level, add what was missed."""
        reading = self._without_pen(reading)
        for without in (strays.without_closing, strays.without_lines):
            reading = replace(reading, digits=without(reading.digits, reading.ink))
        reading = self._laid_level(reading)
        digits = with_faint(reading.digits, reading.ink, Classifier(self._network))
        return replace(reading, digits=strays.without_strays(digits, reading.ink))

    def _surest(self, looks: Iterable[Ink], *known: Reading, tries: Tries | None = None) -> Reading:
        """The surest of known readings and those of all looks, or of looks up to one that shows a
        number beyond doubt, and more than is known: paper between the digits of a table, taken for
        ink, takes seconds to read.

        A number beyond doubt is surer than many 1s, as lines of squared paper and the light beside
        them are.
        """
        readings = [*known]
        for ink in looks:
            readings.append(self._read(ink, tries or self._tries))
            is_more = all(has_more(readings[-1], other) for other in known)
            if self._number and is_beyond_doubt(readings[-1]) and is_more:
                break
        best = max(readings, key=self._certainty)
        if not self._number:
            return best
        clear = [r for r in readings if is_beyond_doubt(r) and not has_more(best, r)]
        return max(clear or [best], key=self._certainty)

    def _on_sheet(self, sheet: Sheet) -> Reading | None:
        """Read what is on a sheet that lies in the picture, where nothing else is written.

        Edges of the sheet and of what it lies on are often 1s. Glances, for which nothing is cut,
        tell what is written elsewhere: a desk's grain, taken for digits that touch, takes seconds.
        """
        first = preprocessing.first_looks

        def is_clutter(seen: Reading, there: list[Digit]) -> bool:
            beyond = [d for d in seen.digits if not sheet.holds(d.box)]
            return strays.is_clutter(beyond, there, seen.ink)

        glance = self._surest(first(self._picture), tries=Tries(0, 0))
        there = replace(glance, digits=[d for d in glance.digits if sheet.holds(d.box)])
        if not is_clutter(glance, there.digits):
            return None
        alone = self._surest(sheet.looks(first))
        believed = self._believed
        if self._number:  # which one digit, however sure, does not come to
            believed = min(believed, SURE_NUMBER * max(1, len(alone.digits)))
        if self._certainty(alone) < max(believed, self._certainty(there) - SAME):
            return None
        nothing = replace(glance, digits=[])
        around = self._surest(sheet.rest().looks(first), nothing, tries=Tries(0, 0))
        return alone if is_clutter(around, alone.digits) else None

    def _by_itself(self, reading: Reading) -> Reading:
        """Read the one digit that stands by itself among what is none, if there is one.

        A sure 1 may be a pen that lies beside it.
        """
        is_unsure = digit_certainty(reading) < OTHERWISE[False][0]
        if not is_unsure and reading.text != "1":
            return reading
        find = apart.by_itself if is_unsure else apart.beside_pen
        found = find(reading.ink, Classifier(self._network))
        return as_reading([found[0]], [found[1]], reading.ink, False) if found else reading

    def _in_fainter_ink(self, reading: Reading) -> Reading:
        """Read what is written in fainter ink than the rest, as in pencil on a form, where the rest
        is nothing sure, or a ring or bar that might be a digit.
        """
        is_sure, may_be_mark = self._certainty(reading) >= self._unsure, reading.text in apart.MARKS
        ink = preprocessing.fainter(reading.ink) if may_be_mark or not is_sure else None
        if ink is None:
            return reading
        other = self._read(ink, self._tries)
        other = other if self._number else self._by_itself(other)
        is_believed = not is_sure and self._certainty(other) >= self._believed
        is_believed |= may_be_mark and apart.is_marked(reading, other)
        return other if is_believed else reading

    def _without_pen(self, reading: Reading) -> Reading:
        """Read a number again without what may be a pen beside it, if that leaves a digit."""
        ink = apart.without_pen(reading.ink, reading.digits)
        without = ink and self._read(ink, self._tries)
        return without if without and any(map(is_no_edge, without.digits)) else reading

    def _laid_level(self, reading: Reading) -> Reading:
        """Read a number again with its lines laid level, where they are steep."""
        several = len(reading.digits) >= LINE
        ink = preprocessing.straightened(reading.ink) if several else None
        if ink is None:
            return reading
        level = self._read(ink, self._tries)
        return level if number_certainty(level) > number_certainty(reading) - LOST else reading

    def _read(self, ink: Ink, tries: Tries) -> Reading:
        """Read ink without rings that touch digits, and without lines drawn under them if that is
        clearly surer.
        """
        ink = without_rings(ink, Classifier(self._network))
        reading = self._read_as_it_is(ink, tries)
        without = preprocessing.without_underlines(ink) if tries.regions > 0 else None
        if without is None:
            return reading
        other = self._read_as_it_is(without, tries)
        certainty = number_certainty if self._number else nines
        return other if certainty(other) > certainty(reading) + UNDERLINED else reading

    def _read_as_it_is(self, ink: Ink, tries: Tries) -> Reading:
        classify = Classifier(self._network)
        if not self._number:
            regions = preprocessing.split_digits(ink)
            return as_reading(regions, classify.digits(regions), ink, self._number)

        separate = Separator(classify, tries)
        regions = rows.split(ink, separate)
        separate(regions)  # first of all, for rows may use up what tries there are

        def certainty(some: list[Region]) -> Array:
            return certainties(classify.digits(separate(some)))

        regions = rows.told_apart(ink, regions, separate, certainty)
        numbers, words = numbers_and_words(separate.outcomes(regions), classify)
        numbers = without_brackets(numbers, classify)
        digits = small.with_low(numbers, words, ink, classify)
        tries.regions -= classify.seen
        return as_reading(digits, classify.digits(digits), ink, self._number)
