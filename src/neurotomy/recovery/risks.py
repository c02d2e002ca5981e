"""Complications, each with its denominator and an interval from its counts."""

from __future__ import annotations

from neurotomy import evidence
from neurotomy.evidence import Entry
from neurotomy.recovery.result import Risk
from neurotomy.recovery.wilson import wilson_interval

__all__ = ["risks_of"]

_THIRD_OCCIPITAL = "third occipital nerve"


def risks_of(joint: str, region: str) -> tuple[Risk, ...]:
    """The risks that apply to a neurotomy of `joint` in `region`: counted ones first, reports last.

    Parameters
    ----------
    joint : str
        As in :data:`neurotomy.anatomy.names.JOINTS`; C2/3 adds those of the third occipital nerve.
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    """
    places = {region} | ({_THIRD_OCCIPITAL} if joint == "C2/3" else set())
    risks = []
    for entry in evidence.select("risk").values():
        if not isinstance(entry.value, dict) or "per" not in entry.value:
            continue  # a contraindication, a dose or a duration
        regions = entry.value.get("regions")
        if regions is None or places & set(regions):  # type: ignore[call-overload]
            risks.append(_risk(entry))
    return tuple(sorted(risks, key=lambda risk: (risk.per == "case reports", risk.rate is None)))


def _risk(entry: Entry) -> Risk:
    table = entry.value
    assert isinstance(table, dict)
    events, of = table.get("events"), table.get("of")
    rate: float | None = None
    interval: tuple[float, float] | None = None
    if isinstance(events, int) and isinstance(of, int):
        rate, interval = events / of, wilson_interval(events, of)
    return Risk(
        name=str(table["name"]),
        events=events if isinstance(events, int) else None,
        of=of if isinstance(of, int) else None,
        per=str(table["per"]),
        rate=rate,
        interval=interval,
        statement=entry.note,
        evidence=entry.key,
    )
