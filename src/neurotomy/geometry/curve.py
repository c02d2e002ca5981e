"""A curve in space: a nerve, a needle shaft, an edge of bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Curve"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A polyline through `points_mm`, shape (n, 3), n >= 2, in one frame (LPS unless its holder says otherwise)."""

    points_mm: Array

    def __post_init__(self) -> None:
        points = np.array(self.points_mm, dtype=float)
        if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2:
            raise ValueError("A curve needs at least two points of three coordinates.")
        points.setflags(write=False)
        object.__setattr__(self, "points_mm", points)

    @property
    def arc_mm(self) -> Array:
        """Distance along the curve to each point, shape (n,), starting at 0."""
        steps = np.linalg.norm(np.diff(self.points_mm, axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])

    @property
    def length_mm(self) -> float:
        """Length of the whole curve."""
        return float(self.arc_mm[-1])

    def resampled(self, step_mm: float) -> Curve:
        """The same curve with points at equal distances, at most `step_mm` apart."""
        arc = self.arc_mm
        count = max(int(np.ceil(arc[-1] / step_mm)) + 1, 2)
        return self.at(np.linspace(0.0, arc[-1], count))

    def at(self, arc_mm: ArrayLike) -> Curve:
        """The points at these distances along the curve."""
        wanted = np.atleast_1d(np.asarray(arc_mm, dtype=float))
        arc = self.arc_mm
        return Curve(np.stack([np.interp(wanted, arc, self.points_mm[:, k]) for k in range(3)], axis=1))

    @property
    def tangents(self) -> Array:
        """Unit tangents at the points, shape (n, 3), in the direction of travel."""
        arc = self.arc_mm
        slopes = np.gradient(self.points_mm, arc, axis=0, edge_order=1)
        return np.asarray(slopes / np.linalg.norm(slopes, axis=1, keepdims=True))

    def closest(self, point_mm: ArrayLike) -> tuple[float, float]:
        """(distance along the curve, distance from the curve) of the place on it that is closest to `point_mm`, mm."""
        p = np.asarray(point_mm, dtype=float)
        start, step = self.points_mm[:-1], np.diff(self.points_mm, axis=0)
        squared = np.maximum((step**2).sum(axis=1), 1e-30)
        t = np.clip(((p - start) * step).sum(axis=1) / squared, 0.0, 1.0)
        gaps = np.linalg.norm(start + t[:, None] * step - p, axis=1)
        n = int(np.argmin(gaps))
        return float(self.arc_mm[n] + t[n] * np.sqrt(squared[n])), float(gaps[n])
