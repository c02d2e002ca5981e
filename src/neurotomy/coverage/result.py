"""What the coverage room gives: how much of each nerve the lesion takes, and with what probability."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Target
from neurotomy.results import INTERNAL, Result

__all__ = ["Coverage", "NerveCoverage"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class NerveCoverage(Result):
    """One nerve against the lesion(s) made for it.

    Attributes
    ----------
    target
        The nerve.
    criterion
        The damage criterion of everything below.
    coagulated_length_mm
        Longest unbroken stretch of the nerve over which the whole cross-section is coagulated, as placed (no spread).
    touched_length_mm
        Length over which any part of the cross-section is coagulated.
    cross_section_share
        Largest share of the nerve's cross-section that is coagulated anywhere along its course, 0 to 1.
    capture_probability
        Probability that at least `capture_length_mm` of the nerve on the neck is coagulated over its whole
        cross-section, under the spread of nerve position, placement and tissue.
    capture_interval
        95 % interval of that probability from the finite number of samples (Wilson).
    capture_length_mm
        The length that counts as captured, with its reason in `note`.
    length_quantiles_mm
        5, 25, 50, 75, 95 % quantiles of the coagulated length under the spread.
    samples
        Number of samples.
    nearest_mm
        Distance between the axis of the active tip and the nerve, as placed.
    angle_deg
        Angle between the needle and the nerve where they are closest, 0 is parallel, as placed.
    arc_mm, share_along
        Cross-section share along the nerve's course: position (mm) and share (0 to 1), for figures.
    note
        What a reader must know.
    coagulated_on_neck_mm
        The longest such stretch within the neck of the superior articular process alone; this is what
        `capture_length_mm` is compared with.
    neck_arc_mm
        From where to where along the course the neck lies, for figures.
    """

    target: Target
    criterion: str
    coagulated_length_mm: float
    touched_length_mm: float
    cross_section_share: float
    capture_probability: float
    capture_interval: tuple[float, float]
    capture_length_mm: float
    length_quantiles_mm: tuple[float, float, float, float, float]
    samples: int
    nearest_mm: float
    angle_deg: float
    arc_mm: Array = field(metadata=INTERNAL)
    share_along: Array = field(metadata=INTERNAL)
    note: str = ""
    coagulated_on_neck_mm: float = float("nan")
    neck_arc_mm: tuple[float, float] = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Coverage(Result):
    """All nerves of a treatment.

    Attributes
    ----------
    nerves
        One for each target.
    all_captured_probability
        Probability that every nerve of the treatment is captured (the joint is denervated), sampled together, so that
        the shared spread (tissue) is shared.
    seed
        Seed of the samples.
    spreads
        The standard deviations that were sampled, in words with units.
    all_captured_interval
        95 % interval of that probability from the finite number of samples (Wilson).
    """

    nerves: tuple[NerveCoverage, ...]
    all_captured_probability: float
    seed: int
    spreads: tuple[str, ...] = ()
    all_captured_interval: tuple[float, float] = (0.0, 1.0)
