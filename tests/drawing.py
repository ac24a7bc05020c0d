"""Drawing on the page as people do, for the tests that need it."""

import numpy as np
from playwright.sync_api import Page, expect

ONE = [[(0.5, 0.2), (0.5, 0.8)]]
SEVEN = [[(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)]]
FOUR = [[(0.4, 0.15), (0.25, 0.55), (0.7, 0.55)], [(0.6, 0.35), (0.6, 0.85)]]
RING = [(0.5 + 0.18 * np.sin(a), 0.5 - 0.3 * np.cos(a)) for a in np.linspace(0, 2 * np.pi, 24)]
CROSSES = [[(0.2, 0.2), (0.8, 0.8)], [(0.8, 0.2), (0.2, 0.8)], [(0.5, 0.1), (0.5, 0.9)]]


def draw(page: Page, strokes: list[list[tuple[float, float]]], at: float = 0, size: float = 1):
    """Draw with the mouse; `at` and `size` move and shrink across the canvas."""
    box = page.locator(".reader canvas").bounding_box()
    assert box is not None
    for stroke in strokes:
        points = [
            (box["x"] + (at + size * x) * box["width"], box["y"] + y * box["height"])
            for x, y in stroke
        ]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()


def expect_answer(page: Page, text: str) -> None:
    expect(page.locator(".verdict .digit")).to_have_text(text, timeout=10_000)
