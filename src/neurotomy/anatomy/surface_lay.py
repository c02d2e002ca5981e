"""Lay a nerve on the patient's bone: on the label map's surface, then on the CT's own edge where it is fine enough."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.surface import BoneSurface
from neurotomy.geometry import Curve, Volume

__all__ = ["edge_shift", "lay_on_bone", "smoothed"]

Array = NDArray[np.float64]

_STEP_MM = 0.4
_REACH_MM = 1.6
"""The CT's edge is looked for this far from the label map's."""

_MOST_MM = 3.0
"""The nerve is laid this far aside at most from where it was brought: it must not slide along a groove, and voxels
that fill a groove must not lift it out."""


def lay_on_bone(
    curve: Curve,
    bone: BoneSurface,
    ct: Volume,
    from_arc_mm: float,
    height_mm: float,
    facing: Array | None = None,
    most_mm: float = _MOST_MM,
) -> Curve:
    """`curve` with what lies beyond `from_arc_mm` at `height_mm` above bone, and smooth.

    What comes before (in the foramen) is free; it follows where the laid part begins, and stays out of bone. What
    lies outside the image stays where it is. `facing` (n, 3) says for each point of `curve` which way the bone under it
    looks: in a narrow groove the other wall is as near. It is moved by `most_mm` at most.
    """
    line = curve.resampled(_STEP_MM)
    arc = line.arc_mm
    looks = None if facing is None else _carried(curve, facing, arc)
    bone = bone.without_seam()
    shown = smoothed(ct.contains(line.points_mm)[:, None].astype(float), 2.0 / _STEP_MM)
    on_bone = np.clip((arc - from_arc_mm + 3.0) / 3.0, 0.0, 1.0)[:, None] * np.clip(shown, 0.0, 1.0)
    if (
        looks is None
    ):  # bone by threshold has holes where cortex is thin: what has none near must not be drawn to the rim
        near = np.clip(_MOST_MM - bone.tree.query(line.points_mm)[0], 0.0, 1.0)
        on_bone = on_bone * np.clip(smoothed(near[:, None], 2.0 / _STEP_MM), 0.0, 1.0)
    points = line.points_mm
    for _ in range(3):
        if looks is None:
            laid = bone.pressed(points, height_mm, _smooth_rows(bone.height(points)[1], 3.0 / _STEP_MM))
        else:
            laid = bone.pressed(points, height_mm, looks)
        free = np.where((bone.height(points)[0] < height_mm)[:, None], laid, points)
        points = smoothed(on_bone * laid + (1.0 - on_bone) * free, 1.6 / _STEP_MM)
        points = line.points_mm + _at_most(points - line.points_mm, most_mm)
    _, normals = bone.height(points, looks)
    normals = _smooth_rows(normals, 2.0 / _STEP_MM)
    points = bone.pressed(points, height_mm, normals, rounds=2) * on_bone + points * (1.0 - on_bone)
    points = line.points_mm + _at_most(points - line.points_mm, most_mm)
    shift = edge_shift(points - height_mm * normals, normals, ct)
    shift = smoothed(shift[:, None], 2.5 / _STEP_MM)
    return Curve(smoothed(points + on_bone * shift * normals, 0.8 / _STEP_MM)).resampled(_STEP_MM)


def _carried(curve: Curve, rows: Array, arc_mm: Array) -> Array:
    """Unit rows (n, 3) of the points of `curve` at other places along it."""
    there = np.stack([np.interp(arc_mm, curve.arc_mm, rows[:, k]) for k in range(3)], axis=1)
    return _smooth_rows(there, 1.5 / _STEP_MM)


def edge_shift(points: Array, normals: Array, ct: Volume) -> Array:
    """How far outward (n,) the CT's bone edge lies from surface `points` (n, 3); 0 where voxels are too coarse.

    The edge is where the CT number, coming from outside, first rises half way from the soft tissue to the cortex: so
    the blur of voxels and kernel does not move it, dense cortex neither. The threshold is the least that counts.
    """
    voxel = np.linalg.norm((normals @ (ct.lps_from_voxel[:3, :3] / ct.spacing_mm)) * ct.spacing_mm, axis=1)
    fine = voxel < evidence.value("innervation.locate.finest_voxel_for_threshold")
    if not fine.any():
        return np.zeros(len(points))
    t = np.arange(-_REACH_MM, _REACH_MM + 0.05, 0.1)
    hu = ct.sample(points[:, None, :] + t[None, :, None] * normals[:, None, :], outside=-1024.0)
    least = evidence.value("innervation.locate.bone_threshold")
    outside = np.median(hu[:, t > _REACH_MM / 2], axis=1)
    half = 0.5 * (hu.max(axis=1) + np.minimum(outside, least))
    bone = hu >= np.maximum(half, least)[:, None]
    # Outermost rise that still has soft tissue outside it; none, or bone all the way (a neighbour): no shift.
    edge = np.diff(bone.astype(int), axis=1) == -1
    outward = np.where(edge, np.abs(t[:-1])[None, :], np.inf)
    best = np.argmin(outward, axis=1)
    found = fine & edge.any(axis=1)
    return np.where(found, t[best], 0.0)


def smoothed(rows: Array, width: float) -> Array:
    """Rows (n, k) averaged along n with a Gaussian of `width` rows; the ends stay where they are."""
    from scipy.ndimage import gaussian_filter1d

    # Mirrored through its end points, so that a straight line stays what it is.
    n = min(int(4 * width) + 1, len(rows) - 1)
    front = 2 * rows[:1] - rows[n:0:-1]
    back = 2 * rows[-1:] - rows[-2 : -n - 2 : -1]
    return np.asarray(gaussian_filter1d(np.concatenate([front, rows, back]), width, axis=0)[n : n + len(rows)])


def _smooth_rows(normals: Array, width: float) -> Array:
    soft = smoothed(normals, width)
    return np.asarray(soft / np.maximum(np.linalg.norm(soft, axis=1, keepdims=True), 1e-9))


def _at_most(moves: Array, most_mm: float) -> Array:
    size = np.linalg.norm(moves, axis=1, keepdims=True)
    return np.asarray(moves * np.minimum(1.0, most_mm / np.maximum(size, 1e-9)))
