"""Every form of data is read to the same pictures, and what is wrong is said with its place."""

import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from PIL import Image

from train import data, formats

with np.load(Path(__file__).parent / "fixtures" / "mnist.npz") as _digits:
    X, Y = _digits["x"], _digits["y"]
TRAIN, TEST = slice(0, 24), slice(24, 34)


def save_npz(folder: Path) -> Path:
    file = folder / "digits.npz"
    np.savez(file, x_train=X[TRAIN], y_train=Y[TRAIN], x_test=X[TEST], y_test=Y[TEST])
    return file


def idx(array: np.ndarray) -> bytes:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


def save_idx(folder: Path, packed: bool = False) -> Path:
    for part, rows in (("train", TRAIN), ("t10k", TEST)):
        for kind, array in (("images-idx3", X[rows]), ("labels-idx1", Y[rows])):
            name = f"{part}-{kind}-ubyte" + (".gz" if packed else "")
            content = idx(array)
            (folder / name).write_bytes(gzip.compress(content) if packed else content)
    return folder


def save_idx_gz(folder: Path) -> Path:
    return save_idx(folder, packed=True)


def csv_lines(rows: slice) -> list[str]:
    flat = np.column_stack([Y[rows], X[rows].reshape(-1, 784)])
    return [",".join(map(str, row)) for row in flat]


def save_csv(folder: Path) -> Path:
    head = "label," + ",".join(f"{i}x{j}" for i in range(1, 29) for j in range(1, 29))
    (folder / "mnist_train.csv").write_text("\n".join([head, *csv_lines(TRAIN)]) + "\n")
    (folder / "mnist_test.csv").write_text("\n".join(csv_lines(TEST)))  # some have no head
    return folder


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def save_parquet(folder: Path) -> Path:
    (folder / "mnist").mkdir()
    for part, rows in (("train", TRAIN), ("test", TEST)):
        images = [{"bytes": png(x), "path": None} for x in X[rows]]
        table = pa.table({"image": images, "label": pa.array(Y[rows].tolist(), pa.int64())})
        pa.parquet.write_table(table, folder / "mnist" / f"{part}-00000-of-00001.parquet")
    return folder


@pytest.mark.parametrize("save", [save_npz, save_idx, save_idx_gz, save_csv, save_parquet])
def test_a_form_gives_the_pictures_it_holds(save: Callable[[Path], Path], tmp_path: Path) -> None:
    source = formats.read(save(tmp_path))
    np.testing.assert_array_equal(source.x, X[TRAIN])
    np.testing.assert_array_equal(source.y, Y[TRAIN])
    np.testing.assert_array_equal(source.x_test, X[TEST])
    np.testing.assert_array_equal(source.y_test, Y[TEST])
    assert source.x.dtype == source.y.dtype == np.uint8


def save_pictures(folder: Path, rows: slice) -> None:
    """Dark on light, larger, off the middle: as people have them."""
    for i, (x, y) in enumerate(zip(X[rows], Y[rows], strict=True)):
        (folder / str(y)).mkdir(parents=True, exist_ok=True)
        large = cv2.resize(255 - x, (140, 140), interpolation=cv2.INTER_CUBIC)
        page = np.full((260, 220), 255, np.uint8)
        page[20:160, 60:200] = large
        cv2.imwrite(str(folder / str(y) / f"{i:03}.png"), page)


def test_pictures_are_framed_as_mnist_is(tmp_path: Path) -> None:
    save_pictures(tmp_path, TRAIN)
    source = formats.read(tmp_path)
    np.testing.assert_array_equal(source.y, np.sort(Y[TRAIN]))
    assert len(source.x_test) == 0
    originals = X[TRAIN][np.argsort(Y[TRAIN], kind="stable")].astype(float)
    distances = np.abs(source.x[:, None].astype(float) - originals[None]).mean((2, 3))
    assert (distances.argmin(1) == np.arange(len(originals))).mean() >= 0.95


def test_pictures_may_have_a_test_part(tmp_path: Path) -> None:
    save_pictures(tmp_path / "train", TRAIN)
    save_pictures(tmp_path / "test", TEST)
    source = formats.read(tmp_path)
    assert len(source.x) == 24
    np.testing.assert_array_equal(source.y_test, np.sort(Y[TEST]))


def test_kaggles_unlabelled_test_part_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("\n".join(csv_lines(TRAIN)))
    (tmp_path / "test.csv").write_text("pixel0," + ",".join(["p"] * 783))
    source = formats.read(tmp_path)
    assert (len(source.x), len(source.x_test)) == (24, 0)


def test_a_test_part_with_a_wrong_row_is_not_left_out(tmp_path: Path) -> None:
    (save_csv(tmp_path) / "mnist_test.csv").write_text("7" + ",0" * 600)
    with pytest.raises(formats.DataError, match=r"mnist_test\.csv, row 1: .* found 601 columns"):
        formats.read(tmp_path)


# --- what is wrong ---------------------------------------------------------------------------


def spoil_csv(folder: Path, line: int, change: Callable[[str], str]) -> Path:
    lines = csv_lines(TRAIN)
    lines[line - 1] = change(lines[line - 1])
    (folder / "digits.csv").write_text("\n".join(lines))
    return folder / "digits.csv"


@pytest.mark.parametrize(
    ("line", "change", "expected"),
    [
        (3, lambda row: "11" + row[1:], r"row 3: expected a label from 0 to 9, found 11"),
        (4, lambda row: row + ",0", r"row 4: expected a label and 784"),
        (5, lambda row: row[:-1] + "ink", r"row 5: expected .* whole numbers .* found “.*ink”"),
        (6, lambda row: row[:-1] + "256", r"row 6: expected .* from 0 to 255"),
        (1, lambda row: row[:30], r"row 1: expected a label and 784 pixels, found 1\d columns"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: int, change, expected: str) -> None:
    with pytest.raises(formats.DataError, match=rf"digits\.csv, {expected}"):
        formats.read(spoil_csv(tmp_path, line, change))


def test_a_bad_row_is_named_under_a_head(tmp_path: Path) -> None:
    file = spoil_csv(tmp_path, 2, lambda row: row[:-1] + "ink")
    file.write_text("label" + ",pixel" * 784 + "\n" + file.read_text())
    with pytest.raises(formats.DataError, match=r"digits\.csv, row 3: "):
        formats.read(file)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "expected an IDX file"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x05" + b"\0" * 20, "expected an IDX file"),
        (idx(X[TRAIN])[:-5], "expected 18816 bytes"),
        (idx(X[TRAIN]) + b"\0", "expected 18816 bytes"),
        (idx(X[TRAIN, :20]), "expected pictures of 28x28"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_bad_idx_file_is_named(
    tmp_path: Path, content: bytes, expected: str, packed: bool
) -> None:
    name = "train-images-idx3-ubyte" + (".gz" if packed else "")
    save_idx(tmp_path, packed)
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(formats.DataError, match=rf"{name}.*: {expected}"):
        formats.read(tmp_path)


def test_a_cut_off_gzip_is_named(tmp_path: Path) -> None:
    file = save_idx(tmp_path, packed=True) / "train-images-idx3-ubyte.gz"
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(formats.DataError, match=r"train-images-idx3-ubyte\.gz: expected a whole"):
        formats.read(tmp_path)


def test_labels_have_to_lie_beside(tmp_path: Path) -> None:
    (save_idx(tmp_path) / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(formats.DataError, match="expected a file of labels beside train-images"):
        formats.read(tmp_path)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"picture": [b""], "label": [1]}, "columns image and label"),
        ({"image": [{"bytes": b"no picture"}], "label": [1]}, "row 1: expected a picture"),
        ({"image": [{"bytes": png(X[0])}, None], "label": [1, 2]}, "row 2: expected the bytes"),
        ({"image": [{"bytes": png(X[0])}], "label": [10]}, "row 1: expected a label from 0 to 9"),
        ({"image": [{"bytes": png(X[0])}], "label": [None]}, "row 1: expected a label"),
    ],
)
def test_a_bad_parquet_row_is_named(tmp_path: Path, columns: dict, expected: str) -> None:
    pa.parquet.write_table(pa.table(columns), tmp_path / "train-0.parquet")
    with pytest.raises(formats.DataError, match=rf"train-0\.parquet.*{expected}"):
        formats.read(tmp_path)


def test_what_is_no_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "train-0.parquet").write_bytes(b"no parquet")
    with pytest.raises(formats.DataError, match=r"train-0\.parquet: expected parquet"):
        formats.read(tmp_path)


def test_a_picture_without_a_digit_is_named(tmp_path: Path) -> None:
    save_pictures(tmp_path, TRAIN)
    cv2.imwrite(str(tmp_path / "3" / "empty.png"), np.full((100, 100), 255, np.uint8))
    with pytest.raises(formats.DataError, match=r"3/empty\.png: expected a digit, found no ink"):
        formats.read(tmp_path)
    (tmp_path / "3" / "empty.png").write_text("no picture")
    with pytest.raises(formats.DataError, match=r"3/empty\.png: expected a picture of a digit"):
        formats.read(tmp_path)


@pytest.mark.parametrize("name", ["nothing", "empty", "note.txt"])
def test_what_is_no_data_at_all_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("7")
    with pytest.raises(formats.DataError, match=name):
        formats.read(tmp_path / name)


# --- the split -------------------------------------------------------------------------------


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """300 digits of which each is known by its first two pixels, and no test part."""
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(X), 300)
    x = X[picks].copy()
    x[:, 0, 0], x[:, 0, 1] = np.arange(300) // 200, np.arange(300) % 200
    np.savez(tmp_path / "many.npz", x_train=x, y_train=Y[picks], x_test=X[:0], y_test=Y[:0])
    return tmp_path / "many.npz"


def names(x: np.ndarray) -> set[int]:
    return set((x[:, 0, 0].astype(int) * 200 + x[:, 0, 1]).tolist())


def test_no_digit_stands_on_two_sides(many: Path) -> None:
    digits = data.split(many, 0.2, seed=3)
    train, chosen, test = map(names, (digits.x_train, digits.x_validation, digits.x_test))
    assert len(train) + len(chosen) + len(test) == len(train | chosen | test) == 300
    assert (len(test), len(chosen)) == (60, 48)


def test_every_label_is_held_alike(many: Path) -> None:
    digits = data.split(many, 60, seed=3)
    shares = np.bincount(digits.y_validation, minlength=10) / np.bincount(digits.y_train)
    assert len(digits.y_validation) == 60
    assert shares.max() - shares.min() < 0.15


def test_a_seed_repeats_its_split(many: Path) -> None:
    first, again, other = (data.split(many, 0.2, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.x_train, again.x_train)
    assert names(first.x_validation) != names(other.x_validation)


def test_too_few_digits_to_split_are_a_sentence(tmp_path: Path) -> None:
    save_pictures(tmp_path, slice(0, 12, 4))
    with pytest.raises(formats.DataError, match="3 digits cannot be split"):
        data.split(tmp_path)
