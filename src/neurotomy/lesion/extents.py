"""Width, length and volume of the region above a level, from nodes of a graded grid, to a small part of a cell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.grid import Grid
from neurotomy.lesion.result import Extent

__all__ = ["Nodes", "extent", "outermost"]

Array = NDArray[np.float64]


class Nodes:
    """Where extents are read: cell centres, the axis, and the needle's surface.

    The longest reach is on the needle's surface; read at the centre of the first tissue cell it is 0.1 mm too short.
    So the tissue field is extrapolated to the surface, through three cells, and below the apex to the axis.
    """

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        r, a = grid.r, grid.body.radius
        self._first = int(np.searchsorted(r, a))
        self.r = np.concatenate([[0.0], r[: self._first], [a], r[self._first :]])
        self.z = grid.z
        self._metal = grid.inside[:, self._first - 1]
        x0, x1, x2 = r[self._first : self._first + 3]
        self._outward = np.array(
            [
                (a - x1) * (a - x2) / ((x0 - x1) * (x0 - x2)),
                (a - x0) * (a - x2) / ((x1 - x0) * (x1 - x2)),
                (a - x0) * (a - x1) / ((x2 - x0) * (x2 - x1)),
            ]
        )
        self._between = (a - r[self._first - 1]) / (x0 - r[self._first - 1])
        # Inside the needle every node shows the tissue at the needle's surface in its row.
        inside = grid.inside
        surface = np.where(self._metal, self._first + 1, inside.sum(axis=1) + 1)
        columns = np.arange(len(self.r))[None, :]
        columns = np.where((columns < surface[:, None]) & inside[:, :1], surface[:, None], columns)
        self._take = np.arange(len(self.z))[:, None] * len(self.r) + columns

    def __call__(self, cells: Array) -> Array:
        """Values at the nodes, (..., nz, nr + 2), from values of the cells, (..., nz, nr)."""
        k = self._first
        near = cells[..., k - 1 : k + 3]
        surface = np.where(
            self._metal,
            near[..., 1:] @ self._outward,
            near[..., 0] + self._between * (near[..., 1] - near[..., 0]),
        )
        axis = (9 * cells[..., 0] - cells[..., 1]) / 8  # even in r
        nodes = np.concatenate([axis[..., None], cells[..., :k], surface[..., None], cells[..., k:]], axis=-1)
        return np.take(nodes.reshape(*nodes.shape[:-2], -1), self._take, axis=-1)


def extents(nodes: Nodes, wanted: Sequence[tuple[Array, float, str]]) -> list[Extent]:
    """Extents of several regions, as :func:`extent`, quicker together: (values, level, criterion) of each."""
    grid = nodes.grid
    first_beside = int(np.argmax(nodes.r >= grid.body.radius * (1 - 1e-9)))
    below = int(np.searchsorted(nodes.z, 0.0))
    over = [values - level for values, level, _ in wanted]
    count = len(over)
    half_width = outermost(nodes.r, np.concatenate([v.T for v in over], axis=1), 0.0).reshape(count, -1)
    top = outermost(nodes.z, np.concatenate([v[:, first_beside:] for v in over], axis=1), 0.0).reshape(count, -1)
    down = np.concatenate([v[:below][::-1] for v in over], axis=1)
    depth = outermost(-nodes.z[:below][::-1], down, 0.0).reshape(count, -1)
    found = []
    for n, (values, level, criterion) in enumerate(wanted):
        if not np.isfinite(half_width[n]).any():
            found.append(Extent(criterion, 0.0, 0.0, 0.0, 0.0))
        elif not (np.isfinite(top[n]).any() and np.isfinite(depth[n]).any()):
            found.append(extent(nodes, values, level, criterion))
        else:
            lowest, highest = -float(np.nanmax(depth[n])), float(np.nanmax(top[n]))
            found.append(
                Extent(
                    criterion=criterion,
                    width_mm=2e3 * _peak(nodes.z, half_width[n]),
                    length_mm=1e3 * (highest - lowest),
                    beyond_tip_mm=1e3 * max(-lowest, 0.0),
                    volume_mm3=1e9 * _volume(nodes, half_width[n]),
                )
            )
    return found


def extent(nodes: Nodes, values: Array, level: float, criterion: str) -> Extent:
    """Extent of the region where `values` (nz, nr + 2) reach `level`; zeros where they do so nowhere."""
    half_width = outermost(nodes.r, values.T, level)
    beside = values[:, nodes.r >= nodes.grid.body.radius * (1 - 1e-9)]
    top = outermost(nodes.z, beside, level)
    below = nodes.z < 0
    depth = outermost(-nodes.z[below][::-1], values[below][::-1], level)
    if not np.any(np.isfinite(half_width)):
        return Extent(criterion, 0.0, 0.0, 0.0, 0.0)
    highest = float(np.nanmax(top)) if np.any(np.isfinite(top)) else 0.0
    if np.any(np.isfinite(depth)):
        lowest = -float(np.nanmax(depth))
    else:  # it does not pass the apex
        lowest = -float(np.nanmax(outermost(-nodes.z[::-1], beside[::-1], level), initial=-highest))
    return Extent(
        criterion=criterion,
        width_mm=2e3 * _peak(nodes.z, half_width),
        length_mm=1e3 * (highest - lowest),
        beyond_tip_mm=1e3 * max(-lowest, 0.0),
        volume_mm3=1e9 * _volume(nodes, half_width),
    )


def outermost(x: Array, values: Array, level: float) -> Array:
    """Largest x at which each column of `values` (n, m) falls through `level`; NaN where it is nowhere reached.

    The crossing is that of the cubic through the four nodes around it, found by Newton's method inside its bracket.
    """
    n = len(x)
    above = values >= level
    last = n - 1 - np.argmax(above[::-1], axis=0)
    found = above.any(axis=0)
    result = np.full(values.shape[1], np.nan)
    result[found & (last == n - 1)] = x[-1]
    columns = np.flatnonzero(found & (last < n - 1))
    if len(columns) == 0:
        return result
    i = last[columns]
    start = np.clip(i - 1, 0, n - 4)
    nodes = x[start[None, :] + np.arange(4)[:, None]]
    f = values[start[None, :] + np.arange(4)[:, None], columns[None, :]] - level
    # Where the field ends in a floor the fourth node is no part of the curve: a straight line stands in for it.
    slope_in = (f[2] - f[1]) / (nodes[2] - nodes[1])
    straight = f[2] + slope_in * (nodes[3] - nodes[2])
    f[3] = np.where(f[3] < f[2] + 3 * (straight - f[2]), straight, f[3])
    # Newton's divided differences.
    d1 = (f[1:] - f[:-1]) / (nodes[1:] - nodes[:-1])
    d2 = (d1[1:] - d1[:-1]) / (nodes[2:] - nodes[:-2])
    d3 = (d2[1] - d2[0]) / (nodes[3] - nodes[0])
    low, high = x[i], x[i + 1]
    f_low, f_high = values[i, columns] - level, values[i + 1, columns] - level
    t = low + (high - low) * f_low / np.maximum(f_low - f_high, 1e-300)
    for _ in range(6):
        a, b, c = t - nodes[0], t - nodes[1], t - nodes[2]
        p = f[0] + a * (d1[0] + b * (d2[0] + c * d3))
        slope = d1[0] + (a + b) * d2[0] + (a * b + b * c + a * c) * d3
        t = np.clip(t - p / np.where(slope < 0, slope, -np.inf), low, high)
    result[columns] = t
    return result


def _peak(x: Array, y: Array) -> float:
    """Largest y, by the parabola through the largest value and its neighbours."""
    k = int(np.nanargmax(y))
    if k in (0, len(y) - 1) or not np.all(np.isfinite(y[k - 1 : k + 2])):
        return float(y[k])
    (x0, x1, x2), (y0, y1, y2) = x[k - 1 : k + 2], y[k - 1 : k + 2]
    d1, d2 = (y1 - y0) / (x1 - x0), (y2 - y1) / (x2 - x1)
    curvature = (d2 - d1) / (x2 - x0)
    if curvature >= 0:
        return float(y1)
    top = 0.5 * (x0 + x1) - d1 / (2 * curvature)
    return float(y0 + (top - x0) * d1 + (top - x0) * (top - x1) * curvature)


def _volume(nodes: Nodes, half_width: Array) -> float:
    grid = nodes.grid
    needle = (grid.metal * np.diff(grid.r_face**2)[None, :]).sum(axis=1)
    area = np.where(np.isfinite(half_width), half_width, 0.0) ** 2
    return float(np.pi * (np.maximum(area - needle, 0.0) * np.diff(grid.z_face)).sum())


_outermost = outermost
