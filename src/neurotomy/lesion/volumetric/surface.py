"""Where a field on the cylinder falls through a level: the lesion's surface, and its reach in any direction."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.extents import outermost
from neurotomy.lesion.grid import Grid

__all__ = ["CylinderNodes", "Surface", "patch_peak"]

Array = NDArray[np.float64]


class CylinderNodes:
    """Cell centres, the axis, and the needle's surface, where the longest reach is: as the two-dimensional nodes.

    Parameters
    ----------
    grid : Grid
        Cells (z, r) about the needle.
    planes : int
        Cells over the full angle.
    """

    def __init__(self, grid: Grid, planes: int) -> None:
        self.grid, self.planes = grid, planes
        self.theta = 2 * np.pi * np.arange(planes) / planes
        r, a = grid.r, grid.body.radius
        k = self._first = int(np.searchsorted(r, a))
        self.r = np.concatenate([[0.0], r[:k], [a], r[k:]])
        self.z = grid.z
        self._metal = grid.inside[:, k - 1]
        x0, x1, x2 = r[k : k + 3]
        self._outward = np.array(
            [
                (a - x1) * (a - x2) / ((x0 - x1) * (x0 - x2)),
                (a - x0) * (a - x2) / ((x1 - x0) * (x1 - x2)),
                (a - x0) * (a - x1) / ((x2 - x0) * (x2 - x1)),
            ]
        )
        self._between = (a - r[k - 1]) / (x0 - r[k - 1])
        surface = np.where(self._metal, k + 1, grid.inside.sum(axis=1) + 1)
        columns = np.arange(len(self.r))[None, :]
        self._take = np.where((columns < surface[:, None]) & grid.inside[:, :1], surface[:, None], columns)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(nz, nr + 2, planes)."""
        return len(self.z), len(self.r), self.planes

    def __call__(self, cells: Array) -> Array:
        """Values at the nodes, (nz, nr + 2, planes), from values of the cells, (nz, nr, planes)."""
        k = self._first
        extrapolated = np.tensordot(cells[:, k : k + 3], self._outward, axes=(1, 0))
        between = cells[:, k - 1] + self._between * (cells[:, k] - cells[:, k - 1])
        nodes = np.empty(self.shape)
        nodes[:, 0] = ((9 * cells[:, 0] - cells[:, 1]) / 8).mean(axis=1, keepdims=True)
        nodes[:, 1 : k + 1] = cells[:, :k]
        nodes[:, k + 1] = np.where(self._metal[:, None], extrapolated, between)
        nodes[:, k + 2 :] = cells[:, k:]
        return np.take_along_axis(nodes, self._take[..., None], axis=1)


class Surface:
    """The surface on which `values` (nz, nr + 2, planes) fall through `level`, as seen along r and along z; metres."""

    def __init__(self, nodes: CylinderNodes, values: Array, level: float) -> None:
        nz, nr, planes = nodes.shape
        self._nodes = nodes
        across = np.moveaxis(values, 1, 0).reshape(nr, nz * planes)
        self.radius = outermost(nodes.r, across, level).reshape(nz, planes)
        beside = values[:, nodes.r >= nodes.grid.body.radius * (1 - 1e-9)]
        self.top = outermost(nodes.z, beside.reshape(nz, -1), level).reshape(-1, planes)
        below = nodes.z < 0
        self.bottom = -outermost(-nodes.z[below][::-1], values[below][::-1].reshape(below.sum(), -1), level)
        self.bottom = self.bottom.reshape(nr, planes)
        self._beside = nodes.r[nodes.r >= nodes.grid.body.radius * (1 - 1e-9)]

    @property
    def empty(self) -> bool:
        """Whether the level is reached nowhere in tissue."""
        return not bool(np.isfinite(self.radius).any())

    @cached_property
    def _patches(self) -> tuple[Array, ...]:
        """Points of the surface, (…, …, 3), seen along r, along z upwards and downwards."""
        theta = self._nodes.theta
        cosine, sine = np.cos(theta), np.sin(theta)

        def points(r: Array, z: Array) -> Array:
            r, z = np.broadcast_arrays(r, z)
            return np.stack([r * cosine, r * sine, z], axis=-1)

        return (
            points(self.radius, self._nodes.z[:, None]),
            points(self._beside[:, None], self.top),
            points(self._nodes.r[:, None], self.bottom),
        )

    def reach(self, direction: Array) -> float:
        """Farthest point along a unit vector of the needle's frame, m; -inf where there is none."""
        best = -np.inf
        for points in self._patches:
            best = max(best, patch_peak(points @ np.asarray(direction, float)))
        return best

    def reach_in_plane(self, direction: Array, planes: tuple[int, int]) -> float:
        """The same of the cut through the axis that consists of these two half-planes, by number."""
        best = -np.inf
        for points in self._patches:
            for n in planes:
                best = max(best, _line_peak(points[:, n] @ np.asarray(direction, float)))
        return best

    def span_on_plane(self, point: Array, normal: Array, direction: Array) -> float:
        """Largest extent along `direction` of the cut with a plane, for instance of bone, m; NaN where there is none.

        The surface has a kink where tissue changes, so each side is continued to the plane by its own parabola.
        """
        points = self._patches[0]
        height = (points - np.asarray(point)) @ np.asarray(normal)
        along = points @ np.asarray(direction)
        low, high = [], []
        for row_height, row_along in zip(height, along, strict=True):
            found = _crossings(row_height, row_along)
            low.append(min(found, default=np.nan))
            high.append(max(found, default=np.nan))
        if not np.isfinite(high).any():
            return float("nan")
        return _line_peak(np.array(high)) + _line_peak(-np.array(low))

    def width(self) -> float:
        """Largest diameter across the needle, m."""
        half = self._nodes.planes // 2
        across = self.radius[:, :half] + self.radius[:, half:]
        return patch_peak(across, around=False)

    def volume(self) -> float:
        """Tissue volume within, m³; the needle's own volume is not counted."""
        grid = self._nodes.grid
        needle = (grid.metal * np.diff(grid.r_face**2)[None, :]).sum(axis=1)
        area = np.where(np.isfinite(self.radius), self.radius, 0.0) ** 2
        rings = np.maximum(area - needle[:, None], 0.0).mean(axis=1)
        return float(np.pi * (rings * np.diff(grid.z_face)).sum())


def patch_peak(values: Array, around: bool = True) -> float:
    """Largest value of a smooth function on a grid (n, m), by the quadratic through the 3 × 3 patch about the largest.

    The second axis is periodic with `around`. NaN is no value.
    """
    if not np.isfinite(values).any():
        return -np.inf
    i, j = np.unravel_index(np.nanargmax(values), values.shape)
    top = float(values[i, j])
    columns = [int(j) - 1, int(j), int(j) + 1]
    if around:
        columns = [c % values.shape[1] for c in columns]
    if not 0 < i < values.shape[0] - 1 or min(columns) < 0 or max(columns) >= values.shape[1]:
        return top
    patch = values[i - 1 : i + 2][:, columns]
    if not np.isfinite(patch).all():
        return top
    x, y = (a.ravel() for a in np.meshgrid([-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], indexing="ij"))
    terms = np.stack([np.ones(9), x, y, x * x, x * y, y * y], axis=1)
    c = np.linalg.lstsq(terms, patch.ravel(), rcond=None)[0]
    hessian = np.array([[2 * c[3], c[4]], [c[4], 2 * c[5]]])
    if np.linalg.eigvalsh(hessian).max() >= 0:
        return top
    at = np.clip(np.linalg.solve(hessian, -c[1:3]), -1.0, 1.0)
    # The middle value is kept: the quadratic gives what lies between the points, not a smoothing of them.
    return top + float(c[1:3] @ at + 0.5 * at @ hessian @ at)


def _line_peak(values: Array) -> float:
    if not np.isfinite(values).any():
        return -np.inf
    k = int(np.nanargmax(values))
    if k in (0, len(values) - 1) or not np.isfinite(values[k - 1 : k + 2]).all():
        return float(values[k])
    low, middle, high = values[k - 1 : k + 2]
    curvature = low - 2 * middle + high
    return float(middle if curvature >= 0 else middle - (high - low) ** 2 / (8 * curvature))


def _crossings(height: Array, along: Array) -> list[float]:
    """Values of `along` where the closed curve (height, along) passes height 0."""
    n = len(height)
    found = []
    for k in range(n):
        after = (k + 1) % n
        if not height[k] * height[after] < 0:  # NaN is no crossing
            continue
        sides = []
        for start, step in ((k, -1), (after, 1)):
            at = [(start + step * s) % n for s in range(3)]
            if np.isfinite(height[at]).all():
                place = _root(height[at])
                value, first, second = _parabola(along[at])
                sides.append(value - first * place + second * place * place)
        if sides:
            found.append(float(np.mean(sides)))
    return found


def _parabola(values: Array) -> tuple[float, float, float]:
    """(c0, c1, c2) of c0 + c1 s + c2 s² through values at s = 0, 1, 2."""
    a, b, c = values
    second = 0.5 * (a - 2 * b + c)
    return float(a), float(b - a - second), float(second)


def _root(height: Array) -> float:
    """Where the parabola through heights at 0, -1, -2 passes zero between 0 and 1; else the straight line."""
    value, first, second = _parabola(height)
    roots = np.roots([second, -first, value]) if abs(second) > 1e-12 * abs(first) else np.array([value / first])
    real = roots[np.isreal(roots)].real
    inside = real[(real >= 0) & (real <= 1)]
    if len(inside):
        return float(inside.min())
    slope = height[0] - height[1]
    return float(np.clip(-height[0] / slope, 0.0, 1.0)) if slope else 0.5
