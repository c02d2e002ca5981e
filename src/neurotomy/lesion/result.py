"""What the lesion room gives: extents by criterion, generator traces, and the fields in the needle's own frame."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.provenance import Provenance
from neurotomy.results import INTERNAL, Result

__all__ = ["DamageEdge", "Extent", "Lesion", "LesionField", "Trace"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Extent(Result):
    """Size of the region that meets one criterion. Length includes the electrode's own span; sizes are of tissue.

    Attributes
    ----------
    criterion
        For people, for instance ``peak temperature ≥ 50 °C``.
    width_mm
        Largest diameter across the needle.
    length_mm
        From the lowest to the highest point along the needle.
    beyond_tip_mm
        How far it reaches past the apex.
    volume_mm3
        Tissue volume, the needle's own volume not counted.
    numerical_error_mm
        Estimated error of width and length from a second grid; large where the criterion is the set temperature itself,
        whose isotherm hugs the needle. NaN where it was not estimated.
    """

    criterion: str
    width_mm: float
    length_mm: float
    beyond_tip_mm: float
    volume_mm3: float
    numerical_error_mm: float = float("nan")


@dataclass(frozen=True)
class Trace(Result):
    """What the generator would show, one value a time step (RMS volts), from the start to the end of the cool-down.

    The impedance is that of tip and tissue, without cables and skin; NaN (null in JSON) while the generator is off. Of
    pulsed current, power is the average over bursts and pauses, volts and amperes are those of a burst.
    """

    time_s: Array
    tip_c: Array
    power_w: Array
    impedance_ohm: Array
    voltage_v: Array
    current_a: Array = dataclasses.field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class DamageEdge(Result):
    """The lesion as one model of heat damage sees it.

    Attributes
    ----------
    name
        For programs, for instance ``arrhenius_liver``.
    evidence
        Key of the evidence that the model rests on; its note says what it is fit for.
    tag
        How the evidence was found (``read``, ``secondary``, ``memory``, ...).
    extent
        With the criterion in words.
    """

    name: str
    evidence: str
    tag: str
    extent: Extent


@dataclass(frozen=True)
class LesionField(Result):
    """Damage around a straight needle, on the nodes (z, r) of a graded grid in the needle's frame.

    z = 0 at the apex, positive up the shaft; r from the axis; mm. Rows are z, columns r, both ascending. The first
    column is the axis, one is the metal surface (r = the needle's radius); inside the needle every node shows the
    tissue at the surface of its row.

    Attributes
    ----------
    peak_c
        Highest temperature reached, °C, (nz, nr).
    log10_omega
        log10 of the Arrhenius integral at the end of the cool-down, (nz, nr); 0 is the edge of necrosis.
    cem43_min
        Cumulative equivalent minutes at 43 °C, (nz, nr).
    """

    z_mm: Array
    r_mm: Array
    peak_c: Array
    log10_omega: Array
    cem43_min: Array


@dataclass(frozen=True)
class Lesion(Result):
    """A heat lesion in homogeneous tissue around a straight needle.

    Attributes
    ----------
    electrode, protocol, tissue
        What was asked.
    start_c
        Tissue temperature before the lesion.
    perfusion
        Whether blood carried heat away.
    isotherm_50c, isotherm_60c
        Where the peak temperature reached 50 and 60 °C.
    necrosis
        Where the Arrhenius integral reached 1.
    cem43_240min
        Where 240 equivalent minutes at 43 °C were reached.
    trace
        Generator read-outs.
    peak_tissue_c
        Hottest tissue temperature; above 100 °C the model is not valid (vaporisation).
    numerical_error_mm
        Estimated error of width and length from a second, coarser grid: the largest over all criteria.
    solve_s
        Time of the solution with its error estimate.
    field
        The damage field in the needle's frame.
    warnings
        What a person must know, for instance tissue above 100 °C, or a limit reached.
    physics
        What was computed beyond the plain lesion.
    damage
        Models of heat damage side by side; empty where only the usual criteria were asked for.
    burst_rise_k
        What one burst of pulsed current adds where it adds most, K, if no heat flowed away meanwhile; at the metal some
        does. None without bursts. Peak temperatures hold half of it: bursts swing about the mean.
    """

    electrode: Electrode
    protocol: Protocol
    tissue: str
    start_c: float
    perfusion: bool
    isotherm_50c: Extent
    isotherm_60c: Extent
    necrosis: Extent
    cem43_240min: Extent
    trace: Trace
    peak_tissue_c: float
    numerical_error_mm: float
    solve_s: float
    provenance: Provenance
    field: LesionField = dataclasses.field(metadata=INTERNAL)
    warnings: tuple[str, ...] = ()
    physics: Physics = PLAIN
    damage: tuple[DamageEdge, ...] = ()
    burst_rise_k: float | None = None
