import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.geometry import Curve


def helix(points: int) -> Curve:
    t = np.linspace(0, 4 * np.pi, points)
    return Curve(np.stack([3 * np.cos(t), 3 * np.sin(t), 0.5 * t], axis=1))


def test_length_converges_at_second_order_to_the_helix():
    exact = 4 * np.pi * np.hypot(3, 0.5)
    errors = [abs(helix(n).length_mm - exact) for n in (50, 100, 200)]
    assert errors[2] < 0.01
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2, abs=0.1)


def test_resampling_keeps_the_ends_and_the_step():
    curve = helix(400).resampled(0.5)
    assert np.allclose(curve.points_mm[0], [3, 0, 0])
    assert np.allclose(curve.points_mm[-1], [3, 0, 2 * np.pi], atol=1e-9)
    assert np.diff(curve.arc_mm).max() <= 0.5 + 1e-9


def test_tangents_point_along_the_travel():
    tangents = helix(1000).tangents
    assert np.allclose(np.linalg.norm(tangents, axis=1), 1)
    assert np.allclose(tangents[500, 2], 0.5 / np.hypot(3, 0.5), atol=1e-3)


@given(st.floats(-5, 15), st.floats(-4, 4), st.floats(-4, 4))
def test_closest_point_of_a_straight_line(x, y, z):
    arc, gap = Curve(np.array([[0.0, 0, 0], [4, 0, 0], [10, 0, 0]])).closest([x, y, z])
    assert arc == pytest.approx(min(max(x, 0), 10))
    assert gap == pytest.approx(np.linalg.norm([x - min(max(x, 0), 10), y, z]))


def test_one_point_is_no_curve():
    with pytest.raises(ValueError, match="two points"):
        Curve(np.zeros((1, 3)))
