"""Whole numbers composed of digits by hands the network was not trained on.

    python -m benchmarks.strings --data mnist.npz --strokes tablet.jsonl:up [-n 400]

Digits are MNIST's validation part, each by a writer of its own, or pen strokes of held-out writers
drawn with one pen a number. A string counts as right when every digit is read and nothing else.
Spaced strings leave a gap between neighbours; in touching ones every second pair, at least one,
touches or overlaps by up to half a stroke; two rows are spaced strings above each other, close ones
a few pixels apart, and touching ones so near that some digit meets one below it; a column is three
to six rows from 1.1 to 1.4 heights of a digit below each other; signs are dots, commas and dashes
in the gaps of spaced strings; sums have a sign of arithmetic or a currency after every third digit
at most; written ones stand below each other with a line above their result, which in tight ones
touches digits on both its sides; in cells every digit has one of a form's boxes, and many touch its
sides; combs are forms of which only the lower side and ticks between the digits are drawn; frames
are around one to four rows, and mostly so tight that digits touch them; low digits are spaced
strings of which a third, at least one, is 0.35 to 0.6 times as high; amounts are one or two digits
and two to four zeros, each of which shares a stroke with the one before.
"""

import argparse
import os
import platform
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

import model
from finder.framing import OVERSAMPLE
from finder.strokes import stroke_width
from train import data, strings
from train.photos import Rng
from train.render import Sample, inked

Hand = Callable[[int, Rng], list[tuple[np.ndarray, int]]]  # writes so many digits: ink and label
Compose = Callable[[Rng], tuple[np.ndarray, str]]  # a page (h, w) uint8, and its text
Page = Callable[[Hand, Rng], tuple[np.ndarray, str]]
Lay = Callable[[Sequence[np.ndarray], Rng], strings.Line]
LAYOUTS = (
    "spaced",
    "touching",
    "two rows",
    "close rows",
    "touching rows",
    "column",
    "signs",
    "sums",
    "written sums",
    "tight sums",
    "cells",
    "combs",
    "frames",
    "low digits",
    "amounts",
)

# Strokes of signs, in heights of a digit from the upper left corner of where one stands
SUMS = {
    "+": [[(0.1, 0.55), (0.6, 0.55)], [(0.35, 0.3), (0.35, 0.8)]],
    "-": [[(0.1, 0.55), (0.6, 0.55)]],
    "x": [[(0.1, 0.35), (0.55, 0.85)], [(0.55, 0.35), (0.1, 0.85)]],
    "÷": [[(0.1, 0.55), (0.6, 0.55)], [(0.35, 0.3), (0.36, 0.31)], [(0.35, 0.8), (0.36, 0.81)]],
    "/": [[(0.55, -0.15), (0.1, 1.2)]],
    "=": [[(0.1, 0.45), (0.6, 0.45)], [(0.1, 0.68), (0.6, 0.68)]],
    "%": [
        [(0.6, 0.05), (0.1, 0.95)],
        [(0.2, 0.1), (0.08, 0.2), (0.2, 0.32), (0.3, 0.2), (0.2, 0.1)],
        [(0.5, 0.65), (0.38, 0.77), (0.5, 0.9), (0.62, 0.77), (0.5, 0.65)],
    ],
    "€": [
        [(0.6, 0.15), (0.4, 0.02), (0.2, 0.3), (0.18, 0.65), (0.35, 0.97), (0.6, 0.85)],
        [(0.05, 0.4), (0.45, 0.4)],
        [(0.05, 0.6), (0.42, 0.6)],
    ],
}


def mnist_hand(x: np.ndarray, y: np.ndarray) -> Hand:
    """Pictures (n, 28, 28) uint8 as they are."""

    def write(count: int, rng: Rng) -> list[tuple[np.ndarray, int]]:
        picks = rng.integers(0, len(x), count)
        return [(strings.sized(x[i] / np.float32(255), rng), int(y[i])) for i in picks]

    return write


def stroke_hand(samples: list[Sample]) -> Hand:
    """Pen strokes, drawn with one pen a number."""

    def write(count: int, rng: Rng) -> list[tuple[np.ndarray, int]]:
        thick = round(OVERSAMPLE * rng.uniform(1.2, 4.5))
        picked = [samples[i] for i in rng.integers(0, len(samples), count)]
        inks = [inked(s.strokes, thick) / np.float32(255) for s in picked]
        return [(strings.sized(ink, rng), s.label) for ink, s in zip(inks, picked, strict=True)]

    return write


def composed(hand: Hand, layout: str, rng: Rng) -> tuple[np.ndarray, str]:
    """Compose one page, of 2 to 8 digits a row in most layouts: (h, w) uint8, dark on light, and
    its text.
    """
    pages: dict[str, Page] = {
        "column": in_column, "written sums": written_sum, "tight sums": tight_sum,
        "frames": in_a_frame, "amounts": amount,
    }  # fmt: skip
    if layout in pages:
        return pages[layout](hand, rng)
    count = 2 if layout.endswith("rows") else 1
    rows = [hand(int(rng.integers(2, 9)), rng) for _ in range(count)]
    lays: dict[str, Lay] = {
        "touching": strings.touching, "sums": as_sum, "cells": in_cells, "combs": in_combs,
        "low digits": some_low,
    }  # fmt: skip
    lay = lays.get(layout, strings.spaced)
    laid = [lay([ink for ink, _ in row], rng) for row in rows]
    if layout == "signs":
        laid = [with_signs(line, rng) for line in laid]
    if layout == "close rows":
        lines = [_trimmed(line.ink, int(rng.integers(2, 12))) for line in laid]
    else:
        lines = [line.ink[int(rng.integers(10, 40)) :] for line in laid]
    width = max(line.shape[1] for line in lines)
    lines = [np.pad(line, ((0, 0), (0, width - line.shape[1]))) for line in lines]
    deep = int(rng.integers(1, 4)) if layout == "touching rows" else 0
    ink = _met(lines[0], lines[1], deep) if deep else np.vstack(lines)
    return printed(ink, rng), text_of(rows)


def printed(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Dark on light: ink (h, w) in [0, 1] -> uint8."""
    paper, pen = rng.uniform(200, 255), rng.uniform(0, 80)
    return np.round(paper + (pen - paper) * ink).astype(np.uint8)


def text_of(rows: Sequence[list[tuple[np.ndarray, int]]]) -> str:
    return "".join(str(label) for row in rows for _, label in row)


def in_column(hand: Hand, rng: Rng) -> tuple[np.ndarray, str]:
    """Compose a page of three to six rows of 2 to 6 digits, close below each other."""
    rows = [hand(int(rng.integers(2, 7)), rng) for _ in range(int(rng.integers(3, 7)))]
    return printed(_below_each_other(rows, rng), rng), text_of(rows)


def in_a_frame(hand: Hand, rng: Rng) -> tuple[np.ndarray, str]:
    """Compose a page of one to four rows of 2 to 6 digits in a frame: every second side of it is
    within three pixels of them, over or beside.
    """
    rows = [hand(int(rng.integers(2, 7)), rng) for _ in range(int(rng.integers(1, 5)))]
    ink = np.pad(_below_each_other(rows, rng), strings.HEIGHT // 2)
    x, y, w, h = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    beyond = np.where(rng.random(4) < 0.5, rng.integers(-3, 4, 4), rng.integers(8, 30, 4))
    left, top, right, foot = (np.array([x, y, x + w, y + h]) + beyond * (-1, -1, 1, 1)).tolist()
    form = np.zeros_like(ink)
    thick, strength = int(rng.integers(2, 6)), float(rng.uniform(0.5, 1))
    cv2.rectangle(form, (left, top), (right, foot), strength, thick)
    return printed(np.maximum(ink, form), rng), text_of(rows)


def _below_each_other(rows: Sequence[list[tuple[np.ndarray, int]]], rng: Rng) -> np.ndarray:
    """Lay rows of digits from 1.1 to 1.4 heights of a digit below each other: their ink (h, w)."""
    laid = [strings.spaced([ink for ink, _ in row], rng).ink for row in rows]
    pitch = round(strings.HEIGHT * rng.uniform(1.1, 1.4))
    ink = np.zeros((pitch * len(rows) + len(laid[0]), max(line.shape[1] for line in laid)))
    for i, line in enumerate(laid):
        window = ink[i * pitch : i * pitch + len(line), : line.shape[1]]
        np.maximum(window, line, out=window)
    return ink


def _trimmed(ink: np.ndarray, margin: int) -> np.ndarray:
    """Cut ink (h, w) to its height, with so many empty rows below it."""
    rows = np.flatnonzero((ink > 0.1).any(1))
    return np.pad(ink[rows[0] : rows[-1] + 1], ((0, margin), (0, 0)))


def _met(upper: np.ndarray, lower: np.ndarray, deep: int) -> np.ndarray:
    """Lay ink (h, w) over other of that width so low that they overlap by so many pixels."""
    foot = np.where((upper > 0.5).any(0), len(upper) - (upper > 0.5)[::-1].argmax(0), -np.inf)
    head = np.where((lower > 0.5).any(0), (lower > 0.5).argmax(0), np.inf)
    top = max(0, int((foot - head).max()) - deep)
    return np.maximum(
        np.pad(upper, ((0, max(0, top + len(lower) - len(upper))), (0, 0))),
        np.pad(lower, ((top, max(0, len(upper) - top - len(lower))), (0, 0))),
    )


def with_signs(line: strings.Line, rng: Rng) -> strings.Line:
    """Draw a dot, a comma or a dash into about half of the gaps that are wide enough for it."""
    for (left, x, y), (_, x_next, _) in pairwise(line.digits):
        thick = max(3, round(stroke_width(left > 0.5)))
        start, gap = x + left.shape[1], x_next - x - left.shape[1]
        if gap < 3 * thick or rng.random() < 0.5:
            continue
        foot, middle = y + len(left), start + gap // 2
        kind = rng.choice(["dot", "comma", "dash"])
        if kind == "dot":
            cv2.circle(line.ink, (middle, foot - thick // 2), thick // 2 + 1, 1.0, -1, cv2.LINE_AA)
            continue
        ends = {
            "comma": ((middle, foot - thick), (middle - thick, foot + int(rng.integers(8, 24)))),
            "dash": (
                (start + thick, foot - 30),
                (x_next - thick, foot - int(rng.integers(26, 34))),
            ),
        }[kind]
        cv2.line(line.ink, *ends, 1.0, thick, cv2.LINE_AA)
    return line


def as_sum(
    digits: Sequence[np.ndarray], rng: Rng, signs: Sequence[str] = tuple(SUMS)
) -> strings.Line:
    """Lay digits with some of the signs between groups of one to three of them."""
    gaps = [int(strings.HEIGHT * rng.uniform(0.1, 0.4)) for _ in digits[1:]]
    after = np.cumsum(rng.integers(1, 4, len(digits)))
    after = after[after < len(digits)] - 1
    for i in after:
        gaps[i] = int(strings.HEIGHT * rng.uniform(1, 1.3))
    line = strings.laid(digits, gaps, rng)
    thick = max(3, round(stroke_width(line.ink > 0.5)))
    for i in after:
        left, x, _ = line.digits[i]
        high = strings.HEIGHT * rng.uniform(0.85, 1.1)
        corner = np.array([x + left.shape[1] + 0.12 * strings.HEIGHT, 2 * strings.HEIGHT - high])
        _draw(str(rng.choice(list(signs))), line.ink, corner, high, thick, rng)
    return line


def _draw(
    sign: str, ink: np.ndarray, corner: np.ndarray, high: float, thick: int, rng: Rng
) -> None:
    """Draw one of SUMS into ink (h, w), beside digits so many pixels high."""
    for stroke in SUMS[sign]:
        points = np.array(stroke) + rng.normal(0, 0.02, (len(stroke), 2))
        at = np.round(16 * (corner + high * points)).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(ink, [at], False, 1.0, thick, cv2.LINE_AA, 4)


def written_sum(hand: Hand, rng: Rng) -> tuple[np.ndarray, str]:
    """Compose two numbers below each other, a sign before the second, a line, and a result."""
    size = strings.HEIGHT
    rows = [hand(int(rng.integers(1, 5)), rng) for _ in range(3)]
    laid = [strings.spaced([ink for ink, _ in row], rng).ink for row in rows]
    wide = size + max(line.shape[1] for line in laid)
    tops = np.round(size * np.cumsum([0, rng.uniform(1.2, 1.5), rng.uniform(1.4, 1.8)])).astype(int)
    ink = np.zeros((tops[2] + len(laid[2]), wide), np.float32)
    for top, line in zip(tops, laid, strict=True):
        _lay(ink, line, top)
    thick = max(3, round(stroke_width(ink > 0.5)))
    left = wide - max(line.shape[1] for line in laid[:2]) + round(0.2 * size)
    _sign(ink, (left, tops[1] + size), thick, rng)
    _line(ink, left, tops[1] + round(size * rng.uniform(2.1, 2.35)), thick, rng)
    return printed(ink, rng), text_of(rows)


def tight_sum(hand: Hand, rng: Rng) -> tuple[np.ndarray, str]:
    """Compose such a sum whose line at least a digit above it and one below it touch."""
    size = strings.HEIGHT
    rows = [hand(int(rng.integers(1, 5)), rng) for _ in range(3)]
    laid = [_trimmed(strings.spaced([ink for ink, _ in row], rng).ink, 0) for row in rows]
    wide = size + max(line.shape[1] for line in laid)
    thick = max(3, round(np.mean([stroke_width(line > 0.5) for line in laid])))
    foot = len(laid[0]) + round(size * rng.uniform(0.15, 0.4)) + len(laid[1])
    row = foot + thick // 2 - round(thick * rng.uniform(0.3, 1))
    below = row + thick // 2 - round(thick * rng.uniform(0.3, 1))
    ink = np.zeros((below + len(laid[2]) + size // 4, wide), np.float32)
    for top, line in zip((0, foot - len(laid[1]), below), laid, strict=True):
        _lay(ink, line, top)
    left = wide - max(line.shape[1] for line in laid[:2]) + round(0.2 * size)
    ink = np.pad(ink, ((size // 4, 0), (0, 0)))
    _sign(ink, (left, size // 4 + foot - size), thick, rng)
    _line(ink, left, size // 4 + row, thick, rng)
    return printed(ink, rng), text_of(rows)


def _lay(ink: np.ndarray, line: np.ndarray, top: int) -> None:
    """Lay a line's ink (h, w) into a page's from such a row, at its right."""
    window = ink[top : top + len(line), ink.shape[1] - line.shape[1] :]
    np.maximum(window, line, out=window)


def _sign(ink: np.ndarray, corner: tuple[int, int], thick: int, rng: Rng) -> None:
    """Draw a sign of arithmetic whose place has such an upper left corner (x, y)."""
    sign = str(rng.choice(["+", "-", "x"]))
    _draw(sign, ink, np.array(corner), strings.HEIGHT, thick, rng)


def _line(ink: np.ndarray, left: int, row: int, thick: int, rng: Rng) -> None:
    """Draw the line of a sum from such a point on."""
    right = ink.shape[1] - strings.HEIGHT + int(rng.integers(20))
    ends = (left, row), (right, row + int(rng.integers(-4, 5)))
    cv2.line(ink, *ends, 1.0, thick, cv2.LINE_AA)


def in_cells(digits: Sequence[np.ndarray], rng: Rng) -> strings.Line:
    """Lay digits into the cells of a form, beside each other."""
    return _in_form(digits, rng, 1, 1.3)


def in_combs(digits: Sequence[np.ndarray], rng: Rng) -> strings.Line:
    """Lay digits on the line of a form's comb, between its ticks."""
    return _in_form(digits, rng, 0.2, 1.1, is_open=True)


def _in_form(
    digits: Sequence[np.ndarray], rng: Rng, low: float, high: float, *, is_open: bool = False
) -> strings.Line:
    """Lay digits anywhere between lines that are low to high times as high as they may be, above
    one, or between two that are not open.
    """
    least = 0.95 * strings.HEIGHT * rng.uniform(1, 1.3)
    wide = max(least, *(digit.shape[1] for digit in digits))
    space = [round(wide) - digit.shape[1] for digit in digits]
    left = [int(n * rng.uniform(0, 1)) for n in space]
    gaps = [n - before + after for n, before, after in zip(space, left, left[1:], strict=False)]
    line = strings.laid(digits, gaps, rng)
    bottom = round(2 * strings.HEIGHT + strings.HEIGHT * rng.uniform(-0.03, 0.15))
    top = round(bottom - strings.HEIGHT * rng.uniform(low, high))
    sides = strings.HEIGHT - left[0] + round(wide) * np.arange(len(digits) + 1)
    thick, strength = int(rng.integers(1, 5)), float(rng.uniform(0.4, 1))
    form = np.zeros_like(line.ink)
    for y in [bottom] if is_open else [top, bottom]:
        cv2.line(form, (int(sides[0]), y), (int(sides[-1]), y), strength, thick)
    for x in sides.tolist():
        cv2.line(form, (x, top), (x, bottom), strength, thick)
    np.maximum(line.ink, form, out=line.ink)
    return line


def some_low(digits: Sequence[np.ndarray], rng: Rng) -> strings.Line:
    """Lay digits with gaps between them, a third of them, and at least one, much lower."""
    made = list(digits)
    for i in rng.choice(len(digits), max(1, len(digits) // 3), replace=False):
        share = rng.uniform(0.35, 0.6)
        made[i] = cv2.resize(made[i], None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    return strings.spaced(made, rng)


def amount(hand: Hand, rng: Rng) -> tuple[np.ndarray, str]:
    """Compose a round amount whose digits run into each other by a stroke."""
    row, zeros = hand(int(rng.integers(1, 3)), rng), int(rng.integers(2, 5))
    end = len(row) + zeros
    while len(row) < end:
        row += [(ink, label) for ink, label in hand(1, rng) if label == 0]
    inks = [ink for ink, _ in row]
    gaps = [
        -strings.contact(left, right) - round(rng.uniform(0.5, 1.1) * stroke_width(left > 0.5))
        for left, right in pairwise(inks)
    ]
    return printed(strings.laid(inks, gaps, rng).ink, rng), text_of([row])


def score(reader: model.DigitReader, hand: Hand, layout: str, n: int, wrong: Path | None) -> float:
    """Share of n composed pages that are read without a mistake."""
    name = layout.replace(" ", "-")
    return share_read(reader, lambda rng: composed(hand, layout, rng), n, 11, wrong, name)


def share_read(
    reader: model.DigitReader, compose: Compose, n: int, seed: int, wrong: Path | None, name: str
) -> float:
    """Share of n pages that are read without a mistake; others go into the folder `wrong`."""
    rng = np.random.default_rng(seed)
    right = 0
    for i in range(n):
        picture, text = compose(rng)
        answer = reader.read(picture, number=True).text
        right += answer == text
        if wrong and answer != text:
            wrong.mkdir(parents=True, exist_ok=True)
            file = f"{name}_{text}_read_{answer or 'nothing'}_{i}.png"
            cv2.imwrite(str(wrong / file), picture)
    return right / n


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("--strokes", action="append", default=[], metavar="FILE[:up]")
    parser.add_argument("-n", type=int, default=400, help="pages of each kind")
    parser.add_argument("--wrong", type=Path, help="folder for what was misread")
    args = parser.parse_args()
    digits = data.mnist(args.data)
    hands = {"MNIST": mnist_hand(digits.x_validation, digits.y_validation)}
    for name in args.strokes:
        hands[Path(name.removesuffix(":up")).stem] = stroke_hand(data.pen_strokes(name)[1])
    reader = model.load()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    print(f"Pages read without a mistake, % of {args.n}\n\n| digits | {' | '.join(LAYOUTS)} |")
    print("|---" * (1 + len(LAYOUTS)) + "|")
    for hand, write in hands.items():
        start = time.perf_counter()
        shares = [score(reader, write, layout, args.n, args.wrong) for layout in LAYOUTS]
        cells = " | ".join(f"{100 * share:.1f}" for share in shares)
        print(f"| {hand} | {cells} |  {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
