"""What the time of one lesion goes into, beside what memory and LAPACK of this machine can do."""

from __future__ import annotations

import cProfile
import pstats
import time
from dataclasses import dataclass, replace

import numpy as np

from neurotomy.lesion import reference_problem, simulation
from neurotomy.lesion.banded import Factor
from neurotomy.progress import SILENT
from neurotomy.results import Result

__all__ = ["Limits", "limits"]

_PARTS = {
    "factorisations": ("banded.py", "__init__"),
    "solutions with a factor": ("banded.py", "solve"),
}


@dataclass(frozen=True)
class Limits(Result):
    """Measured limits, and the one that holds.

    Attributes
    ----------
    triad_gb_per_s
        a = b + s c on arrays far larger than any cache, one core.
    small_solve_us
        One LAPACK call on one unknown: what any call costs at least.
    cells, bandwidth
        Of the lesion that was taken apart.
    factorisations, solutions
        Number of LAPACK calls in it.
    cpu_ms
        Its processor time.
    factor_ms, solve_ms
        Time of so many calls on a matrix of that size, by themselves.
    traffic_floor_ms
        Time in which the factors could be read from main memory once for each solution.
    other_share
        Share of the time outside LAPACK: numpy and Python between the calls.
    python_calls
        Calls of functions.
    verdict
        What limits it, in words.
    """

    triad_gb_per_s: float
    small_solve_us: float
    cells: int
    bandwidth: int
    factorisations: int
    solutions: int
    cpu_ms: float
    factor_ms: float
    solve_ms: float
    traffic_floor_ms: float
    other_share: float
    python_calls: int
    verdict: str


def limits() -> Limits:
    """Take the reference lesion apart."""
    case = reference_problem.CASES[0]
    numerics = replace(reference_problem.NUMERICS, first_mm=0.2, growth=1.25)
    electrode = reference_problem.needle(case.tip_shape)

    def solve() -> simulation._Solution:
        return simulation._solve(
            electrode, reference_problem.PROTOCOL, reference_problem.TISSUE, 37.0, False, numerics, SILENT
        )

    found = solve()
    cpu = min(_timed(solve) for _ in range(5))
    profile = cProfile.Profile()
    profile.runcall(solve)
    stats = pstats.Stats(profile)
    counts = {name: _calls(stats, *place) for name, place in _PARTS.items()}
    calls = int(stats.total_calls)  # type: ignore[attr-defined]
    nz, nr = len(found.field.z_mm), len(found.field.r_mm) - 2
    diagonal = np.full((nz, nr), 4.1)
    radial, axial = np.ones((nz, nr - 1)), np.ones((nz - 1, nr))
    factor = Factor(diagonal, radial, axial)
    right = np.ones((nz, nr))
    each_factor = min(_timed(lambda: Factor(diagonal, radial, axial)) for _ in range(15))
    each_solve = min(_timed(lambda: [factor.solve(right) for _ in range(20)]) / 20 for _ in range(10))
    tiny = Factor(np.full((1, 1), 2.0), np.ones((1, 0)), np.ones((0, 1)))
    one = np.ones((1, 1))
    latency = min(_timed(lambda: [tiny.solve(one) for _ in range(500)]) / 500 for _ in range(5))
    triad = _triad()
    traffic = 2 * 8 * nz * nr * (nr + 1) * counts["solutions with a factor"]  # forward and back
    in_factors = counts["factorisations"] * each_factor
    in_solutions = counts["solutions with a factor"] * each_solve
    other = max(0.0, 1 - (in_factors + in_solutions) / cpu)
    verdict = (
        "numpy and Python between the LAPACK calls: many small arrays, latency and not bandwidth"
        if other > 0.5
        else "LAPACK on small banded matrices: factorisations more than solutions"
        if in_factors > in_solutions
        else "LAPACK on small banded matrices: solutions more than factorisations"
    )
    return Limits(
        triad / 1e9,
        1e6 * latency,
        nz * nr,
        nr,
        counts["factorisations"],
        counts["solutions with a factor"],
        1e3 * cpu,
        1e3 * in_factors,
        1e3 * in_solutions,
        1e3 * traffic / triad,
        other,
        calls,
        verdict,
    )


def _calls(stats: pstats.Stats, file: str, function: str) -> int:
    table = stats.stats  # type: ignore[attr-defined]
    return sum(int(row[0]) for (path, _, name), row in table.items() if path.endswith(file) and name == function)


def _timed(do: object) -> float:
    assert callable(do)
    began = time.process_time()
    do()
    return time.process_time() - began


def _triad(megabytes: int = 64) -> float:
    """Bytes per second of a = b + s c."""
    count = megabytes * 1024 * 1024 // 8
    a, b, c = np.zeros(count), np.ones(count), np.ones(count)
    block = 4096  # the scaled part of a block stays in the first cache, so only three arrays pass through memory
    scaled = np.empty(block)

    def triad() -> None:
        for start in range(0, count, block):
            part = slice(start, start + block)
            np.multiply(c[part], 3.0, out=scaled)
            np.add(b[part], scaled, out=a[part])

    return 24 * count / min(_timed(triad) for _ in range(3))
