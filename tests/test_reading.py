"""How sure a reading is, and what is said of one without digits."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
import preprocessing
from reading import NOT_A_DIGIT, SEVERAL, Digit, Reading, number_certainty


@given(st.lists(st.floats(0, 1), max_size=9), st.floats(0, 1))
def test_a_number_is_surer_by_a_sure_digit_alone(confidences: list[float], more: float) -> None:
    """A digit that is less than nine times in ten right makes a number no surer."""

    def certainty(*sureness: float) -> float:
        frame, share = np.zeros((28, 28), np.float32), np.full(10, 0.1, np.float32)
        ink = preprocessing.find_ink(np.full((9, 9), 255, np.uint8))
        digits = [Digit(1, c, share, (0, 0, 9, 9), 0, frame, None) for c in sureness]
        return number_certainty(Reading(digits, "", ink))

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
