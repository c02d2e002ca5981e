"""Pennes' bioheat equation on the grid: what each cell stores, what it passes on, what blood and the outside take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.banded import Factor
from neurotomy.lesion.conductance import Faces, Walls, held_length_inverse
from neurotomy.lesion.grid import Grid
from neurotomy.lesion.physics import REFERENCE_C, Boiling

__all__ = ["Heat", "Material", "Water"]

Array = NDArray[np.float64]

HOTTEST_K_C = 100.0
"""The thermal conductivity is taken to rise no further than this."""


@dataclass(frozen=True)
class Material:
    """Tissue and needle in SI units; `blood_w_per_m3_k` is perfusion times the heat capacity of blood.

    `k_per_k` is the relative rise of the tissue's heat conductivity; `tissue_kg_per_m3` is only needed where it boils.
    """

    sigma_s_per_m: float
    sigma_per_k: float
    k_tissue: float
    heat_capacity_tissue: float
    k_metal: float
    heat_capacity_metal: float
    blood_w_per_m3_k: float
    k_per_k: float = 0.0
    tissue_kg_per_m3: float = 0.0


@dataclass(frozen=True)
class Water:
    """Water in a cavity of the electrode, metres: below `radius`, from `bottom` to `top`.

    `rise_k` is its temperature over the start temperature; `heat_transfer` in W/m²/K, from the wall.
    """

    radius: float
    bottom: float
    top: float
    heat_transfer: float
    rise_k: float

    def cells(self, grid: Grid) -> NDArray[np.bool_]:
        """Cells of the cavity: those whose centre lies in it."""
        along = (grid.z > self.bottom) & (grid.z < self.top)
        return np.asarray(along[:, None] & (grid.r < self.radius)[None, :])


class Heat:
    """capacity d(rise)/dt + conduction(rise) + loss rise = heat, for the rise over the start temperature, K.

    The outer boundary stays at the start temperature, and blood arrives with it. The metal has no blood. Flowing water
    is a convective boundary on the wall of its cavity.

    Attributes
    ----------
    capacity
        J/K of each cell, (nz, nr), without the heat of boiling.
    blood
        W/K that each cell gives to blood, (nz, nr).
    loss
        W/K that each cell gives to blood, to the outer boundary and to flowing water, (nz, nr).
    inflow
        W that flowing water brings to each cell, (nz, nr); None without.
    """

    def __init__(
        self,
        grid: Grid,
        faces: tuple[Faces, Faces, Walls],
        material: Material,
        *,
        water: Water | None = None,
        boils: Boiling | None = None,
    ) -> None:
        self._grid, self._material, self._water, self._boils = grid, material, water, boils
        self._faces_r, self._faces_z, self._walls = faces
        metal = grid.metal
        self._tissue_m3 = grid.volume * (1 - metal)
        self.capacity = (
            grid.volume * metal * material.heat_capacity_metal + self._tissue_m3 * material.heat_capacity_tissue
        )
        self._outer = held_length_inverse(grid) * np.where(grid.inside, material.k_metal, material.k_tissue)
        self.blood = self._tissue_m3 * material.blood_w_per_m3_k
        walls = self._walls
        row, column = np.divmod(np.minimum(walls.tissue_cell, walls.metal_cell), grid.shape[1])
        beside = np.abs(walls.tissue_cell - walls.metal_cell) == 1
        self._beside, self._above = (row[beside], column[beside]), (row[~beside], column[~beside])
        self._is_beside = beside
        radial = self._faces_r.thermal(material.k_tissue, material.k_metal)
        axial = self._faces_z.thermal(material.k_tissue, material.k_metal)
        through = walls.thermal(material.k_tissue, material.k_metal)
        self._assemble(radial, axial, through)

    def _assemble(self, radial: Array, axial: Array, through: Array) -> None:
        radial[self._beside] = through[self._is_beside]
        axial[self._above] = through[~self._is_beside]
        self.loss = self.blood + self._outer
        self.inflow: Array | None = None
        if self._water is not None:
            self._cool(self._water, radial, axial)
        self._radial, self._axial = radial, axial
        self._passed_on = self.loss.copy()
        self._passed_on[:, :-1] += radial
        self._passed_on[:, 1:] += radial
        self._passed_on[:-1] += axial
        self._passed_on[1:] += axial

    def _cool(self, water: Water, radial: Array, axial: Array) -> None:
        """Cut the cavity out of the metal: its cells hold the water's temperature, its wall passes heat to it."""
        grid, k = self._grid, self._material.k_metal
        wet = water.cells(grid)
        to_water = np.zeros(grid.shape)
        # Side: the wall is the face between two columns. Only half a cell of metal lies between wall and cell centre.
        edge = wet[:, :-1] & ~wet[:, 1:]
        radius = grid.r_face[1:-1]
        side = 2 * np.pi * np.diff(grid.z_face)[:, None] * radius[None, :]
        half = np.log(grid.r[1:] / radius)[None, :] * radius[None, :] / k
        to_water[:, 1:] += np.where(edge, side / (1 / water.heat_transfer + half), 0.0)
        # Ends: below the cavity and above it.
        ring = np.pi * np.diff(grid.r_face**2)
        for lower_is_wet in (False, True):
            end = (wet[:-1] & ~wet[1:]) if lower_is_wet else (~wet[:-1] & wet[1:])
            face = grid.z_face[1:-1]
            away = (grid.z[1:] - face if lower_is_wet else face - grid.z[:-1]) / k
            through = ring[None, :] / (1 / water.heat_transfer + away[:, None])
            if lower_is_wet:
                to_water[1:] += np.where(end, through, 0.0)
            else:
                to_water[:-1] += np.where(end, through, 0.0)
        radial[wet[:, :-1] | wet[:, 1:]] = 0.0
        axial[wet[:-1] | wet[1:]] = 0.0
        # A cell of water stands at its temperature: tied to it far more strongly than it stores heat.
        to_water[wet] = 1e6 * self.capacity[wet]
        self.loss = self.loss + to_water
        self.inflow = to_water * water.rise_k

    def water_heat_w(self, rise: Array) -> float:
        """Heat that the flowing water carries away now, W."""
        if self._water is None or self.inflow is None:
            return 0.0
        wet = self._water.cells(self._grid)
        to_water = np.where(wet, 0.0, self.loss - self.blood - self._outer)
        return float((to_water * (rise - self._water.rise_k)).sum())

    def factor(self, per_s: float, viable: Array | None = None, capacity: Array | None = None) -> Factor:
        """The factor of ``per_s * capacity + conduction + loss``; 0 for the steady state.

        Blood flows in the `viable` share of each cell, (nz, nr); None is everywhere. `capacity` stands in for the usual
        one where tissue boils.
        """
        diagonal = per_s * (self.capacity if capacity is None else capacity) + self._passed_on
        if viable is not None:
            diagonal -= (1 - viable) * self.blood
        return Factor(diagonal, self._radial, self._axial)

    def conduct(self, celsius: Array) -> None:
        """Take the heat conduction of tissue at these temperatures, cell by cell."""
        material = self._material
        if material.k_per_k == 0:
            return
        warm = np.minimum(celsius, HOTTEST_K_C) - REFERENCE_C
        k = material.k_tissue * (1 + material.k_per_k * warm)
        self._assemble(
            self._faces_r.thermal_between(k[:, :-1], k[:, 1:], material.k_metal),
            self._faces_z.thermal_between(k[:-1], k[1:], material.k_metal),
            self._walls.thermal(k.ravel()[self._walls.tissue_cell], material.k_metal),
        )

    def enthalpy(self, celsius: Array, start_c: float) -> Array:
        """Heat stored in each cell above the start temperature, J, with the heat of boiling."""
        stored = self.capacity * (celsius - start_c)
        if self._boils is not None:
            stored += self._latent(self._boils) * self._boils.share(celsius)
        return np.asarray(stored)

    def capacity_at(self, celsius: Array) -> Array:
        """Derivative of :meth:`enthalpy` with temperature, J/K."""
        if self._boils is None:
            return self.capacity
        return np.asarray(self.capacity + self._latent(self._boils) * self._boils.share_per_k(celsius))

    def _latent(self, boils: Boiling) -> Array:
        return self._tissue_m3 * (self._material.tissue_kg_per_m3 * boils.latent_j_per_kg)
