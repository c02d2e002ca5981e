"""The weeks after, as bars on a scale that has room for days and for years."""

from __future__ import annotations

import datetime
from typing import Any

from neurotomy import evidence
from neurotomy.recovery import Phase
from neurotomy.report.patient.catalogue import Speaker
from neurotomy.report.patient.facts import Facts

__all__ = ["TICK_DAYS", "place_of", "span_days", "weeks"]

TICK_DAYS = (0, 7, 14, 28, 42, 91, 182, 365, 730)
"""Equally far apart on the scale, so that the first days can be seen beside the years."""

_WEEK, _MONTH, _YEAR = 7, 30.4375, 365
_ROWS = (
    ("activity", "C18"),
    ("sore", "C19"),
    ("die", "C21"),
    ("odd", "C23"),
    ("start", "C22"),
    ("last", "C9"),
    ("return", "C25"),
)


def place_of(day: float) -> float:
    """Place of a day on the scale, 0 to 1."""
    last = len(TICK_DAYS) - 1
    for n, (a, b) in enumerate(zip(TICK_DAYS, TICK_DAYS[1:], strict=False)):
        if day <= b:
            return (n + max(day - a, 0.0) / (b - a)) / last
    return 1.0


def span_days(phase: Phase) -> tuple[tuple[float, float], tuple[float, float]]:
    """What the sources of a phase agree on, and all that they span; where they do not meet, all of it twice."""
    spans = []
    for key in phase.evidence:
        value = evidence.get(key).value
        if isinstance(value, dict) and isinstance(days := value.get("days"), list):
            spans.append((float(str(days[0])), float(str(days[1]))))
    whole = (phase.start_day, phase.end_day)
    if not spans:
        return whole, whole
    low, high = max(a for a, _ in spans), min(b for _, b in spans)
    return ((low, high) if low < high else whole), whole


def weeks(facts: Facts, say: Speaker) -> dict[str, Any]:
    """Ticks and rows of the picture; a row has its words, its agreed bar and its whole bar, as places of 0 to 1."""
    rows = []
    for name, claim in _ROWS:
        phase = facts.phase(claim)
        if phase is None:
            continue
        sure, whole = span_days(phase)
        rows.append(
            {
                "key": name,
                "name": say(f"weeks.{name}_name"),
                "text": say(f"weeks.{name}", **_values(name, phase, facts, say)),
                "when": _when(*sure, say),
                "sure": [place_of(day) for day in sure],
                "whole": [place_of(day) for day in whole],
            }
        )
    return {
        "title": say("weeks.title"),
        "alt": say("weeks.alt"),
        "ticks": [_tick(day, facts.papers.procedure_date, say) for day in TICK_DAYS],
        "rows": rows,
    }


def _values(name: str, phase: Phase, facts: Facts, say: Speaker) -> dict[str, str]:
    sure, whole = span_days(phase)
    if name == "sore":
        place = say(f"place.{facts.region}")
        return {"days": say.range(*sure), "weeks": say.number(round(whole[1] / _WEEK)), "place": place}
    if name == "die":
        return {"start": say.number(whole[0]), "weeks": say.number(round(whole[1] / _WEEK))}
    if name == "start":
        early, late = _early_and_late(phase)
        weeks = [round(day / _WEEK) for day in late]
        return {"weeks": say.number(round(early[1] / _WEEK)), "late": say.range(*weeks)}
    if name == "return":
        return {"months": say.number(round(whole[0] / _MONTH))}
    return {}


def _early_and_late(phase: Phase) -> tuple[tuple[float, float], tuple[float, float]]:
    """What others say of the onset, and what the leaflet says."""
    found: dict[bool, tuple[float, float]] = {}
    for key in phase.evidence:
        value = evidence.get(key).value
        if isinstance(value, dict) and isinstance(days := value.get("days"), list):
            found[key.endswith(".leaflet")] = (float(str(days[0])), float(str(days[1])))
    whole = (phase.start_day, phase.end_day)
    return found.get(False, whole), found.get(True, whole)


def _when(start: float, end: float, say: Speaker) -> str:
    """A span with each end in the unit that suits it."""
    if end >= TICK_DAYS[-1]:
        return say("weeks.from", start=_inside(_at(start, say)))
    if start < 2 and end > 2 * _WEEK:
        return say("weeks.up_to", end=_inside(_at(end, say)))
    first, last = _at(start, say), _at(end, say)
    unit, _, number = last.rpartition(" ")
    return say("weeks.span", start=first, end=number if first.startswith(unit) else _inside(last))


def _at(day: float, say: Speaker) -> str:
    if day <= 2 * _WEEK:
        return say("weeks.day_at", number=say.number(day))
    if day < 3 * _MONTH:
        return say("weeks.week_at", number=say.number(round(day / _WEEK)))
    return say("weeks.month_at", number=say.number(round(day / _MONTH)))


def _inside(words: str) -> str:
    """As it goes on within a sentence."""
    return words[:1].lower() + words[1:]


def _tick(day: int, start: datetime.date | None, say: Speaker) -> dict[str, str]:
    if day == 0:
        words = say("weeks.today")
    elif day < 3 * _MONTH - 1:
        words = say.counted("weeks.week", day // _WEEK)
    elif day < _YEAR:
        words = say.counted("weeks.month", round(day / _MONTH))
    else:
        words = say.counted("weeks.year", round(day / _YEAR))
    return {"words": words, "date": _date(day, start, say)}


def _date(day: int, start: datetime.date | None, say: Speaker) -> str:
    if start is None:
        return ""
    date = start + datetime.timedelta(days=day)
    return say.short_date(date) if day < _YEAR else say.month_year(date)
