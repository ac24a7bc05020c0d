"""Read a whole folder of pictures into one table that a killed run goes on with."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

RESULT = "readings.csv"
FIELDS = ("file", "text", "lines", "confidence", "note", "error")

# a file's path -> the command line's answer to it
Answer = Callable[[str], dict[str, Any]]


def read_folder(answer: Answer, folder: Path) -> tuple[int, int]:
    """Read every file under `folder` into `folder/readings.csv`, a row as soon as it is read.

    Files that have a row are passed over, so that a second run goes on where one was killed; a
    file that is no picture gets its row with `error` set. Returns how many were read now, and how
    many of them are no pictures. `lines` are separated by spaces, `confidence` is the least of the
    digits' and empty where there are none.
    """
    table = folder / RESULT
    done = _done(table)
    files = [file for file in _files(folder) if file not in done]
    failed = 0
    with table.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, FIELDS)
        if not done and table.stat().st_size == 0:
            writer.writeheader()
        for row in _rows(answer, folder, files):
            writer.writerow(row)
            stream.flush()
            failed += bool(row["error"])
    return len(files), failed


def _files(folder: Path) -> list[str]:
    found = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [str(p) for p in found if p.name != RESULT and not p.name.startswith(".")]


def _done(table: Path) -> set[str]:
    """The files that have a row; half a row at the end, of a killed run, is cut off."""
    if not table.exists():
        return set()
    content = table.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(table, whole)
    with table.open(newline="", encoding="utf-8") as stream:
        return {row["file"] for row in csv.DictReader(stream)}


def _rows(answer: Answer, folder: Path, files: list[str]) -> Iterator[dict[str, Any]]:
    from tqdm import tqdm

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers: Iterable[dict[str, Any]] = pool.map(answer, (str(folder / f) for f in files))
        for file, found in zip(files, tqdm(answers, total=len(files), unit="picture"), strict=True):
            yield _row(file, found)


def _row(file: str, found: dict[str, Any]) -> dict[str, Any]:
    read = [d["confidence"] for d in found["digits"] if d["digit"] is not None]
    return {
        "file": file,
        "text": found["text"],
        "lines": " ".join(found["lines"]),
        "confidence": min(read, default=""),
        "note": found["note"],
        "error": found["error"] or "",
    }
