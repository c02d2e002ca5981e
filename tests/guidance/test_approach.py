"""Angles of an approach: known needles, both sides, and how far they lie outside the published ranges."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side
from neurotomy.geometry import unit
from neurotomy.guidance.approach import approach_of

from .needle_phantom import course, good_needle


def needle_from(lateral_deg, caudal_deg, side):
    """A needle that comes from these angles, as the bone studies state them."""
    a, b = np.tan(np.radians([lateral_deg, caudal_deg]))
    tipward = unit([-side.sign * a * b, -1.0, b])
    needle = good_needle(side=side)
    return replace(needle, entry_lps_mm=needle.tip_lps_mm - 90.0 * tipward)


@pytest.mark.parametrize("side", Side)
def test_angles_are_those_the_needle_was_made_with(side):
    found = approach_of(needle_from(35.0, 40.0, side), course(side=side))
    assert (found.lateral_deg, found.caudal_deg) == pytest.approx((35.0, 40.0), abs=0.01)
    # Seen along the spine the shaft turns by tan a tan b: the C-arm's oblique angle where the bone is not turned.
    oblique = np.degrees(np.arctan(np.tan(np.radians(35.0)) * np.tan(np.radians(40.0))))
    assert found.oblique_deg == pytest.approx(oblique, abs=0.01)
    assert found.beam.oblique_toward is side
    assert found.beam.oblique_deg == pytest.approx(oblique, abs=0.01)
    assert f"oblique to the {side.value} 30°" in found.beam.in_words
    assert found.off_beam_deg == pytest.approx(0.0, abs=1e-3)


def test_a_needle_from_the_other_side_is_lateral_by_a_negative_angle():
    crossing = replace(needle_from(20.0, 45.0, Side.LEFT), target=course(side=Side.RIGHT).target)
    found = approach_of(crossing, course(side=Side.RIGHT))
    assert found.lateral_deg == pytest.approx(-20.0, abs=0.01)
    assert found.beam.oblique_toward is Side.LEFT


def test_a_needle_steeper_than_a_c_arm_says_how_far_off_its_beam_is():
    found = approach_of(needle_from(0.0, 75.0, Side.RIGHT), course())
    assert found.off_beam_deg == pytest.approx(15.0, abs=0.1)


def test_published_ranges_are_set_beside_and_what_lies_outside_is_measured():
    middle, posterior = approach_of(needle_from(20.0, 60.0, Side.RIGHT), course()).published
    low = evidence.get("anatomy.lumbar.needle_angle.middle_two_quarters.lateral").low
    high = evidence.get("anatomy.lumbar.needle_angle.posterior_half.lateral").high
    assert middle.lateral_off_deg == pytest.approx(20.0 - low, abs=0.01)
    assert posterior.lateral_off_deg == pytest.approx(20.0 - high, abs=0.01)
    assert middle.caudal_off_deg == pytest.approx(60.0 - 49.19, abs=0.01)
    assert posterior.caudal_off_deg == 0.0
    assert middle.in_words == "middle two quarters: 29 to 47° lateral (here 9° less), 34 to 49° caudal (here 11° more)"
    assert "caudal (here within)" in posterior.in_words
    assert all(evidence.get(key).source for key in (*middle.evidence, *posterior.evidence))
