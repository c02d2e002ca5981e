"""The record of one attempt: who, which task, and every event with its time. It can be replayed and scored again.

Nothing of the plan or the nerves is in it. Doses are not stored as facts: scoring computes them from the poses.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from neurotomy.anatomy.names import Target
from neurotomy.errors import CaseError, OutputError
from neurotomy.files import write_text
from neurotomy.guidance.carm import SECONDARY_LIMIT_DEG, CArm
from neurotomy.guidance.placement import Placement
from neurotomy.training.task import Task
from neurotomy.version import __version__

__all__ = [
    "Attempt",
    "Burned",
    "Event",
    "Exposed",
    "Finished",
    "Moved",
    "Pose",
    "parse_attempt",
    "read_attempt",
    "write_attempt",
]

_LARGEST_BYTES = 20_000_000
_MOST_EVENTS = 50_000

_Coordinate = Annotated[float, Field(ge=-5000, le=5000, allow_inf_nan=False)]
_Point = tuple[_Coordinate, _Coordinate, _Coordinate]
_Time = Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pose(_Table):
    """Where the C-arm stood; its distances and detector are those of :class:`~neurotomy.guidance.carm.CArm`."""

    isocentre_lps_mm: _Point
    primary_deg: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
    secondary_deg: Annotated[float, Field(ge=-SECONDARY_LIMIT_DEG, le=SECONDARY_LIMIT_DEG, allow_inf_nan=False)]
    rotation_deg: Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)] = 0.0

    @classmethod
    def of(cls, carm: CArm) -> Pose:
        """The pose of this C-arm."""
        x, y, z = (float(v) for v in carm.isocentre_lps_mm)
        return cls(
            isocentre_lps_mm=(x, y, z),
            primary_deg=float(carm.primary_deg),
            secondary_deg=float(carm.secondary_deg),
            rotation_deg=float(carm.rotation_deg),
        )

    def carm(self, rows: int = 512) -> CArm:
        """A C-arm at this pose."""
        found = CArm(
            np.array(self.isocentre_lps_mm), self.primary_deg, self.secondary_deg, rotation_deg=self.rotation_deg
        )
        return found.with_pixels(rows)


class Exposed(_Table):
    """The pedal was pressed: one spot image."""

    kind: Literal["exposed"] = "exposed"
    time_s: _Time
    pose: Pose


class Moved(_Table):
    """A needle was put or moved to a pose."""

    kind: Literal["moved"] = "moved"
    time_s: _Time
    target: str
    tip_lps_mm: _Point
    entry_lps_mm: _Point


class Burned(_Table):
    """A lesion was made at the needle's last pose."""

    kind: Literal["burned"] = "burned"
    time_s: _Time
    target: str


class Finished(_Table):
    """The trainee handed it in."""

    kind: Literal["finished"] = "finished"
    time_s: _Time


Event = Annotated[Exposed | Moved | Burned | Finished, Field(discriminator="kind")]


class Attempt(_Table):
    """One person's way through one task.

    Attributes
    ----------
    person
        A name or pseudonym that the class knows.
    started_at
        When, with the time zone.
    task
        The whole task as it was, so that the file can be scored anywhere.
    events
        In the order of time; a target is named by its label.
    version
        Of neurotomy, at the time.
    """

    schema_version: Literal[1] = 1
    person: Annotated[str, Field(min_length=1, max_length=100)]
    started_at: AwareDatetime
    task: Task
    events: Annotated[tuple[Event, ...], Field(max_length=_MOST_EVENTS)] = ()
    version: str = __version__

    @model_validator(mode="after")
    def _possible(self) -> Attempt:
        labels = {target.label for target in self.task.case().treated_targets}
        last, placed, exposures = 0.0, set[str](), 0
        for number, event in enumerate(self.events, 1):
            if event.time_s < last:
                raise ValueError(f"event {number} at {event.time_s:g} s comes after one at {last:g} s")
            last = event.time_s
            if isinstance(event, (Moved, Burned)) and event.target not in labels:
                raise ValueError(f"event {number} names '{event.target}'; the task has {', '.join(sorted(labels))}")
            if isinstance(event, Moved):
                if event.tip_lps_mm == event.entry_lps_mm:
                    raise ValueError(f"event {number}: entry and tip of a needle are the same point")
                placed.add(event.target)
            if isinstance(event, Burned) and event.target not in placed:
                raise ValueError(f"event {number} burns at the {event.target}, where no needle was placed")
            exposures += isinstance(event, Exposed)
            if isinstance(event, Finished) and number != len(self.events):
                raise ValueError(f"event {number} finishes the attempt, but {len(self.events) - number} follow")
        if exposures > self.task.exposures:
            raise ValueError(f"{exposures} exposures were taken, and the task allows {self.task.exposures}")
        return self

    @property
    def finished(self) -> bool:
        """Whether it was handed in."""
        return bool(self.events) and isinstance(self.events[-1], Finished)

    @property
    def duration_s(self) -> float:
        """From the start to the last event."""
        return self.events[-1].time_s if self.events else 0.0

    @property
    def exposures(self) -> tuple[Exposed, ...]:
        """Every press on the pedal."""
        return tuple(event for event in self.events if isinstance(event, Exposed))

    @property
    def targets(self) -> tuple[Target, ...]:
        """The nerves of the task."""
        return self.task.case().treated_targets

    def with_event(self, event: Exposed | Moved | Burned | Finished) -> Attempt:
        """The attempt with one more event.

        Raises
        ------
        CaseError
            When it cannot be: after the end, beyond the budget, a lesion without a needle.
        """
        try:
            return Attempt.model_validate({**dict(self), "events": (*self.events, event)})
        except ValidationError as error:
            raise CaseError(_first(error)) from None

    def placements(self, until: int | None = None) -> dict[str, Placement]:
        """Each needle at its last pose after the first `until` events (all when None), by target label."""
        electrode = self.task.case().electrode
        by_label = {target.label: target for target in self.targets}
        return {
            event.target: Placement(
                by_label[event.target], electrode, np.array(event.tip_lps_mm), np.array(event.entry_lps_mm), "given"
            )
            for event in self.events[:until]
            if isinstance(event, Moved)
        }

    def burned(self) -> tuple[Placement, ...]:
        """The needle of every lesion, where it lay when it was made, in the order of time; none twice at one place."""
        made: list[Placement] = []
        for number, event in enumerate(self.events):
            if isinstance(event, Burned):
                needle = self.placements(number)[event.target]
                same = (
                    p.target == needle.target
                    and np.array_equal(p.tip_lps_mm, needle.tip_lps_mm)
                    and np.array_equal(p.entry_lps_mm, needle.entry_lps_mm)
                    for p in made
                )
                if not any(same):
                    made.append(needle)
        return tuple(made)

    def to_json(self) -> str:
        """As text that :func:`parse_attempt` reads back to an equal attempt."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def start_attempt(task: Task, person: str, started_at: datetime.datetime | None = None) -> Attempt:
    """An attempt without events; the time is now unless given.

    Raises
    ------
    CaseError
        For a name that is empty or too long.
    """
    try:
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        return Attempt(person=person.strip(), started_at=started_at or now, task=task)
    except ValidationError as error:
        raise CaseError(_first(error)) from None


def parse_attempt(text: str, *, name: str = "attempt") -> Attempt:
    """An attempt from its JSON.

    Raises
    ------
    CaseError
        When it is not one, or tells of what cannot be: times that run back, more exposures than the task allows.
    """
    try:
        return Attempt.model_validate_json(text)
    except ValidationError as error:
        raise CaseError(f"{name} is not a training attempt of neurotomy: {_first(error)}") from None


def read_attempt(path: Path | str) -> Attempt:
    """The attempt in a file.

    Raises
    ------
    CaseError
        When it cannot be read; see :func:`parse_attempt`.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CaseError(f"'{path}' is too large for an attempt (over 20 MB). Is it another file?")
        return parse_attempt(path.read_bytes().decode("utf-8-sig"), name=path.name)
    except UnicodeDecodeError:
        raise CaseError(f"'{path}' is not UTF-8 text, as an attempt is.") from None
    except OSError as error:
        raise CaseError(f"Cannot read the attempt '{path}': {error.strerror}.") from None


def write_attempt(attempt: Attempt, path: Path | str) -> None:
    """Write it, to a temporary name first.

    Raises
    ------
    OutputError
        When the place cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise OutputError(f"'{path}' is a folder; name a file for the attempt.")
    write_text(path, attempt.to_json())


def _first(error: ValidationError) -> str:
    told = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in told["loc"])
    return f"{where + ': ' if where else ''}{told['msg'].removeprefix('Value error, ')}"
