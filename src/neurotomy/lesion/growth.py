"""A lesion while it grows: the damage at many moments of one march, for who watches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.tissue import tissue as tissue_of
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.damage import Dose
from neurotomy.lesion.extents import Nodes
from neurotomy.lesion.march import Step, march
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.result import LesionField
from neurotomy.lesion.schedule import phases_of
from neurotomy.lesion.simulation import COOL, Numerics, grid_for, problem_for
from neurotomy.progress import SILENT, Progress

__all__ = ["Growth", "growth"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """Damage at increasing times.

    Attributes
    ----------
    time_s
        Of each field.
    fields
        What has happened to the tissue up to then: peak temperature, Arrhenius integral, equivalent minutes.
    """

    time_s: Array
    fields: tuple[LesionField, ...]

    def at(self, time_s: float) -> LesionField:
        """The last field not later than `time_s`."""
        return self.fields[max(int(np.searchsorted(self.time_s, time_s + 1e-9, side="right")) - 1, 0)]


def growth(
    electrode: Electrode,
    protocol: Protocol,
    *,
    tissue: str = "muscle",
    start_c: float = 37.0,
    perfusion: bool = True,
    physics: Physics = PLAIN,
    every_s: float = 4.0,
    progress: Progress = SILENT,
) -> Growth:
    """Solve the lesion of :func:`neurotomy.lesion.simulate` once more on its grid, and keep the damage every `every_s`.

    Parameters are those of :func:`~neurotomy.lesion.simulate`; the electrode must be straight and without tines.
    """
    numerics = Numerics()
    grid = grid_for(electrode, numerics)
    nodes = Nodes(grid)
    problem = problem_for(grid, electrode, tissue_of(tissue), start_c, perfusion, numerics.grounded, physics)
    phases = phases_of(protocol, start_c, numerics.step_s, numerics.cool_down_s, until_c=evidence.value(COOL))
    total_s = sum(phase.duration_s for phase in phases)
    dose = Dose(nodes(np.full(grid.shape, start_c)))
    z, r = nodes.z * 1e3, nodes.r * 1e3
    times: list[float] = []
    fields: list[LesionField] = []

    def watch(step: Step) -> None:
        if step.step_s > 0:
            dose.add(nodes(start_c + step.rise), step.step_s, None if step.spike is None else nodes(step.spike))
        progress(min(step.time_s / total_s, 1.0))
        if not times or step.time_s >= times[-1] + every_s - 1e-9:
            times.append(step.time_s)
            fields.append(LesionField(z, r, dose.peak_c.copy(), np.asarray(dose.log10_omega), dose.cem43_min.copy()))

    march(
        problem,
        phases,
        start_c=start_c,
        refresh=numerics.refresh,
        protocol=protocol,
        watch=watch,
        stop_blood=physics.perfusion_shutdown,
    )
    return Growth(np.array(times), tuple(fields))
