"""A study: what a person states about a virtual cohort and the policies it goes through."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from neurotomy import evidence
from neurotomy.anatomy.names import Side
from neurotomy.case.fields import (
    Date,
    ElectrodeName,
    Flag,
    Joint,
    Number,
    ProtocolName,
    SideName,
    Text,
    TissueName,
    Whole,
    one_of,
)
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.selection.region import region_of
from neurotomy.selection.rules import RuleSet, rule_set, rule_set_names

__all__ = ["TECHNIQUES", "Policy", "Rules", "Study"]

SCHEMA_VERSION = 1
TECHNIQUES = ("parallel", "perpendicular")
"""How the needle lies to the nerve: planned along it, or upright on the middle of the neck."""

_Share = Annotated[Number, Field(gt=0, le=100)]
_Months = Annotated[Number, Field(ge=0, le=600)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rules(_Table):
    """When a policy goes ahead and when it repeats, with nothing left open."""

    blocks: int
    cutoff_percent: float
    comparative: bool
    placebo_controlled: bool
    repeats: int
    repeat_relief_percent: float
    repeat_relief_months: float
    repeat_after_months: float
    repeat_sessions_in_12_months: int | None


class Policy(_Table):
    """One way to select and to treat."""

    name: Text = Field(description="what to call it, each policy another name")
    rule_set: Annotated[Text, one_of(rule_set_names, "Rule set")] | None = Field(
        default=None, description="a rule set instead of blocks and cutoff_percent, for instance 'sis'"
    )
    blocks: Annotated[Whole, Field(ge=0, le=2)] | None = Field(
        default=None, description="0, 1 or 2 blocks with an anaesthetic before the neurotomy"
    )
    cutoff_percent: _Share | None = Field(default=None, description="relief that makes a block positive, up to 100 %")
    comparative: Flag | None = Field(default=None, description="true or false, without quotes")
    placebo_controlled: Flag | None = Field(default=None, description="true or false, without quotes")
    contrast: Flag = Field(default=True, description="true or false, without quotes")
    technique: Annotated[Text, one_of(lambda: TECHNIQUES, "Technique")] = Field(
        default="parallel", description="'parallel' or 'perpendicular'"
    )
    electrode: ElectrodeName = Field(
        default="conventional-18g-10mm", description="a catalogue name, or a table that spells it out"
    )
    protocol: ProtocolName = Field(
        default="standard-80c-90s", description="a catalogue name, or a table that spells it out"
    )
    repeats: Annotated[Whole, Field(ge=0, le=12)] = Field(
        default=0, description="how many repeats at most, 0 to 12, a whole number"
    )
    repeat_relief_percent: _Share | None = Field(
        default=None, description="relief of the last neurotomy that allows a repeat, up to 100 %"
    )
    repeat_relief_months: _Months | None = Field(default=None, description="how long it must have lasted, months")
    repeat_after_months: _Months | None = Field(default=None, description="shortest time between two, months")
    repeat_sessions_in_12_months: Annotated[Whole, Field(ge=1, le=12)] | None = Field(
        default=None, description="how many in 12 months, 1 to 12"
    )

    @property
    def asked(self) -> RuleSet | None:
        """The rule set, if it names one."""
        return None if self.rule_set is None else rule_set(self.rule_set)

    @property
    def rules(self) -> Rules:
        """Selection and repeats, from the rule set or as stated; what is stated of repeats goes first."""
        asked = self.asked
        return Rules(
            blocks=asked.blocks if asked else self.blocks or 0,
            cutoff_percent=asked.relief_percent if asked else self.cutoff_percent or 100.0,
            comparative=asked.comparative if asked else bool(self.comparative),
            placebo_controlled=asked.placebo_controlled if asked else bool(self.placebo_controlled),
            repeats=self.repeats,
            repeat_relief_percent=_first(self.repeat_relief_percent, asked.repeat_relief_percent if asked else None),
            repeat_relief_months=_first(self.repeat_relief_months, asked.repeat_relief_months if asked else None),
            repeat_after_months=_first(self.repeat_after_months, asked.repeat_after_months if asked else None),
            repeat_sessions_in_12_months=self.repeat_sessions_in_12_months
            or (asked.repeat_sessions_in_12_months if asked else None),
        )

    @property
    def needle(self) -> Electrode:
        """The electrode, from the catalogue or as spelled out."""
        from neurotomy.equipment import catalogue

        return catalogue.electrode(self.electrode) if isinstance(self.electrode, str) else self.electrode

    @property
    def heating(self) -> Protocol:
        """The protocol, from the catalogue or as spelled out."""
        from neurotomy.equipment import catalogue

        return catalogue.protocol(self.protocol) if isinstance(self.protocol, str) else self.protocol


class Study(_Table):
    """A virtual cohort. Read one with :func:`neurotomy.studies.read_study`."""

    schema_version: Literal[1] = Field(default=1, description=f"{SCHEMA_VERSION}")
    title: Text = Field(description="a sentence for the figure")
    joint: Joint = Field(description="a joint, for instance 'L4/5'")
    side: SideName = Field(description="'left' or 'right'")
    patients: Annotated[Whole, Field(ge=1000, le=10_000_000)] = Field(
        default=10_000, description="a whole number, 1000 or more"
    )
    worlds: Annotated[Whole, Field(ge=50, le=5000)] = Field(
        default=200, description="draws of everything that is not known exactly, 50 to 5000"
    )
    follow_up_months: Annotated[Number, Field(ge=3, le=240)] = Field(
        description="how long each patient is followed, 3 to 240 months"
    )
    seed: Annotated[Whole, Field(ge=0)] = Field(description="a whole number, 0 or more")
    capture_samples: Annotated[Whole, Field(ge=500, le=100_000)] = Field(
        default=4000, description="samples of nerve, needle and tissue for each technique, 500 to 100000"
    )
    spines: tuple[Annotated[Whole, Field(ge=0)], ...] = Field(
        default=(), description="variations of the built-in spine, whole numbers; the standard one when left out"
    )
    tissue: TissueName = Field(default="muscle", description="a tissue of the evidence")
    decided_on: Date | None = Field(default=None, description="a date on which rule sets must be in force; else today")
    policies: tuple[Policy, ...] = Field(min_length=1, description="tables [[policies]], at least one")

    @property
    def region(self) -> str:
        """Region of the joint."""
        return region_of(self.joint)

    @property
    def patients_side(self) -> Side:
        """The patient's own side."""
        return self.side


def success_horizon_months() -> float:
    """How long relief must last to count as success."""
    return evidence.value("outcome.model.horizon")


def _first(*values: float | None) -> float:
    return next((value for value in values if value is not None), 0.0)
