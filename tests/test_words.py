"""The page's words: every language has every one, and the service's sentences are among them."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

import picture
from page import pictures, words
from reader import reading

PAGE = Path(__file__).parent.parent / "page"
ENGLISH = words.LANGUAGES["en"]


def names(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


@pytest.mark.parametrize("code", words.LANGUAGES)
def test_every_language_has_every_word_with_the_same_names(code: str) -> None:
    table = words.LANGUAGES[code]
    assert list(table) == list(ENGLISH)
    assert all(table.values())
    assert {key: names(text) for key, text in table.items()} == {
        key: names(text) for key, text in ENGLISH.items()
    }


@pytest.mark.parametrize("code", [code for code in words.LANGUAGES if code != "en"])
def test_sentences_are_translated(code: str) -> None:
    same = [key for key, text in words.LANGUAGES[code].items() if text == ENGLISH[key]]
    assert len(same) <= 2  # the app's name, and a word two languages share


def sentences_of(module: object) -> list[str]:
    """The sentences for people that a module has as constants."""
    return [value for name, value in vars(module).items()
            if name.isupper() and isinstance(value, str) and value.endswith(".")]  # fmt: skip


def refusals() -> list[str]:
    """The sentences with limits in them, and others without a name, as pictures get them."""
    said = []
    png = cv2.imencode(".png", np.zeros((7000, 7000), np.uint8))[1].tobytes()
    for content in (b"", b"x" * (picture.MAX_BYTES + 1), png, b"text"):
        with pytest.raises(picture.PictureError) as refused:
            picture.open_picture(content)
        said.append(str(refused.value))
    return said


def test_sentences_of_the_service_are_in_the_table() -> None:
    said = [*sentences_of(reading), *sentences_of(picture), *sentences_of(pictures), *refusals()]
    assert len(said) >= 9
    for sentence in said:
        assert words.key_of(sentence), sentence
    assert words.key_of("") is None


def test_every_word_is_used() -> None:
    files = [PAGE / "reader.html", *PAGE.rglob("*.js"), *PAGE.glob("*.py")]
    used = "".join(file.read_text() for file in files)
    for key in ENGLISH:
        assert key.startswith(("note_", "example_")) or f'"{key}"' in used, key
