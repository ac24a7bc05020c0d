"""Tell which ink belongs together: ink -> one region a digit, in reading order."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ink import Ink
from strokes import Array, Pieces, find_pieces, stroke_width, touches_rim

MOST_FRAMES = 100  # pieces of a page, the largest, that may be frames or tables
HANGING = 0.15  # of the shorter side, from which what touches the rim might be a desk's edge
BROAD = 2.5  # strokes of the free writing, from which it is
AS_DARK = 0.75  # of a digit's ink, how dark what belongs to it is at least
AS_THICK = 0.5  # of the digit's area by size, likewise
AT_RIM = 0.1  # of the picture's longer side, that a digit's stroke covers of its rim at most
MIN_SIDE = 5  # pixels; no digit can be told in less
WIDEST = 20  # heights, of digits that hang together in a line; what is wider is a line or a frame
LOW = 0.45  # of a line's height; what is lower is no digit of it ...
SMALL = 0.7  # ... nor what is lower than this and lies above or below the line's middle


@dataclass(frozen=True)
class Region:
    """Ink that is read as one digit.

    strength: (h, w) float32 in [0, 1], cropped to the ink, other regions' ink left out.
    origin: x, y of its upper left corner, in pixels at working size.
    scale: picture pixels per working pixel.
    pieces: how many separate, digit-sized pieces of ink are in it.
    line: which line of writing it belongs to, from 0 at the top.
    back: (2, 3) from x, y in here to the picture's at working size, where the ink was turned.
    """

    strength: Array
    origin: tuple[int, int] = (0, 0)
    scale: float = 1.0
    pieces: int = 1
    line: int = 0
    back: NDArray[np.float64] | None = None

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, w, h in the picture's pixels."""
        (x, y), (height, width) = self.origin, self.strength.shape
        ends = np.array([(x, y), (x + width, y + height)])
        if self.back is not None:
            ends = self._ends_before_turning(self.back)
        (left, top), (right, bottom) = (ends * self.scale).round().astype(int).tolist()
        return left, top, right - left, bottom - top

    def _ends_before_turning(self, back: NDArray[np.float64]) -> NDArray[np.float64]:
        """Upper left and lower right corner of the ink in the picture as it was."""
        y, x = np.nonzero(self.strength > 0)
        middles = np.column_stack([x, y]) + self.origin + 0.5
        was = middles @ back[:, :2].T + back[:, 2]
        return np.array([np.maximum(was.min(0) - 0.5, 0), was.max(0) + 0.5])


def split_digits(ink: Ink, number: bool = False) -> list[Region]:
    """Return the ink of one digit as one region, or none where nothing was written.

    Specks, page edges, things at the rim and a frame around the digit are left out; broken
    strokes are joined. With `number` every piece of digit-sized ink becomes a region, in reading
    order; digits that touch are still one region (see `segmentation`), and so are such as stand
    close above each other (see `rows`).
    """
    pieces = find_pieces(ink.mask)
    if number:
        return _regions_of_number(ink, pieces)
    keep = np.flatnonzero(pieces.sizes >= MIN_SIDE)
    for drop in (_without_faint, _inside_rim, _inside_frame, _without_specks):
        if len(keep) > 1:
            keep = drop(pieces, keep, ink)
    return [_region(ink, pieces, keep)] if len(keep) else []


def _without_faint(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out what is fainter than the digit, and thinner: what is left of ruled lines, creases
    and the edges of shadows.
    """
    mass = np.bincount(pieces.labels.ravel(), ink.strength.ravel(), len(pieces.sizes) + 1)[1:]
    darkness, thickness = mass / pieces.areas, pieces.areas / pieces.sizes
    for main in keep[np.argsort(-mass[keep])][:5]:
        if max(_sides(pieces.labels == main + 1)) <= AT_RIM * max(ink.mask.shape):  # no desk
            faint = darkness < AS_DARK * darkness[main]
            return keep[~(faint & (thickness < AS_THICK * thickness[main]))[keep]]
    return keep


def _sides(piece: NDArray[np.bool_]) -> list[int]:
    """How many pixels of each side of the picture a piece covers."""
    return [int(side.sum()) for side in (piece[0], piece[-1], piece[:, 0], piece[:, -1])]


def _inside_rim(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out what hangs in from the picture's rim, where something digit-sized does not.

    Writing that touches the rim stays: its strokes are no wider than the rest's, and it is as
    large as a digit or a part beside one.
    """
    free = keep[~touches_rim(pieces.boxes[keep], ink.mask.shape)]
    big = max(0.08 * min(ink.mask.shape), 8)
    if not len(free) or pieces.sizes[free].max() < min(big, 0.5 * pieces.sizes[keep].max()):
        return keep
    main = free[np.argmax(pieces.sizes[free])]
    size, stroke = pieces.sizes[main], stroke_width(pieces.labels == main + 1)
    kept = np.array([i for i in keep if i in free or _is_writing(ink, pieces, i, main, stroke)])
    hanging = np.setdiff1d(keep, kept)
    return _without_fringe(pieces, kept, hanging, size) if len(hanging) else kept


def _is_writing(ink: Ink, pieces: Pieces, i: int, main: int, stroke: float) -> bool:
    """Whether a piece at the rim goes with the main one: by ink, strokes, size and place."""
    piece, size = pieces.labels == i + 1, pieces.sizes[main]
    if ink.strength[piece].mean() < AS_DARK * ink.strength[pieces.labels == main + 1].mean():
        return False  # what is left of a desk or a shadow
    sides = _sides(piece)
    if max(sides) > 3 * stroke:
        return False
    gap = float(_gaps(pieces.boxes[[i]], pieces.boxes[main])[0])
    large = float(pieces.sizes[i]) / size
    alike = large < 1.3 and (gap < 0.15 * size or large > 0.6)
    # the body of a digit whose bar or flag is free is larger, and meets the rim at one side
    body = large < 4 and gap < 0.5 * size and sum(side > 0 for side in sides) == 1
    return stroke_width(piece) < stroke * (1.4 if alike else 1.8) and (alike or body)


def _without_fringe(pieces: Pieces, kept: NDArray, hanging: NDArray, size: int) -> NDArray:
    """Leave out crumbs along what hangs in from the rim: the page's edge is not a sharp one."""
    solid = np.isin(pieces.labels, hanging + 1).astype(np.uint8)
    away = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
    nearest = np.array([float(away[pieces.labels == i + 1].min()) for i in kept])
    return kept[(pieces.sizes[kept] > 0.4 * size) | (nearest > 0.15 * size)]


def _inside_frame(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out a frame drawn or printed around the digit."""
    for i in keep:
        inner = _framed(pieces, i, 0.3)
        if len(inner):
            return np.intersect1d(keep, inner)
    return keep


def _framed(pieces: Pieces, i: int, least: float = 0.0) -> NDArray:
    """The pieces within a piece, if it is a rectangle or table around one as large as a digit, or a
    ring around several: around one, that is a zero with its slash.

    least: the share of the piece's shorter side that such a piece has at least.
    """
    x, y, w, h = pieces.boxes[i]
    inner = np.flatnonzero(_within(pieces.boxes, pieces.boxes[i]))
    if not len(inner):
        return inner
    piece = pieces.labels[y : y + h, x : x + w] == i + 1
    large = inner[pieces.sizes[inner] >= max(least * min(w, h), 4 * stroke_width(piece))]
    middles = pieces.boxes[large, :2] + pieces.boxes[large, 2:] // 2 - (x, y)
    around = sum(_goes_around(piece, column, row) for column, row in middles)
    return inner if around > 1 or (around and _is_frame(piece)) else inner[:0]


def _is_frame(piece: NDArray[np.bool_]) -> bool:
    """Tell whether a piece runs along the four sides of its box."""
    h, w = piece.shape
    dx, dy = max(2, round(0.12 * w)), max(2, round(0.12 * h))
    sides = (piece[:, :dx].any(1), piece[:, -dx:].any(1), piece[:dy].any(0), piece[-dy:].any(0))
    return bool(min(side.mean() for side in sides) > 0.9)


def _goes_around(piece: NDArray[np.bool_], x: int, y: int) -> bool:
    """Whether a piece has ink to the left, to the right, above and below a point."""
    row, column = piece[y], piece[:, x]
    return bool(row[:x].any() and row[x + 1 :].any() and column[:y].any() and column[y + 1 :].any())


def _within(inner: NDArray, outer: NDArray) -> NDArray[np.bool_]:
    """Tell which of the boxes (n, 4) lie within the outer one, no side in common."""
    (x, y, w, h), (left, top, width, height) = inner.T, outer
    return (x > left) & (y > top) & (x + w < left + width) & (y + h < top + height)


def _without_specks(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out dust, and small marks away from the digit; keep dots that belong to a sign."""
    main = keep[np.argmax(pieces.areas[keep] * pieces.sizes[keep])]
    size = pieces.sizes[main]
    stroke = stroke_width(pieces.labels == main + 1)
    gaps = _gaps(pieces.boxes[keep], pieces.boxes[main])
    sizes, areas = pieces.sizes[keep], pieces.areas[keep]
    digit_sized = sizes >= 0.3 * size
    attached = (gaps < 0.5 * size) & (sizes >= 0.7 * stroke) & (areas >= 0.3 * stroke**2)
    return keep[digit_sized | attached & (sizes >= 0.06 * size)]


def _gaps(boxes: NDArray[np.int32], main: NDArray[np.int32]) -> NDArray[np.float64]:
    """Distance in pixels from each box to the box `main`, 0 where they overlap."""
    low = np.maximum(boxes[:, :2], main[:2])
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], main[:2] + main[2:])
    return np.hypot(*np.maximum(low - high, 0).T)


def _region(ink: Ink, pieces: Pieces, keep: NDArray, line: int = 0) -> Region:
    """Cut the given pieces out of the ink, with the soft edge around each."""
    corners = pieces.boxes[keep]
    left, top = corners[:, :2].min(0)
    right, bottom = (corners[:, :2] + corners[:, 2:]).max(0)
    height, width = ink.mask.shape
    x, y = max(0, int(left) - 1), max(0, int(top) - 1)  # one pixel of anti-aliased edge
    window = np.s_[y : min(height, int(bottom) + 1), x : min(width, int(right) + 1)]
    is_chosen = np.zeros(len(pieces.boxes) + 1, np.uint8)
    is_chosen[keep + 1] = 1
    chosen = is_chosen.take(pieces.labels[window])
    strength = ink.strength[window] * cv2.dilate(chosen, np.ones((3, 3), np.uint8))
    digit_sized = int((pieces.sizes[keep] >= 0.4 * pieces.sizes[keep].max()).sum())
    return Region(strength, (x, y), ink.scale, digit_sized, line, ink.back)


# --- the regions of a number ---


def _regions_of_number(ink: Ink, pieces: Pieces) -> list[Region]:
    """Digit-sized groups of pieces in reading order: lines from the top, each from the left."""
    written = _is_written(ink, pieces)
    tall = _writing_height(pieces, written)
    heights, widths = pieces.boxes[:, 3], pieces.boxes[:, 2]
    digits = np.flatnonzero(
        written & (heights >= 0.33 * tall) & (heights <= 4 * tall) & (heights >= MIN_SIDE)
        & (widths <= WIDEST * heights)
    )  # fmt: skip
    digits = digits[~_hangs_in(pieces.boxes[digits], ink.mask.shape, tall)]
    lines = _lines(pieces, _joined(pieces, [[int(i)] for i in digits]))
    lines = [_without_low(pieces, _halves_joined(pieces, line)) for line in lines]
    _join_small_parts(pieces, [group for line in lines for group in line], tall)
    return [
        _region(ink, pieces, np.array(group), number)
        for number, line in enumerate(lines)
        for group in line
    ]


def _halves_joined(pieces: Pieces, line: list[list[int]]) -> list[list[int]]:
    """Join neighbours that are both too low for a digit and make one above each other: what a
    break in the pen's stroke leaves of a 5 or a 3.
    """
    full = max(_height(_hull(pieces, group)) for group in line)  # halves lower the median
    joined: list[list[int]] = []
    for group in line:
        if joined and _are_halves(_hull(pieces, joined[-1]), _hull(pieces, group), full):
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


def _without_low(pieces: Pieces, line: list[list[int]]) -> list[list[int]]:
    """Leave out what is much lower than its line, and what is low and hangs at its foot or head:
    dots, commas, dashes and ends of broken strokes.
    """
    hulls = np.array([_hull(pieces, group) for group in line])
    tops, heights = hulls[:, 1], hulls[:, 3] - hulls[:, 1]
    full = np.median(heights)
    tall = np.flatnonzero(heights >= SMALL * full)
    kept = []
    for i, group in enumerate(line):
        near = tall[np.argsort(np.abs(hulls[tall, 0] - hulls[i, 0]))[:2]]  # lines may climb
        middle = float((tops[near] + heights[near] / 2).mean())
        beside = tops[i] < middle < tops[i] + heights[i]
        if heights[i] >= (LOW if beside else SMALL) * full:
            kept.append(group)
    return kept


def _is_written(ink: Ink, pieces: Pieces) -> NDArray[np.bool_]:
    """Mark (n,) what may be writing: no frame or table around it, and no desk beside the page."""
    written = _no_desk(ink, pieces)
    for i in np.argsort(-pieces.sizes)[:MOST_FRAMES]:
        written[i] &= not len(_framed(pieces, i))
    return written


def _no_desk(ink: Ink, pieces: Pieces) -> NDArray[np.bool_]:
    """Mark (n,) what is not much broader or fainter than writing, of what hangs in from the rim."""
    rim = touches_rim(pieces.boxes, ink.mask.shape)
    written = np.ones(len(rim), bool)
    large = np.flatnonzero(rim & (pieces.sizes >= HANGING * min(ink.mask.shape)))
    if not len(large):
        return written
    strokes = (pieces.sizes >= 2 * MIN_SIDE) & (pieces.areas < 0.5 * pieces.sizes**2)  # no specks
    free = np.r_[False, ~rim & strokes].take(pieces.labels)
    if not free.any():
        return written
    stroke, darkness = stroke_width(free), float(ink.strength[free].mean())
    for i in large:
        x, y, w, h = pieces.boxes[i]
        window = np.s_[y : y + h, x : x + w]
        piece = pieces.labels[window] == i + 1
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


def _joined(pieces: Pieces, groups: list[list[int]]) -> list[list[int]]:
    """Join groups that stand above each other in one line: strokes of one digit."""
    groups = sorted(groups, key=lambda g: int(pieces.boxes[g[0], 0]))
    joined: list[list[int]] = []
    for group in groups:
        hull = _hull(pieces, group)
        for other in joined[-3:]:
            if _same_digit(_hull(pieces, other), hull):
                other.extend(group)
                break
        else:
            joined.append(list(group))
    return joined


def _hull(pieces: Pieces, group: list[int]) -> NDArray[np.int32]:
    """Left, top, right, bottom of a group."""
    if len(group) == 1:  # as most are, and this is asked often
        x, y, w, h = pieces.boxes[group[0]]
        return np.array([x, y, x + w, y + h])
    boxes = pieces.boxes[group]
    return np.concatenate([boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)])


def _same_digit(a: NDArray[np.int32], b: NDArray[np.int32]) -> bool:
    """Whether two boxes share most of the narrower one's width and lie within a digit's height."""
    shared = min(a[2], b[2]) - max(a[0], b[0])
    gap = max(a[1], b[1]) - min(a[3], b[3])
    narrower = min(a[2] - a[0], b[2] - b[0])
    lower = min(a[3] - a[1], b[3] - b[1])
    return bool(shared > 0.6 * narrower and gap < 0.25 * lower)


def _join_small_parts(pieces: Pieces, groups: list[list[int]], tall: float) -> None:
    """Give flags, bars and broken ends to the digit they touch or cover; leave dots and commas."""
    sizes = pieces.sizes
    hulls = np.array([_hull(pieces, group) for group in groups]).reshape(-1, 4)
    taken = {i for group in groups for i in group}
    for i in np.flatnonzero((sizes >= 0.12 * tall) & (sizes <= 1.5 * tall)):
        if int(i) in taken:
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
            hulls[first] = _hull(pieces, groups[first])


def _lines(pieces: Pieces, groups: list[list[int]]) -> list[list[list[int]]]:
    """Sort groups into lines of writing, which may climb or fall: each group goes on the line
    whose last group, bars and dots left aside, it overlaps most in height.
    """
    lines: list[list[list[int]]] = []
    ends = np.zeros((len(groups), 4), np.int32)  # hull of the last full group on each line
    for group in sorted(groups, key=lambda g: int(_hull(pieces, g)[0])):
        hull = _hull(pieces, group)
        overlaps = _shared_height(ends[: len(lines)], hull)
        best = int(np.argmax(overlaps)) if lines else 0
        # the lower it is, the less it shares: a comma hangs at its line's foot, and opens no line
        lower = _height(hull) / max(_height(ends[best]), 1) if lines else 1.0
        if lines and overlaps[best] > 0.35 - 2 * max(0.0, SMALL - lower):
            lines[best].append(group)
        else:
            best = len(lines)
            lines.append([group])
        if _height(hull) > 0.6 * _height(ends[best]):
            ends[best] = hull
    return sorted(lines, key=lambda row: np.mean([_hull(pieces, g)[[1, 3]].mean() for g in row]))


def _shared_height(hulls: NDArray[np.int32], hull: NDArray[np.int32]) -> NDArray[np.float64]:
    """How much of the lower one's height each of the hulls (n, 4) shares with one."""
    top, bottom = hulls[:, 1], hulls[:, 3]
    shared = np.minimum(bottom, hull[3]) - np.maximum(top, hull[1])
    return shared / np.maximum(np.minimum(bottom - top, hull[3] - hull[1]), 1)
