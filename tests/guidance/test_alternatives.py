"""Alternatives: truly different, ranked, each with what a person needs to choose."""

from itertools import combinations

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side
from neurotomy.errors import GuidanceError
from neurotomy.guidance.alternatives import alternatives
from neurotomy.guidance.check import Status
from neurotomy.guidance.planner import plan

from .needle_phantom import NEEDLE, anatomy, course
from .test_planner import cut_wall, with_wall

APART = evidence.value("placement.plan.apart")


def angle(one, other):
    cosine = one.placement.shaft_direction @ other.placement.shaft_direction
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


@pytest.mark.parametrize("side", Side)
def test_ways_are_different_ranked_and_the_first_is_the_plan(side):
    found = alternatives(course("L5", side), anatomy(), NEEDLE, 4)
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
    right, left = (alternatives(course("L4", side), anatomy(), NEEDLE, 2) for side in (Side.RIGHT, Side.LEFT))
    assert right[0].approach.lateral_deg == pytest.approx(left[0].approach.lateral_deg, abs=3.0)
    assert right[0].approach.beam.oblique_toward is Side.RIGHT
    assert left[0].approach.beam.oblique_toward is Side.LEFT
    assert all(way.placement.entry_lps_mm[0] < 0.0 for way in right)
    assert all(way.placement.entry_lps_mm[0] > 0.0 for way in left)


def test_the_sentence_says_where_the_second_enters():
    first, second = alternatives(course(), anatomy(), NEEDLE, 2)
    moved = second.placement.entry_lps_mm - first.placement.entry_lps_mm
    assert f"{abs(moved[2]):.0f} mm more {'cranial' if moved[2] > 0 else 'caudal'}" in second.why
    # On the right, lateral is towards -x.
    assert f"{abs(moved[0]):.0f} mm more {'lateral' if moved[0] < 0 else 'medial'}" in second.why
    assert "farther from the nerve" in second.why


def test_bone_in_the_way_leaves_only_ways_beside_it():
    free = alternatives(course(), anatomy(), NEEDLE, 3)
    crossing = free[0].placement.tip_lps_mm + 45.0 * free[0].placement.shaft_direction
    barred = cut_wall(lambda p: p[:, 0] > crossing[0] - 3.0)
    around = alternatives(course(), barred, NEEDLE, 3)
    assert 1 <= len(around) <= 3
    for way in around:
        state = {check.name: check.status for check in way.checks}
        assert state["path free of bone"] is not Status.ERROR
        assert (way.placement.tip_lps_mm + 45.0 * way.placement.shaft_direction)[0] < crossing[0] - 2.0


def test_no_way_and_a_count_of_none_are_refused_in_one_line():
    with pytest.raises(GuidanceError, match="free of bone"):
        alternatives(course(), with_wall(6.0), NEEDLE)
    with pytest.raises(GuidanceError, match="ask for 1 or more"):
        alternatives(course(), anatomy(), NEEDLE, 0)
