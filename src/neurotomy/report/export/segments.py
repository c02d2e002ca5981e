"""Nerves, lesions and bones of a treatment as segments on the CT's grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurotomy.coverage.placed import PlacedLesion, place
from neurotomy.geometry import Volume
from neurotomy.guidance.stamp import NERVE_RGB
from neurotomy.imaging.export.segmentation import Segment
from neurotomy.imaging.labels import SACRUM_ID, VERTEBRA_NAMES
from neurotomy.report.export.codes import ANATOMY, CHANGED, NECROSIS, NERVE, bone_code
from neurotomy.report.export.regions import lesion_region, nerve_region

if TYPE_CHECKING:
    from neurotomy.lesion import Lesion
    from neurotomy.lesion.volumetric import VolumeLesion
    from neurotomy.treatment import Treatment

__all__ = ["LESION_RGB", "bone_segments", "nerve_and_lesion_segments", "placed_lesions"]

LESION_RGB = (230, 70, 50)
_BONE_RGB = (225, 214, 190)


def placed_lesions(treatment: Treatment) -> list[PlacedLesion]:
    """Each lesion at its needle, in the needles' order: those that coverage rests on."""
    needles = (needle.placement for needle in treatment.guidance.needles)
    burnt: Sequence[Lesion | VolumeLesion] = treatment.lesion_in_tissue or treatment.lesion
    return [place(lesion, placement) for lesion, placement in zip(burnt, needles, strict=True)]


def nerve_and_lesion_segments(treatment: Treatment, grid: Volume) -> tuple[list[Segment], list[str]]:
    """Segments of all nerves, then of all lesions, and what was left out, in words.

    Parameters
    ----------
    treatment : Treatment
        From :func:`neurotomy.treatment.treat`.
    grid : Volume
        The CT, or a finer grid.
    """
    found: list[Segment] = []
    left_out: list[str] = []
    for course in treatment.anatomy.courses:
        target = course.target
        segment = Segment(
            label=f"{target.nerve} at {target.bone}, {target.side.value}",
            description=f"Course of the {target.label}, {course.method}, standard deviation {course.spread_mm:.1f} mm",
            inside=nerve_region(course, grid),
            category=ANATOMY,
            kind=NERVE,
            anatomy=bone_code(target.bone),
            laterality=target.side.value,
            rgb=NERVE_RGB,
        )
        _keep(segment, found, left_out)
    for n, (needle, placed) in enumerate(zip(treatment.guidance.needles, placed_lesions(treatment), strict=True), 1):
        target = needle.placement.target
        segment = Segment(
            label=f"Lesion {n}: {target.nerve} at {target.bone}, {target.side.value}",
            description=f"Predicted heat necrosis (Arrhenius integral ≥ 1) at the {target.label}, "
            f"{needle.placement.electrode.name}; simulated, not seen in the patient",
            inside=lesion_region(placed, grid),
            category=CHANGED,
            kind=NECROSIS,
            anatomy=bone_code(target.bone),
            laterality=target.side.value,
            rgb=LESION_RGB,
        )
        _keep(segment, found, left_out)
    return found, left_out


def _keep(segment: Segment, found: list[Segment], left_out: list[str]) -> None:
    if segment.inside.array.any():
        found.append(segment)
    else:
        left_out.append(f"'{segment.label}' fills no voxel of the CT and is left out.")


def bone_segments(treatment: Treatment) -> list[Segment]:
    """Vertebrae and sacrum as the case's label map numbers them; none without a label map."""
    labels = treatment.anatomy.labels
    if labels is None:
        return []
    held = np.unique(labels.array)
    made = []
    names = {n: VERTEBRA_NAMES[int(n)] for n in held if int(n) in VERTEBRA_NAMES}
    confirmed = treatment.anatomy.levels_confirmed or "nobody"
    if SACRUM_ID in held:
        names = {n: name for n, name in names.items() if name != "S1"} | {np.int64(SACRUM_ID): "S1"}
    for number, name in sorted(names.items(), key=lambda item: -int(item[0])):
        ids = [number]
        if name == "S1":  # a map may hold the top of the sacrum as a number of its own
            ids = [n for n in held if int(n) == SACRUM_ID or VERTEBRA_NAMES.get(int(n)) == "S1"]
        word = "Sacrum" if name == "S1" else f"Vertebra {name}"
        made.append(
            Segment(
                label=word,
                description=f"{word}, from the label map of the case; level confirmed by {confirmed}",
                inside=Volume(np.isin(labels.array, ids), labels.lps_from_voxel),
                category=ANATOMY,
                kind=bone_code(name),
                anatomy=None,
                laterality="",
                rgb=_BONE_RGB,
            )
        )
    return made
