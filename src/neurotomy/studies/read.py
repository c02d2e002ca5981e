"""Read a study file, or say everything that is wrong with it, each mistake with its line."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurotomy.case.lines import Loc, line_numbers
from neurotomy.case.mistakes import explained, listed
from neurotomy.errors import AnatomyError, CaseError
from neurotomy.selection.region import region_of
from neurotomy.selection.rules import rule_set, rule_set_names, today
from neurotomy.studies.model import Study

__all__ = ["parse_study", "read_study"]

_LARGEST_BYTES = 1_000_000
_SELECTION = ("blocks", "cutoff_percent", "comparative", "placebo_controlled")


def read_study(path: Path | str) -> Study:
    """Read the study at `path`.

    Raises
    ------
    CaseError
        With all mistakes, one a line, each with its line number, what was expected, and the nearest valid name.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise CaseError(f"'{path}' is too large for a study file (over 1 MB). Is it another file?")
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise CaseError(f"No study file '{path}'. 'neurotomy study --example' prints one to start from.") from None
    except UnicodeDecodeError:
        raise CaseError(f"'{path}' is not UTF-8 text. Save the study file as UTF-8.") from None
    except OSError as error:
        raise CaseError(f"Cannot read the study file '{path}': {error.strerror}.") from None
    return parse_study(text, name=path.name)


def parse_study(text: str, *, name: str = "study") -> Study:
    """Read a study from TOML `text`; `name` is what messages call it.

    Raises
    ------
    CaseError
        With all mistakes, one a line.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        at = re.search(r" \(at line (\d+), column \d+\)$", message)
        line = int(at[1]) if at else len(text.rstrip().splitlines())
        reason = message[: at.start()] if at else message.removesuffix(" (at end of document)")
        raise CaseError(f"{name}: 1 mistake.\n  line {line}: not TOML: {reason}. Texts need quotes.") from None
    found: list[tuple[Loc, str]] = list(_contradictions(raw))
    study: Study | None = None
    try:
        study = Study.model_validate(raw)
    except ValidationError as error:
        found += explained(error, Study)
    if found or study is None:
        raise CaseError(listed(found, line_numbers(text), name, Study))
    return study


def _contradictions(raw: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    """What single values cannot show. Values of the wrong kind are passed over: pydantic tells those."""
    policies = raw.get("policies")
    rows = [row for row in policies if isinstance(row, dict)] if isinstance(policies, list) else []
    names: dict[str, int] = {}
    for n, row in enumerate(rows):
        name = row.get("name")
        if isinstance(name, str):
            if name in names:
                yield ("policies", n, "name"), f"two policies are called '{name}'; give each another name."
            names[name] = n
        yield from ((("policies", n, key), message) for key, message in _of_policy(row, raw))


def _of_policy(row: dict[str, Any], raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    key = row.get("rule_set")
    if key is not None:
        for other in _SELECTION:
            if other in row:
                yield other, f"the rule set '{key}' says this already; leave out one of the two."
        if key in rule_set_names():
            yield from _of_rule_set(str(key), raw)
        return
    blocks, cutoff = row.get("blocks"), row.get("cutoff_percent")
    if "blocks" not in row:
        yield "name", "neither blocks nor rule_set; write blocks = 0, 1 or 2, or a rule set."
    elif blocks == 0:
        for other in _SELECTION[1:]:
            if row.get(other):
                yield other, "there is no block; leave this out, or give blocks = 1 or 2."
    elif blocks in {1, 2} and cutoff is None:
        yield "blocks", "no cutoff_percent; say how much relief makes a block positive, for instance 80."
    if blocks == 1 and row.get("comparative"):
        yield "comparative", "needs two blocks, one with a short- and one with a long-acting drug; 1 given."
    wanted = [other for other in row if str(other).startswith("repeat_")]
    if wanted and not row.get("repeats"):
        yield wanted[0], "repeats is 0: nobody is treated again; give repeats = 1 or more."


def _of_rule_set(key: str, raw: dict[str, Any]) -> Iterator[tuple[str, str]]:
    asked = rule_set(key)
    try:
        region = region_of(str(raw.get("joint")))
    except AnatomyError:  # a joint that does not exist is told of at its own line
        region = ""
    if region and region not in asked.regions:
        yield "rule_set", f"'{key}' does not cover the {region} region; it covers: {', '.join(asked.regions)}."
    day = raw.get("decided_on")

    if lapsed := asked.not_in_force(day if type(day) is datetime.date else today()):
        yield "rule_set", lapsed
