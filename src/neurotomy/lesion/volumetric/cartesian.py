"""Any number of electrodes in tissue of any kind: a graded Cartesian grid with the needles immersed in it.

The needles cut the lines between cell centres where their surface really is; a staircase would cost 0.2 mm of width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit
from neurotomy.equipment.geometry import Element
from neurotomy.errors import LesionError
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.volumetric.changing import Changing, warmth_between, wetted_share_at
from neurotomy.lesion.volumetric.local import WithLocal, layers
from neurotomy.lesion.volumetric.sampling import LINES, POINTS, effective, tissue_at
from neurotomy.lesion.volumetric.separable import Axis, Separable
from neurotomy.lesion.volumetric.shapes import Metal, distance_to
from neurotomy.lesion.volumetric.stencil import Stencil
from neurotomy.lesion.volumetric.tissue_map import TissueMap
from neurotomy.progress import SILENT, Progress

__all__ = ["Cartesian", "CartesianGrid", "graded_grid"]

Array = NDArray[np.float64]

HEAT_TOLERANCE, BOILING_TOLERANCE = 1e-4, 1e-6
FIELD_TOLERANCE = 1e-3
FIRST_FIELD_TOLERANCE = 1e-4
"""Relative, in the energy norm."""
FIELD_LAYERS = 1
OLD_STEP = 1.5
"""A preconditioner made for another time step, up to this ratio, is still good."""
COARSEST_MM = 4.0
ALONG_MM = 1.0
"""Coarsest cells along a straight needle."""
PREPARING = "preparing the grid (the first time, compiling)"
EDGE = 0.5
"""Size of cells along a needle at the edge of its insulation, of that across it: there the field is singular."""
PARALLEL = 0.05
"""Sine of the angle up to which a needle counts as parallel to an axis."""
_PARTS = 3
"""Points each way in a cell, for the share that is wetted."""
_NEAREST = 0.1
"""Of the distance between two cells: a surface that grazes a centre would give an unbounded conductance."""


@dataclass(frozen=True)
class CartesianGrid:
    """Faces along x, y and z of the frame in which the electrodes are given, m."""

    x: Array
    y: Array
    z: Array

    @property
    def faces(self) -> tuple[Array, Array, Array]:
        """All three."""
        return self.x, self.y, self.z

    @cached_property
    def centres(self) -> tuple[Array, Array, Array]:
        """Cell centres along each axis."""
        x, y, z = (0.5 * (f[1:] + f[:-1]) for f in self.faces)
        return x, y, z

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of cells along each axis."""
        return len(self.x) - 1, len(self.y) - 1, len(self.z) - 1

    @cached_property
    def volume(self) -> Array:
        """Of each cell, m³."""
        x, y, z = (np.diff(f) for f in self.faces)
        return np.asarray(x[:, None, None] * y[None, :, None] * z[None, None, :])


def graded_grid(
    elements: Sequence[Element], low_mm: Array, high_mm: Array, *, first_mm: float, growth: float
) -> CartesianGrid:
    """Fine cells at the electrodes, coarse ones far away.

    Parameters
    ----------
    elements : sequence of Element
        In the frame of the grid, mm.
    low_mm, high_mm : (3,) array
        Corners of the domain.
    first_mm, growth : float
        Cell size at the metal, and the ratio of neighbouring cells away from it.

    Raises
    ------
    LesionError
        When the bare part of an electrode is not inside the domain.
    """
    for element in elements:
        bare = element.at(np.linspace(*element.bare_mm, 5))
        if element.polarity and (np.any(bare <= low_mm) or np.any(bare >= high_mm)):
            raise LesionError(
                "The active tip leaves the grid: move the electrode into the tissue block, or take a larger one."
            )
    faces = [
        _axis_faces(elements, axis, float(low_mm[axis]), float(high_mm[axis]), first_mm, growth) for axis in range(3)
    ]
    return CartesianGrid(*(f * 1e-3 for f in faces))


def _axis_faces(elements: Sequence[Element], axis: int, low: float, high: float, first: float, growth: float) -> Array:
    places, snaps = [], []
    for element in elements:
        a = element.radius_mm
        arc = element.arc_mm
        edges = [s for s in element.bare_mm if 0 < s < arc[-1]]
        samples = np.unique(np.concatenate([np.arange(0.0, min(arc[-1], element.bare_mm[1] + 2 * a), 0.5 * a), edges]))
        ahead = element.at(np.minimum(samples + 0.1 * a, arc[-1])) - element.at(np.maximum(samples - 0.1 * a, 0.0))
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        points = element.at(samples)[:, axis]
        sine = np.sqrt(np.maximum(1 - ahead[:, axis] ** 2, 0.0))
        for place, s in zip(points, sine, strict=True):
            if s > PARALLEL:
                places.append((place - a, place + a, first / max(s, 0.5)))
        if sine[0] <= PARALLEL:
            apex = element.centreline_mm[0, axis]
            inner = element.at(max(element.tip_length_mm, 1e-3))[axis]
            places.append((min(apex, inner), max(apex, inner), first))
            snaps.append(apex)
        for edge in edges:
            n = int(np.searchsorted(samples, edge))
            if sine[n] <= PARALLEL:
                place = float(element.at(edge)[axis])
                places.append((place, place, EDGE * first))
                snaps.append(place)
    fine = np.linspace(low, high, int((high - low) / 0.02) + 1)
    step = np.full(fine.shape, COARSEST_MM)
    for left, right, size in dict.fromkeys(places):
        step = np.minimum(step, size + (growth - 1) * np.maximum(np.maximum(left - fine, fine - right), 0.0))
    for element in elements:  # along a straight bare part
        points = element.at(np.linspace(*element.bare_mm, 9))[:, axis]
        step = np.where((fine > points.min()) & (fine < points.max()), np.minimum(step, ALONG_MM), step)
    count = np.concatenate([[0.0], np.cumsum(0.5 * (1 / step[1:] + 1 / step[:-1]) * np.diff(fine))])
    faces = np.interp(np.linspace(0.0, count[-1], int(np.ceil(count[-1])) + 1), count, fine)
    for snap in dict.fromkeys(np.round(snaps, 9)):
        n = int(np.argmin(np.abs(faces - snap)))
        if 0 < n < len(faces) - 1:
            faces[n] = snap
    return faces


@dataclass(frozen=True)
class Links:
    """Electric conductances along the axes, from the electrodes (by wall), and to ground, S."""

    along: tuple[Array, Array, Array]
    wall: Array
    ground: Array


@dataclass(frozen=True)
class CartesianField:
    """The field of one volt between the poles (or of a pole of 1 V against ground); W, V, S."""

    potential: Array
    sigma: Array
    heat: Array
    conductance: float


class Cartesian(Changing):
    """A :class:`~neurotomy.lesion.problem.Problem` on cells (x, y, z).

    Parameters
    ----------
    grid : CartesianGrid
        Cells.
    elements : sequence of Element
        Electrodes in the grid's frame. With both polarities the poles are at +1/2 and -1/2 V.
    tissue_map : TissueMap
        Which tissue is where.
    lps_from_frame : (4, 4) array
        Place of the grid's frame in the patient, mm.
    perfusion : bool
        Whether blood carries heat away.
    grounded : bool
        0 V on the outer boundary; otherwise a far field, for one polarity alone.
    start_c : float
        Temperature at the start: cooling water is colder than it.
    physics : Physics
        Beyond the plain lesion; without contact, whose heat at an immersed surface this grid does not divide well
        between metal and tissue (0.4 mm too wide where it doubles the impedance).
    progress : Progress
        Asked between the steps whether to go on.
    """

    def __init__(
        self,
        grid: CartesianGrid,
        elements: Sequence[Element],
        tissue_map: TissueMap,
        lps_from_frame: Array,
        *,
        perfusion: bool = True,
        grounded: bool = False,
        start_c: float = 37.0,
        physics: Physics = PLAIN,
        progress: Progress = SILENT,
    ) -> None:
        if physics.contact_ohm_mm2:
            raise LesionError(
                "Contact resistance is computed about one straight needle only: leave it out for bent, tined, cooled "
                "or several electrodes."
            )
        self.grid, self.shape = grid, grid.shape
        self.elements = tuple(elements)
        metal = Metal.of(elements)
        labels, m = tissue_map.indices, tissue_map.voxel_from_needle_m(lps_from_frame)
        sigma = tissue_map.table("electrical_conductivity_s_per_m")
        k = tissue_map.table("thermal_conductivity_w_per_m_k")
        capacity = tissue_map.table("density_kg_per_m3") * tissue_map.table("specific_heat_j_per_kg_k")
        shapes = (metal.points, metal.first, metal.number, metal.face, metal.box)
        bipolar = bool((metal.polarity > 0).any() and (metal.polarity < 0).any())
        voltage = metal.polarity * (0.5 if bipolar else 1.0)
        centres, faces = grid.centres, grid.faces

        label, distance, element, share, means = _cells(
            labels, m, *centres, *faces, *shapes, np.stack([capacity, tissue_map.blood_w_per_m3_k])
        )
        self.tissue, self.metal_share = distance > 0, share
        self._sigma0 = sigma[label]
        self._alpha = tissue_map.table("temperature_coefficient_per_k")[label]
        self._k = k
        metal_capacity = np.where(element >= 0, metal.number[element, 6], 0.0)
        self.capacity = grid.volume * (share * metal_capacity + (1 - share) * means[0])
        self.blood = grid.volume * (1 - share) * means[1] * (1.0 if perfusion else 0.0)

        self._electric, self._share, self._thermal, walls = [], [], [], []
        for axis in range(3):
            progress(0.0, PREPARING)
            g, low_share, t, wall = _faces(
                axis, labels, m, *centres, *faces, *shapes, distance, element, voltage, sigma, k
            )
            self._electric.append(g)
            self._share.append(low_share)
            self._thermal.append(t)
            walls.append(wall)
        self._walls = np.concatenate(walls)
        self._wall_tissue = self._walls[:, 0].astype(np.intp)
        self._wall_metal = self._walls[:, 1].astype(np.intp)
        self._wall_volts = self._walls[:, 3]
        if not len(self._walls):
            raise LesionError("No active tip was found on the grid: the needle is thinner than the cells can show.")

        tissue_kg = grid.volume * (1 - share) * tissue_map.table("density_kg_per_m3")[label]
        self._changes(physics, start_c, tissue_kg, self._wetted(physics), self._sigma0)
        self._at_insulation(distance, element)
        self._to_ground = np.zeros(self.shape)
        self.loss = self.blood.copy()
        centre = np.mean([p for e in elements if e.polarity for p in e.at(np.linspace(*e.bare_mm, 9))], axis=0) * 1e-3
        k_cell = k[label]
        for axis in range(3):
            for end in (0, -1):
                self._boundary(axis, end, centre, grounded or bipolar, k_cell)
        self._passed = self._passed_on(self._thermal)
        self._water, self._water_w = self._cooling(distance, element, start_c)
        self._flowing = False
        x, y, z = (Axis(f) for f in faces)
        self._axes = x, y, z
        self._mean_sigma = float(np.exp(np.mean(np.log(self._sigma0[self.tissue]))))
        self._mean_k = float(np.exp(np.mean(np.log(k_cell))))
        self._third = np.zeros(self.shape)
        self._held: tuple[float, Any] | None = None
        self._field_inverse: Any = None
        self._sensor_weights = [self._weights(p * 1e-3) for e in elements if e.polarity for p in e.sensors_mm]
        if not self._sensor_weights:
            raise LesionError("No electrode has a sensor: the generator cannot hold a temperature.")
        self.iterations = {"field": 0, "heat": 0, "solves": 0}

    def _at_insulation(self, distance: Array, element: NDArray[np.intp]) -> None:
        """Correct the conductances at the edge of the insulation, where the field is singular.

        There V0 - V = C √ρ cos(φ/2), with ρ the distance from the edge and φ the angle from the insulated surface. From
        it follow the current through the last bare cell and through the cell face that stands on the edge; both are
        larger than differences between cell centres say, for square cells 1.554 times. Known for edges in a plane of
        cells: of needles along an axis of the grid.
        """
        rows = np.stack(np.unravel_index(self._wall_tissue, self.shape), axis=1)
        for number, part in enumerate(self.elements):
            for edge, bare_side in ((part.bare_mm[1], 1), (part.bare_mm[0], -1)):
                if not part.polarity or not 0 < edge < part.arc_mm[-1]:
                    continue
                ahead = part.at(edge + 0.1) - part.at(edge - 0.1)
                axis = int(np.argmax(np.abs(ahead)))
                faces = self.grid.faces[axis]
                n = int(np.argmin(np.abs(faces - part.at(edge)[axis] * 1e-3)))
                off = abs(faces[n] - part.at(edge)[axis] * 1e-3)
                if off > 1e-9 or not 0 < n < len(faces) - 1:
                    continue
                below = bool(ahead[axis] * bare_side > 0)
                bare, insulated = (n - 1, n) if below else (n, n - 1)
                hz, over = np.diff(faces)[bare], np.diff(faces)[insulated]
                walls = np.flatnonzero((rows[:, axis] == bare) & (element.ravel()[self._wall_tissue] == number))
                walls = walls[self._walls[walls, 5] != axis]
                d = distance.ravel()[self._wall_tissue[walls]]
                self._walls[walls, 2] *= d / (np.sqrt(hz) * _singular(d, -0.5 * hz))
                cells = np.unique(rows[walls], axis=0)
                others = [a for a in range(3) if a != axis]
                width = np.mean([np.diff(self.grid.faces[a])[cells[:, a]] for a in others], axis=0)
                d = distance[tuple(cells.T)]
                inner, outer = np.maximum(d - width / 2, 0.0), d + width / 2
                through = np.sqrt(0.5) * (np.sqrt(outer) - np.sqrt(inner))
                differences = (_singular(d, 0.5 * over) - _singular(d, -0.5 * hz)) * (outer - inner)
                cells[:, axis] = n - 1
                self._electric[axis][tuple(cells.T)] *= through * 0.5 * (hz + over) / differences

    def _cooling(self, distance: Array, element: NDArray[np.intp], start_c: float) -> tuple[Array | None, Array | None]:
        """W/K that flowing water takes from each cell, and W that it brings for being colder than the start.

        The wall of the cavity is spread over the metal around it, by volume: metal is nearly isothermal across.
        """
        if all(part.cooling is None for part in self.elements):
            return None, None
        loss, inflow = np.zeros(self.shape), np.zeros(self.shape)
        points = np.stack(np.meshgrid(*(1e3 * c for c in self.grid.centres), indexing="ij"), axis=-1)
        for number, part in enumerate(self.elements):
            if part.cooling is None:
                continue
            cells = np.nonzero((distance < 0) & (element == number))
            line = part.at(np.linspace(0.0, part.arc_mm[-1], 2001))
            nearest = np.array([np.argmin(((line - p) ** 2).sum(axis=1)) for p in points[cells]])
            arc = nearest * part.arc_mm[-1] / 2000
            bottom = part.cooling.cavity_from_apex_mm
            cooled = (arc >= bottom) & (arc <= bottom + part.cooling.cooled_length_mm)
            cells = tuple(index[cooled] for index in cells)
            per_volume = 4 * part.cooling.heat_transfer_w_per_m2_k * part.cooling.cavity_diameter_mm * 1e-3
            per_volume /= (2 * part.radius_mm * 1e-3) ** 2
            taken = per_volume * (self.grid.volume * self.metal_share)[cells]
            loss[cells] += taken
            inflow[cells] += taken * (part.cooling.water_c - start_c)
        return loss, inflow

    def _boundary(self, axis: int, end: int, centre: Array, held: bool, k_cell: Array) -> None:
        face = self.grid.faces[axis][end]
        c = self.grid.centres[axis][end]
        widths = [np.diff(f) for f in self.grid.faces]
        others = [a for a in range(3) if a != axis]
        area = widths[others[0]][:, None] * widths[others[1]][None, :]
        where = tuple(end if a == axis else slice(None) for a in range(3))
        half = abs(face - c)
        self.loss[where] += k_cell[where] * area / half
        ahead = abs(face - centre[axis])
        aside = (self.grid.centres[others[0]][:, None] - centre[others[0]]) ** 2
        aside = aside + (self.grid.centres[others[1]][None, :] - centre[others[1]]) ** 2
        path = half + (0.0 if held else (ahead**2 + aside) / ahead)
        ground = self._sigma0[where] * area / path
        self._to_ground[where] += np.where(self.tissue[where], ground, 0.0)

    def _weights(self, point: Array) -> tuple[NDArray[np.intp], Array]:
        """Cells around a point and their trilinear weights."""
        index, weight = [], []
        low, share = [], []
        for axis in range(3):
            c = self.grid.centres[axis]
            n = int(np.clip(np.searchsorted(c, point[axis]) - 1, 0, len(c) - 2))
            low.append(n)
            share.append(float(np.clip((point[axis] - c[n]) / (c[n + 1] - c[n]), 0.0, 1.0)))
        for corner in np.ndindex(2, 2, 2):
            index.append(np.ravel_multi_index([a + b for a, b in zip(low, corner, strict=True)], self.shape))
            weight.append(np.prod([s if b else 1 - s for s, b in zip(share, corner, strict=True)]))
        return np.array(index), np.array(weight)

    def _passed_on(self, thermal: Sequence[Array]) -> Array:
        """W/K that each cell passes on to its neighbours, to blood and outwards."""
        passed = self.loss.copy()
        for axis in range(3):
            low, high = _sides(axis)
            passed[low] += thermal[axis]
            passed[high] += thermal[axis]
        return np.asarray(passed)

    def _wetted(self, physics: Physics) -> Array | None:
        """Share of each cell that injected fluid has wetted, through every active tip as much; None without."""
        if physics.fluid is None:
            return None
        tips = [
            (*(1e-3 * e.at(np.array([min(b, e.arc_mm[-1]) for b in e.bare_mm]))), 1e-3 * e.radius_mm)
            for e in self.elements
            if e.polarity
        ]
        tissue_m3 = physics.fluid.volume_ml * 1e-6 / physics.fluid.share_of_region
        parts = (np.arange(_PARTS) + 0.5) / _PARTS
        x, y, z = ((f[:-1, None] + np.diff(f)[:, None] * parts).ravel() for f in self.grid.faces)
        share = np.empty(self.shape)
        for n in range(self.shape[0]):  # a slab at a time, for memory
            slab = np.stack(np.meshgrid(x[n * _PARTS : (n + 1) * _PARTS], y, z, indexing="ij"), axis=-1)
            inside = wetted_share_at(slab, tips, tissue_m3)
            share[n] = inside.reshape(_PARTS, self.shape[1], _PARTS, self.shape[2], _PARTS).mean(axis=(0, 2, 4))
        return share

    def links(self, sigma: Array) -> Links:
        """Conductances of all faces."""
        warmer = sigma / self._sigma0
        colder = 1 / warmer
        along = []
        for axis in range(3):
            low, high = _sides(axis)
            share = self._share[axis]
            along.append(self._electric[axis] / (share * colder[low] + (1 - share) * colder[high]))
        wall = self._walls[:, 2] * warmer.ravel()[self._wall_tissue]
        return Links((along[0], along[1], along[2]), wall, self._to_ground * warmer)

    def field(self, sigma: Array, links: Links, before: CartesianField | None = None) -> CartesianField:
        """The field of one volt."""
        size = sigma.size
        diagonal = links.ground + np.bincount(self._wall_tissue, links.wall, size).reshape(self.shape)
        for axis in range(3):
            low, high = _sides(axis)
            diagonal[low] += links.along[axis]
            diagonal[high] += links.along[axis]
        free = diagonal > 0
        diagonal[~free] = 1.0
        source = np.bincount(self._wall_tissue, links.wall * self._wall_volts, size).reshape(self.shape)
        if self._field_inverse is None:
            scale = self._scale(diagonal, self._mean_sigma, 0.0)
            whole = Separable(self._axes, self._mean_sigma, 0.0, scale)
            held = np.zeros(size, bool)
            held[self._wall_tissue] = True
            near = layers(held.reshape(self.shape), FIELD_LAYERS) & free
            self._field_inverse = WithLocal(whole, near, diagonal, links.along)
        stencil = Stencil(diagonal, links.along[0], links.along[1], self._closed(links.along[2]), self._field_inverse)
        guess = None if before is None else before.potential
        potential, count = stencil.solve(
            np.asarray(source, float), guess, FIRST_FIELD_TOLERANCE if before is None else FIELD_TOLERANCE
        )
        self.iterations["field"] += count
        heat = np.zeros(self.shape)
        for axis in range(3):
            low, high = _sides(axis)
            made = 0.5 * links.along[axis] * (potential[high] - potential[low]) ** 2
            heat[low] += made
            heat[high] += made
        drop = self._wall_volts - potential.ravel()[self._wall_tissue]
        at_wall = links.wall * drop**2
        into_metal = 0.5 * at_wall * self._walls[:, 4]
        heat += np.bincount(self._wall_metal, into_metal, size).reshape(self.shape)
        heat += np.bincount(self._wall_tissue, at_wall - into_metal, size).reshape(self.shape)
        current = links.wall * drop
        return CartesianField(potential, sigma, heat, float((current * self._wall_volts).sum()))

    def conductance_now(self, field: CartesianField, links: Links) -> float:
        """Conductance of an older field with today's links, S."""
        v = field.potential
        power = (links.ground * v**2).sum()
        for axis in range(3):
            low, high = _sides(axis)
            power += (links.along[axis] * (v[high] - v[low]) ** 2).sum()
        drop = self._wall_volts - v.ravel()[self._wall_tissue]
        return float(power + (links.wall * drop**2).sum())

    def heat_step(self, per_s: float, viable: Array | None = None) -> _HeatStep:
        """The heat equation of one time step."""
        return self._step(per_s, self.capacity, viable, None)

    def _step(self, per_s: float, capacity: Array, viable: Array | None, warmth: Array | None) -> _HeatStep:
        thermal, passed = self._thermal, self._passed
        if warmth is not None:
            thermal = [
                faces * warmth_between(warmth[low], warmth[high])
                for faces, (low, high) in zip(thermal, map(_sides, range(3)), strict=True)
            ]
            passed = self._passed_on(thermal)
        diagonal = per_s * capacity + passed
        if self._flowing and self._water is not None:
            diagonal += self._water
        if viable is not None:
            diagonal -= (1 - viable) * self.blood
        if self._held is None or not 1 / OLD_STEP < per_s / self._held[0] < OLD_STEP:
            storage = per_s * float(np.median(self.capacity / self.grid.volume))
            scale = self._scale(diagonal, self._mean_k, storage)
            whole = Separable(self._axes, self._mean_k, storage, scale)
            self._held = per_s, WithLocal(whole, layers(~self.tissue, 1), diagonal, tuple(thermal))
        third = self._closed(thermal[2])
        return _HeatStep(Stencil(diagonal, thermal[0], thermal[1], third, self._held[1]), self)

    def flow(self, on: bool) -> Array | None:
        """Let the cooling water flow or stand; what it then brings to each cell, W (less than nothing)."""
        if self._water is None:
            return None
        if on != self._flowing:
            self._flowing, self._held = on, None
        return self._water_w if on else None

    def thermocouple(self, rise: Array) -> float:
        """Rise at the first sensor, K."""
        index, weight = self._sensor_weights[0]
        return float(rise.ravel()[index] @ weight)

    def _closed(self, third: Array) -> Array:
        """Links along the last axis with a column of zeros: it does not close."""
        whole = self._third.copy()
        whole[..., :-1] = third
        return whole

    def _scale(self, diagonal: Array, conduction: float, storage: float) -> Array:
        """Square root of the homogeneous diagonal over the true one."""
        total = np.zeros(self.shape)
        for axis in range(3):
            width, c = np.diff(self.grid.faces[axis]), self.grid.centres[axis]
            link = 1 / np.diff(c)
            own = np.concatenate([[2 / width[0]], link]) + np.concatenate([link, [2 / width[-1]]])
            total += (own / width).reshape([-1 if a == axis else 1 for a in range(3)])
        return np.asarray(np.sqrt((conduction * total + storage) * self.grid.volume / diagonal))


@dataclass(frozen=True)
class _HeatStep:
    stencil: Stencil
    owner: Cartesian

    def solve(self, heat: Array, guess: Array | None = None) -> Array:
        """The rise of the cells, K."""
        tolerance = BOILING_TOLERANCE if self.owner.nonlinear else HEAT_TOLERANCE
        rise, count = self.stencil.solve(heat, guess, tolerance)
        self.owner.iterations["heat"] += count
        self.owner.iterations["solves"] += 1
        return rise


def _singular(across: Array, along: float) -> Array:
    """√ρ cos(φ/2) at a distance from the surface and from the edge, positive on the insulated side."""
    rho, angle = np.hypot(across, along), np.arctan2(across, along)
    return np.asarray(np.sqrt(rho) * np.cos(angle / 2))


def _sides(axis: int) -> tuple[Any, Any]:
    """Slices of the low and the high cells of all faces across an axis."""
    low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
    high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
    return low, high


@njit(cache=True, nogil=True)
def _cells(
    labels: Any, m: Any, cx: Any, cy: Any, cz: Any, fx: Any, fy: Any, fz: Any,
    points: Any, first: Any, number: Any, face: Any, box: Any, values: Any,
) -> Any:  # fmt: skip
    """Tissue at each centre; distance to metal and its element; share of metal; means of `values` over the tissue."""
    nx, ny, nz = len(cx), len(cy), len(cz)
    label = np.empty((nx, ny, nz), np.intp)
    distance = np.empty((nx, ny, nz))
    element = np.empty((nx, ny, nz), np.intp)
    share = np.zeros((nx, ny, nz))
    rows = values.shape[0]
    means = np.zeros((rows, nx, ny, nz))
    parts = 4
    whole = labels.size == 1
    for i in range(nx):
        for j in range(ny):
            for k in range(nz):
                size = np.sqrt((fx[i + 1] - fx[i]) ** 2 + (fy[j + 1] - fy[j]) ** 2 + (fz[k + 1] - fz[k]) ** 2)
                d, e, _ = distance_to(points, first, number, face, box, cx[i], cy[j], cz[k], size)
                label[i, j, k] = tissue_at(labels, m, cx[i], cy[j], cz[k])
                distance[i, j, k] = d
                element[i, j, k] = e if d < size else -1
                near = abs(d) < 0.5 * size
                if d < 0 and not near:
                    share[i, j, k] = 1.0
                if whole:
                    for row in range(rows):
                        means[row, i, j, k] = values[row, 0]
                if whole and not near:
                    continue
                inside = 0
                for a in range(parts):
                    x = fx[i] + (a + 0.5) / parts * (fx[i + 1] - fx[i])
                    for b in range(parts):
                        y = fy[j] + (b + 0.5) / parts * (fy[j + 1] - fy[j])
                        for c in range(parts):
                            z = fz[k] + (c + 0.5) / parts * (fz[k + 1] - fz[k])
                            if not whole:
                                found = tissue_at(labels, m, x, y, z)
                                for row in range(rows):
                                    means[row, i, j, k] += values[row, found] / parts**3
                            if near and distance_to(points, first, number, face, box, x, y, z, size)[0] < 0:
                                inside += 1
                if near:
                    share[i, j, k] = inside / parts**3
    return label, distance, element, share, means


@njit(cache=True, nogil=True)
def _faces(
    axis: int, labels: Any, m: Any, cx: Any, cy: Any, cz: Any, fx: Any, fy: Any, fz: Any,
    points: Any, first: Any, number: Any, face: Any, box: Any,
    distance: Any, element: Any, voltage: Any, sigma: Any, k_tissue: Any,
) -> Any:  # fmt: skip
    """Faces across one axis.

    Returns
    -------
    electric, share, thermal : array
        Conductance between two tissue cells (S), the low cell's share of its resistance, thermal conductance (W/K).
    walls : (n, 6) array
        Bare surface between a tissue and a metal cell: their flat indices, conductance (S) at the reference
        temperature, volts of the electrode, share of the heat made there that flows into the metal, axis.
    """
    nx, ny, nz = len(cx), len(cy), len(cz)
    sx, sy, sz = nx, ny, nz
    if axis == 0:
        sx -= 1
    elif axis == 1:
        sy -= 1
    else:
        sz -= 1
    electric, share, thermal = np.zeros((sx, sy, sz)), np.full((sx, sy, sz), 0.5), np.zeros((sx, sy, sz))
    walls = np.empty((4096, 6))
    count = 0
    whole = labels.size == 1
    lengths, sums, heat_sums, p, at = np.empty(3), np.empty(5), np.empty(5), np.empty(3), np.empty(3)
    for i in range(sx):
        for j in range(sy):
            for k in range(sz):
                ii, jj, kk = i + (axis == 0), j + (axis == 1), k + (axis == 2)
                wx, wy, wz = fx[i + 1] - fx[i], fy[j + 1] - fy[j], fz[k + 1] - fz[k]
                if axis == 0:
                    length, area, first_half = cx[ii] - cx[i], wy * wz, fx[ii] - cx[i]
                    lengths[0], lengths[1], lengths[2] = length, wy, wz
                elif axis == 1:
                    length, area, first_half = cy[jj] - cy[j], wx * wz, fy[jj] - cy[j]
                    lengths[0], lengths[1], lengths[2] = length, wx, wz
                else:
                    length, area, first_half = cz[kk] - cz[k], wx * wy, fz[kk] - cz[k]
                    lengths[0], lengths[1], lengths[2] = length, wx, wy
                size = 0.5 * np.sqrt(lengths[0] ** 2 + lengths[1] ** 2 + lengths[2] ** 2)
                low, high = distance[i, j, k], distance[ii, jj, kk]
                near = min(abs(low), abs(high)) < 2 * size
                low_in, high_in = low < 0, high < 0
                if whole and not near and not low_in:
                    electric[i, j, k] = sigma[0] * area / length
                    thermal[i, j, k] = k_tissue[0] * area / length
                    share[i, j, k] = first_half / length
                    continue
                if low_in and high_in and not near:
                    thermal[i, j, k] = number[element[i, j, k], 5] * area / length
                    continue
                sums[:] = 0.0
                heat_sums[:] = 0.0
                near_sum = 0.0
                lines = 4 if near else LINES
                for t in range(2 * POINTS):
                    if t < POINTS:
                        step = (t + 0.5) / POINTS * first_half
                    else:
                        step = first_half + (t - POINTS + 0.5) / POINTS * (length - first_half)
                    along = (t + 0.5) / (2 * POINTS) - 0.5
                    for u in range(lines):
                        over = (u + 0.5) / lines - 0.5
                        for v in range(lines):
                            aside = (v + 0.5) / lines - 0.5
                            if axis == 0:
                                p[0], p[1], p[2] = cx[i] + step, cy[j] + over * wy, cz[k] + aside * wz
                            elif axis == 1:
                                p[0], p[1], p[2] = cx[i] + over * wx, cy[j] + step, cz[k] + aside * wz
                            else:
                                p[0], p[1], p[2] = cx[i] + over * wx, cy[j] + aside * wy, cz[k] + step
                            here = 0 if whole else tissue_at(labels, m, p[0], p[1], p[2])
                            s, q = sigma[here], k_tissue[here]
                            if near:
                                d, e, arc = distance_to(points, first, number, face, box, p[0], p[1], p[2], size)
                                if d < 0:
                                    q = number[e, 5]
                                    if arc > number[e, 4] + size or arc < number[e, 3] - size:
                                        s = 1e-4 * s  # insulated: no current through it
                            _add(sums, s, along, over, aside)
                            _add(heat_sums, q, along, over, aside)
                            if t < POINTS:
                                near_sum += 1.0 / s
                samples = 2 * POINTS * lines * lines
                thermal[i, j, k] = effective(heat_sums, samples, lengths) * area / length
                if not low_in and not high_in:
                    electric[i, j, k] = effective(sums, samples, lengths) * area / length
                    share[i, j, k] = near_sum / sums[1]
                elif low_in != high_in:
                    tissue_d = high if low_in else low
                    metal_d = low if low_in else high
                    s = tissue_d / (tissue_d - metal_d)  # from the tissue's centre, of the distance between the two
                    e, arc = -1, 0.0
                    for _ in range(4):
                        a = 1.0 - s if low_in else s
                        at[0] = cx[i] + a * (cx[ii] - cx[i])
                        at[1] = cy[j] + a * (cy[jj] - cy[j])
                        at[2] = cz[k] + a * (cz[kk] - cz[k])
                        d, e, arc = distance_to(points, first, number, face, box, at[0], at[1], at[2], 4 * size)
                        slope = tissue_d - metal_d
                        s = min(max(s + d / slope, 0.0), 1.0)
                    s = min(max(s, _NEAREST), 1.0 - 1e-6)
                    if e >= 0:  # across a surface the two are in series, at the true distances from it
                        x, y, z = (cx[ii], cy[jj], cz[kk]) if low_in else (cx[i], cy[j], cz[k])
                        here = tissue_at(labels, m, x, y, z)
                        thermal[i, j, k] = area / (length * (s / k_tissue[here] + (1 - s) / number[e, 5]))
                    if e >= 0 and voltage[e] != 0.0 and number[e, 3] <= arc < number[e, 4]:
                        tissue_cell = (ii * ny + jj) * nz + kk if low_in else (i * ny + j) * nz + k
                        metal_cell = (i * ny + j) * nz + k if low_in else (ii * ny + jj) * nz + kk
                        x, y, z = (cx[ii], cy[jj], cz[kk]) if low_in else (cx[i], cy[j], cz[k])
                        here = tissue_at(labels, m, x, y, z)
                        into_metal, into_tissue = number[e, 5] / (1 - s), k_tissue[here] / s
                        if count == walls.shape[0]:
                            larger = np.empty((2 * count, 6))
                            larger[:count] = walls
                            walls = larger
                        walls[count, 0], walls[count, 1] = tissue_cell, metal_cell
                        walls[count, 2] = sigma[here] * area / (s * length)
                        walls[count, 3] = voltage[e]
                        walls[count, 4] = into_metal / (into_metal + into_tissue)
                        walls[count, 5] = axis
                        count += 1
    return electric, share, thermal, walls[:count].copy()


@njit(inline="always", cache=True, nogil=True)
def _add(sums: Any, value: float, along: float, second: float, third: float) -> None:
    sums[0] += value
    sums[1] += 1.0 / value
    sums[2] += value * along
    sums[3] += value * second
    sums[4] += value * third
