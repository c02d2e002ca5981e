"""A wrong side or level cannot slip through: swap or shift it at each seam of the path, and see it caught or carried.

Each room's own tests hold its own part (every storage order of every reader, markers on every view, checks of the
needle, the report's refusal of two sides). Here the whole path is walked on a real CT with one thing wrong.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import nibabel
import numpy as np
import pytest

from neurotomy.anatomy import Side
from neurotomy.case import Case, parse_case
from neurotomy.errors import NeurotomyError
from neurotomy.guidance.check import Status
from neurotomy.report import write_report
from neurotomy.treatment import Treatment, find_nerves, treat

ROOT = Path(__file__).resolve().parents[2]
SHARED = "../../shared/data/lumbar_totalseg_3mm"


def case_on(folder: Path, side: str = "right", joint: str = "L4/5") -> Case:
    text = (ROOT / "examples" / "lumbar_ct.toml").read_text(encoding="utf-8")
    for old, new in ((SHARED, str(folder)), ('side = "right"', f'side = "{side}"'), ('["L4/5"]', f'["{joint}"]')):
        assert old in text
        text = text.replace(old, new)
    return parse_case(text)


@pytest.fixture(scope="module")
def real(real_data) -> Path:
    return real_data("lumbar_totalseg_3mm/ct.nii.gz").parent


@pytest.fixture(scope="module")
def treatment(real) -> Treatment:
    return treat(case_on(real))


def rewritten(real: Path, out: Path, ct=lambda image: image, labels=lambda image: image) -> Path:
    """The same data with something done to it."""
    for name, change in (("ct.nii.gz", ct), ("labels_totalseg.nii.gz", labels)):
        image = nibabel.load(real / name)
        nibabel.save(change(nibabel.Nifti1Image(np.asarray(image.dataobj), image.affine)), out / name)
    return out


def mirrored(image: nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    """Left and right exchanged: voxels turned round, affine as it was."""
    return nibabel.Nifti1Image(np.asarray(image.dataobj)[::-1].copy(), image.affine)


def stored_otherwise(image: nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    """The same patient, voxels in another order: axes exchanged and turned, affine to match."""
    return image.as_reoriented(np.array([[2, -1], [0, -1], [1, 1]]))


def shifted_one_level(image: nibabel.Nifti1Image) -> nibabel.Nifti1Image:
    """Every lumbar vertebra is called by the name of the one below."""
    labels = np.asarray(image.dataobj)
    return nibabel.Nifti1Image(np.where((labels >= 28) & (labels <= 33), labels - 1, labels), image.affine)


def test_another_storage_order_is_the_same_patient(real, treatment, tmp_path):
    folder = rewritten(real, tmp_path, stored_otherwise, stored_otherwise)
    anatomy = find_nerves(case_on(folder))
    for course, before in zip(anatomy.courses, treatment.anatomy.courses, strict=True):
        assert course.target == before.target
        gap = np.linalg.norm(course.landmarks_mm["target"] - before.landmarks_mm["target"])
        assert gap < 0.3


def test_a_mirrored_label_map_is_refused(real, tmp_path):
    with pytest.raises(NeurotomyError, match="mirrored"):
        find_nerves(case_on(rewritten(real, tmp_path, labels=mirrored)))


def test_a_mirrored_patient_is_refused_when_the_map_shows_more_than_vertebrae(real, tmp_path):
    """CT and map mirrored together: vertebrae alone are alike on both sides, but hips are not."""

    def with_hips(image: nibabel.Nifti1Image) -> nibabel.Nifti1Image:
        # NIfTI counts x to the patient's right, and so do this file's voxels.
        assert image.affine[0, 0] > 0
        labels = np.asarray(image.dataobj).copy()
        middle = labels.shape[0] // 2
        labels[middle + 30 : middle + 40, 40:60, 5:20] = 78  # hip_right
        labels[middle - 40 : middle - 30, 40:60, 5:20] = 77  # hip_left
        return nibabel.Nifti1Image(labels, image.affine)

    for name in ("true", "turned"):
        (tmp_path / name).mkdir()
    assert find_nerves(case_on(rewritten(real, tmp_path / "true", labels=with_hips))).courses
    turned = rewritten(real, tmp_path / "turned", ct=mirrored, labels=lambda image: mirrored(with_hips(image)))
    with pytest.raises(NeurotomyError, match="left and right"):
        find_nerves(case_on(turned))


def test_a_label_map_shifted_by_a_level_does_not_pass_in_silence(real, treatment, tmp_path):
    folder = rewritten(real, tmp_path, labels=shifted_one_level)
    try:
        anatomy = find_nerves(case_on(folder))
    except NeurotomyError:
        return
    said = " ".join(warning for course in anatomy.courses for warning in course.warnings)
    assert any(word in said for word in ("count", "level", "number")), said
    for course, before in zip(anatomy.courses, treatment.anatomy.courses, strict=True):
        moved = course.landmarks_mm["target"][2] - before.landmarks_mm["target"][2]
        assert moved > 15, "the map is believed, so the other level is what is shown, and it is shown as such"


def test_the_other_side_in_the_case_turns_everything(real, treatment):
    left = treat(case_on(real, side="left"))
    for a, b in zip(treatment.guidance.needles, left.guidance.needles, strict=True):
        assert b.placement.target == dataclasses.replace(a.placement.target, side=Side.LEFT)
        assert b.placement.tip_lps_mm[0] - a.placement.tip_lps_mm[0] > 30
        for before, after in zip(a.views, b.views, strict=True):
            assert (before.side, after.side) == (Side.RIGHT, Side.LEFT)
        assert "right" in a.views[1].carm.in_words
        assert "left" in b.views[1].carm.in_words


def test_another_joint_in_the_case_moves_everything_by_a_level(real, treatment):
    above = treat(case_on(real, joint="L3/4"))
    assert [n.placement.target.bone for n in above.guidance.needles] == ["L3", "L4"]
    shared = treatment.guidance.needles[0], above.guidance.needles[1]
    assert shared[0].placement.target == shared[1].placement.target
    for low, high in zip(treatment.guidance.needles, above.guidance.needles, strict=True):
        assert high.placement.tip_lps_mm[2] - low.placement.tip_lps_mm[2] > 15
        assert {view.level for view in high.views} == {high.placement.target.bone}


@pytest.mark.parametrize(
    ("name", "change"),
    [("correct side", {"side": Side.LEFT}), ("correct level", {"nerve": "L2 medial branch", "bone": "L3"})],
)
def test_a_needle_said_to_be_for_another_place_is_an_error(real, treatment, name, change):
    from neurotomy.anatomy.locate import locate_nerves
    from neurotomy.guidance.checks import check_placement

    placement = treatment.guidance.needles[0].placement
    target = dataclasses.replace(placement.target, **change)
    anatomy = treatment.anatomy
    (course,) = locate_nerves(anatomy.ct, anatomy.labels, [target])
    checks = check_placement(dataclasses.replace(placement, target=target), course, anatomy)
    assert {check.name: check.status for check in checks}[name] is Status.ERROR


@pytest.mark.parametrize("change", [{"side": Side.LEFT}, {"nerve": "L2 medial branch", "bone": "L3"}])
def test_a_report_of_two_places_is_not_written(treatment, tmp_path, change):
    first, *rest = treatment.guidance.needles
    view = dataclasses.replace(first.views[0], target=dataclasses.replace(first.views[0].target, **change))
    needle = dataclasses.replace(first, views=(view, *first.views[1:]))
    wrong = dataclasses.replace(treatment, guidance=dataclasses.replace(treatment.guidance, needles=(needle, *rest)))
    with pytest.raises(NeurotomyError, match=r"side|level|left|right"):
        write_report(wrong, tmp_path / "out")
    assert not (tmp_path / "out").exists()
