"""The models that a request may ask for by name: the app's own, and those in models/."""

import threading
from pathlib import Path

import model
from model import DigitReader
from service.errors import ServiceError

FOLDER = Path(__file__).parents[1] / "models"


class Models:
    """Readers by name; those of the folder are loaded when they are first asked for."""

    def __init__(self, reader: DigitReader, folder: Path = FOLDER) -> None:
        self.default = reader
        self._files = {path.stem: path for path in sorted(folder.glob("*.tflite"))}
        self._readers = {reader.name: reader}
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        return [self.default.name, *(n for n in self._files if n != self.default.name)]

    def get(self, name: str | None) -> DigitReader:
        """Return the named reader, or the app's own for None; ServiceError if there is none."""
        if name is None:
            return self.default
        with self._lock:
            if name not in self._readers:
                self._readers[name] = self._load(name)
            return self._readers[name]

    def _load(self, name: str) -> DigitReader:
        if name not in self._files:
            raise ServiceError(400, f"There is no such model here; there is {_list(self.names)}.")
        try:
            return model.load(self._files[name])
        except model.ModelError as error:
            raise ServiceError(503, str(error), retry_after=600) from error


def _list(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
