"""Virtual cohorts: thousands of simulated patients through several policies, compared on the same patients.

``run_study(read_study("study.toml"))`` gives a :class:`~neurotomy.studies.result.StudyResult`. Read
:mod:`~neurotomy.studies.model` (what a study states), then :mod:`~neurotomy.studies.patients`,
:mod:`~neurotomy.studies.policy` (what happens to each patient) and :mod:`~neurotomy.studies.run` (intervals).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neurotomy.studies.model import Policy, Study
    from neurotomy.studies.read import parse_study, read_study
    from neurotomy.studies.result import StudyResult
    from neurotomy.studies.run import run_study

__all__ = ["Policy", "Study", "StudyResult", "parse_study", "read_study", "run_study"]

_HOMES = {"Policy": "model", "Study": "model", "StudyResult": "result", "parse_study": "read", "read_study": "read"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"neurotomy.studies.{_HOMES.get(name, 'run')}"), name)
