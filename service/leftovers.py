"""What Gradio leaves: the pictures that it was sent, their folders and names, and some kilobytes in
its queue of each visitor whom it has answered.

Its own `delete_cache` leaves the folders, and ends for good when a picture comes while it looks
through the names of the others.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from gradio.queueing import Queue

EVERY = 60  # seconds
OLD = 600  # seconds that pictures are kept, and then their folders; no upload takes that long
HASHED = 64  # characters of the name of a picture's folder: its sha256


def sweep_always(folder: Path, names: Iterable[set[str]]) -> None:
    """Sweep from now on, in a thread that ends with the process."""

    def sweep_now_and_then() -> None:
        while True:
            time.sleep(EVERY)
            with contextlib.suppress(OSError):  # a folder that goes while it is looked through
                sweep(folder, time.time() - OLD, names)

    threading.Thread(target=sweep_now_and_then, daemon=True).start()


def sweep(folder: Path, before: float, names: Iterable[set[str]]) -> None:
    """Delete pictures, and empty folders of them, last changed before a time in seconds of the
    epoch; and forget the names of those that are gone.

    names: paths of this app's pictures, as `gr.Blocks.temp_file_sets` keeps them, others may add to
    them; other apps may have theirs in the same folder.
    """
    for some in names:
        for name in list(some):
            _delete_if(Path(name), before, Path.unlink)
            if not Path(name).exists():
                some.discard(name)
    for path in folder.glob("?" * HASHED):
        _delete_if(path, before, Path.rmdir)


def _delete_if(path: Path, before: float, delete: Callable[[Path], None]) -> None:
    with contextlib.suppress(OSError):  # it is not empty, or somebody else was quicker
        if path.lstat().st_ctime < before:
            delete(path)


def forget_answered(queue: Queue) -> None:
    """Forget the sessions that wait for nothing; to be called from the queue's event loop.

    One that asks again is entered again.
    """
    waiting = queue.pending_event_ids_session
    for session in [session for session, events in waiting.items() if not events]:
        del waiting[session]
        queue.pending_messages_per_session.pop(session, None)
