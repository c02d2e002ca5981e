"""One needle with its nerve and its bone: what the checks measure on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.geometry import Curve, Volume, unit
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.check import Status
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.skin import SkinCrossing, skin_crossing

__all__ = ["AROUND_MM", "Scene", "grade", "middle_two_quarters", "neck_direction"]

Array = NDArray[np.float64]

AROUND_MM = 20.0
"""Half the cube around the active tip in which distances to bone are measured."""


@dataclass(frozen=True)
class Scene:
    """A placement, the course it is meant for, and the anatomy both lie in; what several checks need is kept."""

    placement: Placement
    course: NerveCourse
    anatomy: Anatomy

    @cached_property
    def active(self) -> Array:
        """Points along the axis of the active tip, apex first, LPS."""
        return (
            Curve(self.placement.active_lps_mm[0])
            .at(np.linspace(0.0, self.placement.electrode.active_tip_mm, 21))
            .points_mm
        )

    @cached_property
    def bare(self) -> Array:
        """Points along all bare metal, LPS: the active tip, and the tines where there are any."""
        tines = [Curve(line).resampled(0.5).points_mm for line in self.placement.active_lps_mm[1:]]
        return np.concatenate([self.active, *tines])

    @cached_property
    def neck(self) -> Array:
        """Points along the nerve on the neck, LPS."""
        return self.course.neck.points_mm

    @cached_property
    def bone(self) -> Bone:
        """All bone of this CT."""
        return Bone.of(self.anatomy)

    @cached_property
    def bone_distance(self) -> Volume:
        """Signed distance to bone around the active tip."""
        return self.bone.distance_around(self.active.mean(axis=0), AROUND_MM)

    @cached_property
    def crossing(self) -> SkinCrossing | None:
        """Where the shaft passes the skin that the CT shows."""
        return skin_crossing(self.anatomy.ct, self.placement.shaft_foot_lps_mm, self.placement.shaft_direction)

    @cached_property
    def way(self) -> Array:
        """Corners (n, 3) of the insulated way from the upper end of the active tip to the skin, LPS.

        The whole way, also when the stated entry lies under the skin.
        """
        placement = self.placement
        depth = max(self.crossing.depth_mm if self.crossing else 0.0, placement.insertion_depth_mm)
        skin = placement.shaft_foot_lps_mm + depth * placement.shaft_direction
        corners = placement.metal_lps_mm[0][:-1]
        bent = corners[Curve(placement.metal_lps_mm[0]).arc_mm[:-1] > placement.electrode.active_tip_mm]
        return np.concatenate([self.active[-1:], bent, skin[None]])

    def in_bone_frame(self, lps_mm: Array) -> Array:
        """Points as (toward the target's side, dorsal, cranial) of the vertebra's body centre, mm."""
        points = self.course.lps_from_vertebra.inverse()(lps_mm)
        return np.asarray(points * np.array([self.course.target.side.sign, 1.0, 1.0]))

    def landmark(self, name: str, instead: Array) -> Array:
        """A landmark in the bone's frame; `instead` (LPS) where this course does not hold it."""
        return self.in_bone_frame(np.asarray(self.course.landmarks_mm.get(name, instead), dtype=float))


def grade(value: float, ok: float, warning: float) -> Status:
    """Verdict of a value of which smaller is better."""
    return Status.OK if value <= ok else Status.WARNING if value <= warning else Status.ERROR


def middle_two_quarters(count: int) -> slice:
    """Of `count` points along the neck those that the active tip should lie beside (Lau 2004)."""
    return slice(count // 4, count - count // 4)


def neck_direction(neck: Array) -> Array:
    """Mean tangent of the nerve over the neck, from its ventral to its dorsal end, of length 1.

    The mean tangent of a curve is the direction from its first to its last point. A nerve bends over the root of the
    transverse process; bone studies (Tran 2022, 2023) state the direction of the neck as a whole, and so do we.
    """
    return unit(neck[-1] - neck[0])
