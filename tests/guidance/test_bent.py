"""Plans for curved and tined cannulas on the built-in spine."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy.anatomy import Anatomy, Side, Target
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.equipment import catalogue
from neurotomy.errors import GuidanceError
from neurotomy.geometry import unit
from neurotomy.guidance.bent import straightened
from neurotomy.guidance.check import Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.placement import Placement, roll_towards
from neurotomy.guidance.planner import plan
from neurotomy.guidance.scene import Scene

TARGET = Target("L4 medial branch", "L5", Side.LEFT)


@pytest.fixture(scope="module")
def spine():
    made = built_in_spine()
    return Anatomy(made.ct, made.labels, made.courses, "built-in spine")


@pytest.fixture(scope="module")
def curved(spine):
    return plan(spine.course(TARGET), spine, catalogue.electrode("curved-20g-10mm"))


def states(placement, spine):
    return {check.name: check for check in check_placement(placement, spine.course(TARGET), spine)}


def test_a_curved_tip_lies_along_the_nerve_and_passes_every_check(curved, spine):
    checks = states(curved, spine)
    assert {check.status for check in checks.values()} == {Status.OK}
    assert checks["parallel to the nerve"].measured <= 10.0
    # The straight shaft leaves the direction of the tip by half of the bend along the tip, and then by its other half.
    apart = np.degrees(np.arccos(curved.active_direction @ curved.shaft_direction))
    assert apart == pytest.approx(np.degrees(15 / 30) - np.degrees(10 / 30) / 2, abs=0.5)


def test_a_bend_goes_round_the_iliac_crest_that_bars_every_straight_way():
    made = built_in_spine(9)
    person = Anatomy(made.ct, made.labels, made.courses, "built-in spine, seed 9")
    nerve = person.course(Target("L3 medial branch", "L4", Side.RIGHT))
    long = {"cannula_length_mm": 150.0}
    straight, bent = (
        {c.name: c for c in check_placement(plan(nerve, person, electrode), nerve, person)}
        for electrode in (
            catalogue.electrode("conventional-150mm-18g-10mm"),
            catalogue.electrode("curved-18g-10mm").model_copy(update=long),
        )
    )
    assert straight["parallel to the nerve"].measured > 10.0
    assert bent["parallel to the nerve"].measured < 2.5
    assert {check.status for check in bent.values()} == {Status.OK}


def test_the_roll_is_the_plan(curved, spine):
    """The same tip and entry with the bend turned to the other side lies elsewhere, and the checks see it."""
    turned = replace(curved, roll_deg=curved.roll_deg + 180.0)
    assert np.linalg.norm(turned.active_tip_lps_mm[1] - curved.active_tip_lps_mm[1]) > 3.0
    assert any(check.status is not Status.OK for check in states(turned, spine).values())


def test_tines_stay_out_of_bone(spine):
    electrode = catalogue.electrode("three-tined-18g-5mm")
    placement = plan(spine.course(TARGET), spine, electrode)
    checks = states(placement, spine)
    assert not [name for name, check in checks.items() if check.status is Status.ERROR]
    # The straight needle of the same plan would have put a tine into the bone.
    bare = Placement(TARGET, electrode, *_straight(spine, electrode), "given")
    depth = [Scene(p, spine.course(TARGET), spine) for p in (bare, placement)]
    inside = [float(s.bone_distance.sample(s.bare).min()) for s in depth]
    assert inside[0] < inside[1]


def _straight(spine, electrode):
    placement = plan(spine.course(TARGET), spine, straightened(electrode))
    return placement.tip_lps_mm, placement.entry_lps_mm


def test_a_cannula_too_short_is_refused(spine):
    short = catalogue.electrode("curved-20g-10mm").model_copy(update={"cannula_length_mm": 40.0})
    with pytest.raises(GuidanceError, match="longer cannula"):
        plan(spine.course(TARGET), spine, short)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
    st.floats(-179, 179),
)
def test_roll_there_and_back(direction, roll):
    entry = 60.0 * unit(direction)
    needle = Placement(TARGET, catalogue.electrode("curved-20g-10mm"), np.zeros(3), entry, "given", roll_deg=roll)
    assert roll_towards(np.zeros(3), entry, needle.bend_direction) == pytest.approx(roll, abs=1e-6)
