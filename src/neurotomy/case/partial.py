"""A case of which some values could not be read, so that the rest can still be checked for contradictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

__all__ = ["Partial", "Unread", "rows_of", "table_of"]


class Unread(Exception):
    """A check has asked for a value that could not be read."""


class Partial:
    """The values of one table, read one by one. Asking for one that could not be read raises :class:`Unread`."""

    def __init__(self, model: type[BaseModel], raw: Any) -> None:
        self._model = model
        self._values: dict[str, Any] = {}
        if not isinstance(raw, Mapping):
            return
        for name, field in model.model_fields.items():
            rows, table = rows_of(field), table_of(field)
            given = raw.get(name)
            if rows is not None:
                self._values[name] = [Partial(rows, row) for row in given] if isinstance(given, list) else []
            elif table is not None and (name in raw or field.is_required()):
                self._values[name] = Partial(table, given)
            elif name in raw:
                try:
                    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[field.annotation, field])  # type: ignore[arg-type]
                    self._values[name] = adapter.validate_python(given)
                except ValidationError:
                    continue
            elif not field.is_required():
                self._values[name] = field.get_default(call_default_factory=True)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._values:
            return self._values[name]
        if name in self._model.model_fields:
            raise Unread(name)
        # A method or property of the model, such as `on`: it reads this table's values in its turn.
        found = getattr(self._model, name)
        return found.__get__(self) if callable(found) else found


def rows_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of an array of tables."""
    inner = getattr(field.annotation, "__args__", ())
    if getattr(field.annotation, "__origin__", None) is tuple and inner and _is_model(inner[0]):
        return inner[0]  # type: ignore[no-any-return]
    return None


def table_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a table."""
    kind: Any = field.annotation
    return kind if _is_model(kind) else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
