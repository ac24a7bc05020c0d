"""What Gradio leaves of the pictures that it deletes (`delete_cache` in main.py): empty folders."""

import contextlib
import threading
import time
from pathlib import Path

EVERY = 60  # seconds
OLD = 600  # seconds; no upload takes that long
HASHED = 64  # characters of the name of a picture's folder: its sha256


def sweep_always(folder: Path) -> None:
    """Sweep the folder from now on, in a thread that ends with the process."""

    def sweep_now_and_then() -> None:
        while True:
            time.sleep(EVERY)
            sweep(folder, time.time() - OLD)

    threading.Thread(target=sweep_now_and_then, daemon=True).start()


def sweep(folder: Path, before: float) -> None:
    """Delete empty folders of pictures, last changed before a time in seconds of the epoch."""
    for path in folder.glob("?" * HASHED):
        with contextlib.suppress(OSError):  # it is not empty, or somebody else was quicker
            if path.stat().st_mtime < before:
                path.rmdir()
