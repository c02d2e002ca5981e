"""What is asked before a neurotomy: contraindications and precautions, as dated questions with sources.

Data, never code: ``data/checks.toml``. The report and the patient's papers show them; :func:`screen` takes answers.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from neurotomy import evidence
from neurotomy.errors import CaseError, CatalogueError, nearest
from neurotomy.evidence import Tag
from neurotomy.results import Result

__all__ = ["PreProcedureCheck", "Screening", "Weight", "pre_procedure_checks", "screen"]


class Weight(enum.Enum):
    """What yes means."""

    STOP = "stop"
    PLAN = "plan"


@dataclass(frozen=True)
class PreProcedureCheck(Result):
    """One question.

    Attributes
    ----------
    key
        Its short name.
    question
        Answered yes or no.
    if_yes
        What follows from yes.
    weight
        STOP: do not go ahead until it is settled. PLAN: measures are planned before.
    source, tag
        Key of the source, and how it was found.
    """

    key: str
    question: str
    if_yes: str
    weight: Weight
    source: str
    tag: Tag

    @property
    def citation(self) -> str:
        """The source, for people."""
        return evidence.source(self.source).citation


@dataclass(frozen=True)
class Screening(Result):
    """What the answers mean.

    Attributes
    ----------
    stops, plans
        Questions answered yes, by weight.
    open
        Questions without an answer: nothing is taken to be no.
    """

    stops: tuple[PreProcedureCheck, ...]
    plans: tuple[PreProcedureCheck, ...]
    open: tuple[PreProcedureCheck, ...]

    @property
    def may_proceed(self) -> bool:
        """Whether every question is answered and none stops."""
        return not self.stops and not self.open


def pre_procedure_checks() -> tuple[PreProcedureCheck, ...]:
    """All questions, those that stop first."""
    return tuple(_checks().values())


def screen(answers: Mapping[str, bool | None]) -> Screening:
    """What `answers` mean; a question without an answer, or with None, stays open.

    Raises
    ------
    CaseError
        When a question does not exist.
    """
    for key in answers:
        if key not in _checks():
            raise CaseError(f"There is no pre-procedure check '{key}'. {nearest(key, _checks())}")
    yes = [check for key, check in _checks().items() if answers.get(key)]
    return Screening(
        stops=tuple(check for check in yes if check.weight is Weight.STOP),
        plans=tuple(check for check in yes if check.weight is Weight.PLAN),
        open=tuple(check for key, check in _checks().items() if answers.get(key) is None),
    )


@cache
def _checks() -> dict[str, PreProcedureCheck]:
    text = (files("neurotomy.selection") / "data" / "checks.toml").read_text(encoding="utf-8")
    found = read_checks(text)
    return dict(sorted(found.items(), key=lambda item: item[1].weight is Weight.PLAN))


def read_checks(text: str) -> dict[str, PreProcedureCheck]:
    """Read questions from TOML `text`.

    Raises
    ------
    CatalogueError
        When a question lacks something or has a weight that does not exist.
    EvidenceError
        When its source does not exist.
    """
    found: dict[str, PreProcedureCheck] = {}
    for key, row in tomllib.loads(text).items():
        if set(row) != {"question", "if_yes", "weight", "source", "tag"}:
            raise CatalogueError(f"Check '{key}' must have question, if_yes, weight, source and tag, and nothing else.")
        weights = [weight.value for weight in Weight]
        if row["weight"] not in weights:
            raise CatalogueError(f"Check '{key}' has weight '{row['weight']}'. {nearest(row['weight'], weights)}")
        evidence.source(row["source"])
        found[key] = PreProcedureCheck(
            key, row["question"], row["if_yes"], Weight(row["weight"]), row["source"], Tag(row["tag"])
        )
    return found
