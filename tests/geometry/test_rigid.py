import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neurotomy.errors import GuidanceError
from neurotomy.geometry import RigidTransform, unit

FINITE = st.floats(-100, 100, allow_nan=False).filter(lambda x: x == 0 or abs(x) > 1e-3)
VECTORS = arrays(float, 3, elements=FINITE)


@st.composite
def transforms(draw):
    q = draw(arrays(float, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1))
    w, x, y, z = q / np.linalg.norm(q)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    return RigidTransform(rotation, draw(VECTORS))


@given(transforms(), VECTORS)
def test_inverse_undoes(b_from_a, point):
    assert np.allclose(b_from_a.inverse()(b_from_a(point)), point, atol=1e-9)


@given(transforms(), transforms(), VECTORS)
def test_composition_is_one_after_the_other(c_from_b, b_from_a, point):
    assert np.allclose((c_from_b @ b_from_a)(point), c_from_b(b_from_a(point)), atol=1e-9)


@given(transforms(), VECTORS, VECTORS)
def test_distances_are_kept(b_from_a, p, q):
    assert np.isclose(np.linalg.norm(b_from_a(p) - b_from_a(q)), np.linalg.norm(p - q), atol=1e-9)


@pytest.mark.parametrize(
    "bad", [np.diag([-1.0, 1, 1]), np.diag([2.0, 1, 1]), np.array([[1.0, 0.1, 0], [0, 1, 0], [0, 0, 1]])]
)
def test_a_reflection_scale_or_shear_is_refused(bad):
    with pytest.raises(ValueError, match="swaps left and right"):
        RigidTransform(bad, np.zeros(3))


@given(VECTORS.filter(lambda v: np.linalg.norm(v) > 0.1), VECTORS)
def test_needle_frame_has_its_tip_at_zero_and_its_shaft_along_z(direction, tip):
    needle_from_lps = RigidTransform.along_axis(tip, direction)
    assert np.allclose(needle_from_lps(tip), 0, atol=1e-9)
    assert np.allclose(needle_from_lps(tip + 7 * unit(direction)), [0, 0, 7], atol=1e-9)


def test_a_direction_without_length_is_refused():
    with pytest.raises(GuidanceError, match="no length"):
        unit([0.0, 0, 0])
