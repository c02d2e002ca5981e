"""How far from the true target the fit ends up in neck, chest and sacrum, measured as for the lumbar spine.

See :mod:`neurotomy.anatomy.accuracy`: persons drawn by seeds, turned as a patient lies, of whom only CT and label map
are given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurotomy.anatomy.accuracy import TargetMiss, drawn_side, misses_of
from neurotomy.anatomy.regions.held import BUILT_IN_NERVES
from neurotomy.progress import SILENT, Progress

__all__ = ["drawn_levels", "region_misses"]

_LEVELS_DRAWN = 3
"""Levels of a chest that are measured in one person: of twelve, since each costs a second."""


def drawn_levels(region: str, seed: int) -> tuple[tuple[str, str], ...]:
    """Nerve and bone of what is measured in the person of this seed.

    Every nerve of the neck, three of the chest as the seed draws, and the lateral branches of the sacrum (its L5 dorsal
    ramus is found by the lumbar template and measured there).
    """
    held = BUILT_IN_NERVES[region]
    if region == "thoracic":
        rng = np.random.default_rng(np.random.SeedSequence([seed, 3]))
        return tuple(held[n] for n in sorted(rng.choice(len(held), _LEVELS_DRAWN, replace=False)))
    return tuple(pair for pair in held if "dorsal ramus" not in pair[0])


def region_misses(
    region: str, seeds: Sequence[int], voxel_mm: float, progress: Progress = SILENT, *, drawn: bool = False
) -> tuple[TargetMiss, ...]:
    """Find targets of `region` (``cervical``, ``thoracic``, ``sacral``) of the persons of these `seeds`.

    Parameters
    ----------
    region : str
        One of :data:`neurotomy.anatomy.spine.REGIONS` but the lumbosacral one.
    seeds : sequence of int
        Persons, see :func:`~neurotomy.anatomy.spine.regions.region_shape`.
    voxel_mm : float
        Side of the voxels of CT and label map.
    progress : Progress
        Told for each person.
    drawn : bool
        Only on the side that the seed draws, and at the levels of :func:`drawn_levels`; otherwise every target.
    """
    from neurotomy.anatomy.spine.regions import make_region, region_shape

    misses: list[TargetMiss] = []
    for n, seed in enumerate(seeds):
        part = progress.part(n / len(seeds), (n + 1) / len(seeds), stage=f"{region} spine {seed}")
        spine = make_region(region, region_shape(region, seed), voxel_mm, part.part(0.0, 0.3))
        true = list(spine.courses)
        if drawn:
            levels, side = drawn_levels(region, seed), drawn_side(seed)
            true = [c for c in true if c.target.side is side and (c.target.nerve, c.target.bone) in levels]
        misses += misses_of(spine.ct, spine.labels, true, seed, voxel_mm, part.part(0.3, 1.0))
    progress(1.0, "Targets measured")
    return tuple(misses)
