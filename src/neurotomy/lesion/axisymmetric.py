"""A straight needle in homogeneous tissue, on the axisymmetric grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.banded import Factor
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric, Links, UnitField
from neurotomy.lesion.grid import Grid
from neurotomy.lesion.heat import Heat, Material

__all__ = ["Axisymmetric"]

Array = NDArray[np.float64]

REFERENCE_C = 37.0
"""Temperature at which electrical conductivities are given."""
SMALLEST_SIGMA = 0.05
"""Of the reference: a linear law would reach zero in cold tissue."""


class Axisymmetric:
    """A :class:`~neurotomy.lesion.problem.Problem` on cells (z, r).

    Parameters
    ----------
    grid, material
        Cells and electrode; tissue and needle.
    thermocouple_m : float
        Place of the sensor on the axis, from the apex up, m.
    grounded : bool
        0 V on the outer boundary instead of a far field.
    """

    def __init__(self, grid: Grid, material: Material, *, thermocouple_m: float, grounded: bool = False) -> None:
        faces = geometry_of(grid)
        share = faces[2].share_into_metal(material.k_tissue, material.k_metal)
        self._electric = Electric(grid, grounded=grounded, share_into_metal=share)
        self._heat = Heat(grid, faces, material)
        self._material = material
        self.shape = grid.shape
        self.tissue = ~grid.inside
        self.capacity = self._heat.capacity
        self._below = int(np.searchsorted(grid.z, thermocouple_m)) - 1
        spacing = grid.z[self._below + 1] - grid.z[self._below]
        self._share = float((thermocouple_m - grid.z[self._below]) / spacing)

    def sigma(self, celsius: Array) -> Array:
        """Conductivity of each cell, S/m."""
        relative = 1 + self._material.sigma_per_k * (celsius - REFERENCE_C)
        return np.asarray(self._material.sigma_s_per_m * np.maximum(relative, SMALLEST_SIGMA))

    def links(self, sigma: Array) -> Links:
        """Conductances of all faces."""
        return self._electric.links(sigma)

    def field(self, sigma: Array, links: Links, before: UnitField | None = None) -> UnitField:
        """The field of one volt, by a direct solution."""
        return self._electric.solve(sigma, links)

    def conductance_now(self, field: UnitField, links: Links) -> float:
        """Conductance of an older field with today's links, S."""
        return self._electric.conductance(field, links)

    def heat_step(self, per_s: float, viable: Array | None = None) -> Factor:
        """The factor of one time step."""
        return self._heat.factor(per_s, viable)

    def thermocouple(self, rise: Array) -> float:
        """Rise at the sensor, K."""
        return float((1 - self._share) * rise[self._below, 0] + self._share * rise[self._below + 1, 0])
