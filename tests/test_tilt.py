"""Lines of writing that climb or fall are laid level, and boxes stay where the digits are."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import model
from preprocessing import find_ink, split_digits, straightened

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]

MIXED = np.random.default_rng(0).permutation(len(DIGITS)).tolist()


def page(picks: list[int], in_a_row: int, degrees: float, only: int | None = None) -> np.ndarray:
    """Rows of digits, turned: black on white, uint8. only: leave out all but this one."""
    shown = [DIGITS[i] * (only in (None, k)) for k, i in enumerate(picks)]
    rows = [np.hstack(shown[k : k + in_a_row]) for k in range(0, len(shown), in_a_row)]
    ink = cv2.resize(np.vstack(rows), None, fx=2, fy=2)
    side = int(np.hypot(*ink.shape)) + 8
    turn = cv2.getRotationMatrix2D((ink.shape[1] / 2, ink.shape[0] / 2), degrees, 1)
    turn[:, 2] += (side - ink.shape[1]) / 2, (side - ink.shape[0]) / 2
    return 255 - cv2.warpAffine(ink, turn, (side, side))


@pytest.mark.parametrize("in_a_row", [4, 8])
@pytest.mark.parametrize("degrees", [-32, -24, -16, 16, 24, 32])
def test_numbers_askew_keep_their_order(
    reader: model.DigitReader, degrees: float, in_a_row: int
) -> None:
    for start in (0, 8, 16):
        picks = MIXED[start : start + 8]  # of all classes: another order is another text
        reading = reader.read(page(picks, in_a_row, degrees), number=True)
        rows = np.reshape(LABELS[picks], (-1, in_a_row))
        lines = ["".join(map(str, row)) for row in rows]
        same = [a == b for a, b in zip("".join(reading.lines), "".join(lines), strict=True)]
        assert len(reading.lines) == len(lines)
        assert sum(same) >= 7  # one may be misread, none has another place


@pytest.mark.parametrize("degrees", [-6, 0, 6])
@pytest.mark.parametrize("in_a_row", [3, 6, 12])
def test_lines_that_lie_nearly_level_are_left_as_they_are(degrees: float, in_a_row: int) -> None:
    for start in (0, 12, 24):
        assert straightened(find_ink(page(MIXED[start : start + 12], in_a_row, degrees))) is None


def test_nothing_is_not_turned() -> None:
    assert straightened(find_ink(np.full((60, 60), 255, np.uint8))) is None


@pytest.mark.parametrize("degrees", [-20, 28])
@pytest.mark.parametrize("size", [1.0, 9.0])
def test_boxes_are_where_the_digits_are_in_the_picture(degrees: float, size: float) -> None:
    """At working size, and in a picture that is reduced to it."""
    picks = MIXED[:6]
    large = cv2.resize(page(picks, 6, degrees), None, fx=size, fy=size)
    level = straightened(find_ink(large))
    assert level is not None
    regions = split_digits(level, number=True)
    assert len(regions) == len(picks)
    for k, region in enumerate(regions):
        alone = 255 - cv2.resize(page(picks, 6, degrees, only=k), None, fx=size, fy=size)
        x, y, w, h = cv2.boundingRect((alone > 60).astype(np.uint8))
        true = np.array([x, y, x + w, y + h])
        left, top, width, height = region.box
        found = np.array([left, top, left + width, top + height])
        assert np.abs(found - true).max() <= 3 * size
        assert found.min() >= 0
        assert found.max() <= max(large.shape)
