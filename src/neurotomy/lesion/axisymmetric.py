"""A straight needle in homogeneous tissue, on the axisymmetric grid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.banded import Factor
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric, Links, UnitField
from neurotomy.lesion.fluid import wetted_share
from neurotomy.lesion.grid import Grid
from neurotomy.lesion.heat import Heat, Material, Water
from neurotomy.lesion.physics import PLAIN, Boiling, Physics, relative_sigma

__all__ = ["Axisymmetric"]

Array = NDArray[np.float64]


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
    physics : Physics
        For contact and fluid; heat conduction with temperature is told by `material`.
    water : Water, optional
        In the electrode; it flows after :meth:`flow`.
    boils : Boiling, optional
        Tissue that boils.
    start_c : float
        Temperature that rises are measured from.
    """

    def __init__(
        self,
        grid: Grid,
        material: Material,
        *,
        thermocouple_m: float,
        grounded: bool = False,
        physics: Physics = PLAIN,
        water: Water | None = None,
        boils: Boiling | None = None,
        start_c: float = 37.0,
    ) -> None:
        faces = geometry_of(grid)
        share = faces[2].share_into_metal(material.k_tissue, material.k_metal)
        self._electric = Electric(
            grid, grounded=grounded, share_into_metal=share, contact_ohm_m2=physics.contact_ohm_mm2 * 1e-6
        )
        self._heat = self._dry = Heat(grid, faces, material, boils=boils)
        self._cooled = None if water is None else Heat(grid, faces, material, water=water, boils=boils)
        self._material, self._boils, self._start_c = material, boils, start_c
        self.shape = grid.shape
        self.tissue = ~grid.inside
        self.capacity = self._heat.capacity
        self.nonlinear = boils is not None or material.k_per_k != 0
        self._sigma_37: float | Array = material.sigma_s_per_m
        if physics.fluid is not None:
            share = physics.fluid.share_of_region * wetted_share(grid, physics.fluid)
            self._sigma_37 = (1 - share) * material.sigma_s_per_m + share * physics.fluid.conductivity_s_per_m
        self._below = int(np.searchsorted(grid.z, thermocouple_m)) - 1
        spacing = grid.z[self._below + 1] - grid.z[self._below]
        self._share = float((thermocouple_m - grid.z[self._below]) / spacing)

    def sigma(self, celsius: Array) -> Array:
        """Conductivity of each cell, S/m."""
        return np.asarray(self._sigma_37 * relative_sigma(celsius, self._material.sigma_per_k, self._boils))

    def links(self, sigma: Array) -> Links:
        """Conductances of all faces."""
        return self._electric.links(sigma)

    def field(self, sigma: Array, links: Links, before: UnitField | None = None) -> UnitField:
        """The field of one volt: by a direct solution, or from the field `before`."""
        return self._electric.solve(sigma, links, before)

    def conductance_now(self, field: UnitField, links: Links) -> float:
        """Conductance of an older field with today's links, S."""
        return self._electric.conductance(field, links)

    def heat_step(self, per_s: float, viable: Array | None = None) -> Factor:
        """The factor of one time step."""
        return self._heat.factor(per_s, viable)

    def thermocouple(self, rise: Array) -> float:
        """Rise at the sensor, K."""
        return float((1 - self._share) * rise[self._below, 0] + self._share * rise[self._below + 1, 0])

    def flow(self, on: bool) -> Array | None:
        """Let the water flow or stand; what it then brings to each cell, W."""
        self._heat = self._cooled if on and self._cooled is not None else self._dry
        return self._heat.inflow

    def water_heat_w(self, rise: Array) -> float:
        """Heat that the water carries away now, W."""
        return self._heat.water_heat_w(rise)

    def enthalpy(self, rise: Array) -> Array:
        """Heat stored in each cell, J, with the heat of boiling."""
        return self._heat.enthalpy(self._start_c + rise, self._start_c)

    def heat_step_at(self, rise: Array, per_s: float, viable: Array | None = None) -> tuple[Factor, Array]:
        """The factor for heat capacity and conduction at this rise, and that capacity, J/K."""
        celsius = self._start_c + rise
        self._heat.conduct(celsius)
        capacity = self._heat.capacity_at(celsius)
        return self._heat.factor(per_s, viable, capacity), capacity

    def newton_step(self, rise: Array, wanted: Array) -> Array:
        """How far towards `wanted` one step of Newton's method may go."""
        if self._boils is None:
            return wanted
        return self._boils.step(self._start_c + rise, self._start_c + wanted) - self._start_c
