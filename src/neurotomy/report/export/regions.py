"""Which voxels of a grid a nerve or a lesion fills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from neurotomy.anatomy import NerveCourse
from neurotomy.coverage.placed import PlacedLesion, from_active_axis
from neurotomy.geometry import Volume

__all__ = ["FINE_MM", "fine_grid", "lesion_region", "necrosis_reach_mm", "nerve_region"]

Array = NDArray[np.float64]

FINE_MM = 0.5
"""Side of a fine voxel, at most: half the diameter of a medial branch."""


def nerve_region(course: NerveCourse, grid: Volume) -> Volume:
    """True where a voxel's centre lies in the nerve, and where the nerve's axis passes through a voxel.

    A medial branch is thinner than most voxels, so without the second rule it would fall apart; on a coarse grid it
    looks thicker than it is.
    """
    inside = np.zeros(grid.shape, dtype=bool)
    axis = course.curve.resampled(0.2 * float(grid.spacing_mm.min())).points_mm
    passed = np.rint(grid.voxels(axis)).astype(int)
    passed = passed[np.all((passed >= 0) & (passed < grid.shape), axis=1)]
    inside[tuple(passed.T)] = True
    radius = course.diameter_mm / 2
    box = _box(grid, axis, radius)
    if box is not None:
        first, last = box
        index = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(first, last, strict=True)), indexing="ij"), -1)
        near, _ = cKDTree(axis).query(grid.lps(index), distance_upper_bound=radius)
        inside[tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))] |= np.isfinite(near)
    return Volume(inside, grid.lps_from_voxel)


def lesion_region(lesion: PlacedLesion, grid: Volume) -> Volume:
    """True where at least half of a voxel is necrotic (Arrhenius integral 1 or more).

    Each voxel is asked on a grid of 3 to 9 points a side, so that the region has the lesion's volume also where
    voxels are large. What metal of the needle lies in it counts as inside.
    """
    inside = np.zeros(grid.shape, dtype=bool)
    lps_from_needle = lesion.needle_from_lps.inverse()
    z = np.array([0.0, lesion.active_mm])
    ends = lps_from_needle(np.stack([0 * z, 0 * z, z], axis=1))
    box = _box(grid, ends, necrosis_reach_mm(lesion))
    if box is not None:
        first, last = box
        # Odd: a half that is hit exactly, again and again, would make the region too large.
        parts = np.clip(np.ceil(grid.spacing_mm / FINE_MM), 3, 9).astype(int) | 1
        steps = [(np.arange(n) + 0.5) / n - 0.5 for n in parts]
        index = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(first, last, strict=True)), indexing="ij"), -1)
        share = np.zeros(index.shape[:3])
        for offset in np.stack(np.meshgrid(*steps, indexing="ij"), -1).reshape(-1, 3):
            share += lesion.at(grid.lps(index + offset)) >= 0.0
        inside[tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))] = share >= 0.5 * parts.prod()
    return Volume(inside, grid.lps_from_voxel)


def necrosis_reach_mm(lesion: PlacedLesion) -> float:
    """Largest distance of necrosis from the axis of the active tip, taken one cell of the field's grid further."""
    above: NDArray[np.bool_] = np.asarray((lesion.log10_omega >= 0.0).any(axis=2))  # in any half-plane about the needle
    grown = ndimage.binary_dilation(above, np.ones((3, 3), dtype=bool))
    zz, rr = np.meshgrid(lesion.z_mm, lesion.r_mm, indexing="ij")
    distance = from_active_axis(zz, rr, lesion.radius_mm, lesion.active_mm)
    return float(distance[grown].max()) if grown.any() else 0.0


def fine_grid(ct: Volume, points_lps_mm: Array, margin_mm: float) -> Volume:
    """An empty grid of fine voxels around some points, cut out of the CT's own: its voxels are whole parts of the CT's.

    Parameters
    ----------
    ct : Volume
        The CT.
    points_lps_mm : (n, 3) array
        What it must hold; beyond the CT it does not reach.
    margin_mm : float
        Around them.
    """
    box = _box(ct, points_lps_mm, margin_mm)
    first, last = box if box is not None else (np.zeros(3, dtype=int), np.array(ct.shape))
    parts = np.ceil(ct.spacing_mm / FINE_MM).astype(int)
    affine = np.array(ct.lps_from_voxel)
    affine[:3, :3] = affine[:3, :3] / parts
    # The first fine voxel's centre: half a fine voxel inside the corner of the first whole one.
    affine[:3, 3] = ct.lps(first - 0.5 + 0.5 / parts)
    return Volume(np.zeros(tuple((last - first) * parts), dtype=np.uint8), affine)


def _box(grid: Volume, points_lps_mm: Array, margin_mm: float) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """First and last + 1 index of the voxels within `margin_mm` of the points' box; None when all lie outside."""
    voxels = grid.voxels(points_lps_mm)
    margin = margin_mm / grid.spacing_mm
    first = np.clip(np.floor(voxels.min(axis=0) - margin), 0, grid.shape).astype(int)
    last = np.clip(np.ceil(voxels.max(axis=0) + margin) + 1, 0, grid.shape).astype(int)
    return None if np.any(last <= first) else (first, last)
