"""What the recovery model was fitted to, and how: rerun at every start, in about a tenth of a second.

Two fits for each region, from evidence entries only (:mod:`~neurotomy.recovery.studies`):

*Duration* (:func:`duration`): cure-type survival of relief, see :mod:`~neurotomy.recovery.survival`.

*Success* (:func:`success`): how often relief of at least half is there at 3 months, if the joint is the source and its
nerves were captured. Outcome studies did not know either, so they are read through the same model as a patient is:

    share = P capture success' + (1 - P capture) sham'
    logit success' = logit success + u,  logit sham' = logit sham + u,  u ~ Normal(0, spread)

P is what the selection room gives for the study's own blocks (none, one, two, placebo-controlled), `capture` is unknown
for every study and sampled over a stated range, `sham` comes from the sham arms of trials, and `u` is how one study's
patients and its way to count differ from another's. Shares at other times than 3 months are moved there with the
duration curve. The posterior is taken by weighting a seeded sample of the unknowns with the binomial likelihood of all
studies of the region, `u` integrated out.

Both can be fitted again without one publication (``without``), to predict it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.names import Side
from neurotomy.errors import EvidenceError
from neurotomy.recovery.studies import (
    FITTED_REGION,
    SuccessStudy,
    blocks_of,
    duration_studies,
    selections,
    sham_arms,
    success_studies,
)
from neurotomy.recovery.survival import DurationFit, DurationPriors, fit_durations
from neurotomy.selection import latent

__all__ = [
    "Choices",
    "SuccessFit",
    "choices",
    "duration",
    "duration_studies",
    "priors",
    "success",
    "success_studies",
]

Array = NDArray[np.float64]

_BLOCK_SAMPLES = 6_000
_SAMPLES = 8 * _BLOCK_SAMPLES  # the accuracy of blocks is dear to sample: each draw of it is used eight times
_SEED = 1999
_NODES = 7
_RATE_DRAWN = 2.5
_EDGE = 1e-9

_EXAMPLE_JOINT = {"cervical": "C5/6", "lumbar": "L4/5", "sacroiliac": "SIJ"}
"""A joint with the usual number of nerves of its region."""


@dataclass(frozen=True)
class SuccessFit:
    """Posterior sample of success and sham rates, each (samples,), and the evidence behind it.

    Attributes
    ----------
    success
        P(significant relief at the horizon | source, captured) among a new group of patients.
    sham
        The same without a lesion that matters: not the source, or the nerves missed.
    typical_success, typical_sham
        The same of the typical study, the spread between studies left out.
    study_capture
        P(captured) of the studies.
    spread
        Sd between studies of the log odds of both.
    sources
        P(source) after each selection that a study may have, by its name, as the outcomes leave it.
    sources_before
        Its mean by the selection room alone, which is what a patient is told.
    studies
        What was fitted.
    expected
        For each study, the typical model's mean share at the study's own month.
    keys
        Evidence used.
    effective_samples
        How many independent draws the weighted sample is worth.
    """

    success: Array
    sham: Array
    typical_success: Array
    typical_sham: Array
    study_capture: Array
    spread: Array
    sources: dict[str, Array]
    sources_before: dict[str, float]
    studies: tuple[SuccessStudy, ...]
    expected: tuple[float, ...]
    keys: tuple[str, ...]
    effective_samples: float

    def shares(self, selection: str, *, typical: bool = False) -> Array:
        """Sample of the share with significant relief at the horizon, of a study after `selection`."""
        on_target = self.sources[selection] * self.study_capture
        if typical:
            return np.asarray(on_target * self.typical_success + (1.0 - on_target) * self.typical_sham)
        return np.asarray(on_target * self.success + (1.0 - on_target) * self.sham)


@dataclass(frozen=True)
class Choices:
    """What the fits take for granted and nobody published; the evidence holds the values that are used.

    Attributes
    ----------
    priors
        Of the duration fit.
    success_spread_sd
        Sd of the half-normal prior of the spread of log odds between studies.
    study_capture
        Range of P(captured) in the outcome studies.
    """

    priors: DurationPriors
    success_spread_sd: float
    study_capture: tuple[float, float]


def choices() -> Choices:
    """Those of the evidence."""
    capture = evidence.get("outcome.model.study_capture")
    assert capture.low is not None
    assert capture.high is not None
    return Choices(priors(), evidence.value("outcome.model.success_spread_sd"), (capture.low, capture.high))


def priors() -> DurationPriors:
    """Of the duration fit, from the evidence."""
    return DurationPriors(
        shape_sd=evidence.value("outcome.model.shape_sd"),
        spread_sd=evidence.value("outcome.model.spread_sd"),
        lasting_weight=evidence.value("outcome.model.lasting_weight"),
        lasting_spread=evidence.value("outcome.model.lasting_spread"),
    )


def duration(region: str, without: str = "", other: Choices | None = None) -> DurationFit:
    """Duration of relief in `region`, fitted now.

    Parameters
    ----------
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    without : str
        Key of a source that is left out.
    other : Choices, optional
        Instead of those of the evidence, to see how much they matter.

    Raises
    ------
    EvidenceError
        When nothing is left to fit.
    """
    return _duration(region, without, other)


@cache
def _duration(region: str, without: str, other: Choices | None) -> DurationFit:
    studies = [
        study
        for study in duration_studies(FITTED_REGION[region])
        if without not in {evidence.get(key).source for key in study.keys}
    ]
    if not studies:
        raise EvidenceError(f"No study of duration is left for the {region} spine without '{without}'.")
    return fit_durations(studies, (other or choices()).priors)


def success(region: str, without: str = "", other: Choices | None = None) -> SuccessFit:
    """Success and sham rates in `region`, fitted now; `without` and `other` as in :func:`duration`."""
    return _success(region, without, other)


@cache
def _success(region: str, without: str, other: Choices | None) -> SuccessFit:
    chosen = other or choices()
    fitted = FITTED_REGION[region]
    generator = np.random.default_rng(_SEED)
    arms = [arm for arm in sham_arms() if arm.source != without]
    relieved, of = sum(arm.events for arm in arms), sum(arm.of for arm in arms)
    sham = generator.beta(relieved + 0.5, of - relieved + 0.5, _SAMPLES)
    # Its prior is flat; it is drawn where studies put it, and the weight makes up for that.
    rate = generator.beta(_RATE_DRAWN, 1.0, _SAMPLES)
    log_prior = -np.log(_RATE_DRAWN) - (_RATE_DRAWN - 1.0) * np.log(rate)
    rate = np.maximum(rate, sham)  # a lesion on the nerve is not worse than none
    capture = generator.uniform(*chosen.study_capture, _SAMPLES)
    spread = np.abs(generator.normal(0.0, chosen.success_spread_sd, _SAMPLES))
    horizon = evidence.value("outcome.model.horizon")
    studies = tuple(study for study in success_studies(fitted) if study.source != without)
    sources = _sources(fitted)

    nodes, of_nodes = np.polynomial.hermite_e.hermegauss(_NODES)
    of_nodes = of_nodes / of_nodes.sum()
    shift = spread[:, None] * nodes
    rates, shams = _shifted(rate[:, None], shift), _shifted(sham[:, None], shift)
    # Sham rates were drawn from the pooled counts; the weight makes them the posterior of arms that differ.
    log_weight = log_prior - _binomial(relieved, of, sham)
    for arm in arms:
        log_weight += np.log(np.exp(_binomial(arm.events, arm.of, shams)) @ of_nodes)
    typical: list[Array] = []
    for study in studies:
        on_target = sources[study.selection] * capture
        moved = _moved(fitted, study.month, horizon, without, other)
        typical.append((on_target * rate + (1.0 - on_target) * sham) * moved)
        model = (on_target[:, None] * rates + (1.0 - on_target[:, None]) * shams) * moved
        log_likelihood = _binomial(study.share * study.of, study.of, model)
        highest = log_likelihood.max()
        log_weight += highest + np.log(np.maximum(np.exp(log_likelihood - highest) @ of_nodes, 1e-300))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    index = generator.choice(_SAMPLES, size=_SAMPLES // 4, p=weight)
    new = (spread[index] * generator.standard_normal(index.size))[:, None]
    return SuccessFit(
        success=_shifted(rate[index, None], new)[:, 0],
        sham=_shifted(sham[index, None], new)[:, 0],
        typical_success=rate[index],
        typical_sham=sham[index],
        study_capture=capture[index],
        spread=spread[index],
        sources={name: values[index] for name, values in sources.items()},
        sources_before={name: float(values.mean()) for name, values in sources.items()},
        studies=studies,
        expected=tuple(float(np.sum(weight * model)) for model in typical),
        keys=(
            *(study.key for study in studies),
            *(arm.key for arm in arms),
            "outcome.model.study_capture",
            "outcome.model.success_spread_sd",
            "outcome.model.horizon",
        ),
        effective_samples=float(1.0 / np.sum(weight**2)),
    )


@cache
def _sources(region: str) -> dict[str, Array]:
    """Sample of P(source) after each selection, from the selection room."""
    from neurotomy.anatomy.innervation import targets_for

    rates = latent.sample_rates(region, samples=_BLOCK_SAMPLES, seed=_SEED)
    nerves = len(targets_for(_EXAMPLE_JOINT[region], Side.LEFT))
    return {
        name: np.tile(latent.posterior(rates, blocks_of(name, region), nerves).values, _SAMPLES // _BLOCK_SAMPLES)
        for name in selections()
    }


def _moved(region: str, month: float, horizon: float, without: str, other: Choices | None) -> float:
    """Share in relief at `month` for each one at the horizon; above 1 before it."""
    try:
        fit = duration(region, without, other)
    except EvidenceError:  # nothing else tells how long relief lasts
        fit = duration(region, "", other)
    if month >= horizon:
        return float(fit.still(np.array([month]), horizon)[0])
    return 1.0 / float(fit.still(np.array([horizon]), month)[0])


def _shifted(share: Array, shift: Array) -> Array:
    """`share` with `shift` added to its log odds."""
    odds = np.exp(shift) * share
    return np.asarray(odds / (1.0 - share + odds))


def _binomial(events: float, of: float, share: Array) -> Array:
    """Log-likelihood of a share, without the constant."""
    inside = np.clip(share, _EDGE, 1.0 - _EDGE)
    return np.asarray(events * np.log(inside) + (of - events) * np.log(1.0 - inside))
