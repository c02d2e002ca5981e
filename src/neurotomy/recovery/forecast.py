"""What a patient can expect: three groups, relief over time, timeline and risks."""

from __future__ import annotations

import math
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.names import parse_joint
from neurotomy.errors import CaseError
from neurotomy.recovery import fit
from neurotomy.recovery.result import Recovery
from neurotomy.recovery.risks import risks_of
from neurotomy.recovery.survival import DAYS_PER_MONTH, still
from neurotomy.recovery.timeline import timeline
from neurotomy.selection.region import region_of
from neurotomy.selection.result import Selection

__all__ = ["HasCapture", "forecast"]

Array = NDArray[np.float64]

_MONTHS = np.arange(0.0, 36.01, 0.25)
_SAMPLES = 2000
_LONGEST_MONTHS = 240.0


class HasCapture(Protocol):
    """What is needed of a :class:`neurotomy.coverage.Coverage`: rooms of one floor do not import each other."""

    @property
    def all_captured_probability(self) -> float:
        """Probability that every nerve of the treatment is captured."""


def forecast(joint: str, selection: Selection, coverage: HasCapture, *, seed: int = 0) -> Recovery:
    """Relief over time for a patient with these blocks and this coverage.

    A mixture: the joint is not the source; it is, but a nerve was missed; it is, and all nerves were captured. With a
    lesion on the right nerves relief of at least half is there at 3 months in the share fitted to outcome studies;
    without, in the share of sham arms. Of the rest about half have some relief that is smaller or shorter, as the
    leaflet says. How long it lasts is the fitted survival of :mod:`~neurotomy.recovery.survival`.

    The curves count who still has relief, from the day on; that relief only comes after days to weeks is told by the
    timeline.

    Parameters
    ----------
    joint : str
        As in :data:`neurotomy.anatomy.names.JOINTS`.
    selection : Selection
        Gives P(source) and its interval.
    coverage : HasCapture
        Gives P(all nerves captured).
    seed : int
        Seed of the sample behind the intervals.

    Raises
    ------
    AnatomyError
        When there is no such joint.
    CaseError
        When the selection is of another region of the spine.
    ValueError
        When the capture probability is outside 0 to 1.
    """
    joint = parse_joint(joint)
    region = region_of(joint)
    if selection.joint_region != region:
        raise CaseError(f"The blocks are of a {selection.joint_region} joint; {joint} is {region}.")
    captured = coverage.all_captured_probability
    if not 0.0 <= captured <= 1.0:
        raise ValueError(f"all_captured_probability is {captured:g}; a probability lies between 0 and 1.")
    success, length = fit.success(region), fit.duration(region)
    horizon = evidence.value("outcome.model.horizon")
    rest = evidence.value("outcome.leaflet.partial_of_rest")

    # The expectation is exact: every factor is independent of the others and enters once.
    source = selection.probability
    hit, sham = float(success.success.mean()), float(success.sham.mean())
    significant = source * captured * hit + (1.0 - source * captured) * sham
    partial = rest * (1.0 - significant)
    kept = length.still(_MONTHS, horizon)
    partial_source = rest * source * (captured * (1.0 - hit) + (1.0 - captured) * (1.0 - sham))
    partial_other = rest * (1.0 - source) * (1.0 - sham)
    short = partial_source * _partial_of_source(_MONTHS) + partial_other * _partial_of_other(_MONTHS)

    low, high, curve_low, curve_high = _spread(region, selection, captured, horizon, seed)
    still_significant = significant * kept
    return Recovery(
        significant=significant,
        partial=partial,
        none=1.0 - significant - partial,
        significant_interval=(low, high),
        median_relief_months=_median(region, horizon),
        timeline=timeline(),
        risks=risks_of(joint, region),
        explanation=_explanation(region, selection, captured, significant),
        evidence=_evidence(region),
        month=_MONTHS.copy(),
        still_significant=still_significant,
        still_any=still_significant + short,
        still_significant_low=curve_low,
        still_significant_high=curve_high,
    )


def _spread(
    region: str, selection: Selection, captured: float, horizon: float, seed: int
) -> tuple[float, float, Array, Array]:
    """90 % interval of the significant share, and 90 % band of its curve."""
    generator = np.random.default_rng(seed)
    success, length = fit.success(region), fit.duration(region)
    index = generator.integers(success.success.size, size=_SAMPLES)
    source = _draw_source(generator, selection)
    on_target = source * captured
    share = on_target * success.success[index] + (1.0 - on_target) * success.sham[index]
    curves = share * still(_MONTHS[:, None], horizon, *length.draw(generator, _SAMPLES))
    low, high = np.quantile(share, (0.05, 0.95))
    band = np.quantile(curves, (0.05, 0.95), axis=1)
    return float(low), float(high), band[0], band[1]


def _draw_source(generator: np.random.Generator, selection: Selection) -> Array:
    """P(source) with the mean of the selection and a spread that gives its 90 % interval."""
    mean = float(np.clip(selection.probability, 1e-6, 1.0 - 1e-6))
    sd = (selection.interval[1] - selection.interval[0]) / (2 * 1.6449)
    if sd <= 1e-6:
        return np.full(_SAMPLES, mean)
    weight = max(mean * (1.0 - mean) / sd**2 - 1.0, 0.5)
    return generator.beta(mean * weight, (1.0 - mean) * weight, _SAMPLES)


def _partial_of_source(months: Array) -> Array:
    """Smaller or shorter relief where the joint is the source: median as in Loh 2015, between its two techniques."""
    medians = [evidence.value(f"outcome.lumbar.duration.loh2015_{name}") for name in ("previous", "parallel")]
    return np.asarray(np.mean([0.5 ** (months / median) for median in medians], axis=0))


def _partial_of_other(months: Array) -> Array:
    """The same where it is not: median as after sham."""
    return np.asarray(0.5 ** (months * DAYS_PER_MONTH / evidence.value("outcome.sham.lord1996_median")))


@cache
def _median(region: str, horizon: float) -> float:
    """Months until half of those with significant relief have lost it; infinite past the longest time looked at."""
    months = np.arange(horizon, _LONGEST_MONTHS, 0.25)
    kept = fit.duration(region).still(months, horizon)
    return float(np.interp(0.5, kept[::-1], months[::-1])) if kept[-1] < 0.5 else float("inf")


def _evidence(region: str) -> tuple[str, ...]:
    keys = (
        *fit.success(region).keys,
        *fit.duration(region).keys,
        "outcome.leaflet.partial_of_rest",
        "outcome.lumbar.duration.loh2015_previous",
        "outcome.lumbar.duration.loh2015_parallel",
        "outcome.sham.lord1996_median",
        "outcome.model.shape_sd",
        "outcome.model.spread_sd",
        "outcome.model.lasting_weight",
        "outcome.model.lasting_spread",
        "outcome.lumbar.repeat.starr2019",
        "outcome.negative.mint_facet",
    )
    return tuple(dict.fromkeys(keys))


def _explanation(region: str, selection: Selection, captured: float, significant: float) -> tuple[str, ...]:
    success, length = fit.success(region), fit.duration(region)
    leaflet = evidence.get("outcome.leaflet.significant")
    assert leaflet.low is not None
    assert leaflet.high is not None
    capture = evidence.get("outcome.model.study_capture")
    assert capture.low is not None
    assert capture.high is not None
    shares = [study.share for study in success.studies]
    if leaflet.low <= significant <= leaflet.high:
        where = "lies in that range"
    else:
        lower = significant < leaflet.low
        where = f"lies {'below' if lower else 'above'} it, because of what the blocks and the coverage say"
    sentences = [
        "This is a phenomenological model, fitted to published follow-up; it is not derived from how nerves regrow. "
        "A 10 mm lesion would regrow in days to weeks, yet relief lasts months: length alone cannot explain it.",
        f"P(the joint is the source) is {_percent(selection.probability)} and P(all its nerves were captured) is "
        f"{_percent(captured)}. If both hold, {_percent(success.success.mean())} have relief of at least half at "
        f"3 months; otherwise {_percent(success.sham.mean())}, as after sham. One missed nerve counts as all missed.",
        f"That success was fitted to {len(shares)} groups of patients with {_percent(min(shares))} to "
        f"{_percent(max(shares))} success, assuming that their electrodes captured the nerves in "
        f"{_percent(capture.low)} to {_percent(capture.high)}; nobody measured it.",
        f"Duration was fitted to {len(length.keys)} published numbers. Studies disagree by more than their sizes "
        f"explain (typically by a factor of {math.exp(length.spread):.1f}), so the band is wide. In "
        f"{_percent(length.lasting)} of those with relief it did not end within the follow-up; that share rests on "
        "long follow-ups, which ask those who can be found, while in a registry almost half had a repeat in 7 years.",
        "That half of the others have smaller or shorter relief is said by the founding leaflet only.",
        "Studies disagree on more than size: the MINT trials (681 patients) found no important benefit of neurotomy "
        "added to exercise, and a sham-controlled sacroiliac trial found none at all.",
        f"The leaflet says {_percent(leaflet.low)} to {_percent(leaflet.high)} with significant relief; the "
        f"{_percent(significant)} here {where}.",
    ]
    if region == "thoracic":
        sentences.append("No outcome study of the thoracic spine was found: the lumbar fit is used.")
    return tuple(sentences)


def _percent(share: float) -> str:
    return f"{100.0 * float(share):.0f} %"
