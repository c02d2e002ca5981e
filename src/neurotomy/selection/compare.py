"""The same blocks before every rule set: who would let one proceed, who not, and why."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neurotomy.anatomy.names import Side, parse_joint
from neurotomy.results import Result
from neurotomy.selection import rules
from neurotomy.selection.block import Block, check_blocks
from neurotomy.selection.region import region_of
from neurotomy.selection.result import RuleVerdict
from neurotomy.selection.rules import RuleSet

__all__ = ["RuleComparison", "RuleRow", "compare_rule_sets"]


@dataclass(frozen=True)
class RuleRow(Result):
    """One rule set: what it asks for, and what it says.

    Attributes
    ----------
    asks
        What it asks for, in words.
    covers
        Whether it speaks about the region at all.
    in_force
        Whether it applies on the day of decision.
    verdict
        Proceed or not, with reasons.
    repeat
        What it says about repeating, in words.
    """

    asks: str
    covers: bool
    in_force: bool
    verdict: RuleVerdict
    repeat: str


@dataclass(frozen=True)
class RuleComparison(Result):
    """All rule sets beside each other, in the order of the catalogue.

    Attributes
    ----------
    joint, side
        Which joint.
    on
        Day of the decision.
    rows
        One for each rule set.
    """

    joint: str
    side: Side
    on: datetime.date
    rows: tuple[RuleRow, ...]

    @property
    def proceed(self) -> tuple[str, ...]:
        """Keys of the rule sets that would proceed."""
        return tuple(row.verdict.rule_set for row in self.rows if row.verdict.proceed)


def compare_rule_sets(
    joint: str,
    side: Side,
    blocks: Sequence[Block],
    *,
    on: datetime.date | None = None,
    levels: int | None = None,
    own: Mapping[str, RuleSet] | None = None,
) -> RuleComparison:
    """Ask every rule set about `blocks`.

    Parameters
    ----------
    joint, side, blocks
        As in :func:`~neurotomy.selection.assess`.
    on : datetime.date, optional
        Day of the decision; today when left out.
    levels : int, optional
        How many joints are to be treated in the session.
    own : mapping, optional
        Rule sets of a user's file.

    Raises
    ------
    CaseError
        When a block is of the wrong nerve or side, or blocks are not in the order of time.
    """
    joint = parse_joint(joint)
    check_blocks(joint, side, blocks)
    region = region_of(joint)
    day = on or rules.today()
    names = dict.fromkeys((*rules.rule_set_names(), *(own or {})))
    rows = []
    for name in names:
        asked = rules.rule_set(name, own)
        rows.append(
            RuleRow(
                asks=_asks(asked),
                covers=region in asked.regions,
                in_force=not asked.not_in_force(day),
                verdict=rules.judge_blocks(asked, region, blocks, on, levels),
                repeat=_repeat(asked),
            )
        )
    return RuleComparison(joint, side, day, tuple(rows))


def _asks(asked: RuleSet) -> str:
    words = [f"{asked.blocks} × {asked.relief_percent:g} %"]
    words += ["comparative"] * asked.comparative
    words += ["with placebo"] * asked.placebo_controlled
    return ", ".join(words)


def _repeat(asked: RuleSet) -> str:
    words = []
    if asked.repeat_relief_percent is not None:
        lasting = f" for {asked.repeat_relief_months:g} months" if asked.repeat_relief_months else ""
        words.append(f"after {asked.repeat_relief_percent:g} % relief{lasting}")
    if asked.repeat_after_months is not None:
        words.append(f"not before {asked.repeat_after_months:g} months")
    if asked.repeat_sessions_in_12_months is not None:
        words.append(f"{asked.repeat_sessions_in_12_months} sessions in 12 months")
    return ", ".join(words) or "says nothing"
