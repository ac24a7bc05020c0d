"""What each step of the preprocessing is worth: accuracy with the step switched off.

    python -m benchmarks.ablation --data mnist.npz --strokes tablet.jsonl:up [--pictures FOLDER]

Sets: MNIST validation digits on a canvas, plain and under all difficulties of
`benchmarks.conditions`, and under several at once (`benchmarks.together`); numbers of them on ruled
and squared paper, and pages of them that touch, stand in close rows or in combs, are sums or are
tilted; pen strokes of held-out writers with thin and thick pens; and, where given, a folder of
pictures with a labels.csv (file,label).
Prints the loss in percentage points.
"""

import argparse
import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import cast
from unittest.mock import patch

import cv2
import numpy as np

import model
import picture
import preprocessing
import train.strings
from benchmarks import conditions, strings, together
from finder import brackets, channel, framing, ink, lines, regions, tables
from finder.paper import below_even_paper
from finder.polarity import Sizes
from reader import apart, looks, rows, segmentation, small
from train import data
from train.render import inked

Pictures = list[tuple[np.ndarray, str]]
# Of pages, the last ones tilted
LAYOUTS = "touching", "column", "sums", "tight sums", "combs", "two rows"


def _without(module: object, name: str, instead: object) -> Callable[[], AbstractContextManager]:
    return lambda: patch.object(module, name, instead)


@contextmanager
def _rows_as_found() -> Iterator[None]:
    """What stands close above each other is one digit, and rows that touch are one piece."""
    with (
        patch.object(rows, "split", lambda ink, separate: preprocessing.split_digits(ink, True)),
        patch.object(rows, "told_apart", lambda ink, found, *how: found),
    ):
        yield


@contextmanager
def _signs_as_digits() -> Iterator[None]:
    with (
        patch.object(segmentation, "are_signs", lambda found, _: np.zeros(len(found), bool)),
        patch.object(small, "has_form", lambda strength: False),
        patch.object(lines, "slashes", lambda pieces, line: []),
        patch.object(lines, "percents", lambda pieces, written: np.zeros_like(written)),
    ):
        yield


def _darker_than_mean(lit: Sizes, is_even: bool) -> float:
    return -1.0 if float(lit.gray.mean()) < 0.5 else 1.0


def _boxed(large: np.ndarray, oversample: int) -> np.ndarray:
    side = framing.FRAME * oversample
    frame = np.zeros((side, side), np.float32)
    top, left = (side - large.shape[0]) // 2, (side - large.shape[1]) // 2
    frame[top : top + large.shape[0], left : left + large.shape[1]] = large
    return cv2.resize(frame, (framing.FRAME,) * 2, interpolation=cv2.INTER_AREA)


STEPS: dict[str, Callable[[], AbstractContextManager]] = {
    "nothing": nullcontext,
    "colour's best axis (mean of channels instead)": _without(
        channel, "_contrast_channel", lambda pixels: pixels.mean(2)
    ),
    "blocks smoothed": _without(channel, "without_blocks", lambda gray: gray),
    "one paper of two": _without(ink, "one_paper", lambda gray: gray),
    "even light": _without(ink, "_evenly_lit", lambda gray, fine: gray),
    "paper under the ink (one level instead)": _without(
        ink,
        "without_paper",
        lambda gray, fine, closing=None: below_even_paper(gray, fine),
    ),
    "polarity by trying both (mean instead)": _without(ink, "polarity", _darker_than_mean),
    "faint parts that hang together": _without(
        ink, "_ink_mask", lambda strength: (strength > 0.5).astype(np.uint8)
    ),
    "ruled lines": _without(ink, "without_rules", lambda mask: mask),
    "creases": _without(ink, "without_creases", lambda mask, is_photo: mask),
    "shade at the rim": _without(ink, "without_shade", lambda mask: mask),
    "what is fainter than the digit": _without(regions, "_without_faint", lambda p, keep, i: keep),
    "what hangs in from the rim": _without(regions, "_inside_rim", lambda p, keep, i: keep),
    "a frame or ring around the digit": _without(regions, "_inside_frame", lambda p, keep, i: keep),
    "boxes and tables that writing touches": _without(
        ink, "without_tables", lambda mask, pieces: mask
    ),
    "a form's combs": _without(tables, "find_comb", lambda piece: None),
    "rings that digits touch": _without(looks, "without_rings", lambda found, classify: found),
    "brackets": _without(brackets, "bow", lambda piece, middle=0.0: 0.0),
    "lines under digits": _without(preprocessing, "without_underlines", lambda found: None),
    "specks": _without(regions, "_without_specks", lambda p, keep, i: keep),
    "stroke width": _without(framing, "_normalise_stroke", lambda large: large),
    "area averaging (nearest pixel instead)": _without(cv2, "INTER_AREA", cv2.INTER_NEAREST),
    "centre of mass (of the box instead)": _without(framing, "_placed", _boxed),
    "another look where light is uneven": _without(
        preprocessing, "other_looks", lambda picture: iter(())
    ),
    "a digit by itself among what is none": _without(
        apart, "by_itself", lambda ink, classify: None
    ),
    "writing in fainter ink than print": _without(preprocessing, "fainter", lambda found: None),
    "a sheet in the picture": _without(preprocessing, "find_sheet", lambda picture: None),
    "cuts between touching digits": _without(
        segmentation, "cuts", lambda region, height, sides: [(region, 0.0)]
    ),
    "zeros that share a side": _without(
        segmentation, "zeros", lambda found, classify: [[] for _ in found]
    ),
    "rows told apart": _rows_as_found,
    "signs by form and place": _signs_as_digits,
    "lines laid level": _without(preprocessing, "straightened", lambda ink: None),
}


def drawn(samples: list, n: int) -> Pictures:
    """Pen strokes on a canvas, with pens from thin to thick."""
    rng, made = np.random.default_rng(0), []
    for sample in [samples[i] for i in rng.permutation(len(samples))[:n]]:
        sheet = inked(sample.strokes, round(framing.OVERSAMPLE * rng.uniform(0.5, 7)))
        size = int(rng.integers(80, 260))
        small = cv2.resize(255 - sheet, (size, size), interpolation=cv2.INTER_AREA)
        canvas = np.full((280, 280), 255, np.uint8)
        top, left = rng.integers(0, 281 - size, 2)
        canvas[top : top + size, left : left + size] = small
        made.append((canvas, str(sample.label)))
    return made


def numbers(x: np.ndarray, y: np.ndarray, n: int) -> Pictures:
    """Numbers of 2 to 8 digits on ruled or squared paper."""
    rng, made = np.random.default_rng(0), []
    papers: list[Callable] = [conditions.ruled, conditions.ruled_dark, conditions.squared]
    hand = strings.mnist_hand(x, y)
    for i in range(n):
        paper = papers[i % 3]
        line = hand(int(rng.integers(2, 9)), rng)
        page = paper(train.strings.spaced([ink for ink, _ in line], rng).ink, rng)
        made.append((np.clip(page, 0, 255).astype(np.uint8), "".join(str(k) for _, k in line)))
    return made


def pages(x: np.ndarray, y: np.ndarray, n: int) -> Pictures:
    """A sixth each: numbers that touch, rows close above each other, sums in a row and below each
    other, numbers in combs, and tilted rows.
    """
    rng, made = np.random.default_rng(0), []
    hand, tilted = strings.mnist_hand(x, y), cast("Callable", conditions.tilted)
    for i in range(n):
        page, text = strings.composed(hand, LAYOUTS[i % len(LAYOUTS)], rng)
        if i % len(LAYOUTS) == len(LAYOUTS) - 1:
            above = max(0, page.shape[1] - page.shape[0]) // 2  # a square, or the ends are cut off
            ink = (page.max() - page) / np.float32(np.ptp(page))
            page = tilted(np.pad(ink, ((above, above), (0, 0))), rng)
        made.append((np.clip(page, 0, 255).astype(np.uint8), text))
    return made


def listed(folder: Path) -> Pictures:
    with (folder / "labels.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["label"].isdigit()]
    return [
        (picture.decode(folder / row["file"]), row["label"])
        for row in rows
        if len(row["label"]) < 2
    ]


def accuracy(reader: model.DigitReader, pictures: Pictures) -> float:
    return float(
        np.mean([reader.read(pixels, len(text) > 1).text == text for pixels, text in pictures])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("--strokes", type=str, metavar="FILE[:up]")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    parser.add_argument("-n", type=int, default=200, help="pictures a set, or a difficulty")
    parser.add_argument("--only", nargs="*", metavar="SET", help="sets, all by default")
    args = parser.parse_args()
    digits = data.mnist(args.data)
    x, labels = digits.x_validation[: args.n], [str(y) for y in digits.y_validation[: args.n]]
    few = max(1, args.n // 8)
    sets: dict[str, Pictures] = {
        "plain": list(zip(conditions.pictures(conditions.plain, x), labels, strict=True)),
        "difficult": [
            made
            for condition in conditions.CONDITIONS
            for made in zip(conditions.pictures(condition, x[:few]), labels[:few], strict=True)
        ],
    }
    sets["numbers"] = numbers(digits.x_validation, digits.y_validation, args.n)
    sets["pages"] = pages(digits.x_validation, digits.y_validation, args.n)
    if args.strokes:
        sets["pens"] = drawn(data.pen_strokes(args.strokes)[1], args.n)
    if args.pictures:
        sets["pictures"] = listed(args.pictures)
    reader = model.load()
    photos = together.photos(
        digits.x_validation[: together.OF], digits.y_validation[: together.OF], reader, args.n
    )
    sets["photos"] = [(pixels, text) for pixels, text, _ in photos]
    sets = {key: sets[key] for key in args.only or sets}
    print("| without | " + " | ".join(f"{k} (n={len(v)})" for k, v in sets.items()) + " |")
    print("|---" * (1 + len(sets)) + "|")
    whole: dict[str, float] = {}
    for name, switched_off in STEPS.items():
        with switched_off():
            scores = {key: 100 * accuracy(reader, pictures) for key, pictures in sets.items()}
        whole = whole or scores
        cells = [
            f"{score:.1f} %" if name == "nothing" else f"{score - whole[key]:+.1f}"
            for key, score in scores.items()
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
