"""Train any architecture of the zoo on digits alone, as textbooks do it.

    python -m train.plain --architecture dense                 # MNIST by Keras's loader
    python -m train.plain --architecture cnn_deep --augment --data mnist.npz --out runs/deep
    python -m train.plain --architecture dense --limit 500 --epochs 2      # a quick try
    tensorboard --logdir .cache/train                          # watch it

--data takes every form of train/formats.py. Writes NAME.keras and metrics.json to --out; the best
epoch by validation loss is kept, the test part is looked at once, at the end. A killed run that is
started again with the same arguments goes on after its last whole epoch. The reader's own network,
which also learns other hands and what is no digit, is trained by train.fit.
"""

import argparse
import hashlib
import json
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from train import data, distributed, export, options
from train.architectures import ARCHITECTURES, PRETRAINED, adapt
from train.learning import JITTER, jittered
from train.run import Part, Training, batches, jit, schedule, scores

DIGITS = 10


def parser() -> argparse.ArgumentParser:
    made = options.parser(__doc__)
    add = made.add_argument
    add("--architecture", choices=sorted(ARCHITECTURES), default="cnn_basic",
        metavar="NAME", help=f"one of {', '.join(sorted(ARCHITECTURES))}")  # fmt: skip
    add("--augment", action="store_true", help="move, turn and scale each picture a little")
    add("--weights", choices=["imagenet", "none"], default="none",
        help="what mobilenet_v2 and resnet50 start from; imagenet is downloaded")  # fmt: skip
    add("--data", type=Path, help="file or folder of digits; Keras's own loader where left out")
    add("--validation", type=float, default=0.2, metavar="N",
        help="share (below 1) or number of training pictures to choose on")  # fmt: skip
    add("--epochs", type=int, default=20, help="at most; early stopping may end it sooner")
    add("--batch", type=int, default=128, help="digits a step, over all workers")
    add("--rate", type=float, default=1e-3, help="peak learning rate")
    add("--decay", type=float, default=1e-3, help="weight decay of AdamW; 0 makes it Adam")
    add("--patience", type=int, default=5, help="epochs without a better validation loss")
    add("--seed", type=int, default=0, help="repeats split, weights, order and augmentation")
    add("--limit", type=int, help="train on so many digits only, for a quick try")
    add("--out", type=Path, default=Path("runs/plain"), help="folder for model and metrics")
    add("--cache", type=Path, default=Path(".cache/train"), help="checkpoints and logs")
    return made


def main(arguments: list[str] | None = None) -> None:
    args = parser().parse_args(arguments)
    workers = distributed.from_environment()
    keras.utils.set_random_seed(args.seed)
    try:
        digits = data.split(args.data, args.validation, args.seed, args.limit)
        train(args, digits, workers)
    except ValueError as error:
        raise SystemExit(str(error)) from error


def train(
    args: argparse.Namespace, digits: data.Digits, workers: distributed.Workers
) -> dict[str, Any]:
    """Train, save and measure one network; return what is written to metrics.json.

    Its `validation` and `test` hold figures by the set's name, as those of train.fit do: "mnist"
    where the data are called so, else "digits".
    """
    run = Plain(args, digits, workers)
    model = run.train()
    if not workers.chief:
        return {}
    args.out.mkdir(parents=True, exist_ok=True)
    export.save_keras(model, args.out / f"{args.architecture}.keras")
    name = "mnist" if args.data is None or "mnist" in args.data.name else "digits"
    metrics: dict[str, Any] = {
        "arguments": described(args),
        "parameters": model.count_params(),
        "epochs": len(run.history),
        "seconds": sum(epoch["seconds"] for epoch in run.history),
        "validation": {name: measured(model, Part(digits.x_validation, digits.y_validation))},
        "test": {name: measured(model, Part(digits.x_test, digits.y_test))},
        "history": run.history,
    }
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    print(json.dumps({key: metrics[key] for key in ("seconds", "validation", "test")}))
    return metrics


def described(args: argparse.Namespace) -> dict[str, object]:
    """The arguments as they are repeated by someone else: file names without their folders."""
    shown = {k: v for k, v in vars(args).items() if k not in ("out", "cache")}
    return shown | {"data": args.data and args.data.name}


def measured(model: keras.Model, part: Part) -> dict[str, float]:
    logits = model.predict(part.tensors(), batch_size=500, verbose=0)
    return {"n": len(part.y), **scores(logits, part.y)}


class Plain(Training):
    """Training on pictures as they are, or a little moved, turned and scaled."""

    def __init__(
        self, args: argparse.Namespace, digits: data.Digits, workers: distributed.Workers
    ) -> None:
        self.digits = digits
        if args.batch > len(digits.x_train):
            raise ValueError(f"A batch of {args.batch} is more than {len(digits.x_train)} digits.")
        parts = {"validation": Part(digits.x_validation, digits.y_validation)}
        what = json.dumps([described(args), hashlib.sha256(digits.x_train.tobytes()).hexdigest()])
        name = f"{args.architecture}_{hashlib.sha256(what.encode()).hexdigest()[:10]}"
        steps = len(digits.x_train) // args.batch
        super().__init__(args, parts, args.cache / name, steps, workers)
        self.share = workers.share(args.batch)

    def _fresh(self) -> keras.Model:
        args = self.args
        weights = {} if args.weights == "none" else {"weights": args.weights}
        if weights and args.architecture not in PRETRAINED:
            raise ValueError(f"{args.architecture} has no {args.weights} weights to start from.")
        model = ARCHITECTURES[args.architecture](DIGITS, **weights)
        adapt(model, self.digits.x_train)
        model.compile(
            optimizer=keras.optimizers.AdamW(
                schedule(args.rate, args.epochs, self.steps), weight_decay=args.decay
            ),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
            jit_compile=jit(),
        )
        return model

    def _batches(self, epoch: int) -> tf.data.Dataset:
        """One epoch in an order of its own, of each batch this worker's share."""
        seed, batch = self.args.seed, self.args.batch
        order = np.random.default_rng([seed, epoch]).permutation(len(self.digits.x_train))
        order = order[: self.steps * batch].reshape(self.steps, batch)[:, self.share]
        offset = self.share.start * self.steps  # workers draw differently
        x, y = self.digits.x_train[..., None], self.digits.y_train.astype(np.int32)

        def gather(step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return x[order[step]], y[order[step]]

        def load(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            pictures, labels = tf.numpy_function(gather, [step], (tf.uint8, tf.int32), False)
            pictures = tf.reshape(pictures, (order.shape[1], 28, 28, 1))
            pictures = tf.cast(pictures, tf.float32) / 255
            if self.args.augment:
                key = tf.stack([tf.cast(step, tf.int32) + offset, seed * 1000 + epoch])
                pictures = jittered(pictures, tf.constant([JITTER]), key)
            return pictures, tf.reshape(labels, (order.shape[1],))

        return batches(self.steps, load)


if __name__ == "__main__":
    main()
