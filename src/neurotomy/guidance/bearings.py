"""What the C-arm is set by, measured on this CT: the bone's symmetry, its end plate, and the axis of its foramina.

A frame fitted to a bone is right to a few degrees; on the image that is an end plate seen as an ellipse and two pillars
side by side. So, as one does under the C-arm, each view is squared by what is seen:

- **the plane of symmetry**: the mirror image of the bone's one side lies best on its other side. Square to it is the
  true lateral, in which both sides cover each other, and the AP is not turned when it looks along it;
- **the superior end plate**: a plane through the uppermost bone over the middle of the body; the AP looks along it;
- **the foramina** of the neck, above and below the pedicle: of all directions near the textbook's the one along which
  the most rays pass them free of bone.

Where this CT shows too little of one of them, the fitted frame is kept for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.anatomy.innervation import place_of
from neurotomy.errors import ImageError
from neurotomy.geometry import RigidTransform, Volume, unit
from neurotomy.guidance.bone import Bone, bone_ids

__all__ = ["Bearings", "bearings_of", "open_share", "remember_bearings"]

Array = NDArray[np.float64]

_MOST_DEG = 15.0  # a measured direction farther from the fitted frame is not believed
_MOST_UNLABELLED_DEG = 8.0  # without a label map ribs and neighbours are mirrored with the bone
_LEAST_LIKENESS = 0.5  # correlation of a bone with its mirror image
_HALF_MM = {"C": (30.0, 30.0, 11.0), "T": (38.0, 36.0, 16.0), "L": (42.0, 40.0, 20.0), "S": (50.0, 34.0, 22.0)}
"""Half the box about the bone that is mirrored: to the side, from front to back, along the spine."""
_BEHIND_MM = {"C": 14.0, "T": 18.0, "L": 18.0, "S": 8.0}  # middle of that box behind the body's
_STEP_MM = 2.5
_PLATE_MM = {
    "C": (5.0, 4.5),
    "T": (9.0, 8.0),
    "L": (14.0, 9.0),
    "S": (14.0, 8.0),
}  # half of what is fitted of an end plate
_SOFT_HU, _HARD_HU = 100.0, 700.0  # without a label map: what counts as no bone, and as full bone

_OUT_MM, _IN_MM = 13.0, 11.0  # of a foramen along the beam: beyond it other bone lies over every view
_SPREAD_MM = 5.0  # of the rays that count, about the foramen's middle
_TURNS_DEG, _TILTS_DEG = np.arange(24.0, 69.0, 4.0), np.arange(-32.0, 33.0, 4.0)
_CENTRAL_SHARE = 0.85  # directions at least this open, of the best, are averaged: the middle of what is open


@dataclass(frozen=True)
class Bearings:
    """How one bone stands on its CT.

    Attributes
    ----------
    course
        The nerve, with the frame of its bone squared by end plate and symmetry as measured.
    lateral_lps
        Unit vector square to the plane of symmetry, towards the patient's left.
    foramen_lps
        Unit vector along the foramina of the treated side, from in front and outside to behind and inside; None away
        from the neck, and where they are not seen.
    symmetry_deg, end_plate_deg
        How far the measured directions are from the fitted frame; None where the frame was kept.
    """

    course: NerveCourse
    lateral_lps: Array
    foramen_lps: Array | None
    symmetry_deg: float | None
    end_plate_deg: float | None


_known: list[tuple[NerveCourse, Volume, Volume | None, Bearings]] = []  # the last few: views are asked for again


def bearings_of(course: NerveCourse, anatomy: Anatomy) -> Bearings:
    """Measure one bone on its CT (a quarter of a second; the last few are kept).

    Parameters
    ----------
    course : NerveCourse
        The nerve, with the fitted frame and landmarks of its bone.
    anatomy : Anatomy
        CT, and labels where there are any.
    """
    for held, ct, labels, found in _known:
        if held is course and ct is anatomy.ct and labels is anatomy.labels:
            return found
    found = _measured(course, anatomy)
    remember_bearings(course, anatomy, found)
    return found


def remember_bearings(course: NerveCourse, anatomy: Anatomy, found: Bearings) -> None:
    """Take `found`, measured before on the same CT, as what :func:`bearings_of` gives."""
    _known[:] = [*_known[-15:], (course, anatomy.ct, anatomy.labels, found)]


def _measured(course: NerveCourse, anatomy: Anatomy) -> Bearings:
    frame = course.lps_from_vertebra
    fitted_left, fitted_up = frame.rotation[:, 0], frame.rotation[:, 2]
    own = _own_bone(course, anatomy)
    most_deg = _MOST_DEG if anatomy.labels is not None else _MOST_UNLABELLED_DEG
    left = None if own is None else _mirror_normal(own, frame, course.target.bone[0], most_deg)
    up = None if own is None else _end_plate_normal(own, course)
    lateral = fitted_left if left is None else left
    z = fitted_up if up is None else up
    x = unit(lateral - (lateral @ z) * z)
    squared = replace(
        course, lps_from_vertebra=RigidTransform(np.stack([x, np.cross(z, x), z], axis=1), frame.translation_mm)
    )
    return Bearings(
        squared,
        lateral,
        _foramen_axis(squared, anatomy) if place_of(course.target) in _IN_THE_NECK else None,
        None if left is None else _apart_deg(left, fitted_left),
        None if up is None else _apart_deg(up, fitted_up),
    )


_IN_THE_NECK = ("third_occipital", "cervical_pillar", "cervical_c7")


def _apart_deg(a: Array, b: Array) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b, -1.0, 1.0))))


def _own_bone(course: NerveCourse, anatomy: Anatomy) -> Volume | None:
    """How much of each voxel about this bone is bone, 0 to 1: of its own label alone where there is one."""
    half = np.array(_HALF_MM[course.target.bone[0]]) + 12.0
    corners = np.array(list(np.ndindex(2, 2, 2))) * 2.0 - 1.0
    corners = course.lps_from_vertebra(corners * half + [0.0, _BEHIND_MM[course.target.bone[0]], 0.0])
    image = anatomy.ct if anatomy.labels is None else anatomy.labels
    try:
        near = image.crop(corners.min(axis=0), corners.max(axis=0))
    except ImageError:
        return None
    if anatomy.labels is None:
        share = np.clip((near.array - _SOFT_HU) / (_HARD_HU - _SOFT_HU), 0.0, 1.0)
    else:
        share = np.isin(near.array, bone_ids(course.target.bone)).astype(float)
    from scipy.ndimage import gaussian_filter

    return Volume(gaussian_filter(share.astype(np.float32), 1.0 / near.spacing_mm), near.lps_from_voxel)


def _mirror_normal(own: Volume, frame: RigidTransform, kind: str, most_deg: float) -> Array | None:
    """Towards the left across the plane whose mirror image lays the bone best on itself."""
    from scipy.ndimage import map_coordinates
    from scipy.optimize import minimize

    axes = [np.arange(-half, half + 1e-6, _STEP_MM) for half in _HALF_MM[kind]]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    points = frame(grid + [0.0, _BEHIND_MM[kind], 0.0])

    def value(lps: Array) -> Array:
        return np.asarray(map_coordinates(own.array, own.voxels(lps).T, order=1, output=float), dtype=float)

    here = value(points)
    seen = here > 0.05  # air and muscle are alike everywhere
    if np.count_nonzero(seen) < 100:
        return None
    points, here = points[seen], here[seen]

    def normal(at: Array) -> Array:
        yaw, roll = np.radians(at[:2])
        return frame.direction([np.cos(yaw) * np.cos(roll), np.sin(yaw) * np.cos(roll), np.sin(roll)])

    def unlike(at: Array) -> float:
        n = normal(at)
        off = (points - frame.translation_mm) @ n - at[2]
        mirrored = value(points - 2.0 * off[:, None] * n)
        # Relative to the sum of squares: bone that falls on nothing counts in full.
        return float(((here - mirrored) ** 2).sum() / ((here**2).sum() + (mirrored**2).sum() + 1e-9))

    simplex = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 2.0]]) - [1.5, 1.5, 0.5]
    best = minimize(
        unlike,
        np.zeros(3),
        method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 0.05, "fatol": 1e-5, "maxfev": 160},
    )
    if best.fun > 1.0 - _LEAST_LIKENESS or np.abs(best.x[:2]).max() > most_deg:
        return None
    return np.asarray(normal(best.x))


def _end_plate_normal(own: Volume, course: NerveCourse) -> Array | None:
    """Headwards across the plane through the uppermost bone over the middle of the body."""
    middle = course.landmarks_mm.get("superior_endplate_centre")
    if middle is None:
        return None
    frame = course.lps_from_vertebra
    wide, deep = _PLATE_MM[course.target.bone[0]]
    at = frame.inverse()(np.asarray(middle, dtype=float))
    grid = np.stack(np.meshgrid(np.linspace(-wide, wide, 13), np.linspace(-deep, deep, 11)), axis=-1).reshape(-1, 2)
    heights = np.arange(-6.0, 4.01, 0.5)
    columns = np.concatenate([np.repeat(grid, len(heights), axis=0), np.tile(heights, len(grid))[:, None]], axis=1)
    share = own.sample(frame(columns + at)).reshape(len(grid), len(heights))
    # The edge is where bone is left upwards: half the way from the body to what lies above it.
    inside, above = np.median(share[:, heights < -3.0]), np.median(share[:, heights > 2.5])
    if inside - above < 0.1:
        return None
    crosses = (share[:, :-1] >= (inside + above) / 2) & (share[:, 1:] < (inside + above) / 2)
    has = crosses.any(axis=1)
    if has.mean() < 0.6:
        return None
    last = crosses.shape[1] - 1 - np.argmax(crosses[has, ::-1], axis=1)
    rows = np.flatnonzero(has)
    low, high = share[rows, last], share[rows, last + 1]
    top = heights[last] + 0.5 * (low - (inside + above) / 2) / np.maximum(low - high, 1e-6)
    matrix = np.column_stack([grid[has], np.ones(len(rows))])
    weight = np.ones(len(rows))
    for _ in range(12):  # of least absolute distance: rims and spurs do not pull
        slope = np.linalg.lstsq(matrix * weight[:, None], top * weight, rcond=None)[0]
        weight = np.maximum(np.abs(matrix @ slope - top), 0.2) ** -0.5
    normal = unit(np.array([-slope[0], -slope[1], 1.0]))
    if np.degrees(np.arccos(normal[2])) > _MOST_DEG or np.median(np.abs(matrix @ slope - top)) > 1.2:
        return None
    return np.asarray(frame.direction(normal))


# -- foramina ----------------------------------------------------------------------------------------------------------


def _foramen_axis(course: NerveCourse, anatomy: Anatomy) -> Array | None:
    """The middle of the directions along which the foramina beside this pedicle are open."""
    cubes = _foramina(course, anatomy)
    if cubes is None:
        return None
    side = course.target.side.sign
    found = []
    for turn in _TURNS_DEG:
        for tilt in _TILTS_DEG:
            a, b = np.radians([turn, tilt])
            found.append([-side * np.sin(a) * np.cos(b), np.cos(a) * np.cos(b), np.sin(b)])
    ways = np.array(found)
    share = np.array([_open(cubes, way) for way in ways])
    if share.max() < 0.05 or share.min() > 0.5 * share.max():  # nothing opens, or nothing ever closes
        return None
    weight = np.maximum(share - _CENTRAL_SHARE * share.max(), 0.0)
    return np.asarray(course.lps_from_vertebra.direction(unit(weight @ ways)))


def open_share(course: NerveCourse, anatomy: Anatomy, to_detector_lps: Array) -> float:
    """How open the foramina beside this nerve's pedicle are, seen along a direction: 0 to 1.

    The share of parallel rays about the middle of the foramina above and below, those near it counting most, that pass
    without bone 13 mm before and 11 mm behind it. 0 where the course does not hold pedicle and joints.
    """
    cubes = _foramina(course, anatomy)
    return 0.0 if cubes is None else _open(cubes, course.lps_from_vertebra.rotation.T @ unit(to_detector_lps))


def _foramina(course: NerveCourse, anatomy: Anatomy) -> list[NDArray[np.bool_]] | None:
    """Bone on cubes of 1 mm about the middles of the foramina above and below the pedicle, in the bone's frame."""
    marks = course.landmarks_mm
    if not {"pedicle_centre", "joint_above", "joint_below"} <= set(marks):
        return None
    bone = Bone.of(anatomy)
    pedicle, above, below = (
        np.asarray(marks[k], dtype=float) for k in ("pedicle_centre", "joint_above", "joint_below")
    )
    axis = np.arange(-_CUBE, _CUBE + 1.0)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    # A level apart are the pedicles, as the joints are: half of it up and down lie the foramina.
    return [
        bone.within(pedicle + up * 0.5 * (above - below) + grid @ course.lps_from_vertebra.rotation.T)
        for up in (1.0, -1.0)
    ]


_CUBE = 17


def _open(cubes: list[NDArray[np.bool_]], way: Array) -> float:
    across = unit(np.cross([0.0, 0.0, 1.0], way))
    up = np.cross(way, across)
    side = np.arange(-9.0, 9.01, 1.0)
    u, v = (a.ravel() for a in np.meshgrid(side, side))
    near = np.hypot(u, v) < 9.5
    u, v = u[near], v[near]
    depth = np.arange(-_OUT_MM, _IN_MM + 0.01, 1.0)
    points = (u[:, None] * across + v[:, None] * up)[:, None, :] + depth[:, None] * way
    at = np.clip(np.rint(points).astype(np.intp) + _CUBE, 0, 2 * _CUBE)
    weight = np.exp(-(u**2 + v**2) / (2.0 * _SPREAD_MM**2))
    free = [~cube[at[..., 0], at[..., 1], at[..., 2]].any(axis=1) for cube in cubes]
    return float(np.mean([(weight * f).sum() for f in free]) / weight.sum())
