"""Digits to train on, split for training, choosing and reporting; and digits as pen strokes.

Arrays are (n, 28, 28) uint8, 255 is ink, labels (n,) uint8, as in MNIST.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from train import formats
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
    """MNIST as `formats.read` finds it, or from Keras's own loader.

    The last sixth of the training part, 10,000 pictures, is for validation. `limit` keeps so many
    of the training pictures and a fifth as many of the others, for a quick try.
    """
    source = _with_test(_source(path), 0.2, seed=0)
    held = min(VALIDATION, len(source.x) // 6)
    train = (source.x[:-held], source.y[:-held])
    validation = (source.x[-held:], source.y[-held:])
    return _limited(Digits(*train, *validation, source.x_test, source.y_test), limit)


def split(
    path: Path | None, validation: float = 0.2, seed: int = 0, limit: int | None = None
) -> Digits:
    """Digits in any form of `formats`, with validation drawn from all labels alike.

    validation: a share of the training part below 1, or so many pictures. Where the source has no
    test part, as much again is held for it. Raises formats.DataError.
    """
    source = _with_test(_source(path), validation, seed)
    kept, held = _stratified(source.y, validation, seed)
    train, chosen = (source.x[kept], source.y[kept]), (source.x[held], source.y[held])
    return _limited(Digits(*train, *chosen, source.x_test, source.y_test), limit)


def with_own(
    path: Path | None, mnist_path: Path | None, limit: int | None, seed: int
) -> tuple[Digits, Digits | None]:
    """Digits to train on; where `path` is a folder of pictures, these beside MNIST, and alone.

    One's own digits are repeated until they are a fifth of what is trained on, and MNIST is the
    rest, so that it is not forgotten; validation and test parts of the first are MNIST's.
    """
    if path is None or not formats.is_pictures(path):
        return mnist(path, limit), None
    own, base = split(path, seed=seed), mnist(mnist_path, limit)
    times = max(1, len(base.x_train) // (4 * len(own.x_train)))
    x = np.concatenate([base.x_train, np.tile(own.x_train, (times, 1, 1))])
    y = np.concatenate([base.y_train, np.tile(own.y_train, times)])
    return replace(base, x_train=x, y_train=y), own


def for_examination(path: Path | None, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The test part, or all of a source that has none: pictures and labels."""
    source = _source(path)
    has_test = len(source.x_test) > 0
    x, y = (source.x_test, source.y_test) if has_test else (source.x, source.y)
    return x[:limit], y[:limit]


def _source(path: Path | None) -> formats.Source:
    if path is not None:
        return formats.read(path)
    from keras.datasets.mnist import load_data

    try:
        (x, y), (x_test, y_test) = load_data()
    except Exception as error:  # whatever Keras raises where it cannot download
        raise formats.DataError(f"MNIST cannot be fetched: name a file. ({error})") from error
    return formats.Source(x, y, x_test, y_test)


def _with_test(source: formats.Source, share: float, seed: int) -> formats.Source:
    """Where the source has no test part, hold a share of it for that."""
    if len(source.x_test):
        return source
    kept, held = _stratified(source.y, share, seed + 1)
    return formats.Source(source.x[kept], source.y[kept], source.x[held], source.y[held])


def _stratified(labels: np.ndarray, held: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices to keep and to hold, each in random order, of every label the same share."""
    from sklearn.model_selection import train_test_split

    size = held if held < 1 else int(held)
    try:
        return train_test_split(
            np.arange(len(labels)), test_size=size, random_state=seed, stratify=labels
        )
    except ValueError as error:
        raise formats.DataError(
            f"{len(labels)} digits cannot be split so that {held:g} of them, of every label alike, "
            f"are held back ({error})"
        ) from error


def _limited(digits: Digits, limit: int | None) -> Digits:
    if limit is None:
        return digits
    few = max(1, limit // 5)
    return Digits(
        *(digits.x_train[:limit], digits.y_train[:limit]),
        *(digits.x_validation[:few], digits.y_validation[:few]),
        *(digits.x_test[:few], digits.y_test[:few]),
    )


def pen_strokes(name: str) -> tuple[list[Sample], list[Sample]]:
    """Digits as pen strokes from FILE[:up]: (training, validation) samples by different writers.

    Each line is {"y": label, "strokes": [[[x, y], ...], ...], "writer": name}. `:up` says that y
    grows upwards. Every fifth writer is for validation; where no writers are named the last fifth
    of the lines is, since such files go from writer to writer.
    """
    path, upward = Path(name.removesuffix(":up")), name.endswith(":up")
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
