"""Start-up beside a ten-line Gradio app: time to the first right answer, and memory after it.

    python -m benchmarks.start_up [-n 5]

Both apps are started in turn, n times each, as processes of their own, and asked over HTTP by way
of their named endpoint `/predict` until they answer right: ours gets a drawn 7 as a file, the other
its name. Prints, a row an app, median and range of the seconds from start to answer and of the
resident memory then; then the ratio of the medians and the size of the environment.
"""

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[1]
PATIENCE = 60  # seconds until an app that does not answer is given up
PAUSE = 0.02  # seconds between two tries
HELLO = """
import gradio as gr

def greet(name):
    return "Hello " + name + "!"

demo = gr.Interface(fn=greet, inputs="text", outputs="text", api_name="predict")

if __name__ == "__main__":
    demo.launch()
"""


@dataclass(frozen=True)
class Start:
    """One start: seconds to the first right answer, resident MB after it."""

    seconds: float
    memory: float


def a_seven() -> bytes:
    """Draw a 7 as a person would: (280, 280) uint8, black on white, as PNG."""
    canvas = np.full((280, 280), 255, np.uint8)
    corners = np.array([[80, 70], [200, 70], [120, 220]], np.int32)
    cv2.polylines(canvas, [corners], isClosed=False, color=0, thickness=16, lineType=cv2.LINE_AA)
    return cv2.imencode(".png", canvas)[1].tobytes()


def post(url: str, body: bytes, content_type: str) -> object:
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


def upload(base: str, content: bytes) -> str:
    """Hand a file to Gradio as a browser does; return the path it has there."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="seven.png"\r\n'
    body = head.encode() + b"Content-Type: image/png\r\n\r\n" + content
    body += f"\r\n--{boundary}--\r\n".encode()
    answer = post(f"{base}/upload", body, f"multipart/form-data; boundary={boundary}")
    return str(answer[0])  # type: ignore[index]


def predict(base: str, *values: object) -> str:
    """Call `/predict` and return all that it answers, as text."""
    body = json.dumps({"data": values}).encode()
    called = post(f"{base}/call/predict", body, "application/json")
    url = f"{base}/call/predict/{called['event_id']}"  # type: ignore[index]
    with urllib.request.urlopen(url, timeout=PATIENCE) as stream:
        return str(stream.read().decode())


def asks_for_a_seven(base: str) -> bool:
    path = upload(base, a_seven())
    file = {"path": path, "orig_name": "seven.png", "meta": {"_type": "gradio.FileData"}}
    return '"text": "7"' in predict(base, file, False)


def asks_for_a_greeting(base: str) -> bool:
    return "Hello 7!" in predict(base, "7")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def resident_mb(process: int) -> float:
    """Return the memory of a process now; Linux only."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def start(script: Path, is_right: Callable[[str], bool], uploads: str) -> Start:
    """Start an app and stop it again once it has answered right."""
    port = free_port()
    environment = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": uploads,
    }
    began = time.perf_counter()
    app = subprocess.Popen(
        [sys.executable, script],
        env=environment,
        cwd=script.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(app, lambda: is_right(f"http://127.0.0.1:{port}/gradio_api"))
        return Start(time.perf_counter() - began, resident_mb(app.pid))
    finally:
        app.terminate()
        app.wait()


def wait_until(app: subprocess.Popen[bytes], is_right: Callable[[], bool]) -> None:
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        if app.poll() is not None:
            raise SystemExit(f"The app ended with {app.returncode} before it answered.")
        try:
            if is_right():
                return
            raise SystemExit("The app answered, but not right.")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(PAUSE)
    raise SystemExit(f"The app did not answer within {PATIENCE} s.")


def environment_mb() -> float:
    """Return the size of this environment's packages."""
    packages = Path(sysconfig.get_path("purelib"))
    return sum(f.stat().st_blocks * 512 for f in packages.rglob("*") if f.is_file()) / 1e6


def row(name: str, starts: list[Start]) -> str:
    seconds = [s.seconds for s in starts]
    memory = [s.memory for s in starts]
    return (
        f"{name:12} {len(starts):3} {statistics.median(seconds):7.2f}"
        f" {min(seconds):7.2f}-{max(seconds):.2f} {statistics.median(memory):8.0f}"
        f" {min(memory):7.0f}-{max(memory):.0f}"
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-n", type=int, default=5, help="starts of each app")
    n = parser.parse_args(arguments).n
    with tempfile.TemporaryDirectory() as folder:
        hello = Path(folder) / "hello.py"
        hello.write_text(HELLO)
        apps = {
            "hello-world": (hello, asks_for_a_greeting),
            "digit reader": (ROOT / "main.py", asks_for_a_seven),
        }
        starts: dict[str, list[Start]] = {name: [] for name in apps}
        for _ in range(n + 1):  # in turn, so that both meet the same machine
            for name, (script, is_right) in apps.items():
                starts[name].append(start(script, is_right, folder))
    report({name: times[1:] for name, times in starts.items()})  # the first one warms the disk


def report(starts: dict[str, list[Start]]) -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform()}")
    print(f"{'app':12}   n  median s   range s  median MB   range MB")
    for name, times in starts.items():
        print(row(name, times))
    hello, ours = (statistics.median(s.seconds for s in times) for times in starts.values())
    print(f"time to first right answer: {ours / hello:.2f} times hello-world")
    print(f"packages of this environment: {environment_mb():.0f} MB")


if __name__ == "__main__":
    main()
