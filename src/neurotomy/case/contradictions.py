"""What each value allows but all together cannot be: the wrong nerve for a bone, the other side, two sources of images.

Each check is a generator of (place, message) and takes a case, or a :class:`~neurotomy.case.partial.Partial` case in
which some values could not be read: a check that needs one of those stops there.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from neurotomy.anatomy.names import JOINTS, Side, Target
from neurotomy.case.lines import Loc
from neurotomy.case.partial import Unread
from neurotomy.errors import AnatomyError, NeurotomyError, nearest

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Found", "contradictions", "missing_files"]

Found = tuple[Loc, str]
_SHORTEST_NEEDLE_MM = 5.0
_SURELY_BESIDE_MM = 10.0


def contradictions(case: Any) -> Iterator[Found]:
    """Every contradiction in `case`, a Case or a Partial one."""
    checks: list[Callable[[], Iterator[Found]]] = [
        lambda: _joints(case),
        lambda: _blocks_in_time(case),
        lambda: _imaging(case),
        lambda: _built_in(case),
        lambda: _needles(case),
        lambda: _unguided(case),
        lambda: _needle_for_each(case),
        lambda: _papers(case),
    ]
    for n in range(len(case.treatment.joints)) if _readable(lambda: case.treatment.joints) else ():
        checks.append(lambda n=n: _joint(case, n))  # type: ignore[misc]
    for name, check in (
        ("blocks", _block),
        ("targets", _target),
        ("landmarks", _landmark),
        ("placements", _placement),
    ):
        for n in range(len(getattr(case, name))):
            checks.append(lambda name=name, check=check, n=n: check(case, getattr(case, name)[n], (name, n)))  # type: ignore[misc]
    for run in checks:
        try:
            yield from run()
        except Unread:
            continue


def missing_files(case: Any, folder: Path) -> Iterator[Found]:
    """Files that `case` names and that are not there."""
    from pathlib import Path

    for name, kinds in (("ct", "a NIfTI file, a DICOM folder or a zip"), ("labels", "a label map")):
        try:
            given = getattr(case.imaging, name)
        except Unread:
            continue
        if name == "labels" and given == "totalsegmentator":
            continue  # a program, and no file
        if given is not None and not (path := folder / Path(given).expanduser()).exists():
            start = "" if Path(given).is_absolute() else " Paths start at the folder of the case file."
            yield ("imaging", name), f"'{given}' does not exist; expected {kinds}.{start}{_similar(path)}"


def _similar(path: Path) -> str:
    if not path.parent.is_dir():
        return f" There is no folder '{path.parent}'."
    advice = nearest(path.name, [p.name for p in path.parent.iterdir()])
    return f" {advice}" if advice.startswith("Did you") else ""


def _readable(read: Callable[[], Any]) -> bool:
    try:
        read()
    except Unread:
        return False
    return True


def _joints(case: Any) -> Iterator[Found]:
    joints = case.treatment.joints
    for n, joint in enumerate(joints):
        if joint in joints[:n]:
            yield ("treatment", "joints", n), f"{joint} is listed twice."


def _joint(case: Any, n: int) -> Iterator[Found]:
    from neurotomy.anatomy.innervation import targets_for
    from neurotomy.selection.region import region_of

    joint, region = case.treatment.joints[n], case.treatment.region
    if region is not None and region_of(joint) != region:
        yield ("treatment", "region"), f"{joint} is {region_of(joint)}, and the region says {region}."
    try:
        targets_for(joint, Side.RIGHT)  # the map is the same on both sides
    except AnatomyError as error:
        yield ("treatment", "joints", n), str(error)


def _built_in(case: Any) -> Iterator[Found]:
    """All nerves must lie in one image of the built-in spine."""
    from neurotomy.anatomy.regions.held import region_holding

    if case.imaging.source is None:
        return
    try:
        region_holding(target for target in _treated(case) if (target.nerve, target.bone) in _nerves())
    except AnatomyError as error:
        yield ("treatment", "joints"), str(error)


def _block(case: Any, block: Any, loc: Loc) -> Iterator[Found]:
    from neurotomy.selection.block import check_blocks

    if block.date is not None and block.date > (today := datetime.date.today()):
        yield (*loc, "date"), f"{block.date} lies in the future (today is {today}); give the day the block was done."
    joints = case.treatment.joints
    if block.joint is not None and block.joint not in joints:
        yield (*loc, "joint"), f"{block.joint} is not treated in this case. {nearest(block.joint, joints)}"
        return
    side = case.treatment.side
    wrong = False
    for n, target in enumerate(block.targets):
        for place, message in _off_by_one(target, (*loc, "targets", n)):
            wrong = True
            yield place, message
    try:
        whole = block.on(side)
    except NeurotomyError as error:
        yield (*loc, "targets" if block.targets else "placebo" if block.placebo else "agent"), str(error)
        return
    if wrong:
        return
    for joint in (block.joint,) if block.joint is not None else joints:
        try:
            check_blocks(joint, side, (whole,))
        except AnatomyError:
            return  # told with the joint
        except NeurotomyError as error:
            advice = "" if block.joint or len(joints) == 1 else ' Say which joint it was for: joint = "...".'
            yield (*loc, "targets") if block.targets else (*loc, "kind"), str(error) + advice
            return


def _blocks_in_time(case: Any) -> Iterator[Found]:
    last: datetime.date | None = None
    for n in range(len(case.blocks)):
        try:
            date = case.blocks[n].date
        except Unread:
            continue
        if date is not None and last is not None and date < last:
            yield ("blocks", n, "date"), f"{date} stands after {last}; list the blocks in the order of time."
        last = date or last


def _papers(case: Any) -> Iterator[Found]:
    papers = case.papers
    date = papers.procedure_date
    if date is None:
        for name in ("arrival_time", "time_zone"):
            if getattr(papers, name) is not None:
                yield ("papers", name), f"without a procedure_date the {name} says nothing; add the date or remove it."
        return
    if papers.time_zone is None:
        yield (
            ("papers", "procedure_date"),
            "the calendar needs the patient's time zone; add time_zone, for instance 'Europe/Madrid'.",
        )
    for n in range(len(case.blocks)):
        try:
            block = case.blocks[n].date
        except Unread:
            continue
        if block is not None and date <= block <= datetime.date.today():  # a block of the future is told with it
            yield (
                ("papers", "procedure_date"),
                f"{date} is not after the block of {block}; blocks come first, then the procedure.",
            )
            return


def _imaging(case: Any) -> Iterator[Found]:
    imaging = case.imaging
    source, ct, labels = imaging.source, imaging.ct, imaging.labels
    if source is not None and ct is not None:
        yield ("imaging", "ct"), "both the built-in spine and a CT are given; keep one."
    elif source is None and ct is None:
        yield ("imaging",), 'no images: give source = "built-in spine", or ct = "path".'
    if labels is not None and ct is None:
        yield ("imaging", "labels"), 'a label map without a CT; give ct = "path" too.'
    if imaging.series is not None and ct is None:
        yield ("imaging", "series"), 'a series without a CT; give ct = "path" of the DICOM folder or zip too.'
    if imaging.seed is not None and source is None:
        yield ("imaging", "seed"), "a seed varies the built-in spine, and a CT is given; remove it."
    yield from _confirmed(imaging)
    if ct is not None and labels is None:
        yield from _marks_needed(case)


def _confirmed(imaging: Any) -> Iterator[Found]:
    day = imaging.levels_confirmed_on
    if day is None:
        return
    if day > (today := datetime.date.today()):
        where = ("imaging", "levels_confirmed_on")
        yield where, f"{day} lies in the future (today is {today}); give the day on which the levels were counted."
    if not imaging.levels_confirmed_by:
        yield (
            ("imaging", "levels_confirmed_on"),
            "a day without a person; say in levels_confirmed_by who counted the levels, or remove the day.",
        )


def _marks_needed(case: Any) -> Iterator[Found]:
    """Without a label map, each bone must be marked by hand."""
    from neurotomy.anatomy.landmarks import MIDLINE, needed_for

    marks = [case.landmarks[n] for n in range(len(case.landmarks))]
    for target in _treated(case):
        held = {m.name for m in marks if m.bone == target.bone and (m.side is target.side or m.name in MIDLINE)}
        missing = [name for name in needed_for(target) if name not in held]
        missing += [] if held & set(MIDLINE) else [f"one of {', '.join(MIDLINE)}"]
        if missing:
            yield (
                ("imaging", "ct"),
                f"no label map, and no [[landmarks]] of {target.bone}, {target.side.value} for: {'; '.join(missing)}. "
                f"The {target.nerve} cannot be found: give labels, or mark these.",
            )


def _target(case: Any, target: Any, loc: Loc) -> Iterator[Found]:
    if wrong := list(_off_by_one(target, loc)):
        yield from wrong
        return
    side = case.treatment.side
    if target.side is not None and target.side is not side:
        yield _other_side(loc, target.side, side)
        return
    supply = _standard(case)
    if target.on(side) not in supply:
        joints = " and ".join(case.treatment.joints)
        yield (
            (*loc, "nerve"),
            f"the {target.on(side).label} does not supply {joints}; its nerves are: "
            f"{', '.join(t.label for t in supply)}. Add its joint, or remove it.",
        )
    for n in range(int(loc[1])):
        if case.targets[n].on(side) == target.on(side):
            yield loc, f"the {target.on(side).label} is listed twice."


def _landmark(case: Any, landmark: Any, loc: Loc) -> Iterator[Found]:
    from neurotomy.anatomy.landmarks import LANDMARKS, MIDLINE

    if landmark.name not in LANDMARKS:
        yield (*loc, "name"), f"Landmark '{landmark.name}' is not known. {nearest(landmark.name, LANDMARKS)}"
    if case.imaging.source is not None:
        yield loc, "landmarks are for a CT; on the built-in spine the nerves are known. Remove it."
    if landmark.name in MIDLINE:
        return
    if landmark.side is not case.treatment.side:
        yield _other_side(loc, landmark.side, case.treatment.side)
    for n in range(len(case.landmarks)):
        other = case.landmarks[n]
        if other.bone == landmark.bone and other.name in MIDLINE:
            to_left = landmark.lps_mm[0] - other.lps_mm[0]
            if to_left * landmark.side.sign <= 0:
                yield (
                    (*loc, "lps_mm"),
                    f"it lies {abs(to_left):.0f} mm to the patient's {'left' if to_left > 0 else 'right'} of the "
                    f"{other.name} and is said to be {landmark.side.value}.",
                )
                return


def _placement(case: Any, placement: Any, loc: Loc) -> Iterator[Found]:
    yield from _off_by_one(placement, loc)
    side = case.treatment.side
    if placement.side is not None and placement.side is not side:
        yield _other_side(loc, placement.side, side)
    elif not list(_off_by_one(placement, loc)) and placement.on(side) not in (treated := _treated(case)):
        yield (
            (*loc, "nerve"),
            f"the {placement.on(side).label} is no target of this case; its targets are: "
            f"{', '.join(t.label for t in treated)}.",
        )


def _needles(case: Any) -> Iterator[Found]:
    """Needle and cannula; and, where the midline is known, the side of the tip."""
    for n in range(len(case.placements)):
        placement = case.placements[n]
        tip, entry = placement.tip_lps_mm, placement.entry_lps_mm
        if case.imaging.source is not None and tip[0] * case.treatment.side.sign < -_SURELY_BESIDE_MM:
            given, side = case.treatment.side.opposite.value, case.treatment.side.value
            yield (
                ("placements", n, "tip_lps_mm"),
                f"the tip lies {abs(tip[0]):.0f} mm to the patient's {given} of the built-in spine's middle, and this "
                f"treatment is of the {side} side. +x is to the left.",
            )
        depth = math.dist(tip, entry)
        if depth < _SHORTEST_NEEDLE_MM:
            yield (
                ("placements", n, "entry_lps_mm"),
                f"tip and entry are {depth:.1f} mm apart; the entry is where the shaft passes the skin.",
            )
            continue
        if entry[1] < tip[1]:
            yield (
                ("placements", n, "entry_lps_mm"),
                f"the needle enters {tip[1] - entry[1]:.0f} mm in front of its tip: +y is toward the back. Are tip "
                "and entry exchanged?",
            )
        length = _electrode(case).cannula_length_mm
        if depth > length:
            yield (
                ("placements", n, "entry_lps_mm"),
                f"tip and entry are {depth:.0f} mm apart, and the cannula is {length:g} mm long.",
            )


def _unguided(case: Any) -> Iterator[Found]:
    if not case.plan and case.treatment.lesions_per_nerve != 1:
        yield (
            ("treatment", "lesions_per_nerve"),
            "it is for planned needles, and this case gives its own: write one [[placements]] for each lesion instead.",
        )
    if case.plan and len(case.placements):
        yield ("plan",), "plan = true and [[placements]] contradict each other; keep one."
    if not case.plan and not len(case.placements):
        yield (), "no needle: write plan = true at the top, or give [[placements]]."


def _needle_for_each(case: Any) -> Iterator[Found]:
    given = [case.placements[n] for n in range(len(case.placements))]
    if not given or case.plan:
        return
    placed = [placement.on(case.treatment.side) for placement in given]
    for target in _treated(case):
        if target not in placed:
            yield (
                ("placements", 0),
                f"no needle for the {target.label}; add one, or leave it out of [[targets]].",
            )


def _off_by_one(target: Any, loc: Loc) -> Iterator[Found]:
    """A nerve that does not exist, or that crosses another bone: the commonest way to a wrong level."""
    known = _nerves()
    nerve, bone = target.nerve, target.bone
    names = {name for name, _ in known}
    if nerve not in names:
        at = [name for name, where in known if where == bone]
        hint = f" At {bone} runs the {' and the '.join(at)}." if at else ""
        yield (*loc, "nerve"), f"Nerve '{nerve}' is not known. {nearest(nerve, names)}{hint}"
    elif (nerve, bone) not in known:
        bones = [where for name, where in known if name == nerve]
        at = [name for name, where in known if where == bone]
        hint = f"; at {bone} runs the {' and the '.join(at)}" if at else ""
        yield (*loc, "bone"), f"the {nerve} crosses {' and '.join(bones)}, not {bone}{hint}."


def _other_side(loc: Loc, given: Side, side: Side) -> Found:
    return (*loc, "side"), f"{given.value} given, and this treatment is of the {side.value} side."


def _standard(case: Any) -> tuple[Target, ...]:
    from neurotomy.anatomy.innervation import targets_for

    try:
        return tuple(dict.fromkeys(t for j in case.treatment.joints for t in targets_for(j, case.treatment.side)))
    except AnatomyError:
        raise Unread from None  # told with the joint


def _treated(case: Any) -> tuple[Target, ...]:
    targets = [case.targets[n] for n in range(len(case.targets))]
    return tuple(target.on(case.treatment.side) for target in targets) or _standard(case)


def _electrode(case: Any) -> Any:
    from neurotomy.equipment.catalogue import electrode

    given = case.equipment.electrode
    return electrode(given) if isinstance(given, str) else given


def _name(target: Target) -> str:
    return f"{target.nerve} at {target.bone}"


@cache
def _nerves() -> tuple[tuple[str, str], ...]:
    """Every (nerve, bone) that supplies a joint."""
    from neurotomy.anatomy.innervation import targets_for

    found: dict[tuple[str, str], None] = {}
    for joint in JOINTS:
        try:
            found.update(dict.fromkeys((t.nerve, t.bone) for t in targets_for(joint, Side.RIGHT)))
        except AnatomyError:
            continue
    return tuple(found)
