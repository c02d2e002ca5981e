"""``neurotomy blocks``: how likely the joint is the source, from block results."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurotomy.cli import complete
from neurotomy.cli.terminal import JsonFlag, examples, print_json, table

if TYPE_CHECKING:
    from neurotomy.anatomy.names import Side
    from neurotomy.selection import Block, RuleComparison, RuleSet, Selection

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog=examples(
        "neurotomy blocks case.toml",
        "neurotomy blocks --joint L4/5 --side right --rule-set sis --block lidocaine:85:2 --block bupivacaine:90:7",
        "neurotomy blocks --joint C5/6 --side left --rule-set placebo-controlled --block lidocaine:80 --next",
        "neurotomy blocks case.toml --compare --on 2025-03-24",
        "neurotomy blocks --checks",
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
        typer.Option(help="AGENT:RELIEF_PERCENT[:HOURS][@DATE], in the order of time; may be repeated."),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Kind of all blocks; the usual one of the joint when left out.")
    ] = None,
    on: Annotated[
        datetime | None, typer.Option(help="Day of the decision; today when left out.", formats=["%Y-%m-%d"])
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="Your own rule sets, a TOML file.", metavar="FILE.toml")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="What every rule set says, side by side.")] = False,
    levels: Annotated[int | None, typer.Option(min=1, help="Joints in the session, for --compare.")] = None,
    further: Annotated[bool, typer.Option("--next", help="What a further block would be worth.")] = False,
    checks: Annotated[bool, typer.Option("--checks", help="What else is asked before a neurotomy, and stop.")] = False,
    json: JsonFlag = False,
) -> None:
    """Weigh block results: is this joint the source of the pain?"""
    if checks:
        _show_checks(json)
        return
    if (case is None) == (joint is None):
        raise typer.BadParameter("give a case file, or --joint, --side, --rule-set and --block.")
    if case is not None and (side or rule_set or block or kind):
        raise typer.BadParameter("--side, --rule-set, --block and --kind belong to --joint; the case file has its own.")
    if joint is not None and (side is None or rule_set is None):
        raise typer.BadParameter("--joint needs --side and --rule-set.")

    from neurotomy.selection import assess, compare_rule_sets, further_blocks
    from neurotomy.selection import rule_set as find

    own = _own(rules)
    day = on.date() if on else None
    if case is not None:
        from neurotomy.case import read_case

        stated = read_case(case)
        where: Side = stated.side
        given = {each: stated.blocks_of(each) for each in stated.joints}
        asked = find(stated.treatment.rule_set, own)
    else:
        from neurotomy.anatomy.names import Side, parse_joint

        name, where = parse_joint(joint or ""), Side.parse(side or "")
        usual = "lateral branch block" if name == "SIJ" else "medial branch block"
        given = {name: tuple(_block(text, kind or usual) for text in block or ())}
        asked = find(rule_set or "", own)
    found = {each: assess(each, where, those, asked, on=day) for each, those in given.items()}
    beside = (
        {
            each: compare_rule_sets(each, where, those, on=day, levels=levels or len(given), own=own)
            for each, those in given.items()
        }
        if compare
        else {}
    )
    nexts = (
        {each: further_blocks(each, where, those, asked, on=day) for each, those in given.items()} if further else {}
    )
    if json:
        told: dict[str, Any] = {
            "side": where.value,
            "selection": {name: each.to_dict() for name, each in found.items()},
        }
        if compare:
            told["rule_sets"] = {name: each.to_dict() for name, each in beside.items()}
        if further:
            told["further_blocks"] = {name: [one.to_dict() for one in each] for name, each in nexts.items()}
        print_json(told)
        return
    for name, each in found.items():
        print(_text(f"{name}, {where.value}", each))
        for one in nexts.get(name, ()):
            print(one.sentence)
        if name in beside:
            print(_beside(beside[name]))


def _own(path: Path | None) -> dict[str, RuleSet]:
    """Rule sets of the user's file."""
    from neurotomy.errors import CatalogueError
    from neurotomy.selection import read_rule_sets

    if path is None:
        return {}
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CatalogueError(f"Cannot read the rule sets in '{path}': {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"'{path}' is not UTF-8 text. Save the rule sets as UTF-8.") from None
    return read_rule_sets(text, own=True)


def _show_checks(json: bool) -> None:
    from neurotomy.selection import pre_procedure_checks

    if json:
        print_json({"checks": [{**each.to_dict(), "citation": each.citation} for each in pre_procedure_checks()]})
        return
    for each in pre_procedure_checks():
        print(f"{each.question}\n  If yes: {each.if_yes}\n  {each.citation}")


def _beside(comparison: RuleComparison) -> str:
    """A row for each rule set, then why: for those that speak about the region the first reason that decides."""
    rows = [("rule set", "dated", "asks for", "says", "repeat")]
    for row in comparison.rows:
        verdict = row.verdict
        answer = "proceed" if verdict.proceed else "do not proceed"
        if not row.in_force:
            answer = "not in force"
        elif not row.covers:
            answer = "does not cover it"
        rows.append((verdict.rule_set, verdict.dated, row.asks, answer, row.repeat))
    reasons = []
    for row in comparison.rows:
        if row.covers or not row.in_force:
            reasons.append(f"{row.verdict.rule_set}: {' '.join(row.verdict.reasons)}")
    return "\n".join(
        [
            f"Every rule set on {comparison.on.isoformat()}, {comparison.joint} {comparison.side.value}:",
            table(rows),
            "Why:",
            *(f"  {reason}" for reason in reasons),
        ]
    )


def _block(text: str, kind: str) -> Block:
    from neurotomy.errors import CaseError
    from neurotomy.selection import Block

    answer, _, day = text.partition("@")
    agent, *numbers = (part.strip() for part in answer.split(":"))
    try:
        relief, hours = [float(part.rstrip(" %h")) for part in numbers] + [None] * (2 - len(numbers))
    except ValueError:
        raise CaseError(
            f"Block '{text}' cannot be read; expected AGENT:RELIEF_PERCENT[:HOURS][@DATE], for instance "
            "'lidocaine 2 %:85:2' or 'lidocaine 2 %:85:2@2025-01-31'."
        ) from None
    try:
        done = date.fromisoformat(day.strip()) if day else None
    except ValueError:
        raise CaseError(f"Block '{text}': '{day}' is not a date; write year-month-day, as 2025-01-31.") from None
    if relief is None:
        raise CaseError(f"Block '{text}' has no relief; write for instance '{agent}:85'.")
    inert = any(word in agent.lower() for word in ("saline", "sodium chloride")) and "caine" not in agent.lower()
    return Block(
        date=done,
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
