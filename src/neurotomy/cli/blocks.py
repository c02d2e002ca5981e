"""``neurotomy blocks``: how likely the joint is the source, from block results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json

if TYPE_CHECKING:
    from neurotomy.anatomy.names import Side
    from neurotomy.selection import Block, Selection

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy blocks case.toml",
        "neurotomy blocks --joint L4/5 --side right --rule-set sis --block lidocaine:85:2 --block bupivacaine:90:7",
        "neurotomy blocks --joint C5/6 --side left --rule-set placebo-controlled --block lidocaine:80",
    )
)
def blocks(
    case: Annotated[Path | None, typer.Argument(help="A case file; or use the options.", metavar="[CASE.toml]")] = None,
    joint: Annotated[str | None, typer.Option(help="For instance L4/5.", autocompletion=complete.joints)] = None,
    side: Annotated[
        str | None, typer.Option(help="left or right, the patient's own.", autocompletion=complete.sides)
    ] = None,
    rule_set: Annotated[
        str | None, typer.Option(help="Who decides whether to proceed.", autocompletion=complete.rule_sets)
    ] = None,
    block: Annotated[
        list[str] | None,
        typer.Option(help="AGENT:RELIEF_PERCENT or AGENT:RELIEF_PERCENT:HOURS, in the order of time; may be repeated."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Kind of all blocks; the usual one of the joint when left out.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Weigh block results: is this joint the source of the pain?"""
    if (case is None) == (joint is None):
        raise typer.BadParameter("give a case file, or --joint, --side, --rule-set and --block.")
    if case is not None and (side or rule_set or block or kind):
        raise typer.BadParameter("--side, --rule-set, --block and --kind belong to --joint; the case file has its own.")
    if joint is not None and (side is None or rule_set is None):
        raise typer.BadParameter("--joint needs --side and --rule-set.")

    from neurotomy.selection import assess

    if case is not None:
        from neurotomy.case import read_case

        stated = read_case(case)
        found = {
            each: assess(each, stated.side, stated.blocks_of(each), stated.treatment.rule_set) for each in stated.joints
        }
        where: Side = stated.side
    else:
        from neurotomy.anatomy.names import Side, parse_joint

        name, where = parse_joint(joint or ""), Side.parse(side or "")
        usual = "lateral branch block" if name == "SIJ" else "medial branch block"
        given = [_block(text, kind or usual) for text in block or ()]
        found = {name: assess(name, where, given, rule_set or "")}
    if json:
        print_json({"side": where.value, "selection": {name: each.to_dict() for name, each in found.items()}})
        return
    for name, each in found.items():
        print(_text(f"{name}, {where.value}", each))


def _block(text: str, kind: str) -> Block:
    from neurotomy.errors import CaseError
    from neurotomy.selection import Block

    agent, *numbers = (part.strip() for part in text.split(":"))
    try:
        relief, hours = [float(part.rstrip(" %h")) for part in numbers] + [None] * (2 - len(numbers))
    except ValueError:
        raise CaseError(
            f"Block '{text}' cannot be read; expected AGENT:RELIEF_PERCENT[:HOURS], for instance 'lidocaine 2 %:85:2'."
        ) from None
    if relief is None:
        raise CaseError(f"Block '{text}' has no relief; write for instance '{agent}:85'.")
    inert = any(word in agent.lower() for word in ("saline", "sodium chloride")) and "caine" not in agent.lower()
    return Block(
        date=None,
        kind=kind,
        agent=agent,
        volume_ml=None,
        relief_percent=relief,
        relief_hours=hours,
        placebo=inert,
        targets=(),
    )


def _text(heading: str, found: Selection) -> str:
    from neurotomy.cli.summary import percent

    low, high = found.interval
    verdict = found.verdict
    return "\n".join(
        [
            f"{heading}: the source of the pain with {percent(found.probability)} probability "
            f"(90 % interval {percent(low)} to {percent(high)})",
            *(f"  {step}" for step in found.steps),
            f"{verdict.name} ({verdict.dated}): {'proceed' if verdict.proceed else 'do not proceed'}",
            *(f"  {reason}" for reason in verdict.reasons),
            *(f"Note: {warning}" for warning in found.warnings),
        ]
    )
