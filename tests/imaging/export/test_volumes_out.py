"""A CT written as DICOM or NIfTI is read back with the same numbers in the same places, however it was stored."""

import itertools

import nibabel
import numpy as np
import pydicom
import pytest

from neurotomy.geometry import Volume
from neurotomy.imaging import read_ct
from neurotomy.imaging.export.ct import axial, ct_datasets, ct_digest
from neurotomy.imaging.export.identity import Identity
from neurotomy.imaging.export.nifti import write_nifti
from neurotomy.imaging.export.study import Study

from .volumes import SPACING, asymmetric_ct

ORDERS = list(itertools.permutations(range(3)))
FLIPS = list(itertools.product((1, -1), repeat=3))


def study_of(ct):
    return Study.pseudonymous(Identity("case 1"), ct_digest(ct), "L4/5 right")


def same_numbers_in_the_same_places(found: Volume, given: Volume):
    index = np.argwhere(np.ones(given.shape, dtype=bool))
    there = np.rint(found.voxels(given.lps(index))).astype(int)
    np.testing.assert_allclose(found.lps(there), given.lps(index), atol=1e-6)
    np.testing.assert_array_equal(found.array[tuple(there.T)], given.array[tuple(index.T)])
    assert found.array.size == given.array.size


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("flips", FLIPS)
def test_turning_axes_keeps_every_voxel_in_its_place(order, flips):
    ct = asymmetric_ct(order, flips)
    turned = axial(ct)
    same_numbers_in_the_same_places(turned, ct)
    assert np.all(np.diag(turned.lps_from_voxel)[:3] > 0)
    assert ct_digest(ct) == ct_digest(asymmetric_ct())


@pytest.mark.parametrize(
    ("order", "flips"), [((0, 1, 2), (1, 1, 1)), ((2, 0, 1), (-1, 1, -1)), ((1, 0, 2), (-1, -1, 1))]
)
def test_dicom_series_comes_back_identical(tmp_path, order, flips):
    ct = asymmetric_ct(order, flips, tilt_deg=7.0)
    for n, image in enumerate(ct_datasets(ct, study_of(ct), "CT, L4/5 right")):
        pydicom.dcmwrite(tmp_path / f"{n}.dcm", image, enforce_file_format=True)
    same_numbers_in_the_same_places(read_ct(tmp_path).volume, ct)


def test_images_say_side_by_orientation_and_nothing_of_the_patient():
    ct = asymmetric_ct((0, 1, 2), (-1, -1, 1))
    images = ct_datasets(ct, study_of(ct), "CT, L4/5 right")
    assert [float(v) for v in images[0].ImageOrientationPatient] == [1, 0, 0, 0, 1, 0]
    assert [float(v) for v in images[0].PixelSpacing] == [SPACING[1], SPACING[0]]
    assert {str(image.PatientName) for image in images} == {"case 1"}
    assert {image.BurnedInAnnotation for image in images} == {"NO"}
    assert all("not a medical device" in image.ImageComments for image in images)
    assert len({image.SOPInstanceUID for image in images}) == ct.shape[2]
    assert not any(element.VR in {"DA", "TM", "DT"} and element.value for image in images for element in image)


def test_another_ct_has_other_uids_and_the_same_ct_the_same():
    ct = asymmetric_ct()
    changed = Volume(ct.array.copy(), ct.lps_from_voxel)
    changed.array[0, 0, 0] += 1
    moved = Volume(ct.array, np.array(ct.lps_from_voxel) + np.eye(4)[:, [3]] @ np.zeros((1, 4)))
    first, again, other = (ct_datasets(v, study_of(v), "CT")[0].SOPInstanceUID for v in (ct, moved, changed))
    assert first == again != other


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_nifti_comes_back_identical_through_our_reader_and_through_nibabel(tmp_path, name):
    ct = asymmetric_ct((2, 0, 1), (-1, 1, -1))
    write_nifti(ct, tmp_path / name)
    found = read_ct(tmp_path / name).volume
    np.testing.assert_array_equal(found.array, ct.array)
    np.testing.assert_allclose(found.lps_from_voxel, ct.lps_from_voxel, atol=1e-4)
    # An independent reading: the bone on the patient's left has a negative x in NIfTI's RAS.
    image = nibabel.load(tmp_path / name)
    bone = np.argwhere(np.asarray(image.dataobj) == 1200).mean(axis=0)
    ras = image.affine[:3, :3] @ bone + image.affine[:3, 3]
    np.testing.assert_allclose(ras * [-1, -1, 1], ct.lps(np.argwhere(ct.array == 1200).mean(axis=0)), atol=1e-4)
    assert image.header["descrip"].item().decode() == "Research and teaching, not a medical device"


def test_the_same_volume_gives_the_same_compressed_file(tmp_path):
    ct = asymmetric_ct()
    write_nifti(ct, tmp_path / "a.nii.gz")
    write_nifti(ct, tmp_path / "b.nii.gz")
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()
