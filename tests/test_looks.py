"""A picture is looked at as often as it takes, and no more."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

import model
from benchmarks import together
from reader import looks
from reader.looks import Looks
from reader.network import Once
from reader.reading import NOT_A_DIGIT, Reading
from reader.segmentation import Tries
from tests.test_reading import PAPER, sure


def seen(text: str) -> Reading:
    """A number, all of it sure."""
    return Reading([sure(int(digit)) for digit in text], "", PAPER)


@pytest.mark.parametrize(
    ("known", "looks", "text"),
    [
        ([], 1, "57236"),
        (["57"], 1, "57236"),
        (["57236"], 2, "5723684"),
        (["5723689"], 3, "5723689"),
    ],
)
def test_looks_end_with_the_first_that_shows_more_than_is_known(
    reader: model.DigitReader,
    monkeypatch: pytest.MonkeyPatch,
    known: list[str],
    looks: int,
    text: str,
) -> None:
    others = iter(map(seen, ("57236", "5723684", "572368")))
    monkeypatch.setattr(Looks, "_read", lambda *_: next(others))
    at_number = Looks(Once(reader._network), PAPER.mask, number=True)
    assert at_number._surest([PAPER] * 3, *map(seen, known)).text == text
    assert len(list(others)) == 3 - looks


@pytest.mark.parametrize(("more", "text"), [("", "572"), ("4", "572"), ("4689", 30 * "1" + "4689")])
def test_a_number_beyond_doubt_is_surer_than_many_ones(
    reader: model.DigitReader, monkeypatch: pytest.MonkeyPatch, more: str, text: str
) -> None:
    """Which lines of squared paper are, in the polarity that is none; others may be in a shadow."""
    ones = [replace(sure(1), confidence=0.98) for _ in range(30)]
    many = Reading([*ones, *seen(more).digits], "", PAPER)
    readings = iter([many, seen("572")])
    monkeypatch.setattr(Looks, "_read", lambda *_: next(readings))
    at_number = Looks(Once(reader._network), PAPER.mask, number=True)
    assert at_number._surest([PAPER, PAPER]).text == text


def test_a_page_of_writing_is_not_looked_at_over_and_over(
    reader: model.DigitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where so many regions have been read, the rest of its looks would take half a minute."""
    grain = np.random.default_rng(0).normal(0, 3, (300, 500))
    page = (np.linspace(120, 220, 500) + grain).astype(np.uint8)
    for at in range(40, 300, 45):
        cv2.putText(page, "Xkw Mzv Wkx", (20, at), cv2.FONT_HERSHEY_SIMPLEX, 1, 40, 3)
    seen: list[bool] = []  # whether for a number
    read = Looks._read_as_it_is
    monkeypatch.setattr(
        Looks, "_read_as_it_is", lambda self, *ink: (seen.append(self._number), read(self, *ink))[1]
    )
    reader.read(page, number=True)
    often = sum(seen)
    monkeypatch.setattr(looks, "Tries", partial(Tries, regions=1))
    seen.clear()
    reader.read(page, number=True)
    assert 1 <= sum(seen) <= 2 < often
    assert all(seen)  # nor for one digit


def test_grain_and_shadows_of_a_bare_paper_are_no_number(
    reader: model.DigitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [photo for photo, _, _ in together.blanks(27, seed=5)]
    shown = [reader.read(photos[i], number=True) for i in (2, 26)]
    assert [(reading.text, reading.note) for reading in shown] == [("", NOT_A_DIGIT)] * 2
    monkeypatch.setattr(looks, "is_scattered", lambda reading: False)
    assert all(reader.read(photos[i], number=True).text for i in (2, 26))


def test_a_frame_is_run_once_however_often_it_is_seen(reader: model.DigitReader) -> None:
    frames = np.random.default_rng(0).random((6, 28, 28), np.float32)
    run: list[int] = []
    once = Once(
        SimpleNamespace(run=lambda new: (run.append(len(new)), reader._network.run(new))[1])
    )
    for order in ([0, 1, 1, 0], [2, 0], [1, 2], [3, 5, 4, 3, 0]):
        found, expected = once.run(frames[order]), reader._network.run(frames[order])
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)
    assert run == [2, 1, 3]
