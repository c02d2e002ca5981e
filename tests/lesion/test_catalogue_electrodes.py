"""Contract of every straight electrode of the catalogue on the axisymmetric grid; a new entry needs no new test."""

import numpy as np
import pytest

from neurotomy.equipment import catalogue
from neurotomy.equipment.geometry import elements, metal_volume_mm3
from neurotomy.lesion.electric import Electric
from neurotomy.lesion.simulation import Numerics, grid_for

SIGMA = 0.45
STRAIGHT = [name for name in catalogue.electrode_names() if catalogue.electrode(name).axisymmetric]


def grid_of(electrode):
    return grid_for(electrode, Numerics(first_mm=0.1, growth=1.3))


@pytest.mark.parametrize("name", STRAIGHT)
def test_metal_has_its_volume(name):
    electrode = catalogue.electrode(name)
    grid = grid_of(electrode)
    tip = (grid.z < electrode.active_tip_mm * 1e-3)[:, None]
    found = (grid.metal * grid.volume * tip).sum() * 1e9
    assert found == pytest.approx(metal_volume_mm3(elements(electrode)[0], electrode.active_tip_mm), rel=5e-3)


@pytest.mark.parametrize("name", STRAIGHT)
def test_impedance_lies_between_those_of_the_spheroids_inside_and_around_it(name):
    electrode = catalogue.electrode(name)
    grid = grid_of(electrode)
    field = Electric(grid).solve(np.full(grid.shape, SIGMA))
    c, b = electrode.active_tip_mm / 2e3, electrode.radius_mm * 1e-3
    e = np.sqrt(1 - (b / c) ** 2)
    inside = np.arctanh(e) / (4 * np.pi * SIGMA * c * e)
    # A point has less surface than the spheroid inside a cylinder, and the insulated shaft keeps current away.
    assert inside / np.sqrt(2) < 1 / field.conductance < 1.25 * inside
    assert field.heat.sum() + field.heat_outside == pytest.approx(field.conductance, rel=1e-9)
    assert np.all((field.potential[~grid.inside] > 0) & (field.potential[~grid.inside] < 1))


@pytest.mark.parametrize("name", STRAIGHT)
def test_the_apex_is_at_zero_and_the_sensor_in_the_metal(name):
    electrode = catalogue.electrode(name)
    grid = grid_of(electrode)
    assert not grid.inside[grid.z < 0].any()
    assert grid.inside[grid.z > electrode.thermocouple_from_apex_mm * 1e-3, 0].all()
    place = electrode.thermocouple_from_apex_mm * 1e-3
    assert electrode.radius_mm > 0
    assert grid.body.half_width(np.array([place]))[0] > 0
    if electrode.cooling is not None:
        assert electrode.thermocouple_from_apex_mm < electrode.cooling.cavity_from_apex_mm, "not in the water"
