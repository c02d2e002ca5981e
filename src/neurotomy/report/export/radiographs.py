"""The views of a treatment as DICOM pictures, and the C-arm read back from one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.guidance.carm import CArm
from neurotomy.guidance.result import GuidedNeedle, View
from neurotomy.imaging.export.picture import Pose, capture_dataset, private_geometry, xray_dataset
from neurotomy.imaging.export.study import Study
from neurotomy.progress import SILENT, Progress
from neurotomy.report.export.codes import body_part, subject

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["captures", "carm_of", "pose_of", "view_name", "xrays"]

CAPTURES, XRAYS = 101, 102
"""Numbers of the two series."""


def pose_of(carm: CArm) -> Pose:
    """The C-arm in DICOM's terms: its angles are DICOM's already."""

    def three(vector: Any) -> tuple[float, float, float]:
        x, y, z = (float(v) for v in vector)
        return x, y, z

    return Pose(
        primary_deg=carm.primary_deg,
        secondary_deg=carm.secondary_deg,
        rotation_deg=carm.rotation_deg,
        sdd_mm=carm.sdd_mm,
        sod_mm=carm.sod_mm,
        pixel_mm=carm.pixel_mm,
        isocentre_lps_mm=three(carm.isocentre_lps_mm),
        shift_mm=(float(carm.detector_shift_mm[0]), float(carm.detector_shift_mm[1])),
        right=three(carm.right),
        up=three(carm.up),
    )


def carm_of(image: Any) -> CArm:
    """The C-arm of an X-ray image that :func:`xrays` wrote.

    Raises
    ------
    ImageError
        When the image is not of neurotomy.
    """
    isocentre, shift, rotation = private_geometry(image)
    return CArm(
        isocentre_lps_mm=isocentre,  # type: ignore[arg-type]
        primary_deg=float(image.PositionerPrimaryAngle),
        secondary_deg=float(image.PositionerSecondaryAngle),
        rotation_deg=rotation,
        sdd_mm=float(image.DistanceSourceToDetector),
        sod_mm=float(image.DistanceSourceToPatient),
        rows=int(image.Rows),
        columns=int(image.Columns),
        pixel_mm=float(image.ImagerPixelSpacing[0]),
        detector_shift_mm=(shift[0], shift[1]),
    )


def view_name(number: int, view: View) -> str:
    """For files: ``1-l3-medial-branch-at-l4-right-ap``."""
    return f"{number}-{view.target.slug}-{view.name.lower().replace(' ', '-')}"


def captures(treatment: Treatment, study: Study, progress: Progress = SILENT) -> dict[str, Any]:
    """The stamped views with active tip and nerve marked, as Secondary Captures, by name."""
    from neurotomy.guidance.stamp import stamp

    series = (CAPTURES, study.series_uid("captures", _digest(treatment)), f"{subject(treatment)}: views, simulated")
    made = {}
    for n, (needle, view) in enumerate(_views(treatment), 1):
        progress(n / max(len(_views(treatment)), 1), f"Picture of the {view.name} view")
        course = treatment.anatomy.course(view.target)
        picture = stamp(view, placement=needle.placement, course=course)
        made[view_name(_needle_number(treatment, needle), view)] = capture_dataset(
            picture,
            study,
            series=series,
            number=n,
            laterality=view.side.letter,
            body_part=body_part(view.target),
            comment=_comment(treatment, view),
        )
    return made


def xrays(treatment: Treatment, study: Study) -> dict[str, Any]:
    """The bare views as X-Ray Angiographic images with the C-arm's geometry, by name."""
    series = (XRAYS, study.series_uid("xrays", _digest(treatment)), f"{subject(treatment)}: C-arm, simulated")
    return {
        view_name(_needle_number(treatment, needle), view): xray_dataset(
            view.image,
            pose_of(view.carm),
            study,
            series=series,
            number=n,
            laterality=view.side.letter,
            body_part=body_part(view.target),
            comment=_comment(treatment, view),
        )
        for n, (needle, view) in enumerate(_views(treatment), 1)
    }


def _views(treatment: Treatment) -> list[tuple[GuidedNeedle, View]]:
    return [(needle, view) for needle in treatment.guidance.needles for view in needle.views]


def _needle_number(treatment: Treatment, needle: GuidedNeedle) -> int:
    return next(n for n, other in enumerate(treatment.guidance.needles, 1) if other is needle)


def _comment(treatment: Treatment, view: View) -> str:
    made = f"{view.target.label}: {view.name} view, {view.carm.in_words}; simulated from CT"
    return f"{made}. {treatment.anatomy.quality}" if treatment.anatomy.quality else made


def _digest(treatment: Treatment) -> str:
    """Of all pictures together: another needle makes another series."""
    from neurotomy.imaging.export.identity import digest

    return digest(*(part for _, view in _views(treatment) for part in (view.target.label, view.name, view.image)))
