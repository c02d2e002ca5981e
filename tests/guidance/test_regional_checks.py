"""Stops of neck, chest and sacrum: needles planned on built-in spines keep them, needles moved over the edge do not."""

from dataclasses import replace
from functools import cache

import pytest

from neurotomy import evidence
from neurotomy.anatomy import Anatomy
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.equipment.catalogue import electrode_for
from neurotomy.guidance.check import Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.planner import plan

NEEDLE = electrode_for(18, 10.0).model_copy(update={"cannula_length_mm": 150.0})


@cache
def spine(region):
    made = built_in_spine(3, region=region)
    return Anatomy(made.ct, made.labels, made.courses, "built-in spine")


def course(region, label):
    return next(c for c in spine(region).courses if c.target.label == label)


TARGETS = [
    ("cervical", "C5 medial branch at C5, right"),
    ("cervical", "third occipital nerve at C3, left"),
    ("cervical", "C7 medial branch at C7, left"),
    ("thoracic", "T4 medial branch at T5, left"),
    ("thoracic", "T9 medial branch at T10, right"),
    ("sacral", "S1 lateral branch at the sacrum, right"),
]


def checked(placement, region, label):
    return {c.name: c for c in check_placement(placement, course(region, label), spine(region))}


@cache
def planned(region, label):
    return plan(course(region, label), spine(region), NEEDLE)


def moved(placement, by_lps):
    return Placement(
        placement.target,
        placement.electrode,
        placement.tip_lps_mm + by_lps,
        placement.entry_lps_mm + by_lps,
        "given",
    )


@pytest.mark.parametrize(("region", "label"), TARGETS)
def test_a_plan_keeps_every_stop_of_its_region(region, label):
    checks = checked(planned(region, label), region, label)
    assert [c for c in checks.values() if c.status is Status.ERROR] == []
    assert checks["not ventral"].status is Status.OK
    assert checks["not ventral"].source.startswith("innervation.stop.")
    assert evidence.get(checks["not ventral"].source)
    if region != "sacral":  # a nerve flat on the sacrum cannot be followed in parallel from the skin
        assert checks["parallel to the nerve"].measured <= 10.0


@pytest.mark.parametrize(("region", "label"), TARGETS[:5])
def test_too_far_forwards_is_a_stop_by_as_much_as_it_was_pushed(region, label):
    placement = planned(region, label)
    ventral = -course(region, label).lps_from_vertebra.rotation[:, 1]
    before = checked(placement, region, label)["not ventral"]
    after = checked(moved(placement, 5.0 * ventral), region, label)["not ventral"]
    assert after.status is Status.ERROR
    assert after.reason.startswith("STOP")
    assert after.measured == pytest.approx(before.measured - 5.0, abs=0.05)


def test_a_tip_over_the_sacral_foramen_is_a_stop():
    region, label = TARGETS[5]
    placement, nerve = planned(region, label), course(region, label)
    assert checked(placement, region, label)["lateral to the foramen"].status is Status.OK
    frame = nerve.lps_from_vertebra
    over = moved(placement, 2.0 * frame.rotation[:, 1] - nerve.target.side.sign * 8.0 * frame.rotation[:, 0])
    check = checked(over, region, label)["lateral to the foramen"]
    assert check.status is Status.ERROR
    assert "foramen" in check.reason


def test_a_neck_marked_by_hand_without_the_pillars_edge_is_measured_at_the_nerves_end():
    region, label = TARGETS[0]
    nerve = course(region, label)
    bare = replace(nerve, landmarks_mm={"target": nerve.landmarks_mm["target"]})
    check = {c.name: c for c in check_placement(planned(region, label), bare, spine(region))}["not ventral"]
    assert check.measured == pytest.approx(
        checked(planned(region, label), region, label)["not ventral"].measured, abs=3
    )
