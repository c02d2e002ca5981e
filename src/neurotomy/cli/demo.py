"""``neurotomy demo``: the built-in case, end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy demo", "neurotomy demo --out demo"))
def demo(
    out: Annotated[
        Path, typer.Option(help="Directory for the report; made when it is not there.", metavar="DIR")
    ] = Path("neurotomy-demo"),
    json: JsonFlag = False,
) -> None:
    """Run the built-in case the whole way: L4/5, right."""
    from neurotomy.case.read import parse_case
    from neurotomy.case.template import example_toml
    from neurotomy.cli.run import walk

    walk(parse_case(example_toml(), name="the built-in case"), out, json=json)
