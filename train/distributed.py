"""Training on several machines: one process each, told of one another by TF_CONFIG.

    TF_CONFIG='{"cluster": {"worker": ["one:7001", "two:7001"]},
                "task": {"type": "worker", "index": 0}}' python -m train.plain ...

Every worker starts the same command with its own index; each takes its share of every batch, the
gradients are summed (`tf.distribute.MultiWorkerMirroredStrategy`), and worker 0, the chief, writes
the files. `--cache` must be a folder that all of them see. Without TF_CONFIG there is one worker.

Keras's own `fit` cannot do this: it fails before the first step with several workers
(keras-team/keras#20585), so the epoch is a loop of its own here.
"""

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager

import keras
import tensorflow as tf


class Workers:
    """The processes that train together, and which of them this one is."""

    def __init__(self, count: int = 1, index: int = 0) -> None:
        """Join the others; to be called before anything else of TensorFlow runs."""
        self.count, self.index = count, index
        self.several, self.chief = count > 1, index == 0
        several = tf.distribute.MultiWorkerMirroredStrategy
        self._strategy = several() if self.several else tf.distribute.get_strategy()
        self._step: Callable[[tuple], tf.Tensor] | None = None
        self._local: keras.Model | None = None

    def scope(self) -> AbstractContextManager:
        """Variables made in this scope are kept equal on all workers."""
        return self._strategy.scope()

    def share(self, batch: int) -> slice:
        """Return the part of every batch that this worker learns from."""
        if batch % self.count:
            raise ValueError(f"A batch of {batch} cannot be shared evenly by {self.count} workers.")
        each = batch // self.count
        return slice(self.index * each, (self.index + 1) * each)

    def learn(self, model: keras.Model, batches: tf.data.Dataset, steps: int) -> dict[str, float]:
        """Train one epoch on this worker's share; return loss and accuracy over all shares."""
        self._step = self._step or self._compiled_step(model)
        totals = tf.zeros(2)
        for batch in batches.take(steps):
            totals += self._step(batch)
        loss, accuracy = (totals / steps).numpy()
        return {"loss": float(loss), "accuracy": float(accuracy)}

    def _compiled_step(self, model: keras.Model) -> Callable[[tuple], tf.Tensor]:
        """One step on this worker's (pictures, labels): mean loss and accuracy of the batch."""

        def replica(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
            with tf.GradientTape() as tape:
                logits = model(x, training=True)
                loss = model.loss(y, logits)  # Keras divides it by the number of workers
            gradients = tape.gradient(loss, model.trainable_variables)
            model.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
            right = keras.metrics.sparse_categorical_accuracy(y, logits)
            return tf.stack([loss, tf.reduce_mean(right) / self.count])

        def step(batch: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
            return self._strategy.reduce("SUM", self._strategy.run(replica, batch), axis=None)

        return tf.function(step)

    def agreed(self, scores: dict[str, float]) -> dict[str, float]:
        """The mean over the workers, so that all of them stop after the same epoch."""
        if not self.several:
            return scores
        mean = tf.function(self._mean)(tf.constant(list(scores.values())))
        return dict(zip(scores, map(float, mean.numpy()), strict=True))

    def wait(self) -> None:
        """Go on when all workers have come this far."""
        self.agreed({"here": 1.0})

    def _mean(self, mine: tf.Tensor) -> tf.Tensor:
        return self._strategy.reduce("MEAN", self._strategy.run(tf.identity, (mine,)), axis=None)

    def local(self, model: keras.Model) -> keras.Model:
        """A copy for this process alone, with its optimizer, to validate with and to save."""
        if not self.several:
            return model
        if self._local is None:
            self._local = keras.models.clone_model(model)
            self._local.compile(
                optimizer=type(model.optimizer).from_config(model.optimizer.get_config()),
                loss=model.loss, metrics=["accuracy"],
            )  # fmt: skip
            self._local.optimizer.build(self._local.trainable_variables)
        self._local.set_weights(model.get_weights())
        for mine, shared in zip(
            self._local.optimizer.variables, model.optimizer.variables, strict=True
        ):
            mine.assign(shared.numpy())
        return self._local


def from_environment() -> Workers:
    """The workers that TF_CONFIG names; without it, this process alone."""
    config = json.loads(os.environ.get("TF_CONFIG", "{}"))
    workers = config.get("cluster", {}).get("worker", [])
    return Workers(max(1, len(workers)), int(config.get("task", {}).get("index", 0)))
