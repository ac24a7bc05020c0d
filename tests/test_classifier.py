"""How the network's answers are weighed: alone, and beside sure digits."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import model
from reader.reading import NOT_A_DIGIT


class DoubtsRings:
    """A network that is sure of bars, and finds a ring to be none rather than a zero."""

    def run(self, frames: np.ndarray) -> tuple[np.ndarray, None]:
        probabilities = np.zeros((len(frames), 11), np.float32)
        inked = (frames > 0.3).sum((1, 2))
        bar = inked > 0.8 * (frames.max(1) > 0.3).sum(1) * (frames.max(2) > 0.3).sum(1)
        probabilities[bar, 1] = 1
        probabilities[~bar, 0], probabilities[~bar, 10] = 0.2, 0.8
        return probabilities, None


@pytest.mark.parametrize(
    ("bar", "number", "text"),
    [
        (None, True, ""),  # alone
        ((60, 60), True, "10"),  # beside a sure digit
        ((110, 60), False, ""),  # where one digit was asked for
        ((40, 200), True, "1"),  # in another line
    ],
)
def test_beside_sure_digits_a_doubtful_one_is_a_digit(
    monkeypatch: pytest.MonkeyPatch, bar: tuple[int, int] | None, number: bool, text: str
) -> None:
    reader = model.load()
    monkeypatch.setattr(reader, "_network", DoubtsRings())
    page = np.full((320, 220), 255, np.uint8)
    cv2.ellipse(page, (130, 90), (22, 32), 0, 0, 360, 0, 7)
    if bar:
        cv2.rectangle(page, bar, (bar[0] + 7, bar[1] + 60), 0, -1)
    reading = reader.read(page, number)
    assert reading.text == text
    assert all(np.isclose(d.probabilities.sum(), 1) for d in reading.digits)
    assert all(d.confidence > 0.5 for d in reading.digits)


@pytest.mark.parametrize(
    ("number", "rings", "text", "confidence"),
    [(False, 1, "", 9 / 14), (True, 1, "", 9 / 14), (True, 2, "00", 0.6)],
)
def test_ink_alone_has_to_be_more_clearly_a_digit(
    monkeypatch: pytest.MonkeyPatch, number: bool, rings: int, text: str, confidence: float
) -> None:
    """Of single drawings more are none than of ink in a number: odds times 2.7."""
    reader = model.load()
    doubtful = np.zeros((1, 11), np.float32)
    doubtful[0, [0, 10]] = 0.6, 0.4
    run = SimpleNamespace(run=lambda frames: (np.repeat(doubtful, len(frames), 0), None))
    monkeypatch.setattr(reader, "_network", run)
    page = np.full((200, 300), 255, np.uint8)
    for ring in range(rings):
        cv2.ellipse(page, (60 + 90 * ring, 100), (22, 32), 0, 0, 360, 0, 7)
    reading = reader.read(page, number)
    assert reading.text == text
    assert reading.note == ("" if text else NOT_A_DIGIT)
    for digit in reading.digits:
        np.testing.assert_allclose(digit.confidence, confidence, rtol=1e-5)
        np.testing.assert_allclose(digit.probabilities[0], 1)
