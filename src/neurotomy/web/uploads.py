"""Files from a browser: written as they come, of kinds that are read here, under names that cannot lead elsewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from neurotomy.errors import ImageError, OutputError

__all__ = ["KINDS", "place_of", "receive", "replaced"]

KINDS = {"ct": (".nii", ".nii.gz", ".zip", ".dcm", ""), "labels": (".nii", ".nii.gz", ".dcm")}
"""Endings that are taken, by what the file is for; DICOM files often have none."""
MOST_FILES = 20_000
_SPARE_BYTES = 500_000_000


def place_of(folder: Path, role: str, name: str) -> Path:
    """Where an uploaded file goes: below the session's folder, whatever it is called.

    Raises
    ------
    ImageError
        When the kind of file is not read here.
    """
    if role not in KINDS:
        raise ImageError("A file is uploaded as a CT or as a label map.")
    bare = re.sub(r"[^A-Za-z0-9._-]", "_", Path(name.replace("\\", "/")).name)[-80:].lstrip(".") or "file"
    ending = ".nii.gz" if bare.lower().endswith(".nii.gz") else Path(bare).suffix.lower()
    one_of_many = role == "ct" and not re.fullmatch(r"\.(nii|nii\.gz|zip)", ending)
    if ending not in KINDS[role] and not (one_of_many and (ending[1:].isdigit() or ending in {".ima", ".img"})):
        wanted = (
            "NIfTI (.nii, .nii.gz), a zip, or DICOM files"
            if role == "ct"
            else "NIfTI (.nii, .nii.gz) or DICOM SEG (.dcm)"
        )
        raise ImageError(f"'{bare}' is not a file that is read here: expected {wanted}.")
    return folder / "upload" / role / bare


def replaced(folder: Path, role: str) -> None:
    """Remove what was uploaded before in this role."""
    if role in KINDS:
        shutil.rmtree(folder / "upload" / role, ignore_errors=True)


async def receive(stream: AsyncIterator[bytes], place: Path, limit_bytes: int) -> int:
    """Write a stream to `place`; what came is removed when it does not end well.

    Raises
    ------
    ImageError
        When there is too much of it.
    OutputError
        When the disk is full.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if len(list(place.parent.iterdir())) >= MOST_FILES:
        raise ImageError(f"At most {MOST_FILES} files are taken. Upload one study.")
    seen = 0
    try:
        if shutil.disk_usage(place.parent).free < _SPARE_BYTES:
            raise OutputError("The disk is nearly full: nothing was uploaded.")
        with place.open("wb") as file:
            async for part in stream:
                seen += len(part)
                if seen > limit_bytes:
                    raise ImageError(f"Too large: at most {limit_bytes / 1e6:.0f} MB are taken.")
                file.write(part)
    except BaseException as error:
        place.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OutputError(f"The upload could not be kept: {error.strerror}.") from None
        raise
    return seen
