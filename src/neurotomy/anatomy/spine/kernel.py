"""Distances to smooth solids, at points and on voxels (numba).

Distances are exact near round and flat shapes and first-order elsewhere: right at the surface, with a gradient of about
one beside it, which is what partial volumes and nerves on bone need. Shapes far from a block of voxels are skipped.

The distance to an ellipse-like shape is ``k0 (k0 - 1) / k1`` with ``k0`` the scaled radius and ``k1`` the length of its
gradient; the smooth union is the quadratic one (I. Quilez, "Smooth minimum", 2013).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

__all__ = ["BEYOND_MM", "distances", "paint"]

BEYOND_MM = 1000.0
"""Distance reported where no shape is near."""

_REACH_MM = 6.0  # how far shapes act: the widest fillet, and the band of partial volume
_BLOCK = 4
_NEAR_MM, _WIDEST_FILLET_MM = 14.0, 8.0


@njit(cache=True, nogil=True, inline="always")
def _ellipse(x: float, y: float, z: float, a: float, b: float, c: float) -> float:
    ia, ib, ic = 1.0 / a, 1.0 / b, 1.0 / c
    u, v, w = x * ia, y * ib, z * ic
    k0 = math.sqrt(u * u + v * v + w * w)
    u, v, w = u * ia, v * ib, w * ic
    k1 = math.sqrt(u * u + v * v + w * w)
    if k1 < 1e-9:
        return -min(a, min(b, c))
    return k0 * (k0 - 1.0) / k1


@njit(cache=True, nogil=True)
def _body(x: float, y: float, z: float, shapes: Any, n: int) -> float:
    wu, du, wl, dl = shapes[n, 16], shapes[n, 17], shapes[n, 18], shapes[n, 19]
    half, tan, waist, dish, edge = 0.5 * shapes[n, 20], shapes[n, 21], shapes[n, 22], shapes[n, 23], shapes[n, 24]
    s = min(max(z / half, -1.0), 1.0)
    t = 0.5 * (1.0 + s)
    pull = waist * (1.0 - s * s)
    a = wl + (wu - wl) * t - pull
    b = dl + (du - dl) * t - 0.7 * pull
    u, v = abs(x) / a, abs(y) / b
    # Kidney-shaped: squarer than an ellipse.
    k0 = math.sqrt(math.sqrt((u * u + v * v) * (u * u + v * v) - 1.2 * u * u * v * v))
    r = math.sqrt(x * x + y * y)
    wall = r * (1.0 - 1.0 / k0) if k0 > 1e-6 else -min(a, b)
    hollow = dish * max(0.0, 1.0 - k0 * k0 / 0.72)
    top = z - (half - hollow)
    bottom = (-half + hollow + tan * y) - z
    cap = max(top, bottom)
    h = max(edge - abs(wall - cap), 0.0) / edge
    joined: float = max(wall, cap) + 0.25 * h * h * edge
    return joined


@njit(cache=True, nogil=True)
def _triangle(x: float, y: float, z: float, shapes: Any, n: int) -> float:
    inside = True
    best = 1e30
    ax, ay, bx, by = shapes[n, 16], shapes[n, 17], shapes[n, 18], shapes[n, 19]
    cx, cy = shapes[n, 20], shapes[n, 21]
    turn = 1.0 if (bx - ax) * (cy - ay) - (cx - ax) * (by - ay) > 0 else -1.0
    for _ in range(3):
        ex, ey = bx - ax, by - ay
        px, py = x - ax, y - ay
        if turn * (ex * py - ey * px) < 0.0:
            inside = False
        t = min(max((px * ex + py * ey) / (ex * ex + ey * ey), 0.0), 1.0)
        qx, qy = px - t * ex, py - t * ey
        best = min(best, qx * qx + qy * qy)
        ax, ay, bx, by, cx, cy = bx, by, cx, cy, ax, ay
    away: float = (abs(z) if inside else math.sqrt(best + z * z)) - shapes[n, 22]
    return away


@njit(cache=True, nogil=True)
def _shape(px: float, py: float, pz: float, shapes: Any, n: int) -> float:
    gx, gy, gz = px - shapes[n, 4], py - shapes[n, 5], pz - shapes[n, 6]
    x = shapes[n, 7] * gx + shapes[n, 8] * gy + shapes[n, 9] * gz
    y = shapes[n, 10] * gx + shapes[n, 11] * gy + shapes[n, 12] * gz
    z = shapes[n, 13] * gx + shapes[n, 14] * gy + shapes[n, 15] * gz
    kind = int(shapes[n, 0])
    if kind == 1:
        t = min(max(z / shapes[n, 16], 0.0), 1.0)
        w = shapes[n, 17] + (shapes[n, 19] - shapes[n, 17]) * t
        h = shapes[n, 18] + (shapes[n, 20] - shapes[n, 18]) * t
        return _ellipse(x, y, z - t * shapes[n, 16], w, h, min(w, h))
    if kind == 0:
        return _ellipse(x, y, z, shapes[n, 16], shapes[n, 17], shapes[n, 18])
    if kind == 3:
        from_axis: float = math.sqrt(x * x + y * y) - shapes[n, 16]
        return from_axis
    if kind == 2:
        return _body(x, y, z, shapes, n)
    if kind == 4:
        return _triangle(x, y, z, shapes, n)
    beyond: float = z
    return beyond


@njit(cache=True, nogil=True, inline="always")
def _fillet(a: float, b: float, k: float) -> float:
    """How much a smooth union of two distances lies below the smaller one."""
    h = max(k - abs(a - b), 0.0)
    return 0.25 * h * h / k if k > 0.0 else 0.0


@njit(cache=True, nogil=True)
def _part(px: float, py: float, pz: float, shapes: Any, active: Any, count: int, groups: Any, mix: Any) -> float:
    """Distance to the part; `mix` becomes its material there: core HU, shell HU, shell mm, texture HU."""
    total, current = 1000.0, 1000.0
    group = -1
    for n in range(count + 1):
        row_group = int(shapes[active[n], 1]) if n < count else -2
        if row_group != group:
            if group >= 0:
                join, k = int(groups[group, 0]), groups[group, 1]
                if join == 0:
                    if current < 900.0:
                        soft = max(k, 1.5)
                        share = min(max(0.5 + 0.5 * (total - current) / soft, 0.0), 1.0)
                        for m in range(4):
                            mix[m] += share * (groups[group, 2 + m] - mix[m])
                        total = min(total, current) - _fillet(total, current, k)
                elif join == 1:
                    total = max(total, -current) + _fillet(total, -current, k)
                else:
                    total = max(total, current) + _fillet(total, current, k)
            if n == count:
                break
            group, current = row_group, 1000.0
        at = active[n]
        join, k = int(shapes[at, 2]), shapes[at, 3]
        if join == 0:
            d = _shape(px, py, pz, shapes, at)
            current = min(current, d) - _fillet(current, d, k)
        elif current < 900.0:
            d = _shape(px, py, pz, shapes, at)
            if join == 1:
                d = -d
            current = max(current, d) + _fillet(current, d, k)
    return total


@njit(cache=True, nogil=True)
def _select(cx: float, cy: float, cz: float, reach: float, shapes: Any, groups: Any, active: Any) -> int:
    """Indices of the shapes within `reach` of a point; 0 when none of them adds material."""
    count, adds = 0, 0
    for n in range(shapes.shape[0]):
        if shapes[n, 35] >= 1e6:
            active[count] = n
            count += 1
            continue
        ax, ay, az = shapes[n, 29], shapes[n, 30], shapes[n, 31]
        ex, ey, ez = shapes[n, 32] - ax, shapes[n, 33] - ay, shapes[n, 34] - az
        px, py, pz = cx - ax, cy - ay, cz - az
        length = ex * ex + ey * ey + ez * ez
        t = 0.0
        if length > 0.0:
            t = min(max((px * ex + py * ey + pz * ez) / length, 0.0), 1.0)
        qx, qy, qz = px - t * ex, py - t * ey, pz - t * ez
        far = shapes[n, 35] + reach
        if qx * qx + qy * qy + qz * qz < far * far:
            active[count] = n
            count += 1
            if shapes[n, 2] == 0.0 and groups[int(shapes[n, 1]), 0] == 0.0:
                adds += 1
    return count if adds > 0 else 0


@njit(cache=True, nogil=True)
def distances(points: Any, shapes: Any, groups: Any) -> Any:
    """Distance to a part at points (n, 3), mm: negative inside."""
    every = np.arange(shapes.shape[0])
    active = np.empty(shapes.shape[0], dtype=np.int64)
    mix = np.zeros(4)
    out = np.empty(points.shape[0])
    for n in range(points.shape[0]):
        px, py, pz = points[n, 0], points[n, 1], points[n, 2]
        count = _select(px, py, pz, _NEAR_MM, shapes, groups, active)
        d = 1000.0
        if count > 0:
            d = _part(px, py, pz, shapes, active, count, groups, mix)
        # Near the surface no shape further off can matter; elsewhere all are asked.
        if abs(d) > _NEAR_MM - _WIDEST_FILLET_MM:
            d = _part(px, py, pz, shapes, every, shapes.shape[0], groups, mix)
        out[n] = d
    return out


@njit(cache=True, nogil=True)
def paint(
    hu: Any,
    labels: Any,
    origin: Any,
    step: float,
    low: Any,
    high: Any,
    shapes: Any,
    groups: Any,
    label: int,
    split: Any,
    label_below: int,
    texture: Any,
) -> None:
    """Paint a part over what is there, with partial volume at its surface.

    Parameters
    ----------
    hu : (nz, ny, nx) int16
        CT, painted in place.
    labels : (nz, ny, nx) uint8
        Set to `label` where the voxel's centre is inside, unless `label` is 0.
    origin : (3,)
        LPS of voxel 0 (x, y, z); axes along LPS.
    step : float
        Voxel side, mm.
    low, high : (3,) int
        Voxels (x, y, z) from and to which to paint.
    shapes, groups
        The part, in LPS.
    split : (4,)
        A plane (normal, offset): centres with ``normal . p < offset`` get `label_below`.
    texture : (n, n, n) float32
        Repeating structure of standard deviation 1.
    """
    active = np.empty(shapes.shape[0], dtype=np.int64)
    mix = np.zeros(4)
    size = texture.shape[0]
    half = 0.5 * math.sqrt(3.0) * _BLOCK * step
    blur = 1.15 * step
    for bz in range(low[2], high[2], _BLOCK):
        for by in range(low[1], high[1], _BLOCK):
            for bx in range(low[0], high[0], _BLOCK):
                middle = 0.5 * (_BLOCK - 1) * step
                cx = origin[0] + bx * step + middle
                cy = origin[1] + by * step + middle
                cz = origin[2] + bz * step + middle
                count = _select(cx, cy, cz, half + _REACH_MM, shapes, groups, active)
                if count == 0:
                    continue
                middle_d = _part(cx, cy, cz, shapes, active, count, groups, mix)
                if middle_d > half + 2.5:
                    continue
                # Where all of a block is well inside and below the shell, one distance is enough.
                deep = label == 0 and middle_d < -(half + 2.5 + mix[2])
                for k in range(bz, min(bz + _BLOCK, high[2])):
                    pz = origin[2] + k * step
                    for j in range(by, min(by + _BLOCK, high[1])):
                        py = origin[1] + j * step
                        for i in range(bx, min(bx + _BLOCK, high[0])):
                            px = origin[0] + i * step
                            d = middle_d
                            if not deep:
                                d = _part(px, py, pz, shapes, active, count, groups, mix)
                            share = 0.5 - d / blur
                            if share <= 0.0:
                                continue
                            share = min(share, 1.0)
                            value = mix[0] + mix[3] * texture[k % size, j % size, i % size]
                            if mix[2] > 0.0:
                                fade = min(max((-d - mix[2]) / 1.2, 0.0), 1.0)
                                fade = fade * fade * (3.0 - 2.0 * fade)
                                value = mix[1] + (value - mix[1]) * fade
                            was = hu[k, j, i]
                            hu[k, j, i] = round(was + share * (value - was))
                            if label > 0 and d < 0.0:
                                below = split[0] * px + split[1] * py + split[2] * pz < split[3]
                                labels[k, j, i] = label_below if below else label
