"""Problems with known answers, solved by the same code as every lesion: what ``neurotomy verify`` shows.

Closed forms for electrodes that are spheres and spheroids, for heat without current, and for damage; and the reference
problem, which was solved once by an independent method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from neurotomy.lesion import reference_problem
from neurotomy.lesion.conductance import geometry_of
from neurotomy.lesion.damage import Dose
from neurotomy.lesion.electric import Electric
from neurotomy.lesion.grid import Grid, needle_grid, spheroid_grid
from neurotomy.lesion.heat import Heat, Material
from neurotomy.lesion.known_answer import KnownAnswer, answer
from neurotomy.progress import SILENT, Progress

__all__ = ["KnownAnswer", "known_answers"]

Array = NDArray[np.float64]

SIGMA, K, ALPHA = 0.45, 0.495, 0.02
HEAT_CAPACITY = 1090.4 * 3421.2
BLOOD = 1050.0 * 3617.0 * 6.677e-4
STEEL_K, STEEL_HEAT_CAPACITY = 16.0, 3.95e6
LINEAR_V, NONLINEAR_V = 9.7262531, 8.2621676
"""Volts that warm an electrode in muscle by 43 K for ever, without and with conductivity rising 2 %/K."""


def known_answers(progress: Progress = SILENT) -> tuple[KnownAnswer, ...]:
    """Solve all problems with known answers (half a minute).

    Returns
    -------
    tuple of KnownAnswer
        In the order electric field, heat, damage, conservation, orders of convergence, all together, other codes.
    """
    found: list[KnownAnswer] = []
    groups = _groups()
    for n, group in enumerate(groups):
        for one in group():
            found.append(one)
            progress(n / len(groups), one.name)
    progress(1.0, f"{sum(one.passed for one in found)} of {len(found)} known answers met")
    return tuple(found)


def _groups() -> tuple[Callable[[], Iterable[KnownAnswer]], ...]:
    """One function for each kind of known answer; a new kind is a new entry."""
    from neurotomy.lesion.verification_balance import balance
    from neurotomy.lesion.verification_fields import any_shape, point_source, two_spheres
    from neurotomy.lesion.verification_independent import independent
    from neurotomy.lesion.verification_orders import orders
    from neurotomy.lesion.verification_volumetric import both_grids, needle_on_bone, two_needles

    return (
        _resistance,
        two_spheres,
        _identity,
        any_shape,
        _nonlinear,
        _perfused,
        _held_sphere,
        _heat_source,
        point_source,
        _damage,
        balance,
        orders,
        _reference,
        needle_on_bone,
        two_needles,
        both_grids,
        independent,
    )


def _material(**changes: float) -> Material:
    fields = {
        "sigma_s_per_m": SIGMA,
        "sigma_per_k": 0.0,
        "k_tissue": K,
        "heat_capacity_tissue": HEAT_CAPACITY,
        "k_metal": STEEL_K,
        "heat_capacity_metal": STEEL_HEAT_CAPACITY,
        "blood_w_per_m3_k": 0.0,
    }
    return Material(**(fields | changes))


def _ball() -> Grid:
    """A sphere of 1 mm radius in a domain that is as good as infinite."""
    return spheroid_grid(1e-3, 1e-3, first=0.05e-3, growth=1.1, outer=5.0)


def _at(grid: Grid, values: Array, distance_mm: float) -> float:
    """Value at a distance from the centre of a ball, across: from the row of cells beside the equator."""
    row = values[int(np.argmin(np.abs(grid.z - 1e-3)))]
    distance = np.hypot(grid.r, np.min(np.abs(grid.z - 1e-3)))
    i = int(np.searchsorted(distance, distance_mm * 1e-3))
    # The field falls as a power of the distance: straight in logarithms.
    x, y = np.log(distance[i - 1 : i + 1]), np.log(row[i - 1 : i + 1])
    return float(np.exp(np.interp(np.log(distance_mm * 1e-3), x, y)))


def _steady(grid: Grid, material: Material, volts: float, rounds: int = 1) -> tuple[Array, float]:
    """Rise of the cells for ever after, and the conductance, at a fixed voltage."""
    faces = geometry_of(grid)
    share = faces[2].share_into_metal(material.k_tissue, material.k_metal)
    electric, heat = Electric(grid, grounded=True, share_into_metal=share), Heat(grid, faces, material)
    factor, rise, conductance = heat.factor(0.0), np.zeros(grid.shape), 0.0
    for _ in range(rounds):
        unit = electric.solve(material.sigma_s_per_m * (1 + material.sigma_per_k * rise))
        rise, conductance = factor.solve(volts**2 * unit.heat), unit.conductance
    return rise, conductance


def _resistance() -> Iterator[KnownAnswer]:
    source = "closed form: 1 / (4 pi sigma a); atanh(e) / (4 pi sigma c e)"
    for name, diameter_mm, length_mm, known in (
        ("sphere, radius 1 mm", 2.0, 2.0, 176.83883),
        ("spheroid 22 G, 5 mm", 0.7176, 5.0, 187.92609),
        ("spheroid 22 G, 10 mm", 0.7176, 10.0, 117.94736),
        ("spheroid 18 G, 10 mm", 1.27, 10.0, 98.150129),
        ("spheroid 16 G, 10 mm", 1.651, 10.0, 89.200218),
    ):
        grid = spheroid_grid(diameter_mm / 2e3, length_mm / 2e3, first=0.05e-3, growth=1.1, outer=80e-3)
        found = 1 / Electric(grid).solve(np.full(grid.shape, SIGMA)).conductance
        yield answer(f"Resistance of a {name}", found, known, "ohm", 0.001 * known, source)


def _identity() -> Iterator[KnownAnswer]:
    source = "potential-temperature identity: rise = sigma V² / 2k for an electrode of any shape"
    for name, semi_axis in (("sphere", 0.635e-3), ("spheroid 18 G, 10 mm", 5e-3)):
        grid = spheroid_grid(0.635e-3, semi_axis, first=0.05e-3, growth=1.1, outer=60e-3)
        rise, _ = _steady(grid, _material(), LINEAR_V)
        yield answer(f"Steady rise of a {name} at {LINEAR_V:.3f} V", rise[grid.inside].mean(), 43.0, "K", 0.05, source)
    grid = needle_grid(
        0.635e-3, 10e-3, round_tip=True, first=0.05e-3, growth=1.1, outer_radius=60e-3, below=60e-3, above=80e-3
    )
    rise, _ = _steady(grid, _material(k_metal=1e-6), LINEAR_V)
    bare = grid.inside & (grid.z < 9.5e-3)[:, None]
    yield answer("Steady rise of an 18 G needle that conducts no heat", rise[bare].mean(), 43.0, "K", 0.05, source)


def _nonlinear() -> Iterator[KnownAnswer]:
    source = "closed form, conductivity rising 2 %/K: (k / sigma alpha) ln(1 + alpha rise) = V0 V - V² / 2"
    grid = _ball()
    rise, conductance = _steady(grid, _material(sigma_per_k=ALPHA), NONLINEAR_V, rounds=40)
    yield answer(f"Rise of a sphere at {NONLINEAR_V:.3f} V, 2 %/K", rise[grid.inside].mean(), 43.0, "K", 0.05, source)
    cold = Electric(grid, grounded=True).solve(np.full(grid.shape, SIGMA)).conductance
    yield answer("Conductance hot over cold, sphere, 2 %/K", conductance / cold, 1.537448, "1", 0.002, source)
    for radius_mm, known_c in ((1.9959469, 70.0), (3.3210436, 60.0), (6.5474299, 50.0)):
        found = 37 + _at(grid, rise, radius_mm)
        yield answer(f"Sphere, 2 %/K: temperature at {radius_mm:.2f} mm", found, known_c, "°C", 0.05, source)


def _perfused() -> Iterator[KnownAnswer]:
    source = "closed form: steady perfused sphere with Joule heat, exponential integrals"
    grid = _ball()
    rise, _ = _steady(grid, _material(blood_w_per_m3_k=BLOOD), LINEAR_V)
    yield answer("Perfused sphere: rise of the electrode", rise[grid.inside].mean(), 37.726131, "K", 0.05, source)
    for distance_mm, known in ((2.0, 27.034744), (3.0, 18.783833), (5.0, 10.63466)):
        found = _at(grid, rise, distance_mm)
        yield answer(f"Perfused sphere: rise at {distance_mm:g} mm", found, known, "K", 0.02, source)


def _transient(heat: Heat, source: Array, step_s: float, count: int, hold_k: float | None, grid: Grid) -> list[Array]:
    """Rise after each step under a constant source, or under one that holds the electrode at `hold_k`."""
    rise = previous = np.zeros(source.shape)
    factor, found = heat.factor(1 / step_s), []
    for n in range(count):
        if n == 1:
            factor = heat.factor(1.5 / step_s)
        history = rise if n == 0 else 2 * rise - 0.5 * previous
        without, answer = factor.solve(heat.capacity * (history / step_s)), factor.solve(source)
        strength = 1.0
        if hold_k is not None:
            strength = (hold_k - without[grid.inside].mean()) / answer[grid.inside].mean()
        previous, rise = rise, without + strength * answer
        found.append(rise)
    return found


def _held_sphere() -> Iterator[KnownAnswer]:
    source = "closed form: 43 K (a / r) erfc((r - a) / 2 sqrt(D t))"
    grid = _ball()
    heat = Heat(grid, geometry_of(grid), _material(k_metal=1e4))
    rises = _transient(heat, np.where(grid.inside, grid.volume, 0.0), 0.5, 240, 43.0, grid)
    for time_s, known in ((10, 3.1469861), (60, 8.8325438), (120, 10.363471)):
        found = _at(grid, rises[2 * time_s - 1], 3.0)
        yield answer(f"Sphere held at +43 K: rise at 3 mm after {time_s} s", found, known, "K", 0.03, source)


def _heat_source() -> Iterator[KnownAnswer]:
    source = "closed form: (q0 s² / k)(1 - (1 + 2 D t / s²)^(-1/2))"
    grid = spheroid_grid(1.5e-3, 1.5e-3, first=0.1e-3, growth=1.1, outer=0.5)
    heat = Heat(grid, geometry_of(grid), _material(k_metal=K, heat_capacity_metal=HEAT_CAPACITY))
    distance = np.hypot(grid.r[None, :], grid.z[:, None] - 1.5e-3)
    rises = _transient(heat, 1e8 * np.exp(-0.5 * (distance / 1.5e-3) ** 2) * grid.volume, 1.0, 120, None, grid)
    for time_s, known in ((10, 146.65128), (60, 294.60568), (120, 337.77899)):
        found = rises[time_s - 1][distance == distance.min()].mean()
        yield answer(f"Gaussian heat source: rise of the centre after {time_s} s", found, known, "K", 0.4, source)


def _damage() -> Iterator[KnownAnswer]:
    source = "closed form: T = Ea / (R ln(A t))"
    for time_s, celsius in ((60, 50.058633), (90, 48.697794), (120, 47.739192), (180, 46.397774)):
        dose = _square(celsius, time_s)
        yield answer(f"Omega of {time_s} s at {celsius:.2f} °C", dose.omega[0], 1.0, "1", 1e-4, source)
    source = "closed form: CEM43 = t 0.5^(43 - T)"
    for minutes, time_s, celsius in ((30.0, 60, 47.906891), (240.0, 60, 50.906891), (240.0, 120, 49.906891)):
        dose = _square(celsius, time_s)
        name = f"Equivalent minutes of {time_s} s at {celsius:.2f} °C"
        yield answer(name, dose.cem43_min[0], minutes, "min", 1e-3, source)


def _square(celsius: float, time_s: float) -> Dose:
    dose = Dose(np.array([celsius]))
    for _ in range(10):
        dose.add(np.array([celsius]), time_s / 10)
    return dose


def _reference() -> Iterator[KnownAnswer]:
    source = reference_problem.SOURCE
    for case in reference_problem.CASES:
        lesion = reference_problem.solve(case)
        names = [f"{what} of {level}" for level in ("50 °C", "60 °C", "Omega = 1") for what in ("width", "length")]
        for name, found, known in zip(names, reference_problem.extents_mm(lesion), case.extents_mm, strict=True):
            yield answer(f"Needle, {case.name}: {name}", found, known, "mm", 0.035, source)
        reaches = (lesion.isotherm_50c.beyond_tip_mm, lesion.necrosis.beyond_tip_mm)
        for level, found, known in zip(("50 °C", "Omega = 1"), reaches, case.beyond_tip_mm, strict=True):
            yield answer(f"Needle, {case.name}: {level} beyond the tip", found, known, "mm", 0.035, source)
        trace = lesion.trace
        for time_s, known in zip((10, 30, 100), case.impedance_ohm, strict=True):
            found = float(np.interp(time_s, trace.time_s, trace.impedance_ohm))
            yield answer(f"Needle, {case.name}: impedance at {time_s} s", found, known, "ohm", 0.003 * known, source)
        for time_s, known in zip((10, 30, 100), case.power_w[1:], strict=True):
            found = float(np.interp(time_s, trace.time_s, trace.power_w))
            yield answer(f"Needle, {case.name}: power at {time_s} s", found, known, "W", 0.01 * known, source)
