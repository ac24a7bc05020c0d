"""Any JSON to any door: it is answered, tells nothing of the server, and the service goes on."""

import json
from collections.abc import Iterator
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


@pytest.fixture(scope="module")
def client(app: str) -> Iterator[httpx.Client]:
    alone = httpx.Limits(max_keepalive_connections=0)  # uvicorn hangs up after some of it
    with httpx.Client(base_url=app, headers=HEADERS, timeout=30, limits=alone) as client:
        yield client


@pytest.mark.parametrize("door", DOORS)
@given(body=ASKED)
@settings(max_examples=25)
def test_doors(client: httpx.Client, door: str, body: Any) -> None:
    answer = client.post(door, content=json.dumps(body))
    assert answer.status_code < 500 or "error" in answer.json()
    assert "Traceback" not in answer.text
    assert str(ROOT) not in answer.text


@pytest.fixture(scope="module")
def desk(client: httpx.Client) -> int:
    components = client.get("config").json()["components"]
    return next(c["id"] for c in components if c["props"].get("elem_id") == "desk")


@pytest.mark.parametrize("name", ["read", "steps", "keep", "choose"])
@given(question=QUESTION)
@settings(max_examples=20)
def test_what_the_page_asks(client: httpx.Client, desk: int, name: str, question: Any) -> None:
    call = {"component_id": desk, "fn_name": name, "session_hash": "x", "data": question}
    answer = client.post("gradio_api/component_server", content=json.dumps(call))
    assert answer.status_code == 200


def test_the_service_goes_on(client: httpx.Client) -> None:
    answer = client.post("api/predict", content=a_seven(), headers={"Content-Type": "image/png"})
    assert answer.json()["text"] == "7"
