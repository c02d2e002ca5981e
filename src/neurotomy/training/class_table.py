"""The results of a class: one row a person and task, as CSV, and a summary of each task."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from neurotomy.results import Result
from neurotomy.training.attempt import Attempt
from neurotomy.training.score import Score
from neurotomy.training.task import PARTS

__all__ = ["COLUMNS", "ClassRow", "ClassTable", "TaskSummary", "safe_cell", "tabulate_class"]

COLUMNS = (
    "person",
    "task",
    "task_sha256",
    "started_at",
    "attempts",
    "points",
    "passed",
    *(f"{part}_points" for part in PARTS),
    "gap_mm",
    "angle_deg",
    "coagulated_on_neck_mm",
    "safety_findings",
    "exposures",
    "kerma_mgy_simulated",
    "time_s",
    "reasons",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class ClassRow(Result):
    """One person at one task: the best attempt.

    Attributes
    ----------
    attempts
        How many finished attempts there are.
    started_at
        Of the best one, ISO 8601.
    score
        Of the best one; of equals the first.
    """

    person: str
    task: str
    attempts: int
    started_at: str
    score: Score


@dataclass(frozen=True)
class TaskSummary(Result):
    """One task over the class.

    Attributes
    ----------
    people, passed
        How many took it, and how many of these passed.
    median_points, quartile_points, range_points
        Median; 25 and 75 %; least and most.
    median_exposures, median_kerma_mgy, median_time_s
        Medians of what it took.
    """

    task: str
    task_sha256: str
    people: int
    passed: int
    median_points: float
    quartile_points: tuple[float, float]
    range_points: tuple[float, float]
    median_exposures: float
    median_kerma_mgy: float
    median_time_s: float


@dataclass(frozen=True)
class ClassTable(Result):
    """All rows, and a summary of each task. Tasks of one name that state different things are kept apart."""

    rows: tuple[ClassRow, ...]
    summaries: tuple[TaskSummary, ...]

    def to_csv(self) -> str:
        """CSV with a header; no cell can start a formula in a spreadsheet."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        for row in self.rows:
            writer.writerow([safe_cell(cell) for cell in _cells(row)])
        return text.getvalue()


def tabulate_class(results: Iterable[tuple[Attempt, Score]]) -> ClassTable:
    """The table of a class from its scored attempts, in any order."""
    grouped: dict[tuple[str, str, str], list[tuple[Attempt, Score]]] = {}
    for attempt, score in results:
        key = (attempt.task.name, attempt.task.sha256, " ".join(attempt.person.split()))
        grouped.setdefault(key, []).append((attempt, score))
    rows: list[ClassRow] = []
    for (task, _, person), of_one in sorted(grouped.items(), key=lambda item: item[0]):
        attempt, best = max(
            sorted(of_one, key=lambda pair: pair[0].started_at), key=lambda pair: (pair[1].passed, pair[1].points)
        )
        rows.append(ClassRow(person, task, len(of_one), attempt.started_at.isoformat(), best))
    tasks = dict.fromkeys((row.task, row.score.task_sha256) for row in rows)
    return ClassTable(
        tuple(rows),
        tuple(
            _summary(task, sha, [row.score for row in rows if (row.task, row.score.task_sha256) == (task, sha)])
            for task, sha in tasks
        ),
    )


def safe_cell(value: object) -> str:
    """A cell that a spreadsheet shows as it is: text that could start a formula gets an apostrophe before it.

    Numbers keep their sign. See OWASP, CSV injection.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}" if np.isfinite(value) else ""
    if isinstance(value, int):
        return str(value)
    text = " ".join(str(value).replace("\x00", "").split()) if str(value).strip() else ""
    # Spaces at the start are dropped above, for a spreadsheet may do so too.
    return f"'{text}" if text.startswith(_FORMULA_STARTS) or str(value)[:1] in _FORMULA_STARTS else text


def _cells(row: ClassRow) -> list[object]:
    score = row.score
    return [
        row.person,
        row.task,
        score.task_sha256,
        row.started_at,
        row.attempts,
        round(score.points, 2),
        score.passed,
        *(round(score.part(name).points, 2) for name in PARTS),
        score.part("target").measured,
        score.part("parallel").measured,
        score.part("coverage").measured,
        int(score.part("safety").measured),
        score.exposures,
        score.kerma_mgy,
        score.time_s,
        " ".join(score.reasons),
    ]


def _summary(task: str, sha: str, scores: Sequence[Score]) -> TaskSummary:
    points = np.array([score.points for score in scores])
    low, middle, high = (float(v) for v in np.percentile(points, [25, 50, 75]))
    return TaskSummary(
        task,
        sha,
        len(scores),
        sum(score.passed for score in scores),
        middle,
        (low, high),
        (float(points.min()), float(points.max())),
        float(np.median([score.exposures for score in scores])),
        float(np.median([score.kerma_mgy for score in scores])),
        float(np.median([score.time_s for score in scores])),
    )
