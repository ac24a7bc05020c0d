"""One running app and one browser for all tests of the page, one small MNIST for training."""

import functools
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, Page, sync_playwright

import model

ROOT = Path(__file__).parent.parent
TOKEN = "a-token-that-is-not-to-be-seen-anywhere"
# What makes coverage measure a process of its own. The shared apps get it: others start in half the
# time without, and reach little else.
MEASURED = {k: os.environ.pop(k) for k in ("COVERAGE_PROCESS_CONFIG",) if k in os.environ}
SHARED = {"app", "private", "browser"}
FIRST_PAGE = 90_000  # milliseconds; the app imports what is left and the browser starts, both busy
CHROMIUM = [shutil.which(n) for n in ("chromium", "chromium-browser", "google-chrome")]
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in a hook of its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each module in one of several processes, and all modules that ask the shared apps or the
    browser in the same, so that there is one of each.
    """
    shared = {item.path for item in items if SHARED & set(getattr(item, "fixturenames", ()))}
    for item in items:
        group = "apps" if item.path in shared else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def reader() -> model.DigitReader:
    return model.load()


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


# No test is about the time it takes: machines are busy at times. The same examples every time, so
# that a change is what breaks a test; --hypothesis-profile=search looks for others.
hypothesis_settings.register_profile("same", deadline=None, derandomize=True)
hypothesis_settings.register_profile("search", deadline=None)
hypothesis_settings.load_profile("same")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(
    folder: Path,
    script: str = "main.py",
    source: Path = ROOT,
    measured: bool = False,
    **settings: str,
) -> Iterator[str]:
    """Address of an app started as people start it.

    `app.log`, `app.pid` and what the app writes are in `folder`.
    """
    port = free_port()
    place = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    place |= MEASURED if measured else {}
    place |= {"GRADIO_TEMP_DIR": str(folder / "gradio"), "FEEDBACK_DIR": str(folder / "feedback")}
    with (folder / "app.log").open("w+") as log:
        server = subprocess.Popen(
            [sys.executable, script], cwd=source, env=os.environ | place | settings,
            stdout=log, stderr=log,
        )  # fmt: skip
        (folder / "app.pid").write_text(str(server.pid))
        address = f"http://127.0.0.1:{port}/"
        try:
            ready = f"{address}api/health" if script == "main.py" else address
            wait_for_address(ready, server, log.name)
            yield address
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def app_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the app of `app` writes."""
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="session")
def app(app_folder: Path) -> Iterator[str]:
    """Address of the app; the tests are one client, and a quick one."""
    with running(app_folder, measured=True, MAX_REQUESTS_A_MINUTE="0") as address:
        yield address


@pytest.fixture(scope="session")
def private_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("private")


@pytest.fixture(scope="session")
def private(private_folder: Path) -> Iterator[str]:
    """Address of an app that asks for TOKEN."""
    with running(
        private_folder, API_TOKEN=TOKEN, measured=True, MAX_REQUESTS_A_MINUTE="0"
    ) as address:
        yield address


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing: tests read what is printed."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Address of a site of files, at an origin that is not the app's."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


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


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(app: str, browser: Browser) -> Iterator[OpenPage]:
    """Opens pages with the desk on it; nothing may go wrong in their scripts unseen.

    Takes what Playwright's `new_context` takes, and `address` of another app or page of it.
    """
    contexts = []
    errors: list[str] = []

    def open_one(address: str = app, **settings: object) -> Page:
        wide = {"viewport": {"width": 1100, "height": 900}}
        context = browser.new_context(**(wide | settings))  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address, timeout=FIRST_PAGE)
        page.wait_for_selector(".reader canvas", timeout=FIRST_PAGE)
        page.wait_for_timeout(200)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
