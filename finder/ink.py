"""Find the ink in a picture: picture -> how strongly each pixel is inked.

Light is evened out, paper is estimated and taken away, polarity is told by trying both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.bands import one_paper
from finder.channel import checked, shown
from finder.creases import without_creases
from finder.paper import (
    LINES_SIDE,
    MIN_CONTRAST,
    below_even_paper,
    median,
    otsu,
    shrunk,
    without_paper,
)
from finder.polarity import DOUBTFUL, SMALL, Sizes, polarity
from finder.rules import without_rules
from finder.shade import without_shade
from finder.strokes import Array, Mask, Pieces, connected, find_pieces, reaches_rim, touches_rim
from finder.tables import without_tables
from finder.underlines import underlines

SAMPLED = 160  # pixels of the longer side that are picked out, where averages hide thin strokes
LEAST_SIDE = 96  # pixels; shorter pictures may be enlarged until they have it
STEP = 0.12, 0.5  # log brightness by which a quarter strays from a surface that falls by the second
# What else is tried: whether light is evened out, light ink, and the paper's closing
LOOKS = (True, False, 0.2), (False, True, 0.2), (False, False, 0.05)
ROUNDED = 1e-5  # darkness up to which it is what arithmetic leaves of an even paper
RULED = 0.15  # strength that a ruled line has at least
PRINTED = 0.35  # of the clear ink, that strays in thin lines on printed paper at least
CREASE = 0.08  # of the longer side, of faint ink that runs off the picture at least
ABOVE_PRINT = 0.42  # strength of ink on printed paper
# Strength of fainter writing, as pencil on a form; what has been erased or shows through is fainter
FAINTER = 0.28
LEAST = 0.05  # of the longer side, that it covers of pixels at least, all together


@dataclass(frozen=True)
class Ink:
    """Ink found in a picture.

    strength: (h, w) float32 in [0, 1], 0 paper and its ruled lines, 1 full ink, at working size.
    mask: (h, w) uint8, 0 or 1: what counts as ink, without ruled lines and page edges.
    scale: picture pixels per working pixel.
    inverted: True for light ink on dark paper.
    doubtful: True where it might as well be the other way round.
    is_even: True for one even paper with one even ink, as drawing programs and scans make.
    back: (2, 3) from x, y in here to the picture's at working size, where it was turned.
    """

    strength: Array
    mask: Mask
    scale: float
    inverted: bool
    doubtful: bool = False
    is_even: bool = False
    back: NDArray[np.float64] | None = None

    @cached_property
    def pieces(self) -> Pieces:
        """The connected pieces of the mask."""
        return find_pieces(self.mask)


def find_ink(picture: NDArray, inverted: bool | None = None) -> Ink:
    """Find the ink in a picture of writing.

    picture: (H, W), (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16; ink of either polarity and
    any colour. Shadows and vignettes are divided out as a smooth surface (cf. Gatos et al. 2006).
    inverted: True for light ink on dark paper, False for dark on light, None to find out.

    Raises ValueError, with a sentence for people, for arrays of another shape or dtype.
    """
    gray, scale = shown(checked(picture))
    if float(np.ptp(gray)) < MIN_CONTRAST:
        return Ink(np.zeros_like(gray), np.zeros(gray.shape, np.uint8), scale, inverted=False)
    seen = _in_sizes(gray)
    is_even = _is_two_level(seen)
    lit = _evened(seen, is_even)
    sign = polarity(lit, is_even) if inverted is None else 1 - 2 * inverted
    dark = _dark_on_light(lit, sign < 0)
    if is_even:
        darkness = below_even_paper(dark.gray, dark.small)
    else:
        darkness = without_paper(dark.gray, dark.fine)
    return _ink(darkness, scale, sign < 0, is_even, doubtful=abs(sign) < DOUBTFUL[is_even])


def first_looks(picture: NDArray) -> Iterator[Ink]:
    """Find the ink as `find_ink` does and, where polarity is in doubt, the other way round too."""
    ink = find_ink(picture)
    yield ink
    if ink.doubtful:  # such as paper on a dark desk
        yield find_ink(picture, not ink.inverted)


def without_underlines(ink: Ink) -> Ink | None:
    """The ink without lines drawn under digits, or None where there are none.

    What it takes for such lines may be a 1's foot or the lowest stroke of a 2.
    """
    lines = underlines(ink.pieces)
    return None if lines is None else replace(ink, mask=ink.mask * (1 - lines))


def other_looks(picture: NDArray) -> Iterator[Ink]:
    """Find the ink otherwise, where `first_looks` may have missed it.

    A small picture is enlarged, which shows where between its pixels a stroke ends. Where the light
    is uneven a shadow may have been taken for ink, or ink for paper: broad strokes, light ink and
    small writing are looked for, each under a paper that suits it.

    picture: as for `find_ink`.
    """
    array = checked(picture)
    if max(array.shape[:2]) < LEAST_SIDE and len(np.unique(array)) > 2:
        yield from _enlarged(array)
    gray, scale = shown(array)
    seen = _in_sizes(gray)
    if float(np.ptp(gray)) < MIN_CONTRAST or _is_two_level(seen):
        return
    for evened, inverted, closing in LOOKS:
        dark = _dark_on_light(_evened(seen, is_even=False) if evened else seen, inverted)
        yield _ink(without_paper(dark.gray, dark.fine, closing), scale, inverted, is_even=False)


def fainter(ink: Ink) -> Ink | None:
    """What is written in fainter ink than the rest, as in pencil on a form, or None."""
    dark = _hanging_together(ink.strength, 0.22)
    rest = ink.strength * (1 - cv2.dilate(dark, np.ones((5, 5), np.uint8)))
    if np.count_nonzero(rest > FAINTER) < LEAST * max(rest.shape):
        return None
    found = _ink(rest, ink.scale, ink.inverted, is_even=False)
    at_rim = touches_rim(found.pieces.boxes, rest.shape)  # edges of papers and shadows
    kept = np.r_[False, ~at_rim].take(found.pieces.labels)
    return replace(found, mask=kept.astype(np.uint8)) if kept.any() else None


def _enlarged(array: NDArray) -> Iterator[Ink]:
    """The ink of a small picture made larger."""
    factor = -(-LEAST_SIDE // max(array.shape[:2]))
    large = cv2.resize(array, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    for found in first_looks(large):
        yield replace(found, scale=1 / factor)


def _in_sizes(gray: Array) -> Sizes:
    fine = shrunk(gray, LINES_SIDE)
    return Sizes(gray, fine, shrunk(fine, SMALL))


def _evened(seen: Sizes, is_even: bool) -> Sizes:
    """The picture with one paper and even light."""
    lit = one_paper(seen.gray) if is_even else _evenly_lit(seen.gray, seen.fine)
    return seen if lit is seen.gray else _in_sizes(lit)


def _dark_on_light(lit: Sizes, inverted: bool) -> Sizes:
    if not inverted:
        return lit
    lightest = max(1.0, float(lit.gray.max()))
    return Sizes(*(lightest - array for array in lit))


def _ink(
    darkness: Array, scale: float, inverted: bool, is_even: bool, doubtful: bool = False
) -> Ink:
    strength = _unruled(_stretched(darkness))
    mask = without_creases(_ink_mask(strength), is_photo=not is_even)
    mask = mask if is_even else without_shade(mask)
    found = Ink(strength, mask, scale, inverted, doubtful, is_even)
    bare = without_tables(mask, found.pieces)
    return found if bare is mask else replace(found, mask=bare)


def _evenly_lit(gray: Array, fine: Array) -> Array:
    """Divide out a smooth fall of light across the picture: (h, w) -> (h, w) in [0, 1].

    gray, fine: the picture, and the same reduced.

    A quadratic surface is fitted to log brightness; by reweighting it follows the majority of the
    pixels, the paper, and not the ink.
    """
    small = shrunk(fine, 64)
    height, width = small.shape
    logs = np.log(small.ravel() + 0.05)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32).reshape(2, -1)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    ridge = np.diag([0, 1, 1, 1, 1, 1]) * 0.02 * len(x)  # in doubt, light is even
    weights = np.ones_like(logs)
    for _ in range(6):
        weighted = terms * weights[:, None]
        fit = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ logs)
        surface = terms @ fit
        away = np.abs(logs - surface)
        weights = 1 / np.maximum(away, 0.02)
    if (away > STEP[0]).mean() > 0.25 and np.ptp(surface) > STEP[1]:
        return gray  # the edge of a shadow or of the page: the surface would swing about it
    light = np.exp(surface - surface.max()).reshape(height, width).astype(np.float32)
    light = cv2.resize(light, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    lit = gray + np.float32(0.05)
    lit /= light
    lit -= np.float32(0.05)
    return np.maximum(lit, 0, out=lit)


def _is_two_level(seen: Sizes) -> bool:
    """Whether a picture is one even paper with one even ink, as drawing programs and scans make.

    What is said of an even paper holds for ink of any width, so thick pens and tight crops are safe
    here. Averaging takes grain away, but thin strokes, too: every few pixels show them as they are.
    """
    every = -(-max(seen.gray.shape) // SAMPLED)
    return _has_two_levels(seen.small) or _has_two_levels(seen.gray[::every, ::every])


def _has_two_levels(small: Array) -> bool:
    """Whether Otsu's two classes are both tight towards the outside.

    Uneven light spreads the lighter one, and writing in a shadow lies far below it.
    """
    level = otsu(small)
    dark, light = np.sort(small[small <= level]), np.sort(small[small > level])
    if not len(light):
        return True
    darkest, d20, d50, d80 = (dark[int(q * (len(dark) - 1))] for q in (0.001, 0.2, 0.5, 0.8))
    l20, l50, l80, lightest = (light[int(q * (len(light) - 1))] for q in (0.2, 0.5, 0.8, 0.999))
    apart, spread = l50 - d50, max(d50 - darkest, lightest - l50)
    edge = min(d80 - d20, l80 - l20)
    return bool(spread < 0.15 * apart and edge < 0.08 * apart)


def _stretched(darkness: Array) -> Array:
    """Stretch darkness so that paper is 0 and full ink 1: faint pencil and black ink alike."""
    noise = _noise(darkness[:: 1 + darkness.shape[0] // 100, :: 1 + darkness.shape[1] // 400])
    floor = max(4 * noise, MIN_CONTRAST)
    dark = darkness[darkness > floor]
    if dark.size < 4:
        return np.zeros_like(darkness)
    level = otsu(dark)
    full = median(dark[dark > level]) if (dark > level).any() else float(dark.max())
    if full < 5.5 * noise and dark.size < max(8, 0.01 * darkness.size):
        return np.zeros_like(darkness)  # the grain's own outliers
    low = min(max(2 * noise, 0.04 * full), 0.5 * full)
    strength = darkness - np.float32(low)
    strength /= np.float32(full - low)
    return np.clip(strength, 0, 1, out=strength)


def _unruled(strength: Array) -> Array:
    """Take the paper's lines out, also where they are fainter than ink: seen in whole they are told
    from strokes, and what is left of them hangs with the writing.
    """
    seen = (strength > RULED).astype(np.uint8)
    bare = without_rules(seen)
    return strength if bare is seen else strength * (bare == seen)


def _noise(darkness: Array) -> float:
    """Tell the standard deviation of the paper's grain.

    From its spread or, where ink is more than half of the picture, from the differences of
    neighbouring pixels.
    """
    if 2 * np.count_nonzero(np.abs(darkness) > ROUNDED) < darkness.size:  # paper without any
        return 0.0
    spread = 1.48 * median(np.abs(darkness - np.float32(median(darkness))))
    if darkness.shape[1] < 2:
        return spread
    steps = 1.05 * median(np.abs(np.diff(darkness, axis=1)))
    return min(spread, 3 * steps)


def _ink_mask(strength: Array) -> Mask:
    """Weaker pixels that hang together with strong ones (hysteresis, Canny 1986).

    Faint parts of a stroke count as long as they add little; where they add much they are ruled
    lines or the paper's own pattern, where they run off the picture a crease, and only clearer ones
    count. Where there is much faint ink that hangs with no stroke, the paper is printed, and what
    hangs with one may be its print.
    """
    clear, faint = _hanging_together(strength, 0.35), _hanging_together(strength, 0.22)
    stray = ((strength > 0.2) & (faint == 0)).astype(np.uint8)
    broad = cv2.morphologyEx(stray, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))  # shadows, fingers
    if np.count_nonzero(stray > broad) > PRINTED * np.count_nonzero(clear):
        return (strength > ABOVE_PRINT).astype(np.uint8)
    if np.count_nonzero(faint) >= 1.35 * np.count_nonzero(clear) or _runs_off(faint & (1 - clear)):
        return clear
    return faint


def _runs_off(faint: Mask) -> bool:
    """Whether faint ink goes on beyond the picture, as creases do."""
    if not reaches_rim(faint):  # the rule, and quickly told
        return False
    pieces = find_pieces(faint)
    at_rim = touches_rim(pieces.boxes, faint.shape)
    return bool((pieces.sizes[at_rim] >= CREASE * max(faint.shape)).any())


def _hanging_together(strength: Array, low: float, high: float = 0.6) -> Mask:
    mask = (strength > low).astype(np.uint8)
    count, labels = connected(mask)
    strong = np.zeros(count, np.uint8)
    strong[labels[strength > high]] = 1
    return mask if strong[1:].all() else strong.take(labels)
