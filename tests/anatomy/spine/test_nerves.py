"""The true nerves: on the bone, between the right processes, in published directions, on the right level and side."""

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side, Target
from neurotomy.anatomy.spine.bones import bone_solid
from neurotomy.anatomy.spine.built_in import true_courses
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.shape import standard_shape
from neurotomy.anatomy.spine.template import TEMPLATE_BONES, template_vertebra
from neurotomy.errors import AnatomyError

SHAPE = standard_shape()
COURSES = {(c.target.bone, c.target.side): c for c in true_courses(SHAPE)}
WHERE = [(bone, side) for bone in TEMPLATE_BONES for side in Side]


def in_bone(course, lps):
    """(lateral on the nerve's side, dorsal, cranial)"""
    return course.lps_from_vertebra.inverse()(lps) * np.array([course.target.side.sign, 1.0, 1.0])


def test_every_lumbar_target_on_both_sides_with_nerve_and_bone_apart():
    nerves = {
        "L1": "T12 medial branch", "L2": "L1 medial branch", "L3": "L2 medial branch",
        "L4": "L3 medial branch", "L5": "L4 medial branch", "S1": "L5 dorsal ramus",
    }  # fmt: skip
    assert {c.target for c in COURSES.values()} == {Target(n, b, s) for b, n in nerves.items() for s in Side}


@pytest.mark.parametrize(("bone", "side"), WHERE)
def test_the_nerve_lies_on_the_surface_of_its_own_bone(bone, side):
    course = COURSES[bone, side]
    solid = bone_solid(SHAPE, bone)
    radius = course.diameter_mm / 2
    neck = course.lps_from_vertebra.inverse()(course.neck.points_mm)
    d = distances(neck, solid.shapes, solid.groups)
    assert np.all(np.abs(d - radius) < 0.15)
    whole = course.lps_from_vertebra.inverse()(course.points_lps_mm)
    assert distances(whole, solid.shapes, solid.groups).min() > radius - 0.1  # never inside, before or after


@pytest.mark.parametrize(("bone", "side"), WHERE)
def test_the_nerve_is_on_its_side_and_runs_backwards_and_down(bone, side):
    course = COURSES[bone, side]
    neck = in_bone(course, course.neck.points_mm)
    assert np.all(neck[:, 0] > 10.0)
    assert np.all(np.diff(neck[:, 1]) > -0.02) or neck[-1, 1] - neck[0, 1] > 4.0
    assert neck[-1, 2] < neck[0, 2] - 5.0
    assert neck[-1, 1] > neck[0, 1] + 5.0
    end = in_bone(course, course.points_lps_mm[-1])
    assert end[0] < neck[-1, 0] - 5.0, "it ends medially, on the lamina"


@pytest.mark.parametrize(("bone", "side"), [w for w in WHERE if w[0] != "S1"])
def test_the_neck_is_between_superior_process_and_transverse_process(bone, side):
    course = COURSES[bone, side]
    marks = {name: in_bone(course, p) for name, p in course.landmarks_mm.items()}
    target = marks["target"]
    assert marks["sap_tip"][2] > target[2] + 10.0
    assert abs(marks["sap_tip"][0]) < target[0] < marks["tp_tip"][0] - 8.0
    assert marks["pedicle_centre"][1] < target[1] < marks["spinous_tip"][1]
    assert np.linalg.norm(marks["tp_root_superior"] - target) < 7.0
    neck = in_bone(course, course.neck.points_mm)
    above = (neck - marks["tp_root_superior"])[:, 2]
    assert above[0] > 0 > above[-1], "it crosses the upper border of the transverse process"


@pytest.mark.parametrize(("bone", "side"), [w for w in WHERE if w[0] != "S1"])
def test_the_dorsal_ramus_divides_on_the_front_of_the_neck(bone, side):
    """Published: so far above the upper border of the root of the transverse process."""
    course = COURSES[bone, side]
    level = course.target.nerve.split()[0].replace("T12", "L1")  # not published for T12
    above = evidence.get(f"anatomy.lumbar.bifurcation_above_transverse_process_root.{level}")
    neck = in_bone(course, course.neck.points_mm)
    height = neck[:, 2] - in_bone(course, course.landmarks_mm["tp_root_superior"])[2]
    at = np.argmin(np.abs(height - above.value))
    assert abs(height[at] - above.value) < 2 * above.sd
    assert at < 0.6 * len(neck)


@pytest.mark.parametrize(("bone", "side"), WHERE)
def test_a_parallel_needle_has_the_published_angles(bone, side):
    """Over the whole neck, between the published means of its middle half and of its posterior half."""
    neck = in_bone(COURSES[bone, side], COURSES[bone, side].neck.points_mm)
    tipward = neck[0] - neck[-1]
    lateral = np.degrees(np.arctan2(-tipward[0], tipward[2]))
    caudal = np.degrees(np.arctan2(tipward[2], -tipward[1]))
    middle, posterior = (f"anatomy.lumbar.needle_angle.{part}" for part in ("middle_two_quarters", "posterior_half"))
    low_a, high_a = evidence.get(f"{posterior}.lateral").low, evidence.get(f"{middle}.lateral").high
    low_b, high_b = evidence.get(f"{middle}.caudal").low, evidence.get(f"{posterior}.caudal").high
    assert low_a < lateral < high_a
    assert low_b < caudal < high_b


@pytest.mark.parametrize(("bone", "side"), WHERE)
def test_landmarks_of_the_surface_are_on_it(bone, side):
    course = COURSES[bone, side]
    solid = bone_solid(SHAPE, bone)
    here = course.lps_from_vertebra.inverse()
    for name in ("target", "sap_tip", "neck_ventral", "neck_dorsal", "tp_root_superior", "tp_tip", "spinous_tip"):
        d = distances(here(course.landmarks_mm[name])[None], solid.shapes, solid.groups)[0]
        assert abs(d) < 0.12, name
    for name in ("pedicle_centre", "body_centre"):
        assert distances(here(course.landmarks_mm[name])[None], solid.shapes, solid.groups)[0] < -3.0


@pytest.mark.parametrize("bone", TEMPLATE_BONES)
def test_left_is_the_mirror_image_of_right_where_the_standard_spine_is_symmetric(bone):
    left, right = (template_vertebra(bone).nerves[side].curve.points_mm for side in Side)
    if bone == "L3":  # its transverse processes differ on purpose
        assert np.abs(left[:, 0]).max() == pytest.approx(np.abs(right[:, 0]).max(), abs=1.0)
    else:
        np.testing.assert_allclose(left * [-1, 1, 1], right, atol=1e-6)


@pytest.mark.parametrize("bone", TEMPLATE_BONES)
def test_a_template_is_the_bone_of_the_standard_spine(bone):
    template = template_vertebra(bone)
    assert len(template.surface_mm) > 3000
    assert np.abs(template.distance(template.surface_mm)).max() < 0.1
    out = template.distance(template.surface_mm + 0.3 * template.normals)
    assert np.median(out) == pytest.approx(0.3, abs=0.02)
    for side in Side:
        course, nerve = COURSES[bone, side], template.nerves[side]
        assert nerve.target == course.target
        np.testing.assert_allclose(course.lps_from_vertebra(nerve.neck.points_mm), course.neck.points_mm, atol=1e-9)
        assert set(template.landmarks_mm[side]) == set(course.landmarks_mm)
    assert template.distance(np.zeros((2, 4, 3))).shape == (2, 4)


def test_no_template_of_a_bone_without_a_lumbar_target():
    with pytest.raises(AnatomyError, match="no template of T5"):
        template_vertebra("T5")
