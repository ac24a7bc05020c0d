"""Slashes are told from leaning 1s."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from finder.slashes import percents, slashes
from finder.strokes import find_pieces

Bar = tuple[float, float, float]  # lean, and reach above and below, in heights of a digit
UPRIGHT = (0.0, 0.0, 0.0)
HIGH, APART = 60, 70  # pixels


def found(signs: str, bars: dict[str, Bar]) -> list[int]:
    """The places of slashes in a line of rings, `0`, and of straight strokes."""
    page = np.zeros((180, APART * (len(signs) + 1)), np.uint8)
    for i, sign in enumerate(signs, 1):
        x = APART * i
        if sign == "0":
            cv2.ellipse(page, (x, 90), (17, HIGH // 2 - 3), 0, 0, 360, 1, 6)
            continue
        lean, above, below = bars[sign]
        ends = np.array([90 - HIGH * (0.5 + above), 90 + HIGH * (0.5 + below)])
        half = lean * (ends[1] - ends[0]) / 2
        at = np.round([(x + half, ends[0] + 3), (x - half, ends[1] - 3)]).astype(np.int32)
        cv2.line(page, at[0].tolist(), at[1].tolist(), 1, 6)
    pieces = find_pieces(page)
    order = np.argsort(pieces.boxes[:, 0] + pieces.boxes[:, 2] / 2).tolist()
    return [order.index(i) for i in slashes(pieces, [[i] for i in order])]


@pytest.mark.parametrize(
    ("bar", "is_slash"),
    [
        ((0.4, 0.1, 0.2), True),
        ((0.4, 0.0, 0.15), True),
        ((1.0, 0.1, 0.2), True),
        ((0.4, 0.2, 0.0), False),
        ((0.4, -0.2, 0.2), False),
        ((-0.4, 0.1, 0.2), False),
        ((0.02, 0.1, 0.2), False),
    ],
)
def test_a_slash_leans_and_reaches_below_digits(bar: Bar, is_slash: bool) -> None:
    assert found("0/00", {"/": bar}) == ([1] if is_slash else [])
    assert found("/00", {"/": bar}) == found("00/", {"/": bar}) == []


DATES = ["0/0/00", "00/0/0000", "00/00/00", "0000/00/00", "0000/0/0"]


@pytest.mark.parametrize("date", DATES)
@pytest.mark.parametrize("bar", [(0.3, 0.1, 0.06), (0.6, 0.0, 0.05), (1.0, 0.1, 0.05)])
def test_two_strokes_alike_make_a_date(date: str, bar: Bar) -> None:
    places = [i for i, sign in enumerate(date) if sign == "/"]
    assert found(date, {"/": bar}) == places


@pytest.mark.parametrize(
    "line", ["000/0/00", "0/000/00", "0/0/000", "0/0/0", "0/0/0/0", "/0/00", "0/0/", "0/00"]
)
def test_no_other_line_is_a_date(line: str) -> None:
    assert found(line, {"/": (0.6, 0.1, 0.06)}) == []


@pytest.mark.parametrize(
    ("bar", "other"),
    [
        ((0.3, 0.05, -0.02), (0.3, 0.05, 0.04)),  # hardly below on average
        ((0.6, -0.2, 0.05), (0.6, -0.2, 0.05)),  # low
        ((0.6, 0.4, 0.08), (0.6, 0.0, 0.08)),  # much higher than the other
    ],
)
def test_two_strokes_that_are_none_make_no_date(bar: Bar, other: Bar) -> None:
    assert found("00/0l00", {"/": bar, "l": other}) == []


@given(st.sampled_from(DATES), st.floats(0.15, 0.9), st.floats(0.3, 1.2))
def test_strokes_that_differ_make_none(date: str, lean: float, more: float) -> None:
    bars = {"/": (lean, 0.05, 0.04), "l": (lean - more, 0.05, 0.04)}
    assert found("l".join(date.rsplit("/", 1)), bars) == []


RINGS = [(-0.35, -0.25), (0.35, 0.25)]  # middles, from the stroke's, in its height


def percent_found(
    lean: float, rings: list[tuple[float, float]], size: float = 0.4, pen: int = 6
) -> list[int]:
    """The numbers of the pieces of a percent sign that are found: its stroke is 0, rings follow."""
    page = np.zeros((240, 300), np.uint8)
    at = np.round([(150 + 50 * lean, 70), (150 - 50 * lean, 170)]).astype(np.int32)
    cv2.line(page, at[0].tolist(), at[1].tolist(), 1, pen)
    places = [(150, 120)]
    for across, down in rings:
        places.append((round(150 + 100 * across), round(120 + 100 * down)))
        cv2.ellipse(page, places[-1], (round(40 * size), round(50 * size)), 0, 0, 360, 1, pen)
    pieces = find_pieces(page)
    assert len(pieces.sizes) == len(places)
    middles = pieces.boxes[:, :2] + pieces.boxes[:, 2:] / 2
    order = [int(np.argmin(np.hypot(*(middles - place).T))) for place in places]
    marked = percents(pieces, np.ones(len(places), bool))
    return [nth for nth, i in enumerate(order) if marked[i]]


@given(st.floats(0.25, 0.7), st.floats(0.25, 0.45), st.integers(4, 7), st.floats(-0.05, 0.05))
def test_a_percent_sign_is_a_stroke_between_two_rings(
    lean: float, size: float, pen: int, off: float
) -> None:
    apart = 0.3 + size / 2.5
    rings = [(-apart, -0.25 + off), (apart, 0.25 + off)]
    assert percent_found(lean, rings, size, pen) == [0, 1, 2]


@pytest.mark.parametrize(
    ("lean", "rings", "size"),
    [
        (0.0, RINGS, 0.4),  # an upright stroke
        (-0.4, RINGS, 0.2),
        (0.3, RINGS[:1], 0.4),
        (0.3, [*RINGS, (0.75, 0.3)], 0.2),
        (0.3, [(-0.45, 0.25), (0.45, 0.25)], 0.4),  # low digits on its line
        (0.3, [(-0.6, -0.1), (0.6, 0.1)], 0.55),  # digits beside a high slash
        (0.3, [(-0.6, -0.2), (0.6, 0.2)], 0.75),
        (0.3, RINGS, 0.05),  # dots
        (0.3, [RINGS[0], (0.35, 0.7)], 0.4),  # of the next line
    ],
)
def test_what_stands_otherwise_beside_a_stroke_is_none_of_it(
    lean: float, rings: list[tuple[float, float]], size: float
) -> None:
    assert percent_found(lean, rings, size) == []


@pytest.mark.parametrize(("reach", "read"), [(0.2, "0112"), (-0.05, "01112")])
def test_a_slash_between_digits_is_none_where_it_reaches_beyond_them(
    reader: model.DigitReader, reach: float, read: str
) -> None:
    """A zero and ones, upright bars, so that the slash is all that differs."""
    page = np.full((200, 420), 255, np.uint8)
    cv2.ellipse(page, (70, 100), (22, 40), 0, 0, 360, 0, 7)
    cv2.line(page, (130, 60), (130, 140), 0, 7)
    ends = (215, round(60 - 80 * reach)), (180, round(140 + 80 * reach))
    cv2.line(page, *ends, 0, 7)
    cv2.line(page, (260, 60), (260, 140), 0, 7)
    two = [(310, 75), (330, 60), (350, 75), (345, 95), (310, 138), (355, 138)]
    cv2.polylines(page, [np.array(two)], False, 0, 7)
    assert reader.read(page, number=True).text == read


@pytest.mark.parametrize("gap", [1, 12])
@pytest.mark.parametrize("taller", [0, 14])
def test_a_slash_beside_a_high_digit_is_none_and_none_of_its_strokes(
    reader: model.DigitReader, gap: int, taller: int
) -> None:
    """Its ends are compared with those of both digits beside it on average."""
    page = np.full((220, 300), 255, np.uint8)
    top = 80 - taller
    cv2.ellipse(page, (80, (top + 140) // 2), (22, (140 - top) // 2), 0, 0, 360, 0, 7)
    left = 80 + 22 + 7 + gap
    cv2.line(page, (left + 26, 72), (left, 160), 0, 7)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])
    cv2.polylines(page, [two + np.array((left + 45, 82))], False, 0, 7)
    assert reader.read(page, number=True).text == "02"


@pytest.mark.parametrize(
    ("top", "foot", "read"),
    [(56, 140, "012"), (60, 156, "02"), (104, 180, "012"), (80, 140, "012")],
)
def test_a_leaning_1_is_no_slash_where_it_stands_on_the_line_or_hangs_below_it(
    reader: model.DigitReader, top: int, foot: int, read: str
) -> None:
    """The digits beside it stand in rows 80 to 140."""
    page = np.full((220, 300), 255, np.uint8)
    cv2.ellipse(page, (70, 110), (22, 30), 0, 0, 360, 0, 7)
    cv2.line(page, (155, top), (125, foot), 0, 7)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])
    cv2.polylines(page, [two + np.array((185, 82))], False, 0, 7)
    assert reader.read(page, number=True).text == read


def test_a_leaning_1_is_not_compared_with_a_sign_before_it(reader: model.DigitReader) -> None:
    """As in a sum, + 12: the sign is half as high as a digit, and stands higher."""
    page = np.full((220, 330), 255, np.uint8)
    cv2.line(page, (60, 110), (90, 110), 0, 7)
    cv2.line(page, (75, 95), (75, 125), 0, 7)
    cv2.line(page, (150, 76), (130, 146), 0, 7)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])
    cv2.polylines(page, [two + np.array((190, 82))], False, 0, 7)
    assert reader.read(page, number=True).text == "12"


def test_a_leaning_1_beside_a_low_sign_is_no_slash(reader: model.DigitReader) -> None:
    page = np.full((220, 400), 255, np.uint8)
    two = np.array([(0, 15), (20, 0), (40, 15), (35, 35), (0, 58), (45, 58)])
    for left in (40, 280):
        cv2.polylines(page, [two + np.array((left, 82))], False, 0, 7)
    cv2.line(page, (140, 78), (120, 142), 0, 7)
    cv2.line(page, (190, 105), (226, 105), 0, 7)
    cv2.line(page, (208, 88), (208, 122), 0, 7)
    assert reader.read(page, number=True).text == "212"
