"""One order of axes for what is fitted, so that the same CT gives the same nerve however it was stored."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from neurotomy.geometry import Volume

__all__ = ["toward_lps"]


def toward_lps(volume: Volume) -> Volume:
    """`volume` with i, j, k running as nearly as they can to the left, to the back and to the head.

    No voxel is copied or moved: the array is a view, and the affine follows it. A DICOM series and its NIfTI twin
    become the same array, and so does everything that is drawn from them in the order of voxels.
    """
    cosines = volume.lps_from_voxel[:3, :3] / volume.spacing_mm
    order = max(permutations(range(3)), key=lambda axes: sum(abs(cosines[k, axis]) for k, axis in enumerate(axes)))
    affine = np.array(volume.lps_from_voxel)
    affine[:3, :3] = affine[:3, list(order)]
    array = volume.array.transpose(order)
    for axis in range(3):
        if affine[axis, axis] < 0:
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
            array = np.flip(array, axis=axis)
    return Volume(array, affine)
