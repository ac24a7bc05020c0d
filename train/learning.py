"""What the app's network learns from, and what it is validated on: digits and signs as rendered,
MNIST's own, and what teachers answer to them. `train.fit` is the command line.
"""

import argparse
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from reader.network import ModelError, Network
from train import data, export, letters, papers, render, teach
from train.architectures import ARCHITECTURES, adapt, take_weights
from train.photos import framed
from train.render import NOT_A_DIGIT
from train.run import Part, Training, batches, jit, schedule

# Spread of a matrix's entries and of a shift in pixels: of rendered pictures, of MNIST as it is
JITTER, MORE_JITTER = (0.05, 0.5), (0.1, 1.0)
SHOWN = 2  # times in an epoch, each digit of MNIST as it is
BIASES = np.linspace(-2, 2, 41)  # of "not a digit", that epochs are compared at
AFTERWARDS = ("blend", "beside", "share")  # arguments that a training does not depend on
VALIDATED_ON = 8, 12345  # seed of the validation strokes' pens, and of signs


def validation_parts(digits: data.Digits, strokes: list, glyphs: letters.Glyphs) -> dict[str, Part]:
    """What the model is chosen on: MNIST as it is, pen strokes and signs by other hands.

    They are the same whatever the run's seed: another draw of pens moves the bias for "not a
    digit" by up to 0.9, and runs would not compare.
    """
    rng = np.random.default_rng(VALIDATED_ON)
    parts = {"mnist": Part(digits.x_validation, digits.y_validation)}
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
    """Training on rendered pictures and on MNIST as it is."""

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
        self.size = len(x) // args.passes + SHOWN * len(digits.x_train)
        given = [args.start] if args.start else []
        networks = b"".join(file.read_bytes() for file in [*given, *args.teachers])
        decisive = {k: v for k, v in described(args).items() if k not in AFTERWARDS}
        what = hashlib.sha256(json.dumps(decisive).encode() + networks)
        for pictures_of in (x, digits.x_train):
            what.update(np.ascontiguousarray(pictures_of).data)  # in place: half a gigabyte
        name = f"{args.architecture}_{what.hexdigest()[:10]}"
        super().__init__(args, parts, args.cache / name, max(1, self.size // args.batch))

    @cached_property
    def targets(self) -> tuple[np.ndarray, np.ndarray]:
        """What is to be answered to the rendered pictures, and to MNIST as it is.

        The teachers are asked at the first epoch: a run that is over is blended without them.
        """
        mnist = self.digits.x_train, self.digits.y_train
        rendered, as_it_is = (
            teach.kept_targets(self.teachers, self.args.teachers, x, y, self.args.cache)
            for x, y in ((self.x, self.y), mnist)
        )
        return rendered, as_it_is

    def sample(self, count: int) -> np.ndarray:
        """About `count` of the pictures that training sees: (n, 28, 28) uint8."""
        every = max(1, self.size // count)
        return np.concatenate([self.x[: self.size : every], self.digits.x_train[::every]])

    def _fresh(self) -> keras.Model:
        model = ARCHITECTURES[self.args.architecture]()
        adapt(model, self.digits.x_train)
        if self.args.start:
            start_from(model, self.args, self.digits)
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
        """One epoch: one rendered pass and MNIST as it is twice, in an order of the epoch's own."""
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
            own = (picked[raw] - length) % len(self.digits.x_train)
            x = np.empty((batch, 28, 28), np.uint8)
            y = np.empty((batch, NOT_A_DIGIT + 1), np.float32)
            x[~raw], y[~raw] = self.x[rendered], targets[rendered]
            x[raw], y[raw] = self.digits.x_train[own], own_targets[own]
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


def start_from(model: keras.Model, args: argparse.Namespace, digits: data.Digits) -> None:
    """Take the weights of the file `--from` names, which may have fewer convolutions."""
    try:
        take_weights(model, export.load_keras(args.start), digits.x_train[:2000])
    except ModelError as error:
        raise SystemExit(str(error)) from error
    except ValueError as error:
        raise SystemExit(
            f"{args.start.name} is no {args.architecture}: see --architecture."
        ) from error


def described(args: argparse.Namespace) -> dict[str, object]:
    """The arguments as they are repeated by someone else: file names without their folders."""
    shown = {k: v for k, v in vars(args).items() if k not in ("out", "cache")}
    for name in ("data", "mnist", "start", "beside", "fonts"):
        shown[name] = shown[name] and shown[name].name
    for name in ("strokes", "teachers"):
        shown[name] = [Path(s).name for s in shown[name]]
    return shown
