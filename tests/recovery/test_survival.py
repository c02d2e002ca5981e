"""The fit of duration: against another optimiser, against exact solutions, and on data made by the model itself."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize

from neurotomy import evidence
from neurotomy.recovery import fit
from neurotomy.recovery.survival import DAYS_PER_MONTH, Course, MeanDuration, fit_durations, log_likelihood, still

PRIORS = {"shape_sd": 0.5, "spread_sd": 0.5}


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
    grid = fit_durations([course], shape_sd=100.0, spread_sd=1e-3)
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
        found = fit_durations(studies, shape_sd=2.0, spread_sd=1e-3)
        assert found.shape == pytest.approx(shape, rel=0.1)
        assert found.scale_months == pytest.approx(scale, rel=0.12)


def test_the_region_fits_are_what_the_data_give_today():
    """Rerun of the fits. The numbers change only when the evidence does: then look at the plots again."""
    expected = {"lumbar": (1.09, 25.4, 19.4), "cervical": (1.09, 11.9, 12.0), "sacroiliac": (1.41, 8.9, 8.4)}
    for region, (shape, scale, median) in expected.items():
        found = fit.duration(region)
        assert found.shape == pytest.approx(shape, rel=0.1), region
        assert found.scale_months == pytest.approx(scale, rel=0.1), region
        months = np.arange(3.0, 100.0, 0.05)
        kept = found.still(months, 3.0)
        assert months[int(np.argmax(kept < 0.5))] == pytest.approx(median, abs=1.0), region


def test_studies_that_disagree_widen_the_prediction():
    a = Course(("a",), (6.0, 12.0), (50.0, 30.0), (100.0,) * 2, True)
    b = Course(("b",), (6.0, 12.0), (80.0, 75.0), (100.0,) * 2, True)
    alike, apart = fit_durations([a, a], **PRIORS), fit_durations([a, b], **PRIORS)
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
    import dataclasses

    from neurotomy.errors import EvidenceError

    real = evidence.select("outcome.cervical")
    husted = dataclasses.replace(real["outcome.cervical.husted2008"], used_for=("duration",))
    monkeypatch.setattr(evidence, "select", lambda prefix: {**real, husted.key: husted})
    with pytest.raises(EvidenceError, match="from memory"):
        fit.duration_studies("cervical")


def test_a_new_study_is_taken_up_without_code(monkeypatch):
    import dataclasses

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
