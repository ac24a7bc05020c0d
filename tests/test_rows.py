"""Rows of writing that stand close above each other, or touch."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

import model
from preprocessing import Ink, Region, find_ink, split_digits
from reader import rows
from reader.segmentation import Classifier, Separator, Tries
from tests.test_tilt import DIGITS, LABELS, MIXED

HIGH = 40  # pixels of a row


def page(*texts: np.ndarray, deep: int) -> np.ndarray:
    """Rows of digits, each pushed so many pixels into the one above it: dark on light."""
    lines = [np.hstack([cv2.resize(DIGITS[i], (84, 84)) for i in picks]) for picks in texts]
    ink = np.zeros((84 * len(lines), max(line.shape[1] for line in lines)), np.uint8)
    top = 0
    for row in lines:
        line = np.pad(row, ((0, 0), (0, ink.shape[1] - row.shape[1])))
        solid, above = line > 127, ink > 127
        head = np.where(solid.any(0), solid.argmax(0), 999)
        foot = np.where(above.any(0), len(ink) - above[::-1].argmax(0), 0)
        top = max(0, int((foot - head)[solid.any(0)].max()) - deep) if top else 1
        window = ink[top : top + 84]
        np.maximum(window, line[: len(window)], out=window)
    return 255 - np.pad(ink, 30)


@pytest.mark.parametrize("deep", [1, 3])
@pytest.mark.parametrize("start", [0, 8, 16, 24])
def test_rows_that_touch_are_read_in_order(
    reader: model.DigitReader, start: int, deep: int
) -> None:
    upper, lower = MIXED[start : start + 4], MIXED[start + 4 : start + 8]
    reading = reader.read(page(upper, lower, deep=deep), number=True)
    assert reading.lines == ["".join(map(str, LABELS[row])) for row in (upper, lower)]


@pytest.mark.parametrize("start", [0, 8, 16, 24])
def test_a_frame_around_rows_that_touch_is_not_cut_with_them(
    reader: model.DigitReader, start: int
) -> None:
    """Pieces of its sides would be 1s."""
    upper, lower = MIXED[start : start + 4], MIXED[start + 4 : start + 8]
    picture = np.pad(page(upper, lower, deep=1), 40, constant_values=255)
    high, wide = picture.shape
    cv2.rectangle(picture, (20, 20), (wide - 20, high - 20), 0, 6)
    reading = reader.read(picture, number=True)
    assert reading.lines == ["".join(map(str, LABELS[row])) for row in (upper, lower)]


@pytest.mark.parametrize(
    "texts",
    [
        [[20, 4, 34, 10, 14], [10, 7, 10, 19, 35], [15, 9, 33, 15, 16], [25, 5, 31, 1, 9]],
        [[6, 17, 32, 22], [17, 1, 21, 36], [12, 36, 3, 34], [28, 15, 27, 19]],
    ],
)
def test_four_rows_that_touch_are_read_in_order(
    reader: model.DigitReader, texts: list[list[int]]
) -> None:
    picks = [np.array(row) for row in texts]
    reading = reader.read(page(*picks, deep=1), number=True)
    assert reading.lines == ["".join(map(str, LABELS[row])) for row in picks]


def believing(low: float, high: float, tall: float = 1.5 * HIGH) -> Classifier:
    """Believes in ones: so surely in what is lower than `tall`, and so in what is higher."""

    def classify(regions: Sequence[Region]) -> np.ndarray:
        believed = np.zeros((len(regions), 11), np.float32)
        heights = np.array([region.strength.shape[0] for region in regions])
        believed[:, 1] = np.where(heights < tall, low, high)
        believed[:, 10] = 1 - believed[:, 1]
        return believed

    return classify


def told_apart(ink: Ink, classify: Classifier, tries: Tries | None = None) -> list[Region]:
    separate = Separator(classify, tries)

    def certainty(some: list[Region]) -> np.ndarray:
        return -np.log10(1.001 - classify(separate(some))[:, :10].max(1)) - 1

    return rows.told_apart(ink, rows.split(ink, separate), separate, certainty)


def bars(*boxes: tuple[int, int, int]) -> Ink:
    """Upright bars from x, y and height, a pen wide."""
    ink = np.zeros((220, 260), np.uint8)
    for x, y, h in boxes:
        ink[y : y + h, x : x + 12] = 255
    return find_ink(255 - ink)


TWO = bars((40, 40, HIGH), (90, 40, 2 * HIGH), (140, 40, HIGH), (190, 40 + HIGH, HIGH))


def test_what_two_rows_have_in_common_is_cut() -> None:
    found = told_apart(TWO, believing(0.999, 0.3))
    assert [region.line for region in found] == [0, 0, 0, 1, 1]
    assert [round(region.box[1] / 5) for region in found] == [8, 8, 8, 16, 16]
    assert all(abs(region.box[3] - HIGH) < 6 for region in found)


def test_rows_are_not_tried_where_tries_are_spent() -> None:
    whole = told_apart(TWO, believing(0.999, 0.3), Tries(0))
    assert max(region.box[3] for region in whole) > 1.9 * HIGH


def test_each_cut_counts_what_it_gives() -> None:
    charged = []

    class Counting(Separator):
        def charge(self, tried: int) -> None:
            charged.append(tried)

    separate = Counting(believing(0.999, 0.3))
    rows.told_apart(
        TWO, rows.split(TWO, separate), separate, lambda some: np.ones(len(separate(some)))
    )
    assert charged[0] == 5  # rows of 2 and 3
    assert max(charged) == 5


def test_what_looks_like_one_digit_is_cut_between_two_rows_alone() -> None:
    both = told_apart(TWO, believing(0.999, 0.97))
    assert [region.line for region in both] == [0, 0, 0, 1, 1]
    beside_one = bars((40, 40, HIGH), (90, 40, 2 * HIGH), (140, 40, HIGH), (190, 40, HIGH))
    whole = told_apart(beside_one, believing(0.999, 0.97))
    assert [region.line for region in whole] == [0, 0, 0, 0]


STACKED = bars(*((x, y, HIGH) for x in (40, 90, 140) for y in (30, 35 + HIGH, 40 + 2 * HIGH)))


def test_what_stands_close_above_each_other_is_one_digit_or_two_as_it_reads_surer() -> None:
    lines = {}
    for low, high in ((0.999, 0.3), (0.3, 0.999), (0.9, 0.999)):
        regions = rows.split(STACKED, Separator(believing(low, high)))
        lines[low, high] = [region.line for region in regions]
    assert lines[0.999, 0.3] == lines[0.9, 0.999] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert lines[0.3, 0.999] == [0, 0, 0]  # as a break leaves it


@pytest.mark.parametrize("low", [0.9, 0.999])
def test_two_above_each_other_are_one_digit_where_they_read_no_surer(low: float) -> None:
    """As a break in the middle leaves it; several rows of sure digits are no break."""
    two = bars(*((x, y, HIGH) for x in (40, 90, 140) for y in (30, 35 + HIGH)))
    regions = rows.split(two, Separator(believing(low, 0.999)))
    assert [region.line for region in regions] == [0, 0, 0]


def test_a_broken_digit_in_a_line_of_whole_ones_stays_one() -> None:
    boxes = [(40, 40, 14), (40, 57, 23), (90, 40, HIGH), (140, 40, HIGH), (190, 40, HIGH)]
    for halves in (True, False):
        regions = split_digits(bars(*boxes), number=True, halves=halves)
        assert [region.pieces for region in regions] == [2, 1, 1, 1]


def test_what_lies_beside_a_digit_in_its_box_is_no_row_of_its_own() -> None:
    ink = np.full((200, 300), 255, np.uint8)
    cv2.rectangle(ink, (40, 60), (50, 110), 0, -1)
    cv2.line(ink, (40, 60), (200, 60), 0, 4)  # the rest of a box, that a digit touches
    cv2.rectangle(ink, (80, 70), (90, 110), 0, -1)
    for halves in (True, False):
        assert len(split_digits(find_ink(ink), number=True, halves=halves)) == 1


def test_what_is_the_same_in_both_ways_says_nothing_of_them() -> None:
    others = [(x, 150, 55) for x in range(20, 240, 40)]
    page_of = bars((40, 30, HIGH), (40, 35 + HIGH, HIGH), *others)

    def classify(regions: Sequence[Region]) -> np.ndarray:
        heights = np.array([region.strength.shape[0] for region in regions])
        of_height = np.where(heights < 50, 0.85, np.where(heights < 70, 0.3, 0.9))
        return np.eye(11, dtype=np.float32)[[1] * len(regions)] * of_height[:, None]

    regions = rows.split(page_of, Separator(classify))
    assert [region.line for region in regions] == [0, 1, 1, 1, 1, 1, 1]


def ruled(texts: Sequence[np.ndarray], pitch: int, stripe: int = 0) -> np.ndarray:
    """Lines of digits 60 pixels high, so far below each other, with a white stripe through the
    first: dark on light.
    """
    ink = np.zeros((pitch * len(texts) + 160, 84 * max(map(len, texts)) + 80), np.uint8)
    for row, picks in enumerate(texts):
        line = np.hstack([cv2.resize(DIGITS[i], (84, 84)) for i in picks])
        window = ink[40 + row * pitch : 124 + row * pitch, 40 : 40 + line.shape[1]]
        np.maximum(window, line, out=window)
    ink[82 : 82 + stripe] = 0
    return 255 - ink


@pytest.mark.parametrize("pitch", [68, 74, 90])
@pytest.mark.parametrize("start", [0, 16])
def test_many_close_rows_are_read_in_order(
    reader: model.DigitReader, start: int, pitch: int
) -> None:
    texts = [MIXED[start + i : start + i + 3] for i in range(0, 15, 3)]
    reading = reader.read(ruled(texts, pitch), number=True)
    assert reading.lines == ["".join(map(str, LABELS[row])) for row in texts]


@pytest.mark.parametrize("stripe", [2, 5, 7])
def test_digits_with_a_stripe_through_them_stay_whole(
    reader: model.DigitReader, stripe: int
) -> None:
    texts = [np.array([36, 27, 3, 34, 5, 24])]
    reading = reader.read(ruled(texts, 90, stripe), number=True)
    assert reading.text == "".join(map(str, LABELS[texts[0]]))


def test_rows_have_to_be_surer_than_what_they_are_cut_from() -> None:
    whole = told_apart(TWO, believing(0.96, 0.3))
    assert max(region.box[3] for region in whole) > 1.9 * HIGH


def test_what_a_reading_leaves_out_counts_against_it() -> None:
    seven, one = np.full(7, 1.3), np.full(1, 1.6)
    assert rows._is_surer(seven, one, sure=5, costs=0)  # four of them were left out
    assert not rows._is_surer(seven, one, sure=1, costs=0)
    assert rows._is_surer(seven, one, sure=1, costs=1)
    assert not rows._is_surer(seven, np.full(8, 1.3), sure=8, costs=1)  # it is more than that


def test_what_makes_no_digit_sure_is_not_tried_further() -> None:
    separate = Separator(believing(0.6, 0.3))
    regions = split_digits(TWO, number=True)
    same = rows.told_apart(TWO, regions, separate, lambda _: pytest.fail("weighed"))
    assert same == regions


def test_a_row_is_not_cut_into_an_upper_and_a_lower_half() -> None:
    one = bars(*((x, 40, 2 * HIGH) for x in range(20, 240, 24)))  # a seam would cross them all
    regions = told_apart(one, believing(0.999, 0.3))
    assert {region.line for region in regions} == {0}
    assert all(region.box[3] > 1.9 * HIGH for region in regions)


def test_lines_apart_keep_their_regions() -> None:
    apart = bars((40, 20, HIGH), (90, 20, HIGH), (40, 120, HIGH), (90, 120, HIGH))
    regions = split_digits(apart, number=True)
    separate = Separator(believing(0.3, 0.3))
    same = rows.told_apart(apart, regions, separate, lambda some: np.zeros(len(some)))
    assert all(a is b for a, b in zip(same, regions, strict=True))
