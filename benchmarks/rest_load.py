"""Requests a second of the REST API beside a minimal Gradio app that calls Keras' `model.predict`.

    python -m benchmarks.rest_load [--clients 32] [--seconds 60]

Each app runs alone, as a process of its own; this one asks. Each client sends its next request
when it has its answer. Ours gets a 280x280 PNG with each request; the other has it uploaded once
and is asked through its named endpoint, as Gradio's clients do it. Training packages are needed.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.start_up import ROOT, a_seven, free_port, upload, wait_until

PUBLISHED = """
import gradio as gr
import keras
import numpy as np
from keras import layers
from PIL import Image

model = keras.Sequential([  # keras.io: Simple MNIST convnet
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(),
    layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax"),
])

def predict(picture):
    small = np.asarray(Image.fromarray(picture).convert("L").resize((28, 28)))
    shares = model.predict(1 - small.reshape(1, 28, 28, 1) / 255, verbose=0)[0]
    return {str(digit): float(share) for digit, share in enumerate(shares)}

gr.Interface(predict, gr.Image(), gr.Label(), api_name="predict").launch()
"""


PICTURE = a_seven()
Ask = Callable[["Line"], Coroutine[None, None, None]]


@dataclass
class Load:
    """Seconds of each answered request, and how many were not answered right."""

    seconds: list[float] = field(default_factory=list)
    errors: int = 0
    lasted: float = 0.0

    @property
    def a_second(self) -> float:
        return len(self.seconds) / self.lasted

    def percentile(self, percent: int) -> float:
        """Milliseconds that so many per cent of the answers took at most."""
        return 1000 * statistics.quantiles(self.seconds, n=100)[percent - 1]


class Line:
    """One kept-alive connection; httpx would take more of the processor than the apps."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, kind: str = "", body: bytes = b"") -> bytes:
        """Return the body of an answer; RuntimeError unless it is 200."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        status, *headers = (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n")
        fields = dict(line.split(b": ", 1) for line in headers if line)
        answer = b""
        if b"content-length" in fields:
            answer = await reader.readexactly(int(fields[b"content-length"]))
        else:
            while size := int(await reader.readline(), 16):
                answer += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        if b" 200 " not in status:
            raise RuntimeError(status)
        return answer


async def ours(line: Line) -> None:
    answer = await line.ask("POST", "/api/predict", "image/png", PICTURE)
    if json.loads(answer)["text"] != "7":
        raise RuntimeError(answer)


def published(path: str) -> Ask:
    file = {"path": path, "meta": {"_type": "gradio.FileData"}}
    body = json.dumps({"data": [file]}).encode()

    async def ask(line: Line) -> None:
        called = await line.ask("POST", "/gradio_api/call/predict", "application/json", body)
        event = json.loads(called)["event_id"]
        if b"event: complete" not in await line.ask("GET", f"/gradio_api/call/predict/{event}"):
            raise RuntimeError(event)

    return ask


async def loaded(port: int, ask: Ask, args: argparse.Namespace) -> Load:
    """Let the clients ask until the time is over."""
    load = Load()
    began = time.perf_counter()

    async def client() -> None:
        line = Line(port)
        while (sent := time.perf_counter()) < began + args.seconds:
            try:
                await ask(line)
                load.seconds.append(time.perf_counter() - sent)
            except (RuntimeError, OSError, EOFError, ValueError):
                load.errors += 1
                line = Line(port)

    await asyncio.gather(*(client() for _ in range(args.clients)))
    load.lasted = time.perf_counter() - began
    return load


def measure(name: str, script: Path, args: argparse.Namespace, uploads: str) -> Load:
    """Start an app, load it, stop it again, and print a row."""
    port = free_port()
    place = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": str(port)}
    free = {"MAX_REQUESTS_A_MINUTE": "0", "GRADIO_ANALYTICS_ENABLED": "False"}
    app = subprocess.Popen(
        [sys.executable, script],
        cwd=script.parent,
        env=os.environ | place | free | {"GRADIO_TEMP_DIR": uploads},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    paths: list[str] = []

    def is_up() -> bool:
        paths.append(upload(f"http://127.0.0.1:{port}/gradio_api", PICTURE))
        return True

    try:
        wait_until(app, is_up)
        ask = ours if script.parent == ROOT else published(paths[0])
        with suppress(RuntimeError):  # the first one is slow, whoever answers it
            asyncio.run(ask(Line(port)))
        load = asyncio.run(loaded(port, ask, args))
    finally:
        app.terminate()
        app.wait()
    times = [f"{load.percentile(p):8.0f}" for p in (50, 99)]
    print(f"{name:14} {len(load.seconds):6} {load.a_second:8.1f} {' '.join(times)} {load.errors:7}")
    return load


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--clients", type=int, default=32, help="that ask at once")
    parser.add_argument("--seconds", type=int, default=60, help="that each app is asked")
    args = parser.parse_args(arguments)
    print(f"{args.clients} clients, {args.seconds} s each, {os.cpu_count()} cores")
    print("app             answers    per s   p50 ms   p99 ms  errors", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "published.py"
        script.write_text(PUBLISHED)
        here = measure("digit reader", ROOT / "main.py", args, folder)
        there = measure("model.predict", script, args, folder)
    print(f"throughput: {here.a_second / there.a_second:.1f} times model.predict")


if __name__ == "__main__":
    main()
