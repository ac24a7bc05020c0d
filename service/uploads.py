"""What Gradio leaves of uploads: for each an empty file, and the folder of a deleted picture.

The pictures themselves it deletes (`delete_cache` in main.py).
"""

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
    """Delete what is empty and was last changed before a time, in seconds of the epoch."""
    for path in folder.glob("*"):
        with contextlib.suppress(OSError):  # it is not empty, or somebody else was quicker
            facts = path.stat()
            if facts.st_mtime < before:
                if path.is_dir() and len(path.name) == HASHED:
                    path.rmdir()
                elif path.is_file() and facts.st_size == 0:
                    path.unlink()
