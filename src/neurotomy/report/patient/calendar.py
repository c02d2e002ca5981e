"""``aftercare.ics``: the dates that matter as an iCalendar (RFC 5545) file in the patient's own time zone."""

from __future__ import annotations

import datetime
import hashlib
import zoneinfo
from typing import TYPE_CHECKING, Any

from neurotomy.report.patient.aftercare import Event, aftercare
from neurotomy.report.patient.catalogue import Speaker
from neurotomy.report.patient.facts import Facts
from neurotomy.report.patient.sheet import stamp
from neurotomy.version import __version__

if TYPE_CHECKING:
    from icalendar import Calendar

__all__ = ["calendar_of"]

_HOST = "neurotomy.invalid"
"""What stands after the @ of an identifier: a name that can belong to nobody (RFC 2606)."""


def calendar_of(facts: Facts, now: datetime.datetime | None = None) -> bytes:
    """The calendar file.

    A whole day is a DATE, which no time zone can move; what has an hour is local time with a TZID and its VTIMEZONE.
    The identifier of an event stays the same when its date or words change, so that a new file moves it instead of
    adding another. Nothing in it names the patient, not even the pseudonym.

    Parameters
    ----------
    facts : Facts
        With a procedure date and a time zone.
    now : datetime, optional
        When the file is made, aware; now when left out.

    Raises
    ------
    CaseError
        When the procedure date or the time zone is missing.
    """
    from icalendar import Calendar

    papers = facts.papers
    events = aftercare(facts)
    say = Speaker(papers.language, facts.region)
    made = (now or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC).replace(microsecond=0)
    zone = zoneinfo.ZoneInfo(str(papers.time_zone))
    calendar = Calendar()
    calendar.add("PRODID", f"-//neurotomy//neurotomy {__version__}//{papers.language.upper()}")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("X-WR-CALNAME", say("calendar.name", stamp=" ".join(stamp(facts, say))))
    calendar.add("X-WR-TIMEZONE", str(papers.time_zone))
    if papers.time_zone != "UTC":  # whose times end in Z and need no rules
        _add_zone(calendar, str(papers.time_zone), events)
    for event in events:
        calendar.add_component(_component(event, facts, zone, made, say("calendar.device")))
    return bytes(calendar.to_ical())


def _add_zone(calendar: Calendar, name: str, events: tuple[Event, ...]) -> None:
    """The rules of the zone, from before the first event to after the last."""
    from icalendar import Timezone

    first = min(event.first for event in events).replace(month=1, day=1)
    last = max(event.last for event in events)
    calendar.add_component(
        Timezone.from_tzid(
            name,
            first_date=first.replace(year=first.year - 1),
            last_date=datetime.date(last.year + 2, 1, 1),
        )
    )


def _component(event: Event, facts: Facts, zone: zoneinfo.ZoneInfo, made: datetime.datetime, device: str) -> Any:
    from icalendar import Alarm
    from icalendar import Event as Component

    component = Component()
    component.add("UID", _identifier(event, facts))
    component.add("DTSTAMP", made)
    if event.time is None:
        component.add("DTSTART", event.first)
        component.add("DTEND", event.last + datetime.timedelta(days=1))
        component.add("TRANSP", "TRANSPARENT")
    else:
        start = datetime.datetime.combine(event.first, event.time, tzinfo=zone)
        component.add("DTSTART", start)
        # Wall-clock arithmetic would lengthen a visit on a night when clocks change; a visit lasts its minutes.
        end = start.astimezone(datetime.UTC) + datetime.timedelta(minutes=event.minutes)
        component.add("DTEND", end.astimezone(zone))
        component.add("TRANSP", "OPAQUE" if event.key == "day" else "TRANSPARENT")
    component.add("SUMMARY", event.title)
    component.add("DESCRIPTION", f"{event.text}\n\n{device}")
    component.add("CLASS", "PRIVATE")
    if event.alarm:
        alarm = Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", event.alarm)
        alarm.add("TRIGGER", datetime.timedelta(hours=-18 if event.time is None else -24))
        component.add_component(alarm)
    return component


def _identifier(event: Event, facts: Facts) -> str:
    what = "\n".join((facts.pseudonym, ",".join(facts.joints), facts.side.value, event.key))
    return f"{hashlib.sha256(what.encode()).hexdigest()[:32]}@{_HOST}"
