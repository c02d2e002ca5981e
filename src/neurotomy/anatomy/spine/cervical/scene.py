"""The neck, ready to be painted: C1 to T1 in the field of a usual CT of the neck."""

from __future__ import annotations

from neurotomy.anatomy.spine.cervical.bones import bones_of
from neurotomy.anatomy.spine.cervical.shape import CervicalShape
from neurotomy.anatomy.spine.cervical.soft import neck_layers, soft_parts
from neurotomy.anatomy.spine.images import Scene

__all__ = ["SPACING_MM", "scene_of"]

SPACING_MM = 0.6
"""Voxel side: a joint space of 1.8 mm is three voxels wide."""


def scene_of(shape: CervicalShape) -> Scene:
    """Everything that is painted."""
    return Scene(
        low_mm=(-86.0, -80.0, -92.0),
        high_mm=(88.0, 104.0, 74.0),
        layers=lambda heights: neck_layers(shape, heights),
        soft=soft_parts(shape),
        bones=bones_of(shape),
        inside_hu=-30.0,
    )
