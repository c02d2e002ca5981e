"""The lesion in three dimensions, in the patient's own tissue.

Two grids behind the one interface of :class:`~neurotomy.lesion.problem.Problem`: a cylinder about one straight needle,
and a Cartesian grid with any number of electrodes immersed in it. Read :mod:`~neurotomy.lesion.volumetric.simulation`
first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.lesion.volumetric.result import LesionVolume, VolumeExtent, VolumeLesion
from neurotomy.lesion.volumetric.tissue_map import TissueMap, homogeneous

if TYPE_CHECKING:
    from neurotomy.lesion.volumetric.simulation import VolumeNumerics, simulate_in_tissue

__all__ = [
    "LesionVolume",
    "TissueMap",
    "VolumeExtent",
    "VolumeLesion",
    "VolumeNumerics",
    "homogeneous",
    "simulate_in_tissue",
]


def __getattr__(name: str) -> Any:
    if name in {"VolumeNumerics", "simulate_in_tissue"}:
        from neurotomy.lesion.volumetric import simulation

        return getattr(simulation, name)
    raise AttributeError(f"module 'neurotomy.lesion.volumetric' has no attribute '{name}'")
