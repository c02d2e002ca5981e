"""A tissue as the lesion sees it: electrical and thermal properties, each from the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from neurotomy import evidence
from neurotomy.errors import CatalogueError, nearest
from neurotomy.results import Result

__all__ = ["Tissue", "tissue", "tissue_names"]

_NEEDED = ("electrical_conductivity", "thermal_conductivity", "density", "specific_heat", "perfusion")


@dataclass(frozen=True)
class Tissue(Result):
    """A homogeneous tissue.

    Attributes
    ----------
    electrical_conductivity_s_per_m
        At 37 °C and 500 kHz.
    temperature_coefficient_per_k
        Relative rise of the electrical conductivity with temperature, referred to 37 °C.
    thermal_conductivity_w_per_m_k, density_kg_per_m3, specific_heat_j_per_kg_k
        As named.
    perfusion_per_s
        Volume of blood per volume of tissue and second.
    blood_heat_capacity_j_per_m3_k
        Density times specific heat of blood.
    """

    name: str
    electrical_conductivity_s_per_m: float
    temperature_coefficient_per_k: float
    thermal_conductivity_w_per_m_k: float
    density_kg_per_m3: float
    specific_heat_j_per_kg_k: float
    perfusion_per_s: float
    blood_heat_capacity_j_per_m3_k: float
    evidence_keys: tuple[str, ...] = ()

    @property
    def heat_capacity_j_per_m3_k(self) -> float:
        """Density times specific heat."""
        return self.density_kg_per_m3 * self.specific_heat_j_per_kg_k


def tissue_names() -> tuple[str, ...]:
    """Tissues for which the evidence holds every property a lesion needs."""
    held = evidence.select("tissue")
    names = dict.fromkeys(key.split(".")[1] for key in held if key.count(".") == 2)
    return tuple(name for name in names if all(f"tissue.{name}.{part}" in held for part in _NEEDED))


def tissue(name: str) -> Tissue:
    """The tissue of this name, with mean values.

    Raises
    ------
    CatalogueError
        When the evidence does not hold it.
    """
    if name not in tissue_names():
        raise CatalogueError(f"Tissue '{name}' is not in the evidence. {nearest(name, tissue_names())}")
    keys = {part: f"tissue.{name}.{part}" for part in _NEEDED}
    coefficient = "tissue.temperature_coefficient_rf"
    blood = ("tissue.blood.density", "tissue.blood.specific_heat")
    return Tissue(
        name=name,
        electrical_conductivity_s_per_m=evidence.value(keys["electrical_conductivity"]),
        temperature_coefficient_per_k=evidence.value(coefficient) / 100,
        thermal_conductivity_w_per_m_k=evidence.value(keys["thermal_conductivity"]),
        density_kg_per_m3=evidence.value(keys["density"]),
        specific_heat_j_per_kg_k=evidence.value(keys["specific_heat"]),
        perfusion_per_s=evidence.value(keys["perfusion"]),
        blood_heat_capacity_j_per_m3_k=evidence.value(blood[0]) * evidence.value(blood[1]),
        evidence_keys=(*keys.values(), coefficient, *blood),
    )
