"""The built-in sacrum: foramina open, lateral branches on its back just lateral of them."""

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.landmarks import LANDMARKS
from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.built_in import true_courses
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.pelvis import FORAMINA, TUBERCLES
from neurotomy.anatomy.spine.regions import make_region
from neurotomy.anatomy.spine.sacral.nerve import ROOTS, courses_of, foramen_on, sacrum_of
from neurotomy.anatomy.spine.shape import standard_shape, varied_shape

SPINE = standard_shape()
SHAPES = [SPINE, *(varied_shape(seed) for seed in range(5))]
by_seed = pytest.mark.parametrize("shape", SHAPES, ids=lambda s: f"seed {s.seed}")


def off(points, shape):
    solid = sacrum_of(shape)
    return distances(np.ascontiguousarray(points), solid.shapes, solid.groups)


def in_bone(c, points):
    return c.lps_from_vertebra.inverse()(points)


def course(shape, nerve, side):
    return next(c for c in courses_of(shape) if c.target.nerve == nerve and c.target.side is side)


def test_every_target_of_the_sacroiliac_joint_has_a_course():
    held = [c.target for c in courses_of(SPINE)]
    for side in Side:
        assert set(targets_for("SIJ", side)) <= set(held)
    assert len(held) == 8
    assert held[2].label == "S1 lateral branch at the sacrum, left"
    assert held[0].label == "L5 dorsal ramus at the sacral ala, left"


@by_seed
def test_nerves_lie_on_the_back_of_their_own_side(shape):
    for c in courses_of(shape):
        neck = in_bone(c, c.neck.points_mm)
        assert np.all(np.sign(neck[:, 0]) == c.target.side.sign)
        assert np.abs(off(neck, shape) - c.diameter_mm / 2).max() < 0.5
        assert off(in_bone(c, c.points_lps_mm), shape).min() > -0.3
        assert not c.warnings


@by_seed
def test_foramina_are_open_from_front_to_back(shape):
    for front, back, r_front, r_back in FORAMINA[:3]:
        for side in Side:
            line = np.linspace(front, back, 80) * shape.size * [side.sign, 1.0, 1.0]
            assert off(line, shape).min() > 0.6 * min(r_front, r_back) * shape.size


@by_seed
def test_a_branch_leaves_its_own_foramen_and_runs_laterally(shape):
    for root in ROOTS:
        for side in Side:
            c = course(shape, f"{root} lateral branch", side)
            centre, radius = foramen_on(shape, root, side)
            line = in_bone(c, c.points_lps_mm)
            assert line[0][1] < centre[1] - 4.0  # begins inside the foramen
            np.testing.assert_allclose(line[0][[0, 2]], centre[[0, 2]], atol=0.5)
            neck = in_bone(c, c.neck.points_mm)
            away = np.linalg.norm((neck - centre)[:, [0, 2]], axis=1)
            assert radius < away[0] < radius + 3.0
            assert abs(neck[-1, 0]) > abs(centre[0]) + 5.0
            mark = in_bone(c, c.landmarks_mm["foramen_lateral"])
            assert 0.0 < abs(mark[0]) - abs(centre[0]) - radius < 1.5
            assert set(c.landmarks_mm) <= set(LANDMARKS)


def test_branches_cross_the_crest_between_second_and_third_tubercle():
    """Where the posterior sacral network crosses in 80 %."""
    for root in ROOTS:
        for side in Side:
            end = in_bone(c := course(SPINE, f"{root} lateral branch", side), c.points_lps_mm)[-1]
            assert TUBERCLES[2][2] < end[2] < TUBERCLES[1][2]
            assert abs(end[0]) > 30.0


def test_foramina_lie_where_published():
    lateral = abs(foramen_on(SPINE, "S1", Side.RIGHT)[0][0]) + foramen_on(SPINE, "S1", Side.RIGHT)[1]
    assert lateral == pytest.approx(evidence.value("anatomy.sacral.foramen.s1_lateral_border_from_midline"), abs=2.0)
    s2 = evidence.get("anatomy.sacral.foramen.s2_from_midline")
    assert s2.low <= abs(foramen_on(SPINE, "S2", Side.LEFT)[0][0]) <= s2.high + 1.0


def test_branches_follow_each_other_downwards_and_mirror():
    for side in Side:
        z = [in_bone(c := course(SPINE, f"{r} lateral branch", side), c.landmarks_mm["target"])[2] for r in ROOTS]
        assert z[0] > z[1] + 8.0 > z[2] + 16.0
    for root in ROOTS:
        left, right = (course(SPINE, f"{root} lateral branch", side) for side in (Side.LEFT, Side.RIGHT))
        flipped = in_bone(right, right.points_lps_mm) * [-1.0, 1.0, 1.0]
        np.testing.assert_allclose(in_bone(left, left.points_lps_mm), flipped, atol=0.1)


def test_the_dorsal_ramus_is_where_the_lumbosacral_image_has_it():
    for side in Side:
        here = course(SPINE, "L5 dorsal ramus", side)
        there = next(c for c in true_courses(SPINE) if c.target == here.target)
        away = [there.curve.closest(p)[1] for p in here.neck.points_mm]
        assert np.max(away) < 0.5


def test_painted():
    made = make_region("sacral", spacing_mm=1.6)
    ct, labels = made.ct.array, made.labels.array
    for number in (25, 26, 77, 78):
        mine = labels == number
        assert mine.sum() > 1000
        assert np.percentile(ct[mine], 3) > 20
    assert not labels[:, :, 0].any()  # the whole sacrum is inside the field
    x = made.labels.lps_from_voxel[0, 3] + made.labels.lps_from_voxel[0, 0] * np.arange(labels.shape[0])
    sides = {i: np.average(x, weights=(labels == i).sum(axis=(1, 2))) for i in (77, 78)}
    assert sides[77] > 40 > -40 > sides[78]


@pytest.mark.parametrize("seed", [None, 0, 1, 3, 13, 20])
def test_soft_tissue_covers_the_back_of_the_sacrum(seed):
    """However a sacrum stands: skin and muscle behind every foramen and over the crest, and air behind the skin."""
    from neurotomy.anatomy.spine.column import lps_from_bones
    from neurotomy.anatomy.spine.press import leave

    shape = SPINE if seed is None else varied_shape(seed)
    ct = make_region("sacral", shape, 2.0).ct
    pose, solid = lps_from_bones(shape)["S1"], sacrum_of(shape)
    places = [pose(foramen_on(shape, root, side)[0]) for root in ROOTS for side in Side]
    crest = [pose(leave(solid, np.array([0.0, 12.0, z]), [0.0, 1.0, 0.0])) for z in (-20.0, -40.0, -60.0, -80.0)]
    for place, least in [*((p, 20.0) for p in places), *((p, 10.0) for p in crest)]:
        behind = ct.sample(place + np.arange(3.0, 120.0)[:, None] * [0.0, 1.0, 0.0], outside=np.nan)
        air = np.flatnonzero(behind < -500)
        assert len(air), "the skin is cut off"
        assert least - 3.0 <= air[0] < 80.0
