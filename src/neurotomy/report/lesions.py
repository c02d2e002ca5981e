"""Lesions as plain values: sizes by criterion, the generator's read-outs, and the cut of each needle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.lesion.result import Extent, Lesion
from neurotomy.progress import SILENT, Progress
from neurotomy.report.citations import Citations
from neurotomy.report.figures.generator import generator_figure
from neurotomy.report.figures.lesion_cut import lesion_cut_figure
from neurotomy.report.pictures import Pictures
from neurotomy.report.words import SPACE, capitalised, joined, millimetres, number

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["lesions"]


def lesions(treatment: Treatment, pictures: Pictures, cite: Citations, progress: Progress = SILENT) -> dict[str, Any]:
    """A cut for every needle; sizes and curves once for every different lesion."""
    cuts = []
    needles = treatment.guidance.needles
    for n, (needle, lesion) in enumerate(zip(needles, treatment.lesion, strict=True), start=1):
        target = needle.placement.target
        progress((n - 1) / (len(needles) + 1), f"Lesion of needle {n}, {target.label}")
        figure = lesion_cut_figure(treatment.anatomy.ct, treatment.anatomy.course(target), needle.placement, lesion)
        cuts.append(
            {
                "number": n,
                "title": target.label,
                "picture": pictures.figure(f"cut-{n}", figure, "Lesion on the CT, along and across the needle", target),
            }
        )
    different: dict[int, list[int]] = {}
    for n, lesion in enumerate(treatment.lesion):
        different.setdefault(id(lesion), []).append(n)
    progress(len(needles) / (len(needles) + 1), "Generator curves")
    return {
        "cuts": cuts,
        "caption": f"The lesion is computed in {joined(sorted({lesion.tissue for lesion in treatment.lesion}))} alone: "
        "bone beside it is shown as it lies there, its own heat conduction is not in the model.",
        "different": [_lesion(treatment.lesion[which[0]], which, pictures, cite) for which in different.values()],
    }


def _lesion(lesion: Lesion, needles: list[int], pictures: Pictures, cite: Citations) -> dict[str, Any]:
    protocol, electrode = lesion.protocol, lesion.electrode
    name = f"generator-{needles[0] + 1}"
    blood = "with" if lesion.perfusion else "without"
    numbers = joined([str(n + 1) for n in needles])
    return {
        "title": f"Needle{'s' * (len(needles) > 1)} {numbers}",
        "told": f"{number(protocol.set_c, 0)}{SPACE}°C for {number(protocol.hold_s, 0)}{SPACE}s after a ramp of "
        f"{number(protocol.ramp_s, 0)}{SPACE}s; {electrode.gauge}{SPACE}G, "
        * bool(electrode.gauge)
        + f"{millimetres(electrode.active_tip_mm, 0)} active tip; {lesion.tissue} {blood} perfusion, "
        f"{number(lesion.start_c, 0)}{SPACE}°C at the start",
        "extents": [
            _extent(extent)
            for extent in (lesion.necrosis, lesion.isotherm_60c, lesion.isotherm_50c, lesion.cem43_240min)
        ],
        "error": f"±{SPACE}{millimetres(lesion.numerical_error_mm, 2)}",
        "hottest": f"{number(lesion.peak_tissue_c, 0)}{SPACE}°C",
        "picture": pictures.figure(name, generator_figure(lesion), "Tip temperature, power and impedance over time"),
        "cites": cite(electrode.source, protocol.source, *lesion.provenance.evidence),
        "warnings": list(lesion.warnings),
    }


def _extent(extent: Extent) -> dict[str, str]:
    return {
        "criterion": capitalised(extent.criterion),
        "width": millimetres(extent.width_mm),
        "length": millimetres(extent.length_mm),
        "beyond_tip": millimetres(extent.beyond_tip_mm),
        "volume": f"{number(extent.volume_mm3, 0)}{SPACE}mm³",
    }
