"""Files made to hurt whoever decodes them, or only odd ones. Each is made when asked for.

REFUSED: name -> function that makes a file that must be refused.
READ: name -> function that makes an odd file that is a picture all the same.
"""

import io
import struct
import zlib
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

Maker = Callable[[], bytes]
REFUSED: dict[str, Maker] = {}
READ: dict[str, Maker] = {}
ORIENTATION = 0x0112


def refused(make: Maker) -> Maker:
    REFUSED[make.__name__] = make
    return make


def read(make: Maker) -> Maker:
    READ[make.__name__] = make
    return make


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def a_drawing(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    drawing = Image.new("RGB", (width, height), (250, 248, 240))
    drawing.paste((20, 30, 90), (0, 0, width // 2, height // 4))
    return drawing.convert(mode)


def exif(orientation: object) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    return tags


# --- PNG -------------------------------------------------------------------------------------


def chunk(kind: bytes, content: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + crc


def png(width: int, height: int, *chunks: bytes, bits: int = 8, colour: int = 0) -> bytes:
    """A PNG of these chunks, whatever its header says it is."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IEND", b"")


def blank(width: int, height: int) -> bytes:
    """The pixels of a black gray PNG, which a thousandth of the bytes can hold."""
    packer = zlib.compressobj(9)
    line = bytes(1 + width)
    packed = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    return chunk(b"IDAT", packed)


@refused
def png_claims_50000_by_50000() -> bytes:
    return png(50_000, 50_000, blank(8, 8))


@refused
def png_of_20000_by_20000() -> bytes:
    return png(20_000, 20_000, blank(20_000, 20_000))


@refused
def png_without_pixels() -> bytes:
    return png(0, 0, blank(0, 0))


@refused
def png_with_a_bomb_of_text() -> bytes:
    text = b"Comment\0\0" + zlib.compress(bytes(100_000_000), 9)
    return png(8, 8, *[chunk(b"zTXt", text)] * 90, blank(8, 8))


@refused
def png_with_a_bomb_of_a_profile() -> bytes:
    profile = b"icc\0\0" + zlib.compress(bytes(100_000_000), 9)
    return png(8, 8, chunk(b"iCCP", profile), blank(8, 8))


@refused
def png_of_tiny_chunks() -> bytes:
    return png(8, 8, chunk(b"quIt", b"") * 800_000, blank(8, 8))


@read
def png_of_40_megapixels() -> bytes:
    return png(8_000, 5_000, blank(8_000, 5_000))


@read
def png_of_one_column() -> bytes:
    return png(1, 10_000, blank(1, 10_000))


@read
def png_of_one_line() -> bytes:
    return png(10_000, 1, blank(10_000, 1))


# --- GIF and WebP ----------------------------------------------------------------------------


def gif(*blocks: bytes, width: int = 8, height: int = 8) -> bytes:
    header = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0)
    return header + b"\0\0\0\xff\xff\xff" + b"".join(blocks) + b";"


def gif_frame(width: int = 8, height: int = 8, left: int = 0) -> bytes:
    return b"," + struct.pack("<HHHHB", left, 0, width, height, 0) + b"\x02\x02D\x01\0"


@refused
def gif_frame_far_outside() -> bytes:
    return gif(gif_frame(65_000, 65_000, left=65_000))


@refused
def gif_of_comments() -> bytes:
    return gif(b"!\xfe\x01a\0" * 1_500_000, gif_frame())


@refused
def gif_with_a_comment_of_10_megabytes() -> bytes:
    return gif(b"!\xfe", (b"\xff" + b"x" * 255) * 38_000, b"\0", gif_frame())


@read
def gif_of_10000_frames() -> bytes:
    one = saved(Image.new("L", (8, 8), 9), "GIF")
    start = one.index(b",")
    return one[:-1] + one[start:-1] * 10_000 + b";"


@refused
def webp_claims_16384_by_16384() -> bytes:
    small = saved(a_drawing(), "WEBP", lossless=True, exif=exif(6))  # extended, so with VP8X
    at = small.index(b"VP8X") + 12
    return small[:at] + b"\xff\x3f\x00\xff\x3f\x00" + small[at + 6 :]


@read
def webp_of_2000_frames() -> bytes:
    frames = [Image.new("L", (8, 8), n % 256) for n in range(2_000)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)


# --- TIFF and tags ---------------------------------------------------------------------------


def tag_bomb(tags: int = 4000, claimed: int = 1_000_000) -> bytes:
    """A TIFF whose tags each claim the same bytes: 4 GB out of 1 MB."""
    needed = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 8), (278, 8), (279, 64)]
    entries = [struct.pack("<HHII", tag, 3, 1, value) for tag, value in needed]
    entries += [struct.pack("<HHII", 40_000 + i, 7, claimed, 8) for i in range(tags)]
    listed = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + claimed) + bytes(claimed) + listed


@refused
def tiff_of_tags() -> bytes:
    return tag_bomb()


@refused
def webp_of_tags() -> bytes:
    plain = saved(a_drawing(), "WEBP", lossless=True)
    block = b"Exif\0\0" + tag_bomb()
    part = b"EXIF" + struct.pack("<I", len(block)) + block
    canvas = (95).to_bytes(3, "little") + (63).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<II", 10, 8) + canvas + plain[12:] + part
    return b"RIFF" + struct.pack("<I", len(body)) + body


@refused
def tiff_of_a_million_strips() -> bytes:
    strips = 1_200_000
    at = 8 + 2 + 9 * 12 + 4
    tags = [(256, 1, 30), (257, 1, strips), (258, 1, 8), (259, 1, 1), (262, 1, 1),
            (273, strips, at), (277, 1, 1), (278, 1, 1), (279, strips, at)]  # fmt: skip
    entries = b"".join(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    return head + struct.pack("<I", 8) * strips


@read
def tiff_that_is_its_own_next_page() -> bytes:
    data = bytearray(saved(Image.new("L", (8, 8), 9), "TIFF"))
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    struct.pack_into("<I", data, at + 2 + 12 * count, at)
    return bytes(data)


@refused
def tiff_that_is_spoilt() -> bytes:
    """Its compressed pixels are; libtiff has its own way of saying so."""
    data = saved(a_drawing(400, 400), "TIFF", compression="tiff_lzw")
    return data[:8] + b"\xff" * 3000 + data[3008:]


# --- JPEG ------------------------------------------------------------------------------------


@refused
def jpeg_of_scans() -> bytes:
    data = saved(a_drawing(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 5000 + data[-2:]


@refused
def jpeg_of_segments() -> bytes:
    data = saved(a_drawing(), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", 18) + b"Exif\0\0" + b"a" * 10
    return data[:2] + segment * 400_000 + data[2:]


@refused
def jpeg_of_many_scans_of_40_megapixels() -> bytes:
    data = saved(Image.new("L", (8_000, 5_000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * 90 + data[-2:]


@read
def jpeg_turned_by_a_lie() -> bytes:
    return saved(a_drawing(), "JPEG", exif=exif(99))


@read
def jpeg_in_cmyk() -> bytes:
    return saved(a_drawing(mode="CMYK"), "JPEG")


# --- one file, two meanings ------------------------------------------------------------------


@read
def png_and_archive() -> bytes:
    return saved(a_drawing(), "PNG") + b"PK\x05\x06" + bytes(18)


@refused
def script_with_the_name_of_a_gif() -> bytes:
    return b"GIF89a=1;alert(1)"


@refused
def svg_of_a_billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY l0 "ha">{entities}]><svg>&l9;</svg>'.encode()


@refused
def bmp_claims_more_than_it_has() -> bytes:
    return (
        b"BM"
        + struct.pack("<IHHI", 0, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, 6_000, 6_000, 1, 24, 0, 0, 0, 0, 0, 0)
    )


# --- pictures of too much --------------------------------------------------------------------


@read
def sheet_of_6600_rings() -> bytes:
    """What may each be a digit, as many as there is room for."""
    ring = np.full((24, 16), 255, np.uint8)
    cv2.circle(ring, (8, 12), 5, 0, 2)
    return saved(Image.fromarray(np.tile(ring, (66, 100))), "PNG")


@read
def sheet_of_40_megapixels_of_noise() -> bytes:
    """5 MB of one bit a pixel."""
    bits = np.random.default_rng(0).integers(0, 256, (5_000, 1_000), np.uint8)
    return saved(Image.frombytes("1", (8_000, 5_000), bits.tobytes()), "PNG", compress_level=1)


@read
def comb() -> bytes:
    teeth = np.where(np.arange(1600) % 10 < 4, 0, 255).astype(np.uint8)
    sheet = np.tile(teeth, (1600, 1))
    sheet[700:720] = 0
    return saved(Image.fromarray(sheet), "PNG")
