"""Accuracy of the reader on lines of digits with signs of one kind between them.

    python -m benchmarks.signs --data mnist.npz [--strokes tablet.jsonl:up] [--drawn signs.npz]

Signs are those of `benchmarks.strings`, drawn with the pen of their line, or people's own: --drawn
takes an .npz of `x` (n, h, w) uint8, black on white, and `y`, the sign that each is. Those are
brought to the size that such a sign has beside digits, and to the pen. Prints % of lines read
without a mistake, a row a sign.
"""

import argparse
from functools import partial
from pathlib import Path

import cv2
import numpy as np

import model
from benchmarks import strings
from strokes import stroke_width
from train import data
from train import strings as lines
from train.photos import Rng

# Height of a drawn sign, and place of its middle from the top, by the height of digits
DRAWN = {
    "+": (0.55, 0.58), "x": (0.55, 0.6), "=": (0.35, 0.55), "*": (0.5, 0.4), ":": (0.5, 0.65),
    "/": (1.35, 0.55), "<": (0.6, 0.55), ">": (0.6, 0.55), "%": (1.0, 0.5), "$": (1.2, 0.5),
}  # fmt: skip
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
    found: dict[str, list[np.ndarray]] = {sign: [] for sign in DRAWN}
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
    parser.add_argument("-n", type=int, default=60, help="lines of each kind")
    parser.add_argument("--wrong", type=Path, help="folder for what was misread")
    args = parser.parse_args()
    digits, reader = data.mnist(args.data), model.load()
    hands = {"MNIST": strings.mnist_hand(digits.x_validation, digits.y_validation)}
    for name in args.strokes:
        hands[Path(name.removesuffix(":up")).stem] = strings.stroke_hand(data.pen_strokes(name)[1])
    drawn = _drawn(args.drawn) if args.drawn else {}
    print(f"| sign | {' | '.join(hands)} |\n|{'---|' * (1 + len(hands))}")
    for sign in drawn or strings.SUMS:
        cells = []
        for name, hand in hands.items():
            compose: strings.Compose = (
                partial(with_drawn, sign, drawn[sign], hand)
                if drawn
                else partial(with_strokes, sign, hand)
            )
            file = f"{name}_{ord(sign)}"
            share = strings.share_read(reader, compose, args.n, 5, args.wrong, file)
            cells.append(f"{100 * share:.1f}")
        print(f"| `{sign}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
