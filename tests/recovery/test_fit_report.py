"""The fit report: whole, honest about what disagrees, and its numbers checked by other ways."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import binomtest

from neurotomy import evidence
from neurotomy.evidence import Tag
from neurotomy.recovery import fit
from neurotomy.recovery.predict import share_samples
from neurotomy.recovery.report import fit_report
from neurotomy.recovery.studies import ShamArm, SuccessStudy


@pytest.fixture(scope="module")
def report():
    return fit_report()


def test_at_least_four_fifths_lie_inside_their_intervals(report):
    assert len(report.fitted) >= 30
    assert report.share_inside >= 0.8
    assert report.inside == sum(p.published_interval[0] <= p.model <= p.published_interval[1] for p in report.fitted)


def test_predictions_without_a_study_cover_it(report):
    """95 % predictive intervals: fewer than nine in ten inside would mean that they are too narrow."""
    assert report.left_out_of == len(report.fitted)
    assert report.left_out_inside / report.left_out_of >= 0.9


def test_every_outcome_entry_is_fitted_or_explained(report):
    fitted, not_fitted = {p.key for p in report.fitted}, {p.key for p in report.not_fitted}
    assert not fitted & not_fitted
    ours = ("outcome.model.", "outcome.leaflet.", "outcome.prediction.")
    assert fitted | not_fitted == {key for key in evidence.select("outcome") if not key.startswith(ours)}
    used = {key for key, entry in evidence.select("outcome").items() if entry.used_for}
    assert fitted == used
    assert all(p.why for p in report.not_fitted)


def test_memory_decides_nothing(report):
    assert all(evidence.get(p.key).tag is not Tag.MEMORY for p in report.fitted)
    assert all(p.agrees is None for p in report.not_fitted if evidence.get(p.key).tag is Tag.MEMORY)


def test_trials_without_benefit_are_shown_and_contradict(report):
    negative = {p.key: p for p in report.not_fitted if p.no_benefit}
    assert set(negative) == set(evidence.select("outcome.negative"))
    assert all(p.model for p in negative.values())
    assert negative["outcome.negative.mint_facet"].agrees is False
    assert negative["outcome.negative.vantilburg"].agrees is False
    told = " ".join(report.disagreements)
    for name in ("mint_facet", "vantilburg", "mccormick2015"):
        assert name in told


def test_trials_without_benefit_and_memory_change_nothing(monkeypatch):
    """Their numbers could be anything: the fit is the same to the last digit."""
    before = fit._success.__wrapped__("lumbar", "", None), fit._duration.__wrapped__("lumbar", "", None)
    real = evidence.select

    def other(prefix):
        return {
            key: entry
            for key, entry in real(prefix).items()
            if not key.startswith("outcome.negative") and entry.tag is not Tag.MEMORY
        }

    monkeypatch.setattr(evidence, "select", other)
    after = fit._success.__wrapped__("lumbar", "", None), fit._duration.__wrapped__("lumbar", "", None)
    np.testing.assert_array_equal(before[0].success, after[0].success)
    np.testing.assert_array_equal(before[1].probability, after[1].probability)


def test_published_values_are_those_of_the_evidence(report):
    points = {(p.key, p.month): p for p in report.fitted}
    conger = points["outcome.lumbar.course.conger2020_18", 18.0]
    assert conger.published == 0.656
    assert conger.published_interval == (0.49, 0.82)
    assert conger.interval_from == "published"
    cooled = points["outcome.lumbar.selection.multicentre_cooled", 6.0]
    wilson = binomtest(20, 27).proportion_ci(method="wilson")
    assert cooled.published_interval == pytest.approx((wilson.low, wilson.high), abs=1e-3)
    recurrence = points["outcome.sacroiliac.dual_cohort_recurrence", None]
    assert recurrence.published_interval == pytest.approx(
        (8 - 1.96 * 3.5 / 32**0.5, 8 + 1.96 * 3.5 / 32**0.5), abs=0.01
    )


def test_a_study_left_out_has_no_say_in_its_prediction(monkeypatch, report):
    """The prediction without a publication stays when its numbers are turned upside down."""
    point = next(p for p in report.fitted if p.key == "outcome.lumbar.selection.facts_one")
    real = evidence.select

    def upside_down(prefix):
        entries = dict(real(prefix))
        for key, entry in entries.items():
            if entry.source == "facts2018" and entry.used_for:
                entries[key] = dataclasses.replace(entry, value={**entry.value, "share": 1 - entry.value["share"]})
        return entries

    monkeypatch.setattr(evidence, "select", upside_down)
    fresh = fit._success.__wrapped__("lumbar", "facts2018", None)
    assert float(fresh.shares("one").mean()) == pytest.approx(point.left_out, abs=0.02)


def test_expected_of_a_fit_is_what_the_report_says(report):
    success = fit.success("lumbar")
    for study, expected in zip(success.studies, success.expected, strict=True):
        (point,) = [p for p in report.fitted if (p.key, p.month) == (study.key, study.month)]
        assert point.model == pytest.approx(expected, abs=0.02)


def test_better_selection_and_earlier_times_are_never_worse():
    shares = [share_samples("lumbar", name, 3.0).mean() for name in ("none", "one", "two", "placebo")]
    assert np.all(np.diff(shares) > 0.0)
    over_time = [share_samples("lumbar", "one", month).mean() for month in (3.0, 6.0, 12.0, 24.0, 48.0)]
    assert np.all(np.diff(over_time) < 0.0)


def test_it_says_what_it_is_and_warns_of_lost_patients(report):
    assert any("phenomenological" in sentence for sentence in report.statement)
    assert any("not followed" in warning for warning in report.warnings)
    data = report.to_dict()
    assert len(data["fitted"]) == len(report.fitted)
    for region in report.regions:
        for low, middle, high in region.parameters.values():
            assert low <= middle <= high


def test_choices_are_varied_one_by_one(report):
    for region in ("lumbar", "cervical", "sacroiliac"):
        rows = [row for row in report.sensitivity if row.region == region]
        assert rows[0].change == ""
        assert len({row.change for row in rows}) == len(rows) >= 8
        by_change = {row.change: row for row in rows}
        for row in rows:
            assert 1.0 >= row.still_12 >= row.still_24 > 0.0
            # What a patient is told of the share with relief hardly hangs on what nobody measured.
            assert row.significant == pytest.approx(rows[0].significant, abs=0.05)
        assert by_change["no relief lasts for good"].still_24 <= rows[0].still_24
        assert rows[0].still_24 <= by_change["lasting share: flat prior"].still_24


def test_other_choices_leave_the_fit_of_the_evidence_alone():
    other = dataclasses.replace(fit.choices(), success_spread_sd=1e-6, study_capture=(0.6, 0.7))
    narrow = fit.success("lumbar", "", other)
    assert narrow.study_capture.max() <= 0.7
    assert narrow.spread.max() < 1e-4
    np.testing.assert_allclose(narrow.success, narrow.typical_success, atol=1e-3)
    assert fit.success("lumbar", "", fit.choices()).success == pytest.approx(fit.success("lumbar").success)


def test_the_sample_is_worth_hundreds_and_its_seed_hardly_matters(report, monkeypatch):
    assert all(region.effective_samples > 500 for region in report.regions)
    monkeypatch.setattr(fit, "_SEED", 7)
    fit._sources.cache_clear()
    again = fit._success.__wrapped__("lumbar", "", None)
    fit._sources.cache_clear()
    before = fit.success("lumbar")
    assert again.success.mean() == pytest.approx(before.success.mean(), abs=0.01)
    assert again.sham.mean() == pytest.approx(before.sham.mean(), abs=0.01)
    np.testing.assert_allclose(again.expected, before.expected, atol=0.015)


@pytest.mark.parametrize(("rate", "sham"), [(0.85, 0.05), (0.5, 0.05)])
def test_the_truth_is_found_again(monkeypatch, rate, sham):
    """Large made-up studies of each selection, made by the model at known rates, give these back."""
    sources = fit.success("cervical").sources_before
    capture, of = 0.8, 150
    studies = tuple(
        SuccessStudy(f"outcome.made.{name}", capture * p * rate + (1 - capture * p) * sham, of, 3.0, name)
        for name, p in sources.items()
        for _ in range(2)
    )
    monkeypatch.setattr(fit, "success_studies", lambda region: studies)
    monkeypatch.setattr(fit, "sham_arms", lambda: (ShamArm("outcome.sham.lord1996", sham * 400, 400),))
    monkeypatch.setattr(SuccessStudy, "source", property(lambda study: "made"))
    known = dataclasses.replace(fit.choices(), study_capture=(capture, capture + 1e-6), success_spread_sd=0.1)
    found = fit._success.__wrapped__("cervical", "", known)
    assert found.effective_samples > 50
    assert found.typical_success.mean() == pytest.approx(rate, abs=0.06)
    assert found.typical_sham.mean() == pytest.approx(sham, abs=0.015)
    low, high = np.quantile(found.typical_success, (0.025, 0.975))
    assert low < rate < high


def test_studies_that_disagree_widen_the_spread(monkeypatch):
    def fitted(shares):
        studies = tuple(SuccessStudy(f"outcome.made.{n}", share, 300, 3.0, "two") for n, share in enumerate(shares))
        monkeypatch.setattr(fit, "success_studies", lambda region: studies)
        monkeypatch.setattr(SuccessStudy, "source", property(lambda study: "made"))
        return fit._success.__wrapped__("lumbar", "", None)

    alike, apart = fitted((0.45, 0.45, 0.45, 0.45)), fitted((0.25, 0.35, 0.55, 0.65))
    assert apart.spread.mean() > 1.5 * alike.spread.mean()
    assert apart.success.std() > alike.success.std()
