"""The reference problems: a needle on bone, and two needles, against finite elements."""

import numpy as np
import pytest

from neurotomy.lesion.volumetric import reference_problem


def test_needle_on_bone():
    found = reference_problem.needle_on_bone()
    off = np.abs(found.extents_mm - reference_problem.P2.extents_mm)
    assert off[:, :5].max() < 0.06
    assert off[:, 5].max() < 0.1
    assert found.impedance_ohm == pytest.approx(reference_problem.P2.impedance_ohm, rel=0.02)


def test_two_needles():
    found = reference_problem.two_needles()
    assert np.abs(found.extents_mm - reference_problem.P2B.extents_mm).max() < 0.05
    assert found.impedance_ohm == pytest.approx(reference_problem.P2B.impedance_ohm, rel=0.03)


def test_finer_cells_come_closer():
    coarse = reference_problem.Grid(first_mm=0.35, growth=1.6, planes=16)
    off = [
        np.abs(reference_problem.needle_on_bone(grid).extents_mm - reference_problem.P2.extents_mm)[:, :5].max()
        for grid in (coarse, reference_problem.Grid())
    ]
    assert off[1] < 0.6 * off[0]
