"""A sheet that lies in the picture is found where it is, and what is on it is read alone."""

from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
import preprocessing
import strays
from benchmarks import conditions, scenes, strings
from preprocessing import find_sheet

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]


def lying(
    size: tuple[int, int], length: float, aspect: float, degrees: float, dark: bool
) -> tuple[np.ndarray, np.ndarray]:
    """A bare sheet in the middle of a picture (h, w) uint8, and a mask of it."""
    height, width = size
    longer = length * min(size)
    corners = cv2.boxPoints(((width / 2, height / 2), (longer, longer * aspect), degrees))
    true = cv2.fillConvexPoly(np.zeros(size, np.uint8), corners.round().astype(np.int32), 1)
    return np.where(true, 60 if dark else 220, 220 if dark else 60).astype(np.uint8), true


@given(
    st.tuples(st.integers(150, 400), st.integers(150, 400)),
    st.floats(0.45, 0.7),
    st.floats(0.6, 1),
    st.floats(-45, 45),
    st.booleans(),
)
def test_a_sheet_is_found_where_it_is(
    size: tuple[int, int], length: float, aspect: float, degrees: float, dark: bool
) -> None:
    picture, true = lying(size, length, aspect, degrees, dark)
    sheet = find_sheet(picture)
    assert sheet is not None
    found = cv2.resize(sheet.inside, size[::-1], interpolation=cv2.INTER_NEAREST)
    assert not (found > true).any()  # its edge is left out
    assert found.sum() > 0.6 * true.sum()
    assert sheet.holds((size[1] // 2 - 5, size[0] // 2 - 5, 10, 10))
    assert not sheet.holds((0, 0, 4, 4))


@pytest.mark.parametrize(
    "condition",
    [conditions.plain, conditions.shadow, conditions.vignette, conditions.ruled, conditions.pencil,
     conditions.page_edge, conditions.crease, conditions.on_a_large_page],
)  # fmt: skip
def test_one_paper_is_no_sheet(condition) -> None:
    found = [find_sheet(p) is not None for p in conditions.pictures(condition, DIGITS[:20])]
    assert np.mean(found) <= 0.2


def test_a_picture_of_one_level_has_no_sheet() -> None:
    assert find_sheet(np.full((40, 60, 3), 90, np.uint8)) is None


@pytest.mark.no_cover
def test_a_digit_on_a_note_is_read(reader: model.DigitReader) -> None:
    made = conditions.pictures(conditions.note, DIGITS)
    texts = [reader.read(picture).text for picture in made]
    right = [text == str(label) for text, label in zip(texts, LABELS, strict=True)]
    assert np.mean(right) >= 0.95, texts


@pytest.mark.no_cover
def test_a_number_on_a_note_is_read_without_its_edges(reader: model.DigitReader) -> None:
    hand = strings.mnist_hand(DIGITS, LABELS)
    made = conditions.pages(conditions.note, hand, 8)
    alone = sum(reader.read(page, number=True).text == text for page, text in made)
    with patch.object(preprocessing, "find_sheet", lambda picture: None):
        before = sum(reader.read(page, number=True).text == text for page, text in made)
    assert alone >= 7
    assert alone >= before + 3


@pytest.mark.no_cover
def test_grain_of_a_table_that_is_surely_a_digit_does_not_hide_the_sheet(
    reader: model.DigitReader,
) -> None:
    sure = [i for i, digit in enumerate(DIGITS) if reader.read(digit).digits[0].confidence > 0.98]
    photos = scenes.photos(scenes.on_a_table, DIGITS[sure], LABELS[sure], 18, True, seed=1)[16:]
    for photo, text in photos:
        assert reader.read(photo, number=True).text == text
        with patch.object(strays, "is_clutter", lambda *_: False):
            assert reader.read(photo, number=True).text != text


def written(digits: np.ndarray, height: int) -> np.ndarray:
    """Digits side by side, coverage in [0, 1]."""
    line = np.hstack(list(digits)) / np.float32(255)
    return cv2.resize(line, None, fx=height / 28, fy=height / 28)


@pytest.mark.parametrize("times", [1.0, 5.0])
def test_boxes_are_where_the_digits_are_in_the_picture(
    reader: model.DigitReader, times: float
) -> None:
    picks = [12, 20, 30]
    ink = written(DIGITS[picks], 60)
    page = np.full((400, 500, 3), (60, 70, 90), np.float32)
    page[110:290, 120:380] = (240, 235, 200)
    y, x = 170, 160
    part = page[y : y + ink.shape[0], x : x + ink.shape[1]]
    part[:] = conditions.paint(ink, part, 20)
    large = cv2.resize(page.astype(np.uint8), None, fx=times, fy=times)
    reading = reader.read(large, number=True)
    assert reading.text == "".join(str(LABELS[i]) for i in picks)
    for k, digit in enumerate(reading.digits):
        left, top, width, height = cv2.boundingRect((DIGITS[picks[k]] > 60).astype(np.uint8))
        scale = 60 / 28 * times
        true = np.array([left + 28 * k, top, left + 28 * k + width, top + height]) * scale
        true += np.array([x, y, x, y]) * times
        bx, by, bw, bh = digit.box
        assert np.abs(np.array([bx, by, bx + bw, by + bh]) - true).max() <= 4 * times


def test_what_is_written_beside_a_box_is_read_too(reader: model.DigitReader) -> None:
    """A dark field that holds one part of a number is no reason to leave out the other."""
    picks = [12, 20, 30, 36]
    ink = np.pad(written(DIGITS[picks], 70), 30)
    page = conditions.paint(ink, 245, 20)
    half = page.shape[1] // 2
    page[8:-8, half:-8] = 255 - page[8:-8, half:-8]
    reading = reader.read(page.astype(np.uint8), number=True)
    first = "".join(str(LABELS[i]) for i in picks[:2])
    assert reading.text.startswith(first)
