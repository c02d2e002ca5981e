"""Write a treatment for other programs: DICOM, NIfTI, STL."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurotomy.errors import OutputError, nearest
from neurotomy.progress import SILENT, Progress
from neurotomy.report.export.codes import subject
from neurotomy.report.export.result import Exported
from neurotomy.report.heading import refuse_two_sides
from neurotomy.report.publish import staging

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["FORMATS", "INDEX", "export_treatment"]

FORMATS = ("dicom", "nifti", "stl")
INDEX = "export.json"
SCHEMA_VERSION = 1


def export_treatment(
    treatment: Treatment,
    out: Path,
    formats: Collection[str] = FORMATS,
    *,
    salt: str = "",
    keep_identity: bool = False,
    progress: Progress = SILENT,
) -> Exported:
    """Write `treatment` below `out`, with ``export.json`` that says what each file is.

    All files appear together at the end. Files of an earlier export that this one does not have are removed: another
    side or level must not lie beside this one.

    Parameters
    ----------
    treatment : Treatment
        From :func:`neurotomy.treatment.treat`.
    out : Path
        A directory; created when it is missing.
    formats : collection of str
        Of ``dicom``, ``nifti`` and ``stl``.
    salt : str
        A secret: without it nobody can make the same UIDs from the same CT and pseudonym.
    keep_identity : bool
        Put the DICOM objects into the source CT's own study, under its patient's name, so that they lie on the CT in
        the PACS that it came from. Default is a new study under the case's pseudonym, with a CT of its own.
    progress : Progress
        Told of each part; cancels.

    Raises
    ------
    OutputError
        When `out` cannot be written to, a format does not exist, or an optional group is not installed.
    ImageError
        When an identity is to be kept that is not there.
    AnatomyError
        When the treatment says two sides: nothing is written.
    """
    for name in formats:
        if name not in FORMATS:
            raise OutputError(f"There is no format '{name}'. {nearest(name, FORMATS)}")
    refuse_two_sides(treatment)
    out = Path(out)
    files: dict[str, str] = {}
    objects: dict[str, Any] = {}
    meaning: dict[str, dict[str, str]] = {}
    notes: list[str] = []
    study_uid = frame_uid = ""
    deidentified = True
    earlier = _listed(out)
    parts = {
        name: (n / len(formats), (n + 1) / len(formats)) for n, name in enumerate(f for f in FORMATS if f in formats)
    }
    with staging(out) as folder:
        if "dicom" in formats:
            study, made, left_out = _dicom(treatment, salt, keep_identity, progress.part(*parts["dicom"], "DICOM"))
            study_uid, frame_uid, deidentified = study.study_uid, study.frame_uid, study.deidentified
            for name, (what, dataset) in made.items():
                _save(dataset, folder / name)
                files[name], objects[name] = what, dataset
            notes += left_out
        if "nifti" in formats:
            written, meaning, left_out = _nifti(treatment, folder, progress.part(*parts["nifti"], "NIfTI"))
            files.update(written)
            notes += left_out
        if "stl" in formats:
            files.update(_stl(treatment, folder, progress.part(*parts["stl"], "STL")))
        quality_note = [f"{treatment.anatomy.quality}."] if treatment.anatomy.quality else []
        exported = Exported(
            subject=subject(treatment),
            files=files,
            label_numbers=meaning,
            study_uid=study_uid,
            frame_of_reference_uid=frame_uid,
            deidentified=deidentified,
            notes=tuple(dict.fromkeys([*quality_note, *notes, *treatment.anatomy.warnings])),
            quality=treatment.anatomy.quality,
            paths=tuple(out / name for name in (*files, INDEX)),
            objects=objects,
        )
        (folder / INDEX).write_text(json.dumps(_index(treatment, exported), indent=1, ensure_ascii=False), "utf-8")
        progress(0.99, "Putting the files in place")
    _remove(out, earlier - set(files))
    progress(1.0, "Export written")
    return exported


def _dicom(treatment: Treatment, salt: str, keep: bool, progress: Progress) -> tuple[Any, dict[str, Any], list[str]]:
    from neurotomy.report.export.objects import dicom_objects, study_of
    from neurotomy.report.export.source import source_images

    images = source_images(treatment.case) if keep else None
    study = study_of(treatment, salt, images)
    made, left_out = dicom_objects(treatment, study, images, progress)
    if keep and not study.deidentified:
        left_out.append("The DICOM objects carry the patient's own name and numbers, as asked by keeping the identity.")
    return study, made, left_out


def _save(dataset: Any, path: Path) -> None:
    import pydicom

    path.parent.mkdir(parents=True, exist_ok=True)
    pydicom.dcmwrite(path, dataset, enforce_file_format=True)


def _nifti(
    treatment: Treatment, folder: Path, progress: Progress
) -> tuple[dict[str, str], dict[str, dict[str, str]], list[str]]:
    from neurotomy.imaging.export.nifti import write_nifti
    from neurotomy.report.export.label_maps import label_maps

    progress(0.0, "Label maps")
    maps, meaning, left_out = label_maps(treatment)
    (folder / "nifti").mkdir()
    files = {}
    volumes = {"ct": treatment.anatomy.ct, **maps}
    for n, (name, volume) in enumerate(volumes.items()):
        progress(0.2 + 0.8 * n / len(volumes), f"Writing {name}.nii.gz")
        write_nifti(volume, folder / "nifti" / f"{name}.nii.gz")
        files[f"nifti/{name}.nii.gz"] = _of_map(name)
    return files, {f"nifti/{name}.nii.gz": numbers for name, numbers in meaning.items()}, left_out


def _of_map(name: str) -> str:
    if name == "ct":
        return "CT, HU"
    if name == "bones":
        return "label map of bones, numbers of TotalSegmentator v2, on the CT's grid"
    kind, fine, _ = name.partition("-fine")
    return f"label map of {kind}, " + ("fine voxels around them" if fine else "on the CT's grid")


def _stl(treatment: Treatment, folder: Path, progress: Progress) -> dict[str, str]:
    from neurotomy.imaging.export.stl import write_stl
    from neurotomy.report.export.surfaces import surfaces

    (folder / "stl").mkdir()
    files = {}
    for n, (name, words, mesh) in enumerate(surfaces(treatment)):
        progress(min(n / 20, 0.95), f"Surface of {words}")
        write_stl(mesh, folder / "stl" / f"{name}.stl", words)
        files[f"stl/{name}.stl"] = f"surface of {words}, LPS, mm"
    return files


def _index(treatment: Treatment, exported: Exported) -> dict[str, Any]:
    from neurotomy.imaging.export.study import NOT_A_DEVICE

    return {
        "schema_version": SCHEMA_VERSION,
        "not_for_clinical_use": NOT_A_DEVICE,
        **exported.to_dict(),
        "provenance": treatment.provenance.to_dict(),
    }


def _listed(out: Path) -> set[str]:
    """Files that an earlier export wrote here."""
    try:
        held = json.loads((out / INDEX).read_text(encoding="utf-8"))["files"]
        return {str(name) for name in held if str(name).split("/")[0] in FORMATS and ".." not in str(name).split("/")}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _remove(out: Path, names: set[str]) -> None:
    for name in sorted(names):
        path = out / name
        if path.is_file() and not path.is_symlink():
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
