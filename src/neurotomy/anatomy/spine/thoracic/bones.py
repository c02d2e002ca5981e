"""The bones of the chest as smooth solids, each in its own frame, and where they stand.

Frame of a bone: origin at the centre of its body, +x patient left, +y posterior, +z along the normal of its upper end
plate. The facets stand almost in the frontal plane: a superior process in front of the joint's plane, the inferior
process of the bone above behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.bones import PlacedBone
from neurotomy.anatomy.spine.cervical.bones import PillarJoint
from neurotomy.anatomy.spine.column import stacked
from neurotomy.anatomy.spine.laying import both
from neurotomy.anatomy.spine.materials import BODY_BONE, PROCESS_BONE, RIB_BONE
from neurotomy.anatomy.spine.solid import Join, Packed, Part
from neurotomy.anatomy.spine.thoracic.shape import BONES, ThoracicShape, ThoracicVertebra
from neurotomy.geometry import RigidTransform
from neurotomy.imaging.labels import RIB_IDS, VERTEBRA_IDS

__all__ = [
    "T6_CENTRE_LPS_MM", "bone_solid", "bones_of", "joint_above", "lamina_middle", "lps_from_bones", "pedicle_of",
    "process_axis", "rib_of", "spinous_way",
]  # fmt: skip

Array = NDArray[np.float64]

T6_CENTRE_LPS_MM = (1.0, 8.0, 0.0)
"""Where the centre of T6 is put."""

_X = (1.0, 0.0, 0.0)

_TIP_HALF = {"T10": 4.4, "T11": 3.6, "T12": 3.0}
"""Half thickness of the bulb at the end of a transverse process; 5 mm where not named."""


def lps_from_bones(shape: ThoracicShape) -> Mapping[str, RigidTransform]:
    """``lps_from_vertebra`` of T1 to T12."""
    heights = tuple(v.height_mm for v in shape.vertebrae)
    wedges = tuple(v.wedge_deg for v in shape.vertebrae)
    return stacked(BONES, heights, wedges, shape.discs, shape.slope_deg, "T6", T6_CENTRE_LPS_MM)


def joint_above(v: ThoracicVertebra, side: Side) -> PillarJoint:
    """The joint of this bone with the bone above, in this bone's frame."""
    angle = np.radians(both(side, v.facet_tilt_deg))
    y = v.posterior_wall_mm + 0.62 * v.canal_mm[1] + 2.6
    return PillarJoint(
        centre=np.array([side.sign * both(side, v.facet_out_mm), y, v.height_mm / 2 + 2.2]),
        normal=np.array([0.0, np.sin(angle), np.cos(angle)]),
        forward=np.array([0.0, -np.cos(angle), np.sin(angle)]),
        half_width=v.facet_mm / 2,
        half_depth=0.3 * v.facet_mm / 2,
        half_gap=v.joint_space_mm / 2,
    )


def joint_below(shape: ThoracicShape, bone: str, side: Side) -> PillarJoint | None:
    """The joint with the bone below, in this bone's frame; None below T12."""
    if bone == BONES[-1]:
        return None
    poses, lower = lps_from_bones(shape), BONES[BONES.index(bone) + 1]
    return joint_above(shape.vertebra(lower), side).moved(poses[bone].inverse() @ poses[lower])


def pedicle_of(v: ThoracicVertebra, side: Side) -> Array:
    """Middle of the pedicle."""
    u = 0.5 * v.canal_mm[0] + 0.48 * v.pedicle_mm[0]
    return np.array([side.sign * u, v.posterior_wall_mm + 2.0, v.height_mm / 2 - v.pedicle_mm[1] / 2 - 0.3])


def process_axis(v: ThoracicVertebra, side: Side) -> tuple[Array, Array, float]:
    """Root of the transverse process, centre of the bulb at its end, and the bulb's half thickness."""
    half = _TIP_HALF.get(v.bone, 5.0)
    s = side.sign
    u = 0.5 * v.canal_mm[0] + 0.75 * v.pedicle_mm[0]
    root = np.array([s * u, v.posterior_wall_mm + 8.5, v.height_mm / 2 - 0.5 * v.pedicle_mm[1]])
    out = max(both(side, v.transverse_mm) - half - u, 3.0)
    angle = np.radians(both(side, v.transverse_back_deg))
    lift = {"T1": 4.0, "T2": 3.0, "T11": 0.0, "T12": -1.0}.get(v.bone, 2.0)
    return root, root + np.array([s * out, out * np.tan(angle), lift]), half


def lamina_middle(v: ThoracicVertebra) -> Array:
    """Middle of the lamina, where the spinous process begins."""
    return np.array([0.0, v.posterior_wall_mm + v.canal_mm[1] + 2.0, -0.10 * v.height_mm])


def spinous_way(v: ThoracicVertebra) -> tuple[Array, Array]:
    """Start of the spinous process at the lamina, and the way and length to its tip."""
    slope = np.radians(v.spinous_slope_deg)
    length = v.spinous_mm - 2.0
    return lamina_middle(v), np.array([v.spinous_tilt_mm, length * np.cos(slope), -length * np.sin(slope)])


@lru_cache(maxsize=128)
def bone_solid(shape: ThoracicShape, bone: str) -> Packed:
    """The solid of one vertebra in its own frame."""
    v = shape.vertebra(bone)
    part = Part(bone, VERTEBRA_IDS[bone])
    part.group(BODY_BONE, k=0.0)
    part.body(
        upper=(v.upper_mm[0] / 2, v.upper_mm[1] / 2),
        lower=(v.lower_mm[0] / 2, v.lower_mm[1] / 2),
        height=v.height_mm,
        wedge_deg=v.wedge_deg,
        waist=1.8,
        dish=1.0,
    )
    below = {side: joint_below(shape, bone, side) for side in Side}
    for side in Side:
        _add_side(part, v, side, below[side])
    _add_spinous(part, v)
    part.group(PROCESS_BONE, k=1.0, join=Join.SUBTRACT)
    centre, half = v.posterior_wall_mm + v.canal_mm[1] / 2, v.height_mm / 2
    section = (v.canal_mm[0] / 2, v.canal_mm[1] / 2)
    part.process((0.0, centre, -half - 8.0), (0.0, centre, half + 12.0), section, section, _X)
    for side in Side:
        _clear_joints(part, v, side, below[side])
    return part.packed()


def _add_side(part: Part, v: ThoracicVertebra, side: Side, below: PillarJoint | None) -> None:
    s, wall = side.sign, v.posterior_wall_mm
    middle = lamina_middle(v)
    pedicle, (wide, tall) = pedicle_of(v, side), (v.pedicle_mm[0] / 2, v.pedicle_mm[1] / 2)
    root, tip, bulb = process_axis(v, side)
    joint = joint_above(v, side)
    hub = np.array([joint.centre[0], wall + 0.62 * v.canal_mm[1] + 2.0, pedicle[2] - 2.0])
    part.group(PROCESS_BONE, k=2.0)
    part.process(pedicle - [0.0, 7.0, 0.0], pedicle, (wide, tall), (wide, tall), _X)
    part.process(pedicle, hub, (wide, 0.95 * tall), (max(wide, 3.4), 0.85 * tall), _X)
    # lamina: broad, from the hub to the midline
    high = 0.36 * v.height_mm + 2.0
    part.process(hub - [0.0, 0.0, 1.0], middle, (2.9, high), (2.7, high), (0.6 * s, 1.0, 0.0))
    # superior process, in front of the plane of its joint
    part.group(PROCESS_BONE, k=1.5)
    half = v.facet_mm / 2
    front = joint.centre - (joint.half_gap + 1.2) * joint.normal
    part.process(hub, front + 0.72 * half * joint.forward, (half, 3.2), (0.85 * half, 2.6), _X)
    part.plane(joint.centre - joint.half_gap * joint.normal, joint.normal, k=0.8)
    if below is not None:  # inferior process, behind the plane of the joint below
        part.group(PROCESS_BONE, k=1.5)
        behind = below.centre + (below.half_gap + 1.6) * below.normal
        part.process(
            np.array([0.9 * below.centre[0], behind[1] + 0.4, middle[2]]), behind - 0.72 * half * below.forward,
            (half, 3.0), (0.8 * half, 2.4), _X,
        )  # fmt: skip
        part.plane(below.centre + below.half_gap * below.normal, -below.normal, k=0.8)
    else:
        part.group(PROCESS_BONE, k=2.0)
        start = np.array([s * 9.0, middle[1] - 1.5, middle[2] - 3.0])
        part.process(start, start + [0.0, 1.5, -0.75 * v.height_mm], (5.0, 3.4), (4.4, 4.4), _X)
    part.group(PROCESS_BONE, k=2.5)
    neck = 0.55 * root + 0.45 * tip
    away = np.cross(tip - root, [0.0, 0.0, 1.0])
    part.process(root, neck, (3.6, min(tall, 5.2)), (3.1, 4.2), away)
    part.process(neck, tip, (3.1, 4.2), (0.82 * bulb, 0.95 * bulb), away)
    part.ellipsoid(tip, (bulb, bulb, bulb), k=1.0)


def _clear_joints(part: Part, v: ThoracicVertebra, side: Side, below: PillarJoint | None) -> None:
    """Nothing of this bone reaches beyond the planes of its joints, beside the joints themselves."""
    for joint, way in ((joint_above(v, side), 1.0), (below, -1.0)):
        if joint is None:
            continue
        part.group(PROCESS_BONE, k=0.6, join=Join.SUBTRACT)
        half = joint.half_width + 1.2
        middle = joint.centre + way * 4.0 * joint.normal
        part.process(middle - half * joint.forward, middle + half * joint.forward, (half, 4.5), (half, 4.5), _X)
        part.plane(joint.centre - way * joint.half_gap * joint.normal, -way * joint.normal, k=0.0)


def _add_spinous(part: Part, v: ThoracicVertebra) -> None:
    start, along = spinous_way(v)
    part.group(PROCESS_BONE, k=2.0)
    part.process(start, start + 0.6 * along, (3.0, 5.6), (2.3, 4.2), _X)
    part.process(start + 0.6 * along, start + along, (2.3, 4.2), (2.9, 3.8), _X)


def bones_of(shape: ThoracicShape) -> tuple[PlacedBone, ...]:
    """Every bone of this chest in LPS: T1 to T12, and the back of every rib."""
    poses = lps_from_bones(shape)
    placed = [PlacedBone(b, VERTEBRA_IDS[b], bone_solid(shape, b).moved(poses[b])) for b in BONES]
    for bone in BONES:
        for side in Side:
            rib = rib_of(shape, bone, side)
            placed.append(PlacedBone(rib.name, rib.label, rib.packed(poses[bone])))
    return tuple(placed)


def rib_of(shape: ThoracicShape, bone: str, side: Side) -> Part:
    """The back of one rib, in the frame of its vertebra: head, neck, tubercle before the process, angle."""
    v, n = shape.vertebra(bone), BONES.index(bone)
    s, size = side.sign, shape.size
    part = Part(f"rib {n + 1} {side.value}", RIB_IDS[side.value][n])
    part.group(RIB_BONE, k=1.0)
    _, tip, bulb = process_axis(v, side)
    half = v.height_mm / 2
    head = np.array(
        [s * (0.5 * v.upper_mm[0] + 3.6), v.posterior_wall_mm - 3.0, half - (1.0 if n in {0, 10, 11} else -1.0)]
    )
    if n >= 10:  # floating: no joint with the process
        tubercle = tip + np.array([s * 5.0, -bulb - 5.5, -1.0])
    else:
        tubercle = tip + np.array([s * 0.5, -bulb - 4.4, 1.0])
    wide = 2.4 * size
    stations = [
        (head, 3.0, 3.8),
        (0.5 * (head + tubercle) + np.array([0.0, 0.6, 0.0]), wide, 3.4),
        (tubercle, 2.9, 4.2),
        (tubercle + np.array([s * 14.0, 3.0, -4.0]) * size, wide, 5.2),
        (tubercle + np.array([s * 32.0, -3.0, -12.0]) * size, wide, 6.0),
        (tubercle + np.array([s * 56.0, -24.0, -26.0]) * size, wide, 6.4),
        (tubercle + np.array([s * 72.0, -58.0, -44.0]) * size, wide, 6.4),
    ]
    if n == 0:
        stations = [*stations[:4], (tubercle + np.array([s * 28.0, -14.0, -12.0]), wide, 6.5),
                    (tubercle + np.array([s * 30.0, -36.0, -20.0]), wide, 7.0)]  # fmt: skip
    elif n == 11:
        stations = stations[:5]
    part.chain(stations, (0.0, 1.0, 0.15), k=1.0)
    return part
