"""How much heat a cannula conducts along itself: the largest uncertainty of a lesion's length.

A cannula with a thermocouple stylet is a steel tube, a thin steel stylet and what lies between, not a solid rod. Along
the shaft these conduct side by side, so conductivities add up by their share of the cross-section. The catalogue uses
this; ``evidence`` key ``equipment.core.build`` says what the choice does to a lesion.
"""

from __future__ import annotations

from neurotomy import evidence

__all__ = ["hollow_core", "solid_core"]


def solid_core() -> tuple[float, float]:
    """(conductivity W/m/K, heat capacity J/m³/K) of a solid steel rod."""
    return evidence.value("equipment.core.steel_conductivity"), evidence.value("equipment.core.steel_heat_capacity")


def hollow_core(outer_diameter_mm: float, inner_diameter_mm: float) -> tuple[float, float]:
    """(axial conductivity W/m/K, heat capacity J/m³/K) of tube, stylet and fluid, averaged over the cross-section.

    Parameters
    ----------
    outer_diameter_mm, inner_diameter_mm : float
        Of the tube. The stylet has the diameter of the evidence (``electrode.conventional.stylet_outer_diameter``), or
        fills the bore where that is narrower.
    """
    whole = outer_diameter_mm**2
    bore = inner_diameter_mm**2
    stylet = min(evidence.value("electrode.conventional.stylet_outer_diameter") ** 2, bore)
    steel = (whole - bore + stylet) / whole
    steel_k, steel_capacity = solid_core()
    return (
        steel * steel_k + (1 - steel) * evidence.value("equipment.core.gap_conductivity"),
        steel * steel_capacity + (1 - steel) * evidence.value("equipment.core.gap_heat_capacity"),
    )
