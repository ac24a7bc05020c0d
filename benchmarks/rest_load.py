"""Requests a second of the REST API, as clients get more, and beside Keras's `model.predict`.

    python -m benchmarks.rest_load [--clients 32] [--seconds 60]

Each app runs alone, as a process of its own; this one asks. Each client sends its next request
when it has its answer, and waits for two seconds where it is turned away (429). Ours gets a
280x280 PNG with each request; the other, a minimal Gradio app, has it uploaded once and is asked
through its named endpoint, as Gradio's clients do it. Training packages are needed.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.apps import PUBLISHED, ROOT, SEVEN, App, machine, running, upload

GROWING = (1, 2, 4, 8, 16, 32, 64, 128)  # clients
GROWING_SECONDS = 10  # that each number of them asks
PATIENCE = 2.0  # seconds that who was turned away is told to wait
Ask = Callable[["Line"], Coroutine[None, None, None]]


class TurnedAwayError(RuntimeError):
    """Too many at once, says the app."""


@dataclass
class Load:
    """Seconds of each answered request, how many were turned away, and how many went wrong."""

    seconds: list[float] = field(default_factory=list)
    turned_away: int = 0
    errors: int = 0
    lasted: float = 0.0

    @property
    def a_second(self) -> float:
        return len(self.seconds) / self.lasted

    def percentile(self, percent: int) -> float:
        """Milliseconds that so many per cent of the answers took at most."""
        return 1000 * statistics.quantiles(self.seconds, n=100)[percent - 1]

    def print_row(self, name: str) -> None:
        times = " | ".join(f"{self.percentile(p):.0f}" for p in (50, 99))
        print(
            f"| {name} | {len(self.seconds)} | {self.a_second:.1f} | {times} "
            f"| {self.turned_away} | {self.errors} |",
            flush=True,
        )


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
        if b" 429 " in status:
            raise TurnedAwayError
        if b" 200 " not in status:
            raise RuntimeError(status)
        return answer


async def ours(line: Line) -> None:
    answer = await line.ask("POST", "/api/predict", "image/png", SEVEN)
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


async def loaded(port: int, ask: Ask, clients: int, seconds: float) -> Load:
    """Let the clients ask until the time is over."""
    load = Load()
    began = time.perf_counter()

    async def client() -> None:
        line = Line(port)
        while (sent := time.perf_counter()) < began + seconds:
            try:
                await ask(line)
                load.seconds.append(time.perf_counter() - sent)
            except TurnedAwayError:
                load.turned_away += 1
                await asyncio.sleep(PATIENCE)
            except (RuntimeError, OSError, EOFError, ValueError):
                load.errors += 1
                line = Line(port)

    await asyncio.gather(*(client() for _ in range(clients)))
    load.lasted = time.perf_counter() - began
    return load


@contextmanager
def started(script: Path, folder: Path) -> Iterator[tuple[App, str]]:
    """Run an app; gives the path too that the 7 was uploaded to."""
    paths: list[str] = []

    def is_up(app: App) -> bool:
        paths.append(upload(app))
        return True

    with running(script, folder) as app:
        app.wait_until(is_up)
        yield app, paths[0]


def measured(app: App, ask: Ask, clients: int, seconds: float) -> Load:
    with suppress(RuntimeError):  # the first one is slow, whoever answers it
        asyncio.run(ask(Line(app.port)))
    return asyncio.run(loaded(app.port, ask, clients, seconds))


def print_head(first: str) -> None:
    print(f"\n| {first} | answers | per s | p50 ms | p99 ms | turned away | errors |")
    print("|---|---|---|---|---|---|---|", flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--clients", type=int, default=32, help="that ask both apps at once")
    parser.add_argument("--seconds", type=int, default=60, help="that each app is asked")
    args = parser.parse_args(arguments)
    print(machine())
    with tempfile.TemporaryDirectory() as place:
        script = Path(place, "published.py")
        script.write_text(PUBLISHED)
        with started(ROOT / "main.py", Path(place)) as (app, _):
            print_head("clients")
            for clients in GROWING:
                measured(app, ours, clients, GROWING_SECONDS).print_row(str(clients))
            here = measured(app, ours, args.clients, args.seconds)
        with started(script, Path(place)) as (app, path):
            there = measured(app, published(path), args.clients, args.seconds)
    print_head(f"app, {args.clients} clients")
    here.print_row("Digit Reader")
    there.print_row("Keras `model.predict`")
    print(f"throughput: {here.a_second / there.a_second:.1f} times model.predict")


if __name__ == "__main__":
    main()
