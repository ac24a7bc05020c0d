"""A trained network is the same in every form, or the export says what it lost."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from model import BUNDLED, Network, load
from train import export

pytestmark = pytest.mark.no_cover  # as in test_train.py
SOURCE = BUNDLED.with_suffix(".keras")


@pytest.fixture(scope="module")
def folder(mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every form of the reader's own network."""
    folder = tmp_path_factory.mktemp("exported")
    forms = [word for form in export.SUFFIXES for word in ("--to", form)]
    export.main([str(SOURCE), *forms, "--data", str(mnist), "--out", str(folder)])
    return folder


@pytest.fixture(scope="module")
def frames(mnist: Path) -> np.ndarray:
    with np.load(mnist) as archive:
        return archive["x_test"].astype(np.float32) / np.float32(255)


@pytest.fixture(scope="module")
def expected(frames: np.ndarray) -> np.ndarray:
    return np.asarray(keras.models.load_model(SOURCE, compile=False)(frames[..., None]))


def test_litert_gives_the_same(folder: Path, frames: np.ndarray, expected: np.ndarray) -> None:
    found, maps = Network((folder / "mnist_model_aug.tflite").read_bytes()).run(frames)
    np.testing.assert_allclose(found, expected, atol=export.TOLERANCE)
    assert maps.shape == (len(frames), 7, 7, 11)


def test_int8_answers_alike_at_a_third_of_the_size(
    folder: Path, frames: np.ndarray, expected: np.ndarray
) -> None:
    file = folder / "mnist_model_aug_int8.tflite"
    found, _ = Network(file.read_bytes()).run(frames)
    assert (found.argmax(1) == expected.argmax(1)).mean() >= 0.95
    assert file.stat().st_size < BUNDLED.stat().st_size / 3
    assert load(file).name == "mnist_model_aug_int8"


def test_h5_gives_the_same(folder: Path, frames: np.ndarray, expected: np.ndarray) -> None:
    again = keras.models.load_model(folder / "mnist_model_aug.h5", compile=False)
    np.testing.assert_allclose(again(frames[..., None]), expected, atol=export.TOLERANCE)


def test_saved_model_gives_the_same(folder: Path, frames: np.ndarray, expected: np.ndarray) -> None:
    saved = tf.saved_model.load(folder / "mnist_model_aug_saved_model")
    np.testing.assert_allclose(saved.serve(frames[..., None]), expected, atol=export.TOLERANCE)


def test_labels_are_named_in_order(folder: Path) -> None:
    names = json.loads((folder / "class_labels.json").read_text())
    assert names == [*"0123456789", "not a digit"]


@pytest.mark.parametrize("name", ["text.keras", "text.h5", "missing.keras", "missing.h5"])
def test_what_is_no_keras_model_is_a_sentence(tmp_path: Path, name: str) -> None:
    if name.startswith("text"):
        (tmp_path / name).write_text("no model")
    with pytest.raises(SystemExit, match=rf"{name} is not a Keras model\."):
        export.main([str(tmp_path / name)])


def test_int8_needs_digits(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="nowhere: there is no such file"):
        export.main([str(SOURCE), "--to", "int8", "--data", "nowhere", "--out", str(tmp_path)])
