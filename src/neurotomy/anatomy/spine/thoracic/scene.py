"""The chest, ready to be painted: T1 to T12 in a field about the spine; the front of the chest lies outside it."""

from __future__ import annotations

from neurotomy.anatomy.spine.images import Scene
from neurotomy.anatomy.spine.thoracic.bones import bones_of, lps_from_bones
from neurotomy.anatomy.spine.thoracic.shape import ThoracicShape
from neurotomy.anatomy.spine.thoracic.soft import chest_layers, soft_parts

__all__ = ["SPACING_MM", "scene_of"]

SPACING_MM = 0.85
"""Voxel side: a joint space of 1.7 mm is two voxels wide."""


def scene_of(shape: ThoracicShape) -> Scene:
    """Everything that is painted."""
    poses = lps_from_bones(shape)
    top, low = poses["T1"].translation_mm[2] + 32.0, poses["T12"].translation_mm[2] - 34.0
    return Scene(
        low_mm=(-84.0, -72.0, round(float(low))),
        high_mm=(86.0, 112.0, round(float(top))),
        layers=lambda heights: chest_layers(shape, heights),
        soft=soft_parts(shape),
        bones=bones_of(shape),
    )
