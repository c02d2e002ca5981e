"""The kinds of value that a case is made of: numbers without surprises, names that exist, points."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StrictBool, Tag

from neurotomy.anatomy.names import Side, parse_joint, parse_vertebra
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import NeurotomyError, nearest

__all__ = [
    "NAMED",
    "SPELLED_OUT",
    "Bone",
    "ClockTime",
    "Date",
    "ElectrodeName",
    "Flag",
    "Joint",
    "Lesions",
    "Number",
    "Point",
    "ProtocolName",
    "SideName",
    "Text",
    "TimeZone",
    "TissueName",
    "Whole",
    "one_of",
]


def _told(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`check`, with our errors as the ValueError that pydantic collects."""

    def collected(value: Any) -> Any:
        try:
            return check(value)
        except NeurotomyError as error:
            raise ValueError(str(error)) from None

    return collected


def _no_flag(value: Any) -> Any:
    """What is given, unless it is true or false: Python takes true for 1."""
    if isinstance(value, bool):
        raise ValueError(f"{str(value).lower()} given; expected a number, or 'as needed'")  # noqa: TRY004 - pydantic collects it
    return value


def one_of(names: Callable[[], tuple[str, ...]], what: str) -> AfterValidator:
    """A text that is one of `names`, asked for when it is needed."""

    def check(value: str) -> str:
        if value not in names():
            raise ValueError(f"{what} '{value}' is not known. {nearest(value, names())}")
        return value

    return AfterValidator(check)


def _tissues() -> tuple[str, ...]:
    from neurotomy.anatomy.tissue import tissue_names

    return tissue_names()


def _side(value: Any) -> Any:
    return Side.parse(value) if isinstance(value, str) else value


def _day(value: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        fault = "has a time of day; give the date alone"
    elif isinstance(value, datetime.date):
        return value
    else:
        # A date between quotes is understood; a number is not, it could be seconds.
        try:
            return datetime.date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            fault = "is not a date; write year-month-day"
    raise ValueError(f"'{value}' {fault}, for instance 2025-01-31.")


def _time_of_day(value: Any) -> datetime.time:
    if isinstance(value, datetime.time):
        found = value
    else:
        try:
            found = datetime.time.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            raise ValueError(f"'{value}' is not a time of day; write hours:minutes, for instance '08:30'.") from None
    if found.tzinfo is not None:
        raise ValueError(f"'{value}' has a time zone of its own; give it as time_zone.")
    return found.replace(second=0, microsecond=0)


def _time_zone(value: Any) -> Any:
    import zoneinfo

    if isinstance(value, str) and re.match(r"[A-Z]\w*/|UTC$", value):  # listing all names takes 40 ms
        with suppress(zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            zoneinfo.ZoneInfo(value)
            return value
    # The three-letter names are kept for old programs: they do not say when clocks change.
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")
    if isinstance(value, str) and value not in names:
        raise ValueError(f"Time zone '{value}' is not an IANA name. {_nearest_zone(value, names)}")
    return value


def _nearest_zone(value: str, names: list[str]) -> str:
    """A city is enough to find its zone; else the nearest name, or how names look: all 500 are too many to list."""
    cities = [name for name in names if name.rsplit("/", 1)[1:] == [value.strip().replace(" ", "_").title()]]
    advice = f"Did you mean '{cities[0]}'?" if cities else nearest(value, names)
    return advice if advice.startswith("Did you") else "Expected a name such as 'Europe/Madrid' or 'America/New_York'."


def _electrode(value: Any) -> Any:
    from neurotomy.equipment.catalogue import electrode

    return _found_or_completed(value, electrode, "own electrode")


def _protocol(value: Any) -> Any:
    from neurotomy.equipment.catalogue import protocol

    return _found_or_completed(value, protocol, "own protocol")


def _found_or_completed(value: Any, find: Callable[[str], Electrode] | Callable[[str], Protocol], name: str) -> Any:
    """A catalogue name that exists, or a table with what it does not say taken from the entry it is ``like``."""
    if isinstance(value, str):
        find(value)
        return value
    if not isinstance(value, dict):
        return value
    given = dict(value)
    base: dict[str, Any] = {"name": name}
    if "like" in given:
        like = str(given.pop("like"))
        base = find(like).model_dump() | {"name": f"{like}, changed", "note": f"Like {like}, changed by the case."}
    return {**base, "source": "case", "tag": "choice", **given}


NAMED, SPELLED_OUT = "a catalogue name", "a table"
"""The two ways to say an electrode or a protocol, as pydantic writes them into the place of a mistake."""


def _way(value: Any) -> str:
    return NAMED if isinstance(value, str) or not isinstance(value, (dict, Electrode, Protocol)) else SPELLED_OUT


Text = Annotated[str, Field(min_length=1, max_length=200)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Whole = Annotated[int, Field(strict=True)]
Lesions = Annotated[Literal[1, 2, 3, 4, "as needed"], BeforeValidator(_no_flag)]
Flag = StrictBool
Date = Annotated[datetime.date, BeforeValidator(_day)]
ClockTime = Annotated[datetime.time, BeforeValidator(_time_of_day)]
TimeZone = Annotated[Text, BeforeValidator(_time_zone)]
Point = tuple[Number, Number, Number]
SideName = Annotated[Side, BeforeValidator(_told(_side))]
Joint = Annotated[str, AfterValidator(_told(parse_joint))]
Bone = Annotated[str, AfterValidator(_told(parse_vertebra))]
ElectrodeName = Annotated[
    Annotated[str, Tag(NAMED)] | Annotated[Electrode, Tag(SPELLED_OUT)],
    Discriminator(_way),
    BeforeValidator(_told(_electrode)),
]
ProtocolName = Annotated[
    Annotated[str, Tag(NAMED)] | Annotated[Protocol, Tag(SPELLED_OUT)],
    Discriminator(_way),
    BeforeValidator(_told(_protocol)),
]
TissueName = Annotated[Text, one_of(_tissues, "Tissue")]
