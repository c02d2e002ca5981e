"""Plans on the phantom: they pass their own checks, go round obstacles, and say why when there is no way."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy.anatomy import Side
from neurotomy.errors import Cancelled, GuidanceError
from neurotomy.geometry import Curve, Volume
from neurotomy.guidance.check import Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.planner import plan
from neurotomy.guidance.poses import directions_at
from neurotomy.progress import Event, Progress

from .needle_phantom import LEVELS, NEEDLE, anatomy, course, tipward
from .test_checks import with_wall


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("bone", LEVELS)
@pytest.mark.parametrize("side", Side)
def test_a_plan_passes_its_own_checks(bone, side, labels):
    scene = anatomy(with_labels=labels)
    planned = plan(course(bone, side), scene, NEEDLE)
    assert planned.target == course(bone, side).target
    assert planned.origin == "planned"
    bad = [c for c in check_placement(planned, course(bone, side), scene) if c.status is not Status.OK]
    assert bad == []
    angle = np.degrees(np.arccos(planned.shaft_direction @ -tipward(side)))
    assert angle <= 10.0


def test_left_plan_is_the_mirror_image_of_the_right_one():
    right, left = (plan(course("L4", side), anatomy(), NEEDLE) for side in (Side.RIGHT, Side.LEFT))
    assert left.tip_lps_mm * [-1, 1, 1] == pytest.approx(right.tip_lps_mm, abs=0.51)
    assert left.entry_lps_mm * [-1, 1, 1] == pytest.approx(right.entry_lps_mm, abs=5.0)


def test_the_tip_lies_beside_the_nerve_and_not_through_it():
    planned = plan(course(), anatomy(), NEEDLE)
    apex, proximal = planned.active_tip_lps_mm
    t = np.linspace(0, 1, 50)[:, None]
    gaps = [course().curve.closest(p)[1] for p in apex + t * (proximal - apex)]
    assert 0.7 < np.mean(gaps) < 2.0  # nerve radius 0.6 + needle radius 0.635, steps of 0.5 mm


def test_the_apex_keeps_its_margin_to_the_foramen():
    planned = plan(course(), anatomy(), NEEDLE)
    assert planned.tip_lps_mm[1] - course().landmarks_mm["neck_ventral"][1] >= 1.0 - 1e-9


def test_a_longer_tip_is_planned_from_the_same_ventral_limit():
    long = NEEDLE.model_copy(update={"active_tip_mm": 15.0})
    short, longer = plan(course(), anatomy(), NEEDLE), plan(course(), anatomy(), long)
    assert longer.active_tip_lps_mm[1][1] > short.active_tip_lps_mm[1][1] + 2.0
    assert longer.tip_lps_mm[1] == pytest.approx(short.tip_lps_mm[1], abs=2.5)


def cut_wall(keep):
    """The phantom with a wall of bone that stands only where `keep` (of LPS) is true."""
    walled = with_wall(6.0)
    labels = walled.labels.array.copy()
    where = np.argwhere(labels == 78)
    lps = walled.labels.lps(where)
    gone = where[~keep(lps)]
    labels[tuple(gone.T)] = 0
    return replace(walled, labels=Volume(labels, walled.labels.lps_from_voxel))


def test_a_plan_goes_round_bone_on_the_way():
    free = plan(course(), anatomy(), NEEDLE)
    crossing = free.tip_lps_mm + 45.0 * free.shaft_direction
    # A crest that bars the direct way and everything medial to it, as the iliac crest bars everything lateral.
    barred = cut_wall(lambda p: p[:, 0] > crossing[0] - 3.0)
    around = plan(course(), barred, NEEDLE)
    checks = {c.name: c for c in check_placement(around, course(), barred)}
    assert checks["path free of bone"].status is Status.OK
    assert checks["parallel to the nerve"].measured <= 10.5
    assert (around.tip_lps_mm + 45.0 * around.shaft_direction)[0] < crossing[0] - 2.0


def test_no_way_at_all_is_said():
    with pytest.raises(GuidanceError, match="free of bone"):
        plan(course(), with_wall(6.0), NEEDLE)


def test_a_short_cannula_is_said_with_the_length_that_is_needed():
    short = NEEDLE.model_copy(update={"cannula_length_mm": 50.0})
    with pytest.raises(GuidanceError, match=r"The skin is \d+ mm .* longer cannula"):
        plan(course(), anatomy(), short)


def test_a_ct_that_ends_below_the_needle_still_gives_a_plan_and_says_what_is_not_seen():
    scene = anatomy()
    box = ((-200, -200, -30), (200, 200, 200))
    short = replace(scene, ct=scene.ct.crop(*box), labels=scene.labels.crop(*box))
    planned = plan(course(), short, NEEDLE)
    usual = plan(course(), scene, NEEDLE)
    assert planned.insertion_depth_mm == pytest.approx(usual.insertion_depth_mm, abs=5.0)
    checks = {c.name: c for c in check_placement(planned, course(), short)}
    assert checks["entry at the skin"].status is Status.WARNING
    assert "not on this CT" in checks["entry at the skin"].reason


def test_no_needle_comes_from_the_front_where_the_nerve_runs_straight_down():
    nerve = course()
    straight_down = Curve(nerve.landmarks_mm["target"] + np.linspace(20, -20, 81)[:, None] * [0.0, 0.05, 1.0])
    steep = replace(nerve, curve=straight_down)
    directions = directions_at(steep, (0.0, 5.0, 10.0), 3.0)
    assert len(directions) > 3
    assert (directions[:, 1] > 0.0).all()


def test_progress_is_told_and_can_stop_it():
    seen: list[Event] = []
    plan(course(), anatomy(), NEEDLE, Progress(seen.append))
    fractions = [e.fraction for e in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    stopped = Progress()
    stopped.cancel()
    with pytest.raises(Cancelled):
        plan(course(), anatomy(), NEEDLE, stopped)
