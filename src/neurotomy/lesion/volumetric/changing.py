"""Tissue that changes beyond the plain lesion, on any three-dimensional grid: boiling, heat conduction, injected fluid.

The same laws as on the axisymmetric grid (:mod:`~neurotomy.lesion.physics`), cell by cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.fluid import semi_axes_m
from neurotomy.lesion.heat import HOTTEST_K_C
from neurotomy.lesion.physics import PLAIN, REFERENCE_C, Boiling, Physics, boiling, relative_sigma

__all__ = ["Changing", "wetted_share_at", "with_contact"]

Array = NDArray[np.float64]


class Changing:
    """What :class:`~neurotomy.lesion.volumetric.cylinder.Cylinder` and ``Cartesian`` share.

    A grid calls :meth:`_changes` once its cells are made, and gives ``_step``: the heat equation of one time step for a
    heat capacity and for the warmth of heat conduction of each cell (None is 1).
    """

    capacity: Array
    tissue: NDArray[np.bool_]
    nonlinear = False
    _sigma0: Array
    _alpha: Array
    _physics: Physics = PLAIN
    _boils: Boiling | None = None
    _wetter: Array | float = 1.0
    _latent_j: Array
    _start_c: float

    def _changes(
        self, physics: Physics, start_c: float, tissue_kg: Array, wetted: Array | None, sigma_37: Array
    ) -> None:
        """Take the physics: mass of tissue in each cell (kg), the share of it that is wetted, and its conductivity."""
        self._physics, self._start_c = physics, start_c
        self.nonlinear = physics.nonlinear
        if physics.vaporisation:
            self._boils = boiling()
            self._latent_j = tissue_kg * self._boils.latent_j_per_kg
        if physics.fluid is not None and wetted is not None:
            share = physics.fluid.share_of_region * wetted
            self._wetter = (1 - share) + share * physics.fluid.conductivity_s_per_m / sigma_37

    def sigma(self, celsius: Array) -> Array:
        """Conductivity of each cell, S/m."""
        return np.asarray(self._sigma0 * self._wetter * relative_sigma(celsius, self._alpha, self._boils))

    def enthalpy(self, rise: Array) -> Array:
        """Heat stored in each cell, J, with the heat of boiling."""
        stored = self.capacity * rise
        if self._boils is not None:
            boiled = self._boils.share(self._start_c + rise) - self._boils.share(np.asarray(self._start_c))
            stored = stored + self._latent_j * boiled
        return np.asarray(stored)

    def heat_step_at(self, rise: Array, per_s: float, viable: Array | None = None) -> tuple[Any, Array]:
        """The heat equation of one time step for heat capacity and conduction at this rise, and that capacity, J/K."""
        celsius = self._start_c + rise
        capacity = self.capacity
        if self._boils is not None:
            capacity = capacity + self._latent_j * self._boils.share_per_k(celsius)
        warmth = None
        if self._physics.thermal_conductivity_per_k:
            above = np.minimum(celsius, HOTTEST_K_C) - REFERENCE_C
            warmth = np.where(self.tissue, 1 + self._physics.thermal_conductivity_per_k * above, 0.0)
        return self._step(per_s, capacity, viable, warmth), capacity

    def newton_step(self, rise: Array, wanted: Array) -> Array:
        """How far towards `wanted` one step of Newton's method may go."""
        if self._boils is None:
            return wanted
        return self._boils.step(self._start_c + rise, self._start_c + wanted) - self._start_c

    def _step(self, per_s: float, capacity: Array, viable: Array | None, warmth: Array | None) -> Any:
        raise NotImplementedError


def warmth_between(first: Array, second: Array) -> Array:
    """Warmth of the heat conduction between two cells: their mean, that of the tissue beside metal, 1 within metal.

    Metal has warmth 0 here. Its own resistance is left to warm with the tissue's: of the way between two cells across
    a needle's wall that is some per cent.
    """
    tissues = (first > 0).astype(float) + (second > 0)
    return np.asarray(np.where(tissues > 0, (first + second) / np.maximum(tissues, 1.0), 1.0))


def with_contact(conductance: Array, contact_ohm_m2: float, area_m2: Array) -> Array:
    """Conductance from the bare metal into each tissue cell with the resistance of the contact in series, S."""
    if contact_ohm_m2 == 0:
        return conductance
    return np.asarray(conductance / (1 + conductance * contact_ohm_m2 / area_m2))


def wetted_share_at(
    points_m: Array, tips_m: Sequence[tuple[Array, Array, float]], tissue_m3: float
) -> NDArray[np.bool_]:
    """Which points (..., 3) lie in fluid that was injected through each of some active tips.

    Parameters
    ----------
    points_m
        In the frame of the tips, m.
    tips_m
        Ends of each active tip, apex first, and its radius. A bent tip is taken as its chord.
    tissue_m3
        Tissue that is wetted about each.
    """
    inside = np.zeros(points_m.shape[:-1], dtype=bool)
    for apex, upper, radius in tips_m:
        length = float(np.linalg.norm(upper - apex))
        along, across = semi_axes_m(length, tissue_m3, 0.0)
        for _ in range(3):  # the shaft above the middle takes room in it
            along, across = semi_axes_m(length, tissue_m3, np.pi * radius**2 * (length / 2 + along))
        from_middle = points_m - 0.5 * (apex + upper)
        up = from_middle @ ((upper - apex) / length)
        aside2 = np.maximum((from_middle**2).sum(axis=-1) - up**2, 0.0)
        inside |= (up / along) ** 2 + aside2 / across**2 <= 1.0
    return inside
