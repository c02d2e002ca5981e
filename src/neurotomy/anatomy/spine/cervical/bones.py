"""The bones of the neck as smooth solids, each in its own frame, and where they stand.

Frame of a bone: origin at the centre of its body, +x patient left, +y posterior, +z along the normal of its upper end
plate. In comments and helpers u is the distance from the midline to the side in question.

An articular pillar is a waisted column cut by the planes of its two joints; the planes slope down and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.bones import PlacedBone
from neurotomy.anatomy.spine.cervical.shape import BONES, CervicalShape, CervicalVertebra
from neurotomy.anatomy.spine.column import stacked
from neurotomy.anatomy.spine.materials import BODY_BONE, PROCESS_BONE, RIB_BONE
from neurotomy.anatomy.spine.solid import Join, Packed, Part
from neurotomy.geometry import RigidTransform
from neurotomy.imaging.labels import RIB_IDS, VERTEBRA_IDS

__all__ = [
    "C4_CENTRE_LPS_MM",
    "PillarJoint",
    "bone_solid",
    "bones_of",
    "foramen_centre",
    "joint_above",
    "joints_of",
    "lamina_middle",
    "lps_from_bones",
    "pedicle_of",
    "spinous_way",
    "transverse_axis",
]

Array = NDArray[np.float64]

C4_CENTRE_LPS_MM = (1.0, 4.0, 0.0)
"""Where the centre of C4 is put."""

_X = (1.0, 0.0, 0.0)


@dataclass(frozen=True)
class PillarJoint:
    """A facet joint between two pillars, in the frame of one of its bones.

    Attributes
    ----------
    centre
        Middle of the joint space.
    normal
        Unit vector out of the lower bone's facet: up and back.
    forward
        Unit vector in the joint's plane, forwards and up: towards the tip of the superior articular process.
    half_width, half_depth
        Of the pillar there, across and from front to back (horizontally).
    half_gap
        Half of the joint space.
    """

    centre: Array
    normal: Array
    forward: Array
    half_width: float
    half_depth: float
    half_gap: float

    @property
    def upper_tip(self) -> Array:
        """Where the joint's plane meets the front of the pillar: about the tip of the superior articular process."""
        return np.asarray(self.centre + self.forward * self.half_depth / max(float(np.hypot(*self.forward[:2])), 0.3))

    @property
    def lower_tip(self) -> Array:
        """Where it meets the back: about the tip of the inferior articular process of the bone above."""
        return np.asarray(2 * self.centre - self.upper_tip)

    def moved(self, to_from_here: RigidTransform) -> PillarJoint:
        """The same joint in another frame."""
        return PillarJoint(
            to_from_here(self.centre),
            to_from_here.direction(self.normal),
            to_from_here.direction(self.forward),
            self.half_width,
            self.half_depth,
            self.half_gap,
        )


def lps_from_bones(shape: CervicalShape) -> Mapping[str, RigidTransform]:
    """``lps_from_vertebra`` of C2 to T1."""
    heights = tuple(v.height_mm for v in shape.vertebrae)
    return stacked(BONES, heights, (0.0,) * len(BONES), shape.discs, shape.slope_deg, "C4", C4_CENTRE_LPS_MM)


def _pick(pair: tuple[float, float], side: Side) -> float:
    return pair[0] if side is Side.LEFT else pair[1]


def joint_above(v: CervicalVertebra, side: Side) -> PillarJoint:
    """The joint of this bone (C3 to T1) with the bone above, in this bone's frame."""
    angle = np.radians(_pick(v.facet_tilt_deg, side))
    drop = {"T1": 0.5}.get(v.bone, 0.0)
    depth = {"T1": 9.5}.get(v.bone, v.pillar_mm[2])
    return PillarJoint(
        centre=np.array([side.sign * _pick(v.pillar_out_mm, side), v.posterior_wall_mm + 6.4, v.height_mm / 2 - drop]),
        normal=np.array([0.0, np.sin(angle), np.cos(angle)]),
        forward=np.array([0.0, -np.cos(angle), np.sin(angle)]),
        half_width=v.pillar_mm[0] / 2,
        half_depth=depth / 2,
        half_gap=v.joint_space_mm / 2,
    )


def joints_of(shape: CervicalShape, bone: str, side: Side) -> tuple[PillarJoint | None, PillarJoint | None]:
    """The joints above and below this bone and side in its own frame; None where there is none of this kind."""
    above = None if bone == "C2" else joint_above(shape.vertebra(bone), side)
    if bone == BONES[-1]:
        return above, None
    poses, lower = lps_from_bones(shape), BONES[BONES.index(bone) + 1]
    return above, joint_above(shape.vertebra(lower), side).moved(poses[bone].inverse() @ poses[lower])


@lru_cache(maxsize=64)
def bone_solid(shape: CervicalShape, bone: str) -> Packed:
    """The solid of one bone, C1 to T1, in its own frame; C1 in that of C2."""
    if bone == "C1":
        return _atlas(shape.vertebra("C2"), shape.size).packed()
    v = shape.vertebra(bone)
    part = Part(bone, VERTEBRA_IDS[bone])
    part.group(BODY_BONE, k=0.0)
    part.body(
        upper=(v.upper_mm[0] / 2, v.upper_mm[1] / 2),
        lower=(v.lower_mm[0] / 2, v.lower_mm[1] / 2),
        height=v.height_mm,
        wedge_deg=0.0,
        waist=1.0,
        dish=0.7,
        edge=1.2,
    )
    if bone == "C2":
        _add_dens(part, v, shape.size)
    joints = {side: joints_of(shape, bone, side) for side in Side}
    for side in Side:
        _add_side(part, v, side, *joints[side], shape.size)
    _add_arch(part, v, {side: _pillar_ends(v, side, *joints[side]) for side in Side})
    _cut_canal(part, v)
    for side in Side:
        _clear_joints(part, v, side, *joints[side])
    for side in Side:
        _cut_foramen(part, v, side)
    return part.packed()


def bones_of(shape: CervicalShape) -> tuple[PlacedBone, ...]:
    """Every bone of this neck in LPS: C1 to T1 and stubs of the first ribs."""
    poses = lps_from_bones(shape)
    placed = [PlacedBone("C1", VERTEBRA_IDS["C1"], bone_solid(shape, "C1").moved(poses["C2"]))]
    placed += [PlacedBone(b, VERTEBRA_IDS[b], bone_solid(shape, b).moved(poses[b])) for b in BONES]
    for side in Side:
        rib = _first_rib(side, shape)
        placed.append(PlacedBone(rib.name, rib.label, rib.packed(poses["T1"])))
    return tuple(placed)


# -- one side ----------------------------------------------------------------------------------------------------------


def _pillar_ends(
    v: CervicalVertebra, side: Side, above: PillarJoint | None, below: PillarJoint | None
) -> tuple[Array, Array]:
    """Axis of the pillar: middle of the joint above (of C2 the root of the pars), and of the joint below."""
    s, wall = side.sign, v.posterior_wall_mm
    out = _pick(v.pillar_out_mm, side)
    top = np.array([s * (out - 2.0), wall - 1.0, v.height_mm / 2 - 5.0]) if above is None else above.centre
    low = np.array([s * (out - 0.5), wall + 8.0, -v.height_mm / 2 - 3.5]) if below is None else below.centre
    return top, low


def _add_pillar(
    part: Part, v: CervicalVertebra, side: Side, above: PillarJoint | None, below: PillarJoint | None
) -> None:
    top, low = _pillar_ends(v, side, above, below)
    axis = low - top
    wide, waist, deep = v.pillar_mm[0] / 2, v.pillar_mm[1] / 2, v.pillar_mm[2] / 2
    part.group(PROCESS_BONE, k=2.0)
    # the column runs on beyond both joints and is cut by their planes
    start = top - (0.0 if above is None else 0.55) * axis
    stations = [(start, wide, deep), (top + 0.16 * axis, wide, deep), (top + 0.5 * axis, waist, 0.95 * deep)]
    stations += [(top + 0.84 * axis, wide, deep), (low + 0.55 * axis, wide, deep)]
    if below is None:
        stations = [*stations[:3], (low, 0.75 * waist, 0.7 * deep)]
    part.chain(stations, _X, k=2.5)
    if above is not None:
        part.plane(above.centre - above.half_gap * above.normal, above.normal, k=1.2)
    if below is not None:
        part.plane(below.centre + below.half_gap * below.normal, -below.normal, k=1.2)


def _add_side(
    part: Part, v: CervicalVertebra, side: Side, above: PillarJoint | None, below: PillarJoint | None, size: float
) -> None:
    s, wall, half = side.sign, v.posterior_wall_mm, v.height_mm / 2
    top, low = _pillar_ends(v, side, above, below)
    middle = 0.5 * (top + low)
    out = abs(middle[0])

    def at(u: float, y: float, z: float) -> Array:
        return np.array([s * u, y, z])

    _add_pillar(part, v, side, above, below)
    # pedicle: from the upper half of the body back and out to the pillar
    wide, tall = v.pedicle_mm[0] / 2, v.pedicle_mm[1] / 2
    z = half - tall - (0.6 if v.bone != "C2" else 5.0)
    part.group(PROCESS_BONE, k=1.5)
    inner = 0.42 * v.upper_mm[0]
    part.process(
        at(inner, wall - 4.0, z), at(out - 1.0, wall + 2.4, min(z, middle[2] + 4.5)), (wide, tall), (wide, tall),
        at(0.75, -0.65, 0.0),
    )  # fmt: skip
    if v.bone not in {"C2", "T1"}:  # uncinate process: the raised rim of the upper end plate
        part.group(BODY_BONE, k=1.5)
        rim = v.upper_mm[0] / 2
        part.process(
            at(rim - 0.2, -0.15 * v.upper_mm[1], half - 0.6), at(rim - 0.8, 0.30 * v.upper_mm[1], half + 1.6),
            (1.5, 1.5), (1.7, 2.6), _X,
        )  # fmt: skip
    _add_transverse(part, v, side)
    if v.bone == "C2":  # shoulders that carry the atlas
        part.group(PROCESS_BONE, k=2.0)
        tilt = np.radians(24.0)
        axes = np.array(
            [[np.cos(tilt), 0.0, -s * np.sin(tilt)], [0.0, 1.0, 0.0], [s * np.sin(tilt), 0.0, np.cos(tilt)]]
        )
        part.ellipsoid(at(14.2 * size, 1.0 * size, half - 1.0), np.array([8.2, 8.4, 4.6]) * size, axes)


def _add_transverse(part: Part, v: CervicalVertebra, side: Side) -> None:
    """Two bars round the foramen transversarium, joined by the floor of the gutter of the nerve."""
    s = side.sign
    root, tip_back, half = transverse_axis(v, side)

    def p(u: float, y: float, height: float) -> Array:
        return np.array([s * u, y, height])

    part.group(PROCESS_BONE, k=1.5)
    if v.bone == "T1":
        part.process(root, tip_back, (4.0, 5.2), (4.4, half), (0.2 * s, 1, 0))
        return
    hole = v.foramen_mm / 2
    centre = foramen_centre(v, side)
    front, behind = centre[1] - hole - 1.4, centre[1] + hole + 1.6
    beyond = abs(centre[0]) + hole + 1.5
    low = pedicle_of(v, side)[2] - (3.0 if v.bone != "C2" else 1.0)
    if v.bone == "C7":  # long, blunt, its front bar thin
        part.process(root, tip_back, (3.4, 4.2), (3.6, half), (0, 1, 0))
        part.process(p(0.4 * v.upper_mm[0], front, low), p(beyond, front + 1.0, low), (1.3, 1.6), (1.2, 1.4), (0, 1, 0))
        part.process(p(beyond, front + 1.0, low), p(beyond + 2.0, behind, low + 1), (1.2, 1.4), (2.0, 2.4), (0, 0, 1))
        return
    reach = _pick(v.transverse_mm, side)
    tip_front = p(reach - 3.6, front + 1.0, low - (2.5 if v.bone != "C6" else 3.5))
    front_tip = 2.0 if v.bone != "C6" else 3.0  # the carotid tubercle
    if v.bone == "C2":
        tip_front, front_tip = p(beyond, front + 1.5, low - 4.0), 1.6
    part.process(p(0.42 * v.upper_mm[0], front + 1.2, low), tip_front, (1.6, 2.0), (front_tip, front_tip), (0, 1, 0))
    part.process(root, tip_back, (1.9, 2.6), (half, half), (0, 1, 0))
    part.process(
        p(beyond + 0.4, front + 0.6, low - 2.0), p(beyond + 0.8, behind, low - 2.0), (1.6, 1.5), (1.6, 1.5), _X
    )


def foramen_centre(v: CervicalVertebra, side: Side) -> Array:
    """Middle of the foramen transversarium at the height of the body's middle."""
    hole = v.foramen_mm / 2
    beside = 0.5 * v.upper_mm[0] + (6.2 if v.bone != "C7" else 4.6)
    if v.bone == "C2":
        beside = 0.5 * v.upper_mm[0] + 8.2
    return np.array([side.sign * beside, v.posterior_wall_mm - hole - 4.2, 0.0])


def _cut_foramen(part: Part, v: CervicalVertebra, side: Side) -> None:
    if v.foramen_mm == 0.0:
        return
    centre, half = foramen_centre(v, side), v.foramen_mm / 2
    part.group(PROCESS_BONE, k=0.8, join=Join.SUBTRACT)
    top = centre + np.array([0.0, 0.0, v.height_mm / 2 + 2.0])
    if v.bone == "C2":  # turns outwards on its way up
        part.process(centre - [0, 0, 16.0], centre + [0, 0, -1.0], (half, half), (half, half), _X, k=0.5)
        away = centre + np.array([side.sign * 14.0, 0.0, 3.0])
        part.process(centre + [0, 0, -1.0], away, (half, half), (half, half), (0.0, 1.0, 0.0), k=0.5)
        return
    part.process(centre - [0, 0, v.height_mm / 2 + 5.0], top, (half, half), (half, half), _X)


# -- behind ------------------------------------------------------------------------------------------------------------


def pedicle_of(v: CervicalVertebra, side: Side) -> Array:
    """Middle of the pedicle."""
    z = v.height_mm / 2 - v.pedicle_mm[1] / 2 - (0.6 if v.bone != "C2" else 5.0)
    u = 0.5 * (0.42 * v.upper_mm[0] + _pick(v.pillar_out_mm, side) - 1.0)
    return np.array([side.sign * u, v.posterior_wall_mm - 0.8, z])


def transverse_axis(v: CervicalVertebra, side: Side) -> tuple[Array, Array, float]:
    """Root and centre of the end of the transverse process (its back bar), and half the height of this end."""
    s, reach = side.sign, _pick(v.transverse_mm, side)
    out, wall = _pick(v.pillar_out_mm, side), v.posterior_wall_mm
    z = pedicle_of(v, side)[2]
    if v.bone == "T1":
        return np.array([s * (out - 1), wall + 5.0, 0.5]), np.array([s * (reach - 4.0), wall + 11.0, 5.0]), 4.8
    if v.bone == "C7":
        return np.array([s * out, wall + 2.0, z - 1.0]), np.array([s * (reach - 3.6), wall + 3.5, z - 0.5]), 4.0
    hole, centre = v.foramen_mm / 2, foramen_centre(v, side)
    behind, low = centre[1] + hole + 1.6, z - (3.0 if v.bone != "C2" else 1.0)
    tip = np.array([s * (reach - 2.0), behind + 2.0, low - 2.4])
    if v.bone == "C2":
        tip = np.array([s * (reach - 3.5), behind - 1.0, low - 5.0])
    return np.array([s * (out - 3.0), behind + 0.4, low + 0.6]), tip, 2.1


def spinous_way(v: CervicalVertebra) -> tuple[Array, Array]:
    """Start of the spinous process at the lamina, and the way and length to its tip (or between both tips)."""
    drop = {"C2": 3.0, "C3": 5.0, "C4": 6.0, "C5": 7.0, "C6": 8.0, "C7": 8.0, "T1": 13.0}[v.bone]
    return lamina_middle(v), np.array([v.spinous_tilt_mm, v.spinous_mm - 2.0, -drop])


def lamina_middle(v: CervicalVertebra) -> Array:
    """Middle of the lamina, where the spinous process begins."""
    back = v.posterior_wall_mm + v.canal_mm[1]
    return np.array([0.0, back + 1.6, {"C2": -5.0, "T1": -6.5, "C7": -6.0}.get(v.bone, -5.5)])


def _add_arch(part: Part, v: CervicalVertebra, ends: dict[Side, tuple[Array, Array]]) -> None:
    """Laminae and spinous process: split in two at its end from C2 to C6, single and long below."""
    middle = lamina_middle(v)
    tall = {"C2": 7.0, "T1": 8.0, "C7": 6.8}.get(v.bone, 5.4)
    part.group(PROCESS_BONE, k=2.0)
    for side in Side:
        top, low = ends[side]
        s = side.sign
        start = 0.5 * (top + low) + np.array([-s * 1.5, 2.6, 0.0])
        bend = np.array([s * 0.30 * v.canal_mm[0], middle[1] - 3.2, middle[2] + 0.3])
        part.process(start, bend, (2.4, tall - 0.6), (2.1, tall), (0.5 * s, 1.0, 0.0))
        part.process(bend, middle, (2.1, tall), (2.2, tall), (0.5 * s, 1.0, 0.0))
    _, along = spinous_way(v)
    if v.bone in {"C7", "T1"}:
        stop = middle + along
        part.process(middle, stop, (2.4, 5.2), (3.2, 4.2), _X)
        return
    split = middle + 0.62 * along
    high = {"C2": 6.0}.get(v.bone, 4.0)
    part.process(middle, split, (2.6, high), (2.3, high * 0.8), _X)
    spread = {"C2": 5.0, "C6": 2.6}.get(v.bone, 3.8)
    for side in Side:
        tip = middle + along + np.array([side.sign * spread, 0.0, -1.0])
        part.process(split, tip, (1.9, 2.6), (2.2, 2.6), _X)


def _cut_canal(part: Part, v: CervicalVertebra) -> None:
    part.group(PROCESS_BONE, k=1.0, join=Join.SUBTRACT)
    (width, depth), half = v.canal_mm, v.height_mm / 2
    centre = v.posterior_wall_mm + depth / 2
    section = (width / 2, depth / 2)
    part.process((0.0, centre, -half - 9.0), (0.0, centre, half + 12.0), section, section, _X)


def _clear_joints(
    part: Part, v: CervicalVertebra, side: Side, above: PillarJoint | None, below: PillarJoint | None
) -> None:
    """What else reaches into a joint's neighbour is cut away: nothing of this bone beyond its joint's planes."""
    for joint, way in ((above, 1.0), (below, -1.0)):
        if joint is None:
            continue
        far = joint.centre + way * 10.0 * np.array([0.0, 0.0, 1.0])
        wide, deep = joint.half_width + 2.5, joint.half_depth + 3.0
        part.group(PROCESS_BONE, k=0.6, join=Join.SUBTRACT)
        part.process(joint.centre - way * np.array([0.0, 0.0, 6.0]), far, (wide, deep), (wide, deep), _X)
        face = joint.centre - way * joint.half_gap * joint.normal
        part.plane(face, -way * joint.normal, k=0.0)


def _add_dens(part: Part, v: CervicalVertebra, size: float) -> None:
    from neurotomy import evidence

    rise = evidence.value("morphometry.cervical.dens_height") * size
    base, tip = np.array([0.0, -0.8, v.height_mm / 2 - 4.0]), np.array([0.0, 0.6, v.height_mm / 2 + rise - 4.2])
    part.group(BODY_BONE, k=3.0)
    waist = base + 0.45 * (tip - base)
    part.chain(
        [(base, 6.0 * size, 6.0 * size), (waist, 4.6 * size, 5.0 * size), (tip, 5.0 * size, 5.2 * size)], _X, k=1.5
    )


def _atlas(axis: CervicalVertebra, size: float) -> Part:
    """C1 in the frame of C2: a ring with two side masses."""
    part = Part("C1", VERTEBRA_IDS["C1"])
    z = axis.height_mm / 2 + 9.6 * size
    part.group(PROCESS_BONE, k=0.0)
    x = np.array([1.0, 0.0, 0.0])

    def p(u: float, y: float, up: float = 0.0) -> Array:
        return np.array([u * size, y * size, z + up * size])

    front = [
        p(u, y)
        for u, y in ((15.0, -2.0), (10.0, -7.6), (5.0, -9.9), (0.0, -10.6), (-5.0, -9.9), (-10.0, -7.6), (-15.0, -2.0))
    ]
    back = [
        p(u, y, -1.0)
        for u, y in (
            (17.0, 6.0),
            (18.0, 14.0),
            (14.5, 22.0),
            (8.0, 27.5),
            (0.0, 29.5),
            (-8.0, 27.5),
            (-14.5, 22.0),
            (-18.0, 14.0),
            (-17.0, 6.0),
        )
    ]
    part.chain([(q, 4.6 * size, 2.4 * size) for q in front], (0.0, 0.0, 1.0), k=1.0)
    part.chain([(q, 3.6 * size, 2.4 * size) for q in back], (0.0, 0.0, 1.0), k=1.0)
    part.ellipsoid(p(0.0, -11.6), (2.6 * size, 2.2 * size, 3.2 * size))
    for side in Side:
        s = side.sign
        part.group(PROCESS_BONE, k=2.0)
        part.process(
            p(s * 15.0, 2.0, 5.0), p(s * 16.0, 2.0, -3.0), (7.0 * size, 8.5 * size), (6.6 * size, 7.5 * size), x
        )
        tilt = np.radians(24.0)
        outward = np.array([-s * np.sin(tilt), 0.0, -np.cos(tilt)])
        part.plane(p(s * 14.6, 1.0, -5.4), outward, k=1.0)
        part.plane(p(s * 15.0, 2.0, 7.5), np.array([-s * 0.35, 0.0, 1.0]), k=1.5)
        part.group(PROCESS_BONE, k=1.5)
        part.process(
            p(s * 20.0, 0.5), p(s * 36.0, 4.0, -1.5), (3.6 * size, 4.0 * size), (3.6 * size, 4.2 * size), (0, 1, 0)
        )
        part.process(
            p(s * 18.0, 7.0, -0.5),
            p(s * 35.0, 5.0, -1.5),
            (2.2 * size, 2.4 * size),
            (2.6 * size, 2.8 * size),
            (0, 1, 0),
        )
    for side in Side:
        part.group(PROCESS_BONE, k=0.8, join=Join.SUBTRACT)
        part.process(p(side.sign * 27.0, 3.2, -12.0), p(side.sign * 27.0, 3.2, 12.0), (3.1, 3.1), (3.1, 3.1), x)
    return part


def _first_rib(side: Side, shape: CervicalShape) -> Part:
    """The back of the first rib, in the frame of T1."""
    part = Part(f"rib 1 {side.value}", RIB_IDS[side.value][0])
    v, s, size = shape.vertebra("T1"), side.sign, shape.size
    wall = v.posterior_wall_mm
    part.group(RIB_BONE, k=1.0)
    stations = (
        ((0.5 * v.upper_mm[0] + 4.5, wall - 1.0, 3.0), 3.2, 4.0),
        ((0.5 * v.upper_mm[0] + 13.0, wall + 4.0, -0.5), 2.6, 3.6),
        ((36.0, wall + 5.5, -3.5), 3.0, 5.0),
        ((50.0, wall - 3.0, -9.0), 2.8, 6.5),
        ((59.0, wall - 20.0, -14.0), 2.6, 7.5),
        ((58.0, wall - 40.0, -22.0), 2.6, 8.0),
    )
    placed = []
    for n, (at, wide, tall) in enumerate(stations):
        placed.append((np.array([s * at[0] * (size if n > 1 else 1.0), at[1], at[2]]), wide, tall))
    part.chain(placed, (0.0, -0.3, 1.0), k=1.0)
    return part
