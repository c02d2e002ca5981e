"""The fit, study by study: what was published, what the model says, and what it says without that study.

A fitted point is a number that a likelihood took up. Its published interval is that of the source where it was read,
else Wilson's for its count, or that of a mean with its n. The model's interval is of a *new* group of patients with
that selection, spread between studies included; no study has a parameter of its own here. The prediction without the
study comes from fits that have not seen any number of its publication; its interval also holds the chance of n
patients, so that 95 % of points should lie inside.

Points that were not fitted are shown as well, with the reason, and with what the model expects where it can say so:
most of all the trials that found no important benefit. Nothing is adjusted to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.errors import EvidenceError
from neurotomy.evidence import Entry
from neurotomy.progress import SILENT, Progress
from neurotomy.recovery import fit
from neurotomy.recovery.predict import share_samples
from neurotomy.recovery.sensitivity import Sensitivity, sensitivities
from neurotomy.recovery.studies import follow_up_warnings, sham_arms, used
from neurotomy.recovery.survival import DurationFit
from neurotomy.recovery.unfitted import UnfittedPoint, unfitted_points
from neurotomy.recovery.wilson import wilson_interval
from neurotomy.results import Result

__all__ = ["FitReport", "FittedPoint", "RegionFit", "fit_report"]

Array = NDArray[np.float64]

REGIONS = ("lumbar", "cervical", "sacroiliac")
_SEED = 2012
_SAMPLES = 6000
_Z95 = 1.959963984540054


@dataclass(frozen=True)
class FittedPoint(Result):
    """One published number that was fitted.

    Attributes
    ----------
    key, source
        Evidence entry and publication.
    region
        Of the spine; ``sham`` for sham arms.
    quantity
        ``share in relief``, ``mean duration of relief`` or ``success after sham``.
    unit
        ``1`` or ``month``.
    month
        When the patients were asked; None of a mean.
    selection
        Blocks they had: none, one, two, placebo; empty where it does not matter.
    of
        Number of patients; None where it was not read.
    published, published_interval
        Value and 95 % interval.
    interval_from
        Where that interval comes from.
    model, model_interval
        What the fitted model says of a new group of patients, and its 95 % interval.
    inside
        Whether the model's value lies in the published interval.
    left_out, left_out_interval, left_out_inside
        Prediction from fits without this publication, its 95 % predictive interval for as many patients, and whether
        the published value lies in it. None where nothing is left to predict from.
    """

    key: str
    source: str
    region: str
    quantity: str
    unit: str
    month: float | None
    selection: str
    of: int | None
    published: float
    published_interval: tuple[float, float]
    interval_from: str
    model: float
    model_interval: tuple[float, float]
    inside: bool
    left_out: float | None
    left_out_interval: tuple[float, float] | None
    left_out_inside: bool | None


@dataclass(frozen=True)
class RegionFit(Result):
    """Parameters of one region: 5, 50 and 95 % quantiles of the posterior.

    Attributes
    ----------
    region
        cervical, lumbar or sacroiliac.
    parameters
        By name; the scale in months, the others pure numbers.
    effective_samples
        How many independent draws the posterior sample of success is worth.
    """

    region: str
    parameters: dict[str, tuple[float, float, float]]
    effective_samples: float


@dataclass(frozen=True)
class FitReport(Result):
    """The fit, study by study.

    Attributes
    ----------
    statement
        What kind of model this is.
    regions
        Posterior of the parameters.
    fitted
        Every number that was fitted.
    inside, left_out_inside
        How many of the fitted lie inside their published interval, and inside the prediction without them.
    left_out_of
        How many could be predicted without their publication.
    not_fitted
        Every other number of the outcome evidence, with the reason.
    disagreements
        Where studies disagree with each other or with the model.
    warnings
        Missing follow-up and the like.
    sensitivity
        The fits with each choice changed by itself.
    """

    statement: tuple[str, ...]
    regions: tuple[RegionFit, ...]
    fitted: tuple[FittedPoint, ...]
    inside: int
    left_out_inside: int
    left_out_of: int
    not_fitted: tuple[UnfittedPoint, ...]
    disagreements: tuple[str, ...]
    warnings: tuple[str, ...]
    sensitivity: tuple[Sensitivity, ...]

    @property
    def share_inside(self) -> float:
        """Share of fitted points inside their published 95 % interval."""
        return self.inside / len(self.fitted)


def fit_report(progress: Progress = SILENT) -> FitReport:
    """Fit all regions, and each again without each of its publications; a few seconds.

    Raises
    ------
    EvidenceError
        When a study cannot be read: no number of patients, no follow-up, from memory.
    """
    points: list[FittedPoint] = []
    for n, region in enumerate(REGIONS):
        within = progress.part(0.5 * n / len(REGIONS), 0.5 * (n + 1) / len(REGIONS), region)
        points += _region_points(region, within)
    points += _sham_points()
    progress(0.5, "what was not fitted")
    fitted_keys = {point.key for point in points}
    unfitted = unfitted_points(fitted_keys)
    predicted = [point for point in points if point.left_out_inside is not None]
    sensitivity = tuple(
        row
        for n, region in enumerate(REGIONS)
        for row in sensitivities(region, progress.part(0.55 + 0.15 * n, 0.7 + 0.15 * n, f"choices, {region}"))
    )
    progress(1.0, "done")
    return FitReport(
        statement=_STATEMENT,
        regions=tuple(_region_fit(region) for region in REGIONS),
        fitted=tuple(points),
        inside=sum(point.inside for point in points),
        left_out_inside=sum(bool(point.left_out_inside) for point in predicted),
        left_out_of=len(predicted),
        not_fitted=unfitted,
        disagreements=tuple(_disagreements(points, unfitted)),
        warnings=follow_up_warnings("outcome"),
        sensitivity=sensitivity,
    )


_STATEMENT = (
    "This is a phenomenological model: it was fitted to published counts, medians and means of groups of patients, and "
    "says nothing about how a nerve regrows. No data of single patients were used.",
    "Whether a study's patients had the right joint and a captured nerve is not known: P(source) comes from the "
    "accuracy of their blocks, P(captured) from a stated range. Only the product with the success rate is measured.",
    "The prior of the share whose relief lasts rests on a registry of repeats; with few long follow-ups it matters.",
)


def _region_fit(region: str) -> RegionFit:
    length, rates = fit.duration(region), fit.success(region)
    samples = {
        "success_if_captured": rates.typical_success,
        "success_without": rates.typical_sham,
        "capture_of_studies": rates.study_capture,
        "spread_of_success_log_odds": rates.spread,
    }
    quantiles = {name: _three(values) for name, values in samples.items()}
    names = {"shape": "shape", "scale_months": "scale_months", "lasting": "lasting", "spread": "spread_of_log_scale"}
    of_length = {to: length.parameters[name] for name, to in names.items()}
    return RegionFit(region, {**quantiles, **of_length}, rates.effective_samples)


def _three(values: Array) -> tuple[float, float, float]:
    low, middle, high = (float(x) for x in np.quantile(values, (0.05, 0.5, 0.95)))
    return low, middle, high


def _region_points(region: str, progress: Progress) -> Iterator[FittedPoint]:
    entries = {
        entry.key: entry for name in ("success", "duration") for entry in used(f"outcome.{region}", name)
    }.values()
    for n, entry in enumerate(entries):
        progress(n / len(entries), entry.key)
        if isinstance(entry.value, dict):
            yield from _share_points(region, entry)
        else:
            yield _mean_point(region, entry)


def _share_points(region: str, entry: Entry) -> Iterator[FittedPoint]:
    assert isinstance(entry.value, dict)
    assert entry.n is not None
    months, shares = (_list(entry.value[name]) for name in ("month", "share"))
    selection = str(entry.value.get("selection", "one"))
    for month, share in zip(months, shares, strict=True):
        published = entry.low is not None and entry.high is not None and entry.interval == "95 % CI"
        interval = (entry.low, entry.high) if published else wilson_interval(share * entry.n, entry.n)
        assert interval[0] is not None
        assert interval[1] is not None
        model = share_samples(region, selection, month)
        apart = share_samples(region, selection, month, entry.source)
        generator = np.random.default_rng(_SEED)
        counts = generator.binomial(entry.n, apart) / entry.n
        yield _point(
            entry,
            region,
            "share in relief",
            month,
            selection,
            share,
            (interval[0], interval[1]),
            "published" if published else "Wilson, from n",
            float(model.mean()),
            _range95(model),
            float(apart.mean()),
            _range95(counts),
        )


def _mean_point(region: str, entry: Entry) -> FittedPoint:
    of = float(entry.n or evidence.value("outcome.model.review_patients"))
    sd = entry.sd if entry.sd is not None else entry.number
    words = "published sd and n" if entry.sd is not None and entry.n else "mean of a constant rate of return, "
    half = _Z95 * sd / np.sqrt(of)
    low, middle, high = fit.duration(region).mean_of_ended()
    try:
        apart = fit.duration(region, entry.source)
    except EvidenceError:
        left_out: tuple[float | None, tuple[float, float] | None] = None, None
    else:
        left_out = _mean_without(apart, of)
    return _point(
        entry,
        region,
        "mean duration of relief",
        None,
        "",
        entry.number,
        (entry.number - half, entry.number + half),
        words if entry.sd is not None else words + ("n as published" if entry.n else f"n taken as {of:.0f}"),
        middle,
        (low, high),
        *left_out,
    )


def _mean_without(apart: DurationFit, of: float) -> tuple[float, tuple[float, float]]:
    """Mean duration predicted for `of` patients: median and 95 % interval."""
    from scipy.special import gamma

    generator = np.random.default_rng(_SEED)
    shape, scale, _ = apart.draw(generator, _SAMPLES)
    mean = scale * gamma(1.0 + 1.0 / shape)
    variance = scale**2 * gamma(1.0 + 2.0 / shape) - mean**2
    values = np.maximum(generator.normal(mean, np.sqrt(variance / of)), 0.0)
    return float(np.median(values)), _range95(values)


def _sham_points() -> Iterator[FittedPoint]:
    model = fit.success("lumbar").sham
    for arm in sham_arms():
        entry = evidence.get(arm.key)
        assert isinstance(entry.value, dict)
        apart = fit.success("lumbar", arm.source).sham
        counts = np.random.default_rng(_SEED).binomial(int(arm.of), apart) / arm.of
        yield _point(
            entry,
            "sham",
            "success after sham",
            float(str(entry.value["month"])),
            "",
            arm.events / arm.of,
            wilson_interval(arm.events, arm.of),
            "Wilson, from n",
            float(model.mean()),
            _range95(model),
            float(apart.mean()),
            _range95(counts),
        )


def _point(
    entry: Entry,
    region: str,
    quantity: str,
    month: float | None,
    selection: str,
    published: float,
    interval: tuple[float, float],
    interval_from: str,
    model: float,
    model_interval: tuple[float, float],
    left_out: float | None,
    left_out_interval: tuple[float, float] | None,
) -> FittedPoint:
    inside = interval[0] <= model <= interval[1]
    predicted = None if left_out_interval is None else left_out_interval[0] <= published <= left_out_interval[1]
    return FittedPoint(
        key=entry.key,
        source=entry.source,
        region=region,
        quantity=quantity,
        unit="month" if quantity.startswith("mean") else "1",
        month=month,
        selection=selection,
        of=entry.n,
        published=published,
        published_interval=(float(interval[0]), float(interval[1])),
        interval_from=interval_from,
        model=model,
        model_interval=model_interval,
        inside=bool(inside),
        left_out=left_out,
        left_out_interval=left_out_interval,
        left_out_inside=predicted,
    )


def _disagreements(points: list[FittedPoint], unfitted: tuple[UnfittedPoint, ...]) -> Iterator[str]:
    for point in points:
        if not point.inside:
            side = "below" if point.model < point.published else "above"
            yield (
                f"{point.key}: published {_value(point.published, point.unit)}, the model says "
                f"{_value(point.model, point.unit)}, {side} the published interval."
            )
    for other in unfitted:
        if other.agrees is False:
            yield f"{other.key} was not fitted and contradicts the model: {other.published}; {other.model}."


def _value(value: float, unit: str) -> str:
    return f"{value:.1f} months" if unit == "month" else f"{100 * value:.0f} %"


def _list(value: object) -> list[float]:
    return [float(x) for x in value] if isinstance(value, list) else [float(str(value))]


def _range95(values: Array) -> tuple[float, float]:
    low, high = (float(x) for x in np.quantile(values, (0.025, 0.975)))
    return low, high
