"""Regions of voxels as a DICOM Segmentation that references the CT they lie on."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging.export.ct import axial
from neurotomy.imaging.export.identity import digest
from neurotomy.imaging.export.needs import needed
from neurotomy.imaging.export.study import NOT_A_DEVICE, SOFTWARE, Study, short

__all__ = ["Code", "Segment", "segmentation_dataset"]

Code = tuple[str, str, str]
"""Value, scheme, meaning: ``("3057000", "SCT", "Nerve")``."""


@dataclass(frozen=True)
class Segment:
    """One region.

    Attributes
    ----------
    label
        Short name with side and level, at most 64 characters.
    description
        The same in full, and how it was made.
    inside
        True in the region, on the CT's grid.
    category, kind
        Coded category and type of what it is.
    anatomy, laterality
        Coded structure that it lies at, and ``left`` or ``right`` or empty.
    rgb
        Colour to show it in.
    """

    label: str
    description: str
    inside: Volume
    category: Code
    kind: Code
    anatomy: Code | None
    laterality: str
    rgb: tuple[int, int, int]


_SIDES: dict[str, Code] = {"left": ("7771000", "SCT", "Left"), "right": ("24028007", "SCT", "Right")}


def segmentation_dataset(
    segments: Sequence[Segment], images: Sequence[Any], study: Study, *, series: tuple[int, str, str], comment: str = ""
) -> Any:
    """A binary segmentation on the CT's grid; regions may overlap.

    Frames are written for slices that hold something. They have the rows and columns of the CT, so that viewers that
    only overlay equal grids show them too.

    Parameters
    ----------
    segments : sequence of Segment
        All on one grid.
    images : sequence of Dataset
        The CT's images, which are referenced.
    study : Study
        Whose it is; of the same frame of reference as the images.
    series : tuple
        Number, UID and description.
    comment : str
        What a reader must know of all of it.

    Raises
    ------
    ImageError
        When a region is empty or lies on another grid.
    OutputError
        When the group ``pacs`` is not installed.
    """
    hd = needed("highdicom", "pacs", "Writing DICOM segmentations")
    seg = needed("highdicom.seg", "pacs", "Writing DICOM segmentations")
    for segment in segments:
        if not segment.inside.same_grid(segments[0].inside):
            raise ImageError(f"'{segment.label}' lies on another grid than the other segments.")
        if not np.any(segment.inside.array):
            raise ImageError(f"'{segment.label}' is empty on this CT: nothing of it lies inside the image.")
    frames, channels, affine = _frames(segments)
    volume = hd.Volume(frames, affine, "PATIENT", frame_of_reference_uid=study.frame_uid, channels=channels)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a pseudonym is a name of one part, and is meant so
        made = seg.Segmentation(
            source_images=list(images),
            pixel_array=volume,
            segmentation_type=seg.SegmentationTypeValues.BINARY,
            segment_descriptions=[_description(hd, seg, n, s, study) for n, s in enumerate(segments, 1)],
            series_instance_uid=series[1],
            series_number=series[0],
            sop_instance_uid=study.identity.uid("segmentation", series[1], digest(frames, np.round(affine, 6))),
            instance_number=1,
            manufacturer="neurotomy",
            manufacturer_model_name="neurotomy",
            software_versions=SOFTWARE,
            device_serial_number="none",
            content_description=NOT_A_DEVICE,
            content_creator_name="neurotomy",
            content_label="NEUROTOMY",
            series_description=short(series[2]),
        )
    for n, segment in enumerate(segments):
        item = made.SegmentSequence[n]
        item.SegmentDescription = segment.description
        if segment.laterality and item.get("AnatomicRegionSequence"):
            item.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [_coded(hd, _SIDES[segment.laterality])]
    made.SpecificCharacterSet = "ISO_IR 192"
    made.ImageComments = ". ".join(part for part in (series[2], comment, f"{NOT_A_DEVICE}.") if part)
    made.update({element.tag: element for element in study.header})
    made.BurnedInAnnotation = "NO"
    return made


def _frames(segments: Sequence[Segment]) -> tuple[NDArray[np.uint8], dict[str, list[int]] | None, NDArray[np.float64]]:
    """The slices that hold something, (slice, row, column), channels and affine in this order of axes.

    Segments that do not overlap share one array of their numbers: a whole spine in a fine CT would else take gigabytes.
    """
    grid = segments[0].inside
    numbers = np.zeros(grid.shape, dtype=np.uint8)
    apart = len(segments) < 256
    for n, segment in enumerate(segments, 1):
        inside = np.asarray(segment.inside.array, dtype=bool)
        apart = apart and not np.any(numbers[inside])
        numbers[inside] = min(n, 255)
    upright = axial(Volume(numbers, grid.lps_from_voxel))
    held = np.flatnonzero(upright.array.any(axis=(0, 1)))
    low, high = int(held[0]), int(held[-1]) + 1
    affine = np.array(upright.lps_from_voxel)
    affine[:3, 3] = upright.lps([0, 0, low])
    affine = affine[:, [2, 1, 0, 3]]  # highdicom counts slice, row, column
    if apart:
        return np.ascontiguousarray(upright.array[:, :, low:high].transpose(2, 1, 0)), None, affine
    parts = []
    for segment in segments:
        one = axial(Volume(np.asarray(segment.inside.array, dtype=np.uint8), grid.lps_from_voxel))
        parts.append(one.array[:, :, low:high].transpose(2, 1, 0))
    return np.stack(parts, axis=-1), {"SegmentNumber": list(range(1, len(segments) + 1))}, affine


def _coded(hd: Any, code: Code) -> Any:
    return hd.sr.CodedConcept(*code)


def _description(hd: Any, seg: Any, number: int, segment: Segment, study: Study) -> Any:
    algorithm = hd.AlgorithmIdentificationSequence(
        name="neurotomy",
        version=SOFTWARE.split()[-1],
        family=hd.sr.CodedConcept("MODEL", "99NEUROTOMY", "Model of anatomy and heat"),
    )
    return seg.SegmentDescription(
        segment_number=number,
        segment_label=short(segment.label),
        segmented_property_category=_coded(hd, segment.category),
        segmented_property_type=_coded(hd, segment.kind),
        algorithm_type=seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=algorithm,
        tracking_uid=study.identity.uid("tracking", study.study_uid, segment.label),
        tracking_id=segment.label,
        anatomic_regions=None if segment.anatomy is None else [_coded(hd, segment.anatomy)],
        display_color=hd.color.CIELabColor(*_lab(segment.rgb)),
    )


def _lab(rgb: tuple[int, int, int]) -> NDArray[np.float64]:
    """CIE L*a*b* (white D65) of an sRGB colour: the published formulas of IEC 61966-2-1 and CIE 15."""
    c = np.asarray(rgb) / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = matrix @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
