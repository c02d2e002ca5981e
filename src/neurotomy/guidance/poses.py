"""Candidate needles: poses about a nerve, and what each costs.

Directions fill rings about the nerve's own direction; for each, the active tip is shifted across and along the nerve.
A pose must keep the apex dorsal to the ventral safety limit, the active tip off the opening of a foramen, and itself
out of bone. Its cost is in millimetres of distance from the nerve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import NerveCourse
from neurotomy.equipment.electrode import Electrode
from neurotomy.geometry import Volume, unit
from neurotomy.guidance.aim import region_of
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.scene import middle_two_quarters, neck_direction

__all__ = [
    "PER_MM_PAST_SPARE",
    "TILT_STEP_DEG",
    "WITHIN_LIMIT",
    "Poses",
    "across",
    "directions_at",
    "from_active_tip",
    "poses_within",
    "shifts_across",
]

Array = NDArray[np.float64]

TILT_STEP_DEG = 2.5
WITHIN_LIMIT = 0.98  # of the largest tilt, so that a plan on its edge does not fail the check by rounding
_SHIFT_MM = 3.5  # how far the axis may lie from the nerve's middle line
_SHIFT_STEP_MM = 0.5
_ALONG_MM = np.arange(-4.0, 4.01, 1.0)  # apex along the needle, about the ventral end of the neck
_RISE_DEG = 25.0  # of a needle over the back of the sacrum: enough to leave the body, and still beside the nerve

# Weights of the score, in millimetres of distance from the nerve.
_WEIGHT_OF_THE_MIDDLE = 2.0  # of a place in the middle two quarters of the neck, against 1 for the rest of it
_PER_MM_OFF_BONE = 0.5
_PER_DEG_OFF_PARALLEL = 0.1
_PER_MM_INTO_NERVE = 1.0
PER_MM_PAST_SPARE = 0.02
"""Cost of each millimetre by which a way to the skin eats into what should stay of the cannula outside."""


@dataclass(frozen=True)
class Poses:
    """Candidate needles: apex (n, 3), direction up the shaft (n, 3), cost (n,), best first."""

    apex: Array
    shaft: Array
    cost: Array


def poses_within(
    course: NerveCourse,
    electrode: Electrode,
    bone: Bone,
    distance: Volume,
    shafts: Array,
) -> Poses:
    """All poses whose shaft has one of the directions `shafts`, best first.

    Parameters
    ----------
    course, electrode
        The nerve and the needle.
    bone : Bone
        For how far its surface may be off.
    distance : Volume
        Signed distance to bone around the nerve, :meth:`~neurotomy.guidance.bone.Bone.distance_around`.
    shafts : ndarray
        Unit vectors up the shaft (n, 3), of :func:`directions_at`.
    """
    neck = course.neck.points_mm
    along = neck_direction(neck)  # ventral to dorsal: up the shaft
    # One grid of shifts for all directions, across the nerve: the shaft is within a few degrees of it.
    shifts = shifts_across(along)
    # Turn each direction about the middle of the active tip, not about its apex, so that tilt does not carry it off.
    centre = neck[middle_two_quarters(len(neck))].mean(axis=0)
    to_ventral_end = float((neck[0] - centre) @ along)
    apex_along = to_ventral_end + _ALONG_MM
    middle = centre + (apex_along + electrode.active_tip_mm / 2)[:, None] * along
    apex = middle[None, None, :, :] + shifts[None, :, None, :] - electrode.active_tip_mm / 2 * shafts[:, None, None, :]
    shaft = np.broadcast_to(shafts[:, None, None, :], apex.shape)
    apex, shaft = apex.reshape(-1, 3), shaft.reshape(-1, 3)

    margin = evidence.value("placement.plan.ventral_margin")
    lps_from_vertebra = course.lps_from_vertebra
    dorsal_axis = lps_from_vertebra.rotation[:, 1]
    limit = float(np.asarray(course.landmarks_mm.get("neck_ventral", neck[0])) @ dorsal_axis) + margin
    safe = apex @ dorsal_axis >= limit
    apex, shaft = apex[safe], shaft[safe]

    t = np.linspace(0.0, electrode.active_tip_mm, 6)
    beside_foramen = _beside_foramen(apex[:, None, :] + t[:, None] * shaft[:, None, :], course)
    apex, shaft = apex[beside_foramen], shaft[beside_foramen]
    off_bone = distance.sample(apex[:, None, :] + t[:, None] * shaft[:, None, :]) - electrode.radius_mm
    clear = off_bone.min(axis=1) >= -0.5 * bone.blur_mm
    apex, shaft, off_bone = apex[clear], shaft[clear], off_bone[clear]

    points = neck[np.linspace(0, len(neck) - 1, 17).astype(int)]
    weight = np.full(len(points), 1.0)
    weight[middle_two_quarters(len(points))] = _WEIGHT_OF_THE_MIDDLE
    gaps = from_active_tip(points, apex, shaft, electrode.active_tip_mm)
    beside = electrode.radius_mm + course.diameter_mm / 2
    far = np.sqrt(np.maximum(gaps - beside, 0.0) ** 2 @ (weight / weight.sum()))
    into_nerve = np.maximum(beside - gaps.min(axis=1), 0.0)
    angle = np.degrees(np.arccos(np.clip(np.abs(shaft @ along), 0.0, 1.0)))
    cost = (
        far
        + _PER_MM_INTO_NERVE * into_nerve
        + _PER_MM_OFF_BONE * np.maximum(off_bone, 0.0).mean(axis=1)
        + _PER_DEG_OFF_PARALLEL * angle
    )
    order = np.argsort(cost, kind="stable")
    return Poses(apex[order], shaft[order], cost[order])


def directions_at(course: NerveCourse, tilts_deg: tuple[float, ...], apart_deg: float) -> Array:
    """Directions up the shaft at these angles to the nerve's own, at most `apart_deg` apart on each ring: (n, 3).

    Those that do not rise to the back are left out: where a nerve runs straight down, a needle along it would come from
    the front, or never leave the body.
    """
    axis = neck_direction(course.neck.points_mm)
    if region_of(course.target) == "sacral":
        axis = _off_the_back(axis, course)
    found = _rings(axis, tilts_deg, apart_deg)
    return np.asarray(found[found @ course.lps_from_vertebra.rotation[:, 1] > 0.0])


def shifts_across(along: Array) -> Array:
    """How far from the nerve's middle line axes are tried: vectors (n, 3) across `along`, mm."""
    first, second = across(along)
    side = np.arange(-_SHIFT_MM, _SHIFT_MM + 1e-9, _SHIFT_STEP_MM)
    u, v = (a.ravel() for a in np.meshgrid(side, side, indexing="ij"))
    near = np.hypot(u, v) <= _SHIFT_MM
    return np.asarray(u[near, None] * first + v[near, None] * second)


def _beside_foramen(active: Array, course: NerveCourse) -> NDArray[np.bool_]:
    """Which of the active tips (n, k, 3) stay off the back opening of a sacral foramen, as seen from behind: (n,)."""
    if not {"foramen_centre", "foramen_lateral"} <= set(course.landmarks_mm):
        return np.ones(len(active), dtype=bool)
    seen = course.lps_from_vertebra.rotation[:, [0, 2]]
    middle, rim = (np.asarray(course.landmarks_mm[name]) @ seen for name in ("foramen_centre", "foramen_lateral"))
    radius = float(np.linalg.norm(rim - middle)) + evidence.value("placement.plan.ventral_margin")
    return np.asarray(np.linalg.norm(active @ seen - middle, axis=2).min(axis=1) >= radius)


def _off_the_back(along: Array, course: NerveCourse) -> Array:
    """The direction of a nerve that runs along the back of the sacrum, lifted so that a shaft can leave the body.

    The nerve lies flat on bone, and a needle flat on bone never reaches the skin: it comes from the foot, at an angle
    to the back. What is lost of parallelism the check says.
    """
    dorsal, cranial = course.lps_from_vertebra.rotation[:, 1], course.lps_from_vertebra.rotation[:, 2]
    flat = along - (along @ dorsal) * dorsal
    if flat @ cranial > 0.0:
        flat = -flat
    rise = np.radians(_RISE_DEG)
    return np.asarray(np.sin(rise) * dorsal + np.cos(rise) * unit(flat))


def from_active_tip(points: Array, apex: Array, shaft: Array, active_mm: float) -> Array:
    """Distance of each of `points` (k, 3) from the axis of each active tip: (n, k)."""
    offset = points[None, :, :] - apex[:, None, :]
    along = np.clip(np.einsum("nkj,nj->nk", offset, shaft), 0.0, active_mm)
    return np.asarray(np.linalg.norm(offset - along[..., None] * shaft[:, None, :], axis=2))


def _rings(axis: Array, tilts_deg: tuple[float, ...], apart_deg: float) -> Array:
    """Unit vectors at these angles to `axis`, at most `apart_deg` apart along each ring: (n, 3)."""
    first, second = across(axis)
    step = np.radians(apart_deg)
    found = []
    for tilt in np.radians(tilts_deg):
        count = max(int(np.ceil(2 * np.pi * np.sin(tilt) / step)), 6) if tilt > 0.0 else 1
        turn = 2 * np.pi * np.arange(count)[:, None] / count
        sideways = np.cos(turn) * first + np.sin(turn) * second
        found.append(np.cos(tilt) * axis + np.sin(tilt) * sideways)
    return unit(np.concatenate(found))


def across(axis: Array) -> tuple[Array, Array]:
    """Two unit vectors across `axis` and each other."""
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    first = unit(helper - (helper @ axis) * axis)
    return first, np.cross(axis, first)
