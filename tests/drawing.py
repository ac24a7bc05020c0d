"""Drawing on the page as people do, for the tests that need it."""

import numpy as np
from playwright.sync_api import Locator, Page, expect

ONE = [[(0.5, 0.2), (0.5, 0.8)]]
LINE = [(0.5, y) for y in np.linspace(0.2, 0.8, 12).tolist()]  # a 1, as a finger moves
SEVEN = [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]]
FOUR = [[(0.4, 0.15), (0.25, 0.55), (0.7, 0.55)], [(0.6, 0.35), (0.6, 0.85)]]
RING = [(0.5 + 0.18 * np.sin(a), 0.5 - 0.3 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 24)]
CROSSES = [[(0.2, 0.2), (0.8, 0.8)], [(0.8, 0.2), (0.2, 0.8)], [(0.5, 0.1), (0.5, 0.9)]]


Strokes = list[list[tuple[float, float]]]


def draw(page: Page, strokes: Strokes, at: float = 0, size: float = 1) -> None:
    """Draw on the desk with the mouse; `at` and `size` move and shrink across the canvas."""
    moved = [[(at + size * x, y) for x, y in stroke] for stroke in strokes]
    draw_on(page.locator(".reader canvas"), moved)


def draw_on(canvas: Locator, strokes: Strokes) -> None:
    """Draw with the mouse; points are shares of the canvas's width and height."""
    for stroke in strokes:
        points = _placed(canvas, stroke)
        mouse = canvas.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=4)
        mouse.up()


def draw_714(page: Page) -> None:
    """Choose to read a whole number and draw one."""
    page.get_by_label("Read a whole number").check()
    draw(page, SEVEN, at=0.0, size=0.45)
    draw(page, ONE, at=0.3, size=0.4)
    draw(page, FOUR, at=0.55, size=0.45)
    expect_answer(page, "714")


def touch(canvas: Locator, stroke: list[tuple[float, float]]) -> None:
    """Draw one stroke with a finger."""
    points = [{"x": x, "y": y} for x, y in _placed(canvas, stroke)]
    session = canvas.page.context.new_cdp_session(canvas.page)
    moves = [("touchMove", [point]) for point in points[1:]]
    for kind, touches in (("touchStart", points[:1]), *moves, ("touchEnd", [])):
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def _placed(canvas: Locator, stroke: list[tuple[float, float]]) -> list[tuple[float, float]]:
    box = canvas.bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]


def expect_answer(page: Page, text: str) -> None:
    expect(page.locator(".verdict .digit")).to_have_text(text, timeout=10_000)
