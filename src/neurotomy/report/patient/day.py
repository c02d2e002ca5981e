"""The day of the procedure as data: how long; what to bring, avoid, arrange and tell the team; each with its source."""

from __future__ import annotations

import math
from dataclasses import dataclass

from neurotomy import evidence
from neurotomy.errors import CaseError, nearest
from neurotomy.results import Result

__all__ = ["REGIONS", "Advice", "Day", "the_day"]

REGIONS = ("cervical", "thoracic", "lumbar", "sacroiliac")
_STEP_MIN = 5.0
_HOUR_MIN = 60.0


@dataclass(frozen=True)
class Advice(Result):
    """One thing to bring, avoid, arrange or tell.

    Attributes
    ----------
    key
        Name of the advice; the texts of the patient's papers have it as ``day_<group>.<key>``.
    text
        One plain English sentence.
    evidence
        Key of its entry.
    """

    key: str
    text: str
    evidence: str


@dataclass(frozen=True)
class Day(Result):
    """The day of the procedure.

    Attributes
    ----------
    region
        cervical, thoracic, lumbar or sacroiliac.
    lesions
        Number of heat lesions.
    room_min
        Minutes in the procedure room: from and to, in steps of five.
    stay_h
        Hours from arrival to leaving: from and to, in half hours.
    bring, avoid, arrange, tell
        Advice.
    evidence
        Keys of all entries used.
    """

    region: str
    lesions: int
    room_min: tuple[int, int]
    stay_h: tuple[float, float]
    bring: tuple[Advice, ...]
    avoid: tuple[Advice, ...]
    arrange: tuple[Advice, ...]
    tell: tuple[Advice, ...]
    evidence: tuple[str, ...]


def the_day(region: str, lesions: int) -> Day:
    """The day of a neurotomy in `region` with this number of lesions.

    The time in the room is the published range of the region, for the usual number of lesions, and for each lesion more
    or less a fixed range longer or shorter (``day.room.per_lesion``, a choice: no time for one lesion was found).

    Parameters
    ----------
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    lesions : int
        At least 1.

    Raises
    ------
    CaseError
        When the region is not known or there is no lesion.
    """
    if region not in REGIONS:
        raise CaseError(f"No region '{region}'. {nearest(region, REGIONS)}")
    if lesions < 1:
        raise CaseError(f"{lesions} lesions given; the day of a procedure needs at least 1.")
    room_key = f"day.room.{region}"
    low, high = _range(room_key)
    each_low, each_high = _range("day.room.per_lesion")
    more = lesions - round(evidence.value("day.room.usual_lesions"))
    # Fewer lesions shorten both ends by the short time, so that the range never becomes falsely narrow.
    low += more * each_low
    high += more * (each_high if more > 0 else each_low)
    shortest = evidence.value("day.room.shortest")
    room = (_down(max(low, shortest)), _up(max(high, shortest + _STEP_MIN)))
    rest_low, rest_high = _range("day.room.before_and_after")
    stay = (
        math.floor(2 * (room[0] + rest_low) / _HOUR_MIN) / 2,
        math.ceil(2 * (room[1] + rest_high) / _HOUR_MIN) / 2,
    )
    groups = {name: _advice(name) for name in ("bring", "avoid", "arrange", "tell")}
    times = [room_key, *(f"day.room.{k}" for k in ("usual_lesions", "per_lesion", "shortest", "before_and_after"))]
    return Day(
        region=region,
        lesions=lesions,
        room_min=room,
        stay_h=stay,
        **groups,
        evidence=(*times, *(advice.evidence for group in groups.values() for advice in group)),
    )


def _range(key: str) -> tuple[float, float]:
    entry = evidence.get(key)
    assert entry.low is not None
    assert entry.high is not None
    return entry.low, entry.high


def _down(minutes: float) -> int:
    return int(_STEP_MIN * math.floor(minutes / _STEP_MIN))


def _up(minutes: float) -> int:
    return int(_STEP_MIN * math.ceil(minutes / _STEP_MIN))


def _advice(group: str) -> tuple[Advice, ...]:
    return tuple(
        Advice(key.rsplit(".", 1)[1], str(entry.value), key) for key, entry in evidence.select(f"day.{group}").items()
    )
