"""A label map that belongs to a CT: the same voxels, numbered as TotalSegmentator v2 does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.errors import ImageError, nearest
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import SACRUM_ID, VERSE_NAMES, VERTEBRA_IDS, VERTEBRA_NAMES

__all__ = ["SCHEMES", "detect_scheme", "on_grid_of", "read_labels"]

SCHEMES = ("auto", "totalsegmentator", "verse")

_VERSE_TOP = max(VERSE_NAMES)
_STEP_MM = (10.0, 60.0)
"""Distance between centroids of neighbouring vertebrae, generously."""


def read_labels(path: Path, ct: Volume, scheme: str = "auto") -> Volume:
    """Read the label map of `ct`.

    Parameters
    ----------
    path : Path
        A NIfTI file on the grid of `ct`, or a DICOM Segmentation of it whose segments name their bones. Axes may be
        stored in another order or direction: then voxels are put into the order of `ct`, each in its own place.
    ct : Volume
        The CT.
    scheme : str
        Numbering of the file: ``totalsegmentator``, ``verse``, or ``auto`` to tell it from the numbers and from the
        order of the vertebrae.

    Returns
    -------
    Volume
        uint8, ids of :data:`~neurotomy.imaging.labels.VERTEBRA_IDS`, the grid of `ct`.

    Raises
    ------
    ImageError
        When it cannot be read, is no label map, does not fit the CT, or its numbering cannot be told.
    """
    path = Path(path)
    if scheme not in SCHEMES:
        raise ImageError(f"Label scheme '{scheme}' is not known. {nearest(scheme, SCHEMES)}")
    if not path.is_file():
        raise ImageError(f"There is no label map '{path}'. Name a NIfTI file or DICOM SEG.")
    from neurotomy.imaging.dicom.segmentation import is_dicom, read_segmentation
    from neurotomy.imaging.nifti import read_nifti

    if is_dicom(path):
        labels = Volume(read_segmentation(path, ct), ct.lps_from_voxel)
        if not labels.array.any():
            raise ImageError(f"'{path.name}' is empty: no voxel is labelled.")
        return labels
    array, affine, _ = read_nifti(path)
    labels = on_grid_of(ct, Volume(_whole_numbers(array, path.name), affine), path.name)
    found = detect_scheme(labels, path.name) if scheme == "auto" else scheme
    if found == "verse":
        labels = Volume(_from_verse(labels.array, path.name), labels.lps_from_voxel)
        from neurotomy.imaging.verse import centroids_beside, check_centroids, read_centroids

        if (beside := centroids_beside(path)) is not None:  # a second witness of the numbering
            check_centroids(labels, read_centroids(beside, Volume(array, affine)), beside.name)
    if not np.isin(labels.array, [SACRUM_ID, *VERTEBRA_NAMES]).any():
        raise ImageError(f"'{path.name}' holds no vertebra in the {found} numbering. Is it the label map of the spine?")
    return labels


def _whole_numbers(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    if array.dtype.kind not in "iuf" or not np.all(np.isfinite(array)):
        raise ImageError(f"'{name}' is no label map: labels are whole numbers.")
    low, high = float(array.min()), float(array.max())
    if low < 0 or high > 255 or (array.dtype.kind == "f" and np.any(array != np.rint(array))):
        raise ImageError(f"'{name}' is no label map: its values run from {low:g} to {high:g}, labels are 0 to 255.")
    return array.astype(np.uint8)


def on_grid_of(ct: Volume, labels: Volume, name: str = "the label map") -> Volume:
    """`labels` with its axes in the order and direction of `ct`, each voxel in its own place.

    Raises
    ------
    ImageError
        When the two are not the same grid of voxels.
    """
    voxel = ct.voxel_from_lps @ labels.lps_from_voxel  # ct voxel from label voxel
    turn = np.rint(voxel[:3, :3]).astype(int)
    sizes = "×".join(map(str, labels.shape)), "×".join(map(str, ct.shape))
    if not np.array_equal(np.abs(turn) @ np.ones(3, dtype=int), [1, 1, 1]) or not np.array_equal(
        np.abs(turn).sum(axis=0), [1, 1, 1]
    ):
        raise ImageError(
            f"'{name}' lies on another grid than the CT (voxels of {_spacing(labels)} mm against {_spacing(ct)} mm, or "
            "turned). Resample it to the CT with nearest neighbours."
        )
    order = [int(np.argmax(np.abs(turn[axis]))) for axis in range(3)]
    array = labels.array.transpose(order)
    if array.shape != ct.shape:
        raise ImageError(f"'{name}' has {sizes[0]} voxels and the CT {sizes[1]}. It belongs to another image.")
    for axis in range(3):
        if turn[axis, order[axis]] < 0:
            array = np.flip(array, axis=axis)
    corners = np.array(list(np.ndindex(2, 2, 2))) * (np.array(labels.shape) - 1)
    there = corners @ voxel[:3, :3].T + voxel[:3, 3]
    wanted = corners @ turn.T + np.where(turn.sum(axis=1) < 0, np.array(ct.shape) - 1, 0)
    off = float((np.abs(there - wanted) * ct.spacing_mm).max())
    if np.any(np.abs(there - wanted) > 0.1):
        raise ImageError(
            f"'{name}' does not lie where the CT lies: {off:.1f} mm away at a corner. It belongs to another image, or "
            "one of both was moved."
        )
    return Volume(np.ascontiguousarray(array), ct.lps_from_voxel)


def _spacing(volume: Volume) -> str:
    return " × ".join(f"{s:.3g}" for s in volume.spacing_mm)


def detect_scheme(labels: Volume, name: str = "the label map") -> str:
    """``totalsegmentator`` or ``verse``: numbers above 28 are TotalSegmentator's; below it the order must tell.

    Raises
    ------
    ImageError
        When both numberings fit, or neither.
    """
    held = [int(n) for n in np.unique(labels.array) if n]
    if not held:
        raise ImageError(f"'{name}' is empty: every voxel is 0.")
    if held[-1] > _VERSE_TOP:
        return "totalsegmentator"
    centre = {n: labels.lps(np.argwhere(labels.array == n).mean(axis=0)) for n in held}
    verse = _stack([centre[n] for n in held if n <= 26], labels)
    total = _stack([centre[n] for n in reversed(held) if n in VERTEBRA_NAMES], labels)
    fits_verse = verse >= 2 and verse == len([n for n in held if n <= 26])
    fits_total = total >= 2 and total == len([n for n in held if n in VERTEBRA_NAMES])
    if fits_verse and total < 2:
        return "verse"
    if fits_total and not fits_verse:
        return "totalsegmentator"
    raise ImageError(
        f"The numbering of '{name}' cannot be told: it holds {', '.join(map(str, held))}. "
        "Say which it is: label_scheme = 'totalsegmentator' or 'verse'."
    )


def _stack(centres: list[ArrayLike], labels: Volume) -> int:
    """Number of centroids when they stand below each other like vertebrae (from the head down), else 0."""
    points = np.array(centres)
    if len(points) < 2:
        return len(points)
    gaps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    down = -np.diff(points[:, 2])
    like = (down > 0.4 * gaps) & (gaps > _STEP_MM[0]) & (gaps < _STEP_MM[1])
    return len(points) if like.all() else 0


def _from_verse(array: NDArray[np.uint8], name: str) -> NDArray[np.uint8]:
    held = {int(n) for n in np.unique(array) if n}
    if unknown := held - set(VERSE_NAMES):
        raise ImageError(f"'{name}' is not in VerSe numbering: it holds {', '.join(map(str, sorted(unknown)))}.")
    odd = sorted(VERSE_NAMES[n] for n in held & {25, 28})
    if odd:
        raise ImageError(
            f"'{name}' shows {' and '.join(odd)}: with an extra vertebra the names of levels are uncertain. Number the "
            "levels yourself (L1 to L5, sacrum) and save the map again."
        )
    table = np.zeros(256, dtype=np.uint8)
    for number, vertebra in VERSE_NAMES.items():
        table[number] = VERTEBRA_IDS.get(vertebra, SACRUM_ID if vertebra == "sacrum" else 0)
    return table[array]
