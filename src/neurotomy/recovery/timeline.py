"""What happens when, after the procedure: the founding leaflet and other sources side by side."""

from __future__ import annotations

from typing import Any

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.evidence import Entry
from neurotomy.recovery.result import Phase

__all__ = ["onset_days", "timeline"]


def timeline() -> tuple[Phase, ...]:
    """The phases in the order of time; a phase spans the range of both sources.

    A source that names no time has its words only. A phase that none names a time for is refused.

    Raises
    ------
    EvidenceError
        When no source of a phase names a time.
    """
    entries = evidence.select("timeline")
    names = dict.fromkeys(key.split(".")[1] for key in entries if key.rsplit(".", 1)[1] in _SIDES)
    return tuple(_phase(name, entries) for name in names)


def onset_days() -> tuple[float, float]:
    """Earliest and latest onset of relief after the procedure, of all sources."""
    (phase,) = (phase for phase in timeline() if phase.name == "onset of relief")
    return phase.start_day, phase.end_day


_SIDES = ("leaflet", "literature")


def _phase(name: str, entries: dict[str, Entry]) -> Phase:
    sides = [entries[key] for side in _SIDES if (key := f"timeline.{name}.{side}") in entries]
    days = [float(day) for entry in sides for day in _field(entry, "days", ())]
    if not days:
        raise EvidenceError(f"No source of the phase 'timeline.{name}' names a time; give 'days' in one of them.")
    texts = {entry.key.rsplit(".", 1)[1]: str(_field(entry, "text", "")) for entry in sides}
    return Phase(
        name=name.replace("_", " "),
        start_day=min(days),
        end_day=max(days),
        leaflet=texts.get("leaflet", ""),
        literature=texts.get("literature", ""),
        claims=tuple(str(claim) for entry in sides for claim in _field(entry, "claims", ())),
        evidence=tuple(entry.key for entry in sides),
    )


def _field(entry: Entry, name: str, default: Any) -> Any:
    assert isinstance(entry.value, dict)
    return entry.value.get(name, default)
