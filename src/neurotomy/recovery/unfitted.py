"""Published outcomes that no fit took up: why not, and what the model expects in their place.

Here stand the trials that found no important benefit, numbers that are known from memory only, and numbers of another
kind than the model's (a mean of pain scores, a repeat in a register). Where the model can be asked the same question,
its answer stands beside the published one; nothing is adjusted to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.evidence import Entry, Tag
from neurotomy.recovery import fit
from neurotomy.recovery.predict import kept_samples, share_samples
from neurotomy.recovery.repeat import repeats
from neurotomy.recovery.wilson import wilson_interval
from neurotomy.results import Result

__all__ = ["UnfittedPoint", "unfitted_points"]

Array = NDArray[np.float64]

_REGIONS = ("lumbar", "cervical", "sacroiliac")
_OURS = ("outcome.model.", "outcome.leaflet.", "outcome.prediction.")
_NO_BENEFIT = "outcome.negative."
_SEED = 2017


@dataclass(frozen=True)
class UnfittedPoint(Result):
    """One published number that was not fitted.

    Attributes
    ----------
    key, source
        Evidence entry and publication.
    published
        What it says, in words and numbers.
    model
        What the model expects in its place, or empty.
    agrees
        Whether the two agree: the model's value in the published interval, or the published value in the model's 95 %
        interval where none was published. None where they cannot be compared, or where the number is from memory.
    no_benefit
        Whether it is a trial that found no important benefit.
    why
        Why it was not fitted.
    """

    key: str
    source: str
    published: str
    model: str
    agrees: bool | None
    no_benefit: bool
    why: str


@dataclass(frozen=True)
class _Expected:
    words: str
    agrees: bool | None = None


def unfitted_points(fitted: set[str]) -> tuple[UnfittedPoint, ...]:
    """Every outcome entry that is not among the `fitted` and no choice of the model, in the order of the evidence."""
    return tuple(
        _point(entry)
        for entry in evidence.select("outcome").values()
        if entry.key not in fitted and not entry.key.startswith(_OURS)
    )


def _point(entry: Entry) -> UnfittedPoint:
    expected = _expected(entry)
    memory = entry.tag is Tag.MEMORY
    return UnfittedPoint(
        key=entry.key,
        source=entry.source,
        published=_published(entry),
        model=expected.words,
        agrees=None if memory else expected.agrees,
        no_benefit=entry.key.startswith(_NO_BENEFIT),
        why=_why(entry),
    )


def _why(entry: Entry) -> str:
    if entry.tag is Tag.MEMORY:
        return "From memory; not found in a text that was read."
    if entry.key.startswith(_NO_BENEFIT):
        return "A trial that found no important benefit is kept to judge the model by. " + entry.note
    for key, words in _REASONS.items():
        if entry.key == key:
            return words
    return entry.note


_REASONS = {
    "outcome.lumbar.selection.facts_intraarticular": "Selected by an injection into the joint, not by nerve blocks.",
    "outcome.lumbar.duration.loh2015_parallel": "A median by self-report of all patients, those without relief "
    "included, whose threshold was not read; it sets how long partial relief lasts.",
    "outcome.lumbar.duration.loh2015_previous": "As above.",
    "outcome.lumbar.duration.koh2017": "The range is of three groups by muscle twitch, not an interval.",
    "outcome.lumbar.duration.smuck2012_repeat": "After repeats: the model keeps one duration for all procedures.",
    "outcome.cervical.smuck2012_repeat": "After repeats: the model keeps one duration for all procedures.",
    "outcome.cervical.lord1996_median": "Fitted as the count lord1996_course.",
    "outcome.cervical.mcdonald1999_responders": "Fitted within mcdonald1999_course.",
    "outcome.cervical.mcdonald1999_median_all": "Fitted within mcdonald1999_course.",
    "outcome.cervical.mcdonald1999_median_responders": "Fitted within mcdonald1999_course.",
    "outcome.cervical.retro2024": "A mean of pain scores, not a share of patients; the course is of those still seen.",
    "outcome.sacroiliac.opioid_12_months": "The selection was not read; the model's answer is for one block.",
    "outcome.sacroiliac.review_range": "A range of studies, some of them fitted one by one.",
}


def _expected(entry: Entry) -> _Expected:
    for key, answer in _ANSWERS.items():
        if entry.key == key:
            return answer(entry)
    _, region, *_ = entry.key.split(".")
    if region not in _REGIONS:
        return _Expected("")
    table = entry.value
    if isinstance(table, dict) and {"share", "month"} <= set(table) and not isinstance(table["month"], list):
        return _share(entry, region, float(str(table["month"])), float(str(table["share"])))
    if isinstance(table, (int, float)) and entry.unit == "month" and "loh2015" not in entry.key:
        return _mean(entry, region)
    return _Expected("")


def _share(entry: Entry, region: str, month: float, share: float) -> _Expected:
    assert isinstance(entry.value, dict)
    if "cryo" in entry.denominator:
        return _Expected("")
    selection = str(entry.value.get("selection", "one"))
    samples = share_samples(region, selection, month)
    if entry.n is None:
        return _of_samples(samples, share, (entry.low, entry.high))
    return _of_samples(samples, share, wilson_interval(share * entry.n, entry.n))


def _mean(entry: Entry, region: str) -> _Expected:
    low, middle, high = fit.duration(region).mean_of_ended()
    return _Expected(f"mean of {middle:.1f} months ({low:.1f} to {high:.1f})", low <= entry.number <= high)


def _sij_12(entry: Entry) -> _Expected:
    assert entry.n is not None
    samples = share_samples("sacroiliac", "one", 12.0)
    return _of_samples(samples, entry.number, wilson_interval(entry.number * entry.n, entry.n))


def _sij_6(entry: Entry) -> _Expected:
    return _of_samples(share_samples("sacroiliac", "one", 6.0), entry.number, (entry.low, entry.high))


def _of_samples(samples: Array, share: float, interval: tuple[float | None, float | None]) -> _Expected:
    low, high = np.quantile(samples, (0.025, 0.975))
    value = float(samples.mean())
    words = f"{_percent(value)} ({_percent(low)} to {_percent(high)})"
    if interval[0] is not None and interval[1] is not None:
        return _Expected(words, bool(interval[0] <= value <= interval[1]))
    return _Expected(words, bool(low <= share <= high))


def _mint(region: str, selection: str) -> Callable[[Entry], _Expected]:
    def answer(entry: Entry) -> _Expected:
        baseline = evidence.get("outcome.model.trial_baseline")
        assert baseline.low is not None
        assert baseline.high is not None
        gone = _benefit(region, selection) * _gain()
        value = -float(gone.mean()) * baseline.number
        low, high = -np.quantile(gone, 0.975) * baseline.high, -np.quantile(gone, 0.025) * baseline.low
        assert entry.low is not None
        assert entry.high is not None
        return _Expected(
            f"a difference of {value:.1f} points ({low:.1f} to {high:.1f}), pain before taken as "
            f"{baseline.low:g} to {baseline.high:g} of 10",
            bool(entry.low <= value <= entry.high),
        )

    return answer


def _benefit(region: str, selection: str) -> Array:
    """Share who have significant relief because of the lesion: what a sham arm would not have."""
    rates = fit.success(region)
    return np.asarray(rates.sources[selection] * rates.study_capture * (rates.success - rates.sham))


def _gain() -> float:
    """Share of the pain that is gone because relief is significant instead of what else it would have been."""
    partial = evidence.value("outcome.leaflet.partial_of_rest") * evidence.value("outcome.model.partial_level")
    return evidence.value("outcome.model.significant_level") - partial


def _van_tilburg(entry: Entry) -> _Expected:
    """A trial of n/2 per arm: how often would it have missed the difference that the model expects?"""
    assert entry.n is not None
    generator = np.random.default_rng(_SEED)
    rates, per_arm = fit.success("sacroiliac"), entry.n // 2
    treated = generator.binomial(per_arm, rates.shares("one")) / per_arm
    sham = generator.binomial(per_arm, rates.sham) / per_arm
    pooled = 0.5 * (treated + sham)
    error = np.sqrt(np.maximum(2.0 * pooled * (1.0 - pooled) / per_arm, 1e-12))
    missed = float(np.mean(np.abs(treated - sham) < 0.583 * error))  # P > 0.56, as published
    benefit = _percent(float(_benefit("sacroiliac", "one").mean()))
    return _Expected(
        f"{benefit} more patients with significant relief than after sham; a trial of this size would find P of 0.56 "
        f"or more in {_percent(missed)} of repetitions",
        missed > 0.05,
    )


def _registry(entry: Entry) -> _Expected:
    """Share of the treated whose significant relief has ended: those who have a reason to come back."""
    assert isinstance(entry.value, dict)
    months = [float(str(m)) for m in _items(entry.value["month"])]
    shares = [float(str(s)) for s in _items(entry.value["share"])]
    generator = np.random.default_rng(_SEED)
    rates = fit.success("lumbar")
    relieved = float(rates.shares("one").mean())
    ended = [relieved * (1.0 - float(kept_samples("lumbar", m, "", generator).mean())) for m in months]
    words = ", ".join(f"{_percent(e)} by month {m:.0f}" for e, m in zip(ended, months, strict=True))
    return _Expected(
        f"significant relief has ended in {words} after one block; a repeat needs that, or partial relief or another "
        "joint",
        all(e >= s for e, s in zip(ended, shares, strict=True)),
    )


def _repeat(region: str, *, worked: bool) -> Callable[[Entry], _Expected]:
    def answer(entry: Entry) -> _Expected:
        rates = fit.success(region)
        (first,) = repeats(region, float(rates.sources["two"].mean()), float(rates.study_capture.mean()), 1)
        value = first.if_all_worked if worked else first.if_all_failed
        low, high = first.if_all_worked_bounds if worked else first.if_all_failed_bounds
        assert entry.low is not None
        assert entry.high is not None
        return _Expected(
            f"{_percent(value)} ({_percent(low)} to {_percent(high)}) after two blocks",
            bool(entry.low <= value <= entry.high),
        )

    return answer


def _pain_scores(entry: Entry) -> _Expected:
    """Mean share of the pain that is gone, of all patients."""
    assert isinstance(entry.value, dict)
    months = [float(str(m)) for m in _items(entry.value["month"])]
    published = [float(str(x)) for x in _items(entry.value["reduction"])]
    level = evidence.value("outcome.model.significant_level")
    relieved = float(fit.success("cervical").shares("one").mean())
    kept = fit.duration("cervical").still(np.array(months), evidence.value("outcome.model.horizon"))
    expected = [relieved * level * float(k) for k in kept]
    words = ", ".join(f"{_percent(x)} at month {m:g}" for x, m in zip(expected, months, strict=True))
    return _Expected(
        f"{words} from significant relief alone, after one block",
        all(abs(a - b) < 0.2 for a, b in zip(expected, published, strict=True)),
    )


_ANSWERS: dict[str, Callable[[Entry], _Expected]] = {
    "outcome.negative.mint_facet": _mint("lumbar", "one"),
    "outcome.negative.mint_sij": _mint("sacroiliac", "one"),
    "outcome.negative.mint_combined": _mint("lumbar", "one"),
    "outcome.negative.vantilburg": _van_tilburg,
    "outcome.lumbar.repeat.starr2019": _registry,
    "outcome.repeat.lumbar_if_worked": _repeat("lumbar", worked=True),
    "outcome.repeat.cervical_if_worked": _repeat("cervical", worked=True),
    "outcome.repeat.cervical_if_failed": _repeat("cervical", worked=False),
    "outcome.cervical.retro2024": _pain_scores,
    "outcome.sacroiliac.opioid_12_months": _sij_12,
    "outcome.sacroiliac.review_range": _sij_6,
}


def _published(entry: Entry) -> str:
    table = entry.value
    if isinstance(table, str):
        return table
    if isinstance(table, dict):
        if "events" in table:
            return f"{table['events']} of {table['of']} at month {table['month']}"
        name = "reduction" if "reduction" in table else "share"
        months, shares = _items(table["month"]), _items(table[name])
        words = ", ".join(f"{_percent(float(str(s)))} at month {m}" for m, s in zip(months, shares, strict=True))
        return words if name == "share" else f"mean reduction {words}"
    percent = entry.unit == "1"
    scale, unit = (100.0, " %") if percent else (1.0, f" {entry.unit}")
    text = f"{scale * entry.number:.3g}{unit}"
    if entry.low is not None and entry.high is not None:
        text += f" ({scale * entry.low:.3g} to {scale * entry.high:.3g}{unit})"
    return text


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _percent(share: float) -> str:
    return f"{100.0 * float(share):.0f} %"
