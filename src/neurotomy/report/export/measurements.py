"""What is measured at each needle, for the DICOM report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurotomy.imaging.export.needle_report import MILLIMETRE, Measured, NeedleMeasurements
from neurotomy.report.export.codes import bone_code

if TYPE_CHECKING:
    from neurotomy.lesion import Lesion
    from neurotomy.lesion.volumetric import VolumeLesion
    from neurotomy.treatment import Treatment

__all__ = ["needle_measurements"]

_RATIO = ("1", "UCUM", "no units")
_DEGREE = ("deg", "UCUM", "degree")


def needle_measurements(treatment: Treatment) -> list[NeedleMeasurements]:
    """Lesion, angle and coverage of each needle, beside its line in space. What is not known is left out."""
    made = []
    burnt: Sequence[Lesion | VolumeLesion] = treatment.lesion_in_tissue or treatment.lesion
    for n, (needle, lesion) in enumerate(zip(treatment.guidance.needles, burnt, strict=True), 1):
        placement = needle.placement
        numbers = [
            Measured(_own("TIP", "Length of active tip"), placement.electrode.active_tip_mm, MILLIMETRE),
            Measured(_own("NECWIDTH", "Predicted necrosis, width"), lesion.necrosis.width_mm, MILLIMETRE),
            Measured(_own("NECLENGTH", "Predicted necrosis, length"), lesion.necrosis.length_mm, MILLIMETRE),
        ]
        for nerve in treatment.coverage.nerves:
            if nerve.target == placement.target:
                numbers += [
                    Measured(_own("NERVEGAP", "Distance of active tip from nerve"), nerve.nearest_mm, MILLIMETRE),
                    Measured(_own("NERVEANGLE", "Angle between needle and nerve"), nerve.angle_deg, _DEGREE),
                    Measured(
                        _own("COAGULATED", "Length of nerve coagulated, predicted"),
                        nerve.coagulated_length_mm,
                        MILLIMETRE,
                    ),
                    Measured(_own("PCAPTURE", "Probability of capture, predicted"), nerve.capture_probability, _RATIO),
                ]
        target = placement.target
        made.append(
            NeedleMeasurements(
                label=f"Needle {n}: {target.label}",
                apex_lps_mm=np.asarray(placement.tip_lps_mm, dtype=float),
                entry_lps_mm=np.asarray(placement.entry_lps_mm, dtype=float),
                site=bone_code(target.bone),
                laterality=target.side.value,
                measured=tuple(m for m in numbers if math.isfinite(m.value)),
            )
        )
    return made


def _own(value: str, meaning: str) -> tuple[str, str, str]:
    return value, "99NEUROTOMY", meaning
