"""Rendered training pictures: several passes over the digits, made once and kept on disk."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from tqdm import tqdm

from train import papers, photos, render, strings
from train.data import Digits
from train.letters import Glyphs
from train.render import NOT_A_DIGIT, Sample, Stock

# what decides what the pictures look like: the modules of training, and how the reader frames them
RENDERING = ("render", "photos", "glyphs", "letters", "strings", "papers")
FRAMING = "finder/*.py", "reader/seams.py", "reader/segmentation.py"
CHUNK = 2000  # pictures rendered by one process at a time

Task = TypeVar("Task")
Made = TypeVar("Made")

# what a rendering process works on, given to it once when it starts
_sources: list[Any] = []


def rendered(
    digits: Digits, strokes: list[Sample], glyphs: Glyphs, passes: int, seed: int, cache: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Render `passes` times: every MNIST digit once, pen strokes twice, and as many signs as a
    third of that: (n, 28, 28) uint8 and labels (n,) uint8, where 10 is not a digit.

    What was rendered is kept in `cache` and found there by the next run with the same sources.
    """
    mnist = [Sample(int(y), picture=x) for x, y in zip(digits.x_train, digits.y_train, strict=True)]
    samples = mnist + 2 * strokes
    plan = [(seed, p, len(samples)) for p in range(passes)]
    made_of = [plan, len(mnist), len(strokes), len(glyphs.digits), len(glyphs.signs)]
    key = hashlib.sha256(json.dumps([*made_of, _code_version()]).encode())
    file = cache / f"rendered_{key.hexdigest()[:12]}.npz"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        stock = Stock(digits.x_train, digits.y_train, strokes, glyphs.digits, glyphs.signs)
        pictures, labels = _render_all(samples, stock, plan)
        partial = file.with_suffix(".part.npz")
        np.savez(partial, pictures=pictures, labels=labels)
        partial.rename(file)
    with np.load(file) as archive:
        return archive["pictures"], archive["labels"]


def _code_version() -> str:
    """Changes whenever what makes the pictures changes."""
    root = Path(__file__).parent.parent
    files = [file for pattern in FRAMING for file in sorted(root.glob(pattern))]
    files += [root / "train" / f"{name}.py" for name in RENDERING]
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def on_canvas(pictures: np.ndarray, seed: int) -> np.ndarray:
    """Pictures (n, 28, 28) uint8 as the app would frame them, were they drawn on its canvas."""
    starts = range(0, len(pictures), CHUNK)
    return np.concatenate(
        _in_processes(_frame_chunk, [(pictures[i : i + CHUNK], seed, i) for i in starts])
    )


def _frame_chunk(task: tuple[np.ndarray, int, int]) -> np.ndarray:
    pictures, seed, first = task
    rng = np.random.default_rng([seed, first])
    return np.stack([photos.on_canvas(picture, rng) for picture in pictures])


def _render_all(
    samples: list[Sample], stock: Stock, plan: list[tuple[int, int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    tasks = [(seed, p, i) for seed, p, n in plan for i in range(0, n, CHUNK)]
    parts = _in_processes(_render_chunk, tasks, samples, stock)
    pictures, labels = zip(*parts, strict=True)
    return np.concatenate(pictures), np.concatenate(labels)


def _in_processes(
    work: Callable[[Task], Made], tasks: Sequence[Task], *sources: list[Sample] | Stock
) -> list[Made]:
    """Do the work on each task, and give each process the sources of it once."""
    if len(tasks) < 4:  # not worth processes of their own
        _set_sources(*sources)
        return [work(task) for task in tasks]
    # a plain fork would copy the locks of TensorFlow's threads, and could wait for ever
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    with context.Pool(initializer=_set_sources, initargs=sources) as pool:
        return list(tqdm(pool.imap(work, tasks), total=len(tasks), desc="rendering"))


def _set_sources(*sources: list[Sample] | Stock) -> None:
    cv2.setNumThreads(1)
    _sources[:] = sources


def _render_chunk(task: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Render one chunk of samples, a sign for every third, for every 6th a rare form, for every
    8th what cuts leave of a few touching digits, and for every 16th what is found on a photo of a
    paper.
    """
    samples, stock = _sources
    seed, number, first = task
    rng = np.random.default_rng([seed, number, first])
    made = list(_chunk(samples[first : first + CHUNK], stock, rng))
    pictures, labels = zip(*made, strict=True)
    return np.stack(pictures), np.array(labels, np.uint8)


def _chunk(
    samples: list[Sample], stock: Stock, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, int]]:
    for i, sample in enumerate(samples):
        yield render.render(sample, stock, rng), sample.label
        if i % 6 == 0:
            rare = render.rare_digit(stock, rng)
            yield render.render(rare, stock, rng), rare.label
        if i % 8 == 0:
            yield from strings.pieces(stock, rng)
        if i % 16 == 0:
            yield from papers.pieces(stock, rng)
        if i % 3 == 0:
            yield render.not_a_digit(stock, rng), NOT_A_DIGIT
