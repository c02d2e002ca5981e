"""Pictures as DICOM: a stamped one as Secondary Capture, an X-ray as X-Ray Angiographic image with its geometry.

Both are written, for they serve two readers. Secondary Capture in colour is what every PACS viewer shows exactly as it
was made: side, level, nerve and the words that it is not for clinical use are in the pixels, where no viewer's layout
can lose them. It has no geometry. The X-Ray Angiographic image (the object of a C-arm with isocentre; Digital X-Ray and
plain RF images have no secondary angle that viewers agree on) holds the bare radiograph with positioner angles,
distances and imager pixel spacing, so that a program can compute with it and a viewer shows angles and the letters of
directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.errors import ImageError
from neurotomy.imaging.export.identity import digest
from neurotomy.imaging.export.study import NOT_A_DEVICE, Study, begin, decimal

__all__ = ["PRIVATE_CREATOR", "Pose", "capture_dataset", "direction_letters", "private_geometry", "xray_dataset"]

PRIVATE_CREATOR = "NEUROTOMY"
"""Owner of group 0019 in X-ray images: what DICOM's single-frame X-ray image has no place for."""

_GROUP, _ISOCENTRE, _SHIFT, _ROTATION = 0x0019, 0x01, 0x02, 0x03


@dataclass(frozen=True)
class Pose:
    """The C-arm of one X-ray image, in DICOM's terms (PS3.3 C.8.7.5), for a patient in LPS mm.

    Attributes
    ----------
    primary_deg, secondary_deg, rotation_deg
        Positioner angles, and the turn of the detector about the beam.
    sdd_mm, sod_mm
        Source to detector, source to isocentre.
    pixel_mm
        Imager pixel spacing, at the detector.
    isocentre_lps_mm, shift_mm
        Where the isocentre is, and how far the detector's centre is moved (right, up).
    right, up
        Unit vectors along a row and up a column, LPS.
    """

    primary_deg: float
    secondary_deg: float
    rotation_deg: float
    sdd_mm: float
    sod_mm: float
    pixel_mm: float
    isocentre_lps_mm: tuple[float, float, float]
    shift_mm: tuple[float, float]
    right: tuple[float, float, float]
    up: tuple[float, float, float]


def direction_letters(direction: ArrayLike) -> str:
    """DICOM's letters of an LPS direction, the largest part first: ``L``, ``LA``, ``HP``.

    A part below 0.26 (15° off) is left out, as on a console.
    """
    d = np.asarray(direction, dtype=float)
    pairs = (("L", "R"), ("P", "A"), ("H", "F"))
    order = np.argsort(-np.abs(d), kind="stable")
    letters = "".join(pairs[axis][0 if d[axis] > 0 else 1] for axis in order if abs(d[axis]) > 0.26)
    if not letters:
        raise ImageError("A direction without length has no letters.")
    return letters


def capture_dataset(
    picture: NDArray[np.uint8],
    study: Study,
    *,
    series: tuple[int, str, str],
    number: int,
    laterality: str,
    body_part: str,
    comment: str,
) -> Any:
    """A colour picture as Secondary Capture. Text is burnt in, and the object says so.

    Parameters
    ----------
    picture : (rows, columns, 3) uint8 array
        RGB, row 0 at the top.
    study, series, number
        As in :func:`neurotomy.imaging.export.study.begin`.
    laterality, body_part, comment
        As in :func:`xray_dataset`.
    """
    from pydicom.uid import SecondaryCaptureImageStorage

    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ImageError(f"A picture is (rows, columns, 3) of 8 bits, not {picture.shape} of {picture.dtype}.")
    uid = study.identity.uid("capture", series[1], number, digest(picture, comment))
    image = begin(
        study, SecondaryCaptureImageStorage, modality="OT", series=series, instance_uid=uid, instance_number=number
    )
    del image.FrameOfReferenceUID, image.PositionReferenceIndicator  # the stamped picture is no image of a frame
    image.ConversionType = "WSD"
    image.BodyPartExamined, image.ImageLaterality = body_part, laterality
    image.ImageType = ["DERIVED", "SECONDARY"]
    image.PatientOrientation = ""
    image.BurnedInAnnotation, image.LossyImageCompression = "YES", "00"
    image.ImageComments = f"{comment}. {NOT_A_DEVICE}."
    image.Rows, image.Columns = picture.shape[:2]
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "RGB", 0
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
    _bytes(image, picture)
    return image


def xray_dataset(
    radiograph: NDArray[np.uint8],
    pose: Pose,
    study: Study,
    *,
    series: tuple[int, str, str],
    number: int,
    laterality: str,
    body_part: str,
    comment: str,
) -> Any:
    """A simulated radiograph as X-Ray Angiographic image, with the geometry that made it.

    Parameters
    ----------
    radiograph : (rows, columns) uint8 array
        Grey values for display, row 0 at the top.
    pose : Pose
        The C-arm.
    study, series, number
        As in :func:`neurotomy.imaging.export.study.begin`.
    laterality : str
        ``L`` or ``R``, the patient's side that is treated.
    body_part : str
        DICOM's term, for instance ``LSPINE``.
    comment : str
        What it shows.
    """
    from pydicom.uid import XRayAngiographicImageStorage

    if radiograph.ndim != 2 or radiograph.dtype != np.uint8:
        raise ImageError(f"A radiograph is (rows, columns) of 8 bits, not {radiograph.shape} of {radiograph.dtype}.")
    uid = study.identity.uid("X-ray", series[1], number, digest(radiograph, pose, comment))
    image = begin(
        study, XRayAngiographicImageStorage, modality="XA", series=series, instance_uid=uid, instance_number=number
    )
    image.ImageType = ["DERIVED", "SECONDARY", "SINGLE PLANE"]
    image.BodyPartExamined = body_part
    image.ImageLaterality = laterality
    image.PatientOrientation = [direction_letters(pose.right), direction_letters(-np.asarray(pose.up))]
    image.PatientPosition = "HFP"  # as needles are placed; angles are about the patient, so nothing hangs on it
    image.DerivationDescription = "Simulated radiograph, computed from a CT; no patient was irradiated for it"
    image.BurnedInAnnotation, image.LossyImageCompression = "NO", "00"
    image.ImageComments = f"{comment}. {NOT_A_DEVICE}."
    image.PixelIntensityRelationship = "DISP"
    image.KVP, image.RadiationSetting = None, "SC"
    image.XRayTubeCurrent = image.ExposureTime = None
    image.PositionerMotion, image.TableMotion = "STATIC", "STATIC"
    image.PositionerPrimaryAngle = decimal(pose.primary_deg)
    image.PositionerSecondaryAngle = decimal(pose.secondary_deg)
    image.DistanceSourceToDetector = decimal(pose.sdd_mm)
    image.DistanceSourceToPatient = decimal(pose.sod_mm)
    image.EstimatedRadiographicMagnificationFactor = decimal(pose.sdd_mm / pose.sod_mm)
    image.ImagerPixelSpacing = [decimal(pose.pixel_mm)] * 2
    at_isocentre = decimal(pose.pixel_mm * pose.sod_mm / pose.sdd_mm)
    image.PixelSpacing = [at_isocentre, at_isocentre]
    image.PixelSpacingCalibrationType = "GEOMETRY"
    image.PixelSpacingCalibrationDescription = "True at the isocentre, which is the target"
    block = image.private_block(_GROUP, PRIVATE_CREATOR, create=True)
    block.add_new(_ISOCENTRE, "FD", list(pose.isocentre_lps_mm))
    block.add_new(_SHIFT, "FD", list(pose.shift_mm))
    block.add_new(_ROTATION, "FD", pose.rotation_deg)
    image.Rows, image.Columns = radiograph.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 8, 8, 7, 0
    image.WindowCenter, image.WindowWidth = "128", "256"
    _bytes(image, radiograph)
    return image


def private_geometry(image: Any) -> tuple[list[float], list[float], float]:
    """Isocentre (LPS mm), detector shift (mm) and rotation (degrees) of an image of :func:`xray_dataset`.

    Raises
    ------
    ImageError
        When it was not made by neurotomy, or the PACS dropped private attributes.
    """
    try:
        block = image.private_block(_GROUP, PRIVATE_CREATOR)
        return (
            [float(v) for v in block[_ISOCENTRE].value],
            [float(v) for v in block[_SHIFT].value],
            float(block[_ROTATION].value),
        )
    except KeyError:
        raise ImageError("This X-ray image does not say where its isocentre is: it is not of neurotomy.") from None


def _bytes(image: Any, pixels: NDArray[np.uint8]) -> None:
    data = np.ascontiguousarray(pixels).tobytes()
    image.PixelData = data + b"\0" * (len(data) % 2)
    image["PixelData"].VR = "OB"
