"""How long relief lasts: Weibull survival with a share who never had it, fitted to published counts, medians and means.

    S(t) = share * exp(-(t / scale)^shape)

`share` is each study's own, because selection and technique differ. `shape` belongs to a region of the spine. `scale`
varies from study to study about the region's: the studies disagree far more than their sizes explain (mean relief of
9 months in a review, half of the patients still in relief after 39 months in a cohort), so a model with one scale
would be sure of something that nobody knows. Only aggregate numbers are published: a study is a multinomial (how many
patients fell into each interval of time; a median is such a count, half on each side) or a mean with its n.

Shares are integrated out on a grid, so are the studies' own scales. What is left is a surface over shape, the region's
scale and the spread between studies; :class:`DurationFit` carries the prediction for a *new* group of patients.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAYS_PER_MONTH", "Course", "DurationFit", "MeanDuration", "fit_durations", "log_likelihood"]

Array = NDArray[np.float64]

DAYS_PER_MONTH = 365.25 / 12.0

_SHAPES = np.geomspace(0.25, 4.0, 33)
_SCALES = np.geomspace(1.0, 400.0, 64)
_SHARES = (np.arange(32) + 0.5) / 32
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
class DurationFit:
    """Duration of relief in a region.

    Attributes
    ----------
    shapes, scales_months
        Axes of the grids.
    probability
        (shapes, scales): shape and scale of a new group of patients, spread between studies included.
    shape, scale_months, spread
        Most probable shape, scale of the region, and sd of log scale between studies.
    keys
        Evidence it was fitted to.
    """

    shapes: Array
    scales_months: Array
    probability: Array
    shape: float
    scale_months: float
    spread: float
    keys: tuple[str, ...]

    def draw(self, generator: np.random.Generator, samples: int) -> tuple[Array, Array]:
        """`samples` pairs of shape and scale of a new group."""
        index = generator.choice(self.probability.size, size=samples, p=self.probability.ravel())
        i, j = np.unravel_index(index, self.probability.shape)
        return self.shapes[i], self.scales_months[j]

    def still(self, months: Array, since: float) -> Array:
        """Mean share of those in relief at month `since` who are so at `months`; 1 before `since`."""
        shape, scale = self.shapes[:, None, None], self.scales_months[None, :, None]
        return np.asarray(np.einsum("ij,ijt->t", self.probability, still(months, since, shape, scale)))


def still(months: Array, since: float, shape: Array, scale_months: Array) -> Array:
    """Share of those in relief at month `since` who are so at `months`: ``S(t) / S(since)``; 1 before `since`."""
    later = np.maximum(months, since)
    return np.asarray(np.exp((since / scale_months) ** shape - (later / scale_months) ** shape))


def log_likelihood(course: Course, share: Array, shape: Array, scale_months: Array) -> Array:
    """Log-likelihood of one study, for arrays of parameters that broadcast against each other.

    Constants that do not depend on the parameters are left out.
    """
    survival = [share * np.exp(-((t / scale_months) ** shape)) for t in course.months]
    total = np.zeros(np.broadcast_shapes(np.shape(share), np.shape(shape), np.shape(scale_months)))
    if course.same_patients:
        edges = [np.ones_like(total), *survival, np.zeros_like(total)]
        counts = -np.diff([course.of[0], *course.relieved, 0.0])
        for before, after, count in zip(edges, edges[1:], counts, strict=False):
            if count > 0.0:
                total = total + count * np.log(np.maximum(before - after, _TINY))
        return np.asarray(total)
    for s, relieved, of in zip(survival, course.relieved, course.of, strict=True):
        total = total + relieved * np.log(np.maximum(s, _TINY)) + (of - relieved) * np.log(np.maximum(1.0 - s, _TINY))
    return np.asarray(total)


def fit_durations(studies: Sequence[Course | MeanDuration], *, shape_sd: float, spread_sd: float) -> DurationFit:
    """Fit shape, scale and the spread between studies to all `studies` of a region.

    Parameters
    ----------
    studies : sequence of Course or MeanDuration
        At least one.
    shape_sd : float
        Sd of the prior of log(shape) about 0: a rate of return that neither rises nor falls is the neutral
        expectation, and a few points cannot tell more. The scale has a flat prior in its logarithm, 1 to 400 months.
    spread_sd : float
        Sd of the half-normal prior of the spread between studies (of log scale).
    """
    log_prior = -0.5 * (np.log(_SHAPES) / shape_sd) ** 2
    surfaces = [_surface(study) for study in studies]
    kernels = [_between(spread) for spread in _SPREADS]
    log_posterior = np.empty((_SPREADS.size, _SHAPES.size, _SCALES.size))
    for n, (spread, kernel) in enumerate(zip(_SPREADS, kernels, strict=True)):
        log_posterior[n] = log_prior[:, None] - 0.5 * (spread / spread_sd) ** 2
        for surface in surfaces:
            log_posterior[n] += np.log(np.maximum(surface @ kernel.T, _TINY))
    widths = np.gradient(_SPREADS)
    posterior = np.exp(log_posterior - log_posterior.max()) * widths[:, None, None]
    posterior /= posterior.sum()
    predicted = sum(posterior[n] @ kernels[n] for n in range(_SPREADS.size))
    region = posterior.sum(axis=0)
    i, j = np.unravel_index(int(np.argmax(region)), region.shape)
    spread = float(_SPREADS[int(np.argmax(posterior.sum(axis=(1, 2))))])
    keys = tuple(key for study in studies for key in study.keys)
    return DurationFit(_SHAPES, _SCALES, np.asarray(predicted), float(_SHAPES[i]), float(_SCALES[j]), spread, keys)


def _surface(study: Course | MeanDuration) -> Array:
    """Likelihood of one study over shape and its own scale, its share integrated out; largest value 1."""
    if isinstance(study, MeanDuration):
        first = np.array([math.gamma(1.0 + 1.0 / k) for k in _SHAPES])[:, None] * _SCALES
        second = np.array([math.gamma(1.0 + 2.0 / k) for k in _SHAPES])[:, None] * _SCALES**2
        sd_of_mean = np.sqrt((second - first**2) / study.of)
        log_surface = -0.5 * ((study.mean_months - first) / sd_of_mean) ** 2 - np.log(sd_of_mean)
        return np.asarray(np.exp(log_surface - log_surface.max()))
    values = log_likelihood(study, _SHARES, _SHAPES[:, None, None], _SCALES[None, :, None])
    surface = np.exp(values - values.max()).mean(axis=2)
    return np.asarray(surface / surface.max())


def _between(spread: float) -> Array:
    """P(a study's scale | the region's scale), (scales, scales), rows sum to 1."""
    step = np.log(_SCALES)[:, None] - np.log(_SCALES)[None, :]
    kernel = np.exp(-0.5 * (step / spread) ** 2)
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))
