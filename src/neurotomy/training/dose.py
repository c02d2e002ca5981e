"""What one spot image costs the patient: air kerma at the reference point, from the simulated beam itself.

The exposure control gives the detector the same air kerma for every image
(:func:`neurotomy.guidance.realism.detected`), so a thicker way through the patient costs more. Going backwards::

    K_ref = K_det · frames / ((1 + s) · T) · (SDD / SRD)²

T is the beam's mean transmission in the measuring field, s scatter over primary, SRD the distance from the source to
the patient entrance reference point, 15 cm before the isocentre. It stops at the largest rate that fluoroscopy may
reach (evidence ``training.dose.most_per_min``). T is that of the detector's signal, the grid and the
table are left out, and the air kerma at the detector is an illustration (evidence ``xray.detector.dose``, from memory):
the result ranks views and habits. It is a simulated dose of the right order, never a measured one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurotomy import evidence
from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.radiograph import Beam, Projector
from neurotomy.guidance.realism import Look, collimated, measuring_field
from neurotomy.results import Result

__all__ = ["DOSE_NOTE", "ExposureDose", "dose_of"]

DOSE_NOTE = (
    "Simulated air kerma at the patient entrance reference point, of the right order only: the dose at the detector is "
    "an illustration, and grid and table are left out."
)

_ROWS = 64  # pixels along a side: a mean over the field needs no more
_BODY_BELOW = 0.3  # transmission below which a ray is through the body, as the exposure control takes it


@dataclass(frozen=True)
class ExposureDose(Result):
    """Dose of one spot image.

    Attributes
    ----------
    kerma_mgy
        Air kerma at the reference point, mGy, simulated.
    area_kerma_mgy_cm2
        That times the area of the lit field at the reference point.
    transmission
        Mean share of the beam that passes the patient in the measuring field.
    """

    kerma_mgy: float
    area_kerma_mgy_cm2: float
    transmission: float


def dose_of(carm: CArm, projector: Projector, look: Look | None = None) -> ExposureDose:
    """The dose of a spot image at this pose.

    Raises
    ------
    GuidanceError
        For a look without dose: it is no X-ray image.
    """
    look = Look() if look is None else look
    if look.dose_ugy <= 0:
        raise GuidanceError("A look with a dose of 0 is an image without X-rays; training counts real exposures.")
    small = carm.with_pixels(_ROWS)
    water, bone = projector.soft_and_bone_mm(small)
    transmission = Beam.fluoroscopic().transmission(water + projector.beyond_ct_mm(small), bone)
    field = collimated(small, look.collimator) & projector.holds_spine_at(small)
    lit = field if field.any() else collimated(small, look.collimator)
    measured = lit & measuring_field(small) & (transmission < _BODY_BELOW)
    passed = float(transmission[measured if measured.any() else lit].mean())
    reference_mm = carm.sod_mm - evidence.value("training.dose.reference_before_isocentre")
    at_detector_mgy = look.dose_ugy * look.frames / 1000.0
    wanted = at_detector_mgy / ((1.0 + look.scatter_ratio) * passed) * (carm.sdd_mm / reference_mm) ** 2
    kerma = min(wanted, _most_mgy(look.frames))
    area_cm2 = np.count_nonzero(lit) * (small.pixel_mm * reference_mm / carm.sdd_mm) ** 2 / 100.0
    return ExposureDose(float(kerma), float(kerma * area_cm2), passed)


def _most_mgy(frames: int) -> float:
    """Where the exposure control stops: the largest rate that is allowed, for the time of these frames."""
    per_s = evidence.value("training.dose.most_per_min") / 60.0
    return per_s * frames / evidence.value("training.dose.frames_per_s")
