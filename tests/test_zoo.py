"""The networks to choose from: listed by their files, loaded when chosen, none that breaks."""

import json
import shutil
from pathlib import Path

import pytest

import model
from zoo import Zoo


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A network that works, one that does not, and one without its description."""
    shutil.copy(model.BUNDLED, tmp_path / "twin.tflite")
    (tmp_path / "twin.json").write_text(json.dumps({"name": "Twin", "test_accuracy": 0.98}))
    (tmp_path / "broken.tflite").write_bytes(b"no network")
    (tmp_path / "broken.json").write_text("neither JSON")
    shutil.copy(model.BUNDLED, tmp_path / "unknown.tflite")
    return tmp_path


def test_lists_our_own_first_and_the_described_ones(folder: Path) -> None:
    facts = Zoo(model.load(), folder).facts()
    assert [entry["id"] for entry in facts] == ["mnist_model_aug", "broken", "twin"]
    assert [entry["name"] for entry in facts[1:]] == ["broken", "Twin"]
    metrics = json.loads((model.BUNDLED.parent / "metrics.json").read_text())
    assert facts[0]["test_accuracy"] == metrics["test"]["mnist"]["accuracy"]
    assert facts[0]["bytes"] == model.BUNDLED.stat().st_size


@pytest.mark.parametrize("place", ["absent", ""])
def test_without_others_there_is_our_own(tmp_path: Path, place: str) -> None:
    own = model.load()
    zoo = Zoo(own, tmp_path / place)
    assert len(zoo.facts()) == 1
    assert zoo.reader("anything") is own


def test_reads_with_the_one_that_was_chosen(folder: Path) -> None:
    zoo = Zoo(model.load(), folder)
    assert zoo.reader("twin") is zoo.own  # not loaded unasked
    assert zoo.choose("twin")
    assert zoo.reader("twin").name == "twin"


@pytest.mark.parametrize("name", ["broken", "unknown", "absent", "../twin", None, ["twin"], {}])
def test_what_cannot_be_loaded_is_refused_and_our_own_reads_on(folder: Path, name: object) -> None:
    zoo = Zoo(model.load(), folder)
    assert not zoo.choose(name)
    assert zoo.reader(name) is zoo.own


def test_nothing_is_said_of_a_network_from_elsewhere(folder: Path) -> None:
    own = model.load(folder / "twin.tflite")
    assert Zoo(own, folder / "absent").facts() == [{"id": "twin", "name": "twin"}]
