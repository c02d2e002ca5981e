"""The fit of duration: against another optimiser, against exact solutions, and on data made by the model itself."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.optimize import minimize

from neurotomy import evidence
from neurotomy.recovery import fit
from neurotomy.recovery.studies import follow_up_warnings
from neurotomy.recovery.survival import (
    DAYS_PER_MONTH,
    Course,
    DurationPriors,
    MeanDuration,
    fit_durations,
    log_likelihood,
    still,
)

PRIORS = DurationPriors(shape_sd=0.5, spread_sd=0.5, lasting_weight=math.inf, lasting_spread=0.0)
FLAT = DurationPriors(shape_sd=100.0, spread_sd=1e-3, lasting_weight=math.inf, lasting_spread=0.0)


def study(region, key):
    (found,) = [s for s in fit.duration_studies(region) if any(key in k for k in s.keys)]
    return found


def best_of(course, start=(0.7, 1.0, 15.0)):
    """Maximum likelihood of one study alone, with an optimiser that the library does not use."""

    def cost(p):
        share, shape, scale = 1 / (1 + math.exp(-p[0])), math.exp(p[1]), math.exp(p[2])
        return -float(log_likelihood(course, np.array(share), np.array(shape), np.array(scale)))

    x = (math.log(start[0] / (1 - start[0])), math.log(start[1]), math.log(start[2]))
    found = minimize(cost, x, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-12, "maxiter": 5000})
    return 1 / (1 + math.exp(-found.x[0])), math.exp(found.x[1]), math.exp(found.x[2])


def test_mcdonald_is_solved_by_its_two_medians():
    """Three numbers, three parameters: share 0.71, shape 1.04, scale 601 days, solved by hand from the medians."""
    share, shape, scale = best_of(study("cervical", "mcdonald1999"))
    assert share == pytest.approx(0.71, abs=0.001)
    assert shape == pytest.approx(1.04, abs=0.01)
    assert scale * DAYS_PER_MONTH == pytest.approx(601, abs=3)
    t1, t2 = 219.0, 422.0
    by_hand = math.log(math.log(2) / -math.log(0.5 / 0.71)) / math.log(t2 / t1)
    assert shape == pytest.approx(by_hand, rel=1e-3)


def test_grid_finds_the_optimisers_answer():
    """With a flat prior and no spread between studies the grid's mode is the maximum of the integrated likelihood."""
    course = study("sacroiliac", "cohen2008")
    share, shape, scale = best_of(course, (0.76, 2.2, 9.5))
    grid = fit_durations([course], FLAT)
    assert share == pytest.approx(0.76, abs=0.05)
    assert grid.scale_months == pytest.approx(scale, rel=0.15)
    assert grid.shape == pytest.approx(shape, rel=0.25)


@pytest.mark.parametrize(("shape", "scale"), [(0.6, 30.0), (1.0, 15.0), (1.8, 9.0)])
def test_the_truth_is_found_again(shape, scale):
    """Exact counts of a large made-up study, of a course, a cross-section and a mean, give back what made them."""
    months = (2.0, 5.0, 9.0, 14.0, 24.0, 36.0)
    relieved = tuple(0.8 * math.exp(-((t / scale) ** shape)) * 3000 for t in months)
    mean = scale * math.gamma(1 + 1 / shape)
    for studies in (
        [Course(("a",), months, relieved, (3000.0,) * 6, True)],
        [Course(("a",), months, relieved, (3000.0,) * 6, False)],
        [Course(("a",), months, relieved, (3000.0,) * 6, True), MeanDuration(("b",), mean, 3000.0)],
    ):
        found = fit_durations(studies, dataclasses.replace(FLAT, shape_sd=2.0))
        assert found.shape == pytest.approx(shape, rel=0.1)
        assert found.scale_months == pytest.approx(scale, rel=0.12)


def test_the_region_fits_are_what_the_data_give_today():
    """Rerun of the fits. The numbers change only when the evidence does: then look at the plots again."""
    expected = {
        "lumbar": (1.06, 10.7, 0.26, 22.9),
        "cervical": (1.15, 10.8, 0.12, 13.5),
        "sacroiliac": (1.38, 8.5, 0.06, 9.0),
    }
    for region, (shape, scale, lasting, median) in expected.items():
        found = fit.duration(region)
        assert found.lasting == pytest.approx(lasting, abs=0.04), region
        assert found.shape == pytest.approx(shape, rel=0.1), region
        assert found.scale_months == pytest.approx(scale, rel=0.1), region
        months = np.arange(3.0, 100.0, 0.05)
        kept = found.still(months, 3.0)
        assert months[int(np.argmax(kept < 0.5))] == pytest.approx(median, abs=1.0), region


def test_studies_that_disagree_widen_the_prediction():
    a = Course(("a",), (6.0, 12.0), (50.0, 30.0), (100.0,) * 2, True)
    b = Course(("b",), (6.0, 12.0), (80.0, 75.0), (100.0,) * 2, True)
    alike, apart = fit_durations([a, a], PRIORS), fit_durations([a, b], PRIORS)
    drawn = [np.log(f.draw(np.random.default_rng(0), 4000)[1]) for f in (alike, apart)]
    assert np.ptp(np.quantile(drawn[1], (0.05, 0.95))) > 1.2 * np.ptp(np.quantile(drawn[0], (0.05, 0.95)))


def test_prediction_is_a_probability_and_falls():
    found = fit.duration("lumbar")
    assert found.probability.sum() == pytest.approx(1.0)
    assert (found.probability >= 0).all()
    kept = found.still(np.arange(0.0, 120.0, 0.5), 3.0)
    assert np.allclose(kept[:7], 1.0)  # up to month 3
    assert (np.diff(kept) <= 1e-12).all()
    assert kept[-1] > 0.0


def test_a_share_that_lasts_is_found_again():
    """Exact counts of a large made-up study with a plateau; without the share that lasts it cannot be followed."""
    months, truth = (2.0, 4.0, 8.0, 16.0, 30.0, 48.0), 0.38
    kept = [0.7 * (truth + (1 - truth) * math.exp(-t / 7.0)) * 2000 for t in months]
    course = Course(("a",), months, tuple(kept), (2000.0,) * 6, True)
    found = fit_durations([course], dataclasses.replace(FLAT, shape_sd=2.0, lasting_weight=1.0))
    assert found.lasting == pytest.approx(truth, abs=0.03)
    assert found.scale_months == pytest.approx(7.0, rel=0.12)
    low, middle, high = found.parameters["lasting"]
    assert low <= middle <= high
    plateau = found.still(np.array([48.0]), 0.0)[0]
    assert plateau == pytest.approx(kept[-1] / 1400, abs=0.02)
    assert fit_durations([course], FLAT).still(np.array([480.0]), 0.0)[0] < 0.75 * plateau


def test_still_of_a_cure_type_survival_by_hand():
    value = still(np.array([9.0]), 3.0, np.array(1.0), np.array(12.0), 0.25)
    assert value[0] == pytest.approx((0.25 + 0.75 * math.exp(-9 / 12)) / (0.25 + 0.75 * math.exp(-3 / 12)))


def test_interval_of_the_prediction_holds_its_mean():
    found = fit.duration("lumbar")
    months = np.array([6.0, 12.0, 24.0])
    low, high = found.still_interval(months, 3.0)
    assert (low < found.still(months, 3.0)).all()
    assert (found.still(months, 3.0) < high).all()
    low, middle, high = found.mean_of_ended()
    assert low < middle < high


def test_a_study_is_left_out_by_its_source():
    whole, without = fit.duration("lumbar"), fit.duration("lumbar", "conger2020")
    assert {key for key in whole.keys if "conger" in key} == set(whole.keys) - set(without.keys) != set()
    assert without.lasting < whole.lasting  # it is one of the two long follow-ups
    whole_success, less = fit.success("lumbar"), fit.success("lumbar", "cohen2010blocks")
    assert len(whole_success.studies) - len(less.studies) == 3


def test_still_by_hand():
    value = still(np.array([9.0]), 3.0, np.array(1.0), np.array(12.0))
    assert value[0] == pytest.approx(math.exp(-6 / 12))


def test_likelihood_by_hand():
    """Ten patients, 7 relieved at 3 months and 4 at 6: a multinomial with 3, 3 and 4."""
    course = Course(("a",), (3.0, 6.0), (7.0, 4.0), (10.0, 10.0), True)
    s3, s6 = 0.9 * math.exp(-3 / 8), 0.9 * math.exp(-6 / 8)
    expected = 3 * math.log(1 - s3) + 3 * math.log(s3 - s6) + 4 * math.log(s6)
    assert float(log_likelihood(course, np.array(0.9), np.array(1.0), np.array(8.0))) == pytest.approx(expected)
    others = Course(("a",), (3.0, 6.0), (7.0, 4.0), (10.0, 10.0), False)
    expected = 7 * math.log(s3) + 3 * math.log(1 - s3) + 4 * math.log(s6) + 6 * math.log(1 - s6)
    assert float(log_likelihood(others, np.array(0.9), np.array(1.0), np.array(8.0))) == pytest.approx(expected)


def test_nothing_from_memory_is_fitted():
    for region in ("lumbar", "cervical", "sacroiliac"):
        keys = (*fit.duration(region).keys, *(s.key for s in fit.success_studies(region)))
        for key in keys:
            assert evidence.get(key).tag is not evidence.Tag.MEMORY, key


def test_counts_come_from_the_evidence():
    conger = study("lumbar", "conger2020")
    assert conger.relieved == pytest.approx((12, 21, 15), abs=0.02)
    assert sum(conger.of) == 85  # the published total
    steroid = study("lumbar", "cooled_steroid2023")
    assert steroid.relieved == pytest.approx((14, 11, 9))


def test_a_study_from_memory_is_refused(monkeypatch):
    from neurotomy.errors import EvidenceError

    real = evidence.select("outcome.cervical")
    husted = dataclasses.replace(real["outcome.cervical.husted2008"], used_for=("duration",))
    monkeypatch.setattr(evidence, "select", lambda prefix: {**real, husted.key: husted})
    with pytest.raises(EvidenceError, match="from memory"):
        fit.duration_studies("cervical")


def test_a_new_study_is_taken_up_without_code(monkeypatch):
    real = evidence.select("outcome.cervical")
    new = dataclasses.replace(
        real["outcome.cervical.mcdonald1999_course"],
        key="outcome.cervical.new2030",
        value={"month": [3, 12, 24], "share": [0.8, 0.7, 0.6], "selection": "two"},
    )
    before = fit.duration_studies("cervical"), fit.success_studies("cervical")
    monkeypatch.setattr(evidence, "select", lambda prefix: {**real, new.key: new})
    after = fit.duration_studies("cervical"), fit.success_studies("cervical")
    assert len(after[0]) == len(before[0]) + 1
    assert [s.key for s in after[1]][-1] == new.key
    assert after[1][-1].share == 0.8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"month": [3, 12]}, "no follow-up"),
        ({"month": [3, 12], "share": [0.8]}, "one share for each month"),
        ({"month": [12, 3], "share": [0.8, 0.6]}, "ascending"),
        ({"month": [3, 12], "share": [0.8, 1.6]}, "between 0 and 1"),
        ({"month": [3, 12], "share": [0.6, 0.8]}, "rises"),
        ({"share": 0.8, "selection": "two"}, "no follow-up"),
    ],
)
def test_missing_follow_up_is_an_error(monkeypatch, change, message):
    from neurotomy.errors import EvidenceError

    real = evidence.select("outcome.cervical")
    entry = real["outcome.cervical.mcdonald1999_course"]
    broken = dataclasses.replace(entry, key="outcome.cervical.broken", value={"selection": "two", **change})
    monkeypatch.setattr(evidence, "select", lambda prefix: {**real, broken.key: broken})
    with pytest.raises(EvidenceError, match=message):
        fit.duration_studies("cervical")


def test_a_study_without_patients_is_an_error(monkeypatch):
    from neurotomy.errors import EvidenceError

    real = evidence.select("outcome.cervical")
    entry = dataclasses.replace(real["outcome.cervical.mcdonald1999_course"], n=None)
    monkeypatch.setattr(evidence, "select", lambda prefix: {entry.key: entry})
    with pytest.raises(EvidenceError, match="followed"):
        fit.duration_studies("cervical")


def test_patients_lost_to_follow_up_are_a_warning():
    (warning,) = follow_up_warnings("outcome.lumbar")
    assert "7 of 62" in warning
    assert "53 % would be 47 %" in warning
