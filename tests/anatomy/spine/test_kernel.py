"""Distances against plain numpy, and what they promise: partial volume, mirror images, moved parts."""

import numpy as np
import pytest

from neurotomy.anatomy.spine.bones import bone_solid
from neurotomy.anatomy.spine.kernel import distances, paint
from neurotomy.anatomy.spine.shape import standard_shape
from neurotomy.anatomy.spine.solid import Join, Material, Part
from neurotomy.geometry import RigidTransform

from .solids import distance_to_triangle, part_distance

BONE = Material(core_hu=1000.0)


def dist(points, packed):
    return distances(np.ascontiguousarray(points, dtype=float), packed.shapes, packed.groups)


@pytest.mark.parametrize("bone", ["L4", "L5", "S1"])
def test_the_kernel_agrees_with_plain_numpy_on_whole_bones(bone):
    solid = bone_solid(standard_shape(), bone)
    low, high = solid.box
    points = np.random.default_rng(3).uniform(low - 3, high + 3, (4000, 3))
    fast, plain = dist(points, solid), part_distance(points, solid)
    np.testing.assert_allclose(fast, plain, atol=0.1)  # the fast one leaves out shapes that are far away
    near = np.abs(plain) < 0.5
    assert near.sum() > 50
    np.testing.assert_allclose(fast[near], plain[near], atol=1e-9)


def test_a_sphere_a_capsule_and_a_plate_have_exact_distances():
    rng = np.random.default_rng(1)
    points = rng.uniform(-20, 20, (500, 3))
    ball = Part("ball")
    ball.group(BONE)
    ball.ellipsoid((1.0, 2.0, 3.0), (5.0, 5.0, 5.0))
    np.testing.assert_allclose(dist(points, ball.packed()), np.linalg.norm(points - (1, 2, 3), axis=1) - 5)

    limb = Part("limb")
    limb.group(BONE)
    a, b = np.array([-4.0, 0, 2]), np.array([6.0, 3, -5])
    limb.process(a, b, (3.0, 3.0), (3.0, 3.0), (0, 1, 0))
    t = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    from_axis = np.linalg.norm(points - a - t[:, None] * (b - a), axis=1)
    np.testing.assert_allclose(dist(points, limb.packed()), from_axis - 3)

    plate = Part("plate")
    plate.group(BONE)
    corners = np.array([[0.0, 0, 0], [12, 1, 3], [2, 9, -4]])
    plate.triangle(*corners, 2.0)
    np.testing.assert_allclose(dist(points, plate.packed()), distance_to_triangle(points, corners) - 2)


def test_an_ellipsoids_surface_is_where_it_should_be_and_the_gradient_there_is_one():
    part = Part("egg")
    part.group(BONE)
    semi = np.array([4.0, 7.0, 11.0])
    part.ellipsoid((0, 0, 0), semi)
    n = np.random.default_rng(2).normal(size=(300, 3))
    on = semi * n / np.linalg.norm(n, axis=1, keepdims=True)
    assert np.abs(dist(on, part.packed())).max() < 1e-9
    normal = on / semi**2
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    slope = (dist(on + 1e-4 * normal, part.packed()) - dist(on - 1e-4 * normal, part.packed())) / 2e-4
    np.testing.assert_allclose(slope, 1.0, atol=1e-3)


def test_a_cut_stays_inside_its_group():
    part = Part("two")
    part.group(BONE, k=0.0)
    part.ellipsoid((0, 0, 0), (5, 5, 5))
    part.group(BONE, k=0.0)
    part.ellipsoid((8, 0, 0), (5, 5, 5))
    part.plane((8, 0, 0), (1, 0, 0), k=0.0, join=Join.SUBTRACT)  # removes what is not beyond the plane
    inside = dist([[0, 0, 0], [7, 0, 0], [9, 0, 0]], part.packed()) < 0
    assert inside.tolist() == [True, False, True]


def test_a_moved_part_is_the_same_part_elsewhere():
    solid = bone_solid(standard_shape(), "L3")
    turn = RigidTransform.along_axis((3.0, -7.0, 20.0), (0.3, 0.2, 1.0))
    points = np.random.default_rng(4).uniform(-40, 40, (300, 3))
    np.testing.assert_allclose(dist(turn(points), solid.moved(turn)), dist(points, solid), atol=1e-9)


def painted(packed, step, count, origin):
    hu = np.full((count,) * 3, -100, dtype=np.int16)
    labels = np.zeros(hu.shape, dtype=np.uint8)
    texture = np.zeros((8, 8, 8), dtype=np.float32)
    low, high = np.zeros(3, dtype=int), np.full(3, count)
    split = np.array([0.0, 0.0, 1.0, 0.0])
    paint(hu, labels, np.array(origin), step, low, high, packed.shapes, packed.groups, 7, split, 9, texture)
    return hu, labels


@pytest.mark.parametrize("shift", [(0.0, 0.0, 0.0), (0.31, -0.17, 0.45), (-0.42, 0.08, 0.22)])
def test_partial_volume_keeps_volume_and_centroid_below_the_voxel(shift):
    part = Part("egg")
    part.group(Material(core_hu=1000.0), k=0.0)
    part.ellipsoid(shift, (6.0, 8.0, 5.0))
    step, count = 1.0, 25
    hu, labels = painted(part.packed(), step, count, (-12.0,) * 3)
    share = (hu.astype(float) + 100) / 1100
    axis = -12.0 + step * np.arange(count)
    z, y, x = np.meshgrid(axis, axis, axis, indexing="ij")
    centroid = [(share * c).sum() / share.sum() for c in (x, y, z)]
    np.testing.assert_allclose(centroid, shift, atol=0.01)
    assert share.sum() == pytest.approx(4 / 3 * np.pi * 6 * 8 * 5, rel=0.015)
    assert set(np.unique(labels)) == {0, 7, 9}
    assert np.all((labels == 9)[labels > 0] == (z < 0)[labels > 0])


def test_painting_in_blocks_gives_the_distances_of_single_points():
    """Shapes are skipped far from a block: nowhere may the labels differ from the sign of the full distance."""
    solid = bone_solid(standard_shape(), "L5")
    count, step, origin = 70, 1.6, np.array([-56.0, -30.0, -50.0])
    _, labels = painted(solid, step, count, origin)
    axes = [o + step * np.arange(count) for o in origin]
    z, y, x = np.meshgrid(*axes[::-1], indexing="ij")
    d = dist(np.stack([x, y, z], axis=-1).reshape(-1, 3), solid).reshape(labels.shape)
    assert np.array_equal(labels > 0, d < 0)
