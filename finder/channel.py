"""The channel that shows the ink: any picture -> one brightness (h, w), at working size."""

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.bands import one_paper
from finder.paper import shrunk
from finder.strokes import Array, odd

WORK_SIDE = 1600  # pixels; longer pictures are reduced to this, area-averaged
# Sides of blocks: in pixels, as smaller ones show a digit's form, and of the longer side at most
BLOCKS = 3, 1 / 6
NEXT = 0.75  # of the places where blocks change, that are a block apart; the edges of bars are not
LOOKED_AT = 16  # rows and columns that tell most pictures without blocks, or with colours


def shown(array: NDArray) -> tuple[Array, float]:
    """The channel that shows the ink, (h, w) at working size, and picture pixels per pixel."""
    pixels, scale = reduced(array)
    gray = _contrast_channel(pixels)
    return without_blocks(gray) if scale == 1 else gray, scale


def without_blocks(gray: Array) -> Array:
    """Smooth a small picture that was enlarged to blocks, as viewers do.

    The mean over a window of a block's size is what linear interpolation would have made of the
    same pixels. Pictures without blocks come back as they are.
    gray: (h, w) float32.
    """
    every = [1 + side // LOOKED_AT for side in gray.shape]
    if min(_apart(gray[:: every[0]]).min(), _apart(gray[:, :: every[1]].T).min()) < BLOCKS[0]:
        return gray
    both = _apart(gray), _apart(gray.T)
    block = min(int(apart.min()) for apart in both)
    if not BLOCKS[0] <= block <= BLOCKS[1] * max(gray.shape):
        return gray
    # blocks of a size that is no whole number are a pixel narrower or wider
    if min((apart <= apart.min() + 1).mean() for apart in both) < NEXT:
        return gray
    # what was inverted in bands is told by edges that are still sharp
    return cv2.blur(one_paper(gray), (block, block), borderType=cv2.BORDER_REPLICATE)


def _apart(rows: Array) -> NDArray[np.intp]:
    """How far columns (n, w) where something changes are from the next; [0] where there are none"""
    changes = np.flatnonzero((rows[:, 1:] != rows[:, :-1]).any(0))
    return np.diff(changes) if len(changes) > 1 else np.zeros(1, int)


def checked(picture: NDArray) -> NDArray:
    """Return the picture as (H, W, C); raise ValueError where it is none."""
    array = np.asarray(picture)
    if array.dtype == bool:
        array = array.astype(np.uint8) * 255
    if array.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"A picture has 8 or 16 bits a channel, not {array.dtype}.")
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise ValueError(f"A picture is gray, RGB or RGBA, not an array of shape {picture.shape}.")
    return np.ascontiguousarray(array)


def reduced(array: NDArray) -> tuple[Array, float]:
    """Return the picture as float32 in [0, 1], its long side at most WORK_SIDE, and the factor.

    (H, W, 1, 3 or 4) -> (h, w, 1 or 3): what was transparent is opaque, and grey one channel.
    """
    height, width = array.shape[:2]
    scale = max(1.0, max(height, width) / WORK_SIDE)
    if scale > 1:
        size = (max(1, round(width / scale)), max(1, round(height / scale)))
        # area averaging keeps thin pens, where others alias them away; up to a factor of 2 no pixel
        # is passed over by linear interpolation either, which takes a quarter of the time
        how = cv2.INTER_AREA if scale > 2 else cv2.INTER_LINEAR
        array = cv2.resize(array, size, interpolation=how)
    # 16-bit scans often use 10 or 12 of their bits
    full = 255 if array.dtype == np.uint8 else max(255, int(array.max()))
    pixels = _needed(array.reshape(*array.shape[:2], -1), full).astype(np.float32)
    pixels *= np.float32(1 / full)
    return _opaque(pixels), scale


def _needed(array: NDArray, full: int) -> NDArray:
    """Leave out alpha that hides nothing, and colour of which there is none: half of the time.

    (H, W, 1, 3 or 4) -> (H, W, 1 to 4), of which 2 are grey and alpha.
    """
    if array.shape[2] == 4 and array[..., 3].min() > 0.99 * full:
        array = array[..., :3]
    if array.shape[2] == 1:
        return array
    every = (slice(None, None, 1 + side // LOOKED_AT) for side in array.shape[:2])
    for part in (array[tuple(every)], array):  # a few pixels tell of nearly all that are coloured
        if not all(np.array_equal(part[..., 0], part[..., i]) for i in (1, 2)):
            return array
    return array[..., [0, 3][: array.shape[2] - 2]]


def _opaque(pixels: Array) -> Array:
    """Lay a picture with alpha, (h, w, 2 or 4), on the side that shows its ink: (h, w, 1 or 3).

    Others come back as they are.
    """
    if pixels.shape[2] % 2:
        return pixels
    colour, alpha = pixels[..., :-1], pixels[..., -1:]
    seen = colour[alpha[..., 0] > 0.5]
    if not len(seen):
        return np.ones_like(colour)
    if seen.mean(1).std() > 0.1:  # paper and ink are both opaque: go on with the paper
        paper = np.median(seen, axis=0)
    else:  # the opaque part is the ink: show it
        paper = np.full(colour.shape[2], 0 if seen.mean() > 0.5 else 1, np.float32)
    return paper + (colour - paper) * alpha


def _contrast_channel(pixels: Array) -> Array:
    """Project colour on the axis along which the ink differs most from its surroundings.

    (h, w, 1 or 3) -> (h, w) in [0, 1]. The axis is the first principal component of the picture
    less its surroundings, so that red on green or yellow on white keep their contrast.
    """
    if pixels.shape[2] == 1:
        return pixels[..., 0]
    small = shrunk(pixels)
    detail = small - cv2.blur(small, (odd(max(small.shape[:2]) / 3),) * 2)
    detail = detail.reshape(-1, 3)
    axis = np.linalg.eigh(detail.T @ detail)[1][:, -1]
    if axis.sum() < 0:
        axis = -axis
    below, above = axis[axis < 0].sum(), axis[axis > 0].sum()
    if below > -0.25 * above:  # nearly a brightness: keep to one, it is physical
        axis = np.maximum(axis, 0)
        below, above = 0, axis.sum()
    to_one = np.append(axis, -below) / (above - below)
    return cv2.transform(pixels, to_one[None])
