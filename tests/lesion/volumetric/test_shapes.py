"""Distance to metal, against closed forms and against the metal's volume."""

import numpy as np
import pytest

from neurotomy.equipment import catalogue
from neurotomy.equipment.geometry import elements, metal_volume_mm3
from neurotomy.lesion.volumetric.shapes import Metal, distance_to


def distances(metal, points_mm, reach_mm=100.0):
    args = (metal.points, metal.first, metal.number, metal.face, metal.box)
    return np.array([distance_to(*args, *(p * 1e-3), reach_mm * 1e-3)[0] for p in np.atleast_2d(points_mm)]) * 1e3


def test_a_hemisphere_and_its_shaft():
    electrode = catalogue.electrode("conventional-18g-10mm")
    a = electrode.radius_mm
    metal = Metal.of(elements(electrode))
    points = np.array([[0, 0, -2.0], [0, 0, a], [3.0, 0, 5.0], [0.0, -0.1, 5.0], [2.0, 0.0, a - 1.5]])
    assert distances(metal, points) == pytest.approx([2.0, -a, 3.0 - a, 0.1 - a, 2.5 - a], abs=1e-9)


def test_which_element_and_where_along_it():
    metal = Metal.of(elements(catalogue.electrode("conventional-18g-10mm")))
    args = (metal.points, metal.first, metal.number, metal.face, metal.box)
    found, which, arc = distance_to(*args, 1e-3, 0.0, 7e-3, 0.1)
    assert (which, arc) == (0, pytest.approx(7e-3))
    assert found == pytest.approx(1e-3 - metal.number[0, 0])
    assert distance_to(*args, 50e-3, 0.0, 7e-3, 1e-3)[1] == -1


@pytest.mark.parametrize("name", ["conventional-18g-10mm", "conical-18g-10mm", "bevel-18g-10mm", "blunt-18g-10mm"])
def test_the_metal_has_the_volume_of_its_closed_form(name):
    electrode = catalogue.electrode(name)
    (part,) = elements(electrode)
    top = 5.0
    rng = np.random.default_rng(11)
    low, high = np.array([-1.0, -1.0, -0.5]), np.array([1.0, 1.0, top])
    points = rng.uniform(low, high, (60_000, 3))
    inside = distances(Metal.of([part]), points) < 0
    box = float(np.prod(high - low))
    error = 4 * box * np.sqrt(inside.mean() * (1 - inside.mean()) / len(points))
    assert box * inside.mean() == pytest.approx(metal_volume_mm3(part, top), abs=error)


def test_a_curved_needle_follows_its_centreline():
    (part,) = elements(catalogue.electrode("curved-20g-10mm"))
    metal = Metal.of([part])
    on_axis = part.at(np.linspace(2.0, 40.0, 15))
    assert distances(metal, on_axis) == pytest.approx(-part.radius_mm, abs=2e-3)


def test_distance_changes_no_faster_than_place():
    metal = Metal.of(elements(catalogue.electrode("three-tined-18g-5mm")))
    rng = np.random.default_rng(12)
    one = rng.uniform(-6, 8, (400, 3))
    other = one + rng.normal(0, 0.3, one.shape)
    change = np.abs(distances(metal, one) - distances(metal, other))
    assert np.all(change <= np.linalg.norm(one - other, axis=1) + 1e-6)
