"""Lines of ruled paper go, and strokes stay, wherever they meet."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finder.rules import line_along, without_rules

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS = _digits["x"]
HEIGHT, WIDTH = 160, 400


def written(i: int, side: int, at: tuple[int, int]) -> np.ndarray:
    """A digit of MNIST in a mask of HEIGHT by WIDTH."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    digit = cv2.resize(DIGITS[i], (side, side), interpolation=cv2.INTER_CUBIC) > 128
    mask[at[0] : at[0] + side, at[1] : at[1] + side] = digit
    return mask


def line(
    y: float, thick: int = 1, bend: float = 0.0, ends: tuple[int, int] = (0, WIDTH)
) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    x = np.arange(*ends)
    for row, column in zip(y + bend * (x / WIDTH - 0.5) ** 2, x, strict=True):
        mask[round(row) : round(row) + thick, column] = 1
    return mask


def agreement(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union."""
    return float((a & b).sum() / max((a | b).sum(), 1))


@given(
    st.integers(0, len(DIGITS) - 1), st.integers(70, 120), st.integers(5, 270), st.integers(1, 3),
    st.floats(-12, 12),
)  # fmt: skip
@settings(max_examples=60)
def test_a_digit_across_a_line_stays_and_the_line_goes(
    i: int, side: int, left: int, thick: int, bend: float
) -> None:
    digit, rule = written(i, side, (20, left)), line(85, thick, bend)
    bare = without_rules(digit | rule)
    away = cv2.dilate(digit, np.ones((9, 9), np.uint8)) == 0
    assert not (bare & away).any()
    assert agreement(bare, digit) > 0.8


@pytest.mark.parametrize("thick", [1, 2, 3])
def test_a_stroke_along_a_line_keeps_what_is_more_than_the_line(thick: int) -> None:
    bar = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(bar, (150, 70), (230, 79), 1, -1)
    cv2.rectangle(bar, (150, 30), (159, 79), 1, -1)  # an L that stands on the line
    bare = without_rules(bar | line(79, thick))
    assert agreement(bare, bar) > 0.85
    assert cv2.connectedComponents(bare)[0] == 2


@pytest.mark.parametrize(("climb", "sunk"), [(2, 0), (-1, 1), (2, 1)])
def test_a_line_that_small_digits_stand_on_goes(climb: int, sunk: int) -> None:
    """They cover most of it, so that the ink along it has its middle above the line's."""
    row = np.zeros((70, 136), np.uint8)
    for i, left in zip((4, 9, 16, 30, 33), range(2, 132, 26), strict=True):
        digit = cv2.resize(DIGITS[i], (44, 44), interpolation=cv2.INTER_CUBIC) > 100
        digit = digit[digit.any(1)][:, digit.any(0)][:, : 136 - left]
        foot = 58 + sunk - round(climb * (left - 4) / 136)
        row[foot - len(digit) : foot, left : left + digit.shape[1]] |= digit
    rule = np.zeros_like(row)
    cv2.line(rule, (0, 58), (135, 58 - climb), 1, 1)
    bare = without_rules(row | rule)
    away = cv2.dilate(row, np.ones((5, 5), np.uint8)) == 0
    assert not (bare & away).any()
    assert agreement(bare, row) > 0.93


def test_lines_that_bend_too_often_are_writing() -> None:
    x = np.arange(WIDTH)
    wave = np.zeros((HEIGHT, WIDTH), np.uint8)
    points = np.stack([x, 80 + 8 * np.sin(x / 15)], 1).round().astype(np.int32)
    cv2.polylines(wave, [points], False, 1, 2)
    np.testing.assert_array_equal(without_rules(wave), wave)


def test_between_two_lines_is_none() -> None:
    """Where their mean is."""
    mask = np.zeros((60, 200), np.uint8)
    mask[5:8], mask[50:53] = 1, 1
    everywhere = np.ones(mask.shape, bool)
    assert line_along(mask, everywhere, slice(0, 60)) is None
    assert line_along(mask[:30], everywhere[:30], slice(0, 30)) is not None


def test_bars_of_neighbouring_digits_are_no_line() -> None:
    """On a strip the bars of three digits reach from side to side, with gaps."""
    strip = np.zeros((40, 100), np.uint8)
    for left, y in ((3, 18), (36, 19), (69, 17)):
        cv2.line(strip, (left, y), (left + 26, y + 1), 1, 3)
        cv2.line(strip, (left + 13, 4), (left + 11, 36), 1, 3)
    assert agreement(without_rules(strip), strip) == 1


def test_empty_ruled_and_squared_paper_has_no_ink() -> None:
    ruled = line(30) | line(70) | line(110)
    squared = ruled.copy()
    squared[:, 20::40] = 1
    assert not without_rules(ruled).any()
    assert not without_rules(squared).any()


@pytest.mark.parametrize("climb", [-20, -12, 12, 20])
def test_lines_that_climb_across_a_wide_page_go(climb: int) -> None:
    page = np.zeros((500, 1200), np.uint8)
    for y in range(60, 460, 70):
        cv2.line(page, (0, y), (1199, y - climb), 1, 1)
    assert without_rules(page).sum() < 0.01 * page.sum()


@pytest.mark.parametrize("margin", [0, 2, 6, 12])
@pytest.mark.parametrize("pen", [2, 5, 9])
@pytest.mark.parametrize("lean", [0, 12])
def test_a_long_one_alone_is_no_line(margin: int, pen: int, lean: int) -> None:
    one = np.zeros((400, 600), np.uint8)
    cv2.line(one, (300 + lean, margin), (300 - lean, 399 - margin), 1, pen)
    np.testing.assert_array_equal(without_rules(one), one)


def test_a_long_one_beside_a_zero_is_no_line_unless_it_ends_at_the_borders() -> None:
    zero = np.zeros((400, 600), np.uint8)
    cv2.ellipse(zero, (120, 200), (50, 130), 0, 0, 360, 1, 6)
    for margin, kept in ((12, True), (0, False)):
        page = zero.copy()
        page[margin : 400 - margin, 300:305] = 1
        bare = without_rules(page)
        assert bool(bare[:, 300:305].any()) == kept
        assert (bare & zero).sum() == zero.sum()


@pytest.mark.parametrize(("zeros", "kept"), [(1, False), (2, True), (3, True)])
def test_a_one_of_a_number_cropped_tight_is_no_line(zeros: int, kept: bool) -> None:
    """Two digits more, that are as high as the picture, say that the line may be a third."""
    strip = np.zeros((80, 300), np.uint8)
    for i in range(zeros):
        cv2.ellipse(strip, (70 + 80 * i, 40), (22, 38), 0, 0, 360, 1, 5)
    cv2.line(strip, (21, 0), (19, 79), 1, 3)
    bare = without_rules(strip)
    assert bool(bare[:, :30].any()) == kept
    np.testing.assert_array_equal(bare[:, 30:], strip[:, 30:])


def test_two_upright_lines_are_a_form_even_short_of_the_borders() -> None:
    page = np.zeros((400, 600), np.uint8)
    page[12:388, 100:102] = page[12:388, 400:402] = 1
    cv2.ellipse(page, (250, 200), (50, 130), 0, 0, 360, 1, 6)
    assert not without_rules(page)[:, :150].any()
    assert not without_rules(page)[:, 350:].any()


@given(st.integers(0, 255))
@settings(max_examples=20)
def test_it_only_takes_away_and_its_input_stays(seed: int) -> None:
    mask = (np.random.default_rng(seed).random((70, 90)) < 0.3).astype(np.uint8)
    before = mask.copy()
    bare = without_rules(mask)
    assert not (bare & (1 - before)).any()
    np.testing.assert_array_equal(mask, before)
