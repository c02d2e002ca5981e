"""Intervals and influences: right on a function with known indices, and the same bits for any number of workers."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment import catalogue
from neurotomy.errors import Cancelled, LesionError
from neurotomy.lesion.member import QUICK, Inputs
from neurotomy.lesion.uncertainty import _latin_hypercube, uncertainty
from neurotomy.lesion.uncertainty_indices import indices
from neurotomy.lesion.uncertainty_inputs import EDGE, drawn, edge_of, spreads_of
from neurotomy.lesion.uncertainty_pool import solve_all
from neurotomy.lesion.uncertainty_worker import OUTPUTS, member_outputs
from neurotomy.progress import Progress

ELECTRODE = catalogue.electrode("conventional-20g-5mm")
PROTOCOL = catalogue.protocol("standard-80c-90s")
INPUTS = Inputs(ELECTRODE, PROTOCOL, tissue("muscle"), 37.0, True)
NAMES = tuple(spread.name for spread in spreads_of(INPUTS))


@pytest.fixture(scope="module")
def ensemble():
    return uncertainty(ELECTRODE, PROTOCOL, members=240, seed=7, workers=2)


# --- indices ---------------------------------------------------------------------------------------------------------
def test_indices_of_a_function_that_is_known():
    """z1 + 2 x2 + z1 x2 with z1 standard normal, x2 uniform within ±√3: variances 1, 4 and 1 of 6; x3 does nothing."""
    u = _latin_hypercube(600, 3, 1)
    from scipy.special import ndtri

    z, x = ndtri(u[:, 0]), np.sqrt(12) * (u[:, 1] - 0.5)
    found = indices(u, z + 2 * x + z * x, [True, False, False])
    assert found.first_order == pytest.approx([1 / 6, 4 / 6, 0], abs=1e-12)
    assert found.total == pytest.approx([2 / 6, 5 / 6, 0], abs=1e-12)
    assert found.explained == pytest.approx(1.0)
    assert found.swing[1] == pytest.approx(2 * np.sqrt(12) * 0.9)


def test_a_function_that_is_no_polynomial_is_said_not_to_be_explained():
    u = _latin_hypercube(600, 2, 1)
    assert indices(u, np.sign(np.sin(40 * u[:, 0])), [False, False]).explained < 0.2


def test_too_few_members_for_the_fit_are_refused():
    with pytest.raises(ValueError, match="too few"):
        indices(_latin_hypercube(20, 5, 1), np.ones(20), [True] * 5)


def test_every_input_fills_every_layer_of_the_hypercube_once():
    u = _latin_hypercube(50, 4, 3)
    assert all(sorted(np.floor(50 * column).astype(int)) == list(range(50)) for column in u.T)


# --- inputs ----------------------------------------------------------------------------------------------------------
def test_distributions_have_the_published_mean_and_spread():
    u = (np.arange(20_000) + 0.5) / 20_000
    for spread in spreads_of(INPUTS):
        values = np.array([spread.at(q) for q in u[::10]])
        if spread.sd is not None:
            assert values.mean() == pytest.approx(spread.middle, rel=2e-3), spread.name
            assert values.std() == pytest.approx(spread.sd, rel=0.03), spread.name
        else:
            assert spread.low <= values.min() <= values.max() <= spread.high, spread.name


def test_a_bench_experiment_has_another_start_and_no_blood():
    from dataclasses import replace

    bench = {spread.name: spread for spread in spreads_of(replace(INPUTS, start_c=21.0, perfusion=False))}
    assert "perfusion" not in bench
    assert bench["start temperature"].sd > next(s for s in spreads_of(INPUTS) if s.name == "start temperature").sd


def test_electrical_conductivity_is_not_drawn_because_it_changes_nothing():
    from dataclasses import replace

    assert not any(name == "electrical conductivity of the tissue" for name in NAMES)
    twice = replace(INPUTS.tissue, electrical_conductivity_s_per_m=2 * INPUTS.tissue.electrical_conductivity_s_per_m)
    none = np.empty(0)
    usual, other = (member_outputs(i, (), none, QUICK) for i in (INPUTS, replace(INPUTS, tissue=twice)))
    assert other == pytest.approx(usual, rel=1e-9)


def test_the_edge_of_necrosis_is_drawn_about_omega_1():
    spread = next(s for s in spreads_of(INPUTS) if s.name == EDGE)
    assert spread.low < 0 < spread.high
    assert edge_of(INPUTS, {}).log10_omega == 0.0
    assert edge_of(INPUTS, {EDGE: 1.0}).log10_omega == pytest.approx(spread.high)


def test_quantiles_that_are_not_named_leave_everything_as_it_is():
    assert drawn(INPUTS, {}) == INPUTS


def test_the_thermocouple_stays_in_the_metal_of_its_tip():
    for name in ("conventional-23g-5mm", "bevel-16g-5mm", "conical-22g-15mm"):
        electrode = catalogue.electrode(name)
        spreads = {s.name: s for s in spreads_of(Inputs(electrode, PROTOCOL, tissue("muscle"), 37.0, True))}
        place = spreads["place of the thermocouple"]
        assert 0 < place.low < electrode.thermocouple_from_apex_mm < place.high < electrode.active_tip_mm
    cooled = Inputs(
        catalogue.electrode("cooled-17g-4mm"), catalogue.protocol("cooled-60c-150s"), tissue("muscle"), 37.0, True
    )
    names = {spread.name for spread in spreads_of(cooled)}
    assert not names & {"place of the thermocouple", "heat conduction of the needle"}
    for quantile in (0.02, 0.98):
        assert member_outputs(cooled, tuple(names), np.full(len(names), quantile), QUICK)[0] > 5


# --- the ensemble ----------------------------------------------------------------------------------------------------
def test_intervals_enclose_the_best_estimate(ensemble):
    for criterion in ("isotherm_50c", "isotherm_60c", "necrosis"):
        for interval in getattr(ensemble, criterion).values():
            assert interval.low < interval.median < interval.high
            assert interval.low < interval.best < interval.high
    assert ensemble.grid_error_mm < 0.05


def test_the_polynomial_explains_the_lesion(ensemble):
    assert ensemble.isotherm_50c["width_mm"].explained > 0.99
    for influence in ensemble.isotherm_50c["width_mm"].influences:
        assert -1e-9 <= influence.first_order <= influence.total + 1e-9 <= 1 + 1e-6


def test_directions_are_those_of_physics(ensemble):
    width = {i.input: i for i in ensemble.isotherm_50c["width_mm"].influences}
    assert width["specific heat of the tissue"].swing < 0 < width["thermal conductivity of the tissue"].swing
    assert width["perfusion"].swing < 0 < width["start temperature"].swing
    assert EDGE not in width
    length = ensemble.isotherm_50c["length_mm"].influences
    assert next(i for i in length if i.input == "heat conduction of the needle").swing > 0
    assert ensemble.necrosis["width_mm"].influences[0].input == EDGE


def test_bits_depend_on_the_seed_and_not_on_the_workers():
    quantiles = _latin_hypercube(18, len(NAMES), 5)
    one = solve_all(INPUTS, NAMES, quantiles, QUICK, workers=1)
    three = solve_all(INPUTS, NAMES, quantiles, QUICK, workers=3)
    assert one.tobytes() == three.tobytes()
    assert one.tobytes() == np.array([member_outputs(INPUTS, NAMES, row, QUICK) for row in quantiles]).tobytes()
    assert _latin_hypercube(18, 3, 5).tobytes() != _latin_hypercube(18, 3, 6).tobytes()
    assert one.shape == (18, len(OUTPUTS))


def test_what_stops_it_ends_the_workers():
    started = []
    real = subprocess.Popen

    class Watched(real):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self)

    progress = Progress(lambda event: progress.cancel() if event.fraction > 0 else None)
    before = threading.active_count()
    try:
        subprocess.Popen = Watched
        with pytest.raises(Cancelled):
            solve_all(INPUTS, NAMES, _latin_hypercube(64, len(NAMES), 5), QUICK, workers=2, progress=progress)
    finally:
        subprocess.Popen = real
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)
    for _ in range(100):
        if threading.active_count() <= before:
            break
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_member_that_cannot_be_solved_is_a_clear_error():
    bad = Inputs(ELECTRODE, PROTOCOL, tissue("muscle"), 90.0, True)
    from neurotomy.lesion.simulation import Numerics

    with pytest.raises(LesionError, match="cannot be solved"):
        solve_all(bad, ("no such input",), np.full((3, 2), 0.5), Numerics(), workers=1)


def test_a_worker_ends_with_its_caller():
    done = subprocess.run(
        [sys.executable, "-m", "neurotomy.lesion.uncertainty_worker"], input=b"", capture_output=True,
        env={**os.environ}, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == b""


def test_too_few_members_or_workers_are_refused():
    with pytest.raises(LesionError, match="too few"):
        uncertainty(ELECTRODE, PROTOCOL, members=20)
    with pytest.raises(LesionError, match="0 workers"):
        uncertainty(ELECTRODE, PROTOCOL, workers=0)
