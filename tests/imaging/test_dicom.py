"""A folder of DICOM images: sorted by place, whole, of one kind; every broken folder named in one line."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from image_files import MARKER_LPS, ORIENTATIONS, body, centre_of, stored_as, write_dicom, write_nifti

from neurotomy.errors import Cancelled, ImageError
from neurotomy.imaging import read_ct, read_labels
from neurotomy.progress import Progress


def images(codes="LPS"):
    return stored_as(*body(), codes)


@pytest.mark.parametrize("codes", ORIENTATIONS)
def test_the_left_marker_stays_left(tmp_path, codes):
    """Supine, prone, head and feet first; axial, sagittal and coronal slices; file names that say nothing."""
    hu, affine = images(codes)
    names = [f"x{n:03d}" for n in np.random.default_rng(1).permutation(hu.shape[2])]
    ct = read_ct(write_dicom(tmp_path / "s", hu, affine, names=names)).volume
    assert centre_of(ct, ct.array > 500) == pytest.approx(MARKER_LPS, abs=1.0)
    assert ct.sample(MARKER_LPS) > 500
    assert ct.sample(MARKER_LPS * [-1, 1, 1]) < 100
    assert ct.array.min() == -1000
    assert ct.array.max() == 900  # stored with slope 2


def test_blank_uids_and_padding(tmp_path):
    def blank(image, k):
        image.SeriesInstanceUID = ""
        image.PixelPaddingValue = -2000
        pixels = np.frombuffer(image.PixelData, np.int16).copy()
        pixels[:3] = -2000
        image.PixelData = pixels.tobytes()

    ct = read_ct(write_dicom(tmp_path / "s", *images(), change=blank)).volume
    assert ct.array.min() == -1024
    assert (ct.array[:3, 0] == -1024).all()


def test_thick_slices_that_overlap(tmp_path):
    def thick(image, k):
        image.SliceThickness = 4.5

    ct = read_ct(write_dicom(tmp_path / "s", *images(), change=thick))
    assert ct.volume.spacing_mm[2] == pytest.approx(3.0)
    assert ct.warnings == ()


def test_slices_with_gaps_between_are_told(tmp_path):
    def thin(image, k):
        image.SliceThickness = 1.0

    (warning,) = read_ct(write_dicom(tmp_path / "s", *images(), change=thin)).warnings
    assert "3 mm apart" in warning


def refused(folder, words):
    with pytest.raises(ImageError, match=words) as caught:
        read_ct(folder)
    assert "\n" not in str(caught.value)


def test_missing_slice_is_named_by_its_place(tmp_path):
    refused(write_dicom(tmp_path / "s", *images(), change=lambda image, k: k != 7), r"1 slice is missing.*z = -4.00 mm")


def test_same_image_twice_is_taken_once(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())
    (folder / "copy.dcm").write_bytes((folder / "005.dcm").read_bytes())
    ct = read_ct(folder)
    assert ct.volume.shape == (40, 30, 20)
    assert "there twice" in ct.warnings[0]


def test_two_images_in_one_place(tmp_path):
    hu, affine = images()
    folder = write_dicom(tmp_path / "s", hu, affine, uid="1.2.3")
    write_dicom(folder, hu + np.int16(20), affine, uid="1.2.3", names=[f"b{k}" for k in range(20)])
    refused(folder, "different images in the same place")


def test_several_series_are_listed(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())
    write_dicom(folder, *images(), names=[f"b{k}" for k in range(20)])
    refused(folder, r"2 series: 'synthetic' \(20 images of 40×30")


def test_tilted_gantry(tmp_path):
    def tilt(image, k):
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, y + 3.0 * k * np.tan(np.radians(15)), z]

    refused(write_dicom(tmp_path / "s", *images(), change=tilt), r"tilted by 15\.0°")


def test_uneven_slices(tmp_path):
    def uneven(image, k):
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, y, z + (0.4 if k == 5 else 0.0)]

    refused(write_dicom(tmp_path / "s", *images(), change=uneven), "unevenly")


def test_no_ct_in_the_folder(tmp_path):
    refused_folder = tmp_path / "none"
    refused_folder.mkdir()
    refused(refused_folder, "is empty")
    (refused_folder / "notes.txt").write_text("nothing")
    refused(refused_folder, "no DICOM images")

    def magnetic(image, k):
        image.Modality = "MR"

    refused(write_dicom(tmp_path / "s", *images(), change=magnetic), r"another kind \(MR\)")


def test_scout_images_are_left_out(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())

    def scout(image, k):
        image.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        return k == 0

    write_dicom(folder, *images("PSL"), change=scout, names=[f"scout{k}" for k in range(40)])
    assert read_ct(folder).volume.shape == (40, 30, 20)


def test_image_without_place_and_without_pixels(tmp_path):
    def lost(image, k):
        if k == 3:
            del image.ImagePositionPatient

    refused(write_dicom(tmp_path / "a", *images(), change=lost), "003.dcm.*where it lies")

    def cut(image, k):
        if k == 3:
            image.PixelData = image.PixelData[:100]

    refused(write_dicom(tmp_path / "b", *images(), change=cut), "003.dcm.*cannot be decoded")


def test_hash_ignores_file_names(tmp_path):
    a = write_dicom(tmp_path / "a", *images())
    (tmp_path / "b").mkdir()
    for n, path in enumerate(sorted(a.iterdir(), reverse=True)):
        (tmp_path / "b" / f"{n}").write_bytes(path.read_bytes())
    assert read_ct(a).sha256 == read_ct(tmp_path / "b").sha256


def test_progress_and_cancel(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())
    events = []
    read_ct(folder, Progress(events.append))
    fractions = [event.fraction for event in events]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0

    def stop(event):
        if "image 5" in event.message:
            progress.cancel()

    progress = Progress(stop)
    with pytest.raises(Cancelled):
        read_ct(folder, progress)


def test_what_was_left_out_is_told(tmp_path):
    """A slice lost at an end leaves no gap, so only the file that could not be read tells of it."""
    folder = write_dicom(tmp_path / "s", *images())
    for junk in (".DS_Store", "._000.dcm", "DICOMDIR", "Thumbs.db"):
        (folder / junk).write_bytes(b"x" * 200)
    assert read_ct(folder).warnings == ()
    last = folder / "019.dcm"
    last.write_bytes(last.read_bytes()[:200])
    ct = read_ct(folder)
    assert ct.volume.shape == (40, 30, 19)
    assert "1 file is no CT image or damaged, and left out (019.dcm)" in ct.warnings[0]


def test_images_without_the_preamble_are_read(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())
    whole = read_ct(folder).volume
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[132:])
    bare = read_ct(folder)
    assert np.array_equal(bare.volume.array, whole.array)
    assert bare.warnings == ()


def test_directions_rounded_in_each_image_are_one_series(tmp_path):
    def rounded(image, k):
        image.ImageOrientationPatient = [1, 0.0004 + 0.0001 * (k % 3), 0, -0.0004 - 0.0001 * (k % 3), 1, 0]

    assert read_ct(write_dicom(tmp_path / "s", *images(), change=rounded)).volume.shape == (40, 30, 20)


@pytest.mark.parametrize("axes", [[0, 0, 0, 0, 0, 0], [1, 0, 0, 0.3, 1, 0], [1, 0, 0, 1, 0, 0]])
def test_an_orientation_that_cannot_be(tmp_path, axes):
    def crooked(image, k):
        image.ImageOrientationPatient = axes

    refused(write_dicom(tmp_path / "s", *images(), change=crooked), "000.dcm.*orientation that cannot be")


def test_no_word_on_hounsfield_units_is_told(tmp_path):
    def silent(image, k):
        del image.RescaleSlope
        image.PixelData = (np.frombuffer(image.PixelData, np.int16) * 2).astype(np.int16).tobytes()

    (warning,) = read_ct(write_dicom(tmp_path / "s", *images(), change=silent)).warnings
    assert "Hounsfield" in warning


def test_compressed_images(tmp_path):
    """JPEG 2000 without loss gives the same voxels."""
    import pydicom
    from pydicom.uid import JPEG2000Lossless

    hu, affine = images()
    hu = np.pad(hu, [(0, 24), (0, 34), (0, 0)], constant_values=-1000)  # the coder wants at least 64 × 64
    folder = write_dicom(tmp_path / "s", hu, affine)
    plain = read_ct(folder).volume
    for path in folder.iterdir():
        image = pydicom.dcmread(path)
        image.compress(JPEG2000Lossless, generate_instance_uid=False)
        image.save_as(path)
    assert np.array_equal(read_ct(folder).volume.array, plain.array)


@pytest.mark.data
def test_real_series_equals_its_nifti_twin(real_data):
    series = read_ct(real_data("dicom_thoracic_rider")).volume
    twin = read_ct(real_data("thoracic_rider_0p8mm/ct.nii.gz")).volume
    assert series.shape == (262, 232, 95)
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(series.shape) - 1)
    there = twin.voxels(series.lps(corners))
    assert there == pytest.approx(np.rint(there), abs=1e-3)
    assert series.lps(corners) == pytest.approx(twin.lps(np.rint(there)), abs=1e-3)
    # The twin is stored towards the patient's right and front: turned about, the voxels are the same.
    assert np.array_equal(series.array, twin.array[::-1, ::-1])


@pytest.mark.data
def test_messy_series_loads_and_its_labels_fit(real_data):
    ct = read_ct(real_data("dicom_messy_totalseg")).volume
    assert ct.spacing_mm == pytest.approx([0.9765625, 0.9765625, 2.0])
    labels = read_labels(real_data("dicom_messy_totalseg_labels.nii.gz"), ct)
    assert labels.same_grid(ct)
    for vertebra in (32, 33):
        assert 150 < ct.array[labels.array == vertebra].mean() < 500  # bone where the labels say bone
    liver, spleen = (centre_of(labels, labels.array == n) for n in (5, 1))
    assert liver[0] < -20 < 20 < spleen[0]  # the liver is on the right


def test_a_file_is_not_a_folder(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())
    refused(folder / "000.dcm", "folder of DICOM")
    path = write_nifti(tmp_path / "ct.nii.gz", *body())
    assert read_ct(path).volume.shape == (40, 30, 20)
