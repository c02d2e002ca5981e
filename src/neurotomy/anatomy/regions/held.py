"""Which image of the built-in spine holds which nerves, and so which one a treatment needs.

Written out, as to ask the spines themselves would compile their kernels; a test holds both to each other.
"""

from __future__ import annotations

from collections.abc import Iterable

from neurotomy.anatomy.names import Target
from neurotomy.errors import AnatomyError

__all__ = ["BUILT_IN_NERVES", "region_holding"]

_LUMBAR = (("T12", "L1"), ("L1", "L2"), ("L2", "L3"), ("L3", "L4"), ("L4", "L5"))
_THORACIC = (("C8", "T1"), *((f"T{n}", f"T{n + 1}") for n in range(1, 12)))

BUILT_IN_NERVES: dict[str, tuple[tuple[str, str], ...]] = {
    "lumbosacral": (*((f"{root} medial branch", bone) for root, bone in _LUMBAR), ("L5 dorsal ramus", "S1")),
    "sacral": (("L5 dorsal ramus", "S1"), *((f"{root} lateral branch", "S1") for root in ("S1", "S2", "S3"))),
    "cervical": (
        ("third occipital nerve", "C3"),
        ("C3 deep medial branch", "C3"),
        *((f"C{n} medial branch", f"C{n}") for n in range(4, 8)),
        ("C8 medial branch", "T1"),
    ),
    "thoracic": tuple((f"{root} medial branch", bone) for root, bone in _THORACIC),
}
"""For each region of the built-in spine its nerves and the bone of each, both sides; asked in this order."""


def region_holding(targets: Iterable[Target], region: str | None = None) -> str:
    """The region of the built-in spine whose one image holds all `targets`.

    Parameters
    ----------
    targets : iterable of Target
        The nerves of one treatment.
    region : str or None
        Only this one will do; None takes the first that holds them.

    Raises
    ------
    AnatomyError
        When no image holds all of them (T12/L1 has one nerve in the chest's and one in the lumbar image), or the asked
        one does not.
    """
    wanted = list(dict.fromkeys((target.nerve, target.bone) for target in targets))
    asked = BUILT_IN_NERVES if region is None else {region: BUILT_IN_NERVES.get(region, ())}
    for name, held in asked.items():
        if all(pair in held for pair in wanted):
            return name
    if region is not None:
        nerve, bone = next(pair for pair in wanted if pair not in asked[region])
        raise AnatomyError(f"The {region} image of the built-in spine does not hold the {nerve} at {bone}.")
    where = "; ".join(f"the {nerve} at {bone} in {_holders((nerve, bone))}" for nerve, bone in wanted)
    raise AnatomyError(
        f"No single image of the built-in spine holds all nerves of this treatment: {where}. Treat the regions in two "
        "cases, or give a CT under [imaging]."
    )


def _holders(pair: tuple[str, str]) -> str:
    names = [f"the {name} image" for name, held in BUILT_IN_NERVES.items() if pair in held]
    return " and ".join(names) or "none"
