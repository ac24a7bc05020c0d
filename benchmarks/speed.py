"""How long one reading takes, step by step, and how it grows with pixels and with digits.

    python -m benchmarks.speed [-n 30]

One thread. Digits are drawn with a few strokes of `train.glyphs`; a photo is grainy JPEG.
"""

import argparse
import platform
import time
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

import model
import picture
import preprocessing
from framing import OVERSAMPLE
from train import glyphs, strings
from train.render import inked

Step = Callable[[], object]


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
    return cv2.imencode(".jpg", cv2.merge([lit] * 3))[1].tobytes()


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
    network = model.Network(model.BUNDLED.read_bytes())
    data = cv2.imencode(".png", canvas(1, (280, 280), rng))[1].tobytes()
    pixels = picture.decode(data)
    ink = preprocessing.find_ink(pixels)
    (region,) = preprocessing.split_digits(ink)
    frames = preprocessing.center(region)[None]
    return {
        "280x280 PNG: decode": lambda: picture.decode(data),
        "280x280: find the ink": lambda: preprocessing.find_ink(pixels),
        "280x280: regions": lambda: preprocessing.split_digits(ink),
        "280x280: frame": lambda: preprocessing.center(region),
        "network, 1 digit": lambda: network.run(frames),
        "network, 32 digits": lambda: network.run(np.repeat(frames, 32, 0)),
    }


def wholes(rng: np.random.Generator) -> dict[str, Step]:
    """Whole readings, from pixels or, for photos, from the file's bytes."""
    reader = model.load()
    made: dict[str, Step] = {}
    for side in (28, 280, 1120, 2240):
        page = canvas(1, (side, side), rng)
        made[f"one digit, {side}x{side}"] = partial(reader.read, page)
    for count in (1, 5, 20, 80):
        page = canvas(count, (280 * max(1, count // 20), 840), rng)
        made[f"canvas of {count} digits"] = partial(reader.read, page, number=True)
    for count in (1, 200):
        data = photo(canvas(count, (3000, 4000), rng), rng)
        read = partial(_read_file, reader, data, count > 1)
        made[f"12-megapixel JPEG, {count} digits"] = read
    return made


def _read_file(reader: model.DigitReader, data: bytes, number: bool) -> model.Reading:
    return reader.read(picture.decode(data), number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-n", type=int, default=30, help="repetitions")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(0)
    print(f"Python {platform.python_version()}, {platform.machine()}, one thread, n = {args.n}\n")
    print("| what | median ms | p95 ms |\n|---|---|---|")
    for name, step in {**steps(rng), **wholes(rng)}.items():
        times = milliseconds(step, args.n)
        print(f"| {name} | {np.median(times):.2f} | {np.percentile(times, 95):.2f} |", flush=True)


if __name__ == "__main__":
    main()
