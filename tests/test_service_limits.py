"""What is too much is turned away at every door, before memory is spent; the rest goes on."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from picture import MAX_BYTES
from service import connections
from service.limits import Limits
from service.rate import CLIENTS, Rate
from service.settings import SettingsError, from_environment
from tests.conftest import ROOT, running
from tests.pictures import a_seven

PNG = {"Content-Type": "image/png"}
SITE = "https://someone.github.io"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limited")


@pytest.fixture(scope="module")
def limited(folder: Path) -> Iterator[str]:
    """An app behind a trusted proxy: X-Forwarded-For makes each test another client."""
    with running(
        folder, MAX_REQUESTS_A_MINUTE="5", MAX_PICTURES_IN_FLIGHT="2", MAX_SECONDS="3",
        ALLOWED_ORIGINS=f"{SITE}, https://other.example/",
    ) as address:  # fmt: skip
        yield address


def ask(app: str, client: str, path: str = "api/predict", **request) -> httpx.Response:
    request = {"content": a_seven(), "headers": PNG} | request
    request["headers"] = request["headers"] | {"X-Forwarded-For": client}
    return httpx.post(app + path, timeout=20, **request)


# --- bytes ------------------------------------------------------------------------------------

DOORS = [
    "api/predict", "gradio_api/upload", "gradio_api/component_server", "gradio_api/queue/join",
    "gradio_api/call/predict", "gradio_api/run/predict", "gradio_api/api/predict",
    "gradio_api/mcp/",
]  # fmt: skip


PART = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a.png"\r\n\r\n'


def stream(megabytes: int, head: bytes) -> Iterator[bytes]:
    yield head
    for _ in range(megabytes):
        yield b"x" * 1_000_000


@pytest.mark.parametrize("door", DOORS)
def test_too_large_a_body_is_refused_while_it_streams(app: str, door: str) -> None:
    field = {"api/predict": b"file", "gradio_api/upload": b"files"}.get(door)
    head = PART % field if field else b'{"data": ["'
    kind = "multipart/form-data; boundary=x" if field else "application/json"
    headers = {"Content-Type": kind, "Accept": "application/json, text/event-stream"}
    refused = httpx.post(app + door, content=stream(15, head), headers=headers, timeout=20)
    assert refused.status_code == 413


@pytest.mark.parametrize("door", DOORS)
def test_what_says_it_is_too_large_need_not_be_sent(app: str, door: str) -> None:
    host, port = app.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = f"POST /{door} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {2 * MAX_BYTES}\r\n\r\n"
        line.sendall(head.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_a_picture_of_just_the_allowed_size_is_read(app: str) -> None:
    padded = a_seven().ljust(MAX_BYTES, b"\0")
    assert httpx.post(f"{app}api/predict", content=padded, headers=PNG).json()["text"] == "7"
    form = httpx.post(f"{app}api/predict", files={"file": padded})
    assert form.json()["text"] == "7"
    refused = httpx.post(f"{app}api/predict", content=padded + b"\0", headers=PNG)
    assert refused.status_code == 413
    assert "10 MB" in refused.json()["error"]


# --- how often ----------------------------------------------------------------------------------


def test_a_client_that_asks_too_often_waits_and_others_do_not(limited: str) -> None:
    statuses = [ask(limited, "203.0.113.1").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = ask(limited, "203.0.113.1")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["error"].endswith("try again.")
    assert ask(limited, "203.0.113.2").status_code == 200


def test_rate_holds_at_gradios_doors(limited: str) -> None:
    body = {"content": json.dumps({"data": []}), "headers": {"Content-Type": "application/json"}}
    doors = ["queue/join", "call/predict", "component_server", "upload", "run/predict", "mcp/"]
    statuses = [
        ask(limited, "203.0.113.3", f"gradio_api/{door}", **body).status_code for door in doors
    ]
    assert 429 not in statuses[:5]
    assert statuses[5] == 429
    assert httpx.get(limited, headers={"X-Forwarded-For": "203.0.113.3"}).status_code == 200


def test_only_the_proxys_word_counts(limited: str) -> None:
    """What a client itself puts into X-Forwarded-For stands before what the proxy adds."""
    for i in range(5):
        ask(limited, f"198.51.100.{i}, 203.0.113.4")
    assert ask(limited, "198.51.100.99, 203.0.113.4").status_code == 429


def test_nobody_is_believed_who_is_not_a_trusted_proxy(limited: str) -> None:
    """127.0.0.1 is the proxy here; 127.0.0.2 is somebody else on this machine."""
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, headers=PNG, timeout=20) as stranger:
        statuses = [
            stranger.post(
                f"{limited}api/predict",
                content=a_seven(),
                headers={"X-Forwarded-For": f"203.0.113.{100 + i}"},
            ).status_code
            for i in range(6)
        ]
    assert statuses == [200] * 5 + [429]


def test_the_page_says_it_kindly(limited: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(limited)
    example = page.get_by_role("button", name="Example: small and off centre")
    for _ in range(6):
        with page.expect_response("**/component_server/**", timeout=20_000) as answer:
            example.click()
        if answer.value.status == 429:
            break
    expect(page.locator(".verdict .said")).to_contain_text("too much to do")
    context.close()


def test_rate_refills_and_forgets() -> None:
    now = 0.0
    rate = Rate(60, lambda: now)
    assert [rate.wait("a") for _ in range(61)] == [0.0] * 60 + [1.0]
    now = 1.0
    assert rate.wait("a") == 0
    assert rate.wait("a") == 1
    assert all(Rate(0).wait("a") == 0 for _ in range(1000))
    for i in range(2 * CLIENTS):
        rate.wait(f"10.{i // 65536}.{i // 256 % 256}.{i % 256}")
    assert len(rate._buckets) == CLIENTS


def test_a_household_of_ipv6_addresses_is_one_client() -> None:
    rate = Rate(1, lambda: 0.0)
    assert rate.wait("2001:db8::1") == 0
    assert rate.wait("2001:db8::ffff:2") > 0
    assert rate.wait("2001:db8:0:1::1") == 0


# --- how many at once, how long -------------------------------------------------------------------


def hold_open(address: str) -> socket.socket:
    """Begin to send a picture, and go no further."""
    host, port = address.removeprefix("http://").rstrip("/").split(":")
    line = socket.create_connection((host, int(port)), timeout=20)
    head = "POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
    line.sendall(f"{head}X-Forwarded-For: 203.0.113.9\r\nContent-Length: 1000\r\n\r\n".encode())
    return line


def test_pictures_in_flight_and_seconds_are_limited(limited: str) -> None:
    lines = [hold_open(limited), hold_open(limited)]
    time.sleep(0.5)
    busy = ask(limited, "203.0.113.5")
    assert busy.status_code == 429
    assert int(busy.headers["Retry-After"]) > 0
    late = [line.recv(1000) for line in lines]
    assert all(answer.startswith(b"HTTP/1.1 503") for answer in late)
    assert all(b"retry-after" in answer for answer in late)
    for line in lines:
        line.close()
    assert ask(limited, "203.0.113.6").status_code == 200


QUEUE = """
import main, page
from service.app import application
from service.reading import SLOTS
from service.settings import from_environment
settings = from_environment({"MAX_PICTURES_IN_FLIGHT": "3"})
application(main.demo, main.zoo, settings, page.launch_options())
queue = main.demo._queue
print(queue.max_size, queue.default_concurrency_limit == main.demo.max_threads == SLOTS)
"""


def test_gradios_queue_keeps_to_the_same_limits() -> None:
    command = [sys.executable, "-c", QUEUE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "True"]


def test_many_at_once_are_all_answered(app: str) -> None:
    with httpx.Client(timeout=30, headers=PNG) as client, ThreadPoolExecutor(24) as threads:
        answers = threads.map(
            lambda _: client.post(f"{app}api/predict", content=a_seven()), range(48)
        )
        assert {answer.json()["text"] for answer in answers} == {"7"}


# --- room on the disk -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("door", "status"),
    [("gradio_api/upload", 503), ("gradio_api/run/predict", 503), ("gradio_api/mcp/", 503),
     ("gradio_api/component_server", 204), ("api/predict", 204)],
)  # fmt: skip
def test_little_room_on_the_disk_stops_what_is_stored_alone(door: str, status: int) -> None:
    async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(status_code=204)(scope, receive, send)

    more_than_any_disk_has = from_environment({"MIN_FREE_MB": "9" * 12})
    answer = TestClient(Limits(nothing, more_than_any_disk_has)).post(door)
    assert answer.status_code == status
    if status == 503:
        assert int(answer.headers["Retry-After"]) > 0
    assert TestClient(Limits(nothing, from_environment({"MIN_FREE_MB": "0"}))).post(door).is_success


# --- how many connections -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("soft", "hard", "fit", "raised"),
    [(1024, 4096, 2000, 2200), (9999, 9999, 2000, None), (256, 1024, 824, 1024), (64, 64, 1, 64),
     (1024, -1, 2000, 2200)],
)  # fmt: skip
def test_as_many_connections_as_the_system_has_files_for(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, fit: int, raised: int | None
) -> None:
    set_to = []
    monkeypatch.setattr(connections.resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(connections.resource, "setrlimit", lambda _, limits: set_to.append(limits))
    assert connections.room_for(2000) == fit
    assert set_to == ([] if raised is None else [(raised, hard)])


# --- other sites --------------------------------------------------------------------------------


@pytest.mark.parametrize(("origin", "allowed"), [(SITE, True), ("https://evil.example", False)])
def test_only_allowed_sites_may_call(limited: str, origin: str, allowed: bool) -> None:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    preflight = httpx.options(f"{limited}api/predict", headers=asked)
    answer = httpx.get(f"{limited}api/health", headers={"Origin": origin})
    gradio = httpx.get(f"{limited}config", headers={"Origin": origin})
    for response in (preflight, answer, gradio):
        granted = response.headers.get("access-control-allow-origin")
        assert granted == (origin if allowed else None)
        assert "access-control-allow-credentials" not in response.headers


def test_all_sites_may_call_by_default_without_cookies(app: str) -> None:
    refused = httpx.post(f"{app}api/predict", headers={"Origin": SITE})
    assert refused.status_code == 400
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in refused.headers


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_REQUESTS_A_MINUTE", "many"), ("MAX_PICTURES_IN_FLIGHT", "0"), ("MAX_SECONDS", "-1"),
        ("GRADIO_SERVER_PORT", ""), ("TRUSTED_PROXIES", "proxy.local"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        from_environment({name: value})


def test_settings_suit_a_space_by_themselves() -> None:
    assert from_environment({}).proxies == "127.0.0.1"
    assert "10.0.0.0/8" in from_environment({"SPACE_ID": "someone/digits"}).proxies
    assert from_environment({"API_TOKEN": "  "}).token == ""
