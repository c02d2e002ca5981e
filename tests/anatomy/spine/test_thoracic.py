"""The built-in chest: nerves over the corners of the transverse processes, above them at T5 to T8, ribs in place."""

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.landmarks import LANDMARKS
from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.regions import make_region
from neurotomy.anatomy.spine.thoracic.bones import (
    bone_solid,
    joint_above,
    lps_from_bones,
    pedicle_of,
    process_axis,
    rib_of,
)
from neurotomy.anatomy.spine.thoracic.nerve import courses_of, target_on
from neurotomy.anatomy.spine.thoracic.shape import BONES, standard_chest, varied_chest
from neurotomy.imaging.labels import RIB_IDS, VERTEBRA_IDS

CHEST = standard_chest()
SHAPES = [CHEST, *(varied_chest(seed) for seed in range(5))]
by_seed = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"seed {s.seed}")
ABOVE = {"T6", "T7", "T8", "T9"}  # bones of the T5 to T8 medial branches


def off(points, solid):
    return distances(np.ascontiguousarray(points), solid.shapes, solid.groups)


def in_bone(c, points):
    return c.lps_from_vertebra.inverse()(points)


def on(shape, bone, side):
    return next(c for c in courses_of(shape) if c.target.bone == bone and c.target.side is side)


def test_every_target_of_the_chest_has_a_course():
    held = {c.target for c in courses_of(CHEST)}
    for upper, lower in zip(BONES, BONES[1:], strict=False):
        for side in Side:
            assert set(targets_for(f"{upper}/{lower[1:]}", side)) <= held
    assert target_on("T1", Side.LEFT).nerve == "C8 medial branch"
    assert target_on("T12", Side.LEFT).nerve == "T11 medial branch"


@by_seed
def test_nerves_lie_on_the_corner_or_above_it(shape):
    for c in courses_of(shape):
        bone, side = c.target.bone, c.target.side
        solid = bone_solid(shape, bone)
        neck = in_bone(c, c.neck.points_mm)
        assert np.all(np.sign(neck[:, 0]) == side.sign)
        height = off(neck, solid) - c.diameter_mm / 2
        above = bone in ABOVE or (bone == "T11" and shape.t10_above[0 if side is Side.LEFT else 1])
        assert bool(c.warnings) is above
        if above:
            assert 1.0 < height.max() < 5.0
            corner = in_bone(c, c.landmarks_mm["tp_corner"])
            assert neck[:, 2].max() > corner[2] + 2.0
        else:
            assert np.abs(height).max() < 0.5
        assert off(in_bone(c, c.points_lps_mm), solid).min() > -0.4


@by_seed
def test_the_course_goes_over_the_lateral_end_then_back_down_and_in(shape):
    for c in courses_of(shape):
        if c.target.bone == "T12":
            continue
        line = np.abs(in_bone(c, c.points_lps_mm)) * [1, 0, 0] + in_bone(c, c.points_lps_mm) * [0, 1, 1]
        root, tip, half = process_axis(shape.vertebra(c.target.bone), c.target.side)
        far = line[:, 0].argmax()
        assert abs(tip[0]) - half < line[far, 0] < abs(tip[0]) + half + 1.5
        assert line[far, 2] > tip[2]  # the upper part of the end, not its tip's middle
        after = line[far:]
        assert after[-1, 0] < abs(root[0]) + 3.0  # ends medially
        assert after[-1, 2] < line[far, 2] - 3.0  # and lower
        assert line[far, 1] > line[0, 1] + 5.0  # from ventral to dorsal


def test_t10_passes_above_in_as_many_as_published():
    sides = [above for seed in range(300) for above in varied_chest(seed).t10_above]
    share = 1.0 - evidence.value("anatomy.thoracic.t10_crosses_tip_probability")
    assert np.mean(sides) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / 600))


def test_the_t11_nerve_lies_at_the_root_of_the_superior_process():
    for side in Side:
        c = on(CHEST, "T12", side)
        joint = joint_above(CHEST.vertebra("T12"), side)
        away = in_bone(c, c.landmarks_mm["target"]) - joint.centre
        assert np.linalg.norm(away) < 14.0
        assert away[2] < 3.0


def test_mirror():
    shape = CHEST.with_vertebra("T6", spinous_tilt_mm=0.0)
    flip = np.array([-1.0, 1.0, 1.0])
    for bone in BONES:
        solid = bone_solid(shape, bone)
        low, high = solid.box
        points = np.random.default_rng(1).uniform(low, high, (1500, 3))
        here, there = off(points, solid), off(points * flip, solid)
        near = np.abs(here) < 2.0
        np.testing.assert_allclose(here[near], there[near], atol=0.1)  # a fillet in the midline, by order
        left, right = (on(shape, bone, side) for side in Side)
        np.testing.assert_allclose(
            in_bone(left, left.points_lps_mm) * flip, in_bone(right, right.points_lps_mm), atol=0.1
        )
    c = on(CHEST, "T6", Side.RIGHT)
    assert in_bone(c, c.landmarks_mm["spinous_tip"])[0] > 1.5  # told from its mirror image


@by_seed
def test_canal_foramina_and_joints_are_open(shape):
    poses = lps_from_bones(shape)
    for n, bone in enumerate(BONES):
        v, near = shape.vertebra(bone), BONES[max(n - 1, 0) : n + 2]
        line = np.array([[0.0, v.posterior_wall_mm + v.canal_mm[1] / 2, z] for z in np.linspace(-12.0, 12.0, 40)])
        for other in near:
            assert off(poses[other].inverse()(poses[bone](line)), bone_solid(shape, other)).min() > 3.0
        for side in Side:
            if bone != "T12":  # a way out below the pedicle
                pedicle = pedicle_of(v, side)
                z = pedicle[2] - v.pedicle_mm[1] / 2 - 3.0
                way = np.array([[side.sign * u, v.posterior_wall_mm + 3.5, z] for u in np.linspace(0.0, 17.0, 40)])
                lower = BONES[n + 1]
                assert off(way, bone_solid(shape, bone)).min() > 0.3
                assert off(poses[lower].inverse()(poses[bone](way)), bone_solid(shape, lower)).min() > 0.3
            if n:
                joint = joint_above(v, side)
                x = np.array([1.0, 0.0, 0.0])
                space = joint.centre + np.array([a * x + b * joint.forward for a in (-2.0, 2.0) for b in (-2.0, 1.5)])
                upper = BONES[n - 1]
                gap = off(space, bone_solid(shape, bone)) + off(
                    poses[upper].inverse()(poses[bone](space)), bone_solid(shape, upper)
                )
                assert np.all((gap > joint.half_gap) & (gap < 3 * joint.half_gap))


@by_seed
def test_ribs_do_not_run_through_the_spine(shape):
    poses = lps_from_bones(shape)
    for n, bone in enumerate(BONES):
        for side in Side:
            rib = rib_of(shape, bone, side).packed()
            course = on(shape, bone, side)
            assert off(in_bone(course, course.neck.points_mm), rib).min() > 0.3
            for other in BONES[max(n - 1, 0) : n + 1]:
                _, tip, half = process_axis(shape.vertebra(other), side)
                middle = poses[bone].inverse()(poses[other](tip[None]))
                assert off(middle, rib)[0] > half * 0.7


@by_seed
def test_kyphosis_and_order(shape):
    poses = lps_from_bones(shape)
    assert np.all(np.diff([poses[b].translation_mm[2] for b in BONES]) < -12.0)
    tilt = [np.degrees(np.arctan2(poses[b].rotation[2, 1], poses[b].rotation[2, 2])) for b in BONES]
    assert 20.0 < tilt[0] - tilt[-1] < 65.0


def test_processes_turn_back_more_downwards():
    turned = []
    for bone in BONES[:10]:
        root, tip, _ = process_axis(CHEST.vertebra(bone), Side.LEFT)
        turned.append(np.degrees(np.arctan2(tip[1] - root[1], tip[0] - root[0])))
    assert np.all(np.diff(turned) > 0.0)
    assert set(on(CHEST, "T6", Side.LEFT).landmarks_mm) <= set(LANDMARKS)


def test_painted():
    made = make_region("thoracic", spacing_mm=1.4)
    ct, labels = made.ct.array, made.labels.array
    for bone in BONES:
        mine = labels == VERTEBRA_IDS[bone]
        assert mine.sum() > 2000
        assert np.percentile(ct[mine], 3) > 20
    x = made.labels.lps_from_voxel[0, 3] + made.labels.lps_from_voxel[0, 0] * np.arange(labels.shape[0])
    for side, sign in (("left", 1), ("right", -1)):
        for number in RIB_IDS[side]:
            count = (labels == number).sum(axis=(1, 2))
            assert count.sum() > 100
            assert sign * np.average(x, weights=count) > 10.0
    lung = (ct < -700).mean()
    assert 0.1 < lung < 0.6
    left, right = (ct[(x > 25) & (x < 60)], ct[(x < -25) & (x > -60)])
    assert left.mean() > right.mean() + 10.0  # the heart lies to the left


def test_people_differ():
    assert len({varied_chest(seed) for seed in range(5)}) == 5
    assert varied_chest(1) == varied_chest(1)
