"""How many lesions a nerve needs: as many as what they capture asks for, and never for another nerve."""

from dataclasses import replace
from functools import cache

import pytest

from neurotomy.anatomy import Side
from neurotomy.coverage import cover
from neurotomy.coverage.several import lesions_for, most_lesions
from neurotomy.errors import GuidanceError
from neurotomy.guidance.planner import plan

from ..guidance.needle_phantom import NEEDLE, anatomy, course
from .scenes import lesion

THIN = NEEDLE.model_copy(update={"name": "test-22g-5mm", "outer_diameter_mm": 0.72, "active_tip_mm": 5.0})
NARROW = lesion(half_length_mm=4.5, half_width_mm=2.6, centre_z_mm=2.5, electrode=THIN)
SHORT = lesion(half_length_mm=2.6, half_width_mm=4.5, centre_z_mm=2.5, electrode=THIN)
WIDE = lesion(half_length_mm=10.0, half_width_mm=7.0, centre_z_mm=2.5, electrode=THIN)


@cache
def thin(bone="L4", side=Side.RIGHT):
    return plan(course(bone, side), anatomy(), THIN)


def given(made, count=None, bone="L4", side=Side.RIGHT, seed=0):
    nerve = course(bone, side)
    return lesions_for(thin(bone, side), nerve, anatomy(), lambda _: made, count, seed=seed)


def test_a_lesion_that_is_sure_of_the_nerve_stays_alone():
    found = given(WIDE)
    assert len(found.placements) == 1
    assert found.captured_with[0] >= 0.95
    assert "no further one is needed" in found.why


def test_narrow_lesions_are_joined_until_the_nerve_is_captured_or_nothing_helps():
    side = Side.LEFT
    found = given(NARROW, side=side)
    assert 1 < len(found.placements) <= most_lesions() == 4
    assert found.captured_with[0] < 0.9
    assert all(b >= a + 0.01 for a, b in zip(found.captured_with, found.captured_with[1:], strict=False))
    assert {p.target for p in found.placements} == {course("L4", side).target}
    assert all(p.tip_lps_mm[0] * side.sign > 10.0 for p in found.placements)
    assert f"{len(found.placements)} with" in found.why


def test_the_union_covers_more_than_any_of_its_lesions_alone():
    found = given(SHORT, count=2)
    nerve = course("L4")
    alone = [cover([nerve], [p], [SHORT], samples=500).nerves[0] for p in found.placements]
    both = cover([nerve] * 2, found.placements, [SHORT] * 2, samples=500).nerves[0]
    assert both.capture_probability > max(one.capture_probability for one in alone) + 0.05
    assert both.coagulated_on_neck_mm > max(one.coagulated_on_neck_mm for one in alone) + 1.0
    assert found.captured_with[-1] == pytest.approx(both.capture_probability)
    assert found.on_neck_mm[-1] == pytest.approx(both.coagulated_on_neck_mm)
    # A short lesion leaves the nerve's length open: the second one is drawn back or advanced along it.
    assert "drawn back" in found.why or "advanced" in found.why


def test_a_number_is_kept_to_and_the_same_draws_give_the_same_needles():
    two, again = given(WIDE, count=2), given(WIDE, count=2)
    assert len(two.placements) == len(two.captured_with) == 2
    assert all((a.tip_lps_mm == b.tip_lps_mm).all() for a, b in zip(two.placements, again.placements, strict=True))
    with pytest.raises(GuidanceError, match="1 or more"):
        given(WIDE, count=0)


def test_a_needle_for_another_nerve_is_refused_and_one_at_another_level_or_side_gets_no_company():
    nerve = course("L4")
    elsewhere = thin("L5")
    with pytest.raises(GuidanceError, match="side and level"):
        lesions_for(elsewhere, nerve, anatomy(), lambda _: NARROW)
    for first in (elsewhere, thin("L4", Side.LEFT)):
        found = lesions_for(replace(first, target=nerve.target), nerve, anatomy(), lambda _: NARROW)
        assert len(found.placements) == 1
        assert found.captured_with == (0.0,)
        assert "no further one" in found.why
