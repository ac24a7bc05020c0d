"""Training pictures on papers and before cameras."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from train import photos, render
from train.photos import on_canvas

FIXTURE = Path(__file__).parent / "fixtures" / "mnist.npz"


def drawing(*lines: tuple[tuple[int, int], ...]) -> np.ndarray:
    ink = np.zeros((render.SIDE, render.SIDE), np.float32)
    for line in lines:
        cv2.polylines(ink, [np.array(line, np.int32)], False, 1.0, 9, cv2.LINE_AA)
    return ink


SEVEN = drawing(((50, 25), (115, 25), (70, 140)))
FOUR = drawing(((95, 25), (50, 100), (120, 100)), ((100, 60), (100, 140)))


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of two inks, framed and blurred: 1 where they are the same."""
    x, y = (cv2.GaussianBlur(photos.framed(i), (0, 0), 1).astype(float).ravel() for i in (a, b))
    return float(x @ y / np.sqrt((x @ x) * (y @ y)))


@pytest.mark.parametrize(("ink", "other"), [(FOUR, SEVEN), (SEVEN, FOUR)])
def test_what_is_found_again_is_the_digit_that_was_brought_there(
    monkeypatch: pytest.MonkeyPatch, ink: np.ndarray, other: np.ndarray
) -> None:
    monkeypatch.setattr(photos, "CAPTURED", 1.0)
    made = [photos.captured(ink, np.random.default_rng(seed)) for seed in range(60)]
    assert not any(np.array_equal(found, ink) for found in made)
    right = [likeness(found, ink) > max(0.8, likeness(found, other)) for found in made]
    assert np.mean(right) > 0.9


def test_ink_that_is_not_found_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "CAPTURED", 1.0)
    for kind in ("_photo", "_icon"):
        monkeypatch.setattr(photos, kind, lambda ink, rng: np.full((60, 60), 200, np.uint8))
    np.testing.assert_array_equal(photos.captured(FOUR, np.random.default_rng(0)), FOUR)


def test_as_much_is_captured_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("_photo", "_icon"):
        monkeypatch.setattr(photos, kind, lambda ink, rng: np.uint8(255 - 255 * ink))
    rng = np.random.default_rng(0)
    found = [photos.captured(SEVEN, rng) is not SEVEN for _ in range(300)]
    assert abs(np.mean(found) - photos.CAPTURED) < 0.1


@pytest.mark.parametrize("seed", range(8))
def test_pictures_are_small_and_dark_on_light(seed: int) -> None:
    rng = np.random.default_rng(seed)
    photo, icon = photos._photo(SEVEN, rng), photos._icon(SEVEN, rng)
    assert photo.dtype == icon.dtype == np.uint8
    assert 24 <= photo.shape[0] <= 110
    assert 11 <= icon.shape[0] <= 23 * 8
    for picture in (photo, icon):
        assert np.median(picture) > picture.mean() > picture.min()


def test_a_digit_on_a_canvas_is_framed_as_it_was() -> None:
    """Whatever its size and place there: MNIST's own digits are framed so already."""
    with np.load(FIXTURE) as digits:
        some = digits["x"][:40]
    rng = np.random.default_rng(1)
    alike = []
    for digit in some:
        a, b = (
            cv2.GaussianBlur(d, (0, 0), 1).astype(float) for d in (digit, on_canvas(digit, rng))
        )
        alike.append((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))
    assert min(alike) > 0.9
    assert np.mean(alike) > 0.97


def test_an_empty_canvas_gives_the_picture_back() -> None:
    nothing = np.zeros((28, 28), np.uint8)
    np.testing.assert_array_equal(on_canvas(nothing, np.random.default_rng(0)), nothing)
