"""What Gradio leaves: folders of the pictures that it deletes (`delete_cache` in main.py), and some
kilobytes in its queue of each visitor whom it has answered.
"""

import contextlib
import threading
import time
from pathlib import Path

from gradio.queueing import Queue

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


def forget_answered(queue: Queue) -> None:
    """Forget the sessions that wait for nothing; to be called from the queue's event loop.

    One that asks again is entered again.
    """
    waiting = queue.pending_event_ids_session
    for session in [session for session, events in waiting.items() if not events]:
        del waiting[session]
        queue.pending_messages_per_session.pop(session, None)
