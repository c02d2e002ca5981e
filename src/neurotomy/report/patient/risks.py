"""Risks in a patient's words: each with its count and denominator, or with the plain word that there is none."""

from __future__ import annotations

from typing import Any

from neurotomy.recovery import Risk
from neurotomy.report.patient.catalogue import Speaker
from neurotomy.report.patient.facts import Facts
from neurotomy.report.patient.frequency import per_hundred

__all__ = ["ROWS", "nerve_pain_count", "risks"]

ROWS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "common": (
        ("site_pain", ("risk.site_pain",)),
        ("spasm", ("risk.muscle_spasm",)),
        ("numb_skin", ("risk.numb_skin",)),
        ("third_occipital", ("risk.third_occipital",)),
    ),
    "sometimes": (
        ("neuritis", ("risk.neuritis", "risk.neuritis_sacroiliac")),
        # All minor complications together are the two kinds that follow.
        ("lasting_pain", ("risk.lasting_local_pain", "risk.minor_complication", "risk.minor_complication_procedure")),
        ("short_nerve_pain", ("risk.short_neuritic_pain",)),
        ("change", ("risk.muscle_and_disc",)),
    ),
    "rare": (
        ("worse", ("risk.worse_pain_leaflet", "risk.worse_long_term")),
        ("infection", ("risk.infection_or_deficit",)),
        ("allergy", ("risk.anaesthetic_allergy",)),
        ("burn", ("risk.skin_burn",)),
        ("lasting_nerve_pain", ("risk.lasting_nerve_pain",)),
        ("root", ("risk.nerve_root_injury",)),
        ("cord", ("risk.cord_injury",)),
        ("icd", ("risk.device_icd", "risk.device_scs")),
    ),
}
"""Rows by group, and the evidence that each speaks of. A row whose evidence is of another region is left out, unless
it is always said."""

_ALWAYS = {"neuritis", "infection", "allergy", "change"}
_OFTEN = {
    "site_pain": "site_pain_often",
    "spasm": "spasm_often",
    "numb_skin": "numb_skin_often",
    "third_occipital": "third_occipital_often",
    "change": "under_study",
    "worse": "worse_often",
    "lasting_nerve_pain": "single_cases",
}
_FEW = 0.01


def risks(facts: Facts, say: Speaker) -> dict[str, Any]:
    """Groups of rows; what the recovery room tells and no row speaks of stands at the end in its own words."""
    by_key = {risk.evidence: risk for risk in facts.recovery.risks}
    told = {key for rows in ROWS.values() for _, keys in rows for key in keys}
    groups: list[dict[str, Any]] = []
    for group, rows in ROWS.items():
        lines = []
        for name, keys in rows:
            found = [by_key[key] for key in keys if key in by_key]  # the first one that has a count speaks
            if not found and keys and name not in _ALWAYS:
                continue
            lines.append(_row(name, found, say))
        groups.append({"name": say(f"risks.{group}"), "rows": lines})
    groups[-1]["rows"] += [
        {"name": risk.name, "often": _often(risk, say)} for risk in facts.recovery.risks if risk.evidence not in told
    ]
    return {"title": say("risks.title"), "intro": say("risks.intro"), "groups": groups}


def nerve_pain_count(facts: Facts, say: Speaker) -> str:
    """How often burning nerve pain was counted in this region, as a sentence."""
    for risk in facts.recovery.risks:
        if risk.evidence in {"risk.neuritis", "risk.neuritis_sacroiliac"} and risk.rate is not None:
            return say(
                "worries.nerve_pain",
                "counted",
                events=say.whole(risk.events or 0),
                of=say.whole(risk.of or 0),
                per_100=say.whole(per_hundred(risk.rate)),
            )
    return say("worries.nerve_pain", "uncounted")


def _row(name: str, found: list[Risk], say: Speaker) -> dict[str, str]:
    counted = next((risk for risk in found if risk.rate is not None), None)
    words = say("risks.infection", "uncounted") if name == "infection" and not found else say(f"risks.{name}")
    if counted is not None:
        often = _often(counted, say)
    elif name in _OFTEN:
        often = say(f"risks.{_OFTEN[name]}")
    else:
        cases = any(risk.per == "case reports" for risk in found)
        often = say("risks.single_cases" if cases else "risks.no_count")
    return {"name": words, "often": often}


def _often(risk: Risk, say: Speaker) -> str:
    """Natural frequency with its interval and its counts."""
    if risk.rate is None or risk.interval is None or risk.per not in {"lesion", "patient"}:
        return say("risks.single_cases" if risk.per == "case reports" else "risks.no_count")
    low, high = risk.interval
    values = {"events": say.whole(risk.events or 0), "of": say.whole(risk.of or 0), "thousand": say.whole(1000)}
    if risk.rate == 0.0:
        return say("risks.none_seen", risk.per, **values, high=say.whole(round(1000 * high)))
    base = 100 if risk.rate >= _FEW else 1000
    return say(
        f"risks.per_{base}",
        risk.per,
        **values,
        number=say.whole(max(round(base * risk.rate), 1)),
        low=say.whole(round(base * low)),
        high=say.whole(round(base * high)),
    )
