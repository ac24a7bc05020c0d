"""Accuracy of the reader under several difficulties at once, as photos have them.

    python -m benchmarks.together --data mnist.npz [-n 500] [--number | --blank] [--seed 0]
                                  [--sheet FILE]

MNIST validation digits that are read on a plain canvas are drawn with a pen of another width, from
an eighth of the picture to nearly all of it, on plain, ruled or squared paper, under even light, a
ramp, a shadow, a vignette or a crease, with noise, blur and JPEG, some in light ink. Contrast of
the ink is 0.3 to 0.9 of the paper, that of the crease 0.2. --number puts 2 to 8 of them side by
side, in one or two rows, a third of the picture to nearly all of it wide; --blank shows paper that
nothing is written on. Prints % read right by each difficulty, whatever the others are.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import model
from benchmarks import conditions, strings
from benchmarks.conditions import Rng

OF = 2000  # of MNIST's validation digits
LEAST = 26  # pixels of a line of digits, or they are none
SURE = 0.95  # confidence on a plain canvas: what is misread there says nothing of papers


def drawn(digit: np.ndarray, size: tuple[int, int], share: float, pen: str, rng: Rng) -> np.ndarray:
    """Coverage (h, w) of a (28, 28) digit, `share` of the shorter side high, at a random place."""
    height, width = size
    side = max(26, int(min(size) * share * 1.4))
    low, high = {"thin": (0.55, 0.75), "as it is": (0.3, 0.7), "thick": (0.3, 0.7)}[pen]
    large = cv2.resize(digit, (side, side), interpolation=cv2.INTER_CUBIC) / 255.0
    ink = np.clip((np.clip(large, 0, 1) - low) / (high - low), 0, 1).astype(np.float32)
    if pen == "thick":
        nib = 2 * max(1, round(side * 0.02)) + 1
        ink = cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (nib, nib)))
    x, y, w, h = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    fit = min(1.0, (height - 2) / h, (width - 2) / w)
    shape = max(1, int(w * fit)), max(1, int(h * fit))
    ink = cv2.resize(ink[y : y + h, x : x + w], shape, interpolation=cv2.INTER_AREA)
    return placed(ink, size, rng)


def drawn_number(page: np.ndarray, size: tuple[int, int], share: float, rng: Rng) -> np.ndarray:
    """Coverage (h, w) of a page of dark digits, `share` of the picture wide, at a random place."""
    ink = (page.max() - page.astype(np.float32)) / np.ptp(page)
    x, y, w, h = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    ink = ink[y : y + h, x : x + w]
    factor = min(max(share * size[1] / w, LEAST / h), 0.9 * size[0] / h, (size[1] - 2) / w)
    shape = max(1, int(w * factor)), max(1, int(h * factor))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return placed(np.clip(cv2.resize(ink, shape, interpolation=way), 0, 1), size, rng)


def placed(ink: np.ndarray, size: tuple[int, int], rng: Rng) -> np.ndarray:
    canvas = np.zeros(size, np.float32)
    height, width = ink.shape
    top, left = rng.integers(0, size[0] - height + 1), rng.integers(0, size[1] - width + 1)
    canvas[top : top + height, left : left + width] = ink
    return canvas


def on_paper(ink: np.ndarray, lines: str, contrast: float, rng: Rng) -> np.ndarray:
    paper = float(rng.choice([150, 200, 235, 255])) * rng.uniform(0.85, 1, 3)
    pitch = int(max(14, min(ink.shape) * rng.uniform(0.08, 0.2)))
    ruled = np.zeros_like(ink)
    if lines != "none":
        ruled = conditions.ruled_lines(ink.shape, rng, False, pitch)
    if lines == "squared":
        ruled = np.maximum(ruled, conditions.ruled_lines(ink.shape, rng, True, pitch))
    print_ = paper * (1 - contrast * (0.8 if lines == "as dark" else 0.35))
    return conditions.paint(ink, conditions.paint(ruled, paper, print_), paper * (1 - contrast))


def lit(picture: np.ndarray, light: str, rng: Rng) -> np.ndarray:
    shape = picture.shape[:2]
    ramp = conditions.slope(shape, rng)
    if light == "ramp":
        return picture * (1 - rng.uniform(0.2, 0.6) * ramp)[..., None]
    if light == "shadow":
        edge = np.clip((ramp - rng.uniform(0.2, 0.8)) / rng.choice([0.02, 0.08, 0.25]), 0, 1)
        return picture * (1 - rng.uniform(0.3, 0.6) * edge)[..., None]
    if light == "vignette":
        yy, xx = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
        x, y = rng.uniform(-0.4, 0.4, 2)
        fall = np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / rng.uniform(0.8, 1.6))
        return picture * (0.25 + 0.75 * fall[..., None])
    if light == "crease":
        away = ramp - rng.uniform(0.3, 0.7)
        dark = np.exp(-((away / 0.008) ** 2)) * 0.2 + np.where(away > 0, 0.07, 0)
        return picture - (dark * picture.max())[..., None]
    return picture


def picture_of(digit: np.ndarray, rng: Rng) -> tuple[np.ndarray, dict[str, Any]]:
    """A (28, 28) digit as an (h, w, 3) uint8 photo, and what is difficult about it."""
    width = int(rng.choice([200, 300, 400, 640, 1000]))
    size = int(width * rng.choice([0.6, 0.75, 1, 1.33])), width
    height = float(rng.choice([0.12, 0.25, 0.45, 0.7, 0.9]))
    pen = str(rng.choice(["thin", "as it is", "thick"]))
    what = {"height": height, "pen": pen, **difficulties(rng)}
    ink = drawn(digit, size, height, pen, rng)
    tall = cv2.boundingRect((ink > 0.3).astype(np.uint8))[3]
    return shot(ink, what, tall, rng), what


def picture_of_number(page: np.ndarray, rows: int, rng: Rng) -> tuple[np.ndarray, dict[str, Any]]:
    """A page of dark digits (h, w) uint8 as a photo, and what is difficult about it."""
    width = int(rng.choice([300, 500, 800, 1300]))
    size = int(width * rng.choice([0.5, 0.75, 1])), width
    what = {"width": float(rng.choice([0.35, 0.6, 0.9])), "rows": rows, **difficulties(rng)}
    ink = drawn_number(page, size, what["width"], rng)
    tall = cv2.boundingRect((ink > 0.3).astype(np.uint8))[3] / rows
    return shot(ink, what, tall, rng), what


def difficulties(rng: Rng) -> dict[str, Any]:
    return {
        "contrast": float(rng.choice([0.3, 0.45, 0.6, 0.9])),
        "lines": str(rng.choice(["none", "none", "ruled", "squared", "as dark"])),
        "light": str(rng.choice(["even", "ramp", "shadow", "vignette", "crease"])),
        "noise": float(rng.choice([0, 2, 5])),
        "blur": float(rng.choice([0, 0, 1, 2])),
        "JPEG": int(rng.choice([0, 0, 20, 50])),
        "light ink": bool(rng.random() < 0.2),
    }


def shot(ink: np.ndarray, what: dict[str, Any], tall: float, rng: Rng) -> np.ndarray:
    """Photograph ink (h, w) of digits so `tall` under its difficulties: (h, w, 3) uint8."""
    picture: np.ndarray = lit(on_paper(ink, what["lines"], what["contrast"], rng),
                  what["light"], rng).astype(np.float32)  # fmt: skip
    if what["blur"]:
        picture = cv2.GaussianBlur(picture, (0, 0), what["blur"] * max(1, tall / 60))
    if what["noise"]:
        picture = picture + rng.normal(0, what["noise"], ink.shape)[..., None]
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    pixels = 255 - pixels if what["light ink"] else pixels
    if what["JPEG"]:
        data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, what["JPEG"]])[1]
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return pixels


def readable(digits: np.ndarray, labels: np.ndarray, reader: model.DigitReader) -> np.ndarray:
    """Which digits are read on a plain canvas, surely and right: (m,) bool."""
    found = []
    for digit, label in zip(digits, labels, strict=True):
        reading = reader.read(255 - cv2.resize(digit, (140, 140), interpolation=cv2.INTER_CUBIC))
        found.append(reading.text == str(label) and reading.digits[0].confidence > SURE)
    return np.array(found)


def photos(
    digits: np.ndarray, labels: np.ndarray, reader: model.DigitReader, n: int, seed: int = 0
) -> Iterator[tuple[np.ndarray, str, dict[str, Any]]]:
    """Make n pictures of digits (m, 28, 28) that are read plain: each with label, difficulties.

    Nearly all are the same whatever the reader, so that two can be compared.
    """
    usable = readable(digits, labels, reader)
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        i = next(int(i) for i in rng.permutation(len(digits)) if usable[i])
        picture, what = picture_of(digits[i], rng)
        yield picture, str(labels[i]), what


def numbers(
    digits: np.ndarray, labels: np.ndarray, reader: model.DigitReader, n: int, seed: int = 0
) -> Iterator[tuple[np.ndarray, str, dict[str, Any]]]:
    """The same of spaced digits, every second picture in two rows; readers see different ones."""
    usable = readable(digits, labels, reader)
    hand = strings.mnist_hand(digits[usable], labels[usable])
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        rows = 1 + k % 2
        page, text = strings.composed(hand, "two rows" if rows == 2 else "spaced", rng)
        picture, what = picture_of_number(page, rows, rng)
        yield picture, text, what


def blanks(n: int, seed: int = 0) -> Iterator[tuple[np.ndarray, str, dict[str, Any]]]:
    """The same of paper that nothing is written on: no digit is to be read."""
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        what = difficulties(rng)
        yield shot(np.zeros((300, 400), np.float32), what, 60, rng), "", what


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="MNIST as an .npz")
    parser.add_argument("-n", type=int, default=500, help="pictures")
    parser.add_argument("--number", action="store_true", help="of several digits")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, help="file to write misread pictures to")
    parser.add_argument("--blank", action="store_true", help="of paper that nothing is written on")
    args = parser.parse_args()
    with np.load(args.data) as data:
        digits, labels = (data[k][-10000:][:OF] for k in ("x_train", "y_train"))
    reader = model.load()
    by: dict[str, list[bool]] = defaultdict(list)
    wrong = []
    if args.blank:
        made = blanks(args.n, args.seed)
    else:
        made = (numbers if args.number else photos)(digits, labels, reader, args.n, args.seed)
    for picture, text, what in made:
        reading = reader.read(picture, args.number)
        right = reading.text == text
        for key in ["all", *(f"{name}: {value}" for name, value in what.items())]:
            by[key].append(right)
        if not right:
            wrong.append(_beside(picture, reading.ink.mask))
            print(f"{text or 'nothing'} was read as {reading.text or 'nothing'}: {what}")
    for key in sorted(by):
        print(f"{key:20s} {100 * np.mean(by[key]):6.1f} % of {len(by[key])}")
    if args.sheet and wrong:
        wrong += wrong[:1] * (-len(wrong) % 4)
        rows = [np.hstack(wrong[i : i + 4]) for i in range(0, len(wrong), 4)]
        cv2.imwrite(str(args.sheet), np.vstack(rows[:20])[..., ::-1])


def _beside(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """A picture and the ink that was found in it, as a tile of the sheet."""
    ink = np.repeat(255 * (1 - mask)[..., None], 3, axis=2)
    tiles = [cv2.resize(p, (200, 150), interpolation=cv2.INTER_AREA) for p in (picture, ink)]
    return np.pad(np.hstack(tiles), ((0, 6), (0, 6), (0, 0)), constant_values=128)


if __name__ == "__main__":
    main()
