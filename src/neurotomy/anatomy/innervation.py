"""Which nerves supply a joint, over which bone each of them is met, what is to be seen there, and what varies.

The table is evidence (``evidence/data/innervation.toml``): each joint with its source and how it was found. Numbers
about the nerves are those of ``anatomy.toml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from neurotomy import evidence
from neurotomy.anatomy.names import VERTEBRAE, Side, Target, parse_joint
from neurotomy.errors import EvidenceError
from neurotomy.evidence import Entry
from neurotomy.results import Result

__all__ = ["Conflict", "Finding", "Innervation", "NerveSupply", "innervation_of", "place_of", "targets_for"]

_ROW = re.compile(r"(?P<nerve>.+) at (?P<bone>[A-Z]\d+)")


@dataclass(frozen=True)
class Finding(Result):
    """One sentence with where it comes from.

    Attributes
    ----------
    name
        Of what: a view, a variant, a study.
    text
        What was found, or must be seen.
    probability
        Of a variant, 0 to 1; None where none is known or none belongs.
    n, denominator
        Of how many; None and empty when not known.
    source
        Key of the source.
    tag
        How it was found, as in :class:`neurotomy.evidence.Tag`.
    evidence_key
        Where it stands in the evidence.
    """

    name: str
    text: str
    probability: float | None
    n: int | None
    denominator: str
    source: str
    tag: str
    evidence_key: str


@dataclass(frozen=True)
class Conflict(Result):
    """Studies that disagree, side by side.

    Attributes
    ----------
    question
        What they disagree about.
    findings
        What each says.
    """

    question: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class NerveSupply(Result):
    """One nerve of a joint where it is met.

    Attributes
    ----------
    target
        Nerve, bone and side.
    place
        Where on the bone.
    course
        How it runs, in words.
    diameter_mm, diameter_range_mm
        Of the nerve, and its range.
    views
        What each view must show, in the order in which they are taken.
    stop
        What the needle must never do.
    variants
        How people differ, with probabilities where they are published.
    sources
        Keys of the sources of place, course and diameter.
    """

    target: Target
    place: str
    course: str
    diameter_mm: float
    diameter_range_mm: tuple[float, float]
    views: tuple[Finding, ...]
    stop: Finding
    variants: tuple[Finding, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Innervation(Result):
    """Everything known about the supply of one joint on one side.

    Attributes
    ----------
    joint, side
        Which joint.
    nerves
        From the head down.
    lesser
        Nerves of lesser or occasional supply; not standard targets.
    variants
        Of the joint's supply as a whole.
    conflicts
        Studies that disagree.
    source, tag
        Of the line of the table, and how it was found.
    note
        Of the line of the table.
    """

    joint: str
    side: Side
    nerves: tuple[NerveSupply, ...]
    lesser: tuple[str, ...]
    variants: tuple[Finding, ...]
    conflicts: tuple[Conflict, ...]
    source: str
    tag: str
    note: str


def targets_for(joint: str, side: Side) -> tuple[Target, ...]:
    """The standard targets of one joint on one side, from the head down.

    Parameters
    ----------
    joint : str
        As in :data:`~neurotomy.anatomy.names.JOINTS`; other spellings as in
        :func:`~neurotomy.anatomy.names.parse_joint`.
    side : Side
        The patient's own side.

    Returns
    -------
    tuple of Target
        Nerve and bone kept apart: for ``L4/5`` the L3 medial branch at L4 and the L4 medial branch at L5. The bone
        ``S1`` stands for the sacrum.

    Raises
    ------
    AnatomyError
        When there is no such joint.
    """
    name = parse_joint(joint)
    return tuple(_target(row, name, side) for row in _rows(name))


def innervation_of(joint: str, side: Side) -> Innervation:
    """Nerves, places, courses, views, variants and conflicts of one joint on one side.

    Raises
    ------
    AnatomyError
        When there is no such joint.
    """
    name = parse_joint(joint)
    line = evidence.get(f"innervation.joint.{name.replace('/', '_')}")
    nerves = tuple(_supply(target) for target in targets_for(name, side))
    regions = ("sacroiliac",) if name == "SIJ" else tuple(dict.fromkeys(_region(n.target) for n in nerves))
    lesser = evidence.select(f"innervation.lesser.{name.replace('/', '_')}")
    rows = [str(row) for entry in lesser.values() for row in (entry.value if isinstance(entry.value, list) else [])]
    return Innervation(
        joint=name,
        side=side,
        nerves=nerves,
        lesser=tuple(rows),
        variants=_joint_variants(name),
        conflicts=tuple(conflict for region in regions for conflict in _conflicts(region)),
        source=line.source,
        tag=line.tag.value,
        note=line.note,
    )


def place_of(target: Target) -> str:
    """The kind of place at which a target is met: the key of its course, views and stop in the evidence.

    One of ``third_occipital``, ``cervical_pillar``, ``cervical_c7``, ``thoracic_process`` (C8 to T10 medial branches),
    ``thoracolumbar`` (T11 at T12), ``lumbar_neck``, ``sacral_ala`` and ``sacral_foramen_s1`` to ``_s3``.
    """
    if target.nerve.startswith("third occipital"):
        return "third_occipital"
    if "lateral branch" in target.nerve:
        return f"sacral_foramen_{target.nerve[:2].lower()}"
    if target.bone == "S1":
        return "sacral_ala"
    if target.bone == "T12":
        return "thoracolumbar"
    if target.bone == "C7":
        return "cervical_c7"
    return {"C": "cervical_pillar", "T": "thoracic_process", "L": "lumbar_neck"}[target.bone[0]]


def _region(target: Target) -> str:
    place = place_of(target)
    return {"third_occipital": "cervical", "sacral_ala": "lumbar", "thoracolumbar": "thoracic"}.get(
        place, place.split("_")[0]
    )


def _supply(target: Target) -> NerveSupply:
    place = place_of(target)
    where, course = evidence.get(f"innervation.place.{place}"), evidence.get(f"innervation.course.{place}")
    size = evidence.get(_diameter_key(place))
    family = "sacral_foramen" if place.startswith("sacral_foramen") else place
    prefix = f"innervation.view.{family}"
    views = tuple(
        _finding(entry, key.removeprefix(prefix + ".").replace("_", " "))
        for key, entry in evidence.select(prefix).items()
    )
    low, high = (size.number if bound is None else bound for bound in (size.low, size.high))
    return NerveSupply(
        target=target,
        place=str(where.value),
        course=str(course.value),
        diameter_mm=size.number,
        diameter_range_mm=(low, high),
        views=views,
        stop=_finding(evidence.get(f"innervation.stop.{family}"), "stop"),
        variants=tuple(_variants(target, place)),
        sources=tuple(dict.fromkeys((where.source, course.source, size.source))),
    )


def _diameter_key(place: str) -> str:
    if place == "third_occipital":
        return "anatomy.cervical.third_occipital_nerve_diameter"
    if place.startswith("sacral_foramen"):
        return "innervation.diameter.sacral_lateral_branch"
    return {
        "cervical_pillar": "anatomy.cervical.medial_branch_diameter",
        "cervical_c7": "anatomy.cervical.medial_branch_diameter",
        "thoracic_process": "innervation.diameter.thoracic_medial_branch",
        "thoracolumbar": "innervation.diameter.thoracic_medial_branch",
    }.get(place, "anatomy.lumbar.medial_branch_diameter")


def _variants(target: Target, place: str) -> list[Finding]:
    """How this nerve varies; each with its published probability."""
    root = target.nerve.split()[0]
    rows: list[tuple[str, str, str]] = []
    if target.bone in {"C4", "C5", "C6", "C7"}:
        key = f"anatomy.cervical.second_medial_branch_probability.{target.bone}"
        rows.append((key, "second branch", f"more than one medial branch at {target.bone}"))
    elif root in {"T5", "T6", "T7", "T8"} and place == "thoracic_process":
        text = "turns above the superolateral corner of the transverse process, not on bone"
        rows.append(("innervation.variant.thoracic_above_corner", "above the corner", text))
    elif root == "T10":
        text = "passes above the transverse process instead of across its tip"
        rows.append(("innervation.variant.t10_above_process", "above the process", text))
    elif place == "lumbar_neck":
        if root[0] == "L":  # L1 to L4 were studied
            key = "anatomy.lumbar.recurrent_branch_to_upper_joint_probability"
            text = "a recurrent branch to the upper of its two joints; every branch supplies the lower one"
            rows.append((key, "branch to the upper joint", text))
        for count in ("two", "three", "four"):
            key = f"anatomy.lumbar.dorsal_ramus_branches.{count}"
            rows.append((key, f"{count} branches", f"the dorsal ramus has {count} branches at the neck"))
    elif place == "sacral_ala":
        rows.append(("anatomy.sacral.root_contribution.L5", "to the sacroiliac joint", "takes part in its supply"))
    elif place.startswith("sacral_foramen"):
        rows.append((f"anatomy.sacral.root_contribution.{root}", "to the sacroiliac joint", "takes part in its supply"))
        if root == "S1":
            for key, text in (("below", "below"), ("above", "above")):
                rows.append(
                    (
                        f"anatomy.sacral.network.separate_s1_{key}_tst1",
                        "separate branch",
                        f"a branch of its own crosses the lateral crest {text} the first transverse tubercle",
                    )
                )
    return [_finding(evidence.get(key), name, text, number=True) for key, name, text in rows]


def _joint_variants(joint: str) -> tuple[Finding, ...]:
    if joint == "SIJ":
        key = "anatomy.sacral.network.between_tst2_and_tst3"
        text = "the posterior sacral network crosses the lateral crest between the second and third transverse tubercle"
        return (_finding(evidence.get(key), "crossing", text, number=True),)
    key = "innervation.variant.aberrant_supply"
    return (_finding(evidence.get(key), "aberrant supply", "the joint has supply besides these nerves", number=True),)


def _conflicts(region: str) -> tuple[Conflict, ...]:
    prefix = f"innervation.conflict.{region}."
    questions: dict[str, str] = {}
    said: dict[str, list[Finding]] = {}
    for key, entry in evidence.select(prefix.rstrip(".")).items():
        name, part = key.removeprefix(prefix).split(".")
        if part == "question":
            questions[name] = str(entry.value)
        else:
            said.setdefault(name, []).append(_finding(entry, part))
    return tuple(Conflict(question, tuple(said[name])) for name, question in questions.items())


def _finding(entry: Entry, name: str, text: str = "", *, number: bool = False) -> Finding:
    return Finding(
        name=name,
        text=text or str(entry.value),
        probability=entry.number if number else None,
        n=entry.n,
        denominator=entry.denominator,
        source=entry.source,
        tag=entry.tag.value,
        evidence_key=entry.key,
    )


def _rows(joint: str) -> list[object]:
    value = evidence.get(f"innervation.joint.{joint.replace('/', '_')}").value
    if not isinstance(value, list) or not value:
        raise EvidenceError(f"The innervation of {joint} is not a list of nerves; repair innervation.toml.")
    return value


def _target(row: object, joint: str, side: Side) -> Target:
    match = _ROW.fullmatch(str(row))
    if match is None or match["bone"] not in VERTEBRAE:
        raise EvidenceError(f"The innervation of {joint} holds '{row}'; write 'NERVE at BONE' in innervation.toml.")
    return Target(match["nerve"], match["bone"], side)
