"""Whole exports: what is written, under whose name, and what happens when something is wrong."""

import json
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest

from neurotomy.anatomy import Side
from neurotomy.anatomy.course import NO_LABEL_MAP
from neurotomy.case import parse_case
from neurotomy.errors import AnatomyError, Cancelled, ImageError, OutputError
from neurotomy.guidance.result import Guidance
from neurotomy.imaging import read_ct
from neurotomy.imaging.export.ct import ct_datasets, ct_digest
from neurotomy.imaging.export.identity import Identity
from neurotomy.imaging.export.stl import read_stl
from neurotomy.imaging.export.study import Study
from neurotomy.progress import Progress
from neurotomy.report.export import export_treatment
from neurotomy.report.export.objects import dicom_objects, study_of

from ..scene import CASE, treatment

SECRET = "MÜLLER^JANE"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The right side, all formats."""
    out = tmp_path_factory.mktemp("right") / "out"
    return out, export_treatment(treatment(Side.RIGHT), out)


def small(side):
    """One needle with one view, and the part of the CT around it: for what does not hang on the size."""
    here = treatment(side)
    needle = here.guidance.needles[0]
    low, high = [-45.0, -30.0, -15.0], [45.0, 60.0, 30.0]
    anatomy = replace(
        here.anatomy,
        ct=here.anatomy.ct.crop(low, high),
        labels=here.anatomy.labels.crop(low, high),
        courses=here.anatomy.courses[:1],
    )
    return replace(
        here,
        anatomy=anatomy,
        guidance=Guidance((replace(needle, views=needle.views[:1]),)),
        lesion=here.lesion[:1],
        coverage=replace(here.coverage, nerves=here.coverage.nerves[:1]),
    )


def dicom_files(out):
    return {path.relative_to(out).as_posix(): pydicom.dcmread(path) for path in sorted(out.rglob("*.dcm"))}


def words_of(dataset):
    return "\n".join(str(e.value) for e in dataset.iterall() if e.VR in {"LO", "LT", "ST", "UT", "SH"})


def test_everything_listed_is_there_and_nothing_else(exported):
    out, result = exported
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert there == {*result.files, "export.json"}
    assert {path.relative_to(out).as_posix() for path in result.paths} == there
    index = json.loads((out / "export.json").read_text(encoding="utf-8"))
    assert index["subject"] == "L4/5 right"
    assert index["schema_version"] == 1
    assert index["not_for_clinical_use"] == "Research and teaching, not a medical device"
    assert index["deidentified"] is True
    assert set(index["files"]) == set(result.files)


def test_all_objects_are_one_study_one_patient_one_frame_of_reference(exported):
    _, result = exported
    objects = result.objects.values()
    assert {str(o.PatientName) for o in objects} == {"walking path"}
    assert {o.StudyInstanceUID for o in objects} == {result.study_uid}
    assert {o.FrameOfReferenceUID for o in objects if "FrameOfReferenceUID" in o} == {result.frame_of_reference_uid}
    assert {o.PatientIdentityRemoved for o in objects} == {"YES"}
    assert len({o.SOPInstanceUID for o in objects}) == len(objects)
    modality = {}
    for o in objects:
        modality.setdefault(o.SeriesInstanceUID, set()).add(o.Modality)
        assert len(str(o.SeriesDescription)) <= 64
        assert "L4/5 right" in o.SeriesDescription
    assert sorted(m for kinds in modality.values() for m in kinds) == ["CT", "OT", "RTSTRUCT", "SEG", "SEG", "SR", "XA"]


def test_every_object_says_what_it_is_not(exported):
    out, _ = exported
    for name, dataset in dicom_files(out).items():
        assert "not a medical device" in words_of(dataset), name


def test_objects_of_a_ct_without_a_label_map_say_so_and_are_others(tmp_path):
    mapped = small(Side.RIGHT)
    marked = replace(mapped, anatomy=replace(mapped.anatomy, labels=None))
    objects = {}
    for name, of in (("mapped", mapped), ("marked", marked)):
        made, _ = dicom_objects(of, study_of(of, "", None), None)
        objects[name] = {path: dataset for path, (_, dataset) in made.items() if "/ct/" not in path}
    assert "dicom/bones-seg.dcm" not in objects["marked"]
    for path, dataset in objects["marked"].items():
        assert NO_LABEL_MAP in words_of(dataset), path
        assert NO_LABEL_MAP not in words_of(objects["mapped"][path]), path
        assert dataset.SOPInstanceUID != objects["mapped"][path].SOPInstanceUID, path
    result = export_treatment(marked, tmp_path / "out", ["nifti"])
    index = json.loads((tmp_path / "out" / "export.json").read_text(encoding="utf-8"))
    assert index["quality"] == result.quality == NO_LABEL_MAP
    assert result.notes[0] == f"{NO_LABEL_MAP}."


def test_the_segmentation_lies_on_the_exported_ct(exported):
    out, _ = exported
    ct = read_ct(out / "dicom" / "ct").volume
    assert ct.same_grid(treatment(Side.RIGHT).anatomy.ct)
    # What is denser than air only: the reader takes what lies below for padding.
    np.testing.assert_array_equal(ct.array, np.maximum(treatment(Side.RIGHT).anatomy.ct.array, -1024))
    seg = highdicom.seg.segread(out / "dicom" / "nerves-and-lesions-seg.dcm")
    images = {
        pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID for path in (out / "dicom" / "ct").iterdir()
    }
    referenced = {
        frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        for frame in seg.PerFrameFunctionalGroupsSequence
    }
    assert referenced <= images
    found = seg.get_volume(combine_segments=False)
    nerve = np.argwhere(found.array[..., 0]) @ found.affine[:3, :3].T + found.affine[:3, 3]
    course = treatment(Side.RIGHT).anatomy.courses[0].curve
    assert max(course.closest(point)[1] for point in nerve) < 1.5
    assert nerve[:, 0].max() < 0  # the patient's right


def test_the_label_maps_lie_on_the_ct_in_nifti(exported):
    out, result = exported
    ct = nibabel.load(out / "nifti" / "ct.nii.gz")
    lesions = nibabel.load(out / "nifti" / "lesions.nii.gz")
    np.testing.assert_array_equal(ct.affine, lesions.affine)
    array = np.asarray(lesions.dataobj)
    for n, needle in enumerate(treatment(Side.RIGHT).guidance.needles, 1):
        ras = nibabel.affines.apply_affine(lesions.affine, np.argwhere(array == n).mean(axis=0))
        middle = needle.placement.active_tip_lps_mm.mean(axis=0)
        np.testing.assert_allclose(ras * [-1, -1, 1], middle, atol=1.5)
        assert ras[0] > 0  # RAS: the patient's right
    assert result.label_numbers["nifti/lesions.nii.gz"]["1"].endswith("L4, right")


def test_surfaces_lie_where_the_voxels_lie(exported):
    out, _ = exported
    for path in (out / "stl").glob("*right*.stl"):
        assert read_stl(path).points_lps_mm[:, 0].mean() < 0


def test_the_report_of_needles_is_read_by_highdicom(exported):
    out, _ = exported
    report = highdicom.sr.srread(out / "dicom" / "needles-sr.dcm")
    groups = report.content.get_image_measurement_groups()
    assert [g.tracking_identifier for g in groups] == [
        "Needle 1: L3 medial branch at L4, right",
        "Needle 2: L4 medial branch at L5, right",
    ]
    for group, needle in zip(groups, treatment(Side.RIGHT).guidance.needles, strict=True):
        assert group.finding_sites[0].laterality.meaning == "Right"
        depth = group.get_measurements()[0]
        assert depth.value == pytest.approx(needle.placement.insertion_depth_mm, abs=1e-3)
        line = depth.referenced_coordinates[0].value
        np.testing.assert_allclose(line, [needle.placement.tip_lps_mm, needle.placement.entry_lps_mm], atol=1e-4)


def test_the_same_treatment_has_the_same_uids_and_a_salt_or_a_side_makes_others():
    def made(side, salt=""):
        here = small(side)
        study = study_of(here, salt, None)
        return study, {o.SOPInstanceUID for _, o in dicom_objects(here, study, None)[0].values()}

    first, again, salted, left = made(Side.RIGHT), made(Side.RIGHT), made(Side.RIGHT, "a secret"), made(Side.LEFT)
    assert first[1] == again[1]
    assert not first[1] & salted[1]
    # No UID means two things: of two sides on one CT only the frame of reference is the same.
    assert not first[1] & left[1]
    assert len({study.study_uid for study, _ in (first, salted, left)}) == 3
    assert salted[0].frame_uid != first[0].frame_uid == left[0].frame_uid


@pytest.fixture
def dicom_case(tmp_path):
    """The right side, from a folder of DICOM images that name a patient, stored feet last and rows to the right."""
    here = small(Side.RIGHT)
    folder = tmp_path / "ct"
    folder.mkdir()
    ct = here.anatomy.ct
    images = ct_datasets(ct, Study.pseudonymous(Identity("x"), ct_digest(ct), "x"), "CT L SPINE")
    for n, image in enumerate(images):
        image.PatientName, image.PatientID, image.PatientBirthDate = SECRET, "HOSPITAL-4711", "19610704"
        image.StudyDate, image.AccessionNumber, image.InstitutionName = "20250102", "ACC-99", "St. Elsewhere"
        image.PatientIdentityRemoved = "NO"
        image.SpecificCharacterSet = "ISO_IR 100"  # as scanners write it, and other than ours
        del image.DeidentificationMethod
        pydicom.dcmwrite(folder / f"{len(images) - n:03d}", image, enforce_file_format=True)
    (tmp_path / "labels.nii").touch()
    text = CASE.format(side="right", pseudonym='"case 7"').replace(
        'source = "built-in spine"', f'ct = "{folder}"\nlabels = "{tmp_path}/labels.nii"'
    )
    return replace(here, case=parse_case(text)), images


def test_by_default_nothing_of_the_patient_goes_out(dicom_case, tmp_path):
    here, images = dicom_case
    export_treatment(here, tmp_path / "out")
    held = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    for secret in (b"LLER", b"JANE", b"HOSPITAL-4711", b"19610704", b"20250102", b"ACC-99", b"Elsewhere", b"L SPINE"):
        assert secret not in held
    uids = {images[0].StudyInstanceUID, images[0].SeriesInstanceUID, images[0].FrameOfReferenceUID}
    assert not any(uid.encode() in held for uid in uids | {image.SOPInstanceUID for image in images})


def test_a_kept_identity_lies_in_the_source_study_and_on_its_images(dicom_case, tmp_path):
    here, images = dicom_case
    result = export_treatment(here, tmp_path / "out", ["dicom"], keep_identity=True)
    assert not result.deidentified
    assert any("own name" in note for note in result.notes)
    assert not [name for name in result.files if name.startswith("dicom/ct")]  # the PACS has it
    for name, dataset in dicom_files(tmp_path / "out").items():
        assert str(dataset.PatientName) == SECRET, name
        assert (dataset.PatientID, dataset.StudyInstanceUID) == ("HOSPITAL-4711", images[0].StudyInstanceUID)
        assert dataset.AccessionNumber == "ACC-99"
        assert dataset.get("FrameOfReferenceUID", images[0].FrameOfReferenceUID) == images[0].FrameOfReferenceUID
        assert dataset.get("PatientIdentityRemoved", "NO") == "NO"
        assert "not a medical device" in words_of(dataset)
    seg = highdicom.seg.segread(tmp_path / "out" / "dicom" / "nerves-and-lesions-seg.dcm")
    by_uid = {image.SOPInstanceUID: image for image in images}
    for frame in seg.PerFrameFunctionalGroupsSequence:
        source = by_uid[frame.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID]
        np.testing.assert_allclose(
            [float(v) for v in frame.PlanePositionSequence[0].ImagePositionPatient],
            [float(v) for v in source.ImagePositionPatient],
            atol=1e-3,
        )


def test_an_identity_that_is_not_there_cannot_be_kept(dicom_case, tmp_path):
    with pytest.raises(ImageError, match="built-in spine has no identity"):
        export_treatment(small(Side.RIGHT), tmp_path / "out", ["dicom"], keep_identity=True)
    here, _ = dicom_case
    for path in here.case.ct_path.iterdir():
        image = pydicom.dcmread(path)
        image.FrameOfReferenceUID = ""
        image.save_as(path)
    with pytest.raises(ImageError, match="lack FrameOfReferenceUID"):
        export_treatment(here, tmp_path / "out", ["dicom"], keep_identity=True)
    assert not (tmp_path / "out").exists()


def test_files_of_another_side_do_not_stay_and_those_of_the_person_do(tmp_path):
    export_treatment(small(Side.LEFT), tmp_path, ["stl"])
    (tmp_path / "stl" / "mine.stl").write_text("mine")
    (tmp_path / "notes.txt").write_text("mine")
    export_treatment(small(Side.RIGHT), tmp_path, ["stl"])
    names = {path.name for path in (tmp_path / "stl").iterdir()}
    assert not [name for name in names if "left" in name]
    assert [name for name in names if "right" in name]
    assert "mine.stl" in names
    assert (tmp_path / "notes.txt").exists()


def test_an_index_that_lies_removes_nothing_outside(tmp_path):
    (tmp_path / "precious.txt").write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / "own.txt").write_text("own")
    (out / "export.json").write_text(json.dumps({"files": ["../precious.txt", "dicom/../../precious.txt", "own.txt"]}))
    export_treatment(small(Side.RIGHT), out, ["stl"])
    assert (tmp_path / "precious.txt").exists()
    assert (out / "own.txt").exists()


def test_a_treatment_that_says_two_sides_does_not_go_out(tmp_path):
    mixed = replace(small(Side.RIGHT), anatomy=small(Side.LEFT).anatomy)
    with pytest.raises(AnatomyError, match="The case is of the right side"):
        export_treatment(mixed, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("formats", "module", "group"), [("dicom", "highdicom", "pacs"), ("stl", "skimage.measure", "mesh")]
)
def test_a_missing_group_is_named_and_nothing_is_written(tmp_path, monkeypatch, formats, module, group):
    for name in [name for name in sys.modules if name.split(".")[0] == module.split(".")[0]]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(OutputError, match=rf"neurotomy\[{group}\]"):
        export_treatment(small(Side.RIGHT), tmp_path / "out", [formats])
    assert not (tmp_path / "out").exists()


def test_without_a_label_map_bone_is_what_is_dense(tmp_path):
    here = small(Side.LEFT)
    here = replace(here, anatomy=replace(here.anatomy, labels=None))
    result = export_treatment(here, tmp_path / "out")
    assert not [name for name in result.files if "bones" in name]
    bone = read_stl(tmp_path / "out" / "stl" / "bone-by-threshold.stl")
    # Cut where the CT ends, on the left and the right.
    dense = here.anatomy.ct.lps(np.argwhere(here.anatomy.ct.array > 300))
    np.testing.assert_allclose(bone.points_lps_mm.min(axis=0), dense.min(axis=0), atol=1.6)
    np.testing.assert_allclose(bone.points_lps_mm.max(axis=0), dense.max(axis=0), atol=1.6)


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(OutputError, match="Did you mean 'nifti'"):
        export_treatment(small(Side.RIGHT), tmp_path / "out", ["nifty"])


@pytest.mark.parametrize("after", [0, 15, 35])
def test_stopping_leaves_nothing(tmp_path, after):
    seen = []

    def watch(event):
        seen.append(event.fraction)
        if len(seen) > after:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        export_treatment(small(Side.RIGHT), tmp_path / "out", ["dicom"], progress=Progress(watch))
    assert not (tmp_path / "out").exists()
    assert seen == sorted(seen)


def test_an_independent_validator_finds_no_error(exported):
    """dciodvfy of David Clunie's dicom3tools holds each object against the tables of the standard."""
    program = shutil.which("dciodvfy")
    if program is None:
        reason = "DCIODVFY MISSING: apt-get install dicom3tools. DICOM objects are NOT validated."
        warnings.warn(reason, stacklevel=1)
        pytest.skip(reason)
    out, result = exported
    of_each_kind = {result.files[name]: name for name in result.objects}
    assert len(of_each_kind) == 7
    for name in of_each_kind.values():
        said = subprocess.run([program, out / name], capture_output=True, text=True, check=False).stderr
        assert not [line for line in said.splitlines() if line.startswith("Error")], name
