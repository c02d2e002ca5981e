"""What one more block would be worth, before it is done.

A block is worth doing when its result could change what is done next. Each result that it may have gets its chance,
from the same latent model that weighs results, and is then weighed as if it had come.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurotomy.anatomy.names import Side, parse_joint
from neurotomy.results import Result
from neurotomy.selection import latent, rules
from neurotomy.selection.block import Block, check_blocks
from neurotomy.selection.region import region_of
from neurotomy.selection.rules import RuleSet

__all__ = ["FurtherBlock", "FurtherResult", "further_blocks"]

_MUCH_LONGER_HOURS = 24.0  # only which of the two lasted longer is weighed


@dataclass(frozen=True)
class FurtherResult(Result):
    """One result that a further block may have.

    Attributes
    ----------
    name
        ``little relief`` or ``relief``; after a block with the other kind of drug, whether it lasted as it should.
    chance
        How likely it is.
    probability, interval
        P(the joint is the source) then, and its 90 % interval.
    proceed
        Whether the rule set would proceed then.
    """

    name: str
    chance: float
    probability: float
    interval: tuple[float, float]
    proceed: bool


@dataclass(frozen=True)
class FurtherBlock(Result):
    """What a further block with one agent would be worth.

    Attributes
    ----------
    agent, placebo
        What would be injected.
    probability
        P(the joint is the source) now.
    proceed
        Whether the rule set would proceed now.
    results
        What may come; the chances sum to 1.
    expected_change
        Mean of how far the probability would move, over the results.
    could_change_rule
        Whether a result would turn the rule set's answer.
    could_change_side
        Whether a result would carry the probability over one half: more likely the source than not, or the reverse.
    sentence
        For people.
    """

    agent: str
    placebo: bool
    probability: float
    proceed: bool
    results: tuple[FurtherResult, ...]
    expected_change: float
    could_change_rule: bool
    could_change_side: bool
    sentence: str

    @property
    def could_change_decision(self) -> bool:
        """Whether any result would turn the rule set, or carry the probability over one half."""
        return self.could_change_rule or self.could_change_side


def further_blocks(
    joint: str,
    side: Side,
    blocks: Sequence[Block],
    rule_set: str | RuleSet,
    *,
    agents: Sequence[str] = ("lidocaine", "bupivacaine", "saline"),
    on: datetime.date | None = None,
) -> tuple[FurtherBlock, ...]:
    """What one more block would be worth, for each of `agents`; the one that moves the probability most comes first.

    Parameters
    ----------
    joint, side, blocks, rule_set
        As in :func:`~neurotomy.selection.assess`.
    agents : sequence of str
        What may be injected next.
    on : datetime.date, optional
        Day of the decision; today when left out.

    Raises
    ------
    CaseError
        As :func:`~neurotomy.selection.assess`.
    """
    from neurotomy.anatomy.innervation import targets_for

    joint = parse_joint(joint)
    check_blocks(joint, side, blocks)
    asked = rules.rule_set(rule_set) if isinstance(rule_set, str) else rule_set
    region = region_of(joint)
    nerves = len(targets_for(joint, side))
    rates = latent.sample_rates(region)
    now = latent.posterior(rates, blocks, nerves)
    proceed = rules.judge_blocks(asked, region, blocks, on).proceed
    found = [
        _worth(agent, _possible(agent, joint, blocks), blocks, rates, nerves, asked, region, on, now, proceed)
        for agent in agents
    ]
    return tuple(sorted(found, key=lambda one: -one.expected_change))


def _possible(agent: str, joint: str, blocks: Sequence[Block]) -> dict[str, Block]:
    """Every result of a block with `agent`, as the block it would be."""
    kind = "lateral branch block" if joint == "SIJ" else "medial branch block"
    inert = "saline" in agent.lower() and "caine" not in agent.lower()

    def done(relief_percent: float, hours: float | None) -> Block:
        return Block(None, kind, agent, None, relief_percent, hours, inert, (), contrast_seen=True)

    little = {"little relief": done(0.0, None)}
    acts = done(100.0, None).acts
    other = {"short": "long", "long": "short"}.get(acts)
    compared = [b for b in blocks if not b.placebo and b.acts == other and b.relief_hours is not None]
    if not compared or acts not in {"short", "long"}:
        return {**little, "relief": done(100.0, None)}
    hours = compared[-1].relief_hours or 0.0
    longer, shorter = hours + _MUCH_LONGER_HOURS, hours / 2.0
    right, wrong = (longer, shorter) if acts == "long" else (shorter, longer)
    return {
        **little,
        "relief, lasting as the drug should": done(100.0, right),
        "relief, not lasting as the drug should": done(100.0, wrong),
    }


def _worth(
    agent: str,
    possible: dict[str, Block],
    blocks: Sequence[Block],
    rates: latent.Rates,
    nerves: int,
    asked: RuleSet,
    region: str,
    on: datetime.date | None,
    now: latent.Posterior,
    proceed: bool,
) -> FurtherBlock:
    results = []
    change = 0.0
    for name, block in possible.items():
        then = latent.posterior(rates, (*blocks, block), nerves)
        chances = latent.chances(rates, blocks, block, nerves)
        # Within each member, so that disagreement between studies is not taken for what the block would teach.
        change += float(np.mean(chances * np.abs(then.values - now.values)))
        results.append(
            FurtherResult(
                name=name,
                chance=float(chances.mean()),
                probability=then.mean,
                interval=(then.quantile(0.05), then.quantile(0.95)),
                proceed=rules.judge_blocks(asked, region, (*blocks, block), on).proceed,
            )
        )
    turns = any(result.proceed != proceed for result in results)
    crosses = any((result.probability > 0.5) != (now.mean > 0.5) for result in results)
    words = "; ".join(
        f"{result.name} ({100 * result.chance:.0f} %) makes it {100 * result.probability:.0f} %" for result in results
    )
    if turns or crosses:
        effect = " and ".join(
            (["turn the rule set's answer"] if turns else []) + (["carry it over one half"] if crosses else [])
        )
        effect = f"It could {effect}."
    else:
        effect = "No result would turn the rule set's answer or carry it over one half."
    return FurtherBlock(
        agent=agent,
        placebo=possible["little relief"].placebo,
        probability=now.mean,
        proceed=proceed,
        results=tuple(results),
        expected_change=change,
        could_change_rule=turns,
        could_change_side=crosses,
        sentence=f"A further block with {agent}: {words}. It moves {100 * now.mean:.0f} % by {100 * change:.0f} points "
        f"on average. {effect}",
    )
