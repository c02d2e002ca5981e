"""What one policy does to each patient: blocks until one fails, the neurotomy, repeats while the rule allows."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.recovery.draw import draw_courses
from neurotomy.selection import latent
from neurotomy.studies.model import Rules
from neurotomy.studies.patients import Patients

__all__ = ["Answers", "Outcome", "block_answers", "follow"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Counts = NDArray[np.int64]

_GRID_PERCENT = np.linspace(0.0, 100.0, 1001)


@dataclass(frozen=True)
class Answers:
    """What the blocks would show if they were done.

    Attributes
    ----------
    relief_percent
        Of the short-acting, the long-acting and the inert block, (patients, 3).
    longer
        Whether the longer-acting drug lasts longer, (patients,).
    """

    relief_percent: Array
    longer: Mask


@dataclass(frozen=True)
class Outcome:
    """What came of each patient, arrays (patients,) unless said otherwise.

    Attributes
    ----------
    blocks, treated, neurotomies
        Blocks done, whether a neurotomy was done, and how many.
    captured
        Whether the first neurotomy captured the nerves of a joint that is the source.
    success
        Significant relief after the first neurotomy, lasting at least to the horizon.
    months
        Months in significant relief within the follow-up, all neurotomies together.
    relieved
        Whether in significant relief at each asked month, (patients, months).
    """

    blocks: Counts
    treated: Mask
    neurotomies: Counts
    captured: Mask
    success: Mask
    months: Array
    relieved: Mask


def block_answers(patients: Patients, nerves: int, *, shown: bool) -> Answers:
    """What a short-acting, a long-acting and an inert block would show in each patient.

    The probabilities are those by which the selection room weighs results, so that a P(source) computed from these
    answers is calibrated by construction.

    Parameters
    ----------
    patients : Patients
        A chunk.
    nerves : int
        How many nerves a block must reach.
    shown : bool
        Whether contrast is looked at.
    """
    works = patients.source & patients.reached
    columns = []
    for k, placebo in enumerate((False, False, True)):
        chance = latent.response_probability(
            patients.rates,
            nerves,
            placebo=placebo,
            shown=shown,
            responds=patients.responder,
            works=np.zeros_like(works) if placebo else works,
        )
        positive = patients.of_positive[:, k] < chance
        columns.append(_relief(positive, patients.of_relief[:, k]))
    p_longer = np.where(works, patients.rates.longer_by_drug, patients.rates.longer_by_chance)
    return Answers(np.stack(columns, axis=1), patients.of_longer < p_longer)


def follow(
    patients: Patients, answers: Answers, rules: Rules, p_captured: Array, follow_up_months: float, at_months: Array
) -> Outcome:
    """Take `patients` through one policy.

    Parameters
    ----------
    patients, answers
        Who they are, and what blocks would show.
    rules : Rules
        Of the policy.
    p_captured : ndarray, shape (patients,)
        P(every nerve is captured) by the policy's technique.
    follow_up_months : float
        Relief counts until then.
    at_months : ndarray
        Months after the first neurotomy at which relief is looked at.
    """
    treated, blocks = _selected(answers, rules)
    trait = patients.of_trait < evidence.value("outcome.model.repeat_persistence")
    parameters = patients.courses
    hit, sham = np.asarray(parameters.success), np.asarray(parameters.sham)
    # As for repeats in the recovery room: some always answer to a lesion, the others answer as to sham, and the two
    # together make the success rate; in patients without such a trait the answer is new each time.
    always = patients.of_always < np.clip((hit - sham) / np.maximum(1.0 - sham, 1e-9), 0.0, 1.0)
    own = dataclasses.replace(parameters, success=np.where(trait, np.where(always, 1.0, sham), hit))
    truth = patients.source.astype(float)

    active = treated.copy()
    start = np.zeros(patients.count)
    starts: list[Array] = []
    months = np.zeros(patients.count)
    neurotomies = np.zeros(patients.count, dtype=np.int64)
    relieved = np.zeros((patients.count, at_months.size), dtype=bool)
    success = captured = np.zeros(patients.count, dtype=bool)
    for number in range(rules.repeats + 1):
        if not active.any():
            break
        course = draw_courses(truth, p_captured, own, patients.session(number))
        significant = active & (course.outcome == 2)
        if number == 0:
            success, captured = significant, active & (course.group == 2)
        neurotomies += active
        starts.append(np.where(active, start, np.inf))
        onset = start + np.where(np.isfinite(course.onset_months), course.onset_months, 0.0)
        end = start + course.end_months
        months += np.where(
            significant,
            np.clip(np.minimum(end, follow_up_months) - np.minimum(onset, follow_up_months), 0.0, None),
            0.0,
        )
        # As the forecast counts it: from the day on, however late the onset.
        relieved |= significant[:, None] & (at_months >= start[:, None]) & (at_months < end[:, None])
        active, start = _again(course.level, course.months_of_relief, start, end, active, starts, rules)
        active &= start < follow_up_months
    return Outcome(blocks, treated, neurotomies, captured, success, months, relieved)


def _selected(answers: Answers, rules: Rules) -> tuple[Mask, Counts]:
    """Who goes on to a neurotomy, and how many blocks that took: the next is only done after a positive one."""
    count = answers.longer.size
    passing = np.ones(count, dtype=bool)
    done = np.zeros(count, dtype=np.int64)
    for k in range(rules.blocks):
        done += passing
        passing = passing & (answers.relief_percent[:, k] >= rules.cutoff_percent)
    if rules.comparative and rules.blocks >= 2:
        passing = passing & answers.longer
    if rules.placebo_controlled:
        done += passing
        passing = passing & (answers.relief_percent[:, 2] < rules.cutoff_percent)
    return passing, done


def _again(
    level: Array,
    lasted_months: Array,
    start: Array,
    end: Array,
    active: Mask,
    starts: list[Array],
    rules: Rules,
) -> tuple[Mask, Array]:
    """Who is treated again, and when: once relief has ended, and as soon as the rule allows."""
    again = active & (100.0 * level >= rules.repeat_relief_percent) & (lasted_months >= rules.repeat_relief_months)
    if not rules.repeat_relief_percent:
        again = again & (level > 0.0)  # without a rule: whoever was helped
    when = np.maximum(end, start + rules.repeat_after_months)
    limit = rules.repeat_sessions_in_12_months
    if limit is not None and limit <= len(starts):
        when = np.maximum(when, starts[-limit] + 12.0)
    return again, np.where(again, when, np.inf)


@cache
def _relief_tables() -> tuple[Array, Array]:
    """Cumulated relief of a negative and of a positive block on the grid of percents."""
    from scipy.special import betainc

    shape = evidence.value("block.cohort.relief_shape")
    base = np.diff(betainc(shape, shape, _GRID_PERCENT / 100.0))
    middle = 0.5 * (_GRID_PERCENT[1:] + _GRID_PERCENT[:-1])
    weight = np.array([latent.response_weight(percent) for percent in middle])
    tables = []
    for share in (1.0 - weight, weight):
        density = base * share
        tables.append(np.concatenate([[0.0], np.cumsum(density)]) / density.sum())
    return tables[0], tables[1]


def _relief(positive: Mask, uniform: Array) -> Array:
    """Relief in percent: drawn from what a positive, and what a negative block shows."""
    negative_table, positive_table = _relief_tables()
    return np.where(
        positive,
        np.interp(uniform, positive_table, _GRID_PERCENT),
        np.interp(uniform, negative_table, _GRID_PERCENT),
    )
