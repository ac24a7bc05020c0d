"""The REST API over real HTTP."""

import base64
import io
import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

import model
from picture import decode
from reader.reading import NO_INK
from tests.pictures import EXAMPLES, a_seven, png

SENTENCE = re.compile(r"[A-Z].*\.", re.DOTALL)
PNG = {"Content-Type": "image/png"}
FILES = sorted(EXAMPLES.glob("*.*g"))


@pytest.fixture(scope="module")
def api(app: str):
    with httpx.Client(base_url=app, timeout=30) as client:
        yield client


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_answers_as_the_command_line_does(api: httpx.Client, file: Path) -> None:
    number = "number" in file.stem
    line = model.answer(model.load(), str(file), number)
    sent = api.post(
        "/api/predict", params={"number": int(number)}, files={"file": file.read_bytes()}
    )
    assert sent.status_code == 200
    assert sent.json() == {key: line[key] for key in ("text", "lines", "note", "digits")}


def test_takes_a_raw_body_as_it_takes_a_form(api: httpx.Client) -> None:
    form = api.post("/api/predict", files={"file": a_seven()}).json()
    assert form["text"] == "7"
    for headers in (PNG, {}, {"Content-Type": "application/octet-stream"}):
        assert api.post("/api/predict", content=a_seven(), headers=headers).json() == form


def pixels(url: str) -> np.ndarray:
    head, body = url.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


def test_explains_with_pictures(api: httpx.Client) -> None:
    answer = api.post("/api/predict?explain=1", content=a_seven(), headers=PNG).json()
    digit = model.load().read(decode(a_seven())).digits[0]
    assert digit.heatmap is not None
    for name, array in (("tensor", digit.tensor), ("heatmap", digit.heatmap)):
        np.testing.assert_allclose(pixels(answer["digits"][0][name]) / 255, array, atol=0.003)


def test_no_ink_is_no_error(api: httpx.Client) -> None:
    blank = png(Image.new("L", (200, 200), 255))
    answer = api.post("/api/predict", content=blank, headers=PNG)
    assert answer.status_code == 200
    assert answer.json() == {"text": "", "lines": [], "note": NO_INK, "digits": []}


REFUSED: dict[str, tuple[int, dict[str, Any]]] = {
    "no picture": (400, {"content": b"this is no picture", "headers": PNG}),
    "empty": (400, {"content": b"", "headers": PNG}),
    "cut off": (400, {"content": a_seven()[:300], "headers": PNG}),
    "form without file": (400, {"files": {"picture": b"x"}}),
    "field instead of file": (
        400,
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        },
    ),
    "broken form": (
        400, {"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}}
    ),
    "unknown model": (400, {"content": a_seven(), "headers": PNG, "params": {"model": "../x"}}),
    "not a switch": (400, {"content": a_seven(), "headers": PNG, "params": {"number": "maybe"}}),
    "JSON": (415, {"json": {"picture": "x"}}),
    "curl's own type": (415, {"data": {"picture": "x"}}),
    "too many pixels": (413, {"content": png(Image.new("1", (9000, 5000))), "headers": PNG}),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_says_in_a_sentence_what_is_wrong(api: httpx.Client, name: str) -> None:
    status, request = REFUSED[name]
    refused = api.post("/api/predict", **request)
    assert refused.status_code == status
    assert list(refused.json()) == ["error"]
    assert SENTENCE.fullmatch(refused.json()["error"])
    assert "Traceback" not in refused.text


def test_what_is_not_there_is_404(api: httpx.Client) -> None:
    for answer in (api.get("/api/predict"), api.post("/api/other")):
        assert answer.status_code == 404
        assert SENTENCE.fullmatch(answer.json()["error"])


def test_health_says_what_reads(api: httpx.Client) -> None:
    health = api.get("/api/health").json()
    assert health["ready"] is True
    assert health["model"] == model.load().name
    assert set(health) == {"ready", "model", "revision", "sha256", "note", "version"}


def test_reads_with_the_model_asked_for(api: httpx.Client) -> None:
    own = model.load().name
    named = api.post("/api/predict", params={"model": own}, content=a_seven(), headers=PNG)
    assert named.json()["text"] == "7"
    refused = api.post("/api/predict", params={"model": "x"}, content=a_seven(), headers=PNG)
    assert own in refused.json()["error"]
