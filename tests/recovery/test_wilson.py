import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from neurotomy.recovery.wilson import wilson_interval


@given(of=st.integers(1, 5000), share=st.floats(0, 1))
def test_against_scipy(of, share):
    events = round(share * of)
    reference = binomtest(events, of).proportion_ci(method="wilson")
    assert wilson_interval(events, of) == pytest.approx((reference.low, reference.high), abs=1e-9)


@pytest.mark.parametrize(("events", "of"), [(1, 0), (-1, 5), (6, 5)])
def test_counts_that_cannot_be(events, of):
    with pytest.raises(ValueError, match="events"):
        wilson_interval(events, of)
