"""One treatment from the question "is this joint the source of the pain?" to "when will it wear off?".

:func:`treat` is the whole path, in the order in which a patient walks it. Every room it passes takes typed values in
and gives typed values out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from neurotomy.anatomy import Anatomy, Target
from neurotomy.anatomy.landmarks import Landmark
from neurotomy.case import Case
from neurotomy.coverage import Coverage, cover
from neurotomy.coverage.palisade import PalisadeLesion, burn_palisades, each_with_its_lesions
from neurotomy.coverage.several import LesionsOnNerve, lesions_for
from neurotomy.equipment.electrode import Electrode
from neurotomy.geometry import Volume
from neurotomy.guidance.guide import guide, place
from neurotomy.guidance.palisade import TECHNIQUE
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.result import Guidance
from neurotomy.lesion import Lesion
from neurotomy.lesion.volumetric import VolumeLesion
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance, sha256_of_file
from neurotomy.recovery import Recovery, forecast_joints
from neurotomy.results import Result
from neurotomy.selection import Selection, assess

__all__ = ["Treatment", "evidence_of", "find_nerves", "place_needles", "several_lesions", "treat"]


@dataclass(frozen=True)
class Treatment(Result):
    """Everything that one case leads to: a field for each room of the path.

    Attributes
    ----------
    case
        What a person stated.
    selection
        Is the joint the source of the pain: the first joint of the case.
    anatomy
        The CT and the nerves on it.
    guidance
        Needles, their checks and their radiographs.
    lesion
        One heat lesion for each needle, in the needles' order, in one tissue all around; for a needle of a palisade
        what its bipolar pairs do on its side of them.
    lesion_in_tissue
        The same in the tissue that this CT shows around each needle, where the case asks for it; coverage then rests
        on these.
    coverage
        What the lesions take of each nerve.
    recovery
        What the patient can expect of all joints together; each by itself in its `joints`.
    provenance
        What produced this.
    further_selections
        The same question for each further joint of the case, by joint.
    """

    case: Case
    selection: Selection
    anatomy: Anatomy
    guidance: Guidance
    lesion: tuple[Lesion | VolumeLesion, ...]
    coverage: Coverage
    recovery: Recovery
    provenance: Provenance
    further_selections: Mapping[str, Selection] = field(default_factory=dict)
    lesion_in_tissue: tuple[VolumeLesion, ...] = ()


def treat(case: Case, progress: Progress = SILENT) -> Treatment:
    """Take one case along the whole path.

    Parameters
    ----------
    case : Case
        From :func:`neurotomy.case.read_case`.
    progress : Progress
        Told about every stage; cancels between and within them.

    Returns
    -------
    Treatment

    Raises
    ------
    NeurotomyError
        The room that could not go on says what was given, what was expected and what to do.
    """
    selections = {
        joint: assess(joint, case.side, case.blocks_of(joint), case.treatment.rule_set) for joint in case.joints
    }
    anatomy = find_nerves(case, progress.part(0.0, 0.35, "anatomy"))
    placements = place_needles(case, anatomy, progress.part(0.35, 0.50, "needles"), every_lesion=True)
    guidance = guide(anatomy, placements, progress.part(0.50, 0.75, "radiographs"))
    lesion = _burn(case, placements, progress.part(0.75, 0.80, "lesion"))
    in_tissue = _burn_in_tissue(case, anatomy, placements, lesion, progress.part(0.80, 0.85, "lesion"))
    coverage = cover(
        *each_with_its_lesions(anatomy, placements, in_tissue or lesion),
        samples=case.uncertainty.samples,
        seed=case.uncertainty.seed,
        progress=progress.part(0.85, 0.98, "coverage"),
    )
    first, *further = case.joints
    recovery = forecast_joints(selections, coverage, case.side, seed=case.uncertainty.seed)
    progress(1.0, "done")
    found = (*selections.values(), guidance, *lesion, *in_tissue, coverage, recovery)
    return Treatment(
        case=case,
        selection=selections[first],
        anatomy=anatomy,
        guidance=guidance,
        lesion=lesion,
        lesion_in_tissue=in_tissue,
        coverage=coverage,
        recovery=recovery,
        provenance=Provenance.now(_input_hashes(case), case.uncertainty.seed, tuple(evidence_of(found))),
        further_selections={joint: selections[joint] for joint in further},
    )


def find_nerves(case: Case, progress: Progress = SILENT) -> Anatomy:
    """The CT of a case, and the nerves to be treated on it.

    Raises
    ------
    ImageError, AnatomyError
        When the CT or label map cannot be read, or does not show a level or side that the case names.
    """
    targets = case.treated_targets
    if case.ct_path is None:
        return _on_built_in_spine(targets, case, progress)
    from neurotomy.anatomy.locate import locate_nerves
    from neurotomy.imaging import read_ct, read_labels

    image = read_ct(case.ct_path, progress.part(0.0, 0.3), case.imaging.series)
    labels: Volume | None = None
    if case.labels_path is not None:
        labels = read_labels(case.labels_path, image.volume, case.imaging.label_scheme)
    begun = 0.3
    if case.labels_made_by is not None:
        from neurotomy.imaging.totalsegmentator import label_with_totalsegmentator

        begun = 0.8
        labels = label_with_totalsegmentator(image.volume, progress.part(0.3, begun))
    courses = locate_nerves(image.volume, labels, targets, _landmarks(case), progress.part(begun, 1.0))
    return Anatomy(
        ct=image.volume,
        labels=labels,
        courses=courses,
        source=image.description,
        levels_confirmed_by=case.imaging.levels_confirmed_by,
        levels_confirmed_on=case.imaging.levels_confirmed_on,
        warnings=(*image.warnings, *_unconfirmed(case)),
    )


def place_needles(
    case: Case, anatomy: Anatomy, progress: Progress = SILENT, *, every_lesion: bool = False
) -> tuple[Placement, ...]:
    """The needles of a case, as given or planned, in the order of the nerves.

    With `every_lesion`, planned nerves get all that the case asks for: several lesions where one does not cover a nerve
    (`lesions_per_nerve`), and a palisade for lateral branches of the sacrum unless the case says otherwise. Without it
    (where only one needle for each nerve can be shown) each gets a needle along it.

    Raises
    ------
    GuidanceError
        When no needle can reach a nerve.
    """
    row = every_lesion and case.treatment.sacral == "palisade"
    several = every_lesion and case.plan and case.treatment.lesions_per_nerve != 1
    part = progress.part(0.0, 0.5) if several else progress
    placed = place(anatomy, case.electrode, case.given_placements, part, palisade=row)
    if not several:
        return placed
    found = several_lesions(case, anatomy, placed, progress.part(0.5, 1.0))
    return tuple(placement for one in found for placement in one.placements)


def several_lesions(
    case: Case, anatomy: Anatomy, placed: Sequence[Placement], progress: Progress = SILENT
) -> tuple[LesionsOnNerve, ...]:
    """For each planned needle the lesions that its nerve is given by ``lesions_per_nerve``; a palisade stays as it is.

    How many are needed is decided with the lesion in one tissue all around, also where the case asks for that of the
    CT.
    """
    wanted = case.treatment.lesions_per_nerve
    count = wanted if isinstance(wanted, int) else None
    made: dict[str, Lesion | VolumeLesion] = {}
    found = []
    for n, first in enumerate(placed):
        if first.technique == TECHNIQUE:
            found.append(LesionsOnNerve((first,), (), (), "One of a row; see the palisade."))
            continue
        if first.electrode.name not in made:
            made[first.electrode.name] = _in_one_tissue(case, first.electrode, SILENT)
        part = progress.part(n / len(placed), (n + 1) / len(placed))
        lesion_at = partial(_at, lesion=made[first.electrode.name])
        course = anatomy.course(first.target)
        found.append(lesions_for(first, course, anatomy, lesion_at, count, seed=case.uncertainty.seed, progress=part))
    return tuple(found)


def _on_built_in_spine(targets: Sequence[Target], case: Case, progress: Progress) -> Anatomy:
    """The nerves as they truly run on the region of the built-in spine that holds them all."""
    from neurotomy.anatomy.regions.held import region_holding
    from neurotomy.anatomy.spine import built_in_spine

    region = region_holding(targets)
    spine = built_in_spine(case.imaging.seed, progress, region)  # type: ignore[call-overload]
    variation = "" if case.imaging.seed is None else f", variation {case.imaging.seed}"
    return Anatomy(
        ct=spine.ct,
        labels=spine.labels,
        courses=tuple(spine.course(target) for target in targets),
        source=f"built-in {region} spine{variation} (made by neurotomy, not a patient)",
        levels_confirmed_by=case.imaging.levels_confirmed_by or "known by construction",
        levels_confirmed_on=case.imaging.levels_confirmed_on,
    )


def _landmarks(case: Case) -> tuple[Landmark, ...]:
    return tuple(Landmark(m.bone, m.side, m.name, np.array(m.lps_mm)) for m in case.landmarks)


def _unconfirmed(case: Case) -> tuple[str, ...]:
    if case.imaging.levels_confirmed_by:
        return ()
    return (
        "Nobody has confirmed level and side on this CT: count them, and write who did so and when in the case as "
        "imaging.levels_confirmed_by and imaging.levels_confirmed_on.",
    )


def _burn(case: Case, placements: Sequence[Placement], progress: Progress) -> tuple[Lesion | VolumeLesion, ...]:
    """One lesion for each needle; needles that are alike in homogeneous tissue share theirs."""
    made: dict[str, Lesion | VolumeLesion] = {}
    rows = burn_palisades(
        placements,
        case.protocol,
        tissue=case.equipment.tissue,
        start_c=case.equipment.start_c,
        perfusion=case.equipment.perfusion,
        progress=progress.part(0.0, 0.5) if any(p.technique == TECHNIQUE for p in placements) else SILENT,
    )
    progress = progress.part(0.5, 1.0) if rows else progress
    different = list(dict.fromkeys(p.electrode.name for n, p in enumerate(placements) if n not in rows))
    for n, name in enumerate(different):
        electrode = next(p.electrode for p in placements if p.electrode.name == name)
        made[name] = _in_one_tissue(case, electrode, progress.part(n / len(different), (n + 1) / len(different)))
    return tuple(rows[n] if n in rows else _at(p, made[p.electrode.name]) for n, p in enumerate(placements))


def _in_one_tissue(case: Case, electrode: Electrode, progress: Progress) -> Lesion | VolumeLesion:
    from neurotomy.lesion.any_electrode import simulate_in_one_tissue

    return simulate_in_one_tissue(
        electrode,
        case.protocol,
        tissue=case.equipment.tissue,
        start_c=case.equipment.start_c,
        perfusion=case.equipment.perfusion,
        progress=progress,
    )


def _at(placement: Placement, lesion: Lesion | VolumeLesion) -> Lesion | VolumeLesion:
    """A lesion in one tissue where the needle is; one that is the same all around needs no place."""
    return lesion if isinstance(lesion, Lesion) else lesion.posed(placement.needle_from_lps)


def _burn_in_tissue(
    case: Case,
    anatomy: Anatomy,
    placements: Sequence[Placement],
    alone: Sequence[Lesion | VolumeLesion],
    progress: Progress,
) -> tuple[VolumeLesion, ...]:
    """One lesion for each needle in the tissue around it, if the case asks for it; those of a palisade as `alone`."""
    if not case.equipment.tissue_of_ct:
        return ()
    from neurotomy.lesion.volumetric.on_ct import simulate_on_ct

    return tuple(
        lesion
        if isinstance(lesion, PalisadeLesion)
        else simulate_on_ct(
            placement.electrode,
            case.protocol,
            anatomy.ct,
            anatomy.labels,
            placement.tip_lps_mm,
            placement.shaft_direction,
            bend_lps=placement.bend_direction,
            start_c=case.equipment.start_c,
            perfusion=case.equipment.perfusion,
            progress=progress.part(n / len(placements), (n + 1) / len(placements), placement.target.label),
        )
        for n, (placement, lesion) in enumerate(zip(placements, alone, strict=True))
    )


def _input_hashes(case: Case) -> dict[str, str]:
    files = {"ct": case.ct_path, "labels": case.labels_path}
    return {role: _hash(path) for role, path in files.items() if path is not None}


def _hash(path: Path) -> str:
    if path.is_file():
        return sha256_of_file(path)
    import hashlib

    # A DICOM folder: the hash of its files' hashes, in the order of these, so that file names do not matter.
    whole = hashlib.sha256()
    for one in sorted(sha256_of_file(file) for file in path.rglob("*") if file.is_file()):
        whole.update(one.encode())
    return whole.hexdigest()


def evidence_of(value: Any) -> Iterator[str]:
    """Evidence keys and sources that any part of a result names."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from evidence_of(item)
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            child = getattr(value, f.name)
            if f.name == "evidence":
                yield from ((child,) if isinstance(child, str) else child)
            elif not f.metadata.get("internal"):
                yield from evidence_of(child)
