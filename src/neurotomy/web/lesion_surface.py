"""A session's lesion as it is shown now: its damage at any point, and its surface, made once for scene and radiograph.

While a lesion is played, it is the one of that moment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.geometry import Volume
from neurotomy.guidance.carm import CArm
from neurotomy.imaging.export.mesh import Mesh, surface_at
from neurotomy.web.session import Session

__all__ = ["damage", "lesion_surface", "silhouette"]

_STEP_MM = 0.8


def damage(session: Session, label: str, points_lps_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """log10 of the Arrhenius integral of one needle's lesion at points (..., 3), LPS mm: 0 is the edge of necrosis.

    A lesion that went meanwhile, because its needle was moved, has damaged nothing.
    """
    from neurotomy.coverage.placed import FLOOR, bilinear

    lesion, placement = session.lesions.get(label), session.placements[label]
    if lesion is None:
        return np.full(points_lps_mm.shape[:-1], FLOOR)
    field: Any = lesion.field
    played_s = _played_s(session, label)
    if played_s is not None and session.growth is not None:
        field = session.growth.at(played_s)
    if hasattr(field, "sample"):
        return np.asarray(field.sample("log10_omega", points_lps_mm))
    local = placement.needle_from_lps(points_lps_mm)
    return bilinear(field.z_mm, field.r_mm, field.log10_omega, local[..., 2], np.hypot(local[..., 0], local[..., 1]))


def _played_s(session: Session, label: str) -> float | None:
    return session.playing_s if session.growth is not None and label == session.grown else None


def lesion_surface(session: Session, label: str) -> Mesh | None:
    """Where the Arrhenius integral is 1, LPS mm; None while nothing is dead."""
    lesion = session.lesions.get(label)
    if lesion is None:
        return None
    state = (lesion, session.placements[label], _played_s(session, label))
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
    values = np.clip(damage(session, label, grid), -3.0, 3.0)
    if values.max() <= 0:
        return None
    return surface_at(Volume(values.astype(np.float32), affine), 0.0)
