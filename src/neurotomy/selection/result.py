"""What the selection room gives: is this joint the source of the pain, and would a rule set let one proceed."""

from __future__ import annotations

from dataclasses import dataclass

from neurotomy.results import Result

__all__ = ["RuleVerdict", "Selection"]


@dataclass(frozen=True)
class RuleVerdict(Result):
    """What one dated rule set says about these blocks.

    Attributes
    ----------
    rule_set, name, source, dated
        Key, name for people, source key and year of the rule set.
    proceed
        True, False.
    reasons
        Why, one sentence each.
    """

    rule_set: str
    name: str
    proceed: bool
    reasons: tuple[str, ...]
    source: str
    dated: str


@dataclass(frozen=True)
class Selection(Result):
    """Probability that the joint is the source of the pain.

    Attributes
    ----------
    joint_region
        cervical, thoracic, lumbar or sacroiliac.
    prior, prior_interval
        Prevalence before any block, and its 95 % interval.
    probability, interval
        After the blocks: mean, and 90 % credible interval from the spread of prevalence, sensitivity and specificity.
    steps
        One sentence for each block: what it was, and how it moved the probability.
    verdict
        What the case's rule set says.
    warnings
        What a reader must know (dependent blocks, definition of false-positive rates).
    evidence
        Keys of the entries used.
    """

    joint_region: str
    prior: float
    prior_interval: tuple[float, float]
    probability: float
    interval: tuple[float, float]
    steps: tuple[str, ...]
    verdict: RuleVerdict
    warnings: tuple[str, ...]
    evidence: tuple[str, ...]
