"""Rule sets: when a neurotomy may go ahead and when it may be repeated. Dated data, never code."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

from neurotomy import evidence
from neurotomy.errors import CatalogueError, nearest
from neurotomy.evidence import Tag
from neurotomy.results import Result
from neurotomy.selection.block import KINDS, Block
from neurotomy.selection.region import REGIONS
from neurotomy.selection.result import RuleVerdict

__all__ = ["RuleSet", "judge_blocks", "judge_repeat", "read_rule_sets", "rule_set", "rule_set_names", "today"]

_NERVE_BLOCKS = KINDS[:2]


@dataclass(frozen=True)
class RuleSet(Result):
    """What one guideline, payer or trial asks for, at one time.

    Attributes
    ----------
    key, name
        For the case file, and for people.
    source, dated, tag
        Source key, year and how it was found.
    regions
        Where it applies.
    blocks, relief_percent
        How many positive blocks on different days, and how much relief makes one positive.
    comparative
        Whether a short- and a long-acting anaesthetic are compared, and the second must last at least as long.
    placebo_controlled
        Whether an inert block belongs to it; relief from it refuses.
    kinds
        Kinds of block that count.
    image_guided
        Whether a block without image guidance does not count.
    volume_limit_ml
        Above it a block counts with a remark.
    block_within_months
        How old the last block may be on the day of decision.
    valid_from, valid_until
        The first and the last day on which it applies; None where its text names none.
    replaced_by
        Key of the rule set that came after it, or empty.
    levels_per_session
        How many joints may be treated in one session in one region, or None.
    repeat_relief_percent, repeat_relief_months, repeat_after_months, repeat_sessions_in_12_months
        When it may be repeated; None where the rule set is silent.
    note
        What else it says.
    """

    key: str
    name: str
    source: str
    dated: str
    tag: Tag
    regions: tuple[str, ...]
    blocks: int
    relief_percent: float
    comparative: bool = False
    placebo_controlled: bool = False
    kinds: tuple[str, ...] = _NERVE_BLOCKS
    image_guided: bool = False
    volume_limit_ml: float | None = None
    block_within_months: float | None = None
    repeat_relief_percent: float | None = None
    repeat_relief_months: float | None = None
    repeat_after_months: float | None = None
    repeat_sessions_in_12_months: int | None = None
    note: str = ""
    valid_from: datetime.date | None = None
    valid_until: datetime.date | None = None
    replaced_by: str = ""
    levels_per_session: int | None = None

    def not_in_force(self, on: datetime.date) -> str:
        """Why it does not apply on the day `on`, in one sentence; empty when it does."""
        if self.valid_until is not None and on > self.valid_until:
            instead = f"Ask '{self.replaced_by}', which replaced it." if self.replaced_by else "Ask one in force."
            return (
                f"'{self.key}' expired on {self.valid_until.isoformat()}; the day asked is {on.isoformat()}. {instead}"
            )
        if self.valid_from is not None and on < self.valid_from:
            return (
                f"'{self.key}' is in force from {self.valid_from.isoformat()}; the day asked is {on.isoformat()}. "
                "Ask one in force."
            )
        return ""


def rule_set(key: str, own: Mapping[str, RuleSet] | None = None) -> RuleSet:
    """The rule set with this key.

    Parameters
    ----------
    key : str
        One of :func:`rule_set_names`, or of `own`.
    own : mapping, optional
        Rule sets of a user's file, from :func:`read_rule_sets`; they go before those that are shipped.

    Raises
    ------
    CatalogueError
        When there is none; the nearest is named.
    """
    known = {**_rule_sets(), **(own or {})}
    if key not in known:
        raise CatalogueError(f"Rule set '{key}' is not known. {nearest(key, known)}")
    return known[key]


def today() -> datetime.date:
    """The day of decision when none is given."""
    return datetime.datetime.now(datetime.UTC).date()


def rule_set_names() -> tuple[str, ...]:
    """The keys of all rule sets."""
    return tuple(_rule_sets())


@cache
def _rule_sets() -> dict[str, RuleSet]:
    return read_rule_sets((files("neurotomy.selection") / "data" / "rule_sets.toml").read_text(encoding="utf-8"))


def read_rule_sets(text: str, *, own: bool = False) -> dict[str, RuleSet]:
    """Read rule sets from TOML `text`: a table for each, with the fields of :class:`RuleSet`.

    Parameters
    ----------
    text : str
        TOML.
    own : bool
        A user's own file: `source` is then any text that says where the rules stand, and `tag` may be left out.

    Raises
    ------
    CatalogueError
        When a rule set has no source, a source that does not exist, an unknown field, or a value that cannot be.
    """
    known = {f.name for f in fields(RuleSet)} - {"key"}
    needed = ("name", "source", "dated", "regions", "blocks", "relief_percent", *(() if own else ("tag",)))
    result: dict[str, RuleSet] = {}
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"The rule sets are not TOML: {error}.") from None
    for key, row in tables.items():
        if not isinstance(row, dict):
            raise CatalogueError(f"'{key}' stands outside a rule set; each rule set is a table [name].")
        if extra := sorted(set(row) - known):
            raise CatalogueError(f"Rule set '{key}' has an unknown field '{extra[0]}'. {nearest(extra[0], known)}")
        if missing := [name for name in needed if not row.get(name)]:
            raise CatalogueError(f"Rule set '{key}' has no {missing[0]}.")
        _check_values(key, row)
        if not own:
            evidence.source(row["source"])
        lists = {name: tuple(row[name]) for name in ("regions", "kinds") if name in row}
        result[key] = RuleSet(key=key, **{**row, **lists, "tag": Tag(row.get("tag", Tag.READ))})
    return result


def _check_values(key: str, row: Mapping[str, Any]) -> None:
    for name in ("blocks", "relief_percent", "volume_limit_ml", "block_within_months", "levels_per_session"):
        if name in row and (isinstance(row[name], bool) or not isinstance(row[name], (int, float)) or row[name] <= 0):
            raise CatalogueError(f"Rule set '{key}': {name} = {row[name]!r}; expected a number above 0.")
    if row["relief_percent"] > 100:
        raise CatalogueError(f"Rule set '{key}': relief_percent = {row['relief_percent']:g}; expected at most 100.")
    for name, allowed in (("regions", REGIONS), ("kinds", KINDS)):
        for value in row.get(name, ()):
            if value not in allowed:
                raise CatalogueError(f"Rule set '{key}' names {name[:-1]} '{value}'. {nearest(str(value), allowed)}")
    days = [row.get(name) for name in ("valid_from", "valid_until")]
    for name, day in zip(("valid_from", "valid_until"), days, strict=True):
        if day is not None and (not isinstance(day, datetime.date) or isinstance(day, datetime.datetime)):
            raise CatalogueError(
                f"Rule set '{key}': {name} = {day}; expected a date such as 2025-01-31, without quotes."
            )
    if days[0] is not None and days[1] is not None and days[1] < days[0]:
        raise CatalogueError(f"Rule set '{key}' expires on {days[1]}, before it is in force ({days[0]}).")


def judge_blocks(
    rules: RuleSet,
    region: str,
    blocks: Sequence[Block],
    on: datetime.date | None = None,
    levels: int | None = None,
) -> RuleVerdict:
    """What `rules` say about `blocks` of a joint in `region`, with a reason for each block.

    Parameters
    ----------
    rules, region, blocks
        The rule set, the region of the joint, and its blocks, oldest first.
    on : datetime.date, optional
        Day of the decision: a rule set that is not in force then lets nobody proceed, and blocks may be too old. When
        left out, the rule set must be in force today, and the age of blocks is told as a remark.
    levels : int, optional
        How many joints are to be treated in the session.
    """
    reasons: list[str] = []
    met = True
    if lapsed := rules.not_in_force(on or today()):
        met = False
        reasons.append(lapsed)
    if levels is not None and rules.levels_per_session is not None and levels > rules.levels_per_session:
        met = False
        reasons.append(f"{levels} joints in one session; at most {rules.levels_per_session} are allowed.")
    if region not in rules.regions:
        met = False
        reasons.append(f"It does not cover the {region} region; it covers: {', '.join(rules.regions)}.")
    positive: list[Block] = []
    for block in blocks:
        refusal = _why_not(rules, block)
        if block.placebo:
            if rules.placebo_controlled and block.relief_percent >= rules.relief_percent:
                met = False
                reasons.append(f"The {block.label} gave {block.relief_percent:g} % relief: a response to placebo.")
            continue
        if refusal:
            reasons.append(f"The {block.label} does not count: {refusal}.")
            continue
        positive.append(block)
        reasons.append(
            f"The {block.label} counts: {block.relief_percent:g} % relief, "
            f"at least {rules.relief_percent:g} % is asked for."
        )
        if rules.volume_limit_ml and block.volume_ml and block.volume_ml > rules.volume_limit_ml:
            reasons.append(
                f"Remark: {block.volume_ml:g} mL is more than {rules.volume_limit_ml:g} mL and may reach other nerves."
            )
    separate = len({block.date for block in positive if block.date}) + sum(block.date is None for block in positive)
    if separate < rules.blocks:
        met = False
        verb = "are" if rules.blocks > 1 else "is"
        reasons.append(f"{_count(rules.blocks)} on different days {verb} needed; {separate} found.")
    if rules.comparative and separate >= rules.blocks:
        comparison = _comparison(positive)
        met &= comparison[0]
        reasons.append(comparison[1])
    if rules.placebo_controlled and not any(block.placebo for block in blocks):
        met = False
        reasons.append("A placebo block is part of it; none was given.")
    if rules.block_within_months:
        last = max((block.date for block in positive if block.date), default=None)
        limit = f"no older than {rules.block_within_months:g} months on the day"
        if on is None or last is None:
            reasons.append(f"Remark: the block must be {limit}.")
        else:
            months = _months(last, on)
            met &= months <= rules.block_within_months
            reasons.append(f"The last block that counts is {months:.1f} months old; it must be {limit}.")
    if rules.tag is Tag.MEMORY:
        reasons.append("Remark: this rule set is from memory and was not checked against its text.")
    return RuleVerdict(rules.key, rules.name, met, tuple(reasons), rules.source, rules.dated)


def judge_repeat(
    rules: RuleSet, *, relief_percent: float, relief_months: float, months_since_last: float, sessions_in_12_months: int
) -> RuleVerdict:
    """What `rules` say about repeating a neurotomy.

    Parameters
    ----------
    rules : RuleSet
        The rule set.
    relief_percent, relief_months : float
        Relief from the last neurotomy and how long it lasted.
    months_since_last : float
        Months since the last neurotomy of this joint and side.
    sessions_in_12_months : int
        Sessions in this region in the 12 months before, the planned one not counted.
    """
    limits = (
        (rules.repeat_relief_percent, relief_percent, "% relief from the last one", True),
        (rules.repeat_relief_months, relief_months, "months of relief", True),
        (rules.repeat_after_months, months_since_last, "months since the last one", True),
        (rules.repeat_sessions_in_12_months, sessions_in_12_months + 1, "sessions in 12 months", False),
    )
    reasons: list[str] = []
    met = True
    for limit, given, words, at_least in limits:
        if limit is None:
            continue
        holds = given >= limit if at_least else given <= limit
        met &= holds
        bound = f"{'at least' if at_least else 'at most'} {limit:g}"
        reasons.append(f"{given:g} {words}; {bound} {'is met' if holds else 'is asked for'}.")
    if not reasons:
        reasons.append("It says nothing about repeats.")
    return RuleVerdict(rules.key, rules.name, met, tuple(reasons), rules.source, rules.dated)


def _months(start: datetime.date, stop: datetime.date) -> float:
    """Calendar months from `start` to `stop`, the days left over as parts of a 31-day month."""
    whole = (stop.year - start.year) * 12 + stop.month - start.month
    return whole + (stop.day - start.day) / 31.0


def _why_not(rules: RuleSet, block: Block) -> str:
    if block.kind not in rules.kinds:
        return f"it is {'an' if block.kind[0] in 'aeiou' else 'a'} {block.kind}"
    if rules.image_guided and not block.image_guided:
        return "it was done without image guidance"
    if block.relief_percent < rules.relief_percent:
        return f"{block.relief_percent:g} % relief is less than {rules.relief_percent:g} %"
    return ""


def _comparison(positive: Sequence[Block]) -> tuple[bool, str]:
    short = [block for block in positive if block.acts == "short"]
    long = [block for block in positive if block.acts == "long"]
    if not (short and long):
        return False, "It compares a short-acting with a long-acting anaesthetic; both must be positive."
    a, b = short[-1].relief_hours, long[-1].relief_hours
    if a is None or b is None:
        return False, "It compares how long the two anaesthetics worked; hours of relief are missing."
    holds = b >= a
    return holds, (
        f"Relief lasted {b:g} h with {long[-1].agent} and {a:g} h with {short[-1].agent}: "
        f"{'in line with' if holds else 'against'} what the drugs do."
    )


def _count(n: int) -> str:
    words = {1: "One positive block", 2: "Two positive blocks", 3: "Three positive blocks"}
    return words.get(n, f"{n} positive blocks")
