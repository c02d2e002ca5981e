"""What a patient can expect: three groups, relief over time, timeline and risks; for one joint or several."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.innervation import targets_for
from neurotomy.anatomy.names import Side, Target, parse_joint
from neurotomy.errors import CaseError
from neurotomy.recovery import fit
from neurotomy.recovery.repeat import repeats
from neurotomy.recovery.result import Component, JointForecast, Recovery, Risk
from neurotomy.recovery.risks import risks_of
from neurotomy.recovery.survival import DAYS_PER_MONTH, still
from neurotomy.recovery.timeline import onset_days, timeline
from neurotomy.selection.region import region_of
from neurotomy.selection.result import Selection

__all__ = ["HasCapture", "HasNerve", "HasNerves", "forecast", "forecast_joints"]

Array = NDArray[np.float64]

_MONTHS = np.arange(0.0, 36.01, 0.25)
_SAMPLES = 2000
_LONGEST_MONTHS = 240.0
_TWO_YEARS = 24.0


class HasCapture(Protocol):
    """What is needed of a :class:`neurotomy.coverage.Coverage`: rooms of one floor do not import each other."""

    @property
    def all_captured_probability(self) -> float:
        """Probability that every nerve of the treatment is captured."""


class HasNerve(Protocol):
    """What is needed of a :class:`neurotomy.coverage.NerveCoverage`."""

    @property
    def target(self) -> Target:
        """The nerve."""

    @property
    def capture_probability(self) -> float:
        """Probability that it is captured."""


class HasNerves(HasCapture, Protocol):
    """What several joints need of a coverage: each nerve too."""

    @property
    def nerves(self) -> Sequence[HasNerve]:
        """One for each treated nerve."""


@dataclass(frozen=True)
class _Source:
    """Joints that are the source together: P(these and no others), whether their nerves are captured, their regions."""

    joints: tuple[str, ...]
    captured: float
    regions: tuple[str, ...]


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
    captured = _probability("all_captured_probability", coverage.all_captured_probability)
    found = _forecast({joint: selection}, lambda joints: captured, seed)
    return replace(found, repeats=repeats(region_of(joint), selection.probability, captured))


def forecast_joints(selections: Mapping[str, Selection], coverage: HasNerves, side: Side, *, seed: int = 0) -> Recovery:
    """Relief of one patient with several joints under treatment, and of each joint by itself.

    The joints are taken as sources in a nested way: where a less likely one is a source, the likelier ones are too. It
    is one pain, and neighbouring joints share a nerve and mostly their blocks; no study says how they depend. So the
    pain comes from any of them with the probability of the likeliest, which is what outcome studies of several joints
    report as well. Relief needs the nerves of every joint that is a source; a nerve that is not in `coverage` was not
    treated and is not captured. What independent sources would give is said in the explanation.

    Parameters
    ----------
    selections : mapping of str to Selection
        For each joint of the case.
    coverage : HasNerves
        P(captured) of each treated nerve, and of all of them together.
    side : Side
        The patient's own side that is treated.
    seed : int
        Seed of the sample behind the intervals.

    Returns
    -------
    Recovery
        Of the patient; with more than one joint, `joints` holds each by itself.

    Raises
    ------
    AnatomyError, CaseError, ValueError
        As :func:`forecast`; also when no joint is given.
    """
    if not selections:
        raise CaseError("No joint to forecast; give a selection for each joint of the case.")
    stated = {parse_joint(joint): selection for joint, selection in selections.items()}
    capture = _Capture(coverage, side)
    if len(stated) == 1:
        ((joint, selection),) = stated.items()
        found = _forecast(stated, capture, seed)
        return replace(found, repeats=repeats(region_of(joint), selection.probability, capture((joint,))))
    together = _forecast(stated, capture, seed)
    each = []
    for joint, selection in stated.items():
        alone = _forecast({joint: selection}, capture, seed)
        each.append(
            JointForecast(
                joint=joint,
                source=selection.probability,
                captured=capture((joint,)),
                significant=alone.significant,
                partial=alone.partial,
                none=alone.none,
                significant_interval=alone.significant_interval,
                median_relief_months=alone.median_relief_months,
            )
        )
    words = "; ".join(
        f"{one.joint} {_percent(one.significant)} ({_percent(one.significant_interval[0])} to "
        f"{_percent(one.significant_interval[1])})"
        for one in each
    )
    by_itself = f"If only one joint were treated and could be the source, significant relief would be: {words}."
    return replace(together, joints=tuple(each), explanation=(*together.explanation, by_itself))


class _Capture:
    """P(every nerve of some joints is captured), from each nerve's own and that of all together."""

    def __init__(self, coverage: HasNerves, side: Side) -> None:
        self.side = side
        self.nerves = {
            nerve.target: _probability(f"capture_probability of the {nerve.target.label}", nerve.capture_probability)
            for nerve in coverage.nerves
        }
        self.all = _probability("all_captured_probability", coverage.all_captured_probability)

    def __call__(self, joints: Sequence[str]) -> float:
        needed = dict.fromkeys(target for joint in joints for target in targets_for(joint, self.side))
        if any(target not in self.nerves for target in needed):
            return 0.0  # a nerve that was not treated
        own = [self.nerves[target] for target in needed]
        if len(own) == len(self.nerves):
            return self.all
        # How far nerves are captured together (they share tissue and hand) is taken from all of them: between the
        # product, which is independence, and the smallest, which is the most that is possible.
        product, smallest = math.prod(self.nerves.values()), min(self.nerves.values())
        apart = smallest - product
        share = min(max((self.all - product) / apart, 0.0), 1.0) if apart > 1e-9 else 0.0
        some = math.prod(own)
        return max(some + share * (min(own) - some), self.all)


def _forecast(selections: Mapping[str, Selection], capture: Callable[[Sequence[str]], float], seed: int) -> Recovery:
    """The mixture over which joints are the source."""
    for joint, selection in selections.items():
        if selection.joint_region != region_of(joint):
            raise CaseError(f"The blocks are of a {selection.joint_region} joint; {joint} is {region_of(joint)}.")
    order = sorted(selections, key=lambda joint: -selections[joint].probability)
    p = np.array([selections[joint].probability for joint in order])
    sources = [
        _Source(
            joints=tuple(order[: n + 1]),
            captured=capture(order[: n + 1]),
            regions=tuple(dict.fromkeys(region_of(joint) for joint in order[: n + 1])),
        )
        for n in range(len(order))
    ]
    weights = p - np.append(p[1:], 0.0)
    main = region_of(order[0])
    horizon = evidence.value("outcome.model.horizon")
    rest = evidence.value("outcome.leaflet.partial_of_rest")

    # The expectation is exact: every factor is independent of the others and enters once.
    no_source = 1.0 - float(p[0])
    sham_alone = float(fit.success(main).sham.mean())
    significant, kept = no_source * sham_alone, no_source * sham_alone * _kept(main)
    # Relief that no lesion made is there at once, the other begins evenly over the days that the sources span.
    begun = _begun(_MONTHS)
    now = kept.copy()
    of_captured = of_missed = captured_relief = missed_relief = 0.0
    for weight, source in zip(weights, sources, strict=True):
        hit = min(float(fit.success(region).success.mean()) for region in source.regions)
        sham = min(float(fit.success(region).sham.mean()) for region in source.regions)
        share = source.captured * hit + (1.0 - source.captured) * sham
        still_there = np.min([_kept(region) for region in source.regions], axis=0)
        significant += weight * share
        kept = kept + weight * share * still_there
        made, as_sham = source.captured * hit, (1.0 - source.captured) * sham
        now = now + weight * (made * begun + as_sham) * still_there
        of_captured += weight * source.captured
        of_missed += weight * (1.0 - source.captured)
        captured_relief += weight * source.captured * hit
        missed_relief += weight * (1.0 - source.captured) * sham
    partial = rest * (1.0 - significant)
    short = rest * (of_captured - captured_relief + of_missed - missed_relief) * _partial_of_source(_MONTHS)
    short = short + rest * no_source * (1.0 - sham_alone) * _partial_of_other(_MONTHS)

    low, high, curve_low, curve_high = _spread([selections[joint] for joint in order], sources, horizon, seed)
    region_set = tuple(dict.fromkeys(region_of(joint) for joint in selections))
    return Recovery(
        significant=significant,
        partial=partial,
        none=1.0 - significant - partial,
        significant_interval=(low, high),
        median_relief_months=min(_median(region, horizon) for region in region_set),
        timeline=timeline(),
        risks=_risks(selections),
        explanation=_explanation(selections, sources, significant, p),
        evidence=tuple(dict.fromkeys(key for region in region_set for key in _evidence(region))),
        month=_MONTHS.copy(),
        still_significant=np.asarray(kept),
        still_any=np.asarray(kept + short),
        still_significant_low=curve_low,
        still_significant_high=curve_high,
        relieved_now=np.asarray(now),
        relief_within_2_years_months=float(np.trapezoid(now[_MONTHS <= _TWO_YEARS], _MONTHS[_MONTHS <= _TWO_YEARS])),
        components=(
            _component("not the source", no_source, no_source * sham_alone, rest),
            _component("nerve missed", of_missed, missed_relief, rest),
            _component("captured", of_captured, captured_relief, rest),
        ),
    )


def _component(name: str, probability: float, relieved: float, rest: float) -> Component:
    share = relieved / probability if probability > 0.0 else 0.0
    return Component(name, probability, share, rest * (1.0 - share), (1.0 - rest) * (1.0 - share))


def _risks(selections: Mapping[str, Selection]) -> tuple[Risk, ...]:
    # One lesion for each nerve; nerves that two joints share are one. Their number does not depend on the side.
    lesions = len({target for joint in selections for target in targets_for(joint, Side.LEFT)})
    found = {risk.evidence: risk for joint in selections for risk in risks_of(joint, region_of(joint), lesions)}
    return tuple(sorted(found.values(), key=lambda risk: (risk.per == "case reports", risk.rate is None)))


def _probability(name: str, p: float) -> float:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"{name} is {p:g}; a probability lies between 0 and 1.")
    return p


def _spread(
    selections: Sequence[Selection], sources: Sequence[_Source], horizon: float, seed: int
) -> tuple[float, float, Array, Array]:
    """90 % interval of the significant share, and 90 % band of its curve."""
    generator = np.random.default_rng(seed)
    regions = list(dict.fromkeys(region for source in sources for region in source.regions))
    rates: dict[str, tuple[Array, Array]] = {}
    curves: dict[str, Array] = {}
    index = generator.integers(fit.success(regions[0]).success.size, size=_SAMPLES)
    for region in regions:
        success = fit.success(region)
        rates[region] = success.success[index], success.sham[index]
        curves[region] = still(_MONTHS[:, None], horizon, *fit.duration(region).draw(generator, _SAMPLES))
    # P(source) of the joints is uncertain together: the same reading of blocks and prevalence stands behind all.
    shuffle = generator.permutation(_SAMPLES)
    p = np.array([np.sort(_draw_source(generator, selection))[shuffle] for selection in selections])
    p = np.maximum.accumulate(p[::-1], axis=0)[::-1]  # nested, as the means are
    weights = p - np.vstack([p[1:], np.zeros(_SAMPLES)])
    first = sources[0].regions[0]
    share = (1.0 - p[0]) * rates[first][1]
    curve = share * curves[first]
    for weight, source in zip(weights, sources, strict=True):
        hit = np.min([rates[region][0] for region in source.regions], axis=0)
        sham = np.min([rates[region][1] for region in source.regions], axis=0)
        here = weight * (source.captured * hit + (1.0 - source.captured) * sham)
        share = share + here
        curve = curve + here * np.min([curves[region] for region in source.regions], axis=0)
    low, high = np.quantile(share, (0.05, 0.95))
    band = np.quantile(curve, (0.05, 0.95), axis=1)
    return float(low), float(high), band[0], band[1]


def _draw_source(generator: np.random.Generator, selection: Selection) -> Array:
    """P(source) with the mean of the selection and a spread that gives its 90 % interval."""
    mean = float(np.clip(selection.probability, 1e-6, 1.0 - 1e-6))
    sd = (selection.interval[1] - selection.interval[0]) / (2 * 1.6449)
    if sd <= 1e-6:
        return np.full(_SAMPLES, mean)
    weight = max(mean * (1.0 - mean) / sd**2 - 1.0, 0.5)
    return generator.beta(mean * weight, (1.0 - mean) * weight, _SAMPLES)


@cache
def _kept(region: str) -> Array:
    """Share of those in relief at the horizon who still are, over the months of the curve."""
    return fit.duration(region).still(_MONTHS, evidence.value("outcome.model.horizon"))


def _begun(months: Array) -> Array:
    first, last = onset_days()
    return np.clip((months * DAYS_PER_MONTH - first) / (last - first), 0.0, 1.0)


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
        "outcome.negative.mint_facet",
    )
    return tuple(dict.fromkeys(keys))


def _explanation(
    selections: Mapping[str, Selection],
    sources: Sequence[_Source],
    significant: float,
    p: Array,
) -> tuple[str, ...]:
    main = region_of(sources[0].joints[0])
    success, length = fit.success(main), fit.duration(main)
    leaflet = evidence.get("outcome.leaflet.significant")
    assert leaflet.low is not None
    assert leaflet.high is not None
    bounds = evidence.get("outcome.model.study_capture")
    assert bounds.low is not None
    assert bounds.high is not None
    shares = [study.share for study in success.studies]
    if leaflet.low <= significant <= leaflet.high:
        where = "lies in that range"
    else:
        lower = significant < leaflet.low
        where = f"lies {'below' if lower else 'above'} it, because of what the blocks and the coverage say"
    several = len(selections) > 1
    joints = "any of the joints" if several else "the joint"
    sentences = [
        "This is a phenomenological model, fitted to published follow-up; it is not derived from how nerves regrow. "
        "A 10 mm lesion would regrow in days to weeks, yet relief lasts months: length alone cannot explain it.",
        f"P({joints} is the source) is {_percent(p[0])} and P(all {'' if several else 'its '}nerves were captured) is "
        f"{_percent(sources[-1].captured)}. If both hold, {_percent(success.success.mean())} have relief of at least "
        f"half at 3 months; otherwise {_percent(success.sham.mean())}, as after sham. One missed nerve counts as all "
        "missed.",
        f"That success was fitted to {len(shares)} groups of patients with {_percent(min(shares))} to "
        f"{_percent(max(shares))} success, assuming that their electrodes captured the nerves in "
        f"{_percent(bounds.low)} to {_percent(bounds.high)}; nobody measured it.",
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
    if several:
        apart = 1.0 - float(np.prod(1.0 - p))
        sentences.append(
            f"The {len(selections)} joints are taken as one pain: where a less likely joint is a source, the likelier "
            "ones are too, and relief needs the nerves of all that are. No study says how joints depend; if they were "
            f"independent, one at least would be a source with {_percent(apart)} instead of {_percent(p[0])}, and more "
            "nerves would be needed."
        )
    if "thoracic" in {region_of(joint) for joint in selections}:
        sentences.append("No outcome study of the thoracic spine was found: the lumbar fit is used.")
    return tuple(sentences)


def _percent(share: float) -> str:
    return f"{100.0 * float(share):.0f} %"
