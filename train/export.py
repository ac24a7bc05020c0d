"""Write a trained network in the forms others load, and check that they agree.

    python -m train.export mnist_model_aug.keras          # writes mnist_model_aug.tflite beside it
    python -m train.export mnist_model_aug.keras --to h5 --to saved_model --to labels --out exported
    python -m train.export mnist_model_aug.keras --to int8 --data mnist.npz --out exported

h5 is Keras's older file, saved_model a folder for TensorFlow Serving, labels class_labels.json, the
classes in order. int8 is LiteRT in whole numbers, a third of the size; it is fitted to training
pictures, and what it costs in accuracy is measured on the test part. The others have to give the
source's probabilities within 0.00001, or the export fails.
"""

import argparse
import contextlib
import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import keras
import numpy as np
import tensorflow as tf

from model import ModelError, Network
from train import data, formats, options

TOLERANCE = 1e-5  # largest difference from Keras, in probability
FITTED_ON = 500  # training pictures that the ranges of int8 are taken from


def save_keras(model: keras.Model, file: Path) -> None:
    """Save a network of logits as one that returns probabilities, as others expect of a .keras."""
    probabilities = keras.layers.Softmax(name="probabilities")(model.outputs[0])
    keras.Model(model.inputs[0], probabilities).save(file)


def load_keras(source: Path) -> keras.Model:
    """Load a .keras or .h5 file without running code of its own; raises ModelError."""
    try:
        return keras.models.load_model(source, compile=False, safe_mode=True)
    except (ValueError, OSError) as error:
        raise ModelError(f"{source} is not a Keras model.") from error


# --- LiteRT ----------------------------------------------------------------------------------


def litert_bytes(source: Path) -> bytes:
    """Convert a .keras or .h5 file, as it is, to a LiteRT flatbuffer.

    Where the network has a layer `class_maps`, its maps are the flatbuffer's second output.
    """
    return _converted(_converter(load_keras(source)))


def int8_bytes(source: Path, pictures: np.ndarray) -> bytes:
    """Convert to a flatbuffer that reckons in 8-bit numbers, between float input and output.

    pictures: (n, 28, 28) uint8 to take the ranges of its numbers from (Jacob et al. 2018).
    """
    converter = _converter(load_keras(source))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: (
        [x[None, ..., None].astype(np.float32) / 255] for x in pictures
    )
    return _converted(converter)


def _converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    outputs = [model.outputs[0]]
    if any(layer.name == "class_maps" for layer in model.layers):
        outputs.append(model.get_layer("class_maps").output)
    return tf.lite.TFLiteConverter.from_keras_model(keras.Model(model.inputs[0], outputs))


def _converted(converter: tf.lite.TFLiteConverter) -> bytes:
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Statistics for quantized inputs")  # it gets samples
        return converter.convert()  # lists every variable on stdout


def to_litert(source: Path, target: Path) -> float:
    """Convert a .keras file to a .tflite file; return their largest difference in probability.

    Raises RuntimeError where the two differ by more than 1e-5.
    """
    target.write_bytes(litert_bytes(source))
    network = Network(target.read_bytes())
    return _parity(source, target, lambda frames: network.run(frames[..., 0])[0])


def to_int8(source: Path, target: Path, digits: data.Digits) -> tuple[float, float]:
    """Convert to int8; return the accuracies on the test part, before and after."""
    target.write_bytes(int8_bytes(source, digits.x_train[:FITTED_ON]))
    frames = digits.x_test.astype(np.float32) / np.float32(255)
    before = load_keras(source).predict(frames[..., None], batch_size=500, verbose=0)
    after, _ = Network(target.read_bytes()).run(frames)
    right = [float((found.argmax(1) == digits.y_test).mean()) for found in (before, after)]
    return right[0], right[1]


# --- other forms -----------------------------------------------------------------------------


def to_h5(source: Path, target: Path) -> float:
    """Save as HDF5; return the largest difference, as `to_litert` does."""
    load_keras(source).save(target)
    return _parity(source, target, load_keras(target))


def to_saved_model(source: Path, target: Path) -> float:
    """Save as a folder whose signature `serve` takes (n, 28, 28, 1); return the difference."""
    with contextlib.redirect_stdout(io.StringIO()):
        load_keras(source).export(target, verbose=False)
    saved = tf.saved_model.load(target)
    return _parity(source, target, saved.serve)


def write_labels(source: Path, target: Path) -> None:
    """Write what each output means, in order."""
    classes = load_keras(source).output_shape[-1]
    names = [*map(str, range(10)), "not a digit"][:classes]
    target.write_text(json.dumps(names) + "\n")


def _parity(source: Path, target: Path, answer: Callable[[np.ndarray], np.ndarray]) -> float:
    """Largest difference in probability over blurred random ink."""
    rng = np.random.default_rng(0)
    frames = np.stack([cv2.GaussianBlur(rng.random((28, 28)), (0, 0), 2) for _ in range(64)])
    frames = np.clip((frames - 0.5) * 8, 0, 1).astype(np.float32)[..., None]
    theirs = np.asarray(load_keras(source)(frames, training=False))
    difference = float(np.abs(np.asarray(answer(frames)) - theirs).max())
    if not difference <= TOLERANCE:  # nor may it be NaN
        raise RuntimeError(f"{target.name} differs from its source by {difference:.1e}.")
    return difference


SUFFIXES = {
    "tflite": ".tflite", "int8": "_int8.tflite", "h5": ".h5", "saved_model": "_saved_model",
    "labels": None,
}  # fmt: skip


def exported(args: argparse.Namespace) -> Iterator[str]:
    """Write each form; yield a line about it."""
    convert = {"tflite": to_litert, "h5": to_h5, "saved_model": to_saved_model}
    args.out.mkdir(parents=True, exist_ok=True)
    for form in args.to:
        target = args.out / f"{args.source.stem}{SUFFIXES[form]}"
        if form == "labels":
            target = args.out / "class_labels.json"
            write_labels(args.source, target)
            yield f"{target}"
        elif form == "int8":
            digits = data.mnist(args.data)
            before, after = to_int8(args.source, target, digits)
            yield f"{target}: {after:.2%} of {len(digits.y_test)} pictures, before {before:.2%}"
        else:
            yield f"{target}: largest difference {convert[form](args.source, target):.1e}"


def main(arguments: list[str] | None = None) -> None:
    parser = options.parser(__doc__)
    add = parser.add_argument
    add("source", type=Path, help=".keras file")
    add("--to", action="append", choices=SUFFIXES, help="form; tflite where left out")
    add("--data", type=Path, help="digits for int8; Keras's own loader where left out")
    add("--out", type=Path, help="folder; beside the source where left out")
    args = parser.parse_args(arguments)
    args.to = args.to or ["tflite"]
    args.out = args.out or args.source.parent
    try:
        for line in exported(args):
            print(line, file=sys.stderr)
    except (formats.DataError, ModelError, RuntimeError) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
