"""Estimate the paper under the writing, so that shadows, creases and vignettes are no ink."""

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.strokes import Array, Pieces, find_pieces, odd, stroke_width, touches_rim

SIDE = 160  # pixels; paper is smooth, so it is estimated on a picture this small
LINES_SIDE = 320  # the same where the writing is small
COARSE = 80  # pixels; the same of means of bare paper, whose blurs are of these shares of the side
FAR, NEAR = 1 / 3, 1 / 16
MIN_CONTRAST = 0.03  # of full range; fainter than this is paper, not ink
# Of the longer side: windows that hide strokes of up to half that, of a digit and in lines
CLOSINGS, LINE_CLOSINGS = (0.1, 0.2, 0.4), (0.05, 0.1)
DIGIT, LETTER = 0.15, 0.02  # of the longer side, of a digit in a picture of its own, and in a line


def without_paper(gray: Array, fine: Array, closing: float | None = None) -> Array:
    """Return how much darker than its paper each pixel is: (h, w) -> (h, w), 0 for paper.

    The closing that hides the strokes should be small, since a small one follows shadows, but
    wider than the strokes: the first under which writing of a lesser width shows is it.
    fine: the same reduced to LINES_SIDE, which the paper is told from.
    closing: its window, of the longer side, None to find out.
    """
    small = shrunk(fine)
    paper = _paper(small, closing) if closing else _paper_under_writing(fine, small)
    paper = cv2.resize(paper, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    darkness = np.divide(gray, np.maximum(paper, np.float32(0.02)))
    return np.subtract(1, darkness, out=darkness)


def _paper_under_writing(fine: Array, small: Array) -> Array:
    """The paper under a digit, or under lines of writing, in a picture of two sizes."""
    first = _paper_under_digit(small, CLOSINGS[0])
    if first is not None:
        return first
    lines = _paper_under_lines(fine)
    if lines is not None:
        return lines
    wider = (_paper_under_digit(small, share) for share in CLOSINGS[1:-1])
    found = next((paper for paper in wider if paper is not None), None)
    return _paper(small, CLOSINGS[-1]) if found is None else found


def darkness_on_paper(fine: Array, side: int) -> tuple[Array, bool]:
    """How much darker than its paper each pixel is, if what is dark is ink; whether that is lines.

    fine: (h, w), at most LINES_SIDE. Returns (h, w) reduced to `side` pixels, or to as many as
    writing in lines wants.
    """
    if _paper_under_digit(shrunk(fine), CLOSINGS[0]) is None:
        lines = _paper_under_lines(fine)
        if lines is not None:
            return 1 - fine / lines, True
    least = shrunk(fine, side)
    return 1 - least / _paper(least, CLOSINGS[-1]), False


def _paper_under_digit(small: Array, share: float) -> Array | None:
    """The paper that a closing of this share leaves, if a digit shows on it."""
    paper = _paper(small, share)
    return paper if _shows_digit(_pieces_on(paper, small), share) else None


def _paper_under_lines(fine: Array) -> Array | None:
    """The paper under small writing in lines; None where there is none."""
    for share in LINE_CLOSINGS:
        paper = _paper(fine, share)
        if _shows_line(fine, _pieces_on(paper, fine)):
            return paper
    return None


def shows_lines(small: Array, darkness: Array) -> bool:
    """Whether what is darker than the paper is small writing in lines."""
    return _shows_line(small, _pieces(darkness))


def _pieces_on(paper: Array, small: Array) -> Pieces:
    return _pieces(1 - small / np.maximum(paper, np.float32(0.02)))


def _pieces(darkness: NDArray[np.floating]) -> Pieces:
    """The pieces of what is clearly darker than the paper."""
    return find_pieces((darkness > max(otsu(darkness), 2 * MIN_CONTRAST)).astype(np.uint8))


def _paper(small: Array, share: float) -> Array:
    """Estimate the brightness of the paper under the ink of a small picture.

    Paper is first what a closing leaves, then the weighted mean of the pixels around that are not
    ink, so that it follows shadows and creases but not strokes. share: the closing's window, of the
    longer side.
    """
    window = odd(share * max(small.shape))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    darkness = 1 - small / np.maximum(closed, 1e-3)
    ink = (darkness > max(0.5 * otsu(darkness), MIN_CONTRAST)).astype(np.float32)
    bare = 1 - cv2.dilate(ink, np.ones((3, 3), np.uint8))
    # both means are so smooth that few pixels hold them
    seen, weights, under = (shrunk(a, COARSE) for a in (small * bare, bare, closed))
    for sigma in (FAR * max(seen.shape), NEAR * max(seen.shape)):
        under = _leaning(_smooth(seen, sigma), _smooth(weights, sigma), under)
    under = cv2.resize(under, small.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.minimum(under, closed)  # the mean is too light beside the edge of a shadow


def _shows_digit(pieces: Pieces, share: float) -> bool:
    """Whether a stroke of something as large as a digit is well narrower than the window."""
    side = max(pieces.labels.shape)
    large = np.flatnonzero(pieces.sizes >= DIGIT * side)
    return any(stroke_width(pieces.labels == i + 1) < 0.5 * odd(share * side) for i in large[:5])


def _shows_line(small: Array, pieces: Pieces) -> bool:
    """Whether the ink is in several pieces, small ones too, and nothing as dark is left out.

    Of strokes wider than the window only crumbs show, and much that is as dark lies beside them.
    """
    side = max(small.shape)
    written = pieces.sizes >= LETTER * side
    free = pieces.sizes[written & ~touches_rim(pieces.boxes, small.shape)]
    ink = np.r_[False, written].take(pieces.labels)
    if len(free) < 2 or free.max() >= DIGIT * side or ink.sum() < 0.7 * pieces.areas.sum():
        return False
    dark = small < median(small[ink])
    dark[cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = False
    return bool(dark.sum() < 0.05 * ink.sum())


def _leaning(sums: Array, weights: Array, fallback: Array) -> Array:
    """Weighted means of sums, leaning on `fallback` where there is little weight."""
    trust = np.float32(0.02)
    return (sums + trust * fallback) / (weights + trust)


def _smooth(values: Array, sigma: float) -> Array:
    """Nearly Gaussian blur by two box filters, whose cost does not grow with sigma."""
    window = (odd(2.45 * sigma),) * 2
    return cv2.blur(cv2.blur(values, window), window)


def shrunk(array: Array, side: int = SIDE) -> Array:
    """Reduce to at most `side` pixels, area-averaged."""
    height, width = array.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return array
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(array, size, interpolation=cv2.INTER_AREA)


def otsu(values: NDArray[np.floating]) -> float:
    """Otsu's threshold (1979) of values in any range."""
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-6:
        return high
    scaled = ((values - low) * (255 / (high - low))).astype(np.uint8).reshape(1, -1)
    return low + cv2.threshold(scaled, 0, 255, cv2.THRESH_OTSU)[0] / 255 * (high - low)


def median(values: NDArray[np.floating]) -> float:
    """The median, the upper one of an even count; in a fifth of the time that NumPy's takes."""
    flat = values.ravel()
    return float(np.partition(flat, flat.size // 2)[flat.size // 2])


def below_even_paper(gray: Array, small: Array) -> Array:
    """Return how much darker than the one paper each pixel is: (h, w) -> (h, w), 0 for paper.

    small: the same reduced, which the paper is told from.
    """
    level = min(otsu(small), float(small.max()) - 1e-6)  # of two levels, Otsu's is the lower
    paper = median(small[small > level])
    light = gray / max(paper, 0.02)
    return np.subtract(1, light, out=light)
