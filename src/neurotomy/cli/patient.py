"""``neurotomy patient``: the patient's papers alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy patient case.toml --out papers",
        "neurotomy patient case.toml --out papers --language es --large-print",
    )
)
def patient(
    case: Annotated[Path, typer.Argument(help="The case file.", metavar="CASE.toml")],
    out: Annotated[Path, typer.Option(help="Directory for the papers; made when it is not there.", metavar="DIR")],
    language: Annotated[
        str | None,
        typer.Option(help="en or es, instead of the case's language.", autocompletion=complete.languages),
    ] = None,
    large_print: Annotated[bool, typer.Option("--large-print", help="Bigger letters, on more pages.")] = False,
    json: JsonFlag = False,
) -> None:
    """Write the patient's sheet and calendar."""
    from neurotomy.case import read_case
    from neurotomy.cli.places import prepared

    stated = read_case(case)
    papers = stated.papers
    if language is not None:
        _refuse_unknown(language)
        papers = papers.model_copy(update={"language": language})
    if large_print:
        papers = papers.model_copy(update={"large_print": True})
    with show_progress() as progress, prepared(out):
        from neurotomy.report.patient.facts import facts_of
        from neurotomy.report.patient.write import write_papers
        from neurotomy.report.publish import staging
        from neurotomy.treatment import treat

        treatment = treat(stated, progress.part(0.0, 0.9))
        facts = facts_of(treatment, papers)
        with staging(out, report=False) as folder:
            write_papers(facts, folder, progress.part(0.9, 1.0))
            written = sorted(path.name for path in folder.iterdir())
    if json:
        print_json({**facts.to_dict(), "written": written})
        return
    print("Written:")
    for name in written:
        print(f"  {out / name}")
    if papers.procedure_date is None:
        print("No calendar: give papers.procedure_date and papers.time_zone in the case.")


def _refuse_unknown(language: str) -> None:
    from neurotomy.case.model import LANGUAGES
    from neurotomy.errors import nearest

    if language not in LANGUAGES:
        raise typer.BadParameter(
            f"'{language}' is not a language of the papers. {nearest(language, LANGUAGES)}", param_hint="--language"
        )
