"""Drawn courses: they are what the forecast expects, monotone patient by patient, and refuse what cannot be."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.recovery.test_forecast import make

from neurotomy.recovery import fit
from neurotomy.recovery.draw import UNIFORMS, draw_courses, repeat_uniforms, sample_parameters
from neurotomy.recovery.repeat import repeats

PATIENTS = 40_000


def drawn(region, source, captured, seed=1, patients=PATIENTS):
    generator = np.random.default_rng(seed)
    parameters = sample_parameters(region, generator, patients)
    return draw_courses(source, captured, parameters, generator.random((patients, UNIFORMS)))


@pytest.mark.parametrize(("joint", "region"), [("L4/5", "lumbar"), ("C5/6", "cervical"), ("SIJ", "sacroiliac")])
def test_shares_and_curve_are_those_of_the_forecast(joint, region):
    courses = drawn(region, 0.6, 0.7)
    expected = make(joint, 0.6, 0.7)
    error = 4 * np.sqrt(0.25 / PATIENTS)
    for outcome, name in enumerate(("none", "partial", "significant")):
        assert np.mean(courses.outcome == outcome) == pytest.approx(getattr(expected, name), abs=error)
    months = np.array([1.0, 3.0, 6.0, 12.0, 24.0, 36.0])
    curve = np.interp(months, expected.month, expected.still_significant)
    np.testing.assert_allclose(courses.in_relief(months).mean(axis=0), curve, atol=error)
    now = (courses.level_at(months) >= 0.5) & (courses.outcome == 2)[:, None]
    curve = np.interp(months, expected.month, expected.relieved_now)
    np.testing.assert_allclose(now.mean(axis=0), curve, atol=error)
    within = np.where(courses.outcome == 2, np.minimum(courses.end_months, 24.0) - courses.onset_months, 0.0)
    assert within.mean() == pytest.approx(expected.relief_within_2_years_months, abs=0.2)
    for group, share in enumerate((0.4, 0.6 * 0.3, 0.6 * 0.7)):
        assert np.mean(courses.group == group) == pytest.approx(share, abs=error)


@settings(max_examples=30, deadline=None)
@given(a=st.tuples(st.floats(0, 1), st.floats(0, 1)), b=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_nobody_is_worse_off_with_better_selection_or_capture(a, b):
    less, more = np.minimum(a, b), np.maximum(a, b)
    worse, better = (drawn("lumbar", *p, patients=500) for p in (less, more))
    assert (better.outcome >= worse.outcome).all()
    assert (better.group >= worse.group).all()
    months = np.array([0.5, 3.0, 12.0])
    assert (better.in_relief(months) >= worse.in_relief(months)).all()


def test_a_course_is_consistent():
    courses = drawn("lumbar", 0.6, 0.7)
    none = courses.outcome == 0
    assert (courses.months_of_relief[none] == 0).all()
    assert (courses.level[none] == 0).all()
    assert (courses.end_months[courses.outcome == 2] >= 3.0).all()
    assert (courses.onset_months[~none] <= 42 / 30).all()
    assert (courses.level[courses.outcome == 2] >= 0.5).all()
    assert ((courses.level[courses.outcome == 1] >= 0.3) & (courses.level[courses.outcome == 1] <= 0.5)).all()
    at = courses.level_at([0.0, 2.0, 1000.0])
    assert at.shape == (PATIENTS, 3)
    assert (at.max(axis=1) <= courses.level).all()
    relieved = np.diff(courses.in_relief(np.linspace(0, 60, 61)).astype(int), axis=1)
    assert (relieved <= 0).all()


def test_one_world_or_one_for_each_patient():
    generator = np.random.default_rng(0)
    world = sample_parameters("lumbar", generator)
    assert np.shape(world.success) == (1,)
    sure = dataclasses.replace(world, success=1.0, sham=0.0, partial_of_rest=1.0)
    courses = draw_courses(np.array([0.0, 1.0, 1.0]), np.array([1.0, 0.0, 1.0]), sure, generator.random((3, UNIFORMS)))
    assert courses.outcome.tolist() == [1, 1, 2]
    assert courses.group.tolist() == [0, 1, 2]


def test_what_cannot_be_is_refused():
    parameters = sample_parameters("lumbar", np.random.default_rng(0), 4)
    with pytest.raises(ValueError, match="shape"):
        draw_courses(0.5, 0.5, parameters, np.zeros((4, 3)))
    with pytest.raises(ValueError, match="p_captured"):
        draw_courses(0.5, [0.5, 1.5, 0.5, 0.5], parameters, np.zeros((4, UNIFORMS)))


def test_repeats_are_those_that_bayes_rule_expects():
    """One world for all, so that only the patients' own traits link procedures."""
    source, captured, n = 0.5, 0.8, 400_000
    rates = fit.success("lumbar")
    world = dataclasses.replace(
        sample_parameters("lumbar", np.random.default_rng(0)), success=rates.success.mean(), sham=rates.sham.mean()
    )
    generator = np.random.default_rng(2)
    uniforms = [generator.random((n, UNIFORMS))]
    uniforms.append(repeat_uniforms(uniforms[0], generator))
    uniforms.append(repeat_uniforms(uniforms[1], generator))
    one, two, three = (draw_courses(source, captured, world, u).outcome == 2 for u in uniforms)
    second, third, _ = repeats("lumbar", source, captured)
    assert two[one].mean() == pytest.approx(second.if_all_worked, abs=0.005)
    assert two[~one].mean() == pytest.approx(second.if_all_failed, abs=0.005)
    assert three[one & two].mean() == pytest.approx(third.if_all_worked, abs=0.006)
    assert three[~one & ~two].mean() == pytest.approx(third.if_all_failed, abs=0.006)


@pytest.mark.parametrize("persistence", [0.0, 0.3, 1.0])
def test_what_belongs_to_the_patient_stays(persistence):
    generator = np.random.default_rng(3)
    before = generator.random((50_000, UNIFORMS))
    after = repeat_uniforms(before, generator, persistence)
    again = repeat_uniforms(after, generator, persistence)
    assert (after[:, 0] == before[:, 0]).all()
    kept = after[:, 2] == before[:, 2]
    assert kept.mean() == pytest.approx(persistence, abs=0.01)
    assert ((again[:, 2] == before[:, 2]) == kept).all()  # the same people each time
    assert not (after[:, 1] == before[:, 1]).any()
    if 0 < persistence < 1:
        assert abs(np.corrcoef(kept, before[:, 0])[0, 1]) < 0.02
