"""Write a trained network in the forms the app loads, and check that they agree.

python -m train.export mnist_model_aug.keras      # writes mnist_model_aug.tflite beside it
"""

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import cv2
import keras
import numpy as np
import tensorflow as tf

from model import Network

TOLERANCE = 1e-5  # largest difference between LiteRT and Keras, in probability


def save_keras(model: keras.Model, file: Path) -> None:
    """Save a network of logits as one that returns probabilities, as others expect of a .keras."""
    whole = keras.Sequential([*model.layers, keras.layers.Softmax(name="probabilities")])
    whole.build(model.input_shape)
    whole.save(file)


def litert_bytes(source: Path) -> bytes:
    """Convert a .keras or .h5 file, as it is, to a LiteRT flatbuffer.

    Where the network has a layer `class_maps`, its maps are the flatbuffer's second output.
    """
    model = keras.models.load_model(source, compile=False, safe_mode=True)
    outputs = [model.outputs[0]]
    if any(layer.name == "class_maps" for layer in model.layers):
        outputs.append(model.get_layer("class_maps").output)
    flat = keras.Model(model.inputs[0], outputs)
    with contextlib.redirect_stdout(io.StringIO()):  # the converter lists every variable
        return tf.lite.TFLiteConverter.from_keras_model(flat).convert()


def to_litert(source: Path, target: Path) -> float:
    """Convert a .keras file to a .tflite file; return their largest difference in probability.

    Raises RuntimeError where the two differ by more than 1e-5.
    """
    target.write_bytes(litert_bytes(source))
    return _parity(keras.models.load_model(source, compile=False, safe_mode=True), target)


def _parity(model: keras.Model, target: Path) -> float:
    """Largest difference in probability over blurred random ink."""
    rng = np.random.default_rng(0)
    frames = np.stack([cv2.GaussianBlur(rng.random((28, 28)), (0, 0), 2) for _ in range(64)])
    frames = np.clip((frames - 0.5) * 8, 0, 1).astype(np.float32)
    ours, _ = Network(target.read_bytes()).run(frames)
    theirs = np.asarray(model(frames[..., None], training=False))
    difference = float(np.abs(ours - theirs).max())
    if not difference <= TOLERANCE:  # nor may it be NaN
        raise RuntimeError(f"{target.name} differs from its source by {difference:.1e}.")
    return difference


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source", type=Path, help=".keras file")
    parser.add_argument("--target", type=Path, help="beside the source where left out")
    args = parser.parse_args(arguments)
    target = args.target or args.source.with_suffix(".tflite")
    print(f"{target}: largest difference {to_litert(args.source, target):.1e}", file=sys.stderr)


if __name__ == "__main__":
    main()
