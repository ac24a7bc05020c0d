"""The examination counts what it should, and its report needs nothing from elsewhere."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from model import BUNDLED
from train import evaluate

pytestmark = pytest.mark.no_cover  # as in test_train.py
PLOTS = {"confusion", "calibration", "mistakes", "curves"}


def given(count: int = 400, classes: int = 11) -> evaluate.Answers:
    rng = np.random.default_rng(0)
    probabilities = rng.dirichlet(np.full(classes, 0.3), count).astype(np.float32)
    x = rng.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    return evaluate.Answers(probabilities, x, rng.integers(0, 10, count))


def test_figures_are_their_definitions() -> None:
    answers = given()
    found = evaluate.measured(answers)
    answered = answers.probabilities.argmax(1)
    assert found["accuracy"] == pytest.approx(np.mean(answered == answers.y))
    of_truth = answers.probabilities[np.arange(400), answers.y]
    assert found["loss"] == pytest.approx(-np.log(of_truth).mean(), rel=1e-3)
    for digit in range(10):
        hits = np.sum((answered == digit) & (answers.y == digit))
        precision, recall = hits / np.sum(answered == digit), hits / np.sum(answers.y == digit)
        row = found["classes"][str(digit)]
        assert row["precision"] == pytest.approx(precision)
        assert row["recall"] == pytest.approx(recall)
        assert row["f1"] == pytest.approx(2 * precision * recall / (precision + recall))
        for answer in range(11):
            count = np.sum((answered == answer) & (answers.y == digit))
            assert found["confusion"][digit][answer] == count


def test_ten_classes_are_as_good_as_eleven() -> None:
    found = evaluate.measured(given(classes=10))
    assert np.shape(found["confusion"]) == (10, 10)


def test_the_most_certain_mistakes_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = []
    drawn = evaluate.plots.mistakes

    def noted(pictures, titles):
        shown.append((pictures, titles))
        return drawn(pictures, titles)

    monkeypatch.setattr(evaluate.plots, "mistakes", noted)
    answers = given()
    evaluate.figures(answers, evaluate.measured(answers), [])
    pictures, titles = shown[0]
    wrong = answers.probabilities.argmax(1) != answers.y
    surest = np.argmax(np.where(wrong, answers.probabilities.max(1), 0))
    np.testing.assert_array_equal(pictures[0], answers.x[surest])
    certain = [int(re.search(r"(\d+)%", title)[1]) for title in titles]
    assert certain == sorted(certain, reverse=True)
    assert len(titles) == evaluate.SHOWN


@pytest.fixture(scope="module")
def folder(mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    evaluate.main([str(BUNDLED), "--data", str(mnist), "--out", str(folder)])
    return folder


def test_a_report_is_one_file(folder: Path) -> None:
    page = (folder / "report.html").read_text("utf-8")
    links = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(links) == len(PLOTS)
    assert all(link.startswith("data:image/png;base64,") for link in links)
    assert "http" not in page
    found = json.loads((folder / "metrics.json").read_text())
    assert f"<strong>{found['accuracy']:.2%}</strong>" in page
    assert found["n"] == 60


@pytest.mark.parametrize("name", sorted(PLOTS))
def test_a_plot_is_drawn(folder: Path, name: str) -> None:
    plot = cv2.imread(str(folder / f"{name}.png"))
    assert min(plot.shape[:2]) > 150
    assert len(np.unique(plot.reshape(-1, 3), axis=0)) > 10


def test_keras_and_litert_are_examined_alike(mnist: Path, folder: Path, tmp_path: Path) -> None:
    evaluate.main(
        [str(BUNDLED.with_suffix(".keras")), "--data", str(mnist), "--out", str(tmp_path)]
    )
    found, other = (json.loads((f / "metrics.json").read_text()) for f in (folder, tmp_path))
    assert found.pop("loss") == pytest.approx(other.pop("loss"), rel=1e-4)
    assert found.pop("calibration_error") == pytest.approx(other.pop("calibration_error"), rel=1e-3)
    assert found == other


@pytest.mark.parametrize("name", ["no.tflite", "no.keras", "missing.tflite"])
def test_what_is_no_model_is_a_sentence(mnist: Path, tmp_path: Path, name: str) -> None:
    if not name.startswith("missing"):
        (tmp_path / name).write_text("no model")
    with pytest.raises(SystemExit, match=r"[A-Za-z].*\."):
        evaluate.main([str(tmp_path / name), "--data", str(mnist), "--out", str(tmp_path)])
