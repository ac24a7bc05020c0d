"""Any JSON to any door: it is answered, tells nothing of the server, and the service goes on."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from page.pictures import data_url
from tests.pictures import a_seven

ROOT = Path(__file__).parents[1]
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
DOORS = [
    *("api/predict", "gradio_api/component_server", "gradio_api/queue/join", "gradio_api/mcp/"),
    *("gradio_api/call/predict", "gradio_api/run/predict", "gradio_api/api/predict"),
    *("gradio_api/cancel", "gradio_api/reset", "gradio_api/upload", "gradio_api/stream/x"),
]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = {  # what one door or another asks for; values are often of the right kind
    "data": st.lists(ANY, max_size=3) | ANY,
    "fn_index": st.integers(-1, 3) | ANY,
    "session_hash": st.text(max_size=8) | ANY,
    "event_id": st.text(max_size=8) | ANY,
    "component_id": st.integers(-1, 20) | ANY,
    "fn_name": st.sampled_from(["read", "__class__", "get_config"]) | ANY,
    "method": st.sampled_from(["tools/call", "initialize"]) | ANY,
    "params": ANY,
}
ASKED = ANY | st.fixed_dictionaries({}, optional=FIELDS)
QUESTION = ANY | st.fixed_dictionaries(
    {},
    optional={
        "picture": st.just(data_url(a_seven(), "png")) | ANY,
        "box": st.lists(st.integers(-9, 999), min_size=4, max_size=4) | ANY,
        **dict.fromkeys(("number", "preview", "model", "label", "consent"), ANY),
    },
)


def sent(app: str, door: str, body: Any) -> httpx.Response:
    return httpx.post(app + door, content=json.dumps(body), headers=HEADERS, timeout=30)


@pytest.mark.parametrize("door", DOORS)
@given(body=ASKED)
@settings(max_examples=25)
def test_doors(app: str, door: str, body: Any) -> None:
    answer = sent(app, door, body)
    assert answer.status_code < 500 or "error" in answer.json()
    assert "Traceback" not in answer.text
    assert str(ROOT) not in answer.text


@pytest.fixture(scope="module")
def desk(app: str) -> int:
    components = httpx.get(f"{app}config").json()["components"]
    return next(c["id"] for c in components if c["props"].get("elem_id") == "desk")


@pytest.mark.parametrize("name", ["read", "steps", "keep", "choose"])
@given(question=QUESTION)
@settings(max_examples=40)
def test_what_the_page_asks(app: str, desk: int, name: str, question: Any) -> None:
    call = {"component_id": desk, "fn_name": name, "session_hash": "x", "data": question}
    assert sent(app, "gradio_api/component_server", call).status_code == 200


def test_the_service_goes_on(app: str) -> None:
    headers = {"Content-Type": "image/png"}
    answer = httpx.post(f"{app}api/predict", content=a_seven(), headers=headers)
    assert answer.json()["text"] == "7"
