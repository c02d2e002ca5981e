"""The ratios and differences of Cosman 2014: more than 400 lesions, the hardest test for a model without tuning."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from neurotomy import evidence
from neurotomy.lesion.member import Edge
from neurotomy.lesion.physics import Fluid, Physics
from neurotomy.lesion.validation.bench import Bench, room_c
from neurotomy.lesion.validation.experiment import Experiment

__all__ = ["GAUGES", "TIPS_MM", "photographic", "relations"]

GAUGES = (16, 18, 20, 22)
TIPS_MM = (5.0, 10.0, 15.0)
"""The abstract gives ranges over electrodes that were not all named: these stand for them."""


def photographic() -> Edge:
    """The edge at which Cosman's lesions are read."""
    return Edge(celsius=evidence.value("damage.isotherm.photographic"))


def relations() -> Iterator[Experiment]:
    """The six relations of Cosman 2014, and the area after saline of Provenzano 2013."""
    edge = photographic()
    room = f"meat at {room_c():g} °C, no perfusion"

    def width(gauge: int, tip_mm: float, set_c: float, hold_s: float) -> Callable[[Bench], float]:
        return lambda bench: bench.lesion(gauge, tip_mm, set_c, hold_s).width_mm(edge)

    def ratio(over: Callable[[Bench], float], under: Callable[[Bench], float]) -> Callable[[Bench], float]:
        return lambda bench: over(bench) / under(bench)

    def difference(over: Callable[[Bench], float], under: Callable[[Bench], float]) -> Callable[[Bench], float]:
        return lambda bench: over(bench) - under(bench)

    tips = f"tips {', '.join(f'{tip:g}' for tip in TIPS_MM)} mm"
    pairs = {f"{tip:g} mm": (width(16, tip, 80, 120), width(22, tip, 80, 120)) for tip in TIPS_MM}
    yield _published(
        "cosman2014_gauge",
        "width of 16 G over width of 22 G",
        f"80 °C, 120 s, {tips}, {room}",
        "width_16g_to_22g",
        {name: ratio(*pair) for name, pair in pairs.items()},
        _gauge,
    )
    yield _published(
        "cosman2014_gauge_abs",
        "width of 16 G minus width of 22 G",
        f"80 °C, 120 s, {tips}, {room}",
        "width_16g_minus_22g",
        {name: difference(*pair) for name, pair in pairs.items()},
        _gauge,
    )
    cannulae = [(gauge, tip) for gauge in GAUGES for tip in TIPS_MM]
    gauges = f"{GAUGES[0]} to {GAUGES[-1]} G, {tips}, {room}"
    for name, key, words, over, under, why in (
        (
            "cosman2014_temp",
            "width_90c_to_60c",
            "width at 90 °C over width at 60 °C",
            (90, 120),
            (60, 120),
            _TEMPERATURE,
        ),
        ("cosman2014_t2", "width_120s_to_60s", "width after 120 s over width after 60 s", (80, 120), (80, 60), _TIME),
        ("cosman2014_t3", "width_180s_to_60s", "width after 180 s over width after 60 s", (80, 180), (80, 60), _TIME),
    ):
        setting = f"120 s, {gauges}" if over[0] != under[0] else f"80 °C, {gauges}"
        yield _published(
            name,
            words,
            setting,
            key,
            {f"{g} G, {t:g} mm": ratio(width(g, t, *over), width(g, t, *under)) for g, t in cannulae},
            why,
        )
    yield _published(
        "cosman2014_len",
        "length minus active tip",
        f"80 °C, 120 s, {gauges}",
        "length_minus_tip",
        {f"{g} G, {t:g} mm": _excess(g, t, edge) for g, t in cannulae},
        "Heat runs up the shaft inside the metal: a construction that conducts less makes it shorter.",
    )
    yield Experiment(
        "provenzano2013_area",
        "area of the lesion after 0.7 to 23.4 % sodium chloride over that after water",
        "18 G, 10 mm, 80 °C, 90 s, 0.5 mL in a fifth of the wetted tissue; water as no current",
        edge.words,
        "validation.relation.area_with_saline",
        "1.29 to 2.54",
        {
            f"{sigma:g} S/m": _wet_area(sigma, edge)
            for sigma in (evidence.value("validation.context.salt_0_7"), evidence.value("validation.context.salt_23_4"))
        },
        low=1.29,
        high=2.54,
        outside="Where an injected fluid spreads in meat was not measured; kept to calibrate a model of fluid.",
    )


def _wet_area(sigma: float, edge: Edge) -> Callable[[Bench], float]:
    """Area of the cut, as the ellipse of width and length, with salt over that with water."""

    def area(bench: Bench, fluid: Fluid) -> float:
        member = bench.lesion(18, 10, 80, 90, physics=Physics(fluid=fluid))
        return member.width_mm(edge) * member.length_mm(edge)

    return lambda bench: area(bench, Fluid(0.5, sigma)) / area(bench, Fluid(0.5, 1e-4))


def _excess(gauge: int, tip_mm: float, edge: Edge) -> Callable[[Bench], float]:
    return lambda bench: bench.lesion(gauge, tip_mm, 80, 120).length_mm(edge) - tip_mm


def _published(
    name: str,
    quantity: str,
    setting: str,
    key: str,
    quantities: dict[str, Callable[[Bench], float]],
    outside: str | Callable[[Bench], str],
) -> Experiment:
    entry = evidence.get(f"validation.relation.{key}")
    return Experiment(
        name,
        quantity,
        setting,
        photographic().words,
        entry.key,
        f"{entry.low:g} to {entry.high:g}",
        quantities,
        entry.low,
        entry.high,
        outside=outside,
    )


def _gauge(bench: Bench) -> str:
    at_60 = [bench.lesion(gauge, 10, 80, 120).width_mm(Edge(celsius=60.0)) for gauge in (16, 22)]
    return (
        f"Read at 60 °C instead of 50 the 10 mm tips differ by a factor of {at_60[0] / at_60[1]:.2f}, and metal that "
        "conducts more heat raises ratio and difference too: neurotomy validate --explain takes it apart."
    )


_TEMPERATURE = "Thick cannulae with short tips grow less with temperature than thin ones with long tips."
_TIME = "Short tips reach their final size sooner than long ones."
