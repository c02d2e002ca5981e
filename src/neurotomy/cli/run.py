"""``neurotomy run``: one case, end to end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress

if TYPE_CHECKING:
    from neurotomy.case import Case

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy run case.toml --out result"))
def run(
    case: Annotated[Path, typer.Argument(help="The case file.", metavar="CASE.toml")],
    out: Annotated[Path, typer.Option(help="Directory for the report; made when it is not there.", metavar="DIR")],
    json: JsonFlag = False,
) -> None:
    """Run one case, from blocks to relief, and write its report."""
    from neurotomy.case import read_case

    walk(read_case(case), out, json=json)


def walk(case: Case, out: Path, *, json: bool) -> None:
    """Treat, write the report into `out`, and print the answer."""
    from neurotomy.cli.places import prepared

    with show_progress() as progress, prepared(out):
        from neurotomy.report import write_report
        from neurotomy.treatment import treat

        treatment = treat(case, progress.part(0.0, 0.65))
        # The report's files appear together or not at all.
        written = [path.relative_to(out) for path in write_report(treatment, out, progress.part(0.65, 1.0, "report"))]
    if json:
        print_json(treatment.to_dict())
        return
    from neurotomy.cli.summary import of_treatment

    print(of_treatment(treatment))
    print("\nWritten:")
    for line in _grouped(written):
        print(f"  {out / line}")


def _grouped(paths: list[Path]) -> list[str]:
    """Files one a line, the report first; those in folders together."""
    files = sorted(
        (str(path) for path in paths if path.parent == Path()), key=lambda name: (name != "report.html", name)
    )
    folders = sorted({path.parent for path in paths} - {Path()})
    return files + [
        f"{folder}/ ({count} file{'s' if count > 1 else ''})"
        for folder in folders
        if (count := sum(path.parent == folder for path in paths))
    ]
