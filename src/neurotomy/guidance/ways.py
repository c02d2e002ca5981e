"""Which straight ways to the skin are free of bone: many thousand at once, each left as soon as it is barred."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit
from neurotomy.guidance.bone import Bone

__all__ = ["free_of_bone"]

Array = NDArray[np.float64]


def free_of_bone(
    bone: Bone, starts_lps_mm: Array, directions: Array, length_mm: float, allowed_mm: float, step_mm: float = 0.75
) -> NDArray[np.bool_]:
    """Which ways, (n, 3) from a start along a unit vector, hold at most `allowed_mm` of bone.

    The rule is that of :meth:`~neurotomy.guidance.bone.Bone.length_within`: trilinear between voxels, no bone outside
    the image, each sample standing for an equal part of the way.
    """
    count = max(math.ceil(length_mm / step_mm), 1)
    part = length_mm / count
    top = np.array(bone.image.shape) - 1
    matrix = bone.image.voxel_from_lps
    first = np.asarray(starts_lps_mm, dtype=float) @ matrix[:3, :3].T + matrix[:3, 3]
    along = np.asarray(directions, dtype=float) @ matrix[:3, :3].T * part
    values = np.ascontiguousarray(bone.image.array)
    most = allowed_mm / part
    ways = np.ascontiguousarray(first), np.ascontiguousarray(along)
    return np.asarray(_free(values, top, *ways, count, bone.level, most))


@njit(cache=True, nogil=True)
def _free(
    values: NDArray[np.generic],
    top: NDArray[np.int64],
    first: Array,
    along: Array,
    count: int,
    level: float,
    most: float,
) -> NDArray[np.bool_]:
    found = np.ones(len(first), dtype=np.bool_)
    for n in range(len(first)):
        within = 0
        for k in range(count):
            x = first[n, 0] + (k + 0.5) * along[n, 0]
            y = first[n, 1] + (k + 0.5) * along[n, 1]
            z = first[n, 2] + (k + 0.5) * along[n, 2]
            if not (-0.5 <= x <= top[0] + 0.5 and -0.5 <= y <= top[1] + 0.5 and -0.5 <= z <= top[2] + 0.5):
                continue
            x, y, z = min(max(x, 0.0), top[0]), min(max(y, 0.0), top[1]), min(max(z, 0.0), top[2])
            i, j, m = int(x), int(y), int(z)
            ii, jj, mm = min(i + 1, top[0]), min(j + 1, top[1]), min(m + 1, top[2])
            u, v, w = x - i, y - j, z - m
            low = (1 - u) * ((1 - v) * values[i, j, m] + v * values[i, jj, m]) + u * (
                (1 - v) * values[ii, j, m] + v * values[ii, jj, m]
            )
            high = (1 - u) * ((1 - v) * values[i, j, mm] + v * values[i, jj, mm]) + u * (
                (1 - v) * values[ii, j, mm] + v * values[ii, jj, mm]
            )
            if (1 - w) * low + w * high > level:
                within += 1
                if within > most:
                    found[n] = False
                    break
    return found
