"""How long one reading takes, step by step, and how it grows with pixels and with digits.

    python -m benchmarks.speed [-n 30] [--folder 1000]

One thread. Digits are drawn with a few strokes of `train.glyphs`; a photo is grainy JPEG. Last,
the command line reads a folder of so many numbers into a table, with all cores.
"""

import argparse
import string
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np

import model
import picture
import preprocessing
from benchmarks.apps import ROOT, machine
from finder.framing import OVERSAMPLE
from train import glyphs, strings
from train.render import inked

Step = Callable[[], object]
SIZES = ((28, 28), (280, 280), (1000, 1000), (1732, 2309), (3000, 4000), (5400, 7400))
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200)
PAGES = 10  # for each of the counts


def line_of_digits(count: int, rng: np.random.Generator) -> np.ndarray:
    """A line of digits with space between: (h, w) uint8, dark on light."""
    forms = [glyphs.DIGITS[int(d)][0] for d in rng.integers(0, 10, count)]
    inks = [inked(glyphs.strokes(form), 3 * OVERSAMPLE) / np.float32(255) for form in forms]
    return 255 - (strings.spaced([strings.sized(i, rng) for i in inks], rng).ink * 255).astype("u1")


def canvas(count: int, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """So many digits over the whole of a (h, w) canvas, in rows of at most twenty."""
    rows = [line_of_digits(min(20, count - at), rng) for at in range(0, count, 20)]
    width = max(row.shape[1] for row in rows)
    sheet = np.vstack(
        [np.pad(r, ((0, 0), (0, width - r.shape[1])), constant_values=255) for r in rows]
    )
    factor = min(size[0] / sheet.shape[0], size[1] / sheet.shape[1])
    small = cv2.resize(sheet, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    page = np.full(size, 255, np.uint8)
    page[: small.shape[0], : small.shape[1]] = small
    return page


def photo(page: np.ndarray, rng: np.random.Generator) -> bytes:
    """Photograph a page: grain, a fall of light, JPEG."""
    light = np.linspace(0.75, 1, page.shape[1], dtype=np.float32)
    grain = rng.normal(0, 3, page.shape).astype(np.float32)
    lit = np.clip(page * 0.9 * light + grain, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", cv2.merge([lit] * 3), (cv2.IMWRITE_JPEG_QUALITY, 80))[1].tobytes()


def milliseconds(step: Step, n: int) -> np.ndarray:
    step()
    times = []
    for _ in range(n):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    return np.array(times)


def steps(rng: np.random.Generator) -> dict[str, Step]:
    """One 280x280 drawing as a PNG, step by step."""
    network, reader = model.Network(model.BUNDLED.read_bytes()), model.load()
    data = cv2.imencode(".png", canvas(1, (280, 280), rng))[1].tobytes()
    pixels = picture.decode(data)
    ink = preprocessing.find_ink(pixels)
    (region,) = preprocessing.split_digits(ink)
    frames = preprocessing.center(region)[None]
    return {
        "decode": lambda: picture.decode(data),
        "find the ink": lambda: preprocessing.find_ink(pixels),
        "regions": lambda: preprocessing.split_digits(ink),
        "frame": lambda: preprocessing.center(region),
        "network": lambda: network.run(frames),
        "network, for 32 digits": lambda: network.run(np.repeat(frames, 32, 0)),
        "all, from the file": lambda: reader.read(picture.decode(data)),
    }


def with_pixels(rng: np.random.Generator) -> dict[str, Step]:
    """Files of one digit, decoded and read."""
    reader, made = model.load(), dict[str, Step]()
    for height, width in SIZES:
        page = canvas(1, (height, width), rng)
        for kind, data in (("JPEG photo", photo(page, rng)), ("PNG", png(page))):
            name = f"{kind}, {width}x{height} ({height * width / 1e6:.2g} megapixels)"
            made[name] = partial(_read_file, reader, data, False)
    return made


def with_digits(rng: np.random.Generator) -> dict[str, Step]:
    """Canvases and photographed pages of numbers, in turn: one doubtful digit takes many tries."""
    reader, made = model.load(), dict[str, Step]()
    for count in COUNTS:
        size = (280 * max(1, count // 20), 840)
        pages = [canvas(count, size, rng) for _ in range(PAGES)]
        made |= _in_turn("canvas", count, [partial(reader.read, p, number=True) for p in pages])
    for count in COUNTS[-2:]:
        files = [photo(canvas(count, (3000, 4000), rng), rng) for _ in range(PAGES)]
        steps = [partial(_read_file, reader, data, True) for data in files]
        made |= _in_turn("12-megapixel JPEG", count, steps)
    return made


def with_letters(rng: np.random.Generator) -> dict[str, Step]:
    """A page of small print, as a screenshot may be: about 4,000 letters that are no number."""
    reader, page = model.load(), np.full((2000, 3000), 255, np.uint8)
    for foot in range(24, len(page), 27):
        line = "".join(rng.choice([*string.ascii_letters, " "], 200))
        cv2.putText(page, line, (10, foot), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 1, cv2.LINE_AA)
    return {
        "read as a digit": lambda: reader.read(page),
        "read as a number": lambda: reader.read(page, number=True),
    }


def _in_turn(
    what: str, count: int, readings: Sequence[Callable[[], model.Reading]]
) -> dict[str, Step]:
    """One step that takes the next of the readings each time, by its name."""
    found = float(np.mean([len(read().text) for read in readings]))
    order = cycle(readings)

    def step() -> object:
        return next(order)()

    return {f"{what}, digits: {count}, read: {found:g}": step}


def png(page: np.ndarray) -> bytes:
    return cv2.imencode(".png", page)[1].tobytes()


def _read_file(reader: model.DigitReader, data: bytes, number: bool) -> model.Reading:
    return reader.read(picture.decode(data), number)


def folder_a_minute(count: int, rng: np.random.Generator) -> float:
    """Pictures a minute of `python model.py --number --csv FOLDER`, its start included."""
    with tempfile.TemporaryDirectory() as place:
        for i in range(count):
            page = canvas(1 + i % 8, (280, 840), rng)
            Path(place, f"{i}.png").write_bytes(png(page))
        command = [sys.executable, "model.py", "--number", "--csv", place]
        began = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        return 60 * count / (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=30, help="repetitions")
    parser.add_argument("--folder", type=int, default=1000, help="pictures in the folder")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{machine()}, one thread, n = {args.n}")
    for part in (steps, with_pixels, with_digits, with_letters):
        n = min(args.n, 5) if part is with_letters else args.n  # it takes seconds
        print(f"\n{part.__doc__}\n\n| what | median ms | p95 ms |\n|---|---|---|")
        for name, step in part(np.random.default_rng(0)).items():
            times = milliseconds(step, n)
            median, p95 = np.percentile(times, (50, 95))
            print(f"| {name} | {median:.2f} | {p95:.2f} |", flush=True)
    rate = folder_a_minute(args.folder, np.random.default_rng(0))
    print(f"\nfolder of {args.folder} numbers: {rate:.0f} pictures a minute")


if __name__ == "__main__":
    main()
