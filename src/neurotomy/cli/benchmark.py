"""``neurotomy benchmark``: accuracy against time, beside other codes, and what limits the speed."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from neurotomy.guidance.benchmark import RadiographBenchmark
    from neurotomy.lesion.benchmark import Benchmark

app = typer.Typer(rich_markup_mode=None, add_completion=False)


class Part(enum.StrEnum):
    """What is measured."""

    ALL = "all"
    LESION = "lesion"
    RADIOGRAPH = "radiograph"


@app.command(
    epilog=examples("neurotomy benchmark", "neurotomy benchmark radiograph", "neurotomy benchmark lesion --json")
)
def benchmark(
    part: Annotated[Part, typer.Argument(help="The lesion, the radiograph, or both.")] = Part.ALL,
    runs: Annotated[int, typer.Option(help="Repetitions; the best counts.", min=1)] = 5,
    json: JsonFlag = False,
) -> None:
    """Measure speed and accuracy, also of other codes."""
    found: dict[str, Any] = {}
    texts = []
    if part is not Part.RADIOGRAPH:
        from neurotomy.lesion.benchmark import benchmark as of_lesion

        with show_progress() as progress:
            lesion = of_lesion(runs=runs, progress=progress)
        found["lesion"] = lesion.to_dict()
        texts.append("LESION\n\n" + _lesion(lesion))
    if part is not Part.LESION:
        from neurotomy.guidance.benchmark import benchmark as of_radiograph

        with show_progress() as progress:
            radiograph = of_radiograph(runs=runs, progress=progress)
        found["radiograph"] = radiograph.to_dict()
        texts.append("RADIOGRAPH\n\n" + _radiograph(radiograph))
    if json:
        print_json(found)
    else:
        print("\n\n\n".join(texts))


def _radiograph(found: RadiographBenchmark) -> str:
    rows = [["code", "method", "voxels", "pixels", "cores", "CPU", "slowest pose", "wall", "images/s"]]
    rows += [
        [
            speed.code,
            speed.method,
            speed.voxels,
            speed.pixels,
            str(speed.cores),
            f"{speed.cpu_ms:.1f} ms",
            f"{speed.slowest_cpu_ms:.1f} ms",
            f"{speed.wall_ms:.1f} ms",
            f"{speed.images_per_s:.1f}",
        ]
        for speed in found.speeds
    ]
    parts = [table(rows, right=(4, 5, 6, 7, 8), indent="")]
    rows = [["code", "method", "error, RMS", "largest"]]
    rows += [
        [truth.code, truth.method, f"{truth.rms_percent:.4f} %", f"{truth.largest_percent:.2f} %"]
        for truth in found.truths
    ]
    parts.append(table(rows, right=(2, 3), indent=""))
    if found.ratios:
        rows = [["on one core", "against", "times faster"]]
        rows += [[f"{ratio.code}, {ratio.method}", ratio.than, f"{ratio.times:.1f}"] for ratio in found.ratios]
        parts.append(table(rows, right=(2,), indent=""))
    if found.codes_missing:
        parts.append(f"Not installed, so not compared: {', '.join(found.codes_missing)}.")
    load = "" if found.load is None else f" Load of the minute before: {found.load:.1f}."
    parts.append(f"{found.cores} cores.{load} Where programs wait for a core, CPU is to be trusted and wall is not.")
    return "\n\n".join(parts)


def _lesion(found: Benchmark) -> str:
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
