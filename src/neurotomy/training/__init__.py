"""Training: a task with hidden nerves and plan, a counted number of exposures, a score, and a replay.

Read :mod:`~neurotomy.training.task` (what a teacher states), then :mod:`~neurotomy.training.exercise` (what a trainee
may see and do), :mod:`~neurotomy.training.attempt` (the record of it), :mod:`~neurotomy.training.score` and
:mod:`~neurotomy.training.class_table`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurotomy.training.attempt import Attempt, parse_attempt, read_attempt, write_attempt
    from neurotomy.training.class_table import ClassTable, tabulate_class
    from neurotomy.training.exercise import Exercise
    from neurotomy.training.replay import Replay, replay_attempt
    from neurotomy.training.score import Score, score_attempt
    from neurotomy.training.task import Task, find_task, read_tasks, shipped_tasks

__all__ = [
    "Attempt",
    "ClassTable",
    "Exercise",
    "Replay",
    "Score",
    "Task",
    "find_task",
    "parse_attempt",
    "read_attempt",
    "read_tasks",
    "replay_attempt",
    "score_attempt",
    "shipped_tasks",
    "tabulate_class",
    "write_attempt",
]

_HOMES = {
    "Attempt": "attempt",
    "ClassTable": "class_table",
    "Exercise": "exercise",
    "Replay": "replay",
    "Score": "score",
    "Task": "task",
    "find_task": "task",
    "parse_attempt": "attempt",
    "read_attempt": "attempt",
    "read_tasks": "task",
    "replay_attempt": "replay",
    "score_attempt": "score",
    "shipped_tasks": "task",
    "tabulate_class": "class_table",
    "write_attempt": "attempt",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"neurotomy.training.{_HOMES[name]}"), name)
