"""Soft tissue around the spine: muscles, discs, canal, vessels and bellies of organs, as smooth solids in LPS.

None of it is measured from anyone: places and sizes are choices that make slices and radiographs look like those of a
slim adult. Liver, spleen, bowel and great vessels differ between the sides as in people, which tells a volume from its
mirror image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine import materials as m
from neurotomy.anatomy.spine.column import L3_CENTRE_LPS_MM, lps_from_bones, turn
from neurotomy.anatomy.spine.pelvis import s1_from_pelvis
from neurotomy.anatomy.spine.shape import BONES, DiscShape, SpineShape
from neurotomy.anatomy.spine.solid import Material, Packed, Part
from neurotomy.anatomy.spine.vertebra import bone_below
from neurotomy.geometry import RigidTransform
from neurotomy.imaging.labels import VERTEBRA_IDS

__all__ = ["SoftPart", "Stations", "blob", "chained", "disc_between", "soft_parts", "trunk_layers"]

Array = NDArray[np.float64]

_X = (1.0, 0.0, 0.0)


@dataclass(frozen=True)
class SoftPart:
    """One soft structure in LPS, ready to paint."""

    name: str
    solid: Packed


def trunk_layers(
    shape: SpineShape, heights_mm: Array, *, behind_sacrum: bool = False
) -> tuple[Array, Array, Array, Array]:
    """Middle (n, 2), half size (n, 2), fat (n, 3: front, side, back) of the trunk at heights, and its wall (2,).

    With `behind_sacrum` the trunk is as deep as the back of the sacrum needs it; without, it is as the lumbosacral
    image has always had it, where no target lies that far down.
    """
    x, y, z = L3_CENTRE_LPS_MM
    t = heights_mm - z
    hips = 1.0 / (1.0 + np.exp((t + 110.0) / 22.0))  # 0 at the waist, 1 at the hips
    chest = 1.0 / (1.0 + np.exp(-(t - 95.0) / 25.0))
    half_x = shape.trunk_half_mm[0] - 6.0 + 12.0 * hips + 2.0 * chest
    half_y = shape.trunk_half_mm[1] + 3.0 * hips - 2.0 * chest
    centre = np.stack([np.full_like(t, x), y - 9.0 + 4.0 * hips], axis=1)
    side, back = shape.fat_mm
    fat = np.stack([0.9 * side + 0 * t, side + 6.0 * hips - 5.0 * chest, back + 10.0 * hips - 9.0 * chest], axis=1)
    if behind_sacrum:
        more = _room_behind_sacrum(shape, heights_mm, centre, np.stack([half_x, half_y], axis=1))
        centre[:, 1] += more / 2  # the front stays where it is
        half_y = half_y + more / 2
    return centre, np.stack([half_x, half_y], axis=1), fat, np.array([9.0, 15.0])


_COVER_MM = {0.0: 14.0, 26.0: 24.0}
"""By how far beside the midline: what covers the back of the sacrum there at least. Skin, fat and fascia over the
median crest; over the posterior foramina also the end of multifidus. Choices for a slim adult: a sacrum that stands
steeply or far back takes its cover along."""
_BUTTOCK_MM = ((90.0, 84.0, -100.0), (84.0, 88.0, -65.0), (68.0, 90.0, -25.0), (52.0, 80.0, 8.0))
"""Back of gluteus maximus in the pelvis's frame, from below upwards."""
_BUTTOCK_FAT_MM = 10.0
_COVER_FALLS = 0.7
"""Slope of the skin away from what pushes it back, mm a mm."""
_COVER_SMOOTH_MM = 10.0


def _room_behind_sacrum(shape: SpineShape, heights_mm: Array, centre: Array, half: Array) -> Array:
    """How much deeper the trunk must be at these heights so that soft tissue covers sacrum and buttocks."""
    more = np.zeros(len(heights_mm))
    for line in _pushing(shape):
        x, y, z = line.T
        beside = np.interp(heights_mm, z, x) - centre[:, 0]
        u = (beside / half[:, 0]) ** 2
        # Half depth beside the middle of the squircle that `fill_trunk` paints, and the furrow along the spine.
        part = np.sqrt((1.0 - u) / (1.0 - 0.4 * u))
        wanted = np.interp(heights_mm, z, y) + 5.0 * np.exp(-(beside**2) / 260.0)
        away = np.maximum(np.maximum(z[0] - heights_mm, heights_mm - z[-1]), 0.0)
        more = np.maximum(more, (wanted - _COVER_FALLS * away - centre[:, 1]) / part - half[:, 1])
    # The largest within reach, then the mean within reach: smooth, and nowhere less than it must be.
    near = np.abs(heights_mm[:, None] - heights_mm) <= _COVER_SMOOTH_MM
    widest = np.where(near, more, 0.0).max(axis=1)
    return np.asarray((near * widest).sum(axis=1) / near.sum(axis=1))


@lru_cache(maxsize=8)
def _pushing(shape: SpineShape) -> tuple[Array, ...]:
    """Lines (n, 3) in LPS, from below upwards, behind which the skin must lie."""
    from neurotomy.anatomy.spine.pelvis import sacrum_part
    from neurotomy.anatomy.spine.press import leave

    solid = sacrum_part(shape.vertebra("S1"), VERTEBRA_IDS["S1"], shape.size, closed_back=True).packed()
    pose = lps_from_bones(shape)["S1"]
    lines = []
    for beside, cover in _COVER_MM.items():
        for x in (beside, -beside) if beside else (0.0,):
            down = np.array([[x, 12.0, z] for z in np.arange(-100.0, 1.0, 5.0)]) * shape.size
            back = np.array([leave(solid, start, [0.0, 1.0, 0.0]) for start in down])
            line = pose(back[back[:, 1] > down[:, 1] + 0.1])  # where the sacrum is as wide as that
            lines.append(line + [0.0, cover, 0.0])
    for side in Side:
        muscle = np.array(_BUTTOCK_MM) * [side.sign, 1.0, 1.0] + [0.0, _BUTTOCK_FAT_MM, 0.0]
        lines.append((pose @ s1_from_pelvis())(muscle))
    return tuple(line[np.argsort(line[:, 2])] for line in lines)


def soft_parts(shape: SpineShape) -> tuple[SoftPart, ...]:
    """Everything soft, in the order in which it is painted."""
    spine = _Column(shape)
    return (*_organs(spine), *_muscles(spine), *_discs(spine), *_canal(spine))


class _Column:
    """Points beside the vertebrae, in directions of LPS."""

    def __init__(self, shape: SpineShape) -> None:
        self.shape = shape
        self.poses = lps_from_bones(shape)
        self.lps_from_pelvis = self.poses["S1"] @ s1_from_pelvis()

    def beside(self, bone: str, x: float, y: float, z: float = 0.0) -> Array:
        """(x, y, z) from the centre of this bone's body, along LPS."""
        return np.asarray(self.poses[bone].translation_mm + np.array([x, y, z]))

    def inside(self, bone: str, x: float, y: float, z: float) -> Array:
        """(x, y, z) in this bone's frame, as LPS."""
        return self.poses[bone]([x, y, z])

    def pelvis(self, x: float, y: float, z: float) -> Array:
        """(x, y, z) in the pelvis's frame, as LPS."""
        return self.lps_from_pelvis([x, y, z])


Stations = list[tuple[Array, float, float]]


def _muscles(spine: _Column) -> list[SoftPart]:
    parts = []
    for side in Side:
        s = side.sign

        def chain(name: str, rows: list[tuple[str, float, float, float, float]], s: int = s, side: Side = side) -> None:
            stations: Stations = [(spine.beside(b, s * u, y), w, h) for b, u, y, w, h in rows]
            stations.insert(0, (stations[0][0] + np.array([0.0, 2.0, 40.0]), *stations[0][1:]))
            parts.append(chained(f"{name}, {side.value}", m.MUSCLE, stations))

        chain("erector spinae", [
            ("T12", 34.0, 46.0, 21.0, 15.0), ("L1", 36.0, 46.0, 22.0, 16.5), ("L2", 37.0, 46.0, 23.0, 17.5),
            ("L3", 37.0, 47.0, 23.0, 18.0), ("L4", 36.0, 50.0, 21.0, 16.5), ("L5", 34.0, 55.0, 16.0, 11.5),
            ("S1", 29.0, 58.0, 11.0, 7.0),
        ])  # fmt: skip
        chain("multifidus", [
            ("T12", 10.0, 44.0, 7.5, 11.0), ("L1", 11.0, 45.0, 8.5, 12.5), ("L2", 12.0, 46.0, 9.5, 14.0),
            ("L3", 13.0, 47.5, 11.0, 15.0), ("L4", 15.0, 51.0, 13.0, 15.5), ("L5", 18.0, 54.0, 16.0, 14.5),
            ("S1", 19.0, 52.0, 16.0, 13.0),
        ])  # fmt: skip
        chain("deep back muscles", [
            ("T12", 22.0, 32.0, 11.0, 9.0), ("L1", 26.0, 31.0, 15.0, 10.0), ("L2", 28.0, 31.0, 17.0, 10.5),
            ("L3", 30.0, 31.0, 19.0, 11.0), ("L4", 31.0, 33.0, 19.0, 11.5), ("L5", 31.0, 39.0, 15.0, 11.0),
            ("S1", 28.0, 48.0, 11.0, 8.0),
        ])  # fmt: skip
        chain("psoas", [
            ("T12", 22.0, 6.0, 3.0, 4.0), ("L1", 25.0, 6.0, 8.0, 10.0), ("L2", 29.0, 5.0, 12.0, 15.0),
            ("L3", 34.0, 3.0, 15.5, 19.0), ("L4", 38.0, -2.0, 17.5, 22.0), ("L5", 44.0, -11.0, 17.5, 21.0),
            ("S1", 54.0, -30.0, 16.0, 17.0),
        ])  # fmt: skip
        chain("quadratus lumborum", [
            ("T12", 38.0, 25.0, 8.0, 4.5), ("L1", 44.0, 24.0, 11.0, 6.5), ("L2", 49.0, 23.0, 14.0, 8.0),
            ("L3", 53.0, 22.0, 16.0, 9.0), ("L4", 57.0, 22.0, 17.0, 9.0),
        ])  # fmt: skip
        p = spine.pelvis
        parts.append(chained(f"iliacus, {side.value}", m.MUSCLE, [
            (p(s * 72.0, 18.0, 32.0), 9.0, 12.0), (p(s * 82.0, -6.0, 0.0), 11.0, 22.0),
            (p(s * 84.0, -36.0, -45.0), 16.0, 20.0), (p(s * 84.0, -45.0, -80.0), 18.0, 20.0),
        ]))  # fmt: skip
        parts.append(chained(f"gluteus medius, {side.value}", m.MUSCLE, [
            (p(s * 98.0, 14.0, 44.0), 9.0, 16.0), (p(s * 112.0, 6.0, 10.0), 15.0, 30.0),
            (p(s * 122.0, 8.0, -40.0), 17.0, 32.0), (p(s * 126.0, 8.0, -80.0), 15.0, 30.0),
        ]))  # fmt: skip
        parts.append(chained(f"gluteus maximus, {side.value}", m.MUSCLE, [
            (p(s * 52.0, 72.0, 8.0), 12.0, 8.0), (p(s * 68.0, 74.0, -25.0), 24.0, 16.0),
            (p(s * 84.0, 68.0, -65.0), 36.0, 20.0), (p(s * 90.0, 62.0, -100.0), 40.0, 22.0),
        ]))  # fmt: skip
    return parts


def _organs(spine: _Column) -> list[SoftPart]:
    """Unlike on the two sides: liver, ascending colon and vena cava right; spleen, descending colon and aorta left."""
    at = spine.beside
    parts = [
        blob("liver", m.LIVER, at("L1", -82.0, -38.0, 42.0), (66.0, 72.0, 74.0)),
        blob("spleen", m.SPLEEN, at("T12", 103.0, 22.0, -4.0), (26.0, 40.0, 46.0)),
        blob("stomach", m.BOWEL_WALL, at("T12", 62.0, -62.0, -10.0), (46.0, 30.0, 40.0)),
        blob("stomach gas", m.GAS, at("T12", 58.0, -74.0, 2.0), (26.0, 13.0, 20.0)),
        blob("kidney, left", m.KIDNEY, at("L2", 61.0, 9.0, 22.0), (22.0, 19.0, 50.0)),
        blob("kidney, right", m.KIDNEY, at("L2", -62.0, 9.0, 6.0), (22.0, 19.0, 50.0)),
        blob("renal sinus, left", m.FAT, at("L2", 53.0, 3.0, 22.0), (10.0, 9.0, 20.0)),
        blob("renal sinus, right", m.FAT, at("L2", -54.0, 3.0, 6.0), (10.0, 9.0, 20.0)),
    ]
    # loops of small bowel: the same in every spine
    rng = np.random.default_rng(5)
    for n in range(18):
        x, z = 24.0 * (n % 6 - 2.5) + rng.normal(0, 5), -25.0 - 42.0 * (n // 6) + rng.normal(0, 8)
        centre = at("L3", x, -68.0 + rng.normal(0, 7), z)
        size = np.array([16.0, 15.0, 15.0]) + rng.normal(0, 2.0, 3)
        parts.append(blob("small bowel", m.BOWEL_WALL, centre, tuple(float(v) for v in size)))
        if n in (0, 11, 12):  # at the flanks, not over a transverse process
            gas = centre - np.array([0.0, 5.0, 0.0])
            parts.append(blob("bowel gas", m.GAS, gas, tuple(float(v) for v in 0.42 * size)))
    parts.append(chained("descending colon", m.BOWEL_WALL, [
        (at("L1", 104.0, -12.0), 16.0, 16.0), (at("L3", 110.0, -10.0), 14.0, 14.0),
        (at("L5", 106.0, -28.0), 14.0, 14.0), (at("S1", 92.0, -52.0), 15.0, 14.0),
    ]))  # fmt: skip
    parts.append(chained("descending colon gas", m.GAS, [
        (at("L1", 105.0, -17.0), 9.0, 8.0), (at("L2", 109.0, -17.0), 7.0, 6.5), (at("L3", 111.0, -15.0), 8.5, 7.0),
    ]))  # fmt: skip
    parts.append(chained("ascending colon", m.STOOL, [
        (at("L2", -104.0, -30.0, -18.0), 20.0, 21.0), (at("L4", -106.0, -28.0), 22.0, 23.0),
        (at("L5", -98.0, -42.0, -12.0), 24.0, 22.0),
    ]))  # fmt: skip
    front = {b: -spine.shape.vertebra(b).posterior_wall_mm for b in BONES}
    parts.append(chained("aorta", m.VESSEL, [
        (at("T12", 10.0, front["T12"] - 10.0, 30.0), 11.0, 11.0), (at("T12", 9.0, front["T12"] - 10.5), 10.5, 10.5),
        (at("L2", 10.0, front["L2"] - 10.5), 9.5, 9.5), (at("L4", 8.0, front["L4"] - 10.5, 6.0), 9.0, 9.0),
    ]))  # fmt: skip
    for side, from_x in ((Side.LEFT, 9.0), (Side.RIGHT, 6.0)):
        s = side.sign
        parts.append(chained(f"iliac artery, {side.value}", m.VESSEL, [
            (at("L4", from_x, front["L4"] - 10.0, 2.0), 6.5, 6.5), (at("L5", s * 26.0, front["L5"] - 14.0), 6.0, 6.0),
            (at("S1", s * 46.0, -42.0, -14.0), 5.5, 5.5),
        ]))  # fmt: skip
    parts.append(chained("vena cava", m.VESSEL, [
        (at("T12", -18.0, front["T12"] - 16.0, 20.0), 12.0, 10.0), (at("L2", -17.0, front["L2"] - 11.0), 12.0, 9.5),
        (at("L4", -15.0, front["L4"] - 10.0, -8.0), 12.5, 9.0),
    ]))  # fmt: skip
    plaque = Material(core_hu=620.0)
    for bone, dz in (("L3", 6.0), ("L3", -12.0), ("L4", 8.0)):
        wall = at(bone, 17.5, front[bone] - 12.0, dz)
        parts.append(blob("calcified plaque of the aorta", plaque, wall, (1.4, 4.0, 6.0)))
    return parts


def _canal(spine: _Column) -> list[SoftPart]:
    parts = []
    fat: Stations = []
    sac: Stations = []
    shape = spine.shape
    for v in shape.vertebrae:
        wall, (width, depth) = v.posterior_wall_mm, v.canal_mm
        for z in (v.height_mm / 2, 0.0, -v.height_mm / 2):
            if v.bone == "S1" and z < 0:
                continue
            fat.append((spine.inside(v.bone, 0.0, wall + depth / 2, z), width / 2 - 0.8, depth / 2 - 0.2))
            narrow = {"S1": 0.72, "L5": 0.88}.get(v.bone, 1.0)
            sac.append((spine.inside(v.bone, 0.0, wall + 0.46 * depth, z), 8.2 * narrow, 0.40 * depth * narrow))
    end = spine.inside("S1", 0.0, 20.5, -27.0)
    fat.append((end, 10.0, 5.6))
    fat.append((spine.inside("S1", 0.0, 21.0, -50.0), 7.0, 4.2))
    sac.append((end, 4.0, 3.2))
    parts.append(chained("epidural fat", m.FAT, fat))
    roots = []
    for v, disc in zip(shape.vertebrae[:-1], shape.discs, strict=True):
        wall, (width, depth) = v.posterior_wall_mm, v.canal_mm
        low = -v.height_mm / 2
        for side in Side:
            s = side.sign
            u = width / 2 + 0.35 * v.pedicle_mm[0]
            centre = spine.inside(v.bone, s * (u + 1.0), wall + 4.5, low + 3.0)
            parts.append(blob(f"foramen below {v.bone}, {side.value}", m.FAT, centre, (9.0, 6.0, 10.0)))
            roots.append(chained(f"nerve root below {v.bone}, {side.value}", m.NERVE, [
                (spine.inside(v.bone, s * 8.0, wall + 0.45 * depth, 4.0), 1.6, 1.6),
                (spine.inside(v.bone, s * u, wall + 4.0, low + 5.5), 2.9, 2.9),
                (spine.inside(v.bone, s * (u + 12.0), wall - 6.0, low - disc.height_mm), 2.4, 2.4),
                (spine.inside(v.bone, s * (u + 16.0), wall - 13.0, low - disc.height_mm - 16.0), 2.2, 2.2),
            ]))  # fmt: skip
    parts.append(chained("thecal sac", m.CSF, sac))
    return parts + roots


def chained(name: str, material: Material, stations: Stations) -> SoftPart:
    """A soft limb through stations (point, half width, half depth)."""
    part = Part(name)
    part.group(material, k=0.0)
    part.chain(stations, _X)
    return SoftPart(name, part.packed())


def blob(name: str, material: Material, centre: Array, semi: tuple[float, ...]) -> SoftPart:
    """A soft ellipsoid."""
    part = Part(name)
    part.group(material, k=0.0)
    part.ellipsoid(centre, semi)
    return SoftPart(name, part.packed())


def _discs(spine: _Column) -> list[SoftPart]:
    shape = spine.shape
    return [
        disc_between(upper, shape.vertebra(bone_below(upper.bone)), disc, spine.poses, upper.wedge_deg)
        for upper, disc in zip(shape.vertebrae, shape.discs, strict=False)
    ]


class Body(Protocol):
    """What a disc needs to know of the bone above or below it."""

    @property
    def bone(self) -> str:
        """Its name."""

    @property
    def upper_mm(self) -> tuple[float, float]:
        """(width, depth) of the upper end plate."""

    @property
    def lower_mm(self) -> tuple[float, float]:
        """(width, depth) of the lower end plate."""

    @property
    def height_mm(self) -> float:
        """Of the body at its centre."""


def disc_between(
    upper: Body, lower: Body, disc: DiscShape, poses: Mapping[str, RigidTransform], upper_wedge_deg: float = 0.0
) -> SoftPart:
    """The disc between two bodies, in LPS."""
    part = Part(f"disc below {upper.bone}")
    part.group(m.DISC, k=0.0)
    part.body(
        upper=(upper.lower_mm[0] / 2, upper.lower_mm[1] / 2),
        lower=(lower.upper_mm[0] / 2, lower.upper_mm[1] / 2),
        height=disc.height_mm + 4.0,
        wedge_deg=disc.wedge_deg,
        waist=-1.0,
        dish=0.0,
    )
    # its own upper face is that of the bone above: half the wedge more than the middle of the disc
    tilt = turn(upper_wedge_deg)
    middle = poses[lower.bone]([0.0, 0.0, lower.height_mm / 2 + disc.height_mm / 2])
    face = RigidTransform(poses[upper.bone].rotation @ tilt, middle)
    return SoftPart(part.name, part.packed(face))
