"""A CT as a DICOM series: new objects that hold nothing but the voxels and their place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.geometry import Volume
from neurotomy.imaging.export.identity import digest
from neurotomy.imaging.export.study import NOT_A_DEVICE, Study, begin, decimal
from neurotomy.progress import SILENT, Progress

__all__ = ["CT_SERIES", "axial", "ct_datasets", "ct_digest"]

CT_SERIES = 1
"""Number of the CT's series."""


def axial(volume: Volume) -> Volume:
    """The same voxels in the same places, with i towards the patient's left, j towards the back, k towards the head.

    That is how axial slices are shown everywhere: rows run to the left, columns to the back.
    """
    from nibabel import orientations

    axes: Any = orientations
    turn = axes.io_orientation(volume.lps_from_voxel)
    array = axes.apply_orientation(volume.array, turn)
    return Volume(np.ascontiguousarray(array), volume.lps_from_voxel @ axes.inv_ornt_aff(turn, volume.shape))


def ct_digest(ct: Volume) -> str:
    """A hash of voxels and place, however the axes are stored."""
    upright = axial(ct)
    return digest(upright.array, np.round(upright.lps_from_voxel, 6))


def ct_datasets(ct: Volume, study: Study, description: str, progress: Progress = SILENT) -> list[Any]:
    """CT images of `ct`, from the feet to the head; HU are stored as they are (slope 1, intercept 0).

    Parameters
    ----------
    ct : Volume
        HU.
    study : Study
        Whose it is.
    description : str
        Of the series.
    progress : Progress
        Told for each image.
    """
    from pydicom.uid import CTImageStorage

    upright = axial(ct)
    hu = np.clip(np.rint(upright.array), -32768, 32767).astype("<i2")
    whole = digest(hu, np.round(upright.lps_from_voxel, 6))
    # Row × column must give the direction in which slices are counted up, else a viewer shows them mirrored in depth;
    # each image states its own place, so the patient's sides are right in any case.
    spacing = upright.spacing_mm
    axes = upright.lps_from_voxel[:3, :3] / spacing
    series = (CT_SERIES, study.series_uid("CT", whole), description)
    images = []
    for k in range(upright.shape[2]):
        progress(k / upright.shape[2], f"CT image {k + 1} of {upright.shape[2]}")
        uid = study.identity.uid("CT image", series[1], k)
        image = begin(study, CTImageStorage, modality="CT", series=series, instance_uid=uid, instance_number=k + 1)
        image.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        image.AcquisitionNumber, image.KVP = None, None
        image.PatientPosition = image.Laterality = ""  # each image says itself how it lies
        _place(image, upright, axes, spacing, k)
        image.RescaleIntercept, image.RescaleSlope, image.RescaleType = "0", "1", "HU"
        image.WindowCenter, image.WindowWidth = [400, 40], [1800, 400]
        image.WindowCenterWidthExplanation = ["BONE", "SOFT TISSUE"]
        image.BurnedInAnnotation, image.LossyImageCompression = "NO", "00"
        image.ImageComments = NOT_A_DEVICE
        _grey16(image, hu[:, :, k].T)
        images.append(image)
    progress(1.0)
    return images


def _place(image: Any, volume: Volume, axes: NDArray[np.float64], spacing: NDArray[np.float64], k: int) -> None:
    image.ImagePositionPatient = [decimal(v) for v in volume.lps([0, 0, k])]
    image.ImageOrientationPatient = [decimal(v) for v in (*axes[:, 0], *axes[:, 1])]
    image.PixelSpacing = [decimal(spacing[1]), decimal(spacing[0])]
    image.SliceThickness = image.SpacingBetweenSlices = decimal(spacing[2])


def _grey16(image: Any, pixels: NDArray[Any]) -> None:
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
    image.PixelData = np.ascontiguousarray(pixels).tobytes()
    image["PixelData"].VR = "OW"
