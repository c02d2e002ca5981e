"""What the recovery model was fitted to, and how: rerun at every start, in a few hundredths of a second.

Two fits for each region, from evidence entries only:

*Duration* (:func:`duration`): Weibull survival of relief, see :mod:`~neurotomy.recovery.survival`.

*Success* (:func:`success`): how often relief of at least half is there at 3 months, if the joint is the source and its
nerves were captured. Outcome studies did not know either, so they are read through the same model as a patient is:

    share = P capture success + (1 - P capture) sham

P is what the selection room gives for the study's own blocks (none, one, two, placebo-controlled), `capture` is unknown
for every study and sampled over a stated range, `sham` comes from the sham arms of trials. Shares at other times than
3 months are moved there with the duration curve. The posterior is taken by weighting a seeded sample of the unknowns
with the binomial likelihood of all studies of the region.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.names import Side
from neurotomy.evidence import Entry
from neurotomy.recovery.survival import DAYS_PER_MONTH, Course, DurationFit, MeanDuration, fit_durations
from neurotomy.selection import Block, latent

__all__ = ["SuccessFit", "SuccessStudy", "duration", "duration_studies", "success", "success_studies"]

Array = NDArray[np.float64]

FITTED_REGION = {"cervical": "cervical", "thoracic": "lumbar", "lumbar": "lumbar", "sacroiliac": "sacroiliac"}
"""Whose outcome studies stand for a region: none were found for the thoracic spine."""

_SUCCESS_KEYS = {
    "lumbar": (
        "outcome.lumbar.selection.cohen2010_none",
        "outcome.lumbar.selection.cohen2010_one",
        "outcome.lumbar.selection.cohen2010_two",
        "outcome.lumbar.selection.facts_none",
        "outcome.lumbar.selection.facts_one",
        "outcome.lumbar.selection.mccormick2019_cooled",
        "outcome.lumbar.selection.mccormick2019_standard",
        "outcome.lumbar.selection.multicentre_cooled",
        "outcome.lumbar.selection.multicentre_standard",
        "outcome.lumbar.course.cooled_steroid2023",
    ),
    "cervical": ("outcome.cervical.lord1996_pain_free", "outcome.cervical.mcdonald1999_responders"),
    "sacroiliac": ("outcome.sacroiliac.cohen2008_course", "outcome.sacroiliac.dual_cohort"),
}
_SHAM_KEYS = ("outcome.sham.lord1996", "outcome.sham.cohen2008_3_months")
_BLOCK_SAMPLES = 3_000
_SAMPLES = 6 * _BLOCK_SAMPLES  # the accuracy of blocks is dear to sample: each draw of it is used six times
_SEED = 1999


@dataclass(frozen=True)
class SuccessStudy:
    """One outcome study: `share` of `of` patients with at least half relief at `month`, after `selection`."""

    key: str
    share: float
    of: int
    month: float
    selection: str


@dataclass(frozen=True)
class SuccessFit:
    """Posterior sample of success and sham rates, each (samples,), and the evidence behind it.

    Attributes
    ----------
    success
        P(significant relief at the horizon | source, captured).
    sham
        The same without a lesion that matters: not the source, or the nerves missed.
    study_capture
        P(captured) of the studies.
    expected
        For each study, the model's mean share at the study's own month.
    """

    success: Array
    sham: Array
    study_capture: Array
    studies: tuple[SuccessStudy, ...]
    expected: tuple[float, ...]
    keys: tuple[str, ...]


@cache
def duration(region: str) -> DurationFit:
    """Duration of relief in `region`, fitted now."""
    return fit_durations(
        duration_studies(FITTED_REGION[region]),
        shape_sd=evidence.value("outcome.model.shape_sd"),
        spread_sd=evidence.value("outcome.model.spread_sd"),
    )


def duration_studies(region: str) -> tuple[Course | MeanDuration, ...]:
    """The studies of duration in `region`, as counts."""
    if region == "lumbar":
        return (
            _course("outcome.lumbar.course.cooled_steroid2023"),
            _cross_section(
                "outcome.lumbar.course.conger2020_9",
                "outcome.lumbar.course.conger2020_18",
                "outcome.lumbar.course.conger2020_30",
            ),
            _cross_section("outcome.lumbar.course.mccormick2015"),
            _mean("outcome.lumbar.duration.smuck2012_first"),
            _mean("outcome.lumbar.duration.rambaransingh2010"),
        )
    if region == "cervical":
        return (_mcdonald(), _lord(), _mean("outcome.cervical.smuck2012_first"))
    return (_course("outcome.sacroiliac.cohen2008_course"), _mean("outcome.sacroiliac.dual_cohort_recurrence"))


def success_studies(region: str) -> tuple[SuccessStudy, ...]:
    """The studies of success in `region`; of a course, its point nearest to the horizon."""
    horizon = evidence.value("outcome.model.horizon")
    return tuple(_success_study(evidence.get(key), horizon) for key in _SUCCESS_KEYS[region])


@cache
def success(region: str) -> SuccessFit:
    """Success and sham rates in `region`, fitted now."""
    from neurotomy.anatomy.innervation import targets_for

    fitted = FITTED_REGION[region]
    generator = np.random.default_rng(_SEED)
    relieved, of = _sham()
    sham = generator.beta(relieved + 0.5, of - relieved + 0.5, _SAMPLES)
    rate = generator.uniform(0.0, 1.0, _SAMPLES)
    rate = np.maximum(rate, sham)  # a lesion on the right nerve is not worse than none
    bounds = evidence.get("outcome.model.study_capture")
    assert bounds.low is not None
    assert bounds.high is not None
    capture = generator.uniform(bounds.low, bounds.high, _SAMPLES)
    rates = latent.sample_rates(fitted, samples=_BLOCK_SAMPLES, seed=_SEED)
    horizon = evidence.value("outcome.model.horizon")
    studies = success_studies(fitted)
    nerves = len(targets_for(_EXAMPLE_JOINT[fitted], Side.LEFT))
    sources = {
        name: np.tile(latent.posterior(rates, _blocks(name, fitted), nerves).values, _SAMPLES // _BLOCK_SAMPLES)
        for name in {study.selection for study in studies}
    }
    log_weight = np.zeros(_SAMPLES)
    models: list[Array] = []
    for study in studies:
        probability = sources[study.selection] * capture
        moved = _moved(fitted, study.month, horizon)
        model = np.clip((probability * rate + (1.0 - probability) * sham) * moved, 1e-9, 1.0 - 1e-9)
        models.append(model)
        events = study.share * study.of
        log_weight += events * np.log(model) + (study.of - events) * np.log(1.0 - model)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    index = generator.choice(_SAMPLES, size=_SAMPLES // 4, p=weight)
    expected = tuple(float(np.sum(weight * model)) for model in models)
    keys = (*_SUCCESS_KEYS[fitted], *_SHAM_KEYS, "outcome.model.study_capture", "outcome.model.horizon")
    return SuccessFit(rate[index], sham[index], capture[index], studies, expected, keys)


def _moved(region: str, month: float, horizon: float) -> float:
    """Share in relief at `month` for each one at the horizon; above 1 before it."""
    fit = duration(region)
    if month >= horizon:
        return float(fit.still(np.array([month]), horizon)[0])
    return 1.0 / float(fit.still(np.array([horizon]), month)[0])


def _sham() -> tuple[float, float]:
    tables = [_table(evidence.get(key)) for key in _SHAM_KEYS]
    return sum(table["events"] for table in tables), sum(table["of"] for table in tables)


def _table(entry: Entry) -> dict[str, float]:
    assert isinstance(entry.value, dict)
    return {name: float(x) for name, x in entry.value.items() if isinstance(x, (int, float))}


def _course(key: str) -> Course:
    entry = evidence.get(key)
    assert isinstance(entry.value, dict)
    assert entry.n is not None
    months = tuple(float(m) for m in _numbers(entry.value["month"]))
    shares = _numbers(entry.value["share"])
    return Course((key,), months, tuple(s * entry.n for s in shares), (float(entry.n),) * len(months), True)


def _cross_section(*keys: str) -> Course:
    entries = [evidence.get(key) for key in keys]
    tables = [_table(entry) for entry in entries]
    of = tuple(float(entry.n or 0) for entry in entries)
    relieved = tuple(table["share"] * n for table, n in zip(tables, of, strict=True))
    return Course(keys, tuple(table["month"] for table in tables), relieved, of, False)


def _mean(key: str) -> MeanDuration:
    entry = evidence.get(key)
    return MeanDuration((key,), entry.number, entry.n or evidence.value("outcome.model.review_patients"))


def _mcdonald() -> Course:
    """28 patients: the share who ever responded, half of all above one median, half of responders above the other."""
    everyone = evidence.get("outcome.cervical.mcdonald1999_median_all")
    responders = evidence.get("outcome.cervical.mcdonald1999_median_responders")
    share = evidence.get("outcome.cervical.mcdonald1999_responders")
    assert everyone.n is not None
    n = float(everyone.n)
    months = (0.0, everyone.number / DAYS_PER_MONTH, responders.number / DAYS_PER_MONTH)
    relieved = (share.number * n, n / 2, share.number * n / 2)
    return Course((share.key, everyone.key, responders.key), months, relieved, (n,) * 3, same_patients=True)


def _lord() -> Course:
    entry = evidence.get("outcome.cervical.lord1996_median")
    assert entry.n is not None
    n = float(entry.n)
    return Course((entry.key,), (entry.number / DAYS_PER_MONTH,), (n / 2,), (n,), same_patients=True)


def _success_study(entry: Entry, horizon: float) -> SuccessStudy:
    assert entry.n is not None
    if not isinstance(entry.value, dict):  # McDonald: who ever responded, after comparative blocks
        return SuccessStudy(entry.key, entry.number, entry.n, 0.0, "two")
    months, shares = _numbers(entry.value["month"]), _numbers(entry.value["share"])
    nearest = int(np.argmin(np.abs(np.asarray(months) - horizon)))
    return SuccessStudy(entry.key, shares[nearest], entry.n, months[nearest], str(entry.value["selection"]))


def _numbers(value: object) -> list[float]:
    values = value if isinstance(value, list) else [value]
    return [float(x) for x in values if isinstance(x, (int, float))]


def _blocks(selection: str, region: str) -> tuple[Block, ...]:
    """What the patients of a study had, as blocks: full relief from each anaesthetic, none from placebo."""
    kind = "lateral branch block" if region == "sacroiliac" else "medial branch block"
    return tuple(
        Block(None, kind, agent, None, 0.0 if agent == "saline" else 100.0, hours, agent == "saline", ())
        for agent, hours in _SELECTIONS[selection]
    )


_SELECTIONS: dict[str, tuple[tuple[str, float | None], ...]] = {
    "none": (),
    "one": (("lidocaine", None),),
    "two": (("lidocaine", None), ("bupivacaine", None)),
    "placebo": (("lidocaine", 2.0), ("bupivacaine", 6.0), ("saline", None)),
}
"""Agents and hours of relief; hours only where the study compared them."""

_EXAMPLE_JOINT = {"cervical": "C5/6", "lumbar": "L4/5", "sacroiliac": "SIJ"}
"""A joint with the usual number of nerves of its region."""
