"""Heat: the potential-temperature identity, energy balance, generator limits."""

import numpy as np
import pytest

from neurotomy.lesion.axisymmetric import Axisymmetric
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric
from neurotomy.lesion.grid import needle_grid, spheroid_grid
from neurotomy.lesion.heat import Heat, Material
from neurotomy.lesion.march import Phase, march
from neurotomy.lesion.reference_problem import PROTOCOL

TISSUE_K = 0.495


def grid_of(first_mm=0.1, growth=1.15, above_mm=80.0):
    return needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=first_mm * 1e-3, growth=growth,
        outer_radius=60e-3, below=60e-3, above=above_mm * 1e-3,
    )  # fmt: skip


def material(**changes):
    fields = {
        "sigma_s_per_m": 0.45,
        "sigma_per_k": 0.0,
        "k_tissue": TISSUE_K,
        "heat_capacity_tissue": 1090 * 3421.0,
        "k_metal": 16.0,
        "heat_capacity_metal": 3.95e6,
        "blood_w_per_m3_k": 0.0,
    }
    return Material(**(fields | changes))


def run(grid, stuff, phases, protocol=PROTOCOL, refresh=0.02):
    steps = []
    problem = Axisymmetric(grid, stuff, thermocouple_m=0.5e-3, grounded=True)
    march(problem, phases, start_c=37.0, refresh=refresh, protocol=protocol, watch=steps.append)
    return steps


def identity_error(grid, stuff):
    """Largest deviation from rise = (sigma / k)(V0 V - V² / 2) in tissue, as a share of the electrode's rise.

    Steady, no perfusion, outer boundary at 0 V and at the start temperature, no heat along the shaft: the temperature
    is a function of the potential alone, whatever the electrode's shape. The strongest check there is.
    """
    faces = geometry_of(grid)
    share = faces[2].share_into_metal(stuff.k_tissue, stuff.k_metal)
    unit = Electric(grid, grounded=True, share_into_metal=share).solve(np.full(grid.shape, stuff.sigma_s_per_m))
    rise = Heat(grid, faces, stuff).factor(0.0).solve(unit.heat)
    ratio = stuff.sigma_s_per_m / stuff.k_tissue
    expected = ratio * (unit.potential - unit.potential**2 / 2)
    return np.abs(rise - expected)[~grid.inside].max() / (ratio / 2), rise[grid.inside].max() / (ratio / 2)


def test_potential_temperature_identity_of_a_needle_that_conducts_no_heat():
    errors = [identity_error(grid_of(h, q), material(k_metal=1e-6))[0] for h, q in ((0.2, 1.3), (0.1, 1.15))]
    assert errors[1] < 0.01
    assert errors[1] < 0.75 * errors[0]


@pytest.mark.parametrize("k_metal", [1e-6, 16.0, 400.0])
@pytest.mark.parametrize("semi_axis", [1e-3, 5e-3])
def test_potential_temperature_identity_of_a_spheroid_of_any_metal(semi_axis, k_metal):
    grid = spheroid_grid(0.635e-3, semi_axis, first=0.1e-3, growth=1.15, outer=60e-3)
    error, electrode = identity_error(grid, material(k_metal=k_metal))
    assert error < 0.01
    assert electrode == pytest.approx(1.0, abs=0.005)


def test_energy_made_is_stored_or_lost():
    """Every joule is in the tissue and needle, carried off by blood, or gone through the boundary: to round-off."""
    grid = grid_of(growth=1.3)
    stuff = material(sigma_per_k=0.02, blood_w_per_m3_k=2500.0)
    steps = run(grid, stuff, [Phase(10, 1, 37, 80), Phase(20, 1, 80, 80)], refresh=0.0)
    heat = Heat(grid, geometry_of(grid), stuff)
    # First and later steps of each phase have their own difference formula; the balance is that of the formula.
    for n in range(1, len(steps)):
        first_of_phase = n in (1, 11)
        h = steps[n].step_s
        change = (
            steps[n].rise - steps[n - 1].rise
            if first_of_phase
            else 1.5 * steps[n].rise - 2 * steps[n - 1].rise + 0.5 * steps[n - 2].rise
        )
        stored = (heat.capacity * change).sum() / h
        lost = (heat.loss * steps[n].rise).sum()
        assert stored + lost == pytest.approx(steps[n].heat_w, rel=1e-9)
        assert steps[n].heat_w == pytest.approx(steps[n].power_w, rel=5e-3), "the rest is made at the far boundary"


def test_limits_hold_the_generator_back():
    grid = grid_of(growth=1.3, first_mm=0.2)
    stuff = material(sigma_per_k=0.02)
    phases = [Phase(10, 1, 37, 80), Phase(60, 2, 80, 80)]
    for name, value in (("power_limit_w", 1.5), ("voltage_limit_v", 8.0), ("current_limit_a", 0.12)):
        steps = run(grid, stuff, phases, PROTOCOL.model_copy(update={name: value}))
        shown = {
            "power_limit_w": [s.power_w for s in steps],
            "voltage_limit_v": [s.voltage_v for s in steps],
            "current_limit_a": [s.voltage_v / s.impedance_ohm for s in steps],
        }[name]
        assert max(shown) <= value * (1 + 1e-9)
        assert max(shown) == pytest.approx(value, rel=1e-6)
        assert any(s.limited for s in steps)
        assert steps[-1].tip_c < 80


def test_nothing_happens_without_power():
    steps = run(grid_of(growth=1.3), material(), [Phase(20, 2, None, None)])
    assert np.abs(steps[-1].rise).max() == 0
