"""P1, set up exactly: six extents within 0.035 mm, reach beyond the tip, impedance and power."""

from dataclasses import replace

import numpy as np
import pytest
from problems import (
    NUMERICS,
    REFERENCE_BEYOND_TIP_MM,
    REFERENCE_MM,
    REFERENCE_OHM,
    REFERENCE_W,
    extents_mm,
    solve,
)

CASES = list(REFERENCE_MM)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{'perfused' if case[1] else 'ex vivo'}")
def case(request):
    return request.param


@pytest.fixture(scope="module")
def lesion(case):
    return solve(*case)


def test_extents(case, lesion):
    assert np.abs(np.subtract(extents_mm(lesion), REFERENCE_MM[case])).max() <= 0.02


def test_reach_beyond_the_tip(case, lesion):
    found = lesion.isotherm_50c.beyond_tip_mm, lesion.necrosis.beyond_tip_mm
    assert np.abs(np.subtract(found, REFERENCE_BEYOND_TIP_MM[case])).max() <= 0.02


def test_the_error_estimate_is_not_smaller_than_the_error(case, lesion):
    error = np.abs(np.subtract(extents_mm(lesion), REFERENCE_MM[case])).max()
    assert error <= lesion.numerical_error_mm <= 0.05


def test_impedance_and_power(case, lesion):
    trace = lesion.trace
    ohm = np.interp((10, 30, 100), trace.time_s, trace.impedance_ohm)
    assert np.abs(ohm / REFERENCE_OHM[case] - 1).max() <= 0.005
    watt = np.interp((30, 100), trace.time_s, trace.power_w)
    assert np.abs(watt / REFERENCE_W[case] - 1).max() <= 0.006


def test_the_thermocouple_follows_the_set_point_exactly(lesion):
    trace = lesion.trace
    wanted = np.minimum(37 + 4.3 * trace.time_s, 80)
    assert np.abs(trace.tip_c - wanted).max() < 1e-9


def test_impedance_converges_to_the_reference():
    case = ("hemispherical", False)
    fine = solve(*case, replace(NUMERICS, first_mm=0.05, growth=1.1))
    ohm = np.interp((10, 30, 100), fine.trace.time_s, fine.trace.impedance_ohm)
    assert np.abs(ohm / REFERENCE_OHM[case] - 1).max() <= 0.003


def test_extents_converge_with_the_grid():
    """Halving the cells three times: the differences fall at least at first order (the edge singularity is √ρ)."""
    grids = [replace(NUMERICS, first_mm=h, growth=q, step_s=1.0) for h, q in ((0.4, 1.69), (0.2, 1.3), (0.1, 1.14))]
    errors = [
        np.abs(np.subtract(extents_mm(solve("flat", False, grid)), REFERENCE_MM["flat", False])).max() for grid in grids
    ]
    assert errors[0] > 2 * errors[1] > 2 * errors[2]
    assert errors[2] < 0.02
