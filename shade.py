"""Tell light that falls off at the rim of a photo from writing: vignettes, shadows that hang in."""

import numpy as np
from numpy.typing import NDArray

from strokes import Mask, find_pieces, reaches_rim, touches_rim

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
    gone = [i + 1 for i in np.flatnonzero(touches_rim(pieces.boxes, mask.shape))
            if _is_shade(pieces.labels == i + 1, pieces.boxes[i])]  # fmt: skip
    return mask & ~np.isin(pieces.labels, gone) if gone else mask


def _is_shade(piece: NDArray[np.bool_], box: NDArray[np.int32]) -> bool:
    """Whether a piece, with its box x, y, w, h, lies along the rim."""
    height, width = piece.shape
    x, y, w, h = (int(v) for v in box)
    sides = (  # the two lines of pixels at the rim, the box's length along it, and its distance
        (piece[:2], w, y), (piece[-2:], w, height - y - h),
        (piece[:, :2].T, h, x), (piece[:, -2:].T, h, width - x - w),
    )  # fmt: skip
    met = [distance <= 1 for _, _, distance in sides]
    contact = sum(int(rim.any(0).sum()) for (rim, _, _), it in zip(sides, met, strict=True) if it)
    along = sum(length for (_, length, _), it in zip(sides, met, strict=True) if it)
    if contact < max(ALONG * along, LEAST * min(height, width)):
        return False
    if contact > AROUND * 2 * (height + width):
        return True
    depth = int(min(DEPTH[0] * min(height, width), DEPTH[1] * max(w, h)))
    deep = piece[depth * met[0] : height - depth * met[1], depth * met[2] : width - depth * met[3]]
    return bool(np.count_nonzero(deep) <= (1 - WITHIN) * np.count_nonzero(piece))
