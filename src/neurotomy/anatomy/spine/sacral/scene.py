"""The sacrum, ready to be painted: L4 to the coccyx between both hip bones, a longer field than the lumbosacral one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.spine.bones import bones_of
from neurotomy.anatomy.spine.images import Scene
from neurotomy.anatomy.spine.sacral.nerve import sacrum_of
from neurotomy.anatomy.spine.shape import SpineShape
from neurotomy.anatomy.spine.soft import soft_parts, trunk_layers

__all__ = ["SPACING_MM", "scene_of"]

Array = NDArray[np.float64]

SPACING_MM = 0.8
"""Voxel side: a back opening of 6 to 9 mm is eight voxels wide and more."""


_LOW_MM, _HIGH_MM = (-130.0, -80.0, -232.0), (134.0, 128.0, -36.0)
_AIR_BEHIND_MM = 6.0


def scene_of(shape: SpineShape) -> Scene:
    """The same spine as the lumbosacral one, in another field; it moves back where the skin behind the sacrum does."""

    def layers(heights: Array) -> tuple[Array, Array, Array, Array]:
        return trunk_layers(shape, heights, behind_sacrum=True)

    centre, half, *_ = layers(np.arange(_LOW_MM[2], _HIGH_MM[2], 2.0))
    back = float(np.max(centre[:, 1] + half[:, 1])) + _AIR_BEHIND_MM
    shift = float(np.ceil(max(back - _HIGH_MM[1], 0.0) / 8.0) * 8.0)  # whole voxels of the usual sizes
    return Scene(
        low_mm=(_LOW_MM[0], _LOW_MM[1] + shift, _LOW_MM[2]),
        high_mm=(_HIGH_MM[0], _HIGH_MM[1] + shift, _HIGH_MM[2]),
        layers=layers,
        soft=soft_parts(shape),
        bones=bones_of(shape, sacrum_of(shape)),
    )
