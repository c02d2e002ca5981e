"""Pictures on request: the radiograph at a pose, and slices of the CT. The browser asks for the newest pose only.

A frame comes with what is drawn over it in a header (``X-Scene``, JSON): words of the pose, edge letters, where needle
and nerves fall, in shares of the picture's width.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.geometry import Volume
from neurotomy.guidance.carm import CArm
from neurotomy.web.session import Session

__all__ = ["PLANES", "Cut", "header", "in_worker", "jpeg", "radiograph", "scene_of", "slice_picture"]

WORKERS = ThreadPoolExecutor(max_workers=max(2, (os.cpu_count() or 2)), thread_name_prefix="picture")
SIZES = (128, 256, 384, 512, 768)
PLANES = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}
"""LPS axes across and down the picture, and the one it is taken at."""
SLICE_MM, SLICE_PX = 110.0, 330
"""Width of a slice, and the side of a square one in pixels; one of another shape has as many pixels in all."""
SIDES_OF = {"axial": tuple("RLAP"), "coronal": tuple("RLHF"), "sagittal": tuple("APHF")}
"""Patient's directions at a slice's left, right, top and bottom."""
WINDOW_HU = (-150.0, 550.0)


async def in_worker(work: Any, *args: Any) -> Any:
    """Run `work` in a thread of the pool: no more pictures at once than cores."""
    return await asyncio.get_running_loop().run_in_executor(WORKERS, work, *args)


def radiograph(session: Session, primary: float, secondary: float, field: float, size: int, refined: bool) -> Any:
    """(JPEG, what is drawn over it) of the radiograph at a pose."""
    session.reopen()
    size = min(SIZES, key=lambda s: abs(s - size))
    carm = session.posed(primary, secondary, field)
    image, refined = session.picture(carm, pixels=size, refined=refined)
    return jpeg(image, 92 if refined else 84), scene_of(session, carm) | {"refined": refined}


def scene_of(session: Session, carm: CArm) -> dict[str, Any]:
    """What is drawn over a radiograph at this pose."""
    assert session.target is not None
    assert session.anatomy is not None
    target = session.target

    def at(points: Any) -> list[list[float]]:
        return at_pixels(np.atleast_2d(carm.project(np.asarray(points, float))))

    def at_pixels(flat: NDArray[np.float64]) -> list[list[float]]:
        return [[round(float(c + 0.5) / carm.columns, 4), round(float(r + 0.5) / carm.rows, 4)] for c, r in flat]

    needles = []
    for label, placement in session.placements.items():
        apex, upper = placement.active_tip_lps_mm
        needles.append(
            {
                "label": label,
                "here": label == target.label,
                "tip": at(apex)[0],
                "active": at(upper)[0],
                "entry": at(placement.entry_lps_mm)[0],
            }
        )
    nerves = []
    for course in session.anatomy.courses:
        points = course.points_lps_mm
        step = max(len(points) // 24, 1)
        neck = course.neck.points_mm
        nerves.append(
            {
                "label": course.target.label,
                "here": course.target == target,
                "course": at(points[::step]),
                "neck": at(neck[:: max(len(neck) // 12, 1)]),
            }
        )
    outlines = []
    if session.lesions:
        from neurotomy.web.lesion_surface import silhouette

        outlines = [silhouette(session, label, carm) for label in tuple(session.lesions)]
    return {
        "lesions": [at_pixels(outline) for outline in outlines if outline is not None],
        "pose": {
            "primary": round(carm.primary_deg, 2),
            "secondary": round(carm.secondary_deg, 2),
            "field": round(carm.pixel_mm * carm.columns, 1),
        },
        "words": carm.in_words,
        "edges": carm.edge_letters,
        "side": target.side.value,
        "letter": target.side.letter,
        "level": target.bone,
        "target": target.label,
        "needles": needles,
        "nerves": nerves,
        "mm": round(carm.pixel_at_isocentre_mm * carm.columns, 2),
        "project": _projection(carm),
    }


def _projection(carm: CArm) -> list[list[float]]:
    """Rows of the (3, 4) matrix that takes LPS mm to shares of the picture times depth, and depth."""
    base = np.asarray(carm.isocentre_lps_mm, dtype=float)
    points = np.vstack([base, base + 10.0 * np.eye(3)])
    depth = (points - carm.source_lps_mm) @ carm.to_detector
    shares = (carm.project(points) + 0.5) / [carm.columns, carm.rows]
    rows = []
    for values in (shares[:, 0] * depth, shares[:, 1] * depth, depth):
        slope = (values[1:] - values[0]) / 10.0
        rows.append([*(round(float(v), 6) for v in slope), round(float(values[0] - slope @ base), 4)])
    return rows


def slice_picture(
    session: Session, plane: str, centre: NDArray[np.float64], mm: float = SLICE_MM, ratio: float = 1.0
) -> tuple[bytes, dict[str, Any]]:
    """(JPEG, what is drawn over it) of one slice through a point, seen as radiologists do: patient's right on the left.

    Axial slices are seen from the feet, coronal ones from the front, sagittal ones from the patient's left. `mm` is the
    width, `ratio` height over width.
    """
    session.reopen()
    assert session.anatomy is not None
    assert session.target is not None
    normal = PLANES[plane][2]
    cut = Cut(session.anatomy.ct, plane, centre, mm, ratio)
    at = cut.at

    nerves = []
    for course in session.anatomy.courses:
        curve = course.points_lps_mm
        near = np.abs(curve[:, normal] - centre[normal]) <= 1.5
        nerves.append({"here": course.target == session.target, "points": at(curve[near]) if near.any() else []})
    needles = []
    for label, placement in session.placements.items():
        apex, upper = placement.active_tip_lps_mm
        line = at([apex, upper, placement.entry_lps_mm])
        off = abs(float(apex[normal] - centre[normal]))
        needles.append({"here": label == session.target.label, "line": line, "off": round(off, 1)})
    scene = cut.scene | {
        "nerves": nerves,
        "needles": needles,
        "lesions": _lesion_outlines(session, cut.points),
        "side": session.target.side.value,
        "from_target": _from_target(session, plane, centre),
    }
    # The CT stays while needles and lesions on it change.
    where = f"{[round(float(v), 3) for v in centre]} {mm:.3f} {ratio:.4f}"
    return session.remember(f"slice {plane}", (session.anatomy.ct, where), cut.jpeg), scene


def _from_target(session: Session, plane: str, centre: NDArray[np.float64]) -> str:
    """Where a slice lies, in words: ``12 mm to the head of the target``."""
    normal = PLANES[plane][2]
    off = float(centre[normal] - np.asarray(session.carm.isocentre_lps_mm)[normal])
    words = (("left", "right"), ("back", "front"), ("head", "feet"))[normal]
    return "at the target" if abs(off) < 0.5 else f"{abs(off):.0f} mm to the {words[off < 0]}"


class Cut:
    """One slice of a CT through a point.

    Parameters
    ----------
    ct : Volume
        HU.
    plane : str
        One of :data:`PLANES`.
    centre : (3,) array
        Its middle, LPS mm.
    mm : float
        Its width.
    ratio : float
        Its height over its width.
    """

    def __init__(self, ct: Volume, plane: str, centre: NDArray[np.float64], mm: float, ratio: float = 1.0) -> None:
        self._ct, self._centre, self._mm, self._tall_mm = ct, np.asarray(centre, float), mm, mm * ratio
        self._across, self._down, normal = PLANES[plane]
        columns, rows = (max(round(SLICE_PX * share), 16) for share in (ratio**-0.5, ratio**0.5))
        across, down = ((np.arange(n) + 0.5) / n - 0.5 for n in (columns, rows))
        self.points = np.zeros((rows, columns, 3))
        self.points[...] = centre
        self.points[..., self._across] += across[None, :] * self._mm
        self.points[..., self._down] += down[:, None] * self._tall_mm * self._upside
        left, right, top, bottom = SIDES_OF[plane]
        self.scene = {
            "plane": plane, "left": left, "right": right, "top": top, "bottom": bottom,
            "at": round(float(centre[normal]), 1), "mm": mm,
        }  # fmt: skip

    @property
    def _upside(self) -> float:
        return -1.0 if self._down == 2 else 1.0

    def at(self, lps: Any) -> list[list[float]]:
        """Places in the picture, in shares of its width and of its height."""
        flat = np.atleast_2d(np.asarray(lps, float)) - self._centre
        columns, rows = flat[:, self._across], flat[:, self._down] * self._upside
        return [
            [round(float(a), 4), round(float(b), 4)]
            for a, b in zip(columns / self._mm + 0.5, rows / self._tall_mm + 0.5, strict=True)
        ]

    def jpeg(self, window_hu: tuple[float, float] = WINDOW_HU) -> bytes:
        """The picture in a window of HU."""
        hu = self._ct.sample(self.points, outside=-1000.0)
        low, high = window_hu
        return jpeg((np.clip((hu - low) / (high - low), 0, 1) * 255).astype(np.uint8), 88)


def _lesion_outlines(session: Session, points: NDArray[np.float64]) -> list[list[list[float]]]:
    """Edges of the lesions (Arrhenius integral of 1) in a slice, as closed lines in shares of its width and height."""
    from contourpy import contour_generator

    from neurotomy.web.lesion_surface import damage

    found: list[list[list[float]]] = []
    rows, columns = points.shape[:2]
    coarse = points[::3, ::3]
    for label in tuple(session.lesions):
        lines: Any = contour_generator(z=damage(session, label, coarse)).lines(0.0)
        for line in lines:
            found.append([[round((3 * x + 0.5) / columns, 4), round((3 * y + 0.5) / rows, 4)] for x, y in line])
    return found


def jpeg(grey: NDArray[np.uint8], quality: int) -> bytes:
    """An 8-bit grey picture as JPEG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=quality)
    return file.getvalue()


def header(scene: dict[str, Any]) -> str:
    """A scene as one ASCII line."""
    return json.dumps(scene, ensure_ascii=True, separators=(",", ":"))
