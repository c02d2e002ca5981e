"""Why the untuned model's 16 G to 22 G width ratio is below the published one: one physical change at a time.

Each line of :func:`width_ratio` changes one thing in both cannulae (10 mm tip, 80 °C, 120 s, on the bench) and reads
both widths again; the last lines put together what raises the ratio within what is physically possible.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment.cannula import hollow_core, solid_core
from neurotomy.lesion.member import Edge, Member, necrosis
from neurotomy.lesion.validation.bench import Bench, cannula, room_c
from neurotomy.lesion.validation.relations import photographic
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result

__all__ = ["HYPOTHESIS", "Change", "Consequence", "hypothesis", "width_ratio"]

COPPER_W_PER_M_K = 50.0
"""A stylet with the copper limb of a type T thermocouple in a steel cannula, over the cross-section: an upper bound,
given only to see the direction. Copper of 400 W/m/K on a tenth of the section makes 50."""


HYPOTHESIS: Mapping[str, Any] = {"core": COPPER_W_PER_M_K, "thermocouple_diameters": 2.0}
"""A construction that would explain the published gauge rows when the edge is read at :data:`HYPOTHESIS_EDGE_C`."""
HYPOTHESIS_EDGE_C = 55.0


@dataclass(frozen=True)
class Consequence(Result):
    """What the hypothesis makes of a relation it was not made for.

    Attributes
    ----------
    relation
        In words.
    published_low, published_high
        The published range.
    untuned, supposed
        Medians over tips of 5, 10 and 15 mm and 16 and 22 G: of the untuned model, and under the hypothesis.
    """

    relation: str
    published_low: float
    published_high: float
    untuned: float
    supposed: float


@dataclass(frozen=True)
class Change(Result):
    """Widths of the two cannulae after one change.

    Attributes
    ----------
    part
        What was changed: edge, start, needle, tissue, generator, tip.
    change
        In words.
    width_22g_mm, width_16g_mm
        Across the needle.
    difference_mm, ratio
        16 G against 22 G.
    """

    part: str
    change: str
    width_22g_mm: float
    width_16g_mm: float
    difference_mm: float
    ratio: float


def width_ratio(progress: Progress = SILENT) -> tuple[Change, ...]:
    """The decomposition: the untuned model first, then every change by itself, then those that help together."""
    bench, found = Bench(), []
    changes = list(_changes())
    for n, (part, words, edge, settings) in enumerate(changes):
        progress(n / len(changes), words)
        widths = [_width(bench, gauge, edge, settings) for gauge in (22, 16)]
        found.append(Change(part, words, widths[0], widths[1], widths[1] - widths[0], widths[1] / widths[0]))
    progress(1.0)
    return tuple(found)


def hypothesis(progress: Progress = SILENT) -> tuple[Consequence, ...]:
    """Put the construction that would explain the gauge rows to the other rows of the same paper."""
    bench, found = Bench(), []
    pairs = [(gauge, tip) for gauge in (16, 22) for tip in (5.0, 10.0, 15.0)]
    versions: tuple[tuple[Edge, Mapping[str, Any]], ...] = (
        (photographic(), {}),
        (Edge(celsius=HYPOTHESIS_EDGE_C), HYPOTHESIS),
    )

    def widths(edge: Edge, settings: Mapping[str, Any], **other: float) -> NDArray[np.float64]:
        return np.array([_width(bench, gauge, edge, {**settings, **other, "tip_mm": tip}) for gauge, tip in pairs])

    def lengths(edge: Edge, settings: Mapping[str, Any]) -> NDArray[np.float64]:
        return np.array(
            [_member(bench, gauge, {**settings, "tip_mm": tip}).length_mm(edge) - tip for gauge, tip in pairs]
        )

    for n, (words, key, of) in enumerate(
        (
            ("90 over 60 °C", "width_90c_to_60c", lambda *v: widths(*v, set_c=90.0) / widths(*v, set_c=60.0)),
            ("120 over 60 s", "width_120s_to_60s", lambda *v: widths(*v, hold_s=120.0) / widths(*v, hold_s=60.0)),
            ("180 over 60 s", "width_180s_to_60s", lambda *v: widths(*v, hold_s=180.0) / widths(*v, hold_s=60.0)),
            ("length minus tip, mm", "length_minus_tip", lengths),
        )
    ):
        progress(n / 4, words)
        entry = evidence.get(f"validation.relation.{key}")
        untuned, supposed = (float(np.median(of(*version))) for version in versions)
        found.append(Consequence(words, entry.low or 0.0, entry.high or 0.0, untuned, supposed))
    return tuple(found)


def _width(bench: Bench, gauge: int, edge: Edge, settings: Mapping[str, Any]) -> float:
    return _member(bench, gauge, settings).width_mm(edge)


def _member(bench: Bench, gauge: int, settings: Mapping[str, Any]) -> Member:
    needle = cannula(gauge, 10)
    settings = dict(settings)
    tip = settings.pop("tip_mm", 10.0)
    set_c, hold_s = settings.pop("set_c", 80.0), settings.pop("hold_s", 120.0)
    core = settings.pop("core", None)
    if core == "solid":
        settings["core_conductivity_w_per_m_k"], settings["core_heat_capacity_j_per_m3_k"] = solid_core()
    elif core == "thin wall":
        # As thin as the thinnest catalogue wall for both: what is left is fluid.
        k, capacity = hollow_core(needle.outer_diameter_mm, needle.outer_diameter_mm - 0.16)
        settings |= {"core_conductivity_w_per_m_k": k, "core_heat_capacity_j_per_m3_k": capacity}
    elif core is not None:
        settings["core_conductivity_w_per_m_k"] = core
    if "thermocouple_diameters" in settings:
        settings["thermocouple_from_apex_mm"] = settings.pop("thermocouple_diameters") * needle.outer_diameter_mm
    return bench.lesion(gauge, tip, set_c, hold_s, **settings)


def _changes() -> Iterator[tuple[str, str, Edge, Mapping[str, Any]]]:
    edge = photographic()
    muscle = tissue("muscle")
    yield "none", f"untuned: hollow cannulae, {room_c():g} °C, edge at {edge.celsius:g} °C", edge, {}
    yield "edge", "edge at 55 °C", Edge(celsius=55.0), {}
    yield "edge", "edge at 60 °C", Edge(celsius=60.0), {}
    yield "edge", "edge at 65 °C", Edge(celsius=65.0), {}
    yield "edge", "Arrhenius integral of the liver kinetics reaches 1", necrosis(), {}
    yield "start", "start at 10 °C (meat from the refrigerator)", edge, {"start_c": 10.0}
    yield "start", "start at 37 °C (warmed meat)", edge, {"start_c": 37.0}
    yield "needle", "solid steel rods", edge, {"core": "solid"}
    yield "needle", "walls of 0.08 mm, fluid inside", edge, {"core": "thin wall"}
    yield "needle", f"copper inside: {COPPER_W_PER_M_K:g} W/m/K", edge, {"core": COPPER_W_PER_M_K}
    yield "sensor", "thermocouple 0.1 mm from the apex", edge, {"thermocouple_from_apex_mm": 0.1}
    yield "sensor", "thermocouple 2 mm from the apex", edge, {"thermocouple_from_apex_mm": 2.0}
    yield "sensor", "thermocouple 2 diameters from the apex (end of the bevel)", edge, {"thermocouple_diameters": 2.0}
    yield "tip", "flat end instead of a hemisphere", edge, {"tip_shape": "flat"}
    yield "tip", "5 mm tips", edge, {"tip_mm": 5.0}
    yield "tip", "15 mm tips", edge, {"tip_mm": 15.0}
    sd_k = muscle.thermal_conductivity_sd_w_per_m_k or 0.0
    sd_c = muscle.specific_heat_sd_j_per_kg_k or 0.0
    k, c = muscle.thermal_conductivity_w_per_m_k, muscle.specific_heat_j_per_kg_k
    yield (
        "tissue",
        "heat conductivity 2 sd lower",
        edge,
        {"tissue": replace(muscle, thermal_conductivity_w_per_m_k=k - 2 * sd_k)},
    )
    yield (
        "tissue",
        "specific heat 2 sd higher",
        edge,
        {"tissue": replace(muscle, specific_heat_j_per_kg_k=c + 2 * sd_c)},
    )
    yield (
        "tissue",
        "conductivity that does not change with temperature",
        edge,
        {"tissue": replace(muscle, temperature_coefficient_per_k=0.0)},
    )
    yield "generator", "60 s instead of 120 s", edge, {"hold_s": 60.0}
    yield "generator", "set temperature 5 K lower at the tissue", edge, {"set_c": 75.0}
    bench = evidence.get("uncertainty.start.bench")
    colder = {"start_c": bench.number - 2 * (bench.sd or 0.0), "core": "solid"}
    yield "together", "edge 55 °C, solid rods, start 2 sd colder", Edge(celsius=55.0), colder
    yield "together", "edge 60 °C, solid rods, start 2 sd colder", Edge(celsius=60.0), colder
    bevel = {"core": "solid", "thermocouple_diameters": 2.0}
    yield "together", "edge 55 °C, solid rods, thermocouple 2 diameters from the apex", Edge(celsius=55.0), bevel
    yield "together", "edge 50 °C, copper inside, thermocouple 2 diameters from the apex", edge, HYPOTHESIS
    yield (
        "together",
        "edge 55 °C, copper inside, thermocouple 2 diameters from the apex",
        Edge(celsius=55.0),
        HYPOTHESIS,
    )
