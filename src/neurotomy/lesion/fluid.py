"""Where injected fluid is: a spheroid about the active tip, by the share of each cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.grid import Grid
from neurotomy.lesion.physics import Fluid

__all__ = ["semi_axes_m", "wetted_share"]

Array = NDArray[np.float64]

_SUB = 6
"""Points each way in a cell at the edge of the region."""


def semi_axes_m(active_m: float, tissue_m3: float, needle_m3: float) -> tuple[float, float]:
    """(along, across) semi-axes of the spheroid about the middle of the active tip that holds so much tissue.

    It reaches as far beyond each end of the active tip as it reaches from the axis in the middle. `needle_m3` is the
    metal inside it.
    """
    wanted = 0.75 * (tissue_m3 + needle_m3) / np.pi  # (active / 2 + b) b²
    low, high = 0.0, max(1.0, active_m)
    for _ in range(60):
        b = 0.5 * (low + high)
        low, high = (b, high) if (active_m / 2 + b) * b * b < wanted else (low, b)
    return active_m / 2 + high, high


def wetted_share(grid: Grid, fluid: Fluid) -> Array:
    """Share of each cell (nz, nr) that lies in the wetted region."""
    active, radius = grid.body.bare_to, grid.body.radius
    tissue_m3 = fluid.volume_ml * 1e-6 / fluid.share_of_region
    along, across = semi_axes_m(active, tissue_m3, 0.0)
    # The needle runs through it from the apex to the top: its volume comes on top of the tissue's.
    for _ in range(3):
        along, across = semi_axes_m(active, tissue_m3, np.pi * radius**2 * (active / 2 + along))
    point = (np.arange(_SUB) + 0.5) / _SUB
    z = grid.z_face[:-1, None] + np.diff(grid.z_face)[:, None] * point
    r2 = grid.r_face[:-1, None] ** 2 + np.diff(grid.r_face**2)[:, None] * point  # equal volumes
    inside = ((z.ravel() - active / 2) / along)[:, None] ** 2 + (r2.ravel() / across**2)[None, :] <= 1
    nz, nr = grid.shape
    return np.asarray(inside.reshape(nz, _SUB, nr, _SUB).mean(axis=(1, 3)))
