"""Published sizes and volumes, read at the edge each experiment saw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from neurotomy import evidence
from neurotomy.lesion.member import Edge, Member
from neurotomy.lesion.validation.bench import Bench, room_c
from neurotomy.lesion.validation.experiment import Experiment
from neurotomy.lesion.validation.relations import photographic

__all__ = ["ellipsoid_mm3", "isotherm_at_mm", "sizes"]

_Z90 = 1.6448536
"""Half a 90 % interval in standard deviations."""


def ellipsoid_mm3(member: Member, edge: Edge) -> float:
    """Volume as it is reckoned on the bench: an ellipsoid of the lesion's width and length, needle included."""
    return math.pi / 6 * member.width_mm(edge) ** 2 * member.length_mm(edge)


def isotherm_at_mm(member: Member, thickness_mm: float) -> float:
    """The highest temperature that was reached so far from the electrode's surface where the lesion is widest, °C."""
    low, high = 30.0, float(member.field.peak_c.max())
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if member.thickness_mm(Edge(celsius=middle)) > thickness_mm else (low, middle)
    return 0.5 * (low + high)


def sizes() -> Iterator[Experiment]:
    """Bogduk 1987, chicken 2020, Tew 2015, Ha 2014 and Goldberg 1995; what is quoted, as context."""
    yield from _bogduk()
    yield from _chicken()
    yield from _tew()
    yield from _liver()
    yield from _quoted()


def _bogduk() -> Iterator[Experiment]:
    edge, coagulated = photographic(), Edge(celsius=evidence.value("damage.isotherm.egg_white"))
    entry = evidence.get("validation.size.bogduk1987_radius")
    setting = f"22 G, 5 mm, 80 °C, 90 s (electrode and setting not in the text), meat at {room_c():g} °C, no perfusion"

    def small(bench: Bench) -> Member:
        return bench.lesion(22, 5, 80, 90)

    yield Experiment(
        "bogduk1987",
        "largest radius",
        setting,
        edge.words,
        entry.key,
        f"at most {entry.number:g} mm",
        {"22 G, 5 mm": lambda bench: small(bench).width_mm(edge) / 2},
        high=entry.number,
        outside=lambda bench: (
            "Egg white coagulates only at about 60 °C, and there the radius is "
            f"{small(bench).width_mm(coagulated) / 2:.1f} mm: the edge makes the difference, not the physics."
        ),
    )
    yield Experiment(
        "bogduk1987_distal",
        "reach beyond the apex",
        setting,
        edge.words,
        "validation.sign.no_distal_reach",
        "none",
        {"22 G, 5 mm": lambda bench: small(bench).beyond_tip_mm(edge)},
        high=0.0,
        unit="mm",
        outside=lambda bench: (
            f"Heat leaves a bare apex too ({small(bench).beyond_tip_mm(coagulated):.1f} mm even at 60 °C); Cosman "
            "2014, with more than 400 lesions, saw 1 to 5 mm shared between both ends, and contradicts this row."
        ),
    )


def _chicken() -> Iterator[Experiment]:
    edge, hotter = photographic(), Edge(celsius=60.0)
    for name, key in (
        ("pmid32214295_lido", "chicken2020_lidocaine"),
        ("pmid32214295_lido_ns", "chicken2020_lidocaine_saline"),
    ):
        entry = evidence.get(f"validation.size.{key}")
        yield Experiment(
            name,
            "volume of the ellipsoid",
            "20 G, 10 mm (the tip is a guess: not in the text), 80 °C, 90 s, chicken at 21 °C, no fluid",
            edge.words,
            entry.key,
            f"{entry.number:g} mm³ after 1 mL of fluid",
            {"20 G, 10 mm": lambda bench: ellipsoid_mm3(bench.lesion(20, 10, 80, 90), edge)},
            outside=lambda bench: (
                "The active tip was not read: a 5 mm tip makes "
                f"{ellipsoid_mm3(bench.lesion(20, 5, 80, 90), edge):.0f} mm³; and "
                "dissection may see a hotter edge: at 60 °C the 10 mm tip makes "
                f"{ellipsoid_mm3(bench.lesion(20, 10, 80, 90), hotter):.0f} mm³."
            ),
        )


def _tew() -> Iterator[Experiment]:
    edge = Edge(celsius=evidence.value("damage.isotherm.egg_white"))

    def curved(bench: Bench) -> Member:
        return bench.lesion(22, 5, 90, 120, start_c=37.0)

    def side(bench: Bench) -> float:
        return curved(bench).thickness_mm(edge)

    for name, key, words, quantity in (
        ("tew2015_inner", "tew2015_inner", "thickness from the surface, inner side of the curve", side),
        ("tew2015_outer", "tew2015_outer", "thickness from the surface, outer side of the curve", side),
        ("tew2015_distal", "tew2015_beyond_tip", "reach beyond the apex", lambda b: curved(b).beyond_tip_mm(edge)),
    ):
        entry = evidence.get(f"validation.size.{key}")
        sd = entry.sd or 0.0
        yield Experiment(
            name,
            words,
            "straight 22 G, 5 mm for a curved electrode whose size was not read, 90 °C, 120 s, still medium at 37 °C",
            edge.words,
            entry.key,
            f"{entry.number:g} ± {sd:g} mm (mean, sd)",
            {"22 G, 5 mm": quantity},
            low=entry.number - _Z90 * sd,
            high=entry.number + _Z90 * sd,
            outside=_tew_outside(curved, entry.number),
        )


def _tew_outside(curved: Callable[[Bench], Member], published_mm: float) -> Callable[[Bench], str]:
    return lambda bench: (
        f"Liquid egg white moves and carries heat off, which this model does not have; the published edge would be the "
        f"{isotherm_at_mm(curved(bench), published_mm):.0f} °C isotherm beside the tip of a still medium."
    )


def _liver() -> Iterator[Experiment]:
    for name, key in (("ha2014_60s", "ha2014_60s"), ("ha2014_120s", "ha2014_120s")):
        entry = evidence.get(f"validation.size.{key}")
        yield Experiment(
            name,
            "volume of the ablation zone",
            "internally cooled electrode, bovine liver, full power with cut-offs",
            "gross ablation zone",
            entry.key,
            f"{entry.number:g} ± {entry.sd:g} mm³",
            low=entry.number - (entry.sd or 0.0),
            high=entry.number + (entry.sd or 0.0),
            outside="Neither gauge nor tip is in the text that was read, and 44 W boil tissue; not used to calibrate.",
        )
    entry = evidence.get("validation.size.goldberg1995_width_limit")
    edge = photographic()

    def liver(gauge: int, tip_mm: float) -> Callable[[Bench], Member]:
        return lambda bench: bench.lesion(gauge, tip_mm, 90, 360, tissue="liver")

    def width(of: Callable[[Bench], Member]) -> Callable[[Bench], float]:
        return lambda bench: of(bench).width_mm(edge)

    yield Experiment(
        "goldberg1995",
        "largest width",
        f"14 to 22 G, tips 10 to 60 mm, 90 °C, 360 s (no growth was seen after that), liver at {room_c():g} °C",
        edge.words,
        entry.key,
        f"at most {entry.number:g} mm",
        {f"{g} G, {t:g} mm": width(liver(g, t)) for g in (14, 18, 22) for t in (10.0, 30.0, 60.0)},
        high=entry.number,
        outside=lambda bench: (
            "The generator could not hold 90 °C on long tips: here it always can. Thin and short electrodes are below "
            f"the bound (22 G, 10 mm: {liver(22, 10.0)(bench).width_mm(edge):.1f} mm)."
        ),
    )
    tips = (10.0, 20.0, 30.0, 40.0, 60.0)
    yield Experiment(
        "goldberg1995_linear",
        "r² of length against tip",
        f"18 G, tips 10 to 60 mm, 90 °C, 360 s, liver at {room_c():g} °C",
        edge.words,
        "validation.sign.length_linear",
        "0.996, linear",
        {
            "18 G": lambda bench: float(
                np.corrcoef(tips, [liver(18, tip)(bench).length_mm(edge) for tip in tips])[0, 1] ** 2
            )
        },
        low=0.99,
        unit="1",
    )


def _quoted() -> Iterator[Experiment]:
    edge = photographic()
    for name, key, words, setting, published, quantities in (
        (
            "cohen2011_intro",
            "validation.context.quoted_radius",
            "radius",
            f"22 and 18 G, 5 and 10 mm, 80 °C, 90 s, meat at {room_c():g} °C",
            "1.1 to 2.2 mm",
            {
                f"{g} G, {t:g} mm": (lambda b, g=g, t=t: b.lesion(g, t, 80, 90).width_mm(edge) / 2)
                for g, t in ((22, 5), (18, 10))
            },
        ),
        (
            "conv18g_mem",
            "validation.size.conventional_18g_width",
            "width",
            f"18 G, 10 mm, 80 °C, 90 s, meat at {room_c():g} °C",
            "5.5 to 8.5 mm (memory)",
            {"18 G": lambda b: b.lesion(18, 10, 80, 90).width_mm(edge)},
        ),
        (
            "conv18g_mem_length",
            "validation.context.quoted_length_18g",
            "length",
            f"18 G, 10 mm, 80 °C, 90 s, meat at {room_c():g} °C",
            "11 to 13 mm (memory)",
            {"18 G": lambda b: b.lesion(18, 10, 80, 90).length_mm(edge)},
        ),
        (
            "coolief_mem",
            "validation.size.cooled_17g_width",
            "width",
            f"17 G, 4 mm, cooled, 60 °C, 150 s, meat at {room_c():g} °C",
            "8 to 10 mm (memory)",
            {"17 G": lambda b: b.known("cooled-17g-4mm", "cooled-60c-150s").width_mm(edge)},
        ),
        (
            "nimbus_mem",
            "validation.context.multitined_17g_width",
            "width",
            "17 G, multitined",
            "8 to 10 mm (memory)",
            {},
        ),
    ):
        entry = evidence.get(key)
        yield Experiment(
            name, words, setting, edge.words, key, published, quantities, entry.low, entry.high,
            outside="Quoted without its edge, or from memory: for orientation.",
        )  # fmt: skip
