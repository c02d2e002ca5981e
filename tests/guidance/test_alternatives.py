"""Alternatives: truly different, ranked, each with what a person needs to choose."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side
from neurotomy.errors import GuidanceError
from neurotomy.guidance.alternatives import alternatives
from neurotomy.guidance.check import Status
from neurotomy.guidance.planner import plan

from .needle_phantom import NEEDLE, anatomy, course, good_needle
from .test_planner import cut_wall

APART = evidence.value("placement.plan.apart")


@cache
def ways(side):
    return alternatives(course("L5", side), anatomy(), NEEDLE, 4)


def angle(one, other):
    cosine = one.placement.shaft_direction @ other.placement.shaft_direction
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


@pytest.mark.parametrize("side", Side)
def test_ways_are_different_ranked_and_the_first_is_the_plan(side):
    found = ways(side)
    assert [way.rank for way in found] == [1, 2, 3, 4]
    assert min(angle(one, other) for one, other in combinations(found, 2)) >= APART - 1e-6
    planned = plan(course("L5", side), anatomy(), NEEDLE)
    assert found[0].placement.tip_lps_mm == pytest.approx(planned.tip_lps_mm)
    assert found[0].placement.entry_lps_mm == pytest.approx(planned.entry_lps_mm)
    costs = [way.cost_mm for way in found]
    assert costs == sorted(costs)
    for way in found:
        assert way.placement.target == course("L5", side).target
        assert not [check for check in way.checks if check.status is Status.ERROR]
        assert way.approach.off_beam_deg < 0.1
        assert way.from_first_deg == pytest.approx(angle(way, found[0]), abs=1e-6)


def test_left_ways_mirror_the_right_ones_and_come_from_their_own_side():
    right, left = ways(Side.RIGHT), ways(Side.LEFT)
    assert right[0].approach.lateral_deg == pytest.approx(left[0].approach.lateral_deg, abs=3.0)
    assert right[0].approach.beam.oblique_toward is Side.RIGHT
    assert left[0].approach.beam.oblique_toward is Side.LEFT
    assert all(way.placement.entry_lps_mm[0] < 0.0 for way in right)
    assert all(way.placement.entry_lps_mm[0] > 0.0 for way in left)


def test_the_sentence_says_where_the_second_enters():
    first, second, *_ = ways(Side.RIGHT)
    moved = second.placement.entry_lps_mm - first.placement.entry_lps_mm
    assert f"{abs(moved[2]):.0f} mm more {'cranial' if moved[2] > 0 else 'caudal'}" in second.why
    # On the right, lateral is towards -x.
    assert f"{abs(moved[0]):.0f} mm more {'lateral' if moved[0] < 0 else 'medial'}" in second.why
    assert "farther from the nerve" in second.why


def test_bone_in_the_way_leaves_only_ways_beside_it():
    needle = good_needle()
    crossing = needle.tip_lps_mm + 45.0 * needle.shaft_direction
    barred = cut_wall(lambda p: p[:, 0] > crossing[0] - 3.0)
    around = alternatives(course(), barred, NEEDLE, 2)
    assert 1 <= len(around) <= 2
    for way in around:
        state = {check.name: check.status for check in way.checks}
        assert state["path free of bone"] is not Status.ERROR
        assert (way.placement.tip_lps_mm + 45.0 * way.placement.shaft_direction)[0] < crossing[0] - 2.0


def test_a_count_of_none_is_refused():
    with pytest.raises(GuidanceError, match="ask for 1 or more"):
        alternatives(course(), anatomy(), NEEDLE, 0)
