"""Heat that moving fluid takes from a tissue: perfusing blood, and blood and CSF themselves as strong sinks."""

from __future__ import annotations

from neurotomy import evidence
from neurotomy.anatomy.tissue import Tissue

__all__ = ["exchange_w_per_m3_k"]

_STRONG = {"blood": "material.flow.blood_exchange", "csf": "material.flow.csf_exchange"}


def exchange_w_per_m3_k(tissue: Tissue) -> float:
    """Heat taken from a volume of `tissue` for each kelvin above the temperature of arriving blood, W/m³/K.

    Perfusion times the heat capacity of blood (Pennes); for the tissues named ``blood`` and ``csf``, which flow
    themselves, a strong sink that holds them near body temperature.
    """
    if tissue.name in _STRONG:
        return evidence.value(_STRONG[tissue.name])
    return tissue.perfusion_per_s * tissue.blood_heat_capacity_j_per_m3_k
