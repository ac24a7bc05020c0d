"""Nasty files get a sentence, odd ones are read, and neither costs much.

Each goes through the reader in a process of its own, under limits on memory and processor time.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import picture
from tests import nasty

ROOT = Path(__file__).parents[1]
SECONDS = 60  # of processor time; the slowest takes 4 on a quiet machine
CHILD = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
import picture
data = sys.stdin.buffer.read()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (2 << 30), used + (2 << 30)))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    pixels = picture.decode(data)
    said = pixels.shape
except picture.PictureError as error:
    said = error
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, said, sep="\\n")
if not isinstance(said, picture.PictureError):
    import model
    reader = model.load()
    for number in (False, True):
        reader.read(pixels, number)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Child(NamedTuple):
    """What the picture was or why it was none, and by how many KiB the process grew."""

    said: str
    decoding: int
    reading: int


def decoded_in_child(data: bytes) -> Child:
    """Decode and read under limits, and see that nothing was written to standard error."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD.replace("SECONDS", str(SECONDS))],
        input=data, capture_output=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    written = done.stderr.decode().replace(
        "INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n", ""
    )
    assert (done.returncode, written) == (0, "")
    decoding, said, reading = done.stdout.decode().splitlines()
    return Child(said, int(decoding), int(reading))


@pytest.mark.parametrize("name", nasty.REFUSED)
def test_refused(name: str) -> None:
    child = decoded_in_child(nasty.REFUSED[name]())
    assert child.said in (picture.DAMAGED, picture.NOT_A_PICTURE, str(picture._too_many_pixels()))
    assert child.decoding < 100 * 1024


@pytest.mark.parametrize("name", nasty.READ)
def test_read(name: str) -> None:
    child = decoded_in_child(nasty.READ[name]())
    assert child.said.startswith("(")
    assert child.decoding < 300 * 1024
    assert child.reading < 1000 * 1024
