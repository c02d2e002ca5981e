"""DICOM Segmentations written by highdicom: every kind, each bone in its place, names and codes that must agree."""

import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

sys.path.insert(0, str(Path(__file__).parent))
from image_files import body, stored_as, write_dicom

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging import read_ct, read_labels

hd = pytest.importorskip("highdicom")


def whole(image, k):
    """What highdicom asks of a source image."""
    image.StudyInstanceUID, image.FrameOfReferenceUID = "1.2.3", "1.2.3.9"
    image.PatientID = image.PatientName = image.StudyID = image.AccessionNumber = "p"
    image.PatientBirthDate = image.PatientSex = image.StudyDate = image.StudyTime = ""
    image.InstanceNumber = k + 1


@pytest.fixture(scope="module")
def ct(tmp_path_factory):
    folder = write_dicom(tmp_path_factory.mktemp("ct") / "s", *stored_as(*body(), "LPS"), change=whole)
    images = [pydicom.dcmread(path) for path in sorted(folder.iterdir())]
    return images, read_ct(folder).volume


NAMED = {1: "vertebrae_L4", 2: "vertebrae_L5", 3: "kidney"}


def bones():
    """(slices, rows, columns) of segment numbers: not symmetric in any direction."""
    array = np.zeros((20, 30, 40), np.uint8)
    array[12:17, 8:14, 22:30] = 1  # columns run to the patient's left, rows to the back, slices to the head
    array[4:9, 10:17, 20:27] = 2
    array[3:6, 2:5, 5:9] = 3
    return array


def described(number, label, kind):
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=kind,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
    )


def written(path, images, array, kind="BINARY", names=NAMED, types=None):
    types = types or dict.fromkeys(names, codes.SCT.Bone)
    if array.ndim == 3 and kind != "LABELMAP":
        array = np.stack([array == n for n in names], axis=-1)
        array = array.astype(np.float32) * 0.8 if kind == "FRACTIONAL" else array.astype(np.uint8)
    made = hd.seg.Segmentation(
        source_images=images,
        pixel_array=array,
        segmentation_type=kind,
        segment_descriptions=[described(n, label, types[n]) for n, label in names.items()],
        series_instance_uid="1.2.7",
        series_number=2,
        sop_instance_uid="1.2.7.1",
        instance_number=1,
        manufacturer="m",
        manufacturer_model_name="m",
        software_versions="1",
        device_serial_number="1",
    )
    made.save_as(path)
    return path


def expected():
    return np.select([bones() == 1, bones() == 2], [28, 27]).transpose(2, 1, 0)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["BINARY", "FRACTIONAL", "LABELMAP"])
def test_every_kind_lies_where_it_was_drawn(tmp_path, ct, kind):
    images, volume = ct
    labels = read_labels(written(tmp_path / "seg.dcm", images, bones(), kind), volume)
    assert labels.same_grid(volume)
    assert np.array_equal(labels.array, expected())  # the kidney is no bone
    middle = labels.lps(np.argwhere(labels.array == 28).mean(axis=0))
    assert middle[0] > 5  # on the patient's left, as drawn
    assert middle[2] > labels.lps(np.argwhere(labels.array == 27).mean(axis=0))[2]


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_ct_may_be_stored_otherwise(tmp_path, ct):
    images, volume = ct
    path = written(tmp_path / "seg.dcm", images, bones())
    affine = np.array(volume.lps_from_voxel) @ np.diag([-1.0, 1, -1, 1])
    affine[:3, 3] = volume.lps([39, 0, 19])
    turned = Volume(volume.array[::-1, :, ::-1], affine)
    assert np.array_equal(read_labels(path, turned).array, expected()[::-1, :, ::-1])


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("label", "kind", "number"),
    [
        ("L4", codes.SCT.Bone, 28),
        ("Segment_1", codes.SCT.L4Vertebra, 28),
        ("Fourth lumbar vertebra", codes.SCT.Bone, 28),
        ("L4 vertebra", codes.SCT.L4Vertebra, 28),
        ("vertebrae_T12", codes.SCT.Bone, 32),
        ("C03", codes.SCT.Bone, 48),
        ("sacrum", codes.SCT.Sacrum, 25),
        ("S1", codes.SCT.Sacrum, 26),
    ],
)
def test_names_and_codes(tmp_path, ct, label, kind, number):
    images, volume = ct
    array = (bones() == 1).astype(np.uint8)
    path = written(tmp_path / "seg.dcm", images, array, names={1: label}, types={1: kind})
    assert set(np.unique(read_labels(path, volume).array).tolist()) == {0, number}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_is_refused(tmp_path, ct):
    images, volume = ct
    array = (bones() == 1).astype(np.uint8)

    def refused(words, path, on=volume):
        with pytest.raises(ImageError, match=words) as caught:
            read_labels(path, on)
        assert "\n" not in str(caught.value)

    path = tmp_path / "seg.dcm"
    refused(
        "L4 and L5 at once",
        written(path, images, array, names={1: "vertebrae_L4"}, types={1: codes.SCT.L5Vertebra}),
    )
    refused("names no vertebra", written(path, images, array, names={1: "kidney"}, types={1: codes.SCT.Kidney}))
    refused("names no vertebra", written(path, images, array, names={1: "L9"}))
    refused("L4 in two segments", written(path, images, bones(), names={1: "L4", 2: "vertebrae_L4"}))
    both = np.stack([array, array], axis=-1)
    refused("overlap", written(path, images, both, names={1: "L4", 2: "L5"}))
    whole_path = written(path, images, array, names={1: "L4"})
    moved = np.array(volume.lps_from_voxel)
    moved[0, 3] += 0.9
    refused("another grid", whole_path, Volume(volume.array, moved))
    refused("beyond the CT", whole_path, Volume(volume.array[:, :, :13], volume.lps_from_voxel))
    data = whole_path.read_bytes()
    (tmp_path / "cut.dcm").write_bytes(data[: len(data) - 300])
    refused("damaged|cut off", tmp_path / "cut.dcm")
    images[0].save_as(tmp_path / "ct.dcm")
    refused("no DICOM Segmentation", tmp_path / "ct.dcm")


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_bytes_never_crash_or_move_a_bone(tmp_path, ct):
    images, volume = ct
    data = written(tmp_path / "seg.dcm", images, bones()).read_bytes()
    rng = np.random.default_rng(5)
    outcomes = {"same": 0, "refused": 0}
    header = data.rindex(b"\xe0\x7f\x10\x00")
    for _ in range(120):  # UIDs and times in the file differ from run to run, so the counts do too
        damaged = bytearray(data)
        damaged[int(rng.integers(132, header))] ^= 1 << int(rng.integers(8))
        (tmp_path / "d.dcm").write_bytes(damaged)
        try:
            array = read_labels(tmp_path / "d.dcm", volume).array
        except ImageError as error:
            assert "\n" not in str(error)  # noqa: PT017
            outcomes["refused"] += 1
            continue
        # A frame may lie a slice or more beside, or be of another bone, only where its own bytes said so. A name of one
        # letter more or less is another bone's, or none's: then the whole bone stays in its place under that name.
        wrong = array != expected()
        renamed = [n for n in np.unique(expected()).tolist() if n and (wrong & (expected() == n)).sum() > 100]
        for n in renamed:
            assert len(np.unique(array[expected() == n])) == 1
        assert len(renamed) <= 1
        assert np.count_nonzero(wrong & ~np.isin(expected(), renamed)) <= 100
        outcomes["same"] += int(np.array_equal(array, expected()))
    assert outcomes["refused"] > 0
    assert outcomes["same"] > 40
