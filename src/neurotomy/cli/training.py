"""``neurotomy training``: tasks, the score of an attempt, the results of a class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neurotomy.cli.terminal import JsonFlag, examples, print_json, show_progress, table

if TYPE_CHECKING:
    from neurotomy.training.attempt import Attempt
    from neurotomy.training.score import Score

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Train needle placement: tasks, scores, classes.",
    epilog=examples(
        "neurotomy training tasks",
        "neurotomy training score anna.json",
        "neurotomy training class *.json --out class.csv",
    ),
)


@app.command()
def tasks(
    file: Annotated[
        Path | None, typer.Argument(help="A teacher's own tasks, to check them.", metavar="[TASKS.toml]")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """List the tasks, from easy to hard."""
    from neurotomy.training.task import read_tasks, shipped_tasks

    found = shipped_tasks() if file is None else read_tasks(file)
    if json:
        print_json({"tasks": [{**each.model_dump(mode="json"), "sha256": each.sha256} for each in found]})
        return
    rows = [("level", "name", "needles", "exposures", "minutes", "task")]
    rows += [
        (str(t.difficulty), t.name, str(t.needles), str(t.exposures), f"{t.time_s / 60:g}", t.title) for t in found
    ]
    print(table(rows, right=(0, 2, 3, 4)))


@app.command("score")
def score_(
    attempt: Annotated[Path, typer.Argument(help="The file of an attempt.", metavar="ATTEMPT.json")],
    replay: Annotated[bool, typer.Option("--replay", help="Also every step, beside the plan.")] = False,
    json: JsonFlag = False,
) -> None:
    """Score an attempt: each part with what was measured, its limit and why."""
    from neurotomy.training.attempt import read_attempt
    from neurotomy.training.exercise import solve
    from neurotomy.training.replay import replay_attempt
    from neurotomy.training.score import score_attempt

    taken = read_attempt(attempt)
    with show_progress() as progress:
        answer = solve(taken.task, attempt.parent, progress.part(0.0, 0.5))
        found = score_attempt(taken, answer=answer, progress=progress.part(0.5, 1.0))
        steps = replay_attempt(taken, answer=answer) if replay else None
    if json:
        print_json({"score": found.to_dict(), **({} if steps is None else {"replay": steps.to_dict()})})
        return
    print(_text(taken, found))
    if steps is not None:
        print()
        for frame in steps.frames:
            off = "; ".join(f"{n.plan_tip_mm:.1f} mm, {n.plan_angle_deg:.0f}° from the plan" for n in frame.needles)
            print(f"  {frame.time_s:6.0f} s  {frame.words}{f'  ({off})' if off else ''}")


@app.command("class")
def class_(
    attempts: Annotated[list[Path], typer.Argument(help="Files of attempts.", metavar="ATTEMPT.json...")],
    out: Annotated[Path | None, typer.Option(help="Write the CSV here.", metavar="CLASS.csv")] = None,
    json: JsonFlag = False,
) -> None:
    """Results of a class: CSV with one row a person and task, and a summary of each task."""
    from neurotomy.files import write_text
    from neurotomy.training.attempt import read_attempt
    from neurotomy.training.class_table import tabulate_class
    from neurotomy.training.exercise import Answer, solve
    from neurotomy.training.score import score_attempt

    taken = [(read_attempt(path), path.parent) for path in attempts]
    answers: dict[tuple[str, Path], Answer] = {}
    results: list[tuple[Attempt, Score]] = []
    with show_progress() as progress:
        for number, (one, folder) in enumerate(taken):
            part = progress.part(number / len(taken), (number + 1) / len(taken))
            key = (one.task.sha256, folder)
            if key not in answers:
                answers[key] = solve(one.task, folder, part.part(0.0, 0.5))
            results.append((one, score_attempt(one, answer=answers[key], progress=part.part(0.5, 1.0))))
    found = tabulate_class(results)
    if out is not None:
        write_text(out, found.to_csv())
    if json:
        print_json(found.to_dict())
        return
    if out is None:
        print(found.to_csv(), end="")
        return
    rows = [("task", "people", "passed", "median", "quartiles", "exposures", "min")]
    rows += [
        (
            s.task,
            str(s.people),
            str(s.passed),
            f"{s.median_points:.0f}",
            f"{s.quartile_points[0]:.0f} to {s.quartile_points[1]:.0f}",
            f"{s.median_exposures:g}",
            f"{s.median_time_s / 60:.1f}",
        )
        for s in found.summaries
    ]
    print(table(rows, right=(1, 2, 3, 4, 5, 6)))
    print(f"Wrote {out}")


def _text(attempt: Attempt, found: Score) -> str:
    rows = [("part", "measured", "points", "of", "limit")]
    rows += [
        (p.name, f"{p.measured:.3g} {p.unit}", f"{p.points:.1f}", f"{p.points_possible:.0f}", p.limit)
        for p in found.parts
    ]
    verdict = "passed" if found.passed else "not passed"
    lines = [
        f"{attempt.task.title} — {found.person}: {found.points:.0f} of 100, {verdict}",
        table(rows, right=(2, 3)),
        *(f"  {part.name}: {part.why}" for part in found.parts),
        *(f"Not passed: {reason}" for reason in found.reasons),
    ]
    return "\n".join(lines)
