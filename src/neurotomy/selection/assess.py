"""From block results to P(the joint is the source), and to what a rule set says."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np

from neurotomy.anatomy.names import Side, Target, parse_joint
from neurotomy.progress import SILENT, Progress
from neurotomy.selection import latent, rules
from neurotomy.selection.block import Block, check_blocks
from neurotomy.selection.region import region_of
from neurotomy.selection.result import Selection
from neurotomy.selection.rules import RuleSet

__all__ = ["assess"]


def assess(
    joint: str,
    side: Side,
    blocks: Sequence[Block],
    rule_set: str | RuleSet,
    progress: Progress = SILENT,
    *,
    on: datetime.date | None = None,
) -> Selection:
    """Probability that `joint` is the source of the pain, after `blocks` in the order of time.

    Parameters
    ----------
    joint : str
        As in :data:`neurotomy.anatomy.names.JOINTS`.
    side : Side
        The patient's own side.
    blocks : sequence of Block
        Oldest first; may be empty.
    rule_set : str or RuleSet
        Key of the rule set that is asked, see :func:`~neurotomy.selection.rules.rule_set_names`; or one of your own.
    progress : Progress
        Told at the start and the end.
    on : datetime.date, optional
        Day of the decision; today when left out. A rule set that has expired by then lets nobody proceed.

    Raises
    ------
    CatalogueError
        When there is no such rule set.
    CaseError
        When a block is of the wrong nerve or side, or blocks are not in the order of time.
    AnatomyError
        When there is no such joint.
    """
    from neurotomy.anatomy.innervation import targets_for

    progress(0.0, "Weighing the diagnostic blocks")
    joint = parse_joint(joint)
    asked = rules.rule_set(rule_set) if isinstance(rule_set, str) else rule_set
    check_blocks(joint, side, blocks)
    region = region_of(joint)
    supply = targets_for(joint, side)
    nerves = len(supply)
    rates = latent.sample_rates(region)

    before = latent.posterior(rates, (), nerves).mean
    steps = [f"Before any block: {_percent(before)} of {_people(region)} have this kind of joint as the source."]
    day = on or rules.today()
    last = before
    for count in range(1, len(blocks) + 1):
        now = latent.posterior(rates, blocks[:count], nerves).mean
        steps.append(_step(blocks, count, last, now))
        last = now
    after = latent.posterior(rates, blocks, nerves)
    low, high = float(np.quantile(rates.prior, 0.025)), float(np.quantile(rates.prior, 0.975))
    progress(1.0, "Diagnostic blocks weighed")
    return Selection(
        joint_region=region,
        prior=before,
        prior_interval=(low, high),
        probability=after.mean,
        interval=(after.quantile(0.05), after.quantile(0.95)),
        steps=tuple(steps),
        verdict=rules.judge_blocks(asked, region, blocks, on),
        warnings=(*_lapsed(asked, day), *_warnings(region, blocks, supply, day)),
        evidence=latent.evidence_keys(region),
    )


def _step(blocks: Sequence[Block], count: int, before: float, after: float) -> str:
    block = blocks[count - 1]
    hours = f" for {block.relief_hours:g} h" if block.relief_hours is not None else ""
    kind = "placebo, " if block.placebo else ""
    sentence = (
        f"Block {count}: {kind}{block.label}, {block.relief_percent:g} % relief{hours}: "
        f"{_percent(before)} becomes {_percent(after)}."
    )
    pair = latent.comparative_pair(blocks[:count])
    if pair is not None and count - 1 in pair:
        short, long = (blocks[i] for i in pair)
        longer = (long.relief_hours or 0.0) > (short.relief_hours or 0.0)
        lasted = "longer, as it should" if longer else "no longer, which speaks for chance"
        sentence += f" The longer-acting drug lasted {lasted}."
    return sentence


def _lapsed(asked: RuleSet, day: datetime.date) -> tuple[str, ...]:
    lapsed = asked.not_in_force(day)
    return (f"The rule set is not in force: {lapsed}",) if lapsed else ()


def _warnings(region: str, blocks: Sequence[Block], supply: Sequence[Target], day: datetime.date) -> tuple[str, ...]:
    warnings: list[str] = []
    active = [block for block in blocks if not block.placebo]
    if not blocks:
        warnings.append("No block was done: the probability is only how common this source is.")
    if len(active) > 1:
        warnings.append(
            "Blocks in one patient are not independent (placebo responders respond again): a second block adds "
            "less than its own accuracy suggests."
        )
    if any(block.placebo and block.relief_percent >= 50.0 for block in blocks):
        warnings.append("The placebo relieved the pain: every other relief of this patient counts for less.")
    if any(block.kind == "intra-articular injection" for block in active):
        warnings.append(
            "An injection into the joint predicts the outcome of neurotomy less well than a nerve block; its "
            "accuracy is taken to be that of a nerve block."
        )
    if any(not block.image_guided for block in active):
        warnings.append("A block without image guidance may have missed the nerve or gone into a vessel.")
    if any(block.contrast_seen is False and block.relief_percent < 50.0 for block in active):
        warnings.append(
            "A block without contrast gave little relief: an injection into a vessel is mostly not noticed then "
            "(aspiration finds about one in three), so it excludes less."
        )
    if late := [block for block in blocks if block.date is not None and block.date > day]:
        warnings.append(f"The {late[0].label} lies after the day of decision, {day.isoformat()}: check its date.")
    for block in blocks:
        if extra := [target.label for target in block.targets if target not in supply]:
            warnings.append(
                f"The {block.label} also took the {' and the '.join(extra)}: its relief may come from another joint."
            )
    if len(active) > 1 and latent.comparative_pair(blocks) is None:
        warnings.append("No comparison of a short- with a long-acting anaesthetic: durations were not used.")
    days = [block.date for block in blocks if block.date]
    if len(days) != len(set(days)):
        warnings.append("Two blocks on one day: relief from the first may have been counted for the second.")
    if region in {"lumbar", "thoracic", "sacroiliac"} and not any(block.placebo for block in blocks):
        warnings.append(
            "Where the source is this uncommon even comparative blocks leave doubt; only placebo-controlled blocks "
            "establish the diagnosis (Bogduk 2010)."
        )
    if region == "cervical":
        warnings.append("Prevalence and false-positive rate of the neck rest on one large study.")
    if region == "sacroiliac":
        warnings.append("Prevalence and false-positive rate of this joint rest on small studies and one audit.")
    warnings.append(
        "False-positive rates here are of those whose joint is not the source (1 - specificity); papers also "
        "print them of all positive blocks, which is another number."
    )
    return tuple(warnings)


def _people(region: str) -> str:
    words = {
        "cervical": "people with chronic neck pain",
        "thoracic": "people with chronic pain of the upper back",
        "lumbar": "people with chronic low back pain",
        "sacroiliac": "people with chronic low back pain",
    }
    return words[region]


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"
