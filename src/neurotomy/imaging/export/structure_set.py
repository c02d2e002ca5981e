"""Needles and nerves as a DICOM RT Structure Set: lines in the CT's frame of reference, which planning systems read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.imaging.export.identity import digest
from neurotomy.imaging.export.study import NOT_A_DEVICE, Study, begin, decimal, short

__all__ = ["Line", "structure_set_dataset"]


@dataclass(frozen=True)
class Line:
    """An open line in space.

    Attributes
    ----------
    name, description
        With side and level; at most 64 characters, and in full.
    points_lps_mm
        (n, 3); one point is written as a point.
    rgb
        Colour to show it in.
    """

    name: str
    description: str
    points_lps_mm: NDArray[np.float64]
    rgb: tuple[int, int, int]


def structure_set_dataset(
    lines: Sequence[Line], images: Sequence[Any], study: Study, *, series: tuple[int, str, str], comment: str = ""
) -> Any:
    """An RT Structure Set with one region of interest for each line.

    Parameters
    ----------
    lines : sequence of Line
        LPS mm.
    images : sequence of Dataset
        The CT's images, which are referenced.
    study, series
        As in :func:`neurotomy.imaging.export.study.begin`.
    comment : str
        What a reader must know of all of it.
    """
    from pydicom.dataset import Dataset
    from pydicom.uid import RTStructureSetStorage

    parts = [part for line in lines for part in (line.name, line.points_lps_mm)]
    uid = study.identity.uid("structure set", series[1], digest(*parts))
    made = begin(study, RTStructureSetStorage, modality="RTSTRUCT", series=series, instance_uid=uid, instance_number=1)
    made.StructureSetLabel = "NEUROTOMY"
    made.StructureSetName = short(series[2])
    made.StructureSetDescription = ". ".join(part for part in (series[2], comment, f"{NOT_A_DEVICE}.") if part)
    made.StructureSetDate = made.StructureSetTime = ""
    made.OperatorsName = ""
    made.ApprovalStatus = "UNAPPROVED"
    made.ReferencedFrameOfReferenceSequence = [_referenced(images, study)]
    made.StructureSetROISequence, made.ROIContourSequence, made.RTROIObservationsSequence = [], [], []
    for number, line in enumerate(lines, 1):
        roi, contours, contour, observation = Dataset(), Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ReferencedFrameOfReferenceUID = number, study.frame_uid
        roi.ROIName, roi.ROIDescription = short(line.name), line.description
        roi.ROIGenerationAlgorithm = "AUTOMATIC"
        points = np.atleast_2d(line.points_lps_mm)
        contour.ContourGeometricType = "POINT" if len(points) == 1 else "OPEN_NONPLANAR"
        contour.NumberOfContourPoints = len(points)
        contour.ContourData = [decimal(v) for v in points.ravel()]
        contours.ReferencedROINumber, contours.ROIDisplayColor = number, list(line.rgb)
        contours.ContourSequence = [contour]
        observation.ObservationNumber = observation.ReferencedROINumber = number
        observation.ROIObservationLabel = short(line.name)[:16]
        observation.RTROIInterpretedType, observation.ROIInterpreter = "", ""
        made.StructureSetROISequence.append(roi)
        made.ROIContourSequence.append(contours)
        made.RTROIObservationsSequence.append(observation)
    return made


def _referenced(images: Sequence[Any], study: Study) -> Any:
    """The frame of reference, and the images that show it."""
    from pydicom.dataset import Dataset

    frame, in_study, in_series = Dataset(), Dataset(), Dataset()
    in_series.SeriesInstanceUID = images[0].SeriesInstanceUID
    in_series.ContourImageSequence = []
    for image in images:
        one = Dataset()
        one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID = image.SOPClassUID, image.SOPInstanceUID
        in_series.ContourImageSequence.append(one)
    in_study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"  # detached study management, as PS3.3 C.8.8.5 says
    in_study.ReferencedSOPInstanceUID = study.study_uid
    in_study.RTReferencedSeriesSequence = [in_series]
    frame.FrameOfReferenceUID = study.frame_uid
    frame.RTReferencedStudySequence = [in_study]
    return frame
