"""Rings that people draw around digits and into them: what is left of a piece without its ring."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from finder.strokes import Mask, Pieces, find_pieces

MOST = 100  # pieces of a picture, the largest, that may have a ring
LEAST = 24  # pixels of its diameter
FULL, BARE = 0.7, 0.2  # of its hull, that a ring's outline holds, and of that, what is paper
SIDE, SEEN = 300, 100  # pixels of the square in which it is looked for, and how much of 255 is ink
WAYS = 180  # directions from its middle
TURN = np.arange(WAYS) * 2 * np.pi / WAYS
TOWARDS = np.stack([np.cos(TURN), np.sin(TURN)], 1)
HARMONICS = 3  # of the distance of its edge from there, as hands draw it
OFF = 1.5, 0.05  # pixels, and share of its radius, that its edge is off these at most
AROUND = 0.8  # of all directions, in which it is seen
THICK = 0.3  # of its radius, that it is thick at most
CONVEX = 0.97  # of its edge's hull, that it goes around
# Of its shorter side, that what is in it is high or wide at least; of that side's half, that it is
# within the edge at its deepest, and that each of its parts is large
INSIDE, DEEP, CRUMB = 0.55, 0.35, 0.1


class _Ring(NamedTuple):
    """A ring in a piece: by how many pixels each is within its edge, (h, w), how thick it is, its
    middle x, y, and by what these are stretched to make a circle of it.
    """

    depth: NDArray[np.float32]
    thickness: float
    middle: NDArray[np.float64]
    stretched: NDArray[np.float64]

    @property
    def radius(self) -> float:
        return float(self.depth.max())

    @property
    def off(self) -> float:
        return OFF[0] + OFF[1] * self.radius


def ringed(pieces: Pieces) -> dict[int, Mask]:
    """What is in the rings that pieces have: by piece, (h, w) uint8 in its box."""
    found = {}
    for i in np.argsort(-pieces.sizes)[:MOST].tolist():
        if pieces.boxes[i, 2:].min() >= LEAST:
            inner = within_ring(pieces.mask(i).astype(np.uint8))
            if inner is not None:
                found[i] = inner
    return found


def within_ring(piece: Mask) -> Mask | None:
    """What is left of a piece (h, w) uint8 without the ring around it; None without one, or where
    nothing is in it.
    """
    ring = _ring(piece) if _may_be_ring(piece) else None
    return None if ring is None else _inner(_without(piece, ring), ring)


def _may_be_ring(piece: Mask) -> bool:
    """Whether a piece's outline is nearly convex, much in it bare, and something deep in it: quick,
    and rare in digits.
    """
    outlines, _ = cv2.findContours(piece, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    held = cv2.contourArea(outlines[0])
    is_bare = held - cv2.countNonZero(piece) >= BARE * held > 0
    if not is_bare or held < FULL * cv2.contourArea(cv2.convexHull(outlines[0])):
        return False
    depth = _depth(outlines[0][:, 0], piece.shape)
    return bool((depth[piece > 0] >= DEEP * depth.max()).any())


def _ring(piece: Mask) -> _Ring | None:
    """The ring along the outside of a piece, if most of that is one."""
    height, width = piece.shape
    side = min(max(piece.shape), SIDE)
    square = cv2.resize(255 * piece, (side, side), interpolation=cv2.INTER_AREA)
    square = (square > SEEN).astype(np.uint8)  # in which ellipses are circles
    moments = cv2.moments(cv2.convexHull(cv2.findNonZero(square)))
    middle = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
    outer, inner = _outermost(square, middle)
    edge, near = _edge(outer)
    if near.mean() < AROUND or not _is_convex(edge):
        return None
    scale = np.array([width, height]) / side
    depth = _depth((middle + edge[:, None] * TOWARDS) * scale, piece.shape)
    at = np.round((middle + inner[:, None] * TOWARDS) * scale).astype(int)[near]
    thickness = float(np.median(depth[at[:, 1].clip(0, height - 1), at[:, 0].clip(0, width - 1)]))
    ring = _Ring(depth, max(1.0, thickness), middle * scale, 1 / scale)
    return ring if ring.thickness <= THICK * ring.radius else None


def _outermost(piece: Mask, middle: NDArray[np.float64]) -> tuple[NDArray[np.intp], ...]:
    """How far from its middle a piece's ink ends in each direction, and its last stroke begins:
    (WAYS,) each.
    """
    reach = int(np.hypot(*piece.shape)) + 2
    how = cv2.INTER_NEAREST | cv2.WARP_POLAR_LINEAR | cv2.WARP_FILL_OUTLIERS
    polar = cv2.warpPolar(piece, (reach, WAYS), middle.tolist(), reach, how)
    outer = reach - 1 - polar[:, ::-1].argmax(1)
    away = np.arange(reach)
    return outer, np.where((polar == 0) & (away < outer[:, None]), away, -1).max(1) + 1


def _edge(outer: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How far the edge of a ring is from its middle in each direction, by where the ink ends there,
    and in which directions it does: strokes may go beyond. Both (WAYS,).
    """
    waves = [f(k * TURN) for k in range(1, HARMONICS + 1) for f in (np.cos, np.sin)]
    terms = np.stack([np.ones(WAYS), *waves], 1)
    near = np.ones(WAYS, bool)
    for _ in range(6):
        edge = terms @ np.linalg.lstsq(terms[near], outer[near], rcond=None)[0]
        before = near
        near = np.abs(edge - outer) <= OFF[0] + OFF[1] * float(np.median(edge))
        if near.sum() < WAYS / 2 or (near == before).all():
            break
    return edge, near


def _is_convex(edge: NDArray[np.float64]) -> bool:
    """Whether an edge, by its distances from the middle (WAYS,), has no waist as an 8 has."""
    outline = (edge[:, None] * TOWARDS).astype(np.float32)
    return cv2.contourArea(outline) >= CONVEX * cv2.contourArea(cv2.convexHull(outline))


def _depth(outline: NDArray, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """By how many pixels each is within an outline (n, 2) of x, y: (h, w), negative outside."""
    filled = np.zeros(shape, np.uint8)
    cv2.fillPoly(filled, [np.round(outline).astype(np.int32)], 1)
    filled = np.pad(filled, 1)
    within, beyond = (cv2.distanceTransform(f, cv2.DIST_L2, 3) for f in (filled, 1 - filled))
    return (within - beyond)[1:-1, 1:-1]


def _without(piece: Mask, ring: _Ring) -> Mask:
    """A piece (h, w) without the ring; strokes that cross it stay."""
    y, x = np.nonzero(piece)
    across, down = ((np.stack([x, y], 1) - ring.middle) * ring.stretched).T
    way = (np.arctan2(down, across) / (2 * np.pi) % 1 * WAYS).astype(int) % WAYS
    depth, deep = ring.depth[y, x], ring.thickness + ring.off
    outside, inside = np.zeros(WAYS, bool), np.zeros(WAYS, bool)
    outside[way[depth < -ring.off - 1]] = True
    inside[way[(depth > deep) & (depth < deep + ring.thickness + 2)]] = True
    on_ring = (depth <= deep - ring.off / 2) & (depth >= -ring.off - 1)
    on_ring &= ~(outside & inside)[way]
    rest = piece.copy()
    rest[y[on_ring], x[on_ring]] = 0
    return rest


def _inner(rest: Mask, ring: _Ring) -> Mask | None:
    """What is in a ring (h, w) of what is left without it, if that is as large as a digit there:
    what lies along the ring is a part of it, as where it was closed.
    """
    pieces = find_pieces(rest)
    deepest = np.zeros(len(pieces.sizes) + 1, np.float32)
    np.maximum.at(deepest, pieces.labels.ravel(), ring.depth.ravel())
    kept = (deepest[1:] >= DEEP * ring.radius) & (pieces.sizes >= CRUMB * ring.radius)
    if pieces.sizes[kept].max(initial=0) < 2 * INSIDE * ring.radius:
        return None
    return np.r_[False, kept].take(pieces.labels).astype(np.uint8)
