"""A grid of density with everything the projectors need: padding with air, a memory order, the rows' extents."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm

__all__ = ["DensityGrid", "Method", "axis_order", "default_threads"]

Array = NDArray[np.float64]
Image = NDArray[np.float32]
Method = Literal["auto", "shear-warp", "joseph"]

_BAND_ROWS = 48
"""Rows of one task: small enough to stay in a core's cache and to share out evenly while another program runs."""
_MARGIN = 3
"""Empty pixels around the base plane's image: what the cubic interpolation reaches, and one more."""


def default_threads() -> int:
    """All cores but one: that one is left to the rest of the machine (a busy core would hold up the others)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(cores - 1, 1)


@dataclass(frozen=True)
class _Layout:
    """The voxels in one memory order, and which axes of the grid (0 slowest) its three axes are."""

    voxels: NDArray[np.uint16]
    axes: tuple[int, int, int]
    filled: NDArray[np.int32]


@dataclass(frozen=True)
class _Shear:
    """One shear-warp: order of memory, base plane and its image's grid."""

    layout: _Layout
    slices_on_axis_1: bool
    order: list[int]  # the grid's axes as (slice, row, column)
    base: float
    u_start: float
    u_step: float
    v_start: float
    v_step: float
    shape: tuple[int, int]


class DensityGrid:
    """A density that can be integrated along the rays of a C-arm.

    Parameters
    ----------
    padded : (n0, n1, n2) uint16 array, C order
        Density in units of `unit`, with one layer of zeros on every face.
    lps_from_padded : (4, 4) array
        Centre of padded voxel (0, 1, 2) to LPS mm; its columns are perpendicular.
    unit : float
        Density of value 1, relative to water (or to any other material whose mm are wanted).
    """

    def __init__(self, padded: NDArray[np.uint16], lps_from_padded: Array, unit: float) -> None:
        self._padded = padded
        self._unit = unit
        self._lps_from_padded = np.asarray(lps_from_padded, dtype=float)
        self._padded_from_lps = np.linalg.inv(self._lps_from_padded)
        self._spacing = np.linalg.norm(self._lps_from_padded[:3, :3], axis=0)

    @classmethod
    def from_values(
        cls,
        array: NDArray[Any],
        lps_from_voxel: Array,
        unit: float,
        values: Callable[[NDArray[Any]], NDArray[np.uint16]] = np.asarray,
    ) -> DensityGrid:
        """From an array (ni, nj, nk) on any affine, through `values` (slab by slab), into the projectors' order.

        The last axis of the grid is the one nearest to left-right, so that one order in memory serves views from front,
        back and below, and only lateral views need a second one.
        """
        order = axis_order(lps_from_voxel)
        turned = array.transpose(order)
        padded = np.zeros([n + 2 for n in turned.shape], dtype=np.uint16)
        for n, slab in enumerate(turned):
            padded[n + 1, 1:-1, 1:-1] = values(slab)
        columns = np.asarray(lps_from_voxel, dtype=float)[:3, list(order)]
        affine = np.eye(4)
        affine[:3, :3] = columns
        affine[:3, 3] = np.asarray(lps_from_voxel, dtype=float)[:3, 3] - columns.sum(axis=1)
        return cls(padded, affine, unit)

    def halved(self) -> DensityGrid:
        """Half the resolution along each axis: means of 2×2×2 voxels."""
        inner = self._padded[1:-1, 1:-1, 1:-1]
        shape = [(n + 1) // 2 for n in inner.shape]
        padded = np.zeros([n + 2 for n in shape], dtype=np.uint16)
        for n in range(shape[0]):
            total = np.zeros(shape[1:], dtype=np.uint32)
            for a, b, c in itertools.product(range(2), repeat=3):
                if 2 * n + a < inner.shape[0]:
                    part = inner[2 * n + a, b::2, c::2]
                    total[: part.shape[0], : part.shape[1]] += part
            padded[n + 1, 1:-1, 1:-1] = (total + 4) // 8
        affine = np.array(self._lps_from_padded)
        affine[:3, :3] *= 2.0
        # padded (1, 1, 1) lies between the first two inner voxels, padded 1 and 2 before
        affine[:3, 3] = self._lps_from_padded[:3, :3] @ np.full(3, 1.5) + self._lps_from_padded[:3, 3]
        affine[:3, 3] -= affine[:3, :3].sum(axis=1)
        return DensityGrid(padded, affine, self._unit)

    def integrate(
        self, carm: CArm, *, method: Method = "auto", over_sampling: float = 1.0, threads: int | None = None
    ) -> Image:
        """Line integrals of density from the source to each pixel, mm, shape (rows, columns).

        Parameters
        ----------
        carm : CArm
            Where from.
        method : {"auto", "shear-warp", "joseph"}
            ``auto`` takes the shear-warp wherever it is exact: source and detector outside the grid along the beam's
            main axis.
        over_sampling : float
            Samples of the base plane for each detector pixel. 0.5 halves the time, and blurs by less than a voxel.
        threads : int or None
            None leaves one core free.

        Raises
        ------
        GuidanceError
            When ``shear-warp`` is demanded for a pose it cannot do.
        """
        source, corner, per_column, per_row = self._rays(carm)
        out = np.zeros((carm.rows, carm.columns), dtype=np.float32)
        shear = None if method == "joseph" else self._shear(carm, source, corner, per_column, per_row, over_sampling)
        if method == "shear-warp" and shear is None:
            raise GuidanceError("Source or detector lies inside the CT along the beam: take method 'joseph' here.")
        workers = default_threads() if threads is None else max(threads, 1)
        if shear is None:
            from neurotomy.guidance.joseph import joseph_rows  # kernels are loaded with the first picture

            voxels, spacing = self._layouts[0].voxels, self._spacing

            def cast(start: int, stop: int) -> None:
                joseph_rows(voxels, source, corner, per_column, per_row, spacing, out, start, stop)

            _in_bands(cast, carm.rows, workers)
        elif shear.shape[0] > 2 * _MARGIN and shear.shape[1] > 2 * _MARGIN:
            from neurotomy.guidance.shear_warp import shear_band, warp_rows

            total = np.zeros(shear.shape, dtype=np.float32)
            o = shear.order
            plane = (source[o], shear.base, shear.u_start, shear.u_step, shear.v_start, shear.v_step)
            layout = shear.layout

            def add(start: int, stop: int) -> None:
                shear_band(layout.voxels, layout.filled, shear.slices_on_axis_1, *plane, total, start, stop)

            def warp(start: int, stop: int) -> None:
                warp_rows(total, *plane, corner[o], per_column[o], per_row[o], self._spacing[o], out, start, stop)

            _in_bands(add, shear.shape[0], workers)
            _in_bands(warp, carm.rows, workers)
        out *= np.float32(self._unit)
        return out

    # -- set-up --------------------------------------------------------------------------------------------------------

    def _rays(self, carm: CArm) -> tuple[Array, Array, Array, Array]:
        """Source, first pixel, and the steps by a column and a row, in padded voxels."""
        corners = carm.pixel_lps_mm(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        points = np.vstack([carm.source_lps_mm, corners])
        source, first, right, below = points @ self._padded_from_lps[:3, :3].T + self._padded_from_lps[:3, 3]
        return source, first, right - first, below - first

    def _depth_mm(self, carm: CArm) -> Array:
        """Distance of the grid's eight corners from the source, along the beam."""
        corners = np.array(list(itertools.product(*((0.0, n - 1.0) for n in self._padded.shape))))
        lps = corners @ self._lps_from_padded[:3, :3].T + self._lps_from_padded[:3, 3]
        return np.asarray((lps - carm.source_lps_mm) @ carm.to_detector)

    @cached_property
    def _layouts(self) -> dict[int, _Layout]:
        return {0: _Layout(self._padded, (0, 1, 2), _extents(self._padded))}

    def _layout(self, main_axis: int) -> _Layout:
        """A memory order in which slices across `main_axis` have contiguous rows; the second is made when needed."""
        if main_axis < 2:
            return self._layouts[0]
        if 2 not in self._layouts:
            turned = np.ascontiguousarray(self._padded.transpose(2, 0, 1))
            self._layouts[2] = _Layout(turned, (2, 0, 1), _extents(turned))
        return self._layouts[2]

    def _shear(
        self, carm: CArm, source: Array, corner: Array, per_column: Array, per_row: Array, over_sampling: float
    ) -> _Shear | None:
        """The shear-warp of this pose; None where it is not exact."""
        middle = corner + per_column * (carm.columns - 1) / 2 + per_row * (carm.rows - 1) / 2
        axis = int(np.argmax(np.abs(middle - source)))
        order = {0: [0, 1, 2], 1: [1, 0, 2], 2: [2, 0, 1]}[axis]
        count = np.array(self._padded.shape)[order]
        s, first, right, below = source[order], corner[order], per_column[order], per_row[order]
        ends = np.array([(-1.0, -1.0), (carm.columns, -1.0), (-1.0, carm.rows), (carm.columns, carm.rows)])
        corners = first + ends[:, :1] * right + ends[:, 1:] * below
        beyond = count[0] - 1
        outward = (corners[:, 0] - s[0]) * np.sign(middle[axis] - source[axis])
        outside = s[0] < -0.5 if middle[axis] > source[axis] else s[0] > beyond + 0.5
        if not outside or outward.min() <= 0.0 or self._depth_mm(carm).max() > carm.sdd_mm:
            return None
        isocentre = self._padded_from_lps[:3, :3] @ carm.isocentre_lps_mm + self._padded_from_lps[:3, 3]
        base = float(np.clip(isocentre[order][0], 0, beyond))

        def on_base(pixels: Array) -> Array:
            """(row, column) coordinates on the base plane of the rays to these detector points, (n, 2)."""
            ray = pixels - s
            return np.asarray(s[1:] + ray[:, 1:] * ((base - s[0]) / ray[:, :1]))

        centre = first + right * (carm.columns - 1) / 2 + below * (carm.rows - 1) / 2
        hits = on_base(np.stack([centre, centre + right, centre + below]))
        step_v, step_u = np.hypot(*(hits[1:] - hits[0])) / over_sampling
        seen = on_base(corners)
        # Where the volume's shadow falls on the base plane: extremes at its first and last slice.
        scale = (base - s[0]) / (np.array([0.0, beyond]) - s[0])
        shadow = s[1:] + (np.array([[[0.0, 0.0]], [count[1:] - 1.0]]) - s[1:]) * scale[None, :, None]
        shadow = shadow.reshape(-1, 2)
        steps = np.array([step_v, step_u])
        low = np.maximum(seen.min(axis=0), shadow.min(axis=0)) - _MARGIN * steps
        # Samples sit on the pixels next to the central ray, the same on either side: a mirror image stays one.
        phase = np.where(np.array([carm.rows, carm.columns]) % 2, 0.0, 0.5)
        low = hits[0] - (np.ceil((hits[0] - low) / steps) + phase) * steps
        high = np.minimum(seen.max(axis=0), shadow.max(axis=0)) + _MARGIN * steps
        rows, columns = np.maximum(np.ceil((high - low) / steps).astype(int) + 1, 0)
        return _Shear(
            self._layout(axis), axis == 1, order, base, low[1], step_u, low[0], step_v, (int(rows), int(columns))
        )


def axis_order(lps_from_voxel: Array) -> tuple[int, int, int]:
    """The array's axes that lie nearest to LPS z, y, x, each once."""
    columns = np.abs(np.asarray(lps_from_voxel, dtype=float)[:3, :3])
    columns = columns / np.linalg.norm(columns, axis=0)
    best = max(itertools.permutations(range(3)), key=lambda order: columns[[2, 1, 0], list(order)].sum())
    return best[0], best[1], best[2]


def _extents(voxels: NDArray[Any]) -> NDArray[np.int32]:
    from neurotomy.guidance.shear_warp import extents

    return np.asarray(extents(voxels))


def _in_bands(work: Callable[[int, int], None], rows: int, workers: int) -> None:
    """``work(start, stop)`` over bands of rows; whoever is free takes the next band (the kernels release the GIL)."""
    bands = list(_bands(rows))
    if workers == 1 or len(bands) == 1:
        for start, stop in bands:
            work(start, stop)
        return
    with ThreadPoolExecutor(min(workers, len(bands))) as pool:
        list(pool.map(work, *zip(*bands, strict=True)))


def _bands(rows: int) -> Iterator[tuple[int, int]]:
    count = max(-(-rows // _BAND_ROWS), 1)
    edges = np.linspace(0, rows, count + 1).astype(int)
    yield from ((int(a), int(b)) for a, b in itertools.pairwise(edges))
