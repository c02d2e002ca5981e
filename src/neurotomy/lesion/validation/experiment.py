"""What a row needs to be made: its published result, and functions that compute the same from a bench."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from neurotomy.lesion.validation.bench import Bench

__all__ = ["Experiment"]


@dataclass(frozen=True)
class Experiment:
    """One published result and how it is computed.

    Attributes
    ----------
    name, quantity, setting, criterion, published, evidence
        As in :class:`~neurotomy.lesion.validation.row.Row`.
    quantities
        For each electrode of the setting a function from a bench to the number; empty where it cannot be computed.
    low, high
        The published range; None is open. Both None: the published single value must lie in the computed 90 % interval.
    unit
        Where it is not that of the evidence.
    outside
        The sentence that explains a value outside, or why nothing was computed. It may name numbers of the best
        estimate: a function of the bench.
    dimensions
        3 needs the three-dimensional grid, and is computed once, at the best estimate.
    """

    name: str
    quantity: str
    setting: str
    criterion: str
    evidence: str
    published: str
    quantities: Mapping[str, Callable[[Bench], float]] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    unit: str = ""
    outside: str | Callable[[Bench], str] = ""
    dimensions: int = 2
