"""One number that is known, beside what this program finds."""

from __future__ import annotations

from dataclasses import dataclass

from neurotomy.results import Result

__all__ = ["KnownAnswer", "answer"]


@dataclass(frozen=True)
class KnownAnswer(Result):
    """One number that is known, and what this program finds.

    Attributes
    ----------
    name
        The problem and the quantity.
    computed, known, unit
        What was found, what it should be. Unit ``order`` is an order of convergence.
    error, tolerance
        The difference that was found, and the largest that is allowed, in the same unit.
    passed
        Whether the error is within the tolerance.
    source
        How the answer is known.
    """

    name: str
    computed: float
    known: float
    unit: str
    error: float
    tolerance: float
    passed: bool
    source: str


def answer(name: str, computed: float, known: float, unit: str, tolerance: float, source: str) -> KnownAnswer:
    """The two numbers compared."""
    error = abs(float(computed) - known)
    return KnownAnswer(name, float(computed), known, unit, error, tolerance, error <= tolerance, source)
