"""One brightness of any picture; blocks are smoothed, others left alone, to the object."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import model
from finder.channel import shown, without_blocks

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]


def enlarged(picture: np.ndarray, side: int, how: int = cv2.INTER_NEAREST) -> np.ndarray:
    return cv2.resize(picture, (side, side), interpolation=how)


@given(
    hnp.arrays(np.float32, (9, 9), elements=st.floats(0, 1, width=16), unique=True),
    st.sampled_from([3, 5, 7, 15]),
)
def test_blocks_become_linear_interpolation(pixels: np.ndarray, block: int) -> None:
    smooth = without_blocks(enlarged(pixels, 9 * block))
    expected = enlarged(pixels, 9 * block, cv2.INTER_LINEAR)
    np.testing.assert_allclose(smooth, expected, atol=1e-4)


@given(st.integers(0, len(DIGITS) - 1), st.integers(60, 300))
def test_smooth_pictures_are_left_alone(i: int, side: int) -> None:
    gray = enlarged(DIGITS[i] / np.float32(255), side, cv2.INTER_CUBIC)
    assert without_blocks(gray) is gray


@pytest.mark.parametrize("gray", [np.ones((90, 70)), np.eye(50), np.pad(np.ones((50, 60)), 20)])
def test_one_level_thin_lines_and_one_large_box_have_no_blocks(gray: np.ndarray) -> None:
    gray = gray.astype(np.float32)
    assert without_blocks(gray) is gray


@given(st.lists(st.integers(40, 65), min_size=2, max_size=6), st.integers(5, 14))
def test_bars_a_pen_wide_are_no_blocks(gaps: list[int], pen: int) -> None:
    gray = np.ones((200, 400), np.float32)
    for left in np.cumsum(gaps):
        gray[40 : 40 + 4 * pen, left : left + pen] = 0
    assert without_blocks(gray) is gray


@pytest.mark.parametrize("side", [8, 10])
@pytest.mark.parametrize("light_ink", [False, True])
def test_a_digit_of_a_few_large_blocks_is_read(
    reader: model.DigitReader, side: int, light_ink: bool
) -> None:
    right = 0
    for digit, label in zip(DIGITS, LABELS, strict=True):
        x, y, w, h = cv2.boundingRect(digit)
        around = np.pad(digit[y : y + h, x : x + w], 2)
        small = cv2.resize(around, (side, side), interpolation=cv2.INTER_AREA)
        blocks = enlarged(small if light_ink else 255 - small, 12 * side)
        right += reader.read(blocks).text == str(label)
    assert right >= 0.85 * len(LABELS), right


@pytest.mark.parametrize("scale", [0.5, 3])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_gray_is_the_same_with_colours_and_alpha_that_say_nothing(scale: float, kind: type) -> None:
    full = np.iinfo(kind).max
    rng = np.random.default_rng(0)
    gray = rng.integers(0, full, (round(600 * scale), round(700 * scale)), kind)
    gray[:20, :20] = full  # 16 bits, all of them used
    opaque = np.full_like(gray, full)
    alone, factor = shown(gray)
    for channels in ([gray] * 3, [gray] * 3 + [opaque]):
        same, same_factor = shown(np.dstack(channels))
        np.testing.assert_allclose(same, alone, atol=1e-6)
        assert same_factor == factor


def test_a_little_colour_is_seen() -> None:
    """Where few pixels have any, as one thin stroke of red on black and white."""
    picture = np.full((300, 300, 3), 255, np.uint8)
    picture[:, 100:110] = 0
    picture[203, 51:150] = (255, 0, 0)
    assert shown(picture)[0][203, 60] < 0.9
