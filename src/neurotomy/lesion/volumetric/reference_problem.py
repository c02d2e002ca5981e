"""Reference problems in three dimensions: a needle on bone (P2), two needles (P2b), known from finite elements.

Both are the needle of :mod:`~neurotomy.lesion.reference_problem` (18 G, 10 mm active, hemispherical, solid steel) in a
cube of 60 mm whose faces are at 0 V and at body temperature, heated to 80 °C in 10 s and held there to 100 s.

- **P2**: bone fills z < 0; the needle rises from it at 20°, the centre of its end 1 mm above the bone. World x is along
  the needle's shadow on the bone, z away from the bone.
- **P2b**: muscle alone; two parallel needles along x, 10 mm apart along y, the poles of the generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy.tissue import Tissue
from neurotomy.equipment.electrode_set import ElectrodeSet, Placed
from neurotomy.equipment.geometry import elements_of
from neurotomy.geometry import Volume
from neurotomy.lesion.damage import Dose
from neurotomy.lesion.grid import needle_grid
from neurotomy.lesion.march import Phase, Step, march
from neurotomy.lesion.reference_problem import PROTOCOL, needle
from neurotomy.lesion.volumetric.block import box
from neurotomy.lesion.volumetric.cartesian import Cartesian, graded_grid
from neurotomy.lesion.volumetric.cylinder import Cylinder
from neurotomy.lesion.volumetric.surface import CylinderNodes, Surface
from neurotomy.lesion.volumetric.tissue_map import TissueMap, homogeneous

__all__ = ["BONE", "LEVELS", "P2", "P2B", "PAIR", "SOURCE", "Found", "Grid", "needle_on_bone", "two_needles"]

Array = NDArray[np.float64]

SOURCE = "Finite elements on a refined mesh (NGSolve), computed for this project"
_SIDE_MM = 30.0
_BLOOD = 1050.0 * 3617.0
MUSCLE = Tissue("reference muscle", 0.45, 0.02, 0.49, 1090.0, 3421.0, 0.0, _BLOOD)
BONE = Tissue("reference bone", 0.02, 0.02, 0.32, 1908.0, 1313.0, 0.0, _BLOOD)
LEVELS = ("50 °C", "60 °C", "Omega = 1")


@dataclass(frozen=True)
class Grid:
    """Cell size at the metal, growth, half-planes, and time steps of hold: first, stretch, longest."""

    first_mm: float = 0.2
    growth: float = 1.35
    planes: int = 48
    step_s: float = 1.0
    stretch: float = 1.2
    longest_s: float = 6.0

    def phases(self) -> list[Phase]:
        """Ramp and hold, to 100 s."""
        return [
            Phase(10.0, 10.0 / 6, 37.0, 80.0),
            Phase(90.0, self.step_s, 80.0, 80.0, stretch=self.stretch, longest_s=self.longest_s),
        ]


@dataclass(frozen=True)
class Found:
    """What a solution gives, and what is known; each level of :data:`LEVELS` has a row.

    Attributes
    ----------
    extents_mm
        P2: width along y, low and high x and z in the plane of the needle, width on the bone. P2b: low and high x,
        high y, high z.
    impedance_ohm
        At 10, 30 and 100 s.
    cells
        Of the grid.
    """

    extents_mm: Array
    impedance_ohm: Array
    cells: int


P2 = Found(
    np.array(
        [
            [12.966, -9.232, 9.899, -2.928, 9.588, 11.570],
            [8.445, -7.391, 7.098, -1.292, 7.508, 6.575],
            [11.940, -8.996, 9.703, -2.535, 9.169, 10.433],
        ]
    ),
    np.array([82.4, 77.8, 74.5]),
    138_000,
)
"""Order 3, 138,000 unknowns on half the domain; two meshes and two orders agree to 0.006 mm; hold it to ± 0.02 mm."""
P2B = Found(
    np.array([[-8.121, 9.533, 9.876, 5.771], [-6.569, 6.719, 8.011, 3.773], [-7.860, 9.320, 9.498, 5.209]]),
    np.array([106.5, 98.05, 91.42]),
    48_440,
)
"""Order 2 on a quarter of the domain, steps of 1 s; two meshes agree to 0.006 mm and 0.1 ohm. Read along lines 0.25 to
0.5 mm apart; to be held to ± 0.01 mm."""


def _frame() -> Array:
    """(4, 4): world from needle, mm. The needle's +x looks away from the bone, in the plane of world x and z."""
    cosine, sine = np.cos(np.radians(20.0)), np.sin(np.radians(20.0))
    up, away = np.array([cosine, 0.0, sine]), np.array([-sine, 0.0, cosine])
    frame = np.eye(4)
    frame[:3, 0], frame[:3, 1], frame[:3, 2] = away, np.cross(up, away), up
    frame[:3, 3] = np.array([-5.0 * cosine, 0.0, 1.0]) - needle().radius_mm * up
    return frame


def bone_below() -> TissueMap:
    """Muscle above the plane z = 0, bone below."""
    affine = np.eye(4)
    affine[2, 3] = -0.5
    return TissueMap(Volume(np.array([[[1, 0]]], np.uint8), affine), (MUSCLE, BONE))


def needle_on_bone(grid: Grid | None = None) -> Found:
    """Solve P2 on the cylinder."""
    grid = grid or Grid()
    electrode, frame = needle(), _frame()
    cells = needle_grid(
        electrode.radius_mm * 1e-3,
        electrode.active_tip_mm * 1e-3,
        round_tip=True,
        first=grid.first_mm * 1e-3,
        growth=grid.growth,
        outer_radius=45e-3,
        below=40e-3,
        above=40e-3,
    )

    def beyond_cube(points_m: Array) -> Array:
        return np.asarray(np.abs(points_m @ frame[:3, :3].T + 1e-3 * frame[:3, 3]).max(axis=1) - 1e-3 * _SIDE_MM)

    problem = Cylinder(
        cells,
        grid.planes,
        bone_below(),
        frame,
        metal=(electrode.core_conductivity_w_per_m_k, electrode.core_heat_capacity_j_per_m3_k),
        thermocouple_m=electrode.thermocouple_from_apex_mm * 1e-3,
        perfusion=False,
        level=beyond_cube,
        grounded=True,
    )
    nodes = CylinderNodes(cells, grid.planes)
    celsius, log10_omega, ohms = _run(problem, nodes, grid)
    axes = frame[:3, :3]  # columns: needle axes in the world
    plane = (0, grid.planes // 2)
    rows = []
    for values, level in ((celsius, 50.0), (celsius, 60.0), (log10_omega, 0.0)):
        surface = Surface(nodes, values, level)
        x, y, z = axes  # rows: world axes in the needle's frame
        apex = frame[:3, 3]
        rows.append(
            [
                1e3 * (surface.reach(y) + surface.reach(-y)),
                apex[0] - 1e3 * surface.reach_in_plane(-x, plane),
                apex[0] + 1e3 * surface.reach_in_plane(x, plane),
                apex[2] - 1e3 * surface.reach_in_plane(-z, plane),
                apex[2] + 1e3 * surface.reach_in_plane(z, plane),
                1e3 * surface.span_on_plane(-1e-3 * apex @ axes, z, y),
            ]
        )
    return Found(np.array(rows), ohms, int(np.prod(problem.shape)))


PAIR = ElectrodeSet(
    name="reference pair",
    members=tuple(Placed(electrode=needle(), apex_mm=(-5.0, y, 0.0), up=(1.0, 0.0, 0.0)) for y in (-5.0, 5.0)),
    stages=((1, -1),),
    source="neurotomy",
    tag="choice",
)


def two_needles(grid: Grid | None = None) -> Found:
    """Solve P2b on the Cartesian grid."""
    grid = grid or Grid()
    parts = elements_of(PAIR)
    side = np.full(3, _SIDE_MM)
    cells = graded_grid(parts, -side, side, first_mm=grid.first_mm, growth=grid.growth)
    problem = Cartesian(cells, parts, homogeneous(MUSCLE), np.eye(4), perfusion=False, grounded=True)
    near = tuple(slice(*np.searchsorted(c, [-16e-3, 16e-3])) for c in cells.centres)
    celsius, log10_omega, ohms = _run(problem, lambda values: values[near], grid)
    x, y, z = (1e3 * c[part] for c, part in zip(cells.centres, near, strict=True))
    rows = []
    for values, level in ((celsius, 50.0), (celsius, 60.0), (log10_omega, 0.0)):
        corners = box((x, y, z), values, level)
        assert corners is not None
        low, high = corners
        rows.append([low[0], high[0], high[1], high[2]])
    return Found(np.array(rows), ohms, int(np.prod(problem.shape)))


def _run(problem: Cylinder | Cartesian, nodes: object, grid: Grid) -> tuple[Array, Array, Array]:
    """°C and log10 of the Arrhenius integral on the nodes at 100 s, and the impedance at 10, 30 and 100 s."""
    assert callable(nodes)
    steps: list[Step] = []
    dose: list[Dose] = []

    def watch(step: Step) -> None:
        celsius = nodes(37.0 + step.rise)
        if steps:
            dose[0].add(celsius, step.step_s)
        else:
            dose.append(Dose(celsius))
        steps.append(step)

    march(problem, grid.phases(), start_c=37.0, refresh=0.02, protocol=PROTOCOL, watch=watch)
    ohms = np.interp([10.0, 30.0, 100.0], [s.time_s for s in steps], [s.impedance_ohm for s in steps])
    return np.asarray(nodes(37.0 + steps[-1].rise)), dose[0].log10_omega, ohms
