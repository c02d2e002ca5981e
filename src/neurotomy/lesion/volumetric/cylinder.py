"""A straight needle in tissue of any kind: cells (z, r, θ) about its axis, so that the electrode is exact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit
from neurotomy.lesion.conductance import far_length_inverse, geometry_of, held_length_inverse
from neurotomy.lesion.fluid import wetted_share
from neurotomy.lesion.grid import Grid
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.volumetric.changing import Changing, warmth_between, with_contact
from neurotomy.lesion.volumetric.modes import Modes
from neurotomy.lesion.volumetric.sampling import LINES, POINTS, effective, mean_inverse, tissue_at
from neurotomy.lesion.volumetric.stencil import Stencil
from neurotomy.lesion.volumetric.tissue_map import TissueMap
from neurotomy.progress import SILENT, Progress

__all__ = ["Cylinder", "VolumeField"]

Array = NDArray[np.float64]

HEAT_TOLERANCE = 1e-5
FIELD_TOLERANCE = 1e-3
"""Relative, in the energy norm. The power of a field is then right to a millionth; extents move by < 0.005 mm."""
FIRST_FIELD_TOLERANCE = 1e-4
PREPARING = "preparing the grid (the first time, compiling)"
OLD_FACTOR = 1.5
"""A factor made for another time step, up to this ratio, still preconditions well."""


@dataclass(frozen=True)
class Links:
    """Electric conductances between cells, from the electrode, and to ground, S."""

    first: Array
    second: Array
    third: Array
    wall: Array
    ground: Array


@dataclass(frozen=True)
class VolumeField:
    """The field of one volt; `potential` (V) holds 0 in the electrode, `heat` (W) adds up to the conductance (S)."""

    potential: Array
    sigma: Array
    heat: Array
    conductance: float


class Cylinder(Changing):
    """A :class:`~neurotomy.lesion.problem.Problem` on cells (z, r, θ).

    Parameters
    ----------
    grid : Grid
        The axisymmetric grid about the needle.
    planes : int
        Cells over the full angle; even, best a multiple of 16. θ = 0 points along +x of the needle's frame, towards +y.
    tissue_map : TissueMap
        Which tissue is where.
    lps_from_needle : (4, 4) array
        Place and direction of the needle, mm: origin at the apex, +z up the shaft.
    metal : tuple of float
        Heat conductivity (W/m/K) and heat capacity (J/m³/K) of the needle.
    thermocouple_m : float
        Place of the sensor on the axis, from the apex up, m.
    perfusion : bool
        Whether blood carries heat away.
    level : callable, optional
        Of points (n, 3) in metres in the needle's frame: positive where everything is held at 0 V and at the start
        temperature, for instance beyond a box; its zero is the boundary.
    grounded : bool
        0 V on the outer boundary instead of a far field.
    physics : Physics
        Beyond the plain lesion.
    start_c : float
        Temperature that rises are measured from.
    progress : Progress
        Asked between the steps whether to go on.
    """

    def __init__(
        self,
        grid: Grid,
        planes: int,
        tissue_map: TissueMap,
        lps_from_needle: Array,
        *,
        metal: tuple[float, float],
        thermocouple_m: float,
        perfusion: bool = True,
        level: Callable[[Array], Array] | None = None,
        grounded: bool = False,
        physics: Physics = PLAIN,
        start_c: float = 37.0,
        progress: Progress = SILENT,
    ) -> None:
        nz, nr = grid.shape
        progress(0.0, PREPARING)
        self.grid, self.planes, self.shape = grid, planes, (nz, nr, planes)
        self.theta = 2 * np.pi * np.arange(planes) / planes
        radial, axial, walls = geometry_of(grid)
        m = tissue_map.voxel_from_needle_m(lps_from_needle)
        labels = tissue_map.indices
        sigma = tissue_map.table("electrical_conductivity_s_per_m")
        k = tissue_map.table("thermal_conductivity_w_per_m_k")
        k_metal, metal_capacity = metal
        inside2 = grid.inside
        self.tissue = np.broadcast_to(~inside2[..., None], self.shape)
        place = (grid.z, grid.z_face, grid.r, grid.r_face, planes)

        # After each kernel it may be told to stop: the first time they are loaded, or compiled.
        # Electric: conductance of each face at the reference temperature and the low cell's share of its resistance.
        self._radial = _radial(labels, m, *place, radial.low, radial.high, sigma)
        progress(0.0, PREPARING)
        self._axial = _axial(labels, m, *place, axial.low, axial.high, sigma)
        share = 1 - grid.metal
        progress(0.0, PREPARING)
        angular = _angular(labels, m, *place, sigma)
        self._angular = angular * np.where(inside2, 0.0, share)[..., None]
        for faces, factor in ((self._radial, radial.tissue), (self._axial, axial.tissue)):
            faces[0][...] *= factor[..., None]
        self._wall_cell = walls.tissue_cell
        self._metal_cell = walls.metal_cell
        progress(0.0, PREPARING)
        wall_sigma = _walls(labels, m, *place, walls.tissue_cell, walls.metal_cell, sigma)
        self._wall_area = (walls.area / planes)[:, None]
        self._wall = (walls.live / walls.tissue / planes)[:, None] * wall_sigma
        cell_label = _labels(labels, m, *place)
        self._sigma0 = sigma[cell_label]
        self._alpha = tissue_map.table("temperature_coefficient_per_k")[cell_label]
        to_ground = held_length_inverse(grid) if grounded else far_length_inverse(grid)
        self._to_ground = np.where(inside2, 0.0, to_ground)[..., None] / planes * self._sigma0

        progress(0.0, PREPARING)
        # Heat.
        low, high = (np.where(inside2[:, 1:], 1.0, 0.0), inside2[:, :-1])
        both = (low > 0) & high
        self._k_radial = np.where(
            both[..., None],
            (k_metal / planes / (radial.low + radial.high))[..., None],
            _radial(labels, m, *place, radial.low, radial.high, k)[0],
        )
        both = inside2[1:] & inside2[:-1]
        self._k_axial = np.where(
            both[..., None],
            (k_metal / planes / (axial.low + axial.high))[..., None],
            _axial(labels, m, *place, axial.low, axial.high, k)[0],
        )
        progress(0.0, PREPARING)
        around = _angular(labels, m, *place, k)
        ring = np.diff(grid.z_face)[:, None] * np.log(grid.r_face[1:] / np.maximum(grid.r_face[:-1], 1e-9))
        first = np.diff(grid.z_face) * 1.0
        ring[:, 0] = first  # the arc about the axis: half a cell's width over half a turn's radius
        self._k_angular = share[..., None] * around + (grid.metal * k_metal * ring * planes / (2 * np.pi))[..., None]
        wall_k = _walls(labels, m, *place, walls.tissue_cell, walls.metal_cell, k)
        through = 1.0 / (walls.metal[:, None] / k_metal + walls.tissue[:, None] / wall_k) / planes
        row, column = np.divmod(np.minimum(walls.tissue_cell, walls.metal_cell), nr)
        beside = np.abs(walls.tissue_cell - walls.metal_cell) == 1
        self._k_radial[row[beside], column[beside]] = through[beside]
        self._k_axial[row[~beside], column[~beside]] = through[~beside]
        into_metal, into_tissue = k_metal / walls.metal[:, None], wall_k / walls.tissue[:, None]
        self._share_into_metal = into_metal / (into_metal + into_tissue)

        progress(0.0, PREPARING)
        volume = grid.volume[..., None] / planes
        self.volume = volume
        capacity = tissue_map.table("density_kg_per_m3") * tissue_map.table("specific_heat_j_per_kg_k")
        means = _means(labels, m, *place, np.stack([capacity, tissue_map.blood_w_per_m3_k]))
        metal_share = grid.metal[..., None]
        self.capacity = volume * (metal_share * metal_capacity + (1 - metal_share) * means[0])
        self.blood = volume * (1 - metal_share) * means[1] * (1.0 if perfusion else 0.0)
        outer = held_length_inverse(grid)[..., None] / planes
        wetted = None if physics.fluid is None else wetted_share(grid, physics.fluid)[..., None]
        tissue_kg = volume * (1 - metal_share) * tissue_map.table("density_kg_per_m3")[cell_label]
        self._changes(physics, start_c, tissue_kg, wetted, self._sigma0)
        self.loss = self.blood + outer * np.where(inside2[..., None], k_metal, k[cell_label])

        self._outside: Any = False
        if level is not None:
            self._hold(level(self.points_m()).reshape(self.shape))

        self._passed = self._passed_on(self._k_axial, self._k_radial, self._k_angular)
        self._heat_modes: tuple[float, Modes] | None = None
        self._field_modes: Modes | None = None
        below = int(np.searchsorted(grid.z, thermocouple_m)) - 1
        self._sensor = below, float((thermocouple_m - grid.z[below]) / (grid.z[below + 1] - grid.z[below]))
        self.iterations = {"field": 0, "heat": 0, "solves": 0}

    def _passed_on(self, axial: Array, radial: Array, angular: Array) -> Array:
        """W/K that each cell passes on to its neighbours, to blood and outwards."""
        passed = self.loss.copy()
        passed[:-1] += axial
        passed[1:] += axial
        passed[:, :-1] += radial
        passed[:, 1:] += radial
        passed += angular + np.roll(angular, 1, axis=2)
        if np.any(self._outside):
            passed[self._outside] = float(np.median(passed))
        return np.asarray(passed)

    def _hold(self, level: Array) -> None:
        """Cut the links to cells beyond the boundary; what crosses it leads to ground, at its true distance."""
        out = level > 0
        self._outside = out
        pairs = (
            ((slice(None, -1),), (slice(1, None),)),
            ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        )
        flows = (
            ((self._axial[0], self._k_axial), pairs[0]),
            ((self._radial[0], self._k_radial), pairs[1]),
        )
        for links, (low, high) in flows:
            self._cut(links, low, high, level[low], level[high])
        around = level, np.roll(level, -1, axis=2)
        crossing = (around[0] > 0) != (around[1] > 0)
        for link, ground in ((self._angular, self._to_ground), (self._k_angular, self.loss)):
            share = np.abs(around[0]) / np.maximum(np.abs(around[0]) + np.abs(around[1]), 1e-12)
            ground += np.where(crossing & ~out, link / np.maximum(share, 0.1), 0.0)
            back = np.where(crossing & out, link / np.maximum(1 - share, 0.1), 0.0)
            ground += np.roll(back, 1, axis=2)
            link[crossing | out] = 0.0

    def _cut(self, links: tuple[Array, Array], low: Any, high: Any, below: Array, above: Array) -> None:
        crossing = (below > 0) != (above > 0)
        share = np.abs(below) / np.maximum(np.abs(below) + np.abs(above), 1e-12)
        for link, ground in zip(links, (self._to_ground, self.loss), strict=True):
            ground[low] += np.where(crossing & (below <= 0), link / np.maximum(share, 0.1), 0.0)
            ground[high] += np.where(crossing & (above <= 0), link / np.maximum(1 - share, 0.1), 0.0)
            link[crossing | ((below > 0) & (above > 0))] = 0.0

    def points_m(self) -> Array:
        """Centres of all cells in the needle's frame, (nz * nr * planes, 3), m."""
        z, r, theta = np.meshgrid(self.grid.z, self.grid.r, self.theta, indexing="ij")
        return np.stack([r * np.cos(theta), r * np.sin(theta), z], axis=-1).reshape(-1, 3)

    def links(self, sigma: Array) -> Links:
        """Conductances of all faces."""
        warmer = sigma / self._sigma0
        colder = 1 / warmer
        conductance, share = self._axial
        first = conductance / (share * colder[:-1] + (1 - share) * colder[1:])
        conductance, share = self._radial
        second = conductance / (share * colder[:, :-1] + (1 - share) * colder[:, 1:])
        third = self._angular * 2 / (colder + np.roll(colder, -1, axis=2))
        return Links(
            first,
            second,
            third,
            with_contact(
                self._wall * warmer.reshape(-1, self.planes)[self._wall_cell],
                self._physics.contact_ohm_mm2 * 1e-6,
                self._wall_area,
            ),
            self._to_ground * warmer,
        )

    def field(self, sigma: Array, links: Links, before: VolumeField | None = None) -> VolumeField:
        """The field of one volt."""
        source = self._gather(self._wall_cell, links.wall)
        diagonal = source + links.ground
        diagonal[:-1] += links.first
        diagonal[1:] += links.first
        diagonal[:, :-1] += links.second
        diagonal[:, 1:] += links.second
        diagonal += links.third + np.roll(links.third, 1, axis=2)
        unit = float(np.median(diagonal))  # the metal is not an unknown; a row of its own keeps the matrix simple
        diagonal[~self.tissue] = unit
        if np.any(self._outside):
            diagonal[self._outside] = unit
        if self._field_modes is None:
            self._field_modes = Modes(diagonal, links.first, links.second, links.third)
        stencil = Stencil(diagonal, links.first, links.second, links.third, self._field_modes)
        guess = None if before is None else before.potential
        potential, count = stencil.solve(source, guess, FIRST_FIELD_TOLERANCE if before is None else FIELD_TOLERANCE)
        self.iterations["field"] += count
        heat = np.zeros(self.shape)
        made = 0.5 * links.first * (potential[1:] - potential[:-1]) ** 2
        heat[:-1] += made
        heat[1:] += made
        made = 0.5 * links.second * (potential[:, 1:] - potential[:, :-1]) ** 2
        heat[:, :-1] += made
        heat[:, 1:] += made
        made = 0.5 * links.third * (np.roll(potential, -1, axis=2) - potential) ** 2
        heat += made + np.roll(made, 1, axis=2)
        drop = 1.0 - potential.reshape(-1, self.planes)[self._wall_cell]
        at_wall = links.wall * drop**2
        into_metal = 0.5 * at_wall * self._share_into_metal
        heat += self._gather(self._metal_cell, into_metal) + self._gather(self._wall_cell, at_wall - into_metal)
        return VolumeField(potential, sigma, heat, float((links.wall * drop).sum()))

    def conductance_now(self, field: VolumeField, links: Links) -> float:
        """Conductance of an older field with today's links, S."""
        v = field.potential
        drop = 1.0 - v.reshape(-1, self.planes)[self._wall_cell]
        power = (links.first * (v[1:] - v[:-1]) ** 2).sum() + (links.second * (v[:, 1:] - v[:, :-1]) ** 2).sum()
        power += (links.third * (np.roll(v, -1, axis=2) - v) ** 2).sum() + (links.wall * drop**2).sum()
        return float(power + (links.ground * v**2).sum())

    def heat_step(self, per_s: float, viable: Array | None = None) -> _HeatStep:
        """The heat equation of one time step."""
        return self._step(per_s, self.capacity, viable, None)

    def _step(self, per_s: float, capacity: Array, viable: Array | None, warmth: Array | None) -> _HeatStep:
        axial, radial, angular = self._k_axial, self._k_radial, self._k_angular
        passed = self._passed
        if warmth is not None:
            axial = axial * warmth_between(warmth[:-1], warmth[1:])
            radial = radial * warmth_between(warmth[:, :-1], warmth[:, 1:])
            angular = angular * warmth_between(warmth, np.roll(warmth, -1, axis=2))
            passed = self._passed_on(axial, radial, angular)
        diagonal = per_s * capacity + passed
        if viable is not None:
            diagonal -= (1 - viable) * self.blood
        held = self._heat_modes
        if held is None or not 1 / OLD_FACTOR < per_s / held[0] < OLD_FACTOR:
            held = per_s, Modes(diagonal, axial, radial, angular)
            self._heat_modes = held
        return _HeatStep(Stencil(diagonal, axial, radial, angular, held[1]), self)

    def thermocouple(self, rise: Array) -> float:
        """Rise at the sensor on the axis, K."""
        below, share = self._sensor
        return float((1 - share) * rise[below, 0].mean() + share * rise[below + 1, 0].mean())

    def _gather(self, cells: NDArray[np.intp], amounts: Array) -> Array:
        total = np.zeros((self.shape[0] * self.shape[1], self.planes))
        np.add.at(total, cells, amounts)
        return total.reshape(self.shape)


@dataclass(frozen=True)
class _HeatStep:
    stencil: Stencil
    owner: Cylinder

    def solve(self, heat: Array, guess: Array | None = None) -> Array:
        """The rise of the cells, K."""
        rise, count = self.stencil.solve(heat, guess, HEAT_TOLERANCE)
        self.owner.iterations["heat"] += count
        self.owner.iterations["solves"] += 1
        return rise


@njit(cache=True, nogil=True)
def _cartesian(r: float, angle: float, z: float, out: Any) -> None:
    out[0], out[1], out[2] = r * np.cos(angle), r * np.sin(angle), z


@njit(cache=True, nogil=True)
def _radial(
    labels: Any, m: Any, z: Any, z_face: Any, r: Any, r_face: Any, planes: int, low: Any, high: Any, value: Any
) -> tuple[Any, Any]:
    """(conductance, the low cell's share of the resistance) of radial faces, (nz, nr - 1, planes)."""
    nz, nr = len(z), len(r)
    conductance, share = np.empty((nz, nr - 1, planes)), np.empty((nz, nr - 1, planes))
    turn = 2 * np.pi / planes
    point, lengths, sums = np.empty(3), np.empty(3), np.empty(5)
    for i in range(nz):
        depth = z_face[i + 1] - z_face[i]
        for j in range(nr - 1):
            lengths[0], lengths[1], lengths[2] = r[j + 1] - r[j], r_face[j + 1] * turn, depth
            for n in range(planes):
                sums[:] = 0.0
                near = 0.0
                for t in range(2 * POINTS):
                    if t < POINTS:
                        radius = r[j] + (t + 0.5) / POINTS * (r_face[j + 1] - r[j])
                    else:
                        radius = r_face[j + 1] + (t - POINTS + 0.5) / POINTS * (r[j + 1] - r_face[j + 1])
                    along = (t + 0.5) / (2 * POINTS) - 0.5
                    for p in range(LINES):
                        aside = (p + 0.5) / LINES - 0.5
                        for q in range(LINES):
                            over = (q + 0.5) / LINES - 0.5
                            _cartesian(radius, turn * (n + over), z[i] + aside * depth, point)
                            v = value[tissue_at(labels, m, point[0], point[1], point[2])]
                            _add(sums, v, along, over, aside)
                            if t < POINTS:
                                near += 1.0 / v
                first, second = low[i, j] * near, high[i, j] * (sums[1] - near)
                mean = effective(sums, 2 * POINTS * LINES * LINES, lengths)
                conductance[i, j, n] = mean / (low[i, j] + high[i, j]) / planes
                share[i, j, n] = first / (first + second)
    return conductance, share


@njit(cache=True, nogil=True)
def _axial(
    labels: Any, m: Any, z: Any, z_face: Any, r: Any, r_face: Any, planes: int, low: Any, high: Any, value: Any
) -> tuple[Any, Any]:
    """(conductance, the low cell's share of the resistance) of axial faces, (nz - 1, nr, planes)."""
    nz, nr = len(z), len(r)
    conductance, share = np.empty((nz - 1, nr, planes)), np.empty((nz - 1, nr, planes))
    turn = 2 * np.pi / planes
    point, lengths, sums = np.empty(3), np.empty(3), np.empty(5)
    for i in range(nz - 1):
        for j in range(nr):
            inner, outer = r_face[j] ** 2, r_face[j + 1] ** 2
            lengths[0], lengths[1], lengths[2] = z[i + 1] - z[i], r[j] * turn, r_face[j + 1] - r_face[j]
            for n in range(planes):
                sums[:] = 0.0
                near = 0.0
                for t in range(2 * POINTS):
                    if t < POINTS:
                        height = z[i] + (t + 0.5) / POINTS * (z_face[i + 1] - z[i])
                    else:
                        height = z_face[i + 1] + (t - POINTS + 0.5) / POINTS * (z[i + 1] - z_face[i + 1])
                    along = (t + 0.5) / (2 * POINTS) - 0.5
                    for p in range(LINES):
                        aside = (p + 0.5) / LINES - 0.5
                        radius = np.sqrt(inner + (p + 0.5) / LINES * (outer - inner))
                        for q in range(LINES):
                            over = (q + 0.5) / LINES - 0.5
                            _cartesian(radius, turn * (n + over), height, point)
                            v = value[tissue_at(labels, m, point[0], point[1], point[2])]
                            _add(sums, v, along, over, aside)
                            if t < POINTS:
                                near += 1.0 / v
                first, second = low[i, j] * near, high[i, j] * (sums[1] - near)
                mean = effective(sums, 2 * POINTS * LINES * LINES, lengths)
                conductance[i, j, n] = mean / (low[i, j] + high[i, j]) / planes
                share[i, j, n] = first / (first + second)
    return conductance, share


@njit(cache=True, nogil=True)
def _angular(labels: Any, m: Any, z: Any, z_face: Any, r: Any, r_face: Any, planes: int, value: Any) -> Any:
    """Conductance from each plane to the next, (nz, nr, planes)."""
    nz, nr = len(z), len(r)
    conductance = np.empty((nz, nr, planes))
    turn = 2 * np.pi / planes
    point, lengths, sums = np.empty(3), np.empty(3), np.empty(5)
    for i in range(nz):
        depth = z_face[i + 1] - z_face[i]
        for j in range(nr):
            width = r_face[j + 1] - r_face[j]
            lengths[0], lengths[1], lengths[2] = r[j] * turn, width, depth
            for n in range(planes):
                sums[:] = 0.0
                for t in range(2 * POINTS):
                    along = (t + 0.5) / (2 * POINTS) - 0.5
                    for p in range(LINES):
                        aside = (p + 0.5) / LINES - 0.5
                        for q in range(LINES):
                            over = (q + 0.5) / LINES - 0.5
                            _cartesian(r[j] + over * width, turn * (n + 0.5 + along), z[i] + aside * depth, point)
                            v = value[tissue_at(labels, m, point[0], point[1], point[2])]
                            _add(sums, v, along, over, aside)
                mean = effective(sums, 2 * POINTS * LINES * LINES, lengths)
                conductance[i, j, n] = mean * width * depth / (r[j] * turn)
    return conductance


@njit(inline="always", cache=True, nogil=True)
def _add(sums: Any, value: float, along: float, second: float, third: float) -> None:
    sums[0] += value
    sums[1] += 1.0 / value
    sums[2] += value * along
    sums[3] += value * second
    sums[4] += value * third


@njit(cache=True, nogil=True)
def _walls(
    labels: Any, m: Any, z: Any, z_face: Any, r: Any, r_face: Any, planes: int, tissue: Any, metal: Any, value: Any
) -> Any:
    """Mean value between the electrode's surface and each tissue cell beside it, (n, planes)."""
    nr = len(r)
    found = np.empty((len(tissue), planes))
    a, b = np.empty(3), np.empty(3)
    for w in range(len(tissue)):
        i, j = tissue[w] // nr, tissue[w] % nr
        u, v = metal[w] // nr, metal[w] % nr
        for n in range(planes):
            angle = 2 * np.pi / planes * n
            _cartesian(r[j], angle, z[i], a)
            _cartesian(0.5 * (r[j] + r[v]), angle, 0.5 * (z[i] + z[u]), b)
            found[w, n] = 1.0 / mean_inverse(labels, m, a, b, value)
    return found


@njit(cache=True, nogil=True)
def _labels(labels: Any, m: Any, z: Any, z_face: Any, r: Any, r_face: Any, planes: int) -> Any:
    """Tissue at each cell's centre."""
    found = np.empty((len(z), len(r), planes), np.intp)
    a = np.empty(3)
    for i in range(len(z)):
        for j in range(len(r)):
            for n in range(planes):
                _cartesian(r[j], 2 * np.pi / planes * n, z[i], a)
                found[i, j, n] = tissue_at(labels, m, a[0], a[1], a[2])
    return found


@njit(cache=True, nogil=True)
def _means(labels: Any, m: Any, z: Any, z_face: Any, r: Any, r_face: Any, planes: int, values: Any) -> Any:
    """Mean of each row of `values` over each cell, (rows, nz, nr, planes)."""
    rows = values.shape[0]
    found = np.zeros((rows, len(z), len(r), planes))
    a = np.empty(3)
    parts = 3
    turn = 2 * np.pi / planes
    for i in range(len(z)):
        for j in range(len(r)):
            inner, outer = r_face[j] ** 2, r_face[j + 1] ** 2
            for n in range(planes):
                for p in range(parts):
                    height = z_face[i] + (p + 0.5) / parts * (z_face[i + 1] - z_face[i])
                    for q in range(parts):
                        radius = np.sqrt(inner + (q + 0.5) / parts * (outer - inner))
                        for s in range(parts):
                            _cartesian(radius, turn * (n + (s + 0.5) / parts - 0.5), height, a)
                            label = tissue_at(labels, m, a[0], a[1], a[2])
                            for row in range(rows):
                                found[row, i, j, n] += values[row, label] / parts**3
    return found
