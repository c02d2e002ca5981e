"""Plain values as TOML. ``tomllib`` only reads."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

__all__ = ["toml"]

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def toml(document: Mapping[str, Any]) -> str:
    """TOML of a mapping: plain values first, then its mappings as ``[tables]`` and lists of them as ``[[tables]]``.

    Deeper mappings become inline tables. None is left out.
    """
    given = {key: value for key, value in document.items() if value is not None}
    lines = [f"{_key(k)} = {_value(v)}" for k, v in given.items() if not _is_table(v) and not _is_tables(v)]
    for key, value in given.items():
        for header, table in (
            [(f"[{_key(key)}]", value)]
            if _is_table(value)
            else [(f"[[{_key(key)}]]", row) for row in value]
            if _is_tables(value)
            else []
        ):
            lines += ["", header, *(f"{_key(k)} = {_value(v)}" for k, v in table.items() if v is not None)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_tables(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _key(key: str) -> str:
    return key if key and set(key) <= _BARE else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    raise TypeError(f"{type(value).__name__} has no TOML form")


def _text(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(c) or (c if c >= " " and c != "\x7f" else f"\\u{ord(c):04x}") for c in text) + '"'
