"""``neurotomy gallery``: a picture of the lesion of every electrode."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy gallery --out gallery",
        "neurotomy gallery --out gallery --electrode conventional-18g-10mm --electrode cooled-17g-4mm",
    )
)
def gallery(
    out: Annotated[Path, typer.Option(help="Folder for the page and its pictures.")],
    electrode: Annotated[
        list[str] | None,
        typer.Option(help="Only this one; may be given again.", autocompletion=complete.electrodes),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="One of each family as a Markdown page; --out is its file.")
    ] = False,
    json: JsonFlag = False,
) -> None:
    """Draw the lesion of every electrode of the catalogue."""
    from neurotomy.report.gallery.page import all_names, one_of_each, write_gallery

    names = tuple(electrode or (one_of_each() if markdown else all_names()))
    with show_progress() as progress:
        page = write_gallery(out, names, markdown=markdown, progress=progress)
    if json:
        print_json({"page": str(page), "electrodes": list(names)})
    else:
        print(f"{len(names)} lesions: {page}")
