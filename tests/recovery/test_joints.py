"""Several joints in one patient: one joint is as it was, shared nerves, nerves left out, monotony, mixed regions."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy.anatomy import Side, Target
from neurotomy.anatomy.innervation import targets_for
from neurotomy.errors import AnatomyError, CaseError
from neurotomy.recovery import fit, forecast, forecast_joints
from neurotomy.selection import RuleVerdict, Selection
from neurotomy.selection.region import region_of

PROBABILITY = st.floats(0.0, 1.0)


@dataclass(frozen=True)
class Nerve:
    target: Target
    capture_probability: float


@dataclass(frozen=True)
class Covered:
    nerves: tuple[Nerve, ...]
    all_captured_probability: float


def selection(joint, probability, width=0.1):
    verdict = RuleVerdict("sis", "SIS", True, (), "sis_guideline", "2020")
    interval = (max(probability - width, 0.0), min(probability + width, 1.0))
    return Selection(region_of(joint), 0.31, (0.2, 0.4), probability, interval, (), verdict, (), ())


def covered(joints, each=0.9, together=None, side=Side.RIGHT, but=()):
    targets = dict.fromkeys(t for joint in joints for t in targets_for(joint, side))
    nerves = tuple(Nerve(t, each) for t in targets if t not in but)
    return Covered(nerves, each ** len(nerves) if together is None else together)


def make(sources, coverage=None, side=Side.RIGHT, **rest):
    selections = {joint: selection(joint, p) for joint, p in sources.items()}
    return forecast_joints(selections, coverage or covered(sources, side=side), side, **rest)


def same(a, b):
    for name in (f.name for f in dataclasses.fields(a)):
        x, y = getattr(a, name), getattr(b, name)
        if isinstance(x, np.ndarray):
            np.testing.assert_array_equal(x, y)
        else:
            assert x == y, name


def test_one_joint_is_the_forecast_of_that_joint():
    coverage = covered(("L4/5",))
    same(make({"L4/5": 0.6}, coverage, seed=3), forecast("L4/5", selection("L4/5", 0.6), coverage, seed=3))


def test_two_joints_by_hand():
    """L4/5 and L5/S1 share the L4 nerve: three nerves. Where only L4/5 is the source, two of them matter."""
    r = make({"L5/S1": 0.4, "L4/5": 0.6})
    hit, sham = (float(x.mean()) for x in (fit.success("lumbar").success, fit.success("lumbar").sham))
    two, three = 0.9**2, 0.9**3
    both, first = 0.4 * (three * hit + (1 - three) * sham), 0.2 * (two * hit + (1 - two) * sham)
    assert r.significant == pytest.approx(both + first + 0.4 * sham, rel=1e-9)
    alone = {j.joint: j for j in r.joints}
    assert list(alone) == ["L5/S1", "L4/5"]  # in the order of the case
    assert alone["L5/S1"].captured == pytest.approx(two)
    assert alone["L5/S1"].significant == pytest.approx(0.4 * two * hit + (1 - 0.4 * two) * sham)
    assert [c.name for c in r.components] == ["not the source", "nerve missed", "captured"]
    assert [c.probability for c in r.components] == pytest.approx(
        [0.4, 0.4 * (1 - three) + 0.2 * (1 - two), 0.4 * three + 0.2 * two]
    )


def test_nerves_that_are_captured_together_are_so_in_each_joint():
    """All three always together: then two of them are captured as often as three."""
    r = make({"L4/5": 0.5, "L5/S1": 0.5}, covered(("L4/5", "L5/S1"), 0.7, together=0.7))
    assert [j.captured for j in r.joints] == pytest.approx([0.7, 0.7])


def test_a_nerve_left_out_spoils_its_joint_only():
    left_out = targets_for("L5/S1", Side.RIGHT)[-1]
    assert left_out not in targets_for("L4/5", Side.RIGHT)
    r = make({"L4/5": 0.6, "L5/S1": 0.5}, covered(("L4/5", "L5/S1"), but=(left_out,)))
    upper, lower = r.joints
    assert upper.captured == pytest.approx(0.81)
    assert lower.captured == 0.0
    assert lower.significant == pytest.approx(fit.success("lumbar").sham.mean())


def test_needles_on_the_other_side_do_nothing():
    r = make({"L4/5": 0.6}, covered(("L4/5",), side=Side.LEFT), side=Side.RIGHT)
    assert r.significant == pytest.approx(fit.success("lumbar").sham.mean())


@settings(max_examples=30, deadline=None)
@given(p=st.tuples(PROBABILITY, PROBABILITY), each=PROBABILITY, share=PROBABILITY)
def test_three_groups_and_parts_sum_to_one(p, each, share):
    joints = ("L4/5", "L5/S1")
    together = each**3 + share * (each - each**3)
    r = make(dict(zip(joints, p, strict=True)), covered(joints, each, together))
    assert r.significant + r.partial + r.none == pytest.approx(1.0, abs=1e-12)
    assert sum(c.probability for c in r.components) == pytest.approx(1.0, abs=1e-12)
    assert sum(c.probability * c.significant for c in r.components) == pytest.approx(r.significant, abs=1e-12)
    for c in (*r.components, *r.joints):
        assert c.significant + c.partial + c.none == pytest.approx(1.0, abs=1e-12)
    for curve in (r.still_significant, r.still_any, r.still_significant_low, r.still_significant_high):
        assert (np.diff(curve) <= 1e-12).all()
        assert 0.0 <= curve.min() <= curve.max() <= 1.0
    assert r.still_significant[0] == pytest.approx(r.significant)


@settings(max_examples=30, deadline=None)
@given(p=st.tuples(PROBABILITY, PROBABILITY), a=PROBABILITY, b=PROBABILITY)
def test_more_capture_never_lowers_success(p, a, b):
    joints = ("L4/5", "L5/S1")
    less, more = (make(dict(zip(joints, p, strict=True)), covered(joints, c)) for c in sorted((a, b)))
    assert less.significant <= more.significant + 1e-12
    for x, y in zip(less.joints, more.joints, strict=True):
        assert x.significant <= y.significant + 1e-12


def test_order_of_the_joints_does_not_matter():
    a, b = make({"L4/5": 0.6, "L5/S1": 0.3}), make({"L5/S1": 0.3, "L4/5": 0.6})
    assert a.significant == b.significant
    assert a.significant_interval == b.significant_interval


def test_joints_of_two_regions():
    """The sacroiliac joint and L5/S1: relief ends with the joint that comes back first."""
    r = make({"L5/S1": 0.5, "SIJ": 0.5})
    alone = {j.joint: j for j in r.joints}
    assert r.median_relief_months == alone["SIJ"].median_relief_months < alone["L5/S1"].median_relief_months
    assert r.significant < alone["L5/S1"].significant
    assert {risk.evidence for risk in r.risks} >= {"risk.neuritis", "risk.neuritis_sacroiliac"}
    assert len({risk.evidence for risk in r.risks}) == len(r.risks)
    assert any("one pain" in sentence for sentence in r.explanation)


def test_interval_holds_the_expectation():
    r = make({"L4/5": 0.6, "L5/S1": 0.5})
    assert r.significant_interval[0] < r.significant < r.significant_interval[1]
    assert (r.still_significant_low <= r.still_significant + 1e-9).all()


def test_repeats_belong_to_one_joint():
    assert make({"L4/5": 0.6}).repeats[0].number == 2
    assert make({"L4/5": 0.6, "L5/S1": 0.5}).repeats == ()


def test_what_cannot_be_is_refused():
    with pytest.raises(CaseError, match="joint"):
        forecast_joints({}, covered(("L4/5",)), Side.LEFT)
    with pytest.raises(CaseError, match="cervical"):
        forecast_joints({"L4/5": selection("C5/6", 0.5)}, covered(("L4/5",)), Side.LEFT)
    with pytest.raises(AnatomyError):
        forecast_joints({"L4/6": selection("L4/5", 0.5)}, covered(("L4/5",)), Side.LEFT)
    with pytest.raises(ValueError, match="between 0 and 1"):
        make({"L4/5": 0.5}, covered(("L4/5",), 1.5))
