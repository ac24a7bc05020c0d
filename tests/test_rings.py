"""Rings that digits touch go, digits stay; digits, and zeros above all, are no rings."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from benchmarks import conditions, strings
from finder.rings import ringed, within_ring
from finder.strokes import find_pieces
from preprocessing import Region, find_ink
from reader.circled import without_rings
from reader.classifier import Classifier
from reader.reading import Digit
from tests.masks import DIGITS, LABELS

SIZE = 110
ROOM = 60  # around a digit


def inked(i: int) -> np.ndarray:
    """Digit i of the fixture amid room for a ring: (h, w) uint8, 0 or 1."""
    large = cv2.resize(DIGITS[i], (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return np.pad((large > 128).astype(np.uint8), ROOM)


def with_ring(
    ink: np.ndarray, reach: float, pen: int, turn: float, wave: float = 0.03
) -> np.ndarray:
    """Ink in a ring drawn by hand through the corners of its box, or so many times as far."""
    x, y, w, h = cv2.boundingRect(ink)
    way = turn + np.linspace(0, 2 * np.pi * 1.02, 80)
    far = reach * (1 + wave * np.sin(2 * way + 3 * turn) + wave / 2 * np.sin(3 * way))
    ends = np.stack(
        [
            x + w / 2 + far * max(w, 0.7 * h) / np.sqrt(2) * np.cos(way),
            y + h / 2 + far * h / np.sqrt(2) * np.sin(way),
        ],
        1,
    )
    return cv2.polylines(ink.copy(), [np.round(8 * ends).astype(np.int32)], False, 1, pen, 8, 3)


def piece_of(mask: np.ndarray) -> np.ndarray:
    """The largest piece of a mask, in its box."""
    pieces = find_pieces(mask)
    return pieces.mask(int(pieces.sizes.argmax())).astype(np.uint8)


digits = st.sampled_from([i for i in range(len(DIGITS)) if LABELS[i] not in (0, 1)])


@given(digits, st.floats(0.82, 0.95), st.integers(2, 7), st.floats(0, 6))
def test_the_digit_in_a_ring_is_left(i: int, reach: float, pen: int, turn: float) -> None:
    ink = inked(i)
    mask = with_ring(ink, reach, pen, turn)
    pieces = find_pieces(mask)
    found = ringed(pieces)
    if len(pieces.sizes) > 1:  # it does not touch it
        return
    assert list(found) == [0]
    x, y, w, h = pieces.boxes[0]
    left, digit = found[0] > 0, ink[y : y + h, x : x + w] > 0
    assert 2 * (left & digit).sum() / (left.sum() + digit.sum()) > 0.85  # F1


@pytest.mark.parametrize("stretched", [(1, 1), (3, 1), (1, 2)])
def test_a_ring_may_be_long(stretched: tuple[int, int]) -> None:
    across, down = stretched
    mask = np.zeros((120 * down, 120 * across), np.uint8)
    middle, axes = (60 * across, 60 * down), (55 * across, 55 * down)
    cv2.ellipse(mask, middle, axes, 0, 0, 360, 1, 4)
    bar = np.zeros_like(mask)
    cv2.line(bar, (60 * across, 30 * down), (60 * across, 120 * down - 8), 1, 9)
    left = within_ring(mask | bar)
    assert left is not None
    assert (left & bar).sum() > 0.8 * bar.sum()
    assert (left & (1 - bar)).sum() < 0.02 * mask.sum()


def test_digits_are_hardly_ever_in_a_ring() -> None:
    for i in range(len(DIGITS)):
        for thicker in (1, 7):
            ink = cv2.dilate(inked(i), np.ones((thicker,) * 2, np.uint8))
            assert within_ring(piece_of(ink)) is None


def eight(waist: int) -> np.ndarray:
    """Two rings above each other that share a stroke."""
    mask = np.zeros((200, 140), np.uint8)
    for y in (100 - waist, 100 + waist):
        cv2.circle(mask, (70, y), 40, 1, 6)
    return mask


@pytest.mark.parametrize(
    "mask",
    [
        cv2.circle(np.zeros((140, 140), np.uint8), (70, 70), 50, 1, 6),  # with nothing in it
        cv2.circle(np.zeros((140, 140), np.uint8), (70, 70), 50, 1, -1),
        eight(37),
        cv2.rectangle(np.zeros((140, 140), np.uint8), (20, 20), (120, 120), 1, 6),
        cv2.ellipse(np.zeros((140, 140), np.uint8), (70, 70), (50, 50), 0, 0, 250, 1, 6),
        np.ones((9, 90), np.uint8),
    ],
)
def test_what_is_no_ring(mask: np.ndarray) -> None:
    assert within_ring(piece_of(mask)) is None


def test_where_a_ring_was_closed_is_no_digit_in_it() -> None:
    """Its ends lie beside each other there."""
    mask = cv2.circle(np.zeros((140, 140), np.uint8), (70, 70), 50, 1, 5)
    cv2.ellipse(mask, (70, 70), (42, 42), 0, 0, 80, 1, 5)
    cv2.line(mask, (112, 70), (120, 70), 1, 5)
    assert within_ring(piece_of(mask)) is None


# --- the whole reader ------------------------------------------------------------------------


def page_of(*masks: np.ndarray) -> np.ndarray:
    return np.uint8(245 - 215 * np.hstack(masks))


@pytest.mark.parametrize("number", [False, True])
def test_a_digit_that_touches_its_ring_is_read(reader: model.DigitReader, number: bool) -> None:
    right = []
    for i in np.flatnonzero(LABELS > 1)[::2]:
        page = page_of(with_ring(inked(i), 0.85, 4, float(i)))
        right.append(reader.read(page, number).text == str(LABELS[i]))
    assert np.mean(right) >= 0.8


def test_digits_in_rings_beside_each_other_are_read(reader: model.DigitReader) -> None:
    """Also 1s, which alone in a ring might be the slash of a zero."""
    right, some = [], np.flatnonzero(LABELS > 1)
    ones = np.flatnonzero(LABELS == 1)
    for k in range(0, len(some) - 2, 3):
        picks = [some[k], ones[k % len(ones)], some[k + 1]]
        reach = np.where(LABELS[picks] == 1, 0.7, 0.87).tolist()
        rings = [with_ring(inked(i), far, 4, float(i)) for i, far in zip(picks, reach, strict=True)]
        page = page_of(*rings)
        text = "".join(str(LABELS[i]) for i in picks)
        right.append(reader.read(page, number=True).text == text)
    assert np.mean(right) >= 0.65


@pytest.mark.no_cover
def test_rows_in_a_ring_that_they_touch_are_read(reader: model.DigitReader) -> None:
    hand = strings.mnist_hand(DIGITS, LABELS)
    pages = conditions.pages(conditions.in_a_tight_ring, hand, 24)[::2]  # a row each
    right = [reader.read(page, number=True).text == text for page, text in pages]
    assert np.mean(right) >= 0.5


def test_a_zero_with_its_slash_stays(reader: model.DigitReader) -> None:
    for pen in (5, 9):
        mask = cv2.ellipse(np.zeros((200, 160), np.uint8), (80, 100), (55, 75), 0, 0, 360, 1, pen)
        cv2.line(mask, (122, 52), (38, 148), 1, pen)
        assert reader.read(page_of(mask)).text == "0"
        assert reader.read(page_of(mask, mask), number=True).text == "00"


class Naming(Classifier):
    """Names what has a ring one thing, and what is in one another."""

    def __init__(self, whole: tuple[int, float], inner: tuple[int, float]) -> None:
        self.names = whole, inner

    def digits(self, regions: Sequence[Region]) -> list[Digit]:
        names = [self.names[region.size < 0.95 * SIZE] for region in regions]
        none = np.zeros(10, np.float32), np.zeros((28, 28), np.float32)
        return [
            Digit(digit, confidence, none[0], region.box, 0, none[1], None)
            for (digit, confidence), region in zip(names, regions, strict=True)
        ]


@pytest.mark.parametrize(
    ("whole", "inner", "goes"),
    [
        ((0, 0.999), (5, 0.999), True),
        ((5, 0.6), (5, 0.999), True),
        ((8, 0.999), (4, 0.999), False),  # the waist of an 8
        ((0, 0.999), (1, 0.999), False),  # the slash of a zero
        ((0, 0.999), (5, 0.8), False),
    ],
)
def test_which_rings_go(whole: tuple[int, float], inner: tuple[int, float], goes: bool) -> None:
    ink = find_ink(page_of(with_ring(inked(12), 0.9, 5, 1.0)))
    bare = without_rings(ink, Naming(whole, inner))
    assert (bare is not ink) == goes
