"""Models of damage side by side: closed forms, and what they say about one lesion."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from neurotomy import evidence
from neurotomy.equipment.catalogue import electrode_for, protocol
from neurotomy.lesion import Numerics, simulate
from neurotomy.lesion.damage import Dose, arrhenius
from neurotomy.lesion.damage_models import KINETICS, History, ThreeState, alive_and_dead, edges

MODELS = {edge.name: edge for edge in edges()}


def held(celsius, seconds, step_s=1.0):
    history = History()
    history.add(np.asarray(celsius, float), 0.0)
    for _ in range(round(seconds / step_s)):
        history.add(np.asarray(celsius, float), step_s)
    return history


@pytest.mark.parametrize("name", KINETICS)
@pytest.mark.parametrize("seconds", [60, 120])
def test_square_exposures_reach_one_where_the_closed_form_says(name, seconds):
    model = arrhenius(name)
    edge_c = model.kelvin / (model.log_a + np.log(seconds)) - 273.15
    found = MODELS[f"arrhenius_{name}"](held([edge_c - 1, edge_c, edge_c + 1], seconds))
    assert found[0] < 0 < found[2]
    assert found[1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "seconds", "celsius"),
    [
        ("liver", 60, 50.1),
        ("liver", 90, 48.7),
        ("artery_collagen", 60, 69.6),
        ("liver_conductivity_change", 120, 69.2),
        ("liver_permittivity_change", 60, 71.5),
    ],
)
def test_edges_that_were_published_with_the_kinetics(name, seconds, celsius):
    model = arrhenius(name)
    assert model.kelvin / (model.log_a + np.log(seconds)) - 273.15 == pytest.approx(celsius, abs=0.1)


def test_equivalent_minutes_of_a_square_exposure():
    history = held([42.0, 45.0, 50.9], 60)
    minutes = 2.0 ** MODELS["cem43_240min"](history)
    assert minutes == pytest.approx([0.25, 4.0, 2.0**7.9], rel=1e-9)


def test_the_table_agrees_with_the_running_sum():
    rng = np.random.default_rng(1)
    history, dose = History(), None
    for n in range(30):
        celsius = 37 + 40 * np.sin(np.pi * n / 29) * rng.uniform(0.5, 1, (4, 5))
        if dose is None:
            history.add(celsius, 0.0)
            dose = Dose(celsius)
        else:
            history.add(celsius, 1.5)
            dose.add(celsius, 1.5)
    warm = dose.peak_c > 45
    assert MODELS["arrhenius_liver"](history)[warm] == pytest.approx(np.log10(dose.omega[warm]))
    assert 2.0 ** MODELS["cem43_240min"](history)[warm] == pytest.approx(dose.cem43_min[warm])
    assert MODELS["isotherm_50c"](history)[warm] == pytest.approx(dose.peak_c[warm])


@pytest.mark.parametrize("celsius", [45.0, 60.0, 80.0])
def test_three_states_against_an_independent_integrator(celsius):
    model = ThreeState.of_evidence()

    def rates(_, state):
        forward = model.forward_per_s * np.exp(celsius / model.forward_c) * (1 - state[0])
        vulnerable = 1 - state[0] - state[1]
        return [-forward * state[0] + model.backward_per_s * vulnerable, forward * vulnerable]

    known = solve_ivp(rates, (0, 900), [model.start_alive, 0], rtol=1e-10, atol=1e-12).y[:, -1]
    alive, dead = alive_and_dead(model, held([celsius], 900, step_s=10.0))
    assert (alive[0], dead[0]) == pytest.approx(known, abs=1e-5)


def test_three_states_are_shares_and_the_dead_stay_dead():
    model = ThreeState.of_evidence()
    temperatures = np.array([37.0, 45.0, 60.0, 90.0])
    before = np.zeros(4)
    for seconds in (0, 60, 300, 1200):
        alive, dead = alive_and_dead(model, held(temperatures, seconds))
        assert np.all((alive >= 0) & (dead >= 0) & (alive + dead <= 1 + 1e-12))
        assert np.all(dead >= before - 1e-12)
        assert np.all(np.diff(dead) >= -1e-12), "hotter is deadlier"
        before = dead
    assert dead[0] < 0.1, "at body temperature cells recover"
    assert dead[3] > 0.99


def test_a_lesion_lists_every_model_with_its_criterion_and_source():
    lesion = simulate(electrode_for(18, 10), protocol("standard-80c-90s"), numerics=Numerics(first_mm=0.2, growth=1.35))
    table = {row.name: row for row in lesion.damage}
    assert set(table) == set(MODELS)
    for row in lesion.damage:
        assert row.extent.criterion
        assert evidence.get(row.evidence).tag.value == row.tag
        assert row.extent.numerical_error_mm >= 0
        assert row.evidence in lesion.provenance.evidence
    for name, same in (
        ("isotherm_50c", lesion.isotherm_50c),
        ("isotherm_60c", lesion.isotherm_60c),
        ("arrhenius_liver", lesion.necrosis),
        ("cem43_240min", lesion.cem43_240min),
    ):
        assert table[name].extent.width_mm == pytest.approx(same.width_mm, abs=1e-6)
        assert table[name].extent.length_mm == pytest.approx(same.length_mm, abs=1e-6)
    width = {name: row.extent.width_mm for name, row in table.items()}
    assert width["isotherm_45c"] > width["isotherm_50c"] > width["isotherm_60c"]
    assert width["cem43_30min"] > width["cem43_240min"]
    assert width["arrhenius_artery_collagen"] < width["isotherm_60c"], "whitening lies well inside"
    assert width["three_state"] == 0, "fitted to ten minutes: see its note"
    assert "kill nothing" in evidence.get("damage.three_state.forward_rate").note


def test_three_states_see_a_lesion_of_ten_minutes():
    long = protocol("standard-80c-90s").model_copy(update={"hold_s": 600.0})
    lesion = simulate(electrode_for(18, 10), long, numerics=Numerics(first_mm=0.2, growth=1.35, step_s=4.0))
    row = next(row for row in lesion.damage if row.name == "three_state")
    assert 2 < row.extent.width_mm < lesion.necrosis.width_mm
