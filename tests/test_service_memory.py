"""Memory that a large picture took is given back to the system."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Blocks too small to be mapped alone, each followed by one that stays: the heap keeps them all.
CHILD = """
import ctypes
from service import memory

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 // 1_000_000

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
memory.keep_small()
before = resident()
blocks = [libc.malloc(size) for _ in range(2000) for size in (100_000, 5000)]
for block in blocks[::2]:
    ctypes.memset(block, 1, 100_000)
full = resident()
for block in blocks[::2]:
    libc.free(block)
for _ in range(memory.READINGS):
    memory.after_reading()
print(before, full, resident())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_free_memory_goes_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before, full, after = map(int, done.stdout.split())
    assert full - before > 180
    assert after - before < 60
