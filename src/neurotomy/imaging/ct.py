"""A CT from a NIfTI file or a folder of DICOM images, as Hounsfield units in patient LPS."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.progress import SILENT, Progress
from neurotomy.results import INTERNAL, Result

__all__ = ["AIR_HU", "CtImage", "read_ct"]

AIR_HU = -1024
"""Lowest CT number of a 12-bit CT. What is stored below it is padding outside the scanner's circle."""

_NIFTI = (".nii", ".nii.gz")


@dataclass(frozen=True)
class CtImage(Result):
    """A CT as it was read.

    Attributes
    ----------
    volume
        HU, int16, axes as stored.
    description
        What it is, in words: kind, grid, spacing; never a name or number of a patient.
    warnings
        What a person must know before trusting it.
    sha256
        Of the file; of a DICOM series the hash of its images' hashes, whatever the files are called.
    """

    volume: Volume = field(metadata=INTERNAL)
    description: str
    warnings: tuple[str, ...]
    sha256: str


def read_ct(path: Path, progress: Progress = SILENT) -> CtImage:
    """Read a CT.

    Parameters
    ----------
    path : Path
        A NIfTI file (.nii, .nii.gz) or a folder that holds one DICOM series.
    progress : Progress
        Told for each image.

    Returns
    -------
    CtImage
        Voxels in the order in which they are stored, and their true place: no axis is flipped.

    Raises
    ------
    ImageError
        When it cannot be read, is no CT, is not 3-D, has a tilted gantry, lacks slices, or holds several series.
    """
    path = Path(path)
    progress(0.0, f"Reading {path.name}")
    if not path.exists():
        raise ImageError(f"There is no file or folder '{path}'. Name a NIfTI file or a folder of DICOM images.")
    if path.is_dir():
        from neurotomy.imaging.dicom import read_series

        array, affine, told, sha256 = read_series(path, progress)
        kind = "DICOM series"
    elif path.name.lower().endswith(_NIFTI):
        from neurotomy.imaging.nifti import read_nifti

        array, affine, told = read_nifti(path)
        sha256 = _sha256(path)
        kind = "NIfTI"
    else:
        raise ImageError(
            f"'{path.name}' is neither NIfTI (.nii, .nii.gz) nor a folder of DICOM images. "
            "For DICOM name the folder that holds the series."
        )
    hu, more = _hounsfield(array, path.name)
    volume = Volume(hu, affine)
    grid = "×".join(str(n) for n in volume.shape)
    spacing = " × ".join(f"{s:.3g}" for s in volume.spacing_mm)
    progress(1.0, f"Read {path.name}")
    return CtImage(volume, f"{kind}, {grid} voxels of {spacing} mm", (*told, *more), sha256)


def _hounsfield(array: NDArray[Any], name: str) -> tuple[NDArray[np.int16], tuple[str, ...]]:
    """CT numbers as int16, padding as air; refuses what cannot be CT numbers."""
    warnings = []
    if array.dtype.kind not in "iuf":
        raise ImageError(f"'{name}' holds {array.dtype} values (colour?), a CT holds one number for each voxel.")
    if array.dtype.kind == "f":
        missing = ~np.isfinite(array)
        if missing.any():
            warnings.append(f"{int(missing.sum())} voxels without a number were taken as air.")
            array = np.where(missing, AIR_HU, array)
        array = np.rint(array)
    low, high = float(array.min()), float(array.max())
    if low >= -50.0:
        raise ImageError(
            f"'{name}' is no CT in Hounsfield units: its values run from {low:.0f} to {high:.0f}, and fat or air would "
            "be negative. A label map, an MR image, or a CT saved without its rescale intercept?"
        )
    if high < 100.0:
        raise ImageError(f"'{name}' shows no bone: its highest CT number is {high:.0f} HU. Is it the right image?")
    if high > 32767:
        warnings.append(f"CT numbers above 32767 HU were cut (highest {high:.0f}).")
    return np.clip(array, AIR_HU, 32767).astype(np.int16), tuple(warnings)


def _sha256(path: Path) -> str:
    from neurotomy.provenance import sha256_of_file

    return sha256_of_file(path)
