"""Accuracy on digits as old scans have them: a few pixels, two levels, stretched to a square.

    python -m benchmarks.scans --data mnist.npz [-n 1000] [--sheet FILE]

The 1,797 digits of 43 writers that come with scikit-learn (UCI Optical Recognition of Handwritten
Digits, 8x8 pixels of 17 levels; no network here was trained on them), as they are and enlarged; and
MNIST validation digits cut to their ink and brought to 16x16 pixels of two levels, keeping their
proportions and stretched to the square. Prints % read right, turned away, and misread as what.
"""

import argparse
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from sklearn.datasets import load_digits

import model
from train import data

SMALL = 16  # pixels a side
ENLARGED = 12  # times
TILE = 64  # pixels of a tile of the sheet, and
SHOWN = 24  # of what was not read right, a row of the sheet

# pictures and labels, and how a picture is made of one
Set = tuple[tuple[np.ndarray, np.ndarray], Callable[[np.ndarray], np.ndarray]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("-n", type=int, default=1000, help="MNIST digits")
    parser.add_argument("--sheet", type=Path, help="PNG of what was not read right")
    args = parser.parse_args()
    digits = data.mnist(args.data)
    keep = np.sort(np.random.default_rng(0).permutation(len(digits.x_validation))[: args.n])
    mnist = digits.x_validation[keep], digits.y_validation[keep]
    eight = load_digits()
    optical = (eight.images * (255 / 16)).astype(np.uint8), eight.target
    sets: dict[str, Set] = {
        "8x8, 43 writers, as they are": (optical, _on_paper),
        "the same, enlarged smoothly": (optical, lambda x: _enlarged(x, cv2.INTER_CUBIC)),
        "the same, enlarged to blocks": (optical, lambda x: _enlarged(x, cv2.INTER_NEAREST)),
        "MNIST, 16 pixels high, two levels": (mnist, _bitmap),
        "MNIST, stretched to 16x16, two levels": (mnist, _square),
    }
    reader, rows = model.load(), []
    print("| digits | n | right | turned away | misread as |\n|---|---|---|---|---|")
    for name, ((x, y), make) in sets.items():
        made = [make(picture) for picture in x]
        found = [reader.read(picture).text for picture in made]
        missed = [i for i, text in enumerate(found) if text != str(y[i])]
        print(f"| {name} | {_told(found, y)} |", flush=True)
        tiles = [_tile(made[i]) for i in missed[:SHOWN]]
        tiles += [np.zeros((TILE, TILE), np.uint8)] * (SHOWN - len(tiles))
        rows.append(np.hstack(tiles))
    if args.sheet:
        cv2.imwrite(str(args.sheet), np.vstack(rows))


def _told(found: list[str], labels: np.ndarray) -> str:
    pairs = [(str(label), text) for text, label in zip(found, labels, strict=True)]
    right, away = (
        np.mean(some) for some in ([a == b for a, b in pairs], [not b for _, b in pairs])
    )
    wrong = Counter(f"{a} as {b}" for a, b in pairs if b and a != b)
    common = ", ".join(f"{pair} ({n})" for pair, n in wrong.most_common(5))
    return f"{len(found)} | {right:.1%} | {away:.1%} | {common}"


def _on_paper(ink: np.ndarray) -> np.ndarray:
    return np.pad(255 - ink, 2, constant_values=255)


def _enlarged(ink: np.ndarray, way: int) -> np.ndarray:
    size = (ENLARGED * ink.shape[1], ENLARGED * ink.shape[0])
    return _on_paper(cv2.resize(ink, size, interpolation=way))


def _bitmap(digit: np.ndarray) -> np.ndarray:
    """Cut to its ink and brought to SMALL pixels' height, in two levels."""
    tight = _cut(digit)
    height, width = (max(1, round(side * SMALL / max(tight.shape))) for side in tight.shape)
    return _levels(tight, width, height)


def _square(digit: np.ndarray) -> np.ndarray:
    return _levels(_cut(digit), SMALL, SMALL)


def _cut(digit: np.ndarray) -> np.ndarray:
    x, y, w, h = cv2.boundingRect((digit > 100).astype(np.uint8))
    return digit[y : y + h, x : x + w]


def _levels(ink: np.ndarray, width: int, height: int) -> np.ndarray:
    large = cv2.resize(ink, (4 * width, 4 * height), interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return np.where(small > 100, 0, 255).astype(np.uint8)


def _tile(picture: np.ndarray) -> np.ndarray:
    factor = (TILE - 4) / max(picture.shape)
    height, width = (max(1, int(side * factor)) for side in picture.shape)
    tile = np.full((TILE, TILE), 128, np.uint8)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_NEAREST)
    tile[2 : 2 + height, 2 : 2 + width] = small
    return tile


if __name__ == "__main__":
    main()
