"""Courses of many patients at once: who gets relief, from when, until when, and how much.

The same mixture as :func:`~neurotomy.recovery.forecast.forecast`, one patient at a time instead of shares: the forecast
is the expectation of what is drawn here. Nothing is random in :func:`draw_courses` but the uniforms that it is given,
so that two policies can be compared on the same patients::

    generator = np.random.default_rng(seed)
    parameters = sample_parameters("lumbar", generator, patients)
    courses = draw_courses(p_source, p_captured, parameters, generator.random((patients, UNIFORMS)))
    courses.in_relief(np.array([3.0, 12.0]))

With the same uniforms a patient with more P(source) or P(captured) never has the worse outcome. A repeat is drawn with
:func:`repeat_uniforms`, which keeps what belongs to the patient::

    again = draw_courses(p_source, p_captured, parameters, repeat_uniforms(uniforms, generator))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy import evidence
from neurotomy.recovery import fit
from neurotomy.recovery.survival import DAYS_PER_MONTH, survival
from neurotomy.recovery.timeline import onset_days

__all__ = [
    "GROUPS",
    "OUTCOMES",
    "UNIFORMS",
    "CourseParameters",
    "Courses",
    "draw_courses",
    "repeat_uniforms",
    "sample_parameters",
]

Array = NDArray[np.float64]
Codes = NDArray[np.int8]

GROUPS = ("not the source", "nerve missed", "captured")
"""What :attr:`Courses.group` counts."""
OUTCOMES = ("none", "partial", "significant")
"""What :attr:`Courses.outcome` counts."""
UNIFORMS = 8
"""Uniform numbers that one course takes: is it the source, are the nerves captured, does the patient answer to a
lesion, luck as after sham, partial relief, onset, end, level."""


@dataclass(frozen=True)
class CourseParameters:
    """What the courses depend on, each a number or an array (patients,).

    Attributes
    ----------
    success, sham
        P(at least half relief at the horizon) with the right nerves captured, and without a lesion that matters.
    partial_of_rest
        Share of the others who have smaller or shorter relief.
    shape, scale_months, lasting
        Survival of significant relief: Weibull, and the share that does not end.
    horizon_months
        When relief counts as significant: it lasts at least so long.
    partial_source_months, partial_other_months
        Median duration of partial relief, where the joint is the source and where it is not.
    onset_days
        Earliest and latest onset of the relief that a lesion makes, days after the procedure.
    significant_level, partial_level
        From and to: share of the pain that is gone.
    """

    success: ArrayLike
    sham: ArrayLike
    partial_of_rest: ArrayLike
    shape: ArrayLike
    scale_months: ArrayLike
    lasting: ArrayLike
    horizon_months: float
    partial_source_months: float
    partial_other_months: float
    onset_days: tuple[float, float]
    significant_level: tuple[float, float]
    partial_level: tuple[float, float]


@dataclass(frozen=True)
class Courses:
    """One course for each patient, all arrays (patients,).

    Attributes
    ----------
    group
        Index into :data:`GROUPS`: what was true.
    outcome
        Index into :data:`OUTCOMES`: what the patient felt.
    onset_months
        When relief begins, months after the procedure; infinite without relief.
    end_months
        When it ends, months after the procedure; 0 without relief, infinite where it lasts.
    level
        Share of the pain that is gone between the two, 0 to 1.
    """

    group: Codes
    outcome: Codes
    onset_months: Array
    end_months: Array
    level: Array

    @property
    def months_of_relief(self) -> Array:
        """From onset to end, months; 0 without relief."""
        return np.maximum(self.end_months - self.onset_months, 0.0)

    def level_at(self, months: ArrayLike) -> Array:
        """Share of the pain that is gone at `months` (times,), as (patients, times)."""
        times = np.asarray(months, dtype=np.float64)
        now = (times >= self.onset_months[:, None]) & (times < self.end_months[:, None])
        return np.asarray(np.where(now, self.level[:, None], 0.0))

    def in_relief(self, months: ArrayLike) -> NDArray[np.bool_]:
        """Whether significant relief has not ended at `months` (times,), as (patients, times).

        As the curves of the forecast count it: from the day on, however late the onset.
        """
        times = np.asarray(months, dtype=np.float64)
        return np.asarray((self.outcome == 2)[:, None] & (times < self.end_months[:, None]))


def sample_parameters(region: str, generator: np.random.Generator, size: int | None = None) -> CourseParameters:
    """Parameters from the fitted posterior.

    Parameters
    ----------
    region : str
        cervical, thoracic, lumbar or sacroiliac.
    generator : numpy.random.Generator
        Where randomness comes from.
    size : int, optional
        Number of patients, each with a draw of its own: their shares are the forecast's expectation. One draw for all
        when left out: that is one possible world, for intervals over worlds.
    """
    success, length = fit.success(region), fit.duration(region)
    count = 1 if size is None else size
    index = generator.integers(success.success.size, size=count)
    shape, scale, lasting = length.draw(generator, count)
    short = [evidence.value(f"outcome.lumbar.duration.loh2015_{name}") for name in ("previous", "parallel")]
    return CourseParameters(
        success=success.success[index],
        sham=success.sham[index],
        partial_of_rest=evidence.value("outcome.leaflet.partial_of_rest"),
        shape=shape,
        scale_months=scale,
        lasting=lasting,
        horizon_months=evidence.value("outcome.model.horizon"),
        partial_source_months=float(np.mean(short)),
        partial_other_months=evidence.value("outcome.sham.lord1996_median") / DAYS_PER_MONTH,
        onset_days=onset_days(),
        significant_level=_range("outcome.model.significant_level"),
        partial_level=_range("outcome.model.partial_level"),
    )


def draw_courses(p_source: ArrayLike, p_captured: ArrayLike, parameters: CourseParameters, uniforms: Array) -> Courses:
    """One course for each patient.

    Parameters
    ----------
    p_source, p_captured : array_like
        For each patient, or one for all: P(the joint is the source), P(all its nerves are captured | given needles).
        Of a simulated patient whose truth is known, 0 or 1.
    parameters : CourseParameters
        From :func:`sample_parameters`.
    uniforms : ndarray, shape (patients, UNIFORMS)
        Independent and uniform on [0, 1).

    Raises
    ------
    ValueError
        When a probability lies outside 0 to 1 or `uniforms` has another shape.
    """
    if uniforms.ndim != 2 or uniforms.shape[1] != UNIFORMS:
        raise ValueError(f"uniforms has shape {uniforms.shape}; expected (patients, {UNIFORMS}).")
    for name, p in (("p_source", np.asarray(p_source)), ("p_captured", np.asarray(p_captured))):
        if not np.all((p >= 0.0) & (p <= 1.0)):
            raise ValueError(f"{name} lies outside 0 to 1.")
    of_source, of_capture, of_answer, of_luck, of_partial, of_onset, of_end, of_level = uniforms.T
    source = of_source < p_source
    captured = source & (of_capture < p_captured)
    # Some answer to a lesion; of the others, and without one, as many have relief as after sham: together `success`.
    success, sham = np.asarray(parameters.success), np.asarray(parameters.sham)
    answers = of_answer * (1.0 - sham) < success - sham
    significant = (captured & answers) | (of_luck < sham)
    partial = ~significant & (of_partial < parameters.partial_of_rest)
    relieved = significant | partial
    first, last = parameters.onset_days
    # Relief that no lesion made (as after sham) is there at once.
    onset = np.where(captured, (first + (last - first) * of_onset) / DAYS_PER_MONTH, 0.0)
    median = np.where(source, parameters.partial_source_months, parameters.partial_other_months)
    end = np.where(significant, _long_end(parameters, of_end), onset - median * np.log2(1.0 - of_end))
    low, high = (np.where(significant, s, p) for s, p in zip(*_levels(parameters), strict=True))
    return Courses(
        group=(source.astype(np.int8) + captured.astype(np.int8)),
        outcome=np.where(significant, 2, partial).astype(np.int8),
        onset_months=np.where(relieved, onset, np.inf),
        end_months=np.where(relieved, end, 0.0),
        level=np.where(relieved, low + (high - low) * of_level, 0.0),
    )


def repeat_uniforms(before: Array, generator: np.random.Generator, persistence: float | None = None) -> Array:
    """Uniforms of the same patients' next procedure: new, but for what belongs to the patient.

    Whether the joint is the source stays. Whether the patient answers to a lesion stays for a share of them,
    `persistence`; the expectation of what follows is :func:`neurotomy.recovery.repeat.repeats`. Capture, luck, onset
    and duration are new.

    Parameters
    ----------
    before : ndarray, shape (patients, UNIFORMS)
        Of the procedure before.
    generator : numpy.random.Generator
        Where randomness comes from.
    persistence : float, optional
        0 to 1; ``outcome.model.repeat_persistence`` when left out. Who they are is decided by the patient's own
        number, so that it is the same people at every repeat.

    Raises
    ------
    ValueError
        When `before` has another shape or `persistence` lies outside 0 to 1.
    """
    if before.ndim != 2 or before.shape[1] != UNIFORMS:
        raise ValueError(f"before has shape {before.shape}; expected (patients, {UNIFORMS}).")
    share = evidence.value("outcome.model.repeat_persistence") if persistence is None else persistence
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"persistence is {share:g}; expected 0 to 1.")
    after = generator.random(before.shape)
    after[:, 0] = before[:, 0]
    # The low digits of the patient's own number serve as a further number that does not depend on its size.
    keeps = np.modf(before[:, 0] * 2.0**20)[0] < share
    after[keeps, 2] = before[keeps, 2]
    return np.asarray(after)


def _long_end(parameters: CourseParameters, uniform: Array) -> Array:
    """End of significant relief, months: the fitted survival of those who had it at the horizon, turned round."""
    shape, scale = np.asarray(parameters.shape), np.asarray(parameters.scale_months)
    lasting = np.asarray(parameters.lasting)
    at_horizon = survival(parameters.horizon_months, shape, scale, lasting)
    wanted = at_horizon * (1.0 - uniform)  # falls from S(horizon) to 0
    ends = wanted > lasting
    weibull = np.where(ends, (wanted - lasting) / (1.0 - lasting), 1.0)
    return np.asarray(np.where(ends, scale * (-np.log(weibull)) ** (1.0 / shape), np.inf))


def _levels(parameters: CourseParameters) -> tuple[tuple[float, float], tuple[float, float]]:
    return parameters.significant_level, parameters.partial_level


def _range(key: str) -> tuple[float, float]:
    entry = evidence.get(key)
    assert entry.low is not None
    assert entry.high is not None
    return entry.low, entry.high
