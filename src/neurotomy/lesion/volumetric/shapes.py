"""Electrodes immersed in a grid: how far a point is from their metal, and where on which electrode it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit
from neurotomy.equipment.geometry import Element

__all__ = ["Metal", "distance_to"]

Array = NDArray[np.float64]

_HEMISPHERE, _FLAT, _CONE, _BEVEL = range(4)
_SHAPES = {"hemispherical": _HEMISPHERE, "flat": _FLAT, "conical": _CONE, "bevel": _BEVEL}
FAR_M = 1.0


@dataclass(frozen=True)
class Metal:
    """All elements as flat arrays for the kernels, metres.

    Attributes
    ----------
    points
        Centreline points of all elements, (n, 3); element e has rows ``first[e]`` to ``first[e + 1] - 1``.
    number
        Radius, tip shape, tip height, bare from, bare to, heat conductivity and heat capacity, (elements, 7).
    face
        Where a bevel looks, (elements, 3).
    box
        Corners of a box around each, (elements, 2, 3).
    polarity
        (elements,).
    """

    points: Array
    first: NDArray[np.intp]
    number: Array
    face: Array
    box: Array
    polarity: NDArray[np.intp]

    @staticmethod
    def of(elements: Sequence[Element]) -> Metal:
        """From the description of the equipment room."""
        points = [np.asarray(e.centreline_mm, float) * 1e-3 for e in elements]
        number = [
            (
                e.radius_mm * 1e-3,
                float(_SHAPES[e.tip_shape]),
                max(e.tip_length_mm * 1e-3, 1e-9),
                e.bare_mm[0] * 1e-3,
                e.bare_mm[1] * 1e-3,
                e.core_conductivity_w_per_m_k,
                e.core_heat_capacity_j_per_m3_k,
            )
            for e in elements
        ]
        radius = [n[0] for n in number]
        return Metal(
            np.concatenate(points),
            np.concatenate([[0], np.cumsum([len(p) for p in points])]).astype(np.intp),
            np.array(number),
            np.array([np.asarray(e.face, float) for e in elements]),
            np.array([[p.min(axis=0) - a, p.max(axis=0) + a] for p, a in zip(points, radius, strict=True)]),
            np.array([e.polarity for e in elements], np.intp),
        )


@njit(cache=True, nogil=True)
def distance_to(
    points: Any, first: Any, number: Any, face: Any, box: Any, x: float, y: float, z: float, reach: float
) -> tuple[float, int, float]:
    """(distance to the nearest metal, negative inside; its element; arc length from its apex), m.

    Elements farther than `reach` are not looked at; where there is none the distance is 1 m.
    """
    best, which, where = FAR_M, -1, 0.0
    for e in range(len(first) - 1):
        low, high = box[e, 0], box[e, 1]
        if (
            x < low[0] - reach or x > high[0] + reach or y < low[1] - reach or y > high[1] + reach
            or z < low[2] - reach or z > high[2] + reach
        ):  # fmt: skip
            continue
        d, s = _one(points, first[e], first[e + 1], number[e], face[e], x, y, z)
        if d < best:
            best, which, where = d, e, s
    return best, which, where


@njit(cache=True, nogil=True)
def _one(
    points: Any, start: int, stop: int, number: Any, face: Any, x: float, y: float, z: float
) -> tuple[float, float]:
    """(distance, arc length) of one element."""
    radius, shape, height = number[0], int(number[1]), number[2]
    nearest, arc = 1e30, 0.0
    travelled = 0.0
    for n in range(start, stop - 1):
        ax, ay, az = points[n, 0], points[n, 1], points[n, 2]
        bx, by, bz = points[n + 1, 0] - ax, points[n + 1, 1] - ay, points[n + 1, 2] - az
        length = np.sqrt(bx * bx + by * by + bz * bz)
        bx, by, bz = bx / length, by / length, bz / length
        px, py, pz = x - ax, y - ay, z - az
        s = px * bx + py * by + pz * bz
        t = min(max(s, 0.0), length)
        if n == start and s < 0.0:
            t = s  # below the apex: the tip's shape decides
        dx, dy, dz = px - t * bx, py - t * by, pz - t * bz
        away = dx * dx + dy * dy + dz * dz + (t * t if t < 0.0 else 0.0)
        if away < nearest:
            nearest, arc = away, travelled + t
        travelled += length
    rho = np.sqrt(max(nearest - (arc * arc if arc < 0.0 else 0.0), 0.0))
    wall = rho - radius
    if shape == _HEMISPHERE:
        if arc < radius:
            return np.sqrt(rho * rho + (arc - radius) ** 2) - radius, arc
        return wall, arc
    if shape == _FLAT:
        if arc < 0.0:
            return (-arc if wall < 0.0 else np.sqrt(wall * wall + arc * arc)), arc
        return max(wall, -arc), arc
    if shape == _CONE:
        if arc < height:
            slope = radius / height
            return max((rho - slope * arc) / np.sqrt(1.0 + slope * slope), -arc if rho < 1e-12 else -1e30), arc
        return wall, arc
    px, py, pz = x - points[start, 0], y - points[start, 1], z - points[start, 2]
    aside = px * face[0] + py * face[1] + pz * face[2]
    tilt = height / (2.0 * radius)
    plane = (aside * tilt + 0.5 * height - arc) / np.sqrt(1.0 + tilt * tilt)
    return max(wall, plane), arc
