"""Repeats: Bayes' rule by hand and by simulation, bounds, monotony, and published ranges that were not fitted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.recovery import fit
from neurotomy.recovery.repeat import repeats

PROBABILITY = st.floats(0.0, 1.0)


def test_against_simulated_patients():
    source, captured, n = 0.5, 0.8, 400_000
    rates = fit.success("lumbar")
    hit, sham = rates.success.mean(), rates.sham.mean()
    generator = np.random.default_rng(5)
    is_source = generator.random(n) < source
    answers = generator.random(n) < (hit - sham) / (1 - sham)
    (first, second, *_) = repeats("lumbar", source, captured)
    for trait, bound in ((False, 0), (True, 1)):
        relieved = []
        for _ in range(3):
            on_target = is_source & (generator.random(n) < captured)
            luck = generator.random(n)
            relieved.append((on_target & answers) | (luck < sham) if trait else luck < np.where(on_target, hit, sham))
        one, two, three = relieved
        assert two[one].mean() == pytest.approx(first.if_all_worked_bounds[bound], abs=0.005)
        assert two[~one].mean() == pytest.approx(first.if_all_failed_bounds[1 - bound], abs=0.005)
        assert three[one & two].mean() == pytest.approx(second.if_all_worked_bounds[bound], abs=0.006)


@given(source=PROBABILITY, captured=PROBABILITY)
def test_probabilities_in_their_bounds(source, captured):
    for repeat in repeats("lumbar", source, captured):
        for name in ("if_all_worked", "if_all_failed"):
            low, high = getattr(repeat, f"{name}_bounds")
            value = getattr(repeat, name)
            assert -1e-9 <= low <= value + 1e-9 <= high + 2e-9 <= 1.0 + 3e-9
        assert repeat.if_all_worked >= repeat.if_all_failed - 1e-9
        assert 0.0 <= repeat.source_if_all_failed <= repeat.source_if_all_worked + 1e-9


@given(source=PROBABILITY, a=PROBABILITY, b=PROBABILITY)
def test_more_capture_never_lowers_a_repeat_after_success(source, a, b):
    less, more = (repeats("lumbar", source, c, 1)[0] for c in sorted((a, b)))
    assert less.if_all_worked <= more.if_all_worked + 1e-9


def test_a_first_failure_speaks_against_the_source():
    (first, *_) = repeats("cervical", 0.6, 0.9)
    assert first.source_if_all_failed < 0.6 < first.source_if_all_worked
    assert 0.0 <= first.if_all_failed <= 0.67  # Smuck 2012, not fitted


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="source"):
        repeats("lumbar", 1.2, 0.5)
