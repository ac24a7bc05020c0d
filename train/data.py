"""Digits to train on: MNIST as Keras or an .npz has it, and digits as pen strokes.

Arrays are (n, 28, 28) uint8, 255 is ink, labels (n,) uint8, as in MNIST.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train.render import Sample

VALIDATION = 10_000  # MNIST: models are chosen on the last 10,000 training pictures


@dataclass(frozen=True)
class Digits:
    """Digits for training, for choosing and for the final report."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def mnist(path: Path | None = None, limit: int | None = None) -> Digits:
    """MNIST from an .npz (x_train, y_train, x_test, y_test), or from Keras's own loader.

    The last sixth of the training part, 10,000 pictures, is for validation. `limit` keeps so many
    of the training pictures and a fifth as many of the others, for a quick try.
    """
    if path is None:
        from keras.datasets.mnist import load_data

        (x, y), (x_test, y_test) = load_data()
    else:
        x, y, x_test, y_test = _from_npz(path)
    held = min(VALIDATION, len(x) // 6)
    digits = Digits(x[:-held], y[:-held], x[-held:], y[-held:], x_test, y_test)
    if limit is None:
        return digits
    few = max(1, limit // 5)
    return Digits(
        *(digits.x_train[:limit], digits.y_train[:limit]),
        *(digits.x_validation[:few], digits.y_validation[:few]),
        *(digits.x_test[:few], digits.y_test[:few]),
    )


def _from_npz(path: Path) -> tuple[np.ndarray, ...]:
    """Read and check the four arrays; ValueError names what was expected."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = tuple(archive[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    except (OSError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path}: expected an .npz with x_train, y_train, x_test and y_test ({error})."
        ) from error
    for x, y, part in ((*arrays[:2], "train"), (*arrays[2:], "test")):
        if x.shape[1:] != (28, 28) or x.dtype != np.uint8 or y.shape != x.shape[:1]:
            raise ValueError(
                f"{path}: expected x_{part} (n, 28, 28) uint8 with as many labels, "
                f"found {x.shape} {x.dtype} with {y.shape}."
            )
    return arrays


def pen_strokes(path: Path, upward: bool = False) -> tuple[list[Sample], list[Sample]]:
    """Digits as pen strokes from a .jsonl: (training, validation) samples by different writers.

    Each line is {"y": label, "strokes": [[[x, y], ...], ...], "writer": name}. `upward` says that y
    grows upwards. Every fifth writer is for validation; where no writers are named the last fifth
    of the lines is, since such files go from writer to writer.
    """
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        try:
            row = json.loads(line)
            sample = _stroke_sample(row["y"], row["strokes"], upward)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise ValueError(
                f"{path}, line {number}: expected a label `y` and `strokes` of x, y ({error})."
            ) from error
        if sample is not None:
            rows.append((row.get("writer"), sample))
    writers = sorted({w for w, _ in rows if w is not None})
    held_writers = set(writers[::5])
    training: list[Sample] = []
    validation: list[Sample] = []
    for i, (writer, sample) in enumerate(rows):
        held = writer in held_writers if writers else i >= 0.8 * len(rows)
        (validation if held else training).append(sample)
    return training, validation


def _stroke_sample(label: int, strokes: list, upward: bool) -> Sample | None:
    """Clean one row: stray points beside the digit go; None where nothing is left."""
    if not 0 <= int(label) <= 9:
        raise ValueError(f"label {label} is not a digit")
    sign = np.array([1, -1 if upward else 1], np.float32)
    arrays = [np.asarray(s, np.float32)[:, :2] * sign for s in strokes if len(s)]
    extents = np.array([np.ptp(a, axis=0).max() for a in arrays])
    if not len(extents) or extents.max() == 0:
        return None
    kept = tuple(a for a, e in zip(arrays, extents, strict=True) if e > 0.05 * extents.max())
    return Sample(int(label), strokes=kept)
