"""The C-arm set by the bone, in every region: what each view's name promises is so on the built-in spines."""

from functools import cache

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side, Target
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.errors import GuidanceError
from neurotomy.guidance.aim import VIEWS_OF_REGION, oblique_deg, region_of, rule_of, view_names
from neurotomy.guidance.views import view_poses

REGIONS = ("cervical", "thoracic", "sacral")


@cache
def spine(region):
    return built_in_spine(3) if region == "lumbar" else built_in_spine(3, region=region)


def courses(region):
    return [c for c in spine(region).courses if region_of(c.target) == region]


def in_frame(course, name):
    """A landmark, x toward the treated side."""
    point = course.lps_from_vertebra.inverse()(np.asarray(course.landmarks_mm[name]))
    return point * [course.target.side.sign, 1, 1]


def seen_from(course, carm):
    n = course.lps_from_vertebra.rotation.T @ carm.to_detector
    return n * [course.target.side.sign, 1, 1]


@pytest.mark.parametrize("region", [*REGIONS, "lumbar"])
def test_every_nerve_has_the_views_of_its_region_without_a_needle(region):
    assert courses(region)
    for course in courses(region):
        poses = view_poses(None, course)
        assert tuple(poses) == view_names(course.target) == VIEWS_OF_REGION[region]
        np.testing.assert_allclose(seen_from(course, poses["AP"]), [0, 1, 0], atol=1e-9)
        np.testing.assert_allclose(seen_from(course, poses["lateral"]), [1, 0, 0], atol=1e-9)
        for carm in poses.values():  # the receptor is never in front of the patient
            assert seen_from(course, carm)[1] > -0.2
            np.testing.assert_allclose(carm.isocentre_lps_mm, course.landmarks_mm["target"])


def test_regions_are_by_nerve_not_by_bone_alone():
    assert region_of(Target("L5 dorsal ramus", "S1", Side.LEFT)) == "lumbar"
    assert region_of(Target("S1 lateral branch", "S1", Side.LEFT)) == "sacral"
    assert region_of(Target("T11 medial branch", "T12", Side.LEFT)) == "lumbar"
    assert region_of(Target("C8 medial branch", "T1", Side.LEFT)) == "thoracic"


def test_the_lumbar_oblique_sees_the_wall_of_the_process_edge_on_and_the_eye_medial_of_the_notch():
    entry = evidence.get("anatomy.lumbar.c_arm.oblique")
    for course in courses("lumbar"):
        pose = view_poses(None, course)["ipsilateral oblique"]
        ventral, dorsal, pedicle, target = (
            pose.project(np.asarray(course.landmarks_mm[name]))
            for name in ("neck_ventral", "neck_dorsal", "pedicle_centre", "target")
        )
        outward = 1.0 if target[0] > pedicle[0] else -1.0
        # The receptor is behind the patient: the patient's right is on the right of the image.
        assert outward == (1.0 if course.target.side is Side.RIGHT else -1.0)
        assert abs(target[0] - pedicle[0]) * pose.pixel_mm > 2.0
        if course.target.bone != "S1":  # edge on, but for the divergence of the beam
            wall = in_frame(course, "neck_dorsal") - in_frame(course, "neck_ventral")
            n = seen_from(course, pose)
            off = np.degrees(np.arctan2(wall[0], wall[1]) - np.arctan2(n[0], n[1]))
            assert off == pytest.approx(0, abs=1e-6) or (off > 0 and oblique_deg(course) == entry.high)
            assert abs(ventral[0] - dorsal[0]) * pose.pixel_mm < 4.0
            assert entry.low <= oblique_deg(course) <= entry.high


def test_a_bone_that_asks_for_more_than_was_published_is_kept_in_the_range_and_told():
    inside = outside = 0
    for course in courses("lumbar"):
        words = " ".join(rule_of("ipsilateral oblique", course, np.array([0.0, 1.0, 0.0])))
        assert "published" in words
        if course.target.bone != "S1":
            wall = in_frame(course, "neck_dorsal") - in_frame(course, "neck_ventral")
            asks = np.degrees(np.arctan2(wall[0], wall[1]))
            assert ("asks for more" in words) == (asks > 40)
            assert ("asks for less" in words) == (asks < 10)
            inside, outside = inside + (10 <= asks <= 40), outside + (not 10 <= asks <= 40)
    assert inside
    assert outside


@pytest.mark.parametrize("bone", ["C3", "C5", "C7"])
def test_the_pillar_view_looks_along_the_joint_and_from_below(bone):
    for course in (c for c in courses("cervical") if c.target.bone == bone):
        n = seen_from(course, view_poses(None, course)["pillar"])
        joint = in_frame(course, "joint_above") - in_frame(course, "sap_tip")
        assert n[0] == pytest.approx(0, abs=1e-9)
        assert n[2] < -0.3  # caudal
        assert n[1] * joint[2] - n[2] * joint[1] == pytest.approx(0, abs=1e-6)


def test_the_foraminal_oblique_opens_the_foramen_of_the_treated_side():
    # The foramen's axis runs forwards and outwards; the receptor, behind, stands to the other side.
    for course in (c for c in courses("cervical") if c.target.bone != "T1"):
        pose = view_poses(None, course)["foraminal oblique"]
        n = seen_from(course, pose)
        assert n[0] < -0.4
        assert 30 < oblique_deg(course) < 60
        assert pose.oblique_toward is course.target.side.opposite
        # The front edge of the pillar is set off from the body: the gap is not closed by the view.
        front, body = (pose.project(np.asarray(course.landmarks_mm[k])) for k in ("pillar_anterior", "body_centre"))
        assert abs(front[0] - body[0]) * pose.pixel_mm > 12.0


def test_the_thoracic_oblique_looks_along_the_transverse_process():
    for course in courses("thoracic"):
        pose = view_poses(None, course)["ipsilateral oblique"]
        process = in_frame(course, "tp_tip") - in_frame(course, "tp_root_superior")
        n = seen_from(course, pose)
        flat = process[:2] / np.hypot(*process[:2])
        assert n[:2] @ flat == pytest.approx(np.hypot(*n[:2]), abs=0.01)


@pytest.mark.parametrize("region", [*REGIONS, "lumbar"])
def test_left_and_right_are_mirror_images(region):
    by_side = {(c.target.nerve, c.target.bone, c.target.side): c for c in courses(region)}
    for (nerve, bone, side), course in by_side.items():
        if side is Side.RIGHT:
            continue
        other = by_side[nerve, bone, Side.RIGHT]
        for name, pose in view_poses(None, course).items():
            if name in ("declined", "trajectory"):
                continue  # the nerves of both sides differ
            ours, theirs = seen_from(course, pose), seen_from(other, view_poses(None, other)[name])
            assert np.degrees(np.arccos(np.clip(ours @ theirs, -1, 1))) < 8.0


def test_lateral_branches_have_no_oblique():
    with pytest.raises(GuidanceError, match="no oblique"):
        oblique_deg(courses("sacral")[0])


def test_what_must_be_seen_is_in_the_words_of_the_evidence():
    from neurotomy.guidance.views import _must_show

    for region in REGIONS:
        for course in courses(region):
            for name, pose in view_poses(None, course).items():
                words = _must_show(name, course, pose)
                assert words[-1].startswith("STOP")
                assert course.target.nerve in words[0]
                assert course.target.side.value in words[0].lower()
                assert len(words) >= 3
