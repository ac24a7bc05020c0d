"""Accuracy of the reader on photos of everyday scenes: a notebook, a table, fingers, sun, shadow.

    python -m benchmarks.scenes --data mnist.npz [-n 100] [--seed 0] [--only NAME ...] [--wrong DIR]

MNIST validation digits, one, a number of 2 to 8 in one or two rows, or a page of three to five
rows, about half of them sums, are written on paper, which is photographed in a scene made here.
Prints % read without a mistake a scene, of one digit, of numbers and of pages, and the median and
the longest time a photo takes.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

import model
from benchmarks import strings, together
from benchmarks.conditions import Rng, paint

KINDS = "one digit", "numbers", "pages"
SIZE = HEIGHT, WIDTH = 600, 800
Picture = np.ndarray  # (HEIGHT, WIDTH, 3) float, 0 to 255
Scene = Callable[[np.ndarray, Rng], Picture]  # of ink (HEIGHT, WIDTH) in [0, 1]


def cloud(rng: Rng, grain: float) -> np.ndarray:
    """Smooth noise (HEIGHT, WIDTH) of zero mean, its blots about so many pixels large."""
    small = rng.normal(size=(int(HEIGHT / grain) + 2, int(WIDTH / grain) + 2))
    return cv2.resize(small.astype(np.float32), SIZE[::-1], interpolation=cv2.INTER_CUBIC)


def soft(shape: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(shape.astype(np.float32), (0, 0), sigma)


def blank() -> np.ndarray:
    return np.zeros(SIZE, np.float32)


def over(picture: Picture, cover: np.ndarray, colour: np.ndarray | float) -> Picture:
    """Lay a colour on a picture where the cover (HEIGHT, WIDTH), in [0, 1], is."""
    return picture + (np.asarray(colour) - picture) * cover[..., None]


def written(ink: np.ndarray, rng: Rng) -> Picture:
    """White paper, every second ruled, written on in a dark colour."""
    paper = np.broadcast_to(rng.uniform(215, 245, 3), (*SIZE, 3))
    if rng.random() < 0.5:
        lines = blank()
        lines[int(rng.integers(20, 60)) :: int(rng.integers(38, 60))] = 0.4
        paper = over(paper, soft(lines, 0.7), np.array([110, 140, 190]))
    return over(paper, ink, rng.uniform(15, 90, 3))


def wood(rng: Rng) -> Picture:
    """A table of streaked wood."""
    streaks = cv2.GaussianBlur(cloud(rng, 4), (0, 0), sigmaX=40, sigmaY=1.2)
    colour = [(120, 80, 50), (70, 50, 40), (170, 130, 95)][rng.integers(3)]
    return np.array(colour) + 9 * (streaks / streaks.std())[..., None]


def plain(ink: np.ndarray, rng: Rng) -> Picture:
    return written(ink, rng)


def bound(ink: np.ndarray, rng: Rng) -> Picture:
    """A notebook's page from a binding of wire at its top or left on, and the table beyond."""
    page, table = written(ink, rng), wood(rng)
    edge, pitch = int(rng.integers(45, 80)), int(rng.integers(22, 34))
    holes, wires = blank(), blank()
    is_top = rng.random() < 0.5
    page[: edge if is_top else HEIGHT, : WIDTH if is_top else edge] = table[
        : edge if is_top else HEIGHT, : WIDTH if is_top else edge
    ]
    for at in range(int(rng.integers(8, 20)), WIDTH if is_top else HEIGHT, pitch):
        ends = (at, edge + round(0.55 * pitch)), (at + 3, edge - round(0.6 * pitch))
        hole, far = ends if is_top else (ends[0][::-1], ends[1][::-1])
        cv2.circle(holes, hole, 5, 1, -1, cv2.LINE_AA)
        cv2.line(wires, hole, far, 1, int(rng.integers(3, 6)), cv2.LINE_AA)
    return over(over(page, holes, table.mean((0, 1)) / 2), wires, [45, 185][rng.integers(2)])


def on_a_table(ink: np.ndarray, rng: Rng) -> Picture:
    """A sheet seen from before it, so that it is narrower behind."""
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    inwards = np.array([[140, 90], [-140, 90], [-40, -40], [40, -40]])
    seen = corners + inwards * rng.uniform(0.4, 1, (4, 2))
    way = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    sheet, page = (
        cv2.warpPerspective(a.astype(np.float32), way, SIZE[::-1])
        for a in (np.ones(SIZE), written(ink, rng))
    )
    return page * sheet[..., None] + wood(rng) * (1 - sheet[..., None])


def held(ink: np.ndarray, rng: Rng) -> Picture:
    """Fingers at both sides, with their shadows."""
    fingers = blank()
    for x in (rng.uniform(0.0, 0.08), rng.uniform(0.92, 1.0)):
        at = int(x * WIDTH), int(rng.uniform(0.5, 0.95) * HEIGHT)
        size = int(rng.uniform(60, 100)), int(rng.uniform(28, 40))
        cv2.ellipse(fingers, at, size, rng.uniform(-30, 30), 0, 360, 1, -1, cv2.LINE_AA)
    skin = [(225, 180, 150), (150, 105, 80), (90, 60, 45)][rng.integers(3)]
    shade = soft(np.roll(fingers, (8, 5), (0, 1)), 8)
    return over(over(written(ink, rng), 0.35 * shade, 0.0), fingers, np.array(skin))


def in_a_shadow(ink: np.ndarray, rng: Rng) -> Picture:
    """The shadow of a phone, or of an arm, with a soft edge."""
    shade = blank()
    middle = rng.uniform(0.2, 0.8, 2) * SIZE[::-1]
    size = (rng.uniform(100, 260), rng.uniform(320, 1200))
    corners = cv2.boxPoints((tuple(middle.tolist()), size, rng.uniform(0, 180)))
    cv2.fillPoly(shade, [corners.astype(np.int32)], 1)
    return (
        written(ink, rng)
        * (1 - rng.uniform(0.25, 0.6) * soft(shade, rng.uniform(4, 20)))[..., None]
    )


def behind_blinds(ink: np.ndarray, rng: Rng) -> Picture:
    """Stripes of sun."""
    sun, leans = blank(), rng.uniform(-0.6, 0.6) * HEIGHT
    for left in rng.uniform(-0.1, 1, int(rng.integers(2, 5))) * WIDTH:
        right = left + rng.uniform(60, 160)
        ends = [(left, 0), (right, 0), (right + leans, HEIGHT), (left + leans, HEIGHT)]
        cv2.fillPoly(sun, [np.array(ends, np.int32)], 1, cv2.LINE_AA)
    dim = rng.uniform(0.35, 0.65)
    return written(ink, rng) * (dim + (1 - dim) * soft(sun, rng.uniform(1.5, 6)))[..., None]


def folded(ink: np.ndarray, rng: Rng) -> Picture:
    """Four quarters, each bent otherwise."""
    light = np.ones(SIZE)
    for across in (False, True):
        length = SIZE[across]
        at = int(rng.uniform(0.35, 0.65) * length)
        away = np.arange(length) - at
        before = 1 - 0.25 * rng.random() * np.exp(away / 90)
        behind = 1 - 0.2 * rng.random() * np.exp(-away / 200)
        bent = np.where(away < 0, before, behind)
        bent[at - 1 : at + 1] *= 0.8
        light *= bent[None] if across else bent[:, None]
    return written(ink, rng) * light[..., None]


def on_a_whiteboard(ink: np.ndarray, rng: Rng) -> Picture:
    """In a marker, with what was wiped, and a lamp that is mirrored."""
    wiped, (y, x) = blank(), np.mgrid[:HEIGHT, :WIDTH]
    for _ in range(6):
        way = (rng.random((4, 2)) * SIZE[::-1]).astype(np.int32)
        cv2.polylines(wiped, [way], False, 1, int(rng.integers(10, 60)))
    pen = [(30, 30, 120), (20, 20, 20), (160, 30, 30), (20, 110, 50)][rng.integers(4)]
    board = over(over(paint(blank(), 228), 0.07 * soft(wiped, 9), 0.0), ink, np.array(pen))
    (left, top), (wide, high) = rng.random(2) * SIZE[::-1], rng.uniform(40, 160, 2)
    return board + 90 * np.exp(-(((x - left) / wide) ** 2) - ((y - top) / high) ** 2)[..., None]


def on_a_blackboard(ink: np.ndarray, rng: Rng) -> Picture:
    """In chalk, with what was wiped."""
    wiped = blank()
    for _ in range(8):
        ends = (rng.random((2, 2)) * SIZE[::-1]).astype(int).tolist()
        cv2.line(wiped, *map(tuple, ends), 1, int(rng.integers(40, 110)))
    board = [(45, 65, 55), (40, 42, 45)][rng.integers(2)]
    dust = rng.uniform(8, 26) * soft(wiped, 14) * (1 + 0.3 * cloud(rng, 6))
    chalk = ink * np.clip(0.75 + 0.5 * cloud(rng, 2), 0, 1)
    return over(np.array(board) + dust[..., None], chalk, 218.0)


def on_a_screen(ink: np.ndarray, rng: Rng) -> Picture:
    """A screen's pixels, their moiré, and its dark frame; some screens are dark."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    is_dark, turn, waves = rng.random() < 0.3, rng.uniform(0, np.pi), rng.uniform(0.05, 0.3)
    page = over(paint(blank(), 22.0 if is_dark else 238.0), ink, 230.0 if is_dark else 25.0)
    moire = 1 + 0.07 * np.sin(waves * (x * np.cos(turn) + y * np.sin(turn)))
    lit = page * (moire * (1 + 0.05 * np.sin(2.1 * x) * np.sin(2.1 * y)))[..., None]
    frame = int(rng.integers(10, 40))
    lit[:frame], lit[:, :frame] = 25, 25
    return lit


SCENES: list[Scene] = [
    plain, bound, on_a_table, held, in_a_shadow, behind_blinds, folded, on_a_whiteboard,
    on_a_blackboard, on_a_screen,
]  # fmt: skip


def photographed(picture: Picture, rng: Rng) -> np.ndarray:
    """Uneven light, a lens, a sensor's grain and JPEG: (HEIGHT, WIDTH, 3) uint8."""
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - rng.uniform(0, 0.13) * (1 + x * np.cos(angle) + y * np.sin(angle))
    seen = soft(picture * light[..., None], rng.uniform(0.4, 1.3)) + rng.normal(0, 2.5, (*SIZE, 3))
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 92))]
    file = cv2.imencode(".jpg", np.clip(seen, 0, 255).astype(np.uint8), quality)[1]
    return np.asarray(cv2.imdecode(file, cv2.IMREAD_COLOR))


def page_of_rows(hand: strings.Hand, rng: Rng) -> tuple[np.ndarray, str]:
    """Compose a page of three to five rows, about half of them sums: (h, w) uint8, and its text."""
    layouts = ["sums" if rng.random() < 0.5 else "spaced" for _ in range(int(rng.integers(3, 6)))]
    rows = [strings.composed(hand, layout, rng) for layout in layouts]
    ink = [(row.max() - row) / np.float32(np.ptp(row)) for row, _ in rows]
    wide = max(row.shape[1] for row in ink)
    page = np.vstack([np.pad(row, ((0, 10), (0, wide - row.shape[1]))) for row in ink])
    return (255 * (1 - page)).astype(np.uint8), "".join(text for _, text in rows)


def photos(
    scene: Scene, digits: np.ndarray, labels: np.ndarray, n: int, kind: str, seed: int = 0
) -> list[tuple[np.ndarray, str]]:
    """Make n photos of digits (m, 28, 28) in a scene, and their texts; the same for each scene.

    kind: one of KINDS.
    """
    hand, made = strings.mnist_hand(digits, labels), []
    for k in range(n):
        rng = np.random.default_rng([seed, k])
        if kind == "pages":
            page, text = page_of_rows(hand, rng)
            ink = together.drawn_number(page, (400, 560), rng.uniform(0.7, 0.98), rng)
        elif kind == "numbers":
            page, text = strings.composed(hand, ("spaced", "two rows")[k % 2], rng)
            ink = together.drawn_number(page, (400, 560), rng.uniform(0.5, 0.95), rng)
        else:
            i = int(rng.integers(len(digits)))
            ink = together.drawn(digits[i], (400, 560), rng.uniform(0.25, 0.7), "as it is", rng)
            text = str(labels[i])
        inside = np.pad(ink, ((130, 70), (170, 70)))  # no scene hides any of it
        made.append((photographed(scene(inside, rng), rng), text))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="MNIST as an .npz")
    parser.add_argument("-n", type=int, default=100, help="photos of each scene")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="scenes, all by default")
    parser.add_argument("--wrong", type=Path, help="folder for what was misread")
    args = parser.parse_args()
    with np.load(args.data) as data:
        digits, labels = data["x_train"][-10000:], data["y_train"][-10000:]
    reader = model.load()
    print(f"| scene | {' | '.join(KINDS)} | median ms | most |\n{'|---' * (len(KINDS) + 3)}|")
    for scene in SCENES:
        name = scene.__name__
        if args.only and name not in args.only:
            continue
        shares, seconds = [], []
        for kind in KINDS:
            made = photos(scene, digits, labels, args.n, kind, args.seed)
            readings = [reader.read(photo, kind != "one digit") for photo, _ in made]
            right = [r.text == text for r, (_, text) in zip(readings, made, strict=True)]
            shares.append(f"{100 * np.mean(right):.1f}")
            seconds += [reading.seconds for reading in readings]
            for k in np.flatnonzero(~np.array(right)) if args.wrong else ():
                args.wrong.mkdir(parents=True, exist_ok=True)
                file = f"{name}_{made[k][1]}_as_{readings[k].text or 'nothing'}_{k}.png"
                cv2.imwrite(str(args.wrong / file), made[k][0][..., ::-1])
        cells = f"{1000 * np.median(seconds):.0f} | {1000 * max(seconds):.0f}"
        print(f"| {name.replace('_', ' ')} | {' | '.join(shares)} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
