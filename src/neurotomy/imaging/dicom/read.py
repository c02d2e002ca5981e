"""A folder, or datasets in memory, as one array of Hounsfield units."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.imaging.dicom.checks import check_rescale, patient_lay, signs
from neurotomy.imaging.dicom.frame import DatasetSource, Source
from neurotomy.imaging.dicom.pixels import Pixels
from neurotomy.imaging.dicom.series import SeriesInfo, choose, look, sources_in
from neurotomy.imaging.dicom.stack import block, sorted_along, without_duplicates
from neurotomy.progress import SILENT, Progress

__all__ = ["MOST_VOXELS", "Stacked", "read_datasets", "read_folder", "series_in"]

MOST_VOXELS = 3_000_000_000
"""A CT of the whole body at 0.5 mm; more is a slip of a header, and would fill the memory."""


@dataclass(frozen=True)
class Stacked:
    """HU (columns, rows, slices), ``lps_from_voxel``, what a person must know, hash, and how the patient lay."""

    array: NDArray[Any]
    lps_from_voxel: NDArray[np.float64]
    warnings: tuple[str, ...]
    sha256: str
    lay: str


def series_in(folder: Path, progress: Progress = SILENT) -> tuple[SeriesInfo, ...]:
    """All CT series of a folder, also those that cannot be read whole."""
    return look(sources_in(folder), progress).series


def read_folder(folder: Path, progress: Progress = SILENT, series: str | None = None) -> Stacked:
    """The CT in a folder; see :func:`neurotomy.imaging.read_ct`."""
    return _read(sources_in(folder), folder.name, progress, series)


def read_datasets(datasets: Sequence[Any], progress: Progress = SILENT, series: str | None = None) -> Stacked:
    """The CT in datasets of pydicom; they are not changed."""
    sources: list[Source] = [DatasetSource(dataset, f"image {n}") for n, dataset in enumerate(datasets, 1)]
    if not sources:
        raise ImageError("There are no images. Give the datasets of one CT series.")
    return _read(sources, "the datasets", progress, series)


def _read(sources: Sequence[Source], name: str, progress: Progress, series: str | None) -> Stacked:
    found = look(sources, progress.part(0.0, 0.3))
    chosen, told = choose(found, name, series)
    frames, normal = sorted_along(chosen.frames)
    if len(frames) * frames[0].shape[0] * frames[0].shape[1] > MOST_VOXELS:
        raise ImageError(f"'{name}' holds a CT too large to be read ({len(frames)} images). Export fewer slices.")
    silent = [frame for frame in frames if frame.slope is None or frame.intercept is None]
    if 0 < len(silent) < len(frames):
        raise ImageError(
            f"'{silent[0].name}' does not say how its values become Hounsfield units, and other images do. "
            "Export the series again."
        )
    shown = progress.part(0.3, 1.0)
    reader = Pixels()
    pixels = []
    digests: dict[int, bytes] = {}
    by_object = sorted(range(len(frames)), key=lambda n: (frames[n].source.name, frames[n].index))
    slots: dict[int, NDArray[np.int16]] = {}
    # Objects of many frames are decoded once: all images of one after the other.
    for done, n in enumerate(by_object if any(frame.index for frame in frames) else range(len(frames))):
        shown(done / len(frames), f"Reading image {done + 1} of {len(frames)}")
        slots[n] = reader.hu(frames[n])
    for n, frame in enumerate(frames):
        pixels.append(slots.pop(n))
        if id(frame.source) not in digests:
            digests[id(frame.source)] = frame.source.digest()
    check_rescale(frames, pixels)
    frames, pixels, twice = without_duplicates(frames, pixels, normal)
    array, affine, corrected = block(frames, pixels, normal, name)
    masked = (
        [f"{reader.masked} images hold more than pixels in their upper bits (overlays?); that was taken out."]
        if reader.masked
        else []
    )
    step = float(np.linalg.norm(affine[:3, 2]))
    warnings = (*told, *twice, *corrected, *masked, *signs(frames, normal, step, tilted=bool(corrected)))
    sha256 = hashlib.sha256(b"".join(digests.values())).hexdigest()
    return Stacked(array, affine, warnings, sha256, patient_lay(frames[0]))
