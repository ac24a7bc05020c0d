"""What is left of deleted pictures and answered visitors goes, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

from service.leftovers import sweep

ROOT = Path(__file__).parents[1]
VISIT = """
from starlette.testclient import TestClient
import main, page
from service.app import application
from service.settings import from_environment
app = application(main.demo, main.reader, from_environment({}), page.launch_options())
with TestClient(app) as client:
    queue = main.demo._queue
    queue.pending_event_ids_session["waits"] = {"for this"}
    event = client.post("/gradio_api/call/predict", json={"data": [None, False]}).json()
    assert len(queue.pending_event_ids_session) == 2
    client.get("/gradio_api/call/predict/" + event["event_id"])
print(*queue.pending_event_ids_session, len(queue.pending_messages_per_session))
"""


def test_only_what_is_empty_and_old_goes(tmp_path: Path) -> None:
    for name in ("a" * 64, "b" * 64, "c" * 64, "other"):
        (tmp_path / name).mkdir()
    picture = tmp_path / ("b" * 64) / "seven.png"
    picture.write_bytes(b"")
    for path in tmp_path.glob("*"):
        os.utime(path, (1000, 3000 if path.name.startswith("c") else 1000))
    sweep(tmp_path, before=2000)
    assert {path.name for path in tmp_path.glob("*")} == {"b" * 64, "c" * 64, "other"}
    assert picture.exists()


def test_a_visitor_who_has_been_answered_is_forgotten_by_gradio() -> None:
    command = [sys.executable, "-c", VISIT]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["waits", "0"], done.stderr
