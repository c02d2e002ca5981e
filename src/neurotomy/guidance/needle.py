"""A needle on the radiograph: the exact length of metal that each ray crosses, never voxels.

The needle is a solid cylinder of steel (stylet or probe in place) with a hemispherical or flat tip; a curved tip and
curved tines are as many short cylinders as their centrelines have steps (3° each: where two meet, 1/40 of the radius
is counted twice on one side and missing on the other). In an X-ray the active tip looks like the shaft, for the
insulation stops nothing: overlays mark it, not this module.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.compiled import njit
from neurotomy.equipment.geometry import elements
from neurotomy.errors import GuidanceError
from neurotomy.geometry import unit
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.placement import Placement

__all__ = ["needle_mm", "rod_mm"]

Array = NDArray[np.float64]
Image = NDArray[np.float32]


def needle_mm(carm: CArm, placement: Placement, *, samples: int = 4) -> Image:
    """Steel on each ray, mm, (rows, columns): the placement's cannula from its apex to its hub.

    Parameters
    ----------
    carm : CArm
        The view.
    placement : Placement
        The needle.
    samples : int
        Rays along each side of a pixel. A 22 G needle is two pixels wide: without several its edge would flicker.
    """
    steel = np.zeros((carm.rows, carm.columns), dtype=np.float32)
    for element, centreline in zip(elements(placement.electrode), placement.metal_lps_mm, strict=True):
        for number, (tip, hub) in enumerate(pairwise(centreline)):
            round_tip = number == 0 and element.tip_shape == "hemispherical"
            steel += rod_mm(carm, tip, hub, element.radius_mm, round_tip=round_tip, samples=samples)
    return steel


def rod_mm(
    carm: CArm, tip_lps_mm: ArrayLike, hub_lps_mm: ArrayLike, radius_mm: float, *, round_tip: bool, samples: int = 4
) -> Image:
    """Mean chord through a solid rod over each pixel, mm, (rows, columns).

    The chord of each ray is exact: the ray's interval inside the cylinder and between its end planes, joined with that
    inside the tip's sphere (which ends at the apex). Pixels off the rod's shadow are not visited.

    Raises
    ------
    GuidanceError
        When the rod has no length or no radius, or reaches behind the X-ray source.
    """
    tip, hub = np.asarray(tip_lps_mm, dtype=float), np.asarray(hub_lps_mm, dtype=float)
    length = float(np.linalg.norm(hub - tip))
    if not radius_mm > 0.0 or length <= (2.0 * radius_mm if round_tip else 0.0):
        raise GuidanceError(f"A needle of {length:.3g} mm length and {radius_mm:.3g} mm radius cannot be drawn.")
    axis = unit(hub - tip)
    out = np.zeros((carm.rows, carm.columns), dtype=np.float32)
    ends = carm.project(np.stack([tip, hub]))
    reach = radius_mm * float(carm.magnification_at(np.stack([tip, hub])).max()) * 1.5 / carm.pixel_mm + 2.0
    first = np.maximum(np.floor(ends.min(axis=0) - reach), 0).astype(int)
    last = np.minimum(np.ceil(ends.max(axis=0) + reach) + 1, [carm.columns, carm.rows]).astype(int)
    if np.all(last > first):
        corner = carm.pixel_lps_mm(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        _chords(
            out,
            carm.source_lps_mm - tip,
            corner[0] - carm.source_lps_mm,
            corner[1] - corner[0],
            corner[2] - corner[0],
            axis,
            length,
            float(radius_mm),
            round_tip,
            max(samples, 1),
            first,
            last,
        )
    return out


@njit(cache=True, nogil=True)
def _chords(
    out: Any,
    source: Any,
    corner: Any,
    per_column: Any,
    per_row: Any,
    axis: Any,
    length: float,
    radius: float,
    round_tip: bool,
    samples: int,
    first: Any,
    last: Any,
) -> None:  # pragma: no cover - compiled
    """Fill the box `first` to `last` (column, row); `source` is relative to the apex, `corner` to the source."""
    size = np.sqrt((per_column**2).sum())
    # Numbers, not arrays of three: an array in the loop over pixels would be made and thrown away for each.
    sx, sy, sz = source[0], source[1], source[2]
    ax, ay, az = axis[0], axis[1], axis[2]
    for r in range(first[1], last[1]):
        for c in range(first[0], last[0]):
            rx = corner[0] + c * per_column[0] + r * per_row[0]
            ry = corner[1] + c * per_column[1] + r * per_row[1]
            rz = corner[2] + c * per_column[2] + r * per_row[2]
            nx, ny, nz = ry * az - rz * ay, rz * ax - rx * az, rx * ay - ry * ax  # across ray and axis
            norm = np.sqrt(nx * nx + ny * ny + nz * nz)
            # Distance of two lines; the pixel's footprint at the needle is smaller than the pixel.
            along_rod = norm <= 1e-6 * np.sqrt(rx * rx + ry * ry + rz * rz)
            if not along_rod and abs(sx * nx + sy * ny + sz * nz) > (radius + size) * norm:
                continue
            total = 0.0
            for m in range(samples):
                for n in range(samples):
                    dr, dc = (m + 0.5) / samples - 0.5, (n + 0.5) / samples - 0.5
                    dx = rx + dc * per_column[0] + dr * per_row[0]
                    dy = ry + dc * per_column[1] + dr * per_row[1]
                    dz = rz + dc * per_column[2] + dr * per_row[2]
                    total += _chord(sx, sy, sz, dx, dy, dz, ax, ay, az, length, radius, round_tip)
            out[r, c] = total / samples**2


@njit(cache=True, nogil=True)
def _chord(
    sx: float,
    sy: float,
    sz: float,
    dx: float,
    dy: float,
    dz: float,
    ax: float,
    ay: float,
    az: float,
    length: float,
    radius: float,
    round_tip: bool,
) -> float:  # pragma: no cover - compiled
    """Length of the ray from s along d inside the rod whose apex is the origin and whose axis is a."""
    norm = np.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / norm, dy / norm, dz / norm
    along, start = dx * ax + dy * ay + dz * az, sx * ax + sy * ay + sz * az
    base = radius if round_tip else 0.0
    t0, t1 = -1e30, 1e30
    # between the end planes
    if abs(along) > 1e-12:
        a, b = (base - start) / along, (length - start) / along
        t0, t1 = min(a, b), max(a, b)
    elif start < base or start > length:
        t1 = -2e30
    # inside the cylinder
    fx, fy, fz = dx - along * ax, dy - along * ay, dz - along * az
    gx, gy, gz = sx - start * ax, sy - start * ay, sz - start * az
    qa, qb, qc = fx * fx + fy * fy + fz * fz, fx * gx + fy * gy + fz * gz, gx * gx + gy * gy + gz * gz - radius**2
    if qa > 1e-18:
        root = qb * qb - qa * qc
        if root > 0.0:
            root = np.sqrt(root)
            t0, t1 = max(t0, (-qb - root) / qa), min(t1, (-qb + root) / qa)
        else:
            t1 = -2e30
    elif qc > 0.0:
        t1 = -2e30
    if round_tip:
        cx, cy, cz = sx - radius * ax, sy - radius * ay, sz - radius * az
        b = dx * cx + dy * cy + dz * cz
        root = b * b - (cx * cx + cy * cy + cz * cz - radius**2)
        if root > 0.0:
            root = np.sqrt(root)
            if t1 > t0:  # one convex body: the two intervals join
                t0, t1 = min(t0, -b - root), max(t1, -b + root)
            else:
                t0, t1 = -b - root, -b + root
    return max(t1 - t0, 0.0)
