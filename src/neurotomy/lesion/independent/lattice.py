"""Extents from values on a tensor lattice of points: cubic splines and root finding of scipy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["extents_mm", "sampling_lines"]

Array = NDArray[np.float64]


def extents_mm(r: Array, z: Array, radius: float, fields: tuple[tuple[Array, float], ...]) -> tuple[float, ...]:
    """Width and length, mm, of the region where each field passes its level.

    Parameters
    ----------
    r, z : array
        Coordinates of the lattice, m, ascending; both 0 and `radius` are in `r`, 0 is in `z`.
    radius : float
        Of the needle, m.
    fields : tuple of (array, level)
        Values (len(z), len(r)).
    """
    found: list[float] = []
    beside = r >= radius * (1 - 1e-9)
    for values, level in fields:
        half = np.array([_last(r[beside], row[beside], level) for row in values])
        k = int(np.argmax(half))
        across = np.polyfit(z[k - 1 : k + 2] - z[k], half[k - 1 : k + 2], 2)
        widest = float(across[2] - across[1] ** 2 / (4 * across[0])) if across[0] < 0 else float(half[k])
        top = max(_last(z, values[:, j], level) for j in np.flatnonzero(beside)[:3])
        below = z <= 0
        depth = max(_last(-z[below][::-1], values[below, j][::-1], level) for j in range(3))
        found += [2e3 * widest, 1e3 * (top + depth)]
    return tuple(found)


def sampling_lines(first: float, growth: float, below: float, active: float, above: float) -> Array:
    """Heights that are fine at the apex and at the insulation edge, m."""
    from neurotomy.lesion.grid import graded

    middle = active / 2
    parts = [
        graded(0.0, -below, first, growth)[::-1],
        graded(0.0, middle, first, growth)[1:],
        (active - graded(0.0, middle, first, growth))[::-1][1:],
        graded(active, above, first, growth)[1:],
    ]
    return np.concatenate(parts)


def _last(x: Array, values: Array, level: float) -> float:
    """The last place at which `values` falls through `level`; the first x where it is below everywhere."""
    from scipy.interpolate import CubicSpline
    from scipy.optimize import brentq

    above = np.flatnonzero(values >= level)
    if len(above) == 0 or above[-1] == len(x) - 1:
        return float(x[0])
    k = int(above[-1])
    low, high = max(k - 3, 0), min(k + 5, len(x))
    spline = CubicSpline(x[low:high], values[low:high] - level)
    return float(brentq(lambda at: float(spline(at)), x[k], x[k + 1]))
