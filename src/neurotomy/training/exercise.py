"""A task under way: what a trainee may see and do. The nerves and the plan stay inside until the end.

Whoever shows an exercise uses :attr:`attempt`, :meth:`expose`, :meth:`move`, :meth:`burn` and :meth:`finish`; none of
them gives anything that depends on a nerve or a plan. The answer is :attr:`answer`, which refuses before the end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy import Anatomy, Target
from neurotomy.errors import GuidanceError
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.radiograph import Projector
from neurotomy.guidance.realism import Look
from neurotomy.guidance.skin import skin_crossing
from neurotomy.guidance.views import take
from neurotomy.progress import SILENT, Progress
from neurotomy.results import INTERNAL, Result
from neurotomy.training.attempt import Attempt, Burned, Exposed, Finished, Moved, Pose, start_attempt
from neurotomy.training.dose import ExposureDose, dose_of
from neurotomy.training.task import Task

__all__ = ["Answer", "Exercise", "SpotImage", "solve"]


@dataclass(frozen=True)
class SpotImage(Result):
    """One press on the pedal.

    Attributes
    ----------
    image
        8-bit greys (rows, columns), with the needles and nothing else drawn in.
    carm
        The pose.
    dose
        Of this image.
    number
        1 for the first.
    """

    image: NDArray[np.uint8] = field(metadata=INTERNAL)
    carm: CArm
    dose: ExposureDose
    number: int


@dataclass(frozen=True)
class Answer(Result):
    """What was hidden: the nerves, and the teacher's plan.

    Attributes
    ----------
    anatomy
        CT and nerve courses.
    plan
        The planner's needles, one for each nerve.
    """

    anatomy: Anatomy
    plan: tuple[Placement, ...]

    @cached_property
    def projector(self) -> Projector:
        """The CT, ready for X-rays: made once for all who are at this task."""
        return Projector(self.anatomy.ct)


def solve(task: Task, folder: Path | None = None, progress: Progress = SILENT) -> Answer:
    """The nerves of a task, and the plan.

    Raises
    ------
    NeurotomyError
        When its spine cannot be read, or no needle can reach a nerve.
    """
    from neurotomy.treatment import find_nerves, place_needles

    case = task.case(folder)
    anatomy = find_nerves(case, progress.part(0.0, 0.6, "spine"))
    return Answer(anatomy, place_needles(case, anatomy, progress.part(0.6, 1.0, "plan")))


class Exercise:
    """One person at one task. Safe to call from several threads.

    Parameters
    ----------
    task : Task
        What to do.
    person : str
        Who.
    folder : Path, optional
        Where relative paths of the task start.
    look : Look, optional
        How images are taken.
    clock : callable
        Seconds of a clock that never runs back.
    progress : Progress
        Told while the spine is made and planned.
    attempt : Attempt, optional
        To go on from; its time goes on from its last event.
    answer : Answer, optional
        Of :func:`solve` for this task, when it is known already.
    """

    def __init__(
        self,
        task: Task,
        person: str,
        *,
        folder: Path | None = None,
        look: Look | None = None,
        clock: Callable[[], float] = time.monotonic,
        progress: Progress = SILENT,
        attempt: Attempt | None = None,
        answer: Answer | None = None,
    ) -> None:
        self.attempt = start_attempt(task, person) if attempt is None else attempt
        self.task = task
        self.look = Look() if look is None else look
        self._answer = solve(task, folder, progress) if answer is None else answer
        self._projector = self._answer.projector
        self._lock = threading.RLock()
        self._clock, self._started = clock, clock() - self.attempt.duration_s
        self._doses: list[ExposureDose] = [
            dose_of(event.pose.carm(), self._projector, self.look) for event in self.attempt.exposures
        ]

    @property
    def time_s(self) -> float:
        """Since the start; it stands still after the end."""
        return self.attempt.duration_s if self.attempt.finished else max(self._clock() - self._started, 0.0)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The nerves to reach, by name alone."""
        return self.attempt.targets

    @property
    def exposures_left(self) -> int:
        """Presses that the pedal still answers to."""
        return self.task.exposures - len(self.attempt.exposures)

    @property
    def kerma_mgy(self) -> float:
        """Simulated air kerma of all exposures so far."""
        return sum(dose.kerma_mgy for dose in self._doses)

    @property
    def area_kerma_mgy_cm2(self) -> float:
        """Simulated kerma-area product of all exposures so far."""
        return sum(dose.area_kerma_mgy_cm2 for dose in self._doses)

    @property
    def needles(self) -> dict[str, Placement]:
        """The trainee's own needles by target label."""
        return self.attempt.placements()

    @property
    def answer(self) -> Answer:
        """The nerves and the plan.

        Raises
        ------
        GuidanceError
            Before the attempt is finished.
        """
        if not self.attempt.finished:
            raise GuidanceError("Nerves and plan are shown after the end: finish the attempt first.")
        return self._answer

    def first_view(self, rows: int = 512) -> CArm:
        """Where the C-arm stands at the start: straight behind, over the bones of the task or the middle of the CT.

        It turns about the spine's middle, not about a nerve, so that it tells neither side nor nerve.
        """
        anatomy = self._answer.anatomy
        if self.task.start == "at the level":
            bodies = [np.asarray(course.lps_from_vertebra([0.0, 0.0, 0.0])) for course in anatomy.courses]
            isocentre = np.mean(bodies, axis=0)
        else:
            middle = (np.array(anatomy.ct.array.shape) - 1.0) / 2.0
            isocentre = anatomy.ct.lps_from_voxel[:3, :3] @ middle + anatomy.ct.lps_from_voxel[:3, 3]
        # Whole 10 mm: the exact centre of a body would be a ruler.
        return CArm(np.round(isocentre / 10.0) * 10.0, 180.0, 0.0).with_pixels(rows)

    def expose(self, carm: CArm) -> SpotImage:
        """Press the pedal: one image with the needles, counted.

        Raises
        ------
        CaseError
            When the budget is used up or the attempt is finished.
        """
        with self._lock:
            pose = Pose.of(carm)
            self.attempt = self.attempt.with_event(Exposed(time_s=self.time_s, pose=pose))
            dose = dose_of(pose.carm(), self._projector, self.look)
            self._doses.append(dose)
            number = len(self._doses)
            return SpotImage(self.picture(carm, number), carm, dose, number)

    def picture(self, carm: CArm, number: int) -> NDArray[np.uint8]:
        """The pixels of exposure `number`: its noise is its own."""
        from dataclasses import replace

        look = replace(self.look, seed=self.look.seed + number)
        return take(carm, self._projector, tuple(self.needles.values()), look)[0]

    def move(self, target: str, entry_lps_mm: ArrayLike, tip_lps_mm: ArrayLike) -> None:
        """Put or move the needle meant for `target` (its label).

        Raises
        ------
        CaseError
            For a target that the task does not have, points that are the same, or after the end.
        """
        entry, tip = ([float(v) for v in np.asarray(point, dtype=float)] for point in (entry_lps_mm, tip_lps_mm))
        with self._lock:
            event = Moved.model_validate(
                {"time_s": self.time_s, "target": target, "tip_lps_mm": tip, "entry_lps_mm": entry}
            )
            self.attempt = self.attempt.with_event(event)

    def skin_along(self, carm: CArm, column_row: ArrayLike) -> NDArray[np.float64] | None:
        """Where the beam through a pixel leaves the skin towards the detector, LPS mm: an entry for a needle.

        What a pointer laid on the skin shows. None where no skin is met.
        """
        on_ray = np.asarray(carm.back_project(np.asarray(column_row, dtype=float)))
        outward = np.asarray(carm.rays(np.asarray(column_row, dtype=float)))
        found = skin_crossing(self._answer.anatomy.ct, on_ray, outward)
        return None if found is None else np.asarray(found.point_lps_mm)

    def burn(self, target: str) -> None:
        """Make a lesion with the needle of `target`, where it lies now.

        Raises
        ------
        CaseError
            When no needle was placed for it, or after the end.
        """
        with self._lock:
            self.attempt = self.attempt.with_event(Burned(time_s=self.time_s, target=target))

    def finish(self) -> Attempt:
        """Hand it in; from now on the answer may be seen."""
        with self._lock:
            self.attempt = self.attempt.with_event(Finished(time_s=self.time_s))
            return self.attempt
