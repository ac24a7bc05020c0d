"""Picture -> ink -> digits -> the (28, 28) frame that the network reads.

    ink = find_ink(picture)       # where is ink, in any picture (finder/ink.py)
    regions = split_digits(ink)   # which ink belongs together (finder/regions.py)
    tensor = center(regions[0])   # (28, 28) float32, as MNIST frames its digits (finder/framing.py)

Pure functions on NumPy arrays, OpenCV inside; nothing here knows the network.
"""

from finder.framing import BOX, FRAME, OVERSAMPLE, center
from finder.ink import Ink, fainter, find_ink, first_looks, other_looks, without_underlines
from finder.regions import Region, single_piece, split_digits
from finder.sheet import Sheet, find_sheet
from finder.tilt import straightened

__all__ = [
    "BOX", "FRAME", "OVERSAMPLE", "Ink", "Region", "Sheet", "center", "fainter", "find_ink",
    "find_sheet", "first_looks", "other_looks", "single_piece", "split_digits", "straightened",
    "without_underlines",
]  # fmt: skip
