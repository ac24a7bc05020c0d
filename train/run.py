"""What every training here shares: epochs that resume, early stopping, the best checkpoint, logs.

A training says what its network is (`_fresh`) and what an epoch sees (`_batches`). Everything is
drawn by seed and epoch, so that a killed run, started again, goes on as it would have gone.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from train import distributed
from train.architectures import chains


@dataclass(frozen=True)
class Part:
    """Pictures (n, 28, 28) uint8 with labels (n,) uint8."""

    x: np.ndarray
    y: np.ndarray

    def tensors(self) -> np.ndarray:
        return self.x[..., None].astype(np.float32) / 255


class Training:
    """One training; `args` has `epochs`, `patience` and `seed`.

    parts: what each epoch is validated on, by name. folder: checkpoints, `state.json` with the
    history, and TensorBoard's logs.
    """

    def __init__(
        self,
        args: argparse.Namespace,
        parts: Mapping[str, Part],
        folder: Path,
        steps: int,
        workers: distributed.Workers | None = None,
    ) -> None:
        self.args, self.parts, self.folder, self.steps = args, parts, folder, steps
        self.history: list[dict[str, float]] = []
        self.workers = workers or distributed.Workers()

    def _fresh(self) -> keras.Model:
        """Return the compiled network before its first epoch."""
        raise NotImplementedError

    def _batches(self, epoch: int) -> tf.data.Dataset:
        """Return `steps` batches of (pictures, labels)."""
        raise NotImplementedError

    def train(self) -> keras.Model:
        """Train to the end or to early stopping; return the model of the best epoch."""
        with self.workers.scope():
            model = self._resume() or self._fresh()
            model.optimizer.build(model.trainable_variables)  # or steps are traced twice
        for epoch in range(len(self.history), self.args.epochs):
            if self._stalled():
                break
            self._seed_dropout(model, epoch)
            start = time.perf_counter()
            learned = self._learn(model, epoch)
            learned["seconds"] = time.perf_counter() - start
            self._record(self.workers.local(model), learned)
        self.workers.wait()  # for the chief to have written it
        return keras.models.load_model(self.folder / "best.keras", compile=False)

    def _learn(self, model: keras.Model, epoch: int) -> dict[str, float]:
        """Train one epoch; return its loss and accuracy."""
        if self.workers.several:
            return self.workers.learn(model, self._batches(epoch), self.steps)
        fitted = model.fit(
            self._batches(epoch), steps_per_epoch=self.steps, epochs=epoch + 1,
            initial_epoch=epoch, shuffle=False, verbose=1 if sys.stdout.isatty() else 2,
        )  # fmt: skip
        return {name: values[-1] for name, values in fitted.history.items()}

    def _seed_dropout(self, model: keras.Model, epoch: int) -> None:
        """Draw by epoch, so that a resumed run goes on as it would have gone."""
        every = chain.from_iterable(chains(model))
        dropouts = [layer for layer in every if isinstance(layer, keras.layers.Dropout)]
        for i, layer in enumerate(dropouts):
            layer.seed_generator.state.assign([self.args.seed + 1000 * i, epoch])

    def _resume(self) -> keras.Model | None:
        state = self.folder / "state.json"
        if not state.exists():
            return None
        self.history = json.loads(state.read_text())
        return keras.models.load_model(self.folder / f"epoch_{len(self.history)}.keras")

    def _record(self, model: keras.Model, fitted: dict[str, float]) -> None:
        """Validate, keep the best, and write the state that a killed run goes on from."""
        found, logits = dict(fitted), dict[str, np.ndarray]()
        for name, part in self.parts.items():
            logits[name] = model.predict(part.tensors(), batch_size=500, verbose=0)
            found |= {f"{name}_{key}": value for key, value in scores(logits[name], part.y).items()}
        found = self.workers.agreed({**found, "validation_loss": self._loss(logits)})
        best = min((h["validation_loss"] for h in self.history), default=np.inf)
        self.history.append(found)
        if self.workers.chief:
            self._save(model, found["validation_loss"] < best)
        print(json.dumps({k: round(v, 5) for k, v in found.items()}), flush=True)

    def _loss(self, logits: Mapping[str, np.ndarray]) -> float:
        """What epochs are compared by, from the logits of each part: the sum of their losses."""
        return sum(scores(found, self.parts[name].y)["loss"] for name, found in logits.items())

    def _save(self, model: keras.Model, best: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if best:
            model.save(self.folder / "best.keras")
        model.save(self.folder / f"epoch_{len(self.history)}.keras")
        (self.folder / "state.part").write_text(json.dumps(self.history))
        (self.folder / "state.part").rename(self.folder / "state.json")
        (self.folder / f"epoch_{len(self.history) - 1}.keras").unlink(missing_ok=True)
        with tf.summary.create_file_writer(str(self.folder / "logs")).as_default():
            for name, value in self.history[-1].items():
                tf.summary.scalar(name, value, step=len(self.history))

    def _stalled(self) -> bool:
        losses = [h["validation_loss"] for h in self.history]
        return bool(losses) and len(losses) - 1 - int(np.argmin(losses)) >= self.args.patience


def batches(
    steps: int, load: Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
) -> tf.data.Dataset:
    """The batches that `load` makes of the steps from 0, made ahead while one is learned.

    Nothing is tuned: the thread that does wakes up once a minute, and an epoch would wait for it.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return tf.data.Dataset.range(steps).map(load).prefetch(4).with_options(options)


def schedule(peak: float, epochs: int, steps: int) -> keras.optimizers.schedules.CosineDecay:
    """Two epochs of warming up at most, then a cosine down to a thousandth."""
    total = epochs * steps
    warmup = min(total // 10 + 1, 2 * steps)
    return keras.optimizers.schedules.CosineDecay(
        peak / 30, total - warmup + 1, alpha=0.001, warmup_target=peak, warmup_steps=warmup
    )


def jit() -> str | bool:
    """Whether to compile by XLA: on a CPU it made convolutions eight times as slow as oneDNN's."""
    return "auto" if tf.config.list_physical_devices("GPU") else False


def scores(logits: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Mean cross-entropy and accuracy of logits (n, classes) against labels (n,)."""
    loss = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    return {
        "loss": float(np.mean(loss)),
        "accuracy": float(np.mean(logits.argmax(1) == labels)),
    }
