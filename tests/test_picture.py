"""Decoding: every format gives the expected pixels, and everything else a sentence."""

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image

import picture
from picture import PictureError, decode, open_picture
from tests import nasty
from tests.nasty import a_drawing, exif, saved
from tests.test_nasty import decoded_in_child

ROOT = Path(__file__).parents[1]
FIXTURES = Path(__file__).parent / "fixtures"


def assert_near(read: NDArray, expected: NDArray) -> None:
    """Lossy compression keeps the picture, not the pixels along its edges."""
    assert read.shape == expected.shape
    assert np.abs(read.astype(int) - expected).mean() < 2


def images(dtype: type = np.uint8, channels: int | None = None) -> st.SearchStrategy[NDArray]:
    sides = st.tuples(st.integers(1, 12), st.integers(1, 12))
    shapes = sides if channels is None else sides.map(lambda side: (*side, channels))
    return shapes.flatmap(lambda shape: arrays.arrays(dtype, shape))


def sentence_for(data: bytes | str | Path) -> str:
    with pytest.raises(PictureError) as caught:
        decode(data)
    return str(caught.value)


# --- what is read --------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "GIF"])
@given(pixels=images())
def test_gray_comes_back(form: str, pixels: NDArray) -> None:
    read = decode(saved(Image.fromarray(pixels), form))
    gray = read if read.ndim == 2 else read[..., 0]  # GIF may keep gray in a palette
    np.testing.assert_array_equal(gray, pixels)
    assert read.ndim == 2 or (read == gray[..., None]).all()


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "WEBP"])
@given(pixels=images(channels=3))
def test_colour_comes_back(form: str, pixels: NDArray) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    np.testing.assert_array_equal(decode(saved(Image.fromarray(pixels), form, **options)), pixels)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
@given(pixels=images(channels=4))
def test_alpha_comes_back(form: str, pixels: NDArray) -> None:
    pixels[0, 0, 3] = 7  # WebP drops an alpha channel that is opaque everywhere
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    np.testing.assert_array_equal(decode(saved(Image.fromarray(pixels), form, **options)), pixels)


@given(pixels=images(channels=2))
def test_gray_with_alpha_becomes_rgba(pixels: NDArray) -> None:
    read = decode(saved(Image.fromarray(pixels, "LA"), "PNG"))
    np.testing.assert_array_equal(read, pixels[..., [0, 0, 0, 1]])


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@given(pixels=images(np.uint16))
def test_16_bit_gray_comes_back(form: str, pixels: NDArray) -> None:
    read = decode(saved(Image.fromarray(pixels), form))
    assert read.dtype == np.uint16
    np.testing.assert_array_equal(read, pixels)


def test_16_bit_of_the_other_byte_order() -> None:
    pixels = np.array([[1, 256, 65535]], np.uint16)
    image = Image.frombytes("I;16B", (3, 1), pixels.astype(">u2").tobytes())
    read = decode(saved(image, "TIFF"))
    assert read.dtype == np.dtype("uint16")
    np.testing.assert_array_equal(read, pixels)


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF"])
@given(pixels=images(np.bool_))
def test_1_bit_becomes_black_and_white(form: str, pixels: NDArray) -> None:
    read = decode(saved(Image.fromarray(pixels), form))
    np.testing.assert_array_equal(read if read.ndim == 2 else read[..., 0], pixels * 255)


@pytest.mark.parametrize("white", [1, 255, 65535])
def test_float_tiff_is_scaled_by_its_white(white: int) -> None:
    ramp = np.linspace(0, white, 50, dtype=np.float32).reshape(5, 10)
    read = decode(saved(Image.fromarray(ramp), "TIFF"))
    assert read.dtype == np.uint16
    np.testing.assert_allclose(read, ramp / white * 65535, atol=0.6)


@given(pixels=images(np.float32))
def test_any_float_tiff_is_read(pixels: NDArray) -> None:
    assert decode(saved(Image.fromarray(pixels), "TIFF")).dtype == np.uint16


def test_float_tiff_beyond_white_is_stretched() -> None:
    values = np.array([[-2e30, 0, 2e30, np.nan, np.inf, -np.inf]], np.float32)
    read = decode(saved(Image.fromarray(values), "TIFF"))
    np.testing.assert_array_equal(read, [[0, 32768, 65535, 0, 65535, 0]])


def test_32_bit_integers_are_scaled() -> None:
    read = decode(saved(Image.fromarray(np.array([[0, 100, 255]], np.int32)), "TIFF"))
    np.testing.assert_array_equal(read, [[0, 25700, 65535]])


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(form: str) -> None:
    read = decode(saved(a_drawing(mode="CMYK"), form))
    assert_near(read, np.asarray(a_drawing()))


@pytest.mark.parametrize("form", ["PNG", "GIF", "TIFF", "BMP"])
def test_palette_becomes_rgb(form: str) -> None:
    image = a_drawing().quantize(4)
    np.testing.assert_array_equal(decode(saved(image, form)), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_transparent_palette_entry_becomes_alpha(form: str) -> None:
    image = Image.new("P", (4, 2), 1)
    image.putpalette([0, 0, 0, 9, 8, 7])
    image.putpixel((0, 0), 0)
    read = decode(saved(image, form, transparency=1))
    assert read.shape == (2, 4, 4)
    np.testing.assert_array_equal(read[0, 0], [0, 0, 0, 255])
    assert (read[..., 3] == [[255, 0, 0, 0], [0, 0, 0, 0]]).all()


@pytest.mark.parametrize(("mode", "white"), [("L", 255), ("RGB", (255, 255, 255)), ("1", 1)])
def test_transparent_colour_of_a_png_becomes_alpha(mode: str, white: int | tuple[int, ...]) -> None:
    image = Image.new(mode, (3, 1))
    image.putpixel((2, 0), white)
    transparency = 255 if mode == "1" else white
    read = decode(saved(image, "PNG", transparency=transparency))
    np.testing.assert_array_equal(read[0, :, 3], [255, 255, 0])


def test_lab_gives_lightness() -> None:
    lab = Image.merge("LAB", [Image.new("L", (2, 1), value) for value in (200, 128, 128)])
    np.testing.assert_array_equal(decode(saved(lab, "TIFF")), [[200, 200]])


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_first_frame_of_an_animation(form: str) -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("white", "black")]
    read = decode(saved(frames[0], form, save_all=True, append_images=frames[1:]))
    assert read.min() >= 250


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_are_near(form: str) -> None:
    read = decode(saved(a_drawing(), form, quality=95))
    assert_near(read, np.asarray(a_drawing()))


def test_heic_is_read() -> None:
    pytest.importorskip("pi_heif")
    read = decode(FIXTURES / "quarter.heic")
    assert read.shape == (48, 64, 3)
    np.testing.assert_allclose(read[[2, -3], [2, -3]], [[20, 30, 90], [250, 250, 250]], atol=3)


def test_heic_without_its_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    assert "save the photo as JPEG" in sentence_for(FIXTURES / "quarter.heic")


def test_path_string_and_bytes_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "sieben 七 #7?.txt"  # what counts is content, not name
    path.write_bytes(saved(a_drawing(), "PNG"))
    for data in (path, str(path), path.read_bytes()):
        np.testing.assert_array_equal(decode(data), np.asarray(a_drawing()))


# --- right side up -------------------------------------------------------------------------

# EXIF 2.32, tag Orientation: how the stored picture is turned for looking at it.
UPRIGHT: dict[int, Callable[[NDArray], NDArray]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(np.swapaxes(a, 0, 1), 2),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", UPRIGHT)
@given(pixels=images(channels=3))
@settings(max_examples=20)
def test_orientation(form: str, orientation: int, pixels: NDArray) -> None:
    options = {"lossless": True} if form == "WEBP" else {}
    data = saved(Image.fromarray(pixels), form, exif=exif(orientation), **options)
    np.testing.assert_array_equal(decode(data), UPRIGHT[orientation](pixels))


@pytest.mark.parametrize("form", ["JPEG", "AVIF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_orientation_of_lossy_formats(form: str, orientation: int) -> None:
    data = saved(a_drawing(), form, quality=95, exif=exif(orientation))
    expected = UPRIGHT[orientation](np.asarray(a_drawing()))
    assert_near(decode(data), expected)


@given(pixels=images(np.uint16))
def test_orientation_of_16_bit(pixels: NDArray) -> None:
    data = saved(Image.fromarray(pixels), "PNG", exif=exif(6))
    np.testing.assert_array_equal(decode(data), UPRIGHT[6](pixels))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_orientation_that_is_none_is_ignored(orientation: int) -> None:
    data = saved(a_drawing(), "PNG", exif=exif(orientation))
    np.testing.assert_array_equal(decode(data), np.asarray(a_drawing()))


# --- large photos --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "reduced"),
    [
        (3199, 40, (40, 3199)),
        (3200, 2400, (1200, 1600)),
        (2401, 3203, (1602, 1201)),
        (6400, 99, (25, 1600)),
    ],
)
def test_large_jpeg_comes_reduced_with_its_size(
    width: int, height: int, reduced: tuple[int, int]
) -> None:
    photo = open_picture(saved(a_drawing(width, height), "JPEG"))
    assert photo.pixels.shape[:2] == reduced
    assert photo.size == (height, width)


def test_large_jpeg_on_its_side() -> None:
    photo = open_picture(saved(a_drawing(4000, 3000), "JPEG", exif=exif(6)))
    assert photo.pixels.shape == (2000, 1500, 3)
    assert photo.size == (4000, 3000)
    upside_down = open_picture(saved(a_drawing(4000, 3000), "JPEG", exif=exif(3)))
    assert upside_down.size == (3000, 4000)


def test_reduced_jpeg_looks_like_the_whole() -> None:
    data = saved(a_drawing(3200, 2400), "JPEG")
    expected = np.asarray(a_drawing(1600, 1200))
    assert_near(decode(data), expected)


def test_other_formats_keep_their_size() -> None:
    large = open_picture(saved(a_drawing(4000, 20), "PNG"))
    assert large.size == large.pixels.shape[:2] == (20, 4000)


def test_photo_of_two_pictures_in_one_file() -> None:
    data = saved(a_drawing(), "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    assert_near(decode(data), np.asarray(a_drawing()))


# --- what is not read ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"just a text, renamed",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"%PDF-1.7\n",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"P5 2 2 255 \0\0\0\0",
        b"\x93NUMPY\x01\0v\0",
        b"\0" * 100,
        b"\x89PNG",
    ],
)
def test_other_files_are_no_picture(data: bytes) -> None:
    assert sentence_for(data) == picture.NOT_A_PICTURE


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert sentence_for(tmp_path / "empty.png") == sentence_for(b"") == "This file is empty."


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert sentence_for(tmp_path) == "This is a folder, not a picture."
    for path in (tmp_path / "none.png", "nul\0.png", "/dev/zero"):
        assert sentence_for(path) == "This file cannot be found."
    assert sentence_for("x" * 5000) == "This file cannot be opened."


def test_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError("/secret/place")

    (tmp_path / "a.png").touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert sentence_for(tmp_path / "a.png") == "This file cannot be opened."


def test_one_pixel_is_a_picture() -> None:
    np.testing.assert_array_equal(decode(saved(Image.new("L", (1, 1), 9), "PNG")), [[9]])


def test_picture_without_pixels() -> None:
    header = b"GIF89a" + struct.pack("<HHBBB", 0, 0, 0, 0, 0)
    frame = b"," + struct.pack("<HHHHB", 0, 0, 0, 0, 0) + b"\x02\x02D\x01\0;"
    assert sentence_for(header + frame) == picture.NOT_A_PICTURE


def test_too_many_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(a_drawing(), "PNG")
    (tmp_path / "a.png").write_bytes(data)
    monkeypatch.setattr(picture, "MAX_BYTES", len(data) - 1)
    for source in (data, tmp_path / "a.png"):
        assert "larger than 10 MB" in sentence_for(source)
    monkeypatch.setattr(picture, "MAX_BYTES", len(data))
    assert decode(data).shape == (64, 96, 3)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "AVIF"])
def test_too_many_pixels(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(a_drawing(), form)
    for limit in (96 * 64 - 1, 100):  # under twice the limit it is ours to refuse, else Pillow's
        monkeypatch.setattr(picture, "MAX_PIXELS", limit)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        assert "more than 40 megapixels" in sentence_for(data)


FORMS = ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "AVIF"]


def a_file(form: str) -> bytes:
    if form == "HEIC":
        return (FIXTURES / "quarter.heic").read_bytes()
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)
    return saved(Image.fromarray(noise), form, exif=exif(6))


def is_pixels_or_sentence(data: bytes) -> bool:
    try:
        return decode(data).dtype in (np.uint8, np.uint16)
    except PictureError as error:
        return str(error) in (
            "This file is empty.",
            str(picture._too_many_pixels()),
            picture.NOT_A_PICTURE,
            picture.DAMAGED,
            picture.NO_HEIC,
        )


@pytest.mark.parametrize("form", [*FORMS, "HEIC"])
def test_truncated_anywhere(form: str) -> None:
    data = a_file(form)
    for length in range(0, len(data), 64):
        assert is_pixels_or_sentence(data[:length])


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_half_a_file_is_damaged(form: str) -> None:
    data = a_file(form)
    assert sentence_for(data[: len(data) // 2]) == picture.DAMAGED


@given(st.binary(max_size=400))
def test_any_bytes_give_pixels_or_a_sentence(data: bytes) -> None:
    assert is_pixels_or_sentence(data)


@pytest.mark.parametrize("form", [*FORMS, "HEIC"])
@given(place=st.floats(0, 0.999), patch=st.binary(min_size=1, max_size=8))
def test_damage_gives_pixels_or_a_sentence(form: str, place: float, patch: bytes) -> None:
    data = bytearray(a_file(form))
    at = int(place * len(data))
    data[at : at + len(patch)] = patch
    assert is_pixels_or_sentence(bytes(data))


# --- after trouble --------------------------------------------------------------------------


def test_bomb_leaves_the_process_well() -> None:
    for make in (nasty.png_claims_50000_by_50000, nasty.tiff_of_tags, nasty.gif_of_comments):
        sentence_for(make())
    assert decode(saved(a_drawing(), "PNG")).shape == (64, 96, 3)


def test_odd_metadata_does_not_reach_the_log() -> None:
    data = bytearray(saved(a_drawing(), "JPEG", exif=exif(6)))
    at = data.index(b"Exif\0\0") + 6
    data[at + 8 : at + 10] = b"\xff\x00"  # more tags than there are
    assert decoded_in_child(bytes(data)).said == "(96, 64, 3)"
