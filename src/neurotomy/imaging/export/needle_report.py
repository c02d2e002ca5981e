"""Needles and what they reach as a DICOM Structured Report of template TID 1500 (measurement report)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.imaging.export.identity import digest
from neurotomy.imaging.export.needs import needed
from neurotomy.imaging.export.segmentation import Code
from neurotomy.imaging.export.study import NOT_A_DEVICE, SOFTWARE, Study, short

__all__ = ["Measured", "NeedleMeasurements", "needle_report_dataset"]

MILLIMETRE: Code = ("mm", "UCUM", "mm")
_NEEDLE: Code = ("79068005", "SCT", "Needle")
_LATERALITY: dict[str, Code] = {"left": ("7771000", "SCT", "Left"), "right": ("24028007", "SCT", "Right")}
_DEPTH: Code = ("DEPTH", "99NEUROTOMY", "Length of needle from skin to apex")
_COMMENT: Code = ("121106", "DCM", "Comment")
_ABLATION: Code = ("122750008", "SCT", "Radiofrequency ablation")


@dataclass(frozen=True)
class Measured:
    """One number: what it is (coded), value and unit (UCUM code and words)."""

    name: Code
    value: float
    unit: Code


@dataclass(frozen=True)
class NeedleMeasurements:
    """One needle.

    Attributes
    ----------
    label
        With side and level; the report's tracking identifier.
    apex_lps_mm, entry_lps_mm
        Apex and skin, (3,).
    site, laterality
        Coded bone, and ``left`` or ``right``.
    measured
        Further numbers.
    """

    label: str
    apex_lps_mm: NDArray[np.float64]
    entry_lps_mm: NDArray[np.float64]
    site: Code
    laterality: str
    measured: tuple[Measured, ...]


def needle_report_dataset(
    needles: Sequence[NeedleMeasurements],
    images: Sequence[Any],
    study: Study,
    *,
    series: tuple[int, str, str],
    device_uid: str,
    comment: str = "",
) -> Any:
    """A Comprehensive 3D SR: for each needle its line in space (apex first), its depth and further numbers.

    Parameters
    ----------
    needles : sequence of NeedleMeasurements
        In the order of the case.
    images : sequence of Dataset
        The CT's images, which are the evidence.
    study, series
        As in :func:`neurotomy.imaging.export.study.begin`.
    device_uid : str
        UID of the observer, which is a program.
    comment : str
        What a reader must know of all of it: a comment at the end of the report.

    Raises
    ------
    OutputError
        When the group ``pacs`` is not installed.
    """
    hd = needed("highdicom", "pacs", "Writing DICOM reports")
    sr = needed("highdicom.sr", "pacs", "Writing DICOM reports")
    context = sr.ObservationContext(
        observer_device_context=sr.ObserverContext(
            observer_type=hd.sr.CodedConcept("121007", "DCM", "Device"),
            observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
                uid=device_uid, name=SOFTWARE, manufacturer_name="neurotomy", model_name=NOT_A_DEVICE
            ),
        )
    )
    groups = [_group(sr, needle, study) for needle in needles]
    report = sr.MeasurementReport(
        observation_context=context,
        procedure_reported=sr.CodedConcept(*_ABLATION),
        imaging_measurements=groups,
        title=sr.CodedConcept("126000", "DCM", "Imaging Measurement Report"),
    )
    if comment:
        said = sr.TextContentItem(
            name=sr.CodedConcept(*_COMMENT), value=comment, relationship_type=sr.RelationshipTypeValues.CONTAINS
        )
        report[0].ContentSequence.append(said)
    parts = [p for n in needles for p in (n.label, n.apex_lps_mm, n.entry_lps_mm, n.measured)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a pseudonym is a name of one part, and is meant so
        made = sr.Comprehensive3DSR(
            evidence=list(images),
            content=report,
            series_instance_uid=series[1],
            series_number=series[0],
            sop_instance_uid=study.identity.uid("needle report", series[1], digest(*parts)),
            instance_number=1,
            manufacturer="neurotomy",
            is_complete=True,
            is_final=False,
            is_verified=False,
            series_description=short(series[2]),
        )
    made.SpecificCharacterSet = "ISO_IR 192"
    made.update({element.tag: element for element in study.header})
    return made


def _group(sr: Any, needle: NeedleMeasurements, study: Study) -> Any:
    line = np.stack([needle.apex_lps_mm, needle.entry_lps_mm])
    there = sr.CoordinatesForMeasurement3D(
        graphic_type=sr.GraphicTypeValues3D.POLYLINE, graphic_data=line, frame_of_reference_uid=study.frame_uid
    )
    depth = sr.Measurement(
        name=sr.CodedConcept(*_DEPTH),
        value=round(float(np.linalg.norm(line[1] - line[0])), 3),
        unit=sr.CodedConcept(*MILLIMETRE),
        referenced_coordinates=[there],
    )
    others = [
        sr.Measurement(
            name=sr.CodedConcept(*one.name), value=round(float(one.value), 4), unit=sr.CodedConcept(*one.unit)
        )
        for one in needle.measured
    ]
    return sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=study.identity.uid("tracking", study.study_uid, needle.label), identifier=needle.label
        ),
        finding_type=sr.CodedConcept(*_NEEDLE),
        finding_sites=[
            sr.FindingSite(
                anatomic_location=sr.CodedConcept(*needle.site),
                laterality=sr.CodedConcept(*_LATERALITY[needle.laterality]),
            )
        ],
        measurements=[depth, *others],
    )
