"""The model card of a trained network: what it is for, what it learned from, how it did.

Made from metrics.json and the files alone, so that it says nothing that was not measured.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

SOURCES = {  # a part of the training file's name: whose data it is
    "mnist": "MNIST (Y. LeCun, C. Cortes, C. Burges; CC BY-SA 3.0)",
    "tablet": "Pen-Based Recognition of Handwritten Digits (E. Alpaydin, F. Alimoglu; CC BY 4.0)",
    "unipen": "UNIPEN train_r01_v07 (CC BY 4.0)",
    "fonts": "glyphs drawn with the fonts of train/fonts/package.json (OFL, Apache-2.0, MIT, UFL)",
}
SETS = {
    "mnist": "MNIST, as published",
    "mnist_framed": "MNIST, found and framed again by the app",
    "mnist_on_canvas": "MNIST, of any size and place on a canvas, found and framed by the app",
    "strokes": "pen strokes, drawn again with pens from hairline to marker",
    "digits": "digits of the data below",
    "own": "digits of one hand, that were not learned",
    "not_digits": "letters and signs, which are to be turned away",
    "papers": "what is found on photos of papers: digits, and what is none",
}
TEXT = """
# {name}

Reads one handwritten digit in a picture of 28x28 pixels, framed as MNIST does it.

## Results

| part | set | pictures | right | digits or signs turned away |
|---|---|---|---|---|
{results}

Written by the training run; see `metrics.json`, which also holds its arguments.

## Data

{data}

## Intended use

Reading digits that people draw or photograph, one at a time or as a number, in demonstrations and
teaching, behind preprocessing that finds the ink, crops to it and centres it. Its input is float32
(n, 28, 28, 1), ink 1 on paper 0, the digit in 20x20 pixels with its centre of mass in the middle;
its output is the probability of each class, 0 to 9 in order{eleventh}.

## Limits

- Digits as written in the West. Letters and signs are not always turned away.
- Without the same framing, accuracy falls: the network has never seen small or off-centre digits.
- Not for decisions about people, money or health without a person who looks at every answer.

## Files

| file | bytes | sha256 |
|---|---|---|
{files}

The `.tflite` file runs with LiteRT and holds no code. Check the sha256 of what you download."""


def sha256(file: Path) -> str:
    """Return the file's sha256 in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def card(name: str, metrics: Mapping[str, Any], files: Mapping[str, Path], classes: int) -> str:
    """Return a model card in Markdown, with the Hub's metadata at its top.

    name: what the model is called. metrics: as train.fit writes them. files: path in the
    repository -> file. classes: 10, or 11 with “not a digit”.
    """
    data = ModelCardData(
        license="apache-2.0",
        library_name="keras" if any(path.endswith(".keras") for path in files) else "tflite",
        pipeline_tag="image-classification",
        tags=["handwriting", "digit-recognition", "mnist", "litert"],
        datasets=["ylecun/mnist"] if "mnist" in metrics.get("test", {}) else None,
        metrics=["accuracy"],
        model_name=name,
        eval_results=_eval_results(metrics.get("test", {})) or None,
    )
    text = TEXT.format(
        name=name,
        results="\n".join(_rows(metrics)),
        data="\n".join(f"- {line}" for line in sources(metrics)),
        eleventh=", then of ink that is no digit" if classes > 10 else "",
        files="\n".join(
            f"| `{path}` | {file.stat().st_size:,} | `{sha256(file)}` |"
            for path, file in files.items()
        ),
    )
    return str(ModelCard(f"---\n{data.to_yaml()}\n---\n{text}"))


def _eval_results(tests: Mapping[str, Any]) -> list[EvalResult]:
    """Results on MNIST's test part, the only set here that is known on the Hub."""
    return [
        EvalResult(
            task_type="image-classification",
            dataset_type="ylecun/mnist",
            dataset_name="MNIST",
            dataset_split="test",
            metric_type="accuracy",
            metric_name=SETS[name],
            metric_value=result["accuracy"],
        )
        for name, result in tests.items()
        if name.startswith("mnist")
    ]


def _rows(metrics: Mapping[str, Any]) -> Sequence[str]:
    return [
        f"| {part} | {SETS.get(name, name)} | {result['n']:,} | {result['accuracy']:.2%} | "
        f"{result.get('turned_away', 0):.2%} |"
        for part in ("test", "validation")
        for name, result in metrics.get(part, {}).items()
    ]


def sources(metrics: Mapping[str, Any]) -> list[str]:
    """Return what a run and all those before it were trained with, by their arguments."""
    known = [next((SOURCES[key] for key in SOURCES if key in n), n) for n in _data_of(metrics)]
    return list(dict.fromkeys(known)) or ["not recorded"]


def _data_of(run: Mapping[str, Any]) -> list[str]:
    """Name the data of a run, of that which it went on from and of that which stands beside it."""
    arguments = run.get("arguments") or {}
    names = [arguments.get("data") or "mnist", *(arguments.get("strokes") or [])]
    names += ["fonts"] if arguments.get("fonts") else []
    before = [run[key] for key in ("start", "beside") if run.get(key)]
    return (names if arguments else []) + [name for other in before for name in _data_of(other)]
