"""Tell light that falls off at the rim of a photo from writing: vignettes, shadows that hang in."""

import numpy as np
from numpy.typing import NDArray

from finder.strokes import Mask, Pieces, find_pieces, reaches_rim

DEPTH = 0.2, 0.35  # of the picture's shorter side and of the piece's longer, that shade is deep
WITHIN = 0.8  # of a piece's ink, that is no deeper in the picture
ALONG = 0.6  # of a piece's length along each side that it meets, on which it is at the rim
AROUND = 0.75  # of the whole rim, from which a piece may be as deep as it is
LEAST = 0.4  # of the picture's shorter side, that it is at the rim; a digit cut off may be, on less


def without_shade(mask: Mask) -> Mask:
    """Take what lies along the picture's rim out of a mask of ink.

    A digit that is cut off by the rim, or fills a tight crop, meets it with a few strokes, and most
    of its ink is deeper in the picture.
    """
    if not reaches_rim(mask):
        return mask
    pieces = find_pieces(mask)
    contacts = _contacts(pieces)
    long = np.flatnonzero(contacts >= LEAST * min(mask.shape))  # a few, however many meet the rim
    gone = [i + 1 for i in long if _is_shade(pieces, int(i), int(contacts[i]))]
    return mask & ~np.isin(pieces.labels, gone) if gone else mask


def _contacts(pieces: Pieces) -> NDArray[np.int64]:
    """Pixels (n,) of each piece along the rim."""
    labels, count = pieces.labels, len(pieces.boxes) + 1
    contacts = np.zeros(count, np.int64)
    for side in (labels[:2], labels[-2:], labels[:, :2].T, labels[:, -2:].T):
        contacts += np.max([np.bincount(line, minlength=count) for line in side], axis=0)
    return contacts[1:]


def _is_shade(pieces: Pieces, i: int, contact: int) -> bool:
    """Whether a piece lies along the rim."""
    piece = pieces.labels == i + 1
    height, width = piece.shape
    x, y, w, h = (int(v) for v in pieces.boxes[i])
    top, bottom, left, right = (at <= 1 for at in (y, height - y - h, x, width - x - w))
    if contact < ALONG * (w * (top + bottom) + h * (left + right)):
        return False
    if contact > AROUND * 2 * (height + width):
        return True
    depth = int(min(DEPTH[0] * min(height, width), DEPTH[1] * max(w, h)))
    deep = piece[depth * top : height - depth * bottom, depth * left : width - depth * right]
    return bool(np.count_nonzero(deep) <= (1 - WITHIN) * np.count_nonzero(piece))
