"""The networks one can choose between: the app's own, and those in the folder `models`.

A network is `NAME.tflite` with `NAME.json` beside it: {"name", "architecture", "test_accuracy",
"parameters", "bytes", "latency_ms"}. It is loaded when somebody first chooses it.
"""

import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

import model
from model import DigitReader, ModelError

log = logging.getLogger(__name__)

FOLDER = Path(os.environ.get("MODELS_DIR", Path(__file__).parent / "models"))
METRICS = model.BUNDLED.parent / "metrics.json"


class Zoo:
    """Readers by name. The first, `own`, is always there; the others may fail to load."""

    def __init__(self, own: DigitReader, folder: Path = FOLDER) -> None:
        self.own = own
        self._files = {file.stem: file for file in sorted(folder.glob("*.tflite"))
                       if file.stem != own.name and file.with_suffix(".json").exists()}  # fmt: skip
        self._readers: dict[str, DigitReader] = {own.name: own}
        self._lock = threading.Lock()

    def facts(self) -> list[dict[str, Any]]:
        """What there is to choose from: `id`, and of `name`, `test_accuracy`, ... what is known."""
        others = [{"id": name} | _facts(file) for name, file in self._files.items()]
        return [{"id": self.own.name, "name": self.own.name} | _own_facts(self.own), *others]

    def choose(self, name: object) -> bool:
        """Make a network ready to read; return whether it is."""
        if not isinstance(name, str) or name not in (*self._readers, *self._files):
            return False
        try:
            self._load(name)
        except ModelError as error:
            log.warning("The network %s stays unused: %s", name, error)
            return False
        return True

    def reader(self, name: object) -> DigitReader:
        """The reader of that name; our own where there is none that works."""
        return self._readers.get(name, self.own) if isinstance(name, str) else self.own

    def _load(self, name: str) -> None:
        with self._lock:
            if name not in self._readers:
                self._readers[name] = model.load(self._files[name])


def _facts(file: Path) -> dict[str, Any]:
    """A network's own JSON; only its name where that cannot be read."""
    try:
        facts = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = {}
    return {"name": file.stem} | (facts if isinstance(facts, dict) else {})


def _own_facts(own: DigitReader) -> dict[str, Any]:
    """What training wrote of the bundled network; nothing of one from elsewhere."""
    if own.name != model.BUNDLED.stem or not METRICS.exists():
        return {}
    metrics = json.loads(METRICS.read_text(encoding="utf-8"))
    return {
        "test_accuracy": metrics["test"]["mnist"]["accuracy"],
        "parameters": metrics["parameters"],
        "bytes": model.BUNDLED.stat().st_size,
    }
