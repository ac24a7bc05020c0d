"""Zeros that share a side: each is read with all of its wall, and nothing else becomes a zero."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

import model
from benchmarks import strings as benchmark
from preprocessing import Region
from reader import segmentation
from reader.loops import CUT_OUT, HIGH, MORE, SHARED, sides, with_whole_zeros, zeros
from tests.test_seams import alike, on_sheet
from tests.test_segmentation import DIGITS, LABELS

SHEET = (80, 160)
PEN = 6  # pixels


def ring(x: int, wide: int = 40, high: int = 60) -> np.ndarray:
    """A zero of PEN whose outer left edge is at x: (80, 160) float32."""
    sheet = np.zeros(SHEET, np.float32)
    axes = (wide - PEN) // 2, (high - PEN) // 2
    cv2.ellipse(sheet, (x + wide // 2, 40), axes, 0, 0, 360, 1.0, PEN)
    return sheet


def bar(first: tuple[int, int], last: tuple[int, int]) -> np.ndarray:
    return cv2.line(np.zeros(SHEET, np.float32), first, last, 1.0, PEN)


def part(sheet: np.ndarray, left: int = 0, right: int = SHEET[1]) -> Region:
    """The ink between two columns, cropped."""
    inside = np.zeros_like(sheet)
    inside[:, left:right] = sheet[:, left:right]
    x, y, w, h = cv2.boundingRect((inside > 0).astype(np.uint8))
    return Region(inside[y : y + h, x : x + w], (x, y))


def named(name: int) -> Callable[[Sequence[Region]], np.ndarray]:
    """A classifier to which everything is that."""
    return lambda regions: np.tile(np.eye(11, dtype=np.float32)[name], (len(regions), 1))


def loops(region: Region) -> list[Region]:
    (found,) = zeros([region], named(0))
    return found


def completed(run: Region, whole: Region, score: float = 0.0, height: float = 200) -> list[Region]:
    """What a part becomes, if all else scores so much, and the part -1."""

    def scores(some: Sequence[Region]) -> list[float]:
        return [-1.0 if region is run else score for region in some]

    return list(with_whole_zeros({(0, 2): run}, loops(whole), height, scores).values())


def test_zeros_that_share_a_side_are_each_whole() -> None:
    rings = ring(20), ring(20 + 40 - PEN)
    found = loops(part(np.maximum(*rings)))
    assert len(found) == 2
    for loop, drawn in zip(found, rings, strict=True):
        assert alike(on_sheet(loop, SHEET), drawn) > 0.9


@pytest.mark.parametrize(
    "sheet",
    [
        pytest.param(bar((20, 10), (120, 60)), id="a bar"),
        pytest.param(np.where(np.arange(160) < 40, ring(20), 0.0), id="an open loop"),
        pytest.param(ring(20) * np.where(np.arange(160) < 40, 1.0, 0.3), id="a pale side"),
        pytest.param(
            np.maximum(ring(20, 30, int(HIGH * 60) - 2), bar((10, 10), (10, 70))), id="a low one"
        ),
    ],
)
def test_what_encloses_no_high_piece_of_paper_has_no_loop(sheet: np.ndarray) -> None:
    assert loops(part(sheet.astype(np.float32))) == []


def test_a_loop_may_be_closed_in_gray() -> None:
    assert len(loops(part(ring(20) * np.where(np.arange(160) < 40, 1.0, 0.5).astype("f4")))) == 1


def test_a_half_of_a_zero_gets_its_wall_back() -> None:
    left, right = ring(20), ring(54)
    both = np.maximum(left, right)
    (zero,) = completed(part(both, 60), part(both))
    assert alike(on_sheet(zero, SHEET), right) > 0.9


def test_a_stroke_that_leads_to_a_neighbour_is_left_out() -> None:
    zero, link = ring(20), bar((60, 40), (66, 40))
    (found,) = completed(part(np.maximum(zero, link)), part(np.maximum(zero, link)))
    assert alike(on_sheet(found, SHEET), zero) > 0.9


def test_a_part_with_more_than_a_zero_stays() -> None:
    """A six and a nine have a stem, and a one beside a zero is a digit."""
    zero = ring(40, 40, 50)
    for stem in (bar((42, 40), (50, 2)), bar((78, 40), (74, 78)), bar((32, 15), (32, 65))):
        assert stem.sum() > MORE * zero.sum()
        both = part(np.maximum(zero, stem))
        assert completed(both, both) == []


def test_a_part_that_ends_elsewhere_stays() -> None:
    """The half of a zero that a neighbour does not share is none of it."""
    zero = ring(20)
    assert completed(part(zero, 34), part(zero)) == []
    assert completed(part(zero, 0, 46), part(zero)) == []
    assert len(completed(part(zero, 24), part(zero))) == 1


def test_a_neighbour_is_read_without_the_side_of_a_zero() -> None:
    """Of a line in which the zero is as high as digits, and only if little of the zero is in it."""
    one, zero = bar((14, 15), (14, 65)), ring(20)
    both = np.maximum(one, zero)
    with_side, whole = part(both, 0, 24), part(both)
    (bare,) = completed(with_side, whole, height=60)
    assert alike(on_sheet(bare, SHEET), one * (zero == 0)) > 0.95
    assert completed(with_side, whole, height=60 / CUT_OUT + 8) == []
    assert completed(with_side, whole, height=60, score=-2.0) == []
    assert completed(part(both, 0, 45), whole, height=60) == []  # half of the zero


def test_a_neighbour_that_hardly_meets_a_zero_stays() -> None:
    touching = bar((14, 10), (18, 34))
    both = part(np.maximum(touching, ring(20)))
    (zero,) = loops(both)
    shared = touching[on_sheet(zero, SHEET) > 0].sum() / zero.strength.sum()
    assert 0 < shared < SHARED[0]
    assert completed(part(touching), both, height=60) == []


def test_only_a_zero_that_scores_higher_is_taken() -> None:
    zero = ring(20)
    assert completed(part(zero, 24), part(zero), score=-1.0) == []


def test_only_what_is_a_zero_to_the_classifier_is_one() -> None:
    """Each region has its own, also where others have none."""
    regions = [part(bar((20, 10), (120, 60))), part(np.maximum(ring(20), ring(54))), part(ring(9))]
    assert zeros(regions, named(6)) == [[], [], []]
    assert [len(found) for found in zeros(regions, named(0))] == [0, 2, 1]
    assert zeros([], named(0)) == []


def test_sides_run_through_the_walls_inside_the_ink() -> None:
    ink = part(np.maximum.reduce([ring(20), ring(54), bar((94, 40), (130, 40))]))
    found = sides(ink, loops(ink), 60)
    assert found == pytest.approx([34 + PEN / 2, 40 - PEN / 2, 74 - PEN / 2], abs=3)
    assert sides(ink, loops(ink), 60 / CUT_OUT + 8) == []


@given(
    npst.arrays(
        np.float32,
        npst.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.sampled_from([0.0, 0.3, 0.41, 1.0]).map(np.float32),
    )
)
def test_a_loop_is_ink_of_its_region(strength: np.ndarray) -> None:
    for loop in loops(Region(strength)):
        x, y = loop.origin
        rows, columns = loop.strength.shape
        there = strength[y : y + rows, x : x + columns]
        assert ((loop.strength == 0) | (loop.strength == there)).all()
        assert loop.strength.any()


def test_amounts_with_zeros_that_share_a_side(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    hand = benchmark.mnist_hand(DIGITS, LABELS)
    pages = [benchmark.composed(hand, "amounts", rng) for _ in range(8)]
    read = model.load().read
    right = sum(read(page, number=True).text == text for page, text in pages)
    monkeypatch.setattr(segmentation, "zeros", lambda regions, _: [[] for _ in regions])
    before = sum(read(page, number=True).text == text for page, text in pages)
    assert right >= before + 2
