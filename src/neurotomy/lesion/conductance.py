"""What lies between neighbouring cells: lengths of tissue and of metal on the line between their centres.

The electrode's surface cuts that line where it really is, not at the face of a cell: a staircase would cost 0.1 mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.grid import Grid
from neurotomy.lesion.needle import Needle

__all__ = ["Faces", "Walls", "far_length_inverse", "geometry_of", "held_length_inverse"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

EDGE_FACTOR = 1.554
"""Conductance of the two faces on the insulation edge, from the local solution V ~ √ρ on square cells."""
CORNER_FACTOR = 1.26
"""Conductance of the four faces on the 270° corner of a flat tip, from the local solution V ~ ρ^(2/3)."""
FIT_RANGE = 0.7, 1.4
"""Factors of :func:`_fitted` beyond this are left out."""
_SHORTEST = 0.1  # of a cell: a surface that grazes a cell centre would give an unbounded conductance


@dataclass(frozen=True)
class Faces:
    """Faces of one direction. Lengths are divided by areas (1/m): over a conductivity they are resistances.

    Attributes
    ----------
    low, high
        From the centre of the low cell to the face, and on to the centre of the high cell.
    tissue
        1 where both cells are tissue (a correction factor at a singular edge), else 0.
    metal
        Where both cells are metal.
    """

    low: Array
    high: Array
    tissue: Array
    metal: Flags

    def electric(self, low_sigma: Array, high_sigma: Array) -> Array:
        """Conductance between tissue cells, S; 0 where metal is involved."""
        return np.asarray(self.tissue / (self.low / low_sigma + self.high / high_sigma))

    def thermal(self, k_tissue: float, k_metal: float) -> Array:
        """Conductance between cells of one kind, W/K; walls are :class:`Walls`."""
        return np.asarray(np.where(self.metal, k_metal, k_tissue) / (self.low + self.high))

    def thermal_between(self, low_k: Array, high_k: Array, k_metal: float) -> Array:
        """The same for tissue whose conductivity differs from cell to cell."""
        tissue = 1 / (self.low / low_k + self.high / high_k)
        return np.asarray(np.where(self.metal, k_metal / (self.low + self.high), tissue))


@dataclass(frozen=True)
class Walls:
    """The electrode's surface: pairs of a tissue and a metal cell that are neighbours, in no order.

    Attributes
    ----------
    tissue_cell, metal_cell
        Flat indices.
    tissue, metal
        Lengths on either side of the surface, divided by the area (1/m).
    live
        Correction factor of the electric conductance where the surface is bare, 0 where it is insulated.
    area
        Of the wall, m².
    """

    tissue_cell: Indices
    metal_cell: Indices
    tissue: Array
    metal: Array
    live: Array
    area: Array

    def electric(self, sigma: Array, contact_ohm_m2: float = 0.0) -> Array:
        """Conductance from the electrode's surface to each tissue cell, S; `contact_ohm_m2` lies in between."""
        through = self.live * sigma.ravel()[self.tissue_cell] / self.tissue
        if contact_ohm_m2 == 0:
            return np.asarray(through)
        return np.asarray(through / (1 + through * contact_ohm_m2 / self.area))

    def thermal(self, k_tissue: float | Array, k_metal: float) -> Array:
        """Conductance from metal cell to tissue cell, W/K."""
        return np.asarray(1.0 / (self.metal / k_metal + self.tissue / k_tissue))

    def share_into_metal(self, k_tissue: float, k_metal: float) -> Array:
        """Share of heat made at the surface that flows into the metal: inverse to the resistances either way."""
        into_metal, into_tissue = k_metal / self.metal, k_tissue / self.tissue
        return np.asarray(into_metal / (into_metal + into_tissue))


def far_length_inverse(grid: Grid) -> Array:
    """Area over length from each cell to infinity, m, (nz, nr); 0 for cells that are not on the outer boundary.

    Beyond the boundary is the field of a point source at the middle of the active tip (V ~ 1 / distance). 0 V on a
    boundary at 50 mm makes the impedance 7 % too small; extents change by less than 0.03 mm.
    """
    return _to_outside(grid, far=True)


def held_length_inverse(grid: Grid) -> Array:
    """Area over length from each cell to an outer boundary that is held at 0 V, or at the start temperature."""
    return _to_outside(grid, far=False)


def _to_outside(grid: Grid, far: bool) -> Array:
    total = np.zeros(grid.shape)
    low, high = float(grid.z_face[0]), float(grid.z_face[-1])
    middle = 0.5 * (grid.body.bare_to if np.isfinite(grid.body.bare_to) else low + high)
    edge = grid.r_face[-1]
    side = 2 * np.pi * edge * np.diff(grid.z_face)
    total[:, -1] += side / _path(edge - grid.r[-1], edge, np.abs(grid.z - middle), far)
    ring = np.pi * np.diff(grid.r_face**2)
    for row, face in ((0, low), (-1, high)):
        total[row] += ring / _path(abs(face - grid.z[row]), abs(face - middle), grid.r, far)
    return total


def _path(half_cell: float, ahead: float, aside: Array, far: bool) -> Array:
    """Length of the last half cell, and of the equivalent path beyond: distance² / its part along the normal."""
    return half_cell + ((ahead**2 + aside**2) / ahead if far else np.zeros_like(aside))


def geometry_of(grid: Grid) -> tuple[Faces, Faces, Walls]:
    """(radial faces, shape (nz, nr - 1); axial faces, shape (nz - 1, nr); the electrode's surface)."""
    at_edge_r, at_edge_z = _singular(grid)
    radial, beside = _radial(grid, at_edge_r)
    axial, below, above = _axial(grid, at_edge_z)
    radial, axial = _fitted(grid, radial, axial)
    parts = (beside, below, above)
    walls = Walls(
        np.concatenate([p.tissue_cell for p in parts]),
        np.concatenate([p.metal_cell for p in parts]),
        np.concatenate([p.tissue for p in parts]),
        np.maximum(np.concatenate([p.metal for p in parts]), 1e-9),
        np.concatenate([p.live for p in parts]),
        np.concatenate([p.area for p in parts]),
    )
    return radial, axial, walls


def _radial(grid: Grid, factor: Array) -> tuple[Faces, Walls]:
    r, face, inside = grid.r, grid.r_face[1:-1], grid.inside
    turn = 2 * np.pi * np.diff(grid.z_face)[:, None]
    # Outside the needle's radius the field falls as a logarithm; near the axis it is flat, and a chord is exact.
    outside = r[:-1] > grid.body.radius
    low = np.where(outside, np.log(face / r[:-1]), (face - r[:-1]) / face) / turn
    high = np.where(outside, np.log(r[1:] / face), (r[1:] - face) / face) / turn
    faces = Faces(low, high, np.where(inside[:, :-1] | inside[:, 1:], 0.0, factor), inside[:, 1:])

    row, column = np.nonzero(inside[:, :-1] & ~inside[:, 1:])
    near, away = r[column], r[column + 1]
    wall = np.clip(grid.body.half_width(grid.z)[row], near, away - _SHORTEST * (away - near))
    cell = row * len(r) + column
    live = np.where(grid.z[row] < grid.body.bare_to, factor[row, column], 0.0)
    turn = turn[row, 0]
    return faces, Walls(cell + 1, cell, np.log(away / wall) / turn, np.log(wall / near) / turn, live, wall * turn)


def _axial(grid: Grid, factor: Array) -> tuple[Faces, Walls, Walls]:
    z, face, inside = grid.z, grid.z_face[1:-1], grid.inside
    area = np.pi * np.diff(grid.r_face**2)
    faces = Faces(
        (face - z[:-1])[:, None] / area,
        (z[1:] - face)[:, None] / area,
        np.where(inside[:-1] | inside[1:], 0.0, factor),
        inside[1:] & inside[:-1],
    )

    def walls(between: Flags, surface: Array, metal_above: bool) -> Walls:
        row, column = np.nonzero(between)
        low, high = z[row], z[row + 1]
        spare = _SHORTEST * (high - low)
        wall = np.clip(surface[column], low + (spare if metal_above else 0.0), high - (0.0 if metal_above else spare))
        cell, step = row * len(grid.r) + column, len(grid.r)
        under, over = (wall - low) / area[column], (high - wall) / area[column]
        live = factor[row, column]
        if metal_above:
            return Walls(cell, cell + step, under, over, live, area[column])
        return Walls(cell + step, cell, over, under, live, area[column])

    return (
        faces,
        walls(~inside[:-1] & inside[1:], grid.body.bottom(grid.r), metal_above=True),
        walls(inside[:-1] & ~inside[1:], grid.body.top(grid.r), metal_above=False),
    )


def _fitted(grid: Grid, radial: Faces, axial: Faces) -> tuple[Faces, Faces]:
    """Electric conductances that are exact for a line of charge on the active tip, in homogeneous tissue.

    Away from the electrode the field is nearly that of such a line. Its current through a face over its voltage between
    the two centres is the conductance that would reproduce it; divided by the usual one it is a factor that tends to 1
    with the square of the cell size. It halves the error of the impedance on a coarse grid.
    """
    body = grid.body
    if not isinstance(body, Needle):
        return radial, axial
    top = body.bare_to
    volt = np.arcsinh(grid.z[:, None] / grid.r) - np.arcsinh((grid.z[:, None] - top) / grid.r)
    # The stream function of the line: the difference of the distances to its ends.
    stream = np.hypot(grid.z_face[:, None], grid.r_face) - np.hypot(grid.z_face[:, None] - top, grid.r_face)
    outward = 2 * np.pi * (stream[1:, 1:-1] - stream[:-1, 1:-1])
    upward = 2 * np.pi * (stream[1:-1, :-1] - stream[1:-1, 1:])
    return (
        _with_factor(radial, outward, volt[:, :-1] - volt[:, 1:]),
        _with_factor(axial, upward, volt[:-1] - volt[1:]),
    )


def _with_factor(faces: Faces, current: Array, volt: Array) -> Faces:
    usual = volt / (faces.low + faces.high)
    # Where the field runs along a face, both are next to nothing and their ratio means little.
    crosses = np.abs(usual) > 1e-12 * np.abs(usual).max()
    factor = np.divide(current, usual, out=np.ones_like(usual), where=crosses)
    factor[(factor < FIT_RANGE[0]) | (factor > FIT_RANGE[1])] = 1.0
    return Faces(faces.low, faces.high, faces.tissue * factor, faces.metal)


def _singular(grid: Grid) -> tuple[Array, Array]:
    """Factors of the electric conductance of (radial, axial) faces: 1 but at the insulation edge and a sharp corner."""
    nz, nr = grid.shape
    radial, axial = np.ones((nz, nr - 1)), np.ones((nz - 1, nr))
    body = grid.body
    if not isinstance(body, Needle):
        return radial, axial
    column = int(np.searchsorted(grid.r_face, body.radius * (1 - 1e-9)))
    edge = int(np.searchsorted(grid.z_face, body.active * (1 - 1e-9)))
    radial[edge - 1, column - 1] = EDGE_FACTOR
    axial[edge - 1, column] = EDGE_FACTOR
    if body.flat:
        corner = int(np.searchsorted(grid.z_face, -1e-12))
        radial[corner - 1 : corner + 1, column - 1] = CORNER_FACTOR
        axial[corner - 1, column - 1 : column + 1] = CORNER_FACTOR
    return radial, axial
