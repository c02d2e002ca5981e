"""``neurotomy study``: thousands of simulated patients through several policies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from neurotomy.studies.result import Estimate, StudyResult

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy study --example > study.toml",
        "neurotomy study study.toml",
        "neurotomy study study.toml --out study --workers 2",
        "neurotomy study study.toml --json",
    )
)
def study(
    file: Annotated[Path | None, typer.Argument(help="A study file.", metavar="[STUDY.toml]")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Write study.json, study.csv and study.png here; or one NAME.csv, .json or .png."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads; the result is the same for any number.")] = None,
    example: Annotated[bool, typer.Option("--example", help="Print an annotated study file, and stop.")] = False,
    json: JsonFlag = False,
) -> None:
    """Compare ways to select and treat on simulated patients."""
    if example:
        from neurotomy.studies.example import example_study_toml

        print(example_study_toml(), end="")
        return
    if file is None:
        raise typer.BadParameter("give a study file, or --example to see one.")
    import os

    from neurotomy.studies import read_study, run_study
    from neurotomy.studies.write import check_destination, write_study

    stated = read_study(file)
    if out is not None:
        check_destination(out)
    with show_progress() as progress:
        # By default one core is left to the rest of the machine.
        result = run_study(stated, workers=workers or max((os.cpu_count() or 2) - 1, 1), progress=progress)
    written = write_study(result, out) if out is not None else ()
    if json:
        print_json(result.to_dict())
        return
    print(_text(result))
    for path in written:
        print(f"Wrote {path}")


def _text(result: StudyResult) -> str:
    rows = [("policy", "treated", "success/treated", "success/enrolled", "missed", "blocks", "neurotomies", "months")]
    for policy in result.policies:
        e = policy.estimates
        rows.append(
            (
                policy.name,
                _share(e["treated_per_enrolled"]),
                _share(e["success_per_treated"], both=True),
                _share(e["success_per_enrolled"], both=True),
                _share(e["missed_per_source"]),
                f"{e['blocks_per_enrolled'].value:.2f}",
                f"{e['neurotomies_per_enrolled'].value:.2f}",
                f"{e['months_per_enrolled'].value:.1f}",
            )
        )
    lines = [
        f"{result.title}",
        f"{result.joint}, {result.side}: {result.patients} simulated patients in {result.worlds} worlds, followed for "
        f"{result.follow_up_months:g} months.",
        table(rows, right=range(1, 8)),
        "Success: significant relief lasting to "
        f"{result.horizon_months:g} months; after ± what more patients would make smaller, in brackets what they would "
        "not (95 %).",
        "Missed: of those with this source. Blocks, neurotomies and months of relief: for each one enrolled.",
    ]
    for difference in result.differences:
        success, months = difference.estimates["success_per_enrolled"], difference.estimates["months_per_enrolled"]
        lines.append(
            f"{difference.name}, against {difference.against}: success of those enrolled {_points(success)}, "
            f"months of relief {months.value:+.1f} ({months.parameter_interval[0]:+.1f} to "
            f"{months.parameter_interval[1]:+.1f})."
        )
    techniques = {policy.technique: policy.capture for policy in result.policies}
    for technique, capture in techniques.items():
        captured = "; ".join(
            f"{100 * c.probability:.1f} % ({100 * c.interval[0]:.1f} to {100 * c.interval[1]:.1f} %)" for c in capture
        )
        lines.append(f"Every nerve captured by {technique}: {captured}.")
    return "\n".join([*lines, *(f"Note: {note}" for note in result.notes)])


def _share(estimate: Estimate, *, both: bool = False) -> str:
    import math

    if not math.isfinite(estimate.value):
        return "nobody"
    words = f"{100 * estimate.value:.0f} %"
    if both:
        half = 50 * (estimate.sampling_interval[1] - estimate.sampling_interval[0])
        low, high = (100 * bound for bound in estimate.parameter_interval)
        words = f"{100 * estimate.value:.0f} ± {half:.1f} % ({low:.0f} to {high:.0f})"
    return words


def _points(estimate: Estimate) -> str:
    low, high = (100 * bound for bound in estimate.parameter_interval)
    return f"{100 * estimate.value:+.0f} points ({low:+.0f} to {high:+.0f})"
