"""Train the network behind the reader and write what the app serves.

    python -m train.fit                          # MNIST by Keras's loader
    python -m train.fit --data mnist.npz --strokes tablet.jsonl:up --strokes unipen.jsonl
    python -m train.fit --limit 500 --epochs 1   # a quick try
    python -m train.fit --from mnist_model_aug.keras --data FOLDER --mnist mnist.npz --out mine

The last one learns one's own hand: FOLDER holds folders 0 to 9 with pictures of a digit each. It
says how right the network was before and is now, on pictures of them that it has not learned, and
on MNIST; `--limit 10000 --passes 1 --epochs 3 --rate 3e-4` makes it short.

Writes mnist_model_aug.keras, mnist_model_aug.tflite and metrics.json to --out. A killed run that is
started again with the same arguments goes on after its last whole epoch.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import preprocessing
from reader.network import ModelError, Network
from train import calibrate, data, export, formats, letters, options, pictures, teach
from train.architectures import ARCHITECTURES, blend, join
from train.learning import Run, described, start_from, validation_parts
from train.run import Part

BLENDED_ON = 8000  # pictures, for the statistics of a blended network
TOWERS = ("cnn_eight", "cnn_five")  # of cnn_aug
FLOOR = 0.99  # MNIST validation accuracy that a full run has to reach


def main(arguments: list[str] | None = None) -> None:
    args = _parse(arguments)
    keras.utils.set_random_seed(args.seed)
    digits, own = _digits(args)
    teachers, other = _teachers(args), _other_tower(args)
    strokes = [data.pen_strokes(s) for s in args.strokes]
    train_strokes = [s for training, _ in strokes for s in training][: args.limit]
    held_strokes = [s for _, held in strokes for s in held][: args.limit]
    drawn, held = letters.glyphs(args.fonts) if args.fonts else (letters.Glyphs(),) * 2
    x, y = pictures.rendered(digits, train_strokes, drawn, args.passes, args.seed, args.cache)
    parts = validation_parts(digits, held_strokes, held)
    if own:
        parts["own"] = Part(own.x_validation, own.y_validation)
    run = Run(args, x, y, digits, parts, teachers)
    model = _trained(run, args)
    if other:
        model = _beside(model, other, run, args.share)
    finish(model, run, args, own)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options.parser(__doc__)
    add = parser.add_argument
    add("--data", type=Path,
        help="digits in any form of train/formats.py, Keras's own loader where left out; "
        "a folder of one's own pictures is learned beside MNIST")  # fmt: skip
    add("--mnist", type=Path, help="MNIST beside one's own pictures")
    add("--strokes", action="append", default=[], metavar="FILE[:up]",
        help="digits as pen strokes (.jsonl); `:up` where y grows upwards")  # fmt: skip
    add("--fonts", type=Path, metavar="FOLDER", help="fonts to draw letters and rare digits from")
    add("--architecture", choices=sorted(ARCHITECTURES), default="cnn_aug")
    add("--from", dest="start", type=Path, metavar="FILE",
        help="go on from a .keras file, as for one's own digits, at a small --rate")  # fmt: skip
    add("--blend", type=float, default=0.0, metavar="SHARE",
        help="of the weights that --from began with, in the result: 0.5 is their mean")  # fmt: skip
    add("--beside", type=Path, metavar="FILE",
        help="stand a trained cnn_eight beside the cnn_five that is trained, or the other way "
        "round: the result is both as one network, cnn_aug")  # fmt: skip
    add("--share", type=float, default=0.5, help="of what --beside names, in the answers of both")
    add("--teacher", dest="teachers", type=Path, action="append", default=[], metavar="FILE",
        help="learn the answers of trained .tflite networks too, the mean of several")  # fmt: skip
    add("--epochs", type=int, default=40)
    add("--passes", type=int, default=5, help="how often each digit is rendered anew")
    add("--batch", type=int, default=128)
    add("--rate", type=float, default=3e-3, help="peak learning rate of AdamW")
    add("--precision", choices=("float32", "mixed_bfloat16"), default="float32",
        help="mixed_bfloat16 multiplies in half the bits, where the processor can")  # fmt: skip
    add("--patience", type=int, default=12, help="epochs without a better validation loss")
    add("--seed", type=int, default=0)
    add("--limit", type=int, help="train on so many digits only, for a quick try")
    add("--out", type=Path, default=Path(), help="folder for model and metrics")
    add("--cache", type=Path, default=Path(".cache/train"), help="rendered pictures, checkpoints")
    args = parser.parse_args(arguments)
    if not 0 <= args.blend <= 1 or (args.blend and not args.start):
        parser.error("--blend takes a share of 0 to 1, of what --from names")
    if not 0 <= args.share <= 1 or (args.beside and args.architecture not in TOWERS):
        parser.error(f"--beside goes with {' and '.join(TOWERS)}, and a --share of 0 to 1")
    return args


def _digits(args: argparse.Namespace) -> tuple[data.Digits, data.Digits | None]:
    try:
        return data.with_own(args.data, args.mnist, args.limit, args.seed)
    except formats.DataError as error:
        raise SystemExit(str(error)) from error


def _teachers(args: argparse.Namespace) -> list[Network]:
    try:
        return teach.load(args.teachers)
    except ModelError as error:
        raise SystemExit(str(error)) from error


def _trained(run: Run, args: argparse.Namespace) -> keras.Model:
    """Train in the precision asked for; return the best model in single precision, blended."""
    keras.config.set_dtype_policy(args.precision)
    try:
        weights = run.train().get_weights()
    finally:
        keras.config.set_dtype_policy("float32")
    model = ARCHITECTURES[args.architecture]()
    model.set_weights(weights)
    if args.blend:
        before = ARCHITECTURES[args.architecture]()
        start_from(before, args, run.digits)
        blend(model, before, args.blend, run.sample(BLENDED_ON))
    return model


def _other_tower(args: argparse.Namespace) -> keras.Model | None:
    """Load what `--beside` names: before a training, so that a mistake does not show after it."""
    if not args.beside:
        return None
    other = ARCHITECTURES[TOWERS[1 - TOWERS.index(args.architecture)]]()
    try:
        other.set_weights(export.load_keras(args.beside).get_weights())
    except ModelError as error:
        raise SystemExit(str(error)) from error
    except ValueError as error:
        raise SystemExit(f"{args.beside.name} is no {other.name}, as goes beside.") from error
    return other


def _beside(own: keras.Model, other: keras.Model, run: Run, share: float) -> keras.Model:
    """Join two towers, of which the other is calibrated already: their logits have to compare."""
    calibrate.calibrate(own, run.parts)
    shares = {other.name: share, own.name: 1 - share}
    towers = {tower.name: tower for tower in (own, other)}
    both = ARCHITECTURES["cnn_aug"]()
    join(both, [towers[name] for name in TOWERS], [shares[name] for name in TOWERS])
    return both


def finish(
    model: keras.Model, run: Run, args: argparse.Namespace, own: data.Digits | None = None
) -> None:
    """Calibrate, export and measure the best model; write the files the app serves."""
    fitted = calibrate.calibrate(model, run.parts)
    args.out.mkdir(parents=True, exist_ok=True)
    keras_file = args.out / "mnist_model_aug.keras"
    export.save_keras(model, keras_file)
    parity = export.to_litert(keras_file, keras_file.with_suffix(".tflite"))
    test = Part(run.digits.x_test, run.digits.y_test)
    on_canvas = Part(pictures.on_canvas(test.x, seed=0), test.y)
    tests = {"mnist": test, "mnist_framed": _reframed(test), "mnist_on_canvas": on_canvas}
    if own:
        tests["own"] = Part(own.x_test, own.y_test)
    metrics = {
        "arguments": described(args),
        "start": _origin(args.start),
        "beside": _origin(args.beside),
        "parameters": model.count_params(),
        "epochs": len(run.history),
        "validation": calibrate.measured(model, run.parts),
        "calibration": fitted,
        "litert_difference": parity,
        # the test part is looked at here, once, when everything has been chosen
        "test": calibrate.measured(model, tests),
        "history": run.history,
    }
    if own and args.start:  # what it has learned, and what it has forgotten
        before = ARCHITECTURES[args.architecture]()
        start_from(before, args, run.digits)
        metrics["test_before"] = calibrate.measured(before, tests)
        print(json.dumps({"test_before": metrics["test_before"]}, indent=1))
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    accuracy = metrics["validation"]["mnist"]["accuracy"]
    print(json.dumps({k: metrics[k] for k in ("validation", "test", "calibration")}, indent=1))
    if args.limit is None and accuracy < FLOOR:
        raise SystemExit(f"Validation accuracy {accuracy:.4f} is under the floor of {FLOOR}.")


def _origin(start: Path | None) -> dict[str, object] | None:
    """How a trained network was made, where its metrics lie with it: all the runs before."""
    file = start and start.with_name("metrics.json")
    if not file or not file.exists():
        return None
    metrics = json.loads(file.read_text())
    return {key: metrics.get(key) for key in ("arguments", "epochs", "start", "beside")}


def _reframed(part: Part) -> Part:
    """The same pictures through the app's preprocessing; unread ones stay empty."""
    frames = np.zeros_like(part.x)
    for frame, picture in zip(frames, part.x, strict=True):
        regions = preprocessing.split_digits(preprocessing.find_ink(picture))
        if regions:
            frame[:] = np.round(preprocessing.center(regions[0]) * 255)
    return Part(frames, part.y)


if __name__ == "__main__":
    main()
