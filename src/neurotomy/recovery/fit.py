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
from neurotomy.errors import EvidenceError, nearest
from neurotomy.evidence import Entry, Tag
from neurotomy.recovery.survival import Course, DurationFit, MeanDuration, fit_durations
from neurotomy.selection import Block, latent

__all__ = ["SuccessFit", "SuccessStudy", "duration", "duration_studies", "success", "success_studies"]

Array = NDArray[np.float64]

FITTED_REGION = {"cervical": "cervical", "thoracic": "lumbar", "lumbar": "lumbar", "sacroiliac": "sacroiliac"}
"""Whose outcome studies stand for a region: none were found for the thoracic spine."""

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
    """The studies of duration in `region`: every entry below ``outcome.<region>`` that is used for ``duration``.

    Raises
    ------
    EvidenceError
        When one of them is from memory, has no n, or cannot be read as a course, a cross-section or a mean.
    """
    studies: list[Course | MeanDuration] = []
    cross_sections: dict[str, list[Entry]] = {}
    for entry in _used(f"outcome.{region}", "duration"):
        if not isinstance(entry.value, dict):
            if entry.unit != "month":
                raise EvidenceError(f"Evidence '{entry.key}' is in {entry.unit}; a mean duration is in months.")
            weight = entry.n or evidence.value("outcome.model.review_patients")
            studies.append(MeanDuration((entry.key,), entry.number, weight))
        elif isinstance(entry.value["month"], list):
            studies.append(_course(entry))
        else:
            cross_sections.setdefault(entry.source, []).append(entry)
    return (*studies, *(_cross_section(entries) for entries in cross_sections.values()))


def success_studies(region: str) -> tuple[SuccessStudy, ...]:
    """The studies of success in `region`: every entry below ``outcome.<region>`` that is used for ``success``.

    Raises
    ------
    EvidenceError
        As :func:`duration_studies`, and for a selection that is not known.
    """
    horizon = evidence.value("outcome.model.horizon")
    return tuple(_success_study(entry, horizon) for entry in _used(f"outcome.{region}", "success"))


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
    keys = (
        *(study.key for study in studies),
        *(entry.key for entry in _used("outcome.sham", "sham")),
        "outcome.model.study_capture",
        "outcome.model.horizon",
    )
    return SuccessFit(rate[index], sham[index], capture[index], studies, expected, keys)


def _moved(region: str, month: float, horizon: float) -> float:
    """Share in relief at `month` for each one at the horizon; above 1 before it."""
    fit = duration(region)
    if month >= horizon:
        return float(fit.still(np.array([month]), horizon)[0])
    return 1.0 / float(fit.still(np.array([horizon]), month)[0])


def _used(prefix: str, fit: str) -> list[Entry]:
    """The entries that `fit` takes up."""
    entries = [entry for entry in evidence.select(prefix).values() if fit in entry.used_for]
    for entry in entries:
        if entry.tag is Tag.MEMORY:
            raise EvidenceError(f"Evidence '{entry.key}' is from memory and cannot be used for a fit.")
    return entries


def _sham() -> tuple[float, float]:
    tables = [_table(entry) for entry in _used("outcome.sham", "sham")]
    return sum(table["events"] for table in tables), sum(table["of"] for table in tables)


def _table(entry: Entry) -> dict[str, float]:
    assert isinstance(entry.value, dict)
    return {name: float(x) for name, x in entry.value.items() if isinstance(x, (int, float))}


def _patients(entry: Entry) -> float:
    if entry.n is None:
        raise EvidenceError(f"Evidence '{entry.key}' has no n; a fit needs the number of patients.")
    return float(entry.n)


def _course(entry: Entry) -> Course:
    assert isinstance(entry.value, dict)
    n = _patients(entry)
    months, shares = _numbers(entry.value["month"]), _numbers(entry.value["share"])
    if len(months) != len(shares) or any(b <= a for a, b in zip(months, months[1:], strict=False)):
        raise EvidenceError(f"Evidence '{entry.key}': give one share for each month, months ascending.")
    return Course((entry.key,), tuple(months), tuple(s * n for s in shares), (n,) * len(months), same_patients=True)


def _cross_section(entries: list[Entry]) -> Course:
    tables = [_table(entry) for entry in entries]
    of = tuple(_patients(entry) for entry in entries)
    relieved = tuple(table["share"] * n for table, n in zip(tables, of, strict=True))
    months = tuple(table["month"] for table in tables)
    return Course(tuple(entry.key for entry in entries), months, relieved, of, same_patients=False)


def _success_study(entry: Entry, horizon: float) -> SuccessStudy:
    assert isinstance(entry.value, dict)
    selection = str(entry.value.get("selection"))
    if selection not in _SELECTIONS:
        raise EvidenceError(f"Evidence '{entry.key}' has selection '{selection}'. {nearest(selection, _SELECTIONS)}")
    months, shares = _numbers(entry.value["month"]), _numbers(entry.value["share"])
    at = int(np.argmin(np.abs(np.asarray(months) - horizon)))
    return SuccessStudy(entry.key, shares[at], int(_patients(entry)), months[at], selection)


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
