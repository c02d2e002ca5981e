"""VerSe's centroids: in the patient's frame whichever way the map is stored, and a cross-check of its numbering."""

import json
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from image_files import ORIENTATIONS, stored_as, write_nifti

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging import VERTEBRA_IDS, read_labels
from neurotomy.imaging.nifti import LPS_FROM_RAS
from neurotomy.imaging.verse import check_centroids, read_centroids

AFFINE = np.diag([2.0, 2.5, 3.0, 1.0])
L1 = np.array([22, 6, 25])
L2 = np.array([20, 7, 12])


def spine():
    """RAS+ map with L1 and L2 in TotalSegmentator's numbers, leaning to the patient's right."""
    array = np.zeros((30, 12, 40), np.uint8)
    for number, (i, j, k) in ((31, L1), (30, L2)):
        array[i - 3 : i + 4, j - 3 : j + 4, k - 3 : k + 4] = number
    return array


def written(path, direction="RAS", numbers=(L1, L2), labels=(20, 21)):
    shape = np.array(spine().shape)
    rows = []
    for label, at in zip(labels, numbers, strict=True):
        counted = []
        for letter in direction:
            axis = {"R": 0, "L": 0, "A": 1, "P": 1, "S": 2, "I": 2}[letter]
            counted.append(int(at[axis]) if letter in "RAS" else int(shape[axis] - 1 - at[axis]))
        rows.append({"label": label, "X": counted[0], "Y": counted[1], "Z": counted[2]})
    path.write_text(json.dumps([{"direction": list(direction)}, *rows]))
    return path


@pytest.mark.parametrize("direction", ["RAS", "PIR", "LPS", "SRA"])
@pytest.mark.parametrize("codes", ORIENTATIONS[::5])
def test_they_lie_in_their_vertebrae(tmp_path, codes, direction):
    array, affine = stored_as(spine(), AFFINE, codes)
    labels = Volume(array, LPS_FROM_RAS @ affine)
    found = read_centroids(written(tmp_path / "c.json", direction), labels)
    assert found["L1"] == pytest.approx(L1 * [-2.0, -2.5, 3.0])
    assert found["L2"] == pytest.approx(L2 * [-2.0, -2.5, 3.0])
    check_centroids(labels, found)


def test_a_shifted_numbering_is_found(tmp_path):
    labels = Volume(spine(), LPS_FROM_RAS @ AFFINE)
    shifted = read_centroids(written(tmp_path / "c.json", labels=(19, 20)), labels)
    with pytest.raises(ImageError, match="T12 .* is not in the label map"):
        check_centroids(labels, shifted)
    swapped = read_centroids(written(tmp_path / "c.json", labels=(21, 20)), labels)
    with pytest.raises(ImageError, match="lies .* mm from it"):
        check_centroids(labels, swapped)
    mirrored = read_centroids(written(tmp_path / "c.json", "LAS"), labels)
    check_centroids(labels, mirrored)  # counted from the other side, and said so
    path = written(tmp_path / "c.json", "LAS")
    path.write_text(path.read_text().replace('"L"', '"R"'))
    with pytest.raises(ImageError, match="mm from it"):
        check_centroids(labels, read_centroids(path, labels))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '[{"direction": ["L", "L", "S"]}]', "[1, 2]", '[{"direction": "PIR"}]']
)
def test_what_is_no_such_file(tmp_path, text):
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(ImageError, match="no file of VerSe centroids"):
        read_centroids(tmp_path / "c.json", Volume(spine(), AFFINE))


def test_outside_the_image(tmp_path):
    path = written(tmp_path / "c.json", numbers=(L1, np.array([20, 7, 90])))
    with pytest.raises(ImageError, match="L2 .* outside the image"):
        read_centroids(path, Volume(spine(), LPS_FROM_RAS @ AFFINE))


def test_centroids_beside_a_map_are_heard(tmp_path):
    array = np.where(spine() == 31, 20, np.where(spine() == 30, 21, 0)).astype(np.uint8)
    path = write_nifti(tmp_path / "sub-1_seg-vert_msk.nii.gz", array, AFFINE)
    ct = Volume(np.zeros(array.shape, np.int16), LPS_FROM_RAS @ AFFINE)
    written(tmp_path / "sub-1_seg-subreg_ctd.json")
    assert read_labels(path, ct).array.max() == 31
    written(tmp_path / "sub-1_seg-subreg_ctd.json", labels=(19, 20))
    with pytest.raises(ImageError, match=r"T12 of sub-1_seg-subreg_ctd.json is not in the label map"):
        read_labels(path, ct)


@pytest.mark.data
def test_the_real_ones_lie_in_their_bodies(real_data):
    path = real_data("verse004_labels_t9_l5/labels_vert_verse.nii.gz")
    stored = nibabel.load(path)
    labels = read_labels(path, Volume(np.zeros(stored.shape, np.int16), LPS_FROM_RAS @ stored.affine))
    found = read_centroids(real_data("verse004_labels_t9_l5/sub-verse004_seg-subreg_ctd.json"), labels)
    assert list(found) == ["T9", "T10", "T11", "T12", "L1", "L2", "L3", "L4", "L5"]
    check_centroids(labels, found)
    for bone, at in found.items():
        assert labels.sample(at, order=0) == VERTEBRA_IDS[bone]
