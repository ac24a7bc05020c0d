"""Accuracy of the reader on notes of words and numbers, by hands that it has not learned.

    python -m benchmarks.notes --data mnist.npz --letters letters.npz --strokes tablet.jsonl:up

A note has three to five lines of a number and one or two words. Words are put together from
pictures of single letters, each of any hand: in the file, `x` (n, h, w) uint8, dark on light, and
`y`, their names. Numbers have 1 to 5 digits of one hand: MNIST's validation part, or pen strokes.
Prints % of notes and of lines that are read without a mistake, % of digits found, and how many
letters are read as digits for each 100 digits.
"""

import argparse
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np

import model
from benchmarks.conditions import Rng
from benchmarks.strings import Hand, mnist_hand, printed, stroke_hand
from train import data

HEIGHT = 60  # pixels, of digits and capitals
LINE, WIDTH = 130, 1500  # pixels, of a line
# Heights of letters above and below the line they stand on, of a capital's
ABOVE = {**dict.fromkeys("acegmnopqrsuvwxyz", 0.62), **dict.fromkeys("it", 0.85), "j": 0.8}
BELOW = dict.fromkeys("gjpqy", 0.3)
WORDS = [
    "Anna", "Ben", "Call", "Flour", "Gas", "Invoice", "June", "Lisa", "Milk", "Monday", "Room",
    "Sugar", "Total", "Train", "Water", "and", "apples", "before", "bread", "butter", "code",
    "date", "due", "each", "eggs", "floor", "for", "from", "hours", "kg", "left", "meter", "new",
    "old", "open", "order", "page", "pay", "platform", "please", "points", "price", "read",
    "right", "seat", "the", "to", "until", "week",
]  # fmt: skip


Letters = dict[str, list[np.ndarray]]  # pictures of each, cropped, (h, w) float32 in [0, 1]


def letters(file: Path) -> Letters:
    """The pictures of all letters that are in WORDS; SystemExit says which a file lacks."""
    with np.load(file) as archive:
        x, y = archive["x"], archive["y"]
    needed = sorted(set("".join(WORDS)))
    inks = {name: 1 - x[y == name].astype(np.float32) / 255 for name in needed}
    missing = [name for name, some in inks.items() if not len(some)]
    if missing:
        raise SystemExit(f"{file} has no {', '.join(missing)}.")
    return {name: [_cropped(ink) for ink in some] for name, some in inks.items()}


def spelled(word: str, some: Letters, rng: Rng) -> list[tuple[np.ndarray, float]]:
    """Pictures of a word's letters, and how far each reaches below its line."""
    found = []
    for letter in word:
        ink = some[letter][int(rng.integers(len(some[letter])))]
        below = BELOW.get(letter, 0.0)
        found.append((_sized(ink, HEIGHT * (ABOVE.get(letter, 1.0) + below)), HEIGHT * below))
    return found


def _cropped(ink: np.ndarray) -> np.ndarray:
    x, y, w, h = cv2.boundingRect((ink > 0.3).astype(np.uint8))
    return ink[y : y + h, x : x + w]


def _sized(ink: np.ndarray, height: float) -> np.ndarray:
    """Ink as high as wanted, and at most 1.3 times as wide."""
    rows, columns = ink.shape
    high = max(4, round(height))
    wide = max(4, round(min(columns * high / rows, 1.3 * high)))
    return cv2.resize(ink, (wide, high), interpolation=cv2.INTER_AREA)


def composed(hand: Hand, some: Letters, rng: Rng) -> tuple[np.ndarray, list[str]]:
    """Compose a note: (h, w) uint8, dark on light, and the numbers of each line."""
    rows, numbers = [], []
    for _ in range(int(rng.integers(3, 6))):
        parts: list[list[tuple[np.ndarray, float]]] = [
            spelled(str(rng.choice(WORDS)), some, rng) for _ in range(int(rng.integers(1, 3)))
        ]
        digits = hand(int(rng.integers(1, 6)), rng)
        number = [(_sized(_cropped(ink), HEIGHT * rng.uniform(0.9, 1.1)), 0.0) for ink, _ in digits]
        parts.insert(int(rng.integers(len(parts) + 1)), number)
        rows.append(_laid(parts, rng))
        numbers.append("".join(str(label) for _, label in digits))
    page = np.vstack(rows)
    return printed(page[:, : int(np.flatnonzero(page.max(0) > 0).max()) + 40], rng), numbers


def _laid(parts: Sequence[list[tuple[np.ndarray, float]]], rng: Rng) -> np.ndarray:
    """Words and numbers beside each other on a line."""
    row, x = np.zeros((LINE, WIDTH), np.float32), 40 + int(rng.integers(20))
    for part in parts:
        for ink, below in part:
            high, wide = ink.shape
            top = LINE - 30 + round(below) - high + int(rng.integers(-3, 4))
            window = row[top : top + high, x : x + wide]
            np.maximum(window, ink[:, : window.shape[1]], out=window)
            x += wide + int(rng.integers(3, 12))
        x += int(rng.integers(35, 65))
    return row


def found(answer: str, truth: str) -> int:
    """How many digits of a text are in the answer, in order."""
    blocks = SequenceMatcher(None, answer, truth, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


def scores(reader: model.DigitReader, hand: Hand, some: Letters, n: int) -> list[float]:
    """% of notes and of lines read without a mistake, of digits found, and more for 100 digits."""
    rng = np.random.default_rng(0)
    notes, lines, all_lines, right, more, digits = 0, 0, 0, 0, 0, 0
    for _ in range(n):
        picture, numbers = composed(hand, some, rng)
        read = reader.read(picture, number=True)
        notes += read.lines == numbers
        left = list(read.lines)
        for number in numbers:
            if number in left:
                lines += 1
                left.remove(number)
        all_lines += len(numbers)
        truth = "".join(numbers)
        same = found(read.text, truth)
        right, more, digits = right + same, more + len(read.text) - same, digits + len(truth)
    return [100 * notes / n, 100 * lines / all_lines, 100 * right / digits, 100 * more / digits]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("--letters", type=Path, required=True, help="pictures of letters, an .npz")
    parser.add_argument("--strokes", action="append", default=[], metavar="FILE[:up]")
    parser.add_argument("-n", type=int, default=100, help="notes of each hand")
    args = parser.parse_args()
    digits = data.mnist(args.data)
    hands = {"MNIST": mnist_hand(digits.x_validation, digits.y_validation)}
    for name in args.strokes:
        hands[Path(name.removesuffix(":up")).stem] = stroke_hand(data.pen_strokes(name)[1])
    reader, some = model.load(), letters(args.letters)
    print("| digits | notes | lines | digits found | letters as digits |\n|---|---|---|---|---|")
    for hand, write in hands.items():
        cells = " | ".join(f"{value:.1f}" for value in scores(reader, write, some, args.n))
        print(f"| {hand} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
