"""A plan for a cannula that is no straight rod: the pose of a straight one, then the roll that the bone asks for.

The active tip of a curved cannula is taken for its chord, which a straight needle of the same tip would lie along; the
shaft then leaves the nerve's direction by what the bend asks, to a side that the roll chooses. Tines stand out beside
the tip, and a tip that lies flat on bone would put one of them into it: the needle is lifted off the bone by steps.
Where bone bars every straight way along the nerve, the tip is laid along it all the same, and the roll is sought whose
shaft goes by. Every candidate is graded by the checks themselves; the fewest errors, then the fewest warnings, then the
nearest to the nerve wins.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.geometry import elements
from neurotomy.errors import GuidanceError
from neurotomy.geometry import unit
from neurotomy.guidance.bone import Bone
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.live import Checker
from neurotomy.guidance.placement import Placement, roll_towards
from neurotomy.guidance.poses import across
from neurotomy.guidance.skin import skin_crossing
from neurotomy.progress import SILENT, Progress

if TYPE_CHECKING:
    from neurotomy.guidance.planner import Found

__all__ = ["best_roll", "plan_bent", "straightened"]

Array = NDArray[np.float64]

_ROLL_STEP_DEG = 15.0
_TINED_ROLL_STEP_DEG = 30.0
_WAYS = 4
"""Poses of the straight needle that are tried, as far apart as `_APART` in the planner's order."""
_APART = 12
_ROOM_MM = 10.0
"""How far from the middle of the neck the middles of the planner's tips lie at most."""
_GRADED = 24  # needles that go round what bars straight ones and are graded, a twentieth of a second each
_LIFTS_MM = (0.0, 1.0, 2.0, 3.0)


def straightened(electrode: Electrode) -> Electrode:
    """The straight electrode with the same cannula and active tip, which the planner lays along the nerve."""
    return electrode.model_copy(update={"curve": None, "tines": None})


def plan_bent(course: NerveCourse, anatomy: Anatomy, electrode: Electrode, progress: Progress = SILENT) -> Placement:
    """The best pose and roll of a curved or tined `electrode` for the nerve of `course`.

    Raises
    ------
    GuidanceError
        When neither a straight cannula finds a way nor a bent one goes round what bars it.
    """
    from neurotomy.guidance.planner import found_ways

    checker = Checker(course, anatomy, room_mm=_ROOM_MM)
    ways = islice(found_ways(course, anatomy, straightened(electrode), progress.part(0.0, 0.4)), 0, None, _APART)
    barred: GuidanceError | None = None
    try:
        tried = list(islice(ways, _WAYS))
    except GuidanceError as error:  # no straight way at all: the bend may go round what bars it
        tried, barred = [], error
    best: tuple[Placement, tuple[Check, ...]] | None = None

    def found(rolled: tuple[Placement, tuple[Check, ...]] | None) -> bool:
        """Keep the better one; whether there is nothing left to complain of."""
        nonlocal best
        if rolled is not None and (best is None or _rank(rolled[1]) < _rank(best[1])):
            best = rolled
        return best is not None and _rank(best[1])[:2] == (0, 0)

    # What is turned from the nerve by bone in a straight way need not be with a bend.
    if not tried or tried[0].stage > 1:
        progress(0.4, f"Ways round what bars a straight needle: {course.target.label}")
        any(found(rolled) for rolled in _round_what_bars(checker, course, anatomy, electrode))
    for number, way in enumerate(tried):
        if found(None):
            break  # the next ways are farther from the nerve
        progress(0.4 + 0.6 * number / _WAYS, f"Rolls of the needle: {course.target.label}")
        found(best_roll(checker, course, anatomy, electrode, way))
    if best is None and barred is not None:
        raise barred
    if best is None:
        raise GuidanceError(
            f"No roll of '{electrode.name}' lets its shaft reach the skin from the {course.target.label}. Choose a "
            "straight electrode, or give tip and entry in the case file."
        )
    progress(1.0, f"Planned: {course.target.label}")
    return best[0]


def _round_what_bars(
    checker: Checker, course: NerveCourse, anatomy: Anatomy, electrode: Electrode
) -> Iterator[tuple[Placement, tuple[Check, ...]]]:
    """Needles whose tip lies along the nerve where a straight shaft is barred, and whose bent one goes by.

    The iliac crest bars straight ways to L3 and L4 in some people: the bend takes the shaft past it.
    """
    from neurotomy.guidance.planner import poses_along

    bone = Bone.of(anatomy)
    allowed = max(evidence.value("placement.path.ok"), bone.blur_mm)
    poses = poses_along(course, anatomy, straightened(electrode))
    graded = 0
    for apex, along in zip(poses.apex, poses.shaft, strict=True):
        for placement in _candidates(course, anatomy, electrode, apex, along):
            start = placement.metal_lps_mm[0][-2]
            stop = np.asarray(placement.entry_lps_mm)
            if float(bone.length_within(start, stop, 1.0)) > allowed:
                continue
            try:
                yield placement, checker.check(placement)
            except GuidanceError:
                continue  # never enters the body, or starts in bone
            graded += 1
            if graded == _GRADED:
                return


def best_roll(
    checker: Checker, course: NerveCourse, anatomy: Anatomy, electrode: Electrode, way: Found
) -> tuple[Placement, tuple[Check, ...]] | None:
    """The best roll, and lift, of a curved or tined electrode whose tip lies as a straight one's, with its checks.

    None when no roll lets the shaft reach the skin.
    """
    best: tuple[Placement, tuple[Check, ...]] | None = None
    for placement in _candidates(course, anatomy, electrode, way.apex, way.shaft):
        try:
            checks = checker.check(placement)
        except GuidanceError:
            continue  # never enters the body, or starts in bone
        if best is None or _rank(checks) < _rank(best[1]):
            best = placement, checks
    return best


def _candidates(
    course: NerveCourse, anatomy: Anatomy, electrode: Electrode, apex: Array, along: Array
) -> Iterator[Placement]:
    """Needles whose active tip lies from `apex` along a unit vector, with every roll; with tines, lifted too."""
    dorsal = course.lps_from_vertebra.rotation[:, 1]
    off = unit(dorsal - (dorsal @ along) * along)
    # In the needle's frame the chord of the active tip is turned from the shaft by the half of its bend.
    cannula = elements(electrode)[0]
    x, _, z = cannula.at(electrode.active_tip_mm)
    sine, cosine = unit([-x, z])
    beside = cannula.centreline_mm[-1, 0]
    first, second = across(along)
    tined = electrode.tines is not None
    rolls = np.radians(np.arange(0.0, 360.0, _TINED_ROLL_STEP_DEG if tined else _ROLL_STEP_DEG))
    for lift in _LIFTS_MM if tined else _LIFTS_MM[:1]:
        tip = apex + lift * off
        for roll in rolls:
            side = np.cos(roll) * first + np.sin(roll) * second
            shaft, bend = cosine * along + sine * side, cosine * side - sine * along
            crossing = skin_crossing(anatomy.ct, tip + beside * bend, shaft)
            if crossing is not None and crossing.depth_mm <= electrode.cannula_length_mm:
                entry = crossing.point_lps_mm
                turn = roll_towards(tip, entry, bend)
                yield Placement(course.target, electrode, tip, entry, "planned", roll_deg=turn)


def _rank(checks: tuple[Check, ...]) -> tuple[float, ...]:
    by_name = {check.name: check.measured for check in checks}
    far = by_name.get("at the nerve", 0.0) + 0.1 * by_name.get("parallel to the nerve", 0.0)
    states = [check.status for check in checks]
    return states.count(Status.ERROR), states.count(Status.WARNING), far + max(by_name.get("on bone", 0.0), 0.0)
