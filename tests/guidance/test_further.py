"""Needles for further lesions: beside and along the first, on bone as it is, safe, and on their own side."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from neurotomy.anatomy import Side
from neurotomy.guidance.check import Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.further import further_needles, how_moved
from neurotomy.guidance.planner import plan

from .needle_phantom import NEEDLE, anatomy, course

THIN = NEEDLE.model_copy(update={"name": "test-22g-5mm", "outer_diameter_mm": 0.72, "active_tip_mm": 5.0})


@cache
def thin(bone="L4", side=Side.RIGHT):
    return plan(course(bone, side), anatomy(), THIN)


@pytest.fixture(scope="module", params=list(Side))
def first_and_further(request):
    first = thin("L4", request.param)
    return first, further_needles(first, course("L4", request.param), anatomy())


def aside_of(needle, first):
    step = needle.tip_lps_mm - first.tip_lps_mm
    back = step @ first.shaft_direction
    return np.linalg.norm(step - back * first.shaft_direction), back


def test_they_lie_needle_widths_aside_and_half_tips_along_in_the_same_direction(first_and_further):
    first, further = first_and_further
    assert len(further) >= 6
    moves = set()
    for needle in further:
        assert needle.shaft_direction == pytest.approx(first.shaft_direction, abs=1e-6)
        assert needle.target == first.target
        aside, back = aside_of(needle, first)
        # On a neck of 5 mm radius a step of three widths along the tangent falls short of the arc by half a millimetre.
        assert any(abs(aside - n * 0.72) < 0.6 for n in range(4))
        assert any(abs(back - n * 2.5) < 0.05 for n in (-1, 0, 1, 2))
        moves.add((round(aside / 0.72), round(back / 2.5)))
    assert (1, 0) in moves
    assert (0, 1) in moves


def test_each_is_on_bone_and_as_safe_as_the_first(first_and_further):
    first, further = first_and_further
    for needle in further:
        checks = {c.name: c for c in check_placement(needle, course("L4", first.target.side), anatomy())}
        assert not [c for c in checks.values() if c.status is Status.ERROR]
        assert "along the neck" not in checks  # of a further lesion the union with the first is what counts
        assert checks["on bone"].status is Status.OK
        assert checks["not ventral"].status is Status.OK


def test_where_it_lies_is_said_by_side(first_and_further):
    first, further = first_and_further
    nerve = course("L4", first.target.side)
    along = [n for n in further if aside_of(n, first)[0] < 0.4 and 2.0 < aside_of(n, first)[1] < 3.0]
    assert "2.5 mm drawn back" in how_moved(along[0], first, nerve)
    for needle in further:
        step = nerve.lps_from_vertebra.rotation.T @ (needle.tip_lps_mm - first.tip_lps_mm)
        words = how_moved(needle, first, nerve)
        assert "lateral" not in words or step[0] * first.target.side.sign > -1.0
        assert "cranial" not in words or step[2] > -2.0
        assert "medial" not in words or step[0] * first.target.side.sign < 1.0
    aside = replace(first, tip_lps_mm=first.tip_lps_mm + np.array([first.target.side.sign * 1.0, 0.0, 0.0]))
    assert "lateral" in how_moved(aside, first, nerve)
    inside = replace(first, tip_lps_mm=first.tip_lps_mm - np.array([first.target.side.sign * 1.0, 0.0, 0.0]))
    assert "medial" in how_moved(inside, first, nerve)
    assert how_moved(first, first, nerve) == "at the same place"


def test_a_first_needle_on_the_wrong_side_gets_none():
    left = thin("L4", Side.LEFT)
    held = replace(left, target=course("L4", Side.RIGHT).target)
    assert further_needles(held, course("L4", Side.RIGHT), anatomy()) == ()


def test_a_first_needle_at_the_wrong_level_gets_none():
    held = replace(thin("L5"), target=course("L4").target)
    assert further_needles(held, course("L4"), anatomy()) == ()
