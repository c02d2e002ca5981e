"""The Cartesian grid: conservation, mirror images, known resistances, and cells where they are needed."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.equipment import catalogue
from neurotomy.equipment.electrode_set import bipolar_pair
from neurotomy.equipment.geometry import elements, elements_of
from neurotomy.errors import LesionError
from neurotomy.lesion.reference_problem import TISSUE, needle
from neurotomy.lesion.volumetric.block import box, volume
from neurotomy.lesion.volumetric.cartesian import Cartesian, graded_grid
from neurotomy.lesion.volumetric.tissue_map import homogeneous

SIDE = np.full(3, 30.0)


def problem(parts, first_mm=0.3, growth=1.5, reach=SIDE, **changes):
    grid = graded_grid(parts, -reach, reach + [0, 0, 10.0], first_mm=first_mm, growth=growth)
    return Cartesian(grid, parts, homogeneous(TISSUE), np.eye(4), **({"grounded": True} | changes))


def solved(made, celsius=37.0):
    sigma = made.sigma(np.full(made.shape, celsius))
    links = made.links(sigma)
    return made.field(sigma, links), links


def test_heat_made_is_the_power_and_what_is_stored_comes_from_it():
    made = problem(elements(needle()))
    field, links = solved(made)
    at_the_boundary = (links.ground * field.potential**2).sum()
    assert field.heat.sum() + at_the_boundary == pytest.approx(field.conductance, rel=1e-4)
    assert made.conductance_now(field, links) == pytest.approx(field.conductance, rel=1e-4)
    step = made.heat_step(0.5)
    rise = step.solve(field.heat)
    # Everything that flows in is stored or lost through blood and boundary.
    assert (0.5 * made.capacity * rise + made.loss * rise).sum() == pytest.approx(field.heat.sum(), rel=1e-3)


def test_a_pair_is_its_own_mirror_image():
    """Poles at +1/2 and -1/2 V: potentials change sign across the middle plane, heat does not."""
    made = problem(elements_of(bipolar_pair(needle(), 10.0)))
    field, _ = solved(made)
    assert made.grid.x == pytest.approx(-made.grid.x[::-1], abs=1e-9)
    # The iteration stops at 1e-4 in the energy norm; its two halves may differ by about that much.
    assert field.potential[::-1] == pytest.approx(-field.potential, abs=2e-3)
    assert field.heat[::-1] == pytest.approx(field.heat, abs=5e-3 * field.heat.max())


def test_resistance_falls_to_that_of_the_axisymmetric_grid():
    """60.0 ohm of the reference needle at 37 °C in a wide domain; finer cells come closer."""
    from neurotomy.lesion.axisymmetric import Axisymmetric
    from neurotomy.lesion.grid import needle_grid
    from neurotomy.lesion.heat import Material

    grid = needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=0.1e-3, growth=1.2, outer_radius=60e-3, below=60e-3, above=70e-3
    )
    flat = Axisymmetric(grid, Material(0.45, 0.02, 0.49, 3.7e6, 16.0, 3.95e6, 0.0), thermocouple_m=0.5e-3)
    sigma = flat.sigma(np.full(flat.shape, 37.0))
    known = 1 / flat.field(sigma, flat.links(sigma)).conductance
    wide = np.full(3, 60.0)
    coarse, fine = (
        1 / solved(problem(elements(needle()), h, q, wide, grounded=False))[0].conductance
        for h, q in ((0.3, 1.5), (0.15, 1.35))
    )
    assert abs(fine / known - 1) < abs(coarse / known - 1)
    assert fine == pytest.approx(known, rel=0.03)


def test_resistance_of_a_pair_of_far_spheres():
    """Bare hemispherical stubs are not spheres; a pair must at least carry half of what each carries against ground."""
    one = solved(problem(elements(needle()), reach=np.full(3, 45.0), grounded=False))[0].conductance
    pair = solved(problem(elements_of(bipolar_pair(needle(), 30.0)), reach=np.array([60.0, 45.0, 45.0])))[0].conductance
    assert pair == pytest.approx(one / 2, rel=0.15)


def test_flowing_water_takes_heat_and_standing_water_does_not():
    (part,) = elements(catalogue.electrode("cooled-17g-4mm"))
    made = problem((part,), start_c=37.0)
    heat = np.zeros(made.shape)
    inflow = made.flow(True)
    cooled = made.heat_step(0.01).solve(heat + inflow)
    water_k = part.cooling.water_c - 37.0
    assert water_k < cooled.min() < 0.3 * water_k
    assert made.flow(False) is None
    assert np.abs(made.heat_step(0.01).solve(heat)).max() < 1e-9


def test_cells_are_fine_at_the_metal_and_on_its_edges():
    (part,) = elements(needle())
    grid = graded_grid((part,), -SIDE, SIDE + [0, 0, 10.0], first_mm=0.2, growth=1.3)
    across = np.diff(grid.x)[np.abs(grid.centres[0]) < 0.6e-3]
    assert across.max() < 0.25e-3
    assert np.diff(grid.x).max() > 2e-3
    for height in (0.0, part.bare_mm[1] * 1e-3):
        assert np.abs(grid.z - height).min() < 1e-9


def test_a_tip_that_leaves_the_grid_is_refused():
    (part,) = elements(needle())
    with pytest.raises(LesionError, match="leaves the grid"):
        graded_grid((part,), np.array([-30, -30, 2.0]), SIDE, first_mm=0.2, growth=1.3)


def test_a_needle_without_a_pole_is_refused():
    (part,) = elements(needle())
    with pytest.raises(LesionError, match=r"active tip|No active"):
        problem((replace(part, polarity=0),))


def test_box_and_volume_of_an_ellipsoid():
    faces = tuple(np.linspace(-10, 10, n) for n in (60, 70, 80))
    centres = tuple(0.5 * (f[1:] + f[:-1]) for f in faces)
    x, y, z = np.meshgrid(*centres, indexing="ij")
    level = 1 - ((x - 1) / 4) ** 2 - (y / 5) ** 2 - ((z + 2) / 6) ** 2
    low, high = box(centres, level, 0.0)
    assert low == pytest.approx([-3.0, -5.0, -8.0], abs=0.02)
    assert high == pytest.approx([5.0, 5.0, 4.0], abs=0.02)
    assert volume(centres, faces, level, 0.0, np.zeros(level.shape)) == pytest.approx(4 / 3 * np.pi * 120, rel=0.005)
    assert box(centres, level, 2.0) is None
