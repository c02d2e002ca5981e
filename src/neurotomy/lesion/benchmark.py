"""Accuracy against time on the reference problem, members per second, memory, and what limits the speed.

Times are processor seconds of this process, the best of a few runs, on one core; on a shared machine the wall clock
would measure the neighbours. Other codes are measured in the same run, on the same problem, with the same time loop
in Python for both (:mod:`~neurotomy.lesion.independent.march`).
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from neurotomy.lesion import reference_problem, simulation
from neurotomy.lesion.benchmark_limits import Limits, limits
from neurotomy.lesion.independent import installed
from neurotomy.lesion.independent.march import IndependentLesion
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance
from neurotomy.results import Result

__all__ = ["Benchmark", "Ensemble", "Faster", "Point", "benchmark"]

GRIDS = (
    (0.4, 1.5, 3.3),
    (0.3, 1.4, 3.3),
    (0.3, 1.4, 2.5),
    (0.2, 1.3, 3.3),
    (0.2, 1.25, 2.0),
    (0.1, 1.25, 2.0),
    (0.1, 1.2, 1.0),
    (0.05, 1.15, 1.0),
)
"""(first cell mm, growth, step s), from coarse to fine."""


@dataclass(frozen=True)
class Point(Result):
    """One code at one resolution.

    Attributes
    ----------
    code, problem, setting
        Which, on what, how fine.
    unknowns
        Of one field.
    error_mm
        Largest over the six extents of the problem.
    cpu_s, wall_s
        Everything from the problem's numbers to the extents, without importing; best of `runs`.
    """

    code: str
    problem: str
    setting: str
    unknowns: int
    error_mm: float
    cpu_s: float
    wall_s: float
    runs: int


@dataclass(frozen=True)
class Faster(Result):
    """How many times less processor time this program takes than another code, at an error no larger."""

    code: str
    setting: str
    error_mm: float
    cpu_s: float
    own_setting: str
    own_error_mm: float
    own_cpu_s: float
    times: float


@dataclass(frozen=True)
class Ensemble(Result):
    """Members of an uncertainty run.

    Attributes
    ----------
    members, cpu_s_per_member, members_per_second
        Solved in this process, one after the other.
    """

    members: int
    cpu_s_per_member: float
    members_per_second: float


@dataclass(frozen=True)
class Benchmark(Result):
    """All of it.

    Attributes
    ----------
    points
        Accuracy against time.
    faster
        At equal error, for each point of another code.
    ensemble
        Members per second.
    limits
        What the time goes into.
    peak_memory_mb
        Of this process so far; None where the system does not tell.
    codes_missing
        Codes that would be compared if they were installed.
    """

    points: tuple[Point, ...]
    faster: tuple[Faster, ...]
    ensemble: Ensemble
    limits: Limits
    peak_memory_mb: float | None
    codes_missing: tuple[str, ...]
    provenance: Provenance


def benchmark(*, runs: int = 5, progress: Progress = SILENT) -> Benchmark:
    """Measure everything (about half a minute).

    Parameters
    ----------
    runs : int
        Repetitions of each of this program's points; the best counts.
    """
    points: list[Point] = []
    jobs = [*_own(runs), *_in_three_dimensions(), *_others()]
    for n, (words, job) in enumerate(jobs):
        progress(0.9 * n / len(jobs), words)
        points.append(job())
    progress(0.9, "members of an ensemble")
    ensemble = _ensemble()
    progress(0.95, "what limits the speed")
    found = limits()
    progress(1.0)
    return Benchmark(
        tuple(points),
        tuple(_faster(points)),
        ensemble,
        found,
        _peak_memory_mb(),
        tuple(name for name in ("skfem", "ngsolve") if name not in installed()),
        Provenance.now(),
    )


def _own(runs: int) -> Iterator[tuple[str, Callable[[], Point]]]:
    for case in reference_problem.CASES:
        for grid in GRIDS:
            words = f"P1, {case.name}, {grid[0]:g} mm, {grid[1]:g}, {grid[2]:g} s"
            yield words, partial(_own_point, case, grid, runs)


def _own_point(case: reference_problem.ReferenceCase, grid: tuple[float, float, float], runs: int) -> Point:
    first, growth, step = grid
    numerics = replace(reference_problem.NUMERICS, first_mm=first, growth=growth, step_s=step)
    electrode = reference_problem.needle(case.tip_shape)

    def solve() -> Any:
        return simulation._solve(
            electrode, reference_problem.PROTOCOL, reference_problem.TISSUE, 37.0, case.perfusion, numerics, SILENT
        )

    found, cpu_s, wall_s = _best(solve, runs)
    extents = found.extents
    sizes = [
        size
        for name in ("isotherm_50c", "isotherm_60c", "necrosis")
        for size in (extents[name].width_mm, extents[name].length_mm)
    ]
    unknowns = len(found.field.z_mm) * (len(found.field.r_mm) - 2)
    return Point(
        "neurotomy",
        f"P1, {case.name}",
        f"{first:g} mm, growth {growth:g}, {step:g} s",
        unknowns,
        float(np.abs(np.subtract(sizes, case.extents_mm)).max()),
        cpu_s,
        wall_s,
        runs,
    )


def _in_three_dimensions() -> Iterator[tuple[str, Callable[[], Point]]]:
    """The needle on bone (cylinder) and two needles (Cartesian); a run takes seconds, so each is timed once."""
    from neurotomy.lesion.volumetric import reference_problem as known

    for problem, solve, truth, settings in (
        ("P2, needle on bone", known.needle_on_bone, known.P2, ((0.3, 1.5, 24), (0.2, 1.35, 48))),
        ("P2b, two needles", known.two_needles, known.P2B, ((0.4, 1.5, 0), (0.3, 1.35, 0))),
    ):
        for first_mm, growth, planes in settings:
            grid = known.Grid(first_mm=first_mm, growth=growth, **({"planes": planes} if planes else {}))
            words = f"{first_mm:g} mm, growth {growth:g}" + (f", {planes} planes" if planes else "")
            yield f"{problem}, {words}", partial(_volume_point, problem, words, partial(solve, grid), truth)


def _volume_point(problem: str, setting: str, solve: Callable[[], Any], truth: Any) -> Point:
    found, cpu_s, wall_s = _best(solve, 1)
    # The width on the bone's surface, the last column of P2, is a quantity of its own.
    rows = np.abs(found.extents_mm - truth.extents_mm)[:, :5]
    return Point("neurotomy", problem, setting, found.cells, float(rows.max()), cpu_s, wall_s, 1)


def _others() -> Iterator[tuple[str, Callable[[], Point]]]:
    here = installed()
    if "skfem" in here:
        from neurotomy.lesion.independent import scikit_fem

        for first_mm, growth in ((0.2, 2.2), (0.08, 1.8), (0.04, 1.6)):
            settings: dict[str, Any] = {"first_mm": first_mm, "growth": growth}
            yield _other(
                "scikit-fem", f"quadratic, {first_mm:g} mm, growth {growth:g}, 2 s", scikit_fem.solve, settings
            )
    if "ngsolve" in here:
        from neurotomy.lesion.independent import ng_solve

        for order, near_mm, levels in ((2, 1.0, 2), (2, 0.5, 3), (3, 1.0, 3), (3, 0.5, 3)):
            settings = {"order": order, "near_mm": near_mm, "levels": levels}
            words = f"order {order}, {near_mm:g} mm, {levels} levels, 2 s"
            yield _other("NGSolve", words, ng_solve.solve, settings)


def _other(
    code: str, setting: str, solve: Callable[..., IndependentLesion], settings: dict[str, Any]
) -> tuple[str, Callable[[], Point]]:
    flat = next(case for case in reference_problem.CASES if case.tip_shape == "flat")

    def point() -> Point:
        found, cpu_s, wall_s = _best(lambda: solve(**settings), 2)
        error = float(np.abs(np.subtract(found.extents_mm, flat.extents_mm)).max())
        return Point(code, f"P1, {flat.name}", setting, found.unknowns, error, cpu_s, wall_s, 2)

    return f"{code}, {setting}", point


def _best(solve: Callable[[], Any], runs: int) -> tuple[Any, float, float]:
    found = solve()  # the first run imports and compiles
    cpu, wall = [], []
    gc.collect()
    for _ in range(runs):
        began, clock = time.process_time(), time.perf_counter()
        solve()
        cpu.append(time.process_time() - began)
        wall.append(time.perf_counter() - clock)
    return found, min(cpu), min(wall)


def _faster(points: list[Point]) -> Iterator[Faster]:
    own = [point for point in points if point.code == "neurotomy"]
    for other in points:
        if other.code == "neurotomy":
            continue
        as_good = [point for point in own if point.problem == other.problem and point.error_mm <= other.error_mm]
        if as_good:
            best = min(as_good, key=lambda point: point.cpu_s)
            yield Faster(
                other.code,
                other.setting,
                other.error_mm,
                other.cpu_s,
                best.setting,
                best.error_mm,
                best.cpu_s,
                other.cpu_s / best.cpu_s,
            )


def _ensemble(members: int = 40) -> Ensemble:
    from neurotomy.anatomy.tissue import tissue
    from neurotomy.equipment import catalogue
    from neurotomy.lesion.member import QUICK, Inputs
    from neurotomy.lesion.uncertainty import _latin_hypercube
    from neurotomy.lesion.uncertainty_inputs import spreads_of
    from neurotomy.lesion.uncertainty_worker import member_outputs

    inputs = Inputs(
        catalogue.electrode("conventional-18g-10mm"),
        catalogue.protocol("standard-80c-90s"),
        tissue("muscle"),
        37.0,
        True,
    )
    names = tuple(spread.name for spread in spreads_of(inputs))
    quantiles = _latin_hypercube(members, len(names), 1)
    began = time.process_time()
    for row in quantiles:
        member_outputs(inputs, names, row, QUICK)
    each = (time.process_time() - began) / members
    return Ensemble(members, each, 1 / each)


def _peak_memory_mb() -> float | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
