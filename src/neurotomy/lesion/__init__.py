"""The heat lesion: grid, electric field, heat, generator control, damage, extents.

Read :mod:`~neurotomy.lesion.simulate` first, then :mod:`~neurotomy.lesion.march`. The solver is loaded when it is first
used, so that rooms that only read lesions are quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from neurotomy.lesion.result import Extent, Lesion, LesionField, Trace

if TYPE_CHECKING:
    from neurotomy.lesion.simulate import Numerics, simulate

__all__ = ["Extent", "Lesion", "LesionField", "Numerics", "Trace", "simulate"]


def __getattr__(name: str) -> Any:
    # `simulate` is a function and the module it lives in: importing the module must not leave the module as the name.
    if name in {"Numerics", "simulate"}:
        module = importlib.import_module("neurotomy.lesion.simulate")
        for public in ("Numerics", "simulate"):
            globals()[public] = getattr(module, public)
        return globals()[name]
    raise AttributeError(f"module 'neurotomy.lesion' has no attribute '{name}'")
