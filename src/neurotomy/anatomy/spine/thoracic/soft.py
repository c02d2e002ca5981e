"""Soft tissue of the chest: lungs, great vessels, muscles and cord, as smooth solids in LPS.

None of it is measured from anyone: places and sizes are choices that make slices and radiographs look like those of a
slim adult. Aorta and heart lie to the left, which tells a volume from its mirror image.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine import materials as m
from neurotomy.anatomy.spine.cervical.soft import CORD, LUNG
from neurotomy.anatomy.spine.soft import SoftPart, Stations, blob, chained, disc_between
from neurotomy.anatomy.spine.thoracic.bones import lps_from_bones, pedicle_of, process_axis
from neurotomy.anatomy.spine.thoracic.shape import BONES, ThoracicShape

__all__ = ["chest_layers", "soft_parts"]

Array = NDArray[np.float64]


def chest_layers(shape: ThoracicShape, heights_mm: Array) -> tuple[Array, Array, Array, Array]:
    """Middle (n, 2), half size (n, 2), fat (n, 3: front, side, back) of the chest at heights, and its wall (2,).

    The back of the skin follows the curve of the spine.
    """
    poses = lps_from_bones(shape)
    places = np.array([poses[bone].translation_mm for bone in BONES])[::-1]
    back = np.interp(heights_mm, places[:, 2], places[:, 1]) + 70.0
    half_y = np.full_like(heights_mm, 104.0)
    centre = np.stack([np.full_like(heights_mm, places[0, 0]), back - half_y], axis=1)
    half_x = np.full_like(heights_mm, 155.0)
    fat = np.stack([np.full_like(heights_mm, f) for f in (10.0, 9.0, 8.0)], axis=1)
    return centre, np.stack([half_x, half_y], axis=1), fat, np.array([9.0, 12.0])


def soft_parts(shape: ThoracicShape) -> tuple[SoftPart, ...]:
    """Everything soft, in the order in which it is painted."""
    poses = lps_from_bones(shape)

    def at(bone: str, x: float, y: float, z: float = 0.0) -> Array:
        return np.asarray(poses[bone].translation_mm + np.array([x, y, z]))

    def column(rows: list[tuple[str, float, float, float, float]], s: int = 1) -> Stations:
        stations: Stations = [(at(b, s * u, y), w, h) for b, u, y, w, h in rows]
        if rows[0][0] == "T1":
            stations.insert(0, (stations[0][0] + np.array([0.0, -8.0, 40.0]), *stations[0][1:]))
        if rows[-1][0] == "T12":
            stations.append((stations[-1][0] + np.array([0.0, -6.0, -40.0]), *stations[-1][1:]))
        return stations

    parts: list[SoftPart] = []
    for side in Side:
        s = side.sign
        rows = [(b, 30.0, 36.0, 22.0, 13.0) if n < 2 else (b, 24.0, 40.0, 19.0, 13.0) for n, b in enumerate(BONES)]
        parts.append(chained(f"erector spinae, {side.value}", m.MUSCLE, column(rows, s)))
        parts.append(
            chained(f"multifidus, {side.value}", m.MUSCLE, column([(b, 9.0, 34.0, 8.0, 9.0) for b in BONES], s))
        )
        parts.append(chained(f"trapezius, {side.value}", m.MUSCLE, column(
            [("T1", 45.0, 50.0, 42.0, 6.0), ("T4", 42.0, 54.0, 38.0, 4.5), ("T8", 28.0, 55.0, 24.0, 3.5),
             ("T11", 14.0, 54.0, 9.0, 2.5)], s)))  # fmt: skip
        parts.append(chained(f"chest wall, {side.value}", m.MUSCLE, column(
            [("T1", 46.0, -6.0, 30.0, 40.0), ("T3", 60.0, -18.0, 43.0, 56.0), ("T6", 68.0, -22.0, 51.0, 62.0),
             ("T10", 70.0, -22.0, 52.0, 62.0), ("T12", 70.0, -24.0, 52.0, 60.0)], s)))  # fmt: skip
        top = poses["T1"].translation_mm + np.array([s * 38.0, -14.0, -4.0])
        parts.append(chained(f"lung, {side.value}", LUNG, [
            (top, 18.0, 22.0), (at("T3", s * 54.0, -20.0), 33.0, 44.0), (at("T5", s * 62.0, -24.0), 41.0, 52.0),
            (at("T8", s * 66.0, -24.0), 44.0, 53.0), (at("T11", s * 68.0, -18.0), 44.0, 48.0),
        ]))  # fmt: skip
    parts.append(blob("heart", m.VESSEL, at("T8", 26.0, -74.0), (46.0, 36.0, 52.0)))
    parts.append(blob("liver", m.LIVER, at("T12", -70.0, -52.0, -4.0), (62.0, 58.0, 38.0)))
    parts.append(blob("spleen", m.SPLEEN, at("T12", 84.0, -14.0, -8.0), (30.0, 40.0, 30.0)))
    parts.append(
        chained(
            "gullet",
            m.MUSCLE,
            column([("T1", 4.0, -24.0, 7.0, 4.5), ("T6", 2.0, -27.0, 7.5, 5.0), ("T10", 9.0, -36.0, 8.0, 6.0)]),
        )
    )
    parts.append(
        chained(
            "windpipe's wall", m.MUSCLE, [(at("T1", 0.0, -34.0, 30.0), 13.0, 13.0), (at("T4", 0.0, -36.0), 13.0, 13.0)]
        )
    )
    parts.append(chained("windpipe", m.GAS, [(at("T1", 0.0, -36.0, 40.0), 8.5, 8.0), (at("T4", 0.0, -37.0), 9.0, 8.5)]))
    parts.append(blob("aortic arch", m.VESSEL, at("T4", 12.0, -46.0, 2.0), (14.0, 30.0, 13.0)))
    parts.append(chained("aorta", m.VESSEL, column(
        [("T4", 17.0, -27.0, 12.5, 12.5), ("T6", 18.0, -22.0, 12.0, 12.0), ("T9", 14.0, -25.0, 11.5, 11.5),
         ("T12", 6.0, -28.0, 11.0, 11.0)])))  # fmt: skip
    parts += [
        disc_between(u, lower, d, poses, u.wedge_deg)
        for u, lower, d in zip(shape.vertebrae, shape.vertebrae[1:], shape.discs, strict=False)
    ]
    return (*parts, *_canal(shape))


def _canal(shape: ThoracicShape) -> list[SoftPart]:
    places = lps_from_bones(shape)
    fat: Stations = []
    sac: Stations = []
    cord: Stations = []
    for v in shape.vertebrae:
        wall, (width, depth) = v.posterior_wall_mm, v.canal_mm
        for z in (v.height_mm / 2, -v.height_mm / 2):
            fat.append((places[v.bone]([0.0, wall + depth / 2, z]), width / 2 - 0.6, depth / 2 - 0.2))
            sac.append((places[v.bone]([0.0, wall + 0.46 * depth, z]), 0.37 * width, 0.39 * depth))
            cord.append((places[v.bone]([0.0, wall + 0.46 * depth, z]), 4.4, 3.4))
    parts = [chained("epidural fat", m.FAT, fat)]
    after = [chained("thecal sac", m.CSF, sac), chained("spinal cord", CORD, cord)]
    for side in Side:
        s = side.sign
        for v in shape.vertebrae:
            pose, pedicle = places[v.bone], pedicle_of(v, side)
            low = -v.height_mm / 2
            hole = pose([pedicle[0] + s * 1.0, v.posterior_wall_mm + 4.0, low + 1.5])
            parts.append(blob(f"foramen below {v.bone}, {side.value}", m.FAT, hole, (6.0, 4.0, 7.0)))
            _, tip, _ = process_axis(v, side)
            after.append(chained(f"nerve root below {v.bone}, {side.value}", m.NERVE, [
                (pose([s * 4.0, v.posterior_wall_mm + 7.0, low + 5.0]), 1.2, 1.2),
                (pose([pedicle[0], v.posterior_wall_mm + 3.5, low + 2.5]), 2.0, 2.0),
                (pose([tip[0] + s * 2.0, tip[1] - 14.0, low + 1.0]), 1.6, 1.6),
            ]))  # fmt: skip
    return parts + after
