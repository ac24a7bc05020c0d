"""A picture is looked at as often as it takes, and no more."""

import pytest

import model
from reader.looks import Reader
from reader.reading import Reading
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
    monkeypatch.setattr(Reader, "_read", lambda *_: next(others))
    assert reader._surest(iter([PAPER] * 3), True, Tries(), *map(seen, known)).text == text
    assert len(list(others)) == 3 - looks
