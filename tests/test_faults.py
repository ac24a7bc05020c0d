"""What goes wrong around the app stays there: only the request concerned fails.

One app on a bad day: no network, no Hub, no home to write to, narrow limits, and a clock and a disk
that the tests spoil. SECURITY.md has the table of faults.
"""

import http.client
import itertools
import json
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from page.pictures import data_url
from service import connections
from service.limits import SHARE
from service.settings import from_environment
from tests.conftest import ROOT, running
from tests.pictures import a_seven
from tests.test_service_observe import lines, metric, wait_for

if sys.platform == "linux":
    import resource

PNG = {"Content-Type": "image/png"}
FORM = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
SECONDS, CONNECTIONS, PICTURES, A_MINUTE = 6, 24, 8, 6
DAY = 24 * 3600
PIN = {"MODEL_REPO": "a/b", "MODEL_REVISION": "a" * 40, "MODEL_SHA256": "0" * 64}
SILENT = b"GET /api/health HTTP/1.1\r\nX-Half: "
HEARTBEAT = b"GET /gradio_api/heartbeat/x HTTP/1.1\r\nHost: x\r\n\r\n"
new_clients = (f"10.0.{i // 256}.{i % 256}" for i in itertools.count())


class App:
    """A running app, and the folder that it writes to."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder

    @property
    def pid(self) -> int:
        return int((self.folder / "app.pid").read_text())

    def connect(self, sent: bytes, line: socket.socket | None = None) -> socket.socket:
        host, port = self.address.removeprefix("http://").rstrip("/").split(":")
        line = line or socket.socket()
        line.settimeout(60)
        line.connect((host, int(port)))
        line.sendall(sent)
        return line

    def post(self, path: str, **request: Any) -> httpx.Response:
        """Send as a client that was not there before, or as the one named."""
        headers = {"X-Forwarded-For": request.pop("client", None) or next(new_clients)}
        headers |= request.pop("headers", {})
        return httpx.post(self.address + path, headers=headers, timeout=60, **request)

    def read(self, client: str | None = None) -> httpx.Response:
        return self.post("api/predict", client=client, content=a_seven(), headers=PNG)

    def desk(self, function: str, question: dict[str, Any]) -> Any:
        """Ask as the page does."""
        config = httpx.get(f"{self.address}config", timeout=60).json()
        [desk] = [c["id"] for c in config["components"] if c["props"].get("elem_id") == "desk"]
        asked = {"session_hash": "x", "component_id": desk, "fn_name": function, "data": question}
        return self.post("gradio_api/component_server", json=asked).json()

    def is_well(self) -> bool:
        is_ready = httpx.get(f"{self.address}api/health", timeout=60).json()["ready"]
        return is_ready is True and self.read().json().get("text") == "7"

    def wait_for_requests(self, count: int) -> None:
        """Wait until so many requests are at work beside the one that asks."""
        gauge = "digit_reader_requests_in_flight"
        wait_for(lambda: metric(self.address, gauge) == count + 1)

    def mishaps(self) -> list[dict[str, Any]]:
        return [line for line in lines(self.folder) if "exception" in line]


def head(door: str, length: int, kind: str = "image/png") -> bytes:
    client = next(new_clients)
    return (
        f"POST /{door} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {client}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def reset(line: socket.socket) -> None:
    """Close as a lost client does, without a word."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("troubled")
    for name in ("clock", "network"):
        (folder / name).write_text("")
    with running(
        folder, PYTHONPATH=str(ROOT / "tests" / "faulty"), HOME="/proc/nobody", HF_HOME="",
        CLOCK_FILE=str(folder / "clock"), NETWORK_FILE=str(folder / "network"), **PIN,
        FEEDBACK_REPO="a/b", MAX_SECONDS=str(SECONDS), MAX_CONNECTIONS=str(CONNECTIONS),
        MAX_PICTURES_IN_FLIGHT=str(PICTURES), MAX_REQUESTS_A_MINUTE=str(A_MINUTE),
    ) as address:  # fmt: skip
        yield App(address, folder)


# --- network, Hub, home, clock --------------------------------------------------------------------


def correction() -> dict[str, Any]:
    picture = data_url(a_seven(), "png")
    return {"picture": picture, "box": [72, 62, 136, 166], "label": "1", "consent": True}


def test_without_network_hub_and_home_it_reads_and_says_why(troubled: App) -> None:
    health = httpx.get(f"{troubled.address}api/health").json()
    assert health["revision"] is None
    assert "The Hub cannot be reached" in health["note"]
    assert httpx.get(troubled.address).status_code == 200
    assert troubled.is_well()
    assert set((troubled.folder / "network").read_text().split()) == {"huggingface.co"}


def test_a_correction_is_kept_while_the_hub_is_away(troubled: App) -> None:
    assert troubled.desk("keep", correction()) == {"kept": True, "full": False}
    assert len(list(troubled.folder.glob("feedback/1/*.png"))) == 1
    wait_for(lambda: "Corrections stay here" in (troubled.folder / "app.log").read_text())
    assert troubled.is_well()


def test_steps_of_the_clock_change_no_limit(troubled: App) -> None:
    client, clock = next(new_clients), troubled.folder / "clock"
    answers = (troubled.read(client).status_code for _ in range(10 * A_MINUTE))
    assert 429 in answers
    with troubled.connect(head("api/predict", 1000)) as held:
        for step in (DAY, -DAY):
            clock.write_text(str(step))
            refused = troubled.read(client)
            assert refused.status_code == 429
            assert int(refused.headers["Retry-After"]) <= 60
            assert troubled.is_well()
        assert held.recv(1000).startswith(b"HTTP/1.1 503")
    clock.write_text("")


# --- disk -----------------------------------------------------------------------------------------


@contextmanager
def full_disk(app: App) -> Iterator[None]:
    """No file of the app can grow, its log neither."""
    if sys.platform != "linux":
        pytest.skip("only Linux sets limits on a running process")
    limits = resource.prlimit(app.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(app.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(app.pid, resource.RLIMIT_FSIZE, limits)


def stored(app: App) -> set[Path]:
    return {file for name in ("gradio", "feedback") for file in (app.folder / name).rglob("*.*")
            if file.is_file()} | set(app.folder.glob("gradio/tmp*"))  # fmt: skip


def test_a_full_disk_stops_uploads_alone_and_leaves_nothing_half(troubled: App) -> None:
    before, large = stored(troubled), a_seven().ljust(3_000_000, b"\0")
    with full_disk(troubled):
        upload = troubled.post("gradio_api/upload", files={"files": large})
        form = troubled.post("api/predict", files={"file": large})
        drawn = troubled.desk("read", {"picture": data_url(a_seven(), "png"), "number": False})
        kept = troubled.desk("keep", correction())
        assert troubled.is_well()
    assert upload.status_code == 503
    assert upload.json()["error"].endswith("Please try again later.")
    assert form.json()["text"] == drawn["text"] == "7"
    assert kept == {"kept": False, "full": True}
    assert stored(troubled) == before
    assert troubled.post("gradio_api/upload", files={"files": large}).is_success


# --- clients that are slow, or leave --------------------------------------------------------------


def dripped(line: socket.socket) -> bytes:
    """Send byte by byte until the server has had enough; return what it said to that."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            line.sendall(b"x")
            if select.select([line], [], [], 0.1)[0]:
                return line.recv(1000)
        except ConnectionError:
            return b""
    raise AssertionError("The server waits without end.")


def test_slow_clients_are_cut_off_and_nobody_waits_for_them(troubled: App) -> None:
    """Headers, a body, and a body that is not wanted drip in; a large answer is not taken."""
    [path] = troubled.post("gradio_api/upload", files={"files": b"x" * 9_900_000}).json()
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    unwanted = b"GET /api/health HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n"
    with (
        troubled.connect(SILENT) as headers,
        troubled.connect(head("api/predict", 99_999)) as body,
        troubled.connect(unwanted) as more,
        troubled.connect(f"GET /gradio_api/file={path} HTTP/1.1\r\n".encode(), small) as taker,
        ThreadPoolExecutor() as threads,
    ):
        taker.sendall(b"Host: x\r\n\r\n")
        assert more.recv(1000).startswith(b"HTTP/1.1 200")
        said = threads.map(dripped, (headers, body, more))
        troubled.wait_for_requests(2)  # the body's and the taker's
        assert troubled.is_well()
        cut, refused, again = said
        assert cut == b""
        assert refused.startswith(b"HTTP/1.1 503")
        assert again.endswith(b"}") or again == b""  # the rest of its answer, if anything
        assert dripped(more) == b""
        troubled.wait_for_requests(0)


def test_silent_connections_make_room_for_others(troubled: App) -> None:
    with ExitStack() as silent:
        for _ in range(3 * CONNECTIONS):
            silent.enter_context(troubled.connect(SILENT))
        assert troubled.is_well()
        if sys.platform == "linux":
            files = Path(f"/proc/{troubled.pid}/fd").iterdir()  # its own too
            assert len(list(files)) < 3 * CONNECTIONS


def test_open_pages_of_one_client_leave_room_for_others(troubled: App) -> None:
    with ExitStack() as pages:
        answers = [
            pages.enter_context(troubled.connect(HEARTBEAT)).recv(1000)
            for _ in range(CONNECTIONS // SHARE + 1)
        ]
        assert troubled.is_well()
    assert all(b" 200 " in answer for answer in answers[:-1])
    assert b" 429 " in answers[-1]


DOORS = [
    ("api/predict", "image/png"), ("api/predict", FORM), ("gradio_api/upload", FORM),
    ("gradio_api/component_server", FORM), ("gradio_api/component_server", "application/json"),
    ("gradio_api/queue/join", "application/json"), ("gradio_api/run/predict", "application/json"),
]  # fmt: skip


def test_an_upload_cut_off_half_way_leaves_nothing(troubled: App) -> None:
    before = stored(troubled)
    for (door, kind), leave in itertools.product(DOORS, (socket.socket.close, reset)):
        line = troubled.connect(head(door, 200_000, kind) + PART + b"x" * 100_000)
        troubled.wait_for_requests(1)
        leave(line)
        troubled.wait_for_requests(0)
    assert stored(troubled) == before
    assert troubled.mishaps() == []
    assert troubled.is_well()


def test_sockets_closed_while_predicting_disturb_nobody(troubled: App) -> None:
    picture = a_seven()
    for _ in range(2 * PICTURES):
        reset(troubled.connect(head("api/predict", len(picture)) + picture))
    troubled.wait_for_requests(0)
    assert troubled.mishaps() == []
    assert troubled.is_well()


# --- many clients ---------------------------------------------------------------------------------


def answer_on(line: socket.socket) -> tuple[int, dict[str, Any]]:
    with http.client.HTTPResponse(line) as answer:
        answer.begin()
        return answer.status, json.loads(answer.read())


def test_500_clients_at_once_are_read_or_told_to_wait(app: str, app_folder: Path) -> None:
    """All have sent all but a byte, so that they are there at the same time."""
    picture, everyone = a_seven(), App(app, app_folder)
    connections.room_for(600)  # for the test's own process
    with ExitStack() as crowd:
        held = [
            crowd.enter_context(everyone.connect(head("api/predict", len(picture)) + picture[:-1]))
            for _ in range(500)
        ]
        assert httpx.get(f"{app}api/health", timeout=60).json()["ready"] is True
        for line in held:
            line.sendall(picture[-1:])
        answers = [answer_on(line) for line in held]
    read = [answer["text"] for status, answer in answers if status == 200]
    refused = [answer["error"] for status, answer in answers if status == 429]
    assert read == ["7"] * from_environment({}).pictures
    assert len(refused) == 500 - len(read)
    assert everyone.is_well()


def test_in_a_flood_others_get_429_and_health_answers(troubled: App) -> None:
    with ExitStack() as slots:
        for _ in range(PICTURES):
            slots.enter_context(troubled.connect(head("api/predict", 1000)))
        troubled.wait_for_requests(PICTURES)
        refused = troubled.read()
        assert httpx.get(f"{troubled.address}api/health").json()["ready"] is True
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    troubled.wait_for_requests(0)
    assert troubled.is_well()
