"""Needles and nerves of a treatment as lines in space."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurotomy.equipment.geometry import elements
from neurotomy.guidance.stamp import ACTIVE_TIP_RGB, NERVE_RGB
from neurotomy.imaging.export.structure_set import Line

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["lines_of"]

_SHAFT_RGB = (190, 200, 215)


def lines_of(treatment: Treatment) -> list[Line]:
    """For each needle its shaft (apex to skin), active tip and apex; then each nerve's course. Names say the side."""
    lines = []
    for n, needle in enumerate(treatment.guidance.needles, 1):
        placement = needle.placement
        target, where = placement.target, f"{placement.target.bone} {placement.target.side.value}"
        what = f"{placement.electrode.name} for the {target.label}, {placement.origin}"
        lps_from_needle = placement.needle_from_lps.inverse()
        cannula = elements(placement.electrode)[0]
        tip = [
            point for point, arc in zip(cannula.centreline_mm, cannula.arc_mm, strict=True) if arc < cannula.bare_mm[1]
        ]
        tip_lps = lps_from_needle([*tip, cannula.at(cannula.bare_mm[1])])
        beside = cannula.centreline_mm[-1][:2]  # a curved tip's apex does not lie on the shaft's own axis
        shaft = lps_from_needle([*tip, [*beside, placement.insertion_depth_mm]])
        lines += [
            Line(f"Needle {n}, {where}", f"Shaft from the apex to the skin: {what}", shaft, _SHAFT_RGB),
            Line(f"Active tip {n}, {where}", f"Active tip, apex first: {what}", tip_lps, ACTIVE_TIP_RGB),
            Line(f"Apex {n}, {where}", f"Apex of the active tip: {what}", tip_lps[0], ACTIVE_TIP_RGB),
        ]
    for course in treatment.anatomy.courses:
        target = course.target
        name = f"{target.nerve}, {target.bone} {target.side.value}"
        lines.append(Line(name, f"{target.label}, {course.method}", course.curve.resampled(0.5).points_mm, NERVE_RGB))
    return lines
