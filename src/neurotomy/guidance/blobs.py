"""Gaussian blobs: a phantom whose radiograph is known in closed form from anywhere.

The integral of ``h exp(-|x - c|²/(2σ²))`` along a straight line at distance d from c is ``h σ √(2π) exp(-d²/(2σ²))``.
Voxels of a third of σ hardly add an error, so what is left is the projector's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.guidance.carm import CArm
from neurotomy.guidance.density import DensityGrid

__all__ = ["Blobs"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Blobs:
    """A sum of round Gaussian blobs.

    Attributes
    ----------
    centres_lps_mm : (n, 3) array
        Their middles.
    sigmas_mm, heights : (n,) sequences
        Their spreads and their densities in the middle.
    """

    centres_lps_mm: ArrayLike
    sigmas_mm: Sequence[float]
    heights: Sequence[float]

    @classmethod
    def six(cls) -> Blobs:
        """Six of 3 to 20 mm about the origin, within 118 mm of it."""
        rng = np.random.default_rng(7)
        sigmas = np.array([3, 5, 8, 12, 16, 20])
        room = np.minimum(60, 118 - 5.0 * sigmas)[:, None]  # five sigmas stay inside the voxels
        return cls(room * rng.uniform(-1, 1, (6, 3)), sigmas.tolist(), rng.uniform(0.5, 1.0, 6).tolist())

    def values(self, shape: tuple[int, int, int], lps_from_voxel: Array) -> Array:
        """Density at voxel centres, on any affine with perpendicular axes."""
        inverse, spacing = np.linalg.inv(lps_from_voxel), np.linalg.norm(lps_from_voxel[:3, :3], axis=0)
        values = np.zeros(shape)
        for centre, sigma, height in self._each():
            at = inverse[:3, :3] @ centre + inverse[:3, 3]  # the axes are perpendicular: a product of three profiles
            profiles = [np.exp(-(((np.arange(shape[k]) - at[k]) * spacing[k] / sigma) ** 2) / 2) for k in range(3)]
            values += height * np.einsum("i,j,k->ijk", *profiles)
        return values

    def grid(self, shape: tuple[int, int, int], lps_from_voxel: Array) -> DensityGrid:
        """The same, ready to be integrated; rounded to a 60000th of the largest."""
        values = self.values(shape, lps_from_voxel)
        unit = float(values.max()) / 60000
        return DensityGrid.from_values(np.rint(values / unit).astype(np.uint16), lps_from_voxel, unit)

    def image(self, carm: CArm) -> Array:
        """The exact line integral to the middle of each pixel, (rows, columns)."""
        rows, columns = np.mgrid[: carm.rows, : carm.columns]
        rays = carm.rays(np.stack([columns, rows], axis=-1))
        image = np.zeros((carm.rows, carm.columns))
        for centre, sigma, height in self._each():
            to = centre - carm.source_lps_mm
            across = to @ to - (rays @ to) ** 2
            image += height * np.sqrt(2 * np.pi) * sigma * np.exp(-across / (2 * sigma**2))
        return image

    def _each(self) -> list[tuple[Array, float, float]]:
        return list(zip(np.asarray(self.centres_lps_mm, dtype=float), self.sigmas_mm, self.heights, strict=True))
