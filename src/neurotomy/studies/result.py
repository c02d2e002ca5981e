"""What a study gives: each policy's numbers with two intervals, and how policies differ on the same patients."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy.provenance import Provenance
from neurotomy.results import INTERNAL, Result
from neurotomy.studies.capture import Capture

__all__ = ["METRICS", "Difference", "Estimate", "PolicyResult", "StudyResult"]

Array = NDArray[np.float64]

METRICS: dict[str, str] = {
    "success_per_treated": "significant relief at the horizon, of those treated",
    "success_per_enrolled": "significant relief at the horizon, of those enrolled",
    "treated_per_enrolled": "treated, of those enrolled",
    "missed_per_source": "not treated although the joint is the source, of those with this source",
    "source_per_treated": "the joint is the source, of those treated",
    "captured_per_treated": "source and every nerve captured, of those treated",
    "blocks_per_enrolled": "blocks for each one enrolled",
    "neurotomies_per_enrolled": "neurotomies for each one enrolled",
    "procedures_per_success": "blocks and neurotomies for each first success",
    "months_per_treated": "months in significant relief within the follow-up, for each one treated",
    "months_per_enrolled": "months in significant relief within the follow-up, for each one enrolled",
}
"""What is reported of each policy, and what it means."""


@dataclass(frozen=True)
class Estimate(Result):
    """A number with its two kinds of doubt kept apart.

    Attributes
    ----------
    value
        Over all patients.
    sampling_interval
        95 %, from the finite number of simulated patients: more patients make it smaller.
    parameter_interval
        95 %, over what is not known exactly (accuracy of blocks, success, duration, capture): more patients do not.
    """

    value: float
    sampling_interval: tuple[float, float]
    parameter_interval: tuple[float, float]


@dataclass(frozen=True)
class PolicyResult(Result):
    """One policy.

    Attributes
    ----------
    name
        As in the study.
    selection, technique, repeat
        What it does, in words.
    capture
        Of its technique, one for each spine.
    estimates
        By the names of :data:`METRICS`.
    relieved
        Share of those treated in significant relief at the months of :attr:`StudyResult.months`.
    """

    name: str
    selection: str
    technique: str
    repeat: str
    capture: tuple[Capture, ...]
    estimates: dict[str, Estimate]
    relieved: tuple[float, ...]


@dataclass(frozen=True)
class Difference(Result):
    """One policy less the first, on the same patients.

    Attributes
    ----------
    name, against
        The two policies.
    estimates
        ``success_per_enrolled``, ``months_per_enrolled``, ``neurotomies_per_enrolled`` and ``blocks_per_enrolled``.
    """

    name: str
    against: str
    estimates: dict[str, Estimate]


@dataclass(frozen=True)
class StudyResult(Result):
    """A virtual cohort.

    Attributes
    ----------
    title, joint, side, region
        What it is about.
    patients, worlds, follow_up_months, horizon_months
        How many, in how many draws of what is not known, followed for how long; relief that lasts to the horizon counts
        as success.
    policies, differences
        In the order of the study; each policy but the first against the first.
    months
        At which the shares in relief are given.
    notes
        What a reader must know.
    provenance
        What produced it.
    """

    title: str
    joint: str
    side: str
    region: str
    patients: int
    worlds: int
    follow_up_months: float
    horizon_months: float
    policies: tuple[PolicyResult, ...]
    differences: tuple[Difference, ...]
    months: tuple[float, ...]
    notes: tuple[str, ...]
    provenance: Provenance
    world_values: dict[str, dict[str, Array]] = field(default_factory=dict, metadata=INTERNAL)
