"""The electric field: resistance, current balance, heat balance."""

import numpy as np
import pytest

from neurotomy.lesion.electric import Electric
from neurotomy.lesion.grid import needle_grid, spheroid_grid

SIGMA = 0.45


def solved(grid, sigma=SIGMA, grounded=False):
    return Electric(grid, grounded=grounded).solve(np.full(grid.shape, sigma))


def needle(radius_mm=0.635, active_mm=10.0, first_mm=0.1, growth=1.15, outer_mm=60.0, round_tip=True):
    return needle_grid(
        radius_mm * 1e-3,
        active_mm * 1e-3,
        round_tip=round_tip,
        first=first_mm * 1e-3,
        growth=growth,
        outer_radius=outer_mm * 1e-3,
        below=outer_mm * 1e-3,
        above=(outer_mm + active_mm) * 1e-3,
    )


def test_heat_adds_up_to_the_conductance():
    field = solved(needle())
    assert field.heat.sum() + field.heat_outside == pytest.approx(field.conductance, rel=1e-10)


def test_current_leaves_through_the_outer_boundary():
    grid = needle()
    field = solved(grid)
    out = (Electric(grid).links(field.sigma).ground * field.potential).sum()
    assert out == pytest.approx(field.conductance, rel=1e-10)


def test_conductance_is_proportional_to_conductivity():
    grid = needle()
    assert solved(grid, 0.9).conductance == pytest.approx(2 * solved(grid, 0.45).conductance, rel=1e-10)


def test_the_far_field_makes_resistance_independent_of_the_domain():
    far = [1 / solved(needle(outer_mm=mm, growth=1.12)).conductance for mm in (30, 60, 120)]
    ground = [1 / solved(needle(outer_mm=mm, growth=1.12), grounded=True).conductance for mm in (30, 120)]
    assert np.ptp(far) / far[1] < 0.012
    assert (ground[1] - ground[0]) / ground[1] > 0.04, "grounding the boundary does matter"
    assert ground[1] == pytest.approx(far[1], rel=0.04)


def spheroid_ohm(length_mm, diameter_mm):
    c, b = length_mm / 2e3, diameter_mm / 2e3
    if c == b:
        return 1 / (4 * np.pi * SIGMA * c)
    e = np.sqrt(1 - (b / c) ** 2)
    return np.arctanh(e) / (4 * np.pi * SIGMA * c * e)


@pytest.mark.parametrize(("length_mm", "diameter_mm"), [(2, 2), (5, 0.7176), (10, 0.7176), (10, 1.27), (10, 1.651)])
def test_resistance_of_a_spheroid(length_mm, diameter_mm):
    """R = 1 / (4 pi sigma a) of a sphere, atanh(e) / (4 pi sigma c e) of a prolate spheroid; order at least one."""
    errors = []
    for first_mm, growth in ((0.1, 1.2), (0.05, 1.1)):
        grid = spheroid_grid(
            diameter_mm / 2e3, length_mm / 2e3, first=first_mm * 1e-3, growth=growth, outer=80e-3
        )  # fmt: skip
        errors.append(1 / solved(grid).conductance / spheroid_ohm(length_mm, diameter_mm) - 1)
    assert abs(errors[0]) < 0.004
    assert abs(errors[1]) < 0.001
    assert abs(errors[1]) < 0.6 * abs(errors[0])


def test_resistance_lies_between_spheroids_that_hold_and_are_held_by_the_needle():
    """Prolate spheroid, R = atanh(e) / (4 pi sigma f). A smaller body has the larger resistance.

    The bare tip with an insulated shaft on one end loses the field lines of that end, so it lies above the bare body of
    its own size and below one of half its length.
    """

    found = 1 / solved(needle()).conductance
    assert spheroid_ohm(10.0, 1.27) == pytest.approx(98.150129, rel=1e-6)
    assert spheroid_ohm(12.0, 1.6) < found < spheroid_ohm(6.0, 1.27)


def test_stale_potential_gives_conductance_to_second_order():
    """A potential solved for uniform sigma, used with another: the error is second order in the difference."""
    grid = needle(growth=1.3)
    electric = Electric(grid)
    field = solved(grid)
    pattern = np.exp(-((grid.r[None, :] * 1e3 - 2) ** 2)) * np.ones(grid.shape)
    errors = []
    for size in (0.2, 0.1, 0.05):
        sigma = SIGMA * (1 + size * pattern)
        exact = electric.solve(sigma).conductance
        errors.append(electric.conductance(field, electric.links(sigma)) / exact - 1)
    assert min(errors) > 0, "the true potential minimises the power"
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.3)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.3)


def test_a_field_improved_from_the_last_one_is_that_of_a_new_factor():
    grid = needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=0.2e-3, growth=1.3, outer_radius=50e-3, below=45e-3, above=55e-3
    )
    electric = Electric(grid)
    cold = np.full(grid.shape, 0.45)
    warm = 0.45 * (1 + 0.1 * np.exp(-((grid.r[None, :] / 4e-3) ** 2) - ((grid.z[:, None] - 5e-3) / 8e-3) ** 2))
    first, known = electric.solve(cold), electric.solve(warm)
    improved = electric.solve(warm, before=first)
    tissue = ~grid.inside
    start = np.abs(first.potential - known.potential)[tissue].max()
    assert start > 1e-3
    assert np.abs(improved.potential - known.potential)[tissue].max() < start / 50
    assert improved.conductance == pytest.approx(known.conductance, rel=2e-4)
    assert improved.heat.sum() + improved.heat_outside == pytest.approx(known.conductance, rel=2e-4)
    # Another tissue altogether: too far for the old factor, so a new one is made.
    other = np.where(grid.z[:, None] > 0, 0.45, 0.002) * np.ones(grid.shape)
    assert electric.solve(other, before=first).conductance == pytest.approx(electric.solve(other).conductance, rel=1e-9)


def test_conductances_fitted_to_a_line_of_charge_tend_to_the_usual_ones():
    from neurotomy.lesion.conductance import FIT_RANGE, geometry_of

    worst = []
    for first, growth in ((0.4e-3, 1.5), (0.2e-3, 1.225), (0.1e-3, 1.107)):
        grid = needle_grid(
            0.635e-3, 10e-3, round_tip=True, first=first, growth=growth, outer_radius=50e-3, below=45e-3, above=55e-3
        )
        radial, axial, _ = geometry_of(grid)
        factors = np.concatenate([f.tissue[f.tissue > 0] for f in (radial, axial)])
        factors = factors[np.abs(factors - 1.554) > 0.3]
        assert FIT_RANGE[0] * 0.9 <= factors.min()
        assert factors.max() <= FIT_RANGE[1] * 1.1
        worst.append(np.median(np.abs(factors - 1)))
    assert worst[0] > 2.5 * worst[1] > 6 * worst[2]
