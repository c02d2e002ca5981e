"""The whole way: a treatment in a real PACS, read back identical in pixels and geometry; and the two commands."""

import io
import json
from dataclasses import replace

import highdicom
import numpy as np
import pydicom
import pytest
from PIL import Image

from neurotomy import treatment as path_of_treatment
from neurotomy.anatomy import Side
from neurotomy.anatomy.locate import locate_nerves
from neurotomy.case import example_toml
from neurotomy.cli import main
from neurotomy.guidance.stamp import stamp
from neurotomy.imaging import read_ct, read_labels
from neurotomy.imaging.export.ct import ct_datasets, ct_digest
from neurotomy.imaging.export.identity import Identity
from neurotomy.imaging.export.study import Study
from neurotomy.imaging.pacs import PASSWORD, TOKEN, USER, Pacs
from neurotomy.report.export import export_treatment
from neurotomy.report.export.radiographs import carm_of

from ... import orthanc_server
from ..scene import treatment


@pytest.fixture(scope="module")
def orthanc():
    with orthanc_server.running_orthanc() as server:
        yield server


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv(USER, orthanc_server.USER)
    monkeypatch.setenv(PASSWORD, orthanc_server.PASSWORD)
    monkeypatch.delenv(TOKEN, raising=False)


@pytest.fixture
def no_long_way(monkeypatch):
    """The command's own case is that of the scene: the way to it is tested elsewhere."""
    monkeypatch.setattr(path_of_treatment, "treat", lambda case, progress: replace(treatment(Side.RIGHT), case=case))


@pytest.fixture(scope="module")
def stored(orthanc, tmp_path_factory):
    """The left side, exported and stored, and what Orthanc gives back, by UID."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(USER, orthanc_server.USER)
        patch.setenv(PASSWORD, orthanc_server.PASSWORD)
        exported = export_treatment(treatment(Side.LEFT), tmp_path_factory.mktemp("left"), ["dicom"])
        pacs = Pacs(orthanc.dicomweb)
        assert pacs.store(list(exported.objects.values())) == len(exported.objects)
        series = pacs.series(exported.study_uid)
        back = {o.SOPInstanceUID: o for s in series for o in pacs.fetch(s.study_uid, s.series_uid)}
    return exported, series, back


def test_every_series_is_listed_with_its_side(stored):
    exported, series, back = stored
    assert sorted(s.modality for s in series) == ["CT", "OT", "RTSTRUCT", "SEG", "SEG", "SR", "XA"]
    assert all("L4/5 left" in s.description for s in series)
    assert sum(s.images for s in series) == len(exported.objects) == len(back)


def test_every_object_comes_back_bit_for_bit(stored):
    exported, _, back = stored
    for name in exported.objects:
        (path,) = (path for path in exported.paths if path.as_posix().endswith(f"/{name}"))
        given = pydicom.dcmread(path)
        assert back[given.SOPInstanceUID].to_json_dict() == given.to_json_dict(), name


def test_the_ct_that_comes_back_is_the_ct(stored, tmp_path):
    exported, _, back = stored
    for n, given in enumerate(o for o in exported.objects.values() if o.Modality == "CT"):
        back[given.SOPInstanceUID].save_as(tmp_path / f"{n}.dcm", enforce_file_format=True)
    ct = read_ct(tmp_path).volume
    assert ct.same_grid(treatment(Side.LEFT).anatomy.ct)
    np.testing.assert_array_equal(ct.array, np.maximum(treatment(Side.LEFT).anatomy.ct.array, -1024))


def test_views_come_back_with_pixels_and_c_arm(stored):
    exported, _, back = stored
    views = [(needle, view) for needle in treatment(Side.LEFT).guidance.needles for view in needle.views]
    xrays = [back[o.SOPInstanceUID] for name, o in exported.objects.items() if name.startswith("dicom/xray/")]
    captures = [back[o.SOPInstanceUID] for name, o in exported.objects.items() if name.startswith("dicom/views/")]
    assert len(xrays) == len(captures) == len(views) == 8
    for (needle, view), xray, capture in zip(views, xrays, captures, strict=True):
        np.testing.assert_array_equal(xray.pixel_array, view.image)
        tip = needle.placement.tip_lps_mm
        np.testing.assert_allclose(carm_of(xray).project(tip), view.carm.project(tip), atol=1e-6)
        assert xray.ImageLaterality == "L"
        course = treatment(Side.LEFT).anatomy.course(view.target)
        np.testing.assert_array_equal(capture.pixel_array, stamp(view, placement=needle.placement, course=course))


def test_segments_come_back_in_their_places(stored, tmp_path):
    exported, _, back = stored
    uid = exported.objects["dicom/nerves-and-lesions-seg.dcm"].SOPInstanceUID
    back[uid].save_as(tmp_path / "seg.dcm", enforce_file_format=True)
    seg = highdicom.seg.segread(tmp_path / "seg.dcm")
    found = seg.get_volume(combine_segments=False)
    for n, course in enumerate(treatment(Side.LEFT).anatomy.courses):
        points = np.argwhere(found.array[..., n]) @ found.affine[:3, :3].T + found.affine[:3, 3]
        assert max(course.curve.closest(point)[1] for point in points) < 1.5
        assert points[:, 0].min() > 0  # the patient's left
        assert "left" in seg.SegmentSequence[n].SegmentLabel


def test_what_the_pacs_shows_is_what_was_drawn(stored, orthanc):
    """Orthanc's own rendering, an independent decoder, of a stamped view."""
    exported, _, _ = stored
    name, given = next((n, o) for n, o in exported.objects.items() if n.startswith("dicom/views/"))
    found = [i for i in orthanc.get("instances").json() if _uid(orthanc, i) == given.SOPInstanceUID]
    assert len(found) == 1, name
    shown = np.asarray(Image.open(io.BytesIO(orthanc.get(f"instances/{found[0]}/preview").content)).convert("RGB"))
    np.testing.assert_array_equal(shown, given.pixel_array)


def _uid(orthanc, instance):
    return orthanc.get(f"instances/{instance}").json()["MainDicomTags"]["SOPInstanceUID"]


@pytest.mark.data
def test_a_real_ct_through_the_pacs_has_its_nerves_in_the_same_places(orthanc, real_data, tmp_path, capsys):
    """CT written, stored, fetched by the command, read as DICOM: the label map and the nerves lie on it as before."""
    path, labels = real_data("lumbar_totalseg_3mm/ct.nii.gz"), real_data("lumbar_totalseg_3mm/labels_totalseg.nii.gz")
    given = read_ct(path).volume
    images = ct_datasets(given, Study.pseudonymous(Identity("real"), ct_digest(given), "L4/5 right"), "CT")
    Pacs(orthanc.dicomweb).store(images)
    ct = tmp_path / "ct"
    arguments = ("--study", images[0].StudyInstanceUID, "--series", images[0].SeriesInstanceUID, "--out", ct)
    assert call(capsys, "fetch", orthanc.dicomweb, *arguments)[0] == 0
    fetched = read_ct(ct).volume
    targets = [course.target for course in treatment(Side.RIGHT).anatomy.courses]
    before = locate_nerves(given, read_labels(labels, given), targets)
    after = locate_nerves(fetched, read_labels(labels, fetched), targets)
    for one, other in zip(before, after, strict=True):
        assert one.target == other.target
        np.testing.assert_allclose(other.points_lps_mm, one.points_lps_mm, atol=0.02)
        body = other.lps_from_vertebra.translation_mm
        assert other.landmarks_mm["target"][0] < body[0]  # the patient's right


def call(capsys, *args):
    with pytest.raises(SystemExit) as ended:
        main([str(arg) for arg in args])
    said = capsys.readouterr()
    return ended.value.code or 0, said.out, said.err


@pytest.fixture
def case_file(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(example_toml(), encoding="utf-8")
    return path


def test_the_commands_take_a_case_to_the_pacs_and_its_ct_back(orthanc, no_long_way, case_file, tmp_path, capsys):
    out = tmp_path / "out"
    status, said, _ = call(
        capsys, "export", case_file, "--out", out, "--dicom", "--pacs", orthanc.dicomweb, "--salt", "s", "--json"
    )
    assert status == 0
    told = json.loads(said)
    assert told["stored"] == len(told["files"])
    assert told["pacs"] == orthanc.dicomweb
    status, said, _ = call(capsys, "fetch", orthanc.dicomweb, "--study", told["study_uid"], "--json")
    (series,) = json.loads(said)["series"]
    ct = tmp_path / "ct"
    status, said, _ = call(
        capsys, "fetch", orthanc.dicomweb, "--study", series["study_uid"], "--series", series["series_uid"], "--out", ct
    )
    assert status == 0
    assert f'ct = "{ct}"' in said
    found = read_ct(ct).volume
    np.testing.assert_array_equal(found.array, np.maximum(treatment(Side.RIGHT).anatomy.ct.array, -1024))
    status, said, _ = call(capsys, "fetch", orthanc.dicomweb)
    assert series["series_uid"] in said


def test_a_pacs_that_says_no_is_heard_before_the_long_work(orthanc, case_file, tmp_path, capsys, monkeypatch):
    def never(*_):
        raise AssertionError("the long work was begun")

    monkeypatch.setattr(path_of_treatment, "treat", never)
    monkeypatch.setenv(PASSWORD, "wrong-and-secret")
    out = tmp_path / "out"
    status, said, error = call(capsys, "export", case_file, "--out", out, "--pacs", orthanc.dicomweb)
    assert (status, said) == (1, "")
    assert "401" in error
    assert error.count("\n") == 1
    assert "secret" not in error
    assert not out.exists()


def test_a_series_that_is_no_ct_is_refused_and_nothing_is_written(stored, orthanc, tmp_path, capsys):
    exported, series, _ = stored
    xa = next(s for s in series if s.modality == "XA")
    out = tmp_path / "ct"
    arguments = ("--study", exported.study_uid, "--series", xa.series_uid, "--out", out)
    status, _, error = call(capsys, "fetch", orthanc.dicomweb, *arguments)
    assert status == 1
    assert error.startswith("neurotomy: ")
    assert error.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("--series", "1.2"), "--study"), (("--out", "x"), "--series"), (("--study", "1.2", "--out", "x"), "--series")],
)
def test_half_a_question_is_refused(arguments, said, capsys):
    status, _, error = call(capsys, "fetch", "http://127.0.0.1:1/dicom-web", *arguments)
    assert status == 1
    assert said in error


def test_files_without_a_pacs(no_long_way, case_file, tmp_path, capsys):
    status, said, _ = call(capsys, "export", case_file, "--out", tmp_path / "out", "--stl")
    assert status == 0
    assert said.startswith("L4/5 right, de-identified\n")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"stl", "export.json"}
