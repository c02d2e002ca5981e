"""The dates that matter after a neurotomy, from its timeline: what the calendar holds."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from neurotomy import evidence
from neurotomy.errors import CaseError
from neurotomy.recovery import Phase
from neurotomy.report.patient.catalogue import Speaker
from neurotomy.report.patient.day import the_day
from neurotomy.report.patient.facts import Facts
from neurotomy.report.patient.sheet import joint_words, stamp
from neurotomy.report.patient.weeks import span_days
from neurotomy.results import Result
from neurotomy.selection.rules import rule_set

__all__ = ["Event", "aftercare", "months_after"]

CALL_TIME = datetime.time(10, 0)
"""Reminders to call come when a clinic can be reached."""


@dataclass(frozen=True)
class Event(Result):
    """One entry of the calendar.

    Attributes
    ----------
    key
        Name that stays the same when the date moves: ``day``, ``sore_end``, ``die``, ``check``, ``start``,
        ``follow_up``, ``fade`` or ``repeat``.
    first, last
        Its days, both included.
    time
        Local time of the patient on the first day; None for a whole day.
    minutes
        How long a timed event takes.
    title, text
        In the patient's language; they name side and level, and nobody.
    alarm
        Words of a reminder on the day before, or empty.
    claims
        Claims of the leaflet that it is about.
    """

    key: str
    first: datetime.date
    last: datetime.date
    time: datetime.time | None
    minutes: int
    title: str
    text: str
    alarm: str
    claims: tuple[str, ...]


def aftercare(facts: Facts) -> tuple[Event, ...]:
    """The events in the order of their dates.

    Days after the procedure come from the timeline of the recovery; the follow-up from the end point of trials
    (``outcome.model.horizon``); the day when relief may fade is its median; the earliest repeat is that of the rule set
    of the case, and where this is silent that of the timeline.

    Raises
    ------
    CaseError
        When there is no procedure date or no time zone.
    """
    papers = facts.papers
    if papers.procedure_date is None or papers.time_zone is None:
        raise CaseError("A calendar needs papers.procedure_date and papers.time_zone in the case.")
    say, date = Speaker(papers.language, facts.region), papers.procedure_date
    events = [_the_day(facts, say, date)]

    def on(key: str, first: datetime.date, last: datetime.date | None = None, *claims: str, call: bool = False) -> None:
        title, text = say(f"calendar.{key}"), say(f"calendar.{key}_text")
        time = CALL_TIME if call else None
        events.append(Event(key, first, last or first, time, 15 if call else 0, title, text, "", claims))

    def days(number: float) -> datetime.date:
        return date + datetime.timedelta(days=round(number))

    if (phase := facts.phase("C19")) is not None:
        sure, whole = span_days(phase)
        on("sore_end", days(sure[1]), None, "C19")
        on("check", days(whole[1]), None, "C19", call=True)
    if (phase := facts.phase("C21")) is not None:
        sure, _ = span_days(phase)
        on("die", days(sure[0]), days(sure[1]), "C21")
    if (phase := facts.phase("C22")) is not None:
        first, last = _onset(phase)
        on("start", days(first), days(last), "C22")
    on("follow_up", months_after(date, evidence.value("outcome.model.horizon")), None, "C39", call=True)
    if (phase := facts.phase("C9")) is not None:
        # Relief that outlasts every study is asked about when the longest promise ends.
        longest = phase.end_day
        median = facts.recovery.median_relief_months
        fade = months_after(date, median) if median < longest / _MONTH_DAYS else days(longest)
        on("fade", fade, None, "C12", "C25")
    if (phase := facts.phase("C26")) is not None:
        months = rule_set(facts.rule_set).repeat_after_months
        on("repeat", days(phase.start_day) if months is None else months_after(date, months), None, "C26")
    return tuple(sorted(events, key=lambda event: (event.first, event.last)))


_MONTH_DAYS = 30.4375


def _the_day(facts: Facts, say: Speaker, date: datetime.date) -> Event:
    levels, side = stamp(facts, say)
    words = {"joint": joint_words(facts, say), "side": say(f"side.{facts.side.value}")}
    text = say("calendar.day_text", **words)
    return Event(
        key="day",
        first=date,
        last=date,
        time=facts.papers.arrival_time,
        minutes=round(60 * the_day(facts.region, facts.lesions).stay_h[1]),
        title=say("calendar.day", stamp=f"{levels} {side}"),
        text=text[:1].upper() + text[1:],
        alarm=say("calendar.day_alarm"),
        claims=("C15", "C16", "C17"),
    )


def _onset(phase: Phase) -> tuple[float, float]:
    """From the end of what most sources say of the onset to the end of what the leaflet says."""
    ends = []
    for key in phase.evidence:
        value: Any = evidence.get(key).value
        if isinstance(value, dict) and isinstance(found := value.get("days"), list):
            ends.append(float(found[1]))
    return (min(ends), max(ends)) if ends else (phase.start_day, phase.end_day)


def months_after(date: datetime.date, months: float) -> datetime.date:
    """The same day of the month some months on, or the last day of a shorter month; parts of a month are days."""
    whole = int(months)
    year, month = divmod(date.month - 1 + whole, 12)
    first = datetime.date(date.year + year, month + 1, 1)
    next_first = datetime.date(first.year + first.month // 12, first.month % 12 + 1, 1)
    day = first + datetime.timedelta(days=min(date.day, (next_first - first).days) - 1)
    return day + datetime.timedelta(days=round((months - whole) * _MONTH_DAYS))
