"""One person's training in one browser: the exercise, where C-arm and needle stand, and the attempts handed in.

It knows no browser. Nothing that it gives before the end depends on a nerve or a plan: pictures come from
:class:`~neurotomy.training.Exercise`, which keeps them inside.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import GuidanceError, NeurotomyError
from neurotomy.files import write_text
from neurotomy.guidance.carm import SECONDARY_LIMIT_DEG, CArm
from neurotomy.guidance.shaft import turned_shaft
from neurotomy.progress import SILENT, Progress

if TYPE_CHECKING:
    from neurotomy.training.attempt import Attempt
    from neurotomy.training.exercise import Answer, Exercise, SpotImage
    from neurotomy.training.replay import Replay
    from neurotomy.training.score import Score
    from neurotomy.training.task import Task

__all__ = ["FIRST_DEPTH_MM", "Needle", "Room"]

Array = NDArray[np.float64]

FIRST_DEPTH_MM = 20.0
"""How deep a needle stands when it is first put through the skin."""
UNDER_WAY = "under-way.json"


@dataclass(frozen=True)
class Needle:
    """A needle as a hand holds it: where it enters, which way it goes, how deep."""

    entry_lps_mm: Array
    tipward: Array
    depth_mm: float

    @property
    def tip_lps_mm(self) -> Array:
        """Apex."""
        return np.asarray(self.entry_lps_mm + self.depth_mm * self.tipward)


class Room:
    """The training of one browser.

    Parameters
    ----------
    folder : Path
        Where attempts are kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = threading.RLock()
        self.exercise: Exercise | None = None
        self.carm = CArm(np.zeros(3))
        self.held: SpotImage | None = None
        self.label = ""
        self.hands: dict[str, Needle] = {}
        self.score: Score | None = None
        self.replay: Replay | None = None

    # -- beginning and keeping -----------------------------------------------------------------------------------------

    def start(self, task: Task, person: str, progress: Progress = SILENT, attempt: Attempt | None = None) -> None:
        """Begin `task`, or go on with an attempt at it.

        Raises
        ------
        NeurotomyError
            When the name is empty or the spine cannot be made; what was open stays open.
        """
        from neurotomy.training.exercise import Exercise

        answer = _solved(task, progress)
        made = Exercise(task, person, attempt=attempt, answer=answer)
        with self.lock:
            self.exercise, self.held, self.score, self.replay = made, None, None, None
            self.carm = made.first_view()
            self.label = made.targets[0].label
            self.hands = {}
            for label, placement in made.needles.items():
                entry, tip = np.asarray(placement.entry_lps_mm), np.asarray(placement.tip_lps_mm)
                depth = float(np.linalg.norm(tip - entry))
                self.hands[label] = Needle(entry, (tip - entry) / depth, depth)
            self._keep()

    def unfinished(self) -> Attempt | None:
        """The attempt that a crash or restart has left; None when there is none that can be read."""
        from neurotomy.training.attempt import read_attempt

        try:
            return read_attempt(self.folder / UNDER_WAY)
        except NeurotomyError:
            return None

    def leave(self) -> None:
        """Put the exercise away; one that was not handed in is given up."""
        with self.lock:
            self.exercise, self.held, self.score, self.replay = None, None, None, None
            (self.folder / UNDER_WAY).unlink(missing_ok=True)

    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt handed in here, oldest first."""
        from neurotomy.training.attempt import read_attempt

        found: list[Attempt] = []
        for path in self.folder.glob("attempt-*.json"):
            try:
                found.append(read_attempt(path))
            except NeurotomyError:  # a file that someone changed: the others still count
                continue
        return tuple(sorted(found, key=lambda each: each.started_at))

    def _keep(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(self.folder / UNDER_WAY, self.running.attempt.to_json())

    @property
    def running(self) -> Exercise:
        """The exercise.

        Raises
        ------
        GuidanceError
            When none is open.
        """
        if self.exercise is None:
            raise GuidanceError("No training task is open: choose one.")
        return self.exercise

    # -- the C-arm -----------------------------------------------------------------------------------------------------

    def turn(self, oblique_deg: float, cranial_deg: float) -> None:
        """Turn the C-arm, without X-rays: `oblique_deg` towards the patient's right, `cranial_deg` to the head."""
        limit = SECONDARY_LIMIT_DEG
        self.carm = replace(
            self.carm,
            primary_deg=180.0 + float(np.clip(oblique_deg, -100, 100)),
            secondary_deg=float(np.clip(cranial_deg, -limit, limit)),
        )

    @property
    def oblique_deg(self) -> float:
        """How far the C-arm is turned to the patient's right."""
        return float((self.carm.primary_deg - 180.0 + 180.0) % 360.0 - 180.0)

    def shift(self, lps_mm: tuple[float, float, float]) -> None:
        """Move the C-arm over the patient."""
        self.carm = replace(self.carm, isocentre_lps_mm=np.asarray(self.carm.isocentre_lps_mm) + np.asarray(lps_mm))

    def press(self) -> SpotImage:
        """The pedal: one spot image.

        Raises
        ------
        CaseError
            When the budget is used up.
        """
        with self.lock:
            self.held = self.running.expose(self.carm)
            self._keep()
            return self.held

    # -- the needle ----------------------------------------------------------------------------------------------------

    @property
    def needle(self) -> Needle | None:
        """The one that is worked on."""
        return self.hands.get(self.label)

    def put(self, column: float, row: float) -> Needle:
        """Put the needle through the skin where the held image was pointed at, along its beam.

        Raises
        ------
        GuidanceError
            Before the first image, or where the beam does not leave through skin.
        """
        with self.lock:
            if self.held is None:
                raise GuidanceError("Press the pedal first: the needle is put where you point in the picture.")
            carm = self.held.carm
            at = np.array([column, row], dtype=float)
            skin = self.running.skin_along(carm, at)
            if skin is None:
                raise GuidanceError("The beam meets no skin there. Point inside the patient.")
            return self._moved(Needle(skin, -np.asarray(carm.rays(at)), FIRST_DEPTH_MM))

    def advance(self, by_mm: float) -> Needle:
        """Push the needle in, or draw it back."""
        now = self._now()
        longest = self.running.task.case().electrode.cannula_length_mm
        return self._moved(replace(now, depth_mm=float(np.clip(now.depth_mm + by_mm, 1.0, longest))))

    def steer(self, left_deg: float = 0.0, head_deg: float = 0.0) -> Needle:
        """Turn the needle about its entry, so that the tip goes to the patient's left or to the head."""
        now = self._now()
        # Where the tip goes to the left, the hub leans to the right.
        return self._moved(replace(now, tipward=-turned_shaft(-now.tipward, -left_deg, -head_deg)))

    def burn(self) -> None:
        """Make the lesion of the needle that is worked on.

        Raises
        ------
        CaseError
            When no needle was put.
        """
        with self.lock:
            self.running.burn(self.label)
            self._keep()

    def _now(self) -> Needle:
        if self.needle is None:
            raise GuidanceError("Put the needle first: point in the picture.")
        return self.needle

    def _moved(self, needle: Needle) -> Needle:
        with self.lock:
            self.running.move(self.label, needle.entry_lps_mm, needle.tip_lps_mm)
            self.hands[self.label] = needle
            self._keep()
            return needle

    @property
    def burned(self) -> frozenset[str]:
        """Labels of nerves for which a lesion was made."""
        return frozenset(placement.target.label for placement in self.running.attempt.burned())

    # -- the end -------------------------------------------------------------------------------------------------------

    def finish(self, progress: Progress = SILENT) -> Score:
        """Hand it in, keep the attempt, score it."""
        from neurotomy.training.replay import replay_attempt
        from neurotomy.training.score import score_attempt

        with self.lock:
            attempt = self.running.attempt if self.running.attempt.finished else self.running.finish()
            stamp = attempt.started_at.strftime("%Y%m%dT%H%M%S")
            write_text(self.folder / f"attempt-{stamp}-{attempt.task.name}.json", attempt.to_json())
            (self.folder / UNDER_WAY).unlink(missing_ok=True)
        self.score = score_attempt(attempt, answer=self.running.answer, progress=progress)
        self.replay = replay_attempt(attempt, answer=self.running.answer)
        return self.score

    def class_csv(self, progress: Progress = SILENT) -> str:
        """The class table of every attempt handed in here."""
        from neurotomy.training.class_table import tabulate_class
        from neurotomy.training.score import score_attempt

        results = []
        attempts = self.attempts()
        for number, attempt in enumerate(attempts):
            part = progress.part(number / len(attempts), (number + 1) / len(attempts))
            answer = _solved(attempt.task, part.part(0.0, 0.6))
            results.append((attempt, score_attempt(attempt, answer=answer, progress=part.part(0.6, 1.0))))
        return tabulate_class(results).to_csv()

    def replayed(self, step: int) -> tuple[NDArray[np.uint8], CArm]:
        """The picture of a step of the replay, with the needles as they were.

        Raises
        ------
        GuidanceError
            Before the end.
        """
        from neurotomy.guidance.views import take

        answer, attempt = self.running.answer, self.running.attempt
        poses = [event.pose for event in attempt.exposures if event in attempt.events[: step + 1]]
        carm = poses[-1].carm() if poses else self.running.first_view()
        needles = tuple(attempt.placements(step + 1).values())
        return take(carm, answer.projector, needles, self.running.look)[0], carm


_KEPT = 3  # spines of the tasks that were opened last: a class at one task holds one copy of it
_answers: OrderedDict[str, Answer] = OrderedDict()
_guard = threading.Lock()


def _solved(task: Task, progress: Progress) -> Answer:
    """Nerves and plan of a task, for the server's own use: shared by all who are at it, for nobody changes them."""
    from neurotomy.training.exercise import solve

    sha = task.sha256
    with _guard:
        if sha in _answers:
            _answers.move_to_end(sha)
            return _answers[sha]
    found = solve(task, progress=progress)
    with _guard:
        found = _answers.setdefault(sha, found)
        _answers.move_to_end(sha)
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return found
