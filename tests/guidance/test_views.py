"""The named views: aimed by the bone and the needle, stamped with side and level; a swapped side is seen."""

import dataclasses

import numpy as np
import pytest

from neurotomy.anatomy import Anatomy, NerveCourse, Side, Target
from neurotomy.equipment.electrode import Electrode
from neurotomy.errors import Cancelled, GuidanceError, OutputError
from neurotomy.geometry import Curve, RigidTransform, Volume, unit
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.realism import Look
from neurotomy.guidance.stamp import ACTIVE_TIP_RGB, NERVE_RGB, stamp
from neurotomy.guidance.views import VIEW_NAMES, save_png, standard_views, view_poses
from neurotomy.progress import Progress

SPACING = 3.0
QUIET = Look(dose_ugy=0.0)


def body(mirrored=False):
    """A soft-tissue body of 300 × 210 × 240 mm with a spine and one bone block on the patient's right of it."""
    shape = (100, 70, 80)
    affine = np.diag([SPACING, SPACING, SPACING, 1.0])
    affine[:3, 3] = -SPACING * (np.array(shape) - 1) / 2
    x, y, z = (np.arange(n) * SPACING + affine[k, 3] for k, n in enumerate(shape))
    x, y, z = np.meshgrid(x, y, z, indexing="ij")
    hu = np.where((x / 145) ** 2 + (y / 100) ** 2 < 1, 40, -1000)
    hu[(np.abs(x) < 22) & (np.abs(y - 10) < 18)] = 300
    hu[(np.abs(x + 45) < 6) & (np.abs(y - 45) < 10) & (np.abs(z) < 12)] = 1200  # on the right: x is negative
    if mirrored:
        hu = hu[::-1]
    return Volume(hu.astype(np.int16), affine)


def case(side=Side.RIGHT, bone="L4", tilt_deg=12.0, caudal=45.0, mirrored=False, rotation_deg=0.0):
    t, r = np.radians(tilt_deg), np.radians(rotation_deg)
    z = np.array([0.0, -np.sin(t), np.cos(t)])  # the end plate faces forwards, as in a lordosis
    x = np.array([np.cos(r), np.sin(r), 0.0])
    x = unit(x - (x @ z) * z)
    frame = RigidTransform.from_frame([0.0, 10.0, 0.0], np.array([x, np.cross(z, x), z]))
    target_mm = frame([side.sign * 20.0, 28.0, 8.0])
    a, b = np.radians(12.0), np.radians(caudal)
    tipward = frame.direction(unit([-side.sign * np.tan(a) * np.tan(b), -1.0, np.tan(b)]))
    curve = Curve(np.array([target_mm - tipward * s for s in np.linspace(-8, 14, 12)]))
    target = Target("L3 medial branch" if bone == "L4" else "L5 dorsal ramus", bone, side)
    course = NerveCourse(
        target, curve, (3.0, 13.0), 1.2, 1.0, "landmarks", landmarks_mm={"target": target_mm}, lps_from_vertebra=frame
    )
    electrode = Electrode(
        name="test-18g", gauge=18, outer_diameter_mm=1.27, active_tip_mm=10, cannula_length_mm=100, source="test"
    )
    placement = Placement(target, electrode, target_mm + 4 * tipward, target_mm - 60 * tipward, "given")
    ct = body(mirrored)
    return placement, course, Anatomy(ct, None, (course,), "phantom")


@pytest.mark.parametrize("side", Side)
def test_each_view_is_aimed_as_its_name_says(side):
    placement, course, _ = case(side, rotation_deg=5.0)
    poses = view_poses(placement, course)
    assert tuple(poses) == VIEW_NAMES
    frame = course.lps_from_vertebra.inverse()
    seen_from = {name: frame.direction(carm.to_detector) for name, carm in poses.items()}
    # AP: along the end plate, no turn about the vertebra.
    assert np.allclose(seen_from["AP"], [0, 1, 0], atol=1e-9)
    # The oblique turns about the vertebra's own axis, to the treated side, and stays square to the end plate.
    o = seen_from["ipsilateral oblique"]
    assert o[2] == pytest.approx(0, abs=1e-9)
    assert np.degrees(np.arctan2(side.sign * o[0], o[1])) == pytest.approx(20)
    assert poses["ipsilateral oblique"].oblique_toward is side
    # Down the barrel: tip and hub fall on one pixel.
    pixels = poses["declined"].project(placement.tip_lps_mm + np.outer([0, 30, 60], placement.shaft_direction))
    assert np.ptp(pixels[:, 0]) < 2.0
    assert poses["declined"].to_detector @ placement.shaft_direction == pytest.approx(1)
    # A true lateral of this vertebra, receptor at the treated side.
    assert np.allclose(seen_from["lateral"], [side.sign, 0, 0], atol=1e-9)
    for carm in poses.values():
        assert np.allclose(carm.isocentre_lps_mm, course.landmarks_mm["target"])


def test_the_sacral_ala_needs_less_oblique():
    placement, course, _ = case(bone="S1")
    lumbar = view_poses(*case()[:2])["ipsilateral oblique"]
    assert view_poses(placement, course)["ipsilateral oblique"].oblique_deg < lumbar.oblique_deg - 4


def test_views_carry_side_level_and_what_must_be_seen():
    placement, course, anatomy = case()
    seen = []
    views = standard_views(placement, course, anatomy, Progress(seen.append), look=QUIET, rows=256)
    assert [v.name for v in views] == list(VIEW_NAMES)
    for view in views:
        assert (view.side, view.level, view.target) == (Side.RIGHT, "L4", course.target)
        assert any(s.startswith("STOP") for s in view.must_show)
        assert view.image.shape == (256, 256)
        assert view.image.dtype == np.uint8
        assert np.ptp(view.image) > 100
    assert "L4" in " ".join(views[0].must_show)
    assert "right" in " ".join(views[0].must_show)
    assert any("foramen" in s and s.startswith("STOP") for s in views[3].must_show)
    assert seen[-1].fraction == 1.0
    assert len(seen) >= 5


def test_the_needle_is_black_where_it_projects():
    placement, course, anatomy = case()
    for view in standard_views(placement, course, anatomy, look=QUIET):
        if view.name == "declined":
            continue
        column, row = np.rint(view.carm.project(placement.active_tip_lps_mm.mean(axis=0))).astype(int)
        around = view.image[row - 12 : row + 13, column - 12 : column + 13]
        assert view.image[row, column] < np.median(around) - 25


def test_a_swapped_side_is_carried_through_the_picture():
    # The same patient mirrored, and the other side asked for: the picture is mirrored, and the marker has moved.
    right = standard_views(*case(Side.RIGHT), look=QUIET, rows=256)[0]
    left = standard_views(*case(Side.LEFT, mirrored=True), look=QUIET, rows=256)[0]
    assert np.abs(right.image.astype(int) - left.image[:, ::-1]).mean() < 1.0
    assert np.abs(right.image.astype(int) - left.image).mean() > 5.0
    # The bone block of the phantom: the patient's right is on the right of the image, as its marker says.
    block = right.carm.project([-45.0, 45.0, 0.0])
    assert block[0] > right.carm.project([0.0, 45.0, 0.0])[0]
    assert right.carm.edge_letters["right"] == "R"
    pictures = stamp(right, size=512), stamp(left, size=512)
    height = pictures[0].shape[0]
    middle = round(0.095 * 512) + 256
    box_left = (slice(middle - 10, middle - 7), slice(20, 32))
    box_right = (slice(middle - 10, middle - 7), slice(512 - 32, 512 - 20))
    assert height > 512
    assert pictures[0][box_right].mean() > 200 > 100 > pictures[0][box_left].mean()
    assert pictures[1][box_left].mean() > 200 > 100 > pictures[1][box_right].mean()


def test_a_wrong_side_is_refused():
    placement, course, anatomy = case(Side.RIGHT)
    wrong = dataclasses.replace(course.target, side=Side.LEFT)
    with pytest.raises(GuidanceError, match="the nerve given is"):
        standard_views(dataclasses.replace(placement, target=wrong), course, anatomy)
    with pytest.raises(GuidanceError, match="left and right are swapped"):
        standard_views(dataclasses.replace(placement, target=wrong), dataclasses.replace(course, target=wrong), anatomy)
    level = dataclasses.replace(course.target, bone="L3")
    with pytest.raises(GuidanceError, match="at L3"):
        standard_views(dataclasses.replace(placement, target=level), course, anatomy)


def test_a_needle_too_steep_for_the_c_arm_is_told():
    placement, course, anatomy = case(caudal=64.0, tilt_deg=-10.0)
    declined = standard_views(placement, course, anatomy, look=QUIET, rows=128)[2]
    assert declined.carm.secondary_deg == pytest.approx(-60, abs=1e-3)
    assert any("steeper than the C-arm" in s for s in declined.must_show)


def test_the_field_is_closed_where_the_ct_ends():
    placement, course, anatomy = case()
    whole = standard_views(placement, course, anatomy, look=QUIET, rows=128)[0]
    short = Volume(anatomy.ct.array[:, :, 25:60], anatomy.ct.lps_from_voxel @ _shift(25))
    view = standard_views(placement, course, dataclasses.replace(anatomy, ct=short), look=QUIET, rows=128)[0]
    assert any("CT ends" in s for s in view.must_show)
    assert not any("CT ends" in s for s in whole.must_show)
    assert not view.image[:15].any()
    assert whole.image[5, 64] > 0
    # In the open field both pictures show the same: what lies beyond the CT is made up by soft tissue of like depth.
    same = (view.image > 0) & (whole.image > 0)
    assert np.corrcoef(view.image[same], whole.image[same])[0, 1] > 0.9


def _shift(k):
    move = np.eye(4)
    move[2, 3] = k
    return move


def test_cancel_stops_between_views():
    progress = Progress(lambda event: progress.cancel() if "oblique" in event.message else None)
    with pytest.raises(Cancelled):
        standard_views(*case(), progress, look=QUIET, rows=64)


def test_stamp_marks_tip_and_nerve_where_they_project():
    placement, course, anatomy = case()
    view = standard_views(placement, course, anatomy, look=QUIET, rows=256)[3]
    plain = stamp(view, size=768).astype(int)
    assert np.ptp(plain[73:800], axis=2).max() == 0  # grey, until something is marked
    marked = stamp(view, placement=placement, course=course, size=768).astype(int)
    changed = np.abs(marked - plain).sum(axis=2) > 100
    changed[:73] = changed[800:] = False
    for colour, points in ((ACTIVE_TIP_RGB, placement.active_tip_lps_mm), (NERVE_RGB, course.neck.points_mm)):
        rows, columns = np.nonzero(changed & (np.abs(marked - np.array(colour)).max(axis=2) < 60))
        assert len(rows) > 20
        expected = (view.carm.project(points).mean(axis=0) + 0.5) * 3 - 0.5 + [0, round(0.095 * 768)]
        assert np.hypot(columns.mean() - expected[0], rows.mean() - expected[1]) < 12


@pytest.mark.parametrize("size", [512, 1024])
def test_the_words_under_a_picture_do_not_touch(size):
    placement, course, anatomy = case()
    view = standard_views(placement, course, anatomy, look=QUIET, rows=64)[0]
    wide = dataclasses.replace(view, carm=dataclasses.replace(view.carm, primary_deg=-177.3, secondary_deg=-52.5))
    picture = stamp(wide, placement=placement, course=course, size=size)
    inked = picture[-round(0.04 * size) :].max(axis=(0, 2)) > 60
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inked, [False]]).astype(int)))
    gaps = edges[2::2] - edges[1:-1:2]
    assert (gaps > 0.015 * size).sum() == 3  # legend, legend, angles, what it is not
    assert edges[0] > 0.01 * size
    assert edges[-1] < 0.99 * size


def test_stamp_refuses_another_targets_needle():
    placement, course, anatomy = case()
    view = standard_views(placement, course, anatomy, look=QUIET, rows=64)[0]
    other = case(Side.LEFT)[0]
    with pytest.raises(GuidanceError, match="to be marked"):
        stamp(view, placement=other)


def test_png_is_written_whole_or_not_at_all(tmp_path):
    from PIL import Image

    placement, course, anatomy = case()
    view = standard_views(placement, course, anatomy, look=QUIET, rows=128)[0]
    save_png(view, tmp_path / "ap.png", placement=placement, course=course)
    assert Image.open(tmp_path / "ap.png").mode == "RGB"
    with pytest.raises(OutputError):
        save_png(view, tmp_path / "nowhere" / "ap.png")
    assert [p.name for p in tmp_path.iterdir()] == ["ap.png"]
