"""Where a needle passes the skin: the body's surface from the CT, met by a ray along the shaft."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy import evidence
from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume, unit

__all__ = ["SkinCrossing", "body", "rough_depths", "skin_crossing"]

Array = NDArray[np.float64]

_COARSE_MM = 3.0  # the body is found on voxels about this large; the crossing itself on the CT's own voxels
_STEP_MM = 0.5

_bodies: dict[int, tuple[weakref.ref[NDArray[np.generic]], Volume]] = {}


@dataclass(frozen=True)
class SkinCrossing:
    """Where a ray from inside the body leaves it.

    Attributes
    ----------
    point_lps_mm
        The outermost crossing of the skin. Where the ray leaves the image through its upper or lower end first, the
        crossing with the body's outline of the last slice, continued unchanged; where the back itself is cut off, the
        last point on the image.
    depth_mm
        From the start of the ray to that point.
    shown
        False when the ray leaves the image before it leaves the body: point and depth are estimates.
    """

    point_lps_mm: Array
    depth_mm: float
    shown: bool


def body(ct: Volume) -> Volume:
    """The patient without air and table, as 1 and 0 on coarse voxels (about 3 mm).

    Above −300 HU, thin layers (couch, blanket) opened away, the largest connected part, holes filled slice by slice
    along each axis. Kept for as long as the CT is.

    Raises
    ------
    GuidanceError
        When nothing on the CT is denser than air.
    """
    kept = _bodies.get(id(ct.array))
    if kept is not None and kept[0]() is ct.array:
        return kept[1]
    from scipy import ndimage

    step = np.maximum(np.rint(_COARSE_MM / ct.spacing_mm), 1).astype(int)
    first = step // 2
    coarse = ct.array[first[0] :: step[0], first[1] :: step[1], first[2] :: step[2]]
    affine = np.array(ct.lps_from_voxel)
    affine[:3, 3] = ct.lps(first)
    affine[:3, :3] = affine[:3, :3] * step
    tissue = coarse > evidence.value("placement.body.threshold")
    # Tissue goes on beyond the image: without the padding, opening would eat the body where the image cuts it.
    padded = np.pad(tissue, 2, mode="edge")
    opened = ndimage.binary_opening(padded, iterations=2)[2:-2, 2:-2, 2:-2]
    parts, count = ndimage.label(opened)
    if count == 0:
        raise GuidanceError("No body is found on this CT: nothing is denser than −300 HU. Check that it is a CT in HU.")
    whole = parts == 1 + int(np.argmax(np.bincount(parts.ravel())[1:]))
    for axis in range(3):
        for n in range(whole.shape[axis]):
            at = (slice(None),) * axis + (n,)
            whole[at] = ndimage.binary_fill_holes(whole[at])
    found = Volume(whole.astype(np.uint8), affine)
    key = id(ct.array)
    _bodies[key] = (weakref.ref(ct.array, lambda _: _bodies.pop(key, None)), found)
    return found


def skin_crossing(ct: Volume, start_lps_mm: ArrayLike, direction: ArrayLike) -> SkinCrossing | None:
    """Follow a ray from a point inside the body outward; None when it starts outside and never meets the body.

    Parameters
    ----------
    ct : Volume
        HU.
    start_lps_mm, direction
        LPS; for a needle the apex and the direction up the shaft.
    """
    start, along = np.asarray(start_lps_mm, dtype=float), unit(direction)
    patient = body(ct)
    reach = float(np.linalg.norm(np.array(ct.shape) * ct.spacing_mm))
    t = np.arange(0.0, reach + _STEP_MM, _STEP_MM)
    points = start + t[:, None] * along
    on_image = ct.contains(points)
    within = _continued(patient, points, order=1) >= 0.5
    if not np.any(within & on_image):
        return None
    last, last_on_image = int(np.flatnonzero(within)[-1]), int(np.flatnonzero(on_image)[-1])
    if last > last_on_image and not _leaves_by_the_ends(ct, points[last_on_image + 1]):
        last = last_on_image
    margin = int(np.ceil(float(patient.spacing_mm.max()) / _STEP_MM)) + 1
    if last + margin >= last_on_image:
        edge = ct.sample(points[last_on_image]) > evidence.value("placement.body.threshold")
        if last >= last_on_image or edge:
            return SkinCrossing(points[last], float(t[last]), False)
    return _on_the_cts_own_voxels(ct, points, t, last, margin)


def _on_the_cts_own_voxels(ct: Volume, points: Array, t: Array, last: int, margin: int) -> SkinCrossing:
    """The outermost crossing of the threshold near `last`, the last point within the coarse body."""
    threshold = evidence.value("placement.body.threshold")
    low = max(last - margin, 0)
    hu = ct.sample(points[low : last + margin + 1], outside=-1000.0)
    dense = np.flatnonzero(hu > threshold)
    # Still dense at the end of the margin: a blanket touches the skin there, and the coarse body must do.
    if len(dense) == 0 or dense[-1] + 1 >= len(hu):
        return SkinCrossing(points[last], float(t[last]), True)
    n = int(dense[-1])
    fraction = (hu[n] - threshold) / (hu[n] - hu[n + 1])
    return SkinCrossing(
        points[low + n] + fraction * (points[low + n + 1] - points[low + n]),
        float(t[low + n] + fraction * _STEP_MM),
        True,
    )


def rough_depths(ct: Volume, starts_lps_mm: Array, directions: Array) -> Array:
    """Depth under the skin of many points along many directions, to about 3 mm: (n, 3), (n, 3) -> (n,).

    Beyond the image the body's outline goes on as in :func:`skin_crossing`; infinite where a way never meets the body.
    """
    patient = body(ct)
    reach = float(np.linalg.norm(np.array(ct.shape) * ct.spacing_mm))
    t = np.arange(0.0, reach, _COARSE_MM / 2)
    points = starts_lps_mm[:, None, :] + t[:, None] * directions[:, None, :]
    inside = _continued(patient, points, order=0) > 0.5
    last = inside.shape[1] - 1 - np.argmax(inside[:, ::-1], axis=1)
    return np.where(inside.any(axis=1), t[last], np.inf)


def _continued(patient: Volume, points: Array, order: int) -> Array:
    """The body, 0 to 1, its outline continued unchanged beyond the upper and lower end of the image."""
    voxels, top = patient.voxels(points), np.array(patient.shape) - 1
    clamped = np.clip(voxels, 0, top)
    # The coarse voxels' box is up to a voxel smaller than the CT's; farther out through its sides there is no body.
    off = np.abs(voxels - clamped) > 1.0
    off[..., _long_axis(patient)] = False
    return np.where(off.any(axis=-1), 0.0, patient.sample(patient.lps(clamped), order=order))


def _leaves_by_the_ends(ct: Volume, beyond_lps_mm: Array) -> bool:
    """Whether a point just beyond the image lies past its upper or lower end, and not past a side."""
    voxels = ct.voxels(beyond_lps_mm)
    outside = (voxels < -0.5) | (voxels > np.array(ct.shape) - 0.5)
    return bool(outside[_long_axis(ct)])


def _long_axis(volume: Volume) -> int:
    """The voxel axis that runs along the body, nearest to LPS z."""
    return int(np.argmax(np.abs(volume.lps_from_voxel[2, :3]) / volume.spacing_mm))
