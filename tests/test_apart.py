"""A digit among what is none is read by itself, and the parts of a sign are not."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import model
from benchmarks import conditions, strings
from preprocessing import Region, find_ink, split_digits
from reader.apart import groups, is_alone
from reader.reading import SEVERAL

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "condition",
    [
        conditions.punched, conditions.screenshot, conditions.beside_a_pen, conditions.on_a_form,
        conditions.pencil_in_print,
    ],
)  # fmt: skip
def test_a_digit_among_what_is_none_is_read(reader: model.DigitReader, condition: Callable) -> None:
    made = conditions.pictures(condition, DIGITS)
    right = [reader.read(p).text == str(y) for p, y in zip(made, LABELS, strict=True)]
    assert sum(right) >= 0.9 * len(right)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("condition", "least"), [(conditions.screenshot, 0.85), (conditions.pencil_in_print, 0.75)]
)
def test_it_is_read_also_where_a_number_was_asked_for(
    reader: model.DigitReader, condition: Callable, least: float
) -> None:
    """Beside words a lone digit is no number, and print may be one."""
    made = conditions.pictures(condition, DIGITS)
    right = [reader.read(p, True).text == str(y) for p, y in zip(made, LABELS, strict=True)]
    assert sum(right) >= least * len(right)


@pytest.mark.parametrize("sign", ["plus", "minus", "times", "equals"])
def test_a_digit_next_to_a_sign_is_read(reader: model.DigitReader, sign: str) -> None:
    pages = [with_sign(sign, i) for i in range(len(DIGITS)) if LABELS[i] != 1]
    labels = LABELS[LABELS != 1]
    read = [reader.read(page).text == str(y) for page, y in zip(pages, labels, strict=True)]
    assert sum(read) >= 0.9 * len(read)


def test_a_2_next_to_equals_keeps_its_base(reader: model.DigitReader) -> None:
    """It is no underline, without which a 2 is a 7: lines are beside it, too."""
    twos = np.flatnonzero(LABELS == 2)
    assert len(twos) >= 4
    assert not any("7" in reader.read(with_sign("equals", i)).text for i in twos)


def test_a_1_next_to_a_sign_may_be_the_stem_of_a_letter(reader: model.DigitReader) -> None:
    ones = np.flatnonzero(LABELS == 1)
    assert len(ones) >= 4
    assert not any(reader.read(with_sign("plus", i, 64)).text for i in ones)


def test_two_digits_next_to_a_sign_are_several(reader: model.DigitReader) -> None:
    page = np.hstack([with_sign("plus", 12), 240 - (240 - pencilled(30, 1.0))[:, 70:]])
    reading = reader.read(page)
    assert (reading.text, reading.note) == ("", SEVERAL)


def with_sign(name: str, i: int, x: int = 34) -> np.ndarray:
    """A digit of 120 pixels and a sign half as high before it at x: (300, 300) uint8."""
    page = pencilled(i, 1.0)
    for stroke in conditions.SIGNS[name]:
        at = np.round(np.array([x, 150]) + np.multiply(24, stroke)).astype(np.int32)
        cv2.polylines(page, [at], False, 15, 9, cv2.LINE_AA)
    return page


def test_a_pen_beside_a_number_is_none_of_its_digits(reader: model.DigitReader) -> None:
    hand = strings.mnist_hand(DIGITS, LABELS)
    pages = conditions.pages(conditions.beside_a_pen, hand, 6)
    assert sum(reader.read(page, number=True).text == text for page, text in pages) >= 5


@pytest.mark.parametrize("number", [False, True])
def test_pencil_in_a_dark_box_or_ring_is_read(reader: model.DigitReader, number: bool) -> None:
    for i, corners in ((12, True), (30, False), (21, True), (39, False)):
        page = pencilled(i, 0.5)
        if corners:
            cv2.rectangle(page, (60, 60), (240, 240), 15, 3)
        else:
            cv2.circle(page, (150, 150), 100, 15, 4, cv2.LINE_AA)
        assert reader.read(page, number).text == str(LABELS[i])


def test_a_digit_above_a_signature_is_read(reader: model.DigitReader) -> None:
    for i in (12, 30, 21, 39):
        page = np.pad(pencilled(i, 1.0), ((0, 40), (0, 0)), constant_values=240)
        t = np.linspace(0, 1, 80)
        name = np.column_stack([60 + 180 * t, 285 + 20 * np.sin(38 * t) * (1 - t / 2)])
        cv2.polylines(page, [name.astype(np.int32)], False, 15, 4, cv2.LINE_AA)
        assert reader.read(page).text == str(LABELS[i])


def test_what_shows_through_in_a_zero_is_not_read(reader: model.DigitReader) -> None:
    """What has been erased or stands on the other side of the paper is fainter than pencil."""
    page = pencilled(12, 0.15)
    cv2.ellipse(page, (150, 150), (85, 110), 0, 0, 360, 15, 9, cv2.LINE_AA)
    assert reader.read(page).text == "0"


def test_pencil_beside_a_zero_is_not_read_instead(reader: model.DigitReader) -> None:
    page = np.hstack([pencilled(12, 0.5), np.full((300, 300), 240, np.uint8)])
    cv2.ellipse(page, (450, 150), (50, 80), 0, 0, 360, 15, 11, cv2.LINE_AA)
    assert reader.read(page).text != str(LABELS[12])


def pencilled(i: int, strength: float) -> np.ndarray:
    """A digit of 120 pixels amid paper, so much darker than that: (300, 300) uint8."""
    ink = np.pad(cv2.resize(DIGITS[i], (120, 120), interpolation=cv2.INTER_CUBIC) / 255, 90)
    return np.uint8(240 - 225 * strength * np.clip((ink - 0.3) / 0.4, 0, 1))


def test_a_1_of_a_number_is_no_pen_however_tall(reader: model.DigitReader) -> None:
    page = np.full((300, 400), 255, np.uint8)
    cv2.line(page, (100, 50), (90, 250), 0, 9, cv2.LINE_AA)
    page[100:260, 120:280] = 255 - cv2.resize(DIGITS[12], (160, 160))
    assert reader.read(page, number=True).text == f"1{LABELS[12]}"


@pytest.mark.parametrize("size", [60, 140])
def test_two_digits_far_apart_are_several(reader: model.DigitReader, size: int) -> None:
    page = np.full((300, 900), 255, np.uint8)
    for i, x in ((12, 100), (30, 700)):
        page[80 : 80 + size, x : x + size] = 255 - cv2.resize(DIGITS[i], (size, size))
    reading = reader.read(page)
    assert (reading.text, reading.note) == ("", SEVERAL)


def test_a_digit_far_from_others_in_its_line_is_one_of_several(reader: model.DigitReader) -> None:
    """What stands together may be a word, which is no digit, and may be a number."""
    page = np.full((200, 900), 255, np.uint8)
    for i, x in ((12, 40), (30, 130), (12, 220), (30, 700)):
        page[50:150, x : x + 100] = 255 - cv2.resize(DIGITS[i], (100, 100))
    assert reader.read(page).text == ""
    assert len(reader.read(page, number=True).text) == 4


@pytest.mark.parametrize(("x", "y", "alone"), [(150, 30, True), (80, 30, False), (30, 100, False)])
def test_a_dot_below_or_beside_a_digit_makes_a_sign_of_it(x: int, y: int, alone: bool) -> None:
    """A question mark's hook is a 7, and has its dot further below than digits are apart."""
    mask = cv2.polylines(
        np.zeros((140, 200), np.uint8), [np.array([(10, 10), (50, 10), (30, 70)])], False, 1, 5
    )
    cv2.circle(mask, (x, y), 6, 1, -1)
    ink = find_ink(255 * (1 - mask))
    seven = min(split_digits(ink, number=True), key=lambda region: region.origin)
    assert is_alone(seven, ink) == alone


def test_what_is_near_each_other_is_a_group() -> None:
    """A word's letters and a broken digit's parts are, however many there are between two ends."""
    row = [Region(np.ones((60, 20), np.float32), (x, 0)) for x in (0, 30, 60, 200, 300)]
    assert sorted((r.origin[0], r.strength.shape[1], r.pieces) for r in groups(row)) == [
        (0, 80, 3), (200, 20, 1), (300, 20, 1),
    ]  # fmt: skip
