"""The radiograph's physics: how much water, bone and metal each ray passes, and what is left of the beam.

:class:`Projector` holds a CT, prepared once; ``projector.water_mm(carm)`` is one image of path lengths. On one core it
makes over ten images a second of 512×512 pixels from 256³ voxels; ``projector.preview`` has half the resolution and is
for dragging the C-arm. :class:`Beam` turns path lengths into transmission.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.geometry import Volume
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.density import DensityGrid, Method, axis_order
from neurotomy.progress import SILENT, Progress

__all__ = ["AIR_BELOW_HU", "CONTINUED_MM", "Beam", "Projector"]

Image = NDArray[np.float32]

AIR_BELOW_HU = -900.0
"""CT numbers below this count as nothing: noise in air would defeat the skipping of air, and grey the field."""

CONTINUED_MM = 200.0
"""How far the CT is continued above and below its ends: a beam tilted by 45° through a deep abdomen needs as much."""

_TISSUE_ABOVE_HU, _TISSUE_SHARE = -300.0, 0.05  # an end slice with less tissue is beyond the body's end
_SOFT_TISSUE_DENSITY = 1.1  # g/cm³ at the limit between soft tissue and bone; see xray.soft_tissue.limit_ct_number
_UNIT = 1e-3  # density of a stored 1: CT noise is some 0.01, so nothing is lost
_LOWEST, _HIGHEST = -(2**15), 2**15 - 1


class Projector:
    """A CT, ready to be X-rayed from anywhere.

    Parameters
    ----------
    ct : Volume
        HU on any affine with perpendicular axes, of any order and sign.
    """

    def __init__(self, ct: Volume) -> None:
        self.ct = ct

    def water_mm(
        self,
        carm: CArm,
        *,
        method: Method = "auto",
        over_sampling: float = 1.0,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> Image:
        """Water-equivalent path to each pixel, mm, (rows, columns): the integral of 1 + HU/1000.

        Parameters are those of :meth:`neurotomy.guidance.density.DensityGrid.integrate`.
        """
        progress(0.0, "Preparing the CT for X-rays")
        grid = self._water
        progress(0.3, f"X-ray: {carm.in_words}")
        image = grid.integrate(carm, method=method, over_sampling=over_sampling, threads=threads)
        progress(1.0)
        return image

    def soft_and_bone_mm(
        self,
        carm: CArm,
        *,
        method: Method = "auto",
        over_sampling: float = 1.0,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> tuple[Image, Image]:
        """Paths through soft tissue (as mm of water) and through cortical bone (mm), each (rows, columns)."""
        progress(0.0, "Preparing the CT for X-rays")
        soft, bone = self._soft, self._bone
        progress(0.3, f"X-ray: {carm.in_words}")
        first = soft.integrate(carm, method=method, over_sampling=over_sampling, threads=threads)
        progress(0.7)
        second = bone.integrate(carm, method=method, over_sampling=over_sampling, threads=threads)
        progress(1.0)
        return first, second

    def beyond_ct_mm(self, carm: CArm, *, over_sampling: float = 0.5, threads: int | None = None) -> Image:
        """Soft tissue that a body must have where the CT stops above and below, as mm of water, (rows, columns).

        A CT shorter than the patient would leave tilted views half dark and half burnt out. This continues its first
        and last slice, bone taken as soft tissue, along the body for :data:`CONTINUED_MM`. It is brightness, not
        anatomy: add it to a picture, never to a measurement.
        """
        image = np.zeros((carm.rows, carm.columns), dtype=np.float32)
        for grid in self._beyond:
            image += grid.integrate(carm, over_sampling=over_sampling, threads=threads)
        return image

    def holds_spine_at(self, carm: CArm, depth_mm: float = 20.0) -> NDArray[np.bool_]:
        """Pixels whose rays pass the isocentre's depth, `depth_mm` more and less, between the CT's ends.

        Shape (rows, columns). Elsewhere the picture would show a spine that ends: the collimator is closed there.
        """
        axis = axis_order(self.ct.lps_from_voxel)[0]
        rows, columns = np.mgrid[: carm.rows, : carm.columns]
        pixels = np.stack([columns, rows], axis=-1)
        inside = np.ones((carm.rows, carm.columns), dtype=bool)
        for depth in (-depth_mm, depth_mm):
            along = self.ct.voxels(carm.back_project(pixels, depth))[..., axis]
            inside &= (along >= 0.0) & (along <= self.ct.shape[axis] - 1.0)
        return inside

    def preparation(self, carm: CArm) -> Iterator[None]:
        """Do what the first picture from about here would wait for, in steps of a few tenths of a second."""
        small = carm.with_pixels(64)
        for grid in ("_soft", "_bone"):
            getattr(self, grid).integrate(small, threads=1)  # in the background of something else
            yield
        self.beyond_ct_mm(small, threads=1)
        yield

    @cached_property
    def _beyond(self) -> tuple[DensityGrid, ...]:
        """The first and last slice along the body, continued outwards, on coarse voxels."""
        axis = axis_order(self.ct.lps_from_voxel)[0]
        array = np.moveaxis(self.ct.array, axis, 0)
        others = [k for k in range(3) if k != axis]
        columns = self.ct.lps_from_voxel[:3, :3].T[[axis, *others]]  # one row for each axis
        spacing = np.linalg.norm(columns, axis=1)
        count = int(np.ceil(CONTINUED_MM / spacing[0]))
        step = [max(round(4.0 / spacing[k]), 1) for k in (1, 2)]
        shape = [array.shape[k] // step[k - 1] for k in (1, 2)]
        grids = []
        for end, outward in ((0, -1), (len(array) - 1, 1)):
            hu = np.nan_to_num(np.asarray(array[end], dtype=float), nan=-1000.0)
            if np.mean(hu > _TISSUE_ABOVE_HU) < _TISSUE_SHARE:
                continue  # the body ends inside the CT
            density = np.minimum(_water_density(hu), _SOFT_TISSUE_DENSITY)
            density = density[: shape[0] * step[0], : shape[1] * step[1]]
            density = density.reshape(shape[0], step[0], shape[1], step[1]).mean(axis=(1, 3))
            slices = np.broadcast_to(np.rint(density / _UNIT).astype(np.uint16), (count, *shape))
            origin = np.zeros(3)
            origin[axis] = end + outward
            for k, size in zip(others, step, strict=True):
                origin[k] = (size - 1) / 2
            affine = np.eye(4)
            affine[:3, :3] = np.stack([outward * columns[0], step[0] * columns[1], step[1] * columns[2]], axis=1)
            affine[:3, 3] = self.ct.lps(origin)
            grids.append(DensityGrid.from_values(slices, affine, _UNIT))
        return tuple(grids)

    @cached_property
    def preview(self) -> Projector:
        """The same CT with half the resolution, for images while something moves."""
        small = Projector(self.ct)
        small._beyond = self._beyond
        small._water = self._water.halved()
        small._soft = self._soft.halved()
        small._bone = self._bone.halved()
        return small

    @cached_property
    def _water(self) -> DensityGrid:
        return self._grid(_water_density(_all_ct_numbers()))

    @cached_property
    def _soft(self) -> DensityGrid:
        return self._grid(_soft_and_bone(_all_ct_numbers())[0])

    @cached_property
    def _bone(self) -> DensityGrid:
        return self._grid(_soft_and_bone(_all_ct_numbers())[1])

    def _grid(self, density_of_ct_number: NDArray[np.float64]) -> DensityGrid:
        table = np.clip(np.rint(density_of_ct_number / _UNIT), 0, 2**16 - 1).astype(np.uint16)

        def values(slab: NDArray[Any]) -> NDArray[np.uint16]:
            if slab.dtype.kind == "f":
                slab = np.rint(np.nan_to_num(slab, nan=-1000.0))
            return np.asarray(table[np.clip(slab, _LOWEST, _HIGHEST).astype(np.int32) - _LOWEST])

        return DensityGrid.from_values(self.ct.array, self.ct.lps_from_voxel, _UNIT, values)


def _all_ct_numbers() -> NDArray[np.float64]:
    return np.arange(_LOWEST, _HIGHEST + 1, dtype=float)


def _water_density(hu: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(hu < AIR_BELOW_HU, 0.0, 1.0 + hu / 1000.0)


def _soft_and_bone(hu: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Density of soft tissue, and share of the voxel that is cortical bone (above 1 for metal)."""
    limit, full = evidence.value("xray.soft_tissue.limit_ct_number"), evidence.value("xray.cortical_bone.ct_number")
    bone = np.maximum(hu - limit, 0.0) / (full - limit)
    soft = np.where(hu > limit, _SOFT_TISSUE_DENSITY * np.maximum(1.0 - bone, 0.0), _water_density(hu))
    return soft, bone


@dataclass(frozen=True)
class Beam:
    """An X-ray beam as a few energies: ``transmission = Σ share · exp(-Σ µ·path)`` (Beer and Lambert).

    Attributes
    ----------
    signal_share
        Share of each energy in the detector's signal without a patient; sums to 1.
    water_per_mm, bone_per_mm, steel_per_mm
        Linear attenuation at each energy, 1/mm: of water, cortical bone, stainless steel.
    """

    signal_share: tuple[float, ...]
    water_per_mm: tuple[float, ...]
    bone_per_mm: tuple[float, ...]
    steel_per_mm: tuple[float, ...]

    @classmethod
    def fluoroscopic(cls) -> Beam:
        """80 kVp, 3 mm Al and 0.1 mm Cu, in five energies (evidence ``xray.spectrum``)."""
        share = _numbers("xray.spectrum.signal_share")
        bone, steel = evidence.value("xray.cortical_bone.density"), evidence.value("xray.steel.density")
        return cls(
            tuple(s / sum(share) for s in share),
            tuple(m / 10.0 for m in _numbers("xray.water.mass_attenuation")),
            tuple(m * bone / 10.0 for m in _numbers("xray.cortical_bone.mass_attenuation")),
            tuple(m * steel / 10.0 for m in _numbers("xray.steel.mass_attenuation")),
        )

    @classmethod
    def mono(cls) -> Beam:
        """One energy, 60 keV: half the work, for previews from :meth:`Projector.water_mm` alone."""
        water = evidence.value("xray.tissue.mono_attenuation")
        whole = cls.fluoroscopic()
        return cls((1.0,), (water,), (whole.bone_per_mm[3],), (whole.steel_per_mm[3],))

    def transmission(self, water_mm: ArrayLike, bone_mm: ArrayLike = 0.0, steel_mm: ArrayLike = 0.0) -> Image:
        """What is left of the detector's signal, 0 to 1, after these paths, mm (float32)."""
        water, bone, steel = (np.asarray(path, dtype=np.float32) for path in (water_mm, bone_mm, steel_mm))
        has_steel = bool(np.any(steel))
        left = np.zeros(np.broadcast_shapes(water.shape, bone.shape, steel.shape), dtype=np.float32)
        for n, share in enumerate(self.signal_share):
            depth = np.float32(self.water_per_mm[n]) * water + np.float32(self.bone_per_mm[n]) * bone
            if has_steel:
                depth = depth + np.float32(self.steel_per_mm[n]) * steel
            left += np.float32(share) * np.exp(-depth)
        return left


def _numbers(key: str) -> tuple[float, ...]:
    value = evidence.get(key).value
    if not isinstance(value, list):
        raise EvidenceError(f"Evidence '{key}' must be a list of numbers.")
    return tuple(float(str(v)) for v in value)
