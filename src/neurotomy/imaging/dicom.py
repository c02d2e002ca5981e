"""A folder of DICOM CT images as one volume. Trusts positions, not file names, instance numbers or UIDs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.progress import SILENT, Progress

__all__ = ["read_series"]

Array = NDArray[np.float64]

_AIR_HU = -1024.0
_CROOKED = 2e-3
"""How far the stated rows and columns may be from perpendicular unit vectors: writers round to 3 digits and more."""
_SAME_PLACE_MM = 0.01
"""Two images closer than this along the normal lie in the same place."""


@dataclass(frozen=True)
class _Slice:
    """One image's header: where it lies and what it belongs to."""

    path: Path
    position_mm: Array
    row: Array
    column: Array
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]
    uid: str
    description: str
    thickness_mm: float | None
    rescaled: bool

    def belongs_with(self, other: _Slice) -> bool:
        """Whether both are of one series; writers round directions and spacings, each image for itself."""
        return (
            (self.uid, self.shape) == (other.uid, other.shape)
            and np.allclose(self.spacing_mm, other.spacing_mm, atol=1e-3)
            and np.allclose([self.row, self.column], [other.row, other.column], atol=_CROOKED)
        )


def read_series(folder: Path, progress: Progress = SILENT) -> tuple[NDArray[Any], Array, tuple[str, ...], str]:
    """Array (columns, rows, slices) of HU, ``lps_from_voxel``, warnings, hash.

    Slices are sorted along the normal of the images; the affine says which way they run.

    Raises
    ------
    ImageError
        When the folder holds no CT, several series, a gap, two different images in one place, or a tilted gantry.
    """
    found, warnings = _headers(folder, progress.part(0.0, 0.3))
    slices = _one_series(found, folder.name)
    normal = np.cross(slices[0].row, slices[0].column)
    slices = sorted(slices, key=lambda s: float(s.position_mm @ normal))
    pixels = []
    digests = []
    shown = progress.part(0.3, 1.0)
    for n, s in enumerate(slices):
        shown(n / len(slices), f"Reading image {n + 1} of {len(slices)}")
        pixels.append(_pixels(s.path))
        digests.append(hashlib.sha256(s.path.read_bytes()).digest())
    slices, pixels, twice = _without_duplicates(slices, pixels, normal)
    warnings.extend(twice)
    if not all(s.rescaled for s in slices):
        warnings.append("The images do not all say how stored values become Hounsfield units: check a CT number.")
    step = _step(slices, normal, folder.name)
    thickness = slices[0].thickness_mm
    if thickness and step > 1.5 * thickness:
        warnings.append(f"Slices of {thickness:g} mm lie {step:g} mm apart: bone between them is not seen.")
    affine = np.eye(4)
    affine[:3, 0] = slices[0].row * slices[0].spacing_mm[1]
    affine[:3, 1] = slices[0].column * slices[0].spacing_mm[0]
    affine[:3, 2] = normal * step
    affine[:3, 3] = slices[0].position_mm
    # Rows of an image are its j, columns its i.
    array = np.stack(pixels, axis=-1).transpose(1, 0, 2)
    return array, affine, tuple(warnings), hashlib.sha256(b"".join(digests)).hexdigest()


def _headers(folder: Path, progress: Progress) -> tuple[list[_Slice], list[str]]:
    """The CT images of a folder, and what was left out, in words: a slice lost at an end leaves no gap."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and _could_be_image(p))
    if not files:
        raise ImageError(f"The folder '{folder.name}' is empty. Name the folder that holds the DICOM images.")
    found: list[_Slice] = []
    others: set[str] = set()
    left_out: list[str] = []
    for n, path in enumerate(files):
        progress(n / len(files), f"Looking at file {n + 1} of {len(files)}")
        header = _header(path)
        if header is None:
            left_out.append(path.name)
            continue
        modality = str(header.get("Modality", "") or "")
        if modality != "CT":
            others.add(modality or "no modality")
            left_out.append(path.name)
        elif int(header.get("NumberOfFrames") or 1) > 1:
            raise ImageError(
                f"'{path.name}' is a multi-frame CT, which is not read. Export single images, or convert it to NIfTI."
            )
        elif "LOCALIZER" not in [str(v).upper() for v in header.get("ImageType") or ()]:
            found.append(_slice(header, path))
    if not found:
        what = f"images of another kind ({', '.join(sorted(others))})" if others else "no DICOM images"
        raise ImageError(f"The folder '{folder.name}' holds {what}, and a CT series is needed. Name another folder.")
    if not left_out:
        return found, []
    shown = ", ".join(left_out[:3]) + (", …" if len(left_out) > 3 else "")
    files_are = "1 file is" if len(left_out) == 1 else f"{len(left_out)} files are"
    return found, [f"{files_are} no CT image or damaged, and left out ({shown}): look whether the CT ends too early."]


def _could_be_image(path: Path) -> bool:
    """Not the index of a disc and none of the files that file browsers leave behind."""
    return not path.name.startswith(".") and path.name.upper() not in {"DICOMDIR", "THUMBS.DB", "DESKTOP.INI"}


def _header(path: Path) -> Any:
    """Everything but the pixels, or None for what is no DICOM file. Old exports lack the preamble that names DICOM."""
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        return pydicom.dcmread(path, stop_before_pixels=True)
    except InvalidDicomError:
        pass
    except Exception:  # a damaged file makes pydicom raise what it likes
        return None
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, force=True)
        return header if header.get("SOPClassUID") and header.get("Modality") else None
    except Exception:
        return None


def _slice(header: Any, path: Path) -> _Slice:
    try:
        axes = [float(v) for v in header.ImageOrientationPatient]
        position = [float(v) for v in header.ImagePositionPatient]
        spacing = [float(v) for v in header.PixelSpacing]
        shape = (int(header.Rows), int(header.Columns))
        if len(axes) != 6 or len(position) != 3 or len(spacing) != 2:
            raise ValueError
    except (AttributeError, TypeError, ValueError):
        raise ImageError(
            f"'{path.name}' does not say where it lies (position, orientation or pixel spacing is missing). "
            "Export the series again."
        ) from None
    row, column = np.array(axes[:3]), np.array(axes[3:])
    across = max(abs(float(row @ row) - 1), abs(float(column @ column) - 1), abs(float(row @ column)))
    if not across < _CROOKED:  # also where it is no number
        raise ImageError(
            f"'{path.name}' states an orientation that cannot be: rows and columns are not perpendicular directions. "
            "Export the series again."
        )
    try:
        thickness = float(header.SliceThickness)
    except (AttributeError, TypeError, ValueError):
        thickness = None
    return _Slice(
        path=path,
        position_mm=np.array(position),
        row=row / np.linalg.norm(row),
        column=column / np.linalg.norm(column),
        spacing_mm=(spacing[0], spacing[1]),
        shape=shape,
        uid=str(header.get("SeriesInstanceUID", "") or ""),
        description=str(header.get("SeriesDescription", "") or "without description"),
        thickness_mm=thickness,
        rescaled=all(header.get(name) not in (None, "") for name in ("RescaleSlope", "RescaleIntercept")),
    )


def _one_series(slices: Sequence[_Slice], name: str) -> list[_Slice]:
    groups: list[list[_Slice]] = []
    for s in slices:
        for group in groups:
            if s.belongs_with(group[0]):
                group.append(s)
                break
        else:
            groups.append([s])
    if len(groups) > 1:
        listed = "; ".join(
            f"'{g[0].description}' ({len(g)} images of {g[0].shape[1]}×{g[0].shape[0]}, for instance {g[0].path.name})"
            for g in groups
        )
        raise ImageError(
            f"The folder '{name}' holds {len(groups)} series: {listed}. Put the one you mean into a folder of its own."
        )
    (only,) = groups
    if len(only) < 2:
        raise ImageError(f"The folder '{name}' holds one image, and a CT needs at least two. Export the whole series.")
    return only


def _pixels(path: Path) -> NDArray[Any]:
    """HU of one image, (rows, columns), padding as air."""
    import pydicom

    try:
        image = pydicom.dcmread(path, force=True)  # it was looked at: some lack the preamble
        stored = image.pixel_array
    except Exception as error:  # decoders of five libraries raise what they like
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise ImageError(f"'{path.name}' is damaged or cannot be decoded ({first}). Export the series again.") from None
    if stored.ndim != 2:
        raise ImageError(
            f"'{path.name}' is not one grey image: its pixels have {stored.ndim} axes. Export single images."
        )
    slope = _number(image, "RescaleSlope", 1.0)
    hu = stored * slope + _number(image, "RescaleIntercept", 0.0)
    padding = image.get("PixelPaddingValue")
    if padding is not None:
        ends = sorted((int(padding), int(image.get("PixelPaddingRangeLimit", padding))))
        # A padding value inside the range of tissue is a mistake of the writer, seen in the wild (0 for water).
        padded = (stored >= ends[0]) & (stored <= ends[1]) & (hu < -500.0)
        hu = np.where(padded, _AIR_HU, hu)
    return np.clip(np.rint(hu), -32768, 32767).astype(np.int16)


def _number(image: Any, name: str, otherwise: float) -> float:
    value = image.get(name)
    return otherwise if value in (None, "") else float(value)


def _without_duplicates(
    slices: list[_Slice], pixels: list[NDArray[Any]], normal: Array
) -> tuple[list[_Slice], list[NDArray[Any]], list[str]]:
    kept, images, dropped = [slices[0]], [pixels[0]], 0
    for s, image in zip(slices[1:], pixels[1:], strict=True):
        if float((s.position_mm - kept[-1].position_mm) @ normal) > _SAME_PLACE_MM:
            kept.append(s)
            images.append(image)
        elif np.array_equal(image, images[-1]):
            dropped += 1
        else:
            raise ImageError(
                f"'{kept[-1].path.name}' and '{s.path.name}' are different images in the same place "
                f"({_place(s.position_mm)}): two reconstructions in one series? Put one into a folder of its own."
            )
    warnings = [f"{dropped} images were there twice and were taken once."] if dropped else []
    return kept, images, warnings


def _step(slices: list[_Slice], normal: Array, name: str) -> float:
    """Distance between slices, the same everywhere."""
    if len(slices) < 2:
        raise ImageError(f"All images in '{name}' lie in one place. Export the whole series.")
    positions = np.array([s.position_mm for s in slices])
    along = (positions - positions[0]) @ normal
    aside = positions - positions[0] - along[:, None] * normal
    tilt = float(np.degrees(np.arctan2(np.linalg.norm(aside[-1]), along[-1])))
    if np.linalg.norm(aside, axis=1).max() > 0.5 * min(slices[0].spacing_mm) and tilt > 0.1:
        raise ImageError(
            f"The series in '{name}' was made with the gantry tilted by {tilt:.1f}°. Have the scanner or a viewer "
            "resample it to untilted slices (for instance with dcm2niix, which corrects tilt), then read that."
        )
    steps = np.diff(along)
    step = float(np.median(steps))
    gaps = np.flatnonzero(steps > 1.5 * step)
    if len(gaps):
        places = ", ".join(_place(positions[n] + normal * step) for n in gaps[:4])
        count = int(sum(round(float(steps[n]) / step) - 1 for n in gaps))
        raise ImageError(
            f"{count} slice{'s are' if count > 1 else ' is'} missing from '{name}', at {places}. "
            "Export the whole series."
        )
    if np.max(np.abs(steps - step)) > max(0.02 * step, 0.02):
        n = int(np.argmax(np.abs(steps - step)))
        raise ImageError(
            f"Slices in '{name}' lie unevenly: {step:g} mm apart, but {steps[n]:g} mm at {_place(positions[n])}. "
            "Export one evenly spaced series."
        )
    return float(along[-1] / (len(slices) - 1))


def _place(position_mm: Array) -> str:
    return f"z = {float(position_mm[2]):.2f} mm"
