"""A CT from a NIfTI file, a folder of DICOM images or a zip of one, as Hounsfield units in patient LPS."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging.scale import check_scale
from neurotomy.progress import SILENT, Progress
from neurotomy.results import INTERNAL, Result

if TYPE_CHECKING:
    from neurotomy.imaging.dicom.read import Stacked
    from neurotomy.imaging.dicom.series import SeriesInfo

__all__ = ["AIR_HU", "CtImage", "ct_from_datasets", "list_series", "read_ct"]

AIR_HU = -1024
"""Lowest CT number of a 12-bit CT. What is stored below it is padding outside the scanner's circle."""

_FEW = 1e-3
"""Share of voxels beyond what a CT number can be that metal and noise explain."""

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


def read_ct(path: Path, progress: Progress = SILENT, series: str | None = None) -> CtImage:
    """Read a CT.

    Parameters
    ----------
    path : Path
        A NIfTI file (.nii, .nii.gz), a folder of DICOM images, or a zip of either.
    progress : Progress
        Told for each image.
    series : str, optional
        Number or UID of the DICOM series, as :func:`list_series` tells it. Without it, the only one that fits.

    Returns
    -------
    CtImage
        Voxels in the order in which they are stored, and their true place: no axis is flipped. Only a tilted gantry
        is resampled, within the slices; a warning says so.

    Raises
    ------
    ImageError
        When it cannot be read, is no CT, is not 3-D, lacks slices, or holds several series and none was named.
    """
    path = Path(path)
    progress(0.0, f"Reading {path.name}")
    with _opened(path, progress.part(0.0, 0.2)) as place:
        if place.is_dir():
            from neurotomy.imaging.dicom.read import read_folder

            stacked = read_folder(place, progress.part(0.2 if place != path else 0.0, 1.0), series)
            return _from_dicom(stacked, path.name, progress)
        if series is not None:
            raise ImageError(f"'{path.name}' is one NIfTI image, and holds no series '{series}'. Leave series away.")
        from neurotomy.imaging.nifti import read_nifti

        array, affine, told = read_nifti(place)
        return _made(array, affine, told, "NIfTI", "", _sha256(place), path.name, progress)


def list_series(path: Path, progress: Progress = SILENT) -> tuple[SeriesInfo, ...]:
    """The CT series in a folder or zip, also those that :func:`read_ct` would refuse.

    Parameters
    ----------
    path : Path
        A folder of DICOM images, or a zip of one.
    progress : Progress
        Told for each file.

    Raises
    ------
    ImageError
        When there is no such folder or zip, or it is empty.
    """
    path = Path(path)
    with _opened(path, progress.part(0.0, 0.3)) as place:
        if not place.is_dir():
            raise ImageError(f"'{path.name}' is one NIfTI image and holds no series. Name a folder or zip of DICOM.")
        from neurotomy.imaging.dicom.read import series_in

        return series_in(place, progress.part(0.3, 1.0))


def ct_from_datasets(datasets: Sequence[Any], progress: Progress = SILENT, series: str | None = None) -> CtImage:
    """A CT from DICOM datasets in memory, held to the same rules as :func:`read_ct`.

    Parameters
    ----------
    datasets : sequence of pydicom Dataset
        With pixels, in any order; they are not changed.
    progress : Progress
        Told for each image.
    series : str, optional
        As in :func:`read_ct`.

    Raises
    ------
    ImageError
        As :func:`read_ct`.
    """
    from neurotomy.imaging.dicom.read import read_datasets

    return _from_dicom(read_datasets(datasets, progress, series), "the datasets", progress)


def _from_dicom(stacked: Stacked, name: str, progress: Progress) -> CtImage:
    return _made(
        stacked.array,
        stacked.lps_from_voxel,
        stacked.warnings,
        "DICOM series",
        stacked.lay,
        stacked.sha256,
        name,
        progress,
    )


def _made(
    array: NDArray[Any],
    affine: NDArray[np.float64],
    told: tuple[str, ...],
    kind: str,
    lay: str,
    sha256: str,
    name: str,
    progress: Progress,
) -> CtImage:
    hu, more = _hounsfield(array, name)
    volume = Volume(hu, affine)
    grid = "×".join(str(n) for n in volume.shape)
    spacing = " × ".join(f"{s:.3g}" for s in volume.spacing_mm)
    progress(1.0, f"Read {name}")
    return CtImage(volume, f"{kind}, {grid} voxels of {spacing} mm{lay}", (*told, *more), sha256)


@contextmanager
def _opened(path: Path, progress: Progress) -> Iterator[Path]:
    """The folder or NIfTI file that `path` is or, as a zip, holds, as long as it is needed."""
    if not path.exists():
        raise ImageError(f"There is no file or folder '{path}'. Name a NIfTI file or a folder of DICOM images.")
    if path.is_dir() or path.name.lower().endswith(_NIFTI):
        yield path
        return
    if not path.name.lower().endswith(".zip"):
        raise ImageError(
            f"'{path.name}' is neither NIfTI (.nii, .nii.gz) nor a folder of DICOM images nor a zip of one. "
            "For DICOM name the folder that holds the series."
        )
    import tempfile

    from neurotomy.imaging.archive import unpack_zip

    with tempfile.TemporaryDirectory(prefix="neurotomy-") as folder:
        files = unpack_zip(path, Path(folder), progress=progress)
        images = [file for file in files if file.name.lower().endswith(_NIFTI)]
        if len(images) > 1:
            raise ImageError(f"'{path.name}' holds {len(images)} NIfTI images. Unpack it and name the CT.")
        yield images[0] if images else Path(folder)


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
    if not array.size:
        raise ImageError(f"'{name}' holds no voxels.")
    low, high = float(array.min()), float(array.max())
    if low >= -50.0:
        raise ImageError(
            f"'{name}' is no CT in Hounsfield units: its values run from {low:.0f} to {high:.0f}, and fat or air would "
            "be negative. A label map, an MR image, or a CT saved without its rescale intercept?"
        )
    if high < 100.0:
        raise ImageError(f"'{name}' shows no bone: its highest CT number is {high:.0f} HU. Is it the right image?")
    if np.count_nonzero(array > 32767) > _FEW * array.size or np.count_nonzero(array < -32768) > _FEW * array.size:
        raise ImageError(
            f"'{name}' has CT numbers from {low:.0f} to {high:.0f}, which cannot be: the sign of its voxels or its "
            "scaling is wrong. Export it again."
        )
    if high > 32767:
        warnings.append(f"CT numbers above 32767 HU were cut (highest {high:.0f}).")
    warnings.extend(check_scale(array, name))
    return np.clip(array, AIR_HU, 32767).astype(np.int16), tuple(warnings)


def _sha256(path: Path) -> str:
    from neurotomy.provenance import sha256_of_file

    return sha256_of_file(path)
