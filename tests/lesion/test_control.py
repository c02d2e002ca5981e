"""Ways to run the generator: each does what its name says, within the limits, and bursts add what they should."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.equipment.catalogue import electrode, protocol
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import LesionError
from neurotomy.lesion import Numerics, simulate
from neurotomy.lesion.control import Ask, Controller, Current, Power, Pulses, SetPoint, Voltage, largest_voltage_squared
from neurotomy.lesion.extents import Nodes
from neurotomy.lesion.reference_problem import NUMERICS, PROTOCOL, TISSUE, needle
from neurotomy.lesion.schedule import Phase, phases_of

from .needles import grid_of, problem_of, run

QUICK = Numerics(first_mm=0.2, growth=1.35, step_s=2.0)


def own(*phases, **fields):
    return Protocol.model_validate({"name": "own", "phases": phases, "source": "neurotomy"} | fields)


def ask(**changes):
    fields = {
        "elapsed_s": 1.0, "step_s": 0.5, "duration_s": 10.0, "sensor_c": 50.0, "free_c": 49.0,
        "gain_k": 0.1, "conductance_s": 0.015, "limit_v2": 1000.0,
    }  # fmt: skip
    return Ask(**(fields | changes))


def test_power_voltage_and_current_are_what_was_asked_for():
    found = {}
    for mode, field, value in (
        ("power", "power_w", 3.0),
        ("voltage", "voltage_v", 12.0),
        ("current", "current_a", 0.2),
    ):
        lesion = simulate(needle(), own({"mode": mode, field: value, "duration_s": 20}), tissue=TISSUE, numerics=QUICK)
        on = np.isfinite(lesion.trace.impedance_ohm) & (lesion.trace.time_s > 0)
        trace = lesion.trace
        shown = {"power": trace.power_w, "voltage": trace.voltage_v, "current": trace.current_a}[mode][on]
        assert shown == pytest.approx(value, rel=1e-6)
        # Ohm's law and Joule's law on every step.
        assert trace.voltage_v[on] == pytest.approx(trace.current_a[on] * trace.impedance_ohm[on], rel=1e-9)
        assert trace.power_w[on] == pytest.approx(trace.voltage_v[on] * trace.current_a[on], rel=1e-9)
        assert np.all(np.diff(trace.tip_c[on]) > 0)
        found[mode] = lesion
    assert found["voltage"].trace.power_w[1] < found["voltage"].trace.power_w[10], "warm tissue takes more current"
    assert found["current"].trace.power_w[1] > found["current"].trace.power_w[10]


def test_sudden_power_is_resolved_in_time():
    tips = []
    for step_s in (2.0, 0.25):
        lesion = simulate(
            needle(),
            own({"mode": "power", "power_w": 3.0, "duration_s": 30}),
            tissue=TISSUE,
            numerics=replace(QUICK, step_s=step_s),
        )
        tips.append(np.interp([2, 5, 10, 30], lesion.trace.time_s, lesion.trace.tip_c))
    assert tips[0] == pytest.approx(tips[1], abs=0.25)


def test_a_manual_mode_stops_at_the_temperature_limit():
    lesion = simulate(
        needle(), own({"mode": "power", "power_w": 8.0, "duration_s": 40}, temperature_limit_c=85), numerics=QUICK
    )
    assert lesion.trace.tip_c.max() == pytest.approx(85.0, abs=1e-6)
    assert lesion.protocol.set_c == 85


def test_a_second_ramp_starts_where_the_sensor_is():
    again = own(
        {"mode": "temperature", "set_c": 70, "duration_s": 10, "ramp": True},
        {"mode": "pause", "duration_s": 20},
        {"mode": "temperature", "set_c": 80, "duration_s": 10, "ramp": True},
        {"mode": "temperature", "set_c": 80, "duration_s": 20},
    )
    trace = simulate(needle(), again, numerics=QUICK).trace
    at = np.interp([10, 30, 35, 40, 60], trace.time_s, trace.tip_c)
    assert at[0] == pytest.approx(70)
    assert at[1] < 60, "it cools in the pause"
    assert at[2] == pytest.approx((at[1] + 80) / 2, abs=1e-6)
    assert at[3:] == pytest.approx([80, 80])
    assert np.isnan(trace.impedance_ohm[(trace.time_s > 10.01) & (trace.time_s < 30)]).all()


def test_a_program_of_a_ramp_and_a_hold_is_the_simple_protocol():
    simple = protocol("standard-80c-90s")
    spelled = own(
        {"mode": "temperature", "set_c": 80, "duration_s": 15, "ramp": True},
        {"mode": "temperature", "set_c": 80, "duration_s": 90},
        power_limit_w=50,
    )
    a, b = (simulate(needle(), p, numerics=QUICK) for p in (simple, spelled))
    assert np.array_equal(a.trace.power_w, b.trace.power_w)
    assert (spelled.set_c, spelled.ramp_s, spelled.hold_s) == (80, 15, 90)


def test_windup_overshoots_and_clamping_prevents_it():
    """An independent program found 14.9 °C without and 1.2 °C with clamping: 7 W at most, 0.5 W/K, 0.2 W/K/s."""
    limited = PROTOCOL.model_copy(update={"power_limit_w": 7.0})
    over = []
    for anti_windup in (False, True):
        drive = Controller(SetPoint(80.0, ramp=False), 0.5, 0.2, anti_windup=anti_windup)
        steps = run(problem_of(grid_of(round_tip=False)), [Phase(60, 0.1, None, None, drive=drive)], protocol=limited)
        over.append(max(s.tip_c for s in steps) - 80)
        assert max(s.power_w for s in steps) <= 7.0 * (1 + 1e-9)
        assert steps[-1].tip_c == pytest.approx(80, abs=1.0)
    assert over[0] == pytest.approx(14.9, abs=1.5)
    assert over[1] == pytest.approx(1.2, abs=0.5)


def test_a_real_controller_makes_the_lesion_of_the_exact_one():
    exact, real = (
        simulate(needle(), protocol(name), numerics=QUICK) for name in ("standard-80c-90s", "controller-80c-90s")
    )
    assert real.trace.tip_c.max() < 83
    assert real.necrosis.width_mm == pytest.approx(exact.necrosis.width_mm, abs=0.1)
    assert real.necrosis.length_mm == pytest.approx(exact.necrosis.length_mm, abs=0.15)


def test_drives_ask_for_the_right_volts():
    assert Power(3.0).voltage_squared(ask()) == pytest.approx(200)
    assert Voltage(10.0).voltage_squared(ask()) == pytest.approx(100)
    assert Current(0.15).voltage_squared(ask()) == pytest.approx(100)
    assert Power(3.0, ceiling_c=50).voltage_squared(ask()) == pytest.approx(10)
    assert Pulses(30.0, 0.04, 0.02).voltage_squared(ask()) == pytest.approx(36)
    line = SetPoint(80.0, 40.0)
    line.begin(45.0)
    assert line.voltage_squared(ask(elapsed_s=5.0)) == pytest.approx((60 - 49) / 0.1)
    line = SetPoint(80.0)
    line.begin(45.0)
    assert line.goal_c(ask(elapsed_s=10.0)) == pytest.approx(80)
    assert line.goal_c(ask(elapsed_s=5.0)) == pytest.approx(62.5)
    assert SetPoint(40.0, ramp=False).voltage_squared(ask()) == 0, "it cannot cool"


def test_the_tightest_limit_counts():
    limited = PROTOCOL.model_copy(update={"power_limit_w": 5.0, "voltage_limit_v": 20.0, "current_limit_a": 0.4})
    assert largest_voltage_squared(limited, 0.001) == (400.0, "voltage_limit_v")
    assert largest_voltage_squared(limited, 0.015) == (pytest.approx(5 / 0.015), "power_limit_w")
    assert largest_voltage_squared(limited, 0.1) == (pytest.approx(16), "current_limit_a")
    assert largest_voltage_squared(PROTOCOL, 0.015) == (np.inf, "")


def test_an_impedance_cutoff_below_that_of_the_tip_is_refused():
    with pytest.raises(LesionError, match=r"shows 9\d ohm at the start, above the impedance cut-off of 60 ohm"):
        simulate(electrode("conventional-18g-10mm"), protocol("standard-80c-90s").model_copy(
            update={"impedance_cutoff_ohm": 60.0}
        ), start_c=33.0)  # fmt: skip


def test_it_switches_off_for_good_when_boiling_tissue_lifts_the_impedance():
    from neurotomy.lesion.physics import Physics

    hot = own({"mode": "power", "power_w": 12.0, "duration_s": 60}, impedance_cutoff_ohm=150, temperature_limit_c=125)
    lesion = simulate(needle(), hot, tissue=TISSUE, physics=Physics(vaporisation=True), numerics=QUICK)
    trace = lesion.trace
    on = trace.power_w > 0
    off_s = trace.time_s[on][-1]
    assert off_s < 55
    assert not on[trace.time_s > off_s].any()
    assert np.nanmax(trace.impedance_ohm) <= 150
    assert any("switched off at" in warning and "150 ohm" in warning for warning in lesion.warnings)


# --- pulsed RF -----------------------------------------------------------------------------------------------------
BURST_S, PERIOD_S, VOLT = 0.02, 0.5, 31.8


@pytest.fixture(scope="module")
def pulses():
    """The averaged run, and one that resolves every burst, on one grid."""
    grid = grid_of(first_mm=0.1, growth=1.25)
    count = 20
    mean = run(
        problem_of(grid),
        [Phase(count * PERIOD_S, 1 / 16, None, None, stretch=1.4, longest_s=1.0,
               drive=Pulses(VOLT, BURST_S / PERIOD_S, BURST_S))],
    )  # fmt: skip
    phases = []
    for _ in range(count):
        phases.append(Phase(BURST_S, BURST_S / 5, None, None, drive=Voltage(VOLT)))
        phases.append(Phase(PERIOD_S - BURST_S, BURST_S / 5, None, None, stretch=1.5, longest_s=0.1))
    return grid, mean, run(problem_of(grid), phases)


def at(steps, time_s):
    return steps[int(np.argmin([abs(s.time_s - time_s) for s in steps]))]


def test_bursts_swing_about_the_averaged_background(pulses):
    grid, mean, resolved = pulses
    start = 9.0
    inside = [s for s in resolved if start - 1e-9 <= s.time_s <= start + PERIOD_S + 1e-9]
    weights = np.diff([s.time_s for s in inside])
    rises = np.array([s.rise for s in inside])
    average = np.tensordot(weights, 0.5 * (rises[1:] + rises[:-1]), axes=1) / PERIOD_S
    background = at(mean, start + PERIOD_S / 2).rise
    assert np.abs(average - background)[~grid.inside].max() < 0.25
    assert at(mean, 9.0).power_w == pytest.approx(at(resolved, 9.0 + BURST_S).power_w * BURST_S / PERIOD_S, rel=0.02)


def test_a_burst_adds_sigma_e2_tau_over_heat_capacity_away_from_the_metal(pulses):
    grid, mean, resolved = pulses
    spike = at(mean, 9.25).spike
    true = at(resolved, 9.0 + BURST_S).rise - at(resolved, 9.0).rise
    aside = (grid.r > 1.0e-3)[None, :] & (grid.z > 1e-3)[:, None] & (grid.z < 9e-3)[:, None] & (spike > 0.05)
    assert aside.sum() > 50
    assert true[aside] == pytest.approx(spike[aside], rel=0.06)
    assert true[~grid.inside].max() < 1.02 * spike[~grid.inside].max(), "elsewhere an upper bound"


def test_the_peak_is_the_mean_and_half_a_spike(pulses):
    grid, mean, resolved = pulses
    nodes = Nodes(grid)
    peak = nodes(at(resolved, 9.0 + BURST_S).rise)
    told = nodes(at(mean, 9.25).rise) + nodes(at(mean, 9.25).spike) / 2
    assert peak.max() == pytest.approx(told.max(), abs=0.5)
    assert np.abs(peak - told).max() < 1.2


def test_pulsed_rf_stays_below_its_limit_and_tells_what_a_burst_adds():
    lesion = simulate(electrode("conventional-22g-5mm"), protocol("pulsed-42c-120s"), numerics=QUICK)
    assert lesion.trace.tip_c.max() <= 42.0 + 1e-6
    assert 3 < lesion.burst_rise_k < 30
    assert lesion.peak_tissue_c > lesion.trace.tip_c.max() + lesion.burst_rise_k / 4
    assert lesion.necrosis.width_mm == 0
    assert simulate(needle(), protocol("standard-80c-90s"), numerics=QUICK).burst_rise_k is None


def test_limits_hold_within_a_burst():
    limited = own({"mode": "pulsed", "voltage_v": 40, "duration_s": 10}, voltage_limit_v=20)
    trace = simulate(needle(), limited, numerics=QUICK).trace
    assert np.nanmax(trace.voltage_v) == pytest.approx(20)


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        ({"mode": "temperature", "set_c": 80, "duration_s": -5}, "greater than 0"),
        ({"mode": "temperature", "set_c": 20, "duration_s": 5}, "greater than 37"),
        ({"mode": "pulsed", "voltage_v": 45, "duration_s": 5, "burst_ms": 600}, "leave no pause"),
        ({"mode": "pause", "duration_s": 5}, "never on"),
        ({"mode": "steam", "duration_s": 5}, "does not match any"),
    ],
)
def test_impossible_phases_are_refused(phase, message):
    with pytest.raises(ValueError, match=message):
        own(phase)


def test_what_contradicts_the_phases_is_refused():
    with pytest.raises(ValueError, match="leave set_c, ramp_s and hold_s out"):
        own({"mode": "temperature", "set_c": 80, "duration_s": 5}, set_c=70)


def test_steps_follow_what_happens():
    phases = phases_of(protocol("three-cycles-80c-90s"), 37.0, 2.0, 60.0, 45.0)
    on = [phase for phase in phases if phase.driver() is not None]
    assert len(phases) == 8 + 2
    assert len(on) == 6
    assert all(phase.water == (phase.driver() is not None) for phase in phases)
    assert [phase.cool_down for phase in phases] == [False] * 8 + [True] * 2
    assert sum(phase.steps().sum() for phase in phases) == pytest.approx(3 * 105 + 60 + 60)


def test_reference_numbers_do_not_move():
    """The default path is untouched by the options: P1 to the last digit that is published."""
    lesion = simulate(needle(), PROTOCOL, tissue=TISSUE, perfusion=False, numerics=NUMERICS)
    assert lesion.isotherm_50c.width_mm == pytest.approx(10.808, abs=0.02)
    assert lesion.isotherm_50c.length_mm == pytest.approx(17.714, abs=0.02)


def test_a_shifted_set_temperature_shifts_every_phase():
    shifted = protocol("three-cycles-80c-90s").model_copy(update={"set_c": 81.5})
    sets = {phase.set_c for phase in shifted.program() if phase.mode == "temperature"}
    assert sets == {81.5}
    limit = protocol("pulsed-42c-120s").model_copy(update={"set_c": 43.0}).program()[0].limit_c
    assert limit == pytest.approx(43.0)
    assert protocol("three-cycles-80c-90s").program() == protocol("three-cycles-80c-90s").phases
