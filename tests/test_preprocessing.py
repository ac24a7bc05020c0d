"""Finding ink and framing it: what must not change an answer does not change the frame."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from preprocessing import Ink, Region, center, find_ink, other_looks, split_digits

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    DIGITS, LABELS = _digits["x"], _digits["y"]

SIDE = 200


def sheet(digit: np.ndarray, side: int = 120, at: tuple[int, int] = (40, 40)) -> np.ndarray:
    """Coverage (SIDE, SIDE) in [0, 1] of a digit laid on a canvas."""
    ink = np.zeros((SIDE, SIDE), np.float32)
    large = np.clip(cv2.resize(digit / 255.0, (side, side), interpolation=cv2.INTER_CUBIC), 0, 1)
    ink[at[0] : at[0] + side, at[1] : at[1] + side] = large
    return ink


def on_paper(ink: np.ndarray, paper=(255, 255, 255), pen=(0, 0, 0)) -> np.ndarray:
    cover = ink[..., None]
    picture = np.array(paper) * (1 - cover) + np.array(pen) * cover
    return np.round(picture).astype(np.uint8)


def frame_of(picture: np.ndarray) -> np.ndarray:
    regions = split_digits(find_ink(picture))
    assert len(regions) == 1
    return center(regions[0])


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference in units of the ink there is."""
    return float(np.abs(a - b).mean() / b.mean())


PLAIN = [on_paper(sheet(d)) for d in DIGITS]
FRAMES = [frame_of(p) for p in PLAIN]


# --- the frame -------------------------------------------------------------------------------


@pytest.mark.parametrize("i", range(len(DIGITS)))
def test_frame_is_as_mnist_frames(i: int) -> None:
    frame = FRAMES[i]
    assert frame.shape == (28, 28)
    assert frame.dtype == np.float32
    assert frame.min() >= 0
    assert frame.max() == pytest.approx(1, abs=1e-6)
    rows, columns = np.flatnonzero(frame.max(1) > 0.1), np.flatnonzero(frame.max(0) > 0.1)
    assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 22
    index = np.arange(28)
    mass = frame.sum(0) @ index / frame.sum(), frame.sum(1) @ index / frame.sum()
    assert np.abs(np.array(mass) - 14).max() < 0.6


@pytest.mark.parametrize("i", range(len(DIGITS)))
def test_mnist_comes_back_as_it_was(i: int) -> None:
    frame, original = frame_of(DIGITS[i]), DIGITS[i] / 255
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    nearest = min(difference(np.roll(frame, s, (0, 1)), original) for s in shifts)
    assert nearest < 0.55  # half a pixel of shift blurs this much; another digit differs by 1.2


@pytest.mark.parametrize("x", [30, 42, 60])
def test_ink_that_fills_the_box_is_moved_by_whole_pixels(x: int) -> None:
    large = np.zeros((120, 84), np.float32)
    cv2.ellipse(large, (42, 60), (33, 51), 0, 0, 360, 1.0, 16)
    cv2.line(large, (x, 0), (x, 119), 1.0, 16)
    strength = cv2.resize(large, (14, 20), interpolation=cv2.INTER_AREA)
    frame = center(Region(strength))
    rows, columns = np.flatnonzero(frame.any(1)), np.flatnonzero(frame.any(0))
    window = frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.testing.assert_array_equal(window, strength)
    mass = [float(frame.sum(1 - axis) @ np.arange(28)) / frame.sum() for axis in (0, 1)]
    np.testing.assert_allclose(mass, 14, atol=0.5)


def test_frame_of_nothing_is_empty() -> None:
    assert center(Region(np.zeros((9, 9), np.float32))).max() == 0


@pytest.mark.parametrize("pen", [1, 3, 40])
def test_pens_of_any_width_come_out_alike(pen: int) -> None:
    """A hairline is widened and a marker thinned towards the width of MNIST's strokes."""
    canvas = np.full((600, 600), 255, np.uint8)
    cv2.line(canvas, (120, 100), (420, 100), 0, pen)
    cv2.line(canvas, (420, 100), (250, 500), 0, pen)
    frame = frame_of(canvas)
    width = (frame > 0.3)[18:22].sum(1).mean()
    assert 1.5 <= width <= 5


# --- what must not matter --------------------------------------------------------------------


def colours(picture: np.ndarray, paper, pen) -> np.ndarray:
    return on_paper(1 - picture[..., 0] / 255, paper, pen)


def see_through(picture: np.ndarray, pen: int) -> np.ndarray:
    alpha = 255 - picture[..., :1]
    return np.concatenate([np.full_like(picture, pen), alpha], axis=2)


def lit_unevenly(picture: np.ndarray) -> np.ndarray:
    ramp = np.linspace(0.45, 1, picture.shape[1])[None, :, None]
    return np.round((30 + picture * 0.8) * ramp).astype(np.uint8)


def with_frame(picture: np.ndarray) -> np.ndarray:
    framed = picture.copy()
    cv2.rectangle(framed, (14, 12), (188, 186), (0, 0, 0), 3)
    return framed


def with_rules(picture: np.ndarray) -> np.ndarray:
    ruled = np.full_like(picture, 255)
    for y in (18, 66, 114, 162):
        cv2.line(ruled, (0, y), (SIDE, y + 2), (150, 170, 220), 1, cv2.LINE_AA)
    return np.minimum(ruled, picture)


def with_specks(picture: np.ndarray) -> np.ndarray:
    specked = picture.copy()
    for at in ((8, 12), (190, 30), (15, 180), (185, 185)):
        cv2.circle(specked, at, 1, (0, 0, 0), -1)
    return specked


CHANGES = {
    "gray": (lambda p: p[..., 0], 0.02),
    "inverted": (lambda p: 255 - p, 0.05),
    "16 bits": (lambda p: p.astype(np.uint16) * 257, 0.02),
    "12 of 16 bits": (lambda p: p[..., 0].astype(np.uint16) * 16, 0.02),
    "black on transparent": (lambda p: see_through(p, 0), 0.05),
    "white on transparent": (lambda p: see_through(p, 255), 0.05),
    "red on white": (lambda p: colours(p, (255, 255, 255), (220, 30, 40)), 0.1),
    "yellow on blue": (lambda p: colours(p, (30, 40, 160), (250, 230, 60)), 0.1),
    "red on green": (lambda p: colours(p, (40, 150, 60), (190, 70, 50)), 0.15),
    "twice the size": (lambda p: cv2.resize(p, None, fx=2, fy=2), 0.2),
    "moved": (lambda p: np.roll(p, (25, -20), (0, 1)), 0.02),
    "half in darkness": (lit_unevenly, 0.2),
    "in a frame": (with_frame, 0.1),
    "on ruled paper": (with_rules, 0.35),
    "with specks": (with_specks, 0.05),
}


@pytest.mark.parametrize("name", CHANGES)
def test_frame_does_not_change(name: str) -> None:
    change, allowed = CHANGES[name]
    errors = [difference(frame_of(change(p)), f) for p, f in zip(PLAIN, FRAMES, strict=True)]
    assert np.median(errors) < allowed
    assert np.mean(np.array(errors) > 0.8) <= 0.05  # one of forty may differ


def test_another_digit_is_another_frame() -> None:
    """The measure used here tells digits apart: without this the tests above could not fail."""
    different = [difference(FRAMES[i], FRAMES[i - 4]) for i in range(len(FRAMES))]
    assert np.mean(np.array(different) > 0.8) > 0.95


@pytest.mark.parametrize("shape", [(3, 40, 50), (40, 50, 2), (40, 50, 5), (0, 5), (5, 0, 3), (7,)])
def test_other_shapes_get_a_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"^A picture .*\.$"):
        find_ink(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("dtype", [np.float64, np.int32, complex, object, "U1"])
def test_other_types_get_a_sentence(dtype: object) -> None:
    with pytest.raises(ValueError, match=r"^A picture has 8 or 16 bits"):
        find_ink(np.zeros((20, 20), dtype))  # type: ignore[call-overload]


@settings(max_examples=120)
@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.uint16, np.bool_]),
        st.one_of(
            st.tuples(st.integers(1, 60), st.integers(1, 60)),
            st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([3, 4])),
        ),
    )
)
def test_any_picture_is_read_or_left(picture: np.ndarray) -> None:
    ink = find_ink(picture)
    assert np.isfinite(ink.strength).all()
    assert 0 <= ink.strength.min() <= ink.strength.max() <= 1
    for number in (False, True):
        for region in split_digits(ink, number):
            x, y, w, h = region.box
            assert 0 <= x < x + w <= picture.shape[1]
            assert 0 <= y < y + h <= picture.shape[0]
            assert np.isfinite(center(region)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2), (5, 4000)])
def test_odd_shapes(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for picture in (np.zeros(shape, np.uint8), rng.integers(0, 256, shape, np.uint8)):
        assert find_ink(picture).strength.size > 0


def test_views_are_taken_as_they_are() -> None:
    turned = PLAIN[12][::-1, ::-1][::-1, ::-1]
    wide = np.repeat(PLAIN[12], 2, axis=1)[:, ::2]
    assert not wide.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(frame_of(turned), FRAMES[12])
    np.testing.assert_array_equal(frame_of(wide), FRAMES[12])


# --- nothing written -----------------------------------------------------------------------------


@pytest.mark.parametrize("level", [0, 1, 128, 254, 255])
def test_blank_paper_has_no_ink(level: int) -> None:
    assert split_digits(find_ink(np.full((120, 90, 3), level, np.uint8))) == []


@pytest.mark.parametrize("seed", range(5))
def test_grain_of_paper_is_no_digit(seed: int) -> None:
    rng = np.random.default_rng(seed)
    paper = np.clip(rng.normal(215, 4, (240, 200)), 0, 255).astype(np.uint8)
    paper = (paper * np.linspace(0.7, 1, 200)).astype(np.uint8)
    assert split_digits(find_ink(paper)) == []


# --- where it was found --------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.2, 1, 12])
def test_box_holds_the_ink(scale: float) -> None:
    """Also of a small picture, and where one was reduced before it was searched."""
    x, y, w, h = 60, 45, 50, 90
    picture = np.full((round(SIDE * scale),) * 2, 255, np.uint8)
    corners = [round(v * scale) for v in (x, y, x + w, y + h)]
    cv2.rectangle(picture, corners[:2], corners[2:], 0, round(5 * scale))
    (region,) = split_digits(find_ink(picture))
    found = np.array(region.box) / scale
    assert np.abs(found - [x - 2, y - 2, w + 5, h + 5]).max() <= max(4, 2 / scale)  # two pixels


def test_a_small_picture_is_looked_at_enlarged_too() -> None:
    """Its box stays in the picture's own pixels; a bitmap has nothing between its pixels."""
    large = np.full((200, 200), 255, np.uint8)
    cv2.rectangle(large, (60, 45), (110, 135), 0, 25)
    small = cv2.resize(large, (40, 40), interpolation=cv2.INTER_AREA)
    look = next(other_looks(small))
    assert max(look.mask.shape) >= 96
    (region,) = split_digits(look)
    assert np.abs(np.array(region.box) - [9, 6, 16, 24]).max() <= 2
    bitmap = np.where(small > 128, np.uint8(255), np.uint8(0))
    assert all(ink.mask.shape == (40, 40) for ink in other_looks(bitmap))


def test_thin_writing_on_even_paper_is_no_photo_however_small_it_is() -> None:
    """Averaged to a small picture, thin strokes have many greys, as in uneven light."""
    row = np.hstack([d / 255 for d in DIGITS[:20]]).astype(np.float32)
    page = on_paper(cv2.resize(np.vstack([row] * 4), None, fx=1.5, fy=1.5))
    assert not list(other_looks(page))
    light = np.linspace(0.5, 1, page.shape[1])[:, None]
    assert list(other_looks((page * light).astype(np.uint8)))


def test_polarity_is_told() -> None:
    assert not any(find_ink(p).inverted for p in PLAIN)
    assert all(find_ink(255 - p).inverted for p in PLAIN)


def test_either_polarity_can_be_asked_for() -> None:
    for picture in PLAIN[:8]:
        told, asked = find_ink(picture), find_ink(picture, inverted=False)
        np.testing.assert_array_equal(told.mask, asked.mask)
        assert not told.doubtful
        assert find_ink(255 - picture, inverted=True).inverted
        assert not find_ink(255 - picture, inverted=False).inverted


@pytest.mark.parametrize("faintness", [0.3, 0.7])
def test_what_is_fainter_and_thinner_than_the_digit_is_no_part_of_it(faintness: float) -> None:
    """What is left of a line where a 9 runs off the picture's foot: the 9 is read."""
    strength = np.zeros((200, 300), np.float32)
    cv2.ellipse(strength, (200, 60), (35, 40), 0, 0, 360, 1.0, 12)
    cv2.line(strength, (235, 60), (210, 199), 1.0, 12)
    nine = strength.copy()
    cv2.line(strength, (30, 90), (110, 88), faintness, 2)
    (region,) = split_digits(Ink(strength, (strength > 0.2).astype(np.uint8), 1.0, False))
    x, y, w, h = cv2.boundingRect((nine > 0.2).astype(np.uint8))
    assert np.abs(np.array(region.box) - (x, y, w, h)).max() <= 2


@pytest.mark.parametrize(("darkness", "pieces"), [(1.0, 2), (0.8, 2), (0.6, 1)])
def test_what_hangs_in_fainter_than_the_ink_is_no_part_of_it(darkness: float, pieces: int) -> None:
    """A 5 whose body touches the picture's foot, or what is left of a desk there."""
    strength = np.zeros((100, 100), np.float32)
    cv2.line(strength, (40, 20), (70, 18), 1.0, 6)
    cv2.line(strength, (40, 20), (38, 45), 1.0, 6)
    cv2.ellipse(strength, (48, 75), (22, 22), 0, -90, 130, darkness, 6)
    strength[97:, 40:50] = darkness
    regions = split_digits(Ink(strength, (strength > 0.3).astype(np.uint8), 1.0, False))
    assert len(regions) == 1
    assert (regions[0].strength.shape[0] > 60) == (pieces == 2)


# --- numbers -------------------------------------------------------------------------------------


def test_digits_of_a_number_come_in_reading_order() -> None:
    picks = [4, 9, 16, 30]
    line = np.concatenate([sheet(DIGITS[i], 100)[30:150, 35:145] for i in picks], axis=1)
    page = np.concatenate([line, np.roll(line, 110, axis=1)])
    regions = split_digits(find_ink(on_paper(page)), number=True)
    assert [r.line for r in regions] == [0] * 4 + [1] * 4
    for row in (regions[:4], regions[4:]):
        left = [r.box[0] for r in row]
        assert left == sorted(left)
    frames = [center(r) for r in regions]
    for i, pick in enumerate(picks):
        assert difference(frames[i], FRAMES[pick]) < 0.5


def framed_by(*shapes: str) -> np.ndarray:
    """Three rows of three digits, with a table, a ring or boxes drawn around them."""
    page = np.zeros((340, 340), np.float32)
    for i in range(9):
        row, column = divmod(i, 3)
        top, left = 35 + 100 * row, 35 + 100 * column
        page[top : top + 70, left : left + 70] = sheet(DIGITS[i], 70)[40:110, 40:110]
        if "boxes" in shapes:
            cv2.rectangle(page, (left - 8, top - 8), (left + 78, top + 78), 1.0, 3)
    if "table" in shapes:
        for at in (20, 120, 220, 320):
            cv2.line(page, (at, 20), (at, 320), 1.0, 3)
            cv2.line(page, (20, at), (320, at), 1.0, 3)
    page = np.pad(page, 80)
    if "ring" in shapes:
        cv2.circle(page, (250, 250), 240, 1.0, 3)
    return page


@pytest.mark.parametrize("shapes", [(), ("table",), ("ring",), ("boxes",), ("ring", "boxes")])
def test_tables_boxes_and_rings_around_digits_are_left_out(shapes: tuple[str, ...]) -> None:
    regions = split_digits(find_ink(on_paper(framed_by(*shapes))), number=True)
    assert [r.line for r in regions] == [0] * 3 + [1] * 3 + [2] * 3
    for region, frame in zip(regions, FRAMES, strict=False):
        assert difference(center(region), frame) < 0.5


def test_specks_do_not_say_how_broad_digits_at_the_rim_are() -> None:
    """Three digits with a thick pen, cropped to their height, and dust between them."""
    strip = np.zeros((80, 330), np.uint8)
    for x in (50, 150, 250):
        cv2.ellipse(strip, (x, 40), (30, 36), 0, 0, 360, 1, 20)
    strip[30:33, 100:106] = strip[20:23, 198:204] = 1
    regions = split_digits(Ink(strip.astype(np.float32), strip, 1.0, False), number=True)
    assert [region.strength.shape[0] for region in regions] == [80] * 3


@pytest.mark.parametrize("number", [False, True])
def test_a_zero_with_a_free_slash_is_no_ring_around_a_one(number: bool) -> None:
    zero = np.zeros((280, 280), np.float32)
    cv2.ellipse(zero, (140, 140), (60, 100), 20, 0, 360, 1.0, 10)
    cv2.line(zero, (115, 170), (165, 110), 1.0, 10)
    (region,) = split_digits(find_ink(on_paper(zero)), number)
    assert min(region.strength.shape) > 100


def test_halves_of_a_broken_digit_are_one_region() -> None:
    """The bar of a 5 stands above its body, and hardly over it: neither is a digit."""

    def line(body: int) -> np.ndarray:
        ink = np.zeros((120, 400), np.float32)
        for x in (20, 300):
            cv2.rectangle(ink, (x, 30), (x + 36, 90), 1.0, 6)
        cv2.polylines(ink, [np.array([(200, 30), (152, 30), (146, 52)])], False, 1.0, 6)
        cv2.ellipse(ink, (body, 78), (22, 14), 0, -90, 150, 1.0, 6)
        return on_paper(ink)

    together, apart = (split_digits(find_ink(line(x)), number=True) for x in (132, 240))
    assert [region.box[3] > 60 for region in together] == [True] * 3
    assert not any(140 < region.box[0] < 260 and region.box[3] > 60 for region in apart)


def test_signs_between_digits_are_left_out() -> None:
    line = np.concatenate([sheet(DIGITS[i], 100)[30:150, 35:145] for i in (4, 9)], axis=1)
    wide = np.concatenate([line[:, :110], np.zeros((120, 50), np.float32), line[:, 110:]], axis=1)
    cv2.circle(wide, (120, 98), 5, 1.0, -1)  # a dot
    cv2.line(wide, (128, 60), (150, 60), 1.0, 5)  # a minus sign
    assert len(split_digits(find_ink(on_paper(wide)), number=True)) == 2


@pytest.mark.parametrize(("top", "bottom"), [(0.8, 1.1), (0.9, 1.2), (1.02, 1.3), (-0.15, 0.1)])
def test_commas_and_apostrophes_are_no_line_of_their_own(top: float, bottom: float) -> None:
    """Heights of the sign are in heights of the digits, from their head."""
    line = np.concatenate([sheet(DIGITS[i], 100)[20:160, 35:145] for i in (4, 9, 16)], axis=1)
    rows = np.flatnonzero(line.any(1))
    head, height = rows[0], np.ptp(rows)
    for x in (112, 222, 328):
        ends = (x, int(head + top * height)), (x - 8, int(head + bottom * height))
        cv2.line(line, *ends, 1.0, 7, cv2.LINE_AA)
    regions = split_digits(find_ink(on_paper(line)), number=True)
    assert [r.line for r in regions] == [0, 0, 0]
    assert all(r.box[3] > 0.8 * height for r in regions)


def test_a_leaning_1_below_a_digit_makes_no_slash_of_both() -> None:
    page = np.full((260, 400), 255, np.uint8)
    for x, y in ((150, 40), (300, 40), (95, 112), (215, 112)):
        cv2.rectangle(page, (x, y), (x + 30, y + 60), 0, -1)
    cv2.line(page, (166, 112), (150, 178), 0, 8)
    regions = split_digits(find_ink(page), number=True)
    (both,) = (region for region in regions if 130 < region.origin[0] < 190)
    assert both.pieces == 2
    assert both.strength.shape[0] > 130


def test_low_marks_beside_a_line_do_not_tear_it_apart() -> None:
    """As the wires of a binding at the left, of which a digit is as high as two."""
    page = np.full((400, 600), 255, np.uint8)
    for i, y in enumerate(range(4, 350, 70)):
        cv2.rectangle(page, (40 - 3 * i, y), (60 - 3 * i, y + 46), 0, -1)
    for i, x in enumerate(range(150, 500, 60)):
        top = 138 + 8 * (i % 2)
        cv2.rectangle(page, (x, top), (x + 30, top + 130), 0, -1)
    regions = split_digits(find_ink(page), number=True)
    high = [region for region in regions if region.strength.shape[0] > 100]
    assert [region.origin[0] for region in high] == sorted(region.origin[0] for region in high)
    assert len(high) == 6
    assert len({region.line for region in high}) == 1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("darkness", [0.3, 0.4])
def test_a_line_that_is_ink_in_part_joins_no_digits(darkness: float, seed: int) -> None:
    """Small digits stand on one that is here a little darker and there a little fainter."""
    rng = np.random.default_rng(seed)
    ink = np.zeros((70, 170), np.float32)
    for i, left in zip((4, 9, 16, 30), (10, 48, 86, 124), strict=True):
        digit = np.clip(
            cv2.resize(DIGITS[i] / 255.0, (44, 44), interpolation=cv2.INTER_CUBIC), 0, 1
        )
        digit = digit[(digit > 0.3).any(1)][:, (digit > 0.3).any(0)]
        ink[58 - len(digit) : 58, left : left + digit.shape[1]] = digit
    ink[57] = np.maximum(ink[57], darkness * (1 + 0.3 * np.sin(np.arange(170) / 15 + seed)))
    page = np.clip(220 - 180 * ink + rng.normal(0, 3, ink.shape), 0, 255).astype(np.uint8)
    regions = split_digits(find_ink(page), number=True)
    assert len(regions) == 4
    assert max(r.box[2] for r in regions) < 40


@pytest.mark.parametrize("seed", range(4))
def test_squares_printed_on_the_paper_are_not_ink(seed: int) -> None:
    """Not even where they touch the writing."""
    rng = np.random.default_rng(seed)
    ink = np.concatenate([sheet(DIGITS[i], 110) for i in rng.integers(0, len(DIGITS), 3)], 1)
    printed = np.zeros_like(ink)
    printed[7::24], printed[:, 5::24] = 0.4, 0.4
    turn = cv2.getRotationMatrix2D((300, 100), 2, 1)
    printed = cv2.warpAffine(printed, turn, printed.shape[::-1])
    page = 235 - 200 * np.maximum(ink, printed) + rng.normal(0, 2, ink.shape)
    found = find_ink(np.clip(page, 0, 255).astype(np.uint8)).mask
    written = cv2.dilate((ink > 0.2).astype(np.uint8), np.ones((5, 5), np.uint8))
    assert np.count_nonzero(found & (1 - written)) < 0.01 * np.count_nonzero(found)
    assert np.count_nonzero(found & (ink > 0.5)) > 0.95 * np.count_nonzero(ink > 0.5)
