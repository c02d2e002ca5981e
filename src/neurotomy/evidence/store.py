"""Load the evidence files, refuse a number without a source, and find an entry by its key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from neurotomy.errors import EvidenceError, nearest
from neurotomy.evidence.entry import Entry, Source, Tag

__all__ = ["get", "keys", "load_entries", "select", "source", "value"]

_DATA = files("neurotomy.evidence") / "data"
_SOURCES = "sources.toml"
_ENTRY_FIELDS = {f.name for f in fields(Entry)} - {"key"}


def get(key: str) -> Entry:
    """The entry with this key.

    Raises
    ------
    EvidenceError
        When there is none; the nearest key is named.
    """
    room = key.split(".", 1)[0]
    if room in _rooms() and key in (entries := _room(room)):
        return entries[key]
    raise EvidenceError(f"No evidence entry '{key}'. {nearest(key, keys())}")


def value(key: str) -> float:
    """The number of the entry with this key."""
    return get(key).number


def select(prefix: str) -> dict[str, Entry]:
    """All entries whose key is `prefix` or starts with ``prefix.``, in the order of their file."""
    room = prefix.split(".", 1)[0]
    entries = _room(room) if room in _rooms() else {}
    return {k: e for k, e in entries.items() if k == prefix or k.startswith(prefix + ".")}


def source(key: str) -> Source:
    """The source with this key.

    Raises
    ------
    EvidenceError
        When there is none.
    """
    sources = _sources()
    if key not in sources:
        raise EvidenceError(f"No source '{key}'. {nearest(key, sources)}")
    return sources[key]


def keys() -> list[str]:
    """The keys of all entries."""
    return [key for room in _rooms() for key in _room(room)]


@cache
def _rooms() -> tuple[str, ...]:
    names = (file.name for file in _DATA.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml") and name != _SOURCES))


@cache
def _sources() -> dict[str, Source]:
    table = tomllib.loads((_DATA / _SOURCES).read_text(encoding="utf-8"))
    return {key: Source(key=key, **row) for key, row in table.items()}


@cache
def _room(room: str) -> dict[str, Entry]:
    path: Traversable = _DATA / f"{room}.toml"
    return load_entries(path.read_text(encoding="utf-8"), room, _sources())


def load_entries(text: str, room: str, sources: Mapping[str, Source]) -> dict[str, Entry]:
    """Read entries from TOML `text`: one table for each key below ``[room]``, a table with ``value`` is an entry.

    Raises
    ------
    EvidenceError
        When an entry has no source, an unknown source, no unit, an unknown tag or an unknown field.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EvidenceError(f"{room}.toml is not valid TOML: {error}.") from None
    if extra := set(table) - {room}:
        raise EvidenceError(f"{room}.toml holds keys of another room: {', '.join(sorted(extra))}.")
    return {key: _entry(key, row, sources) for key, row in _walk(room, table.get(room, {}))}


def _walk(key: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "value" in table:
        yield key, table
        return
    for name, child in table.items():
        if not isinstance(child, dict):
            raise EvidenceError(f"Evidence '{key}.{name}' is a bare number: give it value, unit, source and tag.")
        yield from _walk(f"{key}.{name}", child)


def _entry(key: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Entry:
    if extra := set(row) - _ENTRY_FIELDS:
        raise EvidenceError(f"Evidence '{key}' has unknown fields: {', '.join(sorted(extra))}.")
    for needed in ("unit", "source", "tag"):
        if not row.get(needed):
            raise EvidenceError(f"Evidence '{key}' has no {needed}. A number without a {needed} is refused.")
    if row["source"] not in sources:
        advice = nearest(row["source"], sources)
        raise EvidenceError(f"Evidence '{key}' names an unknown source '{row['source']}'. {advice}")
    try:
        tag = Tag(row["tag"])
    except ValueError:
        advice = nearest(row["tag"], [t.value for t in Tag])
        raise EvidenceError(f"Evidence '{key}' has tag '{row['tag']}'. {advice}") from None
    return Entry(key=key, **{**row, "tag": tag, "used_for": tuple(row.get("used_for", ()))})
