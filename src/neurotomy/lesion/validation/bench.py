"""Bench experiments: a needle in a piece of meat, computed once for each setting and world.

A *world* is a set of quantiles of the uncertain inputs. All lesions of one world are made in the same tissue, by the
same needle construction, at the same room temperature: what a ratio of two lesions has in common cancels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.tissue import Tissue
from neurotomy.anatomy.tissue import tissue as tissue_of
from neurotomy.equipment import catalogue
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.member import QUICK, Inputs, Member, solve
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.simulation import Numerics
from neurotomy.lesion.uncertainty_inputs import EDGE, drawn, spreads_of
from neurotomy.progress import SILENT, Progress

__all__ = ["RAMP_S", "Bench", "Computed", "cannula", "computed", "protocol_of", "room_c", "worlds"]

RAMP_S = 15.0
"""Ramp of every bench protocol, as measured by Wondra 2024; the papers' abstracts do not give theirs."""

GRID = replace(QUICK, step_s=3.0, refresh=0.02)
"""A little finer in time than a member of an ensemble: a row stands or falls by it."""

Setting = tuple[object, ...]
Quantity = Callable[["Bench"], float]


def room_c() -> float:
    """Room temperature of a bench experiment that does not give its own."""
    return evidence.value("uncertainty.start.bench")


def cannula(gauge: int, tip_mm: float) -> Electrode:
    """The catalogue's cannula; also gauges and tips that pain cannulae do not have, built the same way."""
    if gauge in (16, 18, 20, 22, 23) and tip_mm in (5, 6, 10, 15):
        return catalogue.electrode_for(gauge, tip_mm)
    known = catalogue.electrode_for(18, 10)
    outer = evidence.value(f"electrode.gauge_{gauge}.outer_diameter")
    from neurotomy.equipment.cannula import hollow_core

    k, capacity = hollow_core(outer, evidence.value(f"electrode.gauge_{gauge}.inner_diameter"))
    return known.model_copy(
        update={
            "name": f"{gauge}g-{tip_mm:g}mm",
            "gauge": gauge,
            "outer_diameter_mm": outer,
            "inner_diameter_mm": evidence.value(f"electrode.gauge_{gauge}.inner_diameter"),
            "active_tip_mm": tip_mm,
            "core_conductivity_w_per_m_k": k,
            "core_heat_capacity_j_per_m3_k": capacity,
        }
    )


def protocol_of(set_c: float, hold_s: float) -> Protocol:
    """A ramp and a hold without limits."""
    return Protocol(
        name=f"{set_c:g} °C, {hold_s:g} s", set_c=set_c, ramp_s=RAMP_S, hold_s=hold_s, source="neurotomy", tag="choice"
    )


@dataclass
class Bench:
    """Solves lesions of one world, each once.

    Attributes
    ----------
    quantiles
        The world; empty is the best estimate of every input.
    numerics
        Grid and step.
    """

    quantiles: Mapping[str, float] = field(default_factory=dict)
    numerics: Numerics = GRID
    progress: Progress = SILENT
    _done: dict[Setting, Member] = field(default_factory=dict, repr=False)

    def lesion(
        self,
        gauge: int,
        tip_mm: float,
        set_c: float,
        hold_s: float,
        *,
        start_c: float | None = None,
        tissue: str | Tissue = "muscle",
        perfusion: bool = False,
        physics: Physics = PLAIN,
        **electrode: object,
    ) -> Member:
        """The lesion of one setting; `electrode` changes fields of the cannula."""
        start_c = room_c() if start_c is None else start_c
        material = tissue_of(tissue) if isinstance(tissue, str) else tissue
        key: Setting = (gauge, tip_mm, set_c, hold_s, start_c, material, perfusion, physics, *sorted(electrode.items()))
        if key not in self._done:
            self.progress(0.0, f"{gauge} G, {tip_mm:g} mm, {set_c:g} °C for {hold_s:g} s")
            needle = cannula(gauge, tip_mm).model_copy(update=electrode)
            inputs = Inputs(needle, protocol_of(set_c, hold_s), material, start_c, perfusion, physics)
            self._done[key] = solve(drawn(inputs, self.quantiles), self.numerics)
        return self._done[key]

    def known(self, electrode: str, protocol: str) -> Member:
        """The lesion of an electrode and a protocol of the catalogue, on the bench."""
        key: Setting = (electrode, protocol)
        if key not in self._done:
            self.progress(0.0, electrode)
            found = Inputs(
                catalogue.electrode(electrode), catalogue.protocol(protocol), tissue_of("muscle"), room_c(), False
            )
            self._done[key] = solve(drawn(found, self.quantiles), self.numerics)
        return self._done[key]

    @property
    def solved(self) -> int:
        """Number of lesions solved so far."""
        return len(self._done)


def worlds(count: int, seed: int) -> list[dict[str, float]]:
    """Quantiles of every uncertain input but the edge (a row names its edge): a Latin hypercube of `count` worlds."""
    example = Inputs(cannula(18, 10), protocol_of(80, 90), tissue_of("muscle"), room_c(), perfusion=True)
    names = [spread.name for spread in spreads_of(example) if spread.name != EDGE]
    random = np.random.default_rng(np.random.SeedSequence(seed))
    cells = np.stack([random.permutation(count) for _ in names], axis=1)
    quantiles = (cells + random.random(cells.shape)) / count
    return [dict(zip(names, row, strict=True)) for row in quantiles.tolist()]


@dataclass(frozen=True)
class Computed:
    """A quantity over the electrodes of a setting: median and ends, numerical error, and 90 % interval."""

    value: float
    low: float
    high: float
    numerical_error: float
    spread_low: float
    spread_high: float


def computed(quantities: Mapping[str, Quantity], best: Bench, fine: Bench, others: list[Bench]) -> Computed:
    """Evaluate a quantity for each electrode.

    Parameters
    ----------
    quantities : mapping
        One function for each electrode, from a bench to a number.
    best, fine, others
        The best estimate; the same on a finer grid; other worlds.
    """
    values = np.array([quantity(best) for quantity in quantities.values()])
    finer = np.array([quantity(fine) for quantity in quantities.values()])
    medians = [float(np.median([quantity(world) for quantity in quantities.values()])) for world in others]
    value = float(np.median(values))
    low, high = np.quantile(medians, [0.05, 0.95]) if medians else (math.nan, math.nan)
    return Computed(
        value, float(values.min()), float(values.max()), float(np.abs(values - finer).max()), float(low), float(high)
    )


def with_conductivity(material: Tissue, factor: float) -> Tissue:
    """The tissue with another homogeneous electrical conductivity."""
    return replace(material, electrical_conductivity_s_per_m=factor * material.electrical_conductivity_s_per_m)
