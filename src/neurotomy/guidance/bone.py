"""Bone around a needle: how far it is, and how much of a path lies in it."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import Anatomy
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import VERTEBRA_IDS

__all__ = ["Bone", "bone_ids", "nearest_bones"]

Array = NDArray[np.float64]

_SACRUM = 25
_OTHER_BONES = (_SACRUM, 77, 78, *range(92, 117))  # sacrum, hips, ribs and sternum, TotalSegmentator v2


def bone_ids(name: str) -> tuple[int, ...]:
    """Label ids of one vertebra; S1 is also the sacrum as a whole."""
    return (VERTEBRA_IDS[name], _SACRUM) if name == "S1" else (VERTEBRA_IDS[name],)


@dataclass(frozen=True)
class Bone:
    """Bone of one CT: from the label map where there is one, else what is denser than a threshold.

    Attributes
    ----------
    image
        Above `level` is bone; trilinear between voxels, so that its surface is smooth within a voxel.
    level
        0.5 of a label, or a number of HU.
    blur_mm
        How far off this surface may be: half the largest voxel side.
    """

    image: Volume
    level: float
    blur_mm: float

    @classmethod
    def of(cls, anatomy: Anatomy) -> Bone:
        """All bone of this anatomy. That of a label map is kept for as long as the map is."""
        if anatomy.labels is None:
            level = evidence.value("placement.bone.threshold")
            return cls(anatomy.ct, level, float(anatomy.ct.spacing_mm.max()) / 2)
        labels = anatomy.labels
        kept = _of_labels.get(id(labels.array))
        if kept is not None and kept[0]() is labels.array:
            return kept[1]
        ids = np.zeros(256, dtype=np.uint8)
        ids[[*VERTEBRA_IDS.values(), *_OTHER_BONES]] = 1
        # In the order in which the compiled loop over ways walks it, or each of its calls would copy it.
        image = Volume(ids[np.ascontiguousarray(labels.array).astype(np.uint8)], labels.lps_from_voxel)
        made = cls(image, 0.5, float(image.spacing_mm.max()) / 2)
        key = id(labels.array)
        _of_labels[key] = (weakref.ref(labels.array, lambda _: _of_labels.pop(key, None)), made)
        return made

    def within(self, lps_mm: Array) -> NDArray[np.bool_]:
        """Whether LPS points, (..., 3), lie in bone. Outside the image nothing does."""
        return self.image.sample(lps_mm, outside=-1e9) > self.level

    def length_within(self, start_lps_mm: Array, stop_lps_mm: Array, step_mm: float = 0.5) -> Array:
        """Length of straight paths, (..., 3) to (..., 3), that lies in bone: (...), mm."""
        start, stop = np.asarray(start_lps_mm, dtype=float), np.asarray(stop_lps_mm, dtype=float)
        length = np.linalg.norm(stop - start, axis=-1)
        count = max(int(np.ceil(float(np.max(length, initial=0.0)) / step_mm)), 1)
        t = (np.arange(count) + 0.5) / count
        points = start[..., None, :] + t[:, None] * (stop - start)[..., None, :]
        return np.asarray(self.within(points).mean(axis=-1) * length)

    def distance_around(self, centre_lps_mm: Array, half_mm: float, step_mm: float = 0.6) -> Volume:
        """Distance to the surface of bone on a cube along the LPS axes: positive outside bone, negative inside, mm."""
        from scipy import ndimage

        count = int(np.ceil(half_mm / step_mm))
        affine = np.diag([step_mm, step_mm, step_mm, 1.0])
        affine[:3, 3] = np.asarray(centre_lps_mm) - count * step_mm
        side = np.arange(2 * count + 1)
        layer = np.stack(np.meshgrid([0], side, side, indexing="ij"), axis=-1) * step_mm + affine[:3, 3]
        # Layer by layer: the points of the whole cube would take 100 MB.
        inside = np.concatenate([self.within(layer + [x * step_mm, 0.0, 0.0]) for x in side])
        if not inside.any():
            far = np.full(inside.shape, 2 * half_mm, dtype=np.float32)
            return Volume(far, affine)
        # The surface lies half a step before the first voxel on its other side.
        out = ndimage.distance_transform_edt(~inside) - 0.5
        into = ndimage.distance_transform_edt(inside) - 0.5
        return Volume((np.where(inside, -into, out) * step_mm).astype(np.float32), affine)


def nearest_bones(anatomy: Anatomy, points_lps_mm: Array, within_mm: float) -> dict[str, float]:
    """Distance from the nearest of some points to each labelled vertebra within reach, mm, nearest first.

    Distances are to the centres of voxels, less half a voxel; empty without a label map.
    """
    if anatomy.labels is None:
        return {}
    near = anatomy.labels.crop(points_lps_mm.min(axis=0), points_lps_mm.max(axis=0), within_mm)
    half = float(near.spacing_mm.max()) / 2
    found: dict[str, float] = {}
    for name in VERTEBRA_IDS:
        voxels = np.argwhere(np.isin(near.array, bone_ids(name)))
        if len(voxels):
            gaps = np.linalg.norm(near.lps(voxels)[:, None, :] - points_lps_mm, axis=-1)
            found[name] = max(float(gaps.min()) - half, 0.0)
    return dict(sorted(found.items(), key=lambda item: item[1]))


_of_labels: dict[int, tuple[weakref.ref[NDArray[np.generic]], Bone]] = {}
