"""Does the numbering of a label map hold together? A map that is off by one is a needle at the wrong level.

Nothing here refuses: people have missing and extra vertebrae. Each doubt is a sentence that stays with the nerve.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.fit_start import Rough, bone_ids
from neurotomy.anatomy.fit_transitional import last_ribs, lumbarised, odd_sizes, sacralised
from neurotomy.anatomy.names import VERTEBRAE, Side
from neurotomy.anatomy.surface import bounding_box
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import RIB_IDS, VERTEBRA_IDS, VERTEBRA_NAMES

__all__ = ["level_warnings"]

Array = NDArray[np.float64]

_FAR, _NEAR = 1.4, 0.65
"""Steps between bodies, relative to this person's usual one, beyond which a vertebra may be missing, joined or split.
Whole vertebrae of the real maps at hand lie within 0.8 and 1.25."""

_RIB_REACH_MM = 15.0
"""A rib's head lies this close to its vertebra."""

_RIB_MARGIN_MM = 6.0
"""A rib belongs to another vertebra when that one is nearer by this much: the heads of low ribs lie near two."""

_COUNT = "Count the levels on the CT before trusting their names."


def level_warnings(labels: Volume, bones: Mapping[str, Rough]) -> tuple[str, ...]:
    """Doubts about the names of the levels: uneven steps and sizes, gaps in the count, ribs at other vertebrae or
    missing, no anchor, and signs of a transitional vertebra.

    Parameters
    ----------
    labels : Volume
        The label map.
    bones : mapping of str to Rough
        Its vertebrae from the head down, see :func:`~neurotomy.anatomy.fit_start.rough_bones`.
    """
    whole = _whole(labels, bones)
    warnings = [*_uneven(whole), *_ribs(labels)]
    warnings += [f"{doubt} {_COUNT}" for doubt in (*odd_sizes(labels, whole), *last_ribs(labels, bones, whole))]
    warnings += [f"{doubt} {_COUNT}" for doubt in (*sacralised(labels, bones), *lumbarised(labels))]
    if "S1" not in bones and not _anchored(labels):
        warnings.append(f"The label map shows neither the sacrum nor the ribs of T12 to count from. {_COUNT}")
    return tuple(warnings)


def _whole(labels: Volume, bones: Mapping[str, Rough]) -> list[Rough]:
    """The vertebrae that the image does not cut: only their bodies' middles are where they seem."""
    whole = []
    for bone, rough in bones.items():
        box = bounding_box(labels, bone_ids(bone))
        if box is not None and (bone == "S1" or (box[0].min() > 0 and np.all(box[1] < labels.shape))):
            whole.append(rough)
    return whole


def _uneven(bones: list[Rough]) -> list[str]:
    pairs = list(zip(bones, bones[1:], strict=False))
    counts = np.array([VERTEBRAE.index(low.bone) - VERTEBRAE.index(up.bone) for up, low in pairs])
    gaps = np.array([np.linalg.norm(up.body_mm - low.body_mm) for up, low in pairs])
    warnings = []
    if len(pairs) < 2:
        return []
    for n, (up, low) in enumerate(pairs):
        if counts[n] > 1:
            between = ", ".join(VERTEBRAE[VERTEBRAE.index(up.bone) + 1 : VERTEBRAE.index(low.bone)])
            few = (
                " Either the map left it out, or this person has fewer than five lumbar vertebrae (one joined to the "
                "sacrum)."
                if low.bone == "S1"
                else ""
            )
            warnings.append(f"The label map lacks {between} between {up.bone} and {low.bone}.{few} {_COUNT}")
        # The step here against the other steps; what is asked about must not be its own measure.
        usual = float(np.median(np.delete(gaps / counts, n)))
        step = float(gaps[n] / (counts[n] * usual))
        if not _NEAR < step < _FAR:
            how = "far apart: a vertebra may be missing" if step > 1 else "close together: one may be counted twice"
            if step > 1 and low.bone == "S1":
                how += ", or this person has six lumbar vertebrae"
            warnings.append(
                f"{up.bone} and {low.bone} of the label map lie {gaps[n]:.0f} mm apart, {step:.1f} times what its "
                f"other levels suggest, {how}. {_COUNT}"
            )
    return warnings


def _anchored(labels: Volume) -> bool:
    return any(bounding_box(labels, (ids[-1],)) is not None for ids in RIB_IDS.values())


def _ribs(labels: Volume) -> list[str]:
    """Ribs 11 and 12 against the vertebrae they meet; higher ribs lie between two vertebrae and tell less."""
    wrong = []
    for side in Side:
        for number in (11, 12):
            meets = _nearest_vertebra(labels, RIB_IDS[side.value][number - 1], f"T{number}")
            if meets is not None:
                wrong.append(f"{side.value} rib {number} meets {meets}, not T{number}")
    return [f"In the label map the {', the '.join(wrong)}: its numbers may be off by one. {_COUNT}"] if wrong else []


def _nearest_vertebra(labels: Volume, rib: int, named: str) -> str | None:
    """The vertebra that a rib meets, when it is clearly another than the one `named` after it."""
    from scipy.spatial import cKDTree

    box = bounding_box(labels, (rib,))
    if box is None:
        return None
    reach = np.ceil(_RIB_REACH_MM / labels.spacing_mm).astype(int)
    low = np.maximum(box[0] - reach, 0)
    high = np.minimum(box[1] + reach, labels.shape)
    near = labels.array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    tree = cKDTree(labels.lps(np.argwhere(near == rib) + low))
    gaps: dict[str, float] = {}
    for number in np.unique(near):
        if int(number) in VERTEBRA_NAMES:
            gap, _ = tree.query(labels.lps(np.argwhere(near == number) + low), distance_upper_bound=_RIB_REACH_MM)
            gaps[VERTEBRA_NAMES[int(number)]] = float(np.min(gap))
    if not gaps or not np.isfinite(min(gaps.values())):
        return None
    if named not in gaps and not (labels.array == VERTEBRA_IDS[named]).any():
        return None  # the image does not show it: nothing to compare with
    best = min(gaps, key=lambda bone: gaps[bone])
    return best if gaps.get(named, np.inf) > gaps[best] + _RIB_MARGIN_MM else None
