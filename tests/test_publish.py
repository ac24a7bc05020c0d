"""Publishing, by the real client to a server that speaks the Hub's protocol."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from model import BUNDLED, Origin
from tests.hub_server import Hub, running_hub
from train import card, export, plain, publish

pytestmark = pytest.mark.no_cover  # as in test_train.py
ROOT = Path(__file__).parent.parent
REPO = "someone/digits"
Command = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def server() -> Iterator[Hub]:
    with running_hub() as server:
        yield server


@pytest.fixture
def environment(server: Hub, tmp_path: Path) -> dict[str, str]:
    """Of someone who is signed in at that Hub."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "MODEL_"))}
    hubs = {"HF_ENDPOINT": server.endpoint, "HF_HOME": str(tmp_path), "HF_TOKEN": server.token}
    # Xet, what the Hub now prefers for large files, has a binary protocol that is not spoken here.
    return own | hubs | {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_XET": "1"}


@pytest.fixture
def command(environment: dict[str, str]) -> Command:
    def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "train.publish", *arguments],
            cwd=ROOT, env=environment | changed, capture_output=True, text=True,
        )  # fmt: skip

    return run


def variables(printed: str) -> dict[str, str]:
    lines = (line.partition("=") for line in printed.splitlines())
    return {name: value for name, _, value in lines if name.startswith("MODEL_")}


def what_the_app_loads(environment: dict[str, str]) -> Origin:
    code = "import json, model; print(json.dumps(vars(model.load().origin)))"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return Origin(**json.loads(said.stdout))


# --- a model ---------------------------------------------------------------------------------


def test_what_is_published_is_what_the_app_then_loads(
    server: Hub, command: Command, environment: dict[str, str]
) -> None:
    done = command(REPO)
    assert done.returncode == 0, done.stderr
    repo = server.repos[REPO]
    assert len(repo.commits) == 2  # the Hub's own first one, and everything else in one
    sent = repo.commits[repo.head]
    for name in ("mnist_model_aug.keras", "mnist_model_aug.tflite", "metrics.json"):
        assert sent[name] == (ROOT / name).read_bytes()
    pin = variables(done.stdout)
    assert pin["MODEL_REVISION"] == repo.head
    origin = what_the_app_loads(environment | pin)
    assert origin == Origin(REPO, hashlib.sha256(BUNDLED.read_bytes()).hexdigest(), repo.head)


def test_published_again_unchanged_it_stays_as_it_is(server: Hub, command: Command) -> None:
    assert command(REPO).returncode == 0
    before = server.repos[REPO].commits[server.repos[REPO].head]
    assert command(REPO).returncode == 0
    assert server.repos[REPO].commits[server.repos[REPO].head] == before


def test_private(server: Hub, command: Command) -> None:
    assert command(REPO, "--private").returncode == 0
    assert server.repos[REPO].private


def test_a_dry_run_shows_all_and_asks_for_nothing(server: Hub, command: Command) -> None:
    done = command(REPO, "--dry-run", HF_TOKEN="")
    assert done.returncode == 0
    assert server.requests == []
    for shown in ("mnist_model_aug.keras", "model-index:", "MODEL_SHA256=", "## Limits"):
        assert shown in done.stdout


def test_files_of_a_training_run(tmp_path: Path) -> None:
    shutil.copy(BUNDLED, tmp_path / "small.tflite")
    (tmp_path / "class_labels.json").write_text("[0]")
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "confusion.png").touch()
    for other in ("checkpoint.tmp", ".secret.png", "notes.txt"):
        (tmp_path / other).touch()
    files = publish.model_files(tmp_path)
    assert list(files) == ["small.tflite", "class_labels.json", "plots/confusion.png"]
    assert publish.served(files) == "small.tflite"
    assert "not recorded" in publish.card_of(REPO, files)


@pytest.mark.parametrize("content", [None, b"no model"])
def test_what_the_app_would_refuse_is_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "bad.tflite").write_bytes(content)
    assert publish.main([REPO, "--out", str(tmp_path), "--dry-run"]) == 1
    sentence = capsys.readouterr().err
    assert ("would be refused by the app" if content else "There is no .tflite file") in sentence


@pytest.mark.parametrize(
    ("fault", "token", "repo", "sentence"),
    [
        ("", "hf_of_nobody", REPO, "The Hub does not know you"),
        ("500", "", REPO, "The Hub answered with error 500."),
        ("", "", "one/two/three", "is not a name the Hub allows"),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    server: Hub, command: Command, fault: str, token: str, repo: str, sentence: str
) -> None:
    server.fault = fault
    done = command(repo, HF_TOKEN=token or server.token)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_nobody_there(command: Command) -> None:
    done = command(REPO, HF_ENDPOINT="http://127.0.0.1:9")
    assert done.returncode == 1
    assert "Publishing failed: " in done.stderr
    assert "Traceback" not in done.stderr


# --- its card --------------------------------------------------------------------------------


def test_the_card_says_what_was_measured() -> None:
    files = publish.model_files(ROOT)
    text = publish.card_of(REPO, files)
    _, front, body = text.split("---\n", 2)
    metrics = json.loads((ROOT / "metrics.json").read_text())
    (index,) = yaml.safe_load(front)["model-index"]
    (result,) = index["results"]
    values = [metric["value"] for metric in result["metrics"]]
    assert metrics["test"]["mnist"]["accuracy"] in values
    for path, file in files.items():
        assert f"| `{path}` |" in body
        assert hashlib.sha256(file.read_bytes()).hexdigest() in body


def test_a_network_of_the_zoo_has_a_card(tmp_path: Path, mnist: Path) -> None:
    few = ["--architecture", "dense", "--epochs", "1", "--limit", "140", "--out", str(tmp_path)]
    plain.main(["--data", str(mnist), "--cache", str(tmp_path / "cache"), *few])
    export.main([str(tmp_path / "dense.keras")])
    text = publish.card_of(REPO, publish.model_files(tmp_path))
    accuracy = json.loads((tmp_path / "metrics.json").read_text())["test"]["mnist"]["accuracy"]
    assert f"| test | MNIST, as published | 28 | {accuracy:.2%} |" in text
    (index,) = yaml.safe_load(text.split("---\n")[1])["model-index"]
    assert index["results"][0]["metrics"][0]["value"] == accuracy


def test_the_card_names_the_data_of_all_runs() -> None:
    beside = {"arguments": {"data": None, "strokes": ["pen_strokes_tablet.jsonl:up"]}}
    metrics = {
        "arguments": {"data": "own_digits", "strokes": []},
        "start": {"arguments": {"data": "own_digits", "strokes": []}, "beside": beside},
    }
    first, *known = card.sources(metrics)
    assert first == "own_digits"
    assert [line.split(" (")[0] for line in known] == [
        "MNIST",
        "Pen-Based Recognition of Handwritten Digits",
    ]


# --- the app ---------------------------------------------------------------------------------


def test_the_space_gets_what_serves(server: Hub, command: Command) -> None:
    done = command("--space", REPO)
    assert done.returncode == 0, done.stderr
    assert server.repos[REPO].kind == "space"
    assert server.repos[REPO].head in done.stdout
    sent = server.repos[REPO].commits[server.repos[REPO].head]
    assert sent["README.md"] == (ROOT / "README.md").read_bytes()
    assert not any(p.startswith(("tests/", "train/", ".ci")) or "__pycache__" in p for p in sent)


def test_the_app_runs_with_what_the_space_gets(tmp_path: Path) -> None:
    for path, file in publish.matching(ROOT, publish.SPACE_FILES).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, tmp_path / path)
    done = subprocess.run(
        [sys.executable, "-c", "import main; print(main.reader.name)"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == f"{BUNDLED.stem}\n", done.stderr
