"""Start-up beside two other apps: time to the first right answer, and memory.

    .venv/bin/python -m benchmarks.start_up --training-python .venv-test/bin/python

The others are a ten-line Gradio app, and this very app with Keras's `model.predict` in LiteRT's
place. All are started in turn, n times each, as processes of their own, and asked over HTTP by way
of their named endpoint `/predict` until they answer right: ours gets a drawn 7 as a file, the
ten-line one its name. The last start of each is then asked on, one request after the other.
Prints a row an app, what share of the others' time and memory ours takes, and the size of the
environment. Gradio itself imports more where training packages are, so that the one with Keras
alone should run there.
"""

import argparse
import os
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.apps import (
    HELLO,
    ROOT,
    WITH_KERAS,
    App,
    greets,
    machine,
    reads_a_seven,
    running,
)

OURS, GRADIO, KERAS = "Digit Reader", "hello-world Gradio", "with Keras's model.predict"


@dataclass
class Starts:
    """An app's starts: seconds to the first right answer, MB after it, MB after many."""

    script: Path
    is_right: Callable[[App], bool]
    python: str = sys.executable
    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    in_the_end: float = 0.0

    def once(self, readings: int) -> None:
        """Start the app, ask it so often, and stop it again."""
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            with running(self.script, Path(folder), self.python) as app:
                app.wait_until(self.is_right)
                self.seconds.append(time.perf_counter() - began)
                self.memory.append(app.resident_mb)
                for _ in range(readings - 1):
                    app.wait_until(self.is_right)
                self.in_the_end = app.resident_mb


def measured(folder: Path, args: argparse.Namespace) -> dict[str, Starts]:
    scripts = {"hello.py": HELLO, "with_keras.py": WITH_KERAS}
    for name, code in scripts.items():
        (folder / name).write_text(code)
    apps = {
        GRADIO: Starts(folder / "hello.py", greets),
        OURS: Starts(ROOT / "main.py", reads_a_seven),
        KERAS: Starts(folder / "with_keras.py", reads_a_seven, args.training_python),
    }
    for start in range(args.n + 1):  # in turn, so that all meet the same machine
        for app in apps.values():
            app.once(args.readings if start == args.n else 1)
    for app in apps.values():
        del app.seconds[0], app.memory[0]  # the first one warms the disk
    return apps


def report(apps: dict[str, Starts], readings: int) -> None:
    print(f"| app | n | median s | range s | median MB | MB after {readings:,} readings |")
    print("|---|---|---|---|---|---|")
    for name, app in apps.items():
        spread = f"{min(app.seconds):.2f} to {max(app.seconds):.2f}"
        print(
            f"| {name} | {len(app.seconds)} | {statistics.median(app.seconds):.2f} | {spread} "
            f"| {statistics.median(app.memory):.0f} | {app.in_the_end:.0f} |"
        )
    ours = apps[OURS]
    for name in (GRADIO, KERAS):
        time_share = statistics.median(ours.seconds) / statistics.median(apps[name].seconds)
        memory_share = ours.in_the_end / apps[name].in_the_end
        print(f"beside {name}: {time_share:.2f} of the time, {memory_share:.2f} of the memory")


def environment_mb() -> float:
    """Return the size of this environment's packages."""
    packages = Path(sysconfig.get_path("purelib"))
    return sum(f.stat().st_blocks * 512 for f in packages.rglob("*") if f.is_file()) / 1e6


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("-n", type=int, default=5, help="starts of each app")
    parser.add_argument("--readings", type=int, default=1000, help="by the last one of each")
    # made absolute, since each app runs in a folder of its own; a link is not followed, since
    # what a virtual environment's Python links to has none of its packages
    parser.add_argument(
        "--training-python", type=os.path.abspath, default=sys.executable,
        help="that has TensorFlow",
    )  # fmt: skip
    args = parser.parse_args(arguments)
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        report(measured(Path(folder), args), args.readings)
    print(f"packages of this environment: {environment_mb():.0f} MB")


if __name__ == "__main__":
    main()
