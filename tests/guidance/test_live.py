"""Pictures and checks while something moves say what the still ones say."""

import numpy as np
import pytest

from neurotomy.anatomy import Anatomy, Side
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.equipment import catalogue
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.live import Checker, LivePicture, turned
from neurotomy.guidance.needle import needle_mm
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.planner import plan
from neurotomy.guidance.radiograph import Projector
from neurotomy.guidance.realism import Collimator, Look, Polarity, collimated
from neurotomy.guidance.views import take, view_poses

from . import plain_display


@pytest.fixture(scope="module", params=list(Side))
def scene(request):
    spine = built_in_spine()
    course = spine.course(targets_for("L4/5", request.param)[0])
    anatomy = Anatomy(spine.ct, spine.labels, (course,), "", "")
    return anatomy, course, plan(course, anatomy, catalogue.electrode("conventional-18g-10mm"))


@pytest.fixture(scope="module")
def live(scene):
    return LivePicture(scene[0].ct)


@pytest.fixture(scope="module")
def projector(scene):
    return Projector(scene[0].ct)


def test_a_moved_needle_gets_the_same_verdicts(scene):
    anatomy, course, planned = scene
    checker = Checker(course, anatomy)
    for shift in ([0, 0, 0], [3, 0, 0], [0, -6, 0], [0, 4, 8], [-14, 2, 0]):
        moved = Placement(
            planned.target, planned.electrode, planned.tip_lps_mm + shift, planned.entry_lps_mm + shift, "given"
        )
        for quick, slow in zip(checker.check(moved), check_placement(moved, course, anatomy), strict=True):
            assert (quick.name, quick.limit) == (slow.name, slow.limit)
            # Both sample the distance to bone every 0.6 mm, on grids that lie elsewhere.
            assert quick.measured == pytest.approx(slow.measured, abs=0.6)
            if quick.name != "on bone":  # its grid of distances lies elsewhere
                assert quick.status is slow.status


def test_the_refined_picture_is_the_still_one(scene, live, projector):
    _, course, planned = scene
    carm = view_poses(planned, course)["ipsilateral oblique"]
    quiet = Look(dose_ugy=0.0)
    still, lit = take(carm.with_pixels(256), projector, (planned,), quiet)
    refined = live.picture(carm, (planned,), quiet, pixels=256, refined=True).astype(float)
    inside = lit & (refined > 0)
    assert np.abs(refined - still)[inside].mean() < 1.0
    preview = live.picture(carm, (planned,), quiet, pixels=256).astype(float)
    assert np.corrcoef(preview[inside], still[inside])[0, 1] > 0.97
    mirrored = preview[:, ::-1]
    assert np.corrcoef(mirrored[inside & inside[:, ::-1]], still[inside & inside[:, ::-1]])[0, 1] < 0.9


def plain_picture(projector, carm, placement, look, samples):
    """Joseph's rays and the display step by step: what LivePicture must show, at several times the time."""
    soft, bone = projector.soft_and_bone_mm(carm, method="joseph")
    lit = collimated(carm, look.collimator) & np.kron(
        projector.holds_spine_at(carm.with_pixels(64)), np.ones((carm.rows // 64,) * 2, dtype=bool)
    )
    assert lit.mean() > 0.25
    steel = needle_mm(carm, placement, samples=samples)
    return plain_display.picture(carm, soft + projector.beyond_ct_mm(carm), bone, steel, look, lit)


@pytest.mark.parametrize("refined", [False, True])
@pytest.mark.parametrize("view", ["AP", "declined", "lateral"])
def test_the_quick_picture_is_that_of_the_plain_chain(scene, live, projector, view, refined):
    _, course, planned = scene
    carm = view_poses(planned, course)[view].with_pixels(256)
    look = Look() if refined else Look(collimator=Collimator.RECTANGLE, polarity=Polarity.BONE_BRIGHT, seed=3)
    quick = live.picture(carm, (planned,), look, refined=refined).astype(float)
    plain = plain_picture(projector if refined else projector.preview, carm, planned, look, samples=4 if refined else 2)
    difference = np.abs(quick - plain)  # of 240 greys; a tilted view has bone edges between its samples
    assert difference.mean() < 0.6
    assert np.percentile(difference, 99.9) <= 4
    assert difference.max() <= 8
    assert np.abs(quick[:, ::-1] - plain).mean() > 10


def test_pixels_of_any_number_keep_the_field(scene, live):
    _, course, planned = scene
    carm = view_poses(planned, course)["AP"]
    odd = live.picture(carm, (planned,), pixels=250) > 0
    even = live.picture(carm, (planned,), pixels=256) > 0
    assert odd.mean() == pytest.approx(even.mean(), abs=0.01)


def test_turning_stops_at_the_limit_and_knows_its_directions():
    carm = CArm(np.zeros(3))
    right = turned(carm, orbit_deg=20.0)
    assert right.oblique_toward is Side.RIGHT
    assert right.oblique_deg == pytest.approx(20.0)
    assert turned(carm, tilt_deg=100.0).secondary_deg == 60.0
    assert turned(carm, tilt_deg=-15.0).caudal_deg == pytest.approx(15.0)
