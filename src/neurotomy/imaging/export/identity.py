"""Under which name and numbers objects go out: a pseudonym, and UIDs that follow from what the objects hold.

A UID is ``2.25.`` and a number made from a SHA-256 hash of the salt and of everything the object depends on. The same
case gives the same UIDs on any machine, so that storing twice does not double; another needle, CT, pseudonym or salt
gives others, so that no UID ever means two things. Who has the source CT and knows the pseudonym could make the same
UIDs and so tell that they belong together: a secret salt prevents that.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

__all__ = ["Identity", "digest"]


def digest(*parts: object) -> str:
    """SHA-256, 64 hex digits, of arrays (type, shape and values), bytes and anything with a plain text form."""
    whole = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray):
            head, body = f"{part.dtype.str}{part.shape}", np.ascontiguousarray(part).tobytes()
        elif isinstance(part, bytes):
            head, body = "bytes", part
        else:
            head, body = type(part).__name__, repr(part).encode()
        whole.update(f"{head}:{len(body)}:".encode())
        whole.update(body)
    return whole.hexdigest()


@dataclass(frozen=True)
class Identity:
    """The name in the objects, and the salt of their UIDs.

    Attributes
    ----------
    pseudonym
        As the case states it; it does not identify the patient.
    salt
        A secret that makes UIDs which nobody without it can make again; empty for none.
    """

    pseudonym: str
    salt: str = ""

    def uid(self, *parts: object) -> str:
        """A UID that follows from the salt and `parts`; 2.25 is the root of UIDs that are 128-bit numbers."""
        return f"2.25.{int(digest(self.salt, *parts)[:32], 16)}"

    @property
    def patient_id(self) -> str:
        """A patient ID from pseudonym and salt: the same person's cases lie together in a PACS."""
        return f"NT-{digest(self.salt, 'patient', self.pseudonym)[:12].upper()}"

    @property
    def patient_name(self) -> str:
        """The pseudonym as a person name: without the signs that DICOM keeps for itself, at most 64 long."""
        return " ".join("".join(" " if c in "\\^=" or ord(c) < 32 else c for c in self.pseudonym).split())[:64]
