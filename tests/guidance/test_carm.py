"""The C-arm's geometry: signs against the DICOM definition, words there and back, projection there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy.anatomy import Side
from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm, triangulate

CENTRE = np.array([12.0, -30.0, 250.0])
angles = st.tuples(st.floats(-180, 180), st.floats(-60, 60), st.floats(-180, 180))
near = st.tuples(*(st.floats(-80, 80),) * 3)


def off(point, **pose):
    return CArm(CENTRE, **pose).project(CENTRE + np.asarray(point, dtype=float)) - 255.5


def test_dicom_signs():
    # Primary 0: the patient faces the detector and we look from the detector: his left is on the image's right.
    assert off([50, 0, 0], primary_deg=0)[0] > 50
    # RF neurotomy, receptor behind: his left is on the image's left.
    assert off([50, 0, 0], primary_deg=180)[0] < -50
    # +90 = LAO: receptor at the patient's left; anterior on the image's left; a left marker is nearer, less magnified.
    assert np.allclose(CArm(CENTRE, 90).to_detector, [1, 0, 0])
    assert off([0, -50, 0], primary_deg=90)[0] < -50
    left, right = off([50, 0, 20], primary_deg=90), off([-50, 0, 20], primary_deg=90)
    assert abs(left[1]) < abs(right[1])
    # Positive secondary = cranial receptor; from in front, a posterior point then rises on the image.
    assert CArm(CENTRE, 0, 20).to_detector[2] > 0
    tilted = {"primary_deg": 0, "secondary_deg": 20}
    assert off([0, 50, 0], **tilted)[1] < 0 < off([0, -50, 0], **tilted)[1]
    # The head is up (row 0 at the top).
    assert off([0, 0, 50], primary_deg=180)[1] < -50


def test_numbers_of_the_specification():
    # evidence/radiograph.md, section 6, markers 40 mm from the isocentre.
    iso = np.zeros(3)
    left, right = CArm(iso, 90).project([[40, 0, 10], [-40, 0, 10]]) - 255.5
    assert (-left[1], -right[1]) == pytest.approx((27.2, 30.8), abs=0.05)
    assert CArm(iso, 90).project([[0, -40, 0], [0, 40, 0]])[:, 0] == pytest.approx([140, 371], abs=0.5)
    assert CArm(iso, 0).project([40, 0, 0])[0] == pytest.approx(371, abs=0.5)
    assert CArm(iso, 0, 20).project([[0, 40, 0], [0, -40, 0]])[:, 1] == pytest.approx([214, 293], abs=0.5)
    assert CArm(iso).magnification == pytest.approx(1100 / 650)
    assert CArm(iso).pixel_at_isocentre_mm == pytest.approx(0.346, abs=5e-4)


@given(angles)
def test_axes_are_right_handed_and_the_isocentre_is_in_the_middle(pose):
    carm = CArm(CENTRE, *pose)
    assert np.allclose(np.cross(carm.right, carm.up), carm.to_detector, atol=1e-12)
    assert np.allclose(carm.project(CENTRE), 255.5)
    assert np.linalg.norm(carm.source_lps_mm - CENTRE) == pytest.approx(650)
    assert np.linalg.norm(carm.detector_centre_lps_mm - carm.source_lps_mm) == pytest.approx(1100)


@given(angles, near, st.tuples(st.floats(-30, 30), st.floats(-30, 30)))
def test_projection_round_trip(pose, point, shift):
    carm = CArm(CENTRE, *pose, detector_shift_mm=shift, rows=400, columns=640)
    p = CENTRE + np.array(point)
    at = carm.project(p)
    depth = (p - CENTRE) @ carm.to_detector
    assert np.allclose(carm.back_project(at, depth), p, atol=1e-6)
    along = carm.rays(at)
    assert np.linalg.norm(np.cross(along, p - carm.source_lps_mm)) < 1e-6
    on_detector = carm.pixel_lps_mm(at)
    assert np.linalg.norm(np.cross(along, on_detector - carm.source_lps_mm)) < 1e-6


@given(angles, near)
def test_two_views_find_the_point(pose, point):
    p = CENTRE + np.array(point)
    carms = [CArm(CENTRE, *pose), CArm(CENTRE, pose[0] + 40, pose[1] / 2)]
    found, miss = triangulate(carms, [np.round(c.project(p), 1) for c in carms])  # a click to a tenth of a pixel
    assert np.linalg.norm(found - p) < 0.15
    assert miss < 0.05
    exact, miss = triangulate(carms, [c.project(p) for c in carms])
    assert np.linalg.norm(exact - p) < 1e-6


def test_triangulation_refuses_one_direction():
    carm = CArm(CENTRE, 30)
    with pytest.raises(GuidanceError, match="same ray"):
        triangulate([carm, carm], [[100, 100], [100, 100]])
    with pytest.raises(GuidanceError, match="two views"):
        triangulate([carm], [[100, 100]])


@given(st.sampled_from(list(Side)), st.floats(0.1, 179.9), st.floats(-60, 60))
def test_words_to_angles_and_back(side, oblique, caudal):
    carm = CArm.for_prone(CENTRE, oblique_toward=side, oblique_deg=oblique, caudal_deg=caudal)
    assert carm.oblique_toward is side
    assert carm.oblique_deg == pytest.approx(oblique, abs=1e-9)
    assert carm.caudal_deg == pytest.approx(caudal)
    # The receptor is on the side that was named, and below the AP beam when caudal.
    assert np.sign(carm.to_detector[0]) == side.sign
    assert carm.to_detector[2] == pytest.approx(-np.sin(np.radians(caudal)), abs=1e-12)


def test_words():
    right = CArm.for_prone(CENTRE, oblique_toward=Side.RIGHT, oblique_deg=20, caudal_deg=40)
    assert (right.primary_deg, right.secondary_deg) == (-160, -40)
    assert right.in_words == "oblique to the right 20°, caudal 40°"
    left = CArm.for_prone(CENTRE, oblique_toward=Side.LEFT, oblique_deg=25, caudal_deg=-10)
    assert (left.primary_deg, left.secondary_deg) == (155, 10)
    assert left.in_words == "oblique to the left 25°, cranial 10°"
    assert CArm.for_prone(CENTRE).in_words == "AP"
    assert CArm.for_prone(CENTRE, oblique_toward=Side.LEFT, oblique_deg=0.3).in_words == "AP"
    assert CArm(CENTRE, 0).in_words == "PA, receptor in front"
    assert CArm(CENTRE, 90).in_words == "lateral, receptor at the patient's left (90°)"
    assert CArm(CENTRE, -90).in_words == "lateral, receptor at the patient's right (90°)"


@given(angles)
def test_along_finds_the_angles_again(pose):
    carm = CArm(CENTRE, pose[0], pose[1])
    again = CArm.along(CENTRE, 3.0 * carm.to_detector)
    assert np.allclose(again.to_detector, carm.to_detector, atol=1e-9)


def test_the_marker_is_computed_from_the_pose():
    assert CArm(CENTRE, 180).edge_letters == {"left": "L", "right": "R", "top": "H", "bottom": "F"}
    assert CArm(CENTRE, 0).edge_letters == {"left": "R", "right": "L", "top": "H", "bottom": "F"}
    assert CArm(CENTRE, 90).edge_letters["left"] == "A"
    assert CArm(CENTRE, -90).edge_letters["left"] == "P"
    assert CArm(CENTRE, 180, rotation_deg=180).edge_letters == {"left": "R", "right": "L", "top": "F", "bottom": "H"}


@given(angles)
def test_marker_agrees_with_where_a_point_goes(pose):
    carm = CArm(CENTRE, *pose)
    outward = {"L": [1, 0, 0], "R": [-1, 0, 0], "P": [0, 1, 0], "A": [0, -1, 0], "H": [0, 0, 1], "F": [0, 0, -1]}
    side = carm.edge_letters["right"]
    assert carm.project(CENTRE + 40.0 * np.array(outward[side]))[0] > 255.5


def test_poses_that_cannot_be():
    with pytest.raises(GuidanceError, match="caudally: its limit is 60"):
        CArm(CENTRE, 180, -64)
    with pytest.raises(GuidanceError, match="which side"):
        CArm.for_prone(CENTRE, oblique_deg=20)
    with pytest.raises(GuidanceError, match="other side"):
        CArm.for_prone(CENTRE, oblique_toward=Side.LEFT, oblique_deg=-20)
    with pytest.raises(GuidanceError, match="between source and detector"):
        CArm(CENTRE, sod_mm=1200)
    with pytest.raises(GuidanceError, match="behind the X-ray source"):
        CArm(CENTRE, 0).project(CArm(CENTRE, 0).source_lps_mm + [0, 5, 0])
    with pytest.raises(GuidanceError, match="three numbers"):
        CArm(np.zeros(2))


def test_preview_has_the_same_field():
    carm = CArm(CENTRE, -160, -20)
    small = carm.with_pixels(256)
    point = CENTRE + [10, 20, 30]
    assert (small.rows, small.columns) == (256, 256)
    assert np.allclose(small.project(point) + 0.5, (carm.project(point) + 0.5) / 2)
