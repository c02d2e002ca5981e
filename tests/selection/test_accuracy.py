"""Two things are called false-positive rate; Bayes' rule takes only one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.selection.accuracy import (
    FalsePositiveOfNegatives,
    FalsePositiveOfPositives,
    false_positive,
    likelihood_ratios,
    negative_predictive_value,
    positive_predictive_value,
)

SHARE = st.floats(0.01, 0.99)


@pytest.mark.parametrize(
    ("prior", "single", "dual", "dual_negative"),
    [(0.15, 0.32, 0.44, 0.92), (0.31, 0.54, 0.67, 0.81), (0.42, 0.66, 0.77, 0.73), (0.55, 0.76, 0.85, 0.61)],
)
def test_post_block_table(prior, single, dual, dual_negative):
    """The table of the evidence: one block with Se 1 and Sp 0.62, two with the published Se and Sp."""
    one = FalsePositiveOfNegatives(evidence.value("block.false_positive_of_negatives.lumbar.schwarzer1994"))
    two = FalsePositiveOfNegatives(1 - evidence.value("block.comparative.specificity"))
    sensitivity = evidence.value("block.comparative.sensitivity")
    assert round(positive_predictive_value(prior, 1.0, one), 2) == single
    assert round(positive_predictive_value(prior, sensitivity, two), 2) == dual
    assert round(negative_predictive_value(prior, sensitivity, two), 2) == dual_negative


def test_published_likelihood_ratios():
    two = FalsePositiveOfNegatives(1 - evidence.value("block.comparative.specificity"))
    plus, minus = likelihood_ratios(evidence.value("block.comparative.sensitivity"), two)
    assert round(plus, 1) == 4.5
    assert round(minus, 2) == 0.52


def test_the_other_definition_is_refused():
    of_positives = false_positive("block.false_positive_of_positives.lumbar.manchikanti2020")
    assert isinstance(of_positives, FalsePositiveOfPositives)
    with pytest.raises(EvidenceError, match="1 - specificity"):
        positive_predictive_value(0.31, 1.0, of_positives)
    with pytest.raises(EvidenceError, match="of_negatives"):
        negative_predictive_value(0.31, 1.0, of_positives)
    with pytest.raises(EvidenceError, match="of whom"):
        false_positive("block.positive_rate.facts_saline")


@pytest.mark.parametrize(
    ("positives", "rate", "negatives"),
    [
        ("lumbar.schwarzer1994", "lumbar_schwarzer1994", "lumbar.schwarzer1994"),
        ("lumbar.manchikanti2020", "lumbar_manchikanti2020", "lumbar.manchikanti2020"),
        ("sacroiliac.audit2015", "sacroiliac_audit", "sacroiliac.audit2015"),
    ],
)
def test_conversion_reproduces_the_stored_pairs(positives, rate, negatives):
    given_rate = false_positive(f"block.false_positive_of_positives.{positives}")
    stored = false_positive(f"block.false_positive_of_negatives.{negatives}")
    assert isinstance(given_rate, FalsePositiveOfPositives)
    converted = given_rate.of_negatives(evidence.value(f"block.positive_rate.{rate}"))
    assert converted.rate == pytest.approx(stored.rate, abs=0.005)


@given(prevalence=SHARE, sensitivity=SHARE, rate=SHARE)
def test_both_definitions_count_the_same_patients(prevalence, sensitivity, rate):
    other = FalsePositiveOfNegatives(rate).of_positives(prevalence, sensitivity)
    positive_rate = prevalence * sensitivity + (1 - prevalence) * rate
    assert positive_rate * other.rate == pytest.approx((1 - prevalence) * rate, abs=1e-12)


@given(prevalence=SHARE, rate=SHARE)
def test_conversion_there_and_back(prevalence, rate):
    """A test that misses no source confirms exactly the sources, and the conversion loses nothing."""
    other = FalsePositiveOfNegatives(rate).of_positives(prevalence, 1.0)
    positive_rate = prevalence + (1 - prevalence) * rate
    assert other.of_negatives(positive_rate).rate == pytest.approx(rate, abs=1e-9)


def test_shares_outside_0_to_1_are_refused():
    with pytest.raises(EvidenceError):
        FalsePositiveOfNegatives(38.0)
    with pytest.raises(EvidenceError):
        positive_predictive_value(1.2, 0.5, FalsePositiveOfNegatives(0.1))
    with pytest.raises(EvidenceError):
        likelihood_ratios(0.5, FalsePositiveOfNegatives(0.0))
