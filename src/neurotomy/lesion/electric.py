"""The electric field of one volt on the electrode, and the heat it makes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.banded import Factor
from neurotomy.lesion.conductance import Walls, far_length_inverse, geometry_of, held_length_inverse
from neurotomy.lesion.grid import Grid

__all__ = ["Electric", "Links", "UnitField"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Links:
    """Conductances for one conductivity field, S: between tissue cells, from the electrode, and to ground."""

    radial: Array
    axial: Array
    wall: Array
    ground: Array


@dataclass(frozen=True)
class UnitField:
    """The solution for 1 V RMS on the electrode, ground far away.

    Attributes
    ----------
    potential
        V, (nz, nr); of the tissue cells (cells in the electrode hold 0 and are not used).
    sigma
        The conductivity it was solved for, S/m, (nz, nr).
    heat
        Heat made in each cell, W, (nz, nr); with the heat beyond the outer boundary it adds up to the conductance.
    conductance
        Current for 1 V, S: 1 / impedance.
    heat_outside
        Heat made in the last half cells and beyond the outer boundary, W.
    """

    potential: Array
    sigma: Array
    heat: Array
    conductance: float
    heat_outside: float


class Electric:
    """The electric problem on one grid: div(sigma grad V) = 0, no current through insulation.

    Parameters
    ----------
    grid : Grid
        Cells and electrode.
    grounded : bool
        0 V on the outer boundary instead of a far field.
    share_into_metal : array or None
        Share of the heat made at each wall that flows into the metal; None for a metal that conducts heat perfectly.
    contact_ohm_m2 : float
        Resistance of the contact between bare metal and tissue, for 1 m².
    """

    def __init__(
        self,
        grid: Grid,
        *,
        grounded: bool = False,
        share_into_metal: Array | None = None,
        contact_ohm_m2: float = 0.0,
    ) -> None:
        self.radial, self.axial, walls = geometry_of(grid)
        self.walls: Walls = walls
        self._inside = grid.inside
        to_ground = held_length_inverse(grid) if grounded else far_length_inverse(grid)
        self._to_ground = np.where(grid.inside, 0.0, to_ground)
        self._share_into_metal = 1.0 if share_into_metal is None else share_into_metal
        self._contact_ohm_m2 = contact_ohm_m2

    def links(self, sigma: Array) -> Links:
        """Conductances for the conductivities `sigma`, S/m, (nz, nr)."""
        return Links(
            self.radial.electric(sigma[:, :-1], sigma[:, 1:]),
            self.axial.electric(sigma[:-1], sigma[1:]),
            self.walls.electric(sigma, self._contact_ohm_m2),
            self._to_ground * sigma,
        )

    def solve(self, sigma: Array, links: Links | None = None) -> UnitField:
        """The field of one volt."""
        links = links or self.links(sigma)
        from_electrode = self._gather(self.walls.tissue_cell, links.wall)
        diagonal = from_electrode + links.ground
        diagonal[:, :-1] += links.radial
        diagonal[:, 1:] += links.radial
        diagonal[:-1] += links.axial
        diagonal[1:] += links.axial
        diagonal[self._inside] = 1.0  # the metal is not an unknown; a unit row keeps the matrix simple
        potential = Factor(diagonal, links.radial, links.axial).solve(from_electrode)
        across, along, drop = self._drops(potential)

        # The heat on a line between two centres warms both ends alike (the lumping of a linear element). On a wall one
        # end is the surface itself, from where it flows on into metal and tissue: mostly metal, the better conductor.
        # Giving it all to the tissue costs 0.06 mm.
        heat = np.zeros(sigma.shape)
        made = 0.5 * links.radial * across**2
        heat[:, :-1] += made
        heat[:, 1:] += made
        made = 0.5 * links.axial * along**2
        heat[:-1] += made
        heat[1:] += made
        at_wall = links.wall * drop**2
        into_metal = 0.5 * at_wall * self._share_into_metal
        heat += self._gather(self.walls.metal_cell, into_metal)
        heat += self._gather(self.walls.tissue_cell, at_wall - into_metal)
        return UnitField(
            potential,
            sigma,
            heat,
            conductance=float((links.wall * drop).sum()),
            heat_outside=float((links.ground * potential**2).sum()),
        )

    def conductance(self, field: UnitField, links: Links) -> float:
        """Conductance with the `links` of today and the potential of `field`, S.

        The power of a potential that is not quite right is second order in its error (it is a minimum), so the
        displayed impedance does not jump when the field is solved anew.
        """
        across, along, drop = self._drops(field.potential)
        power = (links.radial * across**2).sum() + (links.axial * along**2).sum() + (links.wall * drop**2).sum()
        return float(power + (links.ground * field.potential**2).sum())

    def _drops(self, potential: Array) -> tuple[Array, Array, Array]:
        """Voltage between radial neighbours, axial neighbours, and electrode and tissue."""
        across, along = potential[:, 1:] - potential[:, :-1], potential[1:] - potential[:-1]
        return across, along, 1.0 - potential.ravel()[self.walls.tissue_cell]

    def _gather(self, cells: NDArray[np.intp], amounts: Array) -> Array:
        shape = self._inside.shape
        return np.asarray(np.bincount(cells, amounts, minlength=shape[0] * shape[1]), float).reshape(shape)
