"""Selection and recovery as plain values: how likely the joint is the source, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from neurotomy import evidence
from neurotomy.recovery import Phase, Risk
from neurotomy.report.citations import Citations
from neurotomy.report.figures.relief import relief_figure, study_points
from neurotomy.report.figures.timeline import timeline_figure
from neurotomy.report.pictures import Pictures
from neurotomy.report.words import SPACE, capitalised, number, percent, percent_range, rate, rate_range
from neurotomy.selection import Selection

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["recovery", "selections"]


def selections(treatment: Treatment, cite: Citations) -> list[dict[str, Any]]:
    """Blocks, rule set and warnings of each joint."""
    first = treatment.case.joints[0]
    return [
        _selection(joint, found, cite)
        for joint, found in {first: treatment.selection, **treatment.further_selections}.items()
    ]


def _selection(joint: str, found: Selection, cite: Citations) -> dict[str, Any]:
    verdict = found.verdict
    return {
        "joint": joint,
        "prior": f"{percent(found.prior)} (95{SPACE}% interval {percent_range(*found.prior_interval)})",
        "probability": f"{percent(found.probability)} (90{SPACE}% interval {percent_range(*found.interval)})",
        "steps": list(found.steps),
        "steps_cites": cite(*found.evidence),
        "rule_set": verdict.name,
        "dated": verdict.dated,
        "status": "ok" if verdict.proceed else "error",
        "proceed": "met: it lets one proceed" if verdict.proceed else "not met: it does not let one proceed",
        "reasons": list(verdict.reasons),
        "rule_cites": cite(verdict.source),
        "warnings": list(found.warnings),
    }


def recovery(treatment: Treatment, pictures: Pictures, cite: Citations) -> dict[str, Any]:
    """Groups, curve, timeline and risks."""
    found = treatment.recovery
    points = study_points(found.evidence)
    cites = cite(*found.evidence, "outcome.leaflet.significant")
    low, high = found.significant_interval
    return {
        "groups": [
            {
                **_group("Significant relief", "at least half of the pain gone", found.significant),
                "interval": f"90{SPACE}% interval {percent_range(low, high)}",
            },
            _group("Partial relief", "less, or for a shorter time", found.partial),
            _group("No relief", "the pain stays as it was", found.none),
        ],
        "bar": "bar-expected",
        "median": f"{number(found.median_relief_months, 0)}{SPACE}months"
        if found.median_relief_months < 240
        else "longer than studies followed patients",
        "relief": pictures.figure(
            "relief",
            relief_figure(found, points, cite.number),
            "Share of patients in relief over the months, with published shares and the leaflet's claim",
        ),
        "timeline": pictures.figure(
            "timeline",
            timeline_figure(found.timeline, cite.number),
            "What happens when: the leaflet and other sources",
        ),
        "phases": [_phase(phase, cite) for phase in found.timeline],
        "risks": _risks(found.risks, cite),
        "explanation": list(found.explanation),
        "cites": cites,
    }


def _group(name: str, words: str, share: float) -> dict[str, str]:
    return {"name": name, "words": words, "value": percent(share), "interval": ""}


def _phase(phase: Phase, cite: Citations) -> dict[str, Any]:
    return {
        "name": capitalised(phase.name),
        "leaflet": phase.leaflet,
        "literature": phase.literature,
        "cites": cite(*(key for key in phase.evidence if not key.endswith(".leaflet"))),
        "leaflet_cites": cite(*(key for key in phase.evidence if key.endswith(".leaflet"))),
    }


def _risks(risks: Sequence[Risk], cite: Citations) -> list[dict[str, Any]]:
    """One row for each; when to call is said where it comes up first."""
    rows, said = [], set()
    for risk in risks:
        row = _risk(risk, cite)
        if risk.urgency not in {"", "before"} and risk.call not in said:
            said.add(risk.call)
            row["statement"] += f" Call {risk.urgency}: {risk.call[:1].lower()}{risk.call[1:]}"
        rows.append(row)
    return rows


def _risk(risk: Risk, cite: Citations) -> dict[str, Any]:
    counted = risk.rate is not None and risk.interval is not None
    per = risk.per if risk.per == "case reports" else f"{risk.per}s"
    denominator = evidence.get(risk.evidence).denominator
    if risk.per_patient_rate is not None and risk.per_patient_interval is not None:
        denominator += (
            f"; of a patient with {risk.lesions} lesions: {rate(risk.per_patient_rate)} "
            f"({rate_range(*risk.per_patient_interval)})"
        )
    return {
        "name": capitalised(risk.name),
        "counted": counted,
        "count": f"{risk.events} of {risk.of} {per}" if counted else ("single cases" if per == "case reports" else "–"),
        "rate": rate(risk.rate) if risk.rate is not None else "",
        "interval": rate_range(*risk.interval) if risk.interval is not None else "",
        "denominator": denominator if counted else "",
        "statement": risk.statement,
        "cites": cite(risk.evidence),
    }
