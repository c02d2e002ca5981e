"""Soft tissue of the neck: muscles, airway, vessels, cord and roots, as smooth solids in LPS.

None of it is measured from anyone: places and sizes are choices that make slices and radiographs look like those of a
slim adult. The gullet lies a little to the left.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine import materials as m
from neurotomy.anatomy.spine.cervical.bones import C4_CENTRE_LPS_MM, foramen_centre, lps_from_bones, pedicle_of
from neurotomy.anatomy.spine.cervical.shape import BONES, CervicalShape
from neurotomy.anatomy.spine.soft import SoftPart, Stations, blob, chained, disc_between
from neurotomy.anatomy.spine.solid import Material

__all__ = ["CORD", "LUNG", "neck_layers", "soft_parts"]

Array = NDArray[np.float64]

LUNG = Material(core_hu=-820.0, texture_hu=25.0)
CORD = Material(core_hu=40.0)
_GLAND = Material(core_hu=95.0, texture_hu=6.0)


def neck_layers(shape: CervicalShape, heights_mm: Array) -> tuple[Array, Array, Array, Array]:
    """Middle (n, 2), half size (n, 2), fat (n, 3: front, side, back) of the neck at heights, and its wall (2,)."""
    x, y, z = C4_CENTRE_LPS_MM
    t = heights_mm - z
    shoulders = 1.0 / (1.0 + np.exp((t + 54.0) / 8.0))
    head = 1.0 / (1.0 + np.exp(-(t - 42.0) / 8.0))
    half_x = shape.neck_half_mm[0] + 75.0 * shoulders + 8.0 * head
    half_y = shape.neck_half_mm[1] + 8.0 * shoulders + 12.0 * head
    lean = np.clip(-t, 0.0, 80.0) * 0.22  # the neck goes back on its way down
    centre = np.stack([np.full_like(t, x), y + 12.0 + lean - 9.0 * head], axis=1)
    fat = np.stack([4.0 + 3.0 * shoulders, 3.5 + 2.0 * shoulders, 7.0 + 6.0 * shoulders], axis=1)
    return centre, np.stack([half_x, half_y], axis=1), fat, np.array([2.5, 3.0])


def soft_parts(shape: CervicalShape) -> tuple[SoftPart, ...]:
    """Everything soft, in the order in which it is painted."""
    poses = lps_from_bones(shape)

    def at(bone: str, x: float, y: float, z: float = 0.0) -> Array:
        return np.asarray(poses[bone].translation_mm + np.array([x, y, z]))

    def down(rows: list[tuple[str, float, float, float, float]], s: int = 1) -> Stations:
        """Stations beside the bones, from above the field to below it."""
        stations: Stations = [(at(b, s * u, y), w, h) for b, u, y, w, h in rows]
        first, last = stations[0], stations[-1]
        above = [(first[0] + np.array([0.0, -2.0, 35.0]), *first[1:])] if rows[0][0] == "C2" else []
        below = [(last[0] + np.array([0.0, 5.0, -30.0]), *last[1:])] if rows[-1][0] == "T1" else []
        return [*above, *stations, *below]

    parts: list[SoftPart] = []
    for side in Side:
        s = side.sign
        for name, rows in _MUSCLES.items():
            parts.append(chained(f"{name}, {side.value}", m.MUSCLE, down(rows, s)))
        parts.append(chained(f"carotid artery, {side.value}", m.VESSEL, down(
            [("C2", 24.0, -14.0, 3.0, 3.0), ("C4", 25.0, -16.0, 3.6, 3.6), ("C6", 21.0, -21.0, 3.4, 3.4),
             ("T1", 16.0, -30.0, 3.6, 3.6)], s)))  # fmt: skip
        parts.append(chained(f"jugular vein, {side.value}", m.VESSEL, down(
            [("C2", 30.0, -8.0, 5.0, 4.0), ("C4", 32.0, -12.0, 5.5, 4.5), ("C6", 29.0, -19.0, 6.0, 5.0),
             ("T1", 26.0, -30.0, 6.5, 5.5)], s)))  # fmt: skip
        parts.append(blob(f"thyroid gland, {side.value}", _GLAND, at("C7", s * 15.0, -29.0), (7.5, 9.0, 20.0)))
        parts.append(blob(f"lung apex, {side.value}", LUNG, at("T1", s * 36.0, -12.0, -34.0), (21.0, 30.0, 32.0)))
    parts += _throat(down)
    parts += [
        disc_between(u, lower, d, poses)
        for u, lower, d in zip(shape.vertebrae, shape.vertebrae[1:], shape.discs, strict=False)
    ]
    return (*parts, *_canal(shape))


_Row = tuple[str, float, float, float, float]

# bone, from the midline, behind the body's centre, half width, half depth
_MUSCLES: dict[str, list[_Row]] = {
    "trapezius": [
        ("C2", 12.0, 62.0, 12.0, 3.0),
        ("C4", 18.0, 60.0, 17.0, 3.6),
        ("C6", 25.0, 55.0, 23.0, 5.0),
        ("C7", 25.0, 49.0, 19.0, 6.0),
        ("T1", 32.0, 43.0, 27.0, 9.0),
    ],
    "splenius": [
        ("C2", 25.0, 47.0, 20.0, 6.0),
        ("C4", 25.0, 49.0, 19.0, 5.5),
        ("C6", 23.0, 49.0, 17.0, 5.0),
        ("T1", 20.0, 44.0, 15.0, 5.0),
    ],
    "semispinalis": [
        ("C2", 15.0, 38.0, 13.0, 8.5),
        ("C4", 15.5, 39.0, 13.5, 8.5),
        ("C6", 17.0, 37.0, 13.0, 8.0),
        ("T1", 18.0, 33.0, 12.0, 8.0),
    ],
    "multifidus": [
        ("C2", 12.0, 27.0, 11.0, 6.0),
        ("C4", 13.0, 27.5, 11.5, 6.5),
        ("C6", 14.0, 25.5, 12.0, 6.5),
        ("T1", 14.0, 22.5, 11.0, 6.0),
    ],
    "levator scapulae": [
        ("C2", 32.0, 19.0, 7.0, 9.0),
        ("C4", 37.0, 20.0, 8.0, 12.0),
        ("C6", 42.0, 22.0, 9.0, 14.0),
        ("T1", 52.0, 28.0, 10.0, 14.0),
    ],
    "scalenes": [
        ("C2", 27.0, 6.0, 4.5, 6.0),
        ("C4", 31.0, 3.0, 6.5, 9.0),
        ("C6", 34.0, 2.0, 8.0, 12.0),
        ("T1", 40.0, -8.0, 10.0, 15.0),
    ],
    "sternomastoid": [
        ("C2", 47.0, 8.0, 8.0, 17.0),
        ("C4", 45.0, -6.0, 8.0, 17.0),
        ("C6", 39.0, -21.0, 9.0, 15.0),
        ("T1", 28.0, -43.0, 9.0, 9.0),
    ],
    "longus colli": [
        ("C2", 7.0, -10.5, 6.0, 3.0),
        ("C4", 8.5, -10.5, 7.0, 3.2),
        ("C6", 9.0, -11.5, 7.0, 3.2),
        ("T1", 8.0, -12.5, 6.0, 2.6),
    ],
}


def _throat(down: Callable[[list[_Row]], Stations]) -> list[SoftPart]:
    """Airway from the pharynx to the windpipe, its wall, the gullet behind it, and the cartilages."""
    wall = [
        ("C2", 0.0, -26.0, 21.0, 13.0),
        ("C4", 0.0, -31.0, 19.0, 17.0),
        ("C6", 0.0, -32.0, 13.0, 14.5),
        ("T1", 0.0, -36.0, 12.0, 12.0),
    ]
    air = [
        ("C2", 0.0, -22.5, 9.5, 5.5),
        ("C3", 0.0, -22.5, 9.0, 6.0),
        ("C4", 0.0, -27.0, 7.5, 7.0),
        ("C5", 0.0, -33.0, 3.4, 8.5),
        ("C6", 0.0, -33.0, 7.8, 8.5),
        ("C7", 0.0, -35.0, 8.5, 8.5),
        ("T1", 0.0, -37.5, 8.8, 8.2),
    ]
    gullet = [("C6", 2.0, -18.5, 7.0, 3.8), ("C7", 3.0, -19.5, 7.0, 4.2), ("T1", 4.0, -21.5, 7.0, 4.6)]
    cartilage = Material(core_hu=150.0, texture_hu=30.0)
    return [
        chained("throat", m.MUSCLE, down(wall)),
        chained("larynx", cartilage, down([("C5", 0.0, -35.0, 12.0, 13.0), ("C6", 0.0, -34.5, 11.5, 11.5)])),
        chained("inside of the larynx", m.MUSCLE, down([("C5", 0.0, -34.0, 9.8, 11.0), ("C6", 0.0, -34.0, 9.3, 9.6)])),
        chained("gullet", m.MUSCLE, down(gullet)),
        chained("airway", m.GAS, down(air)),
    ]  # fmt: skip


def _canal(shape: CervicalShape) -> list[SoftPart]:
    poses = lps_from_bones(shape)
    fat: Stations = []
    sac: Stations = []
    cord: Stations = []
    for v in shape.vertebrae:
        wall, (width, depth) = v.posterior_wall_mm, v.canal_mm
        tops = (
            (v.height_mm / 2, -v.height_mm / 2) if v.bone != "C2" else (v.height_mm / 2 + 22.0, 0.0, -v.height_mm / 2)
        )
        for z in tops:
            fat.append((poses[v.bone]([0.0, wall + depth / 2, z]), width / 2 - 0.6, depth / 2 - 0.2))
            sac.append((poses[v.bone]([0.0, wall + 0.49 * depth, z]), 0.38 * width, 0.43 * depth))
            wide = {"C5": 7.0, "C6": 7.0, "C4": 6.8, "T1": 5.2}.get(v.bone, 6.2)
            cord.append((poses[v.bone]([0.0, wall + 0.49 * depth, z]), wide, 0.25 * depth + 0.2))
    parts = [chained("epidural fat", m.FAT, fat)]
    after = [chained("thecal sac", m.CSF, sac), chained("spinal cord", CORD, cord)]
    for side in Side:
        s = side.sign
        for v, lower in zip(shape.vertebrae[:-1], shape.vertebrae[1:], strict=True):
            pose, u = poses[lower.bone], abs(pedicle_of(lower, side)[0])
            top = lower.height_mm / 2  # the root leaves above the pedicle of the lower bone
            wall = lower.posterior_wall_mm
            hole = pose([s * (u + 1.5), wall + 0.6, top + 3.2])
            parts.append(blob(f"foramen below {v.bone}, {side.value}", m.FAT, hole, (6.0, 3.8, 4.4)))
            after.append(chained(f"nerve root below {v.bone}, {side.value}", m.NERVE, [
                (pose([s * 6.0, wall + 0.45 * lower.canal_mm[1], top + 5.0]), 1.2, 1.2),
                (pose([s * (u + 1.0), wall + 0.6, top + 2.2]), 2.2, 2.2),
                (pose([s * (u + 9.0), wall - 5.5, top - 2.2]), 1.9, 1.9),
                (pose([s * (u + 17.0), wall - 9.0, top - 10.0]), 1.8, 1.8),
            ]))  # fmt: skip
        run = [poses[b](foramen_centre(shape.vertebra(b), side)) for b in BONES if b not in {"C2", "C7", "T1"}]
        low = poses["C7"](foramen_centre(shape.vertebra("C7"), side) + np.array([s * 2.0, -8.0, -6.0]))
        loop = poses["C2"](foramen_centre(shape.vertebra("C2"), side))
        for name, material, r in (("fat round the vertebral artery", m.FAT, 3.4), ("vertebral artery", m.VESSEL, 1.9)):
            parts.append(chained(f"{name}, {side.value}", material, [(p, r, r) for p in (loop, *run, low)]))
    return parts + after
