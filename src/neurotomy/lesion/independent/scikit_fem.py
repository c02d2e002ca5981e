"""The flat reference needle with quadratic elements of scikit-fem on a rectangular mesh."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.grid import graded
from neurotomy.lesion.independent.lattice import extents_mm, sampling_lines
from neurotomy.lesion.independent.march import IndependentLesion, run
from neurotomy.lesion.reference_problem import TISSUE, needle
from neurotomy.progress import SILENT, Progress

__all__ = ["solve"]

Array = NDArray[np.float64]

OUTER, BELOW, ABOVE = 50e-3, 45e-3, 55e-3


def solve(
    *,
    first_mm: float = 0.04,
    growth: float = 1.6,
    step_s: float = 2.0,
    perfusion: bool = False,
    progress: Progress = SILENT,
) -> IndependentLesion:
    """Solve the reference problem with a flat tip.

    Parameters
    ----------
    first_mm, growth
        Elements at the needle, and the ratio of neighbours.
    step_s
        Time step of the hold.
    """
    began = time.perf_counter()
    elements = _Quadratic(first_mm * 1e-3, growth, perfusion)
    ready = time.perf_counter()
    history = run(elements, np.zeros(elements.unknowns), step_s=step_s, progress=progress)
    fields = ((history.peak_c, 50.0), (history.peak_c, 60.0), (history.log_omega, 0.0))
    shaped = tuple((values.reshape(len(elements.z), len(elements.r)), level) for values, level in fields)
    extents = extents_mm(elements.r, elements.z, elements.radius, shaped)
    done = time.perf_counter()
    return IndependentLesion(extents, 1 / history.conductance, elements.unknowns, ready - began, done - ready)


class _Quadratic:
    """Nine-node rectangles; the needle is part of the mesh, its metal left out of the electric problem."""

    def __init__(self, first: float, growth: float, perfusion: bool) -> None:
        from skfem import Basis, BilinearForm, ElementQuad2, LinearForm, MeshQuad

        electrode = needle("flat")
        self.radius, active = electrode.radius_mm * 1e-3, electrode.active_tip_mm * 1e-3
        a = self.radius
        inner = a - graded(0.0, a, first, growth)[::-1]
        r = np.concatenate([inner, graded(a, OUTER, first, growth)[1:]])
        z = sampling_lines(first, growth, BELOW, active, ABOVE)
        mesh = MeshQuad.init_tensor(r, z)
        centre = mesh.p[:, mesh.t].mean(axis=1)
        in_metal = (centre[0] < a) & (centre[1] > 0)
        self._basis = Basis(mesh, ElementQuad2(), intorder=5)
        self._tissue = Basis(mesh, ElementQuad2(), intorder=5, elements=np.flatnonzero(~in_metal))
        metal = Basis(mesh, ElementQuad2(), intorder=5, elements=np.flatnonzero(in_metal))
        self.unknowns = self._basis.N
        x, y = self._basis.doflocs
        tiny = 1e-9
        self._outer = np.flatnonzero((x > OUTER - tiny) | (y < -BELOW + tiny) | (y > ABOVE - tiny))
        on_needle = ((np.abs(x - a) < tiny) & (y > -tiny) | (x < a + tiny) & (np.abs(y) < tiny)) & (y < active + tiny)
        inside = (x < a - tiny) & (y > tiny)
        self._electrode = np.flatnonzero(on_needle)
        fixed = np.zeros(self.unknowns, bool)
        fixed[self._outer] = fixed[self._electrode] = fixed[inside] = True
        self._free = np.flatnonzero(~fixed)
        warm = np.ones(self.unknowns, bool)
        warm[self._outer] = False
        self._warm = np.flatnonzero(warm)

        @BilinearForm  # type: ignore[untyped-decorator]
        def stiffness(u: Any, v: Any, w: Any) -> Any:
            return 2 * np.pi * w.x[0] * (u.grad[0] * v.grad[0] + u.grad[1] * v.grad[1])

        @BilinearForm  # type: ignore[untyped-decorator]
        def mass(u: Any, v: Any, w: Any) -> Any:
            return 2 * np.pi * w.x[0] * u * v

        @BilinearForm  # type: ignore[untyped-decorator]
        def current(u: Any, v: Any, w: Any) -> Any:
            return w["sigma"] * 2 * np.pi * w.x[0] * (u.grad[0] * v.grad[0] + u.grad[1] * v.grad[1])

        @LinearForm  # type: ignore[untyped-decorator]
        def joule(v: Any, w: Any) -> Any:
            return w["sigma"] * 2 * np.pi * w.x[0] * (w["phi"].grad[0] ** 2 + w["phi"].grad[1] ** 2) * v

        self._current, self._joule = current, joule
        blood = TISSUE.perfusion_per_s * TISSUE.blood_heat_capacity_j_per_m3_k if perfusion else 0.0
        tissue_mass = mass.assemble(self._tissue)
        self._mass = (
            TISSUE.heat_capacity_j_per_m3_k * tissue_mass
            + electrode.core_heat_capacity_j_per_m3_k * mass.assemble(metal)
        ).tocsr()
        self._conduction = (
            TISSUE.thermal_conductivity_w_per_m_k * stiffness.assemble(self._tissue)
            + electrode.core_conductivity_w_per_m_k * stiffness.assemble(metal)
            + blood * tissue_mass
        ).tocsr()
        self._probe = self._basis.probes(np.array([[1e-7], [electrode.thermocouple_from_apex_mm * 1e-3]])).tocsr()
        # The nine nodes of all rectangles make a lattice.
        self.r, self.z = _levels(x), _levels(y)
        column = np.abs(x[:, None] - self.r[None, :]).argmin(axis=1)
        row = np.abs(y[:, None] - self.z[None, :]).argmin(axis=1)
        self._lattice = np.empty(len(self.r) * len(self.z), int)
        self._lattice[row * len(self.r) + column] = np.arange(self.unknowns)

    def field(self, rise: Array) -> tuple[Array, float]:
        """Heat of 1 V and conductance."""
        from scipy.sparse.linalg import spsolve

        at_points = self._tissue.interpolate(rise)
        alpha = TISSUE.temperature_coefficient_per_k
        sigma = TISSUE.electrical_conductivity_s_per_m * (1 + alpha * np.asarray(at_points))
        matrix = self._current.assemble(self._tissue, sigma=sigma).tocsr()
        phi = np.zeros(self.unknowns)
        phi[self._electrode] = 1.0
        right = -(matrix @ phi)[self._free]
        phi[self._free] = spsolve(matrix[self._free][:, self._free].tocsc(), right)
        heat = self._joule.assemble(self._tissue, sigma=sigma, phi=self._tissue.interpolate(phi))
        return np.asarray(heat), float(phi @ (matrix @ phi))

    def factor(self, per_s: float) -> Callable[[Array], Array]:
        """Factored once, used for many right-hand sides."""
        from scipy.sparse.linalg import splu

        some = self._warm
        lu = splu((per_s * self._mass + self._conduction)[some][:, some].tocsc())

        def solution(right: Array) -> Array:
            found = np.zeros(self.unknowns)
            found[some] = lu.solve(right[some])
            return found

        return solution

    def mass(self, rise: Array) -> Array:
        """Mass matrix times `rise`."""
        return np.asarray(self._mass @ rise)

    def sensor(self, rise: Array) -> float:
        """Rise at the thermocouple."""
        return float((self._probe @ rise)[0])

    def nodes(self, rise: Array) -> Array:
        """On the lattice, row by row."""
        return np.asarray(rise[self._lattice])


def _levels(x: Array) -> Array:
    ordered = np.sort(x)
    return np.asarray(ordered[np.concatenate([[True], np.diff(ordered) > 1e-9])])
