"""What happens when, after the procedure: the founding leaflet and other sources side by side."""

from __future__ import annotations

from typing import Any

from neurotomy import evidence
from neurotomy.evidence import Entry
from neurotomy.recovery.result import Phase

__all__ = ["timeline"]


def timeline() -> tuple[Phase, ...]:
    """The phases in the order of time; a phase spans the range of both sources."""
    entries = evidence.select("timeline")
    names = dict.fromkeys(key.split(".")[1] for key in entries)
    return tuple(_phase(name, entries) for name in names if f"timeline.{name}.leaflet" in entries)


def _phase(name: str, entries: dict[str, Entry]) -> Phase:
    sides = [entries[key] for side in ("leaflet", "literature") if (key := f"timeline.{name}.{side}") in entries]
    days = [float(day) for entry in sides for day in _field(entry, "days")]
    texts = {entry.key.rsplit(".", 1)[1]: str(_field(entry, "text")) for entry in sides}
    claims = tuple(str(claim) for claim in _field(sides[0], "claims"))
    return Phase(
        name=name.replace("_", " "),
        start_day=min(days),
        end_day=max(days),
        leaflet=texts.get("leaflet", ""),
        literature=texts.get("literature", ""),
        claims=claims,
        evidence=tuple(entry.key for entry in sides),
    )


def _field(entry: Entry, name: str) -> Any:
    assert isinstance(entry.value, dict)
    return entry.value[name]
