"""The bipolar lesions of a palisade: seen from each needle they are the pair that was solved, and close the strip."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from neurotomy.anatomy import Anatomy, Side, Target
from neurotomy.anatomy.tissue import tissue
from neurotomy.coverage import cover
from neurotomy.coverage.palisade import burn_palisade, burn_palisades, each_with_its_lesions
from neurotomy.equipment.catalogue import electrode_for, protocol
from neurotomy.equipment.electrode_set import bipolar_pair
from neurotomy.errors import LesionError
from neurotomy.geometry import RigidTransform
from neurotomy.guidance.palisade import TECHNIQUE
from neurotomy.guidance.placement import Placement
from neurotomy.lesion import simulate
from neurotomy.lesion.volumetric import VolumeNumerics, homogeneous, simulate_in_tissue

from .scenes import straight_nerve

NEEDLE = electrode_for(18, 10.0)
PROTOCOL = protocol("standard-80c-90s")
SPACING = 10.0
MUSCLE = homogeneous(tissue("muscle"))


def branch(n, side):
    return Target(f"S{n} lateral branch", "S1", side)


def upright(x, target, technique=TECHNIQUE):
    """A needle that stands upright on y = 0, its shaft to the back."""
    return Placement(target, NEEDLE, np.array([x, 0.0, 0.0]), np.array([x, 60.0, 0.0]), "planned", technique)


def row(count, side=Side.RIGHT, spacing=SPACING):
    return [upright(spacing * n, branch(min(n, 2) + 1, side)) for n in range(count)]


@cache
def burnt(count=3, spacing=SPACING):
    return burn_palisade(row(count, spacing=spacing), PROTOCOL)


@cache
def pair():
    return simulate_in_tissue(
        bipolar_pair(NEEDLE, SPACING), PROTOCOL, MUSCLE, numerics=VolumeNumerics(first_mm=0.4, growth=1.5)
    )


def omega(lesion, points):
    """log10 of the Arrhenius integral of one needle's lesion at points of LPS."""
    return lesion.field.sample("log10_omega", np.asarray(points, dtype=float))


def test_from_each_needle_it_is_the_pair_that_was_solved():
    left, right = burnt(2)
    for x in np.linspace(-3.0, 4.9, 12):
        for deep in (2.0, 5.0, 8.0):
            for beside in (0.0, 2.0):
                solved = float(pair().field.sample_in_frame("log10_omega", x - SPACING / 2, beside, deep))
                here = omega(left, [[x, deep, beside]])[0]
                there = omega(right, [[SPACING - x, deep, beside]])[0]
                assert here == pytest.approx(there, abs=0.15), "the same from both"
                if -3.0 < solved < 6.0:
                    assert here == pytest.approx(solved, abs=0.4)


def test_two_pairs_add_up_at_the_needle_between_them_and_nowhere_take_away():
    outer, inner, _ = burnt(3)
    alone = burnt(2)[0]
    at = np.array([[SPACING, 5.0, 3.0], [SPACING, 5.0, -3.0]])
    once = omega(alone, at - [SPACING, 0, 0])
    # Beside the inner needle both stages do the same, so its damage is twice that of one.
    assert omega(inner, at) == pytest.approx(once + np.log10(2), abs=0.05)
    assert omega(outer, [[-2.0, 5.0, 0.0]]) == pytest.approx(omega(alone, [[-2.0, 5.0, 0.0]]), abs=0.05)


def test_the_strip_between_neighbours_is_closed_and_said_not_to_be_when_it_is_not():
    middles = [[5.0, 5.0, 0.0], [15.0, 5.0, 0.0]]
    closed = np.max([omega(lesion, middles) for lesion in burnt(3)], axis=0)
    assert (closed >= 0.0).all()
    assert burnt(3)[0].midway_log10_omega >= 0.0
    assert not any("do not join" in w for w in burnt(3)[0].warnings)
    apart = burnt(2, 20.0)
    assert apart[0].midway_log10_omega < 0.0
    assert any("do not join midway: add a needle" in w for w in apart[0].warnings)
    assert (np.max([omega(lesion, [[10.0, 5.0, 0.0]]) for lesion in apart], axis=0) < 0.0).all()


def test_a_nerve_midway_is_taken_by_the_pair_and_not_by_two_needles_alone():
    target = branch(1, Side.RIGHT)
    nerve = straight_nerve((5.0, 3.0, 0.0), (0.0, 0.0, 1.0), target)
    needles = [replace(n, target=target) for n in row(2)]
    together = cover([nerve] * 2, needles, burnt(2), samples=400).nerves[0]
    one = simulate(NEEDLE, PROTOCOL)
    apart = cover([nerve] * 2, needles, [one, one], samples=400).nerves[0]
    assert together.coagulated_on_neck_mm > apart.coagulated_on_neck_mm + 3.0
    assert together.capture_probability > apart.capture_probability + 0.3


def test_the_widest_gap_of_a_row_is_the_one_that_is_solved():
    uneven = [upright(x, branch(1, Side.LEFT)) for x in (0.0, 7.0, 16.04)]
    found = burn_palisade(uneven, PROTOCOL)
    assert {lesion.spacing_mm for lesion in found} == {9.1}
    assert len(found) == 3


def test_rows_of_both_sides_are_kept_apart_and_a_branch_has_only_needles_of_its_own_side():
    needles = [*row(2, Side.LEFT), upright(-40.0, Target("L5 dorsal ramus", "S1", Side.LEFT), "along the nerve")]
    needles += [replace(n, target=branch(1, Side.RIGHT)) for n in row(2)]
    burns = burn_palisades(needles, PROTOCOL)
    assert sorted(burns) == [0, 1, 3, 4]
    lesions = [burns.get(n, "a needle alone") for n in range(5)]
    courses = [straight_nerve(target=branch(n, side)) for side in Side for n in (1, 2)]
    courses.append(straight_nerve(target=Target("L5 dorsal ramus", "S1", Side.LEFT)))
    anatomy = Anatomy(None, None, tuple(courses), "test")
    met, placed, made = each_with_its_lesions(anatomy, needles, lesions)
    assert len(met) == 2 * 2 + 2 * 2 + 1
    for course, placement, lesion in zip(met, placed, made, strict=True):
        assert placement.target == course.target, "whatever branch the needle stands nearest to"
        if course.target.nerve == "L5 dorsal ramus":
            assert lesion == "a needle alone"
        else:
            own = [lesions[n] for n in ((0, 1) if course.target.side is Side.LEFT else (3, 4))]
            assert any(lesion is one for one in own)


def test_a_branch_with_a_needle_of_its_own_is_not_counted_for_the_row():
    own = upright(30.0, branch(3, Side.RIGHT), "along the nerve")
    courses = tuple(straight_nerve(target=branch(n, Side.RIGHT)) for n in (1, 3))
    met, placed, _ = each_with_its_lesions(Anatomy(None, None, courses, "test"), [*row(2), own], ["a", "b", "c"])
    assert [(c.target.nerve[:2], p.technique) for c, p in zip(met, placed, strict=True)] == [
        ("S1", TECHNIQUE),
        ("S1", TECHNIQUE),
        ("S3", "along the nerve"),
    ]


def test_the_frame_of_the_needle_carries_the_lesion():
    cosine, sine = np.cos(np.radians(40.0)), np.sin(np.radians(40.0))
    about = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    turn = RigidTransform(about, np.array([12.0, -7.0, 33.0]))
    moved = [replace(n, tip_lps_mm=turn(n.tip_lps_mm), entry_lps_mm=turn(n.entry_lps_mm)) for n in row(2)]
    points = np.array([[5.0, 5.0, 1.0], [2.0, 8.0, -2.0], [-2.5, 3.0, 0.5]])
    for still, turned in zip(burnt(2), burn_palisade(moved, PROTOCOL), strict=True):
        assert omega(turned, turn(points)) == pytest.approx(omega(still, points), abs=0.1)


def test_one_needle_or_two_kinds_are_no_palisade():
    with pytest.raises(LesionError, match="two or more needles of one kind"):
        burn_palisade(row(1), PROTOCOL)
    other = replace(row(2)[1], electrode=electrode_for(20, 10.0))
    with pytest.raises(LesionError, match="two or more needles of one kind"):
        burn_palisade([row(2)[0], other], PROTOCOL)
