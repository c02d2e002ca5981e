"""Which images belong together, and which series is the CT that is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from neurotomy.errors import ImageError
from neurotomy.imaging.dicom.frame import FileSource, Frame, NotAnImage, Source, frames_of
from neurotomy.progress import SILENT, Progress
from neurotomy.results import INTERNAL, Result

__all__ = ["Found", "SeriesInfo", "choose", "look", "sources_in"]

_FIT_PLACES = 5
"""A series with fewer places is a test image, a bolus track or a scout, where another one has more."""
_SAME_PLACE_MM = 0.01
_MOST_FILES = 50_000
_NO_IMAGES = {"DICOMDIR", "THUMBS.DB", "DESKTOP.INI"}


@dataclass(frozen=True)
class SeriesInfo(Result):
    """One series as a person chooses it.

    Attributes
    ----------
    number
        What to choose it by: the scanner's series number where each series has its own, else 1, 2, … as listed.
    description
        As the scanner wrote it.
    images
        Number of CT images.
    size
        Columns and rows.
    spacing_mm
        Between columns, rows, and (median) slices; the last is 0 where all lie in one place.
    extent_mm
        From the first slice to the last.
    fit
        Whether it can be a CT of a spine: slices in several places.
    example
        Name of one of its files.
    uid
        Series Instance UID; empty where it is blank.
    """

    number: str
    description: str
    images: int
    size: tuple[int, int]
    spacing_mm: tuple[float, float, float]
    extent_mm: float
    fit: bool
    example: str
    uid: str = field(metadata=INTERNAL)
    frames: tuple[Frame, ...] = field(metadata=INTERNAL, repr=False)

    @property
    def shown(self) -> str:
        """In one line: ``3 'L SPINE 1.0' (120 images of 512×512, 0.4 × 0.4 × 1 mm, for instance IM0001)``."""
        spacing = " × ".join(f"{s:.3g}" for s in self.spacing_mm)
        return (
            f"{self.number} '{self.description}' ({self.images} image{'' if self.images == 1 else 's'} of "
            f"{self.size[0]}×{self.size[1]}, {spacing} mm, for instance {self.example})"
        )


@dataclass(frozen=True)
class Found:
    """What lies in a folder: CT series, and what is none of it."""

    series: tuple[SeriesInfo, ...]
    other_kinds: tuple[str, ...]
    damaged: tuple[str, ...]
    set_aside: int
    refused: tuple[tuple[str, ImageError], ...]
    uids_ignored: bool


def sources_in(folder: Path) -> list[Source]:
    """The files of a folder that could be images: not the index of a disc, not what file browsers leave behind."""
    files: list[Path] = []
    for path in folder.rglob("*"):
        if not path.name.startswith(".") and path.name.upper() not in _NO_IMAGES and path.is_file():
            files.append(path)
            if len(files) > _MOST_FILES:
                raise ImageError(f"The folder '{folder.name}' holds over {_MOST_FILES} files. Name the series' folder.")
    if not files:
        raise ImageError(f"The folder '{folder.name}' is empty. Name the folder that holds the DICOM images.")
    return [FileSource(path) for path in sorted(files)]


def look(sources: Sequence[Source], progress: Progress = SILENT) -> Found:
    """Read all headers and put together what belongs together."""
    frames: list[Frame] = []
    kinds: set[str] = set()
    damaged: list[str] = []
    refused: list[tuple[str, ImageError]] = []
    aside = 0
    for n, source in enumerate(sources):
        progress(n / len(sources), f"Looking at file {n + 1} of {len(sources)}")
        header = source.header()
        try:
            modality = None if header is None else str(header.get("Modality", "") or "").strip()
        except Exception:  # a damaged element fails when it is looked at
            modality = None
        if modality is None:
            damaged.append(source.name)
        elif modality != "CT":
            kinds.add(modality if modality.isalnum() and len(modality) < 17 else "no modality")
            damaged.extend([] if modality.isalnum() else [source.name])
            aside += 1
        else:
            try:
                frames.extend(frames_of(header, source))
            except NotAnImage:
                aside += 1
            except ImageError as error:
                refused.append((_uid(header), error))
    groups = _groups(frames, by_uid=True)
    # Some writers give each image a series of its own: then only places can tell.
    alone = len(frames) > 1 and all(len(group) == 1 for group in groups)
    if alone:
        groups = _groups(frames, by_uid=False)
    return Found(_listed(groups), tuple(sorted(kinds)), tuple(damaged), aside, tuple(refused), alone)


def _uid(header: Any) -> str:
    try:
        return str(header.get("SeriesInstanceUID", "") or "").strip()
    except Exception:  # the damaged element may be this one
        return ""


def _groups(frames: Iterable[Frame], *, by_uid: bool) -> list[list[Frame]]:
    groups: list[list[Frame]] = []
    by_key: dict[object, list[list[Frame]]] = {}
    for frame in frames:
        fitting = by_key.setdefault((frame.uid if by_uid else None, frame.shape), [])
        for group in fitting:
            if frame.same_grid(group[0]):
                group.append(frame)
                break
        else:
            fitting.append([frame])
            groups.append(fitting[-1])
    return groups


def _listed(groups: Sequence[Sequence[Frame]]) -> tuple[SeriesInfo, ...]:
    numbers = [group[0].number for group in groups]
    own = len(set(numbers)) == len(numbers) and all(number is not None for number in numbers)
    order = sorted(range(len(groups)), key=lambda n: (numbers[n] if own else 0, groups[n][0].name))
    return tuple(
        _info(groups[n], str(numbers[n]) if own else str(place), groups[n][0]) for place, n in enumerate(order, 1)
    )


def _info(group: Sequence[Frame], number: str, first: Frame) -> SeriesInfo:
    along = np.sort([float(frame.position_mm @ first.normal) for frame in group])
    steps = np.diff(along)
    steps = steps[steps > _SAME_PLACE_MM]
    return SeriesInfo(
        number=number,
        description=first.description,
        images=len(group),
        size=(first.shape[1], first.shape[0]),
        spacing_mm=(first.spacing_mm[1], first.spacing_mm[0], float(np.median(steps)) if len(steps) else 0.0),
        extent_mm=float(along[-1] - along[0]),
        fit=len(steps) + 1 >= _FIT_PLACES,
        example=first.name,
        uid=first.uid[0],
        frames=tuple(group),
    )


def choose(found: Found, name: str, series: str | None = None) -> tuple[SeriesInfo, tuple[str, ...]]:
    """The series that is meant, and what was left out, in words.

    Parameters
    ----------
    found : Found
        What :func:`look` found.
    name : str
        Of the folder, for messages.
    series : str, optional
        Number or UID of the series; without it, the only one that fits.

    Raises
    ------
    ImageError
        When there is none, or more than one and none was named.
    """
    if not found.series:
        if found.refused:
            raise found.refused[0][1]
        what = f"images of another kind ({', '.join(found.other_kinds)})" if found.other_kinds else "no DICOM images"
        raise ImageError(f"'{name}' holds {what}, and a CT series is needed. Name another folder.")
    chosen = _named(found.series, name, series) if series else _only(found.series, name)
    if chosen.images < 2:
        raise ImageError(f"'{name}' holds one image, and a CT needs at least two. Export the whole series.")
    told = []
    for uid, error in found.refused:  # of a series that is not meant it does not matter
        if not uid or not chosen.uid or uid == chosen.uid or found.uids_ignored:
            raise error
    if found.uids_ignored:
        told.append("Each image states a series of its own; they were put together by their places.")
    if found.damaged:
        shown = ", ".join(found.damaged[:3]) + (", …" if len(found.damaged) > 3 else "")
        files_are = "1 file is" if len(found.damaged) == 1 else f"{len(found.damaged)} files are"
        told.append(f"{files_are} no CT image or damaged, and left out ({shown}): look whether the CT ends too early.")
    for other in found.series:
        if other is not chosen:
            told.append(f"Set aside: {other.shown}.")
    return chosen, tuple(told)


def _only(series: tuple[SeriesInfo, ...], name: str) -> SeriesInfo:
    candidates = [one for one in series if one.fit] or [one for one in series if one.spacing_mm[2]] or list(series)
    if len(candidates) > 1:
        listed = "; ".join(one.shown for one in candidates[:8]) + ("; …" if len(candidates) > 8 else "")
        raise ImageError(
            f"'{name}' holds {len(candidates)} series: {listed}. "
            f'Say which by its number: series = "{candidates[0].number}" under [imaging] of the case.'
        )
    return candidates[0]


def _named(series: tuple[SeriesInfo, ...], name: str, wanted: str) -> SeriesInfo:
    wanted = wanted.strip()
    matching = [one for one in series if wanted in {one.number, one.uid}]
    if len(matching) != 1:
        listed = "; ".join(one.shown for one in series[:8]) + ("; …" if len(series) > 8 else "")
        fault = "does not hold series" if not matching else "holds several parts of series"
        raise ImageError(f"'{name}' {fault} '{wanted}'. It holds {listed}.")
    return matching[0]
