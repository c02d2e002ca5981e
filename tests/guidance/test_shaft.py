"""Angles of a shaft in the patient's axes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.guidance.shaft import shaft_angles_deg, turned_shaft

BACK, LEFT, HEAD = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
oblique, cranial = st.floats(-170, 170), st.floats(-80, 80)


def test_left_and_head_are_positive():
    assert shaft_angles_deg(BACK) == (0.0, 0.0)
    assert shaft_angles_deg((BACK + LEFT) / np.sqrt(2)) == pytest.approx((45.0, 0.0))
    assert shaft_angles_deg((BACK - HEAD) / np.sqrt(2)) == pytest.approx((0.0, -45.0))
    assert turned_shaft(BACK, oblique_deg=-30.0) @ LEFT == pytest.approx(-0.5)
    assert turned_shaft(BACK, cranial_deg=30.0) @ HEAD == pytest.approx(0.5)


@given(oblique, cranial)
def test_a_shaft_has_the_angles_it_was_turned_by(a, b):
    up = turned_shaft(BACK, a, b)
    assert np.linalg.norm(up) == pytest.approx(1.0)
    assert shaft_angles_deg(up) == pytest.approx((a, b), abs=1e-6)
    assert turned_shaft(up, -a, -b) == pytest.approx(BACK, abs=1e-6)
    mirrored = turned_shaft(BACK, -a, b)
    assert mirrored == pytest.approx(up * [-1, 1, 1])


def test_it_stops_short_of_the_patients_axis():
    up = turned_shaft(BACK, 20.0, 200.0)
    assert shaft_angles_deg(up) == pytest.approx((20.0, 85.9), abs=0.1)
