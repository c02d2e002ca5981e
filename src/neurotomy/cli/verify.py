"""``neurotomy verify``: problems with known answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table
from neurotomy.errors import LesionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neurotomy.lesion.known_answer import KnownAnswer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog=examples("neurotomy verify", "neurotomy verify --json", "neurotomy verify --out verification.md"))
def verify(
    out: Annotated[
        Path | None, typer.Option(help="Also write the table to this Markdown file.", dir_okay=False)
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Solve problems with known answers. Fails when one is missed."""
    from neurotomy.lesion.verification import known_answers

    with show_progress() as progress:
        answers = known_answers(progress)
    missed = [answer for answer in answers if not answer.passed]
    if out is not None:
        from neurotomy.files import write_text

        write_text(out, _page(answers))
    if json:
        print_json({"passed": not missed, "answers": [answer.to_dict() for answer in answers]})
    else:
        rows = _rows(answers)
        print(table(rows, right=(1, 2, 4, 5), indent=""))
        print(f"\n{len(answers) - len(missed)} of {len(answers)} known answers are met.")
    if missed:
        raise LesionError(f"{len(missed)} known answers are missed: {'; '.join(answer.name for answer in missed)}.")


def _rows(answers: Sequence[KnownAnswer]) -> list[list[str]]:
    rows = [["", "found", "known", "unit", "error", "allowed", ""]]
    return rows + [
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


def _page(answers: Sequence[KnownAnswer]) -> str:
    """The page ``docs/verification.md``: a table for each way in which an answer is known."""
    met = sum(a.passed for a in answers)
    parts = [
        "# Known answers",
        "Problems whose answer is known, solved by the same code as every lesion. Made by",
        "```console\n$ neurotomy verify --out docs/verification.md\n```",
        f"{met} of {len(answers)} known answers are met. The command fails when one is missed. scikit-fem comes with "
        "the optional group `verify`; NGSolve is compared where a person has installed it.",
    ]
    by_source: dict[str, list[KnownAnswer]] = {}
    for a in answers:
        by_source.setdefault(a.source, []).append(a)
    for source, some in by_source.items():
        head, *rows = _rows(some)
        lines = [["problem", *head[1:-1], "verdict"], ["---"] + ["---:", "---:", "---", "---:", "---:", "---"], *rows]
        parts += [f"**{source[0].upper()}{source[1:]}**"]
        parts += ["\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)]
    return "\n\n".join(parts) + "\n"
