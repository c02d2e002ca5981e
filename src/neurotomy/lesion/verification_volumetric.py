"""Known answers in three dimensions: a needle on bone, two needles, and both grids on one lesion."""

from __future__ import annotations

from collections.abc import Iterator

from neurotomy.anatomy.tissue import tissue
from neurotomy.equipment import catalogue
from neurotomy.lesion.known_answer import KnownAnswer, answer

__all__ = ["both_grids", "needle_on_bone", "two_needles"]

ON_BONE_MM, ON_THE_BONE_MM, PAIR_MM, GRIDS_MM = 0.06, 0.1, 0.05, 0.06
"""What the grids are held to, mm; the width on the surface of bone is read across a kink."""
IMPEDANCE_SHARE = 0.02
"""A needle immersed in cells, and bone cut by them, hold back 1 % of the current; it changes no temperature."""


def needle_on_bone() -> Iterator[KnownAnswer]:
    """P2, on the cylinder."""
    from neurotomy.lesion.volumetric import reference_problem as known

    found = known.needle_on_bone()
    names = ("width", "lowest x", "highest x", "lowest z", "highest z", "width on bone")
    for level, row, truth in zip(known.LEVELS, found.extents_mm, known.P2.extents_mm, strict=True):
        for name, here, there in zip(names, row, truth, strict=True):
            limit = ON_THE_BONE_MM if name == "width on bone" else ON_BONE_MM
            yield answer(f"needle on bone: {level}, {name}", here, there, "mm", limit, known.SOURCE)
    for time_s, here, there in zip((10, 30, 100), found.impedance_ohm, known.P2.impedance_ohm, strict=True):
        limit = IMPEDANCE_SHARE * there
        yield answer(f"needle on bone: impedance at {time_s} s", here, there, "ohm", limit, known.SOURCE)


def two_needles() -> Iterator[KnownAnswer]:
    """P2b, on the Cartesian grid."""
    from neurotomy.lesion.volumetric import reference_problem as known

    found = known.two_needles()
    names = ("lowest x", "highest x", "highest y", "highest z")
    for level, row, truth in zip(known.LEVELS, found.extents_mm, known.P2B.extents_mm, strict=True):
        for name, here, there in zip(names, row, truth, strict=True):
            yield answer(f"two needles: {level}, {name}", here, there, "mm", PAIR_MM, known.SOURCE)
    for time_s, here, there in zip((10, 30, 100), found.impedance_ohm, known.P2B.impedance_ohm, strict=True):
        limit = 1.5 * IMPEDANCE_SHARE * there
        yield answer(f"two needles: impedance at {time_s} s", here, there, "ohm", limit, known.SOURCE)


def both_grids() -> Iterator[KnownAnswer]:
    """The Cartesian grid against the cylinder, and both against the axisymmetric one: 18 G, 10 mm, 80 °C, 90 s."""
    from neurotomy.lesion.simulation import simulate
    from neurotomy.lesion.volumetric.simulation import VolumeNumerics, simulate_in_tissue
    from neurotomy.lesion.volumetric.tissue_map import homogeneous

    electrode, protocol = catalogue.electrode("conventional-18g-10mm"), catalogue.protocol("standard-80c-90s")
    muscle = homogeneous(tissue("muscle"))
    flat = simulate(electrode, protocol)
    for name, numerics in (("cylinder", VolumeNumerics()), ("Cartesian grid", VolumeNumerics(cartesian=True))):
        found = simulate_in_tissue(electrode, protocol, muscle, numerics=numerics)
        for level, here, there in (
            ("50 °C", found.isotherm_50c, flat.isotherm_50c),
            ("60 °C", found.isotherm_60c, flat.isotherm_60c),
            ("Omega = 1", found.necrosis, flat.necrosis),
        ):
            source = "the axisymmetric grid"
            yield answer(f"{name}: {level}, width", here.width_mm, there.width_mm, "mm", GRIDS_MM, source)
            yield answer(f"{name}: {level}, length", here.length_mm, there.length_mm, "mm", GRIDS_MM, source)
