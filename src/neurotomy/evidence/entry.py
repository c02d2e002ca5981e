"""One number (or a few that belong together) from the literature, and where it comes from."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from neurotomy.results import Result

__all__ = ["Entry", "Source", "Tag"]


class Tag(enum.Enum):
    """How far a number can be trusted to be what its source says."""

    READ = "read"
    """Read in the source's own text (usually its abstract)."""
    SECONDARY = "secondary"
    """Read in a text that quotes the source."""
    DERIVED = "derived"
    """Computed from numbers that were read; `note` gives the formula."""
    LEAFLET = "leaflet"
    """A claim of the founding patient leaflet."""
    MEMORY = "memory"
    """Common knowledge, not verified. Never decides a pass or a fail."""
    CHOICE = "choice"
    """A modelling choice of this project; `note` gives the reason."""


@dataclass(frozen=True)
class Source(Result):
    """A publication, manual, standard or the leaflet.

    Attributes
    ----------
    key
        Short name, for instance ``cosman2014``.
    citation
        Author, title or journal, year, volume and pages.
    doi, pmid
        Empty when not known.
    """

    key: str
    citation: str
    doi: str = ""
    pmid: str = ""


@dataclass(frozen=True)
class Entry(Result):
    """A number with its unit, spread and source.

    Attributes
    ----------
    key
        Dotted name; its first word is the file it lives in.
    value
        A number, a text, or a list or table of numbers.
    unit
        As written by people (``W/m/K``, ``mm``, ``1`` for a ratio, ``text``).
    source
        Key of the source.
    tag
        How it was found.
    sd, low, high
        Standard deviation; lower and upper bound, of which `interval` says what they are.
    interval
        What `low` and `high` are, for instance ``95 % CI``, ``range of level means``.
    n
        Number of observations, and of what (``n_unit``): patients, lesions, specimens.
    denominator
        For a rate: of what.
    note
        Anything a reader must know: definition, conflict with another study, formula.
    used_for
        Fits that take this entry up by themselves, for instance ``duration``, ``success``, ``sham``.
    """

    key: str
    value: float | int | str | list[object] | dict[str, object]
    unit: str
    source: str
    tag: Tag
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    interval: str = ""
    n: int | None = None
    n_unit: str = ""
    denominator: str = ""
    note: str = ""
    used_for: tuple[str, ...] = ()

    @property
    def number(self) -> float:
        """The value as a float.

        Raises
        ------
        TypeError
            When the value is not a number.
        """
        if isinstance(self.value, (int, float)) and not isinstance(self.value, bool):
            return float(self.value)
        raise TypeError(f"Evidence '{self.key}' is not a single number.")
