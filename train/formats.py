"""Digits from the files that people have them in, all as (n, 28, 28) uint8 where 255 is ink.

    digits.npz                          x_train, y_train, x_test, y_test
    idx/                                train-images-idx3-ubyte and so on, .gz or not
    csv/ or digits.csv                  a label and 784 pixels a row, as Kaggle has them
    dataset/                            a Hugging Face dataset: parquet with image and label
    pictures/0/ ... pictures/9/         pictures of one digit each, framed as the app frames them

`read` tells them apart. What is wrong in a file is said in a sentence that names file and row.
"""

import gzip
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import preprocessing
from picture import PictureError, decode

SIDE = 28
ARRAYS = ("x_train", "y_train", "x_test", "y_test")  # of an .npz, as Keras names them


class DataError(ValueError):
    """Data that cannot be used; str() is a sentence that names the file and what was expected."""


@dataclass(frozen=True)
class Source:
    """Pictures (n, 28, 28) uint8 and labels (n,) uint8; the test part may be empty."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


Pair = tuple[np.ndarray, np.ndarray]


def read(path: Path) -> Source:
    """Read digits in any of the forms above; raises DataError."""
    if path.is_file():
        if path.suffix == ".npz":
            return _npz(path)
        if path.suffix == ".csv":
            return Source(*_csv(path), *_none())
        raise DataError(f"{path}: expected an .npz, a .csv or a folder of digits.")
    if not path.is_dir():
        raise DataError(f"{path}: there is no such file or folder.")
    for form in (_idx_folder, _csv_folder, _parquet_folder, _picture_folder):
        source = form(path)
        if source:
            return source
    raise DataError(
        f"{path}: expected IDX files, .csv files, parquet files or folders 0 to 9 of pictures."
    )


def _none() -> Pair:
    return np.zeros((0, SIDE, SIDE), np.uint8), np.zeros(0, np.uint8)


def _checked(x: np.ndarray, y: np.ndarray, name: str, part: str = "") -> Pair:
    """Hold pictures and labels to their form; `name` and `part` say where they are from."""
    if x.shape[1:] != (SIDE, SIDE) or x.dtype != np.uint8 or y.shape != x.shape[:1]:
        raise DataError(
            f"{name}: expected {part}pictures (n, 28, 28) uint8 with as many labels, "
            f"found {x.shape} {x.dtype} with {y.shape}."
        )
    wrong = np.flatnonzero((y < 0) | (y > 9) | (y != np.floor(y)))
    if len(wrong):
        raise DataError(
            f"{name}, row {wrong[0] + 1}: expected a label from 0 to 9, found {y[wrong[0]]}."
        )
    return x, y.astype(np.uint8)


# --- NumPy -----------------------------------------------------------------------------------


def _npz(path: Path) -> Source:
    try:
        with np.load(path, allow_pickle=False) as archive:
            x, y, x_test, y_test = (archive[name] for name in ARRAYS)
    except (OSError, KeyError, ValueError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: expected an .npz with {', '.join(ARRAYS)} ({error}).") from error
    train = _checked(x, y, str(path), "train ")
    return Source(*train, *_checked(x_test, y_test, str(path), "test "))


# --- IDX -------------------------------------------------------------------------------------


def _idx_folder(folder: Path) -> Source | None:
    images = _named(folder, r"train-images[-.]idx3-ubyte(\.gz)?")
    if images is None:
        return None
    train = _idx_pair(images, _named(folder, r"train-labels[-.]idx1-ubyte(\.gz)?"))
    test_images = _named(folder, r"t10k-images[-.]idx3-ubyte(\.gz)?")
    if test_images is None:
        return Source(*train, *_none())
    return Source(
        *train, *_idx_pair(test_images, _named(folder, r"t10k-labels[-.]idx1-ubyte(\.gz)?"))
    )


def _named(folder: Path, pattern: str) -> Path | None:
    return next((f for f in sorted(folder.iterdir()) if re.fullmatch(pattern, f.name)), None)


def _idx_pair(images: Path, labels: Path | None) -> Pair:
    if labels is None:
        raise DataError(f"{images.parent}: expected a file of labels beside {images.name}.")
    return _checked(_idx(images, 3), _idx(labels, 1), str(images))


def _idx(path: Path, dimensions: int) -> np.ndarray:
    """Read one IDX file of bytes (http://yann.lecun.com/exdb/mnist), no further than it says."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            head = file.read(4 + 4 * dimensions)
            if len(head) < 4 + 4 * dimensions or head[:4] != bytes([0, 0, 8, dimensions]):
                raise DataError(
                    f"{path}: expected an IDX file of bytes in {dimensions} dimensions, "
                    f"found it to begin with {head[:4].hex()}."
                )
            shape = struct.unpack(f">{dimensions}I", head[4:])
            if shape[1:] not in ((), (SIDE, SIDE)):
                raise DataError(f"{path}: expected pictures of 28x28, found {shape[1:]}.")
            size = int(np.prod(shape))
            content = file.read(size + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: expected a whole gzip or IDX file ({error}).") from error
    if len(content) != size:
        raise DataError(f"{path}: expected {size} bytes of data, as its head says.")
    return np.frombuffer(content, np.uint8).reshape(shape)


# --- CSV -------------------------------------------------------------------------------------


def _csv_folder(folder: Path) -> Source | None:
    train = _named(folder, r"(mnist_)?train\.csv")
    test = _named(folder, r"(mnist_)?test\.csv")
    if train is None:
        return None
    # Kaggle's own test.csv is for its competition and has no labels
    labelled = test is not None and _columns(test) != SIDE * SIDE
    return Source(*_csv(train), *(_csv(test) if test and labelled else _none()))


def _columns(path: Path) -> int:
    with path.open(errors="replace") as file:
        return len(file.readline().split(","))


def _csv(path: Path) -> Pair:
    """Read a label and 784 pixels a row, with a line of names above them or without."""
    import pyarrow as pa
    from pyarrow import csv

    with path.open(errors="replace") as file:
        first = file.readline().strip()
    if len(first.split(",")) != SIDE * SIDE + 1:
        raise DataError(
            f"{path}, row 1: expected a label and 784 pixels, "
            f"found {len(first.split(','))} columns."
        )
    names = [str(i) for i in range(SIDE * SIDE + 1)]
    headed = not re.fullmatch(r"[\d\s,.-]+", first)
    try:
        table = csv.read_csv(
            path,
            csv.ReadOptions(use_threads=False, column_names=names, skip_rows=int(headed)),
            csv.ParseOptions(),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.uint8())),
        )
    except pa.ArrowInvalid as error:
        raise DataError(_csv_sentence(path, str(error))) from error
    rows = np.stack([column.to_numpy() for column in table.itercolumns()], axis=1)
    return _checked(rows[:, 1:].reshape(-1, SIDE, SIDE), rows[:, 0], str(path))


def _csv_sentence(path: Path, error: str) -> str:
    row = re.search(r"Row #(\d+)", error)
    value = re.search(r"invalid value '(.*?)'", error)
    where = f"{path}, row {row[1]}" if row else str(path)
    found = f"found “{value[1]}”" if value else "found another number of columns"
    return f"{where}: expected a label and 784 whole numbers from 0 to 255, {found}."


# --- parquet and pictures --------------------------------------------------------------------


def _parquet_folder(folder: Path) -> Source | None:
    files = sorted(folder.rglob("*.parquet"))
    if not files:
        return None
    tests = [f for f in files if re.match(r"(test|validation)\b", f.name)]
    train = [f for f in files if f not in tests]
    if not train:
        raise DataError(f"{folder}: expected parquet files for training, as train-00000-of-00001.")
    return Source(*_joined(map(_parquet, train)), *_joined(map(_parquet, tests)))


def _joined(pairs: Iterable[Pair]) -> Pair:
    x, y = zip(_none(), *pairs, strict=True)
    return np.concatenate(x), np.concatenate(y)


def _parquet(path: Path) -> Pair:
    """Read the columns `image` (bytes of a picture) and `label`, as the Hub keeps them.

    28x28 gray is taken to be framed already, as MNIST is.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        table = parquet.read_table(path, columns=["image", "label"])
        images, labels = table["image"].to_pylist(), table["label"].cast(pa.float64())
    except (pa.ArrowException, OSError, KeyError) as error:
        raise DataError(
            f"{path}: expected parquet with columns image and label ({error})."
        ) from error
    x = np.zeros((len(images), SIDE, SIDE), np.uint8)
    for row, image in enumerate(images, 1):
        content = image.get("bytes") if isinstance(image, dict) else image
        if not isinstance(content, bytes):
            raise DataError(f"{path}, row {row}: expected the bytes of a picture as image.")
        name = f"{path}, row {row}"
        pixels = _pixels(content, name)
        as_mnist = pixels.shape == (SIDE, SIDE) and pixels.dtype == np.uint8
        x[row - 1] = pixels if as_mnist else _framed(pixels, name)
    return _checked(x, labels.to_numpy(), str(path))


def is_pictures(path: Path) -> bool:
    """Whether this is a folder of pictures: one's own digits, not a whole MNIST."""
    return any(path.glob("[0-9]/*")) or any(path.glob("train/[0-9]/*"))


def _picture_folder(folder: Path) -> Source | None:
    """Folders 0 to 9 of pictures; or such folders in `train` and `test`."""
    if (folder / "train").is_dir():
        test = _labelled(folder / "test") if (folder / "test").is_dir() else None
        train = _labelled(folder / "train")
        return Source(*train, *(test or _none())) if train else None
    pair = _labelled(folder)
    return Source(*pair, *_none()) if pair else None


def _labelled(folder: Path) -> Pair | None:
    files = [
        (file, label)
        for label in range(10)
        for file in sorted((folder / str(label)).glob("*"))
        if file.is_file() and not file.name.startswith(".")
    ]
    if not files:
        return None
    x = np.stack([_framed(_pixels(file, str(file)), str(file)) for file, _ in files])
    return x, np.array([label for _, label in files], np.uint8)


def _pixels(content: bytes | Path, name: str) -> np.ndarray:
    try:
        return decode(content)
    except PictureError as error:
        raise DataError(f"{name}: expected a picture of a digit. {error}") from error


def _framed(pixels: np.ndarray, name: str) -> np.ndarray:
    """A picture of one digit, framed as the app does it."""
    regions = preprocessing.split_digits(preprocessing.find_ink(pixels))
    if not regions:
        raise DataError(f"{name}: expected a digit, found no ink.")
    return np.round(preprocessing.center(regions[0]) * 255).astype(np.uint8)
