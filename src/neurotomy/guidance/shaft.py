"""The direction of a needle's shaft by two angles in the patient's axes, and turned by them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["shaft_angles_deg", "turned_shaft"]

_STEEPEST_DEG = float(np.degrees(1.5))
"""Along the patient's axis the oblique angle would have no meaning."""


def shaft_angles_deg(up_lps: ArrayLike) -> tuple[float, float]:
    """(oblique, cranial) of a shaft, degrees.

    Parameters
    ----------
    up_lps : (3,) array
        Unit vector from tip to hub, LPS.

    Returns
    -------
    oblique_deg
        From the sagittal plane, positive where the hub is to the patient's left.
    cranial_deg
        From the axial plane, positive where the hub is towards the head.
    """
    x, y, z = np.asarray(up_lps, dtype=float)
    return float(np.degrees(np.arctan2(x, y))), float(np.degrees(np.arcsin(np.clip(z, -1.0, 1.0))))


def turned_shaft(up_lps: ArrayLike, oblique_deg: float = 0.0, cranial_deg: float = 0.0) -> NDArray[np.float64]:
    """A shaft whose angles are larger by so much: unit vector from tip to hub, (3,), LPS.

    It stops 4° short of the patient's axis.
    """
    oblique, cranial = shaft_angles_deg(up_lps)
    a = np.radians(oblique + oblique_deg)
    b = np.radians(np.clip(cranial + cranial_deg, -_STEEPEST_DEG, _STEEPEST_DEG))
    return np.array([np.sin(a) * np.cos(b), np.cos(a) * np.cos(b), np.sin(b)])
