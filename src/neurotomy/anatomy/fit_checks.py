"""What must be refused before a nerve is drawn: levels that are not there, wrong sides, wrong order."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.fit_start import Rough, bone_ids
from neurotomy.anatomy.names import Side, Target
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import PAIRED_IDS

__all__ = ["check_bone_there", "check_map", "check_on_bone", "check_side"]

Array = NDArray[np.float64]

_BONE_HU = 60.0
"""Lowest median CT number inside a vertebra: above muscle and blood without contrast, below osteoporotic bone."""

_CONTRAST_HU = 50.0
"""Least difference of the median CT number inside a vertebra and close around it. On real maps 125 to 165; turned
left for right on the same CT -19 to 29, because a vertebra's parts then lie in muscle, and bone lies around them."""

_SHELL_MM = 5.0
"""How far around a vertebra its surroundings are looked at."""

_ASIDE_MM = 6.0
"""A target lies at least this far from the midsagittal plane."""


def check_map(labels: Volume, bones: dict[str, Rough]) -> None:
    """Refuse a map whose sides contradict its orientation, or whose vertebrae are out of order.

    Raises
    ------
    AnatomyError
    """
    _check_sides(labels, bones)
    placed = list(bones.values())
    for upper, lower in zip(placed, placed[1:], strict=False):
        if upper.body_mm[2] <= lower.body_mm[2]:
            raise AnatomyError(
                f"The label map puts {upper.bone} below {lower.bone}. Its numbering or its orientation is wrong; "
                "levels cannot be trusted. Correct the map."
            )


def _check_sides(labels: Volume, bones: dict[str, Rough]) -> None:
    middle = float(np.mean([b.body_mm[0] for b in bones.values()])) if bones else None
    for name, pairs in PAIRED_IDS.items():
        x = {side: _mean_x(labels, ids) for side, ids in pairs.items()}
        left, right = x["left"], x["right"]
        wrong = (
            (left is not None and right is not None and left < right)
            or (left is not None and right is None and middle is not None and left < middle - 10.0)
            or (right is not None and left is None and middle is not None and right > middle + 10.0)
        )
        if wrong:
            side = Side.LEFT if left is not None else Side.RIGHT
            raise AnatomyError(
                f"The label map contradicts itself about left and right: its {side.value} {name} lies on the patient's "
                f"{side.opposite.value} by the image's orientation. The map or the image was mirrored; export both "
                "again."
            )


def _mean_x(labels: Volume, ids: tuple[int, ...]) -> float | None:
    # Every third voxel along each axis is enough to tell the sides.
    index = np.argwhere(np.isin(labels.array[::3, ::3, ::3], ids)) * 3
    return float(labels.lps(index)[:, 0].mean()) if len(index) else None


def check_bone_there(bone: str, bones: dict[str, Rough]) -> None:
    """Refuse a level that the map does not show.

    Raises
    ------
    AnatomyError
    """
    if bone not in bones:
        shown = ", ".join(bones) if bones else "no vertebra"
        raise AnatomyError(f"The CT does not show {bone}; its label map shows {shown}. Take another CT or label map.")


def check_on_bone(ct: Volume, labels: Volume, bone: str) -> None:
    """Refuse a map that does not lie on bone: it belongs to another image, or one of both was mirrored.

    Raises
    ------
    AnatomyError
    """
    from scipy.ndimage import binary_dilation

    box = _around(np.isin(labels.array, bone_ids(bone)), _SHELL_MM / labels.spacing_mm)
    inside = np.isin(labels.array[box], bone_ids(bone))
    reach = max(round(_SHELL_MM / float(labels.spacing_mm.max())), 1)
    shell = binary_dilation(inside, iterations=reach) & (labels.array[box] == 0)
    median = float(np.median(ct.array[box][inside]))
    around = float(np.median(ct.array[box][shell])) if shell.any() else -np.inf
    if median < _BONE_HU or median - around < _CONTRAST_HU:
        raise AnatomyError(
            f"Where the label map says {bone} the CT shows no bone (median {median:.0f} HU, {around:.0f} HU close "
            f"around it; at least {_BONE_HU:.0f} and {_CONTRAST_HU:.0f} more than around expected). The map belongs to "
            "another image, or one of both was mirrored."
        )


def _around(mask: NDArray[np.bool_], margin: Array) -> tuple[slice, ...]:
    """The box of voxels that holds the mask and a margin (in voxels)."""
    slices = []
    for axis in range(3):
        found = np.flatnonzero(mask.any(axis=tuple(k for k in range(3) if k != axis)))
        edge = int(np.ceil(margin[axis])) + 1
        slices.append(slice(max(int(found[0]) - edge, 0), int(found[-1]) + edge + 1))
    return tuple(slices)


def check_side(target: Target, target_mm: Array, midline_mm: Array, toward_left: Array) -> None:
    """Refuse a target that does not lie on its own side, by the patient's axes and by the vertebra's.

    Raises
    ------
    AnatomyError
    """
    offset = target_mm - midline_mm
    for aside in (float(offset[0]), float(offset @ toward_left)):
        if aside * target.side.sign < _ASIDE_MM:
            other = Side.LEFT if aside > 0 else Side.RIGHT
            where = f"on the {other.value}" if abs(aside) >= _ASIDE_MM else "in the midline"
            raise AnatomyError(
                f"The target of the {target.label} lies {where} ({abs(aside):.0f} mm from the midline). "
                "Check the side, the landmarks and the image's orientation."
            )
