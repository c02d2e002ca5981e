"""All bones of one spine: each as a solid in its own frame, and where that frame stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.column import lps_from_bones
from neurotomy.anatomy.spine.materials import RIB_BONE
from neurotomy.anatomy.spine.pelvis import S1_BELOW_MM, hip_part, s1_from_pelvis, sacrum_part
from neurotomy.anatomy.spine.shape import BONES, SpineShape
from neurotomy.anatomy.spine.solid import Packed, Part
from neurotomy.anatomy.spine.vertebra import Facet, bone_below, facet, vertebra_part
from neurotomy.geometry import RigidTransform

__all__ = ["HIP_IDS", "LABEL_IDS", "RIB_IDS", "SACRUM_ID", "PlacedBone", "bone_solid", "bones_of"]

LABEL_IDS: Mapping[str, int] = {"S1": 26, "L5": 27, "L4": 28, "L3": 29, "L2": 30, "L1": 31, "T12": 32}
SACRUM_ID = 25
HIP_IDS: Mapping[Side, int] = {Side.LEFT: 77, Side.RIGHT: 78}
RIB_IDS: Mapping[Side, int] = {Side.LEFT: 103, Side.RIGHT: 115}
"""Ids of TotalSegmentator v2; the ribs are the twelfth."""


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
        return sacrum_part(shape.vertebra("S1"), LABEL_IDS["S1"], shape.size).packed()
    return vertebra_part(shape.vertebra(bone), LABEL_IDS[bone], _joints_below(shape, bone)).packed()


def _joints_below(shape: SpineShape, bone: str) -> dict[Side, Facet]:
    poses = lps_from_bones(shape)
    below = bone_below(bone)
    here_from_below = poses[bone].inverse() @ poses[below]
    return {side: facet(shape.vertebra(below), side).moved(here_from_below) for side in Side}


def bones_of(shape: SpineShape) -> tuple[PlacedBone, ...]:
    """Every bone of this spine: vertebrae, sacrum, hip bones and twelfth ribs."""
    poses = lps_from_bones(shape)
    placed = []
    for bone in BONES:
        solid = bone_solid(shape, bone).moved(poses[bone])
        if bone == "S1":
            normal = poses[bone].rotation[:, 2]
            point = poses[bone]([0.0, 0.0, S1_BELOW_MM * shape.size])
            split = (*(float(v) for v in normal), float(normal @ point))
            placed.append(PlacedBone(bone, LABEL_IDS[bone], solid, split, SACRUM_ID))
        else:
            placed.append(PlacedBone(bone, LABEL_IDS[bone], solid))
    lps_from_pelvis = poses["S1"] @ s1_from_pelvis()
    for side in Side:
        hip = hip_part(side, HIP_IDS[side], shape.size)
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
    part.chain(
        [(np.array([s * p[0], p[1], p[2]]) * size, w, h) for p, w, h in stations], (0.3 * s, -1.0, 0.0)
    )
    return part


def pose_of(shape: SpineShape, bone: str) -> RigidTransform:
    """``lps_from_vertebra`` of one bone."""
    return lps_from_bones(shape)[bone]
