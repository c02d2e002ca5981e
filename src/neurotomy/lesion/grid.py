"""The axisymmetric grid: cells in (z, r) about a straight needle, fine where the field is steep, coarse far away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.needle import Body, Needle, Spheroid

__all__ = ["Grid", "graded", "needle_grid", "spheroid_grid"]

Array = NDArray[np.float64]

METAL_CELLS = 3
"""Cells across the needle's radius. The metal is nearly isothermal across; more changes extents by < 0.003 mm."""


@dataclass(frozen=True)
class Grid:
    """Cell faces and the electrode among them, metres; rows are z (0 at the apex, positive up the shaft), columns r.

    Attributes
    ----------
    r_face, z_face
        Faces, shapes (nr + 1,) and (nz + 1,).
    body
        The electrode.
    """

    r_face: Array
    z_face: Array
    body: Body

    @cached_property
    def r(self) -> Array:
        """Cell centres, (nr,)."""
        return 0.5 * (self.r_face[1:] + self.r_face[:-1])

    @cached_property
    def z(self) -> Array:
        """Cell centres, (nz,)."""
        return 0.5 * (self.z_face[1:] + self.z_face[:-1])

    @property
    def shape(self) -> tuple[int, int]:
        """(nz, nr)."""
        return len(self.z_face) - 1, len(self.r_face) - 1

    @cached_property
    def volume(self) -> Array:
        """Cell volumes, m³, (nz, nr)."""
        ring = np.pi * np.diff(self.r_face**2)
        return np.asarray(np.diff(self.z_face)[:, None] * ring[None, :])

    @cached_property
    def inside(self) -> NDArray[np.bool_]:
        """Cells whose centre lies in the electrode, (nz, nr)."""
        return np.asarray(self.r[None, :] < self.body.half_width(self.z)[:, None])

    @cached_property
    def metal(self) -> Array:
        """Share of each cell that is electrode, (nz, nr): exact in r, by sub-rows in z."""
        points = 8
        sub = (self.z_face[:-1, None] + np.diff(self.z_face)[:, None] * ((np.arange(points) + 0.5) / points)).ravel()
        covered = np.clip(self.body.half_width(sub)[:, None], self.r_face[:-1], self.r_face[1:]) ** 2
        share = (covered - self.r_face[:-1] ** 2) / np.diff(self.r_face**2)
        return np.asarray(share.reshape(len(self.z), points, len(self.r)).mean(axis=1))


def graded(start: float, stop: float, first: float, growth: float) -> Array:
    """Faces from `start` towards `stop` (either way), the first step `first`, growing by `growth`, ending on `stop`."""
    span = abs(stop - start)
    if span < 1e-12:
        return np.array([start])
    count = max(int(np.ceil(np.log1p(span * (growth - 1) / first) / np.log(growth))), 1)
    steps = first * growth ** np.arange(count)
    steps *= span / steps.sum()
    return np.asarray(start + np.sign(stop - start) * np.concatenate([[0.0], np.cumsum(steps)]))


def _both_ways(start: float, stop: float, first: float, growth: float) -> Array:
    """Faces between two places that both need fine cells: graded from each end to the middle."""
    middle = 0.5 * (start + stop)
    left = graded(start, middle, first, growth)
    return np.concatenate([left, (start + stop) - left[-2::-1]])


def needle_grid(
    radius: float,
    active: float,
    *,
    round_tip: bool,
    first: float,
    growth: float,
    outer_radius: float,
    below: float,
    above: float,
    cone: float = 0.0,
    cavity: tuple[float, float, float] | None = None,
) -> Grid:
    """A grid about one needle.

    Parameters
    ----------
    radius, active : float
        Needle radius and active length, m.
    round_tip : bool
        Hemisphere, or flat.
    first : float
        Cell size at the needle's surface, apex and insulation edge, m.
    growth : float
        Ratio of neighbouring cells away from there.
    outer_radius, below, above : float
        Extent of the domain, m; `below` and `above` are measured from the apex.
    cone : float
        Height of a conical tip, m; above 0 it takes the place of `round_tip`.
    cavity : (radius, bottom, top), optional
        A cavity on the axis, m, whose wall is to lie on faces of cells.
    """
    across = np.linspace(0.0, radius, METAL_CELLS + 1)
    if cavity is not None:
        across = np.concatenate([np.linspace(0.0, cavity[0], METAL_CELLS), np.linspace(cavity[0], radius, 3)[1:]])
    r_face = np.concatenate([across, graded(radius, outer_radius, first, growth)[1:]])
    down = graded(0.0, -below, first, growth)[::-1]
    pointed = cone if cone > 0 else radius
    if round_tip or cone > 0:
        # Cut cells want even cells over the whole cap.
        cap = np.linspace(0.0, pointed, max(int(np.ceil(pointed / first)), METAL_CELLS) + 1)
        shaft = _both_ways(pointed, active, first, growth)
        tip = np.concatenate([cap, shaft[1:]])
    else:
        tip = _both_ways(0.0, active, first, growth)
    z_face = np.concatenate([down, tip[1:], graded(active, above, first, growth)[1:]])
    if cavity is not None:
        z_face = _through(_through(z_face, cavity[1]), cavity[2])
    return Grid(r_face, z_face, Needle(radius, active, round_tip, cone))


def _through(faces: Array, place: float) -> Array:
    """The nearest inner face moved to `place`; the apex and the insulation edge have cells small enough to stay put."""
    if np.abs(faces - place).min() < 1e-9:
        return faces
    moved = faces.copy()
    # A face of its own beside others that matter: split the cell that holds the place, unless it would leave a sliver.
    cell = int(np.searchsorted(faces, place)) - 1
    low, high = faces[cell], faces[cell + 1]
    if min(place - low, high - place) > 0.2 * (high - low):
        return np.asarray(np.insert(moved, cell + 1, place))
    moved[cell if place - low < high - place else cell + 1] = place
    return moved


def spheroid_grid(radius: float, semi_axis: float, *, first: float, growth: float, outer: float) -> Grid:
    """A grid about a bare spheroid: even cells over all of it, because its whole surface cuts cells."""
    across = np.linspace(0.0, radius, int(np.ceil(radius / first)) + 1)
    along = np.linspace(0.0, 2 * semi_axis, 2 * int(np.ceil(semi_axis / first)) + 1)
    r_face = np.concatenate([across, graded(radius, radius + outer, first, growth)[1:]])
    up = graded(2 * semi_axis, 2 * semi_axis + outer, first, growth)
    z_face = np.concatenate([graded(0.0, -outer, first, growth)[::-1], along[1:], up[1:]])
    return Grid(r_face, z_face, Spheroid(radius, semi_axis))
