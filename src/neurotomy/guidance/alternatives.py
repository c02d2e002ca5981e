"""Several different needles for one nerve, ranked: another way in where the first does not suit.

Neighbours on the planner's grid are no choice. Two plans count as different when their shafts are
``placement.plan.apart`` or more from each other: another mark on the skin, and another turn of the C-arm. From the
planner's ways, the nearest to the nerve first, each is taken that is different from all before it. What is taken is
graded by the checks and ranked: those without an error first, then as the planner ranks (its stage, then its cost,
which weighs what the checks warn of), so that the first is the needle of :func:`~neurotomy.guidance.planner.plan`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.equipment.electrode import Electrode
from neurotomy.errors import GuidanceError
from neurotomy.guidance.approach import Approach, approach_of
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.live import Checker
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.planner import Found, ways_by_direction
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result

__all__ = ["Alternative", "alternatives"]

Array = NDArray[np.float64]

_ROOM_MM = 5.0
_MORE = 3  # ways graded beyond those asked for, in place of any with an error
_FROM_A_STAGE_ON = 3
"""Stages looked through for a further way once one is found: those beyond turn a needle far from the nerve, and each
costs a quarter of a second."""


@dataclass(frozen=True)
class Alternative(Result):
    """One of several needles for a nerve.

    Attributes
    ----------
    rank
        From 1, the best.
    placement
        The needle, ``origin="planned"``.
    checks
        As :func:`~neurotomy.guidance.checks.check_placement`.
    approach
        Where it comes from, beside what was published.
    cost_mm
        The planner's measure of how far it is from lying along the nerve on bone, see :mod:`neurotomy.guidance.poses`.
    from_first_deg
        Angle between its shaft and that of the first.
    why
        One sentence: why it has this rank.
    """

    rank: int
    placement: Placement
    checks: tuple[Check, ...]
    approach: Approach
    cost_mm: float
    from_first_deg: float
    why: str


@dataclass(frozen=True)
class _Graded:
    placement: Placement
    checks: tuple[Check, ...]
    stage: int
    cost_mm: float

    @property
    def errors(self) -> int:
        return sum(check.status is Status.ERROR for check in self.checks)


def alternatives(
    course: NerveCourse, anatomy: Anatomy, electrode: Electrode, count: int = 3, progress: Progress = SILENT
) -> tuple[Alternative, ...]:
    """Up to `count` different needles for the nerve of `course`, the best first.

    Parameters
    ----------
    course : NerveCourse
        The nerve.
    anatomy : Anatomy
        CT and labels it lies in.
    electrode : Electrode
        The cannula; of a curved or tined one each way is rolled as :func:`~neurotomy.guidance.planner.plan` does.
    count : int
        How many are wanted. Fewer come back where bone leaves no more ways.
    progress : Progress
        Told at each stage.

    Raises
    ------
    GuidanceError
        As :func:`~neurotomy.guidance.planner.plan`, when there is none at all; for a `count` below 1.
    """
    if count < 1:
        raise GuidanceError(f"{count} alternatives were asked for; ask for 1 or more.")
    graded = sorted(
        _graded(course, anatomy, electrode, count, progress.part(0.0, 0.95)),
        key=lambda one: (one.errors, one.stage, one.cost_mm),
    )
    if not graded:
        raise GuidanceError(
            f"No roll of '{electrode.name}' lets its shaft reach the skin from the {course.target.label}. Choose a "
            "straight electrode, or give tip and entry in the case file."
        )
    first = graded[0]
    made = []
    for rank, one in enumerate(graded[:count], start=1):
        cosine = float(np.clip(one.placement.shaft_direction @ first.placement.shaft_direction, -1.0, 1.0))
        approach = approach_of(one.placement, course)
        made.append(
            Alternative(
                rank,
                one.placement,
                one.checks,
                approach,
                one.cost_mm,
                float(np.degrees(np.arccos(cosine))),
                _why(rank, one, first, approach, course),
            )
        )
    progress(1.0, f"{len(made)} ways to the {course.target.label}")
    return tuple(made)


def _graded(
    course: NerveCourse, anatomy: Anatomy, electrode: Electrode, count: int, progress: Progress
) -> Iterator[_Graded]:
    from neurotomy.guidance.bent import best_roll, straightened

    checker = Checker(course, anatomy, room_mm=_ROOM_MM)
    straight = electrode.axisymmetric
    ways = _different(
        ways_by_direction(course, anatomy, electrode if straight else straightened(electrode), progress), count + _MORE
    )
    without_error = 0
    for way in ways:
        if straight:
            placement = Placement(course.target, electrode, way.apex, way.crossing.point_lps_mm, "planned")
            one = _Graded(placement, checker.check(placement), way.stage, way.cost)
        elif (rolled := best_roll(checker, course, anatomy, electrode, way)) is not None:
            one = _Graded(*rolled, way.stage, way.cost)
        else:
            continue
        yield one
        without_error += one.errors == 0
        if without_error == count:
            return


def _different(ways: Iterator[Found], most: int) -> Iterator[Found]:
    """The ways, each at least ``placement.plan.apart`` from all before it."""
    least = np.cos(np.radians(evidence.value("placement.plan.apart")))
    taken: list[Found] = []
    for way in ways:
        if taken and way.stage > taken[0].stage + _FROM_A_STAGE_ON:
            return
        if all(float(way.shaft @ other.shaft) <= least for other in taken):
            taken.append(way)
            yield way
            if len(taken) == most:
                return


def _why(rank: int, one: _Graded, first: _Graded, approach: Approach, course: NerveCourse) -> str:
    if rank == 1:
        if one.errors:
            return "Every way found has an error of the checks; this one has the fewest."
        turned = "" if one.stage == 0 else " within what bone leaves free"
        return f"The nearest to lying along the nerve on bone{turned}: {approach.to_nerve_deg:.0f}° to it."
    where = _entry_beside(one.placement, first.placement, course)
    if one.errors > first.errors:
        wrong = ", ".join(check.name for check in one.checks if check.status is Status.ERROR)
        return f"{where}; ranked lower for an error of the checks: {wrong}."
    if one.stage > first.stage:
        return f"{where}; ranked lower as it is turned {approach.to_nerve_deg:.0f}° from the nerve."
    return (
        f"{where}; ranked lower as it lies {one.cost_mm - first.cost_mm:.1f} mm farther from the nerve by the "
        f"planner's measure, {approach.to_nerve_deg:.0f}° to it."
    )


def _entry_beside(one: Placement, first: Placement, course: NerveCourse) -> str:
    """``Enters 21 mm more caudal and 8 mm more medial than the first``, in the frame of the bone."""
    frame = course.lps_from_vertebra.inverse()
    x, _, z = frame(np.asarray(one.entry_lps_mm)) - frame(np.asarray(first.entry_lps_mm))
    x *= course.target.side.sign
    parts = []
    if abs(z) >= 0.5:
        parts.append(f"{abs(z):.0f} mm more {'cranial' if z > 0 else 'caudal'}")
    if abs(x) >= 0.5:
        parts.append(f"{abs(x):.0f} mm more {'lateral' if x > 0 else 'medial'}")
    return f"Enters {' and '.join(parts) or 'beside it'} than the first"
