"""Models from the Hub, by the real client from a server that speaks the Hub's protocol."""

import hashlib
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hub
import model
from tests.documents import code_blocks, documented_variables
from tests.hub_server import Hub, running_hub

ROOT = Path(__file__).parent.parent
REPO = "someone/digits"
CONTENT = model.BUNDLED.read_bytes()
NOT_USED = "The model that MODEL_REPO names is not used: "


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A Hub with a model on it, and a client that goes there with an empty cache."""
    for name in ("HF_TOKEN", "HF_HUB_OFFLINE", "MODEL_FILE"):
        monkeypatch.delenv(name, raising=False)
    cache = tmp_path / "cache"
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    with running_hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
        server.commit(REPO, {hub.FILE: CONTENT, "README.md": b"---\n---\n"})
        yield server


def pin(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"MODEL_{name}", value)


@pytest.fixture
def pinned(server: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The same with the variables of the app set to that model."""
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    pin(monkeypatch, REPO=REPO, REVISION=server.repos[REPO].head, SHA256=sha256)
    return server


def why_bundled() -> str:
    """Load as the app does, see that the bundled model reads, and return what is said of it."""
    origin = model.load().origin
    assert (origin.name, origin.revision) == (model.BUNDLED.stem, None)
    assert origin.note.startswith(NOT_USED)
    return origin.note.removeprefix(NOT_USED)


# --- found -----------------------------------------------------------------------------------


def test_without_a_repository_it_is_the_bundled_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODEL_REPO", raising=False)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    assert model.load().origin == model.Origin(model.BUNDLED.stem, sha256)


def test_the_pinned_model_is_used(pinned: Hub) -> None:
    head = pinned.repos[REPO].head
    reader = model.load()
    assert reader.origin == model.Origin(REPO, hashlib.sha256(CONTENT).hexdigest(), head)
    assert f"GET /storage/{reader.origin.sha256}" in pinned.requests


def test_a_later_commit_changes_nothing(pinned: Hub) -> None:
    before = pinned.repos[REPO].head
    pinned.commit(REPO, {hub.FILE: b"something else"})
    assert model.load().origin.revision == before != pinned.repos[REPO].head


def test_another_file_of_the_repository(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    head = pinned.commit(REPO, {hub.FILE: b"something else", "zoo/small.tflite": CONTENT})
    pin(monkeypatch, FILE="zoo/small.tflite", REVISION=head)
    assert model.load().origin.revision == head


def test_once_downloaded_no_request_is_made(pinned: Hub) -> None:
    model.load()
    pinned.requests.clear()
    pinned.fault = "500"
    assert model.load().origin.name == REPO
    assert pinned.requests == []


def test_a_spoilt_cache_is_made_good(pinned: Hub) -> None:
    model.load()
    (cached,) = Path(os.environ["HF_HUB_CACHE"]).glob("models--*/blobs/*")
    cached.write_bytes(CONTENT[:-1] + b"!")
    assert model.load().origin.name == REPO
    assert cached.read_bytes() == CONTENT


def test_a_private_model_needs_the_token(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    pinned.repos[REPO].private = True
    assert why_bundled() == f"There is no {REPO} on the Hub, or HF_TOKEN must open it."
    monkeypatch.setenv("HF_TOKEN", pinned.token)
    assert model.load().origin.name == REPO
    assert pinned.leaks == []  # the token goes to the Hub, never to its storage


def test_a_download_cut_off_once_goes_on(pinned: Hub) -> None:
    pinned.fault = "cut-once"
    assert model.load().origin.name == REPO
    assert sum(r.startswith("GET /storage/") for r in pinned.requests) == 2


# --- anything wrong --------------------------------------------------------------------------


def test_no_such_repository(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, REPO="someone/else")
    assert why_bundled() == "There is no someone/else on the Hub, or HF_TOKEN must open it."


def test_no_such_revision(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, REVISION="0" * 40)
    assert why_bundled() == f"{REPO} has no revision {'0' * 40} on the Hub."


def test_no_such_file(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, FILE="none.tflite")
    head = pinned.repos[REPO].head
    assert why_bundled() == f"{REPO} has no file none.tflite at {head} on the Hub."


def test_the_hub_is_down(pinned: Hub) -> None:
    pinned.fault = "500"
    assert why_bundled() == "The Hub answered with error 500."
    assert len(pinned.requests) == 1  # the client's own retries take half a minute


def test_something_else_answers(pinned: Hub) -> None:
    pinned.fault = "no-commit"
    assert why_bundled() == "What answered is not the Hub."


@pytest.mark.parametrize("fault", ["hang", "drip", "stuck"])
def test_slow_is_given_up(pinned: Hub, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    monkeypatch.setattr(hub, "DEADLINE", 2.0)
    pinned.fault = fault
    assert why_bundled() == "The Hub took longer than 2 seconds."
    pinned.requests.clear()
    pinned.closing.wait(1.2)
    assert pinned.requests == []  # nothing goes on trying behind the app's back


def test_nobody_there(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert why_bundled() == "The Hub cannot be reached (ConnectError)."


def test_offline(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert why_bundled() == "The Hub is switched off by HF_HUB_OFFLINE."
    assert pinned.requests == []


def test_always_cut_off(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "DEADLINE", 2.0)
    pinned.fault = "cut"
    assert why_bundled() == "The Hub took longer than 2 seconds."


def test_no_room_for_it(pinned: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "file"))
    assert why_bundled() == f"{hub.FILE} cannot be stored: Not a directory."


def test_another_content(pinned: Hub) -> None:
    pinned.repos[REPO].commits[pinned.repos[REPO].head][hub.FILE] = CONTENT[:-1] + b"!"
    assert "is not the file that MODEL_SHA256 was made from" in why_bundled()


def test_too_large(pinned: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"\0" * (hub.MAX_BYTES + 1)
    pin(monkeypatch, REVISION=pinned.commit(REPO, {hub.FILE: large}))
    assert why_bundled() == f"{hub.FILE} is larger than 50 MB."
    assert not any(r.startswith("GET") for r in pinned.requests)


class Trap:
    def __reduce__(self) -> tuple:
        return os.mkdir, ("was_run",)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (pickle.dumps(Trap()), "This file is not a LiteRT model."),
        (b"", "This file is not a LiteRT model."),
        (CONTENT[: len(CONTENT) // 2], "This file is not a LiteRT model."),
    ],
    ids=["a pickle", "nothing", "half a model"],
)
def test_no_model(
    pinned: Hub,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    head = pinned.commit(REPO, {hub.FILE: content})
    pin(monkeypatch, REVISION=head, SHA256=hashlib.sha256(content).hexdigest())
    assert why_bundled() == sentence
    assert not Path("was_run").exists()


@pytest.mark.parametrize("side", [28, 32])
def test_another_network(pinned: Hub, monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    content = dense_model(side)
    head = pinned.commit(REPO, {hub.FILE: content})
    pin(monkeypatch, REVISION=head, SHA256=hashlib.sha256(content).hexdigest())
    assert why_bundled().startswith("A model must " + ("take" if side == 32 else "return prob"))


def dense_model(side: int) -> bytes:
    """A network of ten classes for pictures of that side, without a softmax at its end."""
    import keras
    import tensorflow as tf

    layers = [keras.Input((side, side, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    layers[2].bias_initializer = keras.initializers.Constant(2)
    return tf.lite.TFLiteConverter.from_keras_model(keras.Sequential(layers)).convert()


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("REPO", "digits", "is not a model on the Hub"),
        ("REPO", "../up", "is no name on the Hub"),
        ("REVISION", "main", "must be pinned to a commit"),
        ("REVISION", "", "must be pinned to a commit"),
        ("REVISION", "abc1234", "must be pinned to a commit"),
        ("SHA256", "", "MODEL_SHA256 must say"),
        ("SHA256", "abc", "is 64 hexadecimal digits"),
        ("FILE", "model.keras", "other models could run code"),
        ("FILE", "../../up.tflite", "is no name on the Hub"),
    ],
)
def test_what_is_no_pin(
    pinned: Hub, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    pin(monkeypatch, **{variable: value})
    assert sentence in why_bundled()


def test_one_line_in_the_log(pinned: Hub) -> None:
    """What an operator sees of it, and that reading goes on."""
    pinned.fault = "500"
    done = subprocess.run(
        [sys.executable, "model.py", "examples/1_thin_pen.png"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["text"] == "2"
    said = (
        f"{NOT_USED}The Hub answered with error 500. The bundled mnist_model_aug is used instead."
    )
    assert [line for line in done.stderr.splitlines() if "TensorFlow Lite" not in line] == [said]


# --- asked for by name -----------------------------------------------------------------------


def test_by_name_and_revision(server: Hub) -> None:
    head = server.repos[REPO].head
    assert model.load(REPO, head).origin.revision == head


def test_by_name_what_is_wrong_is_raised(server: Hub) -> None:
    head = server.repos[REPO].head
    with pytest.raises(model.ModelError, match="must be pinned to a commit"):
        model.load(REPO)
    with pytest.raises(model.ModelError, match="is not the file"):
        model.load(REPO, head, sha256="0" * 64)
    with pytest.raises(model.ModelError, match="has no revision"):
        model.load(REPO, "1" * 40)


def test_the_client_is_not_imported_where_it_is_not_needed() -> None:
    code = "import sys, model; model.load(); print('huggingface_hub' in sys.modules)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MODEL_")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=environment
    )
    assert done.stdout == "False\n"


def test_variables_are_documented() -> None:
    assert {f"MODEL_{name}" for name in ("REPO", "REVISION", "SHA256")} <= set(
        documented_variables()
    )
    assert documented_variables()["MODEL_FILE"] == f"`{hub.FILE}`"
    assert code_blocks("yaml") == [f"preload_from_hub:\n  - OWNER/NAME {hub.FILE} REVISION\n"]
