"""Calibration: make the network's probabilities mean what they say.

One temperature for all logits (Guo et al. 2017) and one bias for "not a digit" are fitted on
validation pictures and put into the weights of the last layer, so that they travel with the model
and the class activation maps stay exact.
"""

from collections.abc import Mapping
from typing import Protocol

import keras
import numpy as np

NOT_A_DIGIT = 10
# Share of true digits that may be called none: of MNIST hardly any, of the pen strokes as many as
# are spoilt.
TURNED_AWAY = {"mnist": 0.0008, "strokes": 0.016}
# Expected calibration error that each may have. The log loss is no measure here: some strokes are
# spoilt, and for these it would make the answers to all others doubtful.
ALLOWED = {"mnist": 0.004, "strokes": 0.015}


class Labelled(Protocol):
    """Pictures with labels (n,)."""

    @property
    def y(self) -> np.ndarray: ...

    def tensors(self) -> np.ndarray: ...


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def expected_calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Mean distance of confidence and accuracy over equal bins (Naeini et al. 2015), if any."""
    mean, share, count = reliability(confidence, right, bins)
    return float((np.abs(mean - share) * count).sum() / max(len(confidence), 1))


def reliability(
    confidence: np.ndarray, right: np.ndarray, bins: int = 15
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean confidence, share that is right and count, of each of the equal bins that has any."""
    edges = np.minimum((confidence * bins).astype(int), bins - 1)
    filled = [edges == b for b in np.unique(edges)]
    return (
        np.array([confidence[inside].mean() for inside in filled]),
        np.array([right[inside].mean() for inside in filled]),
        np.array([inside.sum() for inside in filled]),
    )


def calibrate(model: keras.Model, parts: Mapping[str, Labelled]) -> dict[str, float]:
    """Fit temperature and bias on the parts, write them into the last layer; return both."""
    logits = {name: _logits(model, part) for name, part in parts.items()}
    digits = [name for name in TURNED_AWAY if name in parts]
    candidates = np.exp(np.linspace(np.log(0.2), np.log(5), 101))
    temperature = min(
        map(float, candidates),
        key=lambda t: max(_error(softmax(logits[n] / t), parts[n].y) / ALLOWED[n] for n in digits),
    )
    biases = [np.quantile(_digit_margin(logits[n] / temperature), TURNED_AWAY[n]) for n in digits]
    bias = float(min(biases))
    layer = next(layer for layer in reversed(model.layers) if layer.weights)
    kernel, offset = layer.get_weights()
    offset = offset / temperature
    if len(offset) > NOT_A_DIGIT:
        offset[NOT_A_DIGIT] += bias
    layer.set_weights([kernel / temperature, offset])
    return {"temperature": temperature, "bias": bias}


def _logits(model: keras.Model, part: Labelled) -> np.ndarray:
    return model.predict(part.tensors(), batch_size=500, verbose=0).astype(np.float64)


def _error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Calibration error of the digits that are named.

    A digit that is turned away is no confident mistake: nothing is claimed of it.
    """
    answers = probabilities.argmax(1)
    counted = (answers != NOT_A_DIGIT) | (labels == NOT_A_DIGIT)
    right = answers == labels
    return expected_calibration_error(probabilities.max(1)[counted], right[counted])


def _digit_margin(logits: np.ndarray) -> np.ndarray:
    """By how much the best digit beats "not a digit"."""
    if logits.shape[1] <= NOT_A_DIGIT:
        return np.zeros(len(logits))
    return logits[:, :NOT_A_DIGIT].max(1) - logits[:, NOT_A_DIGIT]


def measured(model: keras.Model, parts: Mapping[str, Labelled]) -> dict[str, dict[str, float]]:
    """Accuracy, calibration error and share turned away, per part."""
    return {name: _measure(softmax(_logits(model, part)), part.y) for name, part in parts.items()}


def _measure(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    answers = probabilities.argmax(1)
    return {
        "n": len(labels),
        "accuracy": float((answers == labels).mean()),
        "turned_away": float((answers == NOT_A_DIGIT).mean()),
        "calibration_error": _error(probabilities, labels),
    }
