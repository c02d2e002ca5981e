"""A task: what a trainee is asked to do, on which spine, with which budgets. A teacher writes one as TOML."""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from neurotomy import evidence
from neurotomy.case import Case
from neurotomy.case.fields import ElectrodeName, Joint, Number, ProtocolName, SideName, Text, Whole
from neurotomy.case.model import Equipment, GivenTarget, Imaging, Patient, Plan
from neurotomy.errors import CaseError, CatalogueError, NeurotomyError, nearest

__all__ = ["PARTS", "Task", "Weights", "find_task", "parse_tasks", "read_tasks", "shipped_tasks"]

PARTS = ("target", "parallel", "safety", "coverage", "exposures", "dose", "time")
"""The parts of a score, in the order in which they are shown."""

_LARGEST_BYTES = 1_000_000
_Weight = Annotated[float, Field(ge=0, le=100)]


def _weight(name: str) -> float:
    return evidence.value(f"training.weight.{name}")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weights(_Table):
    """How much each part counts, as shares of their sum. The defaults are evidence ``training.weight``."""

    target: _Weight = Field(default_factory=lambda: _weight("target"))
    parallel: _Weight = Field(default_factory=lambda: _weight("parallel"))
    safety: _Weight = Field(default_factory=lambda: _weight("safety"))
    coverage: _Weight = Field(default_factory=lambda: _weight("coverage"))
    exposures: _Weight = Field(default_factory=lambda: _weight("exposures"))
    dose: _Weight = Field(default_factory=lambda: _weight("dose"))
    time: _Weight = Field(default_factory=lambda: _weight("time"))

    @model_validator(mode="after")
    def _some_count(self) -> Weights:
        if sum(self.of(part) for part in PARTS) <= 0:
            raise ValueError("at least one weight must be more than 0")
        return self

    def of(self, part: str) -> float:
        """The weight of one of :data:`PARTS`."""
        return float(getattr(self, part))

    def share(self, part: str) -> float:
        """The weight of `part` as a share of all, 0 to 1."""
        return self.of(part) / sum(self.of(each) for each in PARTS)


class Task(_Table):
    """What a trainee is asked to do.

    Attributes
    ----------
    name
        Short name in small letters, digits and hyphens, for files and commands.
    title, story
        For people: the order in a sentence, and what to think of.
    difficulty
        1 (first day) to 5 (expert).
    joints, side
        The joints to denervate. The trainee is told the names of nerve and bone, never a place.
    targets
        The nerves to reach; empty means those that supply the joints.
    imaging
        The spine: the built-in one with a variation (``seed``), or a CT of the teacher's own, as in a case file.
    electrode, protocol
        What the trainee heats with.
    exposures
        Spot images that the trainee may take; then the pedal is dead.
    kerma_mgy
        Air kerma at the reference point that uses up the dose part of the score. It is simulated.
    time_s
        Time that uses up the time part of the score.
    start
        ``at the level``: the C-arm starts over the joint. ``count the levels``: it starts over the middle of the CT.
    weights
        How much each part of the score counts.
    """

    schema_version: Literal[1] = 1
    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
    title: Annotated[Text, Field(max_length=120)]
    story: Annotated[str, Field(max_length=2000)] = ""
    difficulty: Annotated[Whole, Field(ge=1, le=5)]
    joints: tuple[Joint, ...] = Field(min_length=1, max_length=4)
    side: SideName
    targets: tuple[GivenTarget, ...] = ()
    imaging: Imaging = Imaging(source="built-in spine")
    electrode: ElectrodeName = "conventional-150mm-18g-10mm"
    protocol: ProtocolName = "standard-80c-90s"
    exposures: Annotated[Whole, Field(ge=1, le=1000)]
    kerma_mgy: Annotated[Number, Field(gt=0, le=1000)]
    time_s: Annotated[Number, Field(gt=0, le=36000)]
    start: Literal["at the level", "count the levels"] = "at the level"
    weights: Weights = Field(default_factory=Weights)

    @model_validator(mode="after")
    def _is_a_case(self) -> Task:
        try:
            self.case()
        except NeurotomyError as error:
            raise ValueError(str(error)) from None
        return self

    def case(self, folder: Path | None = None) -> Case:
        """The case that this task is, its needles to be planned."""
        stated = Case(
            plan=True,
            patient=Patient(pseudonym="training task"),
            treatment=Plan(joints=self.joints, side=self.side, rule_set="sis"),
            imaging=self.imaging,
            equipment=Equipment(electrode=self.electrode, protocol=self.protocol),
            targets=self.targets,
        )
        return stated if folder is None else stated.in_folder(folder)

    @property
    def needles(self) -> int:
        """How many nerves are to be reached."""
        return len(self.case().treated_targets)

    @property
    def sha256(self) -> str:
        """Of everything the task states: two attempts with the same one can be compared."""
        plain = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()


def parse_tasks(text: str, *, name: str = "tasks") -> tuple[Task, ...]:
    """Tasks from TOML `text`: each a ``[[task]]`` table.

    Raises
    ------
    CaseError
        With the first mistake of every task: what was given, what was expected.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{name}: this is not TOML: {error}.") from None
    rows = raw.pop("task", None)
    if raw or not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise CaseError(f"{name}: expected one or more [[task]] tables and nothing else.")
    found: list[Task] = []
    wrong: list[str] = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(Task.model_validate(row))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            reason = first["msg"].removeprefix("Value error, ")
            wrong.append(
                f"task {number} ({row.get('name', 'without a name')}): {where + ': ' if where else ''}{reason}"
            )
    names = [each.name for each in found]
    wrong += [f"the name '{each}' is there twice" for each in sorted({n for n in names if names.count(n) > 1})]
    if wrong:
        raise CaseError(f"{name}: " + "; ".join(wrong))
    return tuple(found)


def read_tasks(path: Path | str) -> tuple[Task, ...]:
    """The tasks of a teacher's file.

    Raises
    ------
    CaseError
        When the file cannot be read or a task is wrong.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CaseError(f"'{path}' is too large for a file of tasks (over 1 MB). Is it another file?")
        return parse_tasks(path.read_bytes().decode("utf-8-sig"), name=path.name)
    except UnicodeDecodeError:
        raise CaseError(f"'{path}' is not UTF-8 text. Save the tasks as UTF-8.") from None
    except OSError as error:
        raise CaseError(f"Cannot read the tasks in '{path}': {error.strerror}.") from None


@cache
def shipped_tasks() -> tuple[Task, ...]:
    """The tasks that come with neurotomy, from easy to hard."""
    text = (files("neurotomy.training") / "data" / "tasks.toml").read_text(encoding="utf-8")
    return tuple(sorted(parse_tasks(text, name="tasks.toml"), key=lambda each: each.difficulty))


def find_task(name: str, own: tuple[Task, ...] = ()) -> Task:
    """The task of this name: one of `own` first, then of the shipped ones.

    Raises
    ------
    CatalogueError
        When there is none; the nearest name is told.
    """
    known = {each.name: each for each in (*shipped_tasks(), *own)}
    if name not in known:
        raise CatalogueError(f"No training task '{name}'. {nearest(name, known)}")
    return known[name]
