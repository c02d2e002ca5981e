"""Nerves and lesions of a treatment as label maps: on the CT's grid, and on a finer one cut out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurotomy.geometry import Volume
from neurotomy.imaging.export.segmentation import Segment
from neurotomy.report.export.regions import fine_grid, necrosis_reach_mm
from neurotomy.report.export.segments import nerve_and_lesion_segments, placed_lesions

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["label_maps"]


def label_maps(treatment: Treatment) -> tuple[dict[str, Volume], dict[str, dict[str, str]], list[str]]:
    """Label maps by file name, the meaning of their numbers, and what was left out.

    Nerves and lesions are maps of their own, for a nerve lies inside its lesion and one voxel holds one number. Numbers
    count from 1 in the order of the case. Where two lesions overlap the later one is shown.
    """
    maps: dict[str, Volume] = {}
    meaning: dict[str, dict[str, str]] = {}
    left_out: list[str] = []
    ct = treatment.anatomy.ct
    reach = max([necrosis_reach_mm(lesion) for lesion in placed_lesions(treatment)], default=5.0)
    around = np.concatenate(
        [course.points_lps_mm for course in treatment.anatomy.courses]
        + [needle.placement.active_tip_lps_mm for needle in treatment.guidance.needles]
    )
    for suffix, grid in (("", ct), ("-fine", fine_grid(ct, around, reach))):
        segments, missing = nerve_and_lesion_segments(treatment, grid)
        left_out += [] if suffix else missing
        for kind, wanted in (("nerves", "Nerve"), ("lesions", "Necrosis")):
            chosen = [segment for segment in segments if segment.kind[2] == wanted]
            if chosen:
                maps[f"{kind}{suffix}"] = _combined(chosen, grid)
                meaning[f"{kind}{suffix}"] = {str(n): segment.label for n, segment in enumerate(chosen, 1)}
    if treatment.anatomy.labels is not None:
        labels: Any = treatment.anatomy.labels
        maps["bones"] = Volume(np.asarray(labels.array, dtype=np.uint8), labels.lps_from_voxel)
    return maps, meaning, left_out


def _combined(segments: list[Segment], grid: Volume) -> Volume:
    array = np.zeros(grid.shape, dtype=np.uint8)
    for n, segment in enumerate(segments, 1):
        array[segment.inside.array] = n
    return Volume(array, grid.lps_from_voxel)
