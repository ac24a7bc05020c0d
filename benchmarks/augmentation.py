"""What each augmentation is worth: the network trained without it, one at a time.

    python -m benchmarks.augmentation --data mnist.npz --strokes tablet.jsonl:up --fonts train/fonts

Short trainings from scratch on few digits (`--limit`, `--epochs`), so that differences show that a
long training makes small. The first two rows differ in their seed alone: what is no larger than
their difference is chance. Sets, all by hands that are not trained on and made the same way for
every row: MNIST's validation pictures, pen strokes with pens of any width, signs (the share that is
turned away), what is found on photos of papers (digits, and what is none), and lines of touching
digits (the share read without a mistake).
"""

import argparse
import multiprocessing.dummy
import tempfile
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

import model
import train.strings
from benchmarks import strings
from train import data, fit, learning, letters, pictures, render
from train.run import Part

LINES = 150  # of touching digits


def _same_ink(ink, *_):
    return ink


def _common_digit(stock, rng):
    i = int(rng.integers(len(stock.pictures)))
    return render.Sample(int(stock.labels[i]), picture=stock.pictures[i])


# what takes the place of functions and tables of train.render while a network is trained without
WITHOUT: dict[str, dict[str, object]] = {
    "nothing": {},
    "nothing, another seed": {},
    "slant, tilt, proportions": {"_affine": lambda rng: np.eye(2)},
    "elastic bends": {"_bends": lambda rng: np.zeros((2, 3, 3))},
    "pens of any width": {"_pen_width": lambda rng: 2.5, "with_pen": _same_ink},
    "rare forms of digits": {"FORMS": {}, "rare_digit": _common_digit},
    "gaps, scratches, outlines": {"SPOILT": dict.fromkeys(render.SPOILT, 0.0)},
    "papers and cameras": {"captured": _same_ink},
    "what a cut leaves": {"beside_rest": _same_ink},
    "photos of papers": {},
    "letters and symbols": {"_sign": render.scribble},
    "pen strokes": {},
}


def trained(name: str, args: argparse.Namespace, folder: Path) -> Path:
    """Train without one augmentation; return the LiteRT file."""
    given = ["--epochs", args.epochs, "--limit", args.limit, "--passes", 1, "--out", folder]
    given += ["--cache", folder, "--seed", int(name == "nothing, another seed")]
    given += ["--data", args.data] if args.data else []
    given += ["--fonts", args.fonts] if args.fonts else []
    if name != "pen strokes":
        given += [part for strokes in args.strokes for part in ("--strokes", strokes)]
    with ExitStack() as stack:
        # rendering in threads, which see what is switched off here
        stack.enter_context(
            patch.object(multiprocessing, "get_context", lambda _: multiprocessing.dummy)
        )
        for function, instead in WITHOUT[name].items():
            stack.enter_context(patch.object(render, function, instead))
        if name == "what a cut leaves":
            stack.enter_context(patch.object(train.strings, "pieces", lambda stock, rng: []))
        if name == "photos of papers":  # validation sees them all the same
            none = SimpleNamespace(pieces=lambda stock, rng: [])
            stack.enter_context(patch.object(pictures, "papers", none))
        log = stack.enter_context((folder / "log").open("w"))
        stack.enter_context(redirect_stdout(log))
        stack.enter_context(redirect_stderr(log))
        fit.main([str(part) for part in given])
    return folder / "mnist_model_aug.tflite"


def held_out(args: argparse.Namespace) -> tuple[dict[str, Part], data.Digits]:
    """The parts that training validates on, by other hands, of the size of a whole training."""
    digits = data.mnist(args.data)
    samples = [s for name in args.strokes for s in data.pen_strokes(name)[1]]
    signs = letters.glyphs(args.fonts)[1] if args.fonts else letters.Glyphs()
    return learning.validation_parts(digits, samples, signs), digits


def believed(network: model.Network, part: Part) -> np.ndarray:
    """Probabilities (n, classes) of a part's pictures."""
    x = part.tensors()[..., 0]
    return np.concatenate([network.run(x[i : i + 500])[0] for i in range(0, len(x), 500)])


def measured(file: Path, parts: dict[str, Part], digits: data.Digits) -> list[float]:
    """Share of each part that is answered right, and of the lines."""
    network = model.Network(file.read_bytes())
    shares = [
        float((believed(network, part).argmax(1) == part.y).mean()) for part in parts.values()
    ]
    hand = strings.mnist_hand(digits.x_validation, digits.y_validation)
    return [*shares, strings.score(model.load(file), hand, "touching", LINES, None)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="MNIST as an .npz (Keras's own loader)")
    parser.add_argument("--strokes", action="append", default=[], metavar="FILE[:up]")
    parser.add_argument("--fonts", type=Path, metavar="FOLDER", help="as for train.fit")
    parser.add_argument("--limit", type=int, default=5000, help="MNIST digits, and pen strokes")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--only", help="rows, by their names, separated by semicolons")
    args = parser.parse_args()
    parts, digits = held_out(args)
    titles = [f"{name} (n={len(part.y):,})" for name, part in parts.items()]
    print(f"| without | {' | '.join([*titles, f'touching (n={LINES})'])} |")
    print("|---" * (2 + len(parts)) + "|", flush=True)
    whole: list[float] = []
    for name in args.only.split(";") if args.only else WITHOUT:
        with tempfile.TemporaryDirectory() as folder:
            shares = measured(trained(name, args, Path(folder)), parts, digits)
        whole = whole or shares
        cells = [
            f"{100 * share:.2f} %" if whole is shares else f"{100 * (share - base):+.2f}"
            for share, base in zip(shares, whole, strict=True)
        ]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
