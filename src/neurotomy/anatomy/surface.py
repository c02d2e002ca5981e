"""The surface of one bone of a label map as points with normals, finer than its voxels."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.geometry import Volume, unit

__all__ = ["BoneSurface", "bone_surface"]

Array = NDArray[np.float64]

_BLUR_VOXELS = 0.7
"""Blur of the label map before its half level is taken: rounds the steps of voxels, leaves thin processes."""

_NEIGHBOURS = 10


@dataclass(frozen=True)
class BoneSurface:
    """Points on a bone's surface, (n, 3), with outward unit normals, LPS mm.

    `seam` marks points beside the edge of the image, where the bone was cut and no true surface lies.
    `noise_mm` is the standard deviation that the voxels give the surface across itself.
    """

    points_mm: Array
    normals: Array
    seam: NDArray[np.bool_]
    noise_mm: float
    _tree: Any = field(default=None, repr=False)

    @cached_property
    def tree(self) -> Any:
        """For the nearest points."""
        from scipy.spatial import cKDTree

        return cKDTree(self.points_mm)

    def without_seam(self) -> BoneSurface:
        """The true surface only."""
        keep = ~self.seam
        return (
            self
            if keep.all()
            else BoneSurface(self.points_mm[keep], self.normals[keep], self.seam[keep], self.noise_mm)
        )

    def thinned(self, step_mm: float) -> BoneSurface:
        """About one point in each cube of `step_mm`, seams left out."""
        keep = np.flatnonzero(~self.seam)
        cells = np.floor(self.points_mm[keep] / step_mm).astype(np.int64)
        _, first = np.unique(cells, axis=0, return_index=True)
        kept = keep[np.sort(first)]
        return BoneSurface(self.points_mm[kept], self.normals[kept], self.seam[kept], self.noise_mm)

    def height(self, lps_mm: ArrayLike, normals: Array | None = None) -> tuple[Array, Array]:
        """Height above the surface, (n,), and the outward normal there, (n, 3): a plane through the near points.

        With `normals` (n, 3) only points that face the same way count, so that a thin process does not attract its
        far side.
        """
        points = np.asarray(lps_mm, dtype=float)
        gap, near = self.tree.query(points, k=min(_NEIGHBOURS, len(self.points_mm)))
        width = np.maximum(gap[:, :4].mean(axis=1), 1.0)[:, None]
        weight = np.exp(-0.5 * (gap / width) ** 2) + 1e-12
        if normals is not None:
            facing = np.einsum("nkj,nj->nk", self.normals[near], normals)
            weight = weight * np.clip(facing, 0.02, None)
        weight /= weight.sum(axis=1, keepdims=True)
        normal = unit(np.einsum("nk,nkj->nj", weight, self.normals[near]) + 1e-9)
        middle = np.einsum("nk,nkj->nj", weight, self.points_mm[near])
        return np.einsum("nj,nj->n", points - middle, normal), normal

    def pressed(self, lps_mm: ArrayLike, height_mm: float, normals: Array | None = None, rounds: int = 6) -> Array:
        """Points (n, 3) moved to `height_mm` above the surface: along its normals, or along `normals` where given."""
        points = np.array(lps_mm, dtype=float)
        for _ in range(rounds):
            height, normal = self.height(points, normals)
            way = normal if normals is None else normals
            steep = 1.0 if normals is None else np.clip(np.einsum("nk,nk->n", normal, normals), 0.5, None)
            points += (np.clip(height_mm - height, -2.0, 2.0) / steep)[:, None] * way
        return points


def bone_surface(labels: Volume, ids: tuple[int, ...]) -> BoneSurface | None:
    """The surface of the voxels with these ids, or None when there are none.

    Between each pair of voxels inside and outside, the point where the blurred map falls to half; its gradient is the
    normal.
    """
    from scipy.ndimage import gaussian_filter, laplace, map_coordinates

    box = bounding_box(labels, ids)
    if box is None:
        return None
    low, high = box
    inside = np.isin(labels.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], ids)
    mask = np.pad(inside, 3)
    soft = gaussian_filter(mask.astype(np.float32), _BLUR_VOXELS)
    slopes = np.stack(list(np.gradient(soft)), axis=-1)
    # A blur of s shrinks what is round and fills grooves, by s^2/2 times the sum of both curvatures. As much heat flow
    # back undoes that, and leaves a flat edge where it is.
    soft -= 0.5 * _BLUR_VOXELS**2 * laplace(soft)
    places, crossed = [], []
    for axis in range(3):
        near: list[Any] = [slice(None)] * 3
        far: list[Any] = [slice(None)] * 3
        near[axis], far[axis] = slice(None, -1), slice(1, None)
        a, b = mask[tuple(near)], mask[tuple(far)]
        index = np.argwhere(a != b)
        fa, fb = soft[tuple(near)][a != b], soft[tuple(far)][a != b]
        step = np.where(np.abs(fb - fa) > 1e-6, fb - fa, 1.0)
        t = np.clip((0.5 - fa) / step, 0.0, 1.0)
        place = index.astype(float)
        place[:, axis] += t
        places.append(place)
        faced = index + low - 3
        outer = faced[:, axis] < 0, faced[:, axis] + 1 >= labels.shape[axis]
        crossed.append(outer[0] | outer[1])
    voxels = np.concatenate(places)
    gradient = np.stack([map_coordinates(slopes[..., k], voxels.T, order=1) for k in range(3)], axis=1)
    # A gradient per voxel turns as a covector; columns are perpendicular, so dividing twice by the spacing does it.
    columns = labels.lps_from_voxel[:3, :3]
    outward = -(gradient / labels.spacing_mm**2) @ columns.T
    length = np.linalg.norm(outward, axis=1)
    good = length > 1e-9
    points = labels.lps(voxels + low - 3)
    noise = float(np.sqrt((labels.spacing_mm**2).mean() / 12.0))
    return BoneSurface(points[good], unit(outward[good]), np.concatenate(crossed)[good], noise)


def bounding_box(labels: Volume, ids: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """First and last-plus-one voxel of these ids along each axis."""
    mask = labels.array == ids[0]
    for other in ids[1:]:
        mask |= labels.array == other
    low, high = [], []
    for axis in range(3):
        held = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        if not len(held):
            return None
        low.append(int(held[0]))
        high.append(int(held[-1]) + 1)
    return np.array(low), np.array(high)
