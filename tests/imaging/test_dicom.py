"""A folder of DICOM images: sorted by place, whole, of one kind; every broken folder named in one line."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from image_files import MARKER_LPS, ORIENTATIONS, body, centre_of, jpeg_lossless, stored_as, write_dicom, write_nifti

from neurotomy.errors import Cancelled, ImageError
from neurotomy.imaging import ct_from_datasets, list_series, read_ct, read_labels
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
    refused(folder, r"2 series: 1 'synthetic' \(20 images of 40×30.*series = \"1\"")


@pytest.mark.parametrize("tilt_deg", [-20.0, 3.0, 15.0])
def test_a_tilted_gantry_is_taken_out(tmp_path, tilt_deg):
    """What the tilted scanner sees of a straight body comes back straight: the marker where it truly is."""
    straight, affine = body()
    truth = read_ct(write_nifti(tmp_path / "ct.nii.gz", straight, affine)).volume
    shear = np.tan(np.radians(tilt_deg))

    def tilt(image, k):
        # Slice k is shifted along y; what is seen there is sampled from the body itself.
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, y + 3.0 * (k - 10) * shear, z]
        i, j = np.meshgrid(np.arange(image.Columns), np.arange(image.Rows))
        dy = image.PixelSpacing[0] * np.sign(image.ImageOrientationPatient[4])
        dx = image.PixelSpacing[1] * np.sign(image.ImageOrientationPatient[0])
        seen = truth.sample(
            np.stack([x + i * dx, y + 3.0 * (k - 10) * shear + j * dy, np.full(i.shape, z)], -1), outside=-1000
        )
        image.PixelData = ((seen + 1024) / 2).astype(np.int16).tobytes()

    ct = read_ct(write_dicom(tmp_path / "s", *images(), change=tilt))
    assert any(f"tilted by {abs(tilt_deg):.1f}°" in warning for warning in ct.warnings)
    assert centre_of(ct.volume, ct.volume.array > 450) == pytest.approx(MARKER_LPS, abs=1.0)
    assert ct.volume.sample(MARKER_LPS * [-1, 1, 1]) < 100
    points = truth.lps(np.argwhere(truth.array > -2000))
    deep = np.hypot(points[:, 0] / 36, points[:, 1] / 30) < 0.78
    deep &= np.linalg.norm(points - MARKER_LPS, axis=1) > 10.0  # away from edges, where half a voxel of blur is seen
    assert deep.sum() > 5000
    assert ct.volume.sample(points[deep]) == pytest.approx(40.0, abs=2.0)


def test_more_shear_than_any_gantry(tmp_path):
    def shear(image, k):
        x, y, z = image.ImagePositionPatient
        image.ImagePositionPatient = [x, y + 4.0 * k, z]

    refused(write_dicom(tmp_path / "s", *images(), change=shear), "sheared by 53°")


def test_one_image_beside_the_others_is_named(tmp_path):
    for n in (0, 5, 19):

        def shifted(image, k, n=n):
            x, y, z = image.ImagePositionPatient
            image.ImagePositionPatient = [x + (7.0 if k == n else 0.0), y, z]

        refused(write_dicom(tmp_path / f"s{n}", *images(), change=shifted), f"{n:03d}.dcm.*7.0 mm beside")


def test_a_tilt_that_is_noted_and_not_seen_is_told(tmp_path):
    def noted(image, k):
        image.GantryDetectorTilt = 12

    (warning,) = read_ct(write_dicom(tmp_path / "s", *images(), change=noted)).warnings
    assert "gantry tilt of 12°" in warning


def test_a_series_is_chosen_by_number_or_uid(tmp_path):
    hu, affine = images()

    def numbered(number):
        def change(image, k):
            image.SeriesNumber = number
            image.SeriesDescription = f"kernel {number}"

        return change

    folder = write_dicom(tmp_path / "s", hu, affine, change=numbered(4), uid="1.2.4")
    write_dicom(folder, hu + np.int16(20), affine, change=numbered(2), uid="1.2.2", names=[f"b{k}" for k in range(20)])
    two, four = list_series(folder)
    assert (two.number, two.description, two.images, two.fit) == ("2", "kernel 2", 20, True)
    assert four.spacing_mm == pytest.approx((2.0, 2.5, 3.0))
    assert "uid" not in four.to_dict()
    for wanted in ("2", "1.2.2"):
        assert read_ct(folder, series=wanted).volume.array.max() == 920
    ct = read_ct(folder, series="4")
    assert ct.volume.array.max() == 900
    assert ct.warnings == ("Set aside: " + two.shown + ".",)
    with pytest.raises(ImageError, match="does not hold series '3'"):
        read_ct(folder, series="3")


def test_the_only_series_of_many_slices_is_chosen(tmp_path):
    folder = write_dicom(tmp_path / "s", *images(), uid="1.2.4")
    write_dicom(folder, *images(), uid="1.2.5", change=lambda image, k: k < 3, names=[f"b{k}" for k in range(20)])
    ct = read_ct(folder)
    assert ct.volume.shape == (40, 30, 20)
    assert "Set aside" in ct.warnings[0]
    assert "3 images" in ct.warnings[0]


def test_a_series_uid_for_each_image(tmp_path):
    def own(image, k):
        image.SeriesInstanceUID = f"1.2.3.{k}"

    ct = read_ct(write_dicom(tmp_path / "s", *images(), change=own))
    assert ct.volume.shape == (40, 30, 20)
    assert "by their places" in ct.warnings[0]


def test_two_patients_in_one_folder_are_not_mixed(tmp_path):
    hu, affine = images()
    above = affine.copy()
    above[2, 3] += 60.0

    def person(name):
        def change(image, k):
            image.SeriesInstanceUID = ""
            image.PatientID = name

        return change

    folder = write_dicom(tmp_path / "s", hu, affine, change=person("a"))
    write_dicom(folder, hu, above, change=person("b"), names=[f"b{k}" for k in range(20)])
    refused(folder, "2 series")


def test_a_zip_is_read_like_its_folder(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())
    packed = Path(shutil.make_archive(str(tmp_path / "ct"), "zip", folder))
    ct, twin = read_ct(packed), read_ct(folder)
    assert np.array_equal(ct.volume.array, twin.volume.array)
    assert ct.sha256 == twin.sha256
    assert [one.images for one in list_series(packed)] == [20]
    one = tmp_path / "one"
    one.mkdir()
    write_nifti(one / "ct.nii.gz", *body())
    assert read_ct(Path(shutil.make_archive(str(tmp_path / "n"), "zip", one))).volume.shape == (40, 30, 20)


def test_datasets_in_memory(tmp_path):
    folder = write_dicom(tmp_path / "s", *images())
    datasets = [pydicom.dcmread(path) for path in sorted(folder.iterdir(), reverse=True)]
    before = [str(dataset) for dataset in datasets]
    ct = ct_from_datasets(datasets)
    assert np.array_equal(ct.volume.array, read_ct(folder).volume.array)
    assert [str(dataset) for dataset in datasets] == before
    with pytest.raises(ImageError, match="no images"):
        ct_from_datasets([])
    with pytest.raises(ImageError, match=r"missing from 'the datasets'.*after 'image \d+'"):
        ct_from_datasets(datasets[:4] + datasets[5:])


@pytest.mark.parametrize(
    ("position", "codes", "words"),
    [("HFS", "LPS", "supine, head first"), ("HFP", "RAS", "prone, head first"), ("FFP", "RAS", "prone, feet first")],
)
def test_how_the_patient_lay_is_told_and_changes_nothing(tmp_path, position, codes, words):
    def lay(image, k):
        image.PatientPosition = position

    ct = read_ct(write_dicom(tmp_path / "s", *images(codes), change=lay))
    assert ct.description.endswith(f"patient {words}")
    assert ct.warnings == ()
    assert centre_of(ct.volume, ct.volume.array > 500) == pytest.approx(MARKER_LPS, abs=1.0)


def test_what_was_turned_by_somebody_is_told(tmp_path):
    def lay(image, k):
        image.PatientPosition = "HFS"

    upside_down = read_ct(write_dicom(tmp_path / "a", *images("RAS"), change=lay))
    assert "upside down" in upside_down.warnings[0]
    mirrored = read_ct(write_dicom(tmp_path / "b", *images("RPS"), change=lay))
    assert "seen from the head" in mirrored.warnings[0]


def test_rescale_of_each_image(tmp_path):
    def own(image, k):
        image.RescaleSlope, image.RescaleIntercept = (1, -1000 - k)
        stored = np.frombuffer(image.PixelData, np.int16).astype(int) * 2 - 1024
        image.PixelData = (stored + 1000 + k).astype(np.int16).tobytes()

    ct = read_ct(write_dicom(tmp_path / "s", *images(), change=own))
    assert np.array_equal(ct.volume.array, read_ct(write_dicom(tmp_path / "t", *images())).volume.array)
    assert "Rescale" in ct.warnings[0]

    def silent(image, k):
        if k == 4:
            del image.RescaleIntercept

    refused(write_dicom(tmp_path / "u", *images(), change=silent), "004.dcm.*Hounsfield")

    def negative(image, k):
        image.RescaleSlope = -2

    refused(write_dicom(tmp_path / "v", *images(), change=negative), "slope of -2")


def test_padding_by_a_range_and_without_sign(tmp_path):
    def padded(image, k):
        image.PixelPaddingValue, image.PixelPaddingRangeLimit = 65536 - 2000, 65536 - 1900
        image[0x0028, 0x0120].VR = image[0x0028, 0x0121].VR = "US"
        pixels = np.frombuffer(image.PixelData, np.int16).copy()
        pixels[:3] = [-2000, -1950, -1900]
        image.PixelData = pixels.tobytes()

    ct = read_ct(write_dicom(tmp_path / "s", *images(), change=padded))
    assert (ct.volume.array[:3, 0] == -1024).all()
    assert ct.volume.array.max() == 900


def test_unsigned_12_bits_with_an_overlay_and_monochrome1(tmp_path):
    def twelve(image, k):
        image.PixelRepresentation, image.BitsStored, image.HighBit = 0, 12, 11
        image.PhotometricInterpretation = "MONOCHROME1"  # how to show it; CT numbers stay what they are
        pixels = np.frombuffer(image.PixelData, np.int16).astype(np.uint16)
        pixels[5] |= 0x8000
        image.PixelData = pixels.tobytes()

    ct = read_ct(write_dicom(tmp_path / "s", *images(), change=twelve))
    assert np.array_equal(ct.volume.array, read_ct(write_dicom(tmp_path / "t", *images())).volume.array)
    assert "upper bits" in ct.warnings[0]


def test_the_wrong_sign_of_pixels_is_refused(tmp_path):
    def wrong(image, k):
        if k == 6:
            pixels = np.frombuffer(image.PixelData, np.int16).astype(int) * 2 - 1024
            image.PixelData = pixels.astype(np.int16).tobytes()
            image.PixelRepresentation, image.RescaleSlope, image.RescaleIntercept = 0, 1, 0

    refused(write_dicom(tmp_path / "s", *images(), change=wrong), "006.dcm.*sign of its pixels")


def enhanced(folder, array, affine, *, drop=(), localizer=()):
    """The same images as one Enhanced CT, its frames shuffled."""
    whole = [pydicom.dcmread(path) for path in sorted(write_dicom(folder / "single", array, affine).iterdir())]
    order = [n for n in np.random.default_rng(3).permutation(len(whole)) if n not in drop]
    image = whole[0]
    image.SOPClassUID = image.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    shared, frames = pydicom.Dataset(), []
    measures, values, plane = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
    measures.PixelSpacing, measures.SliceThickness = image.PixelSpacing, image.SliceThickness
    values.RescaleSlope, values.RescaleIntercept, values.RescaleType = 2, -1024, "HU"
    plane.ImageOrientationPatient = image.ImageOrientationPatient
    shared.PixelMeasuresSequence = [measures]
    shared.PixelValueTransformationSequence, shared.PlaneOrientationSequence = [values], [plane]
    for n in order:
        frame, place, kind = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
        place.ImagePositionPatient = whole[n].ImagePositionPatient
        kind.FrameType = ["ORIGINAL", "PRIMARY", "LOCALIZER" if n in localizer else "VOLUME", "NONE"]
        frame.PlanePositionSequence, frame.CTImageFrameTypeSequence = [place], [kind]
        frames.append(frame)
    image.SharedFunctionalGroupsSequence, image.PerFrameFunctionalGroupsSequence = [shared], frames
    image.NumberOfFrames = len(order)
    image.PixelData = b"".join(whole[n].PixelData for n in order)
    for name in ("RescaleSlope", "RescaleIntercept", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"):
        delattr(image, name)
    out = folder / "enhanced"
    out.mkdir()
    pydicom.dcmwrite(out / "one.dcm", image, enforce_file_format=True)
    return out


def test_enhanced_ct(tmp_path):
    ct = read_ct(enhanced(tmp_path, *images()))
    assert np.array_equal(ct.volume.array, read_ct(tmp_path / "single").volume.array)
    assert centre_of(ct.volume, ct.volume.array > 500) == pytest.approx(MARKER_LPS, abs=1.0)
    assert ct.warnings == ()


def test_enhanced_ct_with_faults(tmp_path):
    for name in "abc":
        (tmp_path / name).mkdir()
    refused(enhanced(tmp_path / "a", *images(), drop=(7,)), r"1 slice is missing.*one.dcm, frame")
    assert read_ct(enhanced(tmp_path / "b", *images(), localizer=(0,))).volume.shape == (40, 30, 19)
    folder = enhanced(tmp_path / "c", *images())
    image = pydicom.dcmread(folder / "one.dcm")
    image.PerFrameFunctionalGroupsSequence = list(image.PerFrameFunctionalGroupsSequence)[:-1]
    image.save_as(folder / "one.dcm")
    refused(folder, "does not say where each lies")


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


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.57"])
def test_jpeg_lossless(tmp_path, syntax):
    """JPEG without loss, in both of its names, gives the same voxels."""
    from pydicom.encaps import encapsulate

    folder = write_dicom(tmp_path / "s", *images())
    plain = read_ct(folder).volume
    for path in folder.iterdir():
        image = pydicom.dcmread(path)
        stored = image.pixel_array
        image.PixelData = encapsulate([jpeg_lossless(stored)])
        image["PixelData"].is_undefined_length = True
        image.file_meta.TransferSyntaxUID = syntax
        image.save_as(path)
    assert np.array_equal(read_ct(folder).volume.array, plain.array)


@pytest.mark.parametrize("decoder", ["pyjpegls", "pylibjpeg"])
def test_jpeg_ls(tmp_path, monkeypatch, decoder):
    """JPEG-LS without loss, by whichever of the two decoders is installed, gives the same voxels."""
    pytest.importorskip("jpeg_ls")  # writes it, and comes with highdicom (group pacs)
    from pydicom.pixels import get_decoder
    from pydicom.uid import JPEGLSLossless

    folder = write_dicom(tmp_path / "s", *images())
    plain = read_ct(folder).volume
    for path in folder.iterdir():
        image = pydicom.dcmread(path)
        image.compress(JPEGLSLossless, generate_instance_uid=False)
        image.save_as(path)
    codec = get_decoder(JPEGLSLossless)
    monkeypatch.setattr(codec, "_available", {decoder: codec._available[decoder]})
    assert np.array_equal(read_ct(folder).volume.array, plain.array)


JPEG_LS = (
    "/9j/9wALEAAMAAoBAREA//gADQH//wASAEMBFABA/9oACAEBAAAAAGVoKwThGD4bC4TB4eJUFoKQlCEOhkKhEFolRENDQ0JCQkJBSJEJEhAAAABKgBAE"
    "AAIPCUjQEBBWAEBAQWiVCEiQEBBOAICAgpEiHUKAgIRGDwWgpBaC0AKBAQIEiAoCgBEqGT6hAUARIgwYMGFRJkaDBgwYMGDCJEgwYMGDBgwYieQYMGDB"
    "gwYMMP/Z"
)
"""12 rows of 10 as JPEG-LS (ITU-T T.87), written by CharLS: 37 a row, 11 a column, 900 in the middle, less 300."""


def test_jpeg_ls_as_written_elsewhere():
    """Also where no library here writes JPEG-LS, its bytes are read, by a decoder that is always installed."""
    import base64

    from pydicom.pixels import get_decoder
    from pydicom.uid import JPEGLSLossless

    wanted = np.add.outer(np.arange(12) * 37, np.arange(10) * 11) - 300
    wanted[3:6, 4:8] += 900
    image = pydicom.Dataset()
    image.Rows, image.Columns, image.SamplesPerPixel = 12, 10, 1
    image.PhotometricInterpretation, image.PixelRepresentation = "MONOCHROME2", 1
    image.BitsAllocated = image.BitsStored = 16
    image.PixelData = pydicom.encaps.encapsulate([base64.b64decode(JPEG_LS)])
    image["PixelData"].VR = "OB"
    image.file_meta = pydicom.dataset.FileMetaDataset()
    image.file_meta.TransferSyntaxUID = JPEGLSLossless
    found, _ = get_decoder(JPEGLSLossless).as_array(image, decoding_plugin="pylibjpeg")
    assert np.array_equal(found, wanted)


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


def test_the_command_lists_what_can_be_chosen(tmp_path, capsys):
    import json

    from neurotomy.cli import main

    folder = write_dicom(tmp_path / "s", *images(), change=lambda image, k: setattr(image, "SeriesNumber", 7))
    with pytest.raises(SystemExit, match="0"):
        main(["series", str(folder), "--json"])
    (only,) = json.loads(capsys.readouterr().out)["series"]
    assert (only["number"], only["images"], only["size"], only["fit"]) == ("7", 20, [40, 30], True)
    with pytest.raises(SystemExit, match="0"):
        main(["series", str(folder)])
    shown = capsys.readouterr().out
    assert f'ct = "{folder}"' in shown
    assert "series =" not in shown  # one series needs no choice


def test_a_case_names_the_series(tmp_path):
    from neurotomy.case import example_toml, read_case
    from neurotomy.errors import CaseError

    text = example_toml()
    path = tmp_path / "case.toml"
    path.write_text(text.replace('source = "built-in spine"', 'source = "built-in spine"\nseries = "3"'))
    with pytest.raises(CaseError, match="a series without a CT"):
        read_case(path)
