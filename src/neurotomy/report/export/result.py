"""What an export gives: which files were written, and the objects for a PACS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neurotomy.results import INTERNAL, Result

__all__ = ["Exported"]


@dataclass(frozen=True)
class Exported(Result):
    """One export.

    Attributes
    ----------
    subject
        Joints and side.
    files
        What each file holds, by its path below the folder.
    label_numbers
        Meaning of the numbers in each label map.
    study_uid, frame_of_reference_uid
        Of the DICOM objects; empty without them.
    deidentified
        Whether the objects carry the pseudonym of the case instead of the patient's name.
    quality
        As :class:`~neurotomy.anatomy.Anatomy` has it; empty where a label map names the bones.
    notes
        What a person must know.
    paths
        The files.
    objects
        The DICOM objects by their path, ready to be stored.
    """

    subject: str
    files: Mapping[str, str]
    label_numbers: Mapping[str, Mapping[str, str]]
    study_uid: str
    frame_of_reference_uid: str
    deidentified: bool
    notes: tuple[str, ...]
    quality: str = ""
    paths: tuple[Path, ...] = field(default=(), metadata=INTERNAL)
    objects: Mapping[str, Any] = field(default_factory=dict, metadata=INTERNAL)
