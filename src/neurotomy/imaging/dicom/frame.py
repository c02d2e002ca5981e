"""One image of a CT: where it lies, what it belongs to, how its stored values become Hounsfield units."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError

__all__ = ["DatasetSource", "FileSource", "Frame", "NotAnImage", "Source", "frames_of", "quiet", "words_of"]

Array = NDArray[np.float64]

_CROOKED = 2e-3
"""How far the stated rows and columns may be from perpendicular unit vectors: writers round to 3 digits and more."""
_SPACING_MM = (0.02, 10.0)
"""Pixels of a CT; anything else is a slip of the writer."""
_FARTHEST_MM = 1e5
_MOST_PIXELS = 16_384
_MOST_FRAMES = 20_000


class NotAnImage(ImageError):
    """A CT object that shows no slice of the patient: set aside, and not refused."""


@dataclass(frozen=True)
class FileSource:
    """A file, read when it is needed."""

    path: Path

    @property
    def name(self) -> str:
        """What a person can find it by."""
        return self.path.name

    def header(self) -> Any:
        """Everything but the pixels, or None for what is no DICOM. Old exports lack the preamble that names DICOM."""
        import pydicom
        from pydicom.errors import InvalidDicomError

        with quiet():
            try:
                return pydicom.dcmread(self.path, stop_before_pixels=True)
            except InvalidDicomError:
                pass
            except Exception:  # a damaged file makes pydicom raise what it likes
                return None
            try:
                header = pydicom.dcmread(self.path, stop_before_pixels=True, force=True)
                return header if header.get("SOPClassUID") and header.get("Modality") else None
            except Exception:
                return None

    def whole(self) -> Any:
        """With pixels."""
        import pydicom

        return pydicom.dcmread(self.path, force=True)  # it was looked at: some lack the preamble

    def digest(self) -> bytes:
        """Of the file's bytes."""
        return hashlib.sha256(self.path.read_bytes()).digest()


@dataclass(frozen=True)
class DatasetSource:
    """A dataset in memory, for instance from a PACS."""

    dataset: Any
    name: str

    def header(self) -> Any:
        """The dataset; it is not changed."""
        return self.dataset

    def whole(self) -> Any:
        """The dataset."""
        return self.dataset

    def digest(self) -> bytes:
        """Of the dataset as a file, where it can be written as one."""
        import pydicom

        stream = BytesIO()
        with quiet():
            try:
                pydicom.dcmwrite(stream, self.dataset, enforce_file_format=True)
            except Exception:  # what cannot be written was still read: its pixels tell it
                return hashlib.sha256(bytes(self.dataset.get("PixelData") or b"")).digest()
        return hashlib.sha256(stream.getvalue()).digest()


Source = FileSource | DatasetSource


@contextmanager
def quiet() -> Iterator[None]:
    """Without pydicom's remarks on values that no standard allows: what matters here is checked here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class Frame:
    """One slice's header.

    Attributes
    ----------
    source, index
        Where its pixels are: file or dataset, and which frame of it, from 0.
    name
        File name, with the frame's number where there are several.
    position_mm, row, column
        Centre of the first pixel, direction along a row and along a column; patient LPS.
    spacing_mm
        Between rows, between columns.
    shape
        Rows, columns.
    uid
        Series, study and patient, as far as they are stated.
    number, instance
        Series and instance number, or None.
    slope, intercept
        HU = slope × stored + intercept; None where it is not said.
    padding
        Lowest and highest stored value that means "no data", or None.
    patient_position
        For instance ``HFS``; empty where it is not said.
    """

    source: Source
    index: int
    name: str
    position_mm: Array
    row: Array
    column: Array
    spacing_mm: tuple[float, float]
    shape: tuple[int, int]
    uid: tuple[str, str, str]
    description: str
    number: int | None
    instance: int | None
    thickness_mm: float | None
    slope: float | None
    intercept: float | None
    padding: tuple[int, int] | None
    patient_position: str
    tilt_deg: float | None

    @property
    def normal(self) -> Array:
        """Direction across the image: row × column."""
        return np.cross(self.row, self.column)

    def same_grid(self, other: Frame) -> bool:
        """Whether both have the same directions and pixels; writers round these, each image for itself."""
        return (
            self.shape == other.shape
            and np.allclose(self.spacing_mm, other.spacing_mm, atol=1e-3)
            and np.allclose([self.row, self.column], [other.row, other.column], atol=_CROOKED)
        )


def frames_of(header: Any, source: Source) -> list[Frame]:
    """The slices of one object: one, or those of an Enhanced CT.

    Raises
    ------
    NotAnImage
        For localizers, colour pictures and screenshots.
    ImageError
        When it does not say where it lies, or says what cannot be.
    """
    try:
        with quiet():
            count = int(header.get("NumberOfFrames") or 1)
            shared = _first(header, "SharedFunctionalGroupsSequence")
            groups = header.get("PerFrameFunctionalGroupsSequence")
            if count == 1 and groups is None:
                return [_frame(header, source, 0, source.name, [header])]
            if groups is None or len(groups) != count or not 1 <= count <= _MOST_FRAMES:
                raise ImageError(
                    f"'{source.name}' holds {count} images and does not say where each lies. Export single images."
                )
            found = []
            for n, group in enumerate(groups):
                levels = [group, *([] if shared is None else [shared]), header]
                try:
                    found.append(_frame(header, source, n, f"{source.name}, frame {n + 1}", levels))
                except NotAnImage:
                    continue
    except ImageError:
        raise
    except Exception as error:  # a damaged element fails only when it is looked at, in any way
        raise ImageError(f"'{source.name}' is damaged ({words_of(error)}). Export the series again.") from None
    if not found:
        raise NotAnImage(f"'{source.name}' holds no slices.")
    return found


def _frame(header: Any, source: Source, index: int, name: str, levels: Sequence[Any]) -> Frame:
    kinds = _value(levels, "ImageType", "CTImageFrameTypeSequence", "FrameType") or header.get("ImageType") or ()
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if "LOCALIZER" in [str(kind).strip().upper() for kind in kinds]:
        raise NotAnImage(f"'{name}' is a localizer.")
    if int(header.get("SamplesPerPixel") or 1) != 1 or "SecondaryCapture" in _class_name(header):
        raise NotAnImage(f"'{name}' is a picture in colour, or a screenshot.")
    position = _numbers(_value(levels, "ImagePositionPatient", "PlanePositionSequence"), 3)
    axes = _numbers(_value(levels, "ImageOrientationPatient", "PlaneOrientationSequence"), 6)
    spacing = _numbers(_value(levels, "PixelSpacing", "PixelMeasuresSequence"), 2)
    try:
        shape = (int(header.Rows), int(header.Columns))
    except (AttributeError, TypeError, ValueError):
        shape = (0, 0)
    if position is None or axes is None or spacing is None or min(shape) < 1:
        raise ImageError(
            f"'{name}' does not say where it lies (position, orientation, pixel spacing or size is missing). "
            "Export the series again."
        )
    row, column = axes[:3], axes[3:]
    across = max(abs(float(row @ row) - 1), abs(float(column @ column) - 1), abs(float(row @ column)))
    if not across < _CROOKED:
        raise ImageError(
            f"'{name}' states an orientation that cannot be: rows and columns are not perpendicular directions. "
            "Export the series again."
        )
    if not (_SPACING_MM[0] <= spacing.min() <= spacing.max() <= _SPACING_MM[1]):
        raise ImageError(
            f"'{name}' states pixels of {spacing[0]:g} × {spacing[1]:g} mm, which no CT has. Export the series again."
        )
    if np.abs(position).max() > _FARTHEST_MM or max(shape) > _MOST_PIXELS:
        raise ImageError(f"'{name}' states a place or size that cannot be. Export the series again.")
    unit = str(_value(levels, "RescaleType", "PixelValueTransformationSequence") or "").strip().upper()
    if unit not in {"", "HU", "HU_MOD", "US"}:
        raise ImageError(f"'{name}' holds {unit[:16]}, not Hounsfield units. Name the CT's ordinary series.")
    if header.get("ModalityLUTSequence"):
        raise ImageError(f"'{name}' states its Hounsfield units by a table, which is not read. Export it again.")
    slope = _number(_value(levels, "RescaleSlope", "PixelValueTransformationSequence"))
    if slope is not None and not slope > 0:
        raise ImageError(f"'{name}' has a rescale slope of {slope:g}: its CT numbers are unknown. Export it again.")
    if header.get("HighBit") is not None and int(header.HighBit) + 1 != int(header.get("BitsStored") or 0):
        raise ImageError(f"'{name}' stores its pixels in a way that is no longer allowed. Export the series again.")
    position_word = str(header.get("PatientPosition", "") or "").strip().upper()
    return Frame(
        source=source,
        index=index,
        name=name,
        position_mm=position,
        row=row / np.linalg.norm(row),
        column=column / np.linalg.norm(column),
        spacing_mm=(float(spacing[0]), float(spacing[1])),
        shape=shape,
        uid=(_text(header, "SeriesInstanceUID"), _text(header, "StudyInstanceUID"), _text(header, "PatientID")),
        description=_text(header, "SeriesDescription")[:64] or "without description",
        number=_whole(header.get("SeriesNumber")),
        instance=_whole(header.get("InstanceNumber")) if len(levels) == 1 else index + 1,
        thickness_mm=_number(_value(levels, "SliceThickness", "PixelMeasuresSequence")),
        slope=slope,
        intercept=_number(_value(levels, "RescaleIntercept", "PixelValueTransformationSequence")),
        padding=_padding(header),
        patient_position=position_word if position_word[:2] in {"HF", "FF"} else "",
        tilt_deg=_number(header.get("GantryDetectorTilt")),
    )


def _first(group: Any, sequence: str) -> Any:
    items = group.get(sequence)
    return items[0] if items else None


def _value(levels: Sequence[Any], name: str, sequence: str, inside: str | None = None) -> Any:
    """The attribute of a single image, or of an Enhanced CT: of this frame, then of all its frames."""
    for level in levels[:-1]:
        item = _first(level, sequence)
        if item is not None and item.get(inside or name) not in (None, ""):
            return item.get(inside or name)
    return levels[-1].get(name)


def _numbers(value: Any, count: int) -> Array | None:
    try:
        numbers = np.array([float(v) for v in value])
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) == count and np.all(np.isfinite(numbers)) else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None or abs(number) > 2**31 else int(number)


def _text(header: Any, name: str) -> str:
    shown = str(header.get(name, "") or "").strip()
    return " ".join("".join(letter if letter.isprintable() else "?" for letter in shown).split())


def _padding(header: Any) -> tuple[int, int] | None:
    value = _whole(header.get("PixelPaddingValue"))
    if value is None:
        return None
    limit = _whole(header.get("PixelPaddingRangeLimit"))
    if header.get("PixelRepresentation") == 1:  # some writers give them without sign
        value, limit = (None if v is None else (v - 65536 if 32768 <= v < 65536 else v) for v in (value, limit))
    assert value is not None
    return min(value, value if limit is None else limit), max(value, value if limit is None else limit)


def _class_name(header: Any) -> str:
    from pydicom.uid import UID

    return UID(str(header.get("SOPClassUID", "") or "")).keyword


def words_of(error: BaseException) -> str:
    """What a library's error says, in one short line."""
    said = " ".join((str(error) or type(error).__name__).split())
    return said if len(said) <= 120 else said[:119] + "…"
