"""Segments and lines lie on the CT where they were, reference its images, and say their side."""

import highdicom
import numpy as np
import pydicom
import pytest
from skimage.color import rgb2lab

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging.export.ct import axial, ct_datasets, ct_digest
from neurotomy.imaging.export.identity import Identity
from neurotomy.imaging.export.segmentation import Segment, segmentation_dataset
from neurotomy.imaging.export.structure_set import Line, structure_set_dataset
from neurotomy.imaging.export.study import Study

from .volumes import asymmetric_ct

NERVE = ("3057000", "SCT", "Nerve")
CATEGORY = ("123037004", "SCT", "Anatomical Structure")
L4 = ("11994002", "SCT", "L4 vertebra")


def made(ct, masks, laterality="right"):
    study = Study.pseudonymous(Identity("case 1"), ct_digest(ct), "L4/5 right")
    images = ct_datasets(ct, study, "CT")
    segments = [
        Segment(
            f"region {n} {laterality}", f"region {n}", Volume(mask, ct.lps_from_voxel), CATEGORY, NERVE, L4, laterality,
            (255, 214, 10),
        )
        for n, mask in enumerate(masks)
    ]  # fmt: skip
    return study, images, segmentation_dataset(segments, images, study, series=(5, study.series_uid("s"), "regions"))


def places(volume, inside):
    points = volume.lps(np.argwhere(inside))
    return points[np.lexsort(np.round(points, 3).T)]


@pytest.mark.parametrize(
    ("order", "flips"), [((0, 1, 2), (1, 1, 1)), ((2, 0, 1), (-1, 1, -1)), ((1, 0, 2), (-1, -1, -1))]
)
def test_segments_come_back_in_their_places_and_may_overlap(tmp_path, order, flips):
    ct = asymmetric_ct(order, flips, tilt_deg=3.0)
    rng = np.random.default_rng(2)
    first = np.zeros(ct.shape, dtype=bool)
    bone = np.argwhere(ct.array == 1200)
    first[tuple(bone.T)] = True
    second = first & (rng.random(ct.shape) < 0.5)
    second[tuple(np.array(ct.shape) - 1)] = True
    _, images, seg = made(ct, [first, second])
    seg.save_as(tmp_path / "seg.dcm")
    back = highdicom.seg.segread(tmp_path / "seg.dcm")
    found = back.get_volume(combine_segments=False)
    assert found.frame_of_reference_uid == images[0].FrameOfReferenceUID
    for n, mask in enumerate((first, second)):
        inside = found.array[..., n] > 0
        lps = np.argwhere(inside) @ found.affine[:3, :3].T + found.affine[:3, 3]
        lps = lps[np.lexsort(np.round(lps, 3).T)]
        np.testing.assert_allclose(lps, places(ct, mask), atol=1e-3)


def test_segments_that_lie_apart_come_back_each_in_its_place(tmp_path):
    ct = asymmetric_ct((1, 2, 0), (1, -1, -1), tilt_deg=3.0)
    rest = np.random.default_rng(4).integers(0, 5, ct.shape)  # of five parts three are segments
    _, _, seg = made(ct, [rest == 1, rest == 2, rest == 3])
    seg.save_as(tmp_path / "seg.dcm")
    found = highdicom.seg.segread(tmp_path / "seg.dcm").get_volume(combine_segments=False)
    for n in range(3):
        lps = np.argwhere(found.array[..., n]) @ found.affine[:3, :3].T + found.affine[:3, 3]
        np.testing.assert_allclose(lps[np.lexsort(np.round(lps, 3).T)], places(ct, rest == n + 1), atol=1e-3)


def test_frames_reference_the_images_they_lie_on():
    ct = asymmetric_ct()
    inside = np.zeros(ct.shape, dtype=bool)
    inside[3:6, 4:7, 5:8] = True
    _, images, seg = made(ct, [inside])
    by_place = {tuple(float(v) for v in i.ImagePositionPatient): i.SOPInstanceUID for i in images}
    assert int(seg.NumberOfFrames) == 3
    assert (seg.Rows, seg.Columns) == (images[0].Rows, images[0].Columns)
    for frame in seg.PerFrameFunctionalGroupsSequence:
        place = tuple(float(v) for v in frame.PlanePositionSequence[0].ImagePositionPatient)
        source = frame.DerivationImageSequence[0].SourceImageSequence[0]
        assert source.ReferencedSOPInstanceUID == by_place[place]


def test_a_segment_says_side_colour_and_what_it_is_not():
    ct = asymmetric_ct()
    inside = ct.array == 1200
    _, _, seg = made(ct, [inside], "left")
    (item,) = seg.SegmentSequence
    assert item.SegmentLabel == "region 0 left"
    assert item.SegmentDescription == "region 0"
    assert item.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeMeaning == "Left"
    assert seg.ContentDescription == "Research and teaching, not a medical device"
    assert (str(seg.PatientName), seg.PatientIdentityRemoved) == ("case 1", "YES")
    lab = np.array(item.RecommendedDisplayCIELabValue) / 65535 * [100, 255, 255] - [0, 128, 128]
    np.testing.assert_allclose(lab, rgb2lab(np.array([[[255, 214, 10]]], dtype=np.uint8))[0, 0], atol=0.1)


def test_other_regions_have_other_uids_and_the_same_the_same():
    ct = asymmetric_ct()
    inside = ct.array == 1200
    uids = [made(ct, [mask])[2].SOPInstanceUID for mask in (inside, inside.copy(), ct.array > 250)]
    assert uids[0] == uids[1] != uids[2]


def test_an_empty_segment_is_refused_by_name():
    ct = asymmetric_ct()
    with pytest.raises(ImageError, match="'region 1 right' is empty"):
        made(ct, [ct.array == 1200, np.zeros(ct.shape, dtype=bool)])


def test_lines_come_back_with_their_side_and_frame_of_reference(tmp_path):
    ct = asymmetric_ct()
    study = Study.pseudonymous(Identity("case 1"), ct_digest(ct), "L4/5 right")
    images = ct_datasets(ct, study, "CT")
    needle = np.array([[-21.5, 33.25, -52.125], [-43.0, 95.0, -110.0]])
    lines = [
        Line("Needle, L4 right", "L3 medial branch at L4, right", needle, (0, 190, 255)),
        Line("Tip, L4 right", "apex", needle[0], (0, 190, 255)),
    ]
    made = structure_set_dataset(lines, images, study, series=(6, study.series_uid("r"), "needles"))
    pydicom.dcmwrite(tmp_path / "rs.dcm", made, enforce_file_format=True)
    back = pydicom.dcmread(tmp_path / "rs.dcm")
    assert [r.ROIName for r in back.StructureSetROISequence] == ["Needle, L4 right", "Tip, L4 right"]
    contours = [c.ContourSequence[0] for c in back.ROIContourSequence]
    assert [c.ContourGeometricType for c in contours] == ["OPEN_NONPLANAR", "POINT"]
    np.testing.assert_array_equal(np.reshape(contours[0].ContourData, (-1, 3)), needle)
    frame = back.ReferencedFrameOfReferenceSequence[0]
    assert frame.FrameOfReferenceUID == images[0].FrameOfReferenceUID
    named = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0].ContourImageSequence
    assert [n.ReferencedSOPInstanceUID for n in named] == [i.SOPInstanceUID for i in images]
    assert "not a medical device" in back.StructureSetDescription
    assert axial(ct).shape[2] == len(images)
