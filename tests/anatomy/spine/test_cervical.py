"""The built-in neck: symmetric, its nerves on bone at the published heights, its foramina open, its people valid."""

from dataclasses import replace

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.landmarks import LANDMARKS
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine import built_in
from neurotomy.anatomy.spine.cervical.bones import (
    BONES,
    bone_solid,
    foramen_centre,
    joints_of,
    lps_from_bones,
    pedicle_of,
)
from neurotomy.anatomy.spine.cervical.nerve import NERVES, courses_of
from neurotomy.anatomy.spine.cervical.shape import standard_neck, varied_neck
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.regions import make_region
from neurotomy.errors import AnatomyError
from neurotomy.imaging.labels import VERTEBRA_IDS

NECK = standard_neck()
PILLARS = ("C3", "C4", "C5", "C6", "C7")
SHAPES = [NECK, *(varied_neck(seed) for seed in range(5))]


@pytest.fixture(scope="module")
def painted():
    return make_region("cervical", spacing_mm=1.0)


def off(points, solid):
    return distances(np.ascontiguousarray(points), solid.shapes, solid.groups)


def course(shape, nerve, side):
    return next(c for c in courses_of(shape) if c.target.nerve == nerve and c.target.side is side)


def in_bone(c, points):
    return c.lps_from_vertebra.inverse()(points)


def test_every_target_of_the_neck_has_a_course():
    held = {c.target for c in courses_of(NECK)}
    for joint in ("C2/3", "C3/4", "C4/5", "C5/6", "C6/7", "C7/T1"):
        for side in Side:
            assert set(targets_for(joint, side)) <= held
    assert len(held) == 2 * len(NERVES)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"seed {s.seed}")
def test_nerves_lie_on_the_bone_of_their_own_side(shape):
    for c in courses_of(shape):
        neck = in_bone(c, c.neck.points_mm)
        assert np.all(np.sign(neck[:, 0]) == c.target.side.sign)
        height = off(neck, bone_solid(shape, c.target.bone)) - c.diameter_mm / 2
        assert np.abs(height).max() < 0.5
        assert not c.warnings
        assert 8.0 < c.neck_arc_mm[1] - c.neck_arc_mm[0] < 24.0
        # no nerve runs through bone, its own or a neighbour's
        n = BONES.index(c.target.bone)
        poses = lps_from_bones(shape)
        for bone in BONES[max(n - 1, 0) : n + 2]:
            inside = off(poses[bone].inverse()(c.points_lps_mm), bone_solid(shape, bone))
            assert inside.min() > -0.3


def test_mirror():
    shape = NECK.with_vertebra("C5", spinous_tilt_mm=0.0)
    flip = np.array([-1.0, 1.0, 1.0])
    for bone in ("C1", *BONES):
        solid = bone_solid(shape, bone)
        low, high = solid.box
        points = np.random.default_rng(1).uniform(low, high, (1500, 3))
        here, there = off(points, solid), off(points * flip, solid)
        near = np.abs(here) < 2.0
        np.testing.assert_allclose(here[near], there[near], atol=0.1)  # a fillet in the midline, by order
    for name, bone in NERVES:
        left, right = (course(shape, name, side) for side in (Side.LEFT, Side.RIGHT))
        np.testing.assert_allclose(
            in_bone(left, left.points_lps_mm) * flip, in_bone(right, right.points_lps_mm), atol=0.05
        )
        assert left.target.bone == bone


def test_the_standard_neck_is_told_from_its_mirror_image():
    c = course(NECK, "C5 medial branch", Side.RIGHT)
    assert in_bone(c, c.landmarks_mm["spinous_tip"])[0] > 1.0


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("bone", ["C4", "C5", "C6"])
def test_published_heights(bone, side):
    """Kweon 2014: 49 to 53 % of the line between tips at the front, 28 to 35 % of the line between joint middles."""
    c = course(NECK, f"{bone} medial branch", side)
    above, below = joints_of(NECK, bone, side)
    neck = in_bone(c, c.neck.points_mm)
    half_way = np.interp(above.centre[1] + 0.315 * (below.centre - above.centre)[1], neck[:, 1], neck[:, 2])
    share = (above.centre[2] - half_way) / (above.centre[2] - below.centre[2])
    entry = evidence.get("anatomy.cervical.height_fraction_mid_line")
    assert entry.low - 0.03 <= share <= entry.high + 0.03
    share = (above.upper_tip[2] - neck[0, 2]) / (above.upper_tip[2] - below.upper_tip[2])
    entry = evidence.get("anatomy.cervical.height_fraction_anterior_line")
    assert entry.low - 0.05 <= share <= entry.high + 0.05


def test_nerves_are_higher_the_further_from_c5():
    shares = {}
    for bone in PILLARS:
        name = "C3 deep medial branch" if bone == "C3" else f"{bone} medial branch"
        c = course(NECK, name, Side.LEFT)
        above, below = joints_of(NECK, bone, Side.LEFT)
        z = in_bone(c, c.landmarks_mm["target"])[2]
        shares[bone] = (above.centre[2] - z) / (above.centre[2] - below.centre[2])
    assert shares["C5"] == max(shares.values())
    assert shares["C3"] < shares["C4"] < shares["C5"] > shares["C6"] > shares["C7"]


def test_the_third_occipital_nerve_is_at_the_joint_and_above_the_deep_branch():
    for side in Side:
        ton, deep = (course(NECK, name, side) for name, _ in NERVES[:2])
        above, _ = joints_of(NECK, "C3", side)
        from_joint = (in_bone(ton, ton.neck.points_mm) - above.centre) @ above.normal
        assert np.all(np.abs(from_joint) < 3.5)
        target = in_bone(ton, ton.landmarks_mm["target"])
        assert target[2] > in_bone(deep, deep.landmarks_mm["target"])[2] + 1.0


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"seed {s.seed}")
def test_foramina_transversaria_are_open_and_closed_round(shape):
    for bone in ("C3", "C4", "C5", "C6", "C7"):
        solid, v = bone_solid(shape, bone), shape.vertebra(bone)
        for side in Side:
            middle = foramen_centre(v, side)
            up = middle + np.linspace(-9.0, 9.0, 60)[:, None] * np.array([0.0, 0.0, 1.0])
            assert off(up, solid).min() > 0.3 * v.foramen_mm
            if bone == "C7":
                continue
            for angle in np.arange(0.0, 360.0, 20.0):  # whichever way one goes in the plane, there is bone
                way = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0.0])
                fan = middle + np.arange(0.0, 9.0, 0.2)[:, None] * way
                levels = fan[:, None, :] + np.linspace(-5.0, 3.0, 17)[None, :, None] * np.array([0.0, 0.0, 1.0])
                assert off(levels.reshape(-1, 3), solid).min() < 0.0


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"seed {s.seed}")
def test_canal_and_joints_are_open(shape):
    poses = lps_from_bones(shape)
    solids = {bone: bone_solid(shape, bone) for bone in BONES}
    for n, bone in enumerate(BONES):
        v = shape.vertebra(bone)
        line = np.array([[0.0, v.posterior_wall_mm + v.canal_mm[1] / 2, z] for z in np.linspace(-9.0, 9.0, 40)])
        for other in BONES[max(n - 1, 0) : n + 2]:
            near = off(poses[other].inverse()(poses[bone](line)), solids[other])
            assert near.min() > 3.5
        if bone == "C2":
            continue
        for side in Side:
            above, _ = joints_of(shape, bone, side)
            grid = np.array([[x, y, 0.0] for x in (-3.0, 0.0, 3.0) for y in (-2.5, 0.0, 2.5)])
            x_axis = np.cross(above.forward, above.normal)
            space = above.centre + grid[:, :1] * x_axis + grid[:, 1:2] * above.forward
            gap = off(space, solids[bone]) + off(
                poses[BONES[n - 1]].inverse()(poses[bone](space)), solids[BONES[n - 1]]
            )
            np.testing.assert_allclose(gap, 2 * above.half_gap, atol=0.6)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"seed {s.seed}")
def test_a_root_finds_its_way_out_between_two_bones(shape):
    poses = lps_from_bones(shape)
    for upper, lower in zip(BONES, BONES[1:], strict=False):
        v = shape.vertebra(lower)
        top, wall = v.height_mm / 2, v.posterior_wall_mm
        for side in Side:
            u = abs(pedicle_of(v, side)[0])
            clear = []
            for ventral in (0.0, 1.0, 2.0):
                stations = np.array(
                    [
                        (3.0, wall + 0.45 * v.canal_mm[1], top + 4.0),
                        (u, wall + 0.6 - ventral, top + 2.6),
                        (u + 8.0, wall - 5.0, top + 0.5),
                    ]
                )
                way = np.vstack([np.linspace(a, b, 30) for a, b in zip(stations, stations[1:], strict=False)])
                way *= [side.sign, 1.0, 1.0]
                above = poses[upper].inverse()(poses[lower](way))
                clear.append(min(off(way, bone_solid(shape, lower)).min(), off(above, bone_solid(shape, upper)).min()))
            assert max(clear) > 0.8, (lower, side, clear)


def test_vertebrae_follow_each_other_and_curve_forwards():
    for shape in SHAPES:
        poses = lps_from_bones(shape)
        heights = [poses[bone].translation_mm[2] for bone in BONES]
        assert np.all(np.diff(heights) < -11.0)
        tilt = [np.degrees(np.arctan2(poses[b].rotation[2, 1], poses[b].rotation[2, 2])) for b in BONES]
        assert 8.0 < tilt[-1] - tilt[0] < 45.0  # lordosis


def test_pillars_have_a_waist():
    for side in Side:
        for bone in PILLARS:
            solid = bone_solid(NECK, bone)
            above, below = joints_of(NECK, bone, side)
            waist = course(NECK, "C3 deep medial branch" if bone == "C3" else f"{bone} medial branch", side)
            edge = abs(in_bone(waist, waist.landmarks_mm["pillar_waist"])[0])
            for joint, way in ((above, -2.5), (below, 2.5)):
                beside = joint.centre + way * joint.normal + np.arange(0, 9, 0.05)[:, None] * [side.sign, 0.0, 0.0]
                outer = np.abs(beside[off(beside, solid) < 0][-1][0])
                if bone != "C7":
                    assert outer > edge + 0.3


def test_labels_nest_in_bone(painted):
    ct, labels = painted.ct.array, painted.labels.array
    for bone in ("C1", *BONES):
        mine = labels == VERTEBRA_IDS[bone]
        assert mine.sum() > 1000
        assert np.median(ct[mine]) > 250
        assert np.percentile(ct[mine], 3) > 40
    other = set(np.unique(labels)) - {0, *(VERTEBRA_IDS[b] for b in ("C1", *BONES))}
    assert other == {92, 104}  # first ribs, left and right
    x = painted.labels.lps_from_voxel[0, 3] + painted.labels.lps_from_voxel[0, 0] * np.arange(labels.shape[0])
    sides = {i: np.average(x, weights=(labels == i).sum(axis=(1, 2))) for i in (92, 104)}
    assert sides[92] > 10 > -10 > sides[104]  # the left rib lies at the patient's left, LPS +x
    assert ct[0, 0, -1] < -900
    for k in range(0, ct.shape[2], 6):  # nothing soft sticks out of the skin: each slice is one oval
        tissue = ct[:, :, k] > -400
        rows = np.flatnonzero(tissue.any(axis=0))
        width = ct.shape[0] - tissue[:, rows].argmax(axis=0) - tissue[::-1, rows].argmax(axis=0)  # outermost, with air
        middle = width.argmax()
        assert np.all(np.diff(width[: middle + 1]) > -20)
        assert np.all(np.diff(width[middle:]) < 12)
    assert (ct < -900).sum() > 1000


def test_landmarks_are_named_and_on_their_side():
    for c in courses_of(NECK):
        assert set(c.landmarks_mm) <= set(LANDMARKS)
        if c.target.bone == "T1":
            assert {"tp_corner", "tp_tip", "tp_root_superior"} <= set(c.landmarks_mm)
            continue
        assert {"pillar_waist", "pillar_anterior", "pillar_posterior", "sap_tip", "iap_tip"} <= set(c.landmarks_mm)
        marks = {name: in_bone(c, point) for name, point in c.landmarks_mm.items()}
        assert marks["pillar_anterior"][1] < marks["pillar_waist"][1] < marks["pillar_posterior"][1]
        assert marks["iap_tip"][2] < marks["pillar_waist"][2] < marks["sap_tip"][2]
        assert all(
            np.sign(marks[name][0]) == c.target.side.sign
            for name in ("target", "pillar_waist", "sap_tip", "iap_tip", "tp_tip", "pedicle_centre")
        )
        solid = bone_solid(NECK, c.target.bone)
        for name in ("target", "pillar_waist", "pillar_anterior", "pillar_posterior", "sap_tip", "iap_tip", "tp_tip"):
            assert abs(off(marks[name][None], solid)[0]) < 0.2, name


def test_people_differ_and_are_the_same_each_time():
    assert varied_neck(3) == varied_neck(3)
    assert len({varied_neck(seed) for seed in range(5)}) == 5
    assert replace(varied_neck(3), seed=None) != NECK


def test_regions_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROTOMY_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("neurotomy.anatomy.spine.cervical.scene.SPACING_MM", 4.0)
    made = built_in.built_in_spine(region="cervical")
    again = built_in.built_in_spine(region="cervical")
    assert np.array_equal(made.ct.array, again.ct.array)
    assert made.course(Target("C5 medial branch", "C5", Side.LEFT)).target.bone == "C5"
    with pytest.raises(AnatomyError, match="has no"):
        made.course(Target("L3 medial branch", "L4", Side.LEFT))
    with pytest.raises(AnatomyError, match="Did you mean"):
        built_in.built_in_spine(region="cervica")


@pytest.mark.parametrize("seed", [*range(100, 110), *range(12)])
def test_the_nerve_of_c7_lies_on_the_pillar_and_not_on_the_transverse_process(seed):
    """No jump between the two from one person to the next: the same place of the superior process in all."""
    shape = varied_neck(seed)
    for side in Side:
        c = course(shape, "C7 medial branch", side)
        above, _ = joints_of(shape, "C7", side)
        place = in_bone(c, c.landmarks_mm["target"]) - above.centre
        assert 1.0 < place[0] * side.sign / above.half_width < 1.22  # the process reaches 1.3 and more there
        assert -2.6 < place @ above.forward < -1.0
        assert -2.4 < place @ above.normal < -1.0  # on the bone below the joint
