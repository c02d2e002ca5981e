"""Bring points onto a solid's surface, or to a given height above it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.geometry import unit

__all__ = ["gradients", "lay", "leave", "press", "surface_along"]

Array = NDArray[np.float64]

_STEP = 1e-3


def gradients(points: ArrayLike, solid: Packed) -> Array:
    """Unit normals: the way out of the solid at points (n, 3), or towards it from outside, reversed."""
    return unit(_slopes(np.asarray(points, dtype=float), solid))


def _slopes(points: Array, solid: Packed) -> Array:
    moves = _STEP * np.eye(3)
    near = np.concatenate([points + m for m in moves] + [points - m for m in moves])
    d = distances(near, solid.shapes, solid.groups).reshape(6, -1)
    return np.asarray(((d[:3] - d[3:]) / (2 * _STEP)).T)


def press(points: ArrayLike, solid: Packed, height_mm: ArrayLike, rounds: int = 12) -> Array:
    """Points (n, 3) moved along the normals until they are `height_mm` above the surface (Newton's method)."""
    p = np.array(points, dtype=float)
    for _ in range(rounds):
        d = distances(p, solid.shapes, solid.groups)
        slope = _slopes(p, solid)
        square = np.maximum((slope**2).sum(axis=1), 0.05)
        step = np.clip((d - height_mm) / square, -2.0, 2.0)[:, None] * slope
        p -= step
        if len(p) == 0 or np.abs(step).max() < 1e-4:
            break
    return p


def surface_along(
    points: ArrayLike, solid: Packed, height_mm: float, direction: ArrayLike, reach_mm: float = 7.0
) -> Array:
    """Points (n, 3) moved along `direction` (either way) to the nearest place `height_mm` above the surface.

    Where there is none within `reach_mm` a point stays.
    """
    p, o = np.asarray(points, dtype=float), unit(direction)
    t = np.arange(-reach_mm, reach_mm, 0.05)
    rays = p[:, None, :] + t[None, :, None] * o
    above = distances(rays.reshape(-1, 3), solid.shapes, solid.groups).reshape(len(p), -1) - height_mm
    crosses = (above[:, :-1] <= 0.0) & (above[:, 1:] > 0.0)  # going out
    away = np.where(crosses, np.abs(t[:-1]), np.inf)
    best = away.argmin(axis=1)
    shift = np.where(np.isfinite(away.min(axis=1)), t[best], 0.0)
    return np.asarray(p + shift[:, None] * o)


def leave(solid: Packed, start: ArrayLike, direction: ArrayLike, step_mm: float = 0.05, far_mm: float = 60.0) -> Array:
    """The point where a ray from inside the solid last leaves it, within `far_mm`."""
    d = unit(direction)
    points = np.asarray(start, dtype=float) + np.arange(0.0, far_mm, step_mm)[:, None] * d
    inside = np.flatnonzero(distances(points, solid.shapes, solid.groups) < 0.0)
    return np.asarray(points[inside[-1] if len(inside) else 0])


def lay(guide: ArrayLike, solid: Packed, height_mm: float, on_bone: NDArray[np.bool_], step_mm: float = 0.4) -> Array:
    """A smooth curve along `guide` (n, 3) that lies `height_mm` above the surface between the guide points `on_bone`.

    Elsewhere it keeps at least that height. The guide is pressed first, then a spline through it; a little smoothing
    and pressing take turns, too little for the curve to slide off a ridge. The last step is pressing.
    """
    from scipy.interpolate import CubicSpline

    g = np.array(guide, dtype=float)
    g[on_bone] = press(g[on_bone], solid, height_mm)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(g, axis=0), axis=1))])
    s = np.linspace(0.0, arc[-1], int(np.ceil(arc[-1] / step_mm)) + 1)
    p = np.asarray(CubicSpline(arc, g)(s))
    first, last = arc[np.flatnonzero(on_bone)[[0, -1]]]
    pressed = (s >= first - 1e-9) & (s <= last + 1e-9)
    for n in range(4):
        if n:
            for _ in range(6):
                p[1:-1] += 0.5 * (0.5 * (p[:-2] + p[2:]) - p[1:-1])
        move = pressed | (distances(p, solid.shapes, solid.groups) < height_mm)
        p[move] = press(p[move], solid, height_mm)
    return p
