"""Place a needle for every nerve, check it, and look at it under the C-arm."""

from __future__ import annotations

from collections.abc import Sequence

from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.equipment.electrode import Electrode
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.planner import plan
from neurotomy.guidance.result import Guidance, GuidedNeedle
from neurotomy.guidance.views import standard_views
from neurotomy.progress import SILENT, Progress

__all__ = ["guide", "place"]


def place(
    anatomy: Anatomy, electrode: Electrode, given: Sequence[Placement] = (), progress: Progress = SILENT
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

    Returns
    -------
    tuple of Placement
        In the order of the nerves.

    Raises
    ------
    GuidanceError
        When no needle can reach a nerve.
    """
    placements: list[Placement] = []
    for number, course in enumerate(anatomy.courses):
        part = progress.part(number / len(anatomy.courses), (number + 1) / len(anatomy.courses))
        own = [placement for placement in given if placement.target == course.target]
        placements += own or [plan(course, anatomy, electrode, part)]
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
    for number, placement in enumerate(placements):
        part = progress.part(number / len(placements), (number + 1) / len(placements))
        course: NerveCourse = anatomy.course(placement.target)
        checks = check_placement(placement, course, anatomy)
        part(0.2, f"radiographs of the {placement.target.label}")
        needles.append(GuidedNeedle(placement, checks, standard_views(placement, course, anatomy, part.part(0.2, 1.0))))
    return Guidance(tuple(needles))
