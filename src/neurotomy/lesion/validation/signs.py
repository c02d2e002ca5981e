"""Published trends, each computed as a sweep: the smallest step of the sweep must have the published sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.tissue import tissue
from neurotomy.lesion.member import Edge, Member, necrosis
from neurotomy.lesion.physics import Fluid, Physics
from neurotomy.lesion.validation.bench import Bench, room_c, with_conductivity
from neurotomy.lesion.validation.experiment import Experiment
from neurotomy.lesion.validation.relations import photographic

__all__ = ["HARDLY_PERCENT", "signs", "sweeps"]

FLUIDS_S_PER_M = (0.7, 2.0, 8.0, 25.0)
"""Conductivities of fluids that conduct better than meat: any of them must make the lesion larger."""
HARDLY_PERCENT = 1.0
"""A lesion that changes by less than this, in percent of its width, hardly changes."""


def sweeps(bench: Bench) -> dict[str, list[Member]]:
    """One factor at a time about 18 G, 10 mm, 80 °C, 120 s, from small to large."""
    return {
        "gauge 23 to 16 G": [bench.lesion(gauge, 10, 80, 120) for gauge in (23, 22, 20, 18, 16)],
        "tip 5 to 15 mm": [bench.lesion(18, tip, 80, 120) for tip in (5, 6, 10, 15)],
        "temperature 60 to 90 °C": [bench.lesion(18, 10, set_c, 120) for set_c in (60, 70, 80, 90)],
        "time 60 to 600 s": [bench.lesion(18, 10, 80, hold_s) for hold_s in (60, 90, 120, 180, 300, 600)],
    }


def signs() -> Iterator[Experiment]:
    """Trends of size with every factor, time, conductivity, perfusion and fluid."""
    edge = photographic()
    room = f"meat at {room_c():g} °C, no perfusion"

    def smallest_step(size: Callable[[Member, Edge], float], name: str) -> Callable[[Bench], float]:
        return lambda bench: float(np.diff([size(member, edge) for member in sweeps(bench)[name]]).min())

    names = ("gauge 23 to 16 G", "tip 5 to 15 mm", "temperature 60 to 90 °C", "time 60 to 600 s")
    yield Experiment(
        "cosman2014_sign",
        "smallest growth of width or length in a step of gauge, tip, temperature or time",
        f"18 G, 10 mm, 80 °C, 120 s and one factor at a time, {room}",
        edge.words,
        "validation.sign.all_factors",
        "both grow with each factor",
        {
            f"{what}, {name}": smallest_step(size, name)
            for name in names
            for what, size in (("width", Member.width_mm), ("length", Member.length_mm))
        },
        low=0.0,
        unit="mm",
    )
    yield Experiment(
        "provenzano2015",
        "growth of the width from 170 to 180 s",
        f"18 G, 10 mm, 80 °C, {room}",
        edge.words,
        "validation.sign.still_growing",
        "still growing at 180 s",
        {"18 G": lambda b: b.lesion(18, 10, 80, 180).width_mm(edge) - b.lesion(18, 10, 80, 170).width_mm(edge)},
        low=0.0,
        unit="mm",
    )
    yield Experiment(
        "linkoping_thesis_sigma",
        "change of the width when electrical conductivity is halved or doubled",
        "18 G, 10 mm, 80 °C, 90 s, perfused muscle at 37 °C",
        necrosis().words,
        "validation.sign.conductivity",
        f"hardly any (here: at most {HARDLY_PERCENT:g} %)",
        {f"× {factor:g}": _change(factor) for factor in (0.5, 2.0)},
        high=HARDLY_PERCENT,
        unit="%",
    )
    yield Experiment(
        "linkoping_thesis_perf",
        "smallest loss of width when perfusion rises from none to usual and to twice that",
        "18 G, 10 mm, 80 °C, 90 s, muscle at 37 °C",
        edge.words,
        "validation.sign.perfusion",
        "more perfusion, smaller lesion",
        {"width": _loss},
        low=0.0,
        unit="mm",
    )
    yield Experiment(
        "provenzano2010",
        "smallest growth of the width by 0.5 mL of fluid of 0.7 to 25 S/m, from sodium chloride of 0.5 to 23 %",
        f"18 G, 10 mm, 80 °C, 90 s, {room}; a fifth of the wetted tissue is fluid",
        edge.words,
        "validation.sign.fluid",
        "larger with any fluid",
        {f"{sigma:g} S/m": _wetter(sigma) for sigma in FLUIDS_S_PER_M},
        low=0.0,
        unit="mm",
    )


def _wetter(sigma: float) -> Callable[[Bench], float]:
    fluid = Physics(fluid=Fluid(0.5, sigma))
    edge = photographic()
    return lambda b: b.lesion(18, 10, 80, 90, physics=fluid).width_mm(edge) - b.lesion(18, 10, 80, 90).width_mm(edge)


def _body(bench: Bench, conductivity: float = 1.0, perfusion: float = 1.0) -> Member:
    from dataclasses import replace

    muscle = with_conductivity(tissue("muscle"), conductivity)
    muscle = replace(muscle, perfusion_per_s=perfusion * muscle.perfusion_per_s)
    start_c = evidence.value("tissue.start_temperature_c")
    return bench.lesion(18, 10, 80, 90, start_c=start_c, tissue=muscle, perfusion=perfusion > 0)


def _change(factor: float) -> Callable[[Bench], float]:
    def change(bench: Bench) -> float:
        usual, other = (_body(bench, sigma).width_mm(necrosis()) for sigma in (1.0, factor))
        return 100 * abs(other - usual) / usual

    return change


def _loss(bench: Bench) -> float:
    widths: Sequence[float] = [_body(bench, perfusion=p).width_mm(photographic()) for p in (0.0, 1.0, 2.0)]
    return float(-np.diff(widths).max())
