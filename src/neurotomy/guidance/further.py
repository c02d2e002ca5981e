"""Needles for further lesions on one nerve: the first one moved by needle widths across the nerve, and along it.

Published technique makes two to four lesions at a level, one needle-width apart, where the nerve's place is uncertain
(``anatomy.cervical.lesions_per_level``); a short active tip is drawn back along the nerve. Each of these needles keeps
the direction of the first, and is laid on bone as near as the first is: moved across, it would else stand off the round
neck or lie in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume, unit
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.live import Checker
from neurotomy.guidance.placement import FURTHER, Placement
from neurotomy.guidance.skin import skin_crossing

__all__ = ["further_needles", "how_moved"]

Array = NDArray[np.float64]

_ACROSS_WIDTHS = (1, -1, 2, -2, 3, -3)
_ALONG_TIPS = (0.5, -0.5, 1.0)
_ROOM_MM = 12.0
_SLOPE_MM = 1.0  # over which the slope of the bone is taken
_SAFETY = ("correct side", "correct level", "not ventral", "not medial", "lateral to the foramen", "path free of bone")


def further_needles(first: Placement, course: NerveCourse, anatomy: Anatomy) -> tuple[Placement, ...]:
    """Needles beside and along `first` that the checks have no error for, and are as safe as it.

    Parameters
    ----------
    first : Placement
        A planned needle along the nerve.
    course : NerveCourse
        The nerve.
    anatomy : Anatomy
        CT and labels it lies in.

    Returns
    -------
    tuple of Placement
        One to three needle widths to each side of the nerve; half an active tip on and back, and a whole one back;
        and each of one width to a side drawn back by half a tip.
    """
    checker = Checker(course, anatomy, room_mm=_ROOM_MM)
    at_first = {check.name: check.status for check in checker.check(first)}
    found = []
    for placement in _moved(first, course, anatomy, checker.bone_distance):
        try:
            checks = checker.check(placement)
        except GuidanceError:
            continue  # never enters the body, or starts in bone
        if _as_safe(checks, at_first):
            found.append(placement)
    return tuple(found)


def how_moved(needle: Placement, first: Placement, course: NerveCourse) -> str:
    """Where a further needle lies from the first, for instance ``1.3 mm cranial`` or ``5.0 mm drawn back``."""
    along = first.active_direction
    step = np.asarray(needle.tip_lps_mm, dtype=float) - np.asarray(first.tip_lps_mm, dtype=float)
    back, aside = float(step @ along), step - (step @ along) * along
    parts = []
    if np.linalg.norm(aside) >= 0.05:
        x, y, z = course.lps_from_vertebra.rotation.T @ aside
        words = ("lateral", "medial"), ("dorsal", "ventral"), ("cranial", "caudal")
        sizes = (course.target.side.sign * x, y, z)
        n = int(np.argmax(np.abs(sizes)))
        parts.append(f"{np.linalg.norm(aside):.1f} mm {words[n][0 if sizes[n] > 0 else 1]}")
    if abs(back) >= 0.05:
        parts.append(f"{abs(back):.1f} mm {'drawn back' if back > 0 else 'advanced'}")
    return ", ".join(parts) or "at the same place"


def _axes(first: Placement, course: NerveCourse) -> tuple[Array, Array, Array]:
    """Unit vectors along the active tip, across it, and off the back of the bone."""
    along = first.active_direction
    dorsal = course.lps_from_vertebra.rotation[:, 1]
    off = unit(dorsal - (dorsal @ along) * along)
    return along, np.cross(along, off), off


def _moved(first: Placement, course: NerveCourse, anatomy: Anatomy, distance: Volume) -> Iterator[Placement]:
    along, across, off = _off_bone(first, distance, course)
    width, tip = 2 * first.electrode.radius_mm, first.electrode.active_tip_mm
    steps = [(n * width, 0.0) for n in _ACROSS_WIDTHS]
    steps += [(0.0, share * tip) for share in _ALONG_TIPS]
    steps += [(side * width, tip / 2) for side in (1, -1)]
    wanted = _gap(first, distance, np.zeros(3))
    for aside, back in steps:
        step = aside * across + back * along
        for _ in range(4):  # on a round neck one correction of its own leaves another, smaller one
            step = step + (wanted - _gap(first, distance, step)) * off
        apex = np.asarray(first.tip_lps_mm, dtype=float) + step
        foot = first.shaft_foot_lps_mm + step
        crossing = skin_crossing(anatomy.ct, foot, first.shaft_direction)
        if crossing is not None and crossing.depth_mm <= first.electrode.cannula_length_mm:
            yield replace(first, tip_lps_mm=apex, entry_lps_mm=crossing.point_lps_mm, technique=FURTHER)


def _off_bone(first: Placement, distance: Volume, course: NerveCourse) -> tuple[Array, Array, Array]:
    """As :func:`_axes`, with bone's own slope under the active tip."""
    along, across, off = _axes(first, course)
    middle = first.active_tip_lps_mm.mean(axis=0)
    steps = _SLOPE_MM * np.eye(3)
    slope = distance.sample(middle + steps) - distance.sample(middle - steps)
    slope = slope - (slope @ along) * along
    if np.linalg.norm(slope) > 1e-6:
        off = unit(slope)
        across = np.cross(along, off)
    return along, across, off


def _gap(first: Placement, distance: Volume, step: Array) -> float:
    """How far the nearest part of the active tip, moved by `step`, is from bone: its axis, mm."""
    apex, upper = first.active_tip_lps_mm
    points = apex + np.linspace(0.0, 1.0, 11)[:, None] * (upper - apex)
    return float(distance.sample(points + step, outside=float(_ROOM_MM)).min())


def _as_safe(checks: tuple[Check, ...], at_first: dict[str, Status]) -> bool:
    order = [Status.OK, Status.WARNING, Status.ERROR]
    return all(
        check.status is not Status.ERROR
        and (check.name not in _SAFETY or order.index(check.status) <= order.index(at_first[check.name]))
        for check in checks
    )
