"""Train the zoo, one network after the other, and compare them in one table.

    python -m train.compare --data mnist.npz            # all of it: hours on two cores
    python -m train.compare --data mnist.npz --only dense,cnn_basic
    python -m train.compare --table                     # print what has been measured

What has been measured is kept in train/comparison.json, and left out by the next start; networks of
at most 2 MB are written to models/ with their figures. `cnn_aug` is the reader's own network, which
train.fit has trained: it is measured, not trained again.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from model import BUNDLED, Network
from train import data, distributed, export, options, plain
from train.run import Part

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "train" / "comparison.json"
SMALL = 2_000_000  # bytes of a network that is bundled for the page
REPEATS = 300  # of one reading, for the median

# what each network is trained with, chosen on the validation part
DENSE = ["--epochs", "20", "--decay", "0.3"]
ZOO: dict[str, list[str]] = {
    "dense": ["--architecture", "dense", *DENSE],
    "dense_dropout": ["--architecture", "dense_dropout", *DENSE],
    "dense_standardized": ["--architecture", "dense_standardized", *DENSE],
    "dense_augmented": ["--architecture", "dense", "--augment", "--epochs", "40"],
    "cnn_basic": ["--architecture", "cnn_basic", "--epochs", "12", "--decay", "0.1"],
    "cnn_deep": ["--architecture", "cnn_deep", "--epochs", "8", "--augment"],
    "mobilenet_v2": ["--architecture", "mobilenet_v2", "--epochs", "8", "--rate", "3e-3"],
    "resnet50": ["--architecture", "resnet50", "--epochs", "1"],
    "cnn_aug": [],  # the reader's own
}


@dataclass(frozen=True)
class Result:
    """One row of the table; accuracy and loss are of the test part."""

    name: str
    architecture: str
    augmented: bool
    test_accuracy: float
    test_loss: float
    test_pictures: int
    parameters: int
    bytes: int  # of the LiteRT file
    epochs: int
    seconds: float  # of training
    latency_ms: float  # one picture, one thread, median


def main(arguments: list[str] | None = None) -> None:
    args = _parse(arguments)
    results = _kept(args.results)
    if not args.table:
        try:
            _measure_missing(args, results)
        except ValueError as error:
            raise SystemExit(str(error)) from error
    print(table(results))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options.parser(__doc__)
    add = parser.add_argument
    add("--data", type=Path, help="digits, as for train.plain")
    add("--only", metavar="NAMES", help=f"some of {', '.join(ZOO)}, with commas")
    add("--validation", type=float, default=5000, help="as for train.plain")
    add("--epochs", type=int, help="the same for all of them")
    add("--limit", type=int, help="train on so many digits only, for a quick try")
    add("--table", action="store_true", help="measure nothing")
    add("--results", type=Path, default=RESULTS, help="what has been measured")
    add("--models", type=Path, default=ROOT / "models", help="where small networks are put")
    add("--cache", type=Path, default=Path(".cache/train"), help="checkpoints and logs")
    args = parser.parse_args(arguments)
    args.names = args.only.split(",") if args.only else list(ZOO)
    unknown = sorted(set(args.names) - set(ZOO))
    if unknown:
        parser.error(f"There is no {unknown[0]}; there are {', '.join(ZOO)}.")
    return args


def _kept(file: Path) -> list[Result]:
    rows = json.loads(file.read_text()) if file.exists() else []
    return [Result(**row) for row in rows]


def _measure_missing(args: argparse.Namespace, results: list[Result]) -> None:
    for name in args.names:
        if name not in {result.name for result in results}:
            results.append(_bundled(args) if name == "cnn_aug" else _trained(name, args))
            results.sort(key=lambda result: list(ZOO).index(result.name))
            rows = [asdict(result) for result in results]
            args.results.write_text(json.dumps(rows, indent=1) + "\n")


def _trained(name: str, args: argparse.Namespace) -> Result:
    """Train one network, convert it and measure both."""
    given = [*ZOO[name], "--out", str(args.cache / name), "--cache", str(args.cache)]
    for option in ("data", "validation", "epochs", "limit"):
        value = getattr(args, option)
        given += [f"--{option}", str(value)] if value is not None else []
    settings = plain.parser().parse_args(given)
    keras.utils.set_random_seed(settings.seed)
    digits = data.split(settings.data, settings.validation, settings.seed, settings.limit)
    metrics = plain.train(settings, digits, distributed.Workers())
    (test,) = metrics["test"].values()
    flat = args.cache / name / f"{name}.tflite"
    export.to_litert(settings.out / f"{settings.architecture}.keras", flat)
    result = Result(
        name=name,
        architecture=settings.architecture,
        augmented=settings.augment,
        test_accuracy=test["accuracy"],
        test_loss=test["loss"],
        test_pictures=test["n"],
        parameters=metrics["parameters"],
        bytes=flat.stat().st_size,
        epochs=metrics["epochs"],
        seconds=round(metrics["seconds"], 1),
        latency_ms=latency(flat),
    )
    if result.bytes <= SMALL:
        _bundle(result, flat, args.models)
    return result


def _bundled(args: argparse.Namespace) -> Result:
    """The reader's own network, measured as the app loads it."""
    digits = data.mnist(args.data, args.limit)
    test = Part(digits.x_test, digits.y_test)
    probabilities, _ = Network(BUNDLED.read_bytes()).run(test.tensors()[..., 0])
    told = json.loads((ROOT / "metrics.json").read_text())
    of_truth = probabilities[np.arange(len(test.y)), test.y]
    return Result(
        name="cnn_aug",
        architecture="cnn_aug",
        augmented=True,
        test_accuracy=float((probabilities.argmax(1) == test.y).mean()),
        test_loss=float(-np.log(np.maximum(of_truth, 1e-7)).mean()),
        test_pictures=len(test.y),
        parameters=told["parameters"],
        bytes=BUNDLED.stat().st_size,
        epochs=told["epochs"],
        seconds=0.0,
        latency_ms=latency(BUNDLED),
    )


def latency(flat: Path) -> float:
    """Median milliseconds of one reading by LiteRT, one thread, after some to warm up."""
    network = Network(flat.read_bytes())
    frame = np.random.default_rng(0).random((1, 28, 28)).astype(np.float32)
    seconds = []
    for _ in range(REPEATS + 20):
        start = time.perf_counter()
        network.run(frame)
        seconds.append(time.perf_counter() - start)
    return round(float(np.median(seconds[20:])) * 1000, 3)


def _bundle(result: Result, flat: Path, folder: Path) -> None:
    """Put a network and its figures where the page finds them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / flat.name).write_bytes(flat.read_bytes())
    shown = ("name", "architecture", "test_accuracy", "parameters", "bytes", "latency_ms")
    figures = {key: value for key, value in asdict(result).items() if key in shown}
    (folder / f"{result.name}.json").write_text(json.dumps(figures, indent=1) + "\n")


def table(results: list[Result]) -> str:
    """The results as the README shows them."""
    lines = [
        "| network | accuracy | loss | parameters | LiteRT | training | one reading |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{r.name}` | {r.test_accuracy:.2%} | {r.test_loss:.4f} | {r.parameters:,} "
        f"| {r.bytes / 1e6:.2f} MB | {_duration(r)} | {r.latency_ms:.2f} ms |"
        for r in results
    ]
    return "\n".join(lines)


def _duration(result: Result) -> str:
    if not result.seconds:
        return "by `train.fit`"
    epochs = f"{result.epochs} epoch" + "s" * (result.epochs != 1)
    return f"{epochs}, {result.seconds / 60:.1f} min"


if __name__ == "__main__":
    main()
