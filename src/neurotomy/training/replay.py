"""An attempt step by step, beside the teacher's plan: for after the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import CaseError
from neurotomy.guidance.placement import Placement
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result
from neurotomy.training.attempt import Attempt, Burned, Event, Exposed, Finished, Moved, Pose
from neurotomy.training.exercise import Answer, solve

__all__ = ["Frame", "NeedleInFrame", "PlannedNeedle", "Replay", "replay_attempt"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PlannedNeedle(Result):
    """The teacher's needle for one nerve, and the nerve's course (LPS mm, (n, 3))."""

    target: str
    tip_lps_mm: Array
    entry_lps_mm: Array
    nerve_lps_mm: Array


@dataclass(frozen=True)
class NeedleInFrame(Result):
    """A trainee's needle at one moment, and how far it is from the plan's tip and direction."""

    target: str
    tip_lps_mm: Array
    entry_lps_mm: Array
    burned: bool
    plan_tip_mm: float
    plan_angle_deg: float


@dataclass(frozen=True)
class Frame(Result):
    """The scene after one event.

    Attributes
    ----------
    time_s, words
        When, and what happened.
    pose
        Of the last exposure; None before the first.
    exposures
        Taken so far.
    needles
        Where they are.
    """

    time_s: float
    words: str
    pose: Pose | None
    exposures: int
    needles: tuple[NeedleInFrame, ...]


@dataclass(frozen=True)
class Replay(Result):
    """Every step of an attempt, and the plan it is shown beside."""

    person: str
    task: str
    plan: tuple[PlannedNeedle, ...]
    frames: tuple[Frame, ...]


def replay_attempt(
    attempt: Attempt, *, folder: Path | None = None, answer: Answer | None = None, progress: Progress = SILENT
) -> Replay:
    """The steps of a finished attempt.

    Raises
    ------
    CaseError
        Before the end: the plan would be told.
    """
    if not attempt.finished:
        raise CaseError(f"The attempt of {attempt.person} is not finished: the plan is shown after the end.")
    answer = solve(attempt.task, folder, progress) if answer is None else answer
    planned = {placement.target.label: placement for placement in answer.plan}
    frames: list[Frame] = []
    pose: Pose | None = None
    exposures, burned = 0, set[str]()
    for number, event in enumerate(attempt.events, 1):
        if isinstance(event, Exposed):
            pose, exposures = event.pose, exposures + 1
        elif isinstance(event, Burned):
            burned.add(event.target)
        needles = tuple(
            _needle(label, placement, planned[label], label in burned)
            for label, placement in attempt.placements(number).items()
        )
        frames.append(Frame(event.time_s, _words(event, exposures), pose, exposures, needles))
    courses = answer.anatomy
    return Replay(
        attempt.person,
        attempt.task.name,
        tuple(
            PlannedNeedle(
                label,
                np.asarray(p.tip_lps_mm),
                np.asarray(p.entry_lps_mm),
                courses.course(p.target).points_lps_mm,
            )
            for label, p in planned.items()
        ),
        tuple(frames),
    )


def _needle(label: str, placement: Placement, plan: Placement, burned: bool) -> NeedleInFrame:
    cosine = float(np.clip(placement.shaft_direction @ plan.shaft_direction, -1.0, 1.0))
    return NeedleInFrame(
        label,
        np.asarray(placement.tip_lps_mm),
        np.asarray(placement.entry_lps_mm),
        burned,
        float(np.linalg.norm(np.asarray(placement.tip_lps_mm) - plan.tip_lps_mm)),
        float(np.degrees(np.arccos(cosine))),
    )


def _words(event: Event, exposures: int) -> str:
    if isinstance(event, Exposed):
        return f"exposure {exposures}: {event.pose.carm().in_words}"
    if isinstance(event, Moved):
        return f"needle moved: {event.target}"
    if isinstance(event, Burned):
        return f"lesion made: {event.target}"
    assert isinstance(event, Finished)
    return "handed in"
