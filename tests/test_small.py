"""Digits lower than those beside them are taken, and dots, signs and letters are not."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

import model
from preprocessing import Region, find_ink, single_piece, split_digits
from reader.small import MOST, with_low

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]
HIGH, HEAD, FOOT = 110, 50, 160  # pixels: of full digits, rows where these begin and end
GAP = 18
NO_ONES = [i for i in range(len(DIGITS)) if LABELS[i] != 1]


def tight(i: int, height: int) -> np.ndarray:
    """A digit, cropped to its ink, of so many pixels."""
    x, y, w, h = cv2.boundingRect((DIGITS[i] > 60).astype(np.uint8))
    size = max(3, round(w * height / h)), height
    how = cv2.INTER_CUBIC if height > h else cv2.INTER_AREA
    return cv2.resize(DIGITS[i][y : y + h, x : x + w], size, interpolation=how)


def page(*placed: tuple[np.ndarray, int]) -> np.ndarray:
    """Inks in a row, each with its first row: black on white (h, w) uint8."""
    made = np.zeros((220, sum(ink.shape[1] + GAP for ink, _ in placed) + 2 * GAP), np.uint8)
    x = GAP
    for ink, y in placed:
        made[y : y + ink.shape[0], x : x + ink.shape[1]] = ink
        x += ink.shape[1] + GAP
    return 255 - made


def full(i: int) -> tuple[np.ndarray, int]:
    return tight(i, HIGH), HEAD


def text(*picks: int) -> str:
    return "".join(str(LABELS[i]) for i in picks)


@pytest.mark.parametrize("share", [0.36, 0.42, 0.5])
@pytest.mark.parametrize("place", ["head", "foot"])
def test_a_low_digit_is_read(reader: model.DigitReader, share: float, place: str) -> None:
    """But for a zero at the head, which marks degrees."""
    height = round(share * HIGH)
    top = HEAD if place == "head" else FOOT - height
    right = []
    for k, i in enumerate(NO_ONES):
        if place == "foot" or LABELS[i] != 0:
            before, after = NO_ONES[k - 7], NO_ONES[k - 13]
            made = page(full(before), (tight(i, height), top), full(after))
            right.append(reader.read(made, number=True).text == text(before, i, after))
    assert np.mean(right) >= 0.85


def test_several_low_digits_are_read_in_order(reader: model.DigitReader) -> None:
    zero, four = (int(np.flatnonzero(label == LABELS)[1]) for label in (0, 4))
    low = tight(zero, 44), FOOT - 44
    made = page(full(four), low, low, low, low)
    assert reader.read(made, number=True).text == text(four) + "0000"


@pytest.mark.parametrize("up", [0, 20])
def test_raised_cents_are_read(reader: model.DigitReader, up: int) -> None:
    """Also with a 1, and two zeros."""
    ones, zeros = (np.flatnonzero(label == LABELS).tolist() for label in (1, 0))
    others = [i for i in NO_ONES if LABELS[i] != 0]
    cents = [*zip(ones, others, strict=False), *zip(others[9:], ones, strict=False)]
    cents += list(zip(zeros, zeros[1:], strict=False))
    right = []
    for k, pair in enumerate(cents):
        before = others[-1 - k]
        made = page(full(before), *((tight(i, 46), HEAD - up) for i in pair))
        right.append(reader.read(made, number=True).text == text(before, *pair))
    assert np.mean(right) >= 0.8


@pytest.mark.parametrize(
    ("labels", "tops", "gap", "taken"),
    [
        ((1, 4), (0, 0), 0, 2),
        ((4, 1), (0, 0), 0, 2),
        ((1, 1), (0, 0), 0, 0),  # quotation marks
        ((1, 4), (0, 66), 0, 1),  # not level
        ((1, 4), (0, 0), 50, 1),  # not close
        ((0, 0), (0, 0), 0, 2),
        ((0, 10), (0, 0), 0, 0),  # degrees, and what they are of
        ((5, 4), (-28, -28), 0, 2),  # raised
        ((5, 10), (-28, -28), 0, 0),
    ],
)
def test_what_stands_beside_a_low_digit_like_it_may_be_any(
    labels: tuple[int, int], tops: tuple[int, int], gap: int, taken: int
) -> None:
    """Told by a classifier that knows them by their place."""
    first, second = tight(5, 44), with_gap(tight(6, 44), gap)
    ink = find_ink(page(full(2), (first, HEAD + tops[0]), (second, HEAD + tops[1])))
    digits = split_digits(ink, number=True)
    assert len(digits) == 1
    middle = digits[0].origin[0] + digits[0].strength.shape[1] + GAP + first.shape[1] + 8

    def classify(regions: Sequence[Region]) -> np.ndarray:
        named = [labels[int(r.origin[0] + r.strength.shape[1] / 2 > middle)] for r in regions]
        return np.eye(11, dtype=np.float32)[named]

    assert len(with_low(digits, [], ink, classify)) == 1 + taken


def test_a_dot_before_a_low_digit_makes_no_sign_of_it(reader: model.DigitReader) -> None:
    four, seven = (int(np.flatnonzero(label == LABELS)[1]) for label in (4, 7))
    low = np.pad(tight(four, 44), ((0, 0), (24, 0)))
    cv2.circle(low, (9, 34), 9, 255, -1)
    assert reader.read(page(full(seven), (low, FOOT - 44)), number=True).text == text(seven, four)


@pytest.mark.parametrize(
    ("label", "probability", "taken"),
    [(4, 0.995, True), (4, 0.98, False), (1, 0.999, False), (10, 0.999, False)],
)
def test_only_what_is_surely_a_digit_and_no_1_is_taken(
    label: int, probability: float, taken: bool
) -> None:
    """Told by a classifier that says the same of everything."""
    ink = find_ink(page(full(2), (tight(5, 44), FOOT - 44)))
    digits = split_digits(ink, number=True)
    assert len(digits) == 1
    answer = np.full(11, (1 - probability) / 10, np.float32)
    answer[label] = probability
    found = with_low(digits, [], ink, lambda regions: np.stack([answer] * len(regions)))
    assert len(found) == 1 + taken


def test_a_letter_of_a_word_is_no_low_digit() -> None:
    """However surely it is a digit by its form, as an o is."""
    ink = find_ink(page(full(2), (tight(5, 44), FOOT - 44)))
    digits = split_digits(ink, number=True)
    letter = single_piece(ink, np.intp(np.argmin(ink.pieces.boxes[:, 3])))

    def classify(regions: Sequence[Region]) -> np.ndarray:
        return np.eye(11, dtype=np.float32)[[4] * len(regions)]

    assert len(with_low(digits, [], ink, classify)) == 2
    assert with_low(digits, [letter], ink, classify) == digits


def test_a_network_of_ten_classes_is_not_believed() -> None:
    """It is sure of a digit in a comma, too."""
    ink = find_ink(page(full(2), (tight(5, 44), FOOT - 44)))
    digits = split_digits(ink, number=True)
    found = with_low(
        digits, [], ink, lambda regions: np.eye(10, dtype=np.float32)[[4] * len(regions)]
    )
    assert found == digits


def test_grain_beside_digits_is_not_all_asked_about() -> None:
    """As each piece costs a pass of the network."""
    sheet = page(full(2), full(3))
    for x in range(4, sheet.shape[1] - 40, 44):
        for y in range(4, 40, 44):
            sheet[y : y + 36, x : x + 36] = np.minimum(
                sheet[y : y + 36, x : x + 36], 255 - ring(36)
            )
    many = np.hstack([sheet] * (MOST // 4))
    ink = find_ink(many)
    digits = split_digits(ink, number=True)[:2]
    asked = []

    def classify(regions: Sequence[Region]) -> np.ndarray:
        asked.extend(regions)
        return np.zeros((len(regions), 11), np.float32)

    assert len(with_low(digits, [], ink, classify)) == 2
    assert asked == []


def test_low_digits_stay_in_their_line(reader: model.DigitReader) -> None:
    two, five = (int(np.flatnonzero(label == LABELS)[1]) for label in (2, 5))
    row = page(full(two), (tight(five, 44), FOOT - 44), full(two))
    reading = reader.read(np.vstack([row, row]), number=True)
    assert reading.lines == ["252", "252"]
    assert [digit.line for digit in reading.digits] == [0, 0, 0, 1, 1, 1]


def ring(size: int) -> np.ndarray:
    return cv2.circle(np.zeros((size, size), np.uint8), (size // 2,) * 2, size // 2 - 6, 255, 9)


def comma() -> np.ndarray:
    made = np.zeros((44, 24), np.uint8)
    return cv2.polylines(made, [np.array([(16, 6), (17, 18), (6, 38)])], False, 255, 10)


def percent() -> np.ndarray:
    made = cv2.line(np.zeros((HIGH, 112), np.uint8), (86, 8), (28, HIGH - 8), 255, 9)
    made[:44, :44] |= ring(44)
    made[-44:, -44:] |= ring(44)
    return made


def with_gap(ink: np.ndarray, gap: int) -> np.ndarray:
    return np.pad(ink, ((0, 0), (gap, 0)))


SIGNS = {
    "degrees": (ring(44), HEAD),
    "bullet": (ring(44), HEAD + 33),
    "percent": (percent(), HEAD),
    "comma": (comma(), FOOT - 16),
    "dot": (cv2.circle(np.zeros((40, 40), np.uint8), (20, 20), 18, 255, -1), FOOT - 40),
    "low stroke": (np.pad(np.full((44, 9), 255, np.uint8), 4), FOOT - 48),
    "ring far away": (with_gap(ring(44), 140), FOOT - 44),
    "ring below": (ring(44), FOOT - 22),
}


@pytest.mark.parametrize("name", SIGNS)
def test_what_is_no_low_digit_is_left_out(reader: model.DigitReader, name: str) -> None:
    picks = [NO_ONES[k] for k in (3, 8, 14)]
    made = page(*(full(i) for i in picks), SIGNS[name])
    assert reader.read(made, number=True).text == text(*picks)
