"""Neck, chest and sacrum on real CT without label maps, from the points that the examples mark: side, order, bone."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from neurotomy.anatomy import NerveCourse, Side
from neurotomy.case import Case, parse_case
from neurotomy.errors import NeurotomyError
from neurotomy.geometry import Volume
from neurotomy.treatment import find_nerves

ROOT = Path(__file__).resolve().parents[2]
SHARED = "../../shared/data/"
PAIRS = {"neck": ("cervical_ct", "cervical_ct_left"), "chest": ("thoracic_ct", "thoracic_ct_left")}
MARKED = {"neck": "pillar_waist", "chest": "tp_corner"}


def case_of(name: str, real_data, *swaps: tuple[str, str]) -> Case:
    text = (ROOT / "examples" / f"{name}.toml").read_text(encoding="utf-8")
    for old, new in ((SHARED, f"{real_data('README.md').parent}/"), *swaps):
        assert old in text
        text = text.replace(old, new)
    return parse_case(text)


@pytest.fixture(scope="module", params=list(PAIRS))
def region(request, real_data) -> tuple[str, Volume, tuple[NerveCourse, ...], tuple[NerveCourse, ...]]:
    right, left = (find_nerves(case_of(name, real_data)) for name in PAIRS[request.param])
    return request.param, right.ct, right.courses, left.courses


def test_left_is_left_and_right_is_right(region):
    _, ct, rights, lefts = region
    assert [c.target.bone for c in rights] == [c.target.bone for c in lefts]
    for right, left in zip(rights, lefts, strict=True):
        assert right.target.side is Side.RIGHT
        assert left.target.side is Side.LEFT
        assert right.target.nerve == left.target.nerve
        here, there = right.landmarks_mm["target"], left.landmarks_mm["target"]
        assert here[0] + 25.0 < there[0], "LPS x grows to the patient's left"
        middle = right.landmarks_mm["body_centre"][0]
        for course, sign in ((right, -1.0), (left, 1.0)):
            assert np.all((course.neck.points_mm[:, 0] - middle) * sign > 10.0)
        # and in voxels by the image's own header, not by the code that read it
        index = ct.voxels(np.array([here, there]))
        toward_left = ct.lps_from_voxel[0, 0]
        assert (index[1, 0] - index[0, 0]) * toward_left > 25.0
        assert abs(here[2] - there[2]) < 6.0


def test_levels_follow_one_another_from_the_head_down(region):
    _, _, rights, lefts = region
    for courses in (rights, lefts):
        heights = [course.landmarks_mm["target"][2] for course in courses]
        steps = -np.diff(heights)
        assert np.all(steps > 10.0)
        assert np.all(steps < 45.0)


def test_targets_lie_on_the_edge_of_bone_near_the_marked_point(region):
    name, ct, rights, lefts = region
    for course in (*rights, *lefts):
        target = course.landmarks_mm["target"]
        near = ct.sample(target + np.array(list(np.ndindex(3, 3, 3))) - 1.0)
        assert near.max() > 200.0
        assert near.min() < 200.0
        deep = target + np.outer(np.arange(0.0, 4.5, 0.5), _inward(course, name))
        assert ct.sample(deep).max() > 170.0  # the cortex of a process is thin, and marrow is at 100 HU
        outside = target - np.outer(np.arange(2.0, 4.5, 0.5), _inward(course, name))
        assert np.median(ct.sample(outside)) < 200.0
        assert np.linalg.norm(target - course.landmarks_mm[MARKED[name]]) < 7.0
        along = course.curve.at(np.linspace(*course.neck_arc_mm, 9)).points_mm
        assert ct.sample(along).max() < 700.0, "the nerve does not run inside bone"


def _inward(course: NerveCourse, name: str) -> np.ndarray:
    """From the surface into the bone: medially at a pillar; forwards and down at the corner of a process."""
    frame = course.lps_from_vertebra
    side = float(course.target.side.sign)
    way = [-side, 0.0, 0.0] if name == "neck" else [-0.3 * side, -0.6, -0.74]
    return frame.direction(np.array(way) / np.linalg.norm(way))


def test_quality_is_flagged_and_spread_is_given(region):
    _, _, rights, lefts = region
    for course in (*rights, *lefts):
        assert course.method == "landmarks"
        assert any("by a threshold, not a label map" in warning for warning in course.warnings)
        assert 1.5 < course.spread_mm < 5.0
        assert 1.0 < course.target_spread_mm < 4.0


def test_the_nerve_above_the_corner_says_so(real_data):
    above, on = find_nerves(case_of("thoracic_ct", real_data)).courses
    assert above.target.nerve == "T8 medial branch"
    assert any("not on bone, as T5 to T8 do" in warning for warning in above.warnings)
    assert not any("not on bone" in warning for warning in on.warnings)
    gap = np.linalg.norm(above.neck.points_mm - above.landmarks_mm["tp_corner"], axis=1).min()
    assert gap > 1.0


def test_the_sacrum_of_a_real_ct(real_data):
    """Marked on 3 mm voxels, both sides: order of sides and foramina, and what cannot be seen is said."""
    rights, lefts = (find_nerves(case_of(name, real_data)).courses for name in ("sacral_ct", "sacral_ct_left"))
    nerves = ["L5 dorsal ramus", "S1 lateral branch", "S2 lateral branch", "S3 lateral branch"]
    for courses, side, sign in ((rights, Side.RIGHT, -1.0), (lefts, Side.LEFT, 1.0)):
        assert [course.target.nerve for course in courses] == nerves
        assert {course.target.side for course in courses} == {side}
        targets = np.array([course.landmarks_mm["target"] for course in courses])
        assert np.all(sign * targets[:, 0] > 12.0)  # LPS: +x is the patient's left
        assert np.all(np.diff(targets[:, 2]) < -10.0)
        assert np.all(np.diff(targets[:3, 1]) > 5.0)  # further back, the further down
        for course in courses:
            assert 1.5 < course.spread_mm < 4.0
        for course in courses[1:]:  # the ramus stays where it was marked
            assert any("by a threshold" in warning for warning in course.warnings)
    for right, left in zip(rights, lefts, strict=True):
        here, there = right.landmarks_mm["target"], left.landmarks_mm["target"]
        assert there[0] - here[0] > 25.0
        assert abs(here[2] - there[2]) < 6.0


def test_points_of_the_other_side_are_refused(real_data):
    with pytest.raises(NeurotomyError, match="mm to the patient's left of the body_centre and is said to be right"):
        case_of("cervical_ct", real_data, ("lps_mm = [221.3, -268.0, -185.0]", "lps_mm = [272.3, -272.0, -185.0]"))


def test_a_missing_point_is_told_before_anything_is_read(real_data):
    with pytest.raises(NeurotomyError, match="right for: joint_below"):
        case_of("cervical_ct", real_data, ('name = "joint_below"', 'name = "iap_tip"'))


def test_points_of_another_level_are_refused(real_data):
    # the joint below C4 said to be the one two levels further down
    case = case_of("cervical_ct", real_data, ("lps_mm = [226.0, -265.0, -212.0]", "lps_mm = [224.0, -260.0, -246.0]"))
    with pytest.raises(NeurotomyError, match="do not lie to each other as on that bone and side"):
        find_nerves(case)


def test_a_level_outside_the_image_is_refused(real_data):
    text = (ROOT / "examples" / "cervical_ct.toml").read_text(encoding="utf-8")
    points = re.findall(r"lps_mm = \[.*\]", text)
    lower = [(p, re.sub(r"-[\d.]+\]", lambda z: f"{float(z[0][:-1]) - 150.0}]", p)) for p in dict.fromkeys(points)]
    with pytest.raises(NeurotomyError, match="edge of the image cuts off"):
        find_nerves(case_of("cervical_ct", real_data, *lower))
