"""Find the lines of a box, a form or a table in a piece of ink, whatever is written over them.

Each may be hidden by strokes that lie along it. Lines are as thick as others, and mostly as far
from the next: so strokes are told from lines, and hidden lines are found.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.rules import Rule, laid, line_along, lines_through, parabola
from finder.strokes import Mask, lowest_ink

LEAST_SIDE = 40  # pixels of a box
THICK = 4.0, 0.15  # pixels, and share of the shorter side, that a line is thick at most
RUNS = 0.2, 0.6  # of a side, that a line is in one piece: it climbs, or strokes lie along it
THICKER = 1.0, 1.5  # pixels, and times as thick as most lines, that one is at most
ROUNDED = 0.02  # of a hull's length, that its sides may be off the straight
SHOWN = 0.05  # of a line, where nothing lies along it
EVEN = 0.1  # of how far most lines are from the next, that one may be off
LEAST_CELL = 4.0  # times as wide as a line is thick, that a cell is at least
BEYOND = 0.25  # of a box's side, that writing goes over at most


class Grid(NamedTuple):
    """The lines of a table: how many, their ink and where they run, (h, w), a cell's shorter side,
    and how many pixels the thickest is thick.
    """

    number: int
    ink: Mask
    way: Mask
    cell: float
    thickness: float


def find_grid(piece: Mask) -> Grid | None:
    """The lines of a piece (h, w) uint8, if it has two level and two upright ones at least."""
    level, upright = _found(piece)
    if len(level) > 1:
        between = _lines_between(piece, level)
    else:
        between = _turned(_lines_between(piece.T, upright))
    tried = (x for x in (_laid(piece, level, upright), between) if x is not None)
    return max(tried, key=lambda x: x.number, default=None) or _in_hull(piece)


def _found(piece: Mask) -> tuple[list[Rule], list[Rule]]:
    """The level and the upright lines of a piece, in order."""
    pieces = np.ascontiguousarray(piece), np.ascontiguousarray(piece.T)
    seen = [_two_sides(piece) + through(piece) for piece in pieces]
    if not any(seen):
        return [], []
    usual = min(_usual_thickness(lines) for lines in seen if lines)  # strokes are thicker
    level, upright = (
        _completed(piece, lines, usual) for piece, lines in zip(pieces, seen, strict=True)
    )
    return level, upright


def through(piece: Mask) -> list[Rule]:
    """The level lines of a piece (h, w) uint8 from its left to its right, some of them twice."""
    thin = _thickest(piece)
    found = (lines_through(piece, run, thin, LEAST_SIDE, of_frames=True) for run in RUNS)
    return list(chain.from_iterable(found))


def _completed(piece: Mask, seen: list[Rule], usual: float) -> list[Rule]:
    """Each of these lines once, without strokes, and with the lines that strokes hide."""
    lines = _without_strokes(_each_once(seen, usual))
    return sorted(lines + _hidden(piece, lines, usual), key=_middle)


def _each_once(seen: list[Rule], usual: float) -> list[Rule]:
    """Lines seen more than once, as thick as most: the thinner are clipped, thicker ones have
    strokes along them.
    """
    lines: list[Rule] = []
    for line in sorted(seen, key=lambda line: abs(line.thickness - usual)):
        at, thickness = _middle(line), line.thickness
        is_new = all(abs(_middle(other) - at) > max(thickness, 2) for other in lines)
        if is_new and thickness <= THICKER[0] + THICKER[1] * usual:
            lines.append(line)
    return sorted(lines, key=_middle)


def _without_strokes(lines: list[Rule]) -> list[Rule]:
    """Lines without what is a stroke between two that are as far apart as most."""
    pitch, kept = _pitch(lines), lines[:1]
    for line, after in pairwise(lines[1:]):
        if abs(_middle(after) - _middle(kept[-1]) - pitch) > EVEN * pitch:
            kept.append(line)
    return kept + lines[1:][-1:]


def _hidden(piece: Mask, lines: list[Rule], usual: float) -> list[Rule]:
    """Lines that strokes along them hide: between others, and at the piece's sides."""
    found: list[Rule] = []
    sides = (np.full(piece.shape[1], at) for at in ((usual - 1) / 2, len(piece) - (usual + 1) / 2))
    for way in [*_missed(lines), *sides]:
        near = (abs(_middle(line) - float(way.mean())) for line in lines)
        if min(near, default=np.inf) >= LEAST_CELL * usual:
            found += filter(None, [line_at(piece, way, usual)])
    return found


def _missed(lines: list[Rule]) -> Iterator[NDArray[np.floating]]:
    """Where lines between these are, if all are as far from the next as most."""
    pitch = _pitch(lines)
    for line, after in pairwise(lines):
        n = round((_middle(after) - _middle(line)) / pitch)
        if abs(_middle(after) - _middle(line) - n * pitch) <= n * EVEN * pitch:
            yield from ((k * after.middles + (n - k) * line.middles) / n for k in range(1, n))


def line_at(piece: Mask, way: NDArray[np.floating], thickness: float) -> Rule | None:
    """The line of such a thickness along these rows (w,) of a piece (h, w), if there is one."""
    reach = int(2 * thickness) + 4  # what stands on it is told from it
    rows = slice(max(0, int(way.min()) - reach), min(len(piece), int(way.max()) + reach))
    near = np.abs(np.arange(len(piece))[rows, None] - way) <= thickness / 2 + 1
    thin = piece[rows].sum(0) <= THICK[0] + THICKER[1] * thickness
    if thin.mean() < SHOWN:
        return None  # in what is filled
    return line_along(piece[rows], near, rows, of_frames=True)


def _usual_thickness(lines: list[Rule]) -> float:
    return float(np.median([line.thickness for line in lines]))


def _pitch(lines: list[Rule]) -> float:
    """How far most lines are from the next, in pixels."""
    return float(np.median(_apart(lines))) if len(lines) > 1 else 0.0


def _apart(lines: list[Rule]) -> NDArray[np.float64]:
    """How far lines are from the next, in pixels."""
    return np.diff([_middle(line) for line in lines])


def _middle(line: Rule) -> float:
    return float(line.middles.mean())


def _two_sides(piece: Mask) -> list[Rule]:
    """The lower and the upper side; none where one is no line, as mostly."""
    lower = _lower_side(piece)
    upper = _upper_side(piece) if lower else None
    return [lower, upper] if lower and upper else []


def _upper_side(piece: Mask) -> Rule | None:
    """As `_lower_side`, of the ink upside down."""
    side = _lower_side(piece[::-1])
    if side is None:
        return None
    rows = slice(len(piece) - side.rows.stop, len(piece) - side.rows.start)
    middles = len(piece) - 1 - side.middles
    return replace(side, rows=rows, ink=side.ink[::-1], way=side.way[::-1], middles=middles)


def _lower_side(piece: Mask) -> Rule | None:
    """The line along which most of the lowest ink (h, w) is, where it is one."""
    lowest, thickness = lowest_ink(piece > 0)
    columns = np.arange(piece.shape[1])
    curve, _ = parabola(columns, lowest.astype(float))
    line = np.polyval(curve, columns)
    outside = np.abs(lowest - line) > max(1.5, thickness / 2)
    if outside.mean() > BEYOND or thickness > _thickest(piece):
        return None
    return line_at(np.ascontiguousarray(piece), line - thickness / 2, thickness)


def _lines_between(piece: Mask, level: list[Rule]) -> Grid | None:
    """The lines of what is between the first and the last of these, laid straight, where that is
    not all of the piece.

    What goes beyond the table hides how far its lines go across, and where it is tilted they do not
    run through from side to side.
    """
    if len(level) < 2:
        return None
    first, last = level[0].middles, level[-1].middles
    thickness = max(line.thickness for line in level)
    if max(first.max(), len(piece) - 1 - last.min()) < thickness:
        return None
    x = np.array([0, piece.shape[1] - 1])
    upper, lower = first[x], last[x]
    climb = float((upper + lower) @ (-1, 1)) / (2 * piece.shape[1])  # uprights lean as much
    corners = [(x, upper), (x - climb * (lower - upper), lower)]
    return _in_corners(piece, np.stack([np.stack(side, 1) for side in corners]), thickness)


def _in_hull(piece: Mask) -> Grid | None:
    """The four sides of a frame whose hull has four corners, laid into a rectangle."""
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    hull = cv2.convexHull(outlines[0])
    corners = cv2.approxPolyDP(hull, ROUNDED * cv2.arcLength(hull, True), True)[:, 0]
    if len(corners) != 4:
        return None
    upper, lower = np.split(corners[np.argsort(corners[:, 1])], 2)
    upper, lower = (pair[np.argsort(pair[:, 0])] for pair in (upper, lower))
    frame = _in_corners(piece, np.stack([upper, lower]), 0)
    return frame if frame and frame.number == 4 else None


def _in_corners(piece: Mask, corners: NDArray, thickness: float) -> Grid | None:
    """The lines between corners that are laid into those of a rectangle.

    corners: (2, 2, 2), of the upper and the lower side the left and the right one: x, y.
    """
    across, down = np.diff(corners, axis=1)[:, 0, 0], np.diff(corners, axis=0)[0, :, 1]
    wide, high = round(float(across.max())), round(float(down.max()))
    if min(across.min(), down.min()) < LEAST_SIDE:
        return None
    reach = round(thickness / 2) + 1
    square = np.array([(0, 0), (wide, 0), (0, high), (wide, high)], np.float32) + reach
    lay = cv2.getPerspectiveTransform(corners.reshape(4, 2).astype(np.float32), square)
    size = wide + 2 * reach + 1, high + 2 * reach + 1
    # not the nearest pixels: thin lines would break
    straight = (cv2.warpPerspective(255 * piece, lay, size) > 120).astype(np.uint8)
    found = _laid(straight, *_found(straight))
    if found is None:
        return None
    back = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    ink, way = (
        cv2.warpPerspective(lines, lay, piece.shape[::-1], flags=back)
        for lines in (found.ink, found.way)
    )
    return found._replace(ink=ink & piece, way=way)


def _turned(lines: Grid | None) -> Grid | None:
    return None if lines is None else lines._replace(ink=lines.ink.T, way=lines.way.T)


def _laid(piece: Mask, level: list[Rule], upright: list[Rule]) -> Grid | None:
    if len(level) < 2 or len(upright) < 2:
        return None
    thickness = max(rule.thickness for rule in level + upright)
    apart = _apart(level), _apart(upright)
    if min(gaps.min() for gaps in apart) < LEAST_CELL * thickness:
        return None  # a stroke beside a line
    ink, way, _ = laid(level, piece.shape)
    ink_down, way_down, _ = (m.T for m in laid(upright, piece.T.shape))
    # where two lines cross each is the other's stroke
    ink = ink | ink_down | way & way_down & piece
    way = cv2.dilate(way | way_down, np.ones((3, 3), np.uint8))
    cell = min(float(np.median(gaps)) for gaps in apart)
    return Grid(len(level) + len(upright), ink, way, cell, thickness)


def _thickest(piece: Mask) -> float:
    return max(THICK[0], THICK[1] * min(piece.shape))
