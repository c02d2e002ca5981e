"""What the patient's papers are about: the few facts of a treatment that they need; none identifies a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neurotomy.anatomy import Side, Target
from neurotomy.case.model import Papers
from neurotomy.recovery import Phase, Recovery
from neurotomy.report.heading import refuse_two_sides
from neurotomy.results import Result
from neurotomy.selection import Block, Selection

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["Facts", "facts_of"]

SACROILIAC = "SIJ"


@dataclass(frozen=True)
class Facts(Result):
    """The facts behind the papers.

    Attributes
    ----------
    pseudonym
        A name that does not identify.
    joints, side, targets
        What is treated: joints, the patient's own side, and nerves where they cross a bone.
    lesions
        Number of heat lesions.
    blocks
        Diagnostic blocks, oldest first.
    selections
        For each joint how likely it is the source.
    recovery
        What to expect.
    rule_set
        Key of the rule set of the case.
    papers
        Language, print, date, time zone and number to call.
    """

    pseudonym: str
    joints: tuple[str, ...]
    side: Side
    targets: tuple[Target, ...]
    lesions: int
    blocks: tuple[Block, ...]
    selections: Mapping[str, Selection]
    recovery: Recovery
    rule_set: str
    papers: Papers

    @property
    def region(self) -> str:
        """cervical, thoracic, lumbar or sacroiliac."""
        return self.selections[self.joints[0]].joint_region

    def phase(self, claim: str) -> Phase | None:
        """The phase of the timeline that covers a claim of the leaflet."""
        return next((phase for phase in self.recovery.timeline if claim in phase.claims), None)


def facts_of(treatment: Treatment, papers: Papers | None = None) -> Facts:
    """The facts of a treatment.

    Parameters
    ----------
    treatment : Treatment
        From :func:`neurotomy.treatment.treat`.
    papers : Papers, optional
        Instead of those of the case.

    Raises
    ------
    AnatomyError
        When the treatment says two sides or two levels: no paper is written.
    """
    refuse_two_sides(treatment)
    case = treatment.case
    return Facts(
        pseudonym=case.patient.pseudonym,
        joints=tuple(case.joints),
        side=case.side,
        targets=tuple(course.target for course in treatment.anatomy.courses),
        lesions=len(treatment.lesion),
        blocks=tuple(given.on(case.side) for given in case.blocks),
        selections={case.joints[0]: treatment.selection, **treatment.further_selections},
        recovery=treatment.recovery,
        rule_set=case.treatment.rule_set,
        papers=papers or case.papers,
    )
