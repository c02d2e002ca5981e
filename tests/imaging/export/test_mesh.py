"""Surfaces are closed, face outwards, lie where the region lies, and have its volume."""

import numpy as np
import pytest

from neurotomy.errors import ImageError, OutputError
from neurotomy.geometry import Curve, Volume
from neurotomy.imaging.export.mesh import region_surface, surface_at, tube
from neurotomy.imaging.export.stl import read_stl, write_stl

CENTRE, RADIUS = np.array([23.0, -14.0, -305.0]), 8.0


def ball(step, flips=(1, 1, 1)):
    """Distance inside a ball on a grid, any way round."""
    count = int(24 / step)
    affine = np.diag([*(step * np.array(flips)), 1.0])
    affine[:3, 3] = CENTRE - affine[:3, :3] @ np.full(3, (count - 1) / 2) + 0.3 * step
    index = np.stack(np.meshgrid(*[np.arange(count)] * 3, indexing="ij"), axis=-1)
    lps = index @ affine[:3, :3].T + affine[:3, 3]
    return Volume(RADIUS - np.linalg.norm(lps - CENTRE, axis=-1), affine)


@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (-1, -1, 1)])
def test_a_ball_is_closed_faces_outwards_and_lies_in_its_place(flips):
    mesh = surface_at(ball(1.0, flips), 0.0)
    assert mesh.closed
    assert mesh.volume_mm3 > 0
    distance = np.linalg.norm(mesh.points_lps_mm - CENTRE, axis=1)
    np.testing.assert_allclose(distance, RADIUS, atol=0.05)


def test_volume_of_a_ball_converges_with_the_square_of_the_step():
    exact = 4 / 3 * np.pi * RADIUS**3
    errors = [abs(surface_at(ball(step), 0.0).volume_mm3 - exact) for step in (2.0, 1.0, 0.5)]
    assert errors[0] / errors[1] > 3.0
    assert errors[1] / errors[2] > 3.0
    assert errors[2] < 0.005 * exact


def test_a_region_of_voxels_keeps_its_place_and_about_its_volume():
    inside = ball(1.0)
    inside = Volume(inside.array > 0, inside.lps_from_voxel)
    mesh = region_surface(inside)
    assert mesh.closed
    np.testing.assert_allclose(mesh.points_lps_mm.mean(axis=0), CENTRE, atol=0.1)
    assert mesh.volume_mm3 == pytest.approx(np.count_nonzero(inside.array), rel=0.03)


def test_a_region_that_the_image_cuts_is_closed_at_the_edge():
    array = np.zeros((10, 10, 10), dtype=bool)
    array[:, 3:7, 3:7] = True
    mesh = region_surface(Volume(array, np.eye(4)))
    assert mesh.closed
    assert mesh.points_lps_mm[:, 0].min() == pytest.approx(-0.5, abs=0.35)
    assert mesh.points_lps_mm[:, 0].max() == pytest.approx(9.5, abs=0.35)


def test_a_sliver_does_not_vanish():
    array = np.zeros((6, 6, 6), dtype=bool)
    array[2, 3, 4] = True
    mesh = region_surface(Volume(array, np.eye(4)))
    assert mesh.closed
    np.testing.assert_allclose(mesh.points_lps_mm.mean(axis=0), [2, 3, 4], atol=1e-6)


def test_an_empty_region_has_no_surface():
    with pytest.raises(ImageError, match="no surface"):
        region_surface(Volume(np.zeros((4, 4, 4), dtype=bool), np.eye(4)))


@pytest.mark.parametrize("around", [8, 24])
def test_a_straight_tube_has_the_volume_of_its_cylinder(around):
    mesh = tube(Curve(np.array([[0.0, 0, 0], [3, 4, 0], [6, 8, 0]])), 0.7, around)
    assert mesh.closed
    assert mesh.volume_mm3 == pytest.approx(np.pi * 0.7**2 * 10, rel=1e-9)


def test_a_bent_tube_follows_its_curve_without_twist():
    angle = np.linspace(0, np.pi, 200)
    arc = Curve(np.stack([20 * np.cos(angle), 20 * np.sin(angle), 3 * angle], axis=1))
    mesh = tube(arc, 1.0)
    assert mesh.closed
    assert mesh.volume_mm3 == pytest.approx(np.pi * arc.length_mm, rel=2e-3)  # Pappus
    rim = mesh.points_lps_mm[: 24 * 200].reshape(200, 24, 3)
    assert np.linalg.norm(np.diff(rim, axis=0), axis=-1).max() < 1.2 * arc.length_mm / 199 * 21 / 20


def test_stl_comes_back_and_says_its_frame_and_unit(tmp_path):
    mesh = surface_at(ball(1.0), 0.0)
    write_stl(mesh, tmp_path / "ball.stl", "L4 right")
    header = (tmp_path / "ball.stl").read_bytes()[:80]
    assert header.startswith(b"neurotomy, LPS, mm")
    assert b"not a medical device" in header
    found = read_stl(tmp_path / "ball.stl")
    assert found.closed
    assert found.volume_mm3 == pytest.approx(mesh.volume_mm3, rel=1e-4)
    assert len(found.triangles) == len(mesh.triangles)
    (tmp_path / "short.stl").write_bytes(header)
    with pytest.raises(OutputError, match="no binary STL"):
        read_stl(tmp_path / "short.stl")
