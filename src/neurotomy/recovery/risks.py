"""Complications, each with its denominator and an interval from its counts."""

from __future__ import annotations

from neurotomy import evidence
from neurotomy.errors import EvidenceError, nearest
from neurotomy.evidence import Entry
from neurotomy.recovery.result import Risk
from neurotomy.recovery.wilson import wilson_interval

__all__ = ["KINDS", "risks_of"]

KINDS = ("expected", "possible", "rare")

_THIRD_OCCIPITAL = "third occipital nerve"


def risks_of(joint: str, region: str, lesions: int | None = None) -> tuple[Risk, ...]:
    """The risks that apply to a neurotomy of `joint` in `region`: counted ones first, reports last.

    Parameters
    ----------
    joint : str
        As in :data:`neurotomy.anatomy.names.JOINTS`; C2/3 adds those of the third occipital nerve.
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    lesions : int, optional
        How many lesions the patient has, to turn a rate per lesion into one per patient.

    Raises
    ------
    EvidenceError
        When an entry is of an unknown kind, or its counts cannot be.
    """
    places = {region} | ({_THIRD_OCCIPITAL} if joint == "C2/3" else set())
    risks = []
    for entry in evidence.select("risk").values():
        if not isinstance(entry.value, dict) or "per" not in entry.value:
            continue  # a contraindication, a dose or a duration
        regions = entry.value.get("regions")
        if regions is None or places & set(regions):  # type: ignore[call-overload]
            risks.append(_risk(entry, lesions))
    return tuple(sorted(risks, key=lambda risk: (risk.per == "case reports", risk.rate is None)))


def _risk(entry: Entry, lesions: int | None) -> Risk:
    table = entry.value
    assert isinstance(table, dict)
    events, of = table.get("events"), table.get("of")
    kind, per, call = str(table.get("kind", "possible")), str(table["per"]), table.get("call")
    if kind not in KINDS:
        raise EvidenceError(f"Evidence '{entry.key}' is of kind '{kind}'. {nearest(kind, KINDS)}")
    rate: float | None = None
    interval: tuple[float, float] | None = None
    if isinstance(events, int) and isinstance(of, int):
        if not 0 <= events <= of or of == 0:
            raise EvidenceError(f"Evidence '{entry.key}' counts {events} events of {of}.")
        rate, interval = events / of, wilson_interval(events, of)
    urgency, about = _call(str(call)) if call else ("", "")
    patient_rate, patient_interval = None, None
    if per == "lesion" and lesions is not None and rate is not None and interval is not None:
        patient_rate = _any_of(rate, lesions)
        patient_interval = _any_of(interval[0], lesions), _any_of(interval[1], lesions)
    return Risk(
        name=str(table["name"]),
        events=events if isinstance(events, int) else None,
        of=of if isinstance(of, int) else None,
        per=per,
        rate=rate,
        interval=interval,
        statement=entry.note,
        evidence=entry.key,
        kind=kind,
        urgency=urgency,
        call=about,
        lesions=lesions,
        per_patient_rate=patient_rate,
        per_patient_interval=patient_interval,
    )


def _any_of(rate: float, lesions: int) -> float:
    """P(at least one of so many independent lesions)."""
    return float(1.0 - (1.0 - rate) ** lesions)


def _call(name: str) -> tuple[str, str]:
    table = evidence.get(f"risk.call.{name}").value
    assert isinstance(table, dict)
    return str(table["urgency"]), str(table["text"])
