"""One published result beside what this program computes for it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from neurotomy.results import Result

__all__ = ["Row", "Verdict"]


class Verdict(enum.Enum):
    """How a published result and a computed one compare."""

    INSIDE = "inside"
    """The computed value lies in the published range, or shows the published trend."""
    OUTSIDE = "outside"
    """It does not."""
    SHOWN = "shown only"
    """From memory, of another quantity, or kept for calibration: never a pass or a fail."""
    NOT_COMPUTED = "not computed"
    """The text that was read does not say what would be needed, or this model lacks it."""


@dataclass(frozen=True)
class Row(Result):
    """One published result.

    Attributes
    ----------
    name
        Key of the row, that of the source and the quantity.
    quantity
        What was measured.
    setting
        Electrode, protocol, medium and start temperature that were computed.
    criterion
        The edge at which the computed lesion is read.
    unit
        Of all numbers.
    published_low, published_high
        The published range; None where a side is open or where a trend was published.
    published
        The published result in words.
    computed
        The computed value; over several electrodes their median. None where nothing was computed.
    computed_low, computed_high
        Smallest and largest over the electrodes of the setting.
    numerical_error
        Of `computed`, from a finer grid and step.
    spread_low, spread_high
        90 % interval of `computed` from the spreads of the inputs in the evidence.
    verdict
        Whether `computed` lies in the published range.
    explanation
        One sentence: why, where it is outside or was not computed.
    use
        ``holdout`` (may fail), ``calibration`` or ``context`` (may not).
    evidence
        Key of the published result.
    source
        Citation.
    """

    name: str
    quantity: str
    setting: str
    criterion: str
    unit: str
    published_low: float | None
    published_high: float | None
    published: str
    computed: float | None
    computed_low: float | None
    computed_high: float | None
    numerical_error: float | None
    spread_low: float | None
    spread_high: float | None
    verdict: Verdict
    explanation: str
    use: str
    evidence: str
    source: str
