"""How good the planner's needles are: each graded by its own checks and by what a lesion there covers.

Behind the tables of docs/guidance.md (``scripts/plans-table``) and the test that holds their bar.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from neurotomy.anatomy import Anatomy, NerveCourse, Target
from neurotomy.coverage import cover
from neurotomy.coverage.palisade import burn_palisade, each_with_its_lesions
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import GuidanceError
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.palisade import palisade_courses, plan_palisade
from neurotomy.guidance.planner import plan
from neurotomy.lesion.any_electrode import simulate_in_one_tissue
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result

__all__ = ["PlanQuality", "plan_qualities", "plans_summary", "plans_table"]

_SAMPLES = 500


@dataclass(frozen=True)
class PlanQuality(Result):
    """One nerve and the needle, or the palisade, that was planned for it.

    Attributes
    ----------
    image
        Which CT or built-in spine.
    target
        The nerve.
    refused
        Why there is no plan; empty where there is one.
    errors, warnings
        Sentences of its own checks.
    to_nerve_deg
        Needle to nerve; None for a palisade, whose needles stand upright.
    depth_mm
        Under the skin; the deepest of a palisade.
    coagulated_mm
        Of the nerve on the neck, over the whole cross-section, with the lesion at the planned pose.
    coagulated_course_mm
        The same along its whole course, the longest unbroken stretch: a palisade crosses a branch beyond its neck too.
    neck_mm
        Length of the neck: more cannot be coagulated there.
    capture_probability
        As :class:`neurotomy.coverage.NerveCoverage`.
    plan_s
        CPU time of the plan; for a branch met by a palisade that of the whole row.
    """

    image: str
    target: Target
    refused: str
    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    to_nerve_deg: float | None
    depth_mm: float
    coagulated_mm: float
    coagulated_course_mm: float
    neck_mm: float
    capture_probability: float
    plan_s: float


def plan_qualities(
    image: str, anatomy: Anatomy, electrode: Electrode, protocol: Protocol, progress: Progress = SILENT
) -> tuple[PlanQuality, ...]:
    """Plan, check and cover every nerve of `anatomy`; lateral branches of the sacrum by a palisade for each side.

    A plan that is refused is told with its reason, and no error is raised.
    """
    lesion = simulate_in_one_tissue(electrode, protocol)
    in_row = palisade_courses(anatomy.courses)
    found = []
    for n, course in enumerate(anatomy.courses):
        progress(n / len(anatomy.courses), f"{image}: {course.target.label}")
        if course in in_row:
            continue
        begun = time.process_time()
        try:
            needle = plan(course, anatomy, electrode)
        except GuidanceError as error:
            found.append(_refused(image, course, str(error), time.process_time() - begun))
            continue
        took = time.process_time() - begun
        checks = check_placement(needle, course, anatomy)
        nerve = cover([course], [needle], [lesion], samples=_SAMPLES).nerves[0]
        angle = next(check.measured for check in checks if check.name == "parallel to the nerve")
        found.append(
            PlanQuality(
                image,
                course.target,
                "",
                *_complaints(checks),
                angle,
                needle.insertion_depth_mm,
                nerve.coagulated_on_neck_mm,
                nerve.coagulated_length_mm,
                _neck_mm(course),
                nerve.capture_probability,
                took,
            )
        )
    for side in {course.target.side: None for course in in_row}:
        found += _palisade(image, [c for c in in_row if c.target.side is side], anatomy, electrode, protocol)
    progress(1.0, f"{image}: {len(found)} plans")
    return tuple(found)


def _palisade(
    image: str, courses: Sequence[NerveCourse], anatomy: Anatomy, electrode: Electrode, protocol: Protocol
) -> list[PlanQuality]:
    begun = time.process_time()
    try:
        row = plan_palisade(courses, anatomy, electrode)
    except GuidanceError as error:
        return [_refused(image, course, str(error), time.process_time() - begun) for course in courses]
    took = time.process_time() - begun
    of_needles = [c for needle in row.needles for c in check_placement(needle, anatomy.course(needle.target), anatomy)]
    errors, warnings = _complaints([*of_needles, *row.checks])
    burnt = burn_palisade(row.needles, protocol)
    alone = Anatomy(anatomy.ct, anatomy.labels, tuple(courses), anatomy.source)
    covered = cover(*each_with_its_lesions(alone, row.needles, burnt), samples=_SAMPLES)
    by_target = {course.target: course for course in courses}
    return [
        PlanQuality(
            image,
            nerve.target,
            "",
            errors,
            warnings,
            None,
            max(needle.insertion_depth_mm for needle in row.needles),
            nerve.coagulated_on_neck_mm,
            nerve.coagulated_length_mm,
            _neck_mm(by_target[nerve.target]),
            nerve.capture_probability,
            took,
        )
        for nerve in covered.nerves
    ]


def _refused(image: str, course: NerveCourse, why: str, took: float) -> PlanQuality:
    return PlanQuality(image, course.target, why, (), (), None, 0.0, 0.0, 0.0, _neck_mm(course), 0.0, took)


def _neck_mm(course: NerveCourse) -> float:
    start, stop = course.neck_arc_mm
    return stop - start


def _complaints(checks: Iterable[Check]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    told: dict[Status, dict[str, None]] = {Status.ERROR: {}, Status.WARNING: {}, Status.OK: {}}
    for check in checks:
        told[check.status][f"{check.name}: {check.reason}"] = None
    return tuple(told[Status.ERROR]), tuple(told[Status.WARNING])


def plans_summary(groups: Sequence[tuple[str, Sequence[PlanQuality]]]) -> str:
    """A Markdown table with a row for each group of plans."""
    lines = [
        "| nerves | images | targets | refused | with an error | beyond 10° | angle: mean, largest | "
        "coagulated on the neck: mean, least | on the whole course: least | captured: least | "
        "CPU time: mean, longest |",
        "| --- " * 11 + "|",
    ]
    for name, plans in groups:
        made = [p for p in plans if not p.refused]
        angles = [p.to_nerve_deg for p in made if p.to_nerve_deg is not None]
        lengths, times = [p.coagulated_mm for p in made], [p.plan_s for p in plans]
        tilt = f"{sum(angles) / len(angles):.1f}°, {max(angles):.1f}°" if angles else "upright"
        lines.append(
            f"| {name} | {len({p.image for p in plans})} | {len(plans)} | {len(plans) - len(made)} | "
            f"{sum(bool(p.errors) for p in made)} | {sum(a > 10.0 for a in angles) if angles else '–'} | {tilt} | "
            f"{sum(lengths) / len(lengths):.1f}, {min(lengths):.1f} mm | "
            f"{min(p.coagulated_course_mm for p in made):.1f} mm | "
            f"{100 * min(p.capture_probability for p in made):.0f} % | "
            f"{sum(times) / len(times):.1f}, {max(times):.1f} s |"
        )
    return "\n".join(lines) + "\n"


def plans_table(plans: Sequence[PlanQuality]) -> str:
    """A Markdown table with a row for each plan; of its checks errors are told in full, warnings by name."""
    lines = [
        "| image | nerve | to the nerve | depth | coagulated on the neck | captured | CPU time | errors and warnings |",
        "| --- " * 8 + "|",
    ]
    for p in plans:
        against = [p.refused] if p.refused else [f"**error** {e}" for e in p.errors]
        against += [warning.split(":")[0] for warning in p.warnings]
        tilt = "upright" if p.to_nerve_deg is None else f"{p.to_nerve_deg:.0f}°"
        measured = (
            "– | – | – | –"
            if p.refused
            else f"{tilt} | {p.depth_mm:.0f} mm | {p.coagulated_mm:.1f} of {p.neck_mm:.1f} mm | "
            f"{100 * p.capture_probability:.0f} %"
        )
        told = "; ".join(against) or "none"
        lines.append(f"| {p.image} | {p.target.label} | {measured} | {p.plan_s:.1f} s | {told} |")
    return "\n".join(lines) + "\n"
