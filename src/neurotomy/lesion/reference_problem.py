"""The reference problem P1: one needle in homogeneous tissue, known to 0.002 mm.

Solved once with finite elements of order 3 to 5 (NGSolve, up to 73,000 unknowns, refined geometrically towards the
insulation edge, time steps down to 0.25 s); the finest runs agree to 0.001 mm and 0.05 ohm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from neurotomy.anatomy.tissue import Tissue
from neurotomy.equipment.electrode import Electrode, TipShape
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.result import Lesion
from neurotomy.lesion.simulation import Numerics, simulate
from neurotomy.progress import SILENT, Progress

__all__ = [
    "BASE",
    "CASES",
    "NUMERICS",
    "PROTOCOL",
    "SOURCE",
    "TISSUE",
    "ReferenceCase",
    "extents_mm",
    "needle",
    "solve",
]

SOURCE = "Finite elements of order 3 to 5 on a refined mesh (NGSolve), computed for this project"

TISSUE = Tissue(
    name="reference",
    electrical_conductivity_s_per_m=0.45,
    temperature_coefficient_per_k=0.02,
    thermal_conductivity_w_per_m_k=0.49,
    density_kg_per_m3=1090.0,
    specific_heat_j_per_kg_k=3421.0,
    perfusion_per_s=6.7e-4,
    blood_heat_capacity_j_per_m3_k=1050.0 * 3617.0,
)
PROTOCOL = Protocol(name="reference", set_c=80.0, ramp_s=10.0, hold_s=90.0, source="neurotomy", tag="choice")
NUMERICS = Numerics(outer_radius_mm=50.0, below_mm=45.0, above_mm=45.0, grounded=True, cool_down_s=0.0)
"""A grounded box, read at the end of the hold, 100 s."""
BASE = replace(NUMERICS, first_mm=0.2, growth=1.28, step_s=5.0, refresh=0.05)
"""The smallest grid and the longest steps that keep the extents within 0.02 mm and the impedance within 0.3 %."""


@dataclass(frozen=True)
class ReferenceCase:
    """What is known of one variant.

    Attributes
    ----------
    extents_mm
        Width and length of 50 °C, of 60 °C and of Omega = 1.
    beyond_tip_mm
        Reach past the apex of 50 °C and of Omega = 1.
    impedance_ohm
        At 10, 30 and 100 s.
    power_w
        At 5, 10, 30 and 100 s.
    """

    name: str
    tip_shape: TipShape
    perfusion: bool
    extents_mm: tuple[float, float, float, float, float, float]
    beyond_tip_mm: tuple[float, float]
    impedance_ohm: tuple[float, float, float]
    power_w: tuple[float, float, float, float]


CASES = (
    ReferenceCase(
        "hemispherical tip, no perfusion",
        "hemispherical",
        False,
        (10.808, 17.714, 6.788, 13.359, 9.922, 17.362),
        (3.118, 2.929),
        (67.19, 63.13, 60.15),
        (5.13, 7.70, 2.776, 2.009),
    ),
    ReferenceCase(
        "flat tip, no perfusion",
        "flat",
        False,
        (10.877, 17.977, 6.829, 13.597, 9.979, 17.631),
        (3.373, 3.184),
        (65.92, 62.06, 59.15),
        (5.38, 8.03, 2.840, 2.051),
    ),
    ReferenceCase(
        "hemispherical tip, perfusion",
        "hemispherical",
        True,
        (10.649, 17.611, 6.671, 13.310, 9.813, 17.299),
        (3.069, 2.899),
        (67.20, 63.17, 60.28),
        (5.14, 7.72, 2.808, 2.066),
    ),
)


def needle(tip_shape: TipShape = "hemispherical", **changes: object) -> Electrode:
    """The reference needle: 18 G, 10 mm active, a solid steel core, the thermocouple 0.5 mm from the apex."""
    fields: dict[str, object] = {
        "name": "reference",
        "outer_diameter_mm": 1.27,
        "active_tip_mm": 10.0,
        "cannula_length_mm": 100.0,
        "tip_shape": tip_shape,
        "thermocouple_from_apex_mm": 0.5,
        "core_conductivity_w_per_m_k": 16.0,
        "core_heat_capacity_j_per_m3_k": 7900.0 * 500.0,
        "source": "neurotomy",
        "tag": "choice",
    }
    return Electrode.model_validate(fields | changes)


def solve(case: ReferenceCase, numerics: Numerics = NUMERICS, progress: Progress = SILENT) -> Lesion:
    """Compute one variant."""
    return simulate(
        needle(case.tip_shape),
        PROTOCOL,
        tissue=TISSUE,
        perfusion=case.perfusion,
        numerics=numerics,
        progress=progress,
    )


def extents_mm(lesion: Lesion) -> tuple[float, ...]:
    """Width and length of 50 °C, of 60 °C and of Omega = 1."""
    found = (lesion.isotherm_50c, lesion.isotherm_60c, lesion.necrosis)
    return tuple(size for extent in found for size in (extent.width_mm, extent.length_mm))
