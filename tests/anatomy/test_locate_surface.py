"""The surface of a label map against a ball, whose surface is known."""

import numpy as np
import pytest

from neurotomy.anatomy.surface import BoneSurface, bone_surface
from neurotomy.anatomy.surface_lay import edge_shift, lay_on_bone, smoothed
from neurotomy.geometry import Curve, Volume

R = 20.3


def ball(spacing, signs=(1, 1, 1), order=(0, 1, 2), cut=None):
    """A ball of radius R about the LPS origin, stored along any axes; `cut` moves the image's low end along z."""
    spacing = np.array(spacing, float)
    low = np.array([-R - 8.0] * 3)
    if cut is not None:
        low[2] = cut
    n = np.ceil((R + 8.0 - low) / spacing).astype(int)
    affine = np.eye(4)
    affine[:3, :3] = np.diag(spacing)
    affine[:3, 3] = low
    index = np.stack(np.meshgrid(*(np.arange(m) for m in n), indexing="ij"), -1)
    array = (np.linalg.norm(index * spacing + low, axis=-1) < R).astype(np.uint8) * 28
    for axis, sign in enumerate(signs):
        if sign < 0:
            array = np.flip(array, axis)
            affine[:3, 3] += affine[:3, axis] * (n[axis] - 1)
            affine[:3, axis] *= -1
    affine[:3, :3] = affine[:3, list(order)]
    return Volume(np.ascontiguousarray(array.transpose(order)), affine)


@pytest.mark.parametrize(
    ("spacing", "signs", "order"),
    [((1, 1, 1), (1, 1, 1), (0, 1, 2)), ((0.7, 0.7, 2.5), (-1, -1, 1), (0, 1, 2)), ((1, 2, 3), (1, -1, -1), (2, 0, 1))],
)
def test_points_and_normals_of_a_ball(spacing, signs, order):
    surface = bone_surface(ball(spacing, signs, order), (28,))
    radius = np.linalg.norm(surface.points_mm, axis=1)
    outward = (surface.normals * surface.points_mm).sum(axis=1) / radius
    assert np.mean(radius) == pytest.approx(R, abs=0.2 * max(spacing))
    assert np.std(radius) < 0.25 * max(spacing)
    assert np.quantile(outward, 0.05) > 0.75
    ways = np.random.default_rng(2).normal(size=(200, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    for wanted in (-1.0, 0.6, 4.0):
        height, normal = surface.height((R + wanted) * ways)
        assert np.mean(height) == pytest.approx(wanted, abs=0.3)
        assert np.quantile(np.abs(height - wanted), 0.9) < 0.35 * max(spacing)
        assert np.quantile((normal * ways).sum(axis=1), 0.05) > 0.85


def test_noise_is_that_of_a_voxel():
    assert bone_surface(ball((3, 3, 3)), (28,)).noise_mm == pytest.approx(3 / np.sqrt(12))
    assert bone_surface(ball((3, 3, 3)), (29,)) is None


def test_where_the_image_ends_is_no_surface():
    surface = bone_surface(ball((1, 1, 1), cut=-5.0), (28,))
    assert surface.seam.any()
    assert surface.points_mm[surface.seam, 2] == pytest.approx(np.full(surface.seam.sum(), -5.0), abs=0.6)
    radius = np.linalg.norm(surface.without_seam().points_mm, axis=1)
    assert radius.min() > R - 1.5


def test_nerve_is_laid_at_its_height_and_free_before():
    labels = ball((1, 1, 1))
    ct = Volume(np.where(labels.array > 0, 360, 40).astype(np.int16), labels.lps_from_voxel)
    angle = np.linspace(0.0, 1.5, 40)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(40)], 1)
    radius = np.where(np.arange(40) < 12, R + 6.0, R + np.random.default_rng(1).normal(0, 1.0, 40))
    curve = Curve(ring * radius[:, None])
    from_arc = float(curve.arc_mm[14])
    laid = lay_on_bone(curve, bone_surface(labels, (28,)), ct, from_arc, 0.6)
    r = np.linalg.norm(laid.points_mm, axis=1)
    on_bone = r[laid.arc_mm > from_arc + 3.0]
    assert on_bone == pytest.approx(R + 0.6, abs=0.5)
    assert np.mean(on_bone) == pytest.approx(R + 0.6, abs=0.2)
    assert r[0] == pytest.approx(R + 6.0, abs=0.3)
    assert np.linalg.norm(np.diff(laid.tangents, axis=0), axis=1)[40:].max() < 0.15  # smooth: no kink


def test_edge_of_the_ct_is_found_where_voxels_are_fine():
    points = np.array([[R + 0.9, 0.0, 0.0], [R - 0.9, 0.0, 0.0]])
    normals = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    for spacing, expected in (((0.5, 0.5, 0.5), [-0.9, 0.9]), ((3.0, 0.5, 0.5), [0.0, 0.0])):
        labels = ball(spacing)
        ct = Volume(np.where(labels.array > 0, 360, 40).astype(np.int16), labels.lps_from_voxel)
        assert edge_shift(points, normals, ct) == pytest.approx(expected, abs=0.3)


def test_smoothing_keeps_straight_lines_and_ends():
    line = np.linspace([0, 0, 0], [1, 2, 3], 30)
    assert smoothed(line, 4.0) == pytest.approx(line, abs=1e-9)


@pytest.mark.parametrize(("voxel_mm", "within_mm"), [(1.0, 0.05), (2.0, 0.15), (3.0, 0.4)])
def test_what_is_round_keeps_its_size(voxel_mm, within_mm):
    """A ball of 6 mm radius, thick as a pillar of the neck; its centre off the grid, left of the middle."""
    half = int(12 / voxel_mm)
    corner = -half * voxel_mm + np.array([0.4, -0.3, 0.7])
    grid = np.stack(np.meshgrid(*[np.arange(2 * half + 1)] * 3, indexing="ij"), axis=-1) * voxel_mm + corner
    inside = np.linalg.norm(grid, axis=-1) < 6.0
    affine = np.diag([voxel_mm, voxel_mm, voxel_mm, 1.0])
    affine[:3, 3] = corner
    surface = bone_surface(Volume(inside.astype(np.uint8), affine), (1,))
    assert np.linalg.norm(surface.points_mm, axis=1).mean() == pytest.approx(6.0, abs=within_mm)


def test_a_nerve_in_a_narrow_groove_stays_on_its_own_wall():
    """Two walls 2 mm apart, the nerve a little nearer to the wrong one: what it is said to face decides."""
    y, z = (a.ravel() for a in np.meshgrid(np.arange(-20, 20.1), np.arange(-20, 20.1), indexing="ij"))
    walls = [np.stack([np.full(y.size, x), y, z], axis=1) for x in (0.0, 2.0)]
    normals = np.repeat([[1.0, 0, 0], [-1.0, 0, 0]], y.size, axis=0)
    bone = BoneSurface(np.concatenate(walls), normals, np.zeros(2 * y.size, dtype=bool), 0.3)
    grid = np.array([[2.0, 0, 0, -40], [0, 2, 0, -40], [0, 0, 2, -40], [0, 0, 0, 1]])
    ct = Volume(np.zeros((41, 41, 41), dtype=np.int16), grid)
    curve = Curve(np.stack([np.full(21, 1.2), np.linspace(-10, 10, 21), np.zeros(21)], axis=1))
    own = np.tile([1.0, 0.0, 0.0], (21, 1))
    for facing, wall in ((own, 0.0), (-own, 2.0)):
        laid = lay_on_bone(curve, bone, ct, 0.0, 0.5, facing).points_mm[10:-10]
        assert np.abs(laid[:, 0] - wall).mean() == pytest.approx(0.5, abs=0.1)
    little = lay_on_bone(curve, bone, ct, 0.0, 0.5, own, 0.2).points_mm
    assert np.abs(little[:, 0] - 1.2).max() < 0.21
