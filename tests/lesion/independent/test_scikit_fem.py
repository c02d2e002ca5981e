"""scikit-fem on the flat reference needle: a second code that knows nothing of the first."""

import numpy as np
import pytest

from neurotomy.lesion import reference_problem
from neurotomy.lesion.independent import installed

pytest.importorskip("skfem", reason="the optional group 'verify' is not installed")
FLAT = next(case for case in reference_problem.CASES if case.tip_shape == "flat")


@pytest.fixture(scope="module")
def other():
    from neurotomy.lesion.independent import scikit_fem

    return scikit_fem.solve(first_mm=0.08, growth=1.8)


def test_it_is_found():
    assert "skfem" in installed()


def test_it_meets_the_stored_answer_by_itself(other):
    assert np.abs(np.subtract(other.extents_mm, FLAT.extents_mm)).max() < 0.015
    assert other.impedance_ohm == pytest.approx(FLAT.impedance_ohm[-1], rel=0.002)


def test_it_agrees_with_this_program(other):
    found = reference_problem.extents_mm(reference_problem.solve(FLAT))
    assert np.abs(np.subtract(other.extents_mm, found)).max() < 0.04


def test_blood_makes_its_lesion_smaller_too(other):
    from neurotomy.lesion.independent import scikit_fem

    perfused = scikit_fem.solve(first_mm=0.08, growth=1.8, perfusion=True)
    assert all(np.less(perfused.extents_mm, other.extents_mm))
