"""The benchmark measures what it says; how long anything took is no test."""

import math

import pytest

from neurotomy.lesion import benchmark as room
from neurotomy.lesion import reference_problem
from neurotomy.lesion.benchmark import Point, _ensemble, _faster, _own_point
from neurotomy.lesion.benchmark_limits import limits


def point(code, error_mm, cpu_s, problem="P1"):
    return Point(code, problem, f"{code} {error_mm}", 100, error_mm, cpu_s, cpu_s, 1)


def test_errors_fall_with_the_grid():
    flat = reference_problem.CASES[1]
    coarse, fine = (_own_point(flat, grid, 1) for grid in ((0.4, 1.5, 2.5), (0.1, 1.2, 1.0)))
    assert fine.error_mm < 0.02 < coarse.error_mm < 0.12
    assert fine.unknowns > 2 * coarse.unknowns
    assert coarse.cpu_s > 0


def test_equal_error_takes_the_quickest_own_point_that_is_at_least_as_good():
    points = [
        point("neurotomy", 0.05, 1.0), point("neurotomy", 0.02, 2.0), point("neurotomy", 0.01, 1.5),
        point("neurotomy", 0.001, 0.1, "another problem"), point("other", 0.03, 30.0), point("other", 0.0001, 99.0),
    ]  # fmt: skip
    found = list(_faster(points))
    assert len(found) == 1, "nothing is claimed where this program was not measured as good"
    assert (found[0].own_cpu_s, found[0].times) == (1.5, 20.0)


def test_every_case_is_measured_on_every_grid():
    jobs = list(room._own(1))
    assert len(jobs) == len(reference_problem.CASES) * len(room.GRIDS)
    assert len({words for words, _ in jobs}) == len(jobs)


def test_limits_are_whole():
    found = limits()
    assert found.factorisations >= 4
    assert found.solutions > found.factorisations
    assert 0 <= found.other_share <= 1
    assert all(math.isfinite(x) and x > 0 for x in (found.triad_gb_per_s, found.small_solve_us, found.cpu_ms))
    assert found.verdict


def test_members_are_counted():
    found = _ensemble(members=2)
    assert found.members_per_second == pytest.approx(1 / found.cpu_s_per_member)
