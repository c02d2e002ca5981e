"""The sacrum, ready to be painted: L4 to the coccyx between both hip bones, a longer field than the lumbosacral one."""

from __future__ import annotations

from neurotomy.anatomy.spine.bones import bones_of
from neurotomy.anatomy.spine.images import Scene
from neurotomy.anatomy.spine.sacral.nerve import sacrum_of
from neurotomy.anatomy.spine.shape import SpineShape
from neurotomy.anatomy.spine.soft import soft_parts, trunk_layers

__all__ = ["SPACING_MM", "scene_of"]

SPACING_MM = 0.8
"""Voxel side: a back opening of 6 to 9 mm is eight voxels wide and more."""


def scene_of(shape: SpineShape) -> Scene:
    """The same spine as the lumbosacral one, in another field."""
    return Scene(
        low_mm=(-130.0, -80.0, -232.0),
        high_mm=(134.0, 128.0, -36.0),
        layers=lambda heights: trunk_layers(shape, heights),
        soft=soft_parts(shape),
        bones=bones_of(shape, sacrum_of(shape)),
    )
