"""Signs of arithmetic and of currencies in a line of digits, told by their form and place: in a pen
as wide as their gaps they look like digits to the network.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.brackets import bow, pairs
from finder.strokes import Array, Mask, odd, stroke_width
from preprocessing import Region
from reader.network import DIGITS

HEIGHT = 48  # pixels; forms are told on ink reduced to this height
GAP = 0.13  # of the height, up to which parts of a sign are apart and are seen as one
WIDE = 0.5, 1.5  # width by height, that a sign with four arms has
DEEP = 0.06  # of its size, that the bays between arms are deep at least ...
EVEN = 0.3  # ... and of the deepest one's depth ...
SPREAD = 0.5  # ... and radians from one to the next, seen from the middle
SAME = 0.5  # what a form and itself turned by half share, of what one of them has
BARS, FILLED = 1.3, 0.65  # width by height, and ink of its box, that two bars have at least
# Digits that have arms: open fours and crossed sevens, and slashed zeros; and such as crosses and
# percent signs, `>`, and dollar signs are to the network
ARMED, SLASHED = (4, 7), 0
CLOSED, ANGLE, DOLLARS = (6, 8, 9), 7, (8, DIGITS)
# What the stem of a dollar sign that looks like an 8 encloses at least, of ink darker than this
LOOPS, PALE = 2, 0.4
STEM, SLIM = 1.6, 0.6  # strokes, and of a sign's width, that a stem is wide at most
SURE = 0.95  # probability, from which what is named as a digit is not in doubt ...
CLEARLY = 0.9  # ... and none is none beside digits, too, where it is higher than they are
ENDS, TIP = 5, 0.6  # pixels of the head and foot of `>`; of its width, how far they reach
# Height by that of digits: of a sign that has the form of a digit, of one that two touching digits
# have, and of any other, at most
LOW, LOWER_THAN_TWO, HIGH = 0.8, 0.9, 1.25
NO_TWO, NARROW = 1.15, 0.8  # width by height of what is no two digits, low and of any height
# Of the height of digits beside it, by which it stands within it, with the form of a sign and with
# another, and by which it reaches out of it
RAISED, WITHIN, BEYOND = 0.04, 0.1, 0.05
AS_DIGITS = -0.05  # the same of a dollar sign that might be an 8


def are_signs(regions: Sequence[Region], believed: Array) -> NDArray[np.bool_]:
    """Mark (n,) which regions of a line are signs beside digits.

    regions: from the left. believed: (n, 10 or 11) probabilities of each digit, and of none.
    """
    named, sure = believed.argmax(1), believed.max(1) >= SURE
    none = named == DIGITS
    rows, columns = np.array([region.strength.shape for region in regions]).T
    # a sure digit may have the form of a sign only if signs look like it, or if it is low
    asked = ~sure | none | np.isin(named, CLOSED) | (rows < LOW * rows.max())
    told = [
        _told(r.strength) if ask else (False,) * 3 for r, ask in zip(regions, asked, strict=True)
    ]
    armed, turned = np.array(told).T[:2] & (named != SLASHED)
    formed = turned | np.array(told).T[2]
    if formed.all():
        return np.zeros(len(regions), bool)
    high, wide = rows / np.median(rows[~formed]), columns / rows
    inside, outside = _places(regions, ~formed & (high >= LOW))
    is_low = high < LOW
    low = formed & is_low & (~(sure & np.isin(named, ARMED)) | (inside > RAISED))
    is_one = (named < DIGITS) | (wide < np.where(high < LOWER_THAN_TWO, NO_TWO, NARROW))
    as_high = turned & (~sure | none | np.isin(named, CLOSED)) & is_one & (high < HIGH)
    within = (inside > WITHIN) & (armed | none)
    within |= (inside > RAISED) & armed & is_low & (~sure | none)
    within |= _are_angles(regions, believed, np.where(is_low, inside, -np.inf))
    within &= wide < NO_TWO
    beyond = (wide < NARROW) & _are_beyond(regions, believed, outside)
    return low | as_high | within | beyond


def _are_angles(regions: Sequence[Region], believed: Array, inside: Array) -> NDArray[np.bool_]:
    """Mark (n,) what stands within the digits beside it, by shares (n,) of their height, and is a 7
    to the network, as `>`, or nothing sure, as `<`.
    """
    is_seven = believed.argmax(1) == ANGLE
    marked = (inside > WITHIN) & (is_seven | (believed.max(1) < SURE))
    for i in np.flatnonzero(is_seven & (inside > RAISED)).tolist():
        marked[i] |= _points_right(regions[i].strength)
    return marked


def _are_beyond(regions: Sequence[Region], believed: Array, outside: Array) -> NDArray[np.bool_]:
    """Mark (n,) what reaches out of the digits beside it, by shares (n,) of their height, and is no
    digit, or has a dollar sign's form and is no sure digit.
    """
    named, surest = believed.argmax(1), believed.max(1)
    marked = (outside > BEYOND) & (named == DIGITS) & (surest >= CLEARLY)
    stand_out = outside > np.where(named < DIGITS, AS_DIGITS, BEYOND)
    in_doubt = np.isin(named, DOLLARS) & (surest < SURE)
    for i in np.flatnonzero(stand_out & in_doubt).tolist():
        strength = regions[i].strength
        marked[i] |= _has_stems(strength) and (named[i] == DIGITS or _loops(strength) >= LOOPS)
    return marked


def without_brackets(
    digits: Sequence[Region], classify: Callable[[Sequence[Region]], Array]
) -> list[Region]:
    """The digits of a number without pairs of brackets around others, of what is a 1 or nothing
    sure: they were cut off digits that they touch.
    """
    believed = classify(digits) if digits else np.empty((0, DIGITS), np.float32)
    asked = (believed.argmax(1) == 1) | (believed.max(1, initial=0) < SURE)
    if asked.sum() < 2:
        return list(digits)
    bows = [bow(_cropped(d.strength)) if ask else 0.0 for d, ask in zip(digits, asked, strict=True)]
    boxes = np.array([(*d.origin, *d.strength.shape[::-1]) for d in digits], np.int32)
    marked = pairs(boxes, np.array(bows), np.ones(len(digits), bool))
    return [digit for digit, is_bracket in zip(digits, marked, strict=True) if not is_bracket]


def _cropped(strength: Array) -> NDArray[np.bool_]:
    """The ink (h, w) of a region, cropped."""
    inked = strength > 0.5
    x, y, w, h = cv2.boundingRect(inked.astype(np.uint8))
    return inked[y : y + h, x : x + w]


def has_form(strength: Array) -> bool:
    """Whether ink (h, w) in [0, 1], cropped, has four arms and is the same when it is turned by
    half, as `+`, a cross and most percent and division signs, or is two bars, `=`.
    """
    _, turned, bars = _told(strength)
    return turned or bars


def stands_within(low: Region, beside: Region) -> bool:
    """Whether a region stands above the foot and below the head of another one, as signs do."""
    return bool(_places([low, beside], np.array([False, True]))[0, 0] > RAISED)


def _places(regions: Sequence[Region], digits: NDArray[np.bool_]) -> Array:
    """By how much (2, n) of the height of the digits beside it each region stands within it, above
    and below, and reaches out of it.
    """
    ends = np.array([(r.origin[1], r.origin[1] + r.strength.shape[0]) for r in regions], float)
    places = np.flatnonzero(digits)
    found = np.full((2, len(regions)), -np.inf, np.float32)
    for i, (top, bottom) in enumerate(ends):
        beside = [*places[places < i][-1:], *places[places > i][:1]]
        if beside:
            upper, lower = ends[beside].mean(0)
            away = np.array([top - upper, lower - bottom]) / (lower - upper)
            found[:, i] = away.min(), -away.max()
    return found


def _told(strength: Array) -> tuple[bool, bool, bool]:
    """Whether ink (h, w) has four arms, has them and is the same turned by half, is two bars."""
    form = _form(strength)
    armed = _has_arms(form)
    return armed, armed and _is_turned(form), _is_bars(form)


def _reduced(strength: Array) -> NDArray[np.bool_]:
    """The ink at one height."""
    rows, columns = strength.shape
    size = max(2, round(columns * HEIGHT / rows)), HEIGHT
    return cv2.resize(strength, size, interpolation=cv2.INTER_AREA) > 0.5


def _form(strength: Array) -> Mask:
    """The ink at one height, its narrow gaps closed."""
    small = _reduced(strength)
    reach = odd(GAP * HEIGHT)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach))
    closed = cv2.morphologyEx(np.pad(small.astype(np.uint8), reach), cv2.MORPH_CLOSE, kernel)
    x, y, w, h = cv2.boundingRect(closed)
    return closed[y : y + h, x : x + w]


def _has_stems(strength: Array) -> bool:
    """Whether ink (h, w) ends in one stroke at its head and at its foot, as `$` does, and no 8."""
    ink = _reduced(strength)
    widest = min(STEM * stroke_width(ink), SLIM * ink.shape[1])
    for row in (ink[2], ink[-3]):
        columns = np.flatnonzero(row)
        if not len(columns) or np.ptp(columns) >= widest:
            return False
    return True


def _loops(strength: Array) -> int:
    """How many parts of the paper ink (h, w) encloses."""
    paper = np.pad(strength <= PALE, 1, constant_values=True).astype(np.uint8)
    return cv2.connectedComponents(paper, connectivity=4)[0] - 2  # the ink, and around it


def _points_right(strength: Array) -> bool:
    """Whether ink (h, w) reaches far to the right between its head and its foot alone, as `>` does
    and 7 does not.
    """
    ink = _reduced(strength)
    reach = np.where(ink, np.arange(ink.shape[1]), -1).max(1) / ink.shape[1]
    return bool(max(reach[:ENDS].max(), reach[-ENDS:].max()) < TIP)


def _is_bars(form: Mask) -> bool:
    """Whether a form is two level bars one above the other, which may touch."""
    rows, columns = form.shape
    return form.sum() > 0 and columns >= BARS * rows and bool(form.mean() >= FILLED)


def _has_arms(form: Mask) -> bool:
    """Whether a form has four bays, about as deep, towards all sides."""
    rows, columns = form.shape
    if not WIDE[0] * rows < columns < WIDE[1] * rows:
        return False
    outline = max(_outlines(form), key=len)
    try:
        bays = cv2.convexityDefects(outline, cv2.convexHull(outline, returnPoints=False))
    except cv2.error:  # of an outline that meets itself
        return False
    if bays is None or len(bays) < 4:
        return False
    bays = bays.reshape(-1, 4)
    deepest = bays[np.argsort(-bays[:, 3])[:4]]
    depths = deepest[:, 3] / 256
    x, y = (outline.reshape(-1, 2)[deepest[:, 2]] / np.array([columns, rows]) - 0.5).T
    angles = np.sort(np.arctan2(y, x))
    apart = np.diff(angles, append=angles[0] + 2 * np.pi)
    return bool(depths[3] >= max(DEEP * max(form.shape), EVEN * depths[0]) and apart.min() > SPREAD)


def _is_turned(form: Mask) -> bool:
    """Whether a form is about the same when it is turned by half."""
    filled = _filled(form)
    turned = filled[::-1, ::-1]
    return bool((filled & turned).sum() > SAME * (filled | turned).sum())


def _filled(form: Mask) -> Mask:
    return cv2.drawContours(np.zeros_like(form), _outlines(form), -1, 1, cv2.FILLED)


def _outlines(form: Mask) -> Sequence[NDArray[np.int32]]:
    return cv2.findContours(form, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
