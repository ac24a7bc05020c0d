"""What is left of uploads goes, and nothing else."""

import os
from pathlib import Path

from service.uploads import sweep


def test_only_what_is_empty_and_old_goes(tmp_path: Path) -> None:
    for name in ("a" * 64, "b" * 64, "other"):
        (tmp_path / name).mkdir()
    picture = tmp_path / ("b" * 64) / "seven.png"
    for file in (picture, tmp_path / "half", tmp_path / "new"):
        file.write_bytes(b"")
    (tmp_path / "half").write_bytes(b"a part")
    (tmp_path / "old").write_bytes(b"")
    for path in tmp_path.glob("*"):
        os.utime(path, (1000, 3000 if path.name == "new" else 1000))
    sweep(tmp_path, before=2000)
    left = {path.name for path in tmp_path.glob("*")}
    assert left == {"b" * 64, "other", "half", "new"}
    assert picture.exists()
