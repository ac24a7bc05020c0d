"""One running app and one browser for all tests of the page."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
TOKEN = "a-token-that-is-not-to-be-seen-anywhere"
CHROMIUM = [shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running_app(folder: Path, source: Path = ROOT, **settings: str) -> Iterator[str]:
    """Address of an app started as people start it; `app.log` and `app.pid` are in the folder."""
    port = free_port()
    place = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    place["GRADIO_TEMP_DIR"] = str(folder / "gradio")
    with (folder / "app.log").open("w+") as log:
        server = subprocess.Popen(
            [sys.executable, "main.py"], cwd=source, env=os.environ | place | settings,
            stdout=log, stderr=log,
        )  # fmt: skip
        (folder / "app.pid").write_text(str(server.pid))
        address = f"http://127.0.0.1:{port}/"
        try:
            wait_for_address(f"{address}api/health", server, log.name)
            yield address
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app; the tests are one client, and a quick one."""
    with running_app(tmp_path_factory.mktemp("app"), MAX_REQUESTS_A_MINUTE="0") as address:
        yield address


@pytest.fixture(scope="session")
def private_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("private")


@pytest.fixture(scope="session")
def private(private_folder: Path) -> Iterator[str]:
    """Address of an app that asks for TOKEN."""
    with running_app(private_folder, API_TOKEN=TOKEN, MAX_REQUESTS_A_MINUTE="0") as address:
        yield address


def wait_for_address(address: str, server: subprocess.Popen, log: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert server.poll() is None, Path(log).read_text()
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"The app did not start: {Path(log).read_text()}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = next((p for p in CHROMIUM if p), None)
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(app: str, browser: Browser) -> Iterator[Page]:
    """A fresh page with the desk on it; nothing may go wrong in its script unseen."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(app)
    page.wait_for_selector(".reader canvas")
    page.wait_for_timeout(200)
    yield page
    context.close()
    assert errors == []
