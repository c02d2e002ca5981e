"""Burn with a session's needles: the lesion is told as soon as it is there, what it takes of the nerves follows.

A lesion in one tissue all around is there in tenths of a second; in the tissue of the CT it takes seconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurotomy.errors import GuidanceError
from neurotomy.guidance.placement import Placement
from neurotomy.lesion import Lesion
from neurotomy.progress import SILENT, Progress
from neurotomy.web.session import Session

if TYPE_CHECKING:
    from neurotomy.lesion.march import Step
    from neurotomy.lesion.volumetric import VolumeLesion

__all__ = ["burn_again", "burn_on_ct", "burn_preview", "to_burn_again"]


def burn_preview(session: Session, progress: Progress = SILENT) -> Lesion | VolumeLesion:
    """The lesion of the needle that is worked on, in one tissue all around.

    A straight electrode takes some tenths of a second, and can be watched while it grows; a curved one takes seconds,
    one with tines a quarter of a minute.

    Raises
    ------
    NeurotomyError
        When the electrode cannot follow the protocol, or the needle was moved meanwhile.
    """
    from neurotomy.lesion.any_electrode import simulate_in_one_tissue
    from neurotomy.lesion.growth import growth

    placement, around = session.needle(), _around(session)
    electrode = placement.electrode
    steps: list[Step] = []
    lesion = simulate_in_one_tissue(electrode, session.case.protocol, **around, progress=progress, watch=steps.append)
    if not electrode.axisymmetric:
        assert not isinstance(lesion, Lesion)
        lesion = lesion.posed(placement.needle_from_lps)
    _keep(session, placement, lesion, in_one_tissue=True)
    _cover(session)
    if steps:  # of a straight electrode
        grown = growth(electrode, steps, start_c=around["start_c"])
        with session.lock:
            if session.lesions.get(placement.target.label) is lesion:  # else the needle was moved meanwhile
                session.growth = grown
    session.tell("lesion", "meaning")
    return lesion


def burn_on_ct(session: Session, progress: Progress = SILENT) -> VolumeLesion:
    """The same in the tissue of this CT.

    Raises
    ------
    Cancelled
        When the watcher asks to stop; what was there before stays.
    NeurotomyError
        As :func:`burn_preview`.
    """
    from neurotomy.lesion.volumetric.on_ct import simulate_on_ct

    anatomy, _ = session.at_work()
    placement = session.needle()
    lesion = simulate_on_ct(
        placement.electrode,
        session.case.protocol,
        anatomy.ct,
        anatomy.labels,
        placement.tip_lps_mm,
        placement.shaft_direction,
        bend_lps=placement.bend_direction,
        start_c=session.case.equipment.start_c,
        perfusion=session.case.equipment.perfusion,
        progress=progress,
    )
    _keep(session, placement, lesion, in_one_tissue=False)
    _cover(session)
    session.tell("lesion", "meaning")
    return lesion


def to_burn_again(session: Session) -> tuple[str, ...]:
    """Straight needles that had a lesion in one tissue, and have none since something was changed."""
    return tuple(
        label
        for label, placement in session.placements.items()
        if label in session.burnt_before and label not in session.lesions and placement.electrode.axisymmetric
    )


def burn_again(session: Session, progress: Progress = SILENT) -> None:
    """Those of :func:`to_burn_again`: in one tissue all around they share their lesion."""
    from neurotomy.lesion import simulate

    labels = to_burn_again(session)
    if not labels:
        return
    needles = {label: session.placements[label] for label in labels}
    electrode = needles[labels[0]].electrode
    lesion = simulate(electrode, session.case.protocol, **_around(session), progress=progress)
    with session.lock:
        if any(session.placements.get(label) is not needle for label, needle in needles.items()):
            return  # moved once more; who listens comes again
        session.lesions |= dict.fromkeys(labels, lesion)
        session.coverage = session.recovery = None
        session.growth = session.playing_s = None
    _cover(session)
    session.tell("lesion", "meaning")


def _around(session: Session) -> dict[str, Any]:
    equipment = session.case.equipment
    return {"tissue": equipment.tissue, "start_c": equipment.start_c, "perfusion": equipment.perfusion}


def _keep(session: Session, placement: Placement, lesion: Lesion | VolumeLesion, *, in_one_tissue: bool) -> None:
    label = placement.target.label
    with session.lock:
        if session.placements.get(label) is not placement:
            raise GuidanceError("The needle was moved while the lesion was computed: burn again.")
        session.lesions[label] = lesion
        session.coverage = session.recovery = None
        session.growth, session.grown, session.playing_s = None, label, None
        session.burnt_before.discard(label)
        if in_one_tissue:
            session.burnt_before.add(label)


def _cover(session: Session) -> None:
    """Tell the lesions, so that they are seen at once, and find what they take of the nerves."""
    from neurotomy.coverage import cover

    session.tell("lesion")
    anatomy, _ = session.at_work()
    with session.lock:
        lesions = dict(session.lesions)
        burnt = [session.placements[label] for label in lesions]
    found = cover(
        [anatomy.course(placement.target) for placement in burnt],
        burnt,
        list(lesions.values()),
        samples=session.case.uncertainty.samples,
        seed=session.case.uncertainty.seed,
    )
    with session.lock:
        now = session.lesions
        # A lesion goes when its needle moves: what was found may be of the past.
        if now.keys() == lesions.keys() and all(now[label] is lesion for label, lesion in lesions.items()):
            session.coverage, session.recovery = found, None
