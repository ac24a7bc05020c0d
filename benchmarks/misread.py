"""What the network misreads, on one sheet to look at: the 28x28 that it sees, and its answer.

    python -m benchmarks.misread --data mnist.npz --strokes tablet.jsonl:up --fonts train/fonts

MNIST's test part as published, pen strokes of hands that are not trained on, and signs that are
taken for digits. Each cell says what it is, then what it was read as; `x` is no digit. Where more
are misread than a part has room for, those that it was most certain of are shown.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

import model
from benchmarks.augmentation import believed, held_out
from train.calibrate import NOT_A_DIGIT
from train.run import Part

COLUMNS, ROWS = 20, 5  # cells of a part
SIDE, CAPTION = 56, 14  # pixels
NAMES = "0123456789x"


def misread(network: model.Network, part: Part) -> list[tuple[np.ndarray, str]]:
    """Pictures (28, 28) uint8 that are misread, with a caption, the most certain ones first."""
    probabilities = believed(network, part)
    answers = probabilities.argmax(1)
    wrong = np.flatnonzero(answers != part.y)
    wrong = wrong[np.argsort(-probabilities[wrong].max(1), kind="stable")]
    return [(part.x[i], f"{NAMES[part.y[i]]} > {NAMES[answers[i]]}") for i in wrong]


def sheet(title: str, found: list[tuple[np.ndarray, str]]) -> np.ndarray:
    """Cells under a title: (h, w) uint8."""
    cells = [_cell(picture, caption) for picture, caption in found[: COLUMNS * ROWS]]
    blank = np.full((SIDE + CAPTION, SIDE + 4), 255, np.uint8)
    cells += [blank] * (-len(cells) % COLUMNS)
    rows = [np.hstack(cells[i : i + COLUMNS]) for i in range(0, len(cells), COLUMNS)]
    head = np.full((26, COLUMNS * (SIDE + 4)), 255, np.uint8)
    _write(head, title, (4, 18), 0.5)
    return np.vstack([head, *rows])


def _cell(picture: np.ndarray, caption: str) -> np.ndarray:
    cell = np.full((SIDE + CAPTION, SIDE + 4), 255, np.uint8)
    large = cv2.resize(255 - picture, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    cell[:SIDE, 2 : SIDE + 2] = large
    cell[:SIDE, [1, SIDE + 2]] = cell[0, 1 : SIDE + 3] = cell[SIDE, 1 : SIDE + 3] = 200
    _write(cell, caption, (8, SIDE + 11), 0.36)
    return cell


def _write(on: np.ndarray, text: str, at: tuple[int, int], size: float) -> None:
    cv2.putText(on, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 0, 1, cv2.LINE_AA)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("--strokes", action="append", default=[], metavar="FILE[:up]")
    parser.add_argument("--fonts", type=Path, metavar="FOLDER", help="as for train.fit")
    parser.add_argument("--out", type=Path, default=Path("docs/misread.webp"))
    args = parser.parse_args()
    parts, digits = held_out(args)
    parts = {"MNIST test": Part(digits.x_test, digits.y_test), **parts}
    del parts["mnist"]  # its validation part: the test part stands for both
    network = model.Network(model.BUNDLED.read_bytes())
    sheets = []
    for name, part in parts.items():
        found = misread(network, part)
        kind = "called a digit" if (part.y == NOT_A_DIGIT).all() else "misread"
        title = f"{name.replace('_', ' ')}: {len(found)} of {len(part.y):,} {kind}"
        print(title)
        sheets.append(sheet(title, found))
    cv2.imwrite(str(args.out), np.vstack(sheets), (cv2.IMWRITE_WEBP_QUALITY, 60))


if __name__ == "__main__":
    main()
