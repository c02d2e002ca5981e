"""Signs of a transitional vertebra in a label map: levels are then easily off by one.

The radiologist's count (from C2, or by the iliolumbar ligament) decides; these checks only say that it is needed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.fit_start import Rough, bone_ids, rough_frame
from neurotomy.anatomy.names import VERTEBRAE, Side
from neurotomy.anatomy.surface import bounding_box
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import RIB_IDS, SACRUM_ID, VERTEBRA_IDS

__all__ = ["last_ribs", "lumbarised", "odd_sizes", "sacralised"]

Array = NDArray[np.float64]

_SMALL, _LARGE = 0.6, 1.7
"""Volume relative to the neighbours' mean beyond which a label is no whole vertebra, or more than one. On the real maps
at hand neighbours lie within 0.87 and 1.17, on built-in spines within 0.78 and 1.28."""

_BESIDE_MM = 30.0
"""Further from the midline than this is transverse process and ala; the facet joints, which meet too, lie inside."""

_MEETS_MM2 = 40.0
"""Least area over which transverse process and sacrum touch; on the real map at hand they lie 5 and 8 mm apart."""

_APART_MM = 2.0
"""S1 and the rest of the sacrum are one bone: labels further apart than this and a voxel have a disc between them."""


def odd_sizes(labels: Volume, whole: list[Rough]) -> list[str]:
    """Vertebrae whose volume does not go with their neighbours'; the sacrum has no like."""
    bones = [rough.bone for rough in whole if rough.bone != "S1"]
    sizes = {bone: float(np.count_nonzero(labels.array == VERTEBRA_IDS[bone])) for bone in bones}
    told = []
    for bone in bones:
        n = VERTEBRAE.index(bone)
        beside = [sizes[b] for b in (VERTEBRAE[n - 1] if n else "", VERTEBRAE[n + 1]) if b in sizes]
        if not beside:
            continue
        ratio = sizes[bone] / float(np.mean(beside))
        if not _SMALL < ratio < _LARGE and not _explained(bone, sizes):
            word = "part of a vertebra" if ratio < 1 else "more than one vertebra"
            told.append(f"{bone} of the label map has {ratio:.1f} times the volume of its neighbours: {word}, perhaps.")
    return told


def _explained(bone: str, sizes: Mapping[str, float]) -> bool:
    """Whether a neighbour is the odd one: it differs from its own other neighbour by more."""
    n = VERTEBRAE.index(bone)
    usual = float(np.median(list(sizes.values())))
    odd = abs(np.log(sizes[bone] / usual))
    beside = [b for b in VERTEBRAE[max(n - 1, 0) : n + 2] if b in sizes and b != bone]
    return any(abs(np.log(sizes[b] / usual)) > odd for b in beside)


def last_ribs(labels: Volume, bones: Mapping[str, Rough], whole: list[Rough]) -> list[str]:
    """T12 without one or both ribs, though the map shows others: a rib is missing, or the count is off by one."""
    there = {side: bounding_box(labels, (RIB_IDS[side.value][11],)) is not None for side in Side}
    higher = any(bounding_box(labels, (RIB_IDS[side.value][10],)) is not None for side in Side)
    none_at_all = higher and not any(there.values()) and any(rough.bone == "T12" for rough in whole)
    if "T12" not in bones or not (none_at_all or sum(there.values()) == 1):
        return []
    lacking = " and ".join(side.value for side in Side if not there[side])
    return [
        f"The label map shows ribs, but no {lacking} rib 12 at T12: a rib may be missing or very short, and T12 and L1 "
        "are then easily confused."
    ]


def sacralised(labels: Volume, bones: Mapping[str, Rough]) -> list[str]:
    """A transverse process of L5 that touches the sacrum (Castellvi II and up)."""
    from scipy.ndimage import binary_dilation, generate_binary_structure

    if "L5" not in bones or "S1" not in bones:
        return []
    box = bounding_box(labels, bone_ids("L5"))
    assert box is not None
    low, high = np.maximum(box[0] - 2, 0), np.minimum(box[1] + 2, labels.shape)
    near = np.asarray(labels.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))])
    sacrum = binary_dilation(np.isin(near, bone_ids("S1")), generate_binary_structure(3, 1))
    touching = np.argwhere((near == VERTEBRA_IDS["L5"]) & sacrum)
    if not len(touching):
        return []
    across = rough_frame("L5", dict(bones)).inverse()(labels.lps(touching + low))[:, 0]
    face_mm2 = float(np.prod(labels.spacing_mm)) ** (2.0 / 3.0)
    sides = [side.value for side in Side if (across * side.sign > _BESIDE_MM).sum() * face_mm2 >= _MEETS_MM2]
    if not sides:
        return []
    return [
        f"The transverse process of L5 touches the sacrum on the {' and the '.join(sides)}: L5 may be transitional "
        "(sacralised), and the nerve may not run where it usually does."
    ]


def lumbarised(labels: Volume) -> list[str]:
    """S1 that stands apart from the rest of the sacrum."""
    from scipy.spatial import cKDTree

    upper, lower = (_outermost(labels, number) for number in (VERTEBRA_IDS["S1"], SACRUM_ID))
    if upper is None or lower is None:
        return []
    gap = float(np.min(cKDTree(labels.lps(lower)).query(labels.lps(upper))[0]))
    if gap <= _APART_MM + float(labels.spacing_mm.max()):
        return []
    return [
        f"S1 of the label map stands {gap:.0f} mm apart from the rest of the sacrum: it may be lumbarised (a sixth "
        "lumbar vertebra)."
    ]


def _outermost(labels: Volume, number: int) -> NDArray[np.intp] | None:
    """Voxels of a label with something else beside them; of two labels the two nearest voxels are always such."""
    from scipy.ndimage import binary_erosion

    box = bounding_box(labels, (number,))
    if box is None:
        return None
    mask = np.asarray(labels.array[tuple(slice(a, b) for a, b in zip(*box, strict=True))]) == number
    return np.argwhere(mask & ~binary_erosion(mask)) + box[0]
