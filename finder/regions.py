"""Tell which ink belongs together: ink -> one region a digit, in reading order."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.brackets import brackets, closing
from finder.frames import framed
from finder.ink import Ink
from finder.lines import lines_of_writing
from finder.strokes import AS_DARK, MIN_SIDE, Array, Pieces, gaps, stroke_width, touches_rim

AS_THICK = 0.5  # of the digit's area by size, likewise
AT_RIM = 0.1  # of the picture's longer side, that a digit's stroke covers of its rim at most


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

    @property
    def size(self) -> int:
        """The longer side, in pixels at working size."""
        return max(self.strength.shape)

    def _ends_before_turning(self, back: NDArray[np.float64]) -> NDArray[np.float64]:
        """Upper left and lower right corner of the ink in the picture as it was."""
        y, x = np.nonzero(self.strength > 0)
        middles = np.column_stack([x, y]) + self.origin + 0.5
        was = middles @ back[:, :2].T + back[:, 2]
        return np.array([np.maximum(was.min(0) - 0.5, 0), was.max(0) + 0.5])


def split_digits(ink: Ink, number: bool = False, halves: bool = True) -> list[Region]:
    """Return the ink of one digit as one region, or none where nothing was written.

    Specks, page edges, things at the rim and a frame around the digit are left out; broken
    strokes are joined. With `number` every piece of digit-sized ink becomes a region, in reading
    order; digits that touch are still one region (see `segmentation`), and so are, if they may be
    `halves` of one, such as stand close above each other (see `rows`).
    """
    pieces = ink.pieces
    if number:
        lines = lines_of_writing(ink, pieces, halves)
        return [_region(ink, pieces, np.array(g), i) for i, line in enumerate(lines) for g in line]
    keep = np.flatnonzero(pieces.sizes >= MIN_SIDE)
    for drop in (_inside_frame, _without_faint, _inside_rim, _inside_brackets, _without_specks):
        if len(keep) > 1:
            keep = drop(pieces, keep, ink)
    return [_region(ink, pieces, keep)] if len(keep) else []


def single_piece(ink: Ink, i: np.intp) -> Region:
    """Return piece i of the ink as a region."""
    return _region(ink, ink.pieces, np.array([i]))


def _without_faint(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out what is fainter than the digit, and thinner: what is left of ruled lines, creases
    and the edges of shadows.
    """
    mass = np.bincount(pieces.labels.ravel(), ink.strength.ravel(), len(pieces.sizes) + 1)[1:]
    darkness, thickness = mass / pieces.areas, pieces.areas / pieces.sizes
    for main in keep[np.argsort(-mass[keep])][:5]:
        if max(_sides(pieces, main)) <= AT_RIM * max(ink.mask.shape):  # no desk
            faint = darkness < AS_DARK * darkness[main]
            return keep[~(faint & (thickness < AS_THICK * thickness[main]))[keep]]
    return keep


def _sides(pieces: Pieces, i: np.intp) -> list[int]:
    """How many pixels of each side of the picture a piece covers."""
    labels = pieces.labels
    sides = labels[0], labels[-1], labels[:, 0], labels[:, -1]
    return [int((side == i + 1).sum()) for side in sides]


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
    size, stroke = pieces.sizes[main], stroke_width(pieces.mask(main))
    dark = AS_DARK * _darkness(ink, pieces, main)
    is_kept = np.isin(keep, free)
    for at in np.flatnonzero(~is_kept):
        i = keep[at]  # what is fainter is left of a desk or a shadow
        is_kept[at] = _darkness(ink, pieces, i) >= dark and _is_writing(pieces, i, main, stroke)
    kept, hanging = keep[is_kept], keep[~is_kept]
    return _without_fringe(pieces, kept, hanging, size) if len(hanging) else kept


def _darkness(ink: Ink, pieces: Pieces, i: np.intp) -> float:
    """Mean strength of a piece's ink."""
    x, y, w, h = pieces.boxes[i]
    return float(ink.strength[y : y + h, x : x + w][pieces.mask(i)].mean())


def _is_writing(pieces: Pieces, i: np.intp, main: np.intp, stroke: float) -> bool:
    """Whether a piece at the rim goes with the main one: by strokes, size and place."""
    sides, size = _sides(pieces, i), pieces.sizes[main]
    if max(sides) > 3 * stroke:
        return False
    gap = float(gaps(pieces.boxes[[i]], pieces.boxes[main])[0])
    large = float(pieces.sizes[i]) / size
    alike = large < 1.3 and (gap < 0.15 * size or large > 0.6)
    # the body of a digit whose bar or flag is free is larger, and meets the rim at one side
    body = large < 4 and gap < 0.5 * size and sum(side > 0 for side in sides) == 1
    return stroke_width(pieces.mask(i)) < stroke * (1.4 if alike else 1.8) and (alike or body)


def _without_fringe(pieces: Pieces, kept: NDArray, hanging: NDArray, size: int) -> NDArray:
    """Leave out crumbs along what hangs in from the rim: the page's edge is not a sharp one."""
    solid = np.isin(pieces.labels, hanging + 1).astype(np.uint8)
    away = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
    nearest = np.full(len(pieces.sizes) + 1, np.inf, np.float32)
    np.minimum.at(nearest, pieces.labels.ravel(), away.ravel())
    return kept[(pieces.sizes[kept] > 0.4 * size) | (nearest[kept + 1] > 0.15 * size)]


def _inside_frame(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out a frame drawn or printed around the digit."""
    for i in keep:
        inner = framed(pieces, i, 0.3)
        if len(inner):
            return np.intersect1d(keep, inner)
    return keep


def _inside_brackets(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out round brackets around the digit, and one behind it."""
    written = np.isin(np.arange(len(pieces.sizes)), keep)
    written &= ~brackets(pieces, written)
    return np.flatnonzero(written & ~closing(pieces, written))


def _without_specks(pieces: Pieces, keep: NDArray, ink: Ink) -> NDArray:
    """Leave out dust, and small marks away from the digit; keep dots that belong to a sign."""
    main = keep[np.argmax(pieces.areas[keep] * pieces.sizes[keep])]
    size = pieces.sizes[main]
    stroke = stroke_width(pieces.labels == main + 1)
    away = gaps(pieces.boxes[keep], pieces.boxes[main])
    sizes, areas = pieces.sizes[keep], pieces.areas[keep]
    digit_sized = sizes >= 0.3 * size
    attached = (away < 0.5 * size) & (sizes >= 0.7 * stroke) & (areas >= 0.3 * stroke**2)
    return keep[digit_sized | attached & (sizes >= 0.06 * size)]


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
