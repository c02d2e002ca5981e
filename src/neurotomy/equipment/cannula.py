"""How much heat a cannula conducts along itself: the largest uncertainty of a lesion's length.

A cannula with a thermocouple stylet is a steel tube, a thin steel stylet and what lies between, not a solid rod. Along
the shaft these conduct side by side, so conductivities add up by their share of the cross-section.
"""

from __future__ import annotations

from neurotomy import evidence

__all__ = ["STEEL_HEAT_CAPACITY_J_PER_M3_K", "STEEL_W_PER_M_K", "hollow_core", "solid_core"]

STEEL_W_PER_M_K = 16.0
"""Austenitic stainless steel near body temperature (choice: 15 to 16 in handbooks)."""
STEEL_HEAT_CAPACITY_J_PER_M3_K = 7900.0 * 500.0
FLUID_W_PER_M_K = 0.6
"""Saline or tissue fluid in the gap: a cannula in the body is wet."""
FLUID_HEAT_CAPACITY_J_PER_M3_K = 4.15e6


def solid_core() -> tuple[float, float]:
    """(conductivity W/m/K, heat capacity J/m³/K) of a solid steel rod."""
    return STEEL_W_PER_M_K, STEEL_HEAT_CAPACITY_J_PER_M3_K


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
    return (
        steel * STEEL_W_PER_M_K + (1 - steel) * FLUID_W_PER_M_K,
        steel * STEEL_HEAT_CAPACITY_J_PER_M3_K + (1 - steel) * FLUID_HEAT_CAPACITY_J_PER_M3_K,
    )
