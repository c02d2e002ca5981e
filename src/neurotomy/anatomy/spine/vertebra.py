"""One vertebra, T12 to L5, as a smooth solid in its own frame, and the facet joints between two of them.

Coordinates here are (u, y, z): u lateral on the side in question, y posterior, z along the normal of the upper end
plate, origin at the centre of the body. Offsets that no table gives are modelling choices, made so that axial slices
and oblique radiographs show each structure where it belongs; those that matter are named at the top.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine.materials import BODY_BONE, PROCESS_BONE
from neurotomy.anatomy.spine.shape import BONES, VertebraShape
from neurotomy.anatomy.spine.solid import Join, Part
from neurotomy.geometry import RigidTransform

__all__ = [
    "Facet",
    "Layout",
    "add_inferior_process",
    "add_superior_process",
    "bone_below",
    "clear_of_inferior_process",
    "facet",
    "layout",
    "spinous_axis",
    "superior_axis",
    "vertebra_part",
]

Array = NDArray[np.float64]

_JOINT_RADIUS = {"T12": 30.0, "L1": 10.5, "L2": 11.0, "L3": 12.0, "L4": 14.0, "L5": 18.0, "S1": 24.0}
"""Radius of curvature of the joint above each bone, in the axial plane: C-shaped above, flatter below."""

_FACET_BACK = {"T12": 0.62, "L1": 0.84, "L2": 0.84, "L3": 0.82, "L4": 0.78, "L5": 0.68, "S1": 0.64}
"""Centre of the superior facet behind the posterior wall, as a share of the canal's depth."""

_FACET_UP = {"T12": 2.5, "L1": 2.8, "L2": 2.5, "L3": 2.2, "L4": 1.5, "L5": -0.5, "S1": -2.5}
"""The same above the upper end plate: lower where lordosis brings the bones together behind."""

_ROOT = {"T12": (4.5, 6.0), "L1": (2.3, 5.0), "L2": (2.4, 5.3), "L3": (2.5, 5.6), "L4": (2.5, 5.3), "L5": (3.2, 6.2)}
"""Half thickness and half height of the transverse process at its root."""

_TIP = {"T12": (4.0, 5.0), "L1": (2.0, 3.6), "L2": (2.1, 4.0), "L3": (2.2, 4.4), "L4": (2.2, 3.4), "L5": (3.8, 4.8)}
"""The same at its tip."""

_TIP_BACK = {"T12": 7.0, "L1": 8.0, "L2": 7.0, "L3": 6.0, "L4": 6.0, "L5": 8.0}
_TIP_UP = {"T12": -2.0, "L1": 2.0, "L2": 2.5, "L3": 3.0, "L4": 6.5, "L5": 7.0}
"""Tip of the transverse process behind and above its root."""


_ROOT_TILT_DEG = 48.0
"""Slope of the back of the transverse process at its root: its upper border lies in front, so that the nerve runs down
it at the published angle to the end plate. It straightens towards the tip."""


@dataclass(frozen=True)
class Facet:
    """The superior facet of one bone on one side, and so the joint with the bone above.

    Attributes
    ----------
    centre
        Middle of the joint space.
    along, facing, up
        Unit vectors: along the joint from anteromedial to posterolateral; the way the superior facet faces
        (posteromedial); up.
    radius
        Of the joint's middle surface about an axis along `up`.
    half_width, half_height, half_gap
        Of the facet and of the joint space.
    """

    centre: Array
    along: Array
    facing: Array
    up: Array
    radius: float
    half_width: float
    half_height: float
    half_gap: float

    @property
    def axis_point(self) -> Array:
        """A point on the axis of the joint's curve."""
        return np.asarray(self.centre + self.radius * self.facing)

    def at(self, along: float, facing: float, up: float) -> Array:
        """The point with these coordinates from the facet's centre."""
        return np.asarray(self.centre + along * self.along + facing * self.facing + up * self.up)

    def moved(self, to_from_here: RigidTransform) -> Facet:
        """The same joint in another frame."""
        along, facing, up = (to_from_here.direction(v) for v in (self.along, self.facing, self.up))
        return Facet(
            to_from_here(self.centre),
            along,
            facing,
            up,
            self.radius,
            self.half_width,
            self.half_height,
            self.half_gap,
        )


@dataclass(frozen=True)
class Layout:
    """Where the structures of one side of one vertebra lie, in the vertebra's frame.

    Attributes
    ----------
    sign
        +1 for left.
    pedicle
        Centre of the isthmus.
    process_base, process_mid, process_tip
        Axis of the superior articular process.
    root, tip
        Axis of the transverse process.
    root_half
        Half thickness and half height of its root.
    mamillary, accessory
        Centres of the two tubercles.
    pars, lamina
        Middle of the pars interarticularis, and of the lamina where it leaves the pars.
    """

    sign: int
    pedicle: Array
    process_base: Array
    process_mid: Array
    process_tip: Array
    root: Array
    tip: Array
    root_half: tuple[float, float]
    mamillary: Array
    accessory: Array
    pars: Array
    lamina: Array

    @property
    def root_back(self) -> Array:
        """Unit vector out of the back of the root of the transverse process: dorsal and cranial."""
        angle = np.radians(_ROOT_TILT_DEG)
        return np.array([0.0, np.cos(angle), np.sin(angle)])

    @property
    def root_up(self) -> Array:
        """Unit vector up this back: ventral and cranial."""
        angle = np.radians(_ROOT_TILT_DEG)
        return np.array([0.0, -np.sin(angle), np.cos(angle)])

    def point(self, u: float, y: float, z: float) -> Array:
        """(u, y, z) as vertebra coordinates."""
        return np.array([self.sign * u, y, z])


def _pick(shape: VertebraShape, pair: tuple[float, float], side: Side) -> float:
    return pair[0] if side is Side.LEFT else pair[1]


def facet(shape: VertebraShape, side: Side) -> Facet:
    """The superior facet of this bone and side, in the bone's frame."""
    angle = np.radians(_pick(shape, shape.facet_angle_deg, side))
    s = side.sign
    up = shape.height_mm / 2 + _FACET_UP[shape.bone]
    centre = np.array(
        [
            s * _pick(shape, shape.facet_centre_mm, side),
            shape.posterior_wall_mm + _FACET_BACK[shape.bone] * shape.canal_mm[1],
            up,
        ]
    )
    return Facet(
        centre=centre,
        along=np.array([s * np.sin(angle), np.cos(angle), 0.0]),
        facing=np.array([-s * np.cos(angle), np.sin(angle), 0.0]),
        up=np.array([0.0, 0.0, 1.0]),
        radius=_JOINT_RADIUS[shape.bone],
        half_width=shape.facet_mm[0] / 2,
        half_height=shape.facet_mm[1] / 2,
        half_gap=shape.joint_space_mm / 2,
    )


def layout(shape: VertebraShape, side: Side) -> Layout:
    """Where this side's structures lie."""
    s, bone = side.sign, shape.bone
    joint = facet(shape, side)
    wall, half = shape.posterior_wall_mm, shape.height_mm / 2
    pedicle_z = half - shape.pedicle_mm[1] / 2 - 0.5
    pedicle_u = 0.97 * shape.canal_mm[0] / 2 + shape.pedicle_mm[0] / 2 / np.cos(np.radians(shape.pedicle_angle_deg))
    back = -(joint.half_gap + 4.0)
    mid = joint.at(0.3 if bone != "L5" else -0.6, back, 0.0)
    tip = joint.at(-0.5, back + 0.4, joint.half_height - 1.0)
    down = _FACET_UP[bone] - 2.5  # the neck stays where it is
    base = joint.at(-1.4, back - 0.5, -joint.half_height - 3.5 - down)
    root_z = pedicle_z - (5.4 if bone != "L5" else 7.4)
    root_y = wall + 7.2
    root_u = abs(base[0]) + 1.0
    reach = _pick(shape, shape.transverse_mm, side)
    # The tubercles flank the notch: the mamillary one on the back of the superior process, the accessory one at the
    # lower back of the root of the transverse process.
    mamillary = joint.at(joint.half_width - 0.2, back + 1.4, -5.0 - (1.5 if bone == "L5" else 0.6) * down)
    accessory = np.array([s * (root_u + (10.0 if bone == "L5" else 7.6)), root_y + 5.0, root_z - 3.0])
    return Layout(
        sign=s,
        pedicle=np.array([s * pedicle_u, wall + 3.5, pedicle_z]),
        process_base=base,
        process_mid=mid,
        process_tip=tip,
        root=np.array([s * root_u, root_y, root_z]),
        tip=np.array([s * (reach - min(_TIP[bone])), root_y + _TIP_BACK[bone], root_z + _TIP_UP[bone]]),
        root_half=_ROOT[bone],
        mamillary=mamillary,
        accessory=accessory,
        pars=np.array([s * (0.62 * shape.canal_mm[0] + 2.0), wall + 0.70 * shape.canal_mm[1] + 1.0, -3.5]),
        lamina=np.array([s * (0.40 * shape.canal_mm[0] + 1.5), wall + 0.90 * shape.canal_mm[1] + 1.5, -7.0]),
    )


def add_superior_process(part: Part, joint: Facet, base: Array, mid: Array, tip: Array) -> None:
    """The superior articular process, hollowed by the joint."""
    part.group(PROCESS_BONE, k=3.0)
    _superior_limbs(part, joint, (base, mid, tip), 0.0)
    part.cylinder(joint.axis_point, joint.up, joint.radius + joint.half_gap, k=0.8)


def add_inferior_process(part: Part, joint: Facet) -> None:
    """The inferior articular process of the bone above, in the joint's hollow; `joint` in the frame of `part`."""
    part.group(PROCESS_BONE, k=2.5)
    _inferior_limbs(part, joint, 0.0)
    part.cylinder(joint.axis_point, joint.up, joint.radius - joint.half_gap, k=1.0, join=Join.INTERSECT)


def clear_of_inferior_process(part: Part, joint: Facet) -> None:
    """Make room in a bone for the inferior process of the bone above, a joint space all round."""
    part.group(PROCESS_BONE, k=0.8, join=Join.SUBTRACT)
    _inferior_limbs(part, joint, 2 * joint.half_gap)
    part.cylinder(joint.axis_point, joint.up, joint.radius + joint.half_gap, k=1.0, join=Join.INTERSECT)


def clear_of_superior_process(part: Part, joint: Facet, axis: tuple[Array, Array, Array]) -> None:
    """Make room in a bone for the superior process (base, middle, tip) of the bone below, a joint space all round."""
    part.group(PROCESS_BONE, k=0.8, join=Join.SUBTRACT)
    _superior_limbs(part, joint, axis, 2 * joint.half_gap)
    part.cylinder(joint.axis_point, joint.up, joint.radius - joint.half_gap, k=0.8)


def _superior_limbs(part: Part, joint: Facet, axis: tuple[Array, Array, Array], grown: float) -> None:
    base, mid, tip = axis
    width = joint.half_width + grown
    neck = base + 0.62 * (mid - base)
    part.process(base, neck, (4.8 + grown, 4.6 + grown), (5.2 + grown, 4.8 + grown), joint.along, k=2.0)
    part.process(neck, mid, (5.2 + grown, 4.8 + grown), (width, 6.0 + grown), joint.along, k=2.0)
    end = (0.55 * joint.half_width + grown, 4.2 + grown)
    part.process(mid, tip, (width, 6.0 + grown), end, joint.along, k=2.0)


def _inferior_limbs(part: Part, joint: Facet, grown: float) -> None:
    depth, width = joint.half_gap + 3.6, joint.half_width
    top = joint.at(0.3, depth + 0.6, joint.half_height + 0.5)
    low = joint.at(0.0, depth, -0.35 * joint.half_height)
    tip = joint.at(0.0, depth + 0.2, -0.90 * joint.half_height)
    part.process(top, low, (0.90 * width + grown, 5.4 + grown), (width + grown, 5.6 + grown), joint.along)
    part.process(low, tip, (width + grown, 5.6 + grown), (0.6 * width + grown, 4.4 + grown), joint.along)


def vertebra_part(
    shape: VertebraShape, label: int, below: dict[Side, tuple[Facet, tuple[Array, Array, Array]]]
) -> Part:
    """A whole vertebra in its own frame.

    Parameters
    ----------
    shape : VertebraShape
        T12 to L5.
    label : int
        Id in the label map.
    below : dict of Side to (Facet, (base, middle, tip))
        The superior facets and processes of the bone below, in this bone's frame: the inferior processes fit them.
    """
    part = Part(shape.bone, label)
    part.group(BODY_BONE, k=0.0)
    part.body(
        upper=(shape.upper_mm[0] / 2, shape.upper_mm[1] / 2),
        lower=(shape.lower_mm[0] / 2, shape.lower_mm[1] / 2),
        height=shape.height_mm,
        wedge_deg=shape.wedge_deg,
        waist=2.6,
        dish=1.6,
    )
    sides = {side: layout(shape, side) for side in Side}
    part.group(PROCESS_BONE, k=3.0)
    for at in sides.values():
        _add_pedicle(part, shape, at)
    part.group(PROCESS_BONE, k=3.0)
    for side, at in sides.items():
        _add_arch(part, shape, at, below[side][0])
    _add_spinous(part, shape)
    for side, at in sides.items():
        _add_transverse(part, at)
        add_superior_process(part, facet(shape, side), at.process_base, at.process_mid, at.process_tip)
        part.group(PROCESS_BONE, k=2.5)
        part.ellipsoid(at.mamillary, (2.9, 2.9, 3.6))
        part.group(PROCESS_BONE, k=2.5)
        part.ellipsoid(at.accessory, (2.0, 2.2, 2.4))
        add_inferior_process(part, below[side][0])
    for side in Side:
        clear_of_inferior_process(part, facet(shape, side))
        clear_of_superior_process(part, *below[side])
    _cut_canal(part, shape)
    return part


def _add_pedicle(part: Part, shape: VertebraShape, at: Layout) -> None:
    angle = np.radians(shape.pedicle_angle_deg)
    forward = at.point(-np.sin(angle), -np.cos(angle), 0.0)
    across = at.point(np.cos(angle), -np.sin(angle), 0.0)
    half = (shape.pedicle_mm[0] / 2, shape.pedicle_mm[1] / 2)
    wider = (half[0] * 1.15, half[1] * 1.12)
    part.process(at.pedicle + 9.0 * forward, at.pedicle, wider, half, across, k=1.0)
    part.process(
        at.pedicle, at.pedicle - 6.0 * forward, half, (min(half[0] * 0.95, 5.6), half[1] * 0.92), across, k=1.0
    )
    # from the pedicle to the base of the superior process and the pars
    part.process(
        at.pedicle - 5.0 * forward,
        at.process_base,
        (min(0.8 * half[0], 5.0), 0.75 * half[1]),
        (4.5, 5.5),
        across,
        k=2.0,
    )


def _add_arch(part: Part, shape: VertebraShape, at: Layout, below: Facet) -> None:
    """Pars, lamina, and the way down to the inferior process."""
    behind = at.point(0.35, 0.9, 0.2)
    part.process(at.process_base, at.pars, (4.2, 5.2), (3.3, 5.0), behind)
    part.process(at.pars, at.lamina, (3.3, 5.0), (3.3, 6.5), behind)
    middle = np.array([0.0, shape.posterior_wall_mm + shape.canal_mm[1] + 1.9, -6.5])
    part.process(at.lamina, middle, (3.2, 8.0), (3.2, 8.5), at.point(0.3, 0.9, 0.3))
    depth = below.half_gap + 4.4
    part.process(
        at.lamina - np.array([0.0, 0.0, 1.0]),
        below.at(0.3, depth + 0.6, below.half_height + 2.0),
        (6.2, 3.4),
        (0.80 * below.half_width, 4.0),
        at.point(1.0, -0.4, 0.0),
    )


def spinous_axis(shape: VertebraShape) -> tuple[Array, Array]:
    """Start of the spinous process at the lamina, and the way and length to its tip."""
    start = np.array([0.0, shape.posterior_wall_mm + shape.canal_mm[1] + 2.0, -7.0])
    drop = {"T12": 9.0, "L5": 3.0}.get(shape.bone, 5.0)
    return start, np.array([shape.spinous_tilt_mm, shape.spinous_mm - 2.0, -drop])


def _add_spinous(part: Part, shape: VertebraShape) -> None:
    start, along = spinous_axis(shape)
    half = {"T12": 7.5, "L5": 6.5}.get(shape.bone, 9.5)
    between, stop = start + 0.6 * along, start + along
    part.process(start, between, (3.4, half), (2.9, half), (1.0, 0.0, 0.0))
    part.process(between, stop, (2.9, half), (3.9, half * 0.88), (1.0, 0.0, 0.0))


def _add_transverse(part: Part, at: Layout) -> None:
    bone = part.name
    part.group(PROCESS_BONE, k=3.0)
    thick, tall = at.root_half
    tip_thick, tip_tall = _TIP[bone]
    sag = np.array([0.0, -0.4, (-1.4 if bone == "L5" else 0.1) - 0.36 * _TIP_UP[bone]])
    share = np.clip(9.5 / abs(at.tip[0] - at.root[0]), 0.45, 0.75)  # a short process bends no nearer to the neck
    between = at.root + share * (at.tip - at.root) + sag
    middle = (0.5 * (0.78 * thick + tip_thick), 0.5 * (0.8 * tall + tip_tall))
    part.process(at.root, between, (thick, tall), middle, at.root_back)
    part.process(between, at.tip, middle, (tip_thick, tip_tall), (0.0, 1.0, 0.3))
    if bone == "L5":  # the stout process of L5 rises from the side of the pedicle and body
        start = at.pedicle + at.point(3.5, -3.0, -3.2)
        part.process(start, between, (4.4, 3.6), (3.8, 4.8), (0.0, 1.0, 0.0), k=3.0)


def _cut_canal(part: Part, shape: VertebraShape) -> None:
    """The canal through body and arch; the inferior processes below it stand beside the canal of the next bone."""
    part.group(PROCESS_BONE, k=1.0, join=Join.SUBTRACT)
    width, depth = shape.canal_mm
    centre, half = shape.posterior_wall_mm + depth / 2, shape.height_mm / 2
    section = (width / 2, depth / 2)
    part.process((0.0, centre, -half - 5.0), (0.0, centre, half + 12.0), section, section, (1.0, 0.0, 0.0))


def superior_axis(shape: VertebraShape, side: Side) -> tuple[Array, Array, Array]:
    """Base, middle and tip of the axis of the superior articular process, in the bone's frame."""
    at = layout(shape, side)
    return at.process_base, at.process_mid, at.process_tip


def bone_below(bone: str) -> str:
    """The next bone down."""
    return BONES[BONES.index(bone) + 1]
