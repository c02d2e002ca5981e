"""Every mistake in a case file as one line: where, what was given, what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from neurotomy.case.contradictions import Found
from neurotomy.case.fields import NAMED, SPELLED_OUT
from neurotomy.case.lines import Loc, line_of
from neurotomy.case.model import Case
from neurotomy.case.partial import rows_of, table_of
from neurotomy.errors import nearest

__all__ = ["explained", "listed"]

_IDENTIFYING = {
    "name",
    "surname",
    "first_name",
    "last_name",
    "birth_date",
    "date_of_birth",
    "address",
    "mrn",
}


def explained(error: ValidationError, root: type[BaseModel] = Case) -> list[Found]:
    """What pydantic has found in a file that `root` describes, in words for people."""
    problems = [
        (tuple(part for part in problem["loc"] if part not in {NAMED, SPELLED_OUT}), problem)
        for problem in error.errors(include_url=False)
    ]
    # A list of which an element is wrong is also too short for pydantic: only the innermost mistake is told.
    outer = {loc[:n] for loc, _ in problems for n in range(len(loc))}
    return [(loc, _message(problem, loc, root)) for loc, problem in problems if loc not in outer]


def listed(found: Iterable[Found], lines: Mapping[Loc, int], name: str, root: type[BaseModel] = Case) -> str:
    """All mistakes in the order of their lines; the first line says how many."""
    rows = sorted({(line_of(loc, lines), _place(loc, root), message) for loc, message in found})
    count = f"{len(rows)} mistake{'s' if len(rows) > 1 else ''}"
    return "\n".join(
        [f"{name}: {count}.", *(f"  line {line}{place and f', {place}'}: {message}" for line, place, message in rows)]
    )


def _place(loc: Loc, root: type[BaseModel]) -> str:
    """``[[blocks]] agent``: table and key. Which of the tables, the line says."""
    if not loc:
        return ""
    keys = [part for part in loc if isinstance(part, str)]
    field = root.model_fields.get(keys[0])
    if field is not None and rows_of(field) is not None:
        return " ".join([f"[[{keys[0]}]]", ".".join(keys[1:])]).strip()
    if field is not None and table_of(field) is not None:
        return " ".join([f"[{keys[0]}]", ".".join(keys[1:])]).strip()
    return ".".join(keys)


def _message(problem: Any, loc: Loc, root: type[BaseModel]) -> str:
    kind, key, given = problem["type"], loc[-1] if loc else "", problem["input"]
    if kind == "value_error":
        return str(problem["ctx"]["error"])
    expected = _expected(loc, root)
    if kind == "missing" and isinstance(key, int):
        return f"{len(given)} of them given; expected {expected}."
    if kind == "missing":
        return f"missing; expected {expected}." if expected else "missing."
    if kind == "extra_forbidden":
        return _unknown_key(str(key), loc, root)
    if not expected:
        text = problem["msg"].removeprefix("Input should be ").replace("Input should have", "with")
        return f"{_shown(given)} given; expected {text}."
    return f"{_shown(given)} given; expected {expected}."


def _unknown_key(key: str, loc: Loc, root: type[BaseModel]) -> str:
    if loc[:-1] == ("patient",) and key.lower() in _IDENTIFYING:
        return f"'{key}' could identify the patient and does not belong in a case; keep the pseudonym alone."
    elsewhere = [
        name
        for name, field in root.model_fields.items()
        if (name,) != loc[:1] and key in getattr(table_of(field) or rows_of(field), "model_fields", {})
    ]
    if len(loc) > 1 and key in root.model_fields:
        field = root.model_fields[key]
        where = "is a table of its own" if table_of(field) or rows_of(field) else "stands at the top, before the tables"
        return f"'{key}' {where}."
    if elsewhere:
        field = root.model_fields[elsewhere[0]]
        bracket = f"[[{elsewhere[0]}]]" if rows_of(field) else f"[{elsewhere[0]}]"
        return f"no such key here; '{key}' belongs to {bracket}."
    model = _model_at(loc[:-1], root)
    return f"no such key. {nearest(key, model.model_fields)}" if model else "no such key."


def _model_at(loc: Loc, root: type[BaseModel]) -> type[BaseModel] | None:
    model: type[BaseModel] | None = root
    for part in loc:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if model else None
        model = (table_of(field) or rows_of(field) or _spelled_out(field)) if field else None
    return model


def _spelled_out(field: FieldInfo) -> type[BaseModel] | None:
    """Electrode or Protocol, of which a case may name one or spell one out."""
    for way in getattr(field.annotation, "__args__", ()):
        model = getattr(way, "__origin__", way)
        if isinstance(model, type) and issubclass(model, BaseModel):
            return model
    return None


def _expected(loc: Loc, root: type[BaseModel]) -> str:
    """What the key at `loc` should hold, from the description of its field."""
    keys = [part for part in loc if isinstance(part, str)]
    if not keys:
        return ""
    model = _model_at(tuple(keys[:-1]), root)
    field = model.model_fields.get(keys[-1]) if model else None
    if field is None:
        return ""
    if (table := table_of(field)) is not None:
        needed = [name for name, f in table.model_fields.items() if f.is_required()]
        return f"a table [{keys[-1]}]" + (f" with {', '.join(needed)}" if needed else "")
    if rows_of(field) is not None and len(keys) == 1:
        return f"tables [[{keys[-1]}]]"
    return field.description or ""


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value if len(value) <= 60 else value[:57] + '...'}'"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list" if len(value) > 4 else "[" + ", ".join(_shown(v) for v in value) + "]"
    return str(value)
