"""One log line a request, metrics that count right, and an end that finishes what is in flight."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.observe import door_of, shown
from tests.conftest import running
from tests.pictures import EXAMPLES, a_seven

PNG = {"Content-Type": "image/png"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("observed")


@pytest.fixture(scope="module")
def observed(folder: Path) -> Iterator[str]:
    with running(folder) as address:
        yield address


def metric(app: str, sample_name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(httpx.get(f"{app}metrics").text):
        for sample in family.samples:
            if sample.name == sample_name and sample.labels == labels:
                return sample.value
    return 0.0


def lines(folder: Path) -> list[dict]:
    text = (folder / "app.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def wait_for(happens: Callable[[], Any]) -> Any:
    until = time.monotonic() + 20
    while not (happened := happens()):
        assert time.monotonic() < until
        time.sleep(0.05)
    return happened


def is_closed(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_request_is_one_line_that_tells_no_secret(folder: Path, observed: str) -> None:
    headers = PNG | {"Authorization": "Bearer hush", "Cookie": "hush=1", "User-Agent": "hush"}
    httpx.post(f"{observed}api/predict?explain=1&hush=1", content=a_seven(), headers=headers)
    [line] = wait_for(lambda: [x for x in lines(folder) if x.get("door") == "predict"])
    assert line["message"] == "request"
    assert (line["method"], line["status"]) == ("POST", 200)
    assert line["path"] == "/api/predict"
    assert line["milliseconds"] > 0
    assert line["bytes"] > 1000
    text = (folder / "app.log").read_text()
    assert "hush" not in text
    assert "base64" not in text


@pytest.mark.parametrize(
    ("path", "door", "written"),
    [
        ("/gradio_api/file=/tmp/x/my letter to Anna.png", "gradio", "/gradio_api/file"),
        ("/gradio_api/component_server", "desk", "/gradio_api/component_server"),
        ("/gradio_api/file/tmp/x/private.png", "gradio", "/gradio_api/file"),
        ("/assets/index.js", "page", "/assets/index.js"),
        ("/" + "x" * 1000, "page", "/" + "x" * 79),
    ],
)
def test_paths_are_written_without_names_of_files(path: str, door: str, written: str) -> None:
    assert door_of(path) == door
    assert shown(path) == written


def test_counts_requests_and_digits(observed: str) -> None:
    predicted = {"door": "predict", "method": "POST", "status": "200"}
    counts = [
        ("digit_reader_requests_total", predicted, 2),
        ("digit_reader_digits_total", {"digit": "7"}, 1),
        ("digit_reader_digits_total", {"digit": "none"}, 1),
        ("digit_reader_requests_total", predicted | {"status": "413"}, 1),
        ("digit_reader_turned_away_total", {"status": "413"}, 1),
        ("digit_reader_request_seconds_count", {"door": "predict"}, 3),
    ]
    before = [metric(observed, name, **labels) for name, labels, _ in counts]
    for content in (a_seven(), (EXAMPLES / "6_a_letter.png").read_bytes(), b"x" * 10_500_000):
        httpx.post(f"{observed}api/predict", content=content, headers=PNG)
    for (name, labels, more), was in zip(counts, before, strict=True):
        assert metric(observed, name, **labels) == was + more, name
    assert metric(observed, "digit_reader_model", name="mnist_model_aug", revision="bundled") == 1


def test_names_of_unknown_paths_and_methods_are_no_labels(observed: str) -> None:
    for i in range(3):
        httpx.request(f"MADE{i}", f"{observed}made/up/{i}")
    text = httpx.get(f"{observed}metrics").text
    assert "MADE" not in text
    assert "made" not in text


def test_it_stops_after_finishing_what_is_in_flight(tmp_path: Path) -> None:
    with running(tmp_path) as address:
        host, port = "127.0.0.1", int(address.rstrip("/").rpartition(":")[2])
        picture = a_seven()
        heartbeat = socket.create_connection((host, port), timeout=20)
        heartbeat.sendall(b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in heartbeat.recv(1000)
        line = socket.create_connection((host, port), timeout=20)
        head = f"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Length: {len(picture)}\r\n\r\n"
        line.sendall(head.encode() + picture[:100])
        wait_for(lambda: metric(address, "digit_reader_requests_in_flight") == 2)  # and this one
        os.kill(int((tmp_path / "app.pid").read_text()), signal.SIGTERM)
        wait_for(lambda: is_closed(host, port))
        line.sendall(picture[100:])
        with line.makefile("rb") as answer, line, heartbeat:
            assert answer.read().endswith(b"}")  # to its end: the connection is closed
    assert lines(tmp_path)[-1]["message"] == "stopped"
