"""The surface of a session's lesion as it is shown now: made once for scene and radiograph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.geometry import Volume
from neurotomy.guidance.carm import CArm
from neurotomy.imaging.export.mesh import Mesh, surface_at
from neurotomy.web.session import Session

__all__ = ["lesion_surface", "silhouette"]

_STEP_MM = 0.8


def lesion_surface(session: Session, label: str) -> Mesh | None:
    """Where the Arrhenius integral is 1, LPS mm; None while nothing is dead."""
    state = session.lesion_state(label)
    if state is None:
        return None
    found: Mesh | None = session.remember(f"surface {label}", state, lambda: _surface(session, label))
    return found


def silhouette(session: Session, label: str, carm: CArm) -> NDArray[np.float64] | None:
    """The lesion's outline on the radiograph, (n, 2) columns and rows: lesions are convex but for a dent."""
    from scipy.spatial import ConvexHull, QhullError

    mesh = lesion_surface(session, label)
    if mesh is None or len(mesh.points_lps_mm) < 4:
        return None
    flat = np.atleast_2d(carm.project(mesh.points_lps_mm))
    try:
        return np.asarray(flat[ConvexHull(flat).vertices], dtype=float)
    except QhullError:
        return None


def _surface(session: Session, label: str) -> Mesh | None:
    placement = session.placements[label]
    apex, upper = placement.active_tip_lps_mm
    middle, half = (apex + upper) / 2, 14.0 + placement.electrode.active_tip_mm / 2
    count = int(np.ceil(half / _STEP_MM))
    affine = np.diag([_STEP_MM, _STEP_MM, _STEP_MM, 1.0])
    affine[:3, 3] = middle - count * _STEP_MM
    side = np.arange(2 * count + 1) * _STEP_MM
    grid = np.stack(np.meshgrid(side, side, side, indexing="ij"), axis=-1) + affine[:3, 3]
    damage = np.clip(session.damage(label, grid), -3.0, 3.0)
    if damage.max() <= 0:
        return None
    return surface_at(Volume(damage.astype(np.float32), affine), 0.0)
