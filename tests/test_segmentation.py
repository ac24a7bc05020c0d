"""Cutting and joining: an oracle that knows the right parts stands in for the network."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
import pytest

import model
from benchmarks import strings as benchmark
from preprocessing import Region, find_ink, split_digits
from reader.seams import cuts
from reader.segmentation import Separator, Tries, separate
from train import strings

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]


def written(picks: list[int], gap: int) -> np.ndarray:
    """Digits in a row with so many pixels between them: black on white, uint8."""
    tight = []
    for i in picks:
        columns = np.flatnonzero(DIGITS[i].any(0))
        tight.append(cv2.resize(DIGITS[i][:, columns[0] : columns[-1] + 1], None, fx=4, fy=4))
    width = sum(t.shape[1] for t in tight) + gap * (len(picks) - 1)
    line = np.zeros((112, width), np.uint8)
    at = 0
    for t in tight:
        window = line[:, at : at + t.shape[1]]
        np.maximum(window, t[:, : window.shape[1]], out=window)
        at += t.shape[1] + gap
    return 255 - cv2.copyMakeBorder(line, 20, 20, 30, 30, cv2.BORDER_CONSTANT)


def test_a_low_piece_is_no_one() -> None:
    """A flag of a 1 that is cut from it looks like a low 1: it stays with its stem."""
    sheet = np.zeros((60, 41), np.float32)
    cv2.rectangle(sheet, (0, 8), (10, 50), 1.0, -1)  # flag
    cv2.rectangle(sheet, (30, 0), (40, 59), 1.0, -1)  # stem
    cv2.line(sheet, (10, 16), (30, 16), 1.0, 3)
    before, after = boxes((0, 20), (110, 20))  # sure digits on both sides
    one = Region(sheet, (50, 0))

    def classify(regions):
        rows = np.zeros((len(regions), 11), np.float32)
        for row, region in zip(rows, regions, strict=True):
            width = region.strength.shape[1]
            row[1] = {20: 0.999, 41: 0.85}.get(width, 0.97 if width < 34 else 0)
            row[10] = 1 - row[1]
        return rows

    widths = [r.strength.shape[1] for r in separate([before, one, after], classify)]
    assert widths == [20, 41, 20]


def test_a_low_piece_beside_a_digit_is_no_one_however_sure() -> None:
    """A stroke that hangs free belongs to its digit, or to nothing."""
    nine, rest, after = boxes((0, 36), (42, 6), (70, 30))
    rest = Region(rest.strength[:30], rest.origin)
    joined = {36: 0.99, 48: 0.99, 6: 0.99, 30: 0.99}

    def classify(regions):
        rows = np.zeros((len(regions), 11), np.float32)
        for row, region in zip(rows, regions, strict=True):
            width = region.strength.shape[1]
            row[1 if width == 6 else 9] = joined.get(width, 0)
            row[10] = 1 - row.max()
        return rows

    widths = [r.strength.shape[1] for r in separate([nine, rest, after], classify)]
    assert widths == [48, 30]


def test_a_digit_much_wider_than_its_line_is_high_stays_whole() -> None:
    """It is cut to try, and what it was remains on offer."""
    wide = np.zeros((60, 130), np.float32)
    for x in (6, 76):
        cv2.rectangle(wide, (x, 5), (x + 40, 54), 1.0, 6)
    cv2.line(wide, (46, 30), (76, 30), 1.0, 6)
    regions = [Region(wide), *boxes((150, 36), (200, 36))]
    assert len(cuts(regions[0], 60)) > 1

    def classify(regions):
        widths = [r.strength.shape[1] for r in regions]
        likely = np.array([{36: 0.99, 117: 0.97}.get(width, 0.9) for width in widths])
        rows = np.zeros((len(regions), 11), np.float32)
        rows[:, 2], rows[:, 10] = likely, 1 - likely
        return rows

    assert [r.strength.shape[1] for r in separate(regions, classify)] == [117, 36, 36]


def sure_of(width: int):
    """Classifier that believes in regions of about one width, and in no other."""

    def classify(regions):
        likely = [abs(r.strength.shape[1] - width) < 0.2 * width for r in regions]
        rows = [np.full(11, 0.001) for _ in regions]
        for row, yes in zip(rows, likely, strict=True):
            row[5 if yes else 10] = 0.99
        return np.array(rows, np.float32)

    return classify


def test_the_best_path_is_taken() -> None:
    """Ink of three widths, uncut, is cut in three where the classifier wants that width."""
    sheet = np.zeros((60, 170), np.float32)
    for x in (10, 60, 110):
        cv2.rectangle(sheet, (x, 5), (x + 38, 54), 1.0, 5)
    cv2.line(sheet, (30, 30), (130, 30), 1.0, 2)  # they hang together
    found = separate([Region(sheet[:, 7:152])], sure_of(45))
    assert len(found) == 3
    assert all(abs(r.strength.shape[1] - 45) < 10 for r in found)


@pytest.mark.parametrize(
    ("certain", "beside", "count"), [(0.9, False, 2), (0.7, False, 1), (0.7, True, 3)]
)
def test_a_letter_alone_is_not_taken_apart_into_doubtful_digits(
    certain: float, beside: bool, count: int
) -> None:
    """Digits are, where they are surer or where a sure one stands beside them."""
    sheet = np.zeros((60, 90), np.float32)
    for x in (4, 54):
        cv2.rectangle(sheet, (x, 5), (x + 32, 54), 1.0, 4)
    cv2.line(sheet, (36, 30), (54, 30), 1.0, 2)
    regions = [Region(sheet[:, 2:89]), *(boxes((140, 50)) if beside else ())]

    def classify(some):
        widths = np.array([region.strength.shape[1] for region in some])
        rows = np.zeros((len(some), 11), np.float32)
        rows[:, 4] = np.where(abs(widths - 38) < 8, certain, 0.99 * (widths == 50))
        rows[:, 10] = 1 - rows[:, 4]
        return rows

    found = separate(regions, classify)
    assert len(found) == count
    assert (found[0] is regions[0]) == (count == 1)


def test_strokes_that_meet_in_corners_are_no_ones(reader: model.DigitReader) -> None:
    zigzag, ones = np.full((2, 200, 220), 255, np.uint8)
    points = np.array([(20, 40), (60, 160), (100, 40), (140, 160), (180, 40)])
    cv2.polylines(zigzag, [points], False, 0, 9, cv2.LINE_AA)
    for x in (40, 80, 120):
        cv2.line(ones, (x, 40), (x - 10, 160), 0, 9, cv2.LINE_AA)
    reading = reader.read(zigzag, number=True)
    assert reading.text == ""
    assert reading.note
    assert reader.read(ones, number=True).text == "111"


def zigzags(count: int) -> list[Region]:
    """Lines of one stroke up and down: where it is cut nothing tells."""
    ink = np.zeros((60, 120), np.float32)
    points = np.array([(5 + 22 * i, 5 if i % 2 else 54) for i in range(6)])
    cv2.polylines(ink, [points], False, 1.0, 5)
    return [Region(ink.copy(), (0, 100 * i), line=i) for i in range(count)]


class Asked:
    """Believes in everything alike; `tried` counts the regions beside the first ones."""

    def __init__(self, regions: list[Region], belief: float) -> None:
        self.belief, self.first = belief, len(regions)
        self.inks = {id(r.strength): r for r in regions}  # held, so that no other gets its id

    def __call__(self, regions):
        self.inks.update((id(r.strength), r) for r in regions)
        rows = np.zeros((len(regions), 11), np.float32)
        rows[:, 8], rows[:, 10] = self.belief, 1 - self.belief
        return rows

    @property
    def tried(self) -> int:
        return len(self.inks) - self.first


def test_a_page_of_doubtful_ink_tries_so_much_and_no_more() -> None:
    one, page = zigzags(1), zigzags(12)
    alone, asked = Asked(one, 0.0), Asked(page, 0.0)
    separate(one, alone)
    tries = Tries(5 * alone.tried)
    read = Separator(asked, tries)
    assert not read.is_spent
    read(page)
    assert read.is_spent
    assert 4 * alone.tried <= asked.tried <= 5 * alone.tried
    assert Separator(asked, tries).is_spent  # other looks at the picture have no tries of their own


def test_cutting_counts_also_where_there_is_more_to_try_than_is_left() -> None:
    """A page of words has hundreds of long lines: to cut all of them in vain takes seconds."""
    one, page = zigzags(1), zigzags(12)
    alone, asked = Asked(one, 0.0), Asked(page, 0.0)
    separate(one, alone)
    tries = Tries(alone.tried - 1)
    assert Separator(asked, tries)(page) == page
    assert asked.tried == 0
    assert tries.left == alone.tried - 1 - len(page)


def test_what_comes_of_trying_pays_for_more() -> None:
    """Each part is surely a digit, and the whole is none, on all of the lines."""
    one, page = zigzags(1), zigzags(12)
    alone = Asked(one, 0.0)
    separate(one, alone)

    def classify(regions):
        wide = np.array([region.strength.shape[1] > 60 for region in regions])
        rows = np.zeros((len(regions), 11), np.float32)
        rows[:, 8] = np.where(wide, 0.1, 0.999)
        rows[:, 10] = 1 - rows[:, 8]
        return rows

    found = Separator(classify, Tries(2 * alone.tried))(page)
    assert all(region.strength.shape[1] <= 60 for region in found)
    assert {region.line for region in found} == set(range(12))


def test_digits_that_are_sure_before_anything_is_tried_pay_for_nothing() -> None:
    """As letters on a page of text that are digits by their form, beside others that are none."""
    block = np.ones((60, 25), np.float32)
    page = [
        region
        for line in zigzags(12)
        for region in [
            line,
            *(replace(line, strength=block.copy(), origin=(200 + 60 * i, 100 * line.line))
              for i in range(10)),
        ]
    ]  # fmt: skip

    class Believing(Asked):
        def __call__(self, regions):
            rows = super().__call__(regions)
            full = [region.strength.mean() == 1 for region in regions]
            rows[full, 8], rows[full, 10] = 0.999, 0.001
            return rows

    alone = Asked(zigzags(1), 0.0)
    separate(zigzags(1), alone)
    asked = Believing(page, 0.0)
    Separator(asked, Tries(5 * alone.tried))(page)
    assert asked.tried <= 5 * alone.tried


def test_tries_have_an_end_whatever_comes_of_them() -> None:
    tries = Tries(100, most=250)
    tries.spend(90, found=20)
    assert tries.left == 160  # of the 510 that 20 sure digits pay for
    tries.spend(100, found=20)
    assert tries.left == 60
    tries.spend(60, found=20)
    assert tries.left == 0


def test_what_is_tried_elsewhere_counts() -> None:
    separate = Separator(Asked(zigzags(1), 0.0), Tries(10))
    separate.charge(9)
    assert not separate.is_spent
    separate.charge(1)
    assert separate.is_spent


def test_a_line_is_separated_once_whatever_its_number() -> None:
    page = zigzags(3)
    asked = Asked(page, 0.0)
    read = Separator(asked)
    found = read(page)
    tried = asked.tried
    moved = [replace(region, line=region.line + 4) for region in page]
    again = read(moved)
    assert asked.tried == tried > 0
    assert [r.line for r in again] == [r.line + 4 for r in found]
    assert all(a.strength is b.strength for a, b in zip(again, found, strict=True))


def rows_of(picks: list[list[int]], apart: int) -> np.ndarray:
    """Rows of digits below each other, so many pixels apart: black on white, uint8."""
    rows = []
    for row in picks:
        ink = cv2.resize(np.hstack([DIGITS[i] for i in row]), None, fx=3, fy=3)
        inked = np.flatnonzero((ink > 60).any(1))
        rows.append(np.pad(ink[inked[0] : inked[-1] + 1], ((0, apart), (0, 0))))
    return 255 - np.pad(np.vstack(rows), 40)


@pytest.mark.parametrize("apart", [4, 8, 24])
def test_rows_close_above_each_other_are_rows(reader: model.DigitReader, apart: int) -> None:
    picks = np.random.default_rng(0).permutation(len(DIGITS))[:24].reshape(6, 4).tolist()
    for upper, lower in zip(picks[::2], picks[1::2], strict=True):
        lines = reader.read(rows_of([upper, lower], apart), number=True).lines
        assert lines == ["".join(str(LABELS[i]) for i in row) for row in (upper, lower)]


def test_a_line_that_is_cut_through_stays_one_line(reader: model.DigitReader) -> None:
    for start in range(0, 24, 4):
        line = rows_of([list(range(start, 40, 11))], 0)
        height = line.shape[0]
        line[height // 2 - 2 : height // 2 + 2] = 255
        assert len(reader.read(line, number=True).lines) == 1


def test_more_than_a_dozen_digits_that_hang_together_are_read(reader: model.DigitReader) -> None:
    rng = np.random.default_rng(0)
    digits = [strings.sized(DIGITS[i] / np.float32(255), rng) for i in range(16)]
    line = 255 - (strings.touching(digits, rng, share=1).ink * 220).astype(np.uint8)
    assert len(split_digits(find_ink(line), number=True)) == 1
    read = reader.read(line, number=True).text
    right = SequenceMatcher(None, read, "".join(map(str, LABELS[:16])), False).get_matching_blocks()
    assert sum(block.size for block in right) >= 12


def test_sure_digits_are_left_alone() -> None:
    regions = split_digits(find_ink(written([4, 9, 30], 25)), number=True)
    asked = set()

    def classify(some):
        asked.update(id(region) for region in some)
        rows = np.full((len(some), 11), 0.001, np.float32)
        rows[:, 3] = 0.99
        return rows

    assert separate(regions, classify) == regions
    assert asked == {id(region) for region in regions}  # no other cuts were tried


@pytest.mark.parametrize(("width", "tried"), [(50, False), (90, True)])
def test_ink_wider_than_high_is_cut_to_try_unless_surer(width: int, tried: bool) -> None:
    """Two digits that touch may look surely like one of them."""
    sheet = np.zeros((60, width), np.float32)
    for x in (4, width - 20):
        cv2.rectangle(sheet, (x, 4), (x + 14, 54), 1.0, 4)
    cv2.line(sheet, (18, 30), (width - 20, 30), 1.0, 2)
    regions = [Region(sheet)]
    asked = []

    def classify(some):
        asked.extend(some)
        rows = np.zeros((len(some), 11), np.float32)
        rows[:, 6], rows[:, 10] = 0.98, 0.02
        return rows

    separate(regions, classify)
    assert any(region is not regions[0] for region in asked) == tried


def boxes(*places: tuple[int, int]) -> list[Region]:
    """Regions 60 pixels high of some width at some place."""
    return [Region(np.ones((60, width), np.float32), (x, 0)) for x, width in places]


@pytest.mark.parametrize(
    ("high", "wide", "left"),
    [(50, 50, True), (80, 60, True), (80, 150, False), (40, 120, True), (60, 120, False)],
)
def test_what_is_surely_no_digit_and_no_several_is_left_out(
    high: int, wide: int, left: bool
) -> None:
    """Its parts are taken for 1s, as an upright stroke of a sign is."""
    sign = np.zeros((high, wide), np.float32)
    sign[:, :8] = sign[:, -8:] = 1
    sign[high // 2 - 4 : high // 2 + 4] = 1
    row = [Region(np.ones((80, 40), np.float32), (x, 20)) for x in (0, 60)]

    def classify(regions: Sequence[Region]) -> np.ndarray:
        believed = np.zeros((len(regions), 11), np.float32)
        whole = [r.strength.shape == sign.shape or r.pieces > 1 for r in regions]
        believed[:, 10] = np.where(whole, 0.99, 0.05)
        believed[:, 1] = 1 - believed[:, 10]
        return believed

    found = separate([*row, Region(sign, (120, 100 - high))], classify)
    assert (len(found) == 2) == left


def test_sums_are_read(reader: model.DigitReader) -> None:
    hand = benchmark.mnist_hand(DIGITS, LABELS)
    pages = [benchmark.composed(hand, "sums", np.random.default_rng(i)) for i in range(30)]
    right = [reader.read(page, number=True).text == text for page, text in pages]
    assert np.mean(right) >= 0.65, right


TICK = [(0, 0.6), (0.3, 1), (1, 0)]
ARROW = [(0, 0.5), (1.4, 0.5), (1.1, 0.25), (1.4, 0.5), (1.1, 0.75)]


@pytest.mark.parametrize("sign", [TICK, ARROW], ids=["tick", "arrow"])
def test_ticks_and_arrows_are_no_digits_and_cost_none(
    reader: model.DigitReader, sign: list[tuple[float, float]]
) -> None:
    """Parts of them look like 1s and 7s, and a hook may seem to be of the digit before it."""
    rng = np.random.default_rng(3)
    right = []
    for _ in range(20):
        picks = rng.integers(0, 40, 4).tolist()
        before, after = written(picks[:2], 20), written(picks[2:], 20)
        high = 0.6 * len(before)
        between = np.full((len(before), round(1.5 * high) + 20), 255, np.uint8)
        at = np.array(sign) * high + (10, 0.2 * len(before))
        cv2.polylines(between, [at.round().astype(np.int32)], False, 0, 4, cv2.LINE_AA)
        text = "".join(str(LABELS[i]) for i in picks)
        right.append(reader.read(np.hstack([before, between, after]), number=True).text == text)
    assert np.mean(right) >= 0.7


def test_narrow_ink_is_not_cut() -> None:
    sheet = np.zeros((60, 24), np.float32)
    cv2.rectangle(sheet, (2, 2), (21, 57), 1.0, 4)
    region = Region(sheet)
    (only,) = separate([region], sure_of(10))
    assert only is region


def test_no_regions_no_digits() -> None:
    assert separate([], lambda _: pytest.fail("nothing to classify")) == []


@pytest.mark.parametrize("gap", [30, 12])
def test_reads_numbers_with_space(reader: model.DigitReader, gap: int) -> None:
    rng = np.random.default_rng(5)
    picks = [list(rng.integers(0, 40, n)) for n in (2, 3, 4, 5, 6, 8) for _ in range(3)]
    right = [
        reader.read(written(p, gap), number=True).text == "".join(str(LABELS[i]) for i in p)
        for p in picks
    ]
    assert np.mean(right) >= 0.94


def test_reads_most_numbers_that_touch(reader: model.DigitReader) -> None:
    rng = np.random.default_rng(6)
    picks = [list(rng.integers(0, 40, n)) for n in (2, 3, 4) for _ in range(8)]
    right = [
        reader.read(written(p, -5), number=True).text == "".join(str(LABELS[i]) for i in p)
        for p in picks
    ]
    assert np.mean(right) >= 0.75


def test_single_digits_stay_whole(reader: model.DigitReader) -> None:
    texts = [reader.read(written([i], 0), number=True).text for i in range(40)]
    assert np.mean([t == str(y) for t, y in zip(texts, LABELS, strict=True)]) >= 0.95


def test_two_rows_are_read_in_order(reader: model.DigitReader) -> None:
    upper, lower = written([4, 9, 30], 20), written([12, 17, 33], 20)
    width = max(upper.shape[1], lower.shape[1])
    rows = [
        cv2.copyMakeBorder(r, 0, 0, 0, width - r.shape[1], cv2.BORDER_CONSTANT, value=255)
        for r in (upper, lower)
    ]
    text = "".join(str(LABELS[i]) for i in (4, 9, 30, 12, 17, 33))
    reading = reader.read(np.concatenate(rows), number=True)
    assert reading.text == text
    assert reading.lines == [text[:3], text[3:]]
    assert [d.line for d in reading.digits] == [0, 0, 0, 1, 1, 1]
