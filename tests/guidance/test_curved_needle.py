"""Curved and tined cannulas in a patient: where their metal lies, on images and for the checks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurotomy.anatomy import Side, Target
from neurotomy.equipment import catalogue
from neurotomy.equipment.geometry import elements, metal_volume_mm3
from neurotomy.geometry import Curve, unit
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.needle import needle_mm
from neurotomy.guidance.placement import Placement

TARGET = Target("L3 medial branch", "L4", Side.RIGHT)
CURVED, TINED, STRAIGHT = "curved-18g-10mm", "three-tined-18g-5mm", "conventional-18g-10mm"


def placed(name, tip=(0.0, 0.0, 0.0), entry=(0.0, 60.0, 0.0), roll=0.0):
    return Placement(TARGET, catalogue.electrode(name), np.array(tip), np.array(entry), "given", roll_deg=roll)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(*[st.floats(-50, 50)] * 3),
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
    st.floats(30, 95),
    st.floats(-180, 180),
)
def test_apex_at_the_tip_and_entry_on_the_straight_shaft(tip, direction, depth, roll):
    needle = placed(CURVED, tip, np.array(tip) + depth * unit(direction), roll)
    cannula = needle.metal_lps_mm[0]
    assert cannula[0] == pytest.approx(tip)
    assert Curve(cannula).length_mm == pytest.approx(needle.electrode.cannula_length_mm, abs=0.02)
    shaft = cannula[-1] - cannula[-2]
    assert unit(shaft) == pytest.approx(needle.shaft_direction)
    beside = needle.entry_lps_mm - cannula[-2]
    assert np.linalg.norm(np.cross(beside, needle.shaft_direction)) < 1e-9
    assert np.linalg.norm(needle.shaft_foot_lps_mm - tip) == pytest.approx(
        abs(elements(needle.electrode)[0].centreline_mm[-1, 0])
    )
    assert needle.bend_direction @ needle.shaft_direction == pytest.approx(0.0, abs=1e-12)


def test_the_bend_looks_to_the_head_and_turns_counter_clockwise_seen_from_the_hub():
    """A needle from behind: head up on the viewer's screen, the patient's left on the left."""
    for roll, wanted in ((0, [0, 0, 1]), (90, [1, 0, 0]), (180, [0, 0, -1]), (270, [-1, 0, 0])):
        needle = placed(CURVED, roll=roll)
        assert needle.bend_direction @ np.array(wanted) > 0.99
        apex, upper = needle.active_tip_lps_mm
        assert (apex - upper) @ np.array(wanted) > 1.5  # the apex lies on that side of the rest


def test_roll_means_nothing_for_a_straight_needle():
    assert np.array_equal(placed(STRAIGHT).metal_lps_mm[0], placed(STRAIGHT, roll=77.0).metal_lps_mm[0])
    assert placed(STRAIGHT).active_tip_lps_mm == pytest.approx(np.array([[0, 0, 0], [0, 10, 0]]))


def test_tines_stand_around_the_tip_and_turn_with_the_roll():
    needle, turned = placed(TINED), placed(TINED, roll=120.0)
    assert len(needle.active_lps_mm) == 4
    ends = np.array([line[0] for line in needle.active_lps_mm[1:]])
    after = np.array([line[0] for line in turned.active_lps_mm[1:]])
    assert np.sort(np.linalg.norm(ends[:, [0, 2]], axis=1)) == pytest.approx(np.linalg.norm(ends[0, [0, 2]]))
    assert after[0] == pytest.approx(ends[1])  # a third of a turn puts each in its neighbour's place
    assert ends[0, 2] == pytest.approx(np.linalg.norm(ends[0, [0, 2]]))  # the first to the head
    assert ends[0] != pytest.approx(ends[1])


@pytest.mark.parametrize("name", [CURVED, TINED])
def test_the_image_holds_as_much_metal_as_the_needle(name):
    """Steel summed over the image, at the isocentre's scale, is its volume: nothing is lost or drawn twice."""
    needle = placed(name, tip=(0.0, -30.0, 0.0), entry=(0.0, 20.0, 0.0), roll=90.0)
    carm = CArm(np.zeros(3), 90.0, sdd_mm=100_000.0, sod_mm=99_000.0, rows=512, columns=512, pixel_mm=0.3 * 100 / 99)
    found = float(needle_mm(carm, needle, samples=8).sum()) * 0.09
    parts = elements(needle.electrode)
    wanted = sum(metal_volume_mm3(part, part.arc_mm[-1]) for part in parts)
    assert found == pytest.approx(wanted, rel=0.005)


def test_a_curved_tip_is_seen_curved():
    """Its picture from the side of the bend is that of the centreline, not of a straight line."""
    needle = placed(CURVED, tip=(0.0, 0.0, 0.0), entry=(0.0, 60.0, 0.0))
    carm = CArm(np.zeros(3), 90.0)
    image = needle_mm(carm, needle)
    on = carm.project(Curve(needle.metal_lps_mm[0]).at(np.linspace(1.0, 30.0, 59)).points_mm)
    columns, rows = np.round(on).astype(int).T
    assert (image[rows, columns] > 0.5 * needle.electrode.outer_diameter_mm).all()
    apex, top = needle.tip_lps_mm, needle.metal_lps_mm[0][-2]
    column, row = np.round(carm.project((apex + top) / 2)).astype(int)
    assert image[row, column] == 0.0
