"""Papers of two brightnesses side by side, with writing across them: make one paper of them.

What is dark on the one is light on the other, as where a picture was inverted in a band, a sheet
lies on a board, or a canvas stands between the margins of a page. Both are told by the picture's
border: the same two levels, changing at the same places, along both of two opposite sides.
"""

import numpy as np

from finder.strokes import Array

NARROWEST = 0.15  # of the picture's width, that a paper has at least; strokes are narrower
PAPER = 0.5  # of a band's pixels, that are paper at least
NEAR = 0.15  # of the contrast, by which paper differs from itself
CONTRAST = 0.5  # of the picture's contrast, by which two papers differ at least
ALONG = 0.6  # of the picture's height, that the change of paper is seen at least, ink or not
CHANGE = 0.04  # of the picture's width, that a change of paper may take
TALL = 0.1  # of the picture's height, that writing takes at least


def one_paper(gray: Array) -> Array:
    """Bring a picture to one paper: (h, w) float32 in [0, 1] -> the same, 1 is paper.

    A picture of one paper comes back as it is, and so does one that shows nothing without its
    bands, which were its strokes.
    """
    for turned in (False, True):
        picture = gray.T if turned else gray
        levels = _levels(picture)
        if levels is not None:
            flat = _flattened(picture, levels)
            if _has_writing(flat):
                return np.ascontiguousarray(1 - (flat.T if turned else flat))
    return gray


def _levels(picture: Array) -> Array | None:
    """Each column's paper (w,), not a number where it changes; None where there is one paper."""
    low, high = float(picture.min()), float(picture.max())
    ends = picture[[0, -1]]
    middle = (low + high) / 2
    light = ends > middle
    if light.all() or not light.any():  # the usual picture
        return None
    same = (np.abs(ends[0] - ends[1]) < NEAR * (high - low)) & (light[0] == light[1])
    width = picture.shape[1]
    edges = np.flatnonzero(np.diff(light[0])) + 1
    bands = np.split(np.arange(width), edges)
    if (~same).sum() > CHANGE * width * len(edges) or min(map(len, bands)) < NARROWEST * width:
        return None
    papers = np.empty(width, np.float32)
    for band in bands:
        papers[band] = np.median(ends[:, band])
    if np.ptp(papers) < CONTRAST * (high - low):
        return None
    reach = int(CHANGE / 2 * width)  # 0 in a picture of 28 pixels, where changes are sharp
    steps = np.abs(picture[:, edges - 1 - reach] - picture[:, edges + reach])
    if (steps > CONTRAST * (high - low)).mean(0).min() < ALONG:
        return None
    is_paper = np.abs(picture - papers) < NEAR * (high - low)
    if min(is_paper[:, band].mean() for band in bands) < PAPER:
        return None
    papers[~same | (np.abs(ends - papers) > NEAR * (high - low)).any(0)] = np.nan
    return papers


def _flattened(picture: Array, papers: Array) -> Array:
    """How much each pixel differs from its paper; where papers change, as in the next column."""
    known = np.flatnonzero(~np.isnan(papers))
    place = np.interp(np.arange(len(papers)), known, np.arange(len(known)))
    nearest = known[place.round().astype(int)]
    return np.abs(picture - papers)[:, nearest]


def _has_writing(flat: Array) -> bool:
    rows = (flat > flat.max() / 2).any(1)
    return flat.max() > 0.1 and float(np.ptp(np.flatnonzero(rows))) > TALL * len(rows)
