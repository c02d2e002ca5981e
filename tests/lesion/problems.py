"""Reference problem P1: one needle in homogeneous tissue, solved to 0.002 mm by finite elements of order 3 to 5.

Source: the project's measured comparison of solver designs (NGSolve, up to 73,000 unknowns, time steps to 0.25 s).
"""

from neurotomy.anatomy.tissue import Tissue
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion import Lesion, Numerics, simulate

TISSUE = Tissue(
    name="P1",
    electrical_conductivity_s_per_m=0.45,
    temperature_coefficient_per_k=0.02,
    thermal_conductivity_w_per_m_k=0.49,
    density_kg_per_m3=1090.0,
    specific_heat_j_per_kg_k=3421.0,
    perfusion_per_s=6.7e-4,
    blood_heat_capacity_j_per_m3_k=1050.0 * 3617.0,
)
PROTOCOL = Protocol(name="P1", set_c=80.0, ramp_s=10.0, hold_s=90.0, source="neurotomy")
NUMERICS = Numerics(outer_radius_mm=50.0, below_mm=45.0, above_mm=55.0, grounded=True, cool_down_s=0.0)

REFERENCE_MM = {
    # (tip, perfused): width and length of 50 °C, 60 °C and Omega = 1
    ("hemispherical", False): (10.808, 17.714, 6.788, 13.359, 9.922, 17.362),
    ("flat", False): (10.877, 17.977, 6.829, 13.597, 9.979, 17.631),
    ("hemispherical", True): (10.649, 17.611, 6.671, 13.310, 9.813, 17.299),
}
REFERENCE_BEYOND_TIP_MM = {  # 50 °C, Omega = 1
    ("hemispherical", False): (3.118, 2.929),
    ("flat", False): (3.373, 3.184),
    ("hemispherical", True): (3.069, 2.899),
}
REFERENCE_OHM = {  # at 10, 30, 100 s
    ("hemispherical", False): (67.19, 63.13, 60.15),
    ("flat", False): (65.92, 62.06, 59.15),
    ("hemispherical", True): (67.20, 63.17, 60.28),
}
REFERENCE_W = {  # at 30 and 100 s (values beside the kink of the set point move with the time step)
    ("hemispherical", False): (2.776, 2.009),
    ("flat", False): (2.840, 2.051),
    ("hemispherical", True): (2.808, 2.066),
}


def needle(tip: str = "hemispherical", **changes: object) -> Electrode:
    fields: dict[str, object] = {
        "name": "P1",
        "outer_diameter_mm": 1.27,
        "active_tip_mm": 10.0,
        "cannula_length_mm": 100.0,
        "tip_shape": tip,
        "thermocouple_from_apex_mm": 0.5,
        "core_conductivity_w_per_m_k": 16.0,
        "core_heat_capacity_j_per_m3_k": 7900.0 * 500.0,
        "source": "neurotomy",
    }
    return Electrode.model_validate(fields | changes)


def extents_mm(lesion: Lesion) -> tuple[float, ...]:
    found = (lesion.isotherm_50c, lesion.isotherm_60c, lesion.necrosis)
    return tuple(size for extent in found for size in (extent.width_mm, extent.length_mm))


def solve(tip: str, perfused: bool, numerics: Numerics = NUMERICS) -> Lesion:
    return simulate(needle(tip), PROTOCOL, tissue=TISSUE, perfusion=perfused, numerics=numerics)
