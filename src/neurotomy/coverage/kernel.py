"""The compiled loops: damage at the rim of a nerve for many samples, and the longest coagulated run.

The plain numpy versions that these are tested against live in ``tests/coverage``.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit

__all__ = ["longest_runs", "raise_to_lesion"]

Array = NDArray[np.float64]


@njit(cache=True, nogil=True)
def _cell(grid: Array, x: float) -> int:
    """Index i of the cell grid[i] <= x < grid[i+1]."""
    low, high = 0, len(grid) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if grid[middle] <= x:
            low = middle
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def raise_to_lesion(
    values: Array,
    rim: Array,
    centre: Array,
    rotation: Array,
    translation: Array,
    depth_scale: Array,
    z_grid: Array,
    r_grid: Array,
    field: Array,
    planes: int,
    radius: float,
    active: float,
    reach: float,
    nerve_radius: float,
) -> None:
    """Raise `values` to the damage of one lesion at the rim of one nerve, in place: several lesions make a union.

    Parameters
    ----------
    values : (samples, nodes, k) array
        log10 of the Arrhenius integral so far; the floor where nothing has been done.
    rim, centre : (nodes, k, 3) and (nodes, 3) arrays
        Points on the nerve's surface and on its axis, LPS mm, as located.
    rotation, translation : (samples, 3, 3) and (samples, 3) arrays
        Needle frame from LPS for each sample: needle and nerve displacement together.
    depth_scale : (samples,) array
        Factor on the distance of every level of damage from the surface of the active tip.
    z_grid, r_grid, field : arrays
        The lesion, see :class:`neurotomy.coverage.placed.PlacedLesion`.
    planes : int
        Half-planes about the needle on which `field` is given; 1 is the same all around.
    radius, active, reach : float
        Needle radius, active tip, and reach of the lesion from the axis, mm.
    nerve_radius : float
        mm.
    """
    samples, nodes, k = values.shape
    low_end = min(radius, active)
    for s in range(samples):
        q, t, scale = rotation[s], translation[s], depth_scale[s]
        limit = radius + (reach - radius) * scale + nerve_radius
        for n in range(nodes):
            x = q[0, 0] * centre[n, 0] + q[0, 1] * centre[n, 1] + q[0, 2] * centre[n, 2] + t[0]
            y = q[1, 0] * centre[n, 0] + q[1, 1] * centre[n, 1] + q[1, 2] * centre[n, 2] + t[1]
            z = q[2, 0] * centre[n, 0] + q[2, 1] * centre[n, 1] + q[2, 2] * centre[n, 2] + t[2]
            dz = z - min(max(z, low_end), active)
            if x * x + y * y + dz * dz > limit * limit:
                continue  # the whole cross-section is out of the lesion's reach
            for m in range(k):
                px, py, pz = rim[n, m, 0], rim[n, m, 1], rim[n, m, 2]
                x = q[0, 0] * px + q[0, 1] * py + q[0, 2] * pz + t[0]
                y = q[1, 0] * px + q[1, 1] * py + q[1, 2] * pz + t[1]
                z = q[2, 0] * px + q[2, 1] * py + q[2, 2] * pz + t[2]
                r = math.sqrt(x * x + y * y)
                # Pull the point towards the active tip by the scale, beyond the metal's surface only.
                foot = min(max(z, low_end), active)
                d = math.sqrt(r * r + (z - foot) * (z - foot))
                if d > radius:
                    pull = (radius + (d - radius) / scale) / d
                    z = foot + (z - foot) * pull
                    r = r * pull
                r = max(r, r_grid[0])
                if z < z_grid[0] or z > z_grid[-1] or r > r_grid[-1]:
                    continue
                i, j = _cell(z_grid, z), _cell(r_grid, r)
                u = (z - z_grid[i]) / (z_grid[i + 1] - z_grid[i])
                v = (r - r_grid[j]) / (r_grid[j + 1] - r_grid[j])
                a, b, w = 0, 0, 0.0
                if planes > 1:
                    turn = math.atan2(y, x) * planes / (2 * math.pi)
                    a = math.floor(turn)
                    w = turn - a
                    a, b = a % planes, (a + 1) % planes
                found = 0.0
                for plane, part in ((a, 1.0 - w), (b, w)):
                    if part == 0.0:
                        continue
                    found += part * (
                        (1 - u) * ((1 - v) * field[i, j, plane] + v * field[i, j + 1, plane])
                        + u * ((1 - v) * field[i + 1, j, plane] + v * field[i + 1, j + 1, plane])
                    )
                if found > values[s, n, m]:
                    values[s, n, m] = found


@njit(cache=True, nogil=True)
def longest_runs(least: Array, arc: Array, first: int, last: int) -> Array:
    """Longest stretch with ``least >= 0`` between the nodes `first` and `last`, for each sample: (samples,).

    `least`, (samples, nodes), is the smallest damage on the cross-section at each node; between nodes it is linear,
    so that a stretch may end between two nodes.
    """
    samples = least.shape[0]
    longest = np.zeros(samples)
    for s in range(samples):
        best, run = 0.0, 0.0
        for n in range(first, last):
            a, b = least[s, n], least[s, n + 1]
            step = arc[n + 1] - arc[n]
            if a >= 0 and b >= 0:
                run += step
            elif a >= 0:
                run += step * a / (a - b)
                best = max(best, run)
                run = 0.0
            elif b >= 0:
                best = max(best, run)
                run = step * b / (b - a)
        longest[s] = max(best, run)
    return longest
