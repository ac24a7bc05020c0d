"""What is left of deleted pictures goes, and nothing else."""

import os
from pathlib import Path

from service.leftovers import sweep


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
