"""``neurotomy new``: an annotated case to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json
from neurotomy.errors import OutputError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy new mine.toml", "neurotomy run mine.toml --out result"))
def new(
    case: Annotated[Path, typer.Argument(help="The file to write.", metavar="CASE.toml")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    json: JsonFlag = False,
) -> None:
    """Write an annotated case to fill in. It runs as it is: L4/5 right on the built-in spine."""
    from neurotomy.case.template import example_toml
    from neurotomy.files import write_text

    if case.exists() and not force:
        raise OutputError(f"'{case}' is there already; name another file, or replace it with --force.")
    write_text(case, example_toml())
    if json:
        print_json({"written": str(case)})
    else:
        print(f"Written: {case}\nFill it in, then: neurotomy run {case} --out result")
