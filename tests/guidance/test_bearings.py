"""The C-arm set by the CT: pillars on top of each other, end plates squared, foramina open, whatever the frame says."""

import dataclasses
from functools import cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from neurotomy.anatomy import Anatomy, NerveCourse, Side, Target
from neurotomy.anatomy.spine import built_in_spine
from neurotomy.geometry import Curve, RigidTransform, Volume, unit
from neurotomy.guidance.bearings import bearings_of, open_share
from neurotomy.guidance.views import view_poses

# The patient lies turned by 14° and bent to the side by 9°, and the frame fitted to each bone is off by 7°, -5° and 6°.
LYING = Rotation.from_euler("zyx", [14, 9, -4], degrees=True).as_matrix()
OFF = Rotation.from_euler("zyx", [7, -5, 6], degrees=True).as_matrix()


@cache
def patient(region="cervical", labelled=True):
    spine = built_in_spine(3) if region == "lumbar" else built_in_spine(3, region=region)
    courses = tuple(lying(course) for course in spine.courses)
    labels = turned(spine.labels) if labelled else None
    return Anatomy(turned(spine.ct), labels, courses, "built-in spine")


def turned(volume):
    affine = np.eye(4)
    affine[:3, :3] = LYING
    return Volume(volume.array, affine @ volume.lps_from_voxel)


def lying(course):
    frame = course.lps_from_vertebra
    return dataclasses.replace(
        course,
        curve=Curve(course.points_lps_mm @ LYING.T),
        landmarks_mm={name: LYING @ point for name, point in course.landmarks_mm.items()},
        lps_from_vertebra=RigidTransform(LYING @ frame.rotation, LYING @ frame.translation_mm),
    )


def mistaken(course):
    frame = course.lps_from_vertebra
    return dataclasses.replace(course, lps_from_vertebra=RigidTransform(frame.rotation @ OFF, frame.translation_mm))


def pair(anatomy, bone):
    held = [c for c in anatomy.courses if c.target.bone == bone]
    return [next(c for c in held if c.target.side is side) for side in Side]


def apart_mm(carm, left, right, names):
    """Mean distance on the image of the same landmarks of both sides, at the isocentre's scale."""
    at = [carm.project([course.landmarks_mm[name] for name in names]) for course in (left, right)]
    return float(np.hypot(*(at[0] - at[1]).T).mean() * carm.pixel_at_isocentre_mm)


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("bone", ["C4", "C6"])
def test_the_lateral_lays_both_pillars_on_each_other(bone, labelled):
    anatomy = patient(labelled=labelled)
    left, right = pair(anatomy, bone)
    names = ("pillar_anterior", "pillar_posterior", "joint_above", "joint_below")
    exact = apart_mm(view_poses(None, left)["lateral"], left, right, names)
    for course in (left, right):
        wrong = mistaken(course)
        before = apart_mm(view_poses(None, wrong)["lateral"], left, right, names)
        after = apart_mm(view_poses(None, wrong, anatomy)["lateral"], left, right, names)
        assert before > 4.0
        assert after < exact + 0.6 < 2.2  # the sides of this neck are not quite alike, and the beam diverges


@pytest.mark.parametrize(("region", "bone"), [("cervical", "C5"), ("lumbar", "L3"), ("lumbar", "S1")])
def test_the_ap_is_squared_and_the_spinous_process_midway_between_the_pedicles(region, bone):
    anatomy = patient(region)
    left, right = pair(anatomy, bone)
    true = left.lps_from_vertebra.rotation
    wrong = mistaken(right)

    def off(carm):
        level = np.degrees(np.arcsin(abs(carm.to_detector @ true[:, 2])))
        at = [
            carm.project(course.landmarks_mm[name]) * carm.pixel_at_isocentre_mm
            for course, name in ((left, "pedicle_centre"), (right, "pedicle_centre"), (left, "spinous_tip"))
        ]
        across = unit(at[1] - at[0])
        return level, abs(float((at[2] - (at[0] + at[1]) / 2) @ across))

    before, after = off(view_poses(None, wrong)["AP"]), off(view_poses(None, wrong, anatomy)["AP"])
    assert before[0] > 5.0
    assert after[0] < 1.0
    if bone != "S1":  # far behind the pedicles, and the sacrum has a crest, not a process
        assert before[1] > 3.0
        assert after[1] < 1.0


def test_the_lumbar_oblique_brings_the_pedicle_back_to_where_it_belongs():
    anatomy = patient("lumbar")
    for course in pair(anatomy, "L4"):
        target, pedicle = (course.landmarks_mm[name] for name in ("target", "pedicle_centre"))

        def eye(carm, target=target, pedicle=pedicle):
            return (carm.project(pedicle) - carm.project(target)) * carm.pixel_at_isocentre_mm

        exact = eye(view_poses(None, course)["ipsilateral oblique"])
        wrong = eye(view_poses(None, mistaken(course))["ipsilateral oblique"])
        found = eye(view_poses(None, mistaken(course), anatomy)["ipsilateral oblique"])
        assert np.hypot(*(found - exact)) < 0.6 < 1.0 < np.hypot(*(wrong - exact))


def bone_beside(course):
    """Voxels of any bone within 25 mm of the pedicle."""
    pedicle = course.landmarks_mm["pedicle_centre"]
    near = patient().labels.crop(pedicle, pedicle, 25.0)
    return near.lps(np.argwhere(near.array > 0))


def open_area_mm2(course, voxels, way):
    """Pixels of 1 mm about the middles of the foramina on which no voxel of bone beside them falls."""
    pedicle, above, below = (course.landmarks_mm[name] for name in ("pedicle_centre", "joint_above", "joint_below"))
    across = unit(np.cross(course.lps_from_vertebra.rotation[:, 2], way))
    axes = np.array([across, np.cross(way, across), way])
    area = 0
    for up in (0.5, -0.5):
        at = (voxels - (pedicle + up * (above - below))) @ axes.T
        near = at[(np.abs(at[:, :2]) < 8.0).all(axis=1) & (at[:, 2] > -13.0) & (at[:, 2] < 11.0)]
        count, *_ = np.histogram2d(near[:, 0], near[:, 1], bins=np.arange(-7.5, 7.6, 1.0))
        area += np.count_nonzero(count == 0)
    return area


@pytest.mark.parametrize("bone", ["C4", "C5", "C6"])
def test_the_foraminal_oblique_opens_the_foramina_more_than_other_tilts(bone):
    anatomy = patient()
    for course in pair(anatomy, bone):
        side, frame = course.target.side.sign, course.lps_from_vertebra
        carm = view_poses(None, mistaken(course), anatomy)["foraminal oblique"]
        x, y, z = frame.rotation.T @ carm.to_detector
        turn, tilt = np.degrees(np.arctan2(-side * x, y)), np.degrees(np.arcsin(z))
        assert 30.0 < turn < 60.0
        assert 5.0 < tilt < 30.0  # the foramina run forwards, outwards and down
        a = np.radians(turn)

        def at_tilt(b, a=a, side=side, frame=frame):
            return frame.direction([-side * np.sin(a) * np.cos(b), np.cos(a) * np.cos(b), np.sin(b)])

        voxels = bone_beside(course)
        areas = [
            open_area_mm2(course, voxels, at_tilt(b)) for b in np.radians([-20.0, 0.0, tilt - 8, tilt + 8, tilt + 20])
        ]
        chosen = open_area_mm2(course, voxels, carm.to_detector)
        untilted = open_area_mm2(course, voxels, view_poses(None, course)["foraminal oblique"].to_detector)
        assert chosen >= 0.93 * max(areas)
        assert chosen > 1.15 * untilted
        assert chosen > 1.8 * areas[0]


@pytest.mark.parametrize("side", Side)
def test_a_hole_bored_through_a_block_is_looked_through(side):
    way = unit([-side.sign * 0.62, 0.72, 0.31])
    grid = np.stack(np.meshgrid(*3 * [np.arange(-30.0, 30.5)], indexing="ij"), axis=-1)
    hu = np.full(grid.shape[:3], 900, dtype=np.int16)
    for middle in ([0.0, 0.0, 8.0], [0.0, 0.0, -8.0]):
        off = grid - middle
        hu[np.linalg.norm(off - (off @ way)[..., None] * way, axis=-1) < 4.0] = 0
    affine = np.eye(4)
    affine[:3, 3] = -30.0
    ct = Volume(hu, affine)
    marks = {
        "pedicle_centre": [0, 0, 0],
        "joint_above": [0, 0, 8],
        "joint_below": [0, 0, -8],
        "target": [side.sign, 0, 0],
    }
    course = NerveCourse(
        Target("C5 medial branch", "C5", side),
        Curve(np.array([[side.sign * 8.0, y, 0.0] for y in range(-5, 6)])),
        (2.0, 8.0), 1.1, 1.0, "landmarks", {k: np.array(v, dtype=float) for k, v in marks.items()},
    )  # fmt: skip
    anatomy = Anatomy(ct, None, (course,), "block")
    found = bearings_of(course, anatomy).foramen_lps
    assert np.degrees(np.arccos(found @ way)) < 3.0
    assert open_share(course, anatomy, way) > 5 * open_share(course, anatomy, [0.0, 1.0, 0.0])


def test_where_the_ct_shows_nothing_the_fitted_frame_is_kept():
    anatomy = patient()
    course = anatomy.courses[2]
    empty = Anatomy(Volume(np.full((40, 40, 40), 30, np.int16), np.eye(4)), None, (course,), "soft tissue")
    found = bearings_of(course, empty)
    assert found.symmetry_deg is found.end_plate_deg is found.foramen_lps is None
    np.testing.assert_allclose(found.course.lps_from_vertebra.rotation, course.lps_from_vertebra.rotation, atol=1e-12)
    held, kept = view_poses(None, course), view_poses(None, course, empty)
    for name in held:
        np.testing.assert_allclose(held[name].to_detector, kept[name].to_detector, atol=1e-9)


def test_a_bone_is_measured_once():
    anatomy = patient()
    course = anatomy.courses[2]
    assert bearings_of(course, anatomy) is bearings_of(course, anatomy)
