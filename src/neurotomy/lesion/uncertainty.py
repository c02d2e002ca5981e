"""How uncertain the size of a lesion is, and which input makes it so.

:func:`uncertainty` draws all uncertain inputs at once, a thousand times, each from its spread in the evidence, and
solves every member with the full physics on a quicker grid whose error is stated. Electrical conductivity is not drawn:
under temperature control it changes volts and ohms and not the lesion.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.tissue import Tissue
from neurotomy.anatomy.tissue import tissue as tissue_of
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.errors import LesionError
from neurotomy.lesion.member import QUICK, Inputs
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.simulation import Numerics
from neurotomy.lesion.uncertainty_indices import indices
from neurotomy.lesion.uncertainty_inputs import EDGE, Spread, spreads_of
from neurotomy.lesion.uncertainty_pool import solve_all
from neurotomy.lesion.uncertainty_worker import OUTPUTS, member_outputs
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance
from neurotomy.results import INTERNAL, Result

__all__ = ["METHOD", "Influence", "Interval", "Uncertainty", "uncertainty"]

Array = NDArray[np.float64]

METHOD = (
    "all inputs drawn together (Latin hypercube), every member solved; shares of the variance from polynomial chaos of "
    "second order (Sudret 2008)"
)
FEWEST = 200
"""Members below which shares of the variance cannot be told."""


@dataclass(frozen=True)
class Influence(Result):
    """What one input does to one size.

    Attributes
    ----------
    input, unit
        The input.
    low, high
        Its own 5 and 95 % quantiles.
    first_order, total
        Share of the variance it makes by itself, and with all that it does together with others.
    swing
        Change of the size from `low` to `high`, in the unit of the size.
    evidence
        Where its spread comes from.
    """

    input: str
    unit: str
    low: float
    high: float
    first_order: float
    total: float
    swing: float
    evidence: str


@dataclass(frozen=True)
class Interval(Result):
    """One size of one lesion.

    Attributes
    ----------
    best
        With the best estimate of every input.
    low, median, high
        5, 50 and 95 % of the members.
    explained
        Share of the variance that the polynomial behind the influences predicts.
    influences
        Largest first.
    """

    best: float
    low: float
    median: float
    high: float
    explained: float
    influences: tuple[Influence, ...]


@dataclass(frozen=True)
class Uncertainty(Result):
    """90 % intervals of the extents, and what makes them.

    Attributes
    ----------
    isotherm_50c, isotherm_60c, necrosis
        For ``width_mm``, ``length_mm``, ``beyond_tip_mm`` and ``volume_mm3`` an :class:`Interval`. The edge of
        necrosis is itself uncertain and drawn: no kinetics of nerve were ever measured.
    members, seed
        Of the ensemble.
    workers
        Processes that solved it; no number depends on it.
    method
        In words.
    grid_error_mm
        Largest difference of the members' grid from a finer one, at the best estimate.
    solve_s
        Wall time.
    values
        (members, outputs).
    """

    isotherm_50c: Mapping[str, Interval]
    isotherm_60c: Mapping[str, Interval]
    necrosis: Mapping[str, Interval]
    members: int
    seed: int
    workers: int
    method: str
    grid_error_mm: float
    solve_s: float
    provenance: Provenance
    values: Array = field(metadata=INTERNAL)


def uncertainty(
    electrode: Electrode,
    protocol: Protocol,
    *,
    tissue: str | Tissue = "muscle",
    start_c: float = 37.0,
    perfusion: bool = True,
    physics: Physics = PLAIN,
    members: int = 1000,
    seed: int = 1,
    workers: int | None = None,
    numerics: Numerics = QUICK,
    progress: Progress = SILENT,
) -> Uncertainty:
    """90 % intervals of a lesion's extents from the spreads of its inputs.

    Parameters
    ----------
    electrode, protocol, tissue, start_c, perfusion, physics
        As for :func:`~neurotomy.lesion.simulation.simulate`.
    members : int
        Draws.
    seed : int
        The same seed gives the same bits, whatever the number of `workers`.
    workers : int, optional
        Processes; two on a machine with two cores, else one core is left free.
    numerics : Numerics
        Grid and step of every member.

    Raises
    ------
    LesionError
        When there are too few members for their inputs, or one cannot be solved.
    Cancelled
        When the watcher of `progress` asks to stop.
    """
    from neurotomy.lesion.uncertainty_pool import usual_workers

    began = time.perf_counter()
    if members < FEWEST:
        raise LesionError(f"{members} members are too few to tell which input matters: give at least {FEWEST}.")
    if workers is not None and workers < 1:
        raise LesionError(f"{workers} workers cannot solve anything: give at least 1.")
    material = tissue_of(tissue) if isinstance(tissue, str) else tissue
    inputs = Inputs(electrode, protocol, material, start_c, perfusion, physics)
    spreads = spreads_of(inputs)
    names = tuple(spread.name for spread in spreads)
    quantiles = _latin_hypercube(members, len(names), seed)
    # The best estimate first: a lesion that cannot be is refused before a thousand of them are tried.
    nowhere: tuple[tuple[str, ...], Array] = ((), np.empty(0))
    best = member_outputs(inputs, *nowhere, numerics)
    finer = member_outputs(inputs, *nowhere, Numerics())
    workers = workers or usual_workers()
    values = solve_all(inputs, names, quantiles, numerics, workers=workers, progress=progress.part(0.0, 0.98))
    gaussian = [spread.shape in ("normal", "lognormal") for spread in spreads]
    found: dict[str, dict[str, Interval]] = {}
    for n, (criterion, quantity) in enumerate(OUTPUTS):
        varied = [criterion == "necrosis" or name != EDGE for name in names]
        found.setdefault(criterion, {})[quantity] = _interval(
            values[:, n], float(best[n]), quantiles, spreads, gaussian, varied
        )
    progress(1.0, f"{members} members")
    lengths = [n for n, (_, quantity) in enumerate(OUTPUTS) if quantity != "volume_mm3"]
    return Uncertainty(
        **found,
        members=members,
        seed=seed,
        workers=workers,
        method=METHOD,
        grid_error_mm=float(np.abs(best - finer)[lengths].max()),
        solve_s=time.perf_counter() - began,
        provenance=Provenance.now(seed=seed, evidence=tuple(spread.evidence for spread in spreads)),
        values=values,
    )


def _latin_hypercube(members: int, inputs: int, seed: int) -> Array:
    random = np.random.default_rng(np.random.SeedSequence(seed))
    cells = np.stack([random.permutation(members) for _ in range(inputs)], axis=1)
    return np.asarray((cells + random.random(cells.shape)) / members)


def _interval(
    values: Array,
    best: float,
    quantiles: Array,
    spreads: tuple[Spread, ...],
    gaussian: list[bool],
    varied: list[bool],
) -> Interval:
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    some = [n for n, used in enumerate(varied) if used]
    split = indices(quantiles[:, some], values, [gaussian[n] for n in some])
    influences = [
        Influence(
            spreads[n].name,
            spreads[n].unit,
            spreads[n].at(0.05),
            spreads[n].at(0.95),
            float(split.first_order[k]),
            float(split.total[k]),
            float(split.swing[k]),
            spreads[n].evidence,
        )
        for k, n in enumerate(some)
    ]
    influences.sort(key=lambda influence: -influence.total)
    return Interval(best, float(low), float(median), float(high), split.explained, tuple(influences))
