"""Trainings that are killed, for the tests of going on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from train.run import Training


@contextmanager
def killed_in_an_epoch(number: int) -> Iterator[None]:
    """Kill the training within when it has learned from epoch `number`, before that is recorded."""
    record = Training._record

    def killed(self: Training, *arguments: object) -> None:
        if len(self.history) == number - 1:
            raise KeyboardInterrupt
        record(self, *arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "_record", killed)
        with pytest.raises(KeyboardInterrupt):
            yield


@contextmanager
def killed_while_saving(number: int) -> Iterator[None]:
    """Kill the training within when epoch `number` is half saved: models written, not the state."""
    rename = Path.rename

    def killed(self: Path, target: Path) -> Path:
        if (self.parent / f"epoch_{number}.keras").exists():
            raise KeyboardInterrupt
        return rename(self, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            yield
