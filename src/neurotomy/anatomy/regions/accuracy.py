"""How far from the true target the fit ends up in neck, chest and sacrum, measured as for the lumbar spine.

See :mod:`neurotomy.anatomy.accuracy`: persons drawn by seeds, turned as a patient lies, of whom only CT and label map
are given.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurotomy.anatomy.accuracy import TargetMiss, lies_turned
from neurotomy.progress import SILENT, Progress

__all__ = ["region_misses"]


def region_misses(
    region: str, seeds: Sequence[int], voxel_mm: float, progress: Progress = SILENT
) -> tuple[TargetMiss, ...]:
    """Find every target of `region` (``cervical``, ``thoracic``, ``sacral``) of the persons of these `seeds`.

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
    """
    from neurotomy.anatomy.locate import locate_nerves
    from neurotomy.anatomy.spine.regions import make_region, region_shape

    misses = []
    for n, seed in enumerate(seeds):
        part = progress.part(n / len(seeds), (n + 1) / len(seeds), stage=f"{region} spine {seed}")
        spine = make_region(region, region_shape(region, seed), voxel_mm, part.part(0.0, 0.3))
        turn = lies_turned(seed)
        ct, labels = turn.volume(spine.ct), turn.volume(spine.labels)
        targets = [course.target for course in spine.courses]
        for found in locate_nerves(ct, labels, targets, progress=part.part(0.3, 1.0)):
            true = spine.course(found.target)
            here = turn.back(found.landmarks_mm["target"][None])[0]
            off = true.lps_from_vertebra.rotation.T @ (here - true.landmarks_mm["target"])
            middle = turn.back(found.curve.at([0.5 * sum(found.neck_arc_mm), found.neck_arc_mm[1]]).points_mm[:1])[0]
            misses.append(
                TargetMiss(
                    seed=seed,
                    voxel_mm=voxel_mm,
                    nerve=found.target.nerve,
                    bone=found.target.bone,
                    side=found.target.side,
                    error_mm=float(np.linalg.norm(off)),
                    across_mm=float(true.curve.closest(middle)[1]),
                    offset_mm=off,
                    target_spread_mm=found.target_spread_mm,
                )
            )
    progress(1.0, "Targets measured")
    return tuple(misses)
