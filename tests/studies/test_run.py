"""Virtual cohorts: the same for any workers, consistent with the rooms they are made of, monotone, honest intervals."""

import dataclasses

import numpy as np
import pytest

from neurotomy.anatomy import Side
from neurotomy.anatomy.innervation import targets_for
from neurotomy.recovery.draw import CourseParameters
from neurotomy.selection import Block, latent
from neurotomy.studies import parse_study, run_study
from neurotomy.studies.capture import Capture
from neurotomy.studies.model import Rules
from neurotomy.studies.patients import CHUNK, draw_patients, draw_worlds
from neurotomy.studies.policy import Answers, _again, _selected, block_answers, follow

STUDY = """
title = "a study"
joint = "L4/5"
side = "right"
patients = {patients}
worlds = {worlds}
follow_up_months = 24
seed = {seed}
"""
POLICIES = {
    "none": "blocks = 0",
    "one 50": "blocks = 1\ncutoff_percent = 50",
    "one 80": "blocks = 1\ncutoff_percent = 80",
    "two 50": "blocks = 2\ncutoff_percent = 50",
    "two 80": "blocks = 2\ncutoff_percent = 80",
    "comparative": "blocks = 2\ncutoff_percent = 50\ncomparative = true",
    "placebo": "blocks = 2\ncutoff_percent = 50\ncomparative = true\nplacebo_controlled = true",
    "no contrast": "blocks = 1\ncutoff_percent = 50\ncontrast = false",
    "upright": 'blocks = 1\ncutoff_percent = 50\ntechnique = "perpendicular"',
    "repeats": "blocks = 1\ncutoff_percent = 50\nrepeats = 4\nrepeat_relief_percent = 50\nrepeat_relief_months = 3",
}


def captured(policy):
    """Instead of needles and lesions: 9 of 10 along the nerve, 4 of 10 across it."""
    hits = {"parallel": 3600, "perpendicular": 1600}[policy.technique]
    share = hits / 4000
    return (Capture(policy.technique, "e", "p", None, hits, 4000, share, (share, share), (), ()),)


def run(*names, patients=10_000, worlds=200, seed=5, workers=1, text=""):
    tables = "".join(f'[[policies]]\nname = "{name}"\n{POLICIES[name]}\n' for name in names or POLICIES)
    study = parse_study(STUDY.format(patients=patients, worlds=worlds, seed=seed) + text + tables)
    return run_study(study, workers=workers, capture=captured)


@pytest.fixture(scope="module")
def everything():
    return run(patients=40_000)


def values(result, number):
    return {policy.name: policy.estimates[number].value for policy in result.policies}


def test_the_same_for_any_number_of_workers():
    one, two, three = (run(workers=n, patients=9_000) for n in (1, 2, 3))
    for other in (two, three):
        assert dataclasses.replace(other, world_values={}) == dataclasses.replace(one, world_values={})
        for name, numbers in one.world_values.items():
            for number, world in numbers.items():
                np.testing.assert_array_equal(other.world_values[name][number], world)


def test_another_seed_is_another_cohort_within_its_interval():
    one, other = run("one 50", seed=1, patients=40_000), run("one 50", seed=2, patients=40_000)
    a, b = (r.policies[0].estimates["success_per_enrolled"] for r in (one, other))
    assert a.value != b.value
    between = (a.parameter_interval[1] - a.parameter_interval[0]) / 4 / np.sqrt(200)
    inside = (a.sampling_interval[1] - a.sampling_interval[0]) / 4
    assert abs(a.value - b.value) < 4 * np.sqrt(2) * np.hypot(between, inside)


def test_a_policy_meets_the_same_patients_whatever_stands_beside_it(everything):
    alone = run("comparative", patients=40_000).policies[0]
    assert alone == next(p for p in everything.policies if p.name == "comparative")


def test_first_patients_do_not_depend_on_how_many_follow():
    worlds = draw_worlds("lumbar", lateral=False, count=50, seed=3)
    few, many = (draw_patients(worlds, 0, n, 3) for n in (CHUNK, 5 * CHUNK))
    np.testing.assert_array_equal(few.source, many.source)
    np.testing.assert_array_equal(few.session(2), many.session(2))
    assert not np.array_equal(few.session(0), few.session(1))
    assert not np.array_equal(draw_patients(worlds, 1, 5 * CHUNK, 3).of_trait, many.of_trait)


def test_better_selection_and_placement_raise_success_of_those_treated(everything):
    of_treated, of_enrolled = values(everything, "success_per_treated"), values(everything, "success_per_enrolled")
    assert of_treated["none"] < of_treated["one 50"] < of_treated["two 50"] < of_treated["comparative"]
    assert of_treated["one 50"] < of_treated["one 80"] < of_treated["two 80"]
    assert of_treated["comparative"] < of_treated["placebo"]
    assert of_treated["upright"] < of_treated["one 50"]
    # and every block refuses some who would have been helped
    assert of_enrolled["none"] > of_enrolled["one 50"] > of_enrolled["two 50"] > of_enrolled["comparative"]


def test_what_is_missed_and_what_is_done(everything):
    missed = values(everything, "missed_per_source")
    assert missed["none"] == 0
    assert missed["one 50"] < missed["one 80"] < missed["two 80"]
    assert missed["no contrast"] > missed["one 50"]
    blocks, needles = values(everything, "blocks_per_enrolled"), values(everything, "neurotomies_per_enrolled")
    assert blocks["none"] == 0
    assert blocks["one 50"] == 1
    treated = values(everything, "treated_per_enrolled")
    assert blocks["two 50"] == pytest.approx(1 + treated["one 50"]), "the second is done after a positive first"
    assert needles["none"] == 1
    assert needles["repeats"] > needles["one 50"] == treated["one 50"]
    months = values(everything, "months_per_enrolled")
    assert months["repeats"] > months["one 50"]
    assert all(0 <= value <= 24 for value in values(everything, "months_per_treated").values())


def test_numbers_of_one_policy_agree_with_each_other(everything):
    for policy in everything.policies:
        e = {name: estimate.value for name, estimate in policy.estimates.items()}
        assert e["success_per_enrolled"] == pytest.approx(e["success_per_treated"] * e["treated_per_enrolled"])
        assert e["months_per_enrolled"] == pytest.approx(e["months_per_treated"] * e["treated_per_enrolled"])
        procedures = e["blocks_per_enrolled"] + e["neurotomies_per_enrolled"]
        assert e["procedures_per_success"] == pytest.approx(procedures / e["success_per_enrolled"])
        for name, estimate in policy.estimates.items():
            if estimate.value not in (0.0, 1.0):
                assert estimate.sampling_interval[0] < estimate.value < estimate.sampling_interval[1], name
                assert estimate.parameter_interval[0] < estimate.value < estimate.parameter_interval[1], name
        curve = np.array(policy.relieved)
        at_horizon = curve[everything.months.index(3.0)]
        assert curve[0] == pytest.approx(e["success_per_treated"])
        assert at_horizon <= e["success_per_treated"] + 1e-9
        if "no repeat" in policy.repeat:
            assert (np.diff(curve) <= 1e-12).all(), "a later day never raises the share still relieved"


def test_differences_are_those_of_the_same_patients(everything):
    first = everything.policies[0].estimates
    for policy, difference in zip(everything.policies[1:], everything.differences, strict=True):
        assert (difference.name, difference.against) == (policy.name, "none")
        for name, estimate in difference.estimates.items():
            assert estimate.value == pytest.approx(policy.estimates[name].value - first[name].value, abs=1e-12)
    one = everything.differences[0].estimates["success_per_enrolled"]
    alone = [everything.policies[n].estimates["success_per_enrolled"].sampling_interval for n in (0, 1)]
    apart = np.hypot(*(high - low for low, high in alone))
    assert one.sampling_interval[1] - one.sampling_interval[0] < apart, "common random numbers sharpen it"


def test_more_patients_shrink_one_interval_and_not_the_other():
    few, many = (run("one 50", patients=n).policies[0].estimates["success_per_treated"] for n in (10_000, 160_000))

    def width(interval):
        return interval[1] - interval[0]

    assert width(many.sampling_interval) == pytest.approx(width(few.sampling_interval) / 4, rel=0.1)
    assert width(many.parameter_interval) == pytest.approx(width(few.parameter_interval), rel=0.3)


def test_sampling_interval_covers_what_reruns_of_the_same_worlds_give(monkeypatch):
    """Forty cohorts in the same worlds: their spread is what one of them says of itself."""
    from neurotomy.studies import run as module

    fixed = draw_worlds("lumbar", lateral=False, count=50, seed=77)
    monkeypatch.setattr(module, "draw_worlds", lambda *_: fixed)
    found = [run("one 50", patients=2000, worlds=50, seed=n).policies[0].estimates for n in range(40)]
    for name in ("success_per_treated", "months_per_enrolled"):
        spread = np.std([e[name].value for e in found], ddof=1)
        stated = np.mean([(e[name].sampling_interval[1] - e[name].sampling_interval[0]) / 2 / 1.96 for e in found])
        assert spread == pytest.approx(stated, rel=0.35)


def test_parameter_interval_is_the_spread_of_expected_values_over_worlds():
    """Success without a block is worked out for each world by hand; the cohort must show the same spread."""
    result = run("none", patients=100_000)
    worlds = draw_worlds("lumbar", lateral=False, count=200, seed=5)
    success, sham = np.asarray(worlds.courses.success), np.asarray(worlds.courses.sham)
    expected = worlds.rates.prior * (0.9 * success + 0.1 * sham) + (1 - worlds.rates.prior) * sham
    estimate = result.policies[0].estimates["success_per_enrolled"]
    assert estimate.value == pytest.approx(expected.mean(), abs=0.006)
    np.testing.assert_allclose(estimate.parameter_interval, np.quantile(expected, [0.025, 0.975]), atol=0.03)
    correlation = np.corrcoef(result.world_values["none"]["success_per_enrolled"], expected)[0, 1]
    assert correlation > 0.95


def test_source_after_a_positive_block_is_what_the_selection_room_says():
    """One world, many patients: of those with full relief, as many are sources as the latent model computes."""
    rates = latent.sample_rates("lumbar")
    means = {f.name: np.array([np.mean(getattr(rates, f.name))]) for f in dataclasses.fields(rates)}
    scalar = {k: v if isinstance(getattr(rates, k), np.ndarray) else float(v[0]) for k, v in means.items()}
    one = latent.Rates(**scalar)
    worlds = draw_worlds("lumbar", lateral=False, count=50, seed=1)
    spread = {k: np.full(50, v[0]) for k, v in scalar.items() if isinstance(v, np.ndarray)}
    worlds = dataclasses.replace(worlds, rates=dataclasses.replace(one, **spread))
    nerves = len(targets_for("L4/5", Side.RIGHT))
    source, full, both = [], [], []
    for chunk in range(60):
        them = draw_patients(worlds, chunk, 60 * CHUNK, 9)
        answers = block_answers(them, nerves, shown=True)
        source.append(them.source)
        full.append(answers.relief_percent[:, 0] >= 80)
        both.append((answers.relief_percent[:, :2] >= 80).all(axis=1) & answers.longer)
    source, full, both = (np.concatenate(x) for x in (source, full, both))
    lidocaine = Block(None, "medial branch block", "lidocaine", 0.5, 90.0, 2.0, False, ())
    bupivacaine = Block(None, "medial branch block", "bupivacaine", 0.5, 90.0, 6.0, False, ())
    for rows, blocks in ((full, (lidocaine,)), (both, (lidocaine, bupivacaine))):
        said = latent.posterior(one, blocks, nerves).mean
        error = 4 * np.sqrt(said * (1 - said) / rows.sum())
        assert source[rows].mean() == pytest.approx(said, abs=error)


RULES = Rules(
    blocks=1,
    cutoff_percent=50,
    comparative=False,
    placebo_controlled=False,
    repeats=3,
    repeat_relief_percent=50,
    repeat_relief_months=3,
    repeat_after_months=0,
    repeat_sessions_in_12_months=None,
)


def changed(**rules):
    return RULES.model_copy(update=rules)


def test_selection_by_hand():
    relief = np.array([[90, 90, 10], [90, 60, 10], [60, 90, 10], [30, 90, 10], [90, 90, 90]], float)
    answers = Answers(relief, np.array([True, False, True, True, True]))
    cases = {
        (0, 50): ([1, 1, 1, 1, 1], [0, 0, 0, 0, 0]),
        (1, 50): ([1, 1, 1, 0, 1], [1, 1, 1, 1, 1]),
        (1, 80): ([1, 1, 0, 0, 1], [1, 1, 1, 1, 1]),
        (2, 80): ([1, 0, 0, 0, 1], [2, 2, 1, 1, 2]),
    }
    for (blocks, cutoff), (treated, done) in cases.items():
        passing, count = _selected(answers, changed(blocks=blocks, cutoff_percent=cutoff))
        assert passing.tolist() == [bool(x) for x in treated]
        assert count.tolist() == done
    passing, count = _selected(answers, changed(blocks=2, comparative=True, placebo_controlled=True))
    assert passing.tolist() == [True, False, True, False, False]
    assert count.tolist() == [3, 2, 3, 1, 3]


def test_when_a_repeat_is_due():
    level = np.array([0.6, 0.4, 0.6, 0.6, 0.0])
    start, end = np.zeros(5), np.array([5.0, 5.0, 2.0, np.inf, 0.0])
    active = np.ones(5, bool)
    again, when = _again(level, end - start, start, end, active, [start], RULES)
    assert again.tolist() == [True, False, False, True, False]
    assert when[0] == 5.0
    assert np.isinf(when[1:]).all(), "relief that lasts is never repeated"
    _, later = _again(level, end - start, start, end, active, [start], changed(repeat_after_months=16.0))
    assert later[0] == 16.0
    _, limited = _again(level, end - start, start, end, active, [start], changed(repeat_sessions_in_12_months=1))
    assert limited[0] == 12.0
    starts = [np.zeros(5), np.full(5, 4.0)]
    _, third = _again(
        level, np.full(5, 3.5), starts[1], starts[1] + 3.5, active, starts, changed(repeat_sessions_in_12_months=2)
    )
    assert third[0] == 12.0, "two sessions in 12 months: the third waits for the first to be a year ago"


def test_months_of_relief_by_hand():
    """Everybody the source, captured, success certain, relief for exactly the same time: months can be counted."""
    worlds = draw_worlds("lumbar", lateral=False, count=50, seed=1)
    certain = CourseParameters(
        success=np.ones(50),
        sham=np.zeros(50),
        partial_of_rest=0.0,
        shape=np.full(50, 400.0),  # all end at the scale
        scale_months=np.full(50, 9.0),
        lasting=np.zeros(50),
        horizon_months=3.0,
        partial_source_months=1.0,
        partial_other_months=1.0,
        onset_days=(0.0, 0.0),
        significant_level=(0.6, 0.6),
        partial_level=(0.3, 0.3),
    )
    worlds = dataclasses.replace(worlds, courses=certain, rates=dataclasses.replace(worlds.rates, prior=np.ones(50)))
    them = draw_patients(worlds, 0, CHUNK, 1)
    answers = block_answers(them, 2, shown=True)
    months = np.array([1.0, 8.0, 10.0, 30.0])
    once = follow(them, answers, changed(blocks=0, repeats=0), np.ones(CHUNK), 24.0, months)
    np.testing.assert_allclose(once.months, 9.0, atol=0.2)
    assert once.relieved.mean(axis=0).tolist() == [1, 1, 0, 0]
    twice = follow(them, answers, changed(blocks=0, repeats=1), np.ones(CHUNK), 24.0, months)
    np.testing.assert_allclose(twice.months, 18.0, atol=0.4)
    thrice = follow(them, answers, changed(blocks=0, repeats=5), np.ones(CHUNK), 24.0, months)
    assert (thrice.neurotomies == 3).all(), "the fourth would come after the follow-up"
    np.testing.assert_allclose(thrice.months, 24.0, atol=0.2)
    assert (thrice.relieved[:, :3]).all()
    missed = follow(them, answers, changed(blocks=0), np.zeros(CHUNK), 24.0, months)
    assert not missed.success.any()
    assert missed.months.sum() == 0


def test_better_capture_never_harms_a_patient():
    worlds = draw_worlds("lumbar", lateral=False, count=50, seed=1)
    them = draw_patients(worlds, 0, CHUNK, 1)
    answers = block_answers(them, 2, shown=True)
    rules = changed(repeats=0)
    months = np.array([3.0, 12.0])
    worse, better = (follow(them, answers, rules, np.full(CHUNK, p), 24.0, months) for p in (0.4, 0.9))
    assert (better.success >= worse.success).all()
    assert (better.relieved >= worse.relieved).all()


@pytest.mark.parametrize(("joint", "side"), [("C5/6", "left"), ("SIJ", "left")])
def test_other_regions_with_capture_given(joint, side):
    tables = '[[policies]]\nname = "a"\nblocks = 1\ncutoff_percent = 50\n'
    text = STUDY.format(patients=2000, worlds=50, seed=1).replace("L4/5", joint).replace("right", side)
    result = run_study(parse_study(text + tables), capture=captured)
    assert result.side == side
    assert 0.05 < result.policies[0].estimates["success_per_enrolled"].value < 0.6


def test_nobody_treated_is_told_and_not_a_crash():
    result = run("two 80", text="")
    assert result.policies[0].estimates["success_per_treated"].value > 0
    study = parse_study(
        STUDY.format(patients=1000, worlds=50, seed=1)
        + '[[policies]]\nname = "never"\nblocks = 2\ncutoff_percent = 100\ncomparative = true\n'
    )
    never = run_study(study, capture=captured).policies[0]
    assert never.estimates["treated_per_enrolled"].value == 0
    assert np.isnan(never.estimates["success_per_treated"].value)
    assert never.to_dict()["estimates"]["success_per_treated"]["value"] is None


def test_cancelled_between_chunks():
    from neurotomy.errors import Cancelled
    from neurotomy.progress import Progress

    def watch(event):
        if event.fraction > 0.6:
            raise Cancelled("stop")

    study = parse_study(STUDY.format(patients=20_000, worlds=50, seed=1) + '[[policies]]\nname = "a"\nblocks = 0\n')
    with pytest.raises(Cancelled):
        run_study(study, capture=captured, progress=Progress(watch))
