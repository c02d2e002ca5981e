"""The body's surface and the distance to bone, against shapes whose answers are known."""

import numpy as np
import pytest

from neurotomy.anatomy import Anatomy
from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume, unit
from neurotomy.guidance.bone import Bone, nearest_bones
from neurotomy.guidance.skin import body, rough_depths, skin_crossing

from .needle_phantom import anatomy


def ball(radius_mm=40.0, spacing=(1.0, 0.8, 2.0), couch=False, hole=False):
    """A ball of soft tissue in air, centre at the origin, on voxels of unequal sides."""
    counts = [int(120 / s) + 1 for s in spacing]
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = [-(n - 1) / 2 * s for n, s in zip(counts, spacing, strict=True)]
    empty = Volume(np.zeros(counts, dtype=np.int16), affine)
    p = empty.lps(np.stack(np.meshgrid(*(np.arange(n) for n in counts), indexing="ij"), axis=-1))
    distance = np.linalg.norm(p, axis=-1)
    # Half-full voxels at the surface, as a scanner gives them.
    fill = np.clip(radius_mm - distance + 0.5, 0, 1)
    hu = -1000 + 1050 * fill
    if hole:
        hu[np.linalg.norm(p - [10, 0, 0], axis=-1) < 12] = -1000  # bowel gas, lung
    if couch:
        hu[np.abs(p[..., 1] - 46) < 2.0] = 150  # a plate behind the back, 4 mm from the skin
    return Volume(hu.astype(np.int16), affine)


@pytest.mark.parametrize("direction", [(0, 1, 0), (0.3, 1, -0.4), (-1, 0.2, 0.1), (0, 0, 1)])
@pytest.mark.parametrize("start", [(0, 0, 0), (5, -10, 8)])
def test_ray_meets_the_skin_of_a_ball(direction, start):
    d, p = unit(direction), np.array(start, dtype=float)
    exact = -p @ d + np.sqrt((p @ d) ** 2 + 40.0**2 - p @ p)
    found = skin_crossing(ball(), p, d)
    assert found.shown
    # −300 HU is 33 % into the ramp of 1 mm; voxels of up to 2 mm blur it.
    assert found.depth_mm == pytest.approx(exact, abs=0.8)
    assert found.point_lps_mm == pytest.approx(p + found.depth_mm * d)


def test_gas_inside_is_not_the_skin():
    assert skin_crossing(ball(hole=True), (0, 0, 0), (1, 0, 0)).depth_mm == pytest.approx(40.0, abs=0.6)


def test_the_couch_is_not_the_patient():
    on_couch = ball(couch=True)
    assert body(on_couch).sample(np.array([0.0, 46.0, 0.0])) < 0.5
    assert skin_crossing(on_couch, (0, 0, 0), (0, 1, 0)).depth_mm == pytest.approx(40.0, abs=0.6)


def test_skin_beyond_the_image_is_not_invented():
    whole = ball()
    cut = whole.crop((-100, -100, -100), (100, 25, 100))
    found = skin_crossing(cut, (0, 0, 0), (0, 1, 0))
    assert not found.shown
    assert found.depth_mm == pytest.approx(25.0, abs=1.3)
    oblique = skin_crossing(cut, (0, 0, 0), unit((0.6, 1, 0)))
    assert not oblique.shown
    assert oblique.point_lps_mm[1] == pytest.approx(25.0, abs=1.3)


def test_skin_beyond_the_last_slice_is_estimated_from_the_outline_there():
    # The phantom's back is a cylinder along z, so that continuing the last slice is exact.
    scene = anatomy()
    cut = scene.ct.crop((-200, -200, -40), (200, 200, 200))
    start, d = np.array([-20.0, 25.0, 0.0]), unit((-0.1, 0.6, -0.8))
    whole, seen = skin_crossing(scene.ct, start, d), skin_crossing(cut, start, d)
    assert whole.shown
    assert not seen.shown
    assert whole.point_lps_mm[2] < -60.0
    assert seen.depth_mm == pytest.approx(whole.depth_mm, abs=3.0)


def test_rough_depths_agree_with_the_exact_ones():
    ct = anatomy().ct
    starts = np.array([[-20.0, 25.0, 0.0], [10.0, 0.0, -20.0], [0.0, 40.0, 10.0]])
    directions = unit([(-0.1, 0.6, -0.8), (0.5, 1.0, 0.0), (0.0, 1.0, 0.2)])
    exact = [skin_crossing(ct, p, d).depth_mm for p, d in zip(starts, directions, strict=True)]
    assert rough_depths(ct, starts, directions) == pytest.approx(exact, abs=3.0)
    assert np.isinf(rough_depths(ball(), np.array([[58.0, 50.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])))[0]


def test_a_ray_through_air_meets_nothing():
    assert skin_crossing(ball(), (58, 50, 0), (0, 1, 0)) is None
    assert skin_crossing(ball(), (500, 0, 0), (0, 1, 0)) is None


def test_an_image_of_air_is_refused():
    with pytest.raises(GuidanceError, match="No body"):
        body(Volume(np.full((20, 20, 20), -1000, dtype=np.int16), np.eye(4)))


def test_body_is_computed_once_for_each_ct_and_forgotten_with_it():
    import gc

    from neurotomy.guidance import skin

    ct = ball()
    assert body(ct) is body(ct)
    key = id(ct.array)
    assert key in skin._bodies
    del ct
    gc.collect()
    assert key not in skin._bodies


def bone_ball(radius_mm=12.0, labels=True):
    hu = ball(radius_mm, (1.0, 1.0, 1.0))
    ids = Volume(np.where(hu.array > -475, 28, 0).astype(np.uint8), hu.lps_from_voxel)
    ct = Volume(np.where(ids.array > 0, 700, 40).astype(np.int16), hu.lps_from_voxel)
    return Anatomy(ct, ids if labels else None, (), "ball of bone")


def test_distance_to_a_ball_of_bone_has_sign_and_size():
    bone = Bone.of(bone_ball())
    cube = bone.distance_around(np.zeros(3), 20.0)
    rng = np.random.default_rng(1)
    p = unit(rng.normal(size=(200, 3))) * rng.uniform(4, 18, size=(200, 1))
    error = cube.sample(p) - (np.linalg.norm(p, axis=1) - 12.0)
    assert np.abs(error).max() < 0.9  # half a voxel's diagonal
    assert abs(error.mean()) < 0.15


def test_threshold_without_labels_gives_the_same_ball_to_a_voxel():
    p = unit(np.random.default_rng(2).normal(size=(100, 3))) * np.linspace(4, 18, 100)[:, None]
    with_labels = Bone.of(bone_ball()).distance_around(np.zeros(3), 20.0).sample(p)
    without = Bone.of(bone_ball(labels=False)).distance_around(np.zeros(3), 20.0).sample(p)
    assert np.abs(with_labels - without).max() < 1.0


def test_length_of_a_path_within_bone():
    bone = Bone.of(bone_ball())
    for off in (0.0, 5.0, 9.0, 13.5):
        a, b = np.array([off, -40.0, 0.0]), np.array([off, 40.0, 0.0])
        exact = 2 * np.sqrt(max(12.0**2 - off**2, 0.0))
        assert bone.length_within(a, b) == pytest.approx(exact, abs=1.2)


def test_soft_tissue_labels_are_not_bone():
    scene = anatomy()
    liver = Volume(np.full(scene.labels.shape, 5, dtype=np.uint8), scene.labels.lps_from_voxel)
    bone = Bone.of(Anatomy(scene.ct, liver, (), "all liver"))
    assert not bone.within(np.array([[0.0, 0.0, 0.0], [-18.0, 22.0, 8.0]])).any()


def test_nearest_bones_are_told_nearest_first():
    found = nearest_bones(anatomy(), np.array([[-18.0, 22.0, 3.0]]), 40.0)
    assert next(iter(found)) == "L4"
    assert found["L4"] < 1.0
    assert found["L5"] > 10.0
    assert nearest_bones(anatomy(with_labels=False), np.zeros((1, 3)), 10.0) == {}
