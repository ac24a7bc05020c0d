"""A sheet that lies in the picture is found where it is, and what is on it is read alone."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import model
import preprocessing
from benchmarks import conditions, scenes, strings, together
from finder import sheet
from preprocessing import Sheet, find_sheet
from reader import strays

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]

LEVELS = st.sampled_from([0, 120, 255])


def nothing_around(sheet: Sheet) -> Sheet:
    """In place of what lies around a sheet."""
    return replace(sheet, inside=0 * sheet.inside)


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


@given(st.lists(st.floats(0, 0.08), min_size=8, max_size=8))
def test_a_sheet_is_found_as_it_is_seen_from_before_it(inwards: list[float]) -> None:
    size = height, width = 300, 400
    upper = 0.1 * np.array([[1, 0], [-1, 0], [0, 0], [0, 0]])  # what is farther away is narrower
    ends = np.array([[0.05, 0.05], [0.95, 0.05], [0.95, 0.95], [0.05, 0.95]])
    away = np.sign(0.5 - ends) * np.array(inwards).reshape(4, 2)
    corners = ((ends + upper + away) * (width, height)).astype(np.int32)
    true = cv2.fillConvexPoly(np.zeros(size, np.uint8), corners, 1)
    sheet = find_sheet(np.where(true, 200, 80).astype(np.uint8))
    assert sheet is not None
    found = cv2.resize(sheet.inside, size[::-1], interpolation=cv2.INTER_NEAREST)
    assert not (found > true).any()
    assert found.sum() > 0.7 * true.sum()


def test_a_round_spot_of_light_and_a_corner_are_no_sheets() -> None:
    spot = cv2.ellipse(
        np.full((300, 400), 80, np.uint8), (200, 150), (130, 90), 20, 0, 360, 200, -1
    )
    corner = cv2.fillConvexPoly(
        np.full((300, 400), 80, np.uint8), np.array([[0, 0], [0, 250], [350, 0]]), 200
    )
    assert find_sheet(spot) is None
    assert find_sheet(corner) is None


def test_paper_beside_a_digit_that_runs_off_the_picture_is_no_sheet() -> None:
    """As in a tight crop: the digit's strokes are the edge of the paper behind it."""
    crop = np.full((60, 150), 200, np.uint8)
    way = np.array([[24, 0], [6, 14], [16, 28], [28, 10], [24, 0], [30, 20], [24, 40], [12, 60]])
    cv2.polylines(crop, [way.reshape(-1, 1, 2)], False, 40, 5, cv2.LINE_AA)
    cv2.ellipse(crop, (100, 34), (12, 16), 0, 0, 360, 40, 3, cv2.LINE_AA)
    assert find_sheet(crop) is None
    with patch.object(sheet, "STRAIGHT", 0.0):
        assert find_sheet(crop) is not None


def test_what_lies_around_a_sheet_is_all_but_it_and_its_edge() -> None:
    picture, true = lying((300, 400), 0.6, 0.8, 20, dark=False)
    sheet = find_sheet(picture)
    assert sheet is not None
    found = cv2.resize(sheet.rest().inside, (400, 300), interpolation=cv2.INTER_NEAREST)
    assert not (found & true).any()
    assert found.sum() > 0.8 * (1 - true).sum()
    whole = replace(sheet, inside=np.ones_like(sheet.inside))
    assert list(whole.rest().looks(preprocessing.first_looks)) == []


@pytest.mark.parametrize(
    "condition",
    [conditions.plain, conditions.vignette, conditions.ruled, conditions.pencil, conditions.crease,
     conditions.on_a_large_page],
)  # fmt: skip
def test_one_paper_is_no_sheet(condition) -> None:
    found = [find_sheet(p) is not None for p in conditions.pictures(condition, DIGITS[:20])]
    assert np.mean(found) <= 0.2


@example(255 * np.array([[1, 1, 0], [1, 0, 0]], np.uint8))  # an outline of three corners
@example(  # as light on it as around it
    255 * np.array([[1, 0, 0, 1, 0, 1], [1, 1, 1, 1, 1, 0], [1, 0, 0, 0, 1, 1]], np.uint8)
)
@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=LEVELS))
def test_a_sheet_is_looked_for_in_the_smallest_pictures(picture: np.ndarray) -> None:
    sheet = find_sheet(picture)
    for found in (sheet, sheet.rest()) if sheet else ():
        for ink in found.looks(preprocessing.first_looks):
            assert ink.mask.shape == picture.shape


def test_a_picture_of_one_level_has_no_sheet() -> None:
    assert find_sheet(np.full((40, 60, 3), 90, np.uint8)) is None


@pytest.mark.no_cover
@pytest.mark.parametrize("number", [False, True])
def test_a_digit_on_a_note_is_read(reader: model.DigitReader, number: bool) -> None:
    """Also where a number was asked for, which may have one digit."""
    made = conditions.pictures(conditions.note, DIGITS)
    texts = [reader.read(picture, number).text for picture in made]
    right = [text == str(label) for text, label in zip(texts, LABELS, strict=True)]
    assert np.mean(right) >= 0.95, texts


@pytest.mark.no_cover
def test_a_number_on_a_note_is_read_without_its_edges(reader: model.DigitReader) -> None:
    hand = strings.mnist_hand(DIGITS, LABELS)
    made = conditions.pages(conditions.note, hand, 5)
    alone = sum(reader.read(page, number=True).text == text for page, text in made)
    with patch.object(preprocessing, "find_sheet", lambda picture: None):
        before = sum(reader.read(page, number=True).text == text for page, text in made)
    assert alone == 5
    assert alone > before


@pytest.mark.no_cover
def test_grain_of_a_table_that_is_surely_a_digit_does_not_hide_the_sheet(
    reader: model.DigitReader,
) -> None:
    sure = [i for i, digit in enumerate(DIGITS) if reader.read(digit).digits[0].confidence > 0.98]
    photos = scenes.photos(scenes.on_a_table, DIGITS[sure], LABELS[sure], 18, "numbers", seed=1)[
        16:
    ]
    for photo, text in photos:
        assert reader.read(photo, number=True).text == text
        with patch.object(strays, "is_clutter", lambda *_: False):
            assert reader.read(photo, number=True).text != text


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", [3, 17])
def test_a_page_beside_which_a_desk_shows_is_read_alone(
    reader: model.DigitReader, seed: int
) -> None:
    """Rows of digits on a notebook's page, beyond whose binding lies streaked wood."""
    sure = [i for i, digit in enumerate(DIGITS) if reader.read(digit).digits[0].confidence > 0.98]
    photo, text = scenes.photos(scenes.bound, DIGITS[sure], LABELS[sure], 4, "pages", seed)[3]
    assert reader.read(photo, number=True).text == text
    with patch.object(preprocessing, "find_sheet", lambda picture: None):
        assert reader.read(photo, number=True).text != text


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", [20, 32])
def test_what_lies_in_the_shadow_beside_a_stripe_of_sun_is_read_too(
    reader: model.DigitReader, seed: int
) -> None:
    """Such a stripe has the form of a sheet, but for digits that its edge runs through."""
    rng = np.random.default_rng([7, seed])
    page, text = strings.composed(strings.mnist_hand(DIGITS, LABELS), "column", rng)
    ink = np.pad(together.drawn_number(page, (440, 600), 0.9, rng), ((100, 60), (130, 70)))
    photo = scenes.photographed(scenes.behind_blinds(ink, rng), rng)
    assert reader.read(photo, number=True).text == text
    with (
        patch.object(sheet, "STRAIGHT", 0.0),
        patch.object(Sheet, "rest", nothing_around),
    ):
        assert reader.read(photo, number=True).text != text


@pytest.mark.no_cover
@pytest.mark.parametrize(("seed", "layout"), [(22, "two rows"), (34, "two rows"), (53, "column")])
def test_the_half_of_a_page_that_lies_in_a_shadow_is_no_desk(
    reader: model.DigitReader, seed: int, layout: str
) -> None:
    """Its digits hardly show at a glance at the whole, and do where it is looked at by itself."""
    rng, hand = np.random.default_rng([8, seed]), strings.mnist_hand(DIGITS, LABELS)
    halves = [
        together.drawn_number(strings.composed(hand, layout, rng)[0], (440, 300), 0.8, rng)
        for _ in range(2)
    ]
    ink = np.pad(np.hstack(halves), ((80, 80), (100, 100)))
    light = np.full(ink.shape, rng.uniform(0.12, 0.45), np.float32)
    light[:, 400:] = 1
    page = conditions.paint(ink, rng.uniform(180, 240), rng.uniform(20, 90))
    soft = cv2.GaussianBlur(light, (0, 0), rng.uniform(1, 6))
    photo = scenes.photographed(page * soft[..., None], rng)

    def sides() -> set[bool]:
        """In which halves digits are read."""
        return {digit.box[0] < 400 for digit in reader.read(photo, number=True).digits}

    assert sides() == {False, True}
    with patch.object(Sheet, "rest", nothing_around):
        assert len(sides()) == 1


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
