"""Training pictures of papers: what is found there, and what it is called."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_photos import FOUR, SEVEN
from train import papers, photos, render
from train.render import NOT_A_DIGIT, Sample, Stock

pytestmark = pytest.mark.no_cover  # as in test_train.py


def stock_of(*drawn: tuple[int, np.ndarray]) -> Stock:
    pictures = [cv2.resize(ink, (28, 28), interpolation=cv2.INTER_AREA) for _, ink in drawn]
    labels = np.array([label for label, _ in drawn], np.uint8)
    return Stock(np.round(255 * np.stack(pictures)).astype(np.uint8), labels)


STOCK = stock_of((4, FOUR), (7, SEVEN))


def many(count: int) -> list[tuple[np.ndarray, int]]:
    """The pieces of so many photos, each of a seed of its own: none depends on what others show."""
    rngs = [np.random.default_rng([0, i]) for i in range(count)]
    return [piece for rng in rngs for piece in papers.pieces(STOCK, rng)]


def test_pieces_are_frames_with_ink() -> None:
    made = many(40)
    assert {label for _, label in made} == {4, 7, NOT_A_DIGIT}
    for frame, _ in made:
        assert frame.shape == (28, 28)
        assert frame.dtype == np.uint8
        assert frame.max() > 0


def test_what_nobody_wrote_on_is_never_a_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "_samples", lambda stock, count, rng: [])
    assert {label for _, label in many(40)} == {NOT_A_DIGIT}


def test_on_clean_paper_nothing_but_digits_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("_texture", "_light", "_creases"):
        monkeypatch.setattr(papers, kind, lambda shape, rng: np.ones(shape))
    monkeypatch.setattr(papers, "_lines", lambda shape, rng: np.zeros(shape))
    monkeypatch.setattr(papers, "_taken", lambda picture, rng: np.uint8(picture))
    monkeypatch.setattr(papers, "OTHERWISE", 0.0)
    labels = [label for _, label in many(40)]
    assert NOT_A_DIGIT not in labels
    assert min(labels.count(4), labels.count(7)) > 5


def test_labels_are_those_of_what_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame that is called a seven is more like the seven that was written than like a four."""
    plain = {
        sample.label: photos.framed(cv2.resize(sample.picture, (84, 84)) / np.float32(255))
        for sample in (Sample(4, STOCK.pictures[0]), Sample(7, STOCK.pictures[1]))
    }

    def written(sample: Sample, rng: np.random.Generator, width: float) -> np.ndarray:
        assert sample.picture is not None
        return cv2.resize(sample.picture, (render.SIDE, render.SIDE)) / np.float32(255)

    monkeypatch.setattr(render, "written", written)
    digits = [(frame, label) for frame, label in many(130) if label != NOT_A_DIGIT]
    assert len(digits) > 40
    alike = [likeness(frame, plain[label]) > likeness(frame, plain[11 - label])
             for frame, label in digits]  # fmt: skip
    assert np.mean(alike) > 0.97


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    x, y = (cv2.GaussianBlur(i, (0, 0), 1).astype(float).ravel() for i in (a, b))
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


def region(ink: np.ndarray, x: int = 0, y: int = 0) -> papers.Region:
    return papers.Region(ink.astype(np.float32), (x, y))


def sheet(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    ink = np.zeros((60, 60), np.float32)
    for x, y, w, h in boxes:
        ink[y : y + h, x : x + w] = 1
    return ink


def test_a_piece_of_two_digits_has_no_label() -> None:
    writing = [(sheet((10, 10, 20, 30)), 0), (sheet((30, 10, 20, 30)), 8)]
    whole = np.ones((30, 40))
    assert papers._label(region(whole[:, :20], 10, 10), writing) == 0
    assert papers._label(region(whole[:, :20], 30, 10), writing) == 8
    assert papers._label(region(whole, 10, 10), writing) is None
    assert papers._label(region(whole[:, :8], 10, 10), writing) is None  # less than half of it
    assert papers._label(region(np.ones((8, 8)), 0, 50), writing) == NOT_A_DIGIT


@settings(max_examples=60)
@given(st.floats(-55, 55), st.floats(20, 60), st.floats(0.05, 0.2))
def test_a_slim_stroke_that_does_not_lie_might_be_a_one(
    tilt: float, length: float, share: float
) -> None:
    assert papers._might_be_one(bar(tilt, length, share))


@settings(max_examples=60)
@given(st.floats(-20, 20), st.floats(30, 60), st.floats(0.05, 0.2))
def test_a_lying_stroke_is_no_one(tilt: float, length: float, share: float) -> None:
    assert not papers._might_be_one(bar(90 + tilt, length, share))


@settings(max_examples=60)
@given(st.floats(-90, 90), st.floats(30, 60), st.floats(0.45, 1))
def test_a_patch_is_no_one(tilt: float, length: float, share: float) -> None:
    assert not papers._might_be_one(bar(tilt, length, share))


def bar(tilt: float, length: float, share: float) -> np.ndarray:
    """A bar so many degrees from upright, so many pixels long, its width a share of that."""
    ink = np.zeros((100, 100), np.uint8)
    box = ((50.0, 50.0), (max(2.0, share * length), length), tilt)
    cv2.fillPoly(ink, [np.round(cv2.boxPoints(box)).astype(np.int32)], 1)
    x, y, w, h = cv2.boundingRect(ink)
    return ink[y : y + h, x : x + w] > 0


def test_a_column_of_squares_is_no_one() -> None:
    column = np.zeros((43, 10), bool)
    for top in (0, 11, 22, 33):
        column[top : top + 10] = True
    assert not papers._might_be_one(column)
    assert papers._might_be_one(np.ones((43, 10), bool))


def test_a_seed_repeats_its_photos() -> None:
    one, other = many(12), many(12)
    assert [label for _, label in one] == [label for _, label in other]
    for (a, _), (b, _) in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("seed", range(8))
def test_photos_are_pictures_of_a_size(seed: int) -> None:
    photo, writing = papers._photo(STOCK, np.random.default_rng(seed))
    assert photo.dtype == np.uint8
    assert photo.shape[2] == 3
    low, high = papers.SIDES
    assert all(low <= side < high for side in photo.shape[:2])
    assert all(ink.shape == photo.shape[:2] for ink, _ in writing)
