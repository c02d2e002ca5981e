"""A DICOM Segmentation as a label map on its CT: binary, fractional or label map, segments named in words or codes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging.dicom.frame import quiet, words_of
from neurotomy.imaging.labels import HIP_IDS, SACRUM_ID, VERTEBRA_IDS

__all__ = ["is_dicom", "read_segmentation"]

_STORAGE = {"1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"}
"""Segmentation and Label Map Segmentation."""
_OFF_VOXELS = 0.15
"""How far a labelled pixel may lie from the middle of a CT voxel: writers round places."""
_OVERLAP = 0.01
_MOST_PIXELS = 6_000_000_000

_WORDS = {
    **{f"{ordinal} {part} vertebra": f"{letter}{n}" for n, ordinal in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
         "twelfth"), 1) for part, letter, last in (("cervical", "C", 7), ("thoracic", "T", 12), ("lumbar", "L", 5))
       if n <= last},
}  # fmt: skip


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM files do."""
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def read_segmentation(path: Path, ct: Volume) -> NDArray[np.uint8]:
    """The vertebrae, sacrum and hip bones of a DICOM Segmentation, on the grid of `ct`.

    Each labelled pixel is put where the segmentation says that it lies; so frames may be few, in any order, and turned
    against the CT's axes.

    Parameters
    ----------
    path : Path
        The file.
    ct : Volume
        The CT it was drawn on.

    Returns
    -------
    (ni, nj, nk) array of uint8
        Ids of :mod:`neurotomy.imaging.labels`.

    Raises
    ------
    ImageError
        When it is no segmentation, is damaged, names no vertebra, contradicts itself, or lies on another grid.
    """
    import pydicom

    try:
        with quiet():
            image = pydicom.dcmread(path)
            kind = str(image.get("SOPClassUID", ""))
    except Exception as error:  # a damaged file makes pydicom raise what it likes
        raise ImageError(f"'{path.name}' is damaged ({words_of(error)}). Export it again.") from None
    if kind not in _STORAGE:
        raise ImageError(f"'{path.name}' is no DICOM Segmentation. Name a label map (NIfTI or DICOM SEG).")
    try:
        with quiet():
            numbers = _segments(image, path.name)
            return _on_grid(image, numbers, ct, path.name)
    except ImageError:
        raise
    except Exception as error:  # damaged elements, missing groups, decoders
        raise ImageError(f"'{path.name}' is damaged or incomplete ({words_of(error)}). Export it again.") from None


def _segments(image: Any, name: str) -> dict[int, int]:
    """Our id of each segment that shows a bone we know."""
    found: dict[int, int] = {}
    for segment in image.SegmentSequence:
        number = int(segment.SegmentNumber)
        said = {bone for text in _texts(segment) if (bone := _bone(text)) is not None}
        said |= {bone for code in _codes(segment) if (bone := _coded().get(code)) is not None}
        if said == {"S1", "sacrum"}:  # there is no code for S1 but that of the sacrum
            said = {"S1"}
        if len(said) > 1:
            raise ImageError(
                f"Segment {number} of '{name}' is called {' and '.join(sorted(said))} at once. Correct it."
            )
        if said:
            found[number] = _id(said.pop())
    if not set(found.values()) & {SACRUM_ID, *VERTEBRA_IDS.values()}:
        labels = ", ".join(str(s.get("SegmentLabel", "?"))[:20] for s in list(image.SegmentSequence)[:5])
        raise ImageError(
            f"'{name}' names no vertebra (its segments: {labels}). Name them like 'vertebrae_L4' or 'L4', or by code."
        )
    if len(set(found.values())) < len(found):
        twice = next(v for v in found.values() if list(found.values()).count(v) > 1)
        bone = next((b for b, n in VERTEBRA_IDS.items() if n == twice), "a bone")
        raise ImageError(f"'{name}' holds {bone} in two segments. Keep one.")
    return found


def _texts(segment: Any) -> list[str]:
    return [str(segment.get(name, "") or "") for name in ("SegmentLabel", "TrackingID")]


def _codes(segment: Any) -> list[str]:
    """Of what the segment is; where that is just bone, of what it is a part. A nerve at L4 is no L4."""
    items = list(segment.get("SegmentedPropertyTypeCodeSequence") or ())
    if all(re.search(r"bone|vertebra", str(item.get("CodeMeaning", "")).lower()) for item in items):
        items += list(segment.get("AnatomicRegionSequence") or ())
    return [str(item.get("CodeValue", "")) for item in items if str(item.get("CodingSchemeDesignator", "")) == "SCT"]


@cache
def _coded() -> dict[str, str]:
    """SNOMED CT code to bone, from pydicom's dictionary of DICOM PS3.16."""
    from pydicom.sr.codedict import codes

    names = {f"{bone}Vertebra": bone for bone in VERTEBRA_IDS if bone != "S1"} | {"Sacrum": "sacrum"}
    return {str(getattr(codes.SCT, keyword).value): bone for keyword, bone in names.items()}


def _bone(text: str) -> str | None:
    """``L4`` from 'vertebrae_L4', 'L4 vertebra', 'Fourth lumbar vertebra'; ``sacrum``; ``hip left``; else None."""
    plain = " ".join(re.sub(r"[_\-./]+", " ", text.lower()).split())
    plain = re.sub(r"\b(bone|structure|of|the|entire|body structure|[()])\b", " ", plain)
    plain = " ".join(plain.replace("(", " ").replace(")", " ").split())
    for words, bone in _WORDS.items():
        if plain in {words, words.replace(" vertebra", " vertebrae")}:
            return bone
    if match := re.fullmatch(r"(?:vertebrae? )?([ctls])0?(\d{1,2})(?: vertebrae?)?", plain):
        bone = f"{match[1].upper()}{int(match[2])}"
        return bone if bone in VERTEBRA_IDS else None
    if plain in {"sacrum", "sacral"}:
        return "sacrum"
    if match := re.fullmatch(r"(?:hip (left|right)|(left|right) hip)", plain):
        return f"hip {match[1] or match[2]}"
    return None


def _id(bone: str) -> int:
    if bone == "sacrum":
        return SACRUM_ID
    return HIP_IDS[bone[4:]] if bone.startswith("hip") else VERTEBRA_IDS[bone]


def _on_grid(image: Any, numbers: dict[int, int], ct: Volume, name: str) -> NDArray[np.uint8]:
    from pydicom.pixels.utils import pixel_array

    frames = int(image.get("NumberOfFrames") or 1)
    if frames * int(image.Rows) * int(image.Columns) > _MOST_PIXELS:
        raise ImageError(f"'{name}' is too large to be read. Export the vertebrae alone.")
    pixels = np.asarray(pixel_array(image))
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or len(pixels) != frames or len(image.PerFrameFunctionalGroupsSequence) != frames:
        raise ImageError(f"'{name}' is cut off: not all of its frames are there. Export it again.")
    shared = image.SharedFunctionalGroupsSequence[0] if image.get("SharedFunctionalGroupsSequence") else None
    as_map = str(image.get("SegmentationType", "")) == "LABELMAP"
    least = 0.5 * float(image.get("MaximumFractionalValue") or 255) if image.SegmentationType == "FRACTIONAL" else 0.5
    labels = np.zeros(ct.shape, dtype=np.uint8)
    clash: dict[int, int] = {}
    for frame, group in zip(pixels, image.PerFrameFunctionalGroupsSequence, strict=True):
        if as_map:
            inside = np.isin(frame, list(numbers))
        else:
            number = int(_item(group, shared, "SegmentIdentificationSequence").ReferencedSegmentNumber)
            if number not in numbers:
                continue
            inside = frame >= least
        rows, columns = np.nonzero(inside)
        if not len(rows):
            continue
        ids = (
            np.array([numbers[int(n)] for n in frame[rows, columns]], dtype=np.uint8)
            if as_map
            else np.full(len(rows), numbers[number], dtype=np.uint8)
        )
        places = _places(group, shared, rows, columns)
        voxels = ct.voxels(places)
        nearest = np.rint(voxels).astype(np.intp)
        if np.abs(voxels - nearest).max() > _OFF_VOXELS:
            raise ImageError(
                f"'{name}' lies on another grid than the CT. Draw or resample it on this CT"
                " (a tilted series is untilted in reading: its segmentation does not fit)."
            )
        if np.any(nearest < 0) or np.any(nearest >= np.array(ct.shape)):
            raise ImageError(f"'{name}' reaches beyond the CT. It belongs to another image.")
        i, j, k = nearest.T
        before = labels[i, j, k]
        other = (before != 0) & (before != ids)
        for value in np.unique(before[other]).tolist():
            clash[value] = clash.get(value, 0) + int(np.count_nonzero(before[other] == value))
        labels[i[~other], j[~other], k[~other]] = ids[~other]
    for value, count in clash.items():
        if count > _OVERLAP * np.count_nonzero(labels == value):
            raise ImageError(f"Segments of '{name}' overlap: a voxel can be of one bone only. Correct the segments.")
    return labels


def _item(group: Any, shared: Any, sequence: str) -> Any:
    items = group.get(sequence) or (None if shared is None else shared.get(sequence))
    if not items:
        raise ValueError(f"{sequence} is missing")
    return items[0]


def _places(group: Any, shared: Any, rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[np.float64]:
    """LPS of pixels of one frame, (n, 3)."""
    position = np.array([float(v) for v in _item(group, shared, "PlanePositionSequence").ImagePositionPatient])
    axes = np.array([float(v) for v in _item(group, shared, "PlaneOrientationSequence").ImageOrientationPatient])
    spacing = [float(v) for v in _item(group, shared, "PixelMeasuresSequence").PixelSpacing]
    return np.asarray(
        position
        + columns[:, None] * spacing[1] * axes[:3]  # along a row the column counts up
        + rows[:, None] * spacing[0] * axes[3:]
    )
