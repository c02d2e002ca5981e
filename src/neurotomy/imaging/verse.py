"""Centroids of vertebrae as VerSe writes them (Sekuboyina et al., Med Image Anal 2021;73:102166).

A JSON list: first the directions that the axes of the numbers point to (``["P", "I", "R"]``), then for each vertebra
its number and ``X``, ``Y``, ``Z`` in voxels of the label map, counted along these directions. They lie in the body.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import SACRUM_ID, VERSE_NAMES, VERTEBRA_IDS

__all__ = ["centroids_beside", "check_centroids", "read_centroids"]

_DIRECTIONS = {
    "L": (0, 1.0), "R": (0, -1.0), "P": (1, 1.0), "A": (1, -1.0), "S": (2, 1.0), "I": (2, -1.0),
}  # fmt: skip
"""Axis of patient LPS, and whether numbers grow along it."""
_NEAR_MM = 5.0
"""A centroid of a body is inside the vertebra; this much is allowed for rounding and smooth edges."""
_MOST_BYTES = 1_000_000


def centroids_beside(path: Path) -> Path | None:
    """What VerSe puts beside a label map: ``sub-X_seg-subreg_ctd.json`` for ``sub-X_seg-vert_msk.nii``."""
    subject, found, _ = path.name.partition("_seg-")
    beside = path.with_name(f"{subject}_seg-subreg_ctd.json")
    return beside if found and beside.is_file() else None


def read_centroids(path: Path, labels: Volume) -> Mapping[str, NDArray[np.float64]]:
    """Centroids in patient LPS, mm, by the name of the vertebra.

    Parameters
    ----------
    path : Path
        A file like ``sub-verse004_seg-subreg_ctd.json``.
    labels : Volume
        The label map that it belongs to, or its CT: the numbers count its voxels.

    Raises
    ------
    ImageError
        When it is no such file, or its numbers lie outside the image.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        head, *rest = json.loads(path.read_text(encoding="utf-8"))
        axes = [_DIRECTIONS[str(letter)] for letter in head["direction"]]
        if sorted(axis for axis, _ in axes) != [0, 1, 2]:
            raise ValueError("directions")
        given = {
            VERSE_NAMES[int(one["label"])]: np.array([float(one[key]) for key in "XYZ"])
            for one in rest
            if int(one["label"]) in VERSE_NAMES
        }
        if not given or len(given) > len(rest) or not np.all(np.isfinite(list(given.values()))):
            raise ValueError("centroids")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ImageError(f"'{path.name}' is no file of VerSe centroids, or damaged. Leave it away.") from None
    # Which axis of the image runs along which direction of the file, and which way.
    directions = labels.lps_from_voxel[:3, :3] / labels.spacing_mm
    along = np.argmax(np.abs(directions), axis=0)
    if sorted(along.tolist()) != [0, 1, 2]:
        raise ImageError("The image lies aslant, and centroids cannot be told along its axes. Leave them away.")
    voxels = {name: np.empty(3) for name in given}
    for n, (axis, sign) in enumerate(axes):
        image_axis = int(np.flatnonzero(along == axis)[0])
        last = labels.shape[image_axis] - 1
        same_way = directions[axis, image_axis] * sign > 0
        for name, numbers in given.items():
            voxels[name][image_axis] = numbers[n] if same_way else last - numbers[n]
    for name, at in voxels.items():
        if np.any(at < -1) or np.any(at > np.array(labels.shape)):
            raise ImageError(f"The centroid of {name} in '{path.name}' lies outside the image. Is it of another one?")
    return {name: labels.lps(at) for name, at in voxels.items()}


def check_centroids(labels: Volume, centroids: Mapping[str, NDArray[np.float64]], name: str = "the centroids") -> None:
    """Each centroid must lie in the vertebra of its own name.

    Parameters
    ----------
    labels : Volume
        As :func:`neurotomy.imaging.read_labels` gives it.
    centroids : mapping
        As :func:`read_centroids` gives it.
    name : str
        What the centroids are called in the message.

    Raises
    ------
    ImageError
        When one lies in another vertebra or in none: numbering, side or place of one of both is wrong.
    """
    numbers = {**VERTEBRA_IDS, "sacrum": SACRUM_ID}
    for bone, at in centroids.items():
        number = numbers.get(bone)
        if number is None:
            continue
        places = np.argwhere(labels.array == number)
        off = float(np.linalg.norm(labels.lps(places) - at, axis=1).min()) if len(places) else float("inf")
        if off > _NEAR_MM:
            where = "is not in the label map" if not np.isfinite(off) else f"lies {off:.0f} mm from it in the label map"
            raise ImageError(f"{bone} of {name} {where}: numbering or place of one of both is wrong. Look at both.")
