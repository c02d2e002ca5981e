"""How far a place that was found may be from the true one: standard deviations in mm, in each direction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.names import Target
from neurotomy.anatomy.regions.templates import is_regional, region_of_target
from neurotomy.geometry import Volume

__all__ = ["mark_sd", "marked_spread", "nerve_spread", "target_spread"]


def target_spread(residual_mm: float, noise_mm: float, target: Target) -> float:
    """Of the target on bone, found by a template.

    The residual holds what the voxels blur and where the template does not fit; it does not see how far the template
    slid along the bone (evidence ``innervation.locate.target_slide_sd``, of each lumbar bone and of each other region),
    nor where voxels hid a groove or a thin process altogether (``voxel_share``, and ``voxel_power`` beside it).

    Parameters
    ----------
    residual_mm : float
        Root mean square height of the fitted template over the bone near the target.
    noise_mm : float
        Standard deviation that the voxels give the surface, see
        :class:`~neurotomy.anatomy.surface.BoneSurface`.
    target : Target
        Nerve and bone.
    """
    region = region_of_target(target) if is_regional(target) else "lumbosacral"
    slide = _table("target_slide_sd")[target.bone if region == "lumbosacral" else region]
    hidden = _table("voxel_share")[region] * noise_mm ** _table("voxel_power")[region]
    return float(np.sqrt(residual_mm**2 + slide**2 + hidden**2))


def _table(name: str) -> Mapping[str, float]:
    return cast("Mapping[str, float]", evidence.get(f"innervation.locate.{name}").value)


def mark_sd(ct: Volume) -> float:
    """Of a point that a person marks on this CT: half its coarsest step, and no better than half a millimetre.

    ``innervation.locate.landmark_sd`` is the same rule at 3 mm.
    """
    share = evidence.value("innervation.locate.landmark_sd") / 3.0
    return float(max(share * ct.spacing_mm.max(), 0.5))


def marked_spread(fitted_mm: float, mark_mm: float, apart_mm: float) -> float:
    """Of a target that a person has marked, after a fit without it has placed it `apart_mm` away.

    The mark overrides the fit, so the truth is seen from the mark: by both sources it is a normal spread about their
    weighted mean, of variance 1 / (1 / fitted^2 + 1 / mark^2), and the mark lies beside that mean. A fit that agrees
    makes the mark surer than a mark alone; one that does not, adds nothing but doubt.

    Parameters
    ----------
    fitted_mm, mark_mm : float
        Standard deviations in each direction.
    apart_mm : float
        Distance of the mark from the fitted target.
    """
    both = 1.0 / (1.0 / fitted_mm**2 + 1.0 / mark_mm**2)
    beside = apart_mm * mark_mm**2 / (fitted_mm**2 + mark_mm**2)
    # More than a mark alone can be off never comes of hearing the fit too.
    return float(min(np.sqrt(both + beside**2 / 3.0), mark_mm))


def nerve_spread(target_mm: float, *, template: bool) -> float:
    """Of the nerve in each of two directions across it: the target's, and the nerve's own variation about the bone.

    With `template`, also what the built-in spines on which `target_mm` was calibrated cannot show: real bones differ
    from the design of all templates (``innervation.locate.template_sd``).
    """
    about = evidence.value("innervation.locate.nerve_about_bone_sd")
    real = evidence.value("innervation.locate.template_sd") if template else 0.0
    return float(np.sqrt(target_mm**2 + about**2 + real**2))
