"""One order of axes, every voxel in its place."""

import itertools

import numpy as np
import pytest

from neurotomy.anatomy.surface_axes import toward_lps
from neurotomy.geometry import Volume

WAYS = list(itertools.product(itertools.permutations(range(3)), itertools.product([1, -1], repeat=3)))


def image(tilt_deg=0.0):
    """Every voxel another number; a patient who lies a little turned."""
    c, s = np.cos(np.radians(tilt_deg)), np.sin(np.radians(tilt_deg))
    affine = np.eye(4)
    affine[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.diag([0.5, 0.75, 2.0])
    affine[:3, 3] = [-20.0, 10.0, 300.0]
    return Volume(np.arange(4 * 5 * 6).reshape(4, 5, 6), affine)


def stored(volume, order, signs):
    array, affine = volume.array.transpose(order), np.array(volume.lps_from_voxel)[:, [*order, 3]]
    for axis, sign in enumerate(signs):
        if sign < 0:
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
            array = np.flip(array, axis=axis)
    return Volume(array, affine)


@pytest.mark.parametrize("tilt_deg", [0.0, 20.0, -40.0])
@pytest.mark.parametrize(("order", "signs"), WAYS)
def test_any_storage_becomes_the_same(order, signs, tilt_deg):
    plain = image(tilt_deg)
    turned = toward_lps(stored(plain, order, signs))
    assert np.array_equal(turned.array, plain.array)
    assert turned.lps_from_voxel == pytest.approx(plain.lps_from_voxel, abs=1e-9)


def test_nothing_is_copied():
    plain = image()
    assert np.shares_memory(toward_lps(stored(plain, (2, 0, 1), (-1, 1, -1))).array, plain.array)
