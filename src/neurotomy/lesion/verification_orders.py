"""Manufactured solutions: an exact solution is chosen, the source that makes it so is put in, and the error must fall
with the square of the cell and of the time step.

In space: conductivity that changes with temperature, a tissue interface across and along the axis, the axis itself,
heat conduction with perfusion. In time: the march with its exactly held sensor, on two cells with a closed solution.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.equipment.protocol import Protocol
from neurotomy.lesion.banded import Factor
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.electric import Electric
from neurotomy.lesion.grid import Grid
from neurotomy.lesion.heat import Heat, Material
from neurotomy.lesion.known_answer import KnownAnswer, answer
from neurotomy.lesion.march import Phase, Step, march

__all__ = ["orders"]

Array = NDArray[np.float64]
Errors = Callable[[int], float]

R, H = 0.02, 0.03
"""Radius and height of the box, m."""
SIGMA, RISE_K, PER_K = 0.45, 60.0, 0.02
K, BLOOD = 0.495, 2.0e5
COARSE = 24
"""Cells along the axis on the coarsest of three grids."""


@dataclass(frozen=True)
class _Nothing:
    """No electrode: only tissue. Inside `radius` the grid takes fields as flat, outside as logarithms."""

    radius: float = 0.4 * R
    bare_to: float = float("inf")

    def half_width(self, z: Array) -> Array:
        return np.zeros_like(z)

    def bottom(self, r: Array) -> Array:
        return np.full_like(r, np.inf)

    def top(self, r: Array) -> Array:
        return np.full_like(r, np.inf)


def orders() -> Iterator[KnownAnswer]:
    """Orders of convergence, each from the last two of three refinements."""
    source = "manufactured solution: the error falls with the square of the cell"
    for name, errors in (
        ("potential with conductivity rising 2 %/K, and the axis", _rising),
        ("potential across a tissue interface (1 to 8)", _interface_across),
        ("potential along a tissue interface about the axis (1 to 8)", _interface_along),
        ("temperature with perfusion, and the axis", _temperature),
    ):
        yield _order(f"Order in space: {name}", errors, COARSE, source)
    source = "closed form of two cells, one on a ramp and then held: the error falls with the square of the step"
    yield _order("Order in time: a sensor on a ramp, then held", _two_cells, 10, source)


def _order(name: str, errors: Errors, coarse: int, source: str) -> KnownAnswer:
    two, three = errors(2 * coarse), errors(4 * coarse)
    return answer(name, float(np.log2(two / three)), 2.0, "order", 0.15, source)


def _box(cells: int) -> Grid:
    return Grid(np.linspace(0.0, R, round(cells * R / H) + 1), np.linspace(0.0, H, cells + 1), _Nothing())


def _error(grid: Grid, found: Array, exact: Array) -> float:
    """Root of the mean square over the volume."""
    return float(np.sqrt((grid.volume * (found - exact) ** 2).sum() / (grid.volume * exact**2).sum()))


def _potential_error(cells: int, sigma: Callable[[Grid], Array], exact: Callable[[Grid], tuple[Array, Array]]) -> float:
    """Solve div(sigma grad V) = -source, 0 V outside, on links of the electric solver; compare with the exact V."""
    grid = _box(cells)
    links = Electric(grid, grounded=True).links(sigma(grid))
    diagonal = links.ground.copy()
    diagonal[:, :-1] += links.radial
    diagonal[:, 1:] += links.radial
    diagonal[:-1] += links.axial
    diagonal[1:] += links.axial
    potential, source = exact(grid)
    found = Factor(diagonal, links.radial, links.axial).solve(source * grid.volume)
    return _error(grid, found, potential)


def _coordinates(grid: Grid) -> tuple[Array, Array]:
    r, z = np.meshgrid(grid.r, grid.z)
    return r, z


def _rising(cells: int) -> float:
    def exact(grid: Grid) -> tuple[Array, Array]:
        r, z = _coordinates(grid)
        s, c, bowl = np.sin(np.pi * z / H), np.cos(np.pi * z / H), 1 - (r / R) ** 2
        laplacian = -4 / R**2 * s - (np.pi / H) ** 2 * bowl * s
        gradient2 = (2 * r / R**2 * s) ** 2 + (np.pi / H * bowl * c) ** 2
        v = bowl * s
        # The temperature is RISE_K times the potential, so the conductivity is a function of the potential.
        return v, -SIGMA * (1 + PER_K * RISE_K * v) * laplacian - SIGMA * PER_K * RISE_K * gradient2

    def sigma(grid: Grid) -> Array:
        return np.asarray(SIGMA * (1 + PER_K * RISE_K * exact(grid)[0]))

    return _potential_error(cells, sigma, exact)


def _interface_across(cells: int) -> float:
    middle, low, high = H / 2, SIGMA, 8 * SIGMA
    b, d = 1 / middle**2, 2.5 / middle**2
    # Same potential and same current on both sides of the interface.
    a, c = np.linalg.solve([[middle, -middle], [low, high]], [middle**2 * (d - b), -2 * middle * (low * b + high * d)])

    def sigma(grid: Grid) -> Array:
        return np.where(_coordinates(grid)[1] < middle, low, high)

    def exact(grid: Grid) -> tuple[Array, Array]:
        r, z = _coordinates(grid)
        y, bowl = H - z, 1 - (r / R) ** 2
        below = z < middle
        g = np.where(below, a * z + b * z**2, c * y + d * y**2)
        return bowl * g, -sigma(grid) * (-4 / R**2 * g + bowl * np.where(below, 2 * b, 2 * d))

    return _potential_error(cells, sigma, exact)


def _interface_along(cells: int) -> float:
    at, inner, outer = R / 2, SIGMA, 8 * SIGMA
    rest, s = R**2 - at**2, 1 / R**4
    p, q = np.linalg.solve([[at**2, -rest], [inner, outer]], [s * rest**2 - 1, -2 * outer * s * rest])

    def sigma(grid: Grid) -> Array:
        return np.where(_coordinates(grid)[0] < at, inner, outer)

    def exact(grid: Grid) -> tuple[Array, Array]:
        r, z = _coordinates(grid)
        u, wave = R**2 - r**2, np.sin(np.pi * z / H)
        inside = r < at
        h = np.where(inside, 1 + p * r**2, q * u + s * u**2)
        laplacian = np.where(inside, 4 * p, -4 * q + s * (8 * r**2 - 8 * u))
        return h * wave, -sigma(grid) * (laplacian - (np.pi / H) ** 2 * h) * wave

    return _potential_error(cells, sigma, exact)


def _temperature(cells: int) -> float:
    grid = _box(cells)
    heat = Heat(grid, geometry_of(grid), Material(SIGMA, 0.0, K, 1.0, K, 1.0, BLOOD))
    r, z = _coordinates(grid)
    s, bowl = np.sin(np.pi * z / H), 1 - (r / R) ** 2
    exact = RISE_K * bowl * s
    source = K * RISE_K * (4 / R**2 * s + (np.pi / H) ** 2 * bowl * s) + BLOOD * exact
    return _error(grid, heat.factor(0.0).solve(source * grid.volume), exact)


class _TwoCells:
    """A :class:`~neurotomy.lesion.problem.Problem`: the sensor's cell is heated and warms the other."""

    shape = (2,)
    tissue = np.array([True, True])
    capacity = np.array([1.0, 8.0])
    nonlinear = False
    LINK = 1.0

    @dataclass(frozen=True)
    class _Field:
        sigma: Array
        heat: Array
        conductance: float

    class _Step:
        def __init__(self, per_s: float) -> None:
            link = np.array([[1.0, -1.0], [-1.0, 1.0]]) * _TwoCells.LINK
            self._matrix = np.diag(per_s * _TwoCells.capacity) + link

        def solve(self, heat: Array, guess: Array | None = None) -> Array:
            return np.asarray(np.linalg.solve(self._matrix, heat))

    def sigma(self, celsius: Array) -> Array:
        return np.ones(2)

    def links(self, sigma: Array) -> None:
        return None

    def field(self, sigma: Array, links: object, before: object = None) -> _TwoCells._Field:
        return self._Field(sigma, np.array([1.0, 0.0]), 1.0)

    def conductance_now(self, field: object, links: object) -> float:
        return 1.0

    def heat_step(self, per_s: float, viable: Array | None = None) -> _TwoCells._Step:
        return self._Step(per_s)

    def thermocouple(self, rise: Array) -> float:
        return float(rise[0])


def _two_cells(steps: int) -> float:
    """Error of the second cell 20 s after a ramp of 43 K in 10 s."""
    ramp_s, hold_s, start_c, set_c = 10.0, 20.0, 37.0, 80.0
    protocol = Protocol(
        name="verification", set_c=set_c, ramp_s=ramp_s, hold_s=hold_s, source="neurotomy", tag="choice"
    )
    step_s = ramp_s / steps
    phases = [Phase(ramp_s, step_s, start_c, set_c), Phase(hold_s, step_s, set_c, set_c)]
    last: list[Step] = []
    march(_TwoCells(), phases, start_c=start_c, refresh=1.0, protocol=protocol, watch=last.append)
    tau = _TwoCells.capacity[1] / _TwoCells.LINK
    rise = set_c - start_c
    after_ramp = rise / ramp_s * (ramp_s - tau * -np.expm1(-ramp_s / tau))
    exact = rise + (after_ramp - rise) * np.exp(-hold_s / tau)
    return abs(float(last[-1].rise[1]) - float(exact))
