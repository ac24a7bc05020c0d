"""How sure a reading is, and what is said of one without digits."""

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
import preprocessing
from reader.reading import (
    NOT_A_DIGIT,
    SEVERAL,
    Digit,
    Reading,
    has_more,
    is_scattered,
    may_be_none,
    number_certainty,
    unread,
)

FRAME, SHARE = np.zeros((28, 28), np.float32), np.full(10, 0.1, np.float32)
PAPER = preprocessing.find_ink(np.full((9, 9), 255, np.uint8))


def sure(value: int | None, box: tuple[int, int, int, int] = (0, 0, 9, 9)) -> Digit:
    return Digit(value, 0.999, SHARE, box, 0, FRAME, None)


@given(st.lists(st.floats(0, 1), max_size=9), st.floats(0, 1))
def test_a_number_is_surer_by_a_sure_digit_alone(confidences: list[float], more: float) -> None:
    """A digit that is less than nine times in ten right makes a number no surer."""

    def certainty(*sureness: float) -> float:
        digits = [Digit(1, c, SHARE, (0, 0, 9, 9), 0, FRAME, None) for c in sureness]
        return number_certainty(Reading(digits, "", PAPER))

    gained = certainty(*confidences, more) - certainty(*confidences)
    assert gained > 0 if more > 0.905 else gained < 0.02
    assert -1.01 <= gained <= 2.01


def test_who_has_asked_for_a_number_is_not_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sign in two pieces may be several digits, but for who has asked for them already."""
    reader = model.load()
    none = np.eye(11, dtype=np.float32)[10:]
    run = SimpleNamespace(run=lambda frames: (np.repeat(none, len(frames), 0), None))
    monkeypatch.setattr(reader, "_network", run)
    page = np.full((200, 200), 255, np.uint8)
    for y in (60, 120):
        cv2.rectangle(page, (80, y), (120, y + 40), 0, 7)
    assert reader.read(page).note == SEVERAL
    assert reader.read(page, number=True).note == NOT_A_DIGIT


@pytest.mark.parametrize(
    ("digits", "may"),
    [
        ([], True),
        ([(None, 0.99)], True),
        ([(1, 0.99)], True),
        ([(1, 0.99), (1, 0.99)], False),
        ([(1, 0.99), (1, 0.8)], True),
        ([(1, 0.99), (1, 0.99), (None, 0.6)], True),
        ([(1, 0.8), (4, 0.99)], False),
        ([(4, 0.9), (7, 0.9)], True),
    ],
)
def test_a_number_without_a_sure_digit_may_be_none(
    digits: list[tuple[int | None, float]], may: bool
) -> None:
    read = [replace(sure(value), confidence=confidence) for value, confidence in digits]
    photo = replace(PAPER, is_even=False)
    assert may_be_none(Reading(read, "", photo)) == may


def test_a_sure_1_may_be_an_edge_in_a_photo_alone() -> None:
    for is_even in (False, True):
        ink = replace(PAPER, is_even=is_even)
        assert may_be_none(Reading([sure(1)], "", ink)) != is_even
        assert may_be_none(Reading([], "", ink))


def test_marks_are_scattered_where_several_are_little_of_a_photos_ink() -> None:
    page = np.full((100, 300), 255, np.uint8)
    cv2.line(page, (10, 10), (10, 40), 0, 4)
    cv2.line(page, (60, 10), (60, 40), 0, 4)
    few = [sure(1, (7, 7, 7, 37)), sure(1, (57, 7, 7, 37))]
    drawn = preprocessing.find_ink(page)
    cv2.rectangle(page, (100, 20), (280, 80), 0, 4)
    photo = replace(preprocessing.find_ink(page), is_even=False)
    assert is_scattered(Reading(few, "", photo))
    assert not is_scattered(Reading(few[:1], "", photo))
    assert not is_scattered(Reading([few[0], sure(None)], "", photo))
    assert not is_scattered(Reading([*few, sure(0, (90, 10, 200, 80))], "", photo))
    assert not is_scattered(Reading(few, "", replace(drawn, is_even=False)))
    assert not is_scattered(Reading(few, "", replace(photo, is_even=True)))


def test_more_are_sure_digits_that_are_no_edges() -> None:
    few, more, edges, lost = (
        Reading([*map(sure, values)], "", PAPER)
        for values in ([7, 3], [7, 3, 8], [7, 3, 1, 1], [7, 3, 8, *[None] * 9])
    )
    assert has_more(more, few)
    assert has_more(lost, few)
    assert not has_more(few, more)
    assert not has_more(few, few)
    assert not has_more(edges, few)
    doubtful = Reading(
        [*more.digits, *[Digit(1, 0.5, SHARE, (0, 0, 9, 9), 0, FRAME, None)] * 4], "", PAPER
    )
    assert not has_more(doubtful, few)


def test_ink_outside_of_the_digits_read_is_unread() -> None:
    page = np.full((120, 240), 255, np.uint8)
    for x in (20, 100, 180):
        cv2.rectangle(page, (x, 30), (x + 30, 90), 0, -1)
    ink = preprocessing.find_ink(page)
    boxes = [(x, 30, 31, 61) for x in (20, 100, 180)]
    for count in range(4):
        digits = [sure(8, box) for box in boxes[:count]]
        assert unread(Reading(digits, "", ink)) == pytest.approx(1 - count / 3, abs=0.02)
    assert unread(Reading([sure(None, box) for box in boxes], "", ink)) == 1
    assert unread(Reading([], "", PAPER)) == 0


def test_ink_is_unread_whatever_the_scale() -> None:
    page = np.full((2000, 4000), 255, np.uint8)
    for x in (500, 2500):
        cv2.rectangle(page, (x, 600), (x + 500, 1400), 0, -1)
    ink = preprocessing.find_ink(page)
    assert ink.scale > 2
    assert unread(Reading([sure(8, (500, 600, 500, 800))], "", ink)) == pytest.approx(0.5, abs=0.02)
