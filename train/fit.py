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
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

import preprocessing
from network import ModelError, Network
from train import (
    calibrate,
    data,
    export,
    formats,
    letters,
    options,
    papers,
    pictures,
    render,
    teach,
)
from train.architectures import ARCHITECTURES, adapt, blend, join, take_weights
from train.photos import framed
from train.render import NOT_A_DIGIT
from train.run import Part, Training, batches, jit, schedule

BLENDED_ON = 8000  # pictures, for the statistics of a blended network
# Spread of a matrix's entries and of a shift in pixels: of rendered pictures, of MNIST's own
JITTER, MORE_JITTER = (0.05, 0.5), (0.1, 1.0)
BIASES = np.linspace(-2, 2, 41)  # of "not a digit", that epochs are compared at
AFTERWARDS = ("blend", "mean", "beside", "share")  # arguments that a training does not depend on
TOWERS = ("cnn_eight", "cnn_five")  # of cnn_aug
VALIDATED_ON = 8, 12345  # seed of the validation strokes' pens, and of signs
FLOOR = 0.99  # MNIST validation accuracy that a full run has to reach


def main(arguments: list[str] | None = None) -> None:
    args = _parse(arguments)
    keras.utils.set_random_seed(args.seed)
    digits, own = _digits(args)
    # what cannot be loaded is said before a training
    teachers, other = _teachers(args), _other_tower(args)
    seeds = [_same_kind(file, args.architecture) for file in args.mean]
    strokes = [data.pen_strokes(s) for s in args.strokes]
    train_strokes = [s for training, _ in strokes for s in training][: args.limit]
    held_strokes = [s for _, held in strokes for s in held][: args.limit]
    drawn, held = letters.glyphs(args.fonts) if args.fonts else (letters.Glyphs(),) * 2
    x, y = pictures.rendered(digits, train_strokes, drawn, args.passes, args.drawn, args.cache)
    parts = validation_parts(digits, held_strokes, held)
    if own:
        parts["own"] = Part(own.x_validation, own.y_validation)
    run = Run(args, x, y, digits, parts, teachers)
    model = _trained(run, args)
    for i, seed in enumerate(seeds):
        blend(model, seed, 1 / (i + 2), run.sample(BLENDED_ON))
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
    add("--mean", type=Path, action="append", default=[], metavar="FILE",
        help="a result of another seed: the mean of all their weights is taken")  # fmt: skip
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
    add("--drawn", type=int, metavar="SEED",
        help="of the rendered pictures; that of --seed where left out")  # fmt: skip
    add("--limit", type=int, help="train on so many digits only, for a quick try")
    add("--out", type=Path, default=Path(), help="folder for model and metrics")
    add("--cache", type=Path, default=Path(".cache/train"), help="rendered pictures, checkpoints")
    args = parser.parse_args(arguments)
    args.drawn = args.seed if args.drawn is None else args.drawn
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


def validation_parts(digits: data.Digits, strokes: list, glyphs: letters.Glyphs) -> dict[str, Part]:
    """What the model is chosen on: MNIST's digits, pen strokes and signs by other hands.

    MNIST's are there as they are, and as the app frames them. All are the same whatever the run's
    seed: another draw of pens moves the bias for "not a digit" by up to 0.9, and runs would not
    compare.
    """
    rng = np.random.default_rng(VALIDATED_ON)
    parts = {
        "mnist": Part(digits.x_validation, digits.y_validation),
        "on_canvas": Part(
            pictures.on_canvas(digits.x_validation, VALIDATED_ON[1]), digits.y_validation
        ),
    }
    some = [strokes[i] for i in np.sort(rng.permutation(len(strokes))[:3000])]
    if some:
        made = np.stack([framed(render.drawn(s.strokes, rng)) for s in some])
        parts["strokes"] = Part(made, np.array([s.label for s in some], np.uint8))
    count = max(10, len(digits.x_validation) // 5)
    stock = render.Stock(digits.x_validation, digits.y_validation, signs=glyphs.signs)
    signs = np.stack([render.not_a_digit(stock, rng) for _ in range(count)])
    parts["not_digits"] = Part(signs, np.full(count, NOT_A_DIGIT, np.uint8))
    parts["papers"] = _on_papers(replace(stock, strokes=some), count // 2, rng)
    return parts


def _on_papers(stock: render.Stock, count: int, rng: np.random.Generator) -> Part:
    """What is found on photos of papers: digits, and what is none."""
    found: list[tuple[np.ndarray, int]] = []
    while len(found) < count:
        found += papers.pieces(stock, rng)
    frames, labels = zip(*found, strict=True)
    return Part(np.stack(frames), np.array(labels, np.uint8))


class Run(Training):
    """Training on rendered pictures and on MNIST's own, as they are and as the app frames them."""

    def __init__(
        self,
        args: argparse.Namespace,
        x: np.ndarray,
        y: np.ndarray,
        digits: data.Digits,
        parts: dict[str, Part],
        teachers: Sequence[Network] = (),
    ) -> None:
        self.x, self.y, self.digits, self.teachers = x, y, digits, teachers
        self.own = np.concatenate([digits.x_train, pictures.on_canvas(digits.x_train, args.drawn)])
        self.size = len(x) // args.passes + len(self.own)
        given = [args.start] if args.start else []
        networks = b"".join(file.read_bytes() for file in [*given, *args.teachers])
        described = {k: v for k, v in _described(args).items() if k not in AFTERWARDS}
        what = hashlib.sha256(json.dumps(described).encode() + networks)
        for pictures_of in (x, self.own):
            what.update(np.ascontiguousarray(pictures_of).data)  # in place: half a gigabyte
        name = f"{args.architecture}_{what.hexdigest()[:10]}"
        super().__init__(args, parts, args.cache / name, max(1, self.size // args.batch))

    @cached_property
    def targets(self) -> tuple[np.ndarray, np.ndarray]:
        """What is to be answered to the rendered pictures, and to MNIST's own.

        The teachers are asked at the first epoch: a run that is over is blended without them.
        """
        own = self.own, np.tile(self.digits.y_train, 2)
        rendered, shown = (
            teach.kept_targets(self.teachers, self.args.teachers, x, y, self.args.cache)
            for x, y in ((self.x, self.y), own)
        )
        return rendered, shown

    def sample(self, count: int) -> np.ndarray:
        """About `count` of the pictures that training sees: (n, 28, 28) uint8."""
        every = max(1, self.size // count)
        return np.concatenate([self.x[: self.size : every], self.digits.x_train[::every]])

    def _fresh(self) -> keras.Model:
        model = ARCHITECTURES[self.args.architecture]()
        adapt(model, self.digits.x_train)
        if self.args.start:
            _start_from(model, self.args, self.digits)
        rate = schedule(self.args.rate, self.args.epochs, self.steps)
        model.compile(
            optimizer=keras.optimizers.AdamW(rate, weight_decay=2e-3),
            loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.02),
            metrics=["accuracy"],
            jit_compile=jit(),
        )
        return model

    def _loss(self, logits: Mapping[str, np.ndarray]) -> float:
        """The same at the best of all biases for "not a digit": it wanders from epoch to epoch more
        than all else does, and calibration sets it anyway.
        """
        none = np.eye(NOT_A_DIGIT + 1)[NOT_A_DIGIT]
        shifted = ({n: found + b * none for n, found in logits.items()} for b in BIASES)
        return min(super(Run, self)._loss(each) for each in shifted)

    def _batches(self, epoch: int) -> tf.data.Dataset:
        """One epoch: one rendered pass and MNIST's own digits, in an order of the epoch's own."""
        seed, batch = self.args.seed, self.args.batch
        rng = np.random.default_rng([seed, epoch])
        length = len(self.x) // self.args.passes
        first = (epoch % self.args.passes) * length
        order = rng.permutation(self.size)[: self.steps * batch].reshape(self.steps, batch)
        targets, own_targets = self.targets
        gentle = epoch >= self.args.epochs * 0.9  # the last epochs see pictures as they are

        def gather(step: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            picked = order[int(step)]
            raw = picked >= length
            rendered = first + picked[~raw]
            own = picked[raw] - length
            x = np.empty((batch, 28, 28), np.uint8)
            y = np.empty((batch, NOT_A_DIGIT + 1), np.float32)
            x[~raw], y[~raw] = self.x[rendered], targets[rendered]
            x[raw], y[raw] = self.own[own], own_targets[own]
            spread = np.where(raw[:, None], MORE_JITTER, JITTER).astype(np.float32)
            return x, y, spread

        def load(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            kinds = (tf.uint8, tf.float32, tf.float32)
            x, y, spread = tf.numpy_function(gather, [step], kinds, stateful=False)
            x = tf.cast(tf.reshape(x, (batch, 28, 28, 1)), tf.float32) / 255
            key = tf.stack([tf.cast(step, tf.int32), seed * 1000 + epoch])
            x = x if gentle else jittered(x, tf.reshape(spread, (batch, 2)), key)
            return x, tf.reshape(y, (batch, NOT_A_DIGIT + 1))

        return batches(self.steps, load)


def jittered(x: tf.Tensor, spread: tf.Tensor, key: tf.Tensor) -> tf.Tensor:
    """Move, turn and scale each picture a little: (n, 28, 28, 1) -> the same, seeded by `key`.

    spread: (n or 1, 2) standard deviations: of the matrix's entries, and of the shift in pixels.
    """
    n = tf.shape(x)[0]
    draws = tf.random.stateless_normal((n, 6), key)
    matrix = tf.constant([[1.0, 0, 0, 1]]) + spread[:, :1] * draws[:, :4]
    a, b, c, d = tf.unstack(matrix, axis=1)
    shift = spread[:, 1:] * draws[:, 4:]
    middle = 13.5
    dx = middle - a * middle - b * middle + shift[:, 0]
    dy = middle - c * middle - d * middle + shift[:, 1]
    zero = tf.zeros_like(a)
    transform = tf.stack([a, b, dx, c, d, dy, zero, zero], axis=1)
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=x, transforms=transform, output_shape=[28, 28], interpolation="BILINEAR",
        fill_mode="CONSTANT", fill_value=0.0,
    )  # fmt: skip


def _start_from(model: keras.Model, args: argparse.Namespace, digits: data.Digits) -> None:
    """Take the weights of the file `--from` names, which may have fewer convolutions."""
    try:
        take_weights(model, export.load_keras(args.start), digits.x_train[:2000])
    except ModelError as error:
        raise SystemExit(str(error)) from error
    except ValueError as error:
        raise SystemExit(
            f"{args.start.name} is no {args.architecture}: see --architecture."
        ) from error


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
        _start_from(before, args, run.digits)
        blend(model, before, args.blend, run.sample(BLENDED_ON))
    return model


def _other_tower(args: argparse.Namespace) -> keras.Model | None:
    """Load what `--beside` names."""
    if not args.beside:
        return None
    return _same_kind(args.beside, TOWERS[1 - TOWERS.index(args.architecture)])


def _same_kind(file: Path, architecture: str) -> keras.Model:
    """Load a trained network, which has to be of this architecture."""
    model = ARCHITECTURES[architecture]()
    try:
        model.set_weights(export.load_keras(file).get_weights())
    except ModelError as error:
        raise SystemExit(str(error)) from error
    except ValueError as error:
        raise SystemExit(f"{file.name} is no {architecture}, as is needed here.") from error
    return model


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
    on_canvas = Part(pictures.on_canvas(test.x, VALIDATED_ON[1]), test.y)
    tests = {"mnist": test, "mnist_framed": _reframed(test), "mnist_on_canvas": on_canvas}
    if own:
        tests["own"] = Part(own.x_test, own.y_test)
    metrics = {
        "arguments": _described(args),
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
        _start_from(before, args, run.digits)
        metrics["test_before"] = calibrate.measured(before, tests)
        print(json.dumps({"test_before": metrics["test_before"]}, indent=1))
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    accuracy = metrics["validation"]["mnist"]["accuracy"]
    print(json.dumps({k: metrics[k] for k in ("validation", "test", "calibration")}, indent=1))
    if args.limit is None and accuracy < FLOOR:
        raise SystemExit(f"Validation accuracy {accuracy:.4f} is under the floor of {FLOOR}.")


def _described(args: argparse.Namespace) -> dict[str, object]:
    """The arguments as they are repeated by someone else: file names without their folders."""
    shown = {k: v for k, v in vars(args).items() if k not in ("out", "cache")}
    for name in ("data", "mnist", "start", "beside", "fonts"):
        shown[name] = shown[name] and shown[name].name
    for name in ("strokes", "teachers", "mean"):
        shown[name] = [Path(s).name for s in shown[name]]
    return shown


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
