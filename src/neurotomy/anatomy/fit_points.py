"""Place a template by marked points alone: turned, moved and scaled to them, then bent through them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.fit import Fit
from neurotomy.anatomy.fit_pose import Stretch
from neurotomy.anatomy.landmarks import MIDLINE, needed_for
from neurotomy.anatomy.names import Target
from neurotomy.anatomy.spine import TemplateVertebra
from neurotomy.errors import AnatomyError

__all__ = ["fit_points"]

Array = NDArray[np.float64]

_FAR_MM = 12.0
"""Points that miss the template by more than this were marked on another bone or side."""


def fit_points(template: TemplateVertebra, target: Target, marked: Mapping[str, Array]) -> tuple[Fit, float]:
    """The fit, exact at the marked points, and the root mean square miss before it was bent, mm.

    Raises
    ------
    AnatomyError
        When points are missing, or do not lie to each other as on a vertebra.
    """
    missing = [name for name in needed_for(target) if name not in marked]
    if not any(name in marked for name in MIDLINE):
        missing.append(f"one of {', '.join(MIDLINE)}")
    if missing:
        raise AnatomyError(
            f"Without a label map the {target.label} needs landmarks of {target.bone} {target.side.value}; missing: "
            f"{'; '.join(missing)}. Mark them, or give a label map."
        )
    here = np.array([template.landmarks_mm[target.side][name] for name in marked])
    there = np.array(list(marked.values()))
    stretch = _similar(here, there)
    miss = np.linalg.norm(stretch(here) - there, axis=1)
    worst = int(np.argmax(miss))
    if miss[worst] > _FAR_MM or stretch.rotation[1, 1] < 0.2 or stretch.rotation[2, 2] < 0.2:
        raise AnatomyError(
            f"The landmarks of {target.bone} {target.side.value} do not lie to each other as on that bone and side "
            f"('{list(marked)[worst]}' misses by {miss[worst]:.0f} mm). Check bone, side and names."
        )
    fit = Fit(stretch, (), 0.0).through(here, there)
    return fit, float(np.sqrt((miss**2).mean()) / np.sqrt(3.0))


def _similar(here: Array, there: Array) -> Stretch:
    """Least squares turn, move and one scale (Umeyama 1991); never a reflection."""
    a, b = here.mean(axis=0), there.mean(axis=0)
    u, s, vt = np.linalg.svd((there - b).T @ (here - a))
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(flip) @ vt
    scale = float(np.clip((s * flip).sum() / ((here - a) ** 2).sum(), 0.75, 1.35))
    return Stretch(rotation, np.full(3, scale), b - scale * rotation @ a)
