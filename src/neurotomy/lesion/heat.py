"""Pennes' bioheat equation on the grid: what each cell stores, what it passes on, what blood and the outside take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.banded import Factor
from neurotomy.lesion.conductance import Faces, Walls, held_length_inverse
from neurotomy.lesion.grid import Grid

__all__ = ["Heat", "Material"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Material:
    """Tissue and needle in SI units; `blood_w_per_m3_k` is perfusion times the heat capacity of blood."""

    sigma_s_per_m: float
    sigma_per_k: float
    k_tissue: float
    heat_capacity_tissue: float
    k_metal: float
    heat_capacity_metal: float
    blood_w_per_m3_k: float


class Heat:
    """capacity d(rise)/dt + conduction(rise) + loss rise = heat, for the rise over the start temperature, K.

    The outer boundary stays at the start temperature, and blood arrives with it. The metal has no blood.

    Attributes
    ----------
    capacity
        J/K of each cell, (nz, nr).
    blood
        W/K that each cell gives to blood, (nz, nr).
    loss
        W/K that each cell gives to blood and to the outer boundary, (nz, nr).
    """

    def __init__(self, grid: Grid, faces: tuple[Faces, Faces, Walls], material: Material) -> None:
        radial, axial, walls = faces
        metal, tissue = grid.metal, 1 - grid.metal
        self.capacity = grid.volume * (metal * material.heat_capacity_metal + tissue * material.heat_capacity_tissue)
        outer = held_length_inverse(grid) * np.where(grid.inside, material.k_metal, material.k_tissue)
        self.blood = grid.volume * tissue * material.blood_w_per_m3_k
        self.loss = self.blood + outer
        self._radial = radial.thermal(material.k_tissue, material.k_metal)
        self._axial = axial.thermal(material.k_tissue, material.k_metal)
        row, column = np.divmod(np.minimum(walls.tissue_cell, walls.metal_cell), grid.shape[1])
        beside = np.abs(walls.tissue_cell - walls.metal_cell) == 1
        through = walls.thermal(material.k_tissue, material.k_metal)
        self._radial[row[beside], column[beside]] = through[beside]
        self._axial[row[~beside], column[~beside]] = through[~beside]
        self._passed_on = self.loss.copy()
        self._passed_on[:, :-1] += self._radial
        self._passed_on[:, 1:] += self._radial
        self._passed_on[:-1] += self._axial
        self._passed_on[1:] += self._axial

    def factor(self, per_s: float, viable: Array | None = None) -> Factor:
        """The factor of ``per_s * capacity + conduction + loss``; 0 for the steady state.

        Blood flows in the `viable` share of each cell, (nz, nr); None is everywhere.
        """
        diagonal = per_s * self.capacity + self._passed_on
        if viable is not None:
            diagonal -= (1 - viable) * self.blood
        return Factor(diagonal, self._radial, self._axial)
