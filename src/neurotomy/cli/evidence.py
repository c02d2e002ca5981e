"""``neurotomy evidence``: where a number comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, table

if TYPE_CHECKING:
    from neurotomy.evidence import Entry

app = typer.Typer(rich_markup_mode=None, add_completion=False)
_WIDEST = 60


@app.command(
    epilog=examples(
        "neurotomy evidence",
        "neurotomy evidence tissue.muscle",
        "neurotomy evidence tissue.muscle.perfusion --json",
    )
)
def evidence(
    key: Annotated[
        str | None,
        typer.Argument(help="A key, or its beginning. All keys when left out.", autocompletion=complete.evidence_keys),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Where a number comes from: value, spread, n, source, note."""
    from neurotomy import evidence as store
    from neurotomy.evidence import keys as every_key

    if key is None:
        found = {k: store.get(k) for k in every_key()}
    else:
        found = store.select(key.rstrip(".")) or {key: store.get(key)}
    if json:
        print_json({k: _with_source(entry) for k, entry in found.items()})
    elif key in found:
        print(store.describe(found[key]))
    else:
        print(_listing(found))


def _with_source(entry: Entry) -> dict[str, Any]:
    from neurotomy import evidence as store

    return entry.to_dict() | {"source": store.source(entry.source).to_dict()}


def _listing(found: dict[str, Entry]) -> str:
    from neurotomy.evidence.describe import describe_value

    parts: list[str] = []
    rooms: dict[str, list[list[str]]] = {}
    for key, entry in found.items():
        value = describe_value(entry)
        short = value if len(value) <= _WIDEST else value[: _WIDEST - 1] + "…"
        rooms.setdefault(key.split(".")[0], []).append([key, short, entry.tag.value, entry.source])
    for room, rows in rooms.items():
        parts += [f"{room} ({len(rows)})", table(rows), ""]
    return "\n".join([*parts, "neurotomy evidence KEY shows one with its source in full."])
