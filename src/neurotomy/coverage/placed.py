"""A lesion at a needle's pose: the damage at any point of the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import LesionError
from neurotomy.geometry import RigidTransform
from neurotomy.guidance.placement import Placement
from neurotomy.lesion.result import Lesion, LesionField
from neurotomy.lesion.volumetric import VolumeLesion

__all__ = ["FLOOR", "PlacedLesion", "place"]

Array = NDArray[np.float64]

FLOOR = -3.0
"""log10 of the Arrhenius integral below which tissue counts as untouched (0.1 % damage): where the far field is cut."""


@dataclass(frozen=True)
class PlacedLesion:
    """log10 of the Arrhenius integral around one needle.

    Attributes
    ----------
    needle_from_lps
        Origin at the apex, +z up the shaft.
    z_mm, r_mm, log10_omega
        Graded grid and values on it, (nz,), (nr,), (nz, nr, planes), cut off below at :data:`FLOOR`. One plane is a
        lesion that is the same all around; more are half-planes at even angles from +x towards +y.
    radius_mm, active_mm
        Radius of the needle, length of the active tip.
    reach_mm
        Largest distance from the axis of the active tip at which the value is above :data:`FLOOR`.
    """

    needle_from_lps: RigidTransform
    z_mm: Array
    r_mm: Array
    log10_omega: Array
    radius_mm: float
    active_mm: float
    reach_mm: float

    def at(self, lps_mm: Array) -> Array:
        """log10 of the Arrhenius integral at LPS points, shape (...).

        Linear on the grid; inside the needle's radius the value of its surface; :data:`FLOOR` outside the grid.
        """
        p = self.needle_from_lps(lps_mm)
        z, r = p[..., 2], np.hypot(p[..., 0], p[..., 1])
        planes = self.log10_omega.shape[2]
        if planes == 1:
            return bilinear(self.z_mm, self.r_mm, self.log10_omega[..., 0], z, r)
        turn = np.arctan2(p[..., 1], p[..., 0]) * planes / (2 * np.pi)
        first = np.floor(turn).astype(int)
        part = turn - first
        low, high = (
            bilinear(self.z_mm, self.r_mm, self.log10_omega, z, r, plane % planes) for plane in (first, first + 1)
        )
        return np.asarray((1 - part) * low + part * high)


def bilinear(z_mm: Array, r_mm: Array, values: Array, z: Array, r: Array, plane: Any = None) -> Array:
    """Interpolate `values` (nz, nr) on the graded grid at (z, r); r is raised to the first column, FLOOR outside.

    With `plane`, numbers of the shape of z, `values` is (nz, nr, planes).
    """
    at = (lambda i, j: values[i, j]) if plane is None else (lambda i, j: values[i, j, plane])
    r = np.maximum(r, r_mm[0])
    outside = (z < z_mm[0]) | (z > z_mm[-1]) | (r > r_mm[-1])
    i = np.clip(np.searchsorted(z_mm, z, side="right") - 1, 0, len(z_mm) - 2)
    j = np.clip(np.searchsorted(r_mm, r, side="right") - 1, 0, len(r_mm) - 2)
    u = (z - z_mm[i]) / (z_mm[i + 1] - z_mm[i])
    v = (r - r_mm[j]) / (r_mm[j + 1] - r_mm[j])
    found = (1 - u) * ((1 - v) * at(i, j) + v * at(i, j + 1)) + u * ((1 - v) * at(i + 1, j) + v * at(i + 1, j + 1))
    return np.where(outside, FLOOR, found)


def from_active_axis(z: Array, r: Array, radius_mm: float, active_mm: float) -> Array:
    """Distance of (z, r) in the needle's frame from the axis of the active tip (from one radius above the apex)."""
    return np.hypot(r, z - np.clip(z, min(radius_mm, active_mm), active_mm))


def _on_grid(lesion: Lesion | VolumeLesion) -> tuple[Array, Array, Array]:
    """z, r and the damage (nz, nr, planes) in the needle's frame."""
    f = lesion.field
    if isinstance(f, LesionField):
        z, r, values = f.z_mm, f.r_mm, np.asarray(f.log10_omega, dtype=float)[..., None]
    elif f.kind == "cylinder":
        z, r, values = f.axes[0], f.axes[1], np.asarray(f.log10_omega, dtype=float)
    else:  # a Cartesian block, read on half-planes about the needle
        z, r, angle = f.axes[2], np.arange(0.0, 25.0, 0.25), np.linspace(0.0, 2 * np.pi, 32, endpoint=False)
        radius = r[None, :, None]
        values = f.sample_in_frame("log10_omega", radius * np.cos(angle), radius * np.sin(angle), z[:, None, None])
    return np.ascontiguousarray(z, dtype=float), np.ascontiguousarray(r, dtype=float), values


def place(lesion: Lesion | VolumeLesion, placement: Placement) -> PlacedLesion:
    """`lesion` at the pose of `placement`.

    Raises
    ------
    LesionError
        When the lesion was computed for another electrode than the one placed, or its field is not a field.
    """
    if lesion.electrode != placement.electrode:
        raise LesionError(
            f"The lesion was computed for '{lesion.electrode.name}', but '{placement.electrode.name}' is placed at the "
            f"{placement.target.label}. Simulate the lesion of the electrode that is used."
        )
    z, r, values = _on_grid(lesion)
    grid_is_good = len(z) > 1 and len(r) > 1 and bool(np.all(np.diff(z) > 0) and np.all(np.diff(r) > 0))
    if values.shape[:2] != (len(z), len(r)) or values.ndim != 3 or not grid_is_good or np.any(np.isnan(values)):
        raise LesionError(
            f"The damage field of '{lesion.electrode.name}' has shape {values.shape} on a grid of {len(z)} × {len(r)}; "
            "it must hold one number for each node of an ascending grid. Simulate the lesion again."
        )
    values = np.ascontiguousarray(np.maximum(values, FLOOR))
    needle = lesion.electrode
    zz, rr = np.meshgrid(z, r, indexing="ij")
    distance = from_active_axis(zz, rr, needle.radius_mm, needle.active_tip_mm)
    # A node above the floor lends its value to the cells around it, so the reach is taken one cell further.
    above: NDArray[np.bool_] = np.asarray((values > FLOOR).any(axis=2))
    grown = above.copy()
    grown[1:] |= above[:-1]
    grown[:-1] |= above[1:]
    wide = grown.copy()
    wide[:, 1:] |= grown[:, :-1]
    reach = float(distance[wide].max()) if wide.any() else 0.0
    return PlacedLesion(placement.needle_from_lps, z, r, values, needle.radius_mm, needle.active_tip_mm, reach)
