"""Training pictures: digits and signs as different hands, pens, papers and cameras would make them.

Everything ends in `preprocessing.center`, so that the network is trained on the frames it will be
given. No TensorFlow in here: rendering runs in processes of its own and is written to disk once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from finder.strokes import stroke_width
from preprocessing import BOX, FRAME, OVERSAMPLE
from train import glyphs
from train.photos import Rng, captured, framed

SIDE = FRAME * OVERSAMPLE  # pixels of the sheet that digits are drawn on, before framing
INK = BOX * OVERSAMPLE  # pixels of the longer side of a digit on that sheet
NOT_A_DIGIT = 10  # the class after the ten digits


@dataclass(frozen=True)
class Sample:
    """Something to render: a square uint8 picture in MNIST's box or pen strokes, and its class."""

    label: int
    picture: np.ndarray | None = None
    strokes: tuple[np.ndarray, ...] = ()


@dataclass(frozen=True)
class Stock:
    """What signs, strings and rare forms of digits are made from.

    pictures: (n, 28, 28) uint8 digits and their labels, to put several together or stand on end;
    strokes: digits as pen strokes; digits and signs: glyphs of fonts, where there are any.
    """

    pictures: np.ndarray
    labels: np.ndarray
    strokes: Sequence[Sample] = ()
    digits: Sequence[Sample] = ()
    signs: Sequence[Sample] = ()


# --- hands ---------------------------------------------------------------------------------------


def _affine(rng: Rng) -> np.ndarray:
    """A hand's slant, tilt and proportions: (2, 2), about the middle."""
    wide = rng.random() < 0.12
    angle = np.deg2rad(rng.uniform(-32, 32) if wide else rng.normal(0, 8))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.array([[1, rng.normal(0, 0.15)], [0, 1]])
    stretch = np.exp(rng.normal(0, 0.12))
    return turn @ slant @ np.diag([stretch, 1 / stretch])


def _bends(rng: Rng) -> np.ndarray:
    """A smooth random displacement: coefficients (2, 3, 3) of sines over the unit square."""
    strength = abs(rng.normal(0, 0.035))
    fall = 1 / (1 + np.add.outer(np.arange(3), np.arange(3)))
    return rng.normal(0, strength, (2, 3, 3)) * fall


def _bent(points: np.ndarray, bends: np.ndarray) -> np.ndarray:
    """Displace (n, 2) points of the unit square (elastic bending, cf. Simard et al. 2003)."""
    waves = [
        np.stack([np.sin(np.pi * (k + 1) * points[:, i] + k) for k in range(3)]) for i in (0, 1)
    ]
    return points + np.einsum("ckl,kn,ln->nc", bends, waves[0], waves[1])


# Points of the sheet at which the bending of a picture is computed; between them it is interpolated
_GRID = np.stack(np.meshgrid(*[np.linspace(0, 1, 15)] * 2), -1).reshape(-1, 2)


def warped(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Write a (SIDE, SIDE) ink picture as another hand would: slant, tilt, proportions, bends."""
    moved = (_bent(_GRID, _bends(rng)) - 0.5) @ (_affine(rng).T / 0.85) + 0.5
    maps = cv2.resize((moved * SIDE).reshape(15, 15, 2).astype(np.float32), (SIDE, SIDE))
    return cv2.remap(ink, maps, None, cv2.INTER_LINEAR)


# --- pens ----------------------------------------------------------------------------------------


def _pen_width(rng: Rng) -> float:
    """Stroke width in pixels of the 28x28 frame, from a hairline to a marker."""
    return float(np.exp(rng.uniform(np.log(0.9), np.log(6.0 if rng.random() < 0.15 else 4.6))))


def drawn(strokes: tuple[np.ndarray, ...], rng: Rng, width: float | None = None) -> np.ndarray:
    """Draw pen strokes, in another hand and with some pen: (SIDE, SIDE) float32 in [0, 1]."""
    lengths = np.cumsum([len(s) for s in strokes])[:-1]
    points = np.concatenate(strokes).astype(np.float64)
    span = max(float(np.ptp(points, axis=0).max()), 1e-6)
    points = (points - (points.min(0) + points.max(0)) / 2) / span + 0.5
    points = (_bent(points, _bends(rng)) - 0.5) @ _affine(rng).T
    thick = max(1, round((width or _pen_width(rng)) * OVERSAMPLE))
    sheet = inked(np.split(points, lengths), thick)
    if rng.random() < 0.1:
        sheet = _broad_nib(sheet, thick, rng)
    return sheet.astype(np.float32) / 255


def inked(strokes: Sequence[np.ndarray], thick: int) -> np.ndarray:
    """Draw pen strokes as they are, `thick` pixels wide, in the box: (SIDE, SIDE) uint8."""
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    factor = max(INK - thick, 8) / max(float((high - low).max()), 1e-6)
    sheet = np.zeros((SIDE, SIDE), np.uint8)
    for stroke in strokes:
        part = (stroke - (low + high) / 2) * factor + SIDE / 2
        fixed = np.round(part * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(sheet, [fixed], False, 255, thick, cv2.LINE_AA, 4)
        if len(part) == 1 or np.ptp(part, axis=0).max() < 1:
            at = tuple(int(v) for v in fixed[0, 0])
            cv2.circle(sheet, at, thick * 8, 255, -1, cv2.LINE_AA, 4)
    return sheet


def _broad_nib(sheet: np.ndarray, thick: int, rng: Rng) -> np.ndarray:
    """Go over the strokes with a nib that is broad in one direction."""
    reach = max(1, round(thick * rng.uniform(0.3, 1)))
    nib = np.zeros((2 * reach + 1,) * 2, np.uint8)
    angle = rng.uniform(0, np.pi)
    end = round(reach * np.cos(angle)), round(reach * np.sin(angle))
    cv2.line(nib, (reach - end[0], reach - end[1]), (reach + end[0], reach + end[1]), 1)
    return cv2.dilate(sheet, nib)


def with_pen(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Write an ink picture again with a thinner or thicker pen, by moving its outline."""
    solid = (ink > 0.5).astype(np.uint8)
    if not solid.any():
        return ink
    inside = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
    width = 4 * float(inside.sum()) / int(solid.sum())
    # a stroke may lose at most 60 % of its width, or it falls to pieces
    grow = max((_pen_width(rng) * OVERSAMPLE - width) / 2, -0.3 * width)
    return np.clip((inside - outside + grow) / 2 + 0.5, 0, 1).astype(np.float32)


def slashed(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Strike a slash through a zero, as it is written where O and 0 must not be confused."""
    x, y, w, h = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    reach = rng.uniform(0.35, 0.65)
    lean = rng.uniform(0.5, 1.1) * (1 if rng.random() < 0.9 else -1)
    dx, dy = lean * reach * max(w, 0.5 * h), reach * h
    middle = np.array([x + w / 2, y + h / 2]) + rng.normal(0, 0.05, 2) * h
    ends = [tuple(int(v) for v in middle + sign * np.array([dx, -dy])) for sign in (-1, 1)]
    struck = ink.copy()
    cv2.line(struck, ends[0], ends[1], 1.0, int(rng.integers(8, 20)), cv2.LINE_AA)
    return struck


def flagged(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Give a one the upstroke that many hands write, up to three quarters of its height long, and
    to some a foot. What leans further from the stem than a flag does is a 7's bar, and not made.
    """
    _, _, w, h = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    if h < 0.6 * INK or w > 0.55 * h:  # it lies down, or has a flag or a foot
        return ink
    head, foot = _ends(ink)
    stem = foot - head
    angle = np.deg2rad(rng.uniform(18, 55))
    reach = rng.uniform(0.15, 0.75 if angle < np.deg2rad(42) else 0.45)
    end = head + _turned_by(stem, angle) * reach
    # mostly upwards, and of a short one to a hook: a long one would be a 7's bar
    bow = rng.normal(0.04, 0.12 if reach < 0.4 else 0.06) * reach
    middle = (head + end) / 2 + _turned_by(stem, angle + np.pi / 2) * bow
    lines = [_arc(end, middle, head)]
    if rng.random() < 0.2:
        across = _turned_by(stem, np.pi / 2) * rng.uniform(0.12, 0.35)
        lines.append(np.array([foot - across, foot + across]))
    return _struck(ink, lines)


def crossed(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Cross the stem of a seven."""
    rows = np.flatnonzero((ink > 0.5).any(1))
    y = rows[0] + (rows[-1] - rows[0]) * rng.uniform(0.4, 0.6)
    x = float(np.flatnonzero(ink[int(y)] > 0.5).mean()) if (ink[int(y)] > 0.5).any() else SIDE / 2
    reach = np.array([1, rng.normal(-0.1, 0.2)]) * (rows[-1] - rows[0]) * rng.uniform(0.15, 0.35)
    middle = np.array([x + rng.normal(0, 0.03) * SIDE, y])
    return _struck(ink, [np.array([middle - reach, middle + reach])])


def _ends(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of the highest and of the lowest row of ink, x and y."""
    solid = ink > 0.5
    rows = np.flatnonzero(solid.any(1))
    head, foot = (np.array([np.flatnonzero(solid[y]).mean(), y]) for y in (rows[0], rows[-1]))
    return head, foot


def _arc(start: np.ndarray, middle: np.ndarray, end: np.ndarray) -> np.ndarray:
    """A parabola through three points: (9, 2), the second half-way."""
    t = np.linspace(0, 1, 9)[:, None]
    control = 2 * middle - (start + end) / 2
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end


def _turned_by(way: np.ndarray, angle: float) -> np.ndarray:
    """Turn a vector, clockwise on the sheet: from down to the left."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ way


def _struck(ink: np.ndarray, lines: list[np.ndarray]) -> np.ndarray:
    """Add lines (n, 2) as wide as the strokes of the ink."""
    wide = max(1, round(stroke_width(ink > 0.5)))
    struck = ink.copy()
    for line in lines:
        points = np.round(line * 16).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(struck, [points], False, 1.0, wide, cv2.LINE_AA, 4)
    return struck


def stretched(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Bring ink nearer to the square that scanned digits are often stretched to.

    A bare stroke gets half as wide as it is high at most: broader ones are blots.
    """
    x, _, w, h = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    if not 0 < w < h:
        return ink
    most = 0.55 if w < 0.36 * h else 1.0
    wide = h * (w / h) ** (1 - rng.uniform(0.3, 1) * np.log(most * h / w) / np.log(h / w))
    matrix = np.array([[wide / w, 0, SIDE / 2 - (x + w / 2) * wide / w], [0, 1, 0]])
    return cv2.warpAffine(ink, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR)


# forms of a digit, and the share of it that is given them
FORMS = {0: (slashed, 0.08), 1: (flagged, 0.3), 7: (crossed, 0.12)}
SPOILT = {
    "_gapped": 0.04,
    "_scratched": 0.02,
    "outlined": 0.015,
    "stretched": 0.06,
}  # shares of all digits


def _gapped(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Break the strokes along a thin random line, or where the pen failed."""
    ends = rng.uniform(0.2, 0.8, (2, 2)) * SIDE
    way = ends[1] - ends[0]
    points = [tuple(int(v) for v in p) for p in (ends[0] - way, ends[1] + way)]
    cv2.line(ink, points[0], points[1], 0.0, int(rng.integers(3, 9)))
    return ink


def _scratched(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Draw a thin line across everything: what is left of a ruled one, or a slip of the pen."""
    points = rng.uniform(0.1, 0.9, (int(rng.integers(2, 7)), 2)) * SIDE
    points = points[np.argsort(points[:, int(rng.integers(2))])]
    fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
    return cv2.polylines(ink, [fixed], False, 1.0, int(rng.integers(2, 6)), cv2.LINE_AA, 4)


def outlined(ink: np.ndarray, rng: Rng) -> np.ndarray:
    """Draw the outline of a digit written with a marker, as of hollow letters."""
    solid = (ink > 0.5).astype(np.uint8)
    reach, pen = int(rng.integers(0, 6)), int(rng.integers(3, 6))
    thick = cv2.dilate(solid, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2))
    rim = cv2.morphologyEx(thick, cv2.MORPH_GRADIENT, np.ones((pen, pen), np.uint8))
    return cv2.GaussianBlur(rim.astype(np.float32), (0, 0), 1.0)


def beside_rest(ink: np.ndarray, neighbour: np.ndarray, rng: Rng) -> np.ndarray:
    """Leave the edge of a neighbour at one side of a digit, as a cut between touching ones does.

    neighbour: (28, 28) uint8 picture of a digit.
    """
    x, y, w, h = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    left, top, width, height = cv2.boundingRect(neighbour)
    edge = max(1, round(width * rng.uniform(0.06, 0.2)))
    at_right = rng.random() < 0.5
    start = left if at_right else left + width - edge
    piece = neighbour[top : top + height, start : start + edge]
    tall = max(8, round(h * rng.uniform(0.75, 1.1)))
    wide = max(3, round(edge * tall / max(height, 1)))
    piece = cv2.resize(piece, (wide, tall), interpolation=cv2.INTER_CUBIC) / 255
    touch = int(rng.integers(-4, 6))
    column = x + w - touch if at_right else x - wide + touch
    row = y + (h - tall) // 2 + round(rng.normal(0, 0.05) * h)
    joined = np.pad(ink, SIDE // 2)
    window = joined[row + SIDE // 2 :, column + SIDE // 2 :][:tall, :wide]
    np.maximum(window, np.clip(piece, 0, 1)[: window.shape[0], : window.shape[1]], out=window)
    return joined


# --- samples --------------------------------------------------------------------------------------


def render(sample: Sample, stock: Stock, rng: Rng) -> np.ndarray:
    """Render a sample anew: (28, 28) uint8, 255 is ink."""
    ink = written(sample, rng)
    for spoil in (stretched, _gapped, _scratched, outlined):
        if rng.random() < SPOILT[spoil.__name__]:
            ink = spoil(ink, rng)
    if rng.random() < 0.05:
        ink = beside_rest(ink, stock.pictures[int(rng.integers(len(stock.pictures)))], rng)
    return framed(captured(ink, rng))


def written(sample: Sample, rng: Rng, width: float | None = None) -> np.ndarray:
    """Write a sample in another hand, some digits in a form that MNIST has few of: (SIDE, SIDE).

    width: of the pen in pixels of the frame, for pen strokes; a random one where it is None.
    """
    strokes = sample.picture is None
    ink = drawn(sample.strokes, rng, width) if strokes else rewritten(sample, rng)
    form, share = FORMS.get(sample.label, (None, 0.0))
    return form(ink, rng) if form and rng.random() < share else ink


def rewritten(sample: Sample, rng: Rng) -> np.ndarray:
    """Write a digit or sign given as a picture in another hand: (SIDE, SIDE) float32."""
    ink = cv2.resize(sample.picture, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    ink = warped(np.clip(ink.astype(np.float32) / 255, 0, 1), rng)
    return with_pen(ink, rng) if rng.random() < 0.6 else ink


def rare_digit(stock: Stock, rng: Rng) -> Sample:
    """A digit as a font has it, or in one of the rare forms of `train.glyphs`."""
    if stock.digits and rng.random() < 0.4:
        return stock.digits[int(rng.integers(len(stock.digits)))]
    label = int(rng.integers(10))
    return Sample(label, strokes=_of_a_hand(glyphs.DIGITS[label], 0.2, rng))


def _of_a_hand(forms: Sequence[str], spread: float, rng: Rng) -> tuple[np.ndarray, ...]:
    """One of the forms of `train.glyphs`, its points moved by about `spread` of ten."""
    form = forms[int(rng.integers(len(forms)))]
    return tuple(glyphs.strokes(form, rng, spread * abs(rng.normal())))


def not_a_digit(stock: Stock, rng: Rng) -> np.ndarray:
    """Render something that is no digit: (28, 28) uint8."""
    kinds = [_sign, scribble, _several, _turned, _mark, _digit_parts]
    kind = kinds[int(rng.choice(len(kinds), p=[0.62, 0.09, 0.14, 0.07, 0.04, 0.04]))]
    ink = kind(stock, rng)
    return framed(captured(ink, rng))


def _sign(stock: Stock, rng: Rng) -> np.ndarray:
    if stock.signs and rng.random() < 0.5:
        return rewritten(stock.signs[int(rng.integers(len(stock.signs)))], rng)
    forms = [form for sign in glyphs.NOT_DIGITS.values() for form in sign]
    return drawn(_of_a_hand(forms, 0.45, rng), rng)


def scribble(stock: Stock, rng: Rng) -> np.ndarray:
    """A doodle: a smooth curve through many random points, or several short strokes."""
    if rng.random() < 0.6:
        points = rng.uniform(0, 10, (int(rng.integers(7, 25)), 2))
        text = "~" + " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        return drawn(tuple(glyphs.strokes(text)), rng)
    count = int(rng.integers(4, 10))
    return drawn(tuple(rng.uniform(0, 10, (2, 2)) for _ in range(count)), rng)


def _several(stock: Stock, rng: Rng) -> np.ndarray:
    """Two or three digits beside or across each other, or as many letters."""
    count = 2 if rng.random() < 0.75 else 3
    letters = bool(stock.signs) and rng.random() < 0.25
    several = [s.picture for s in stock.signs] if letters else stock.pictures
    sheets = []
    for i in rng.integers(0, len(several), count):
        digit = several[i]
        rows, columns = np.flatnonzero(digit.any(1)), np.flatnonzero(digit.any(0))
        tight = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        width = max(8, round(tight.shape[1] * 80 / tight.shape[0]))
        sheets.append(cv2.resize(tight, (min(width, 90), 80), interpolation=cv2.INTER_CUBIC))
    gap = int(rng.integers(-6, 24))
    total = sum(s.shape[1] + gap for s in sheets)
    line = np.zeros((110, total + 20), np.uint8)
    at = 10
    for sheet in sheets:
        top = int(rng.integers(0, 30))
        window = line[top : top + 80, at : at + sheet.shape[1]]
        np.maximum(window, sheet[:, : window.shape[1]], out=window)
        at += sheet.shape[1] + gap
    return _on_sheet(line, rng)


def _on_sheet(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """Bring a uint8 ink picture of any shape to the sheet, and write it in another hand."""
    factor = INK / max(picture.shape)
    size = tuple(max(1, round(n * factor)) for n in picture.shape[::-1])
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    sheet = np.zeros((SIDE, SIDE), np.float32)
    top, left = (SIDE - small.shape[0]) // 2, (SIDE - small.shape[1]) // 2
    sheet[top : top + small.shape[0], left : left + small.shape[1]] = small / 255
    ink = warped(sheet, rng)
    return with_pen(ink, rng) if rng.random() < 0.5 else ink


def _turned(stock: Stock, rng: Rng) -> np.ndarray:
    """A digit lying on its side, or in a mirror, where that makes no other digit."""
    while True:
        i = int(rng.integers(len(stock.pictures)))
        label, digit = int(stock.labels[i]), stock.pictures[i]
        if label in (3, 4, 7, 2) and rng.random() < 0.5:
            return (
                _on_sheet(np.ascontiguousarray(digit[:, ::-1]), rng)
                if label != 2
                else (_on_sheet(np.rot90(digit).copy(), rng))
            )
        if label in (3, 4, 5, 7, 1):
            return _on_sheet(np.rot90(digit, int(rng.choice([1, 3]))).copy(), rng)


def _mark(stock: Stock, rng: Rng) -> np.ndarray:
    """A blot: a filled dot, ellipse or box."""
    sheet = np.zeros((SIDE, SIDE), np.float32)
    half = (INK / 2 * rng.uniform(0.45, 1, 2)).astype(int)
    half[0] = (
        INK // 2 if rng.random() < 0.6 else max(half[0], int(0.4 * INK))
    )  # upright ones are 1s
    half[1] = INK // 2 if half[0] < INK // 2 else half[1]
    if rng.random() < 0.7:
        tilt = float(rng.uniform(-30, 30))
        axes = (int(half[0]), int(half[1]))
        cv2.ellipse(sheet, (SIDE // 2, SIDE // 2), axes, tilt, 0, 360, 1.0, -1)
    else:
        corner = (SIDE // 2 - int(half[0]), SIDE // 2 - int(half[1]))
        cv2.rectangle(sheet, corner, (SIDE - corner[0], SIDE - corner[1]), 1.0, -1)
    return warped(sheet, rng)


def _digit_parts(stock: Stock, rng: Rng) -> np.ndarray:
    """The lower part of one digit grown together with the upper part of another."""
    first, second = stock.pictures[rng.integers(0, len(stock.pictures), 2)]
    mixed = np.concatenate([first[14:], second[:14]])
    return _on_sheet(mixed, rng)
