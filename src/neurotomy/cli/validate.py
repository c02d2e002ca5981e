"""``neurotomy validate``: published experiments beside what this program computes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress

if TYPE_CHECKING:
    from neurotomy.lesion.validation.explain import Change
    from neurotomy.lesion.validation.table import Validation

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy validate --quick",
        "neurotomy validate --json",
        "neurotomy validate --explain",
        "neurotomy validate --out validation.md",
    )
)
def validate(
    quick: Annotated[bool, typer.Option("--quick", help="Without the 90 % intervals and two needles.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Take the ratio of 16 G to 22 G apart, one change at a time, instead.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write table and explanation to this Markdown file.", dir_okay=False)
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Repeat published experiments: published beside computed."""
    from neurotomy.lesion.validation.explain import hypothesis, width_ratio
    from neurotomy.lesion.validation.table import WORLDS
    from neurotomy.lesion.validation.table import validate as table_of
    from neurotomy.lesion.validation.words import explanation_text, markdown, text

    changes: tuple[Change, ...]
    if explain and out is None:
        with show_progress() as progress:
            changes = width_ratio(progress)
        if json:
            print_json({"changes": [change.to_dict() for change in changes]})
        else:
            print(explanation_text(changes))
        return
    with show_progress() as progress:
        found: Validation = table_of(
            world_count=0 if quick else WORLDS, three_dimensional=not quick, progress=progress.part(0.0, 0.95)
        )
        changes = width_ratio(progress.part(0.95, 0.98)) if out is not None else ()
        consequences = hypothesis(progress.part(0.98, 1.0)) if out is not None else ()
    if out is not None:
        from neurotomy.files import write_text

        write_text(out, markdown(found, changes, consequences))
    if json:
        print_json(found.to_dict())
    else:
        print(text(found))
