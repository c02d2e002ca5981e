"""How much the forecast depends on what nobody published: each choice of the fits changed by itself.

The fits take priors and a range of P(captured) for granted. Here each is halved, doubled or taken away, everything is
fitted again, and what matters to a patient is computed: nothing else changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from neurotomy import evidence
from neurotomy.progress import SILENT, Progress
from neurotomy.recovery import fit
from neurotomy.recovery.fit import Choices
from neurotomy.results import Result

__all__ = ["Sensitivity", "sensitivities"]


@dataclass(frozen=True)
class Sensitivity(Result):
    """The fits with one choice changed.

    Attributes
    ----------
    change
        In words; empty for the choices as they are.
    region
        cervical, lumbar or sacroiliac.
    significant
        Share with significant relief of a typical case: one block, P(captured) as the middle of the studies' range.
    still_12, still_24
        Of those in relief at 3 months, the share still so at 12 and 24.
    median_relief_months
        When half of them have lost it; infinite when they have not within 20 years.
    """

    change: str
    region: str
    significant: float
    still_12: float
    still_24: float
    median_relief_months: float


def sensitivities(region: str, progress: Progress = SILENT) -> tuple[Sensitivity, ...]:
    """The fits of a region as they are, and with each choice changed; about a second.

    Parameters
    ----------
    region : str
        cervical, lumbar or sacroiliac.
    """
    changes = list(_changes(fit.choices()))
    found = []
    for n, (words, other) in enumerate(changes):
        progress(n / len(changes), words or "as it is")
        found.append(_of(words, region, other))
    progress(1.0, "done")
    return tuple(found)


def _changes(now: Choices) -> Iterator[tuple[str, Choices]]:
    yield "", now
    for words, prior in (
        ("no relief lasts for good", replace(now.priors, lasting_weight=math.inf)),
        ("lasting share: flat prior", replace(now.priors, lasting_weight=1.0)),
        ("lasting share: alike in all studies", replace(now.priors, lasting_spread=0.0)),
        ("spread of duration: half the prior", replace(now.priors, spread_sd=0.5 * now.priors.spread_sd)),
        ("spread of duration: twice the prior", replace(now.priors, spread_sd=2.0 * now.priors.spread_sd)),
        ("shape: twice the prior", replace(now.priors, shape_sd=2.0 * now.priors.shape_sd)),
    ):
        yield words, replace(now, priors=prior)
    yield "spread of success: half the prior", replace(now, success_spread_sd=0.5 * now.success_spread_sd)
    yield "spread of success: twice the prior", replace(now, success_spread_sd=2.0 * now.success_spread_sd)
    low, high = now.study_capture
    middle = 0.5 * (low + high)
    yield f"studies captured {100 * low:.0f} to {100 * middle:.0f} %", replace(now, study_capture=(low, middle))
    yield f"studies captured {100 * middle:.0f} to {100 * high:.0f} %", replace(now, study_capture=(middle, high))


def _of(words: str, region: str, other: Choices) -> Sensitivity:
    rates, length = fit.success(region, "", other), fit.duration(region, "", other)
    horizon = evidence.value("outcome.model.horizon")
    on_target = fit.success(region).sources_before["one"] * evidence.value("outcome.model.study_capture")
    significant = on_target * float(rates.success.mean()) + (1.0 - on_target) * float(rates.sham.mean())
    months = np.arange(horizon, 240.0, 0.5)
    kept = length.still(months, horizon)
    return Sensitivity(
        change=words,
        region=region,
        significant=significant,
        still_12=float(length.still(np.array([12.0]), horizon)[0]),
        still_24=float(length.still(np.array([24.0]), horizon)[0]),
        median_relief_months=float(np.interp(0.5, kept[::-1], months[::-1])) if kept[-1] < 0.5 else float("inf"),
    )
