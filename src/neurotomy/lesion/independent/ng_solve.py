"""The flat reference needle with elements of NGSolve on a triangular mesh, refined towards the insulation edge.

NGSolve is no dependency of this program; this is used where a person has installed it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion.independent.lattice import extents_mm, sampling_lines
from neurotomy.lesion.independent.march import IndependentLesion, run
from neurotomy.lesion.independent.scikit_fem import ABOVE, BELOW, OUTER
from neurotomy.lesion.reference_problem import TISSUE, needle
from neurotomy.progress import SILENT, Progress

__all__ = ["solve"]

Array = NDArray[np.float64]


def solve(
    *,
    order: int = 2,
    near_mm: float = 0.5,
    levels: int = 3,
    step_s: float = 2.0,
    perfusion: bool = False,
    progress: Progress = SILENT,
) -> IndependentLesion:
    """Solve the reference problem with a flat tip.

    Parameters
    ----------
    order
        Of the elements.
    near_mm
        Size of elements at the active tip.
    levels
        Geometric refinements at the insulation edge and the corner of the tip.
    step_s
        Time step of the hold.
    """
    import ngsolve

    ngsolve.SetNumThreads(1)  # as everything else in the comparison
    began = time.perf_counter()
    elements = _Triangles(order, near_mm * 1e-3, levels, perfusion)
    ready = time.perf_counter()
    history = run(elements, np.zeros(elements.unknowns), step_s=step_s, progress=progress)
    fields = ((history.peak_c, 50.0), (history.peak_c, 60.0), (history.log_omega, 0.0))
    shaped = tuple((values.reshape(len(elements.z), len(elements.r)), level) for values, level in fields)
    extents = extents_mm(elements.r, elements.z, elements.radius, shaped)
    done = time.perf_counter()
    return IndependentLesion(extents, 1 / history.conductance, elements.unknowns, ready - began, done - ready)


class _Triangles:
    def __init__(self, order: int, near: float, levels: int, perfusion: bool) -> None:
        import ngsolve as ng
        from netgen.geom2d import SplineGeometry

        electrode = needle("flat")
        self.radius, active = electrode.radius_mm * 1e-3, electrode.active_tip_mm * 1e-3
        a = self.radius
        geometry = SplineGeometry()
        corners = {
            "below": (0.0, -BELOW), "right": (OUTER, -BELOW), "top": (OUTER, ABOVE), "shaft": (a, ABOVE),
            "axis": (0.0, ABOVE), "apex": (0.0, 0.0), "corner": (a, 0.0), "edge": (a, active),
        }  # fmt: skip
        point = {
            name: geometry.AppendPoint(
                *place, maxh=near if name in ("apex", "corner", "edge") else 8e-3, hpref=int(name in ("corner", "edge"))
            )
            for name, place in corners.items()
        }
        # Tissue is domain 1, metal 2; the side to the left of a line comes first.
        for start, end, left, right, name in (
            ("below", "right", 1, 0, "outer"),
            ("right", "top", 1, 0, "outer"),
            ("top", "shaft", 1, 0, "outer"),
            ("shaft", "axis", 2, 0, "outer"),
            ("axis", "apex", 2, 0, "symmetry"),
            ("apex", "below", 1, 0, "symmetry"),
            ("apex", "corner", 2, 1, "electrode"),
            ("corner", "edge", 2, 1, "electrode"),
            ("edge", "shaft", 2, 1, "insulation"),
        ):
            size = near if name == "electrode" else 8e-3
            geometry.Append(["line", point[start], point[end]], leftdomain=left, rightdomain=right, bc=name, maxh=size)
        geometry.SetMaterial(1, "tissue")
        geometry.SetMaterial(2, "metal")
        mesh = ng.Mesh(geometry.GenerateMesh(maxh=8e-3, grading=0.25))
        if levels:
            mesh.RefineHP(levels, factor=0.2)
        self._ng, self._mesh = ng, mesh
        self._theta = ng.GridFunction(ng.H1(mesh, order=order, dirichlet="outer"))
        warm = self._theta.space
        volts = ng.H1(mesh, order=order, definedon="tissue", dirichlet="outer|electrode")
        self._phi = ng.GridFunction(volts)
        self.unknowns = warm.ndof
        turn = 2 * np.pi * ng.x
        (u, v), (p, q) = warm.TnT(), volts.TnT()
        inside, metal = mesh.Materials("tissue"), mesh.Materials("metal")
        # The conductivity is evaluated while assembling, from the temperature of that moment.
        self._sigma = TISSUE.electrical_conductivity_s_per_m * (1 + TISSUE.temperature_coefficient_per_k * self._theta)
        self._current = ng.BilinearForm(volts, symmetric=True)
        self._current += self._sigma * turn * ng.grad(p) * ng.grad(q) * ng.dx(definedon=inside)
        self._joule = ng.LinearForm(warm)
        self._joule += (
            self._sigma * turn * ng.InnerProduct(ng.grad(self._phi), ng.grad(self._phi)) * v
            * ng.dx(definedon=inside, bonus_intorder=2)
        )  # fmt: skip
        blood = TISSUE.perfusion_per_s * TISSUE.blood_heat_capacity_j_per_m3_k if perfusion else 0.0
        self._mass = ng.BilinearForm(warm, symmetric=True)
        self._mass += TISSUE.heat_capacity_j_per_m3_k * turn * u * v * ng.dx(definedon=inside)
        self._mass += electrode.core_heat_capacity_j_per_m3_k * turn * u * v * ng.dx(definedon=metal)
        self._conduction = ng.BilinearForm(warm, symmetric=True)
        self._conduction += (
            TISSUE.thermal_conductivity_w_per_m_k * ng.grad(u) * ng.grad(v) + blood * u * v
        ) * turn * ng.dx(definedon=inside)  # fmt: skip
        self._conduction += (
            electrode.core_conductivity_w_per_m_k * turn * ng.grad(u) * ng.grad(v) * ng.dx(definedon=metal)
        )
        self._mass.Assemble()
        self._conduction.Assemble()
        self._free = warm.FreeDofs()
        self._sensor = mesh(1e-7, electrode.thermocouple_from_apex_mm * 1e-3)
        # Damage is summed on points around the needle; a sparse matrix of shape functions reads them all at once.
        self.r = np.concatenate([[0.0, a / 3, 2 * a / 3], a + np.concatenate([[1e-7], np.geomspace(5e-5, 12e-3, 46)])])
        self.r[0], self.r[3] = 1e-7, a
        self.z = sampling_lines(2e-4, 1.15, 8e-3, active, active + 12e-3)
        self._probe = self._probes()

    def _probes(self) -> Any:
        """Sparse matrix from coefficients to values at the lattice, by unit vectors of each element's own functions."""
        from scipy.sparse import csr_matrix

        ng, mesh, space = self._ng, self._mesh, self._theta.space
        points = [mesh(r + 1e-9, z + 1e-9) for z in self.z for r in self.r]
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for n, place in enumerate(points):
            element = ng.ElementId(ng.VOL, place.nr)
            shape = space.GetFE(element).CalcShape(place.pnt[0], place.pnt[1])
            dofs = space.GetDofNrs(element)
            rows += [n] * len(dofs)
            columns += list(dofs)
            values += list(np.asarray(shape))
        return csr_matrix((values, (rows, columns)), shape=(len(points), self.unknowns))

    def field(self, rise: Array) -> tuple[Array, float]:
        """Heat of 1 V and conductance."""
        ng, phi = self._ng, self._phi
        self._theta.vec.FV().NumPy()[:] = rise
        self._current.Assemble()
        phi.Set(1.0, definedon=self._mesh.Boundaries("electrode"))
        residual = phi.vec.CreateVector()
        residual.data = self._current.mat * phi.vec
        inverse = self._current.mat.Inverse(phi.space.FreeDofs(), inverse="sparsecholesky")
        phi.vec.data -= inverse * residual
        self._joule.Assemble()
        residual.data = self._current.mat * phi.vec
        return self._joule.vec.FV().NumPy().copy(), float(ng.InnerProduct(residual, phi.vec))

    def factor(self, per_s: float) -> Callable[[Array], Array]:
        """Factored once, used for many right-hand sides."""
        matrix = self._mass.mat.CreateMatrix()
        matrix.AsVector().data = per_s * self._mass.mat.AsVector() + self._conduction.mat.AsVector()
        inverse = matrix.Inverse(self._free, inverse="sparsecholesky")
        right, found = self._theta.vec.CreateVector(), self._theta.vec.CreateVector()

        def solution(values: Array) -> Array:
            right.FV().NumPy()[:] = values
            found.data = inverse * right
            return np.asarray(found.FV().NumPy().copy())

        return solution

    def mass(self, rise: Array) -> Array:
        """Mass matrix times `rise`."""
        one, two = self._theta.vec.CreateVector(), self._theta.vec.CreateVector()
        one.FV().NumPy()[:] = rise
        two.data = self._mass.mat * one
        return np.asarray(two.FV().NumPy().copy())

    def sensor(self, rise: Array) -> float:
        """Rise at the thermocouple."""
        self._theta.vec.FV().NumPy()[:] = rise
        return float(self._theta(self._sensor))

    def nodes(self, rise: Array) -> Array:
        """On the lattice, row by row."""
        return np.asarray(self._probe @ rise)
