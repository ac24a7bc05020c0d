"""Words are told from the numbers beside them, and signs and odd digits are no words."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from model import DigitReader
from preprocessing import Region
from reader.segmentation import Outcome
from reader.text import numbers_and_words
from tests.test_segmentation import DIGITS

HIGH, WIDE = 60, 30  # pixels, of a digit
KINDS = "8?h.nx+mgyo3pGzjlca7uwkrvsi"  # what a region's ink is filled with says what it is
SURELY = dict.fromkeys("8.gyzjo3plca7", 0.999) | {"?": 0.6, "h": 0.3}
NAMED = {"3": 3, "l": 1, "c": 0, "a": 0, "7": 7}  # and anything else 8
HALVES = {"m": "88", "G": "88", "u": "ll", "w": "ll", "k": "l8", "r": "l7", "v": "77"}
TALL = dict.fromkeys(".co", 0.5) | dict.fromkeys("si", 0.6) | dict.fromkeys("ukrv", 0.7)
TALL |= {"a": 0.65, "p": 1.4}
HANGS = {"g": 0.35, "y": 0.12, "3": 0.35, "G": 0.35, "z": 0.04, "j": 0.23}  # of a digit's height


def line(what: str, number: int = 0, fall: float = 0) -> list[Outcome]:
    """Regions beside each other: `8` a sure digit, `?` a doubtful one, `h` hardly one; `x` left
    out, `s` the same, and lower, `i` on the line, too, `+` left out for its form, `n` kept though
    none; `m` cut into two sure ones, `w` into two 1s, and lower, `u` into two 1s, `k`, `r` and `v`
    into a 1 and an 8, a 1 and a 7, and two 7s; `l` a sure 1, `.` a low digit, `c` and `a` low 0s,
    `o` a low 8 on the line, `g` and `3` hang far below it, `j`, `y` and `z` less, `p` with its foot
    alone, and `G` is one that hangs and is cut.

    fall: rows a column, by which the line falls.
    """
    found, x = [], 0
    for mark in what:
        if mark == " ":
            x += HIGH // 2
            continue
        high = round(TALL.get(mark, 1) * HIGH)
        rest = HIGH - high if mark in "oi" else max(HIGH - high, 0) // 2
        top = 100 * number + rest + round(HANGS.get(mark, 0) * HIGH + fall * x)
        ink = np.full((high, WIDE), KINDS.index(mark), np.float32)
        region = Region(ink, (x, top), line=number)
        parts = [
            np.full((high, WIDE // 2), KINDS.index(m), np.float32) for m in HALVES.get(mark, "")
        ]
        halves = [Region(p, (x + i * WIDE // 2, 0), line=number) for i, p in enumerate(parts)]
        digits = [] if mark in "x+si" else halves or [region]
        found.append(Outcome(region, digits, mark == "+"))
        x += WIDE + HIGH // 15
    return found


def classify(regions: list[Region]) -> np.ndarray:
    chances = [SURELY.get(KINDS[int(r.strength[0, 0])], 0.001) for r in regions]
    rows = np.zeros((len(regions), 11), np.float32)
    named = [NAMED.get(KINDS[int(r.strength[0, 0])], 8) for r in regions]
    rows[np.arange(len(regions)), named], rows[:, 10] = chances, 1 - np.array(chances)
    return rows


def kept(*lines: str, fall: float = 0) -> list[str]:
    """What of lines stays, as a number."""
    page = [line(what, number, fall) for number, what in enumerate(lines)]
    digits, words = numbers_and_words(page, classify)
    regions = [outcome.region for row in page for outcome in row]
    assert all(any(word is region for region in regions) for word in words)
    stay = [
        "".join(
            mark
            for mark, outcome in zip(what.replace(" ", ""), row, strict=True)
            if outcome.digits and any(outcome.digits[0] is digit for digit in digits)
        )
        for what, row in zip(lines, page, strict=True)
    ]
    assert len(digits) == sum(1 + (mark in HALVES) for what in stay for mark in what)
    return stay


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("xx88 888", "888"),  # "Call 555": letters that look like digits go with their word
        ("888 xx88", "888"),
        ("xxlll 888", "888"),  # more of them, if they are like an l or an o
        ("xx888 888", "888888"),
        ("xxm8x 8", "8"),
        ("xx88x 888 x8x8", "888"),
        ("888xx 8", "8888"),  # "250ml"
        ("8 888", "8888"),
        ("nn88nn 888", "888"),
        ("++8+8 888", "888"),
        ("mm8 888", "888"),
        ("???? 888", "888"),
    ],
)
def test_words_beside_numbers_are_left_out(what: str, number: str) -> None:
    assert kept(what, "xxx8xx") == [number, ""]


@pytest.mark.parametrize(
    "what",
    [
        "88+88", "8++8", "+8+", "88x88x88", "8 x 8 x 8", "88 x", "x88", "8?8", "8? ?8", "88 ?",
        "n", "888n8", "mmm", "8m 8", "8.8", "8.8.8.8",
    ],
)  # fmt: skip
def test_what_is_odd_in_a_number_makes_no_word_of_it(what: str) -> None:
    """Signs, a digit that is hardly one, digits that touch, a low one."""
    assert kept(what, "8888") == ["".join(mark for mark in what if mark in "8?m.n"), "8888"]


def test_what_is_hardly_a_number_beside_one_is_left_out() -> None:
    """Without a letter on the page; one such digit alone may be one, and stays."""
    assert kept("88   hh") == ["88"]
    assert kept("88   h") == ["88h"]
    assert kept("hhhh") == ["hhhh"]  # and where there is nothing else, all of them do


def test_a_sign_before_a_doubtful_digit_is_no_letter() -> None:
    """As before the 1 of a price, on a page of nothing else."""
    assert kept("x8", "x?8", "x8") == ["8", "?8", "8"]


def test_letters_that_are_hardly_digits_make_a_word() -> None:
    assert kept("xhxhx 888") == ["888"]
    assert kept("nn88nn 888") == ["888"]


def test_what_is_lower_than_its_neighbours_is_rather_a_letter() -> None:
    assert kept("x8.8.8", "xxx8xx", "8888") == ["", "", "8888"]
    assert kept("x88888", "xxx8xx", "8888") == ["88888", "", "8888"]
    assert kept("ahah 888") == ["888"]  # than the higher of two, if the other is such a letter, too


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("xc 8", "8"),  # "No 5"
        ("xaa 888", "888"),  # "Room 305", where one o is as high as the other
        ("88 xl", "88"),  # "25 ml"
        ("x8 888", "8888"),  # an x beside a digit that no letter looks like is no letter
        ("+l 888", "l888"),  # nor is a sign one beside a 1
        ("x l mm", "lmm"),  # nor what is apart from it
        ("llx mm", "llmm"),  # nor a sign behind a number: "11%"
        ("8 sl mm", "8lmm"),  # nor one before it
        ("8 il mm", "8"),
    ],
)
def test_what_is_no_digit_and_close_to_an_o_or_l_is_a_letter(what: str, number: str) -> None:
    assert kept(what) == [number]


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("88 uu", "88"),  # "10 min", where the network is sure of each upright
        ("88 rr", "88"),
        ("88 uuuuu", "88"),
        ("88 kk", "88kk"),
        ("88 vv", "88vv"),
        ("88p ww", "88pww"),
        ("88 ww", "88ww"),  # 1s that touch are as high as digits
        ("88 mm", "88mm"),  # and other digits that do are no uprights
    ],
)
def test_uprights_lower_than_digits_are_letters(what: str, number: str) -> None:
    assert kept(what) == [number]


def test_uprights_behind_a_number_are_a_word_on_a_page_of_text() -> None:
    assert kept("888ww", "xxx8xx") == ["888", ""]
    assert kept("888mm", "xxx8xx") == ["888mm", ""]


@pytest.mark.parametrize(
    ("what", "number"),
    [("88 g", "88"), ("8 g", "8"), ("888 xg", "888"), ("8z g", "8z"), ("88g", "88"),
     ("888 y", "888y"), ("888 j", "888j"), ("888 3", "8883"), ("88 o", "88o"),
     ("88 p", "88p"), ("88 G", "88G"), ("8g8", "8g8"), ("g", "g")],
)  # fmt: skip
def test_what_hangs_below_a_number_behind_it_is_a_letter(what: str, number: str) -> None:
    """Such as a g, which is an 8 or a 9 by its form, and no letter is like a 3."""
    assert kept(what) == [number]


@pytest.mark.parametrize("fall", [0.15, 0.25])
def test_the_last_digits_of_a_line_that_falls_hang_below_nothing(fall: float) -> None:
    for what in ("8888", "88 88", "8 8 8", "88 8", "888 8 8"):
        assert kept(what, fall=fall) == [what.replace(" ", "")]
    assert kept("888 g", fall=0.05) == ["888"]
    assert kept("88 g", fall=0.05) == ["88"]


def test_what_stands_above_each_other_falls_nowhere() -> None:
    """Though all of a line's sure digits do."""
    page = line("88 g")
    page[1] = page[1]._replace(region=replace(page[1].region, origin=page[0].region.origin))
    digits, _ = numbers_and_words([page], classify)
    assert len(digits) == 2


def test_what_is_low_at_a_letter_is_one() -> None:
    """As the o of "No 5" and of "so", but not beside a sign, nor a space away from it."""
    assert kept("xo 88") == ["88"]
    assert kept("88 ox") == ["88"]
    assert kept("8o 88", "+o 88", "x o88") == ["8o88", "o88", "o88"]
    assert kept("pp 888x") == ["pp888"]  # those beside it are no higher


def test_doubtful_digits_alone_are_kept() -> None:
    assert kept("???", "??") == ["???", "??"]


def test_a_page_of_grain_is_none_of_text() -> None:
    """What is neither digit nor letter surely is most of it, and stays: it is read otherwise."""
    assert kept("? ? ?", "? ? ?", "? ? ?", "xx 8")[:3] == ["???", "???", "???"]
    assert kept("? ? ?", "xx xx 8")[0] == ""


def test_on_a_page_of_words_nothing_is_a_digit() -> None:
    page = [line("xx8xx", 0), line("x8x m?x", 1)]
    digits, words = numbers_and_words(page, classify)
    assert len(words) == 11
    assert len(digits) == 1
    assert classify(digits).argmax() == 10


def test_nothing_is_nothing() -> None:
    assert numbers_and_words([], classify) == ([], [])


@pytest.mark.parametrize("word", ["Milk", "Train", "Flat", "Meter"])
def test_a_word_before_a_number_is_no_part_of_it(reader: DigitReader, word: str) -> None:
    """Written in a pen, in capitals and small letters."""
    page = np.full((240, 560), 255, np.uint8)
    for y in (90, 200):
        cv2.putText(page, word, (20, y), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 2, 0, 4, cv2.LINE_AA)
        for i, digit in enumerate((DIGITS[4], DIGITS[9], DIGITS[30])):
            ink = cv2.resize(digit, (64, 64), interpolation=cv2.INTER_AREA)
            place = page[y - 56 : y + 8, 330 + 62 * i : 394 + 62 * i]
            np.minimum(place, 255 - ink, out=place)
    digits = reader.read(page, number=True)
    alone = reader.read(page[:, 320:], number=True)
    assert len(alone.text) == 6
    assert digits.text == alone.text
