"""Where to put the needle: the active tip along the nerve, on the bone of the neck, reached by a way free of bone.

A search over poses (:mod:`~neurotomy.guidance.poses`) in stages, and the first stage with a way to the skin wins:

1. within the angle that the checks call parallel (``placement.plan.cone``);
2. at the rim of that angle, looked at more finely and as narrowly as the check of the way allows: a needle that just
   passes the bone in its way is better than one that is turned from the nerve;
3. ring by ring farther out, to ``placement.plan.cone_wide``: no needle is turned farther than bone asks for.

Within a stage the cheapest pose wins whose whole way to the skin is free of bone, and short enough for the cannula.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.equipment.electrode import Electrode
from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.poses import (
    PER_MM_PAST_SPARE,
    TILT_STEP_DEG,
    WITHIN_LIMIT,
    Poses,
    directions_at,
    poses_within,
    shifts_across,
)
from neurotomy.guidance.scene import middle_two_quarters, neck_direction
from neurotomy.guidance.skin import SkinCrossing, rough_depths, skin_crossing
from neurotomy.guidance.ways import free_of_bone
from neurotomy.progress import SILENT, Progress

__all__ = ["Found", "found_ways", "plan", "poses_along", "ways_by_direction"]

Array = NDArray[np.float64]

_TRIED = 600  # free poses at a time whose depth is estimated
_FOLLOWED_MM = 200.0  # for the length of a long cannula; what lies beyond cannot be reached anyway
_ROUGH_MM = 3.0  # accuracy of the depths by which poses are sorted out
_MEASURED = 40  # poses of these whose depth is then measured exactly
_BEYOND_MM = 4.0  # how far the planner's tips are advanced or drawn back at most
_SLANT_MM = 15.0  # more than the depth differs between neighbouring needles of one direction


@dataclass(frozen=True)
class Found:
    """A pose with a way to the skin.

    Attributes
    ----------
    apex, shaft
        Apex, LPS mm, and unit vector up the shaft.
    crossing
        Where the way passes the skin.
    cost
        Millimetres of distance from the nerve, see :mod:`neurotomy.guidance.poses`.
    stage
        Number of the stage that found it, from 0: 0 is unhindered, 1 just beside the bone in its way, more is turned
        from the nerve because bone bars everything nearer to it.
    """

    apex: Array
    shaft: Array
    crossing: SkinCrossing
    cost: float
    stage: int


@dataclass(frozen=True)
class _Stage:
    tilts_deg: tuple[float, ...]
    apart_deg: float
    allowed: float  # share of what the check of the way calls free


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
    if not electrode.axisymmetric:
        from neurotomy.guidance.bent import plan_bent

        return plan_bent(course, anatomy, electrode, progress)
    best = next(found_ways(course, anatomy, electrode, progress))
    progress(1.0, f"Planned: {course.target.label}")
    return Placement(course.target, electrode, best.apex, best.crossing.point_lps_mm, "planned")


def found_ways(
    course: NerveCourse, anatomy: Anatomy, electrode: Electrode, progress: Progress = SILENT
) -> Iterator[Found]:
    """Poses with a way to the skin, of the first stage that has any; the cheapest first.

    Raises
    ------
    GuidanceError
        As :func:`plan`, when there is none at all.
    """
    too_long: list[float] = []
    for number, poses in _free_poses(course, anatomy, electrode, too_long, progress):
        any_found = False
        for apex, shaft, crossing, cost in _reaching(poses, anatomy, electrode, too_long):
            any_found = True
            yield Found(apex, shaft, crossing, cost, number)
        if any_found:
            return
    raise _no_way(course, electrode, too_long)


def ways_by_direction(
    course: NerveCourse, anatomy: Anatomy, electrode: Electrode, progress: Progress = SILENT
) -> Iterator[Found]:
    """The cheapest pose of each direction that has a way to the skin: stage by stage, in each the cheapest first.

    Raises
    ------
    GuidanceError
        As :func:`plan`, when there is none at all.
    """
    too_long: list[float] = []
    any_found = False
    for number, poses in _free_poses(course, anatomy, electrode, too_long, progress):
        for apex, shaft, crossing, cost in _reaching(_best_of_each(poses), anatomy, electrode, too_long):
            any_found = True
            yield Found(apex, shaft, crossing, cost, number)
    if not any_found:
        raise _no_way(course, electrode, too_long)


def poses_along(course: NerveCourse, anatomy: Anatomy, electrode: Electrode) -> Poses:
    """The best pose of each direction within the cone of the nerve, whether or not a straight way leads to it."""
    bone, distance = _around(course, anatomy, electrode)
    stage = _stages()[0]
    shafts = directions_at(course, stage.tilts_deg, stage.apart_deg)
    return _best_of_each(poses_within(course, electrode, bone, distance, shafts))


def _best_of_each(poses: Poses) -> Poses:
    """The best pose of each direction, best first."""
    # Poses come best first, so the first of each direction is its best; one number tells directions apart.
    _, first = np.unique(poses.shaft @ np.array([1.0, np.pi, np.pi**2]), return_index=True)
    rows = np.sort(first)
    return Poses(poses.apex[rows], poses.shaft[rows], poses.cost[rows])


def _around(course: NerveCourse, anatomy: Anatomy, electrode: Electrode) -> tuple[Bone, Volume]:
    """Bone, and the distance to it where an active tip may lie."""
    bone = Bone.of(anatomy)
    neck = course.neck.points_mm
    centre = neck.mean(axis=0)
    half = float(np.linalg.norm(neck - centre, axis=1).max()) + electrode.active_tip_mm + 8.0
    return bone, bone.distance_around(centre, half)


def _free_poses(
    course: NerveCourse, anatomy: Anatomy, electrode: Electrode, too_long: list[float], progress: Progress
) -> Iterator[tuple[int, Poses]]:
    """Each stage's number and its poses whose way is free of bone, best first."""
    progress(0.0, f"Bone around the {course.target.label}")
    bone, distance = _around(course, anatomy, electrode)
    stages = _stages()
    for number, stage in enumerate(stages):
        begun = 0.2 + 0.75 * number / len(stages)
        progress(begun, f"Poses up to {max(stage.tilts_deg):.3g}° from the {course.target.label}")
        # What the check calls free, measured more finely there: so only half of it where there is a choice.
        allowed = stage.allowed * max(evidence.value("placement.path.ok"), bone.blur_mm)
        shafts = directions_at(course, stage.tilts_deg, stage.apart_deg)
        if number > 0:  # bone bars the near directions, and most of these too
            shafts = shafts[_not_barred(shafts, course, anatomy, electrode, bone, allowed, too_long)]
        if not len(shafts):
            continue
        poses = poses_within(course, electrode, bone, distance, shafts)
        progress(begun + 0.3 / len(stages), f"Ways to the skin: {course.target.label}")
        above = poses.apex + electrode.active_tip_mm * poses.shaft
        free = free_of_bone(bone, above, poses.shaft, _FOLLOWED_MM, allowed)
        yield number, Poses(poses.apex[free], poses.shaft[free], poses.cost[free])


def _not_barred(
    shafts: Array,
    course: NerveCourse,
    anatomy: Anatomy,
    electrode: Electrode,
    bone: Bone,
    allowed: float,
    too_long: list[float],
) -> NDArray[np.bool_]:
    """Which directions may have a pose with a way to the skin: some way beside the nerve is free and short enough.

    Ways start above the highest active tip, so that none is called barred by what a pose farther up would pass.
    """
    neck = course.neck.points_mm
    centre, along = neck[middle_two_quarters(len(neck))].mean(axis=0), neck_direction(neck)
    to_ventral_end = float((neck[0] - centre) @ along)
    shifts = shifts_across(along)
    above = to_ventral_end + _BEYOND_MM + electrode.active_tip_mm
    starts = centre + shifts[None] + above * shafts[:, None]
    ways = np.broadcast_to(shafts[:, None], starts.shape)
    free = free_of_bone(bone, starts.reshape(-1, 3), ways.reshape(-1, 3), _FOLLOWED_MM, allowed)
    found: NDArray[np.bool_] = np.asarray(free.reshape(starts.shape[:2]).any(axis=1))
    if found.any():
        apexes = np.broadcast_to(centre + to_ventral_end * along, shafts[found].shape)
        depth = rough_depths(anatomy.ct, apexes, shafts[found])
        reached = depth <= electrode.cannula_length_mm + _SLANT_MM
        too_long.extend(depth[~reached & np.isfinite(depth)].tolist())
        found[found] = reached
    return found


def _no_way(course: NerveCourse, electrode: Electrode, too_long: list[float]) -> GuidanceError:
    if too_long:
        return GuidanceError(
            f"The skin is {min(too_long):.0f} mm from the {course.target.label} along the nerve, and the cannula of "
            f"'{electrode.name}' is {electrode.cannula_length_mm:g} mm. Choose an electrode with a longer cannula."
        )
    return GuidanceError(
        f"No way to the {course.target.label} within {evidence.value('placement.plan.cone_wide'):g}° of the nerve is "
        "free of bone. Check the nerve's course on the CT, or give tip and entry in the case file."
    )


def _stages() -> list[_Stage]:
    near, far = evidence.value("placement.plan.cone"), evidence.value("placement.plan.cone_wide")
    first = (near + np.cumsum([0.25, 0.25, 0.5, 1.0, 2.0, 2.0])).tolist()
    rings = [*first, *np.arange(first[-1] + TILT_STEP_DEG, far + 1e-9, TILT_STEP_DEG).tolist()]
    apart = TILT_STEP_DEG * 1.25
    return [
        _Stage(tuple((WITHIN_LIMIT * np.arange(0.0, near + 1e-9, TILT_STEP_DEG)).tolist()), apart, 0.5),
        _Stage((near - 0.75, near - 0.25, near - 0.01), apart / 4, 0.9),
        *(_Stage((float(tilt),), apart / 2, 0.5) for tilt in rings if tilt <= far),
    ]


def _reaching(
    poses: Poses, anatomy: Anatomy, electrode: Electrode, too_long: list[float]
) -> Iterator[tuple[Array, Array, SkinCrossing, float]]:
    """Of poses that are free of bone, cheapest first, those that reach the skin; lengths of those that do not."""
    apex, shaft, cost = poses.apex, poses.shaft, poses.cost
    spare = evidence.value("placement.cannula.spare")
    length = electrode.cannula_length_mm
    for start in range(0, len(cost), _TRIED):
        rows = np.arange(start, min(start + _TRIED, len(cost)))
        depth = rough_depths(anatomy.ct, apex[rows], shaft[rows])
        whole = cost[rows] + PER_MM_PAST_SPARE * np.maximum(depth + spare - length, 0.0)
        reached = depth <= length + _ROUGH_MM
        too_long.extend(depth[~reached & np.isfinite(depth)].tolist())
        for n in np.flatnonzero(reached)[np.argsort(whole[reached], kind="stable")][:_MEASURED]:
            crossing = skin_crossing(anatomy.ct, apex[rows[n]], shaft[rows[n]])
            if crossing is None:
                continue
            if crossing.depth_mm <= length:
                yield apex[rows[n]], shaft[rows[n]], crossing, float(whole[n])
            else:
                too_long.append(crossing.depth_mm)
