"""Views as DICOM: the same pixels, the same C-arm, and the patient's sides where the pose says they are."""

import numpy as np
import pydicom
import pytest

from neurotomy.anatomy import Side
from neurotomy.errors import ImageError
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.stamp import stamp
from neurotomy.imaging.export.identity import Identity
from neurotomy.imaging.export.picture import direction_letters, xray_dataset
from neurotomy.imaging.export.study import Study
from neurotomy.report.export.radiographs import captures, carm_of, pose_of, xrays

from ..scene import treatment

STUDY = Study.pseudonymous(Identity("walking path"), "ct", "L4/5")


def views(side):
    return [(needle, view) for needle in treatment(side).guidance.needles for view in needle.views]


def through_a_file(image, tmp_path):
    pydicom.dcmwrite(tmp_path / "one.dcm", image, enforce_file_format=True)
    return pydicom.dcmread(tmp_path / "one.dcm")


@pytest.mark.parametrize("side", list(Side))
def test_an_xray_comes_back_with_its_pixels_and_its_c_arm(side, tmp_path):
    made = xrays(treatment(side), STUDY)
    assert len(made) == 8
    for (_, view), (name, image) in zip(views(side), made.items(), strict=True):
        back = through_a_file(image, tmp_path)
        np.testing.assert_array_equal(back.pixel_array, view.image)
        carm = carm_of(back)
        point = view.carm.isocentre_lps_mm + [7.0, -12.0, 21.0]
        np.testing.assert_allclose(carm.project(point), view.carm.project(point), atol=1e-6)
        assert name.endswith(f"-{side.value}-{view.name.replace(' ', '-').lower()}")
        assert back.ImageLaterality == side.letter
        assert back.BurnedInAnnotation == "NO"
        assert side.value in back.ImageComments


@pytest.mark.parametrize("side", list(Side))
def test_the_letters_of_an_xray_are_those_of_its_edges(side):
    for (_, view), image in zip(views(side), xrays(treatment(side), STUDY).values(), strict=True):
        row, column = image.PatientOrientation
        assert row[0] == view.carm.edge_letters["right"]
        assert column[0] == view.carm.edge_letters["bottom"]


def test_angles_are_those_of_the_standard():
    """PS3.3 C.8.7.5.1.2: LAO is positive, cranial is positive; here by where the detector is."""
    left_front_high = CArm(np.zeros(3), 30.0, 20.0)
    assert left_front_high.to_detector[0] > 0  # at the patient's left
    assert left_front_high.to_detector[1] < 0  # in front
    assert left_front_high.to_detector[2] > 0  # towards the head
    grey = np.zeros((512, 512), dtype=np.uint8)
    image = xray_dataset(
        grey,
        pose_of(left_front_high),
        STUDY,
        series=(1, "1.2", "x"),
        number=1,
        laterality="L",
        body_part="LSPINE",
        comment="x",
    )
    assert (float(image.PositionerPrimaryAngle), float(image.PositionerSecondaryAngle)) == (30.0, 20.0)
    assert float(image.PixelSpacing[0]) == pytest.approx(left_front_high.pixel_at_isocentre_mm)
    assert float(image.EstimatedRadiographicMagnificationFactor) == pytest.approx(1100 / 650)


def test_a_turned_shifted_detector_comes_back(tmp_path):
    carm = CArm(np.array([1.0, -2.0, 3.5]), -150.0, -35.0, 12.5, 1000.0, 600.0, 300, 400, 0.7, (11.0, -6.0))
    image = xray_dataset(
        np.zeros((300, 400), dtype=np.uint8),
        pose_of(carm),
        STUDY,
        series=(1, "1.2", "x"),
        number=1,
        laterality="R",
        body_part="LSPINE",
        comment="x",
    )
    back = carm_of(through_a_file(image, tmp_path))
    point = [20.0, 30.0, -10.0]
    np.testing.assert_allclose(back.project(point), carm.project(point), atol=1e-6)


@pytest.mark.parametrize("side", list(Side))
def test_a_capture_is_the_stamped_picture_and_says_that_text_is_burnt_in(side, tmp_path):
    made = captures(treatment(side), STUDY)
    for (needle, view), image in zip(views(side), made.values(), strict=True):
        back = through_a_file(image, tmp_path)
        course = treatment(side).anatomy.course(view.target)
        np.testing.assert_array_equal(back.pixel_array, stamp(view, placement=needle.placement, course=course))
        assert back.BurnedInAnnotation == "YES"
        assert back.SeriesDescription == f"L4/5 {side.value}: views, simulated"
        assert f"{view.target.label}: {view.name} view" in back.ImageComments
        assert "not a medical device" in back.ImageComments
        assert "FrameOfReferenceUID" not in back


def test_another_side_is_another_series_and_the_same_treatment_the_same():
    left, right, again = (xrays(treatment(side), STUDY) for side in (Side.LEFT, Side.RIGHT, Side.RIGHT))
    first = [next(iter(made.values())) for made in (left, right, again)]
    assert first[0].SeriesInstanceUID != first[1].SeriesInstanceUID == first[2].SeriesInstanceUID
    assert first[1].SOPInstanceUID == first[2].SOPInstanceUID
    assert len({image.SOPInstanceUID for made in (left, right) for image in made.values()}) == 16


def test_an_image_of_others_has_no_c_arm_of_ours():
    image = next(iter(xrays(treatment(Side.RIGHT), STUDY).values()))
    del image[0x0019, 0x1001]
    with pytest.raises(ImageError, match="not of neurotomy"):
        carm_of(image)


@pytest.mark.parametrize(
    ("direction", "letters"),
    [
        ([1, 0, 0], "L"),
        ([-1, 0, 0], "R"),
        ([0, 1, 0], "P"),
        ([0, -0.9, 0.4], "AH"),
        ([0.1, 0, -1], "F"),
        ([-6, 8, 0], "PR"),
    ],
)
def test_letters_of_directions(direction, letters):
    assert direction_letters(np.array(direction) / np.linalg.norm(direction)) == letters
