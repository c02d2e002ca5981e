"""One diagnostic block as it was done and answered."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

from neurotomy.anatomy.names import Side, Target
from neurotomy.errors import CaseError, nearest
from neurotomy.results import Result

__all__ = ["KINDS", "Block", "check_blocks"]

KINDS: tuple[str, ...] = ("medial branch block", "lateral branch block", "intra-articular injection")
"""Kinds of block."""

_SHORT_ACTING = ("lidocaine", "lignocaine")
_LONG_ACTING = ("bupivacaine", "ropivacaine")  # also finds levobupivacaine
_INERT = ("saline", "sodium chloride")


@dataclass(frozen=True)
class Block(Result):
    """One diagnostic block and the relief it gave.

    Attributes
    ----------
    date
        The day, or None when it is not known.
    kind
        One of :data:`KINDS`.
    agent
        What was injected, for instance ``lidocaine 2 %``.
    volume_ml
        For each nerve or joint, mL, or None when it is not known.
    relief_percent
        Best relief of the usual pain while the block worked, 0 to 100.
    relief_hours
        How long the relief lasted, or None when it is not known.
    placebo
        Whether it was an inert injection, for comparison.
    targets
        The nerves that were blocked; empty for the standard nerves of the joint, and for an intra-articular injection.
    image_guided
        Whether the needle was seen on x-ray, CT or ultrasound.
    contrast_seen
        Whether contrast was seen to spread beside the nerve and not into a vessel; False when none was given, None when
        it is not recorded. Without it an injection into a vessel is seldom noticed, and the block is a false negative.

    Raises
    ------
    CaseError
        When a value cannot be.
    """

    date: datetime.date | None
    kind: str
    agent: str
    volume_ml: float | None
    relief_percent: float
    relief_hours: float | None
    placebo: bool
    targets: tuple[Target, ...]
    image_guided: bool = True
    contrast_seen: bool | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise CaseError(f"Kind of block '{self.kind}' is not known. {nearest(self.kind, KINDS)}")
        if not (math.isfinite(self.relief_percent) and 0.0 <= self.relief_percent <= 100.0):
            raise CaseError(f"{self.label}: relief of {self.relief_percent:g} %; give 0 to 100 % of the usual pain.")
        if self.relief_hours is not None and not (math.isfinite(self.relief_hours) and self.relief_hours >= 0.0):
            raise CaseError(f"{self.label}: relief for {self.relief_hours:g} h; give 0 or more hours.")
        if self.volume_ml is not None and not 0.0 < self.volume_ml <= 20.0:
            raise CaseError(f"{self.label}: volume of {self.volume_ml:g} mL; give more than 0 and at most 20 mL.")
        if not self.agent.strip():
            raise CaseError(f"{self.label}: no agent; say what was injected, for instance 'lidocaine 2 %'.")
        if self.placebo and self.acts in {"short", "long"}:
            raise CaseError(f"{self.label}: {self.agent} is no placebo; set placebo = false or name what was injected.")
        if not self.placebo and self.acts == "not":
            raise CaseError(f"{self.label}: {self.agent} is a placebo; set placebo = true or name the anaesthetic.")
        if self.contrast_seen and not self.image_guided:
            raise CaseError(f"{self.label}: contrast was seen, but image_guided is false; correct one of the two.")
        if self.kind == "intra-articular injection" and self.targets:
            raise CaseError(f"{self.label}: an injection into the joint blocks no named nerve; leave targets empty.")

    @property
    def acts(self) -> str:
        """How the agent acts: ``short``, ``long``, ``not`` (inert) or ``unknown``."""
        agent = self.agent.lower()
        # Inert first: "bupivacaine in saline" is an anaesthetic, so an anaesthetic's name overrules.
        for names, acts in ((_LONG_ACTING, "long"), (_SHORT_ACTING, "short"), (_INERT, "not")):
            if any(name in agent for name in names):
                return acts
        return "unknown"

    @property
    def label(self) -> str:
        """For people: ``medial branch block of 2025-01-31 (lidocaine 2 %)``."""
        day = f" of {self.date.isoformat()}" if self.date else ""
        return f"{self.kind}{day} ({self.agent})"


def check_blocks(joint: str, side: Side, blocks: Sequence[Block]) -> None:
    """Refuse blocks that say nothing about this joint, or that contradict each other.

    Raises
    ------
    CaseError
        When blocks are not in the order of their dates, when a block is of a kind that does not reach this joint, when
        it is of another side, or when it left out a nerve that supplies the joint.
    """
    from neurotomy.anatomy.innervation import targets_for

    dated = [block for block in blocks if block.date is not None]
    for earlier, later in zip(dated, dated[1:], strict=False):
        assert earlier.date is not None
        assert later.date is not None
        if later.date < earlier.date:
            raise CaseError(
                f"Blocks are not in the order of time: {later.date.isoformat()} stands after "
                f"{earlier.date.isoformat()}. List the first block first."
            )
    needed = targets_for(joint, side)
    supply = " and ".join(target.label for target in needed)
    elsewhere = "medial branch block" if joint == "SIJ" else "lateral branch block"
    for block in blocks:
        if block.kind == elsewhere:
            nerves = "lateral" if joint == "SIJ" else "medial"
            raise CaseError(
                f"The {block.label} does not reach {joint}: its nerves are the {nerves} branches ({supply})."
            )
        if not block.targets:
            continue
        if wrong := [target for target in block.targets if target.side is not side]:
            raise CaseError(
                f"The {block.label} was of the {wrong[0].label}; the joint is {joint}, {side.value}. "
                f"It says nothing about the other side."
            )
        if missing := [target for target in needed if target not in block.targets]:
            blocked = ", ".join(target.label for target in block.targets)
            raise CaseError(
                f"The {block.label} was of the {blocked}, but {joint} {side.value} is supplied by the {supply}: "
                f"it left out the {missing[0].label}. Correct the targets, or leave out this block."
            )
