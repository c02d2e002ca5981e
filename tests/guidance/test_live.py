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
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.planner import plan
from neurotomy.guidance.radiograph import Projector
from neurotomy.guidance.realism import Look
from neurotomy.guidance.views import take, view_poses


@pytest.fixture(scope="module", params=list(Side))
def scene(request):
    spine = built_in_spine()
    course = spine.course(targets_for("L4/5", request.param)[0])
    anatomy = Anatomy(spine.ct, spine.labels, (course,), "", "")
    return anatomy, course, plan(course, anatomy, catalogue.electrode("conventional-18g-10mm"))


def test_a_moved_needle_gets_the_same_verdicts(scene):
    anatomy, course, planned = scene
    checker = Checker(course, anatomy)
    for shift in ([0, 0, 0], [3, 0, 0], [0, -6, 0], [0, 4, 8], [-14, 2, 0]):
        moved = Placement(
            planned.target, planned.electrode, planned.tip_lps_mm + shift, planned.entry_lps_mm + shift, "given"
        )
        for quick, slow in zip(checker.check(moved), check_placement(moved, course, anatomy), strict=True):
            assert (quick.name, quick.limit) == (slow.name, slow.limit)
            assert quick.measured == pytest.approx(slow.measured, abs=0.3)
            if quick.name != "on bone":  # its grid of distances lies elsewhere
                assert quick.status is slow.status


def test_the_refined_picture_is_the_still_one(scene):
    anatomy, course, planned = scene
    carm = view_poses(planned, course)["ipsilateral oblique"]
    quiet = Look(dose_ugy=0.0)
    live = LivePicture(anatomy.ct)
    still, lit = take(carm.with_pixels(256), Projector(anatomy.ct), (planned,), quiet)
    refined = live.picture(carm, (planned,), quiet, pixels=256, refined=True).astype(float)
    inside = lit & (refined > 0)
    assert np.abs(refined - still)[inside].mean() < 1.0
    preview = live.picture(carm, (planned,), quiet, pixels=256).astype(float)
    assert np.corrcoef(preview[inside], still[inside])[0, 1] > 0.97
    mirrored = preview[:, ::-1]
    assert np.corrcoef(mirrored[inside & inside[:, ::-1]], still[inside & inside[:, ::-1]])[0, 1] < 0.9


def test_turning_stops_at_the_limit_and_knows_its_directions():
    carm = CArm(np.zeros(3))
    right = turned(carm, orbit_deg=20.0)
    assert right.oblique_toward is Side.RIGHT
    assert right.oblique_deg == pytest.approx(20.0)
    assert turned(carm, tilt_deg=100.0).secondary_deg == 60.0
    assert turned(carm, tilt_deg=-15.0).caudal_deg == pytest.approx(15.0)
