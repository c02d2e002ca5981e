"""The score of an attempt: seven parts, each with what was measured, its limits, its weight, and why.

Limits of distance, angle and safety are those of the placement checks, with their sources
(``evidence/data/placement.toml``); how they become points is in ``evidence/data/training.toml``. Technique is judged on
the last lesion of each nerve, safety on every lesion that was made, and coverage on all lesions of a nerve together.
A nerve without a lesion has no points for technique and coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy import NerveCourse
from neurotomy.coverage import Coverage, NerveCoverage, cover
from neurotomy.errors import CaseError, GuidanceError
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.checks import check_placement
from neurotomy.guidance.placement import Placement
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance
from neurotomy.results import Result
from neurotomy.training.attempt import Attempt
from neurotomy.training.dose import DOSE_NOTE, dose_of
from neurotomy.training.exercise import Answer, solve
from neurotomy.training.task import PARTS

__all__ = ["SAFETY_CHECKS", "NeedleScore", "Part", "Score", "score_attempt"]

SAFETY_CHECKS = (
    "possible needle",
    "correct side",
    "correct level",
    "not ventral",
    "not medial",
    "lateral to the foramen",
    "path free of bone",
)
"""The checks that are about safety, by name; the first is a needle that cannot be, and stands for all others.

At the sacrum ``lateral to the foramen`` stands in the place of ``not medial``.
"""

_SAMPLES = 1000


@dataclass(frozen=True)
class Part(Result):
    """One part of the score.

    Attributes
    ----------
    name
        One of :data:`neurotomy.training.task.PARTS`.
    measured, unit
        What the points rest on: of several nerves the mean, of safety the worst.
    limit
        The rule in words.
    share
        0 to 1: how much of this part was reached.
    weight
        Its share of the whole, 0 to 1.
    why
        A sentence: what was found.
    evidence
        Where limit and weight come from.
    """

    name: str
    measured: float
    unit: str
    limit: str
    share: float
    weight: float
    why: str
    evidence: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """Of 100 for the whole."""
        return 100.0 * self.share * self.weight

    @property
    def points_possible(self) -> float:
        """What this part can give."""
        return 100.0 * self.weight


@dataclass(frozen=True)
class NeedleScore(Result):
    """One nerve of the task.

    Attributes
    ----------
    target
        Its label.
    burned
        Whether a lesion was made for it.
    gap_mm, angle_deg
        Distance of the active tip's surface to the nerve, and angle to it; None without a lesion.
    coagulated_on_neck_mm, capture_probability
        From :mod:`neurotomy.coverage`; None without a lesion.
    plan_tip_mm, plan_angle_deg
        How far from the plan's tip, and at which angle to the plan's needle.
    checks
        Of the last lesion's needle.
    plan_gap_mm, plan_angle_to_nerve_deg
        What the teacher's plan reaches itself.
    """

    target: str
    burned: bool
    gap_mm: float | None
    angle_deg: float | None
    coagulated_on_neck_mm: float | None
    capture_probability: float | None
    plan_tip_mm: float | None
    plan_angle_deg: float | None
    checks: tuple[Check, ...]
    plan_gap_mm: float
    plan_angle_to_nerve_deg: float


@dataclass(frozen=True)
class Score(Result):
    """The score of one attempt.

    Attributes
    ----------
    person, task, task_sha256
        Whose, of which task; equal hashes can be compared.
    points
        0 to 100.
    passed
        At least the points of evidence ``training.score.pass``, every nerve burned, no safety check failed.
    reasons
        Why it was not passed; empty when it was.
    parts
        In the order of :data:`neurotomy.training.task.PARTS`.
    needles
        One for each nerve.
    exposures, kerma_mgy, area_kerma_mgy_cm2, time_s
        What it took; the dose is simulated.
    dose_note
        What that dose is.
    provenance
        What produced this.
    """

    person: str
    task: str
    task_sha256: str
    points: float
    passed: bool
    reasons: tuple[str, ...]
    parts: tuple[Part, ...]
    needles: tuple[NeedleScore, ...]
    exposures: int
    kerma_mgy: float
    area_kerma_mgy_cm2: float
    time_s: float
    dose_note: str
    provenance: Provenance
    coverage: Coverage | None = field(default=None)

    def part(self, name: str) -> Part:
        """The part of this name."""
        return next(part for part in self.parts if part.name == name)


def score_attempt(
    attempt: Attempt, *, folder: Path | None = None, answer: Answer | None = None, progress: Progress = SILENT
) -> Score:
    """Score a finished attempt.

    Parameters
    ----------
    attempt : Attempt
        Finished.
    folder : Path, optional
        Where relative paths of its task start.
    answer : Answer, optional
        Of :func:`~neurotomy.training.exercise.solve` for this task, when it is known already.
    progress : Progress
        Told of spine, plan, dose, lesion.

    Raises
    ------
    CaseError
        For an attempt that was not finished: a score would tell about the nerves.
    """
    if not attempt.finished:
        raise CaseError(f"The attempt of {attempt.person} is not finished: hand it in first.")
    answer = solve(attempt.task, folder, progress.part(0.0, 0.5)) if answer is None else answer
    anatomy = answer.anatomy
    made = attempt.burned()
    checked = [_checks(placement, answer) for placement in made]
    coverage = _coverage(attempt, made, answer, progress.part(0.5, 0.8))
    of_label = {} if coverage is None else {nerve.target.label: nerve for nerve in coverage.nerves}
    last = {p.target.label: (p, checks) for p, checks in zip(made, checked, strict=True)}
    needles = tuple(
        _needle(planned, anatomy.course(planned.target), last, of_label, answer) for planned in _one_each(answer.plan)
    )
    progress(0.8, "Dose of the exposures")
    doses = [dose_of(event.pose.carm(), answer.projector) for event in attempt.exposures]
    kerma = sum(dose.kerma_mgy for dose in doses)
    parts = _parts(attempt, needles, made, checked, kerma)
    points = sum(part.points for part in parts)
    reasons = _reasons(points, needles, made, checked)
    progress(1.0, "Scored")
    return Score(
        person=attempt.person,
        task=attempt.task.name,
        task_sha256=attempt.task.sha256,
        points=points,
        passed=not reasons,
        reasons=reasons,
        parts=parts,
        needles=needles,
        exposures=len(doses),
        kerma_mgy=kerma,
        area_kerma_mgy_cm2=sum(dose.area_kerma_mgy_cm2 for dose in doses),
        time_s=attempt.duration_s,
        dose_note=DOSE_NOTE,
        provenance=Provenance.now({}, 0, tuple(dict.fromkeys(key for part in parts for key in part.evidence))),
        coverage=coverage,
    )


def _one_each(plan: Sequence[Placement]) -> list[Placement]:
    return list({placement.target: placement for placement in plan}.values())


def _checks(placement: Placement, answer: Answer) -> tuple[Check, ...]:
    """The checks; a needle that cannot be (outside the body, from the front) is one failed safety check."""
    try:
        return check_placement(placement, answer.anatomy.course(placement.target), answer.anatomy)
    except GuidanceError as error:
        return (
            Check("possible needle", Status.ERROR, float("nan"), "1", "a needle in the body", str(error), "neurotomy"),
        )


def _safety(checks: Sequence[Check]) -> tuple[Check, ...]:
    return tuple(check for check in checks if check.name in SAFETY_CHECKS)


def _measured(checks: Sequence[Check], name: str) -> float | None:
    return next((check.measured for check in checks if check.name == name), None)


def _coverage(attempt: Attempt, made: Sequence[Placement], answer: Answer, progress: Progress) -> Coverage | None:
    if not made:
        return None
    from neurotomy.lesion import simulate

    case = attempt.task.case()
    equipment = case.equipment
    lesion = simulate(
        case.electrode,
        case.protocol,
        tissue=equipment.tissue,
        start_c=equipment.start_c,
        perfusion=equipment.perfusion,
        progress=progress.part(0.0, 0.6),
    )
    courses = [answer.anatomy.course(placement.target) for placement in made]
    return cover(courses, made, [lesion] * len(made), samples=_SAMPLES, seed=0, progress=progress.part(0.6, 1.0))


def _needle(
    planned: Placement,
    course: NerveCourse,
    last: dict[str, tuple[Placement, tuple[Check, ...]]],
    coverage: dict[str, NerveCoverage],
    answer: Answer,
) -> NeedleScore:
    label = planned.target.label
    of_plan = _checks(planned, answer)
    plan_gap, plan_angle = _measured(of_plan, "at the nerve"), _measured(of_plan, "parallel to the nerve")
    assert plan_gap is not None
    assert plan_angle is not None
    if label not in last:
        return NeedleScore(label, False, None, None, None, None, None, None, (), plan_gap, plan_angle)
    placement, checks = last[label]
    cosine = float(np.clip(placement.shaft_direction @ planned.shaft_direction, -1.0, 1.0))
    return NeedleScore(
        target=label,
        burned=True,
        gap_mm=_measured(checks, "at the nerve"),
        angle_deg=_measured(checks, "parallel to the nerve"),
        coagulated_on_neck_mm=coverage[label].coagulated_on_neck_mm,
        capture_probability=coverage[label].capture_probability,
        plan_tip_mm=float(np.linalg.norm(np.asarray(placement.tip_lps_mm) - planned.tip_lps_mm)),
        plan_angle_deg=float(np.degrees(np.arccos(cosine))),
        checks=checks,
        plan_gap_mm=plan_gap,
        plan_angle_to_nerve_deg=plan_angle,
    )


# -- parts -------------------------------------------------------------------------------------------------------------


def graded_share(value: float | None, ok: float, warning: float) -> float:
    """1 up to `ok`, evidence ``training.score.at_warning`` at `warning`, 0 as far beyond; None is 0."""
    if value is None or not np.isfinite(value):
        return 0.0
    at_warning = evidence.value("training.score.at_warning")
    return float(np.interp(value, [ok, warning, 2 * warning - ok], [1.0, at_warning, 0.0]))


def budget_share(used: float, budget: float) -> float:
    """1 up to evidence ``training.score.budget_full`` of the budget, 0 where it is used up."""
    return float(np.interp(used / budget, [evidence.value("training.score.budget_full"), 1.0], [1.0, 0.0]))


def safety_share(checks: Sequence[Check]) -> float:
    """Of one lesion: 0 with any error, less for each warning."""
    if any(check.status is Status.ERROR for check in checks):
        return 0.0
    warnings = sum(check.status is Status.WARNING for check in checks)
    return max(1.0 - evidence.value("training.score.safety_warning") * warnings, 0.0)


def _parts(
    attempt: Attempt,
    needles: Sequence[NeedleScore],
    made: Sequence[Placement],
    checked: Sequence[tuple[Check, ...]],
    kerma_mgy: float,
) -> tuple[Part, ...]:
    task = attempt.task
    safety = [_safety(checks) for checks in checked]
    wrong = [c for checks in safety for c in checks if c.status is not Status.OK]
    errors = sum(c.status is Status.ERROR for c in wrong)
    taken = len(attempt.exposures)
    needed = evidence.value("coverage.capture_length")
    missing = sum(not needle.burned for needle in needles)
    none = f" {missing} of {len(needles)} nerves without a lesion." if missing else ""
    lengths = [needle.coagulated_on_neck_mm for needle in needles]
    full = evidence.value("training.score.budget_full")
    found = {
        "target": (
            _mean(needle.gap_mm for needle in needles),
            "mm",
            _limit("placement.at_nerve", "mm"),
            _shares(needles, [needle.gap_mm for needle in needles], "placement.at_nerve"),
            "Surface of the active tip to the nerve: " + _told(needles, "gap_mm", "mm") + "." + none,
            ("placement.at_nerve.ok", "placement.at_nerve.warning"),
        ),
        "parallel": (
            _mean(needle.angle_deg for needle in needles),
            "deg",
            _limit("placement.parallel", "°"),
            _shares(needles, [needle.angle_deg for needle in needles], "placement.parallel"),
            "Needle to the nerve on the neck: " + _told(needles, "angle_deg", "°") + "." + none,
            ("placement.parallel.ok", "placement.parallel.warning"),
        ),
        "safety": (
            float(len(wrong)),
            "checks",
            "full without warning; a warning costs a quarter, an error all and the attempt",
            (min(safety_share(checks) for checks in safety) * (len(needles) - missing) / len(needles))
            if safety
            else 0.0,
            (" ".join(dict.fromkeys(c.reason for c in wrong)) or "No safety check complained.") + none
            if made
            else "No lesion was made, so nothing can be said about its safety.",
            ("training.score.safety_warning", *dict.fromkeys(c.source for c in wrong if c.source != "neurotomy")),
        ),
        "coverage": (
            _mean(lengths),
            "mm",
            f"full from {needed:g} mm of each nerve coagulated on the neck, none at 0",
            float(np.mean([min((length or 0.0) / needed, 1.0) for length in lengths])),
            "Coagulated on the neck: " + _told(needles, "coagulated_on_neck_mm", "mm") + "." + none,
            ("coverage.capture_length",),
        ),
        "exposures": (
            float(taken),
            "exposures",
            f"full up to {full * task.exposures:g}, none at {task.exposures}",
            budget_share(taken, task.exposures),
            f"{taken} of {task.exposures} exposures were taken.",
            ("training.score.budget_full",),
        ),
        "dose": (
            kerma_mgy,
            "mGy",
            f"full up to {full * task.kerma_mgy:g} mGy, none at {task.kerma_mgy:g} mGy",
            budget_share(kerma_mgy, task.kerma_mgy),
            f"{kerma_mgy:.2f} mGy of {task.kerma_mgy:g} mGy. {DOSE_NOTE}",
            ("training.score.budget_full", "xray.detector.dose", "training.dose.reference_before_isocentre"),
        ),
        "time": (
            attempt.duration_s,
            "s",
            f"full up to {full * task.time_s:g} s, none at {task.time_s:g} s",
            budget_share(attempt.duration_s, task.time_s),
            f"{_clock(attempt.duration_s)} of {_clock(task.time_s)} min.",
            ("training.score.budget_full",),
        ),
    }
    if errors:
        measured, unit, limit, share, why, keys = found["safety"]
        found["safety"] = (measured, unit, limit, share, f"{errors} failed. {why}", keys)
    if found["coverage"][3] <= 0.0:  # saving images and time without treating is no merit
        for name in ("exposures", "dose", "time"):
            measured, unit, limit, _, why, keys = found[name]
            found[name] = (
                measured,
                unit,
                limit,
                0.0,
                f"{why} No points, for nothing of any nerve was coagulated.",
                keys,
            )
    return tuple(
        Part(
            name,
            measured,
            unit,
            limit,
            share,
            task.weights.share(name),
            why,
            (*keys, f"training.weight.{name}"),
        )
        for name in PARTS
        for measured, unit, limit, share, why, keys in (found[name],)
    )


def _limit(key: str, unit: str) -> str:
    ok, warning = evidence.value(f"{key}.ok"), evidence.value(f"{key}.warning")
    unit = unit if unit == "°" else f" {unit}"
    return f"full up to {ok:g}{unit}, half at {warning:g}{unit}, none from {2 * warning - ok:g}{unit}"


def _shares(needles: Sequence[NeedleScore], values: Sequence[float | None], key: str) -> float:
    ok, warning = evidence.value(f"{key}.ok"), evidence.value(f"{key}.warning")
    return float(np.mean([graded_share(value, ok, warning) for value in values]))


def _mean(values: object) -> float:
    known = [float(v) for v in values if v is not None]  # type: ignore[attr-defined]
    return float(np.mean(known)) if known else float("nan")


def _told(needles: Sequence[NeedleScore], name: str, unit: str) -> str:
    unit = unit if unit == "°" else f" {unit}"
    values = ((needle.target, getattr(needle, name)) for needle in needles)
    return "; ".join(f"{target} {'—' if value is None else f'{value:.1f}{unit}'}" for target, value in values)


def _reasons(
    points: float, needles: Sequence[NeedleScore], made: Sequence[Placement], checked: Sequence[tuple[Check, ...]]
) -> tuple[str, ...]:
    least = evidence.value("training.score.pass")
    found = [f"No lesion at the {needle.target}." for needle in needles if not needle.burned]
    for placement, checks in zip(made, checked, strict=True):
        found += [f"{placement.target.label}: {c.reason}" for c in _safety(checks) if c.status is Status.ERROR]
    if points < least:
        found.append(f"{points:.0f} points; {least:g} are needed.")
    return tuple(dict.fromkeys(found))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
