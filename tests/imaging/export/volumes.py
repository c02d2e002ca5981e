"""A small CT without any symmetry, stored along any axes."""

import numpy as np

from neurotomy.geometry import Volume

SPACING = (1.5, 2.0, 2.5)


def asymmetric_ct(order=(0, 1, 2), flips=(1, 1, 1), tilt_deg=0.0):
    """HU; +i is the patient's left, +j posterior, +k head before axes are permuted and flipped."""
    rng = np.random.default_rng(5)
    array = rng.integers(-200, 300, (12, 14, 10)).astype(np.int16)
    array[9:11, 3:5, 6:8] = 1200  # bone on the left, in front, high
    affine = np.diag([*SPACING, 1.0])
    a = np.radians(tilt_deg)
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    affine = turn @ affine
    affine[:3, 3] = [-11.0, 21.0, -307.25]
    affine = affine[:, [*order, 3]]
    array = array.transpose(order)
    for axis, flip in enumerate(flips):
        if flip < 0:
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
            array = np.flip(array, axis)
    return Volume(np.ascontiguousarray(array), affine)
