"""All DICOM objects of one treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.imaging.export.ct import axial, ct_datasets, ct_digest
from neurotomy.imaging.export.identity import Identity, digest
from neurotomy.imaging.export.needle_report import needle_report_dataset
from neurotomy.imaging.export.segmentation import Segment, segmentation_dataset
from neurotomy.imaging.export.structure_set import structure_set_dataset
from neurotomy.imaging.export.study import Study
from neurotomy.progress import SILENT, Progress
from neurotomy.report.export.codes import subject
from neurotomy.report.export.lines import lines_of
from neurotomy.report.export.measurements import needle_measurements
from neurotomy.report.export.radiographs import captures, xrays
from neurotomy.report.export.segments import bone_segments, nerve_and_lesion_segments

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["dicom_objects", "study_of"]

_REGIONS, _BONES, _LINES, _REPORT = 103, 104, 105, 106


def study_of(treatment: Treatment, salt: str, images: list[Any] | None) -> Study:
    """The study that everything goes into: a new one, or with `images` that of the source CT."""
    identity = Identity(treatment.case.patient.pseudonym, salt)
    if images is not None:
        return Study.of_source(identity, images)
    ct = treatment.anatomy.ct
    return Study.pseudonymous(identity, ct_digest(ct), f"RF neurotomy {subject(treatment)}, simulated")


def dicom_objects(
    treatment: Treatment, study: Study, images: list[Any] | None, progress: Progress = SILENT
) -> tuple[dict[str, tuple[str, Any]], list[str]]:
    """Objects with what they are, by path below the folder; and what was left out, in words.

    Parameters
    ----------
    treatment : Treatment
        From :func:`neurotomy.treatment.treat`.
    study : Study
        From :func:`study_of`.
    images : list of Dataset or None
        Images of the source CT when its identity is kept; None writes the CT anew.
    progress : Progress
        Told of each part; cancels.
    """
    about, quality = subject(treatment), treatment.anatomy.quality
    told = (quality,) if quality else ()  # such objects are others than those of a CT with a label map
    made: dict[str, tuple[str, Any]] = {}
    if images is None:
        images = ct_datasets(treatment.anatomy.ct, study, f"CT for {about}", progress.part(0.0, 0.25))
        for n, image in enumerate(images, 1):
            made[f"dicom/ct/{n:04d}.dcm"] = ("CT image", image)
    images = [_without_pixels(image) for image in images]
    for name, image in captures(treatment, study, progress.part(0.25, 0.5)).items():
        made[f"dicom/views/{name}.dcm"] = ("stamped view, Secondary Capture", image)
    progress(0.5, "X-ray images")
    for name, image in xrays(treatment, study).items():
        made[f"dicom/xray/{name}.dcm"] = ("view with geometry, X-Ray Angiographic image", image)
    progress(0.55, "Segmentation of nerves and lesions")
    # Sampled on the grid that is written, so that turning the axes first costs nothing later.
    segments, left_out = nerve_and_lesion_segments(treatment, axial(treatment.anatomy.ct))
    parts: list[tuple[str, int, str, str, list[Segment]]] = [
        (
            "nerves-and-lesions",
            _REGIONS,
            "nerves and predicted lesions",
            f"{about}: nerves, lesions (predicted)",
            segments,
        ),
        ("bones", _BONES, "vertebrae", f"{about}: vertebrae", bone_segments(treatment)),
    ]
    for file, number, what, description, held in parts:
        progress(0.6 if number == _REGIONS else 0.7, f"Segmentation of {what}")
        if held:
            whole = digest(*(part for s in held for part in (s.label, s.inside.array)), *told)
            series = (number, study.series_uid(file, whole), description)
            made[f"dicom/{file}-seg.dcm"] = (
                f"segmentation of {what}",
                segmentation_dataset(held, images, study, series=series, comment=quality),
            )
    progress(0.85, "Needles")
    lines = lines_of(treatment)
    whole = digest(*(part for line in lines for part in (line.name, line.points_lps_mm)), *told)
    series = (_LINES, study.series_uid("lines", whole), f"{about}: needles and nerves")
    made["dicom/needles-rtstruct.dcm"] = (
        "needles and nerves, RT Structure Set",
        structure_set_dataset(lines, images, study, series=series, comment=quality),
    )
    needles = needle_measurements(treatment)
    series = (_REPORT, study.series_uid("report", digest(repr(needles), *told)), f"{about}: needle measurements")
    made["dicom/needles-sr.dcm"] = (
        "needles and measurements, Structured Report TID 1500",
        needle_report_dataset(
            needles, images, study, series=series, device_uid=study.identity.uid("neurotomy"), comment=quality
        ),
    )
    progress(1.0)
    return made, left_out


def _without_pixels(image: Any) -> Any:
    """What refers to an image needs its header only; a copy without pixels keeps memory small."""
    from pydicom.dataset import Dataset

    header = Dataset()
    header.update({element.tag: element for element in image if element.keyword != "PixelData"})
    header.file_meta = image.file_meta
    return header
