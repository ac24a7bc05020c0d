"""Two papers side by side become one; a picture of one paper is left alone, to the object."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from finder.bands import one_paper

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]

Bands = list[tuple[int, int]]
BOTH_SIDES = [(0, 7), (21, 28)]


def ink(digit: np.ndarray, size: int) -> np.ndarray:
    """A digit's ink, dark on white, `size` pixels wide: (h, w) float32 in [0, 1]."""
    large = cv2.resize(digit / np.float32(255), (size, size), interpolation=cv2.INTER_AREA)
    return 1 - large


def inverted(gray: np.ndarray, bands: Bands) -> np.ndarray:
    """Invert bands of columns, given in 28ths of the width."""
    striped = gray.copy()
    for first, end in bands:
        columns = np.s_[:, round(first * gray.shape[1] / 28) : round(end * gray.shape[1] / 28)]
        striped[columns] = 1 - gray[columns]
    return striped


@pytest.mark.parametrize("size", [28, 84, 280])
@pytest.mark.parametrize("bands", [BOTH_SIDES, [(0, 9)], [(14, 28)], [(10, 18)]])
@pytest.mark.parametrize("turn", [np.asarray, np.transpose])
def test_what_was_inverted_in_bands_is_one_paper_again(
    size: int, bands: Bands, turn: Callable[[np.ndarray], np.ndarray]
) -> None:
    for digit in DIGITS[:10]:
        plain = ink(digit, size)
        apart = np.abs(one_paper(turn(inverted(plain, bands))) - turn(plain))
        # a column beside a change may be taken from its neighbour
        assert np.mean(apart > 0.1) < 0.03, np.mean(apart > 0.1)


@given(st.integers(0, len(DIGITS) - 1), st.integers(20, 200), st.booleans(), st.integers(0, 4))
def test_one_paper_is_left_alone(i: int, size: int, light_ink: bool, margin: int) -> None:
    rows, columns = np.flatnonzero(DIGITS[i].any(1)), np.flatnonzero(DIGITS[i].any(0))
    tight = DIGITS[i][rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    gray = ink(np.pad(tight, margin), size)
    gray = 1 - gray if light_ink else gray
    assert one_paper(gray) is gray


@pytest.mark.parametrize("strokes", [[(3, 6)], [(4, 9), (15, 20)], [(0, 8)]])
def test_bars_across_the_whole_picture_are_strokes(strokes: Bands) -> None:
    gray = inverted(np.ones((60, 28), np.float32), strokes)
    assert one_paper(gray) is gray
    assert one_paper(np.ascontiguousarray(gray.T)).shape == (28, 60)


def test_digits_across_two_papers_are_read(reader: model.DigitReader) -> None:
    striped = [inverted(ink(digit, 112), BOTH_SIDES) for digit in DIGITS]
    texts = [reader.read((255 * picture).astype(np.uint8)).text for picture in striped]
    right = [text == str(label) for text, label in zip(texts, LABELS, strict=True)]
    assert np.mean(right) >= 0.95, texts
