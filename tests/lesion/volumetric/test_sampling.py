"""Conductivity between two cells that a surface cuts: in series across it, in parallel along it."""

import numpy as np
import pytest

from neurotomy.lesion.volumetric.sampling import effective, mean_inverse

CUBE = np.ones(3)


def sums_of(value, count=8):
    """The kernel's five sums over a unit cube of `value(along, second, third)`, and the number of samples."""
    places = (np.arange(count) + 0.5) / count - 0.5
    along, second, third = np.meshgrid(places, places, places, indexing="ij")
    v = np.vectorize(value)(along, second, third)
    return np.array([v.sum(), (1 / v).sum(), *((v * x).sum() for x in (along, second, third))]), v.size


def test_one_material():
    assert effective(*sums_of(lambda a, s, t: 0.45), CUBE) == pytest.approx(0.45)


def test_a_surface_across_the_way_is_in_series():
    found = effective(*sums_of(lambda a, s, t: 1.0 if a < 0.25 else 0.1), CUBE)
    assert found == pytest.approx(1 / (0.75 / 1.0 + 0.25 / 0.1))


@pytest.mark.parametrize("axis", [1, 2])
def test_a_surface_along_the_way_is_in_parallel(axis):
    found = effective(*sums_of(lambda *x: 1.0 if x[axis] < 0.25 else 0.1), CUBE)
    assert found == pytest.approx(0.75 * 1.0 + 0.25 * 0.1)


@pytest.mark.parametrize(("degrees", "within"), [(45.0, 0.03), (30.0, 0.08), (60.0, 0.08)])
def test_a_surface_at_an_angle_is_as_the_tensor_says(degrees, within):
    """Half of a cube at angle φ: cos²φ of the harmonic mean and sin²φ of the arithmetic one.

    The normal is that of a cube's first moment, which leans to the cube's faces except on its diagonals.
    """
    phi = np.radians(degrees)
    sums, count = sums_of(lambda a, s, t: 1.0 if a * np.cos(phi) + s * np.sin(phi) < 0 else 0.2, 24)
    harmonic, arithmetic = count / sums[1], sums[0] / count
    expected = np.cos(phi) ** 2 * harmonic + np.sin(phi) ** 2 * arithmetic
    assert effective(sums, count, CUBE) == pytest.approx(expected, rel=within)


def test_a_flat_region_counts_lengths_not_samples():
    """The same samples in a region ten times as long: the surface is then nearly along the way."""
    sums, count = sums_of(lambda a, s, t: 1.0 if a + s < 0 else 0.2, 24)
    long, cube = effective(sums, count, np.array([10.0, 1.0, 1.0])), effective(sums, count, CUBE)
    assert cube < long < sums[0] / count + 1e-12


def test_resistivity_along_a_line_through_two_voxels():
    labels = np.array([[[0, 1]]], np.uint8)
    m = np.zeros((3, 4))
    m[2, 2] = 1e3  # voxels of 1 mm along z
    found = mean_inverse(labels, m, np.array([0.0, 0.0, -0.5e-3]), np.array([0.0, 0.0, 1.5e-3]), np.array([1.0, 0.1]))
    assert found == pytest.approx(0.5 * 1.0 + 0.5 * 10.0)
