"""Digits in fainter ink than the rest of their number are read."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

import model
from preprocessing import Ink, Region, find_ink
from reader.classifier import Classifier
from reader.faint import with_faint
from reader.reading import Digit
from tests.test_small import HIGH, LABELS, NO_ONES, full, page, text

PALE = 0.4  # of the ink of others


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_faint_digit_is_read(reader: model.DigitReader, place: int) -> None:
    right = []
    for k in range(0, len(NO_ONES), 2):
        picks = [NO_ONES[k - 9], NO_ONES[k - 4], NO_ONES[k]]
        inks = [full(i) for i in picks]
        inks[place] = (PALE * inks[place][0]).astype(np.uint8), inks[place][1]
        reading = reader.read(page(*inks), number=True)
        right.append(reading.text == text(*picks))
        assert len({digit.line for digit in reading.digits}) == 1
    assert np.mean(right) >= 0.85


def test_a_faint_line_and_a_faint_1_are_left_out(reader: model.DigitReader) -> None:
    one = int(np.flatnonzero(LABELS == 1)[0])
    ink, top = full(one)
    sheet = page(full(NO_ONES[3]), full(NO_ONES[8]), ((PALE * ink).astype(np.uint8), top))
    assert reader.read(sheet, number=True).text == text(NO_ONES[3], NO_ONES[8])


class Naming(Classifier):
    """Names whatever it is asked about so, with such a confidence."""

    def __init__(self, label: int | None, confidence: float, classes: int = 11) -> None:
        self.answer = label, confidence
        self.classes = classes
        self.asked = 0

    def __call__(self, regions: Sequence[Region]) -> np.ndarray:
        return np.zeros((len(regions), self.classes), np.float32)

    def digits(self, regions: Sequence[Region]) -> list[Digit]:
        self.asked += len(regions)
        ten = np.zeros(10, np.float32)
        label, confidence = self.answer
        tensor = np.zeros((28, 28), np.float32)
        return [Digit(label, confidence, ten, r.box, r.line, tensor, None) for r in regions]


def bars(*boxes: tuple[int, int, int, int], shade: int) -> np.ndarray:
    sheet = np.full((260, 460), 255, np.uint8)
    for x, y, w, h in boxes:
        cv2.rectangle(sheet, (x, y), (x + w, y + h), shade, 12)
    return sheet


def drawn(*faint: tuple[int, int, int, int]) -> tuple[list[Digit], Ink]:
    """Two dark digits in a line, and faint boxes: what is read of the dark ones, and all ink."""
    dark = bars((30, 60, 50, HIGH), (120, 60, 50, HIGH), shade=20)
    read = Naming(4, 0.999).digits(
        [Region(np.ones((HIGH + 12, 62), np.float32), (x, 54)) for x in (24, 114)]
    )
    return read, find_ink(np.minimum(dark, bars(*faint, shade=165)))


BESIDE = (210, 60, 50, HIGH)


@pytest.mark.parametrize(
    ("label", "confidence", "box", "taken"),
    [
        (7, 0.995, BESIDE, True),
        (7, 0.98, BESIDE, False),  # not sure
        (1, 0.999, BESIDE, False),  # any line
        (None, 0.999, BESIDE, False),
        (7, 0.995, (210, 60, 50, HIGH // 2), False),  # too low
        (7, 0.995, (210, 130, 50, HIGH), False),  # not level
        (7, 0.995, (340, 60, 50, HIGH), False),  # too far
        (7, 0.995, (53, 76, 4, HIGH - 32), False),  # within one
        (0, 0.995, (10, 40, 280, HIGH + 40), False),  # around both
    ],
)
def test_what_is_taken(
    label: int | None, confidence: float, box: tuple[int, int, int, int], taken: bool
) -> None:
    digits, ink = drawn(box)
    classify = Naming(label, confidence)
    found = with_faint(digits, ink, classify)
    assert classify.asked == 1
    assert [digit.digit for digit in found] == [4, 4, *[label] * taken]


def test_nothing_is_looked_for_beside_no_digit() -> None:
    _, ink = drawn(BESIDE)
    unread = Naming(None, 0.9).digits([Region(np.ones((HIGH, 50), np.float32), (30, 60))])
    for none in ([], unread):
        classify = Naming(7, 0.999)
        assert with_faint(none, ink, classify) == none
        assert not classify.asked


def test_a_network_of_ten_classes_is_not_believed() -> None:
    """It is sure of a digit in a shadow, too."""
    digits, ink = drawn(BESIDE)
    assert with_faint(digits, ink, Naming(7, 0.999, classes=10)) == digits


def test_grain_is_not_all_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """As each piece costs a pass of the network."""
    digits, ink = drawn(BESIDE)
    classify = Naming(7, 0.999)
    monkeypatch.setattr("reader.faint.MOST", 0)
    assert with_faint(digits, ink, classify) == digits
    assert not classify.asked
