"""What is left of deleted pictures and answered visitors goes, and nothing else."""

import itertools
import subprocess
import sys
import threading
import time
from pathlib import Path

from service.leftovers import sweep

ROOT = Path(__file__).parents[1]
VISIT = """
from starlette.testclient import TestClient
import main, page
from service.app import application
from service.settings import from_environment
app = application(main.demo, main.zoo, from_environment({}), page.launch_options())
with TestClient(app) as client:
    queue = main.demo._queue
    queue.pending_event_ids_session["waits"] = {"for this"}
    event = client.post("/gradio_api/call/predict", json={"data": [None, False]}).json()
    assert len(queue.pending_event_ids_session) == 2
    client.get("/gradio_api/call/predict/" + event["event_id"])
print(*queue.pending_event_ids_session, len(queue.pending_messages_per_session))
"""


def test_old_pictures_go_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a" * 64, "b" * 64, "c" * 64, "other"):
        (tmp_path / name).mkdir()
    picture = tmp_path / ("b" * 64) / "seven.png"
    of_another_app = tmp_path / ("c" * 64) / "seven.png"
    picture.write_bytes(b"")
    of_another_app.write_bytes(b"")
    names = {str(picture), str(tmp_path / ("a" * 64) / "gone.png")}
    everything = set(tmp_path.rglob("*"))
    sweep(tmp_path, time.time() - 60, [names])  # all is younger
    assert set(tmp_path.rglob("*")) == everything
    assert names == {str(picture)}
    sweep(tmp_path, time.time() + 60, [names])
    assert set(tmp_path.rglob("*")) == {
        tmp_path / "other", of_another_app.parent, of_another_app
    }  # fmt: skip
    assert not names


def test_pictures_may_come_while_old_ones_go(tmp_path: Path) -> None:
    names: set[str] = set()
    stop = threading.Event()

    def come() -> None:
        for number in itertools.count():
            if stop.is_set():
                break
            names.add(f"{tmp_path}/{number % 500}.png")

    coming = threading.Thread(target=come)
    coming.start()
    try:
        for _ in range(10):
            sweep(tmp_path, time.time(), [names])
    finally:
        stop.set()
        coming.join()


def test_the_app_sweeps_what_it_was_sent_and_leaves_nothing(tmp_path: Path) -> None:
    from benchmarks.apps import ROOT, reads_a_seven, running

    script = tmp_path / "app.py"
    quick = "from service import leftovers\nleftovers.EVERY, leftovers.OLD = 0.5, 5\n"
    main = (ROOT / "main.py").read_text()
    script.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{quick}{main}")
    uploads = tmp_path / "uploads"

    def pictures() -> list[Path]:
        return list(uploads.glob("?" * 64 + "/*"))

    with running(script, tmp_path) as app:
        app.wait_until(reads_a_seven)
        assert pictures()
        for _ in range(600):
            if not list(uploads.glob("?" * 64)):
                break
            time.sleep(0.1)
        assert not list(uploads.glob("?" * 64))
        app.wait_until(reads_a_seven)
        assert pictures()
    assert not pictures()


def test_a_visitor_who_has_been_answered_is_forgotten_by_gradio() -> None:
    command = [sys.executable, "-c", VISIT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["waits", "0"], done.stderr
