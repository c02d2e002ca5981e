"""Physics beyond the plain lesion: each against a closed form, a balance, or a bound."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment.catalogue import electrode, protocol
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import LesionError
from neurotomy.lesion import Numerics, simulate
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric
from neurotomy.lesion.fluid import semi_axes_m, wetted_share
from neurotomy.lesion.grid import needle_grid, spheroid_grid
from neurotomy.lesion.heat import Heat, Water
from neurotomy.lesion.needle import Needle
from neurotomy.lesion.physics import Boiling, Fluid, Physics, boiling, relative_sigma
from neurotomy.lesion.reference_problem import TISSUE, needle
from neurotomy.lesion.schedule import Phase
from neurotomy.lesion.sinks import exchange_w_per_m3_k

from .needles import grid_of, material, problem_of, run

QUICK = Numerics(first_mm=0.2, growth=1.35, step_s=2.0)
BOILS = Boiling(99.0, 105.0, 0.75 * 2.257e6, 100.0)


# --- boiling -------------------------------------------------------------------------------------------------------
def test_boiling_takes_all_of_its_latent_heat_between_its_temperatures():
    celsius = np.linspace(80, 120, 40_001)
    assert BOILS.share(celsius[celsius <= 99]).max() == 0
    assert BOILS.share(celsius[celsius >= 105]).min() == 1
    assert np.trapezoid(BOILS.share_per_k(celsius), celsius) == pytest.approx(1, rel=1e-3)
    slope = np.gradient(BOILS.share(celsius), celsius)
    inside = (np.abs(celsius - 99) > 0.01) & (np.abs(celsius - 105) > 0.01)
    assert slope[inside] == pytest.approx(BOILS.share_per_k(celsius)[inside], abs=1e-6)
    assert BOILS.step(np.array([90.0, 90, 100, 110, 90]), np.array([95.0, 103, 110, 90, 130])) == pytest.approx(
        [95, 99, 105, 105, 99]
    )
    assert boiling().latent_j_per_kg == pytest.approx(0.75 * 2.257e6)


def test_conductivity_rises_to_boiling_and_falls_a_hundredfold():
    celsius = np.array([20.0, 37.0, 80.0, 99.0, 102.0, 105.0, 140.0])
    found = relative_sigma(celsius, 0.02, BOILS)
    dry = 1 + 0.02 * 62
    assert found == pytest.approx([0.66, 1.0, 1.86, dry, dry / 10, dry / 100, dry / 100])
    assert relative_sigma(celsius, 0.02)[-1] == pytest.approx(1 + 0.02 * 103)


def test_no_joule_is_lost_while_tissue_boils():
    """Stored (with latent heat) + lost = made, in every step, while the tip's surroundings turn to steam."""
    grid, stuff = grid_of(), material(blood_w_per_m3_k=2500.0)
    problem = problem_of(grid, stuff, boils=BOILS)
    from neurotomy.lesion.control import Power

    steps = run(problem, [Phase(20, 0.25, None, None, drive=Power(9.0))], refresh=0.0)
    heat = Heat(grid, geometry_of(grid), stuff, boils=BOILS)
    stored = [problem.enthalpy(s.rise).sum() for s in steps]
    hottest = 37 + max(s.rise.max() for s in steps)
    assert hottest > 102, "it does boil"
    latent = stored[-1] - (problem.capacity * steps[-1].rise).sum()
    assert latent > 5, "joules, else nothing was tested"
    for n in range(1, len(steps)):
        h = steps[n].step_s
        change = stored[1] - stored[0] if n == 1 else 1.5 * stored[n] - 2 * stored[n - 1] + 0.5 * stored[n - 2]
        lost = (heat.loss * steps[n].rise).sum()
        assert change / h + lost == pytest.approx(steps[n].heat_w, rel=2e-3, abs=2e-3)
    whole = sum(s.heat_w * s.step_s for s in steps)
    taken = sum((heat.loss * s.rise).sum() * s.step_s for s in steps)
    assert stored[-1] + taken == pytest.approx(whole, rel=5e-3)


def test_without_anything_boiling_the_nonlinear_solution_is_the_linear_one():
    grid = grid_of()
    phases = [Phase(10, 1, 37, 75), Phase(20, 2, 75, 75)]
    plain, careful = (run(problem_of(grid, boils=b), phases) for b in (None, BOILS))
    assert careful[-1].rise == pytest.approx(plain[-1].rise, abs=5e-3)
    assert careful[-1].tip_c == pytest.approx(75.0, abs=1e-6)


def test_boiling_holds_the_tissue_near_its_temperature_and_lifts_the_impedance():
    strong = Protocol.model_validate(
        {
            "name": "x",
            "phases": [{"mode": "voltage", "voltage_v": 24.0, "duration_s": 30}],
            "temperature_limit_c": 125,
            "source": "neurotomy",
        }
    )
    dry, wet = (
        simulate(needle(), strong, tissue=TISSUE, physics=Physics(vaporisation=v), numerics=QUICK)
        for v in (False, True)
    )
    assert dry.peak_tissue_c > 118
    assert 99 < wet.peak_tissue_c < dry.peak_tissue_c - 5
    ohm = wet.trace.impedance_ohm[np.isfinite(wet.trace.impedance_ohm)]
    assert ohm[-1] > 1.3 * ohm.min()
    assert any("model is not valid" in w for w in dry.warnings)
    assert not any("model is not valid" in w for w in wet.warnings)


def test_a_set_temperature_of_boiling_needs_vaporisation():
    hot = Protocol(name="hot", set_c=101.0, ramp_s=15, hold_s=30, source="neurotomy")
    with pytest.raises(LesionError, match=r"101 °C is at or above boiling \(100 °C\)"):
        simulate(needle(), hot, numerics=QUICK)
    found = simulate(needle(), hot, physics=Physics(vaporisation=True), numerics=QUICK)
    assert found.trace.tip_c.max() == pytest.approx(101, abs=0.01)


# --- conduction that depends on temperature ------------------------------------------------------------------------
@pytest.mark.parametrize("per_k", [-0.003, 0.01])
def test_kirchhoffs_transform_of_a_conductivity_that_changes_with_temperature(per_k):
    """Steady: the integral of k over the rise is sigma (V0 V - V² / 2), whatever k does."""
    grid = spheroid_grid(0.635e-3, 1e-3, first=0.1e-3, growth=1.15, outer=60e-3)
    stuff = material(sigma_per_k=0.0, k_per_k=per_k)
    faces = geometry_of(grid)
    share = faces[2].share_into_metal(stuff.k_tissue, stuff.k_metal)
    unit = Electric(grid, grounded=True, share_into_metal=share).solve(np.full(grid.shape, 0.45))
    v2 = 90.0
    heat = Heat(grid, faces, stuff)
    rise = np.zeros(grid.shape)
    for _ in range(30):
        heat.conduct(37 + rise)
        rise = heat.factor(0.0).solve(v2 * unit.heat)
    drop = 0.45 / 0.49 * v2 * (unit.potential - unit.potential**2 / 2)
    expected = (np.sqrt(1 + 2 * per_k * drop) - 1) / per_k
    error = np.abs(rise - expected)[~grid.inside] / expected.max()
    assert rise[~grid.inside].max() > 30
    assert error.max() < 0.012


def test_better_conduction_makes_a_wider_lesion():
    usual, better = (
        simulate(needle(), protocol("standard-80c-90s"), physics=Physics(thermal_conductivity_per_k=k), numerics=QUICK)
        for k in (0.0, 0.0025)
    )
    assert better.isotherm_50c.width_mm > usual.isotherm_50c.width_mm + 0.05
    assert better.trace.power_w[-20] >= 0


# --- blood ---------------------------------------------------------------------------------------------------------
def test_blood_that_stops_in_dead_tissue_lies_between_blood_and_none():
    strong = replace(tissue("muscle"), perfusion_per_s=5e-3)
    none, stops, flows = (
        simulate(needle(), protocol("standard-80c-90s"), tissue=strong, perfusion=p, physics=Physics(
            perfusion_shutdown=s), numerics=QUICK)
        for p, s in ((False, False), (True, True), (True, False))
    )  # fmt: skip
    widths = [lesion.isotherm_50c.width_mm for lesion in (flows, stops, none)]
    assert widths[0] + 0.05 < widths[1] < widths[2] - 0.05


def test_in_muscle_it_hardly_matters_whether_blood_stops():
    """Why it is off by default: less than what one standard deviation of perfusion does."""
    muscle = tissue("muscle")
    sd = muscle.perfusion_sd_per_s
    a, b, c = (
        simulate(
            needle(), protocol("standard-80c-90s"), tissue=t, physics=Physics(perfusion_shutdown=s), numerics=QUICK
        )
        for t, s in (
            (muscle, False),
            (muscle, True),
            (replace(muscle, perfusion_per_s=muscle.perfusion_per_s - sd), False),
        )
    )
    assert 0 < b.isotherm_50c.width_mm - a.isotherm_50c.width_mm < 0.1
    assert b.necrosis.width_mm - a.necrosis.width_mm == pytest.approx(0.15, abs=0.05)
    assert b.isotherm_50c.width_mm - a.isotherm_50c.width_mm < 2 * (c.isotherm_50c.width_mm - a.isotherm_50c.width_mm)


def test_blood_and_csf_are_strong_sinks():
    muscle, csf = tissue("muscle"), tissue("csf")
    assert exchange_w_per_m3_k(muscle) == pytest.approx(6.6766e-4 * 1050 * 3617, rel=0.01)
    assert exchange_w_per_m3_k(csf) > 50 * exchange_w_per_m3_k(muscle)
    assert exchange_w_per_m3_k(replace(muscle, name="blood")) > exchange_w_per_m3_k(csf)
    # The length over which a wall's heat reaches into it, sqrt(k / exchange), is below 2 mm.
    assert np.sqrt(csf.thermal_conductivity_w_per_m_k / exchange_w_per_m3_k(csf)) < 2e-3


# --- contact and fluid ---------------------------------------------------------------------------------------------
def test_contact_resistance_comes_on_top_of_that_of_a_sphere():
    a, contact = 1e-3, 2e-5
    grid = spheroid_grid(a, a, first=0.05e-3, growth=1.15, outer=60e-3)
    sigma = np.full(grid.shape, 0.45)
    bare, covered = (1 / Electric(grid, contact_ohm_m2=c).solve(sigma).conductance for c in (0.0, contact))
    expected = contact / (4 * np.pi * a**2)
    # A staircase of cut cells has more area than the sphere (1.5 times in the mean of all directions).
    assert 0.6 * expected < covered - bare < 1.05 * expected


def test_contact_resistance_of_a_shaft():
    grid = grid_of(first_mm=0.1, growth=1.2)
    sigma = np.full(grid.shape, 0.45)
    contact = 1e-5
    bare, covered = (1 / Electric(grid, contact_ohm_m2=c).solve(sigma).conductance for c in (0.0, contact))
    area = 2 * np.pi * 0.635e-3 * 10e-3
    # Current crowds at both ends, so the drop over the contact is a little more than for an even current.
    assert contact / area < covered - bare < 1.35 * contact / area


def test_heat_of_the_contact_warms_the_sensor_first():
    """So the generator gives less, and the lesion is smaller."""
    a, b = (
        simulate(needle(), protocol("standard-80c-90s"), physics=Physics(contact_ohm_mm2=c), numerics=QUICK)
        for c in (0.0, 200.0)
    )
    assert b.trace.impedance_ohm[0] > a.trace.impedance_ohm[0] + 3
    assert a.necrosis.width_mm - 1.5 < b.necrosis.width_mm < a.necrosis.width_mm - 0.1


def test_the_wetted_region_holds_the_fluid():
    grid = needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=0.1e-3, growth=1.1, outer_radius=60e-3, below=55e-3, above=70e-3
    )
    for volume_ml, share in ((0.1, 1.0), (0.5, 0.5), (1.0, 0.2)):
        fluid = Fluid(volume_ml, 1.9, share)
        wet = wetted_share(grid, fluid) * grid.volume * (1 - grid.metal)
        assert wet.sum() * 1e6 == pytest.approx(volume_ml / share, rel=0.03)
    along, across = semi_axes_m(10e-3, 1e-6, 0.0)
    assert along - across == pytest.approx(5e-3)
    assert 4 / 3 * np.pi * along * across**2 == pytest.approx(1e-6)


def test_fluid_everywhere_is_a_better_conductor_everywhere():
    grid = grid_of()
    problem = problem_of(grid, physics=Physics(fluid=Fluid(1e6, 1.9, 1.0)))
    assert problem.sigma(np.full(grid.shape, 37.0)) == pytest.approx(np.full(grid.shape, 1.9))
    half = problem_of(grid, physics=Physics(fluid=Fluid(1e6, 1.9, 0.5)))
    assert half.sigma(np.full(grid.shape, 37.0)) == pytest.approx(np.full(grid.shape, (0.45 + 1.9) / 2))


def test_saline_lowers_the_impedance_and_spreads_the_current():
    dry, wet = (
        simulate(needle(), protocol("standard-80c-90s"), physics=Physics(fluid=f), numerics=QUICK)
        for f in (None, Fluid(1.0, 1.9))
    )
    assert wet.trace.impedance_ohm[0] < 0.85 * dry.trace.impedance_ohm[0]
    assert wet.trace.power_w.max() > dry.trace.power_w.max()
    assert wet.isotherm_50c.width_mm > dry.isotherm_50c.width_mm


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fluid(-1.0, 1.4), "expected more than 0"),
        (lambda: Fluid(1.0, 0.0), "expected more than 0"),
        (lambda: Fluid(1.0, 1.4, 1.5), "up to 1"),
        (lambda: Physics(contact_ohm_mm2=-1), "expected 0 or more"),
        (lambda: Physics(thermal_conductivity_per_k=0.5), "expected -1 to 5"),
    ],
)
def test_impossible_options_are_refused(make, message):
    with pytest.raises(LesionError, match=message):
        make()


# --- water cooling -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("transfer", [300.0, 3000.0, 1e5])
def test_water_in_a_long_tube_against_the_closed_form(transfer):
    """Three resistances in series: wall to water, tube, tissue out to where it is held."""
    a, cavity, edge, below, above = 0.7365e-3, 0.5335e-3, 6e-3, 50e-3, 90e-3
    grid = needle_grid(
        a, 10e-3, round_tip=False, first=0.1e-3, growth=1.15, outer_radius=edge, below=below, above=above,
        cavity=(cavity, 1e-3, above),
    )  # fmt: skip
    stuff = material()
    water = Water(cavity, 1e-3, above, transfer, -16.0)
    heat = Heat(grid, geometry_of(grid), stuff, water=water)
    rise = heat.factor(0.0).solve(heat.inflow)
    row = int(np.argmin(np.abs(grid.z - 45e-3)))
    into = 1 / (2 * np.pi * cavity * transfer)
    tube = np.log(a / cavity) / (2 * np.pi * stuff.k_metal)
    outside = np.log(edge / a) / (2 * np.pi * stuff.k_tissue)
    tissue_cells = grid.r > a
    expected = -16 * np.log(edge / grid.r[tissue_cells]) / np.log(edge / a) * outside / (into + tube + outside)
    assert rise[row, tissue_cells] == pytest.approx(expected, abs=0.06)
    wet = water.cells(grid)
    assert rise[wet] == pytest.approx(-16, abs=1e-3)


def test_heat_made_is_stored_lost_or_carried_away_by_the_water():
    lesion_steps = []
    grid = grid_of(cavity=(0.4e-3, 1e-3, 25e-3))
    water = Water(0.4e-3, 1e-3, 25e-3, 3000.0, -16.0)
    problem = problem_of(grid, water=water)
    lesion_steps = run(problem, [Phase(10, 1, 37, 55), Phase(20, 1, 55, 55)], refresh=0.0)
    heat = Heat(grid, geometry_of(grid), material())
    carried = []
    for n in range(1, len(lesion_steps)):
        s = lesion_steps[n]
        change = (
            s.rise - lesion_steps[n - 1].rise
            if n in (1, 11)
            else 1.5 * s.rise - 2 * lesion_steps[n - 1].rise + 0.5 * lesion_steps[n - 2].rise
        )
        dry = ~water.cells(grid)
        stored = (heat.capacity * change)[dry].sum() / s.step_s
        lost = (heat.loss * s.rise)[dry].sum()
        carried.append(problem.water_heat_w(s.rise))
        assert stored + lost + carried[-1] == pytest.approx(s.heat_w, rel=1e-6, abs=1e-6)
    assert carried[-1] > 1.0


def test_a_cooled_electrode_heats_tissue_more_than_itself():
    cooled = electrode("cooled-17g-4mm")
    lesion = simulate(cooled, protocol("cooled-60c-150s"))
    row, column = np.unravel_index(np.argmax(lesion.field.peak_c), lesion.field.peak_c.shape)
    assert lesion.trace.tip_c.max() == pytest.approx(60)
    assert 70 < lesion.peak_tissue_c < 100
    assert np.hypot(lesion.field.r_mm[column], 0) > cooled.radius_mm + 0.5 or lesion.field.z_mm[row] < -0.3
    plain = simulate(cooled.model_copy(update={"cooling": None}), protocol("cooled-60c-150s"))
    assert lesion.necrosis.volume_mm3 > 2 * plain.necrosis.volume_mm3
    warm = simulate(
        cooled.model_copy(update={"cooling": cooled.cooling.model_copy(update={"water_c": 36.0})}),
        protocol("cooled-60c-150s"),
    )
    assert lesion.necrosis.volume_mm3 > warm.necrosis.volume_mm3


def test_water_stops_with_the_current():
    lesion = simulate(electrode("cooled-17g-4mm"), protocol("cooled-60c-150s"))
    trace = lesion.trace
    off = np.flatnonzero(np.isnan(trace.impedance_ohm))
    tips = trace.tip_c[off]
    assert tips[0] < 60, "the cold water that stays inside takes heat"
    assert tips[:8].max() > tips[0] + 0.5, "and then hot tissue warms the tip"
    assert tips[-1] < tips[:8].max()


# --- points --------------------------------------------------------------------------------------------------------
def test_a_cone_keeps_the_potential_temperature_identity():
    """Any body of revolution does; the cells that its side cuts must add up."""
    errors = []
    for first_mm, growth in ((0.2, 1.3), (0.1, 1.15)):
        grid = needle_grid(
            0.635e-3, 10e-3, round_tip=False, cone=1.7e-3, first=first_mm * 1e-3, growth=growth,
            outer_radius=60e-3, below=60e-3, above=80e-3,
        )  # fmt: skip
        stuff = material(sigma_per_k=0.0, k_metal=1e-6)
        faces = geometry_of(grid)
        share = faces[2].share_into_metal(stuff.k_tissue, stuff.k_metal)
        unit = Electric(grid, grounded=True, share_into_metal=share).solve(np.full(grid.shape, 0.45))
        rise = Heat(grid, faces, stuff).factor(0.0).solve(unit.heat)
        ratio = 0.45 / stuff.k_tissue
        expected = ratio * (unit.potential - unit.potential**2 / 2)
        errors.append(np.abs(rise - expected)[~grid.inside].max() / (ratio / 2))
    assert errors[1] < 0.02
    assert errors[1] < errors[0]


def test_the_cone_has_its_volume():
    grid = needle_grid(
        0.635e-3, 10e-3, round_tip=False, cone=1.7e-3, first=0.05e-3, growth=1.2,
        outer_radius=20e-3, below=20e-3, above=30e-3,
    )  # fmt: skip
    tip = (grid.z < 1.7e-3)[:, None]
    assert (grid.metal * grid.volume * tip).sum() == pytest.approx(np.pi * 0.635e-3**2 * 1.7e-3 / 3, rel=5e-3)
    assert Needle(1.0, 5.0, False).flat
    assert not Needle(1.0, 5.0, False, 2.0).flat


def test_curved_and_tined_electrodes_are_refused_in_two_dimensions():
    with pytest.raises(LesionError, match=r"'curved-20g-10mm' is curved: .* three-dimensional"):
        simulate(electrode("curved-20g-10mm"), protocol("standard-80c-90s"))
    with pytest.raises(LesionError, match=r"'three-tined-18g-5mm' has tines: .* three-dimensional"):
        simulate(electrode("three-tined-18g-5mm"), protocol("three-tined-80c-120s"))


@pytest.mark.parametrize("name", ["conical-18g-10mm", "bevel-18g-10mm", "cooled-17g-2mm", "cooled-18g-4mm"])
def test_new_electrodes_have_an_error_bar_that_holds(name):
    e = electrode(name)
    p = protocol("cooled-60c-150s" if e.cooling else "standard-80c-90s")
    usual = simulate(e, p)
    finer = simulate(e, p, numerics=Numerics(first_mm=0.06, growth=1.12))
    assert usual.numerical_error_mm < 0.12
    for name in ("isotherm_50c", "necrosis"):
        a, b = getattr(usual, name), getattr(finer, name)
        assert abs(a.width_mm - b.width_mm) <= a.numerical_error_mm + 0.02
        assert abs(a.length_mm - b.length_mm) <= a.numerical_error_mm + 0.02


def test_a_bevel_says_how_it_is_solved():
    bevel = simulate(electrode("bevel-18g-10mm"), protocol("standard-80c-90s"), numerics=QUICK)
    assert bevel.warnings == ("The bevel is solved as the cone with as much metal.",)
