"""Two replicas behind a real nginx, and the image's files run as the image's user."""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from gradio_client import Client, handle_file
from playwright.sync_api import Browser, expect

from tests.conftest import ROOT, free_port, running, wait_for_address
from tests.pictures import EXAMPLES, a_seven

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
PNG = {"Content-Type": "image/png"}
CLIENTS = 8


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [tmp_path_factory.mktemp(name) for name in ("app1", "app2")]


@pytest.fixture(scope="module")
def replicas(folders: list[Path]) -> Iterator[list[str]]:
    first, second = folders
    with (
        running(first, MAX_REQUESTS_A_MINUTE="0") as one,
        running(second, MAX_REQUESTS_A_MINUTE="0") as two,
    ):
        yield [one, two]


@pytest.fixture(scope="module")
def balanced(replicas: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of nginx with deploy/nginx.conf, but for ports and its folder."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    for name, address in zip(("app1:7860", "app2:7860"), replicas, strict=True):
        text = text.replace(name, address.removeprefix("http://").rstrip("/"))
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}").replace("/tmp/", f"{folder}/")
    (folder / "nginx.conf").write_text(text)
    with (folder / "log").open("w") as log:
        command = [NGINX, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        server = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for_address(f"http://127.0.0.1:{port}/api/health", server, log.name)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(10)


def served(replica: str, door: str) -> int:
    """How often a replica answered at a door."""
    text = httpx.get(f"{replica}metrics").text
    return sum(
        int(float(count))
        for count in re.findall(
            rf'^digit_reader_requests_total{{door="{door}".*?}} (\S+)', text, re.MULTILINE
        )
    )


def test_page_works_through_nginx(balanced: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(balanced)
    page.get_by_role("button", name="Example: small and off centre").click(timeout=30_000)
    expect(page.locator(".verdict .digit")).to_have_text("9", timeout=20_000)
    context.close()


def test_a_client_of_gradio_stays_with_its_replica(balanced: str, replicas: list[str]) -> None:
    before = [served(replica, "upload") for replica in replicas]
    client = Client(balanced, verbose=False)
    for _ in range(3):
        read = client.predict(handle_file(EXAMPLES / "1_thin_pen.png"), False, api_name="/predict")
        assert read["text"] == "2"
    after = [served(replica, "upload") for replica in replicas]
    assert sorted(b - a for a, b in zip(before, after, strict=True)) == [0, 3]


def test_events_of_the_queue_come_through(balanced: str) -> None:
    with httpx.Client(base_url=balanced, timeout=30) as client:
        [path] = client.post("/gradio_api/upload", files={"files": a_seven()}).json()
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        called = client.post("/gradio_api/call/predict", json={"data": [file, False]}).json()
        events = client.get(f"/gradio_api/call/predict/{called['event_id']}").text
    assert "event: complete" in events
    assert '"text": "7"' in events


def test_rest_is_spread_and_survives_the_loss_of_a_replica(
    balanced: str, replicas: list[str], folders: list[Path]
) -> None:
    answers: list[str] = []
    is_over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=balanced, timeout=30, headers=PNG) as client:
            while not is_over.is_set():
                try:
                    answer = client.post("/api/predict", content=a_seven())
                except httpx.TransportError as error:  # lost in the middle of an answer
                    answers.append(str(error))
                else:
                    answers.append(answer.json()["text"] if answer.is_success else str(answer))

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    while len(answers) < 40 and time.monotonic() < until:
        time.sleep(0.1)
    assert all(served(replica, "predict") > 0 for replica in replicas)
    os.kill(int((folders[0] / "app.pid").read_text()), signal.SIGKILL)
    count = len(answers)
    while len(answers) < count + 40 and time.monotonic() < until:
        time.sleep(0.1)
    is_over.set()
    for thread in threads:
        thread.join()
    assert len(answers) >= count + 40
    lost = [answer for answer in answers if answer != "7"]
    assert len(lost) <= CLIENTS, lost  # no more than the replica held
    assert answers[-CLIENTS:] == ["7"] * CLIENTS


def test_the_page_is_there_after_the_loss(balanced: str, replicas: list[str]) -> None:
    del replicas
    assert httpx.get(balanced, timeout=30).status_code == 200
    client = Client(balanced, verbose=False)
    read = client.predict(handle_file(EXAMPLES / "1_thin_pen.png"), False, api_name="/predict")
    assert read["text"] == "2"


# --- the image ------------------------------------------------------------------------------------

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def copy_as_the_image_does(folder: Path) -> None:
    for sources, target in re.findall(r"^COPY (.*) (\S+)$", DOCKERFILE, re.MULTILINE):
        for source in (path for pattern in sources.split() for path in ROOT.glob(pattern)):
            if source.is_dir():
                unneeded = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, folder / target, ignore=unneeded)
            else:
                shutil.copy(source, folder / target)


def test_the_image_holds_what_the_app_needs_and_the_app_writes_nothing(tmp_path: Path) -> None:
    """The files that the image copies start and answer, and are left as they were."""
    folder, notes = tmp_path / "app", tmp_path / "notes"
    folder.mkdir()
    notes.mkdir()
    copy_as_the_image_does(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    with running(notes, source=folder, PYTHONDONTWRITEBYTECODE="1") as address:
        answer = httpx.post(f"{address}api/predict", content=a_seven(), headers=PNG)
        assert answer.json()["text"] == "7"
        assert httpx.get(address).status_code == 200
        assert httpx.get(f"{address}website/").status_code == 200
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_nothing_that_the_image_copies_is_kept_from_it() -> None:
    """Docker leaves out what the last rule of .dockerignore that fits leaves out."""
    rules = (ROOT / ".dockerignore").read_text().split()
    assert rules[0] == "**"
    sent = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE)
    assert {source.rstrip("/") for sources in copied for source in sources.split()} <= sent


def test_compose_names_the_replicas_that_nginx_knows() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    config = (ROOT / "deploy" / "nginx.conf").read_text()
    apps = set(re.findall(r"server (\w+):7860", config))
    assert apps == set(compose["services"]) - {"nginx"}
    for name in apps:
        service = compose["services"][name]
        assert service["read_only"]
        assert service["tmpfs"] == ["/tmp:size=512m"]  # bounded: it counts as memory
    assert "USER 1000" in DOCKERFILE
    assert "EXPOSE 7860" in DOCKERFILE
