"""Pictures enlarged to blocks are smoothed, all others left alone, to the object."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import model
from channel import without_blocks

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
