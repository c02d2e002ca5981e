"""One lesion on one quick grid: a member of an ensemble, or one setting of a bench experiment.

The same solver as :func:`~neurotomy.lesion.simulation.simulate`, without the second grid of its error estimate and with
larger cells and steps: a third of the work. Extents at any edge can be read from what it gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as new

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.tissue import Tissue
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion import simulation
from neurotomy.lesion.extents import _peak, outermost
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.result import LesionField
from neurotomy.lesion.simulation import Numerics
from neurotomy.progress import SILENT, Progress

__all__ = ["QUICK", "Edge", "Inputs", "Member", "necrosis", "solve"]

Array = NDArray[np.float64]

QUICK = Numerics(first_mm=0.2, growth=1.35, step_s=4.0, refresh=0.04)
"""Within 0.05 mm of the default grid on the lesions of the catalogue (mostly 0.02), in a third of its time."""


@dataclass(frozen=True)
class Inputs:
    """All that a lesion in homogeneous tissue depends on; see :func:`~neurotomy.lesion.simulation.simulate`."""

    electrode: Electrode
    protocol: Protocol
    tissue: Tissue
    start_c: float
    perfusion: bool
    physics: Physics = PLAIN


@dataclass(frozen=True)
class Edge:
    """Where a lesion ends: an isotherm of the peak temperature, °C, or a level of the Arrhenius integral, log10.

    Exactly one of the two is given.
    """

    celsius: float | None = None
    log10_omega: float | None = None

    @property
    def words(self) -> str:
        """For people."""
        if self.celsius is not None:
            return f"peak temperature ≥ {self.celsius:g} °C"
        level = self.log10_omega or 0.0
        return f"Arrhenius integral ≥ {10**level:.3g} (liver kinetics)"

    def of(self, field: LesionField) -> tuple[Array, float]:
        """The values and the level that make this edge."""
        if self.celsius is not None:
            return field.peak_c, self.celsius
        return field.log10_omega, self.log10_omega or 0.0


def necrosis() -> Edge:
    """The Arrhenius integral reaching 1."""
    return Edge(log10_omega=0.0)


@dataclass(frozen=True)
class Member:
    """The damage field of one lesion, and how to read it."""

    inputs: Inputs
    field: LesionField
    peak_power_w: float
    _read: dict[Edge, Array] = new(default_factory=dict, repr=False, compare=False)

    def width_mm(self, edge: Edge) -> float:
        """Largest diameter across the needle; 0 where the edge is nowhere reached."""
        half = self._half_width(edge)
        return 2 * _peak(self.field.z_mm, half) if np.isfinite(half).any() else 0.0

    def span_mm(self, edge: Edge) -> tuple[float, float]:
        """Lowest and highest place along the needle (0 at the apex, up the shaft); (0, 0) where there is none."""
        values, level = edge.of(self.field)
        z, beside = self.field.z_mm, values[:, self.field.r_mm >= self.inputs.electrode.radius_mm * (1 - 1e-9)]
        top = outermost(z, beside, level)
        if not np.isfinite(top).any():
            return 0.0, 0.0
        below = z < 0
        depth = outermost(-z[below][::-1], values[below][::-1], level)
        if np.isfinite(depth).any():
            return -float(np.nanmax(depth)), float(np.nanmax(top))
        return -float(np.nanmax(outermost(-z[::-1], beside[::-1], level))), float(np.nanmax(top))

    def length_mm(self, edge: Edge) -> float:
        """From the lowest to the highest place along the needle."""
        low, high = self.span_mm(edge)
        return high - low

    def beyond_tip_mm(self, edge: Edge) -> float:
        """How far it reaches past the apex."""
        return max(-self.span_mm(edge)[0], 0.0)

    def thickness_mm(self, edge: Edge) -> float:
        """From the electrode's surface outwards, where it is widest."""
        return max(self.width_mm(edge) / 2 - self.inputs.electrode.radius_mm, 0.0)

    def volume_mm3(self, edge: Edge) -> float:
        """Volume of tissue inside the edge, the needle's own not counted."""
        half, z, radius = self._half_width(edge), self.field.z_mm, self.inputs.electrode.radius_mm
        cap = radius if self.inputs.electrode.tip_shape == "hemispherical" else 0.0
        needle = radius**2 - np.maximum(cap - z, 0.0) ** 2
        area = np.where(np.isfinite(half), half, 0.0) ** 2
        area = np.maximum(area - np.where(z > 0, np.maximum(needle, 0.0), 0.0), 0.0)
        return float(np.pi * (0.5 * (area[1:] + area[:-1]) * np.diff(z)).sum())

    def _half_width(self, edge: Edge) -> Array:
        if edge not in self._read:
            values, level = edge.of(self.field)
            self._read[edge] = outermost(self.field.r_mm, values.T, level)
        return self._read[edge]


def solve(inputs: Inputs, numerics: Numerics = QUICK, progress: Progress = SILENT) -> Member:
    """Solve one lesion once.

    Raises
    ------
    LesionError
        As :func:`~neurotomy.lesion.simulation.simulate`.
    """
    found = simulation._solve(
        inputs.electrode,
        inputs.protocol,
        inputs.tissue,
        inputs.start_c,
        inputs.perfusion,
        numerics,
        progress,
        physics=inputs.physics,
    )
    return Member(inputs, found.field, float(found.trace.power_w.max()))
