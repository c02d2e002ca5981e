"""Place a needle for every nerve, check it, and look at it under the C-arm."""

from __future__ import annotations

from collections.abc import Sequence

from neurotomy.anatomy import Anatomy, NerveCourse, Side
from neurotomy.equipment.electrode import Electrode
from neurotomy.guidance.check import Check
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.palisade import TECHNIQUE, Palisade, of_palisade, palisade_courses, plan_palisade
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.planner import plan
from neurotomy.guidance.result import Guidance, GuidedNeedle
from neurotomy.guidance.views import standard_views
from neurotomy.progress import SILENT, Progress

__all__ = ["checks_of", "guide", "palisades_of", "place", "row_mates"]


def place(
    anatomy: Anatomy,
    electrode: Electrode,
    given: Sequence[Placement] = (),
    progress: Progress = SILENT,
    *,
    palisade: bool = False,
) -> tuple[Placement, ...]:
    """The needles of a treatment: those `given`, and a planned one for every nerve that was given none.

    Parameters
    ----------
    anatomy : Anatomy
        The nerves to be treated, in order.
    electrode : Electrode
        For the planned needles.
    given : sequence of Placement
        Each for a target of `anatomy`; several may be given for one nerve.
    palisade : bool
        Meet lateral branches of the sacrum that were given no needle by one palisade for each side, instead of by a
        needle along each.

    Returns
    -------
    tuple of Placement
        In the order of the nerves; a palisade where the first of its branches comes.

    Raises
    ------
    GuidanceError
        When no needle can reach a nerve.
    """
    own = {c.target: [placement for placement in given if placement.target == c.target] for c in anatomy.courses}
    in_rows = [c for c in palisade_courses(anatomy.courses) if not own[c.target]] if palisade else []
    placements: list[Placement] = []
    rows_of: set[Side] = set()
    for number, course in enumerate(anatomy.courses):
        part = progress.part(number / len(anatomy.courses), (number + 1) / len(anatomy.courses))
        if course in in_rows:
            side = course.target.side
            if side not in rows_of:
                rows_of.add(side)
                beside = [c for c in in_rows if c.target.side is side]
                placements += plan_palisade(beside, anatomy, electrode, part).needles
        else:
            placements += own[course.target] or [plan(course, anatomy, electrode, part)]
        part(1.0, f"needle for the {course.target.label}")
    return tuple(placements)


def guide(anatomy: Anatomy, placements: Sequence[Placement], progress: Progress = SILENT) -> Guidance:
    """Check each needle and take its standard views.

    Raises
    ------
    GuidanceError
        When a needle never enters the body, or contradicts itself.
    """
    needles: list[GuidedNeedle] = []
    checks = checks_of(anatomy, placements)
    for number, placement in enumerate(placements):
        part = progress.part(number / len(placements), (number + 1) / len(placements))
        course: NerveCourse = anatomy.course(placement.target)
        part(0.2, f"radiographs of the {placement.target.label}")
        mates = row_mates(placement, placements)
        views = standard_views(placement, course, anatomy, part.part(0.2, 1.0), beside=mates)
        needles.append(GuidedNeedle(placement, checks[number], views))
    return Guidance(tuple(needles), palisades_of(anatomy, placements))


def checks_of(anatomy: Anatomy, placements: Sequence[Placement]) -> tuple[tuple[Check, ...], ...]:
    """The checks of each needle; what is checked of a palisade as a whole stands with its first needle.

    Raises
    ------
    GuidanceError
        As :func:`~neurotomy.guidance.checks.check_placement`.
    """
    of_row = {id(row.needles[0]): row.checks for row in palisades_of(anatomy, placements)}
    return tuple(
        (*check_placement(placement, anatomy.course(placement.target), anatomy), *of_row.get(id(placement), ()))
        for placement in placements
    )


def row_mates(placement: Placement, placements: Sequence[Placement]) -> tuple[Placement, ...]:
    """The other needles of its palisade, which stand in the patient with it; none beside a needle along a nerve."""
    if placement.technique != TECHNIQUE:
        return ()
    side = placement.target.side
    return tuple(p for p in placements if p is not placement and p.technique == TECHNIQUE and p.target.side is side)


def palisades_of(anatomy: Anatomy, placements: Sequence[Placement]) -> tuple[Palisade, ...]:
    """The palisades among the needles of a treatment, one for each side."""
    found = []
    for side in Side:
        row = [p for p in placements if p.technique == TECHNIQUE and p.target.side is side]
        if len(row) > 1:
            given = {p.target for p in placements if p.technique != TECHNIQUE}
            met = [c for c in anatomy.courses if c.target.side is side and c.target not in given]
            found.append(of_palisade(row, met))
    return tuple(found)
