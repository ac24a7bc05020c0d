"""Examine a network on digits it has not been trained on.

    python -m train.evaluate mnist_model_aug.keras --data mnist.npz --out report
    open report/report.html

Takes .keras, .h5 and .tflite. Writes metrics.json, the plots as PNG and report.html, one file that
holds everything, to --out. --data takes every form of train/formats.py; its test part is examined,
or, of a source that has none, all of it.
"""

import argparse
import base64
import html
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from sklearn import metrics as scores

from model import ModelError, Network
from train import data, options, plots
from train.calibrate import expected_calibration_error
from train.formats import DataError

SHOWN = 32  # most certain mistakes
DIGITS = 10


@dataclass(frozen=True)
class Answers:
    """Probabilities (n, 10 or 11) for pictures (n, 28, 28) uint8 with labels (n,)."""

    probabilities: np.ndarray
    x: np.ndarray
    y: np.ndarray

    @property
    def answered(self) -> np.ndarray:
        return self.probabilities.argmax(1)

    @property
    def confidence(self) -> np.ndarray:
        return self.probabilities.max(1)

    @property
    def right(self) -> np.ndarray:
        return self.answered == self.y


def answers(file: Path, x: np.ndarray, y: np.ndarray) -> Answers:
    """Let a saved network answer; raises ModelError, with a sentence, for what is none."""
    frames = x.astype(np.float32) / np.float32(255)
    if file.suffix == ".tflite":
        probabilities, _ = Network(file.read_bytes()).run(frames)
    else:
        from train.export import load_keras

        probabilities = load_keras(file).predict(frames[..., None], batch_size=500, verbose=0)
    return Answers(np.asarray(probabilities), x, y)


def measured(given: Answers) -> dict[str, object]:
    """Everything that metrics.json holds about the answers."""
    labels = list(range(DIGITS))
    precision, recall, f1, support = scores.precision_recall_fscore_support(
        given.y, given.answered, labels=labels, zero_division=0
    )
    rows = zip(precision, recall, f1, support, strict=True)
    names = ("precision", "recall", "f1", "pictures")
    classes = given.probabilities.shape[1]
    return {
        "n": len(given.y),
        "accuracy": float(given.right.mean()),
        "loss": float(
            scores.log_loss(given.y, _normal(given.probabilities), labels=list(range(classes)))
        ),
        "macro_f1": float(f1.mean()),
        "calibration_error": expected_calibration_error(given.confidence, given.right),
        "classes": {
            str(i): dict(zip(names, map(float, row), strict=True)) for i, row in enumerate(rows)
        },
        "confusion": scores.confusion_matrix(given.y, given.answered, labels=list(range(classes)))[
            :DIGITS
        ].tolist(),
    }


def _normal(probabilities: np.ndarray) -> np.ndarray:
    """Sum 1 in double precision, as scikit-learn wants it."""
    exact = probabilities.astype(np.float64)
    return exact / exact.sum(1, keepdims=True)


def figures(
    given: Answers, found: Mapping[str, object], history: list[dict[str, float]]
) -> dict[str, bytes]:
    """The plots as PNG, by name."""
    names = [*map(str, range(DIGITS)), "none"]
    wrong = np.flatnonzero(~given.right)
    wrong = wrong[np.argsort(-given.confidence[wrong], kind="stable")][:SHOWN]
    titles = [
        f"{given.y[i]} → {names[given.answered[i]]}, {given.confidence[i]:.0%}" for i in wrong
    ]
    drawn = {
        "confusion": plots.confusion(np.array(found["confusion"]), names),
        "calibration": plots.calibration(
            given.confidence, given.right, float(str(found["calibration_error"]))
        ),
        "mistakes": plots.mistakes(given.x[wrong], titles),
    }
    if history:
        drawn["curves"] = plots.curves(history)
    return {name: plots.png(figure) for name, figure in drawn.items()}


def report(name: str, found: Mapping[str, object], images: Mapping[str, bytes]) -> str:
    """One HTML page that asks for nothing from elsewhere."""
    classes = found["classes"]
    assert isinstance(classes, dict)
    rows = "".join(
        f"<tr><th>{digit}<td>{row['precision']:.4f}<td>{row['recall']:.4f}<td>{row['f1']:.4f}"
        f"<td>{row['pictures']:.0f}"
        for digit, row in classes.items()
    )
    shown = "".join(
        f'<figure><img alt="{CAPTIONS[image]}" src="data:image/png;base64,'
        f'{base64.b64encode(content).decode()}"><figcaption>{CAPTIONS[image]}</figcaption></figure>'
        for image, content in images.items()
    )
    return PAGE.format(name=html.escape(name), rows=rows, figures=shown, **found)


CAPTIONS = {
    "confusion": "What was answered for each true digit.",
    "calibration": "Of the answers of a confidence, how many are right.",
    "mistakes": "The most certain mistakes: true digit, answer, confidence.",
    "curves": "Loss and accuracy over the epochs.",
}
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}: examination</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem }}
table {{ border-collapse: collapse }} td, th {{ padding: .2rem .6rem; text-align: right }}
td {{ font-variant-numeric: tabular-nums }}
tr + tr {{ border-top: 1px solid #ddd }} figure {{ margin: 2rem 0 }} img {{ max-width: 100% }}
</style>
<h1>{name}</h1>
<p><strong>{accuracy:.2%}</strong> of {n:,} pictures are read right. Cross-entropy {loss:.4f},
macro F1 {macro_f1:.4f}, expected calibration error {calibration_error:.4f} (15 bins).
<table><tr><th>digit<th>precision<th>recall<th>F1<th>pictures{rows}</table>
{figures}
</html>
"""


def main(arguments: list[str] | None = None) -> None:
    args = _parse(arguments)
    try:
        given = answers(args.model, *data.for_examination(args.data, args.limit))
    except (DataError, ModelError, OSError) as error:
        raise SystemExit(str(error)) from error
    beside = args.model.with_name("metrics.json")
    history = json.loads(beside.read_text()).get("history", []) if beside.exists() else []
    found = measured(given)
    images = figures(given, found, history)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, content in images.items():
        (args.out / f"{name}.png").write_bytes(content)
    (args.out / "metrics.json").write_text(json.dumps(found, indent=1) + "\n")
    (args.out / "report.html").write_text(report(args.model.stem, found, images), "utf-8")
    print(f"{args.out / 'report.html'}: {found['accuracy']:.2%} of {found['n']} pictures")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options.parser(__doc__)
    add = parser.add_argument
    add("model", type=Path, help=".keras, .h5 or .tflite; metrics.json beside it has its epochs")
    add("--data", type=Path, help="file or folder of digits; Keras's own loader where left out")
    add("--limit", type=int, help="examine so many pictures only")
    add("--out", type=Path, default=Path("runs/report"), help="folder for what is found")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
