"""Whom and what a report is about; and the refusal of a treatment that says two sides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from neurotomy.anatomy import Side, Target
from neurotomy.errors import AnatomyError
from neurotomy.report.words import joined

if TYPE_CHECKING:
    from neurotomy.treatment import Treatment

__all__ = ["heading", "refuse_two_sides"]


def refuse_two_sides(treatment: Treatment) -> None:
    """Stop before a report says two things.

    Raises
    ------
    AnatomyError
        When a needle, a radiograph, a nerve or a coverage is of another side than the case, of a nerve that is not on
        this anatomy, or a radiograph is not of its own needle.
    """
    side = treatment.case.side
    held = {course.target for course in treatment.anatomy.courses}
    for what, target in _targets(treatment):
        if target.side is not side:
            raise AnatomyError(
                f"The case is of the {side.value} side, but its {what} is of the {target.label}. No report is written."
            )
        if target not in held:
            raise AnatomyError(
                f"The {what} is of the {target.label}, which is not among the nerves of this treatment: "
                f"{'; '.join(sorted(t.label for t in held))}. No report is written."
            )
    for needle in treatment.guidance.needles:
        for view in needle.views:
            if view.target != needle.placement.target or (view.side, view.level) != (side, view.target.bone):
                raise AnatomyError(
                    f"The {view.name} radiograph is stamped {view.level} {view.side.value}, its needle is for the "
                    f"{needle.placement.target.label}. No report is written."
                )


def _targets(treatment: Treatment) -> Iterable[tuple[str, Target]]:
    for course in treatment.anatomy.courses:
        yield "nerve course", course.target
    for needle in treatment.guidance.needles:
        yield "needle", needle.placement.target
        for view in needle.views:
            yield f"{view.name} radiograph", view.target
    for nerve in treatment.coverage.nerves:
        yield "nerve coverage", nerve.target


def heading(treatment: Treatment) -> dict[str, Any]:
    """Joint, side, nerves, patient and CT as plain values."""
    case, side = treatment.case, treatment.case.side
    targets = [course.target for course in treatment.anatomy.courses]
    joints = joined(list(case.joints))
    kind = f"{joints} facet joint{'s' * (len(case.joints) > 1)}"
    if tuple(case.joints) == ("SIJ",):
        kind = "sacroiliac joint"
    return {
        "joint": kind,
        "side": side.value,
        "letter": side.letter,
        "title": f"{kind}, {side.value}",
        "nerves": f"Radiofrequency neurotomy of the {joined([_short(t) for t in targets])}, {side.value} side",
        "patient": case.patient.pseudonym,
        "facts": _facts(treatment),
    }


def _short(target: Target) -> str:
    return f"{target.nerve} at {target.bone_in_words}"


def _facts(treatment: Treatment) -> list[dict[str, str]]:
    case, anatomy = treatment.case, treatment.anatomy
    facts = [("Patient", case.patient.pseudonym)]
    if case.patient.age_years is not None:
        facts.append(("Age", f"{case.patient.age_years} years"))
    facts += [
        ("Side", _side_words(case.side)),
        ("CT", anatomy.source),
        ("Levels confirmed by", anatomy.levels_confirmed or "nobody yet"),
    ]
    if anatomy.quality:
        facts.append(("Quality", anatomy.quality))
    return [{"name": name, "value": value} for name, value in facts]


def _side_words(side: Side) -> str:
    return f"the patient's own {side.value}"
