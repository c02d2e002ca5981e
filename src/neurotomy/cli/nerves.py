"""``neurotomy nerves``: which nerves supply a joint, and at which bones they are met."""

from __future__ import annotations

from typing import Annotated

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, table

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy nerves L4/5", "neurotomy nerves L5/S1 --side left --json"))
def nerves(
    joint: Annotated[str, typer.Argument(help="For instance L4/5, C5/6, SIJ.", autocompletion=complete.joints)],
    side: Annotated[
        str | None, typer.Option(help="left or right, the patient's own.", autocompletion=complete.sides)
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show which nerves supply a joint, and at which bones."""
    from neurotomy.anatomy.innervation import targets_for
    from neurotomy.anatomy.names import Side, parse_joint

    name = parse_joint(joint)
    wanted = Side.parse(side) if side is not None else None
    targets = targets_for(name, wanted or Side.RIGHT)
    if json:
        rows = [{"nerve": t.nerve, "bone": t.bone} | ({"side": wanted.value} if wanted else {}) for t in targets]
        print_json({"joint": name, "side": wanted.value if wanted else None, "targets": rows})
        return
    print(f"{name}{f', {wanted.value}' if wanted else ''} is supplied by")
    print(table([[t.nerve, "at", "the sacral ala (S1)" if t.bone == "S1" else t.bone] for t in targets]))
