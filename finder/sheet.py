"""A sheet of paper that lies somewhere in the picture: a note on a desk, a card before a wall.

Its edges are as dark and as straight as a 1, and the desk may pass for the paper.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.channel import checked, reduced
from finder.ink import Ink
from finder.paper import otsu, shrunk
from finder.strokes import Array, Mask, odd

SIDE = 160  # pixels; a sheet is looked for in a picture this small
ENOUGH = 4 * SIDE  # pixels that are looked at for that, of a large picture's side
SHARE = 0.02, 0.97  # of the picture, that a sheet covers
# Of the least rectangle and quadrilateral around it, that a sheet seen askew fills; corners have .5
# of the first, round spots of light .7 of the second
SQUARE = 0.7, 0.9
SIDES = 3  # of the picture, that a sheet runs off at most
STRAY, STRAIGHT = 2.5, 0.8  # pixels that a sheet's edge strays from a line, for most of its way
# Pixels across a sheet's edge, and what it changes there, of what it differs from all around
EDGE, SHARP = 7, 0.5
BARE = 0.6  # of the sheet, that nothing is written on
RIM = 0.03  # of the sheet's longer side, along its edge, where its shadow and thickness show


@dataclass(frozen=True)
class Sheet:
    """A sheet that was found in a picture.

    picture: the whole picture. inside: (h, w) uint8, 1 on the sheet and 0 elsewhere, without its
    rim; the picture reduced to SIDE.
    """

    picture: NDArray
    inside: Mask

    def holds(self, box: tuple[int, int, int, int]) -> bool:
        """Whether the middle of a box x, y, w, h, in the picture's pixels, is on the sheet."""
        x, y, w, h = box
        down, across = (n / m for n, m in zip(self.inside.shape, self.picture.shape, strict=False))
        row, column = int((y + h / 2) * down), int((x + w / 2) * across)
        rows, columns = self.inside.shape
        return bool(self.inside[min(row, rows - 1), min(column, columns - 1)])

    def rest(self) -> "Sheet":
        """What lies around the sheet and its edge, to be looked at by itself."""
        reach = _rim(self.inside)
        sheet = cv2.dilate(self.inside, np.ones((2 * reach - 1, 2 * reach - 1), np.uint8))
        return replace(self, inside=1 - sheet)

    def looks(self, find: Callable[[NDArray], Iterator[Ink]]) -> Iterator[Ink]:
        """Find the ink on the sheet as `find` does in a picture, in the whole picture's pixels."""
        pixels, scale = reduced(checked(self.picture))
        shape = pixels.shape[:2]
        if not self.inside.any():
            return
        x, y, w, h = cv2.boundingRect(self.inside)
        down, across = (n / m for n, m in zip(shape, self.inside.shape, strict=True))
        rows = slice(round(y * down), round((y + h) * down))
        columns = slice(round(x * across), round((x + w) * across))
        part = _going_on(pixels[rows, columns], self.inside[y : y + h, x : x + w])
        for ink in find((255 * part).round().astype(np.uint8)):
            strength, mask = np.zeros(shape, np.float32), np.zeros(shape, np.uint8)
            strength[rows, columns], mask[rows, columns] = ink.strength, ink.mask
            yield replace(ink, strength=strength, mask=mask, scale=scale)


def find_sheet(picture: NDArray) -> Sheet | None:
    """Find a sheet: what is lighter or darker than all around it, square, and mostly bare.

    picture: as for `find_ink`. None where there is none.
    """
    every = 1 + max(picture.shape[:2]) // ENOUGH
    fine, _ = reduced(np.ascontiguousarray(checked(picture)[::every, ::every]))
    small = shrunk(np.ascontiguousarray(fine.mean(2)), SIDE)
    smooth = cv2.medianBlur((255 * small).astype(np.uint8), 5)
    light = smooth > otsu(smooth.astype(np.float32))
    sheets = [s for s in (_sheet(side, smooth) for side in (light, ~light)) if s is not None]
    return Sheet(picture, max(sheets, key=np.count_nonzero)) if sheets else None


def _sheet(side: NDArray[np.bool_], gray: Mask) -> Mask | None:
    """The largest piece of (h, w), without its rim, if it may be a sheet by its form and its edge
    in the picture.
    """
    outline = _outline(side)
    if outline is None:
        return None
    filled = cv2.drawContours(np.zeros(side.shape, np.uint8), [outline], -1, 1, cv2.FILLED)
    is_bare = np.count_nonzero(side[filled > 0]) >= BARE * np.count_nonzero(filled)
    if not (is_bare and _has_edge(filled, gray)):
        return None
    reach = _rim(filled)
    inside = cv2.erode(filled, np.ones((reach, reach), np.uint8))
    return inside if inside.any() else None


def _outline(side: NDArray[np.bool_]) -> NDArray[np.int32] | None:
    """The outline of the largest piece of (h, w), if it has a sheet's form."""
    contours, _ = cv2.findContours(side.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea, default=np.zeros((0, 1, 2), np.int32))
    hull = cv2.convexHull(contour) if len(contour) else contour
    area = cv2.contourArea(contour) if len(hull) >= 4 else 0.0
    if not SHARE[0] * side.size <= area <= SHARE[1] * side.size:
        return None
    x, y, w, h = cv2.boundingRect(contour)
    runs_off = (x == 0, y == 0, x + w == side.shape[1], y + h == side.shape[0])
    corners = cv2.approxPolyN(hull, 4, epsilon_percentage=-1)
    around = np.prod(cv2.minAreaRect(contour)[1]), cv2.contourArea(corners)
    if sum(runs_off) > SIDES or (area < np.multiply(SQUARE, around)).any():
        return None
    return np.asarray(contour) if _is_straight(contour, corners, side.shape) else None


def _is_straight(
    contour: NDArray[np.int32], corners: NDArray[np.int32], shape: tuple[int, ...]
) -> bool:
    """Whether an outline runs along the sides of the quadrilateral around it, where it does not run
    along the picture's rim.
    """
    inner = np.array(shape[::-1]) - 2
    free = contour[((contour > 1) & (contour < inner)).all((1, 2))].astype(float)
    away = [abs(cv2.pointPolygonTest(corners, point, True)) for point in free.reshape(-1, 2)]
    return bool(np.mean(np.array(away) <= STRAY) >= STRAIGHT) if away else True


def _has_edge(filled: Mask, gray: Mask) -> bool:
    """Whether a picture changes at the edge of a sheet, and not little by little across it."""
    window = np.ones((EDGE, EDGE), np.uint8)
    inner, outer = cv2.erode(filled, window) > 0, cv2.dilate(filled, window) > 0
    is_sheet = filled > 0
    at_edge = float(np.median(gray[is_sheet & ~inner])) - float(np.median(gray[outer & ~is_sheet]))
    in_all = float(np.median(gray[is_sheet])) - float(np.median(gray[~is_sheet]))
    return at_edge * in_all > 0 and abs(at_edge) >= SHARP * abs(in_all)


def _rim(inside: Mask) -> int:
    """Side in pixels of a window that reaches over the rim, inwards and outwards."""
    return odd(2 * RIM * max(cv2.boundingRect(inside)[2:]))


def _going_on(part: Array, inside: Mask) -> Array:
    """Fill what lies around the sheet with the paper at its nearest place."""
    height, width = part.shape[:2]
    small = cv2.resize(part, inside.shape[::-1], interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur((255 * small).astype(np.uint8), odd(max(inside.shape) / 4))
    _, nearest = cv2.distanceTransformWithLabels(
        1 - inside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.zeros((int(nearest.max()) + 1, 2), int)
    places[nearest[inside > 0]] = np.argwhere(inside)
    at = places[nearest]
    around = paper.reshape(*inside.shape, -1)[at[..., 0], at[..., 1]].astype(np.float32) / 255
    around = cv2.resize(around, (width, height), interpolation=cv2.INTER_LINEAR)
    shown = cv2.resize(inside, (width, height), interpolation=cv2.INTER_NEAREST)[..., None]
    return np.where(shown > 0, part, around.reshape(part.shape))
