"""The tree of errors: every error a user can cause or meet, with a message that says what to do.

::

    NeurotomyError
    ├── CaseError            the case file: a value missing, of the wrong kind, or contradicting another
    ├── EvidenceError        a number without a source, or a key that does not exist
    ├── CatalogueError       an electrode, protocol, tissue or rule set that is not in the catalogue
    ├── ImageError           a CT or label map that cannot be read, or that does not fit
    ├── AnatomyError         the level, side or landmark asked for is not on this CT
    ├── GuidanceError        a needle or C-arm pose that cannot be
    ├── LesionError          a heat lesion that cannot be computed as asked
    ├── OutputError          a place that cannot be written to
    ├── PacsError            a PACS that cannot be reached, or that refuses
    └── Cancelled            the person stopped it (Ctrl-C, the cancel button)

A message has one line: what was given, what was expected, what to do. The command line prints it and exits with 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "AnatomyError",
    "Cancelled",
    "CaseError",
    "CatalogueError",
    "EvidenceError",
    "GuidanceError",
    "ImageError",
    "LesionError",
    "NeurotomyError",
    "OutputError",
    "PacsError",
    "nearest",
]


class NeurotomyError(Exception):
    """Root of the tree. Catch this to catch everything the library raises on purpose."""


class CaseError(NeurotomyError):
    """The case file is wrong: all mistakes found, each with its line."""


class EvidenceError(NeurotomyError):
    """A number without a source, or an evidence key that does not exist."""


class CatalogueError(NeurotomyError):
    """Something is not in a catalogue (electrodes, protocols, tissues, rule sets)."""


class ImageError(NeurotomyError):
    """A CT or label map cannot be read, or does not fit the other."""


class AnatomyError(NeurotomyError):
    """The level, side or landmark asked for is not on this CT."""


class GuidanceError(NeurotomyError):
    """A needle or C-arm pose that cannot be."""


class LesionError(NeurotomyError):
    """A heat lesion cannot be computed as asked."""


class OutputError(NeurotomyError):
    """A place that cannot be written to."""


class PacsError(NeurotomyError):
    """A PACS cannot be reached, or refuses."""


class Cancelled(NeurotomyError):
    """The person stopped the work."""


def nearest(given: str, valid: Iterable[str]) -> str:
    """Advice for a misspelt name: `` Did you mean 'x'?`` or the list of valid names.

    Parameters
    ----------
    given : str
        What the person wrote.
    valid : iterable of str
        The names that exist.
    """
    names = sorted(valid)
    close = get_close_matches(given, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean '{close[0]}'?"
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"Valid: {shown}."
