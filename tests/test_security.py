"""No door leads to the server's files or to other hosts, and no answer does more than it should."""

import contextlib
import hmac
import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.gradio_doors import SHUT, is_shut
from service.private import Private
from service.server import HEADERS
from service.streams import ENDLESS
from tests.conftest import ROOT, TOKEN
from tests.pictures import EXAMPLES, a_seven

UP = ("../", "..%2f", "%2e%2e%2f", "%2e%2e/", "..%5c", "....//", "..%252f")
ABSOLUTE = ("/etc/passwd", "//etc/passwd", "/proc/self/environ", "file:///etc/passwd")
PATHS = [
    *(up * deep + name for up in UP for deep, name in ((1, "main.py"), (9, "etc/passwd"))),
    *(place.replace("/", slash) for place in ABSOLUTE for slash in ("/", "%2f")),
    *(f"{ROOT}/main.py", f"{ROOT}/examples/../main.py", "main.py", "main.py%00.png"),
]
SECRETS = (b"root:", b"import service", b"GRADIO_SERVER_PORT")
NO_FOLDERS = ("/website/x", "/docs/static/x", "/x", "/api/predict/x")


@pytest.fixture(scope="module")
def doors() -> list[tuple[str, str]]:
    """Method and path of every route, `x` for what varies."""
    command = [sys.executable, "-m", "tests.doors"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [(line.split()[0], line.split()[1]) for line in listed.stdout.splitlines()]


@pytest.fixture
def line(app: str) -> Iterator[http.client.HTTPConnection]:
    """Sends paths as they are, where httpx would tidy them up."""
    connection = http.client.HTTPConnection(app.removeprefix("http://").rstrip("/"), timeout=60)
    yield connection
    connection.close()


def whole(line: http.client.HTTPConnection, path: str) -> bytes:
    line.request("GET", path)
    with line.getresponse() as answer:
        try:
            return answer.read()
        except http.client.IncompleteRead as error:  # a stream of Gradio's that ends with an error
            line.close()
            return error.partial


def test_no_path_leads_to_a_file_of_the_server(
    line: http.client.HTTPConnection, doors: list[tuple[str, str]]
) -> None:
    gets = {path for method, path in doors if method == "GET" and "x" in path.split("/")[-1]}
    vary = [path for path in {*gets, *NO_FOLDERS} if path.endswith("x")]
    assert {"/gradio_api/file=x", "/static/x", "/assets/x"} <= set(vary)
    for path in (path for path in vary if not path.startswith(ENDLESS)):
        for tried in PATHS:
            content = whole(line, path.removesuffix("x") + tried)
            assert not any(secret in content for secret in SECRETS), path + tried


@pytest.mark.parametrize(
    "place",
    ["/etc/passwd", f"{EXAMPLES}/1_thin_pen.png", "../x.png", "/dev/zero", "/proc/self/environ",
     "http://127.0.0.1:9/x.png", "https://example.org/x.png", "x\0.png", "x" * 5000, ""],
)  # fmt: skip
@pytest.mark.parametrize("more", [{}, {"is_stream": True}, {"url": "http://127.0.0.1:9/"}])
def test_no_other_file_is_read_copied_or_fetched_for_anybody(
    app: str, app_folder: Path, place: str, more: dict[str, object]
) -> None:
    """In place of the picture, and where none is expected."""
    file = {"path": place, "meta": {"_type": "gradio.FileData"}} | more
    before = set(app_folder.rglob("*"))
    with httpx.Client(base_url=app, timeout=60) as client:
        for data in ([file, False], [None, file]):
            answer = client.post("gradio_api/run/predict", json={"data": data})
            assert answer.status_code == 500
            assert "text" not in answer.json()
        event = client.post("gradio_api/call/predict", json={"data": [file, False]}).json()
        called = client.get(f"gradio_api/call/predict/{event['event_id']}").text
    assert "event: error" in called
    assert set(app_folder.rglob("*")) == before


def test_what_nothing_here_uses_is_shut(app: str, doors: list[tuple[str, str]]) -> None:
    shut = [(method, path) for method, path in doors if is_shut(path)]
    for known in ("/gradio_api/proxy=x", "/gradio_api/vibe-code", "/gradio_api/dev/reload", *SHUT):
        assert any(path.startswith(known) for _, path in shut), known
    away = [("GET", f"/gradio_api/file{to}https://1.1.1.1/") for to in "=/"]
    with httpx.Client(base_url=app, timeout=60) as client:
        for method, path in shut + away:
            answer = client.request(method, path)
            assert answer.status_code == 404, path
            assert method == "HEAD" or list(answer.json()) == ["error"]


# --- what answers say of themselves --------------------------------------------------------------

ANSWERS = {
    "page": ("GET", "", 200, "text/html", {}),
    "answer": ("POST", "api/predict", 200, "application/json", {"content": a_seven()}),
    "no picture": ("POST", "api/predict", 400, "application/json", {"content": b"<script>"}),
    "JSON": ("POST", "api/predict", 415, "application/json", {"json": {}}),
    "too large": ("POST", "api/predict", 413, "application/json", {"content": b"x" * 11_000_000}),
    "nothing": ("GET", "<script>", 404, "application/json", {}),
    "nothing of the API": ("GET", "api/<script>", 404, "application/json", {}),
    "shut": ("GET", "login", 404, "application/json", {}),
    "no file": ("GET", "gradio_api/file=<script>", 403, "application/json", {}),
    "nonsense to Gradio": ("POST", "gradio_api/queue/join", 422, "application/json", {"json": {}}),
    "no function": ("POST", "gradio_api/run/x", 500, "application/json", {"json": {"data": []}}),
    "wrong method": ("DELETE", "api/health", 404, "application/json", {}),
    "website": ("GET", "website/", 200, "text/html", {}),
    "script": ("GET", "website/app.js", 200, "application/javascript", {}),
    "documentation": ("GET", "docs", 200, "text/html", {}),
    "metrics": ("GET", "metrics", 200, "text/plain", {}),
    "head": ("HEAD", "", 200, "text/html", {}),
}  # fmt: skip


def is_safe(headers: httpx.Headers) -> bool:
    return "server" not in headers and all(text in headers.get(name, "") for name, text in HEADERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_kind_of_answer_has_its_type_and_headers(app: str, name: str) -> None:
    method, path, status, kind, request = ANSWERS[name]
    answer = httpx.request(method, app + path, timeout=60, **request)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith(kind)
    assert is_safe(answer.headers)


def test_a_refusal_for_want_of_the_token_has_them_too(private: str) -> None:
    for accept in ("text/html", "application/json"):
        answer = httpx.get(private, headers={"Accept": accept})
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith(accept)
        assert is_safe(answer.headers)


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n", b"GET  /\r\n\r\n", b"x" * 100_000,
     b"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
     b"POST /api/predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nno number"],
)  # fmt: skip
def test_what_is_not_http_is_400(app: str, app_folder: Path, sent: bytes) -> None:
    host, port = app.removeprefix("http://").rstrip("/").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=60) as line,
        http.client.HTTPResponse(line) as answer,
    ):
        line.sendall(sent + b"\r\n\r\n")
        answer.begin()
        assert answer.status == 400
        assert is_safe(httpx.Headers(answer.getheaders()))
        assert list(json.loads(answer.read())) == ["error"]
    assert "data_received" not in (app_folder / "app.log").read_text()


def test_what_is_not_http_behind_an_answer_ends_the_connection(app: str, app_folder: Path) -> None:
    host, port = app.removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as line:
        chunked = b"Host: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        line.sendall(b"GET /gradio_api/heartbeat/x HTTP/1.1\r\n" + chunked)
        assert b" 200 " in line.recv(1000)
        line.sendall(b"no number\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while line.recv(1000):
                pass
    assert "data_received" not in (app_folder / "app.log").read_text()


@pytest.mark.parametrize("name", ["x.html", "x.svg", "x.js", "x.xml", "x.pdf", "x"])
def test_an_uploaded_file_is_no_page_of_ours(app: str, name: str) -> None:
    files = {"files": (name, b"<script>alert(1)</script>", "text/html")}
    [path] = httpx.post(f"{app}gradio_api/upload", files=files).json()
    answer = httpx.get(f"{app}gradio_api/file={path}")
    assert answer.content == files["files"][1]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert is_safe(answer.headers)


# --- the token -----------------------------------------------------------------------------------


def test_tokens_and_proofs_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    compare = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(a) or compare(a, b))
    gate = Private(None, TOKEN)  # type: ignore[arg-type]
    bearer = httpx.Headers({"authorization": "Bearer guess"})
    cookie = httpx.Headers({"cookie": "digit_reader_session=9.guess"})
    assert not gate._is_known(bearer)  # type: ignore[arg-type]
    assert not gate._is_known(cookie)  # type: ignore[arg-type]
    assert compared[0] == b"guess"
    assert compared[-1] == b"guess"
