"""What the patient's sheet says, as plain values: one for page and paper, so that both say the same."""

from __future__ import annotations

from typing import Any

from neurotomy import evidence
from neurotomy.anatomy import Target
from neurotomy.report.patient.catalogue import Speaker
from neurotomy.report.patient.day import the_day
from neurotomy.report.patient.facts import SACROILIAC, Facts
from neurotomy.report.patient.frequency import people_of, per_hundred
from neurotomy.report.patient.risks import nerve_pain_count, risks
from neurotomy.report.patient.sources import sources
from neurotomy.report.patient.weeks import weeks

__all__ = ["joint_words", "sheet", "stamp"]

_LONG_MONTHS = 60.0
_TWO_WEEKS = 2


def sheet(facts: Facts) -> dict[str, Any]:
    """Everything that the sheet of a patient says.

    Returns
    -------
    dict
        Strings, numbers, lists and dicts only. ``said`` has every text by its key in the catalogue.

    Raises
    ------
    CatalogueError
        When the language is not there, or lacks a text.
    """
    say = Speaker(facts.papers.language, facts.region)
    found = {
        "language": say.language,
        "large_print": facts.papers.large_print,
        "head": _head(facts, say),
        "what": _what(facts, say),
        "why": _why(facts, say),
        "day": _day(facts, say),
        "weeks": weeks(facts, say),
        "chances": _chances(facts, say),
        "worries": _worries(facts, say),
        "risks": risks(facts, say),
        "call": _call(facts, say),
        "ask": _ask(say),
        "sources": sources(facts, say),
    }
    return {**found, "said": dict(say.said)}


def joint_words(facts: Facts, say: Speaker) -> str:
    """``L4/5 and L5/S1 facet joints`` in the language."""
    facets = [joint for joint in facts.joints if joint != SACROILIAC]
    words = []
    if facets:
        words.append(say("joint.facet", "one" if len(facets) == 1 else "other", levels=say.joined(facets)))
    if len(facets) < len(facts.joints):
        words.append(say("joint.sacroiliac"))
    return say.joined(words)


def stamp(facts: Facts, say: Speaker) -> tuple[str, str]:
    """Level and side as they are stamped: ``L4/5``, ``RIGHT``."""
    levels = [say("joint.sacroiliac_stamp") if joint == SACROILIAC else joint for joint in facts.joints]
    return ", ".join(levels), say(f"side.{facts.side.value}_stamp")


def _head(facts: Facts, say: Speaker) -> dict[str, Any]:
    side = say(f"side.{facts.side.value}")
    papers = facts.papers
    levels, side_stamp = stamp(facts, say)
    if papers.procedure_date is None:
        when = say("sheet.no_date")
    else:
        when = say.date(papers.procedure_date)
        when += f", {say.time(papers.arrival_time)}" if papers.arrival_time else ""
    nerves = say.joined([_nerve(target, say) for target in facts.targets])
    lead = say("sheet.lead", joint=joint_words(facts, say), side=side)
    return {
        "title": say("sheet.title"),
        "lead": lead[:1].upper() + lead[1:],
        "levels": levels,
        "side": side_stamp,
        "device": say("sheet.device"),
        "check": say("sheet.check_side", side=side),
        "page": say("sheet.page", page="{page}", pages="{pages}"),
        "facts": [
            {"name": say("sheet.patient"), "value": facts.pseudonym},
            {"name": say("sheet.when"), "value": when},
            {"name": say("sheet.nerves"), "value": nerves},
        ],
    }


def _nerve(target: Target, say: Speaker) -> str:
    level, _, kind = target.nerve.partition(" ")
    key = f"nerve.{kind.replace(' ', '_')}"
    name = say("nerve.third_occipital") if target.nerve == "third occipital nerve" else say(key, level=level)
    return say("nerve.at", nerve=name, bone=target.bone)


def _what(facts: Facts, say: Speaker) -> dict[str, Any]:
    return {
        "title": say("what.title"),
        "texts": [
            say("what.heat", place=say(f"place.{facts.region}")),
            say("what.goal"),
            say("what.joints"),
            say("what.x_ray"),
            say("what.scope"),
        ],
    }


def _why(facts: Facts, say: Speaker) -> dict[str, Any]:
    texts = []
    real = [block for block in facts.blocks if not block.placebo]
    if real:
        relief = say.percent(max(block.relief_percent for block in real))
        texts.append(say.counted("why.tests", len(real), relief=relief))
    else:
        texts.append(say("why.no_tests"))
    likely = evidence.value("presentation.tile.likely")
    more = []
    for n, (joint, selection) in enumerate(facts.selections.items()):
        low, high = (per_hundred(share) for share in selection.interval)
        values = {
            "count": say.whole(per_hundred(selection.probability)),
            "low": say.whole(low),
            "high": say.whole(high),
            "joint": say("joint.sacroiliac") if joint == SACROILIAC else joint,
        }
        is_likely = selection.probability >= likely
        if n == 0:
            texts.append(f"{say('why.source', **values)} {say('why.likely' if is_likely else 'why.unlikely')}")
        else:
            more.append(say("why.source_more", **values) + ("" if is_likely else f" {say('why.unlikely_more')}"))
    if more:
        texts.append(" ".join(more))
    texts.append(say("why.proof"))
    met = all(selection.verdict.proceed for selection in facts.selections.values())
    texts.append(say("why.rules_met" if met else "why.rules_not_met"))
    return {"title": say("why.title"), "texts": texts, "rules_met": met}


def _day(facts: Facts, say: Speaker) -> dict[str, Any]:
    day, papers = the_day(facts.region, facts.lesions), facts.papers
    texts = []
    if papers.procedure_date is not None:
        date = say.date(papers.procedure_date)
        if papers.arrival_time is not None:
            texts.append(say("visit.arrive_at", date=date, time=say.time(papers.arrival_time)))
        else:
            texts.append(say("visit.arrive", date=date))
    texts.append(say.counted("visit.time", day.lesions, minutes=say.range(*day.room_min), hours=say.range(*day.stay_h)))
    texts.append(say("visit.awake"))
    groups = []
    for name in ("tell", "bring", "arrange", "avoid"):
        advice = [say(f"day_{name}.{each.key}") for each in getattr(day, name)]
        groups.append({"key": name, "name": say(f"visit.{name}"), "items": advice})
    return {"title": say("visit.title"), "texts": texts, "groups": groups}


def _chances(facts: Facts, say: Speaker) -> dict[str, Any]:
    found = facts.recovery
    good, some, none = people_of((found.significant, found.partial, found.none))
    low, high = (per_hundred(share) for share in found.significant_interval)
    median = found.median_relief_months
    lasting = say("chances.lasting", months=say.whole(median)) if median < _LONG_MONTHS else say("chances.lasting_long")
    months = evidence.value("outcome.model.horizon")
    return {
        "title": say("chances.title"),
        "intro": say("chances.intro", months=say.number(months)),
        "counts": [good, some, none],
        "of_100": say("chances.of_100"),
        "groups": [
            {
                "kind": kind,
                "count": count,
                "name": say(f"chances.{name}_name"),
                "text": say(f"chances.{name}"),
            }
            for kind, name, count in (("full", "good", good), ("half", "some", some), ("none", "none", none))
        ],
        "alt": say("chances.alt", good=good, some=some, none=none),
        "texts": [say("chances.range", low=say.whole(low), high=say.whole(high)), lasting],
        "notes": [
            _usual(say),
            say("chances.guess"),
            say("chances.studies"),
            *([say("chances.no_study", "thoracic")] if facts.region == "thoracic" else []),
            say("sheet.not_a_picture"),
        ],
    }


def _usual(say: Speaker) -> str:
    leaflet = evidence.get("outcome.leaflet.significant")
    assert leaflet.low is not None
    assert leaflet.high is not None
    return say("chances.usual", low=say.whole(100 * leaflet.low), high=say.whole(100 * leaflet.high))


def _worries(facts: Facts, say: Speaker) -> dict[str, Any]:
    arms_legs = [say("worries.arms_legs"), say("worries.small_muscles")]
    if any(target.nerve == "third occipital nerve" for target in facts.targets):
        arms_legs.append(say("worries.skin_c2"))
    pain = say("worries.nerve_pain", count=nerve_pain_count(facts, say))
    return {
        "title": say("worries.title"),
        "answers": [
            {"question": say("worries.arms_legs_q"), "answer": " ".join(arms_legs)},
            {"question": say("worries.joint_harm_q"), "answer": say("worries.joint_harm")},
            {"question": say("worries.nerve_pain_q"), "answer": f"{pain} {say('worries.worse')}"},
        ],
    }


def _call(facts: Facts, say: Speaker) -> dict[str, Any]:
    phone = facts.papers.clinic_phone
    now = ["weak", "bladder", "breath"]
    if facts.region == "cervical":
        now.append("head")
    if facts.region == "thoracic":
        now.append("chest")
    return {
        "title": say("call.title"),
        "now": say("call.now"),
        "now_items": [say(f"call.now_{name}") for name in now],
        "soon": say("call.soon"),
        "soon_items": [
            say("call.soon_fever"),
            say("call.soon_wound"),
            say("call.soon_burn"),
            say("call.soon_pain", weeks=say.whole(_TWO_WEEKS)),
        ],
        "phone": say("call.phone", phone=phone) if phone else "",
        "phone_line": "" if phone else say("call.phone_line"),
    }


def _ask(say: Speaker) -> dict[str, Any]:
    return {
        "title": say("ask.title"),
        "choice": say("ask.choice"),
        "items": [say(f"ask.{name}") for name in ("other", "sure", "results", "relax", "fails")],
        "mine": say("ask.mine"),
    }
