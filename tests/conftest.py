"""One running app and one browser for all tests of the page, one small MNIST for training."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = [shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip


@pytest.fixture(scope="session")
def mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small MNIST: the fixture's digits again and again, a pixel to one side or another."""
    with np.load(ROOT / "tests" / "fixtures" / "mnist.npz") as few:
        digits, labels = few["x"], few["y"]
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(digits), 240)
    x = np.stack([np.roll(digits[i], rng.integers(-1, 2, 2), (0, 1)) for i in picks])
    file = tmp_path_factory.mktemp("mnist") / "mnist.npz"
    y = labels[picks]
    np.savez(file, x_train=x[:180], y_train=y[:180], x_test=x[180:], y_test=y[180:])
    return file


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app, started as people start it."""
    port = free_port()
    place = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    place["GRADIO_TEMP_DIR"] = str(tmp_path_factory.mktemp("gradio"))
    log = (tmp_path_factory.mktemp("log") / "app.log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "main.py"], cwd=ROOT, env=os.environ | place, stdout=log, stderr=log
    )
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait_for(address, server, log.name)
        yield address
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait_for(address: str, server: subprocess.Popen, log: str) -> None:
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
