"""The compiled way-finder says what the plain measure of bone along a path says."""

import numpy as np
import pytest

from neurotomy.geometry import Volume
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.ways import free_of_bone


def noise(dtype, level):
    array = np.random.default_rng(3).integers(0, 3, (20, 16, 24)).astype(dtype)
    turned = np.eye(4)
    a = np.radians(12.0)
    turn = np.array([[np.cos(a), np.sin(a), 0.0], [-np.sin(a), np.cos(a), 0.0], [0.0, 0.0, 1.0]])
    turned[:3, :3] = turn * [0.9, 1.1, 1.3]
    turned[:3, 3] = [-8.0, -7.0, -15.0]
    return Bone(Volume(array, turned), level, 0.5)


@pytest.mark.parametrize(("dtype", "level"), [(np.uint8, 1.5), (np.int16, 1.2), (np.float32, 1.6)])
@pytest.mark.parametrize("allowed", [0.0, 1.0, 2.5])
def test_free_ways_are_those_with_little_bone(dtype, level, allowed):
    bone = noise(dtype, level)
    rng = np.random.default_rng(5)
    starts = rng.uniform(-8, 8, (400, 3))
    along = rng.normal(size=(400, 3))
    along /= np.linalg.norm(along, axis=1)[:, None]
    length = np.array([bone.length_within(a, a + 14.9 * d, 0.75) for a, d in zip(starts, along, strict=True)])
    expected = length <= allowed + 1e-9
    assert 0.05 < expected.mean() < 0.95
    found = free_of_bone(bone, starts, along, 14.9, allowed + 1e-9)
    assert np.array_equal(found, expected)


def test_nothing_is_bone_outside_the_image():
    bone = noise(np.uint8, -1.0)  # everything within it is
    far = np.array([[100.0, 0.0, 0.0]])
    assert free_of_bone(bone, far, np.array([[1.0, 0.0, 0.0]]), 50.0, 0.0).all()
    assert not free_of_bone(bone, far, np.array([[-1.0, 0.0, 0.0]]), 150.0, 0.0).any()
