"""Lines of a form's comb go, strokes over them and rows of 1s stay."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import model
from benchmarks import strings
from finder.combs import find_comb, ticks
from finder.grid import Grid
from finder.strokes import find_pieces
from preprocessing import find_ink

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]
HAND = strings.mnist_hand(DIGITS, LABELS)
PITCH = 70


def drawn(places: int, height: int, thick: int = 2) -> np.ndarray:
    """A comb: (height, w) uint8, 0 or 1, cropped to its ink."""
    comb = np.zeros((height + 20, places * PITCH + 20), np.uint8)
    foot = height + 8
    cv2.line(comb, (10, foot), (10 + places * PITCH, foot), 1, thick)
    for x in range(10, 11 + places * PITCH, PITCH):
        cv2.line(comb, (x, foot), (x, foot - height), 1, thick)
    return cropped(comb)


def cropped(mask: np.ndarray) -> np.ndarray:
    x, y, w, h = cv2.boundingRect(mask)
    return np.ascontiguousarray(mask[y : y + h, x : x + w])


def turned(mask: np.ndarray, askew: float = 0.0, degrees: float = 0.0) -> np.ndarray:
    """Turned and, seen from aside, smaller at its right: as much of its size as `askew`."""
    large = np.pad(mask, 60)
    (h, w), less = large.shape, askew * len(large) / 2
    before = np.array([(0, 0), (w, 0), (0, h), (w, h)], np.float32)
    after = np.array([(0, 0), (w, less), (0, h), (w, h - less)], np.float32)
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1)
    how = np.vstack([turn, (0, 0, 1)]) @ cv2.getPerspectiveTransform(before, after)
    return cropped((cv2.warpPerspective(255 * large, how, (w, h)) > 100).astype(np.uint8))


def left_of(mask: np.ndarray) -> float:
    """How much of a mask is left without the comb in it."""
    comb = find_comb(mask)
    assert comb is not None
    return float((mask & (1 - comb.ink)).sum() / mask.sum())


@pytest.mark.parametrize("thick", [1, 2, 4])
@pytest.mark.parametrize(("places", "height"), [(2, 60), (3, 30), (8, 45), (12, 80)])
def test_a_comb_is_found_with_all_of_its_ticks(places: int, height: int, thick: int) -> None:
    comb = find_comb(drawn(places, height, thick))
    assert isinstance(comb, Grid)
    assert comb.number == places + 2
    assert left_of(drawn(places, height, thick)) < 0.02


@pytest.mark.parametrize("degrees", [-4, -1, 1, 4])
@pytest.mark.parametrize("askew", [0, 0.12])
def test_it_may_be_tilted_and_seen_from_aside(degrees: float, askew: float) -> None:
    assert left_of(turned(drawn(6, 60, 3), askew, degrees)) < 0.08


@pytest.mark.parametrize("x", [10, 18, 47])
def test_a_stroke_over_it_stays(x: int) -> None:
    """Its ends meet the line and a tick, or reach over both."""
    comb = np.pad(drawn(4, 50), ((20, 10), (0, 0)))
    stroke = np.zeros_like(comb)
    cv2.ellipse(stroke, (PITCH + 25 + x, 45), (22, 30), 0, 0, 360, 1, 6)
    found = find_comb(comb | stroke)
    assert found is not None
    kept = (comb | stroke) & (1 - found.ink)
    assert (kept & stroke).sum() > 0.93 * stroke.sum()
    assert (kept & (1 - stroke)).sum() < 0.05 * comb.sum()


def without(places: tuple[int, ...]) -> np.ndarray:
    """A comb without some of its ticks."""
    comb = drawn(4, 50)
    for place in places:
        comb[:-4, max(0, place * PITCH - 3) : place * PITCH + 6] = 0
    return comb


def with_a_beyond(beyond: int) -> np.ndarray:
    """A comb whose line goes on beyond its ticks, as one under a row of 1s does."""
    comb = drawn(4, 50)
    wider = np.pad(comb, ((0, 0), (beyond, beyond)))
    wider[-2:] = 1
    return wider


@pytest.mark.parametrize(
    "mask",
    [
        without((2,)),
        without((0,)),
        without((4,)),
        with_a_beyond(30),
        drawn(1, 50),
        drawn(4, 5, 2),  # lower than any digit
        np.ones((60, 200), np.uint8),
    ],
)
def test_what_is_no_comb_stays(mask: np.ndarray) -> None:
    assert find_comb(mask) is None


def test_digits_hold_no_comb() -> None:
    for digit in DIGITS:
        large = cv2.resize(digit, (280, 280), interpolation=cv2.INTER_CUBIC)
        assert find_comb(cropped((large > 128).astype(np.uint8))) is None


# --- ticks without a line --------------------------------------------------------------------


def line_of(*strokes: tuple[int, int, int], rings: tuple[int, ...] = ()) -> list[int]:
    """Which of some uprights (x, top, foot) are ticks, beside rings at other columns."""
    mask = np.zeros((120, 500), np.uint8)
    for x, top, foot in strokes:
        cv2.line(mask, (x, top), (x, foot), 1, 2)
    for x in rings:
        cv2.circle(mask, (x, 60), 24, 1, 4)
    pieces = find_pieces(mask)
    order = np.argsort(pieces.boxes[:, 0])
    found = ticks(pieces, [[int(i)] for i in order])
    return sorted(int(pieces.boxes[i, 0]) + 1 for i in found)


EVEN = ((40, 50, 90), (120, 50, 90), (200, 50, 90), (280, 50, 90))
BETWEEN = (80, 160, 240)


def test_ticks_alike_and_evenly_apart_are_told() -> None:
    assert line_of(*EVEN, rings=BETWEEN) == [40, 120, 200, 280]
    climbing = [(x, top - x // 20, foot - x // 20) for x, top, foot in EVEN]
    assert line_of(*climbing, rings=BETWEEN) == [40, 120, 200, 280]
    assert line_of(*EVEN, rings=(80, 240)) == [40, 120, 200, 280]  # a place may be empty
    assert line_of(*EVEN, (240, 30, 90), rings=(80, 160)) == [40, 120, 200, 280]  # or hold a 1


@pytest.mark.parametrize(
    "strokes",
    [
        [EVEN[0], (120, 42, 90), EVEN[2]],  # one that is higher
        [EVEN[0], (120, 55, 95), EVEN[2]],  # or stands lower
        [EVEN[0], (128, 50, 90), EVEN[2]],  # or off the middle
        EVEN[:2],
    ],
)
def test_other_1s_are_digits(strokes: list[tuple[int, int, int]]) -> None:
    assert line_of(*strokes, rings=(80, 160)) == []


def test_a_row_of_1s_is_no_comb() -> None:
    assert line_of(*EVEN) == []
    assert line_of(*EVEN, rings=(340, 400)) == []


# --- the whole reader ------------------------------------------------------------------------


def as_it_is(page: np.ndarray) -> np.ndarray:
    return page


def small(page: np.ndarray) -> np.ndarray:
    return cv2.resize(page, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)


def tilted(page: np.ndarray) -> np.ndarray:
    (h, w), paper = page.shape, int(page.max())
    large = np.pad(page, 40, constant_values=paper)
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), 2.5, 1)
    return cv2.warpAffine(large, turn, (w + 80, h + 80), borderValue=paper)


@pytest.mark.no_cover
@pytest.mark.parametrize("changed", [as_it_is, small, tilted])
def test_digits_in_combs_are_read(
    reader: model.DigitReader, changed: Callable[[np.ndarray], np.ndarray]
) -> None:
    rng, right = np.random.default_rng(2), []
    for _ in range(20):
        page, text = strings.composed(HAND, "combs", rng)
        right.append(reader.read(changed(page), number=True).text == text)
    assert np.mean(right) >= 0.85


def test_a_digit_in_a_comb_is_read_alone(reader: model.DigitReader) -> None:
    for i in (3, 12, 21, 30):
        page = np.full((200, 400), 255, np.uint8)
        comb = drawn(3, 50)
        page[100 : 100 + len(comb), 60 : 60 + comb.shape[1]] -= 200 * comb
        digit = cv2.resize(DIGITS[i], (76, 76), interpolation=cv2.INTER_CUBIC)
        place = page[76:152, 60 + PITCH - 3 : 60 + PITCH + 73]
        np.minimum(place, 255 - digit, out=place)
        assert reader.read(page).text == str(LABELS[i])
        assert not find_ink(page).mask[:, : 60 + PITCH - 5].any()


def test_digits_between_ticks_without_a_line_are_read(reader: model.DigitReader) -> None:
    picks, right = np.flatnonzero(LABELS != 1), []
    for k in range(0, len(picks) - 3, 3):
        page = np.full((180, 440), 255, np.uint8)
        for place, i in enumerate(picks[k : k + 4]):
            digit = cv2.resize(DIGITS[i], (76, 76), interpolation=cv2.INTER_CUBIC)
            page[60:136, 40 + 90 * place : 116 + 90 * place] = 255 - digit
        for x in range(33, 400, 90):
            cv2.line(page, (x, 80), (x, 128), 60, 2)
        text = "".join(str(LABELS[i]) for i in picks[k : k + 4])
        right.append(reader.read(page, number=True).text == text)
    assert np.mean(right) >= 0.85
