"""A case: what a person states about one treatment. One class for each table of the file."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, field_serializer, model_validator

from neurotomy.anatomy.names import Side, Target
from neurotomy.case.fields import (
    Bone,
    ClockTime,
    Date,
    ElectrodeName,
    Flag,
    Joint,
    Lesions,
    Number,
    Point,
    ProtocolName,
    SideName,
    Text,
    TimeZone,
    TissueName,
    Whole,
    one_of,
)
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import CaseError
from neurotomy.selection.block import KINDS, Block

if TYPE_CHECKING:
    from neurotomy.guidance.placement import Placement

__all__ = [
    "LANGUAGES",
    "SCHEMA_VERSION",
    "Case",
    "Equipment",
    "GivenBlock",
    "GivenLandmark",
    "GivenPlacement",
    "GivenTarget",
    "Imaging",
    "Output",
    "Papers",
    "Patient",
    "Plan",
    "Uncertainty",
]

SCHEMA_VERSION = 1
BUILT_IN = "built-in spine"
LANGUAGES = ("en", "es")
"""Languages of the patient's papers: each has its texts in :mod:`neurotomy.report.patient`."""
Region = Literal["cervical", "thoracic", "lumbar", "sacroiliac"]
Sacral = Literal["palisade", "single needles"]


def _rule_sets() -> tuple[str, ...]:
    from neurotomy.selection.rules import rule_set_names

    return rule_set_names()


def _label_schemes() -> tuple[str, ...]:
    from neurotomy.imaging.label_map import SCHEMES

    return SCHEMES


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Patient(_Table):
    """Who: no more than is needed."""

    pseudonym: Text = Field(description="a name that does not identify the patient")
    age_years: Annotated[Whole, Field(ge=0, le=120)] | None = Field(
        default=None, description="a whole number of years, 0 to 120"
    )


class Plan(_Table):
    """What is to be treated."""

    region: Region | None = Field(default=None, description="'cervical', 'thoracic', 'lumbar' or 'sacroiliac'")
    joints: tuple[Joint, ...] = Field(min_length=1, description='a list of joints, for instance ["L4/5"]')
    side: SideName = Field(description="'left' or 'right', the patient's own side; it has no default")
    rule_set: Annotated[Text, one_of(_rule_sets, "Rule set")] = Field(
        description="the rule set that says whether to proceed, for instance 'sis'"
    )
    sacral: Sacral = Field(
        default="palisade", description="'palisade' or 'single needles': how planned S1 to S3 lateral branches are met"
    )
    lesions_per_nerve: Lesions = Field(
        default=1,
        description="1 to 4, or 'as needed': planned lesions along each nerve, further ones where they capture it best",
    )


class GivenTarget(_Table):
    """A nerve where it crosses a bone. The side is that of the treatment; it may be repeated, never changed."""

    nerve: Text = Field(description="a nerve, for instance 'L3 medial branch'")
    bone: Bone = Field(description="the bone it crosses, for instance 'L4'")
    side: SideName | None = Field(default=None, description="'left' or 'right'")

    def on(self, side: Side) -> Target:
        """The target on this side, unless it names its own."""
        return Target(self.nerve, self.bone, self.side or side)


class GivenBlock(_Table):
    """One diagnostic block."""

    date: Date | None = Field(default=None, description="a date, for instance 2025-01-31")
    kind: Annotated[Text, one_of(lambda: KINDS, "Kind of block")] = Field(
        description="'medial branch block', 'lateral branch block' or 'intra-articular injection'"
    )
    agent: Text = Field(description="what was injected, for instance 'lidocaine 2 %'")
    volume_ml: Annotated[Number, Field(gt=0, le=20)] | None = Field(
        default=None, description="mL for each nerve or joint, more than 0 and at most 20"
    )
    relief_percent: Annotated[Number, Field(ge=0, le=100)] = Field(
        description="best relief in percent of the usual pain, 0 to 100"
    )
    relief_hours: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="hours that the relief lasted, 0 or more"
    )
    placebo: Flag = Field(default=False, description="true or false, without quotes")
    image_guided: Flag = Field(default=True, description="true or false, without quotes")
    contrast_seen: Flag | None = Field(default=None, description="true or false, without quotes")
    joint: Joint | None = Field(default=None, description="a joint of the treatment, for instance 'L4/5'")
    targets: tuple[GivenTarget, ...] = Field(
        default=(), description='nerves, for instance [{ nerve = "L3 medial branch", bone = "L4" }]'
    )

    def on(self, side: Side) -> Block:
        """The block as the selection room takes it.

        Raises
        ------
        CaseError
            When its values contradict each other.
        """
        return Block(
            date=self.date,
            kind=self.kind,
            agent=self.agent,
            volume_ml=self.volume_ml,
            relief_percent=self.relief_percent,
            relief_hours=self.relief_hours,
            placebo=self.placebo,
            targets=tuple(target.on(side) for target in self.targets),
            image_guided=self.image_guided,
            contrast_seen=self.contrast_seen,
        )


class Imaging(_Table):
    """The CT: the built-in spine, or a file or folder with an optional label map."""

    source: Literal["built-in spine"] | None = Field(default=None, description=f"'{BUILT_IN}', or give ct instead")
    seed: Annotated[Whole, Field(ge=0)] | None = Field(
        default=None, description="a whole number, 0 or more: which variation of the built-in spine"
    )
    ct: Text | None = Field(default=None, description="path of a NIfTI file, or of a DICOM folder or zip")
    series: Text | None = Field(default=None, description="in quotes, number or UID of the DICOM series in ct")
    labels: Text | None = Field(default=None, description="path of a label map on the same CT, or 'totalsegmentator'")
    label_scheme: Annotated[Text, one_of(_label_schemes, "Label scheme")] = Field(
        default="auto", description="'auto', 'totalsegmentator' or 'verse'"
    )
    levels_confirmed_by: Annotated[str, Field(max_length=200)] = Field(
        default="", description="who counted the levels on this CT and looked at the side, and how"
    )
    levels_confirmed_on: Date | None = Field(
        default=None, description="the day on which levels and side were confirmed, for instance 2025-03-20"
    )

    @field_serializer("ct", "labels", when_used="json")
    def _without_folders(self, path: str | None) -> str | None:
        # JSON goes into reports that are handed on; the folders of this machine stay here.
        return None if path is None else Path(path).name


class GivenLandmark(_Table):
    """A point that a person has marked on the CT."""

    bone: Bone = Field(description="the bone, for instance 'L4'")
    side: SideName = Field(description="'left' or 'right', the patient's own side")
    name: Text = Field(description="a landmark, for instance 'target'")
    lps_mm: Point = Field(description="three numbers in mm: to the patient's left, back, head")


class Equipment(_Table):
    """What heats, and in which tissue."""

    electrode: ElectrodeName = Field(description="a catalogue name, or a table that spells it out")
    protocol: ProtocolName = Field(description="a catalogue name, or a table that spells it out")
    tissue: TissueName = Field(default="muscle", description="a tissue of the evidence")
    start_c: Annotated[Number, Field(ge=0, le=42)] = Field(
        default=37.0, description="tissue temperature before the lesion, 0 to 42 °C"
    )
    perfusion: Flag = Field(default=True, description="true or false, without quotes")
    tissue_of_ct: Flag = Field(default=False, description="true or false, without quotes")


class GivenPlacement(GivenTarget):
    """A needle for one target."""

    tip_lps_mm: Point = Field(description="apex of the needle, three numbers in mm: to the patient's left, back, head")
    entry_lps_mm: Point = Field(
        description="a point of the shaft at the skin, three numbers in mm: to the patient's left, back, head"
    )
    roll_deg: Annotated[Number, Field(ge=-360, le=360)] = Field(
        default=0.0, description="turn of a curved tip or of tines about the needle, degrees; at 0 towards the head"
    )


class Uncertainty(_Table):
    """How the spread of nerve, needle and tissue is sampled."""

    samples: Annotated[Whole, Field(ge=100, le=1_000_000)] = Field(
        default=4000, description="a whole number, 100 to 1000000"
    )
    seed: Annotated[Whole, Field(ge=0)] = Field(default=0, description="a whole number, 0 or more")


class Papers(_Table):
    """How the patient's papers are to be: sheet and calendar."""

    language: Annotated[Text, one_of(lambda: LANGUAGES, "Language")] = Field(
        default="en", description=f"{' or '.join(repr(name) for name in LANGUAGES)}"
    )
    large_print: Flag = Field(default=False, description="true or false, without quotes")
    procedure_date: Annotated[Date, Field(ge=datetime.date(1990, 1, 1), le=datetime.date(2100, 1, 1))] | None = Field(
        default=None, description="a date from 1990 to 2100, for instance 2025-03-24; without it there is no calendar"
    )
    arrival_time: ClockTime | None = Field(default=None, description="a time of day, for instance '08:30'")
    time_zone: TimeZone | None = Field(
        default=None, description="the patient's IANA time zone, for instance 'Europe/Madrid'"
    )
    clinic_phone: Annotated[Text, Field(max_length=40, pattern=r"^[+0-9][0-9 ()./-]*$")] | None = Field(
        default=None, description="the number to call, digits and spaces, for instance '+1 555 0100'"
    )


class Output(_Table):
    """What to write beside treatment.json."""

    report_html: Flag = Field(default=True, description="true or false, without quotes")
    report_pdf: Flag = Field(default=True, description="true or false, without quotes")
    views: Flag = Field(default=True, description="true or false, without quotes")
    patient_papers: Flag = Field(default=True, description="true or false, without quotes")


class Case(_Table):
    """What a person states about one treatment.

    Read one with :func:`neurotomy.case.read_case`. Two ways of saying where the needles go: `plan` = true, or
    `placements`, at least one for each target. `targets` empty means the standard targets of the joints.
    """

    schema_version: Literal[1] = Field(default=1, description=f"{SCHEMA_VERSION}")
    plan: Flag = Field(default=False, description="true or false, without quotes")
    patient: Patient
    treatment: Plan
    blocks: tuple[GivenBlock, ...] = ()
    imaging: Imaging
    landmarks: tuple[GivenLandmark, ...] = ()
    equipment: Equipment
    targets: tuple[GivenTarget, ...] = ()
    placements: tuple[GivenPlacement, ...] = ()
    uncertainty: Uncertainty = Uncertainty()
    papers: Papers = Papers()
    output: Output = Output()

    _folder: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Case:
        from neurotomy.case.contradictions import contradictions

        found = list(contradictions(self))
        if info.context is not None and "contradictions" in info.context:
            info.context["contradictions"].extend(found)
        elif found:
            raise CaseError("; ".join(message for _, message in found))
        return self

    def __eq__(self, other: object) -> bool:
        # Where the file lies is not part of what it says.
        return isinstance(other, Case) and dict(self) == dict(other)

    def __hash__(self) -> int:
        return hash(self.to_toml())

    @property
    def side(self) -> Side:
        """The patient's own side."""
        return self.treatment.side

    @property
    def joints(self) -> tuple[str, ...]:
        """The joints to be treated."""
        return self.treatment.joints

    @property
    def standard_targets(self) -> tuple[Target, ...]:
        """The nerves that supply the joints, from the head down as the joints are listed, each once."""
        from neurotomy.anatomy.innervation import targets_for

        return tuple(dict.fromkeys(t for joint in self.joints for t in targets_for(joint, self.side)))

    @property
    def treated_targets(self) -> tuple[Target, ...]:
        """The nerves to be lesioned: as listed, or the standard ones."""
        return tuple(target.on(self.side) for target in self.targets) or self.standard_targets

    @property
    def untreated_targets(self) -> tuple[Target, ...]:
        """Nerves that supply the joints and are not lesioned, because `targets` leaves them out."""
        treated = self.treated_targets
        return tuple(target for target in self.standard_targets if target not in treated)

    def blocks_of(self, joint: str) -> tuple[Block, ...]:
        """The blocks that speak about `joint`, oldest first."""
        return tuple(block.on(self.side) for block in self.blocks if block.joint in {None, joint})

    @property
    def given_placements(self) -> tuple[Placement, ...]:
        """The needles that were given, in their order; empty when they are to be planned."""
        import numpy as np

        from neurotomy.guidance.placement import Placement

        return tuple(
            Placement(
                given.on(self.side),
                self.electrode,
                np.array(given.tip_lps_mm),
                np.array(given.entry_lps_mm),
                "given",
                roll_deg=given.roll_deg,
            )
            for given in self.placements
        )

    @property
    def electrode(self) -> Electrode:
        """The electrode, from the catalogue or as spelled out."""
        from neurotomy.equipment import catalogue

        given = self.equipment.electrode
        return catalogue.electrode(given) if isinstance(given, str) else given

    @property
    def protocol(self) -> Protocol:
        """The protocol, from the catalogue or as spelled out."""
        from neurotomy.equipment import catalogue

        given = self.equipment.protocol
        return catalogue.protocol(given) if isinstance(given, str) else given

    @property
    def folder(self) -> Path:
        """Where relative paths start: the folder of the case file, or the current one."""
        return self._folder or Path()

    @property
    def ct_path(self) -> Path | None:
        """Path of the CT, or None for the built-in spine."""
        return None if self.imaging.ct is None else self.folder / Path(self.imaging.ct).expanduser()

    @property
    def labels_path(self) -> Path | None:
        """Path of the label map, if there is one."""
        if self.imaging.labels is None or self.labels_made_by:
            return None
        return self.folder / Path(self.imaging.labels).expanduser()

    @property
    def labels_made_by(self) -> str | None:
        """The program that is to label the CT, where `labels` names one instead of a file."""
        return self.imaging.labels if self.imaging.labels == "totalsegmentator" else None

    def in_folder(self, folder: Path) -> Case:
        """The same case with its relative paths starting at `folder`."""
        moved = self.model_copy()
        moved._folder = folder
        return moved

    def to_toml(self) -> str:
        """The case as TOML that :func:`neurotomy.case.read_case` reads back to an equal case."""
        from neurotomy.case.write import toml

        return toml(_plain(self.model_dump(exclude_none=True)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(child) for key, child in value.items() if child not in ((), "")}
    if isinstance(value, (list, tuple)):
        return [_plain(child) for child in value]
    return value.value if isinstance(value, Side) else value
