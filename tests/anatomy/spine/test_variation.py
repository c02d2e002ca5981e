"""People who deviate from the standard spine: possible bones, open joints, nerves that moved with their bone."""

import numpy as np
import pytest

from neurotomy.anatomy import Side
from neurotomy.anatomy.spine.bones import bone_solid, bones_of
from neurotomy.anatomy.spine.built_in import true_courses
from neurotomy.anatomy.spine.column import lps_from_bones
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.shape import BONES, standard_shape, varied_shape

SEEDS = (1, 2, 11, 2024)


def test_a_seed_is_one_person():
    assert varied_shape(4) == varied_shape(4)
    assert varied_shape(4) != varied_shape(5)
    assert standard_shape() == standard_shape()
    assert standard_shape().seed is None
    assert varied_shape(4).seed == 4


def test_people_differ_by_a_few_per_cent_and_between_their_sides():
    shapes = [varied_shape(n) for n in range(60)]
    widths = np.array([s.vertebra("L4").upper_mm[0] for s in shapes])
    assert 0.03 < widths.std() / widths.mean() < 0.10
    assert widths.mean() == pytest.approx(standard_shape().vertebra("L4").upper_mm[0], rel=0.03)
    tropism = np.array([np.subtract(*s.vertebra("L4").facet_angle_deg) for s in shapes])
    assert 1.0 < tropism.std() < 4.0
    assert abs(tropism.mean()) < 1.0
    lordosis = [
        np.degrees(np.arccos(poses["L1"].rotation[:, 2] @ poses["S1"].rotation[:, 2]))
        for poses in map(lps_from_bones, shapes)
    ]
    assert 25.0 < min(lordosis) < max(lordosis) < 85.0


@pytest.mark.parametrize("seed", SEEDS)
def test_nerves_lie_on_the_bones_of_this_person_on_their_side(seed):
    shape = varied_shape(seed)
    for course in true_courses(shape):
        solid = bone_solid(shape, course.target.bone)
        here = course.lps_from_vertebra.inverse()
        neck = here(course.neck.points_mm)
        d = distances(neck, solid.shapes, solid.groups)
        assert np.all(np.abs(d - course.diameter_mm / 2) < 0.25)
        assert np.all(course.target.side.sign * neck[:, 0] > 10.0)
        assert 9.0 < course.neck.length_mm < 25.0
        assert neck[0, 2] > neck[-1, 2] + 4.0
        assert neck[0, 1] < neck[-1, 1] - 4.0


def test_a_nerve_that_leaves_its_bone_says_so():
    """Seed 20 has an L5 whose left neck folds: a warning is with that course, and with no course of the standard."""
    warned = {c.target.bone + c.target.side.letter for c in true_courses(varied_shape(20)) if c.warnings}
    assert warned == {"L5L"}
    assert not any(c.warnings for c in true_courses(standard_shape()))


@pytest.mark.parametrize("seed", [None, *SEEDS])
def test_no_two_bones_share_space(seed):
    shape = standard_shape() if seed is None else varied_shape(seed)
    bones = [b for b in bones_of(shape) if "rib" not in b.name]
    rng = np.random.default_rng(0)
    for n, bone in enumerate(bones):
        for other in bones[n + 1 :]:
            low = np.maximum(bone.solid.box[0], other.solid.box[0])
            high = np.minimum(bone.solid.box[1], other.solid.box[1])
            if np.any(high <= low):
                continue
            points = rng.uniform(low, high, (20000, 3))
            both = (distances(points, bone.solid.shapes, bone.solid.groups) < 0) & (
                distances(points, other.solid.shapes, other.solid.groups) < 0
            )
            assert both.sum() == 0, (bone.name, other.name, points[both].mean(axis=0))


def test_scoliosis_and_rotation_move_the_column_as_they_say():
    from dataclasses import replace

    shape = standard_shape()
    leaning = replace(shape, discs=tuple(replace(d, lateral_deg=2.0) for d in shape.discs))
    poses = lps_from_bones(leaning)
    assert poses["T12"].rotation[0, 2] < poses["L3"].rotation[0, 2] < poses["S1"].rotation[0, 2] + 1e-9
    turned = replace(shape, discs=tuple(replace(d, rotation_deg=2.0) for d in shape.discs))
    front = lps_from_bones(turned)["L1"].rotation @ np.array([0.0, -1.0, 0.0])
    assert front[0] > 0.1, "its front turns to the patient's left"
    assert list(poses) == list(BONES)
    assert Side.LEFT.sign == 1
