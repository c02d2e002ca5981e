"""A check as an object: ok, warning or error, with what was measured, the limit, the reason and the source."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from neurotomy.results import Result

__all__ = ["Check", "Status"]


class Status(enum.Enum):
    """The verdict of a check."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Check(Result):
    """One rule of good placement, applied to one needle.

    Attributes
    ----------
    name
        For people, for instance ``parallel to the nerve``.
    status
        Verdict.
    measured, unit
        The value that was compared, and its unit.
    limit
        The rule in words, for instance ``≤ 10° ok, ≤ 30° warning``.
    reason
        One sentence: what was found and what to do.
    source
        Key of an evidence source or entry.
    """

    name: str
    status: Status
    measured: float
    unit: str
    limit: str
    reason: str
    source: str
