"""The shape of an electrode, as its surface: what the grid asks when it cuts cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Body", "Needle", "Spheroid"]

Array = NDArray[np.float64]


class Body(Protocol):
    """A convex body of revolution about r = 0 with its lowest point at z = 0; metres."""

    @property
    def radius(self) -> float:
        """Largest radius."""
        ...

    @property
    def bare_to(self) -> float:
        """Height up to which the surface conducts current; insulated above."""
        ...

    def half_width(self, z: Array) -> Array:
        """Radius of the body at height z, 0 where there is none."""
        ...

    def bottom(self, r: Array) -> Array:
        """Height of the lower surface at radius r, +inf beside the body."""
        ...

    def top(self, r: Array) -> Array:
        """Height of the upper surface at radius r, +inf where there is none."""
        ...


@dataclass(frozen=True)
class Needle:
    """A straight rod that goes up for ever, bare up to `active`, ending below in a hemisphere, a cone or flat.

    `cone` is the height of the cone; above 0 it takes the place of `round_tip`.
    """

    radius: float
    active: float
    round_tip: bool
    cone: float = 0.0

    @property
    def flat(self) -> bool:
        """Whether it ends in a plane with a sharp edge."""
        return not self.round_tip and self.cone == 0

    @property
    def bare_to(self) -> float:
        """The length of the active tip."""
        return self.active

    def half_width(self, z: Array) -> Array:
        """Radius of the needle at height z, 0 below the apex."""
        if self.cone > 0:
            return np.asarray(self.radius * np.clip(z / self.cone, 0.0, 1.0))
        if not self.round_tip:
            return np.where(z > 0, self.radius, 0.0)
        cap = np.sqrt(np.maximum(self.radius**2 - (np.minimum(z, self.radius) - self.radius) ** 2, 0.0))
        return np.where(z < 0, 0.0, cap)

    def bottom(self, r: Array) -> Array:
        """Height of the tip's surface at radius r."""
        if self.cone > 0:
            return np.where(r < self.radius, self.cone * r / self.radius, np.inf)
        cap = self.radius - np.sqrt(np.maximum(self.radius**2 - r**2, 0.0)) if self.round_tip else np.zeros_like(r)
        return np.where(r < self.radius, cap, np.inf)

    def top(self, r: Array) -> Array:
        """There is none: the shaft leaves the domain."""
        return np.full_like(r, np.inf)


@dataclass(frozen=True)
class Spheroid:
    """A bare spheroid without a shaft: electrodes with known answers (a sphere where both semi-axes are equal)."""

    radius: float
    semi_axis: float

    @property
    def bare_to(self) -> float:
        """All of it."""
        return float("inf")

    def half_width(self, z: Array) -> Array:
        """Radius of the spheroid at height z."""
        return np.asarray(self.radius * np.sqrt(np.maximum(1 - (z / self.semi_axis - 1) ** 2, 0.0)))

    def bottom(self, r: Array) -> Array:
        """Height of the lower half at radius r."""
        return np.where(r < self.radius, self.semi_axis - self._height(r), np.inf)

    def top(self, r: Array) -> Array:
        """Height of the upper half at radius r."""
        return np.where(r < self.radius, self.semi_axis + self._height(r), np.inf)

    def _height(self, r: Array) -> Array:
        return np.asarray(self.semi_axis * np.sqrt(np.maximum(1 - (r / self.radius) ** 2, 0.0)))
