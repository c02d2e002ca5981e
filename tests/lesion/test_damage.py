"""Damage against closed forms: the temperature that just kills in a given time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.lesion.damage import Dose, log_rate_per_s


@pytest.mark.parametrize(("time_s", "celsius"), [(60, 50.058633), (90, 48.697794), (120, 47.739192), (180, 46.397774)])
def test_a_square_exposure_reaches_omega_one(time_s, celsius):
    dose = Dose(np.array([celsius]))
    for _ in range(10):
        dose.add(np.array([celsius]), time_s / 10)
    assert dose.omega[0] == pytest.approx(1.0, rel=2e-5)


@pytest.mark.parametrize(
    ("minutes", "time_s", "celsius"), [(30, 60, 47.906891), (60, 120, 47.906891), (240, 90, 50.321928)]
)
def test_a_square_exposure_reaches_its_equivalent_minutes(minutes, time_s, celsius):
    dose = Dose(np.array([celsius]))
    dose.add(np.array([celsius]), time_s)
    assert dose.cem43_min[0] == pytest.approx(minutes, rel=1e-6)


def test_a_ramp_converges_fast_in_the_step():
    """Logarithmic mean on a ramp 37 to 80 °C in 10 s: exact to 1e-3 already with steps of 2 s."""

    def ramp(steps: int) -> float:
        dose = Dose(np.array([37.0]))
        for t in np.linspace(0, 1, steps + 1)[1:]:
            dose.add(np.array([37 + 43 * t]), 10 / steps)
        return float(dose.omega[0])

    exact = ramp(4000)
    errors = [abs(ramp(n) / exact - 1) for n in (5, 10, 20)]
    assert errors[0] < 0.05
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.2)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.2)


@given(st.lists(st.floats(30, 95), min_size=2, max_size=12), st.floats(0.1, 5))
def test_damage_never_heals_and_peak_is_the_largest(temperatures, step_s):
    dose = Dose(np.array([temperatures[0]]))
    before = 0.0
    for celsius in temperatures[1:]:
        dose.add(np.array([celsius]), step_s)
        assert dose.omega[0] >= before
        before = dose.omega[0]
    assert dose.peak_c[0] == max(temperatures)


def test_why_a_lesion_needs_an_end():
    """The liver kinetics kills at body temperature within the hour, so the cool-down must stop somewhere."""
    assert np.exp(log_rate_per_s(np.array([37.0])))[0] * 3600 > 0.9


def test_many_steps_at_once_are_the_steps_one_by_one():
    rng = np.random.default_rng(4)
    start = np.full((3, 7), 37.0)
    celsius = 37 + np.cumsum(rng.uniform(-3, 6, (12, 3, 7)), axis=0)
    celsius[:, 0, :3] = 37.0  # nodes that nothing reaches
    celsius[:, 1, 2] = celsius[0, 1, 2]  # one that jumps once and stays
    steps_s = rng.uniform(0.2, 3.0, 12)
    one, many = Dose(start), Dose(start)
    for now, step_s in zip(celsius, steps_s, strict=True):
        one.add(now, step_s)
    many.add_all(celsius[:5], steps_s[:5])
    many.add_all(celsius[5:], steps_s[5:])
    assert many.peak_c == pytest.approx(one.peak_c)
    assert many.omega == pytest.approx(one.omega, rel=1e-7)
    assert many.cem43_min == pytest.approx(one.cem43_min, rel=1e-7)


def test_a_spike_counts_as_a_saw_tooth_about_the_mean():
    """With a rate that is exponential in temperature the mean over ± s / 2 is known: sinh(x) / x."""
    celsius, spike = np.array([50.0]), np.array([6.0])
    plain, spiked = Dose(celsius), Dose(celsius)
    for _ in range(200):
        plain.add(celsius, 1.0)
        spiked.add(celsius, 1.0, spike)
    x = np.log(2) * spike[0] / 2
    assert spiked.cem43_min[0] / plain.cem43_min[0] == pytest.approx(np.sinh(x) / x, rel=6e-3)
    assert spiked.peak_c[0] == pytest.approx(53.0)
