"""A 3-D image in patient LPS: CT numbers, labels, temperatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.errors import ImageError

__all__ = ["Volume"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Volume:
    """Voxels `array[i, j, k]` and the place of their centres: ``lps = lps_from_voxel @ (i, j, k, 1)``, mm.

    Parameters
    ----------
    array : (ni, nj, nk) array
        Any numeric type; CT in HU, int16.
    lps_from_voxel : (4, 4) array
        Affine; its columns are perpendicular (gantry tilt is resampled away by the reader) and may point any way,
        so axes of any order and sign are welcome. Never assume that i grows to the left: ask :meth:`lps`.

    Raises
    ------
    ImageError
        When the affine is singular or skewed.
    """

    array: NDArray[Any]
    lps_from_voxel: Array

    def __post_init__(self) -> None:
        affine = np.array(self.lps_from_voxel, dtype=float)
        if self.array.ndim != 3 or affine.shape != (4, 4):
            raise ImageError(
                f"A volume needs three axes and a 4×4 affine, not {self.array.ndim} axes and {affine.shape}."
            )
        columns = affine[:3, :3]
        lengths = np.linalg.norm(columns, axis=0)
        if not np.all(np.isfinite(affine)) or np.any(lengths < 1e-6):
            raise ImageError("The image's affine is singular: a voxel has no size. Export the image again.")
        cosines = (columns / lengths).T @ (columns / lengths)
        if np.max(np.abs(cosines - np.eye(3))) > 2e-3:
            raise ImageError("The image's axes are skewed (gantry tilt?). Resample it to perpendicular axes first.")
        affine.setflags(write=False)
        object.__setattr__(self, "lps_from_voxel", affine)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along i, j, k."""
        ni, nj, nk = self.array.shape
        return ni, nj, nk

    @property
    def spacing_mm(self) -> Array:
        """Distance between voxel centres along i, j, k."""
        return np.asarray(np.linalg.norm(self.lps_from_voxel[:3, :3], axis=0))

    @property
    def voxel_from_lps(self) -> Array:
        """The inverse affine, (4, 4)."""
        return np.asarray(np.linalg.inv(self.lps_from_voxel))

    def lps(self, voxels: ArrayLike) -> Array:
        """LPS mm of voxel coordinates, shape (..., 3)."""
        v = np.asarray(voxels, dtype=float)
        return v @ self.lps_from_voxel[:3, :3].T + self.lps_from_voxel[:3, 3]

    def voxels(self, lps_mm: ArrayLike) -> Array:
        """Fractional voxel coordinates of LPS points, shape (..., 3)."""
        inverse = self.voxel_from_lps
        return np.asarray(lps_mm, dtype=float) @ inverse[:3, :3].T + inverse[:3, 3]

    def contains(self, lps_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether LPS points, shape (..., 3), lie inside the box of voxels (to the outer faces of the voxels)."""
        v = self.voxels(lps_mm)
        return np.asarray(np.all((v >= -0.5) & (v <= np.array(self.shape) - 0.5), axis=-1))

    def sample(self, lps_mm: ArrayLike, order: int = 1, outside: float = 0.0) -> Array:
        """Values at LPS points, shape (...): `order` 0 takes the nearest voxel, 1 interpolates trilinearly.

        Points outside the image get `outside`.
        """
        v = self.voxels(lps_mm)
        flat = v.reshape(-1, 3)
        top = np.array(self.shape) - 1
        inside = np.all((flat >= -0.5) & (flat <= top + 0.5), axis=1)
        clipped = np.clip(flat, 0, top)
        if order == 0:
            n = np.rint(clipped).astype(np.intp)
            values = self.array[n[:, 0], n[:, 1], n[:, 2]].astype(float)
        elif order == 1:
            # Axis by axis, each of the two neighbours with its weight: millions of points are asked at once.
            ends, weights = [], []
            for axis in range(3):
                low = np.minimum(clipped[:, axis].astype(np.intp), max(top[axis] - 1, 0))
                t = clipped[:, axis] - low
                ends.append((low, np.minimum(low + 1, top[axis])))
                weights.append((1 - t, t))
            values = np.zeros(len(flat))
            for a, b, c in np.ndindex(2, 2, 2):
                weight = weights[0][a] * weights[1][b] * weights[2][c]
                values += weight * self.array[ends[0][a], ends[1][b], ends[2][c]]
        else:
            raise ValueError("order is 0 (nearest) or 1 (trilinear)")
        return np.where(inside, values, outside).reshape(v.shape[:-1])

    def crop(self, low_lps_mm: ArrayLike, high_lps_mm: ArrayLike, margin_mm: float = 0.0) -> Volume:
        """The smallest box of whole voxels that holds both corners and a margin, same physical place.

        Raises
        ------
        ImageError
            When the box lies outside the image.
        """
        low, high = np.asarray(low_lps_mm, dtype=float), np.asarray(high_lps_mm, dtype=float)
        corners = np.array([np.where(pick, high + margin_mm, low - margin_mm) for pick in np.ndindex(2, 2, 2)])
        v = self.voxels(corners)
        first = np.clip(np.floor(v.min(axis=0)).astype(int), 0, None)
        last = np.minimum(np.ceil(v.max(axis=0)).astype(int) + 1, self.shape)
        if np.any(last <= first):
            raise ImageError("The region asked for lies outside the image.")
        affine = np.array(self.lps_from_voxel)
        affine[:3, 3] = self.lps(first)
        i, j, k = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
        return Volume(self.array[i, j, k], affine)

    def same_grid(self, other: Volume) -> bool:
        """Whether `other` has the same voxels in the same place (to 0.01 voxel)."""
        return self.shape == other.shape and bool(
            np.allclose(self.lps_from_voxel, other.lps_from_voxel, atol=0.01 * float(self.spacing_mm.min()))
        )
