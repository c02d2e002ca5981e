"""What the recovery room gives: relief over time in three groups, a timeline, and the risks with denominators."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy.recovery.repeat import Repeat
from neurotomy.results import INTERNAL, Result

__all__ = ["Component", "JointForecast", "Phase", "Recovery", "Repeat", "Risk"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Phase(Result):
    """One thing that happens after the procedure.

    Attributes
    ----------
    name
        For people, for instance ``soreness``.
    start_day, end_day
        Typical range, days after the procedure.
    leaflet
        What the founding leaflet says, or empty.
    literature
        What other sources say, or empty.
    claims
        Leaflet claims it covers (``C19``).
    evidence
        Keys of the entries used.
    """

    name: str
    start_day: float
    end_day: float
    leaflet: str
    literature: str
    claims: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Risk(Result):
    """One complication, with its denominator.

    Attributes
    ----------
    name
        For people.
    events, of
        Counts, or None where only a statement exists.
    per
        ``lesion``, ``patient``, ``procedure`` or ``case reports``.
    rate, interval
        Rate and its 95 % Wilson interval, or None.
    statement
        One plain sentence.
    evidence
        Key of the entry.
    kind
        ``expected``, ``possible`` or ``rare``.
    urgency, call
        When to call: ``at once``, ``the same day`` or ``before``, and about what; empty where there is no need.
    lesions
        Number of lesions of this treatment: one for each nerve.
    per_patient_rate, per_patient_interval
        Of a risk that is counted per lesion: of a patient with so many lesions, if each is a risk of its own; None
        otherwise.
    """

    name: str
    events: int | None
    of: int | None
    per: str
    rate: float | None
    interval: tuple[float, float] | None
    statement: str
    evidence: str
    kind: str = "possible"
    urgency: str = ""
    call: str = ""
    lesions: int | None = None
    per_patient_rate: float | None = None
    per_patient_interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Component(Result):
    """One part of the mixture of patients.

    Attributes
    ----------
    name
        What is true of them: ``not the source``, ``nerve missed`` or ``captured``.
    probability
        P(this patient is one of them); the parts sum to 1.
    significant, partial, none
        What they feel; the three sum to 1.
    """

    name: str
    probability: float
    significant: float
    partial: float
    none: float


@dataclass(frozen=True)
class JointForecast(Result):
    """One joint of several, as if it were the only source of the pain.

    Attributes
    ----------
    joint
        As in :data:`neurotomy.anatomy.names.JOINTS`.
    source, captured
        P(it is the source), and P(all its nerves are captured).
    significant, partial, none
        Shares of patients; they sum to 1.
    significant_interval
        90 % interval of `significant`.
    median_relief_months
        As in :class:`Recovery`.
    """

    joint: str
    source: float
    captured: float
    significant: float
    partial: float
    none: float
    significant_interval: tuple[float, float]
    median_relief_months: float


@dataclass(frozen=True)
class Recovery(Result):
    """What the patient can expect.

    Attributes
    ----------
    significant, partial, none
        Shares of patients like this one, at the horizon of best relief; they sum to 1.
    significant_interval
        90 % interval of `significant` from the uncertainty of its inputs.
    median_relief_months
        Median time to return of pain among those with significant relief.
    month, still_significant, still_any
        Curve: months after the procedure, share with significant relief, share with significant or partial relief.
    still_significant_low, still_significant_high
        90 % band of the first curve.
    relieved_now
        Curve: share whose significant relief has begun and not ended; it rises with the onset, falls with the return.
    relief_within_2_years_months
        Months with significant relief in the first two years, mean of all who are treated.
    components
        The mixture that the three shares come from.
    repeats
        What a second procedure and further ones can expect; empty for several joints, which need not all be repeated.
    joints
        Each joint by itself, where a case has several; empty for one.
    timeline
        What happens when.
    risks
        Complications.
    explanation
        What the model is, what it was fitted to, where studies disagree: sentences.
    evidence
        Keys of the entries used.
    """

    significant: float
    partial: float
    none: float
    significant_interval: tuple[float, float]
    median_relief_months: float
    timeline: tuple[Phase, ...]
    risks: tuple[Risk, ...]
    explanation: tuple[str, ...]
    evidence: tuple[str, ...]
    month: Array = field(metadata=INTERNAL)
    still_significant: Array = field(metadata=INTERNAL)
    still_any: Array = field(metadata=INTERNAL)
    still_significant_low: Array = field(metadata=INTERNAL)
    still_significant_high: Array = field(metadata=INTERNAL)
    components: tuple[Component, ...] = ()
    repeats: tuple[Repeat, ...] = ()
    joints: tuple[JointForecast, ...] = ()
    relieved_now: Array = field(default_factory=lambda: np.empty(0), metadata=INTERNAL)
    relief_within_2_years_months: float = float("nan")
