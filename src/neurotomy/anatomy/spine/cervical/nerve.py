"""The nerves round the pillars of the neck, and the landmarks beside them, in each bone's own frame.

C3 deep to C7 medial branches go round the lateral surface of the pillar of their own number at the published heights:
shares of the line from the tip of one superior articular process to the next (at the pillar's front) and of the line
between the middles of the joints (at its middle). The third occipital nerve crosses the C2/3 joint at its lateral side,
on the rim of the superior articular process of C3. The C8 medial branch crosses the transverse process of T1.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine.cervical.bones import (
    PillarJoint,
    bone_solid,
    joints_of,
    lps_from_bones,
    pedicle_of,
    spinous_way,
    transverse_axis,
)
from neurotomy.anatomy.spine.cervical.shape import CervicalShape
from neurotomy.anatomy.spine.laying import in_lps, laid_nerve, midline_marks, process_marks, process_nerve
from neurotomy.anatomy.spine.press import leave, press, surface_along
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.anatomy.spine.template import TemplateNerve
from neurotomy.errors import AnatomyError

__all__ = ["NERVES", "courses_of", "nerve_on"]

Array = NDArray[np.float64]

NERVES: tuple[tuple[str, str], ...] = (
    ("third occipital nerve", "C3"),
    ("C3 deep medial branch", "C3"),
    *((f"C{n} medial branch", f"C{n}") for n in range(4, 8)),
    ("C8 medial branch", "T1"),
)
"""Nerve and bone, from the head down."""


@lru_cache(maxsize=8)
def courses_of(shape: CervicalShape) -> tuple[NerveCourse, ...]:
    """Every nerve of this neck in LPS, left before right, on bone by construction."""
    poses = lps_from_bones(shape)
    courses = []
    for name, bone in NERVES:
        solid = bone_solid(shape, bone)
        for side in Side:
            nerve = nerve_on(shape, name, bone, side)
            marks = _landmarks(shape, bone, side, solid, nerve)
            courses.append(in_lps(nerve, marks, solid, poses[bone]))
    return tuple(courses)


def nerve_on(shape: CervicalShape, name: str, bone: str, side: Side) -> TemplateNerve:
    """One nerve over its bone and side, in the bone's frame."""
    target, solid = Target(name, bone, side), bone_solid(shape, bone)
    if bone == "T1":
        root, tip, half = transverse_axis(shape.vertebra(bone), side)
        diameter = evidence.value("innervation.diameter.thoracic_medial_branch")
        return process_nerve(target, solid, root, tip, half, diameter)
    above, below = joints_of(shape, bone, side)
    if above is None or below is None:
        raise AnatomyError(f"No nerve of the built-in neck is known on {bone}.")
    if name.startswith("third occipital"):
        diameter = evidence.value("anatomy.cervical.third_occipital_nerve_diameter")
        return laid_nerve(target, _round_the_joint(above, side), solid, diameter, neck=(1, 3), on_bone=(1, 4))
    diameter = evidence.value("anatomy.cervical.medial_branch_diameter")
    shares = (_share("anterior_line", bone), _share("mid_line", bone), _share("up_the_process", bone))
    guide = _round_the_waist(above, below, side, solid, diameter, shares)
    return laid_nerve(target, guide, solid, diameter, neck=(2, 4), on_bone=(2, 5))


def _share(line: str, bone: str) -> float:
    table = cast("Mapping[str, float]", evidence.get(f"morphometry.cervical.nerve.{line}").value)
    return float(table.get(bone, 0.0))


def _round_the_waist(
    above: PillarJoint,
    below: PillarJoint,
    side: Side,
    solid: Packed,
    diameter: float,
    shares: tuple[float, float, float],
) -> Array:
    """Guide: out of the foramen, front of the pillar, its lateral middle, its back, and on to the lamina."""
    out = np.array([float(side.sign), 0.0, 0.0])
    anterior, middle, up = shares
    wide, deep = above.half_width, above.half_depth
    front = above.upper_tip + anterior * (below.upper_tip - above.upper_tip)
    half_way = above.centre + middle * (below.centre - above.centre)
    front = front + np.array([0.0, 1.3, 0.0]) + 0.75 * wide * out
    # At C7 the transverse process stands beside the pillar there: the nerve crosses the superior process above it.
    side_on = half_way + up * deep * above.forward + 0.8 * wide * out
    side_on = surface_along(side_on[None], solid, diameter / 2, out)[0]
    run = (half_way - front)[1:] / max(half_way[1] - front[1], 1.0)
    back = half_way + np.array([0.0, 0.8 * deep, 0.6 * deep * run[1]]) + 0.75 * wide * out
    behind = half_way + np.array([0.0, 1.2 * deep, 0.8 * deep * run[1]]) - 0.3 * wide * out
    if anterior < 0.4:  # high on the pillar: it comes up to there from below, clear of the process above
        inside = front + np.array([0.0, -2.8, -1.0]) - 0.3 * wide * out
        start = inside + np.array([0.0, -3.5, -2.5]) - 0.5 * out
    else:
        inside = front + np.array([0.0, -2.2, 0.4]) - 0.5 * wide * out
        start = inside + np.array([0.0, -3.5, 1.6]) - 1.0 * out
    end = behind + np.array([0.0, 2.0, -1.0]) - 5.0 * out
    return np.array([start, inside, front, side_on, back, behind, end])


def _round_the_joint(above: PillarJoint, side: Side) -> Array:
    """Guide of the third occipital nerve: along the rim of the superior process of C3, then dorsomedially."""
    out = np.array([float(side.sign), 0.0, 0.0])
    wide, deep = above.half_width, above.half_depth
    rim = above.centre - 1.9 * above.normal
    front = rim + 0.75 * deep * above.forward + 0.6 * wide * out
    across = rim + 1.05 * wide * out
    back = rim - 0.75 * deep * above.forward + 0.7 * wide * out
    behind = rim - 1.05 * deep * above.forward - 0.3 * wide * out + np.array([0.0, 0.5, 0.0])
    start = front + np.array([0.0, -4.0, -1.5]) - 0.6 * wide * out
    end = behind + np.array([0.0, 4.0, 1.0]) - 6.0 * out
    return np.array([start, front, across, back, behind, end])


def _landmarks(shape: CervicalShape, bone: str, side: Side, solid: Packed, nerve: TemplateNerve) -> dict[str, Array]:
    """The landmarks of one bone and side, in the bone's frame; on its surface where they are of the surface."""
    v = shape.vertebra(bone)
    start, stop = nerve.neck_arc_mm
    on = press(nerve.curve.at(np.array([0.5 * (start + stop), start, stop])).points_mm, solid, 0.0)
    root, tip, half = transverse_axis(v, side)
    marks = {
        "target": on[0],
        "neck_ventral": on[1],
        "neck_dorsal": on[2],
        "pedicle_centre": pedicle_of(v, side),
        **midline_marks(v.height_mm, leave(solid, *spinous_way(v), far_mm=v.spinous_mm + 8.0)),
    }
    above, below = joints_of(shape, bone, side)
    if above is not None:
        inside = above.centre - 3.0 * above.normal
        marks["joint_above"] = above.centre
        marks["sap_tip"] = leave(solid, inside, above.upper_tip - 0.8 * above.normal - inside, far_mm=14.0)
    if bone == "T1":
        return marks | process_marks(solid, root, tip, half)
    marks["tp_tip"] = leave(solid, tip, tip - root, far_mm=10.0)
    if above is not None and below is not None:
        marks["joint_below"] = below.centre
        waist = 0.5 * (above.centre + below.centre)
        inside = below.centre + 3.0 * below.normal
        deep = np.array([0.0, above.half_depth, 0.0])
        marks["pillar_anterior"], marks["pillar_posterior"] = press(np.array([waist - deep, waist + deep]), solid, 0.0)
        marks["pillar_waist"] = leave(solid, waist, [side.sign, 0.0, 0.0], far_mm=9.0)
        marks["iap_tip"] = leave(solid, inside, below.lower_tip + 0.8 * below.normal - inside, far_mm=14.0)
    return marks
