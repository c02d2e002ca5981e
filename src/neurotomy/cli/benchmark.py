"""``neurotomy benchmark``: accuracy against time, beside other codes, and what limits the speed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from neurotomy.lesion.benchmark import Benchmark

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy benchmark", "neurotomy benchmark --json"))
def benchmark(
    runs: Annotated[int, typer.Option(help="Repetitions; the best counts.", min=1)] = 5,
    json: JsonFlag = False,
) -> None:
    """Measure speed and accuracy, also of other codes."""
    from neurotomy.lesion.benchmark import benchmark as measured

    with show_progress() as progress:
        found = measured(runs=runs, progress=progress)
    if json:
        print_json(found.to_dict())
    else:
        print(_text(found))


def _text(found: Benchmark) -> str:
    rows = [["problem", "code", "resolution", "unknowns", "largest error", "CPU", "wall"]]
    rows += [
        [
            point.problem,
            point.code,
            point.setting,
            str(point.unknowns),
            f"{point.error_mm:.3f} mm",
            f"{1e3 * point.cpu_s:.1f} ms",
            f"{1e3 * point.wall_s:.1f} ms",
        ]
        for point in found.points
    ]
    parts = [table(rows, right=(3, 4, 5, 6), indent="")]
    if found.faster:
        rows = [["against", "its error", "its CPU", "own error", "own CPU", "times faster"]]
        rows += [
            [
                f"{f.code}, {f.setting}",
                f"{f.error_mm:.3f} mm",
                f"{1e3 * f.cpu_s:.0f} ms",
                f"{f.own_error_mm:.3f} mm",
                f"{1e3 * f.own_cpu_s:.1f} ms",
                f"{f.times:.0f}",
            ]
            for f in found.faster
        ]
        parts.append(table(rows, right=(1, 2, 3, 4, 5), indent=""))
    if found.codes_missing:
        parts.append(f"Not installed, so not compared: {', '.join(found.codes_missing)}.")
    limit = found.limits
    memory = (
        "" if found.peak_memory_mb is None else f"{found.peak_memory_mb:.0f} MB at the most, all of the above in it"
    )
    facts = [
        ["ensemble", f"{found.ensemble.members_per_second:.0f} members/s on one core"],
        ["memory", memory],
        ["main memory", f"{limit.triad_gb_per_s:.1f} GB/s (triad, one core)"],
        ["smallest LAPACK call", f"{limit.small_solve_us:.1f} µs"],
        [
            "one lesion",
            f"{limit.cells} cells, {limit.cpu_ms:.1f} ms: {limit.factorisations} factorisations "
            f"{limit.factor_ms:.1f} ms, {limit.solutions} solutions {limit.solve_ms:.1f} ms, the rest "
            f"{100 * limit.other_share:.0f} % in {limit.python_calls} calls",
        ],
        ["floor", f"{limit.traffic_floor_ms:.1f} ms to read the factors from main memory for every solution"],
        ["limited by", limit.verdict],
    ]
    return "\n\n".join([*parts, table(facts, indent="")])
