"""Accuracy of the reader on lines of digits with signs of one kind between them.

    python -m benchmarks.signs --data mnist.npz [--strokes tablet.jsonl:up] [--drawn signs.npz]
    python -m benchmarks.signs --data mnist.npz --drawn signs.npz --formats

Signs are those of `benchmarks.strings`, drawn with the pen of their line, or people's own: --drawn
takes an .npz of `x` (n, h, w) uint8, black on white, and `y`, the sign that each is. Those are
brought to the size that such a sign has beside digits, and to the pen. With --formats they stand
where they do in phone numbers, dates, prices and the like. Prints % of lines read without a
mistake, a row a sign or a format.
"""

import argparse
from functools import partial
from pathlib import Path

import cv2
import numpy as np

import model
from benchmarks import strings
from finder.strokes import stroke_width
from train import data
from train import strings as lines
from train.photos import Rng

# Height of a drawn sign, and place of its middle from the top, by the height of digits
DRAWN = {
    "+": (0.55, 0.58), "x": (0.55, 0.6), "=": (0.35, 0.55), "*": (0.5, 0.4), ":": (0.5, 0.65),
    "/": (1.35, 0.55), "<": (0.6, 0.55), ">": (0.6, 0.55), "%": (1.0, 0.5), "$": (1.2, 0.5),
}  # fmt: skip
# The same in FORMATS, where slashes are as high as in most fonts of handwriting
OTHERS = {
    "(": (1.3, 0.48), ")": (1.3, 0.48), "#": (0.95, 0.5), "-": (0.3, 0.55), ",": (0.3, 1.05),
    "/": (1.17, 0.5), "$": (1.22, 0.5), "!": (1.0, 0.5), "?": (1.0, 0.5),
}  # fmt: skip
# Lines as people write them; every 0 stands for a digit
FORMATS = [
    "(000) 000-0000", "00/00/0000", "0/0", "00.00.0000", "0000-00-00", "00:00", "0,000.00",
    "00+00=00", "0x0=00", "(0, 0)", "0) 00", "00>0", "$00.00", "00%", "#00", "+00 00 000000",
    "00!", "00?", "00+00=?",
]  # fmt: skip
SPOILT = 0.25  # of its picture's side, that a drawn sign is large at least: others are a dot

Page = tuple[np.ndarray, str]  # dark on light (h, w) uint8, and its digits


def with_strokes(sign: str, hand: strings.Hand, rng: Rng) -> Page:
    """A line with signs made of strokes."""
    row = hand(int(rng.integers(2, 9)), rng)
    line = strings.as_sum([ink for ink, _ in row], rng, [sign])
    return strings.printed(line.ink, rng), strings.text_of([row])


def with_drawn(sign: str, signs: list[np.ndarray], hand: strings.Hand, rng: Rng) -> Page:
    """A line with one or two of the signs, ink (h, w) in [0, 1], that people drew."""
    row = hand(int(rng.integers(2, 7)), rng)
    gaps = [int(lines.HEIGHT * rng.uniform(0.1, 0.4)) for _ in row[1:]]
    after = rng.choice(len(gaps), min(len(gaps), int(rng.integers(1, 3))), replace=False)
    for i in after:
        gaps[i] = int(lines.HEIGHT * rng.uniform(1.1, 1.4))
    line = lines.laid([ink for ink, _ in row], gaps, rng)
    pen = max(3, round(stroke_width(line.ink > 0.5)))
    for i in after:
        (left, x, _), (high, middle) = line.digits[i], DRAWN[sign]
        ink = _in_pen(signs[rng.integers(len(signs))], high, pen)
        top = max(0, round(lines.HEIGHT * (1 + middle) - len(ink) / 2))
        at = x + left.shape[1] + round(0.03 * lines.HEIGHT)
        window = line.ink[top : top + len(ink), at : at + ink.shape[1]]
        np.maximum(window, ink[: len(window), : window.shape[1]], out=window)
    return strings.printed(line.ink, rng), strings.text_of([row])


def in_format(form: str, signs: dict[str, list[np.ndarray]], hand: strings.Hand, rng: Rng) -> Page:
    """A line of that form, its signs drawn by people, each kind by one of them."""
    row = hand(form.count("0"), rng)
    inks = iter([ink for ink, _ in row])
    pen = max(3, round(float(np.median([stroke_width(ink > 0.5) for ink, _ in row]))))
    chosen = {
        sign: signs[sign][rng.integers(len(signs[sign]))] for sign in sorted({*form} & {*signs})
    }
    size = lines.HEIGHT
    sheet, x = np.zeros((3 * size, 2 * size * (len(form) + 1)), np.float32), size
    for sign in form:
        if sign == " ":
            x += round(size * rng.uniform(0.4, 0.7))
            continue
        if sign == "0":
            ink = next(inks)
            top = 2 * size - len(ink) + int(rng.integers(-3, 4))
        elif sign == ".":
            ink = cv2.GaussianBlur(np.pad(np.ones((pen, pen), np.float32), 2), (0, 0), 0.7)
            top = 2 * size - pen
        else:
            high, middle = (DRAWN | OTHERS)[sign]
            ink = _in_pen(chosen[sign], high * rng.uniform(0.9, 1.1), pen)
            top = round(size * (1 + middle + rng.normal(0, 0.03)) - len(ink) / 2)
        window = sheet[top : top + len(ink), x : x + ink.shape[1]]
        np.maximum(window, ink, out=window)
        x += ink.shape[1] + round(size * rng.uniform(0.1, 0.3))
    return strings.printed(sheet[:, : x + size], rng), strings.text_of([row])


def _in_pen(sign: np.ndarray, high: float, pen: int) -> np.ndarray:
    """Ink (h, w) in [0, 1] of a sign so many digits high, in a pen that wide or its own."""
    x, y, w, h = cv2.boundingRect((sign > 0.5).astype(np.uint8))
    factor = lines.HEIGHT * high / max(h, 0.7 * w)
    size = max(2, round(w * factor)), max(2, round(h * factor))
    small = cv2.resize(sign[y : y + h, x : x + w], size, interpolation=cv2.INTER_AREA)
    ink = np.pad((small > 0.5).astype(np.uint8), lines.HEIGHT // 8)
    wider = max(0, round(pen - stroke_width(ink > 0)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (wider + 1,) * 2)
    return cv2.GaussianBlur(cv2.dilate(ink, kernel).astype(np.float32), (0, 0), 0.7)


def _drawn(file: Path) -> dict[str, list[np.ndarray]]:
    with np.load(file) as read:
        x, y = read["x"], read["y"]
    found: dict[str, list[np.ndarray]] = {sign: [] for sign in DRAWN | OTHERS}
    for picture, sign in zip(x, y, strict=True):
        _, _, *sides = cv2.boundingRect((picture < 128).astype(np.uint8))
        if sign in found and max(sides) >= SPOILT * len(picture):
            found[sign].append(1 - picture / np.float32(255))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("--strokes", action="append", default=[], metavar="FILE[:up]")
    parser.add_argument("--drawn", type=Path, metavar="FILE", help="signs that people drew")
    parser.add_argument("--formats", action="store_true", help="dates, prices and others with them")
    parser.add_argument("-n", type=int, default=60, help="lines of each kind")
    parser.add_argument("--wrong", type=Path, help="folder for what was misread")
    args = parser.parse_args()
    if args.formats and not args.drawn:
        parser.error("--formats takes the signs of --drawn.")
    digits, reader = data.mnist(args.data), model.load()
    hands = {"MNIST": strings.mnist_hand(digits.x_validation, digits.y_validation)}
    for name in args.strokes:
        hands[Path(name.removesuffix(":up")).stem] = strings.stroke_hand(data.pen_strokes(name)[1])
    drawn = _drawn(args.drawn) if args.drawn else {}
    kinds = FORMATS if args.formats else [*(DRAWN if drawn else strings.SUMS)]
    print(f"| sign | {' | '.join(hands)} |\n|{'---|' * (1 + len(hands))}")
    for kind in kinds:
        cells = []
        for name, hand in hands.items():
            compose: strings.Compose
            if args.formats:
                compose = partial(in_format, kind, drawn, hand)
            elif drawn:
                compose = partial(with_drawn, kind, drawn[kind], hand)
            else:
                compose = partial(with_strokes, kind, hand)
            file = f"{name}_{'_'.join(str(ord(sign)) for sign in kind)}"
            share = strings.share_read(reader, compose, args.n, 5, args.wrong, file)
            cells.append(f"{100 * share:.1f}")
        print(f"| `{kind}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
