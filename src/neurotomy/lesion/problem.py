"""What the march through time asks of a grid: one interface for every grid, two- or three-dimensional.

A problem knows its cells, the tissue in them and the electrode; the march knows time, the generator and nothing else.
Cells are an array of any shape. Implementations: :mod:`~neurotomy.lesion.axisymmetric` (z, r) and, in
:mod:`~neurotomy.lesion.volumetric`, the needle-aligned cylinder (r, θ, z) and the Cartesian grid with immersed needles.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Field", "HeatStep", "Problem"]

Array = NDArray[np.float64]


class Field(Protocol):
    """The electric field of one volt RMS between the electrode and its return."""

    @property
    def sigma(self) -> Array:
        """The conductivity of each cell it was solved for, S/m."""
        ...

    @property
    def heat(self) -> Array:
        """Heat made in each cell, W."""
        ...

    @property
    def conductance(self) -> float:
        """Current for one volt, S."""
        ...


class HeatStep(Protocol):
    """``per_s * capacity + conduction + loss``, ready to be solved for many right-hand sides."""

    def solve(self, heat: Array, guess: Array | None = None) -> Array:
        """The rise of the cells, K, for what flows into them, W; `guess` helps an iterative solver."""
        ...


class Problem(Protocol):
    """Cells, tissue, electrode and outer boundary."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of every array of cells."""
        ...

    @property
    def tissue(self) -> NDArray[np.bool_]:
        """Cells that are tissue, not electrode."""
        ...

    @property
    def capacity(self) -> Array:
        """J/K of each cell."""
        ...

    def sigma(self, celsius: Array) -> Array:
        """Electrical conductivity of each cell at these temperatures, S/m."""
        ...

    def links(self, sigma: Array) -> Any:
        """Whatever the grid makes of conductivities before it solves or measures; opaque to the march."""
        ...

    def field(self, sigma: Array, links: Any, before: Any = None) -> Any:
        """The :class:`Field` for these conductivities; `before` is the last one, a guess for an iterative solver."""
        ...

    def conductance_now(self, field: Any, links: Any) -> float:
        """Conductance with today's `links` and the potential of an older `field`, S."""
        ...

    def heat_step(self, per_s: float, viable: Array | None = None) -> HeatStep:
        """The heat equation of one time step; 0 for the steady state. Blood flows in the `viable` share of a cell."""
        ...

    def thermocouple(self, rise: Array) -> float:
        """Rise at the sensor that the generator follows, K."""
        ...
