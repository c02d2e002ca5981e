"""What is uncertain about a lesion's inputs, and by how much: each spread from the evidence.

An input is drawn by a number between 0 and 1, its quantile. The same quantiles can be put to any electrode, protocol
and tissue: so two lesions are compared in the same uncertain tissue, and what is common to both cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from neurotomy import evidence
from neurotomy.lesion.damage import EVIDENCE as DAMAGE
from neurotomy.lesion.damage import GAS_CONSTANT_J_PER_MOL_K, ZERO_CELSIUS_K
from neurotomy.lesion.member import Edge, Inputs
from neurotomy.results import Result

__all__ = ["EDGE", "Spread", "drawn", "edge_of", "spreads_of"]

EDGE = "edge of necrosis"
"""The input that moves no temperature: at what damage tissue counts as dead."""
BENCH_BELOW_C = 35.0
"""A start below this is a bench experiment, not a body."""


@dataclass(frozen=True)
class Spread(Result):
    """The distribution of one input.

    Attributes
    ----------
    name
        For people.
    unit
        Of the numbers below.
    shape
        ``lognormal`` and ``normal`` have `middle` as mean and `sd`; ``uniform`` and ``loguniform`` go from `low` to
        `high`.
    evidence
        Key of the entry the spread comes from.
    """

    name: str
    unit: str
    shape: Literal["lognormal", "normal", "uniform", "loguniform"]
    middle: float
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    evidence: str = ""

    def at(self, quantile: float) -> float:
        """The value below which this share of the distribution lies."""
        if self.shape in ("uniform", "loguniform"):
            assert self.low is not None
            assert self.high is not None
            if self.shape == "uniform":
                return self.low + quantile * (self.high - self.low)
            return float(self.low * (self.high / self.low) ** quantile)
        from scipy.special import ndtri

        assert self.sd is not None
        z = float(ndtri(quantile))
        if self.shape == "normal":
            return self.middle + self.sd * z
        variance = math.log1p((self.sd / self.middle) ** 2)  # of the logarithm, so that mean and sd are met
        return self.middle * math.exp(math.sqrt(variance) * z - variance / 2)


def spreads_of(inputs: Inputs) -> tuple[Spread, ...]:
    """The uncertain inputs of one lesion, in a fixed order; what has no spread in the evidence is left out.

    Electrical conductivity is not among them: the size of a temperature-controlled lesion in homogeneous tissue does
    not depend on it.
    """
    tissue, electrode = inputs.tissue, inputs.electrode
    name = next((key.rsplit(".", 1)[0] for key in tissue.evidence_keys), "case")
    found: list[Spread] = []

    def published(words: str, unit: str, part: str, value: float, sd: float | None, key: str = "") -> None:
        if sd:
            shape: Literal["normal", "lognormal"] = "normal" if part == "temperature_coefficient" else "lognormal"
            found.append(Spread(words, unit, shape, value, sd=sd, evidence=key or f"{name}.{part}"))

    published(
        "thermal conductivity of the tissue",
        "W/m/K",
        "thermal_conductivity",
        tissue.thermal_conductivity_w_per_m_k,
        tissue.thermal_conductivity_sd_w_per_m_k,
    )
    published("density of the tissue", "kg/m³", "density", tissue.density_kg_per_m3, tissue.density_sd_kg_per_m3)
    published(
        "specific heat of the tissue",
        "J/kg/K",
        "specific_heat",
        tissue.specific_heat_j_per_kg_k,
        tissue.specific_heat_sd_j_per_kg_k,
    )
    if inputs.perfusion:
        published("perfusion", "1/s", "perfusion", tissue.perfusion_per_s, tissue.perfusion_sd_per_s)
    published(
        "rise of electrical conductivity",
        "1/K",
        "temperature_coefficient",
        tissue.temperature_coefficient_per_k,
        tissue.temperature_coefficient_sd_per_k,
        "tissue.temperature_coefficient",
    )
    if electrode.cooling is None:
        found.append(_range("heat conduction of the needle", "loguniform", "uncertainty.needle.core_conductivity"))
        place = _range("place of the thermocouple", "uniform", "uncertainty.needle.thermocouple_from_apex")
        assert place.low is not None
        assert place.high is not None
        # The spread is about the place in the catalogue, which is further up in a pointed tip; it stays in the tip.
        middle = electrode.thermocouple_from_apex_mm
        low, high = middle + place.low - place.middle, middle + place.high - place.middle
        found.append(replace(place, middle=middle, low=max(low, 0.1), high=min(high, 0.8 * electrode.active_tip_mm)))
    # else the metal is solid steel about a cavity, and the sensor lies in its thin end
    found.append(_range("error of the thermocouple", "uniform", "uncertainty.needle.thermocouple_error"))
    key = f"uncertainty.start.{'bench' if inputs.start_c < BENCH_BELOW_C else 'body'}"
    found.append(
        Spread("start temperature", "°C", "normal", inputs.start_c, sd=evidence.get(key).sd or 0.0, evidence=key)
    )
    if electrode.gauge is not None:
        key = f"electrode.gauge_{electrode.gauge}.outer_diameter"
        entry = evidence.get(key)
        if entry.low is not None and entry.high is not None:
            low, high = entry.low - entry.number, entry.high - entry.number
            middle = electrode.outer_diameter_mm
            found.append(
                Spread("outer diameter", "mm", "uniform", middle, low=middle + low, high=middle + high, evidence=key)
            )
    cem = evidence.get("damage.cem43.threshold")
    assert cem.low is not None
    assert cem.high is not None
    levels = [_log10_omega_of_cem43(minutes, inputs.protocol.hold_s) for minutes in (cem.low, cem.high)]
    found.append(
        Spread(EDGE, "log10 of Ω", "uniform", 0.0, low=min(*levels, 0.0), high=max(*levels, 0.0), evidence=cem.key)
    )
    return tuple(found)


def drawn(inputs: Inputs, quantiles: Mapping[str, float]) -> Inputs:
    """The inputs with some of them at other quantiles of their spreads; those not named stay as they are."""
    values = {
        spread.name: spread.at(quantiles[spread.name]) for spread in spreads_of(inputs) if spread.name in quantiles
    }
    tissue, electrode = inputs.tissue, inputs.electrode
    tissue = replace(
        tissue,
        thermal_conductivity_w_per_m_k=values.get(
            "thermal conductivity of the tissue", tissue.thermal_conductivity_w_per_m_k
        ),
        density_kg_per_m3=values.get("density of the tissue", tissue.density_kg_per_m3),
        specific_heat_j_per_kg_k=values.get("specific heat of the tissue", tissue.specific_heat_j_per_kg_k),
        perfusion_per_s=values.get("perfusion", tissue.perfusion_per_s),
        temperature_coefficient_per_k=values.get(
            "rise of electrical conductivity", tissue.temperature_coefficient_per_k
        ),
    )
    electrode = electrode.model_copy(
        update={
            "core_conductivity_w_per_m_k": values.get(
                "heat conduction of the needle", electrode.core_conductivity_w_per_m_k
            ),
            "thermocouple_from_apex_mm": values.get("place of the thermocouple", electrode.thermocouple_from_apex_mm),
            "outer_diameter_mm": values.get("outer diameter", electrode.outer_diameter_mm),
        }
    )
    protocol = inputs.protocol.model_copy(
        update={"set_c": inputs.protocol.set_c + values.get("error of the thermocouple", 0.0)}
    )
    start_c = values.get("start temperature", inputs.start_c)
    return replace(inputs, electrode=electrode, protocol=protocol, tissue=tissue, start_c=start_c)


def edge_of(inputs: Inputs, quantiles: Mapping[str, float]) -> Edge:
    """The edge of necrosis at its quantile; Ω = 1 where it is not named."""
    if EDGE not in quantiles:
        return Edge(log10_omega=0.0)
    spread = next(spread for spread in spreads_of(inputs) if spread.name == EDGE)
    return Edge(log10_omega=spread.at(quantiles[EDGE]))


def _range(name: str, shape: Literal["uniform", "loguniform"], key: str) -> Spread:
    entry = evidence.get(key)
    return Spread(name, entry.unit, shape, entry.number, low=entry.low, high=entry.high, evidence=key)


def _log10_omega_of_cem43(minutes: float, hold_s: float) -> float:
    """What the Arrhenius integral is where a steady exposure of `hold_s` makes so many equivalent minutes at 43 °C."""
    reference_c, r_above = (evidence.value(key) for key in DAMAGE[2:4])
    celsius = reference_c - math.log(minutes * 60 / hold_s) / math.log(r_above)
    frequency_factor, activation_energy = (evidence.value(key) for key in DAMAGE[:2])
    log = math.log(frequency_factor * hold_s) - activation_energy / (
        GAS_CONSTANT_J_PER_MOL_K * (celsius + ZERO_CELSIUS_K)
    )
    return log / math.log(10)
