"""Plain training: reproducible, resumable, shared by several workers."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.conftest import ROOT, free_port
from tests.training import killed_in_an_epoch, killed_while_saving
from train import plain

pytestmark = pytest.mark.no_cover  # as in test_train.py


def options(mnist: Path, folder: Path, *more: str) -> list[str]:
    where = ["--data", str(mnist), "--out", str(folder / "out"), "--cache", str(folder / "cache")]
    return [*where, "--architecture", "dense_dropout", "--batch", "32", "--epochs", "3", *more]


def trained(mnist: Path, folder: Path, *more: str) -> dict:
    plain.main(options(mnist, folder, *more))
    metrics = json.loads((folder / "out" / "metrics.json").read_text())
    for epoch in metrics["history"]:
        epoch.pop("seconds")
    return metrics


@pytest.fixture(scope="module")
def whole(mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    return trained(mnist, tmp_path_factory.mktemp("whole"), "--augment")


def test_a_seed_repeats_its_training(mnist: Path, tmp_path: Path, whole: dict) -> None:
    first, again = whole, trained(mnist, tmp_path / "again", "--augment")
    other = trained(mnist, tmp_path / "other", "--augment", "--seed", "1")
    assert first["history"] == again["history"]
    assert first["test"] == again["test"]
    assert first["history"] != other["history"]
    assert first["history"][-1]["loss"] < first["history"][0]["loss"]


@pytest.mark.parametrize("killed", [killed_in_an_epoch, killed_while_saving])
def test_a_killed_training_goes_on_as_it_would_have(
    mnist: Path, tmp_path: Path, whole: dict, killed: Callable
) -> None:
    with killed(3):
        trained(mnist, tmp_path, "--augment")
    resumed = trained(mnist, tmp_path, "--augment")
    assert len(resumed["history"]) == 3
    for again, once in zip(resumed["history"], whole["history"], strict=True):
        assert again == pytest.approx(once, rel=1e-5)
    assert resumed["test"]["mnist"] == pytest.approx(whole["test"]["mnist"], rel=1e-5)


def test_tensorboard_is_told_of_every_epoch(mnist: Path, tmp_path: Path, whole: dict) -> None:
    trained(mnist, tmp_path, "--augment")
    (logs,) = (tmp_path / "cache").glob("*/logs")
    told = EventAccumulator(str(logs)).Reload()
    values = [float(tf.make_ndarray(e.tensor_proto)) for e in told.Tensors("validation_loss")]
    assert values == pytest.approx([epoch["validation_loss"] for epoch in whole["history"]])


def test_training_stops_when_it_gets_no_better(mnist: Path, tmp_path: Path) -> None:
    stopped = trained(mnist, tmp_path, "--rate", "3", "--patience", "1", "--epochs", "20")
    assert len(stopped["history"]) < 20
    losses = [epoch["validation_loss"] for epoch in stopped["history"]]
    assert stopped["validation"]["mnist"]["loss"] == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--batch", "999"], "A batch of 999 is more than 144 digits"),
        (["--weights", "imagenet"], "dense_dropout has no imagenet weights"),
        (["--data", "nowhere"], "nowhere: there is no such file"),
        (["--validation", "179"], "cannot be split"),
    ],
)
def test_what_cannot_be_is_a_sentence(
    mnist: Path, tmp_path: Path, more: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit, match=sentence):
        plain.main(options(mnist, tmp_path, *more))


def test_without_a_network_mnist_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> None:
        raise Exception("URL fetch failure")  # noqa: TRY002 - this is what Keras raises

    monkeypatch.setattr(keras.datasets.mnist, "load_data", unreachable)
    with pytest.raises(SystemExit, match="MNIST cannot be fetched: name a file"):
        plain.main(["--out", str(tmp_path), "--cache", str(tmp_path)])


def worker(arguments: list[str], config: dict) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "train.plain", *arguments],
        cwd=ROOT, env=os.environ | {"TF_CONFIG": json.dumps(config)},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def test_two_workers_reach_what_one_reaches(mnist: Path, tmp_path: Path) -> None:
    few = ["--architecture", "dense", "--epochs", "2"]  # dropout would be drawn by worker
    cluster = {"worker": [f"127.0.0.1:{free_port()}" for _ in range(2)]}
    workers = [
        worker(
            options(mnist, tmp_path / "two", *few),
            {"cluster": cluster, "task": {"type": "worker", "index": index}},
        )
        for index in range(2)
    ]
    try:
        one = trained(mnist, tmp_path / "one", *few)
        for process in workers:
            printed, _ = process.communicate(timeout=300)
            assert process.returncode == 0, printed[-2000:]
    finally:
        for process in workers:
            process.kill()
            process.communicate()
    two = json.loads((tmp_path / "two" / "out" / "metrics.json").read_text())
    for shared, alone in zip(two["history"], one["history"], strict=True):
        shared.pop("seconds")
        assert shared == pytest.approx(alone, rel=1e-4)
    assert two["test"]["mnist"] == pytest.approx(one["test"]["mnist"], rel=1e-4)
