"""The writing of a number: pieces of ink -> groups, one a digit, in lines of writing.

Frames, brackets, desks, signs and specks are left out; broken strokes are joined.
"""

import numpy as np
from numpy.typing import NDArray

from finder.brackets import brackets
from finder.combs import ticks
from finder.dots import dotted
from finder.frames import framed
from finder.ink import Ink
from finder.slashes import percents, slashes
from finder.straight import is_line, is_upright
from finder.strokes import (
    AS_DARK,
    MIN_SIDE,
    Pieces,
    extent,
    stroke_width,
    touches_rim,
    usual_height,
)

MOST_FRAMES = 100  # pieces of a page, the largest, that may be frames or tables
HANGING = 0.15  # of the shorter side, from which what touches the rim might be a desk's edge
BROAD = 2.5  # strokes of the free writing, from which it is
WIDEST = 20  # heights, of digits that hang together in a line; what is wider is a line or a frame
LOW = 0.45  # of a line's height; what is lower is no digit of it ...
SMALL = 0.7  # ... nor what is lower than this and lies above or below the line's middle
BAR, BAR_BEYOND = 1.5, 0.2  # of a digit's height: of a bar, and what it reaches above and below
WHOLE = 0.6  # of the writing's height, from which a piece may be a digit by itself
SHARED = 0.3  # of the lower one's height, that two such pieces above each other share at most

Group = list[int]  # pieces of one digit


def lines_of_writing(ink: Ink, pieces: Pieces, halves: bool = True) -> list[list[Group]]:
    """Digit-sized groups of pieces in reading order: lines from the top, each from the left.

    halves: whether two pieces as high as the writing, close above each other, may be one digit.
    """
    written = _is_written(ink, pieces)
    tall = _writing_height(pieces, written)
    heights, widths = pieces.boxes[:, 3], pieces.boxes[:, 2]
    digits = np.flatnonzero(
        written & (heights >= 0.33 * tall) & (heights <= 4 * tall) & (heights >= MIN_SIDE)
        & (widths <= WIDEST * heights)
    )  # fmt: skip
    digits = digits[~_hangs_in(pieces.boxes[digits], ink.mask.shape, tall)]
    digits = np.array([i for i in digits if not is_line(pieces, i)], int)  # at most a part of one
    digits = digits[~_bars(pieces, digits, tall)]
    whole = np.inf if halves else WHOLE * tall
    lines = _lines(pieces, _joined(pieces, [[int(i)] for i in digits], whole))
    if halves:
        lines = [_halves_joined(pieces, line) for line in lines]
    signs: set[int] = set()
    for told in (dotted, slashes, ticks):  # which compare with digits: the one's marks are none
        signs.update(i for line in lines for i in told(pieces, line))
        lines = [[group for group in line if group[0] not in signs] for line in lines]
        lines = [line for line in lines if line]
    lines = [_without_low(pieces, line) for line in lines]
    signs.update(np.flatnonzero(~written).tolist())
    _join_small_parts(pieces, [group for line in lines for group in line], tall, signs)
    return lines


def _halves_joined(pieces: Pieces, line: list[Group]) -> list[Group]:
    """Join neighbours that are both too low for a digit and make one above each other: what a
    break in the pen's stroke leaves of a 5 or a 3.
    """
    full = max(_height(extent(pieces, group)) for group in line)  # halves lower the median
    joined: list[Group] = []
    for group in line:
        if joined and _are_halves(extent(pieces, joined[-1]), extent(pieces, group), full):
            joined[-1].extend(group)
        else:
            joined.append(group)
    return joined


def _are_halves(a: NDArray[np.int32], b: NDArray[np.int32], full: int) -> bool:
    """Whether two hulls are the upper and the lower part of a digit about as high as its line."""
    upper, lower = sorted((a, b), key=lambda hull: int(hull[1]))
    shared = min(a[2], b[2]) - max(a[0], b[0])
    return bool(
        max(_height(a), _height(b)) < SMALL * full < lower[3] - upper[1] < 1.2 * full
        and abs(lower[1] - upper[3]) < 0.2 * full
        and shared > 0.25 * min(a[2] - a[0], b[2] - b[0])
    )


def _height(hull: NDArray[np.int32]) -> int:
    return int(hull[3] - hull[1])


def _without_low(pieces: Pieces, line: list[Group]) -> list[Group]:
    """Leave out what is much lower than its line, and what is low and hangs at its foot or head:
    dots, commas, dashes, ends of broken strokes.
    """
    hulls = np.array([extent(pieces, group) for group in line])
    tops, heights = hulls[:, 1], hulls[:, 3] - hulls[:, 1]
    full = usual_height(heights)
    tall = np.flatnonzero(heights >= SMALL * full)
    away = np.abs(hulls[tall, 0] - hulls[:, :1])
    near = tall[np.argsort(away, axis=1)[:, :2]]  # lines may climb
    middles = (tops[near] + heights[near] / 2).mean(1)
    beside = (tops < middles) & (middles < tops + heights)
    kept = heights >= np.where(beside, LOW, SMALL) * full
    return [group for group, keep in zip(line, kept, strict=True) if keep]


def _bars(pieces: Pieces, digits: NDArray[np.intp], tall: float) -> NDArray[np.bool_]:
    """Mark (n,) upright lines between numbers: they reach far above and below what stands beside
    them, on both sides.
    """
    x, y, w, h = pieces.boxes[digits].T
    is_bar = np.zeros(len(digits), bool)
    for i in np.flatnonzero(h >= BAR * tall):
        shared = np.minimum(y + h, y[i] + h[i]) > np.maximum(y, y[i])
        before, after = shared & (x + w <= x[i]), shared & (x >= x[i] + w[i])
        if not before.any() or not after.any():
            continue
        beside = [np.where(before, x + w, -np.inf).argmax(), np.where(after, x, np.inf).argmin()]
        above, below = y[beside].min() - y[i], y[i] + h[i] - (y + h)[beside].max()
        is_bar[i] = min(above, below) >= BAR_BEYOND * tall and is_upright(pieces, digits[i])
    return is_bar


def _is_written(ink: Ink, pieces: Pieces) -> NDArray[np.bool_]:
    """Mark (n,) what may be writing: no frame, table or brackets around it, and no desk beside the
    page.
    """
    written = _no_desk(ink, pieces)
    for i in np.argsort(-pieces.sizes)[:MOST_FRAMES]:
        written[i] &= not len(framed(pieces, i))
    written &= ~brackets(pieces, written)
    return written & ~percents(pieces, written)


def _no_desk(ink: Ink, pieces: Pieces) -> NDArray[np.bool_]:
    """Mark (n,) what is not much broader or fainter than writing, of what hangs in from the rim."""
    rim = touches_rim(pieces.boxes, ink.mask.shape)
    written = np.ones(len(rim), bool)
    large = np.flatnonzero(rim & (pieces.sizes >= HANGING * min(ink.mask.shape)))
    if not len(large):
        return written
    strokes = (pieces.sizes >= 2 * MIN_SIDE) & pieces.drawn
    free = np.r_[False, ~rim & strokes].take(pieces.labels)
    if not free.any():
        return written
    stroke, darkness = stroke_width(free), float(ink.strength[free].mean())
    for i in large:
        x, y, w, h = pieces.boxes[i]
        window, piece = np.s_[y : y + h, x : x + w], pieces.mask(i)
        faint = ink.strength[window][piece].mean() < AS_DARK * darkness
        written[i] = not faint and stroke_width(piece) < BROAD * stroke
    return written


def _writing_height(pieces: Pieces, written: NDArray[np.bool_]) -> float:
    """The height of most of the ink in pixels: the median over ink, so that specks do not count."""
    if not written.any():
        return 0.0
    heights, areas = pieces.boxes[written, 3], pieces.areas[written]
    order = np.argsort(heights)
    ink = np.cumsum(areas[order])
    return float(heights[order][np.searchsorted(ink, ink[-1] / 2)])


def _hangs_in(boxes: NDArray, shape: tuple[int, int], tall: float) -> NDArray[np.bool_]:
    """Mark what touches the rim and is no digit by its size: edges of the page, neighbours."""
    odd = (boxes[:, 3] > 2.5 * tall) | (boxes[:, 3] < 0.6 * tall) | (boxes[:, 2] > 5 * tall)
    return touches_rim(boxes, shape) & odd


def _joined(pieces: Pieces, groups: list[Group], whole: float) -> list[Group]:
    """Join groups that stand above each other in one line: strokes of one digit, of which at most
    one is so high that it is a whole digit.
    """
    groups = sorted(groups, key=lambda g: int(pieces.boxes[g[0], 0]))
    joined: list[Group] = []
    for group in groups:
        hull = extent(pieces, group)
        for other in joined[-3:]:
            before = extent(pieces, other)
            if _same_digit(before, hull) and not _are_two(before, hull, whole):
                other.extend(group)
                break
        else:
            joined.append(list(group))
    return joined


def _same_digit(a: NDArray[np.int32], b: NDArray[np.int32]) -> bool:
    """Whether two boxes share most of the narrower one's width and lie within a digit's height."""
    shared = min(a[2], b[2]) - max(a[0], b[0])
    gap = max(a[1], b[1]) - min(a[3], b[3])
    narrower = min(a[2] - a[0], b[2] - b[0])
    lower = min(a[3] - a[1], b[3] - b[1])
    return bool(shared > 0.6 * narrower and gap < 0.45 * lower)


def _are_two(a: NDArray[np.int32], b: NDArray[np.int32], whole: float) -> bool:
    """Whether two boxes are each as high as a digit may be, one above the other."""
    lower = min(_height(a), _height(b))
    return bool(lower >= whole and min(a[3], b[3]) - max(a[1], b[1]) < SHARED * lower)


def _join_small_parts(pieces: Pieces, groups: list[Group], tall: float, signs: set[int]) -> None:
    """Give flags, bars and broken ends to the digit they touch or cover; leave dots, commas,
    slashes and what lies below several.
    """
    sizes = pieces.sizes
    hulls = np.array([extent(pieces, group) for group in groups]).reshape(-1, 4)
    taken = signs.union(*groups)
    for i in np.flatnonzero((sizes >= 0.12 * tall) & (sizes <= 1.5 * tall)):
        if int(i) in taken or _is_below_several(pieces.boxes[i], hulls):
            continue
        x, y, w, h = pieces.boxes[i]
        left, top, right, bottom = hulls.T
        beside = np.maximum(x - right, left - (x + w))
        above = np.maximum(y - bottom, top - (y + h))
        covered = (-beside > 0.5 * w) & (above < 0.2 * tall)
        touched = (np.maximum(beside, above) < 0.06 * tall) & (y < bottom - 0.3 * tall)
        if (covered | touched).any():
            first = int(np.argmax(covered | touched))
            groups[first].append(int(i))
            hulls[first] = extent(pieces, groups[first])


def _is_below_several(box: NDArray[np.int32], hulls: NDArray[np.int32]) -> bool:
    """Whether a box stands below most of the width of several hulls (n, 4), as a line drawn under a
    number does.
    """
    x, y, w, h = box
    left, top, right, bottom = hulls.T
    shared = np.minimum(right, x + w) - np.maximum(left, x)
    is_above = (shared > 0.5 * (right - left)) & (bottom <= y + h) & (y > (top + bottom) / 2)
    return bool(is_above.sum() > 1)


def _lines(pieces: Pieces, groups: list[Group]) -> list[list[Group]]:
    """Sort groups into lines of writing, which may climb or fall: each group goes on the line
    whose last group, bars and dots left aside, it overlaps most in height, and rather on one whose
    last group is as high.
    """
    lines: list[list[Group]] = []
    ends = np.zeros((len(groups), 4), np.int32)  # hull of the last full group on each line
    for group in sorted(groups, key=lambda g: int(extent(pieces, g)[0])):
        hull = extent(pieces, group)
        overlaps = _shared_height(ends[: len(lines)], hull)
        # a digit's line is that of digits, and not of low marks beside it
        alike = _alike(ends[: len(lines)], hull)
        best = int(np.argmax(overlaps * (1 + alike))) if lines else 0
        # the lower it is, the less it shares: a comma hangs at its line's foot, and opens no line
        lower = _height(hull) / max(_height(ends[best]), 1) if lines else 1.0
        if lines and overlaps[best] > 0.35 - 2 * max(0.0, SMALL - lower):
            lines[best].append(group)
        else:
            best = len(lines)
            lines.append([group])
        if _height(hull) > 0.6 * _height(ends[best]):
            ends[best] = hull
    return sorted(lines, key=lambda row: np.mean([extent(pieces, g)[[1, 3]].mean() for g in row]))


def _alike(hulls: NDArray[np.int32], hull: NDArray[np.int32]) -> NDArray[np.float64]:
    """The lower one's height by the higher one's, of each of the hulls (n, 4) and one."""
    heights, height = hulls[:, 3] - hulls[:, 1], _height(hull)
    return np.minimum(heights, height) / np.maximum(np.maximum(heights, height), 1)


def _shared_height(hulls: NDArray[np.int32], hull: NDArray[np.int32]) -> NDArray[np.float64]:
    """How much of the lower one's height each of the hulls (n, 4) shares with one."""
    top, bottom = hulls[:, 1], hulls[:, 3]
    shared = np.minimum(bottom, hull[3]) - np.maximum(top, hull[1])
    return shared / np.maximum(np.minimum(bottom - top, hull[3] - hull[1]), 1)
