"""What every result can do: print as a readable tree, and become JSON with units in its keys.

A result is a frozen dataclass that inherits :class:`Result`. Mark a large field (a temperature field, an image) with
``field(metadata=INTERNAL)`` to keep it out of the JSON and the tree.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["INTERNAL", "Result", "to_json_value"]

INTERNAL: Mapping[str, Any] = {"internal": True}
"""Metadata of a dataclass field that stays out of JSON and of the printed tree."""

_SIGNIFICANT_DIGITS = 7


class Result:
    """Base of all results: :meth:`to_dict` for JSON, ``print(result)`` for people."""

    def to_dict(self) -> dict[str, Any]:
        """This result as plain JSON values; numbers to 7 significant digits, NaN and infinity as null."""
        value = to_json_value(self)
        assert isinstance(value, dict)
        return value

    def __str__(self) -> str:
        return "\n".join(_tree(type(self).__name__, self, ""))


def to_json_value(value: Any) -> Any:
    """Plain JSON for dataclasses, enums, arrays, dates, paths, mappings and sequences of these.

    Raises
    ------
    TypeError
        For a type that has no JSON form: mark that field ``INTERNAL``.
    """
    if value is None or (isinstance(value, (bool, int, str)) and not isinstance(value, enum.Enum)):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (float, np.floating)):
        return _round(float(value))
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, np.ndarray):
        return to_json_value(value.tolist())
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Path):
        return value.name  # a path of this machine is nobody else's business
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: to_json_value(getattr(value, f.name))
            for f in dataclasses.fields(value)
            if not f.metadata.get("internal") and not f.name.startswith("_")
        }
    if hasattr(value, "model_dump"):  # a pydantic model: an electrode, a protocol
        return to_json_value(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return {str(to_json_value(k)): to_json_value(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json_value(v) for v in value]
    raise TypeError(f"{type(value).__name__} has no JSON form; mark its field INTERNAL")


def _round(x: float) -> float | None:
    if not math.isfinite(x):
        return None
    return float(f"{x:.{_SIGNIFICANT_DIGITS}g}")


def _tree(name: str, value: Any, indent: str) -> list[str]:
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return [f"{name} = {_short(value)}"]
    lines = [name if name == type(value).__name__ else f"{name}: {type(value).__name__}"]
    shown = [f for f in dataclasses.fields(value) if not f.metadata.get("internal") and not f.name.startswith("_")]
    for n, f in enumerate(shown):
        last = n == len(shown) - 1
        child = _tree(f.name, getattr(value, f.name), "")
        lines.append(f"{'└── ' if last else '├── '}{child[0]}")
        lines.extend(("    " if last else "│   ") + line for line in child[1:])
    return [indent + line for line in lines]


def _short(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, np.ndarray):
        if value.size <= 4:
            return np.array2string(value, precision=4, separator=", ")
        return f"array {'×'.join(map(str, value.shape))}, {np.nanmin(value):.4g} to {np.nanmax(value):.4g}"
    if isinstance(value, (list, tuple)):
        if len(value) > 4 or any(dataclasses.is_dataclass(v) for v in value):
            return f"{len(value)} × {type(value[0]).__name__}" if value else "none"
        return ", ".join(_short(v) for v in value) or "none"
    if hasattr(value, "model_dump"):
        return str(getattr(value, "name", type(value).__name__))
    if isinstance(value, Mapping):
        return ", ".join(f"{_short(k)}: {_short(v)}" for k, v in list(value.items())[:6]) or "none"
    return str(value)
