"""``neurotomy verify``: problems with known answers."""

from __future__ import annotations

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table
from neurotomy.errors import LesionError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy verify", "neurotomy verify --json"))
def verify(json: JsonFlag = False) -> None:
    """Solve problems with known answers. Fails when one is missed."""
    from neurotomy.lesion.verification import known_answers

    with show_progress() as progress:
        answers = known_answers(progress)
    missed = [answer for answer in answers if not answer.passed]
    if json:
        print_json({"passed": not missed, "answers": [answer.to_dict() for answer in answers]})
    else:
        rows = [["", "found", "known", "unit", "error", "allowed", ""]]
        rows += [
            [
                a.name,
                f"{a.computed:.6g}",
                f"{a.known:.6g}",
                a.unit,
                f"{a.error:.2g}",
                f"{a.tolerance:.2g}",
                "ok" if a.passed else "MISSED",
            ]
            for a in answers
        ]
        print(table(rows, right=(1, 2, 4, 5), indent=""))
        print(f"\n{len(answers) - len(missed)} of {len(answers)} known answers are met.")
    if missed:
        raise LesionError(f"{len(missed)} known answers are missed: {'; '.join(answer.name for answer in missed)}.")
