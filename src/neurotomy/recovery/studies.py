"""Outcome studies as the fits need them, read from the evidence: counts at times, means of duration, sham arms.

A new study is a new entry in ``outcome.toml`` whose ``used_for`` names a fit; it needs no code. An entry that lacks
what its fit needs (how many patients, when they were asked, how they were selected) is refused; one that lost patients
to follow-up says so by ``treated``, and :func:`follow_up_warnings` makes it visible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurotomy import evidence
from neurotomy.errors import EvidenceError, nearest
from neurotomy.evidence import Entry, Tag
from neurotomy.recovery.survival import Course, MeanDuration
from neurotomy.selection import Block

__all__ = [
    "FITTED_REGION",
    "ShamArm",
    "SuccessStudy",
    "blocks_of",
    "duration_studies",
    "follow_up_warnings",
    "selections",
    "sham_arms",
    "success_studies",
    "used",
]

FITTED_REGION = {"cervical": "cervical", "thoracic": "lumbar", "lumbar": "lumbar", "sacroiliac": "sacroiliac"}
"""Whose outcome studies stand for a region: none were found for the thoracic spine."""

_SELECTIONS: dict[str, tuple[tuple[str, float | None], ...]] = {
    "none": (),
    "one": (("lidocaine", None),),
    "two": (("lidocaine", None), ("bupivacaine", None)),
    "placebo": (("lidocaine", 2.0), ("bupivacaine", 6.0), ("saline", None)),
}
"""Agents and hours of relief; hours only where the study compared them."""


@dataclass(frozen=True)
class SuccessStudy:
    """One outcome study: `share` of `of` patients with at least half relief at `month`, after `selection`."""

    key: str
    share: float
    of: int
    month: float
    selection: str

    @property
    def source(self) -> str:
        """Key of the publication."""
        return evidence.get(self.key).source


@dataclass(frozen=True)
class ShamArm:
    """One sham arm: `events` of `of` patients with the outcome and no lesion."""

    key: str
    events: float
    of: float

    @property
    def source(self) -> str:
        """Key of the publication."""
        return evidence.get(self.key).source


def duration_studies(region: str) -> tuple[Course | MeanDuration, ...]:
    """The studies of duration in `region`: every entry below ``outcome.<region>`` that is used for ``duration``.

    Raises
    ------
    EvidenceError
        When one of them is from memory, has no n, or cannot be read as a course, a cross-section or a mean.
    """
    studies: list[Course | MeanDuration] = []
    cross_sections: dict[str, list[Entry]] = {}
    for entry in used(f"outcome.{region}", "duration"):
        if not isinstance(entry.value, dict):
            if entry.unit != "month":
                raise EvidenceError(f"Evidence '{entry.key}' is in {entry.unit}; a mean duration is in months.")
            weight = entry.n or evidence.value("outcome.model.review_patients")
            studies.append(MeanDuration((entry.key,), entry.number, weight))
        elif isinstance(_followed(entry)["month"], list):
            studies.append(_course(entry))
        else:
            cross_sections.setdefault(entry.source, []).append(entry)
    return (*studies, *(_cross_section(entries) for entries in cross_sections.values()))


def success_studies(region: str) -> tuple[SuccessStudy, ...]:
    """The studies of success in `region`: every entry below ``outcome.<region>`` that is used for ``success``.

    Raises
    ------
    EvidenceError
        As :func:`duration_studies`, and for a selection that is not known.
    """
    horizon = evidence.value("outcome.model.horizon")
    return tuple(_success_study(entry, horizon) for entry in used(f"outcome.{region}", "success"))


def sham_arms() -> tuple[ShamArm, ...]:
    """The sham arms of all regions that the sham rate is fitted to."""
    arms = []
    for entry in used("outcome.sham", "sham"):
        assert isinstance(entry.value, dict)
        events, of = (_number(entry, name) for name in ("events", "of"))
        if not 0 <= events <= of:
            raise EvidenceError(f"Evidence '{entry.key}': {events:g} events of {of:g} patients.")
        arms.append(ShamArm(entry.key, events, of))
    return tuple(arms)


def follow_up_warnings(prefix: str) -> tuple[str, ...]:
    """What a reader must know about patients who were not followed: one sentence for each entry that lost some."""
    warnings = []
    for entry in evidence.select(prefix).values():
        if not entry.used_for or not isinstance(entry.value, dict) or "treated" not in entry.value:
            continue
        treated, followed = _number(entry, "treated"), _patients(entry)
        if treated < followed:
            raise EvidenceError(f"Evidence '{entry.key}': {followed:g} patients followed of {treated:g} treated.")
        share = entry.value["share"]
        worst = (
            f"; if all of them had failed, {100 * share:.0f} % would be {100 * share * followed / treated:.0f} %"
            if isinstance(share, float)
            else ""
        )
        warnings.append(
            f"{entry.key}: {treated - followed:.0f} of {treated:.0f} patients "
            f"({100 * (1 - followed / treated):.0f} %) were not followed{worst}."
        )
    return tuple(warnings)


def used(prefix: str, fit: str) -> list[Entry]:
    """The entries below `prefix` that `fit` takes up.

    Raises
    ------
    EvidenceError
        When one is from memory.
    """
    entries = [entry for entry in evidence.select(prefix).values() if fit in entry.used_for]
    for entry in entries:
        if entry.tag is Tag.MEMORY:
            raise EvidenceError(f"Evidence '{entry.key}' is from memory and cannot be used for a fit.")
    return entries


def selections() -> tuple[str, ...]:
    """Names of the selections a study may have."""
    return tuple(_SELECTIONS)


def blocks_of(selection: str, region: str) -> tuple[Block, ...]:
    """What the patients of a study had, as blocks: full relief from each anaesthetic, none from placebo."""
    kind = "lateral branch block" if region == "sacroiliac" else "medial branch block"
    return tuple(
        Block(None, kind, agent, None, 0.0 if agent == "saline" else 100.0, hours, agent == "saline", ())
        for agent, hours in _SELECTIONS[selection]
    )


def _followed(entry: Entry) -> dict[str, object]:
    """The table of an entry that says when how many were relieved; refused where the follow-up is missing."""
    assert isinstance(entry.value, dict)
    for name, words in (("month", "when the patients were asked"), ("share", "what share was relieved")):
        if name not in entry.value:
            raise EvidenceError(f"Evidence '{entry.key}' has no follow-up: it does not say {words} ({name}).")
    months, shares = _numbers(entry.value["month"]), _numbers(entry.value["share"])
    if not months or len(months) != len(shares) or any(b <= a for a, b in zip(months, months[1:], strict=False)):
        raise EvidenceError(f"Evidence '{entry.key}': give one share for each month, months ascending.")
    if min(months) < 0.0 or not all(0.0 <= share <= 1.0 for share in shares):
        raise EvidenceError(f"Evidence '{entry.key}': months are not negative, and shares lie between 0 and 1.")
    return entry.value


def _patients(entry: Entry) -> float:
    if not entry.n:
        raise EvidenceError(f"Evidence '{entry.key}' has no n; a fit needs the number of patients who were followed.")
    return float(entry.n)


def _number(entry: Entry, name: str) -> float:
    assert isinstance(entry.value, dict)
    value = entry.value.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise EvidenceError(f"Evidence '{entry.key}' has no number '{name}'.")
    return float(value)


def _course(entry: Entry) -> Course:
    table, n = _followed(entry), _patients(entry)
    months, shares = _numbers(table["month"]), _numbers(table["share"])
    if any(b > a for a, b in zip(shares, shares[1:], strict=False)):
        raise EvidenceError(
            f"Evidence '{entry.key}': the share of the same patients rises with time; give what each kept throughout, "
            "or give every time as an entry of its own (a cross-section)."
        )
    return Course((entry.key,), tuple(months), tuple(s * n for s in shares), (n,) * len(months), same_patients=True)


def _cross_section(entries: list[Entry]) -> Course:
    for entry in entries:
        _followed(entry)
    of = tuple(_patients(entry) for entry in entries)
    relieved = tuple(_number(entry, "share") * n for entry, n in zip(entries, of, strict=True))
    months = tuple(_number(entry, "month") for entry in entries)
    return Course(tuple(entry.key for entry in entries), months, relieved, of, same_patients=False)


def _success_study(entry: Entry, horizon: float) -> SuccessStudy:
    table = _followed(entry)
    selection = str(table.get("selection"))
    if selection not in _SELECTIONS:
        raise EvidenceError(f"Evidence '{entry.key}' has selection '{selection}'. {nearest(selection, _SELECTIONS)}")
    months, shares = _numbers(table["month"]), _numbers(table["share"])
    at = int(np.argmin(np.abs(np.asarray(months) - horizon)))
    return SuccessStudy(entry.key, shares[at], int(_patients(entry)), months[at], selection)


def _numbers(value: object) -> list[float]:
    values = value if isinstance(value, list) else [value]
    return [float(x) for x in values if isinstance(x, (int, float))]
