"""What trained networks answer to the training pictures, to be learned beside the labels.

Knowledge distillation (Hinton et al. 2015): how sure several networks are together, and what else
a picture might be, says more than its label, and one network learns it for the time of one.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from reader.network import ModelError, Network
from train.render import NOT_A_DIGIT

AT_ONCE = 4096  # pictures brought to floats
SHARE = 0.7  # of what is learned of a picture, from the teachers' answers; the rest is its label


def load(files: Sequence[Path]) -> list[Network]:
    """Load LiteRT networks; raise ModelError, with a sentence for people, for what is none."""
    networks = []
    for file in files:
        try:
            networks.append(Network(file.read_bytes()))
        except (OSError, ModelError) as error:
            raise ModelError(f"{file.name} cannot teach: {error}") from error
        if networks[-1].classes <= NOT_A_DIGIT:
            raise ModelError(f"{file.name} cannot teach: it does not know “not a digit”.")
    return networks


def kept_targets(
    teachers: Sequence[Network], files: Sequence[Path], x: np.ndarray, y: np.ndarray, cache: Path
) -> np.ndarray:
    """`targets`, kept in `cache` for the next run with the same pictures, labels and teachers.

    files: what the teachers were loaded from.
    """
    if not teachers:
        return targets(teachers, x, y)
    what = hashlib.sha256(b"".join(file.read_bytes() for file in files) + y.tobytes())
    what.update(np.ascontiguousarray(x).data)  # in place: half a gigabyte
    file = cache / f"targets_{what.hexdigest()[:12]}.npy"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".part.npy")
        np.save(partial, targets(teachers, x, y))
        partial.rename(file)
    found: np.ndarray = np.load(file)
    return found


def targets(teachers: Sequence[Network], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What is to be answered to each picture: (n, 11) float16, sum 1.

    x: (n, 28, 28) uint8. y: (n,) labels. Where the teachers miss the label, it is learned alone.
    """
    labels = np.eye(NOT_A_DIGIT + 1, dtype=np.float32)[y]
    if teachers:
        with ThreadPoolExecutor() as pool:  # LiteRT lets go of Python's lock while it runs
            answers = list(pool.map(lambda teacher: _answers(teacher, x), teachers))
        mean = np.mean(answers, axis=0)
        known = mean.argmax(1) == y
        labels[known] += SHARE * (mean - labels)[known]
    return labels.astype(np.float16)


def _answers(network: Network, x: np.ndarray) -> np.ndarray:
    """Probabilities (n, 11)."""
    parts = np.split(x, range(AT_ONCE, len(x), AT_ONCE))
    frames = ((part / 255).astype(np.float32) for part in parts)
    return np.concatenate([network.run(some)[0] for some in frames])
