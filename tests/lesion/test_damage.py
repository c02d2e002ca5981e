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
