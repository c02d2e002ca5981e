"""A tissue as the lesion sees it: electrical and thermal properties, each from the evidence."""

from __future__ import annotations

from dataclasses import dataclass

from neurotomy import evidence
from neurotomy.errors import CatalogueError, nearest
from neurotomy.results import Result

__all__ = ["Tissue", "tissue", "tissue_names"]

_NEEDED = ("electrical_conductivity", "thermal_conductivity", "density", "specific_heat", "perfusion")
_COEFFICIENT = "tissue.temperature_coefficient"
_BLOOD = ("tissue.blood.density", "tissue.blood.specific_heat")


@dataclass(frozen=True)
class Tissue(Result):
    """A homogeneous tissue. Each ``…_sd`` is the standard deviation of the published values, None where not known.

    Attributes
    ----------
    electrical_conductivity_s_per_m
        At 37 °C and 500 kHz. It changes volts and ohms, not the size of a temperature-controlled lesion.
    temperature_coefficient_per_k
        Relative rise of the electrical conductivity with temperature, referred to 37 °C.
    thermal_conductivity_w_per_m_k, density_kg_per_m3, specific_heat_j_per_kg_k
        As named.
    perfusion_per_s
        Volume of blood per volume of tissue and second.
    blood_heat_capacity_j_per_m3_k
        Density times specific heat of blood.
    evidence_keys
        Where the numbers come from; empty for a tissue of your own.
    """

    name: str
    electrical_conductivity_s_per_m: float
    temperature_coefficient_per_k: float
    thermal_conductivity_w_per_m_k: float
    density_kg_per_m3: float
    specific_heat_j_per_kg_k: float
    perfusion_per_s: float
    blood_heat_capacity_j_per_m3_k: float
    electrical_conductivity_sd_s_per_m: float | None = None
    temperature_coefficient_sd_per_k: float | None = None
    thermal_conductivity_sd_w_per_m_k: float | None = None
    density_sd_kg_per_m3: float | None = None
    specific_heat_sd_j_per_kg_k: float | None = None
    perfusion_sd_per_s: float | None = None
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
    keys = [f"tissue.{name}.{part}" for part in _NEEDED]
    sigma, k, density, specific_heat, perfusion = (evidence.get(key) for key in keys)
    coefficient = evidence.get(_COEFFICIENT)
    return Tissue(
        name=name,
        electrical_conductivity_s_per_m=sigma.number,
        temperature_coefficient_per_k=coefficient.number / 100,
        thermal_conductivity_w_per_m_k=k.number,
        density_kg_per_m3=density.number,
        specific_heat_j_per_kg_k=specific_heat.number,
        perfusion_per_s=perfusion.number,
        blood_heat_capacity_j_per_m3_k=evidence.value(_BLOOD[0]) * evidence.value(_BLOOD[1]),
        electrical_conductivity_sd_s_per_m=sigma.sd,
        temperature_coefficient_sd_per_k=None if coefficient.sd is None else coefficient.sd / 100,
        thermal_conductivity_sd_w_per_m_k=k.sd,
        density_sd_kg_per_m3=density.sd,
        specific_heat_sd_j_per_kg_k=specific_heat.sd,
        perfusion_sd_per_s=perfusion.sd,
        evidence_keys=(*keys, _COEFFICIENT, *_BLOOD),
    )
