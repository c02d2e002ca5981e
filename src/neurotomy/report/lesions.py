"""Lesions as plain values: sizes by criterion, the generator's read-outs, and the cut of each needle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from neurotomy.equipment.electrode import Electrode
from neurotomy.guidance.guide import row_mates
from neurotomy.lesion.result import Extent, Lesion
from neurotomy.lesion.volumetric import VolumeLesion
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
    burnt: Sequence[Lesion | VolumeLesion] = treatment.lesion_in_tissue or treatment.lesion
    for n, (needle, lesion) in enumerate(zip(needles, burnt, strict=True), start=1):
        target = needle.placement.target
        progress((n - 1) / (len(needles) + 1), f"Lesion of needle {n}, {target.label}")
        course = treatment.anatomy.course(target)
        mates = row_mates(needle.placement, [one.placement for one in needles])
        row = [
            other
            for one, other in zip(needles, burnt, strict=True)
            if any(one.placement is mate for mate in mates) and isinstance(other, VolumeLesion)
        ]
        figure = lesion_cut_figure(treatment.anatomy.ct, course, needle.placement, lesion, row)
        cuts.append(
            {
                "number": n,
                "title": target.label,
                "picture": pictures.figure(f"cut-{n}", figure, "Lesion on the CT, along and across the needle", target),
            }
        )
    different: dict[int, list[int]] = {}
    for n, lesion in enumerate(burnt):
        different.setdefault(id(lesion.trace), []).append(n)
    progress(len(needles) / (len(needles) + 1), "Generator curves")
    return {
        "cuts": cuts,
        "caption": _caption(treatment),
        "different": [
            _lesion(burnt[which[0]], needles[which[0]].placement.electrode, which, pictures, cite)
            for which in different.values()
        ],
    }


def _caption(treatment: Treatment) -> str:
    alone = joined(sorted({_tissue(lesion) for lesion in treatment.lesion}))
    if not treatment.lesion_in_tissue:
        return (
            f"The lesion is computed in {alone} alone: bone beside it is shown as it lies there, its own heat "
            "conduction is not in the model. With tissue_of_ct = true the case asks for the tissue of this CT."
        )
    beside = joined(
        [
            f"needle {n}: {millimetres(here.necrosis.width_mm)} wide and {millimetres(here.necrosis.length_mm)} long, "
            f"in {alone} alone {millimetres(there.necrosis.width_mm)} and {millimetres(there.necrosis.length_mm)}"
            for n, (here, there) in enumerate(zip(treatment.lesion_in_tissue, treatment.lesion, strict=True), start=1)
        ]
    )
    return (
        "The lesion is computed in the tissue that this CT shows around each needle (air, fat, muscle, cancellous and "
        f"cortical bone by CT number and label). Necrosis of {beside}. For the spread of needle and nerve the lesion "
        "moves with the needle, without being computed anew at each place."
    )


def _tissue(lesion: Lesion | VolumeLesion) -> str:
    if isinstance(lesion, Lesion):
        return lesion.tissue
    return lesion.tissues[0] if len(lesion.tissues) == 1 else "the tissue of this CT"


def _lesion(
    lesion: Lesion | VolumeLesion, electrode: Electrode, needles: list[int], pictures: Pictures, cite: Citations
) -> dict[str, Any]:
    protocol = lesion.protocol
    name = f"generator-{needles[0] + 1}"
    blood = "with" if lesion.perfusion else "without"
    numbers = joined([str(n + 1) for n in needles])
    return {
        "title": f"Needle{'s' * (len(needles) > 1)} {numbers}",
        "told": f"{number(protocol.set_c, 0)}{SPACE}°C for {number(protocol.hold_s, 0)}{SPACE}s after a ramp of "
        f"{number(protocol.ramp_s, 0)}{SPACE}s; {electrode.gauge}{SPACE}G, "
        * bool(electrode.gauge)
        + f"{millimetres(electrode.active_tip_mm, 0)} active tip; {_tissue(lesion)} {blood} perfusion, "
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
