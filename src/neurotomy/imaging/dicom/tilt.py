"""Take the tilt of the gantry out: slices of a sheared block, each shifted within its own plane."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.errors import ImageError

__all__ = ["untilted"]

_AIR_HU = -1024
_MOST_VOXELS = 3_000_000_000


def untilted(array: NDArray[Any], voxels_per_slice: ArrayLike) -> tuple[NDArray[np.int16], NDArray[np.int_]]:
    """A block of perpendicular axes that holds all of a sheared one.

    Slice k of the sheared block lies k × `voxels_per_slice` further along its rows and columns than slice 0. Each is
    put there: whole voxels by moving, the rest by linear interpolation within the slice, never between slices. So
    the value at a place is what the scanner saw there, up to half a voxel of blur.

    Parameters
    ----------
    array : (ni, nj, nk) array
        HU.
    voxels_per_slice : (2,) array-like
        Shift along i and j from one slice to the next, in voxels.

    Returns
    -------
    array : (mi, mj, nk) array
        HU, int16; outside the slices air.
    before : (2,) array of int
        By how many voxels along i and j it begins before slice 0.
    """
    shift = np.outer(np.arange(array.shape[2]), np.asarray(voxels_per_slice, dtype=float))
    low, high = np.floor(shift.min(axis=0)).astype(int), np.ceil(shift.max(axis=0)).astype(int)
    size = np.array(array.shape[:2]) + high - low
    if int(size[0]) * int(size[1]) * array.shape[2] > _MOST_VOXELS:
        raise ImageError("The tilted series is too large to be untilted here. Have the scanner or a viewer do it.")
    out = np.full((int(size[0]), int(size[1]), array.shape[2]), _AIR_HU, dtype=np.int16)
    for k, moved in enumerate(shift - low):
        image = np.pad(array[:, :, k].astype(np.float32), 1, constant_values=_AIR_HU)
        whole = np.floor(moved + 1e-9).astype(int)
        for axis, part in enumerate(moved - whole):
            if part > 1e-6:
                image = (1 - part) * image + part * np.roll(image, 1, axis=axis)
        # The frame of one voxel: the first row stays air, the last takes what moved out of the image.
        low_in, low_out = np.maximum(1 - whole, 0), np.maximum(whole - 1, 0)
        span = np.minimum(np.array(image.shape) - low_in, size - low_out)
        (a, b), (c, d), (w, h) = low_in, low_out, span
        out[c : c + w, d : d + h, k] = np.rint(image[a : a + w, b : b + h]).astype(np.int16)
    return out, -low
