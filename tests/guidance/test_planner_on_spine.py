"""Plans, checks and coverage together on the built-in spine, with the simulated lesion."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from neurotomy.anatomy import Anatomy, Side, Target
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.coverage import cover
from neurotomy.equipment.catalogue import electrode_for, protocol
from neurotomy.guidance.check import Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.planner import plan
from neurotomy.lesion import simulate

# Long enough for a steep path through this trunk, so that the length of the cannula is not what is tested.
NEEDLE = electrode_for(18, 10.0).model_copy(update={"cannula_length_mm": 150.0})


@cache
def spine():
    made = built_in_spine()
    return Anatomy(made.ct, made.labels, made.courses, "built-in spine")


@cache
def lesion():
    return simulate(NEEDLE, protocol("standard-80c-90s"))


@cache
def course(bone, side):
    return next(c for c in spine().courses if c.target.bone == bone and c.target.side is side)


@cache
def planned(bone, side):
    return plan(course(bone, side), spine(), NEEDLE)


TARGETS = [("L4", Side.RIGHT), ("L5", Side.RIGHT), ("L3", Side.LEFT), ("S1", Side.LEFT)]


@pytest.mark.parametrize(("bone", "side"), TARGETS)
def test_a_plan_is_parallel_safe_and_takes_at_least_eight_millimetres(bone, side):
    checks = {c.name: c for c in check_placement(planned(bone, side), course(bone, side), spine())}
    assert [c for c in checks.values() if c.status is Status.ERROR] == []
    assert checks["parallel to the nerve"].measured <= 10.0
    assert checks["not ventral"].status is Status.OK
    assert checks["path free of bone"].status is Status.OK
    assert checks["on bone"].status is Status.OK
    result = cover([course(bone, side)], [planned(bone, side)], [lesion()], samples=1000).nerves[0]
    assert result.coagulated_on_neck_mm >= 8.0
    assert result.capture_probability > 0.9


def test_left_and_right_plans_agree_where_the_spine_is_symmetric():
    right, left = planned("L5", Side.RIGHT), plan(course("L5", Side.LEFT), spine(), NEEDLE)
    frame = course("L5", Side.LEFT).lps_from_vertebra.inverse()
    a, b = frame(left.tip_lps_mm), frame(right.tip_lps_mm)
    # Bone is known to half a voxel and poses are half a millimetre apart, so that the best pose may differ a little.
    assert a[0] > 0 > b[0]
    assert np.abs(a - b * [-1, 1, 1]).max() < 3.0


@pytest.mark.parametrize(("bone", "side"), TARGETS)
def test_the_same_needle_said_to_be_for_the_other_side_is_an_error(bone, side):
    nerve = course(bone, side.opposite)
    held = replace(planned(bone, side), target=nerve.target)
    check = next(c for c in check_placement(held, nerve, spine()) if c.name == "correct side")
    assert check.status is Status.ERROR
    assert side.value in check.reason


@pytest.mark.parametrize(("asked", "placed"), [("L4", "L5"), ("L5", "L4"), ("L4", "L3")])
def test_the_same_needle_said_to_be_for_the_next_level_is_an_error(asked, placed):
    side = Side.LEFT if placed == "L3" else Side.RIGHT
    nerve = course(asked, side)
    held = replace(planned(placed, side), target=nerve.target)
    check = next(c for c in check_placement(held, nerve, spine()) if c.name == "correct level")
    assert check.status is Status.ERROR
    assert placed in check.reason


def test_a_perpendicular_needle_to_the_same_place_is_refused_by_technique_and_takes_less():
    along = planned("L4", Side.RIGHT)
    nerve = course("L4", Side.RIGHT)
    shaft = along.shaft_direction
    tip = along.active_tip_lps_mm.mean(axis=0)
    # Upright from the back, apex where the middle of the parallel needle's active tip was.
    dorsal = nerve.lps_from_vertebra.rotation[:, 1]
    caudal = -nerve.lps_from_vertebra.rotation[:, 2]
    upright = dorsal * (shaft @ -caudal) + caudal * (shaft @ dorsal)
    upright = upright if upright @ dorsal > 0 else -upright
    pointed = replace(along, tip_lps_mm=tip, entry_lps_mm=tip + along.insertion_depth_mm * upright)
    neck = nerve.neck.points_mm
    angle = np.degrees(np.arccos(abs(upright @ (neck[-1] - neck[0])) / np.linalg.norm(neck[-1] - neck[0])))
    assert angle > 60.0
    both = [cover([nerve], [p], [lesion()], samples=1000).nerves[0] for p in (along, pointed)]
    assert both[1].coagulated_on_neck_mm < both[0].coagulated_on_neck_mm
    assert both[1].capture_probability < both[0].capture_probability


def test_targets_are_those_of_the_four_five_joint():
    assert course("L4", Side.RIGHT).target == Target("L3 medial branch", "L4", Side.RIGHT)
    assert course("L5", Side.RIGHT).target == Target("L4 medial branch", "L5", Side.RIGHT)
