"""A lesion while it grows: the damage at many moments of one march, for who watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.electrode import Electrode
from neurotomy.lesion.damage import Dose
from neurotomy.lesion.extents import Nodes
from neurotomy.lesion.march import Step
from neurotomy.lesion.result import LesionField
from neurotomy.lesion.simulation import Numerics, grid_for

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


def growth(electrode: Electrode, steps: Sequence[Step], *, start_c: float = 37.0, every_s: float = 4.0) -> Growth:
    """What happened to the tissue up to each `every_s` of a march.

    Parameters
    ----------
    electrode : Electrode
        Straight and without tines.
    steps : sequence of Step
        What :func:`neurotomy.lesion.simulate` told its `watch` on its grid for everyone.
    start_c : float
        As given to it, °C.
    every_s : float
        Least time between two fields.
    """
    nodes = Nodes(grid_for(electrode, Numerics()))
    z, r = nodes.z * 1e3, nodes.r * 1e3
    dose = Dose(nodes(np.full(nodes.grid.shape, start_c)))
    times: list[float] = []
    fields: list[LesionField] = []
    waiting: list[Step] = []
    for step in steps:
        if step.step_s > 0:
            waiting.append(step)
        if not times or step.time_s >= times[-1] + every_s - 1e-9:
            if waiting:
                celsius = nodes(start_c + np.stack([one.rise for one in waiting]))
                spikes = [None if one.spike is None else nodes(one.spike) for one in waiting]
                dose.add_all(celsius, np.array([one.step_s for one in waiting]), spikes)
                waiting.clear()
            times.append(step.time_s)
            fields.append(LesionField(z, r, dose.peak_c.copy(), dose.log10_omega, dose.cem43_min.copy()))
    return Growth(np.array(times), tuple(fields))
