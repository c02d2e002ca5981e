"""``neurotomy nerves``: which nerves supply a joint, at which bones they are met, and what is to be seen there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, table

if TYPE_CHECKING:
    from neurotomy.anatomy.innervation import Finding, Innervation, NerveSupply

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy nerves L4/5 --side right", "neurotomy nerves L5/S1 --side left --json"))
def nerves(
    joint: Annotated[str, typer.Argument(help="For instance L4/5, C5/6, SIJ.", autocompletion=complete.joints)],
    side: Annotated[
        str | None, typer.Option(help="left or right, the patient's own.", autocompletion=complete.sides)
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show which nerves supply a joint, and at which bones."""
    from neurotomy.anatomy.innervation import innervation_of, targets_for
    from neurotomy.anatomy.names import Side, parse_joint

    name = parse_joint(joint)
    wanted = Side.parse(side) if side is not None else None
    targets = targets_for(name, wanted or Side.RIGHT)
    found = innervation_of(name, wanted or Side.RIGHT)
    if json:
        named = [{"nerve": t.nerve, "bone": t.bone} | ({"side": wanted.value} if wanted else {}) for t in targets]
        print_json({"joint": name, "side": wanted.value if wanted else None, "targets": named, **_details(found)})
        return
    print(f"{name}{f', {wanted.value}' if wanted else ''} is supplied by")
    rows = [[t.nerve, "at", t.bone_in_words + (" (S1)" if t.bone == "S1" else "")] for t in targets]
    print(table(rows))
    for alike in _alike(found):
        print()
        _print_nerves(alike, wanted is not None)
    _print_joint(found)


def _alike(found: Innervation) -> list[list[NerveSupply]]:
    """Neighbours of which the same is to be said stand together."""
    groups: list[list[NerveSupply]] = []
    for nerve in found.nerves:
        if groups and replace(groups[-1][0], target=nerve.target) == nerve:
            groups[-1].append(nerve)
        else:
            groups.append([nerve])
    return groups


def _print_nerves(alike: list[NerveSupply], with_side: bool) -> None:
    nerve = alike[0]
    for target in (each.target for each in alike):
        print(f"{target.nerve} at {target.bone_in_words}{f', {target.side.value}' if with_side else ''}")
    low, high = nerve.diameter_range_mm
    span = f" ({low:g} to {high:g})" if low < high else ""
    rows = [["place", nerve.place], ["course", nerve.course], ["diameter", f"{nerve.diameter_mm:g} mm{span}"]]
    rows += [[view.name, view.text] for view in nerve.views]
    rows += [["STOP", nerve.stop.text]]
    rows += [["varies", _varies(variant)] for variant in nerve.variants]
    _print_rows(rows)


def _print_joint(found: Innervation) -> None:
    if found.lesser:
        print("\nLesser or occasional supply, not standard targets")
        _print_rows([["", text] for text in found.lesser])
    if found.variants:
        print("\nThe supply as a whole varies")
        _print_rows([["", _varies(variant)] for variant in found.variants])
    for conflict in found.conflicts:
        print(f"\nStudies disagree: {conflict.question}")
        _print_rows([[study.source, study.text] for study in conflict.findings])
    print(f"\nThe line of the table: source {found.source}, {found.tag}. More: neurotomy evidence innervation")


def _varies(variant: Finding) -> str:
    share = "" if variant.probability is None else f": {100 * variant.probability:.3g} %"
    count = "" if variant.n is None else f"n = {variant.n} "
    of = f"{count}{variant.denominator}".strip()
    return f"{variant.text}{share} ({f'{of}; ' if of else ''}{variant.source})"


def _print_rows(rows: list[list[str]]) -> None:
    """Names in one column, sentences wrapped in the next."""
    from shutil import get_terminal_size
    from textwrap import wrap

    first = max(len(name) for name, _ in rows)
    width = max(min(get_terminal_size().columns, 110) - first - 5, 30)
    for name, text in rows:
        lines = wrap(text, width) or [""]
        print(f"  {name:<{first}}  {lines[0]}".rstrip() if first else f"  {lines[0]}")
        for line in lines[1:]:
            print(f"  {'':<{first}}  {line}" if first else f"    {line}")


def _details(found: Innervation) -> dict[str, Any]:
    """Everything else that is known, for ``--json``; nerves in the order of ``targets``."""
    whole = found.to_dict()
    for nerve in whole["nerves"]:
        target = nerve.pop("target")
        nerve.update(nerve=target["nerve"], bone=target["bone"])
    return {key: value for key, value in whole.items() if key not in {"joint", "side"}}
