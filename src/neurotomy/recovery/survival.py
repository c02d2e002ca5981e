"""How long relief lasts: a cure-type survival, fitted to published counts, medians and means.

    S(t) = share * (lasting + (1 - lasting) * exp(-(t / scale)^shape))

Two groups never change: those who never had relief (1 - `share`), and of the others those whose pain does not come
back within any follow-up (`lasting`). The rest lose it as Weibull says. A mean duration is of those who lost it.

`share` is each study's own, because selection and technique differ. `shape` belongs to a region of the spine. `scale`
and `lasting` vary from study to study about the region's: the studies disagree more than their sizes explain (mean
relief of 9 months in a review, half of the patients still in relief after 39 months in a cohort), so a model without
that spread would be sure of something that nobody knows. Only long follow-ups tell `lasting` from a long scale: its
prior matters where there are none, and nothing is known of times after the last follow-up.

Only aggregate numbers are published: a study is a multinomial (how many patients fell into each interval of time; a
median is such a count, half on each side) or a mean with its n. Shares, the studies' own scales and their own lasting
shares are integrated out on a grid. What is left is a surface over shape, scale, lasting share and the spread between
studies; :class:`DurationFit` carries the prediction for a *new* group of patients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DAYS_PER_MONTH",
    "Course",
    "DurationFit",
    "DurationPriors",
    "MeanDuration",
    "fit_durations",
    "log_likelihood",
    "still",
    "survival",
]

Array = NDArray[np.float64]

DAYS_PER_MONTH = 365.25 / 12.0

_SHAPES = np.geomspace(0.35, 3.0, 23)
_SCALES = np.geomspace(1.0, 400.0, 56)
_LASTING = np.array([0.0, 0.04, 0.1, 0.18, 0.28, 0.38, 0.48, 0.58, 0.68, 0.78, 0.88])
_SHARES = (np.arange(24) + 0.5) / 24
_SPREADS = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6])
_TINY = 1e-300


@dataclass(frozen=True)
class Course:
    """One study: counts of patients in relief at given times.

    Attributes
    ----------
    keys
        Evidence keys it was made from.
    months
        Times, ascending.
    relieved
        Patients still in relief at each time; a published share times n, so not always whole.
    of
        Patients asked at each time.
    same_patients
        Whether the same patients were asked each time (a course), or others (a cross-section).
    """

    keys: tuple[str, ...]
    months: tuple[float, ...]
    relieved: tuple[float, ...]
    of: tuple[float, ...]
    same_patients: bool


@dataclass(frozen=True)
class MeanDuration:
    """One study: mean duration of relief, months, among `of` patients who had it and lost it."""

    keys: tuple[str, ...]
    mean_months: float
    of: float


@dataclass(frozen=True)
class DurationPriors:
    """Priors that few points of time need.

    Attributes
    ----------
    shape_sd
        Sd of log(shape) about 0: a rate of return that neither rises nor falls is the neutral expectation. The scale
        has a flat prior in its logarithm, 1 to 400 months.
    spread_sd
        Sd of the half-normal prior of the spread between studies (of log scale).
    lasting_weight
        `b` of the prior Beta(1, b) of a region's `lasting`: mean 1 / (1 + b); 1 is flat, infinity leaves it out.
    lasting_spread
        Sd between studies of the log odds of `lasting`.
    """

    shape_sd: float
    spread_sd: float
    lasting_weight: float
    lasting_spread: float


@dataclass(frozen=True)
class DurationFit:
    """Duration of relief in a region.

    Attributes
    ----------
    shapes, scales_months, lastings
        Axes of the grid.
    probability
        (shapes, scales, lastings): parameters of a new group of patients, spread between studies included.
    shape, scale_months, lasting, spread
        Posterior mean shape, median scale of the region, mean lasting share, and mean sd of log scale between studies.
    parameters
        Of each parameter the 5, 50 and 95 % quantile of its posterior, by name.
    keys
        Evidence it was fitted to.
    """

    shapes: Array
    scales_months: Array
    lastings: Array
    probability: Array
    shape: float
    scale_months: float
    lasting: float
    spread: float
    parameters: dict[str, tuple[float, float, float]]
    keys: tuple[str, ...]

    def draw(self, generator: np.random.Generator, samples: int) -> tuple[Array, Array, Array]:
        """`samples` triples of shape, scale and lasting share of a new group."""
        index = generator.choice(self.probability.size, size=samples, p=self.probability.ravel())
        i, j, k = np.unravel_index(index, self.probability.shape)
        return self.shapes[i], self.scales_months[j], self.lastings[k]

    def still(self, months: Array, since: float) -> Array:
        """Mean share of those in relief at month `since` who are so at `months`; 1 before `since`."""
        return np.asarray(np.einsum("ijk,ijkt->t", self.probability, self._still(months, since)))

    def still_interval(self, months: Array, since: float, low: float = 0.05, high: float = 0.95) -> Array:
        """Quantiles `low` and `high` of that share among new groups of patients, (2, times)."""
        values = self._still(months, since).reshape(-1, np.size(months))
        weight = self.probability.ravel()
        return np.array([[_quantile(column, weight, q) for column in values.T] for q in (low, high)])

    def mean_of_ended(self) -> tuple[float, float, float]:
        """Mean duration of those whose relief ended, months: 2.5, 50 and 97.5 % quantile among new groups."""
        gammas = np.array([math.gamma(1.0 + 1.0 / k) for k in self.shapes])
        means = np.broadcast_to((gammas[:, None] * self.scales_months)[:, :, None], self.probability.shape)
        low, middle, high = (_quantile(means.ravel(), self.probability.ravel(), q) for q in (0.025, 0.5, 0.975))
        return low, middle, high

    def _still(self, months: Array, since: float) -> Array:
        shape, scale = self.shapes[:, None, None, None], self.scales_months[None, :, None, None]
        return still(np.asarray(months, dtype=np.float64), since, shape, scale, self.lastings[:, None])


def survival(months: Array | float, shape: Array, scale_months: Array, lasting: Array | float) -> Array:
    """Share still in relief at `months` of those who ever had it."""
    return np.asarray(lasting + (1.0 - lasting) * np.exp(-((months / scale_months) ** shape)))


def still(months: Array, since: float, shape: Array, scale_months: Array, lasting: Array | float = 0.0) -> Array:
    """Share of those in relief at month `since` who are so at `months`: ``S(t) / S(since)``; 1 before `since`."""
    later = np.maximum(months, since)
    then = survival(since, shape, scale_months, lasting)
    return np.asarray(survival(later, shape, scale_months, lasting) / np.maximum(then, _TINY))


def log_likelihood(
    course: Course, share: Array, shape: Array, scale_months: Array, lasting: Array | float = 0.0
) -> Array:
    """Log-likelihood of one study, for arrays of parameters that broadcast against each other.

    Constants that do not depend on the parameters are left out.
    """
    relieved_share = [np.asarray(share * survival(t, shape, scale_months, lasting)) for t in course.months]
    size = np.broadcast_shapes(np.shape(share), np.shape(shape), np.shape(scale_months), np.shape(lasting))
    total = np.zeros(size)
    if course.same_patients:
        edges = [np.ones(size), *relieved_share, np.zeros(size)]
        counts = -np.diff([course.of[0], *course.relieved, 0.0])
        for before, after, count in zip(edges, edges[1:], counts, strict=False):
            if count > 0.0:
                total = total + count * np.log(np.maximum(before - after, _TINY))
        return np.asarray(total)
    for s, relieved, of in zip(relieved_share, course.relieved, course.of, strict=True):
        total = total + relieved * np.log(np.maximum(s, _TINY)) + (of - relieved) * np.log(np.maximum(1.0 - s, _TINY))
    return np.asarray(total)


def fit_durations(studies: Sequence[Course | MeanDuration], priors: DurationPriors) -> DurationFit:
    """Fit shape, scale, lasting share and the spread between studies to all `studies` of a region.

    Parameters
    ----------
    studies : sequence of Course or MeanDuration
        At least one.
    priors : DurationPriors
        What is believed before.
    """
    log_posterior = (
        -0.5 * (_SPREADS[:, None, None, None] / priors.spread_sd) ** 2
        - 0.5 * (np.log(_SHAPES)[:, None, None] / priors.shape_sd) ** 2
        + _log_lasting_prior(priors.lasting_weight)
        + np.sum([_factor(study, priors) for study in studies], axis=0)
    )
    posterior = np.exp(log_posterior - log_posterior.max()) * np.gradient(_SPREADS)[:, None, None, None]
    posterior /= posterior.sum()
    of_scales = sum(np.matmul(_between(spread).T, posterior[n]) for n, spread in enumerate(_SPREADS))
    predicted = of_scales @ _between_lastings(priors.lasting_spread)
    axes = {"shape": (_SHAPES, 1), "scale_months": (_SCALES, 2), "lasting": (_LASTING, 3), "spread": (_SPREADS, 0)}
    marginals = {name: (axis, posterior.sum(axis=tuple({0, 1, 2, 3} - {n}))) for name, (axis, n) in axes.items()}
    quantiles = {
        name: (_quantile(a, w, 0.05), _quantile(a, w, 0.5), _quantile(a, w, 0.95)) for name, (a, w) in marginals.items()
    }
    means = {name: float(a @ w) for name, (a, w) in marginals.items()}
    return DurationFit(
        shapes=_SHAPES,
        scales_months=_SCALES,
        lastings=_LASTING,
        probability=np.asarray(predicted),
        shape=means["shape"],
        scale_months=quantiles["scale_months"][1],
        lasting=means["lasting"],
        spread=means["spread"],
        parameters=quantiles,
        keys=tuple(key for study in studies for key in study.keys),
    )


def _factor(study: Course | MeanDuration, priors: DurationPriors) -> Array:
    """Log-likelihood of a study over (spreads, shapes, scales, lastings), its own scale and lasting integrated out."""
    surface = _surface(study) @ _between_lastings(priors.lasting_spread).T
    kernels = np.array([_between(spread) for spread in _SPREADS])
    # (spreads, 1, scales, own scales) @ (shapes, own scales, lastings)
    return np.asarray(np.log(np.maximum(np.matmul(kernels[:, None], surface), _TINY)))


def _log_lasting_prior(weight: float) -> Array:
    """Logarithm of the prior of each point of the axis, the width it stands for included."""
    if math.isinf(weight):
        return np.where(_LASTING == 0.0, 0.0, -np.inf)
    return np.asarray((weight - 1.0) * np.log(1.0 - _LASTING) + np.log(np.gradient(_LASTING)))


def _surface(study: Course | MeanDuration) -> Array:
    """Likelihood of one study over (shape, its own scale, lasting), its share integrated out; largest value 1."""
    if isinstance(study, MeanDuration):
        first = np.array([math.gamma(1.0 + 1.0 / k) for k in _SHAPES])[:, None] * _SCALES
        second = np.array([math.gamma(1.0 + 2.0 / k) for k in _SHAPES])[:, None] * _SCALES**2
        sd_of_mean = np.sqrt((second - first**2) / study.of)
        log_surface = -0.5 * ((study.mean_months - first) / sd_of_mean) ** 2 - np.log(sd_of_mean)
        surface = np.exp(log_surface - log_surface.max())
        return np.repeat(surface[:, :, None], _LASTING.size, axis=2)
    shape, scale = _SHAPES[:, None, None, None], _SCALES[None, :, None, None]
    values = log_likelihood(study, _SHARES, shape, scale, _LASTING[:, None])
    surface = np.exp(values - values.max()).mean(axis=3)
    return np.asarray(surface / surface.max())


def _between(spread: float) -> Array:
    """P(a study's scale | the region's scale), (scales, scales), rows sum to 1."""
    step = np.log(_SCALES)[:, None] - np.log(_SCALES)[None, :]
    kernel = np.exp(-0.5 * (step / spread) ** 2)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def _between_lastings(spread: float) -> Array:
    """P(a study's lasting share | the region's), (lastings, lastings), rows sum to 1."""
    share = np.maximum(_LASTING, 0.5 * _LASTING[1])
    log_odds = np.log(share / (1.0 - share))
    step = log_odds[:, None] - log_odds[None, :]
    kernel = np.exp(-0.5 * (step / max(spread, 1e-3)) ** 2) * np.gradient(log_odds)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


def _quantile(values: Array, weight: Array, share: float) -> float:
    """Quantile of weighted points: the mid-point rule, straight lines between."""
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order])
    middle = (cumulative - 0.5 * weight[order]) / cumulative[-1]
    return float(np.interp(share, middle, values[order]))
