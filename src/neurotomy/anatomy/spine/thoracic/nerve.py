"""The medial branches of the chest, and the landmarks beside them, in each bone's own frame.

C8 to T4, T9 and T10 cross the superolateral corner of the transverse process of the next bone, then run medially and
down on its back; T5 to T8 make the same curve above the corner, off bone (Chua 1995); T10 passes above the process in
some (Koutp 2022). T11 lies at the root of the superior articular process of T12, as in the low back.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine.laying import both, in_lps, laid_nerve, midline_marks, process_marks, process_nerve
from neurotomy.anatomy.spine.press import leave, press
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.anatomy.spine.template import TemplateNerve
from neurotomy.anatomy.spine.thoracic.bones import (
    bone_solid,
    joint_above,
    lamina_middle,
    lps_from_bones,
    pedicle_of,
    process_axis,
    spinous_way,
)
from neurotomy.anatomy.spine.thoracic.shape import BONES, ThoracicShape

__all__ = ["courses_of", "nerve_on", "target_on"]

Array = NDArray[np.float64]

_ABOVE = "The nerve turns above the corner of the transverse process, not on bone: {}."


@lru_cache(maxsize=8)
def courses_of(shape: ThoracicShape) -> tuple[NerveCourse, ...]:
    """Every medial branch of this chest in LPS, from the head down, left before right."""
    poses = lps_from_bones(shape)
    courses = []
    for bone in BONES:
        solid = bone_solid(shape, bone)
        for side in Side:
            nerve = nerve_on(shape, bone, side)
            marks = _landmarks(shape, bone, side, solid, nerve)
            note = _why_above(shape, bone, side)
            courses.append(in_lps(nerve, marks, solid, poses[bone], *([_ABOVE.format(note)] if note else [])))
    return tuple(courses)


def target_on(bone: str, side: Side) -> Target:
    """The nerve that crosses this bone: C8 at T1, else numbered one less."""
    above = "C8" if bone == "T1" else BONES[BONES.index(bone) - 1]
    return Target(f"{above} medial branch", bone, side)


def _why_above(shape: ThoracicShape, bone: str, side: Side) -> str:
    root = target_on(bone, side).nerve.split()[0]
    if root in evidence.get("anatomy.thoracic.off_bone_levels").value:  # type: ignore[operator]
        return "as T5 to T8 do"
    if root == "T10" and both(side, shape.t10_above):
        return "as T10 does in 12 of 40"
    return ""


def nerve_on(shape: ThoracicShape, bone: str, side: Side) -> TemplateNerve:
    """The medial branch over this bone and side, in the bone's frame."""
    v, solid, target = shape.vertebra(bone), bone_solid(shape, bone), target_on(bone, side)
    diameter = evidence.value("innervation.diameter.thoracic_medial_branch")
    root, tip, half = process_axis(v, side)
    if bone == "T12":
        lamina = 0.5 * (root + lamina_middle(v)) + np.array([0.0, 6.0, -4.0])
        s, joint = side.sign, joint_above(v, side)
        outer = abs(joint.centre[0]) + 0.9 * joint.half_width
        front = np.array([s * (outer + 1.0), joint.centre[1] - 5.5, joint.centre[2] - 3.5])
        top = np.array([s * (outer + 2.0), joint.centre[1] - 2.0, root[2] + 4.5])
        back = np.array([s * (outer + 1.0), joint.centre[1] + 5.0, root[2] + 0.5])
        start = front + np.array([0.0, -5.0, 5.0])
        guide = np.array([start, front, top, back, lamina])
        return laid_nerve(target, guide, solid, diameter, neck=(1, 3), on_bone=(1, 4))
    above = evidence.value("morphometry.thoracic.nerve_above_corner") if _why_above(shape, bone, side) else 0.0
    return process_nerve(target, solid, root, tip, half, diameter, above)


def _landmarks(shape: ThoracicShape, bone: str, side: Side, solid: Packed, nerve: TemplateNerve) -> dict[str, Array]:
    v = shape.vertebra(bone)
    start, stop = nerve.neck_arc_mm
    on = press(nerve.curve.at(np.array([0.5 * (start + stop), start, stop])).points_mm, solid, 0.0)
    joint = joint_above(v, side)
    inside = joint.centre - (joint.half_gap + 1.2) * joint.normal
    return {
        "target": on[0],
        "neck_ventral": on[1],
        "neck_dorsal": on[2],
        "sap_tip": leave(solid, inside, joint.forward, far_mm=12.0),
        "joint_above": joint.centre,
        "pedicle_centre": pedicle_of(v, side),
        **process_marks(solid, *process_axis(v, side)),
        **midline_marks(v.height_mm, leave(solid, *spinous_way(v), far_mm=v.spinous_mm + 6.0)),
    }
