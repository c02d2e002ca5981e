"""CT from NIfTI: left stays left in every storage order; what is no CT is refused in one line."""

import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from image_files import MARKER_LPS, ORIENTATIONS, body, centre_of, stored_as, write_nifti

from neurotomy.errors import ImageError
from neurotomy.imaging import read_ct


@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_the_left_marker_stays_left(tmp_path, codes):
    hu, affine = stored_as(*body(), codes)
    ct = read_ct(write_nifti(tmp_path / "ct.nii.gz", hu, affine)).volume
    assert centre_of(ct, ct.array > 500) == pytest.approx(MARKER_LPS, abs=1.0)
    assert ct.sample(MARKER_LPS) > 500
    assert ct.sample(MARKER_LPS * [-1, 1, 1]) < 100  # nothing on the right
    assert np.array_equal(ct.array, hu)  # and no voxel was moved in the file's order


def test_an_oblique_image_keeps_its_place(tmp_path):
    hu, affine = body()
    angle = np.radians(20)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    ct = read_ct(write_nifti(tmp_path / "ct.nii", hu, turn @ affine)).volume
    expected = turn[:3, :3] @ MARKER_LPS  # a turn about z looks the same in RAS and LPS
    assert centre_of(ct, ct.array > 500) == pytest.approx(expected, abs=1.0)


def test_padding_below_air_is_air(tmp_path):
    hu, affine = body()
    hu[:2] = -3024
    ct = read_ct(write_nifti(tmp_path / "ct.nii.gz", hu, affine))
    assert ct.volume.array.min() == -1024
    assert ct.volume.array.dtype == np.int16
    assert "NIfTI, 40×30×20 voxels of 2 × 2.5 × 3 mm" in ct.description
    assert len(ct.sha256) == 64


def test_numbers_with_a_fraction_and_without(tmp_path):
    hu, affine = body()
    floats = hu.astype(np.float32) + 0.25
    floats[0, 0, 0] = np.nan
    ct = read_ct(write_nifti(tmp_path / "ct.nii.gz", floats, affine))
    assert ct.volume.array[0, 0, 0] == -1024
    assert "1 voxels without a number" in ct.warnings[0]
    assert np.array_equal(ct.volume.array[1:], hu[1:])


def refused(path, words):
    with pytest.raises(ImageError, match=words) as caught:
        read_ct(path)
    assert "\n" not in str(caught.value)


def test_truncated_file(tmp_path):
    path = write_nifti(tmp_path / "ct.nii.gz", *body())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refused(path, "damaged")
    plain = write_nifti(tmp_path / "ct.nii", *body())
    plain.write_bytes(plain.read_bytes()[:2000])
    refused(plain, "damaged")


def test_no_image_at_all(tmp_path):
    path = tmp_path / "ct.nii.gz"
    path.write_bytes(b"hello")
    refused(path, "damaged or no NIfTI")
    refused(tmp_path / "none.nii.gz", "no file or folder")
    (tmp_path / "ct.png").write_bytes(b"x")
    refused(tmp_path / "ct.png", "neither NIfTI")


def test_four_axes(tmp_path):
    hu, affine = body()
    refused(write_nifti(tmp_path / "ct.nii.gz", np.stack([hu, hu], axis=-1), affine), "4 axes")
    one = read_ct(write_nifti(tmp_path / "one.nii.gz", hu[..., None], affine)).volume
    assert one.shape == hu.shape


def test_what_is_no_ct(tmp_path):
    hu, affine = body()
    refused(write_nifti(tmp_path / "labels.nii.gz", (hu > 100).astype(np.uint8), affine), "no CT in Hounsfield")
    refused(write_nifti(tmp_path / "raw.nii.gz", hu + np.int16(1024), affine), "without its rescale intercept")
    refused(write_nifti(tmp_path / "air.nii.gz", np.minimum(hu, np.int16(60)), affine), "no bone")


def test_unknown_or_contradicting_orientation(tmp_path):
    hu, affine = body()
    image = nibabel.Nifti1Image(hu, affine)
    image.set_sform(None, 0)
    image.set_qform(None, 0)
    nibabel.save(image, tmp_path / "unset.nii.gz")
    refused(tmp_path / "unset.nii.gz", "left and right are unknown")
    image.set_sform(affine, 1)
    image.set_qform(affine @ np.diag([-1, 1, 1, 1]), 1)
    nibabel.save(image, tmp_path / "both.nii.gz")
    refused(tmp_path / "both.nii.gz", "contradicts itself")


def test_skewed_axes(tmp_path):
    hu, affine = body()
    affine[1, 2] = 1.0
    image = nibabel.Nifti1Image(hu, affine)
    image.set_qform(None, 0)
    nibabel.save(image, tmp_path / "skew.nii.gz")
    refused(tmp_path / "skew.nii.gz", "skewed")
