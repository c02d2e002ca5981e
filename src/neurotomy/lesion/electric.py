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
    factor
        Of this matrix or of an earlier one, with the conductivities it was made for; for the next solution.
    squares
        Of the voltages between radial neighbours, axial neighbours, electrode and tissue, and tissue and ground.
    """

    potential: Array
    sigma: Array
    heat: Array
    conductance: float
    heat_outside: float
    factor: tuple[Factor, Array] | None = None
    squares: tuple[Array, Array, Array, Array] | None = None


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

    def solve(self, sigma: Array, links: Links | None = None, before: UnitField | None = None) -> UnitField:
        """The field of one volt; with the field `before` by a few steps of conjugate gradients from there.

        The factor of an earlier matrix is so good a preconditioner for one whose conductivities differ by a tenth that
        two steps make the error a hundred times smaller, for half the cost of a new factor.
        """
        links = links or self.links(sigma)
        from_electrode = self._gather(self.walls.tissue_cell, links.wall)
        diagonal = from_electrode + links.ground
        diagonal[:, :-1] += links.radial
        diagonal[:, 1:] += links.radial
        diagonal[:-1] += links.axial
        diagonal[1:] += links.axial
        diagonal[self._inside] = 1.0  # the metal is not an unknown; a unit row keeps the matrix simple
        potential, factor, factored = None, None, sigma
        if before is not None and before.factor is not None:
            factor, factored = before.factor
            ratio = sigma / factored
            if ratio.max() < 1 + SIMILAR and ratio.min() > 1 - SIMILAR:
                potential = _improved(before.potential, factor, diagonal, links, from_electrode)
        if potential is None or factor is None:
            factor, factored = Factor(diagonal, links.radial, links.axial), sigma
            potential = factor.solve(from_electrode)
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
            factor=(factor, factored),
            squares=(across**2, along**2, drop**2, potential**2),
        )

    def conductance(self, field: UnitField, links: Links) -> float:
        """Conductance with the `links` of today and the potential of `field`, S.

        The power of a potential that is not quite right is second order in its error (it is a minimum), so the
        displayed impedance does not jump when the field is solved anew.
        """
        across, along, drop, potential = field.squares or self._squares(field.potential)
        power = np.vdot(links.radial, across) + np.vdot(links.axial, along) + np.vdot(links.wall, drop)
        return float(power + np.vdot(links.ground, potential))

    def _squares(self, potential: Array) -> tuple[Array, Array, Array, Array]:
        across, along, drop = self._drops(potential)
        return across**2, along**2, drop**2, potential**2

    def _drops(self, potential: Array) -> tuple[Array, Array, Array]:
        """Voltage between radial neighbours, axial neighbours, and electrode and tissue."""
        across, along = potential[:, 1:] - potential[:, :-1], potential[1:] - potential[:-1]
        return across, along, 1.0 - potential.ravel()[self.walls.tissue_cell]

    def _gather(self, cells: NDArray[np.intp], amounts: Array) -> Array:
        shape = self._inside.shape
        return np.asarray(np.bincount(cells, amounts, minlength=shape[0] * shape[1]), float).reshape(shape)


SIMILAR = 0.3
"""Largest relative change of a conductivity for which an old factor is still a good preconditioner."""
IMPROVED_BY, IMPROVED_IN = 30.0, 6
"""How many times smaller the residual must get, in how many steps at most; else a new factor is made."""


def _improved(guess: Array, factor: Factor, diagonal: Array, links: Links, right: Array) -> Array | None:
    """The solution by conjugate gradients from `guess`; None when that takes too long."""
    x = guess.copy()
    residual = right - _times(diagonal, links, x)
    direction = factor.solve(residual)
    steepness = float(np.vdot(residual, direction))
    enough = float(np.vdot(residual, residual)) / IMPROVED_BY**2
    across = direction
    for _ in range(IMPROVED_IN):
        image = _times(diagonal, links, across)
        share = steepness / float(np.vdot(across, image))
        x += share * across
        residual -= share * image
        if float(np.vdot(residual, residual)) <= enough:
            return x
        direction = factor.solve(residual)
        last, steepness = steepness, float(np.vdot(residual, direction))
        across = direction + (steepness / last) * across
    return None


def _times(diagonal: Array, links: Links, x: Array) -> Array:
    found = diagonal * x
    found[:, :-1] -= links.radial * x[:, 1:]
    found[:, 1:] -= links.radial * x[:, :-1]
    found[:-1] -= links.axial * x[1:]
    found[1:] -= links.axial * x[:-1]
    return found
