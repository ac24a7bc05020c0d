"""Tell dark ink on light paper from light ink on dark, by trying both."""

from typing import NamedTuple

import cv2
import numpy as np

from finder.paper import (
    MIN_CONTRAST,
    below_even_paper,
    darkness_on_paper,
    otsu,
    shows_lines,
    shrunk,
)
from finder.strokes import Array, odd

SMALL = 96  # pixels; what is told of a whole picture is told on one this small
# Weight of narrow strokes against how well the whole passes for ink: with light that is uneven, and
# even, where thick strokes on a tight crop leave narrow paper.
NARROWNESS = (0.9, 0.6)
DOUBTFUL = 0.25, 0.5  # of the sum of both, likewise: up to it both polarities are possible


class Sizes(NamedTuple):
    """Brightness (h, w): at working size, at most LINES_SIDE long, and at most SMALL."""

    gray: Array
    fine: Array
    small: Array


def polarity(lit: Sizes, is_even: bool) -> float:
    """Tell polarity by trying both: ink is little, keeps off the border, and is narrow.

    Where one of them alone shows writing in lines, narrowness says nothing: gaps between digits are
    as narrow as their strokes. Returns by how much what is dark passes better for ink than what is
    light; below 0 if worse.
    """
    narrowness = NARROWNESS[is_even] * _narrowness(lit.small)
    if is_even:
        even = _both_ways(lit.small)
        dark, light = (_ink_likeness(below_even_paper(way, way)) for way in (even, 3 - even))
        likeness = dark - light
        if likeness + narrowness > DOUBTFUL[is_even]:
            return likeness + narrowness
        fine = _both_ways(lit.fine)
        ways = [(way, below_even_paper(way, shrunk(way, SMALL))) for way in (fine, 3 - fine)]
        lines = [shows_lines(way, darkness) for way, darkness in ways]
    else:
        fine = _both_ways(lit.fine)
        tried = [darkness_on_paper(way, SMALL) for way in (fine, 3 - fine)]
        likeness = _ink_likeness(tried[0][0]) - _ink_likeness(tried[1][0])
        lines = [of_lines for _, of_lines in tried]
    return likeness + (narrowness if lines[0] == lines[1] else 0.0)


def _both_ways(small: Array) -> Array:
    """Bring brightness to [1, 2], where 3 less it is the other polarity."""
    low, high = float(small.min()), float(small.max())
    return 1 + (small - low) / max(high - low, 1e-6)


def _narrowness(small: Array) -> float:
    """Whether what is narrow is rather dark (to 1) or light (to -1); 0 where little is narrow.

    Flat morphology with a small window leaves the edge of a shadow alone and takes strokes away.
    """
    logs = np.log(small + 0.08)
    logs /= max(float(np.ptp(logs)), 1e-6)
    kernel = np.ones((odd(max(5, 0.08 * max(small.shape))),) * 2, np.uint8)
    dark, light = (
        float(np.maximum(cv2.morphologyEx(logs, how, kernel) - 0.1, 0).mean())
        for how in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    )
    return (dark - light) / (dark + light + 0.01)


def _ink_likeness(darkness: Array) -> float:
    """How well the dark part of a small, evenly lit picture passes for ink; higher is better."""
    ink = darkness > max(otsu(darkness), MIN_CONTRAST)
    if not ink.any():
        return -10.0
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]]).mean()
    return float(darkness[ink].mean()) * float(1 - ink.mean() - 1.5 * border)
