"""Bayes' rule for several blocks in one patient, who is the same person each time.

Two blocks in one patient are not independent: whoever responds to a placebo does so again, and a nerve that runs
elsewhere is missed again. So three things about the patient are unknown, not one:

    D   the joint is the source                      prior: how common it is in this region
    R   the patient responds to any injection        a placebo responder
    A   (if D) the joint has another nerve supply    a nerve block cannot reach it

Given these, blocks are independent. A patient whose joint is not the source is positive to a block as a placebo
responder, or by a chance of that one block (spread to another structure, a good day); together they make the published
false-positive rate of a single block. How much of it belongs to R is solved from the published specificity of two
comparative blocks: two positive blocks in a patient without the source, the longer-acting drug lasting longer by
chance. That duration is a further observation: it counts for the source only as far as published sensitivity says.

Every rate is a distribution. Bayes' rule is applied for each member of one sample of the parameters, and the members'
posteriors are averaged: one patient teaches nothing about how common a source is in others. The sample has a fixed
seed, so that a result is the same each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.selection.block import Block

__all__ = ["Posterior", "Rates", "chances", "posterior", "response_probability", "response_weight", "sample_rates"]

Array = NDArray[np.float64]

SAMPLES = 4000
_SEED = 1996


@dataclass(frozen=True)
class Rates:
    """A sample of the model's parameters, each array (samples,).

    Attributes
    ----------
    prior
        P(D).
    responder
        P(R).
    chance
        P(positive by chance of one block), where no anaesthetic reaches the source.
    chance_inert
        The same for an inert injection in a patient who is no placebo responder.
    aberrant_medial, aberrant_lateral
        P(A) for medial and for lateral branch blocks.
    longer_by_drug
        P(the longer-acting anaesthetic lasts longer), where the anaesthetic works.
    missed_guided, missed_unguided
        P(a nerve is missed) because the injection ran into a vessel unseen, for one nerve: with contrast looked at on
        a film, and with aspiration alone.
    longer_by_chance, responder_repeats
        The same for all members.
    """

    prior: Array
    responder: Array
    chance: Array
    chance_inert: Array
    aberrant_medial: Array
    aberrant_lateral: Array
    longer_by_drug: Array
    missed_guided: Array
    missed_unguided: Array
    longer_by_chance: float
    responder_repeats: float


@dataclass(frozen=True)
class Posterior:
    """P(D | blocks) of each member of the sample."""

    values: Array

    @property
    def mean(self) -> float:
        """The members' mean."""
        return float(np.mean(self.values))

    def quantile(self, share: float) -> float:
        """The members' quantile."""
        return float(np.quantile(self.values, share))


def evidence_keys(region: str) -> tuple[str, ...]:
    """Keys of the evidence that :func:`sample_rates` rests on."""
    return (
        f"block.model.prior.{region}",
        f"block.model.false_positive_of_negatives.{region}",
        "block.model.no_response_below_percent",
        "block.model.half_response_percent",
        "block.model.full_response_from_percent",
        "block.model.placebo_repeats",
        "block.model.comparative_patients",
        "block.comparative.sensitivity",
        "block.comparative.specificity",
        "block.comparative.longer_by_chance",
        "block.false_positive_of_negatives.lumbar.schwarzer1994",
        "block.positive_rate.facts_saline",
        "block.technique.vascular_uptake",
        "block.technique.aspiration_detects",
        "block.technique.spot_film_detects",
        "block.technique.lateral_branch_anaesthesia",
        "anatomy.lumbar.perfect_block_anaesthetises_joint",
    )


def sample_rates(region: str, samples: int = SAMPLES, seed: int = _SEED) -> Rates:
    """Draw the parameters from the evidence for one region.

    Parameters
    ----------
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    samples, seed : int
        Size and seed of the sample.
    """
    generator = np.random.default_rng(seed)
    draw = _Draw(generator, samples)
    prior = draw.mean_sd(f"block.model.prior.{region}")
    false_positive = draw.mean_sd(f"block.model.false_positive_of_negatives.{region}")
    repeats = evidence.value("block.model.placebo_repeats")
    by_chance = evidence.value("block.comparative.longer_by_chance")
    weight = evidence.value("block.model.comparative_patients")
    specificity = draw.counts(evidence.value("block.comparative.specificity"), weight)
    sensitivity = draw.counts(evidence.value("block.comparative.sensitivity"), weight)
    reference = evidence.value("block.false_positive_of_negatives.lumbar.schwarzer1994")
    medial = draw.complement("anatomy.lumbar.perfect_block_anaesthetises_joint")
    lateral = draw.complement("block.technique.lateral_branch_anaesthesia")
    uptake = evidence.value("block.technique.vascular_uptake")
    guided = uptake * (1.0 - draw.share("block.technique.spot_film_detects"))
    unguided = uptake * (1.0 - draw.share("block.technique.aspiration_detects"))

    share = _responder_share(reference, (1.0 - specificity) / by_chance, repeats)
    responder, chance = _split(false_positive, share, repeats)
    saline = draw.share("block.positive_rate.facts_saline")
    chance_inert = np.clip((saline - responder * repeats) / (1.0 - responder), 0.0, chance)

    # Sensitivity of two comparative blocks = P(both positive and the longer-acting lasts longer | D), solved for the
    # last factor where the drug works; medial branch blocks, image-guided, two nerves, as in that study.
    reference_responder, reference_chance = _split(np.full(samples, reference), share, repeats)
    works = 1.0 - (1.0 - guided) ** 2
    works = 1.0 - works * (1.0 - reference_chance)
    both_reached = (1.0 - medial) * (
        reference_responder * (1.0 - (1.0 - works) * (1.0 - repeats)) ** 2 + (1.0 - reference_responder) * works**2
    )
    both_aberrant = medial * (reference_responder * repeats**2 + (1.0 - reference_responder) * reference_chance**2)
    by_drug = np.clip((sensitivity - both_aberrant * by_chance) / both_reached, by_chance, 1.0)
    return Rates(prior, responder, chance, chance_inert, medial, lateral, by_drug, guided, unguided, by_chance, repeats)


def posterior(rates: Rates, blocks: Sequence[Block], nerves: int) -> Posterior:
    """P(D) after `blocks` of a joint that `nerves` nerves supply."""
    source, other = _likelihoods(rates, blocks, nerves)
    true, false = rates.prior * source, (1.0 - rates.prior) * other
    return Posterior(true / (true + false))


def chances(rates: Rates, blocks: Sequence[Block], further: Block, nerves: int) -> Array:
    """P(`further` answers as it says | `blocks`) of each member: how likely a result is before the block is done."""
    return _marginal(rates, (*blocks, further), nerves) / _marginal(rates, blocks, nerves)


def _marginal(rates: Rates, blocks: Sequence[Block], nerves: int) -> Array:
    source, other = _likelihoods(rates, blocks, nerves)
    return rates.prior * source + (1.0 - rates.prior) * other


def response_weight(relief_percent: float) -> float:
    """How far a relief counts as a response: 0 up to 30 %, one half at 50 %, 1 from 80 %, straight lines between.

    A cut-off would make 79 % and 80 % opposites. The weight is used as the reliability of the observation "positive";
    at one half the observation says nothing.
    """
    none = evidence.value("block.model.no_response_below_percent")
    half = evidence.value("block.model.half_response_percent")
    full = evidence.value("block.model.full_response_from_percent")
    return float(np.interp(relief_percent, (none, half, full), (0.0, 0.5, 1.0)))


def _likelihoods(rates: Rates, blocks: Sequence[Block], nerves: int) -> tuple[Array, Array]:
    """P(blocks | D) and P(blocks | not D)."""
    lateral = any(block.kind == "lateral branch block" for block in blocks)
    aberrant = rates.aberrant_lateral if lateral else rates.aberrant_medial
    source, other = np.zeros_like(rates.prior), np.zeros_like(rates.prior)
    for responds, p_responds in ((True, rates.responder), (False, 1.0 - rates.responder)):
        other += p_responds * _given(rates, blocks, nerves, responds=responds, source=False, reached=False)
        source += p_responds * (
            (1.0 - aberrant) * _given(rates, blocks, nerves, responds=responds, source=True, reached=True)
            + aberrant * _given(rates, blocks, nerves, responds=responds, source=True, reached=False)
        )
    return source, other


def _given(rates: Rates, blocks: Sequence[Block], nerves: int, *, responds: bool, source: bool, reached: bool) -> Array:
    """P(blocks | R, D, A): a product over blocks, the compared pair together with its durations."""
    works = [
        source and not block.placebo and (reached or block.kind == "intra-articular injection") for block in blocks
    ]
    pair = comparative_pair(blocks)
    likelihood = np.ones_like(rates.prior)
    seen: dict[int, tuple[Array, Array]] = {}
    for i, block in enumerate(blocks):
        positive = _positive(rates, block, nerves, responds=responds, works=works[i])
        weight = response_weight(block.relief_percent)
        seen[i] = weight * positive, (1.0 - weight) * (1.0 - positive)
        if pair is None or i not in pair:
            likelihood = likelihood * (seen[i][0] + seen[i][1])
    if pair is None:
        return likelihood
    # The comparison only means something where both blocks were positive; else either drug may last longer.
    short, long = pair
    longer = (blocks[long].relief_hours or 0.0) > (blocks[short].relief_hours or 0.0)
    p_longer = rates.longer_by_drug if works[short] and works[long] else np.asarray(rates.longer_by_chance)
    both = seen[short][0] * seen[long][0]
    either = (seen[short][0] + seen[short][1]) * (seen[long][0] + seen[long][1])
    return likelihood * (both * (p_longer if longer else 1.0 - p_longer) + (either - both) * rates.longer_by_chance)


def _positive(rates: Rates, block: Block, nerves: int, *, responds: bool, works: bool) -> Array:
    """P(this block is positive | R, and whether its drug works at the source)."""
    into_joint = block.kind == "intra-articular injection"
    # An image-guided block of which nothing is said is taken to have been done with contrast, as guidelines ask for.
    shown = block.image_guided and block.contrast_seen is not False
    return response_probability(
        rates, 1 if into_joint else nerves, placebo=block.placebo, shown=shown, responds=responds, works=works
    )


def response_probability(
    rates: Rates,
    nerves: int,
    *,
    placebo: bool,
    shown: bool,
    responds: bool | NDArray[np.bool_],
    works: bool | NDArray[np.bool_],
) -> Array:
    """P(a block is positive | what is true of the patient), for all at once.

    Parameters
    ----------
    rates : Rates
        One member of the sample for each patient.
    nerves : int
        Nerves (or the joint) that the injection must reach.
    placebo, shown : bool
        Inert injection; contrast was looked at.
    responds, works
        For each patient: a placebo responder; the nerves lie where the needle goes and the joint is the source.
    """
    missed_nerve = rates.missed_guided if shown else rates.missed_unguided
    reaches = (1.0 - missed_nerve) ** nerves
    repeats = np.minimum(rates.responder_repeats, reaches)
    chance = np.minimum(rates.chance_inert if placebo else rates.chance, repeats)
    by_drug = np.where(works, 1.0 - (1.0 - reaches) * (1.0 - chance), chance)
    responding = np.where(works, 1.0 - (1.0 - by_drug) * (1.0 - repeats), repeats)
    return np.asarray(np.where(responds, responding, by_drug))


def comparative_pair(blocks: Sequence[Block]) -> tuple[int, int] | None:
    """The last short-acting and the last long-acting block with hours of relief, or None.

    One pair only: each more would count the same person again.
    """
    timed = [i for i, block in enumerate(blocks) if block.relief_hours is not None and not block.placebo]
    short = [i for i in timed if blocks[i].acts == "short"]
    long = [i for i in timed if blocks[i].acts == "long"]
    if not (short and long) or blocks[short[-1]].relief_hours == blocks[long[-1]].relief_hours:
        return None
    return short[-1], long[-1]


def _split(false_positive: Array, share: Array, repeats: float) -> tuple[Array, Array]:
    """Placebo responders and the chance of one block that together make a false-positive rate."""
    by_responders = share * false_positive
    responder = np.minimum(by_responders / repeats, 0.95)
    chance = np.clip((false_positive - responder * repeats) / (1.0 - responder), 0.0, 1.0)
    return responder, chance


def _responder_share(single: float, twice: Array, repeats: float) -> Array:
    """The share of a single block's false positives that belongs to placebo responders.

    Solves ``P(positive twice | not D) = twice`` by bisection; it rises with the share, from independence (0) to the
    same people each time (1). Outside these the nearer end is taken.
    """
    low, high = np.zeros_like(twice), np.ones_like(twice)
    for _ in range(40):
        middle = 0.5 * (low + high)
        responder, chance = _split(np.full_like(twice, single), middle, repeats)
        too_few = responder * repeats**2 + (1.0 - responder) * chance**2 < twice
        low, high = np.where(too_few, middle, low), np.where(too_few, high, middle)
    return 0.5 * (low + high)


@dataclass(frozen=True)
class _Draw:
    """Beta distributions from evidence entries."""

    generator: np.random.Generator
    samples: int

    def mean_sd(self, key: str) -> Array:
        """By mean and sd."""
        entry = evidence.get(key)
        assert entry.sd is not None
        return self.counts(entry.number, entry.number * (1.0 - entry.number) / entry.sd**2 - 1.0)

    def share(self, key: str) -> Array:
        """By a share and its n."""
        entry = evidence.get(key)
        assert entry.n is not None
        return self.counts(entry.number, entry.n)

    def complement(self, key: str) -> Array:
        """1 - share, with half an observation added to each side because the counts are small."""
        entry = evidence.get(key)
        assert entry.n is not None
        events = (1.0 - entry.number) * entry.n
        return self.generator.beta(events + 0.5, entry.n - events + 0.5, self.samples)

    def counts(self, mean: float, weight: float) -> Array:
        """By mean and the number of observations behind it."""
        return self.generator.beta(mean * weight, (1.0 - mean) * weight, self.samples)
