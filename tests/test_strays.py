"""What is written stays in a number, and what lies about on a photo does not."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

import model
from preprocessing import Ink, split_digits
from reader import strays
from reader.reading import Digit
from reader.strays import is_clutter, without_closing, without_lines, without_strays

FRAME, SHARE = np.zeros((28, 28), np.float32), np.full(10, 0.1, np.float32)
PHOTO = Ink(np.zeros((600, 800), np.float32), np.zeros((600, 800), np.uint8), 1.0, inverted=False)

Box = tuple[int, int, int, int]


def digit(value: int | None, box: Box, line: int = 0, confidence: float = 0.999) -> Digit:
    return Digit(value, confidence, SHARE, box, line, FRAME, None)


def row(text: str, y: int, line: int, high: int = 80, pitch: int = 60) -> list[Digit]:
    return [digit(int(c), (100 + pitch * i, y, 40, high), line) for i, c in enumerate(text)]


NUMBER = row("7301", 200, 1)


def lines_beside_an_8(*lines: tuple[int, float]) -> tuple[list[Digit], Ink]:
    """An 8 of a broad pen, then 1s as wide and as dark as asked; digits and ink."""
    strength = np.zeros((140, 60 + 60 * len(lines)), np.float32)
    cv2.ellipse(strength, (30, 45), (16, 20), 0, 0, 360, 1, 8)
    cv2.ellipse(strength, (30, 92), (16, 24), 0, 0, 360, 1, 8)
    for i, (width, dark) in enumerate(lines):
        x = 75 + 60 * i
        strength[30:115, x : x + width] = dark
    ink = Ink(strength, (strength > 0).astype(np.uint8), 1.0, inverted=False)
    frame, share = np.zeros((28, 28), np.float32), np.full(10, 0.1, np.float32)
    boxes = sorted(region.box for region in split_digits(ink, number=True))
    assert len(boxes) == 1 + len(lines)
    values = [8] + [1] * len(lines)
    digits = [Digit(v, 0.999, share, b, 0, frame, None) for v, b in zip(values, boxes, strict=True)]
    return digits, ink


def test_a_line_both_thinner_and_fainter_than_the_pen_is_no_1() -> None:
    digits, ink = lines_beside_an_8((8, 1.0), (3, 0.5), (3, 1.0), (8, 0.5))
    kept = without_lines(digits, ink)
    assert kept == [digits[0], digits[1], digits[3], digits[4]]


def test_a_line_is_a_1_where_nothing_else_is_sure_or_as_thin_and_faint() -> None:
    digits, ink = lines_beside_an_8((3, 0.5), (3, 0.5))
    assert without_lines(digits, ink) == digits[:1]
    assert without_lines(digits[1:], ink) == digits[1:]
    doubtful = [replace(digits[0], confidence=0.9), *digits[1:]]
    assert without_lines(doubtful, ink) == doubtful
    a_7 = [digits[0], replace(digits[1], digit=7), digits[2]]
    assert without_lines(a_7, ink) == a_7
    doubtful_7 = [digits[0], replace(digits[1], digit=7, confidence=0.5), digits[2]]
    assert without_lines(doubtful_7, ink) == doubtful_7[:2]


@pytest.mark.parametrize(
    "stray",
    [
        digit(1, (300, 20, 8, 40), 0),  # a wire
        digit(7, (300, 20, 90, 160), 0, 0.94),  # grain of a desk
        digit(3, (300, 20, 40, 80), 0, 0.5),
        digit(None, (300, 20, 40, 40), 0),
        digit(3, (0, 20, 40, 80), 0),  # the rim cuts it off
        digit(3, (300, 1, 40, 80), 0),
        digit(3, (760, 20, 40, 80), 0),
        digit(3, (300, 520, 40, 80), 2),
    ],
)
def test_what_stands_about_in_a_photo_is_no_digit_of_its_number(stray: Digit) -> None:
    assert without_strays([stray, *NUMBER], PHOTO) == NUMBER
    even = replace(PHOTO, is_even=True)
    assert without_strays([stray, *NUMBER], even) == [stray, *NUMBER]
    no_other = [replace(stray, line=1), *row("11", 200, 1)]
    assert without_strays(no_other, PHOTO) == no_other


@pytest.mark.parametrize(
    "other",
    [
        [digit(1, (300, 20, 8, 50), 0)],
        [digit(1, (300, 20, 60, 140), 0)],
        [digit(3, (300, 20, 40, 80), 0, 0.7)],
        row("11", 0, 0),  # at the rim, and in a line
        [*row("11", 20, 0), digit(1, (220, 20, 40, 80), 0, 0.4)],
        [*row("9", 0, 0), digit(1, (160, 0, 40, 20), 0, 0.4)],
    ],
)
def test_what_may_be_another_line_stays(other: list[Digit]) -> None:
    assert without_strays([*other, *NUMBER], PHOTO) == [*other, *NUMBER]


@pytest.mark.parametrize(
    "stray", [digit(4, (620, 200, 40, 80), 1, 0.5), digit(1, (620, 200, 8, 30), 1)]
)
def test_what_is_far_away_in_a_line_is_judged_by_itself(stray: Digit) -> None:
    assert without_strays([*NUMBER, stray], PHOTO) == NUMBER
    near = replace(stray, box=(360, *stray.box[1:]))
    assert without_strays([*NUMBER, near], PHOTO) == [*NUMBER, near]
    alike = replace(stray, box=(620, 200, 40, 80), confidence=0.9)
    assert without_strays([*NUMBER, alike], PHOTO) == [*NUMBER, alike]


def test_a_photo_without_digits_has_none() -> None:
    assert without_strays([], PHOTO) == []
    nothing = [digit(None, (100, 100, 40, 80))]
    assert without_strays(nothing, PHOTO) == nothing


def test_the_rim_is_the_pictures() -> None:
    small = Ink(np.zeros((300, 400), np.float32), np.zeros((300, 400), np.uint8), 2.0, False)
    near, far = digit(3, (300, 517, 40, 80), 2), digit(3, (300, 515, 40, 80), 2)
    assert without_strays([*NUMBER, near, replace(far, line=3)], small) == [
        *NUMBER, replace(far, line=3)
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["1", "6"])
def test_a_row_of_wires_is_no_number(value: str) -> None:
    wires = row(value * 12, 20, 0, high=70, pitch=31)
    assert without_strays([*wires, *NUMBER], PHOTO) == NUMBER
    some = [*wires[:3], *wires[4:8], digit(9, wires[9].box), *wires[10:]]  # lost and misread
    assert without_strays([*some, *NUMBER], PHOTO) == NUMBER


def test_a_column_of_wires_is_no_number() -> None:
    wires = [digit(6, (20, 30 + 33 * i, 40, 20), i) for i in range(14)]
    among = digit(4, (22, 30 + 33 * 14, 36, 20), 14)
    number = [replace(d, line=15) for d in NUMBER]
    assert without_strays([*wires, among, *number], PHOTO) == number
    column = [digit(i % 4 + 2, d.box, d.line) for i, d in enumerate(wires)]
    assert without_strays([*column, *number], PHOTO) == [*column, *number]


ODD = [
    digit(3, (500, 20, 40, 80), confidence=0.9),
    digit(None, (500, 20, 40, 80)),
    digit(3, (500, 20, 40, 30)),
    digit(1, (500, 20, 8, 30)),
    digit(3, (500, 0, 40, 80)),
]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_beside_a_number_is_clutter_where_more_of_it_is_odd(odd: Digit) -> None:
    sure, edge = digit(3, (500, 20, 40, 80)), digit(1, (500, 20, 40, 80))
    assert is_clutter([sure, odd, odd], NUMBER, PHOTO)
    assert is_clutter([odd], NUMBER, PHOTO)
    assert not is_clutter([sure, odd], NUMBER, PHOTO)
    assert not is_clutter([sure, edge, edge], NUMBER, PHOTO)
    assert is_clutter([edge], NUMBER, PHOTO)
    assert is_clutter([], NUMBER, PHOTO)


def test_nothing_is_odd_in_size_or_place_where_nothing_is_sure() -> None:
    assert is_clutter([ODD[2], ODD[4], ODD[4]], NUMBER, PHOTO)
    assert not is_clutter([ODD[2], ODD[4], ODD[4]], row("1", 200, 1), PHOTO)


def test_a_row_of_digits_is_no_binding() -> None:
    seven = row("1" * 7, 20, 0, high=70, pitch=31)
    assert without_strays([*seven, *NUMBER], PHOTO) == [*seven, *NUMBER]
    mixed = row("1213141516", 20, 0, high=70, pitch=31)
    assert without_strays([*mixed, *NUMBER], PHOTO) == [*mixed, *NUMBER]
    few = row("1" * 8 + "20345768", 20, 0, high=70, pitch=31)
    assert without_strays([*few, *NUMBER], PHOTO) == [*few, *NUMBER]
    rng = np.random.default_rng(0)
    hand = [
        digit(1, (x, 20, 8, 70)) for x in np.cumsum(rng.uniform(25, 60, 12)).astype(int).tolist()
    ]
    assert without_strays([*hand, *NUMBER], PHOTO) == [*hand, *NUMBER]


def page_of_a_notebook(texts: Sequence[str], high: int) -> np.ndarray:
    """A photo of digits below the wires of a binding, of that height, and desk above it."""
    page = np.full((600, 800), 225, np.uint8)
    for i, text in enumerate(texts):
        at = (180, 300 + 150 * i)
        cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 4, 40, 9, cv2.LINE_AA)
    for x in range(15, 800, 28):
        cv2.line(page, (x, 40), (x + 3, 40 - high // 2), 60, 4, cv2.LINE_AA)
        cv2.line(page, (x, 40), (x, 40 + high // 2), 60, 4, cv2.LINE_AA)
    light = np.linspace(1, 0.75, 800)
    noise = np.random.default_rng(0).normal(0, 2, page.shape)
    return np.clip(page * light + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("high", [36, 60])
def test_a_number_below_a_binding_is_read(reader: model.DigitReader, high: int) -> None:
    photo = page_of_a_notebook(["3528", "4093"], high)
    assert reader.read(photo, number=True).lines == ["3528", "4093"]


def test_a_binding_would_be_a_row_of_ones(
    reader: model.DigitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strays, "without_strays", lambda digits, ink: digits)
    lines = reader.read(page_of_a_notebook(["3528", "4093"], 60), number=True).lines
    assert lines[0].count("1") > 8


@pytest.mark.parametrize("scale", [1.0, *np.random.default_rng(0).uniform(1, 5, 20)])
@pytest.mark.parametrize("high", [36, 20])
def test_what_closes_like_a_bracket_and_is_no_sure_digit_but_a_1_is_none(
    scale: float, high: int
) -> None:
    strength = np.zeros((140, 240), np.float32)
    cv2.ellipse(strength, (60, 70), (18, high), 0, 0, 360, 1, 6)
    cv2.ellipse(strength, (100, 70), (30, 40), 0, -75, 75, 1, 6)
    ink = Ink(strength, (strength > 0.5).astype(np.uint8), scale, inverted=False)
    zero, bracket = sorted(region.box for region in split_digits(ink, number=True))
    first = digit(0, zero)
    for value, confidence, stays in ((1, 0.999, False), (7, 0.8, False), (7, 0.99, True)):
        read = [first, digit(value, bracket, confidence=confidence)]
        assert without_closing(read, ink) == read[: 1 + stays]
    assert without_closing([digit(1, bracket)], ink) == [digit(1, bracket)]
