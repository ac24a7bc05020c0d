"""Accuracy of the reader under one difficulty at a time: shadow, pencil, ruled paper, tilt, ...

    python -m benchmarks.conditions --data mnist.npz [-n 200] [--number] [--times 1]
                                    [--sheet FOLDER]

Digits from the end of MNIST's training part (the validation split) are laid on a canvas or, with
--number, in one or two rows of 2 to 8 on a page, and may be made so many --times as large. The same
go through every condition, so that rows compare. Prints one line a condition: % read without a
mistake, % in which nothing was read, % of wrong polarity, number of pictures.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import preprocessing
from benchmarks import strings

Rng = np.random.Generator
SIDE = 280


def coverage(digit: np.ndarray, rng: Rng, size: tuple[int, int] = (110, 190)) -> np.ndarray:
    """Lay a (28, 28) digit at a random place and size: (SIDE, SIDE) float in [0, 1], 1 is ink."""
    side = int(rng.integers(*size))
    ink = np.zeros((SIDE, SIDE), np.float32)
    top, left = rng.integers(0, SIDE - side + 1, 2)
    large = cv2.resize(digit, (side, side), interpolation=cv2.INTER_CUBIC)
    large = np.clip((np.clip(large, 0, 255) / 255 - 0.3) / 0.4, 0, 1)  # a pen's sharp edge
    ink[top : top + side, left : left + side] = large
    return ink


Colour = np.ndarray | tuple[float, float, float] | float


def paint(ink: np.ndarray, paper: Colour = 245, pen: Colour = 30) -> np.ndarray:
    """Lay ink of one colour on paper of another: (h, w) coverage -> (h, w, 3) float."""
    cover = ink[..., None]
    return np.broadcast_to(np.asarray(paper, np.float32), (*ink.shape, 3)) * (1 - cover) + cover * (
        np.asarray(pen, np.float32)
    )


def _grain(picture: np.ndarray, rng: Rng, sigma: float = 3) -> np.ndarray:
    return picture + rng.normal(0, sigma, picture.shape[:2])[..., None]


def slope(shape: tuple[int, int], rng: Rng) -> np.ndarray:
    """A random linear ramp from 0 to 1 across the picture."""
    angle = rng.uniform(0, 2 * np.pi)
    yy, xx = np.mgrid[0 : shape[0], 0 : shape[1]]
    ramp = xx * np.cos(angle) + yy * np.sin(angle)
    return (ramp - ramp.min()) / np.ptp(ramp)


def plain(ink, rng):
    return paint(ink, 255, 0)


def white_on_black(ink, rng):
    return paint(ink, 0, 255)


def coloured(ink, rng):
    while True:
        paper, pen = rng.uniform(0, 255, (2, 3))
        if np.abs(paper - pen).max() > 110:
            return paint(ink, paper, pen)


def as_bright(ink, rng):
    """Colours of another hue, but as bright as their paper (the mean of the channels)."""
    while True:
        paper, pen = rng.uniform(0, 255, (2, 3))
        pen += paper.mean() - pen.mean()
        if np.abs(paper - pen).max() > 110 and pen.min() > 0 and pen.max() < 255:
            return paint(ink, paper, pen)


def tiny(ink, rng):
    height, width = (n * 40 // SIDE for n in ink.shape)
    small = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    canvas = np.zeros_like(ink)
    top, left = rng.integers(0, (ink.shape[0] - height, ink.shape[1] - width))
    canvas[top : top + height, left : left + width] = small
    return paint(canvas)


def at_the_border(ink, rng):
    x, y, w, h = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    right = ink.shape[1] - x - w
    shift = np.array([[1, 0, -x if rng.random() < 0.5 else right], [0, 1, 0]], np.float32)
    return paint(cv2.warpAffine(ink, shift, ink.shape[::-1]))


def cropped_tight(ink, rng):
    x, y, w, h = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    return paint(ink[y : y + h, x : x + w])


def tilted(ink, rng):
    angle = rng.choice([-1, 1]) * rng.uniform(20, 30)
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.8)
    return paint(cv2.warpAffine(ink, turn, (width, height), flags=cv2.INTER_LINEAR))


def shadow(ink, rng):
    edge = np.clip((slope(ink.shape, rng) - rng.uniform(0.35, 0.65)) / 0.08, 0, 1)
    light = 1 - rng.uniform(0.4, 0.65) * edge
    return _grain(paint(ink, 225, 60) * light[..., None], rng)


def vignette(ink, rng):
    yy, xx = np.mgrid[-1 : 1 : ink.shape[0] * 1j, -1 : 1 : ink.shape[1] * 1j]
    middle = rng.uniform(-0.4, 0.4, 2)
    fall = np.exp(-((xx - middle[0]) ** 2 + (yy - middle[1]) ** 2) / rng.uniform(0.8, 1.6))
    return _grain(paint(ink, 225, 70) * (0.2 + 0.8 * fall[..., None]), rng)


def crease(ink, rng):
    ramp = slope(ink.shape, rng) - rng.uniform(0.3, 0.7)
    line = np.exp(-((ramp / 0.008) ** 2)) * 45
    tint = np.where(ramp > 0, 18, 0)
    return _grain(paint(ink, 220, 60) - (line + tint)[..., None], rng)


def pencil(ink, rng):
    texture = cv2.GaussianBlur(rng.random(ink.shape), (0, 0), 1.2)
    texture = np.clip((texture - texture.mean()) / texture.std() * 0.2 + 0.8, 0.3, 1)
    level = rng.uniform(165, 190)
    picture = paint((ink * texture).astype(np.float32), 218, level) * (
        1 - 0.25 * slope(ink.shape, rng)[..., None]
    )
    return _grain(picture, rng, 2.5)


def ruled_lines(shape: tuple[int, ...], rng: Rng, upright: bool, pitch: int) -> np.ndarray:
    """Coverage of ruled lines, slightly tilted."""
    lines = np.zeros(shape[::-1] if upright else shape, np.float32)
    height, width = lines.shape
    lean = rng.uniform(-0.015, 0.015)
    for at in range(int(rng.integers(0, pitch)) - pitch, height + pitch, pitch):
        cv2.line(lines, (0, at), (width, round(at + lean * width)), 1.0, 1, cv2.LINE_AA)
    return lines.T if upright else lines


def ruled(ink, rng):
    lines = ruled_lines(ink.shape, rng, False, int(rng.integers(36, 70)))
    return _grain(paint(ink, paint(lines, 235, (150, 170, 215)), (45, 45, 60)), rng)


def ruled_dark(ink, rng):
    lines = ruled_lines(ink.shape, rng, False, int(rng.integers(50, 80)))
    return _grain(paint(ink, paint(lines, 235, 90), (45, 45, 60)), rng)


def squared(ink, rng):
    pitch = int(rng.integers(24, 40))
    lines = np.maximum(
        ruled_lines(ink.shape, rng, False, pitch), ruled_lines(ink.shape, rng, True, pitch)
    )
    return _grain(paint(ink, paint(lines, 235, (165, 180, 210)), (45, 45, 80)), rng)


def page_edge(ink, rng):
    ramp = slope(ink.shape, rng)
    x, y, w, h = cv2.boundingRect((ink > 0.1).astype(np.uint8))
    limit = ramp[y : y + h, x : x + w].max() + 0.02
    desk = np.clip((ramp - limit) / 0.01, 0, 1).astype(np.float32)
    paper = paint(desk, 228, rng.uniform(20, 120, 3))
    return _grain(paint(ink, paper, 50), rng)


def finger(ink, rng):
    picture = paint(ink, 225, 50).astype(np.float32)
    x, y, w, h = cv2.boundingRect((ink > 0.1).astype(np.uint8))
    height, width = ink.shape
    space = {"left": x, "right": width - x - w, "top": y, "bottom": height - y - h}
    side = max(space, key=space.__getitem__)
    level = side in ("left", "right")
    reach, at = 0.7 * space[side], rng.uniform(0.2, 0.8) * (height if level else width)
    centre = {
        "left": (0, at),
        "right": (width, at),
        "top": (at, 0),
        "bottom": (at, height),
    }[side]
    axes = (reach, 30) if level else (30, reach)
    skin = (190, 140, 115)
    cv2.ellipse(picture, tuple(map(int, centre)), tuple(map(int, axes)), 0, 0, 360, skin, -1)
    return _grain(cv2.GaussianBlur(picture, (0, 0), 1), rng)


def specks(ink, rng):
    picture = paint(ink)
    for _ in range(int(rng.integers(5, 25))):
        at = tuple(int(v) for v in rng.integers(0, ink.shape[::-1]))
        cv2.circle(picture, at, int(rng.integers(1, 3)), (60, 60, 60), -1, cv2.LINE_AA)
    return picture


def broken(ink, rng):
    x, y, w, h = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    gap = ink.copy()
    at = (int(x + w * rng.uniform(0.2, 0.8)), int(y + h * rng.uniform(0.2, 0.8)))
    end = (int(at[0] + rng.uniform(-1, 1) * w), int(at[1] + rng.uniform(-1, 1) * h))
    cv2.line(gap, at, end, 0.0, max(2, h // 22))
    return paint(gap)


def frame(ink, rng):
    x, y, w, h = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    pad = int(rng.integers(6, 16))
    boxed = cv2.copyMakeBorder(ink[y : y + h, x : x + w], *[pad] * 4, cv2.BORDER_CONSTANT)
    cv2.rectangle(boxed, (0, 0), (boxed.shape[1] - 1, boxed.shape[0] - 1), 1.0, 3)
    return paint(cv2.copyMakeBorder(boxed, *[20] * 4, cv2.BORDER_CONSTANT))


def in_a_box(ink, rng):
    """A box so small that the writing meets some of its sides, or goes a little beyond."""
    cover, (x, y, w, h), pen = _room_around(ink)
    high = min(h, 150)  # of a row
    left, top, right, bottom = rng.uniform(-0.04, 0.12, 4) * high
    corners = np.array([
        (x - left, y - top), (x + w + right, y - top),
        (x + w + right, y + h + bottom), (x - left, y + h + bottom),
    ])  # fmt: skip
    turn = cv2.getRotationMatrix2D((x + w / 2, y + h / 2), rng.uniform(-2, 2), 1)
    turned = corners @ turn[:, :2].T + turn[:, 2]
    line = np.zeros_like(cover)
    wide = max(2, round(pen * rng.uniform(0.15, 0.6)))
    for ends in zip(turned, np.roll(turned, 1, 0), strict=True):
        line = _drawn(line, np.array(ends), wide)
    return paint(np.maximum(cover, line * rng.uniform(0.5, 1)))


def jpeg(ink, rng):
    size = tuple(n * 90 // SIDE for n in ink.shape[::-1])
    small = cv2.resize(paint(ink, 230, 40), size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small.astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 20])
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32)


def noisy(ink, rng):
    return paint(ink, 200, 60) + rng.normal(0, 22, (*ink.shape, 3))


def blurred(ink, rng):
    return cv2.GaussianBlur(paint(ink, 215, 60), (0, 0), 4)


def chalk(ink, rng):
    texture = np.clip(rng.normal(0.8, 0.2, ink.shape), 0, 1)
    board = (40, 70, 55)
    light = 1 - 0.4 * slope(ink.shape, rng)[..., None]
    return _grain(paint((ink * texture).astype(np.float32), board, 225) * light, rng, 4)


def on_a_large_page(ink, rng):
    height, width = ink.shape
    canvas = np.zeros((height * 1000 // SIDE, width * 1400 // SIDE), np.float32)
    top, left = (
        int(rng.integers(0, big - n)) for big, n in zip(canvas.shape, ink.shape, strict=True)
    )
    canvas[top : top + height, left : left + width] = ink
    light = 1 - 0.5 * slope(canvas.shape, rng)[..., None]
    return _grain(paint(canvas, 225, 60) * light, rng)


def two_papers(ink, rng):
    """A picture inverted in a band along one or two of its sides."""
    picture = paint(ink, 240, 30)
    rows = rng.random() < 0.5
    turned = picture.swapaxes(0, 1) if rows else picture
    for first in {bool(rng.integers(2)), bool(rng.integers(2))}:
        wide = int(turned.shape[1] * rng.uniform(0.2, 0.35))
        band = np.s_[:, :wide] if first else np.s_[:, -wide:]
        turned[band] = 255 - turned[band]
    return picture


def blocks(ink, rng):
    """A digit of a few pixels, enlarged without smoothing, with hardly a margin."""
    x, y, w, h = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    side = int(rng.integers(9, 17))
    factor = (side - 2) / max(w, h)
    small = cv2.resize(
        ink[y : y + h, x : x + w],
        (max(1, round(w * factor)), max(1, round(h * factor))),
        interpolation=cv2.INTER_AREA,
    )
    return paint(np.kron(np.pad(small, 1), np.ones((280 // side,) * 2)), 255, 0)


def note(ink, rng):
    """A small sheet on a desk of streaked wood, turned a little, with its shadow."""
    size = tuple(int(n * rng.uniform(1.4, 2.6)) for n in ink.shape[::-1])
    place = cv2.getRotationMatrix2D((ink.shape[1] / 2, ink.shape[0] / 2), rng.uniform(-12, 12), 1)
    free = np.array(size) - ink.shape[::-1]
    place[:, 2] += free * rng.uniform(0.25, 0.75, 2)
    sheet, cover = (cv2.warpAffine(a, place, size) for a in (np.ones_like(ink), ink))
    place[:, 2] += 6
    shade = cv2.GaussianBlur(cv2.warpAffine(np.ones_like(ink), place, size), (0, 0), 6)
    at = np.arange(size[0], dtype=np.float32)
    bent = cv2.resize(rng.normal(0, 3, (9, 9)), size, interpolation=cv2.INTER_CUBIC)
    wood = rng.uniform(40, 150, 3) * (1 + 0.1 * np.sin(at / rng.uniform(4, 12) + bent))[..., None]
    desk = wood * (1 - 0.4 * shade[..., None])
    lit = 1 - 0.3 * slope(cover.shape, rng)[..., None]
    written = paint(cover, paint(sheet, desk, rng.uniform(190, 250, 3)), rng.uniform(10, 90, 3))
    return _grain(cv2.GaussianBlur(written * lit, (0, 0), 1), rng)


def _room_around(ink: np.ndarray) -> tuple[np.ndarray, tuple[int, int, int, int], int]:
    """Ink with as much paper around it as it is high, its box, and how wide its pen is."""
    _, _, _, h = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    wide = np.pad(ink, h)
    deep = cv2.distanceTransform((wide > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    pen = max(2, round(1.5 * float(deep.max())))
    return wide, cv2.boundingRect((wide > 0.2).astype(np.uint8)), pen


def _drawn(cover: np.ndarray, points: np.ndarray, pen: int) -> np.ndarray:
    """Draw a stroke through points (n, 2): x, y."""
    at = np.round(16 * points).astype(np.int32).reshape(-1, 1, 2)
    return cv2.polylines(cover, [at], False, 1.0, pen, cv2.LINE_AA, 4)


def underlined(ink, rng):
    """A line or two under it, from just touching it to a quarter of its height below."""
    cover, (x, y, w, h), pen = _room_around(ink)
    high = min(h, 150)  # of a row
    ends = np.array([x - rng.uniform(0.1, 0.2) * high, x + w + rng.uniform(0.1, 0.2) * high])
    tilt = np.tan(np.radians(rng.uniform(-3, 3))) * (ends - ends.mean())
    below = y + h + pen / 2 + rng.uniform(0, 0.25) * high + np.abs(tilt).max()
    for line in range(int(rng.integers(1, 3))):
        down = below + line * (pen + 0.15 * high)
        cover = _drawn(cover, np.column_stack([ends, down + tilt]), pen)
    return paint(cover)


def circled(ink, rng):
    """A ring around it, not quite closed or a little more than closed."""
    cover, (x, y, w, h), pen = _room_around(ink)
    wide, high = (n / 2 * rng.uniform(1.45, 1.7) + pen for n in (max(w, 0.6 * h), h))
    turn = np.linspace(0, np.radians(rng.uniform(345, 375)), 60) + rng.uniform(0, 6)
    ring = np.column_stack([x + w / 2 + wide * np.cos(turn), y + h / 2 + high * np.sin(turn)])
    return paint(_drawn(cover, ring, pen))


def in_a_tight_ring(ink, rng):
    """A ring drawn by hand that it touches, or reaches over by a little."""
    cover, (x, y, w, h), pen = _room_around(ink)
    radii = np.array([max(w, 0.6 * h), h]) / np.sqrt(2) * rng.uniform(0.8, 1)
    turn = rng.uniform(0, 6) + np.linspace(0, np.radians(rng.uniform(355, 375)), 60)
    waves = 1 + 0.04 * np.sin(2 * turn + rng.uniform(0, 6)) + 0.02 * np.sin(3 * turn)
    ring = np.array([x + w / 2, y + h / 2]) + radii * np.stack(
        [waves * np.cos(turn), waves * np.sin(turn)], 1
    )
    return paint(_drawn(cover, ring, max(2, round(pen * rng.uniform(0.4, 1)))))


def in_an_open_ring(ink, rng):
    """A wide ring around it in another colour, open by up to 45° somewhere."""
    cover, (x, y, w, h), pen = _room_around(ink)
    radii = rng.uniform(0.75, 1.05, 2) * max(w, h)
    more = max(0, round(1.1 * max(w, h) - 1.5 * h))  # of paper, for a ring around a row
    cover, x, y = np.pad(cover, more), x + more, y + more
    turn = rng.uniform(0, 6) + np.linspace(0, np.radians(rng.uniform(315, 360)), 60)
    ring = np.column_stack(
        [x + w / 2 + radii[0] * np.cos(turn), y + h / 2 + radii[1] * np.sin(turn)]
    )
    pen = max(2, round(pen * rng.uniform(0.4, 1.2)))
    page = paint(_drawn(np.zeros_like(cover), ring, pen), 248, (205, 35, 35))
    return paint(cover, page, (30, 40, 150))


def enumerated(ink, rng):
    """A closing bracket behind it, as before what is listed."""
    cover, (x, y, w, h), pen = _room_around(ink)
    t, high = np.linspace(-1, 1, 20), rng.uniform(0.95, 1.35) * h
    start = x + w + pen * rng.uniform(1, 2.5)
    bracket = [start + rng.uniform(0.16, 0.3) * high * (1 - t * t), y + h / 2 + high / 2 * t]
    return paint(_drawn(cover, np.column_stack(bracket), pen))


def in_brackets(ink, rng):
    cover, (x, y, w, h), pen = _room_around(ink)
    t = np.linspace(-1, 1, 20)
    for side in (-1, 1):
        bent, high = rng.uniform(0.12, 0.3) * h, rng.uniform(1, 1.3) * h
        near = x + w / 2 + side * (w / 2 + pen + 0.1 * h)
        cover = _drawn(
            cover,
            np.column_stack([near + side * bent * (1 - t * t), y + h / 2 + high / 2 * t]),
            pen,
        )
    return paint(cover)


SIGNS: dict[str, list[list[tuple[float, float]]]] = {
    "plus": [[(-1, 0), (1, 0)], [(0, -1), (0, 1)]],
    "minus": [[(-1, 0), (1, 0.1)]],
    "times": [[(-1, -1), (1, 1)], [(1, -1), (-1, 1)]],
    "equals": [[(-1, -0.4), (1, -0.4)], [(-1, 0.4), (1, 0.4)]],
    "tick": [[(-1, 0), (-0.4, 1), (1, -1.6)]],
}


def beside_a_sign(ink, rng):
    """A plus, minus, times or equals sign or a tick before it, in the same pen."""
    cover, (x, y, w, h), pen = _room_around(ink)
    high = min(h, 150)  # of a row
    size = rng.uniform(0.22, 0.32) * high
    left = np.ceil(2 * size + pen + 0.6 * high).astype(int)  # room for it
    at = x + left - size - pen - rng.uniform(0.25, 0.6) * high, y + h / 2
    cover = np.pad(cover, ((0, 0), (left, 0)))
    for stroke in SIGNS[rng.choice(list(SIGNS))]:
        cover = _drawn(cover, np.multiply(stroke, size) + at, pen)
    return paint(cover)


def punched(ink, rng):
    """A page of a notebook: ruled, a margin's line in red, two to four holes at the left."""
    cover = np.pad(ink, ((40, 40), (90, 10)))
    page = paint(np.zeros_like(cover), (246, 245, 240))
    for y in range(50, len(cover), 34):
        cv2.line(page, (0, y), (page.shape[1], y + 2), (150, 180, 215), 1)
    cv2.line(page, (75, 0), (73, len(page)), (220, 110, 120), 1)
    for y in np.linspace(0.1, 0.9, int(rng.integers(2, 5))) * len(page):
        middle = 30, int(y + rng.uniform(-8, 8))
        cv2.circle(page, middle, int(rng.integers(8, 15)), rng.uniform(40, 110, 3), -1, cv2.LINE_AA)
    return _grain(paint(cover, page, (40, 45, 110)), rng)


def screenshot(ink, rng):
    """A drawing program's window: a title, a row of colours, a sheet that is drawn on."""
    (h, w), bar = ink.shape, 110
    size = h + bar + 60, max(w, 400) + 80, 3
    window = np.full(size, (240, 240, 240), np.uint8)
    gray = tuple(rng.uniform(0, 90, 3))
    cv2.rectangle(window, (0, 0), (size[1], 26), (255, 255, 255), -1)
    cv2.putText(window, "Untitled - Draw", (10, 18), 0, 0.45, gray, 1, cv2.LINE_AA)
    cv2.putText(window, "File   View   Help", (10, 44), 0, 0.4, gray, 1, cv2.LINE_AA)
    for x in range(10, 370, 40):
        cv2.rectangle(window, (x, 54), (x + 28, 82), rng.uniform(0, 256, 3), -1)
    cv2.rectangle(window, (20, bar), (size[1] - 20, bar + h), (255, 255, 255), -1)
    cv2.rectangle(window, (20, bar), (size[1] - 20, bar + h), (190, 190, 190), 1)
    cv2.putText(window, "312, 205 px", (10, size[0] - 20), 0, 0.4, gray, 1, cv2.LINE_AA)
    left = int(rng.integers(22, size[1] - 22 - w + 1))
    sheet = window[bar : bar + h, left : left + w]
    sheet[:] = paint(ink, sheet, [(0, 0, 0), (200, 0, 0), (0, 0, 200)][int(rng.integers(3))])
    return window.astype(np.float32)


def beside_a_pen(ink, rng):
    """A pen that lies on the paper at the right, with its shadow, two to three times as long."""
    _, _, _, h = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    long, lean = h * rng.uniform(2, 3), rng.uniform(-0.5, 0.5)
    high = max(ink.shape[0], int(long) + 40)
    cover = np.pad(ink, ((0, high - ink.shape[0]), (0, int(1.2 * long))))
    page = paint(cover, (235, 233, 228), (30, 30, 80))
    middle = np.array([ink.shape[1] + 0.6 * long, high / 2])
    way = long / 2 * np.array([np.sin(lean), np.cos(lean)])
    ends, thick = [middle - way, middle + way], max(4, round(0.06 * long))
    for moved, colour in (((5, 6), (195, 192, 188)), ((0, 0), rng.uniform(20, 180, 3))):
        at = np.round(ends + np.array(moved)).astype(int).tolist()
        cv2.line(page, *at, colour, thick, cv2.LINE_AA)
        page = cv2.GaussianBlur(page, (0, 0), 0.8)
    return _grain(page * (1 - 0.25 * slope(cover.shape, rng)[..., None]), rng)


def on_a_form(ink, rng):
    """A form's printed question before it, a line to write on under it."""
    x, y, w, h = cv2.boundingRect((ink > 0.2).astype(np.uint8))
    page = np.full((*ink.shape, 3), 250, np.uint8)
    page = np.pad(page, ((10, 40), (170, 60), (0, 0)), constant_values=250)
    middle = 10 + y + h // 2 + 8
    cv2.putText(
        page, "Age:", (max(5, x), middle), 0, min(h, 150) / 150, (40, 40, 40), 2, cv2.LINE_AA
    )
    line = [170 + x - 15, 10 + y + h + int(rng.integers(8, 16))]
    cv2.line(page, line, (170 + x + w + 40, line[1]), (60, 60, 60), 2)
    return _grain(paint(np.pad(ink, ((10, 40), (170, 60))), page, (20, 30, 120)), rng, 2)


def pencil_in_print(ink, rng):
    """In pencil, beside print that is two to three times as dark: a box or ring around it, a line
    under it, a dot, some words.
    """
    cover, (x, y, w, h), _ = _room_around(ink)
    pencil = rng.uniform(115, 160)
    page = paint(cover, 240, pencil).astype(np.uint8)
    away, wide = int(0.25 * min(h, 150)) + 12, int(rng.integers(2, 5))
    kind = int(rng.integers(5))
    if kind == 0:
        cv2.rectangle(page, (x - away, y - away), (x + w + away, y + h + away), (20,) * 3, wide)
    elif kind == 1:
        middle, axes = (x + w // 2, y + h // 2), (int(0.5 * w) + 2 * away, int(0.5 * h) + 2 * away)
        cv2.ellipse(page, middle, axes, 0, 0, 360, (20,) * 3, wide, cv2.LINE_AA)
    elif kind == 2:
        below = y + h + away // 2
        cv2.line(page, (x - 2 * away, below), (x + w + 2 * away, below + 2), (20,) * 3, wide)
    elif kind == 3:
        cv2.circle(
            page, (x + w + 3 * away, max(10, y - away)), 2 * wide, (15,) * 3, -1, cv2.LINE_AA
        )
    else:
        at = (10, max(20, y - 2 * away))
        cv2.putText(page, "Page 12", at, 0, 0.6, (20,) * 3, 1, cv2.LINE_AA)
    return _grain(page.astype(np.float32), rng, 2)


CONDITIONS: list[Callable] = [
    plain, white_on_black, coloured, as_bright, tiny, at_the_border, cropped_tight, tilted, shadow,
    vignette, crease, pencil, ruled, ruled_dark, squared, page_edge, finger, specks, broken, frame,
    in_a_box, jpeg, noisy, blurred, chalk, on_a_large_page, two_papers, blocks, note,
    underlined, circled, in_a_tight_ring, in_an_open_ring, in_brackets, enumerated, beside_a_sign,
    punched, screenshot, beside_a_pen, on_a_form, pencil_in_print,
]  # fmt: skip
LIGHT_INK = {"white_on_black", "chalk"}


def pictures(condition: Callable, digits: np.ndarray, seed: int = 0) -> list[np.ndarray]:
    """Render (n, 28, 28) uint8 digits under a condition: a list of (h, w, 3) uint8 RGB."""
    return [
        _under(condition, coverage(digit, rng), rng)
        for i, digit in enumerate(digits)
        for rng in [np.random.default_rng([seed, i])]
    ]


def pages(condition: Callable, hand: strings.Hand, n: int) -> list[tuple[np.ndarray, str]]:
    """Compose n pages of digits under a condition: (h, w, 3) uint8 RGB, and its text."""
    made = []
    for i in range(n):
        rng = np.random.default_rng([0, i])
        page, text = strings.composed(hand, ("spaced", "two rows")[i % 2], rng)
        ink = (page.max() - page.astype(np.float32)) / np.ptp(page)
        ink = np.pad(cv2.resize(ink, None, fx=1.5, fy=1.5), 60)
        made.append((_under(condition, ink, rng), text))
    return made


def _under(condition: Callable, ink: np.ndarray, rng: Rng) -> np.ndarray:
    return np.clip(condition(ink, rng), 0, 255).astype(np.uint8)


def _resized(picture: np.ndarray, times: float) -> np.ndarray:
    if times == 1:
        return picture
    how = cv2.INTER_AREA if times < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, None, fx=times, fy=times, interpolation=how)


def _wrong_polarity(name: str, made: list[np.ndarray]) -> float:
    if name in ("coloured", "as_bright"):
        return 0.0  # either side may be the lighter
    return float(np.mean([preprocessing.find_ink(p).inverted != (name in LIGHT_INK) for p in made]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="MNIST as an .npz")
    parser.add_argument("-n", type=int, default=200, help="digits or pages a condition")
    parser.add_argument("--number", action="store_true", help="pages of digits")
    parser.add_argument("--times", type=float, default=1, help="enlarge or reduce the pictures")
    parser.add_argument("--sheet", type=Path, help="folder to write one picture of misread ones in")
    parser.add_argument("--only", nargs="*", help="conditions, all by default")
    args = parser.parse_args()
    import model

    reader = model.load()
    with np.load(args.data) as data:
        digits, labels = data["x_train"][-10000:], data["y_train"][-10000:]
    hand = strings.mnist_hand(digits, labels)
    print(f"{'condition':18s} right %  none %  polarity wrong %   n")
    total = []
    for condition in CONDITIONS:
        name = condition.__name__
        if (args.only and name not in args.only) or (args.number and condition is blocks):
            continue  # a page of digits has more than a few pixels
        if args.number:
            made, truth = map(list, zip(*pages(condition, hand, args.n), strict=True))
        else:
            made = pictures(condition, digits[-args.n :])
            truth = [str(label) for label in labels[-args.n :]]
        made = [_resized(p, args.times) for p in made]
        texts = [reader.read(p, args.number).text for p in made]
        right = [text == true for text, true in zip(texts, truth, strict=True)]
        total.append(np.mean(right))
        none = np.mean([t == "" for t in texts])
        print(
            f"{name:18s} {100 * total[-1]:7.1f} {100 * none:7.1f} "
            f"{100 * _wrong_polarity(name, made):17.1f} {len(made):3d}",
            flush=True,
        )
        wrong = [p for p, ok in zip(made, right, strict=True) if not ok]
        if args.sheet and wrong:
            args.sheet.mkdir(parents=True, exist_ok=True)
            size = (420, 180) if args.number else (140, 140)
            row = [cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in wrong[:12]]
            cv2.imwrite(str(args.sheet / f"{name}.png"), np.vstack(row)[..., ::-1])
    print(f"{'mean':18s} {100 * np.mean(total):7.2f}")


if __name__ == "__main__":
    main()
