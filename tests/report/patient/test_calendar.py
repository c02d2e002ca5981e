import dataclasses
import datetime
import zoneinfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurotomy import evidence
from neurotomy.case.model import LANGUAGES
from neurotomy.errors import CaseError
from neurotomy.report.patient.aftercare import aftercare, months_after
from neurotomy.report.patient.calendar import calendar_of
from neurotomy.selection.rules import rule_set, rule_set_names

from .people import WHO, facts
from .strict_ics import Refused, offset_at, read

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
# A week before clocks change, in spring and in autumn, on both sides of the Atlantic and of the equator.
CHANGES = [
    ("Europe/Madrid", datetime.date(2026, 3, 24)),
    ("Europe/London", datetime.date(2026, 10, 19)),
    ("America/New_York", datetime.date(2026, 3, 2)),
    ("America/Los_Angeles", datetime.date(2026, 10, 26)),
    ("America/Santiago", datetime.date(2026, 4, 1)),
    ("Australia/Sydney", datetime.date(2026, 9, 28)),
    ("Asia/Kolkata", datetime.date(2026, 6, 1)),
]


def by_key(about):
    return {event.key: event for event in aftercare(about)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", WHO)
def test_the_file_is_valid_by_a_strict_reader_and_by_the_library(who, language):
    data = calendar_of(facts(who, language=language), NOW)
    strict = read(data)
    library = icalendar.Calendar.from_ical(data)
    assert not library.errors
    assert all(not event.errors for event in library.walk("VEVENT"))
    assert library.to_ical() == data, "a round trip changes nothing"
    assert len(strict.of("VEVENT")) == len(library.walk("VEVENT")) == 8
    titles = {str(event["SUMMARY"]) for event in library.walk("VEVENT")}
    assert titles == {event.text("SUMMARY") for event in strict.of("VEVENT")}


@pytest.mark.parametrize(("zone", "date"), CHANGES)
def test_hours_stay_hours_across_a_change_of_clocks(zone, date):
    about = facts("lumbar, good", time_zone=zone, procedure_date=date, arrival_time=datetime.time(8, 30))
    strict = read(calendar_of(about, NOW))
    (rules,) = strict.of("VTIMEZONE")
    there = zoneinfo.ZoneInfo(zone)
    timed = [event for event in strict.of("VEVENT") if "TZID" in event.values("DTSTART")[0][0]]
    offsets = set()
    assert len(timed) == 3
    for event in timed:
        local = datetime.datetime.strptime(event.value("DTSTART"), "%Y%m%dT%H%M%S")
        assert local.time() in {datetime.time(8, 30), datetime.time(10, 0)}
        offsets.add(local.replace(tzinfo=there).utcoffset())
        assert offset_at(rules, local) == local.replace(tzinfo=there).utcoffset()
    (check,) = [
        event for event in timed if event.value("DTSTART")[:8] == f"{date + datetime.timedelta(days=14):%Y%m%d}"
    ]
    assert check.value("DTSTART").endswith("T100000")
    if zone not in {"Asia/Kolkata"}:
        assert len(offsets) == 2, "the clocks do change between the day and the follow-up"


@pytest.mark.parametrize(("zone", "date"), CHANGES)
def test_whole_days_are_dates_that_no_zone_can_move(zone, date):
    strict = read(calendar_of(facts("lumbar, good", time_zone=zone, procedure_date=date), NOW))
    whole = [event for event in strict.of("VEVENT") if event.values("DTSTART")[0][0].get("VALUE") == "DATE"]
    assert len(whole) == 5
    for event in whole:
        assert event.values("DTEND")[0][0] == {"VALUE": "DATE"}


def test_universal_time_needs_no_zone():
    strict = read(calendar_of(facts("lumbar, good", time_zone="UTC"), NOW))
    assert not strict.of("VTIMEZONE")
    (day,) = [event for event in strict.of("VEVENT") if "L4/5" in event.text("SUMMARY")]
    assert day.values("DTSTART")[0] == ({}, "20260324T083000Z")


def test_dates_are_those_of_the_timeline():
    date = datetime.date(2026, 3, 24)
    found = by_key(facts("lumbar, good"))

    def days(key):
        return [(day - date).days for day in (found[key].first, found[key].last)]

    assert days("day") == [0, 0]
    assert days("sore_end") == [4, 4], "C19"
    assert days("die") == [7, 14], "C21"
    assert days("check") == [14, 14]
    assert days("start") == [21, 42], "C22, and what others say"
    assert found["follow_up"].first == datetime.date(2026, 6, 24)
    assert found["repeat"].first == date + datetime.timedelta(days=180)
    median = facts("lumbar, good").recovery.median_relief_months
    assert abs((found["fade"].first - date).days - 30.44 * median) < 3
    assert evidence.value("outcome.model.horizon") == 3.0
    order = [event.first for event in aftercare(facts("lumbar, good"))]
    assert order == sorted(order)


@pytest.mark.parametrize(("months", "date"), [(6, datetime.date(2026, 9, 24)), (16, datetime.date(2027, 7, 24))])
def test_the_rule_set_says_when_it_may_be_repeated(months, date):
    keys = [key for key in rule_set_names() if rule_set(key).repeat_after_months == months]
    assert keys
    for key in keys:
        assert by_key(dataclasses.replace(facts("lumbar, good"), rule_set=key))["repeat"].first == date


def test_relief_that_outlasts_all_studies_is_asked_about_when_the_promise_ends():
    about = facts("lumbar, good")
    long = dataclasses.replace(about, recovery=dataclasses.replace(about.recovery, median_relief_months=float("inf")))
    assert (by_key(long)["fade"].first - datetime.date(2026, 3, 24)).days == 730


def test_nobody_is_named_and_the_side_is():
    data = calendar_of(facts("cervical, good"), NOW)
    assert b"heron" not in data.lower()
    (day,) = [event for event in read(data).of("VEVENT") if "C5/6" in event.text("SUMMARY")]
    assert "LEFT" in day.text("SUMMARY")
    assert "left side" in day.text("DESCRIPTION")
    assert b"right" not in data.lower()
    assert all(event.value("CLASS") == "PRIVATE" for event in read(data).of("VEVENT"))
    for event in read(data).of("VEVENT"):
        assert "Not a medical device" in event.text("DESCRIPTION")


def test_a_moved_date_moves_the_events_and_a_new_language_renames_them():
    def identifiers(about):
        return sorted(event.value("UID") for event in read(calendar_of(about, NOW)).of("VEVENT"))

    first = identifiers(facts("lumbar, good"))
    assert first == identifiers(facts("lumbar, good", procedure_date=datetime.date(2026, 5, 5)))
    assert first == identifiers(facts("lumbar, good", language="es"))
    assert not set(first) & set(identifiers(facts("lumbar, poor")))
    assert not set(first) & set(identifiers(dataclasses.replace(facts("lumbar, good"), pseudonym="Grey owl")))


def test_the_same_file_at_the_same_time():
    assert calendar_of(facts("lumbar, good"), NOW) == calendar_of(facts("lumbar, good"), NOW)
    assert b"DTSTAMP:20260102T030405Z" in calendar_of(facts("lumbar, good"), NOW)


def test_without_an_hour_the_day_is_whole():
    strict = read(calendar_of(facts("lumbar, good", arrival_time=None), NOW))
    (day,) = [event for event in strict.of("VEVENT") if "L4/5" in event.text("SUMMARY")]
    assert day.values("DTSTART")[0] == ({"VALUE": "DATE"}, "20260324")
    (alarm,) = day.of("VALARM")
    assert alarm.value("TRIGGER") == "-PT18H"


def test_a_visit_through_the_night_of_the_change_lasts_its_minutes():
    about = facts("lumbar, good", procedure_date=datetime.date(2026, 3, 29), arrival_time=datetime.time(1, 0))
    event = icalendar.Calendar.from_ical(calendar_of(about, NOW)).walk("VEVENT")[0]
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    minutes = by_key(about)["day"].minutes
    assert end.astimezone(datetime.UTC) - start.astimezone(datetime.UTC) == datetime.timedelta(minutes=minutes)


def test_without_a_date_there_is_no_calendar():
    with pytest.raises(CaseError, match="procedure_date"):
        calendar_of(facts("lumbar, good", procedure_date=None, time_zone=None, arrival_time=None))


@given(date=st.dates(datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)), months=st.integers(0, 60))
def test_months_on(date, months):
    found = months_after(date, months)
    assert (found.year - date.year) * 12 + found.month - date.month == months
    assert found.day <= date.day
    assert found.day == date.day or (found + datetime.timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (b"\r\nEND:VCALENDAR\r\n", b"\nEND:VCALENDAR\n", "CRLF"),
        (b"VERSION:2.0\r\n", b"", "without"),
        (b"VERSION:2.0\r\n", b"VERSION:2.0\r\nVERSION:2.0\r\n", "two of"),
        (b"SUMMARY:", b"SUMMARY:" + b"x" * 80, "octets"),
        (b"\\, L4/5", b", L4/5", "unescaped"),
        (b"BEGIN:VTIMEZONE", b"BEGIN:VZONE", "within"),
        (b"TZID:Europe/Madrid", b"TZID:Europe/Paris", "no VTIMEZONE"),
        (b"TRANSP:OPAQUE", b"TRANSP:CLEAR", "TRANSP"),
        (b"DTEND;VALUE=DATE:20260329", b"DTEND;VALUE=DATE:20260328", "before or with"),
        (b"END:VCALENDAR\r\n", b"", "not closed"),
    ],
)  # fmt: skip
def test_the_strict_reader_refuses_what_is_wrong(old, new, match):
    data = calendar_of(facts("lumbar, good"), NOW)
    assert old in data
    with pytest.raises(Refused, match=match):
        read(data.replace(old, new, 1))
