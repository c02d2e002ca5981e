"""All bones of one spine: each as a solid in its own frame, and where that frame stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.column import lps_from_bones
from neurotomy.anatomy.spine.materials import PROCESS_BONE, RIB_BONE
from neurotomy.anatomy.spine.pelvis import S1_BELOW_MM, hip_part, s1_from_pelvis, sacral_process, sacrum_part
from neurotomy.anatomy.spine.shape import BONES, SpineShape
from neurotomy.anatomy.spine.solid import Join, Packed, Part
from neurotomy.anatomy.spine.vertebra import bone_below, facet, superior_axis, vertebra_part
from neurotomy.imaging.labels import HIP_IDS, SACRUM_ID, VERTEBRA_IDS

__all__ = ["RIB_IDS", "PlacedBone", "bone_solid", "bones_of"]

RIB_IDS: Mapping[Side, int] = {Side.LEFT: 103, Side.RIGHT: 115}
"""Ids of the twelfth ribs in TotalSegmentator v2."""


@dataclass(frozen=True)
class PlacedBone:
    """One bone in LPS, ready to paint.

    Attributes
    ----------
    name, label
        As named; below the plane (normal, offset) `split` the label is `label_below`.
    solid
        Packed in LPS.
    """

    name: str
    label: int
    solid: Packed
    split: tuple[float, float, float, float] = (0.0, 0.0, 0.0, -1e9)
    label_below: int = 0


def bone_solid(shape: SpineShape, bone: str) -> Packed:
    """The solid of one bone, T12 to S1 (the whole sacrum), in its own frame."""
    if bone == "S1":
        return sacrum_part(shape.vertebra("S1"), VERTEBRA_IDS["S1"], shape.size).packed()
    poses = lps_from_bones(shape)
    lower = bone_below(bone)
    here_from_lower = poses[bone].inverse() @ poses[lower]
    axis_of = sacral_process if lower == "S1" else superior_axis
    below = {}
    for side in Side:
        joint = facet(shape.vertebra(lower), side).moved(here_from_lower)
        base, mid, tip = (here_from_lower(p) for p in axis_of(shape.vertebra(lower), side))
        below[side] = (joint, (base, mid, tip))
    part = vertebra_part(shape.vertebra(bone), VERTEBRA_IDS[bone], below)
    # The inferior processes stand beside the next bone's canal, not in it.
    v = shape.vertebra(lower)
    centre, half = v.posterior_wall_mm + v.canal_mm[1] / 2, v.height_mm / 2
    ends = here_from_lower([[0.0, centre, -half], [0.0, centre, half + 2.0]])
    section = (0.47 * v.canal_mm[0], 0.47 * v.canal_mm[1])
    part.group(PROCESS_BONE, k=1.0, join=Join.SUBTRACT)
    part.process(ends[0], ends[1], section, section, here_from_lower.direction([1.0, 0.0, 0.0]))
    return part.packed()


def bones_of(shape: SpineShape, sacrum: Packed | None = None) -> tuple[PlacedBone, ...]:
    """Every bone of this spine: vertebrae, sacrum (another one when given), hip bones and twelfth ribs."""
    poses = lps_from_bones(shape)
    placed = []
    for bone in BONES:
        solid = (sacrum if bone == "S1" and sacrum is not None else bone_solid(shape, bone)).moved(poses[bone])
        if bone == "S1":
            normal = poses[bone].rotation[:, 2]
            point = poses[bone]([0.0, 0.0, S1_BELOW_MM * shape.size])
            split = (float(normal[0]), float(normal[1]), float(normal[2]), float(normal @ point))
            placed.append(PlacedBone(bone, VERTEBRA_IDS[bone], solid, split, SACRUM_ID))
        else:
            placed.append(PlacedBone(bone, VERTEBRA_IDS[bone], solid))
    lps_from_pelvis = poses["S1"] @ s1_from_pelvis()
    for side in Side:
        hip = hip_part(side, HIP_IDS[side.value], shape.size)
        placed.append(PlacedBone(hip.name, hip.label, hip.packed(lps_from_pelvis)))
        rib = _rib(side, shape.size)
        placed.append(PlacedBone(rib.name, rib.label, rib.packed(poses["T12"])))
    return tuple(placed)


def _rib(side: Side, size: float) -> Part:
    """The twelfth rib, in the frame of T12."""
    part = Part(f"rib 12 {side.value}", RIB_IDS[side])
    part.group(RIB_BONE, k=2.0)
    stations = (
        ((21.5, 15.0, 2.0), 3.6, 3.8),
        ((31.0, 27.0, 0.0), 2.8, 4.2),
        ((52.0, 38.0, -11.0), 2.6, 4.8),
        ((76.0, 36.0, -28.0), 2.4, 4.8),
        ((96.0, 22.0, -43.0), 2.0, 3.2),
    )
    s = side.sign
    part.chain([(np.array([s * p[0], p[1], p[2]]) * size, w, h) for p, w, h in stations], (0.3 * s, -1.0, 0.0))
    return part
