"""The heat lesion: grid, electric field, heat, generator control, damage, extents.

Read :mod:`~neurotomy.lesion.simulation` first, then :mod:`~neurotomy.lesion.march`. The solver is loaded when it is
first used, so that rooms that only read lesions are quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.lesion.result import Extent, Lesion, LesionField, Trace

if TYPE_CHECKING:
    from neurotomy.lesion.simulation import Numerics, simulate

__all__ = ["Extent", "Lesion", "LesionField", "Numerics", "Trace", "simulate"]


def __getattr__(name: str) -> Any:
    if name in {"Numerics", "simulate"}:
        from neurotomy.lesion import simulation

        return getattr(simulation, name)
    raise AttributeError(f"module 'neurotomy.lesion' has no attribute '{name}'")
