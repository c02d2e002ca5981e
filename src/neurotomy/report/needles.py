"""Needles as plain values: the radiographs, the facts and the checks of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.result import GuidedNeedle, View
from neurotomy.guidance.stamp import stamp
from neurotomy.progress import SILENT, Progress
from neurotomy.report.citations import Citations
from neurotomy.report.pictures import Pictures
from neurotomy.report.words import SPACE, capitalised, measured, millimetres, number

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["checks", "needles", "view_name"]

_SIZE_PX = 720  # the radiographs themselves have 512


def needles(
    treatment: Treatment, pictures: Pictures, cite: Citations, progress: Progress = SILENT
) -> list[dict[str, Any]]:
    """Each needle with its stamped radiographs."""
    guided = treatment.guidance.needles
    shown = []
    for n, needle in enumerate(guided, start=1):
        part = progress.part((n - 1) / len(guided), n / len(guided))
        part(0.0, f"Radiographs of needle {n}, {needle.placement.target.label}")
        shown.append(
            {
                "number": n,
                "title": needle.placement.target.label,
                "facts": _facts(needle.placement),
                "cites": cite(needle.placement.electrode.source),
                "views": [_view(treatment, pictures, n, needle, view) for view in needle.views],
            }
        )
    return shown


def view_name(number: int, view: View) -> str:
    """Name of a radiograph's file, without ending: ``1-l3-medial-branch-at-l4-right-ap``."""
    return f"{number}-{view.target.slug}-{view.name.lower().replace(' ', '-')}"


def _view(treatment: Treatment, pictures: Pictures, number: int, needle: GuidedNeedle, view: View) -> dict[str, Any]:
    course = treatment.anatomy.course(view.target)
    pixels = stamp(view, placement=needle.placement, course=course, size=_SIZE_PX)
    stops = [sentence for sentence in view.must_show if sentence.startswith(("STOP", "WARNING"))]
    return {
        "picture": pictures.radiograph(
            view_name(number, view),
            pixels,
            f"{view.name} radiograph with needle and nerve: {view.target.label}",
        ),
        "name": capitalised(view.name),
        "pose": view.carm.in_words if view.carm.in_words != view.name else "straight from behind",
        "stamp": f"{capitalised(view.target.bone_in_words.removeprefix('the '))} {view.side.value}",
        "must_show": [sentence for sentence in view.must_show if sentence not in stops],
        "stops": stops,
    }


def _facts(placement: Placement) -> list[dict[str, str]]:
    electrode = placement.electrode
    gauge = f"{electrode.gauge}{SPACE}G, " if electrode.gauge else ""
    tip = ", ".join(number(float(x), 1) for x in np.asarray(placement.tip_lps_mm))
    origin = "planned by the program" if placement.origin == "planned" else "as given in the case"
    return [
        {"name": "Needle", "value": f"{gauge}{millimetres(electrode.active_tip_mm, 0)} active tip"},
        {"name": "Placed", "value": origin},
        {"name": "Depth", "value": millimetres(placement.insertion_depth_mm, 0)},
        {"name": "Tip (LPS)", "value": f"({tip}){SPACE}mm"},
    ]


def checks(treatment: Treatment, cite: Citations) -> list[dict[str, Any]]:
    """The checks of each needle, the gravest first."""
    return [
        {
            "number": n,
            "title": needle.placement.target.label,
            "rows": [
                _check(check, cite) for check in sorted(needle.checks, key=lambda check: _GRAVITY.index(check.status))
            ],
        }
        for n, needle in enumerate(treatment.guidance.needles, start=1)
    ]


_GRAVITY = (Status.ERROR, Status.WARNING, Status.OK)


def _check(check: Check, cite: Citations) -> dict[str, Any]:
    return {
        "name": capitalised(check.name),
        "status": check.status.value,
        "measured": measured(check.measured, check.unit),
        "limit": check.limit,
        "reason": check.reason,
        "cites": cite(check.source),
    }
