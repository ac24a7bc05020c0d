"""With a token set, no door opens without it: every route of the app is tried over HTTP."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import Browser, expect

from service.private import COOKIE, NO_TOKEN, Private
from tests.conftest import ROOT, TOKEN
from tests.pictures import EXAMPLES, a_seven

BEARER = {"Authorization": f"Bearer {TOKEN}"}
OPEN = ("/api/health", "/sign-in", "/favicon.ico", "/website", "/docs/static")


@pytest.fixture(scope="module")
def stranger(private: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=private, timeout=10) as client:
        yield client


def test_no_route_answers_without_the_token(stranger: httpx.Client) -> None:
    command = [sys.executable, "-m", "tests.doors"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = {tuple(line.split()) for line in listed.stdout.splitlines()}
    for known in (
        ("POST", "/api/predict"), ("GET", "/metrics"), ("GET", "/openapi.json"), ("GET", "/docs"),
        ("GET", "/"), ("GET", "/config"), ("POST", "/gradio_api/upload"),
        ("POST", "/gradio_api/queue/join"), ("GET", "/gradio_api/queue/data"),
        ("POST", "/gradio_api/component_server"), ("GET", "/gradio_api/file=x"),
        ("GET", "/gradio_api/mcp/sse"), ("GET", "/gradio_api/heartbeat/x"),
    ):  # fmt: skip
        assert known in found
    for method, path in sorted(found):
        answer = stranger.request(method, path)
        if not path.startswith(OPEN):
            assert answer.status_code == 401, (method, path)
            assert method == "HEAD" or answer.json() == {"error": NO_TOKEN}


CLOSED = {
    "//": "/%2F",
    "up": "/website/../api/predict",
    "up, escaped": "/website/%2e%2e/config",
    "sign-in and more": "/sign-in/config",
    "health and more": "/api/health/../config",
}


@pytest.mark.parametrize("name", CLOSED)
def test_no_way_around(stranger: httpx.Client, name: str) -> None:
    request = stranger.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=CLOSED[name].encode())
    assert stranger.send(request).status_code in (401, 404)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer"},
        {"Cookie": f"{COOKIE}={int(time.time()) + 99}.0"},
        {"Cookie": f"{COOKIE}=9999999999.{'0' * 64}"},
        {"Cookie": f"{COOKIE}="},
        {"Cookie": "a=\xff; ;=\"'"},
    ],
)
def test_no_other_proof_will_do(stranger: httpx.Client, headers: dict[str, str]) -> None:
    encoded = {name: value.encode("latin-1") for name, value in headers.items()}
    assert stranger.get("/config", headers=encoded).status_code == 401


def test_a_session_ends() -> None:
    gate = Private(None, TOKEN)  # type: ignore[arg-type]
    for expires, known in ((time.time() + 60, True), (time.time() - 1, False)):
        cookie = f"{COOKIE}={int(expires)}.{gate._proof(str(int(expires)))}"
        assert gate._is_known(httpx.Headers({"cookie": cookie})) is known  # type: ignore[arg-type]


def test_programs_send_the_token(private: str) -> None:
    answer = httpx.post(f"{private}api/predict", content=a_seven(), headers=BEARER)
    assert answer.json()["text"] == "7"
    client = Client(private, headers=BEARER, verbose=False)
    read = client.predict(handle_file(EXAMPLES / "1_thin_pen.png"), False, api_name="/predict")
    assert read["text"] == "2"


def test_health_is_open_and_says_little(stranger: httpx.Client) -> None:
    assert set(stranger.get("/api/health").json()) == {
        "ready",
        "model",
        "revision",
        "sha256",
        "note",
        "version",
    }


def test_people_sign_in_once(private: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(private)
    page.get_by_label("Its token").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This is not the token of this service.")
    page.get_by_label("Its token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Example: small and off centre").click(timeout=20_000)
    expect(page.locator(".verdict .digit")).to_have_text("9", timeout=10_000)
    page.goto(private)
    page.wait_for_selector(".reader canvas")
    assert TOKEN not in page.content()
    assert not any(TOKEN in url for url in asked)
    assert all(TOKEN not in str(cookie) for cookie in context.cookies())
    context.close()


def test_cookie_is_kept_from_scripts_and_other_sites(stranger: httpx.Client) -> None:
    signed = stranger.post("/sign-in", data={"token": TOKEN})
    assert signed.status_code == 303
    assert {"HttpOnly", "SameSite=Lax"} <= set(signed.headers["set-cookie"].split("; "))
    behind = {"X-Forwarded-Proto": "https"}
    secure = stranger.post("/sign-in", data={"token": TOKEN}, headers=behind)
    stranger.cookies.clear()
    assert {"HttpOnly", "Secure", "Partitioned"} <= set(secure.headers["set-cookie"].split("; "))


def test_a_broken_form_is_no_sign_in(stranger: httpx.Client) -> None:
    headers = {"Content-Type": "multipart/form-data"}
    assert stranger.post("/sign-in", content=b"--x", headers=headers).status_code == 400
    assert stranger.post("/sign-in").status_code == 401


def test_token_is_in_no_log(private_folder: Path, stranger: httpx.Client) -> None:
    stranger.get("/config", params={"token": TOKEN})
    stranger.get("/metrics", headers=BEARER)
    text = (private_folder / "app.log").read_text()
    assert "sign-in" in text
    assert TOKEN not in text
