"""Label maps: two numberings, any storage order, and never a guess."""

import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from image_files import stored_as, write_nifti

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging import VERTEBRA_IDS, read_ct, read_labels
from neurotomy.imaging.nifti import LPS_FROM_RAS

NAMES = list(VERTEBRA_IDS)
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])


def column(numbers):
    """RAS+ map with these numbers from the head down, each 30 mm below the last and leaning to the patient's left."""
    array = np.zeros((30, 12, 10 * len(numbers)), np.uint8)
    for n, number in enumerate(numbers):
        z = array.shape[2] - 10 * (n + 1)
        array[18 - n : 22 - n, 3:9, z + 1 : z + 9] = number
    return array


def ct_like(array, affine=AFFINE):
    return Volume(np.zeros(array.shape, np.int16), LPS_FROM_RAS @ affine)


def test_numbers():
    assert [VERTEBRA_IDS[n] for n in ("S1", "L5", "L1", "T12", "T1", "C7", "C1")] == [26, 27, 31, 32, 43, 44, 50]
    assert len(VERTEBRA_IDS) == 25


TOTAL = [33, 32, 31, 30, 29, 28, 27, 26, 25]
VERSE = [18, 19, 20, 21, 22, 23, 24, 26]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (TOTAL, TOTAL),
        ([31, 30, 29], [31, 30, 29]),
        ([28, 27, 26], [28, 27, 26]),  # all could be VerSe numbers; the order says they are not
        (VERSE, [33, 32, 31, 30, 29, 28, 27, 25]),
        ([20, 21, 22], [31, 30, 29]),
        ([1, 2, 3, 4], [50, 49, 48, 47]),
    ],
)
def test_numbering_is_told_from_numbers_and_order(tmp_path, numbers, expected):
    array = column(numbers)
    labels = read_labels(write_nifti(tmp_path / "l.nii.gz", array, AFFINE), ct_like(array))
    found = [int(labels.array[:, :, 10 * k + 5].max()) for k in range(len(numbers))]
    assert found[::-1] == expected


@pytest.mark.parametrize("numbers", [[26], [27, 5], [24, 22, 23], [25]])
def test_what_cannot_be_told_is_asked(tmp_path, numbers):
    array = column(numbers)
    with pytest.raises(ImageError, match="label_scheme"):
        read_labels(write_nifti(tmp_path / "l.nii.gz", array, AFFINE), ct_like(array))


def test_the_person_can_say(tmp_path):
    path = write_nifti(tmp_path / "l.nii.gz", column([26]), AFFINE)
    ct = ct_like(column([26]))
    assert read_labels(path, ct, "totalsegmentator").array.max() == 26
    assert read_labels(path, ct, "verse").array.max() == 25
    with pytest.raises(ImageError, match="Did you mean 'verse'"):
        read_labels(path, ct, "vers")


@pytest.mark.parametrize(("numbers", "name"), [([22, 23, 24, 25, 26], "L6"), ([19, 28, 20], "T13")])
def test_extra_vertebrae_are_refused(tmp_path, numbers, name):
    array = column(numbers)
    with pytest.raises(ImageError, match=name):
        read_labels(write_nifti(tmp_path / "l.nii.gz", array, AFFINE), ct_like(array), "verse")


@pytest.mark.parametrize("codes", ["LPS", "RPI", "SRA", "ASR", "LAI", "ALS"])
def test_storage_order_of_the_map_does_not_matter(tmp_path, codes):
    array = column(TOTAL)
    path = write_nifti(tmp_path / "l.nii.gz", *stored_as(array, AFFINE, codes))
    labels = read_labels(path, ct_like(array))
    assert np.array_equal(labels.array, array)
    turned, affine = stored_as(array, AFFINE, codes)
    plain = write_nifti(tmp_path / "p.nii.gz", array, AFFINE)
    assert np.array_equal(read_labels(plain, ct_like(turned, affine)).array, turned)


def refused(path, ct, words):
    with pytest.raises(ImageError, match=words) as caught:
        read_labels(path, ct)
    assert "\n" not in str(caught.value)


def test_maps_of_other_images(tmp_path):
    array = column(TOTAL)
    path = write_nifti(tmp_path / "l.nii.gz", array, AFFINE)
    refused(path, ct_like(array[:, :, 1:]), "30×12×90 voxels and the CT 30×12×89")
    moved = AFFINE.copy()
    moved[0, 3] = 40.0
    refused(path, ct_like(array, moved), "40.0 mm away")
    refused(path, ct_like(array, np.diag([1.5, 3.0, 3.0, 1.0])), "another grid")
    mirrored = AFFINE @ np.diag([-1.0, 1.0, 1.0, 1.0])
    refused(path, ct_like(array, mirrored), "does not lie where the CT lies")


def test_what_is_no_label_map(tmp_path):
    array = column(TOTAL)
    ct = ct_like(array)
    refused(tmp_path / "none.nii.gz", ct, "There is no label map")
    refused(write_nifti(tmp_path / "hu.nii.gz", array.astype(np.int16) - 1000, AFFINE), ct, "no label map")
    refused(write_nifti(tmp_path / "f.nii.gz", array.astype(np.float32) + 0.5, AFFINE), ct, "no label map")
    refused(write_nifti(tmp_path / "zero.nii.gz", np.zeros_like(array), AFFINE), ct, "empty")
    refused(write_nifti(tmp_path / "organs.nii.gz", np.where(array, 90, 0).astype(np.uint8), AFFINE), ct, "no vertebra")
    path = write_nifti(tmp_path / "t.nii.gz", np.random.default_rng(0).permuted(array, axis=0), AFFINE)
    path.write_bytes(path.read_bytes()[:300])
    refused(path, ct, "damaged")


@pytest.mark.data
def test_real_maps(real_data):
    for folder, held in (("lumbar_totalseg_3mm", range(26, 34)), ("thoracolumbar_lidc0001", range(29, 37))):
        ct = read_ct(real_data(f"{folder}/ct.nii.gz")).volume
        labels = read_labels(real_data(f"{folder}/labels_totalseg.nii.gz"), ct)
        assert set(held) <= set(np.unique(labels.array).tolist())


@pytest.mark.data
def test_real_verse_map(real_data):
    path = real_data("verse004_labels_t9_l5/labels_vert_verse.nii.gz")
    stored = nibabel.load(path)
    ct = Volume(np.zeros(stored.shape, np.int16), LPS_FROM_RAS @ stored.affine)
    labels = read_labels(path, ct)
    assert [int(n) for n in np.unique(labels.array)] == [0, *range(27, 36)]
    assert np.array_equal(labels.array == VERTEBRA_IDS["L1"], np.asarray(stored.dataobj) == 20)
