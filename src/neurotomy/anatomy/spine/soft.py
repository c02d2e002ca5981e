"""Soft tissue around the spine: muscles, discs, canal, vessels and bellies of organs, as smooth solids in LPS.

None of it is measured from anyone: places and sizes are choices that make slices and radiographs look like those of a
slim adult. Liver, spleen, bowel and great vessels differ between the sides as in people, which tells a volume from its
mirror image.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.spine import materials as m
from neurotomy.anatomy.spine.column import L3_CENTRE_LPS_MM, lps_from_bones
from neurotomy.anatomy.spine.shape import BONES, SpineShape
from neurotomy.anatomy.spine.solid import Material, Packed, Part
from neurotomy.geometry import RigidTransform

__all__ = ["SoftPart", "soft_parts", "trunk_layers"]

Array = NDArray[np.float64]

_X = (1.0, 0.0, 0.0)


@dataclass(frozen=True)
class SoftPart:
    """One soft structure in LPS, ready to paint."""

    name: str
    solid: Packed


def trunk_layers(shape: SpineShape, heights_mm: Array) -> tuple[Array, Array, Array, Array]:
    """Middle (n, 2), half size (n, 2), fat (n, 3: front, side, back) of the trunk at heights, and its wall (2,)."""
    x, y, z = L3_CENTRE_LPS_MM
    t = heights_mm - z
    hips = 1.0 / (1.0 + np.exp((t + 110.0) / 22.0))  # 0 at the waist, 1 at the hips
    chest = 1.0 / (1.0 + np.exp(-(t - 95.0) / 25.0))
    half_x = shape.trunk_half_mm[0] - 6.0 + 12.0 * hips + 2.0 * chest
    half_y = shape.trunk_half_mm[1] + 3.0 * hips - 2.0 * chest
    centre = np.stack([np.full_like(t, x), y - 9.0 + 4.0 * hips], axis=1)
    side, back = shape.fat_mm
    fat = np.stack([0.9 * side + 0 * t, side + 6.0 * hips - 5.0 * chest, back + 10.0 * hips - 9.0 * chest], axis=1)
    return centre, np.stack([half_x, half_y], axis=1), fat, np.array([9.0, 15.0])


def soft_parts(shape: SpineShape) -> tuple[SoftPart, ...]:
    """Everything soft, in the order in which it is painted."""
    poses = lps_from_bones(shape)
    parts: list[SoftPart] = []
    parts.extend(_discs(shape, poses))
    return tuple(parts)


def _discs(shape: SpineShape, poses: dict[str, RigidTransform] | object) -> list[SoftPart]:
    assert hasattr(poses, "__getitem__")
    parts = []
    for upper, disc in zip(shape.vertebrae, shape.discs, strict=False):
        lower = shape.vertebrae[BONES.index(upper.bone) + 1]
        part = Part(f"disc below {upper.bone}")
        part.group(m.DISC, k=0.0)
        part.body(
            upper=(upper.lower_mm[0] / 2, upper.lower_mm[1] / 2),
            lower=(lower.upper_mm[0] / 2, lower.upper_mm[1] / 2),
            height=disc.height_mm + 4.0,
            wedge_deg=disc.wedge_deg,
            waist=-1.0,
            dish=0.0,
        )
        pose = poses[lower.bone]
        mid = pose([0.0, 0.0, lower.height_mm / 2 + disc.height_mm / 2])
        parts.append(SoftPart(part.name, part.packed(RigidTransform(poses[upper.bone].rotation, mid))))
    return parts


def _one(name: str, material: Material) -> Part:
    part = Part(name)
    part.group(material, k=0.0)
    return part
