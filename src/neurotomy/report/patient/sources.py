"""Where the numbers of a sheet come from, part by part, for the team that hands it out."""

from __future__ import annotations

from typing import Any

from neurotomy import evidence
from neurotomy.report.patient.catalogue import Speaker
from neurotomy.report.patient.day import the_day
from neurotomy.report.patient.facts import Facts

__all__ = ["sources"]


def sources(facts: Facts, say: Speaker) -> dict[str, Any]:
    """The sources of each part as citations, each once in its part, in the order in which they are used.

    Raises
    ------
    EvidenceError
        When a result names evidence that does not exist.
    """
    found = facts.recovery
    parts = {
        "why": [key for selection in facts.selections.values() for key in selection.evidence],
        "chances": [*found.evidence, "outcome.leaflet.significant"],
        "weeks": [key for phase in found.timeline for key in phase.evidence],
        "visit": the_day(facts.region, facts.lesions).evidence,
        "worries": ["leaflet.C6", "leaflet.C28", "leaflet.C30", "risk.muscle_and_disc", "risk.nerve_root_injury"],
        "risks": [risk.evidence for risk in found.risks],
    }
    return {
        "title": say("sheet.sources"),
        "parts": [
            {"name": say(f"{part}.title"), "citations": list(dict.fromkeys(_citation(key) for key in keys if key))}
            for part, keys in parts.items()
        ],
    }


def _citation(key: str) -> str:
    source = evidence.source(evidence.get(key).source if "." in key else key)
    marks = [f"doi:{source.doi}"] * bool(source.doi) + [f"PMID {source.pmid}"] * bool(source.pmid)
    return " ".join([source.citation, *marks])
