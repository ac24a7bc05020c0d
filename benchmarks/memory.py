"""Does the app's memory stay where it is? After many readings, many visitors, and their files.

    python -m benchmarks.memory [--readings 50000] [--sessions 2000]

One app answers everything. First the readings, over REST: the examples in sizes from 60 pixels to
12 megapixels, as single digits and as numbers, four clients at once. Then the sessions, eight at
once: each loads the page, opens Gradio's heartbeat as a browser does, has drawings read and
explained by the desk, hands in a file through Gradio's queue, and leaves. Prints the resident
memory on the way, its growth since the first thousand readings and the first hundred sessions, and
how many of the files that Gradio kept are left once their time is over.
"""

import argparse
import base64
import http.client
import json
import secrets
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from benchmarks.apps import ROOT, SEVEN, App, machine, reads_a_seven, running, upload

SIDES = (60, 200, 600)  # pixels, that the examples are scaled to
RARE = 500  # readings for one of a photo of 12 megapixels
JSON = {"Content-Type": "application/json"}
FILES_LAST = 23 * 60  # seconds: pictures are kept for ten minutes, then their folders
# does what is numbered so
Work = Callable[[range], None]
SETTLED = 1.0  # seconds without a request before memory is read


def pictures() -> list[bytes]:
    """Return the examples as files, small, middling and large, PNG and JPEG."""
    made = []
    for file in sorted((ROOT / "examples").glob("*.*g")):
        for side in SIDES:
            scaled = cv2.resize(cv2.imread(str(file)), (side, side), interpolation=cv2.INTER_AREA)
            made += [cv2.imencode(kind, scaled)[1].tobytes() for kind in (".png", ".jpg")]
    return made


def photo() -> bytes:
    small = cv2.imread(str(ROOT / "examples" / "5_photo_in_shadow.jpg"))
    return cv2.imencode(".jpg", cv2.resize(small, (4000, 3000)))[1].tobytes()


class Reader:
    """Sends pictures of all kinds to the REST API, each request another than the last."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._pictures, self._photo = pictures(), photo()
        self._picks = np.random.default_rng(0).permutation(10 * len(self._pictures))

    def __call__(self, numbers: range) -> None:
        """Send the readings of these numbers over one connection."""
        line = http.client.HTTPConnection("127.0.0.1", self._app.port, timeout=60)
        for i in numbers:
            pick = int(self._picks[i % len(self._picks)])
            content = self._pictures[pick % len(self._pictures)] if i % RARE else self._photo
            path = f"/api/predict?number={pick % 2}&explain={pick % 3 % 2}"
            asked(line, "POST", path, content, {"Content-Type": "image/png"})
        line.close()


def asked(
    line: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> bytes:  # fmt: skip
    """Return the body of an answer; SystemExit unless it is 200."""
    try:
        line.request(method, path, body, headers or {})
        answer = line.getresponse()
    except ConnectionError:  # five seconds of silence, on a busy machine: uvicorn has hung up
        line.close()
        line.request(method, path, body, headers or {})
        answer = line.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{method} {path}: {answer.status} {content[:300]!r}")
    return content


class Visitor:
    """Comes to the page, does what a browser does there, and leaves."""

    def __init__(self, app: App) -> None:
        self._app = app
        config = json.loads(asked(self._line(), "GET", "/config"))
        named = {c["props"].get("elem_id"): c["id"] for c in config["components"]}
        self._desk = named["desk"]
        (self._predict,) = (d["id"] for d in config["dependencies"] if d["api_name"] == "predict")
        drawing = f"data:image/png;base64,{base64.b64encode(SEVEN).decode()}"
        self._questions = [
            ("read", {"picture": drawing, "isDrawn": True, "number": False, "model": None}),
            ("read", {"picture": drawing, "number": True, "preview": True}),
            ("steps", {"picture": drawing, "number": False}),
        ]

    def _line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._app.port, timeout=60)

    def __call__(self, numbers: range) -> None:
        for _ in numbers:
            self._visit(secrets.token_hex(6))

    def _visit(self, session: str) -> None:
        heartbeat, line = self._line(), self._line()
        asked(line, "GET", "/")
        asked(line, "GET", "/theme.css")
        heartbeat.request("GET", f"/gradio_api/heartbeat/{session}")
        alive = heartbeat.getresponse()
        alive.readline()
        for name, question in self._questions:
            call = {"data": question, "component_id": self._desk, "fn_name": name}
            body = json.dumps(call | {"session_hash": session}).encode()
            asked(line, "POST", "/gradio_api/component_server", body, JSON)
        self._hand_in(line, session)
        alive.close()
        heartbeat.close()
        line.close()

    def _hand_in(self, line: http.client.HTTPConnection, session: str) -> None:
        """Let Gradio's queue read an uploaded file."""
        file = {"path": upload(self._app), "meta": {"_type": "gradio.FileData"}}
        event = {"data": [file, False], "fn_index": self._predict, "session_hash": session}
        asked(line, "POST", "/gradio_api/queue/join", json.dumps(event).encode(), JSON)
        told = asked(line, "GET", f"/gradio_api/queue/data?session_hash={session}")
        if b'"text":"7"' not in told.replace(b": ", b":"):
            raise SystemExit(f"The queue did not read a 7: {told[-300:]!r}")


def watched(
    app: App, name: str, work: Callable[[range], None], clients: int, at: list[int]
) -> None:
    """Work up to each of the numbers in turn, and print the memory then."""
    done, first = 0, 0.0
    print(f"\n| {name} | seconds | MB | growth |\n|---|---|---|---|")
    with ThreadPoolExecutor(clients) as pool:
        for until in at:
            began = time.perf_counter()
            list(pool.map(work, [range(done + c, until, clients) for c in range(clients)]))
            seconds = time.perf_counter() - began
            time.sleep(SETTLED)
            memory = app.resident_mb
            first = first or memory
            growth = f"{100 * (memory / first - 1):+.1f} %"
            print(f"| {until:,} | {seconds:.0f} | {memory:.1f} | {growth} |", flush=True)
            done = until


def steps(first: int, last: int) -> list[int]:
    """Some numbers from the first to the last."""
    return sorted({min(first, last), *(last * part // 5 for part in range(1, 6))} - {0})


def left_of(files: set[Path], since: float) -> int:
    """Wait until the time of these files is over, and count those that are left."""
    while time.perf_counter() < since + FILES_LAST and any(f.exists() for f in files):
        time.sleep(5)
    return sum(file.exists() for file in files)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--readings", type=int, default=50_000)
    parser.add_argument("--sessions", type=int, default=2000)
    args = parser.parse_args(arguments)
    print(machine())
    with tempfile.TemporaryDirectory() as place, running(ROOT / "main.py", Path(place)) as app:
        app.wait_until(reads_a_seven)
        watched(app, "readings", Reader(app), 4, steps(1000, args.readings))
        watched(app, "sessions", Visitor(app), 8, steps(100, args.sessions))
        since, folders = time.perf_counter(), list(Path(place, "uploads").glob("?" * 64))
        kept = {*folders, *(file for folder in folders for file in folder.iterdir())}
        print(f"\n{left_of(kept, since)} of {len(kept)} files and folders left")


if __name__ == "__main__":
    main()
