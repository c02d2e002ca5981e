"""An entry as lines for people: the value with its spread, of what, from whom, how it was found."""

from __future__ import annotations

from neurotomy.evidence.entry import Entry, Tag
from neurotomy.evidence.store import source

__all__ = ["describe", "describe_value"]

_FOUND = {
    Tag.READ: "read in the source itself (mostly its abstract)",
    Tag.SECONDARY: "read in a text that quotes the source",
    Tag.DERIVED: "computed from numbers that were read",
    Tag.LEAFLET: "stated by the founding leaflet",
    Tag.MEMORY: "from memory, not verified: it decides no pass or fail",
    Tag.CHOICE: "a modelling choice of this project",
}


def describe(entry: Entry) -> str:
    """All that is known about `entry`, one line each: what ``neurotomy evidence KEY`` prints.

    Raises
    ------
    EvidenceError
        When its source does not exist.
    """
    origin = source(entry.source)
    marks = [f"doi:{origin.doi}"] * bool(origin.doi) + [f"PMID {origin.pmid}"] * bool(origin.pmid)
    lines = [entry.key, f"  value        {describe_value(entry)}"]
    if entry.low is not None or entry.high is not None:
        lines.append(f"  range        {_bounds(entry)}")
    if entry.n is not None:
        lines.append(f"  n            {entry.n} {entry.n_unit}".rstrip())
    if entry.denominator:
        lines.append(f"  of           {entry.denominator}")
    lines.append(f"  source       {origin.citation}{' ' if marks else ''}{', '.join(marks)}  [{origin.key}]")
    lines.append(f"  found        {_FOUND[entry.tag]}  [{entry.tag.value}]")
    if entry.used_for:
        lines.append(f"  used for     {', '.join(entry.used_for)}")
    if entry.note:
        lines.append(f"  note         {entry.note}")
    return "\n".join(lines)


def describe_value(entry: Entry) -> str:
    """The value with sd and unit on one line: ``0.495 ± 0.0421 W/m/K``; a ratio also in percent."""
    unit = "" if entry.unit in {"1", "text"} else f" {entry.unit}"
    value = entry.value
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_plain(x)}" for name, x in value.items()) + (f"  ({entry.unit})" if unit else "")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _plain(value) + unit
    spread = f" ± {entry.sd:.4g}" if entry.sd is not None else ""
    percent = f"  ({100 * value:.4g} %)" if entry.unit == "1" and entry.denominator else ""
    return f"{value:.6g}{spread}{unit}{percent}"


def _bounds(entry: Entry) -> str:
    ends = [f"{bound:.6g}" if bound is not None else "?" for bound in (entry.low, entry.high)]
    return f"{ends[0]} to {ends[1]}" + (f" ({entry.interval})" if entry.interval else "")


def _plain(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(x) for x in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
