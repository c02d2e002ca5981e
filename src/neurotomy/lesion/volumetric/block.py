"""Where a field on the Cartesian grid falls through a level: the lesion's box and volume."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.extents import outermost
from neurotomy.lesion.volumetric.surface import patch_peak

__all__ = ["box", "volume"]

Array = NDArray[np.float64]


def box(centres: tuple[Array, Array, Array], values: Array, level: float) -> tuple[Array, Array] | None:
    """Corners of the box around the region where `values` reach `level`, in the unit of `centres`; None if nowhere."""
    if not (values >= level).any():
        return None
    low, high = np.empty(3), np.empty(3)
    for axis in range(3):
        x = centres[axis]
        along = np.moveaxis(values, axis, 0)
        rest = along.shape[1:]
        high[axis] = patch_peak(outermost(x, along.reshape(len(x), -1), level).reshape(rest), around=False)
        back = outermost(-x[::-1], along[::-1].reshape(len(x), -1), level).reshape(rest)
        low[axis] = -patch_peak(back, around=False)
    return low, high


def volume(
    centres: tuple[Array, Array, Array], faces: tuple[Array, Array, Array], values: Array, level: float, metal: Array
) -> float:
    """Tissue volume of the region, in the cube of that unit; `metal` is the share of each cell that is metal.

    Measured along y, across the plane in which electrodes usually lie, so that each line meets the region once.
    """
    y = centres[1]
    lines = np.moveaxis(values, 1, 0).reshape(len(y), -1)
    high = outermost(y, lines, level)
    low = -outermost(-y[::-1], lines[::-1], level)
    length = np.where(np.isfinite(high), high - low, 0.0).reshape(len(centres[0]), len(centres[2]))
    total = (length * np.diff(faces[0])[:, None] * np.diff(faces[2])[None, :]).sum()
    size = np.diff(faces[0])[:, None, None] * np.diff(faces[1])[None, :, None] * np.diff(faces[2])[None, None, :]
    return float(total - (size * metal)[values >= level].sum())
