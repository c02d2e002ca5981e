"""Published experiments, repeated: published range and computed value side by side, also where they disagree.

:func:`~neurotomy.lesion.validation.table.validate` makes the table; :mod:`~neurotomy.lesion.validation.explain` takes
the largest disagreement apart. Nothing is tuned to any row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurotomy.lesion.validation.row import Row
    from neurotomy.lesion.validation.table import Validation, validate

__all__ = ["Row", "Validation", "validate"]

_WHERE = {"Row": "row", "Validation": "table", "validate": "table"}


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
