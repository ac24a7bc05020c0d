"""What lies along the rim of a photo goes; digits that meet the rim stay."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from finder import shade
from finder.shade import without_shade
from finder.strokes import Mask

HEIGHT, WIDTH = 240, 320
with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _data:
    DIGITS = _data["x"][:40]


def inked(digit: np.ndarray, height: int) -> Mask:
    """A digit cropped to its ink and brought to a height."""
    x, y, w, h = cv2.boundingRect((digit > 100).astype(np.uint8))
    size = (max(2, round(w * height / h)), height)
    large = cv2.resize(digit[y : y + h, x : x + w], size, interpolation=cv2.INTER_CUBIC)
    return (large > 128).astype(np.uint8)


def vignetted(light: float = 0.25) -> np.ndarray:
    """A photo (h, w) uint8 of paper whose light falls off towards the rim, down to `light`."""
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    return (230 * (light + (1 - light) * np.exp(-(x**2 + y**2)))).astype(np.uint8)


@settings(max_examples=40)
@given(st.integers(5, 45), st.integers(5, 45), st.integers(0, 3))
def test_what_lies_along_the_rim_goes(start: int, end: int, turns: int) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, end], [0, start]])
    mask = np.rot90(cv2.fillPoly(mask, [corners], 1), turns)
    assert not without_shade(np.ascontiguousarray(mask)).any()


def test_a_ring_around_the_picture_goes_and_a_digit_in_it_stays() -> None:
    mask = np.ones((HEIGHT, WIDTH), np.uint8)
    cv2.ellipse(mask, (WIDTH // 2, HEIGHT // 2), (140, 100), 0, 0, 360, 0, -1)
    digit = inked(DIGITS[0], 80)
    mask[60:140, 120 : 120 + digit.shape[1]] |= digit
    left = without_shade(mask)
    assert left.sum() == digit.sum()
    assert (left[60:140, 120 : 120 + digit.shape[1]] == digit).all()


@settings(max_examples=100)
@given(st.integers(0, len(DIGITS) - 1), st.integers(20, 150), st.integers(0, 3), st.floats(0, 0.1))
def test_digits_cut_off_at_the_rim_stay(i: int, height: int, side: int, cut: float) -> None:
    digit = np.rot90(inked(DIGITS[i], height), -side)  # upright once it is turned back
    mask = np.zeros((HEIGHT, WIDTH) if side % 2 == 0 else (WIDTH, HEIGHT), np.uint8)
    kept = digit[int(cut * len(digit)) :]
    mask[: len(kept), 40 : 40 + kept.shape[1]] = kept[:, : mask.shape[1] - 40]
    mask = np.ascontiguousarray(np.rot90(mask, side))
    assert (without_shade(mask) == mask).all()


@pytest.mark.parametrize("i", range(len(DIGITS)))
def test_tight_crops_stay(i: int) -> None:
    mask = inked(DIGITS[i], 160)
    assert (without_shade(mask) == mask).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 300)])
def test_the_smallest_pictures_pass(shape: tuple[int, int]) -> None:
    mask = np.zeros(shape, np.uint8)
    mask[:, ::2] = 1
    assert without_shade(mask).shape == shape


def test_many_strokes_at_the_rim_are_not_looked_at_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, ::3] = 1
    looked_at = []
    monkeypatch.setattr(shade, "_is_shade", lambda pieces, i, contact: looked_at.append(i))
    without_shade(mask)
    assert len(looked_at) <= 2  # the upright ones along the left and the right side


@pytest.mark.parametrize("light", [0.1, 0.25, 0.4, 0.6])
def test_blank_paper_in_a_vignette_is_no_digit(light: float) -> None:
    reading = model.load().read(vignetted(light))
    assert reading.text == ""


def test_a_digit_in_a_vignette_is_still_read() -> None:
    picture = vignetted()
    cv2.line(picture, (140, 80), (180, 80), 30, 8)
    cv2.line(picture, (180, 80), (155, 160), 30, 8)
    assert model.load().read(picture).text == "7"
