"""Where to put the needle: the active tip along the nerve, on the bone of the neck, reached by a way free of bone.

A grid search over poses. Directions fill a small cone about the nerve's own direction; for each, the apex is shifted
across and along it. A pose must keep the apex dorsal to the ventral safety limit and the shaft out of bone, and is
scored by how close the active tip lies to the nerve over the middle of the neck, how well it rests on bone, and how
parallel it is. The best pose whose whole way to the skin is free of bone, and short enough for the cannula, is the
plan.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.equipment.electrode import Electrode
from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume, unit
from neurotomy.guidance.aim import region_of
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.scene import middle_two_quarters, neck_direction
from neurotomy.guidance.skin import SkinCrossing, rough_depths, skin_crossing
from neurotomy.progress import SILENT, Progress

__all__ = ["plan"]

Array = NDArray[np.float64]

_TILT_STEP_DEG = 2.5
_WITHIN_CONE = 0.98  # of the cone, so that a plan on its edge does not fail the check by rounding
_SHIFT_MM = 3.5  # how far the axis may lie from the nerve's middle line
_SHIFT_STEP_MM = 0.5
_ALONG_MM = np.arange(-4.0, 4.01, 1.0)  # apex along the needle, about the ventral end of the neck
_RISE_DEG = 25.0  # of a needle over the back of the sacrum: enough to leave the body, and still beside the nerve
_TRIED = 600  # best poses whose way to the skin is followed
_FOLLOWED_MM = 200.0  # for the length of a long cannula; what lies beyond cannot be reached anyway
_ROUGH_MM = 3.0  # accuracy of the depths by which poses are sorted out
_MEASURED = 40  # poses whose depth is then measured exactly, until one is short enough

# Weights of the score, in millimetres of distance from the nerve.
_WEIGHT_OF_THE_MIDDLE = 2.0  # of a place in the middle two quarters of the neck, against 1 for the rest of it
_PER_MM_OFF_BONE = 0.5
_PER_DEG_OFF_PARALLEL = 0.1
_PER_MM_INTO_NERVE = 1.0
_PER_MM_PAST_SPARE = 0.02


@dataclass(frozen=True)
class _Poses:
    """Candidate needles: apex (n, 3), direction up the shaft (n, 3), cost (n,), best first."""

    apex: Array
    shaft: Array
    cost: Array


def plan(course: NerveCourse, anatomy: Anatomy, electrode: Electrode, progress: Progress = SILENT) -> Placement:
    """The best pose of `electrode` for the nerve of `course`.

    Parameters
    ----------
    course : NerveCourse
        The nerve.
    anatomy : Anatomy
        CT and labels it lies in.
    electrode : Electrode
        The cannula.
    progress : Progress
        Told at each stage.

    Returns
    -------
    Placement
        With ``origin="planned"`` and its entry on the skin, or an estimate where the CT does not show it.

    Raises
    ------
    GuidanceError
        When no pose has a way to the skin that is free of bone, or every such way is longer than the cannula.
    """
    progress(0.0, f"Bone around the {course.target.label}")
    bone = Bone.of(anatomy)
    neck = course.neck.points_mm
    centre = neck.mean(axis=0)
    half = float(np.linalg.norm(neck - centre, axis=1).max()) + electrode.active_tip_mm + 8.0
    distance = bone.distance_around(centre, half)
    too_long: list[float] = []
    cones = (evidence.value("placement.plan.cone"), evidence.value("placement.plan.cone_wide"))
    for n, cone_deg in enumerate(cones):
        progress(0.2 + 0.4 * n, f"Poses within {cone_deg:g}° of the {course.target.label}")
        poses = _poses(course, electrode, bone, distance, cone_deg)
        progress(0.4 + 0.4 * n, f"Ways to the skin: {course.target.label}")
        found = _first_free(poses, anatomy, electrode, bone, too_long)
        if found is not None:
            apex, crossing = found
            progress(1.0, f"Planned: {course.target.label}")
            return Placement(course.target, electrode, apex, crossing.point_lps_mm, "planned")
    if too_long:
        raise GuidanceError(
            f"The skin is {min(too_long):.0f} mm from the {course.target.label} along the nerve, and the cannula of "
            f"'{electrode.name}' is {electrode.cannula_length_mm:g} mm. Choose an electrode with a longer cannula."
        )
    raise GuidanceError(
        f"No way to the {course.target.label} within {cones[-1]:g}° of the nerve is free of bone. "
        "Check the nerve's course on the CT, or give tip and entry in the case file."
    )


def _poses(course: NerveCourse, electrode: Electrode, bone: Bone, distance: Volume, cone_deg: float) -> _Poses:
    neck = course.neck.points_mm
    along = neck_direction(neck)  # ventral to dorsal: up the shaft
    axis = along
    if region_of(course.target) == "sacral":
        axis = _off_the_back(along, course)
    shafts = _cone(axis, cone_deg)
    # One grid of shifts for all directions, across the nerve: the shaft is within a few degrees of it.
    first, second = _across(along)
    side = np.arange(-_SHIFT_MM, _SHIFT_MM + 1e-9, _SHIFT_STEP_MM)
    u, v = (a.ravel() for a in np.meshgrid(side, side, indexing="ij"))
    near = np.hypot(u, v) <= _SHIFT_MM
    shifts = u[near, None] * first + v[near, None] * second
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
    gaps = _from_active_tip(points, apex, shaft, electrode.active_tip_mm)
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
    return _Poses(apex[order], shaft[order], cost[order])


def _first_free(
    poses: _Poses, anatomy: Anatomy, electrode: Electrode, bone: Bone, too_long: list[float]
) -> tuple[Array, SkinCrossing] | None:
    """Apex and skin crossing of the cheapest pose whose way to the skin is free; lengths of those too long."""
    # Half of what the check allows, so that a way that is called free stays free when it is measured more finely.
    allowed = 0.5 * max(evidence.value("placement.path.ok"), bone.blur_mm)
    spare = evidence.value("placement.cannula.spare")
    length = electrode.cannula_length_mm
    count = len(poses.cost)
    # The best ones first; when all of those are barred, a thinned choice of the rest tells whether there is any way.
    for rows in (np.arange(min(_TRIED, count)), np.arange(_TRIED, count, max((count - _TRIED) // (3 * _TRIED), 1))):
        apex, shaft = poses.apex[rows], poses.shaft[rows]
        above = apex + electrode.active_tip_mm * shaft
        rows = rows[bone.length_within(above, above + _FOLLOWED_MM * shaft, 0.75) <= allowed]
        apex, shaft = poses.apex[rows], poses.shaft[rows]
        depth = rough_depths(anatomy.ct, apex, shaft)
        cost = poses.cost[rows] + _PER_MM_PAST_SPARE * np.maximum(depth + spare - length, 0.0)
        reached = depth <= length + _ROUGH_MM
        too_long.extend(depth[~reached & np.isfinite(depth)].tolist())
        for n in np.flatnonzero(reached)[np.argsort(cost[reached], kind="stable")][:_MEASURED]:
            crossing = skin_crossing(anatomy.ct, apex[n], shaft[n])
            if crossing is None:
                continue
            if crossing.depth_mm <= length:
                return apex[n], crossing
            too_long.append(crossing.depth_mm)
    return None


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


def _from_active_tip(points: Array, apex: Array, shaft: Array, active_mm: float) -> Array:
    """Distance of each of `points` (k, 3) from the axis of each active tip: (n, k)."""
    offset = points[None, :, :] - apex[:, None, :]
    along = np.clip(np.einsum("nkj,nj->nk", offset, shaft), 0.0, active_mm)
    return np.asarray(np.linalg.norm(offset - along[..., None] * shaft[:, None, :], axis=2))


def _cone(axis: Array, half_deg: float) -> Array:
    """Unit vectors within `half_deg` of `axis`, about evenly spread, the axis itself first: (n, 3)."""
    first, second = _across(axis)
    step = max(_TILT_STEP_DEG, half_deg / 8)  # a wide cone is searched more coarsely
    found = [axis]
    for tilt in np.radians(_WITHIN_CONE * np.arange(step, half_deg + 1e-9, step)):
        count = max(int(np.ceil(2 * np.pi * np.sin(tilt) / np.radians(step * 1.25))), 6)
        for turn in 2 * np.pi * np.arange(count) / count:
            sideways = np.cos(turn) * first + np.sin(turn) * second
            found.append(np.cos(tilt) * axis + np.sin(tilt) * sideways)
    return unit(np.array(found))


def _across(axis: Array) -> tuple[Array, Array]:
    helper = np.eye(3)[int(np.argmin(np.abs(axis)))]
    first = unit(helper - (helper @ axis) * axis)
    return first, np.cross(axis, first)
