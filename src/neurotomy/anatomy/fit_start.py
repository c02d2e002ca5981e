"""Where a vertebra of a label map stands, roughly: middle of its body, and its axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.names import VERTEBRAE
from neurotomy.anatomy.surface import bounding_box
from neurotomy.errors import AnatomyError
from neurotomy.geometry import RigidTransform, Volume, unit
from neurotomy.imaging.labels import SACRUM_ID, VERTEBRA_IDS

__all__ = ["Rough", "bone_ids", "rough_bones", "rough_frame"]

Array = NDArray[np.float64]

_THICK = 0.6
"""Voxels deeper inside than this share of the deepest belong to the body: it is the thickest part of the bone."""

_BULK_MM, _BULKY = 4.0, 0.85
"""What is bulky: a blur that a vertebral body of the neck fills and a pillar does not, and the share of its most."""

_S1_MM = 34.0
"""Of an undivided sacrum, what lies this close to L5's side of it is taken as S1 for a start."""

_ASKEW_COS = 0.9
"""An arch that stands further from those around it than this angle's cosine (26 degrees) was not seen rightly."""

_SLIVER = 0.45
"""An end of the map that the image cuts is left out when its deepest voxel is less deep than this share of the bones'
usual: a process or a shaving of an end plate shows no body, and so neither the bone's place nor the order of levels."""


@dataclass(frozen=True)
class Rough:
    """One bone: middle of its body and centroid of the whole, LPS mm; how deep its deepest voxel lies."""

    bone: str
    body_mm: Array
    centroid_mm: Array
    depth_mm: float = 0.0


def bone_ids(bone: str) -> tuple[int, ...]:
    """Label ids of one bone: S1 is the sacrum as a whole."""
    return (VERTEBRA_IDS[bone], SACRUM_ID) if bone == "S1" else (VERTEBRA_IDS[bone],)


def rough_bones(labels: Volume) -> dict[str, Rough]:
    """Every vertebra of the map, from the head down, but no sliver of one at the image's edge."""
    found: dict[str, Rough] = {}
    cut: set[str] = set()
    for bone in VERTEBRAE:
        ids: tuple[int, ...] = (VERTEBRA_IDS[bone],)
        if bone == "S1" and bounding_box(labels, ids) is None:
            ids = (SACRUM_ID,)
        box = bounding_box(labels, ids)
        if box is not None:
            above = found.get("L5") if ids == (SACRUM_ID,) else None
            found[bone] = _rough(labels, bone, ids, box, above)
            if any((box[0] == 0) | (box[1] == labels.shape)):
                cut.add(bone)
    if len(found) > 2:
        usual = float(np.median([rough.depth_mm for rough in found.values()]))
        for bone in (next(iter(found)), next(reversed(found))):
            if bone in cut and bone != "S1" and found[bone].depth_mm < _SLIVER * usual:
                del found[bone]
    return found


def _rough(
    labels: Volume, bone: str, ids: tuple[int, ...], box: tuple[NDArray[np.intp], NDArray[np.intp]], above: Rough | None
) -> Rough:
    from scipy.ndimage import distance_transform_edt, gaussian_filter
    from scipy.ndimage import label as parts_of

    low, high = box
    mask = np.isin(labels.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))], ids)
    points = labels.lps(np.argwhere(mask) + low)
    deep_mm = np.asarray(distance_transform_edt(np.pad(mask, 1), sampling=tuple(labels.spacing_mm)))[1:-1, 1:-1, 1:-1]
    depth = deep_mm[mask]
    keep = np.ones(len(points), dtype=bool)
    if above is not None:
        gap = np.linalg.norm(points - above.body_mm, axis=1)
        keep = gap < gap.min() + _S1_MM
    deep = keep & (depth > _THICK * depth[keep].max())
    if bone[0] == "C" and bone != "C1":  # which has two lateral masses and no body
        # In coarse voxels the pillars of the neck are as thick as the body, though smaller: the body is the bulkiest.
        bulk = gaussian_filter(np.pad(mask, 4).astype(np.float32), _BULK_MM / labels.spacing_mm, mode="constant")
        bulk = bulk[4:-4, 4:-4, 4:-4]
        held = parts_of(bulk > _BULKY * bulk.max())[0]
        deep = held[mask] == held[np.unravel_index(int(np.argmax(bulk)), bulk.shape)]
    return Rough(bone, points[deep].mean(axis=0), points[keep].mean(axis=0), float(depth[keep].max()))


def _back(n: int, bones: dict[str, Rough], up: Array) -> Array:
    """From the body to the arch, across `up`: the bone's own way, or where coarse voxels hide its body, that of those
    around it, two up and two down.
    """
    ways = []
    for name in VERTEBRAE[max(n - 2, 0) : n + 3]:
        if name in bones:
            way = bones[name].centroid_mm - bones[name].body_mm
            ways.append((name, way - (way @ up) * up))
    around = unit(np.sum([way for _, way in ways], axis=0))
    own = next(way for name, way in ways if name == VERTEBRAE[n])
    length = float(np.linalg.norm(own))
    return np.asarray(own / length if length > 0.0 and own @ around > _ASKEW_COS * length else around)


def rough_frame(bone: str, bones: dict[str, Rough]) -> RigidTransform:
    """``lps_from_vertebra``, roughly: z along the neighbours' bodies, y from the body to the arch behind it.

    Raises
    ------
    AnatomyError
        When the bone's arch is not behind its body, or the head not above: then the image's axes are wrong, and left
        and right with them.
    """
    n = VERTEBRAE.index(bone)
    here = bones[bone]
    above = bones.get(VERTEBRAE[n - 1]) if n else None
    below = bones.get(VERTEBRAE[n + 1]) if n + 1 < len(VERTEBRAE) else None
    top, bottom = (above or here).body_mm, (below or here).body_mm
    up = unit(top - bottom) if above or below else np.array([0.0, 0.0, 1.0])
    back = _back(n, bones, up)
    if back[1] < 0.2 or up[2] < 0.2:
        raise AnatomyError(
            f"{bone} of the label map does not stand as in a patient: its arch is not behind its body, or the head is "
            "not above. The orientation stored in the image is wrong, and left and right cannot be trusted."
        )
    return RigidTransform.from_frame(here.body_mm, np.array([np.cross(back, up), back, up]))
