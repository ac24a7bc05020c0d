"""Lines of forms and tables are found where strokes lie along them, and strokes are none."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from finder.grid import Grid, find_grid

CELL = 80  # pixels: the side of a cell


def form(columns: int, rows: int = 1, pen: int = 3, cell: int = CELL, outer: int = 0) -> np.ndarray:
    """A table's lines, (h, w) uint8, its outermost so many pixels thicker, cropped to them."""
    edge = (pen + outer) // 2
    mask = np.zeros((rows * cell + 1, columns * cell + 1), np.uint8)
    mask = np.pad(mask, edge)
    for k in range(columns + 1):
        thick = pen + outer * (k in (0, columns))
        x = edge + k * cell - thick // 2
        mask[:, max(0, x) : x + thick] = 1
    for k in range(rows + 1):
        thick = pen + outer * (k in (0, rows))
        y = edge + k * cell - thick // 2
        mask[max(0, y) : y + thick] = 1
    return mask


def uprights(grid: Grid | None, rows: int = 2) -> int:
    """How many upright lines were found beside so many level ones."""
    return grid.number - rows if grid else 0


def stroke(mask: np.ndarray, x: int, thick: int = 9, top: int = 0, end: int = 0) -> np.ndarray:
    """The mask with an upright stroke, from a row to one from below."""
    drawn = mask.copy()
    drawn[top : len(mask) - end, max(0, x - thick // 2) : x + thick // 2 + 1] = 1
    return drawn


def tilted(mask: np.ndarray, degrees: float) -> np.ndarray:
    high, wide = mask.shape
    padded = np.pad(mask * np.uint8(255), 40)
    turn = cv2.getRotationMatrix2D((wide / 2 + 40, high / 2 + 40), degrees, 1)
    turned = (cv2.warpAffine(padded, turn, padded.shape[::-1]) > 127).astype(np.uint8)
    x, y, w, h = cv2.boundingRect(turned)
    return turned[y : y + h, x : x + w]


def ways(grid: Grid | None, along: int) -> Iterator[int]:
    """Middles of what the lines' ways take up on a row, in order."""
    assert grid
    row = np.flatnonzero(grid.way[along])
    for run in np.split(row, np.flatnonzero(np.diff(row) > 1) + 1):
        yield int(run.mean())


@pytest.mark.parametrize("degrees", [0, 2.5])
@pytest.mark.parametrize("pen", [1, 3, 5])
@pytest.mark.parametrize("cell", [48, 80])
def test_all_lines_of_a_form_are_found(degrees: float, pen: int, cell: int) -> None:
    assert uprights(find_grid(tilted(form(5, pen=pen, cell=cell), degrees))) == 6


@pytest.mark.parametrize(("rows", "columns", "degrees"), [(3, 4, 4.5), (3, 5, 3.5)])
def test_all_lines_of_a_tilted_table_are_found(rows: int, columns: int, degrees: float) -> None:
    """None of them runs through all of it."""
    grid = find_grid(tilted(form(columns, rows), degrees))
    assert uprights(grid, rows + 1) == columns + 1


@pytest.mark.parametrize("pen", [2, 5])
@pytest.mark.parametrize("narrower", [20, 40])
@pytest.mark.parametrize("turns", range(4))
def test_a_frame_seen_from_the_side_is_found(pen: int, narrower: int, turns: int) -> None:
    """No two of its sides lean the same way."""
    mask = np.rot90(np.pad(form(1, 1, pen, 240), 10), turns) * np.uint8(255)
    high, wide = mask.shape
    corners = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    seen = corners + np.array([(narrower, 30), (-narrower, 0), (0, -30), (0, 0)], np.float32)
    across = cv2.getPerspectiveTransform(corners, seen)
    mask = np.rot90(cv2.warpPerspective(mask, across, (wide, high)) > 127, turns).astype(np.uint8)
    x, y, w, h = cv2.boundingRect(mask)
    mask = np.ascontiguousarray(mask[y : y + h, x : x + w])
    grid = find_grid(stroke(mask, w // 2, 7, 30, h // 2))
    assert uprights(grid) == 2
    assert grid
    assert (mask & (1 - grid.ink)).sum() < 0.15 * mask.sum()


@pytest.mark.parametrize("hidden", [1, 2, 4])
def test_a_stroke_along_a_line_does_not_hide_it(hidden: int) -> None:
    """Beside which it lies; the others tell where it is."""
    mask = stroke(form(6), hidden * CELL + 6, 13, top=9, end=9)
    grid = find_grid(mask)
    assert uprights(grid) == 7
    assert np.allclose(list(ways(grid, 5)), [1 + k * CELL for k in range(7)], atol=2)


@pytest.mark.parametrize("degrees", [0, 2])
@pytest.mark.parametrize("at", [6, 3 * CELL - 8])
def test_strokes_along_a_side_do_not_hide_it(degrees: float, at: int) -> None:
    """Also where only a frame's corners tell where the side is."""
    mask = cv2.rectangle(np.zeros((CELL, 3 * CELL), np.uint8), (0, 0), (3 * CELL, CELL), 1, 3)
    mask[-2:], mask[:, -2:] = 1, 1
    grid = find_grid(tilted(stroke(mask, at, 15, top=6, end=6), degrees))
    assert uprights(grid) == 2
    assert grid
    assert grid.thickness <= 6


@pytest.mark.parametrize("thick", [3, 9])
def test_a_stroke_from_line_to_line_is_none(thick: int) -> None:
    """By its thickness, or as cells are as wide as each other without it."""
    grid = find_grid(stroke(form(5), 2 * CELL + 30, thick))
    assert uprights(grid) == 6
    assert all(abs(x - (2 * CELL + 30)) > 9 for x in ways(grid, CELL // 2))


def test_thick_strokes_are_none_where_cells_differ() -> None:
    mask = np.zeros((CELL, 400), np.uint8)
    for x in (0, 60, 190, 260, 397):
        mask[:, x : x + 3] = 1
    mask[:3], mask[-3:] = 1, 1
    grid = find_grid(stroke(mask, 125, 9))
    assert uprights(grid) == 5


@pytest.mark.parametrize("pen", [1, 2])
def test_an_outline_may_be_thicker(pen: int) -> None:
    assert uprights(find_grid(form(5, 3, pen, outer=4)), rows=4) == 6


@pytest.mark.parametrize("pen", [1, 3])
@pytest.mark.parametrize("cell", [50, 80])
def test_writing_that_goes_beyond_does_not_shorten_the_lines(pen: int, cell: int) -> None:
    mask = np.pad(form(5, pen=pen, cell=cell), ((20, 0), (0, 0)))
    for x in range(cell // 2, 5 * cell, cell):
        mask = stroke(mask, x, 7, end=12)
    for piece in (mask, np.ascontiguousarray(mask.T)):
        assert uprights(find_grid(piece)) == 6


def test_most_uprights_may_be_strokes() -> None:
    """Level lines tell how thick lines are."""
    mask = cv2.rectangle(np.zeros((CELL, 500), np.uint8), (1, 1), (498, CELL - 2), 1, 3)
    for x in range(60, 480, 70 + 1):
        mask = stroke(mask, x + x % 4, 9)
    assert uprights(find_grid(mask)) == 2


def test_what_is_filled_has_no_lines() -> None:
    assert find_grid(np.ones((CELL, 300), np.uint8)) is None


def test_lines_without_uprights_are_no_grid() -> None:
    mask = np.zeros((CELL, 400), np.uint8)
    mask[:3], mask[-3:] = 1, 1
    assert find_grid(mask) is None
    assert find_grid(stroke(mask, 200, 9)) is None
