"""Runs at the start of each Python that has this folder in PYTHONPATH: a bad day for the app.

CLOCK_FILE holds the seconds by which the clock is wrong. There is no network: who goes to another
host is refused, and the host is written to NETWORK_FILE.
"""

import errno
import os
import sys
import time
from pathlib import Path

HERE = ("127.0.0.1", "0.0.0.0", "localhost", "::1", "", None)
right_time = time.time


def wrong_time() -> float:
    return right_time() + float(Path(os.environ["CLOCK_FILE"]).read_text() or 0)


def no_network(event: str, arguments: tuple) -> None:
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event == "socket.connect" and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in HERE:
        with Path(os.environ["NETWORK_FILE"]).open("a") as file:
            file.write(f"{name}\n")
        raise OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))


time.time = wrong_time
sys.addaudithook(no_network)
