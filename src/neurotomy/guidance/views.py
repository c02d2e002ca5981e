"""The radiographs of a neurotomy, each with what it must show before one goes on.

The poses are aimed by this patient's bone and this needle, not by book angles; :mod:`neurotomy.guidance.aim` has the
rule of each. The isocentre is the target in all of them. What must be seen away from the low back, and where to stop,
is said in the words of the evidence (``innervation.view``, ``innervation.stop``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.anatomy.innervation import place_of
from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume
from neurotomy.guidance.aim import FIELD_MM, VIEWS_OF_REGION, directions, region_of, rule_of, view_names
from neurotomy.guidance.bearings import Bearings, bearings_of
from neurotomy.guidance.carm import SECONDARY_LIMIT_DEG, CArm
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.radiograph import Projector
from neurotomy.guidance.realism import Look, collimated, fluoroscopic_image
from neurotomy.guidance.result import View
from neurotomy.progress import SILENT, Progress

__all__ = [
    "VIEWS_OF_REGION",
    "VIEW_NAMES",
    "projector_of",
    "save_png",
    "standard_views",
    "take",
    "view_names",
    "view_poses",
]

Array = NDArray[np.float64]

VIEW_NAMES = VIEWS_OF_REGION["lumbar"]
"""The views of the low back; those of every nerve are :func:`view_names`."""

_prepared: list[Projector] = []  # the last CT, ready for X-rays: four views of several needles come from one CT


def standard_views(
    placement: Placement,
    course: NerveCourse,
    anatomy: Anatomy,
    progress: Progress = SILENT,
    *,
    beside: Sequence[Placement] = (),
    look: Look | None = None,
    rows: int = 512,
) -> tuple[View, ...]:
    """The views of one needle: those of its region, for instance AP, ipsilateral oblique, declined and lateral.

    Parameters
    ----------
    placement : Placement
        The needle.
    course : NerveCourse
        The nerve it is meant for, with the vertebra's frame and the landmark ``target``.
    anatomy : Anatomy
        Holds the CT.
    progress : Progress
        Told of each view.
    beside : sequence of Placement
        Other needles that stand in the patient at the same time.
    look : Look or None
        Dose, polarity, window; None is the default.
    rows : int
        Pixels along each side.

    Raises
    ------
    GuidanceError
        When needle and nerve are not of the same target, or when the nerve lies on the other side of the vertebra than
        its name says.
    """
    look = Look() if look is None else look
    poses = view_poses(placement, course, anatomy, rows=rows)
    bearings = bearings_of(course, anatomy)
    progress(0.0, "Preparing the CT for X-rays")
    projector = projector_of(anatomy.ct)
    views = []
    for n, (name, carm) in enumerate(poses.items()):
        progress(n / len(poses), f"{name} view of the {course.target.label}: {carm.in_words}")
        image, lit = take(carm, projector, (placement, *beside), look)
        sentences = [*_must_show(name, course, carm, bearings), *_limits(name, carm, placement, lit, look)]
        target = course.target
        views.append(View(name, target, target.side, target.bone, carm, tuple(sentences), image))
    progress(1.0)
    return tuple(views)


def view_poses(
    placement: Placement | None, course: NerveCourse, anatomy: Anatomy | None = None, *, rows: int = 512
) -> dict[str, CArm]:
    """The C-arm's pose for each view of this nerve, by name.

    Parameters
    ----------
    placement : Placement or None
        The needle; without one the view down the needle looks down the nerve.
    course : NerveCourse
        The nerve, with the vertebra's frame and its landmarks.
    anatomy : Anatomy or None
        CT and labels, by which the C-arm is set as it is under the screen: end plate squared, both sides on top of each
        other, foramina open. None trusts the frame that was fitted to the bone.
    rows : int
        Pixels along each side.

    Raises
    ------
    GuidanceError
        As :func:`standard_views`.
    """
    _consistent(placement, course)
    isocentre = _target_lps_mm(course)
    bearings = None if anatomy is None else bearings_of(course, anatomy)
    found = directions(course, None if placement is None else placement.shaft_direction, bearings)
    pixel_mm = FIELD_MM[region_of(course.target)] / rows
    return {
        name: replace(CArm.along(isocentre, _within_reach(n)), rows=rows, columns=rows, pixel_mm=pixel_mm)
        for name, n in found.items()
    }


def take(
    carm: CArm, projector: Projector, placements: tuple[Placement, ...] = (), look: Look | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """One fluoroscopic image with these needles, and the part of it that is lit, each (rows, columns).

    The collimator opens where the CT holds the spine. What a body must have above and below the CT's ends is added as
    soft tissue, so that tilted views keep their brightness.
    """
    from neurotomy.guidance.needle import needle_mm  # its kernels are not loaded for those who only ask for poses

    look = Look() if look is None else look
    water, bone = projector.soft_and_bone_mm(carm)
    steel = np.zeros_like(water)
    for placement in placements:
        steel += needle_mm(carm, placement)
    lit = collimated(carm, look.collimator) & projector.holds_spine_at(carm)
    return fluoroscopic_image(carm, water + projector.beyond_ct_mm(carm), bone, steel, look, lit=lit), lit


def projector_of(ct: Volume) -> Projector:
    """The projector of this CT; that of the last CT is kept, for preparing one takes as long as a few images."""
    if not _prepared or _prepared[0].ct is not ct:
        _prepared[:] = [Projector(ct)]
    return _prepared[0]


def save_png(view: View, path: Path, *, placement: Placement | None = None, course: NerveCourse | None = None) -> None:
    """Write the stamped view: with the active tip marked when `placement` is given, and the nerve with `course`.

    Raises
    ------
    OutputError
        When the file cannot be written; what was there before stays.
    """
    from neurotomy.guidance.stamp import stamp, write_png

    write_png(stamp(view, placement=placement, course=course), path)


# -- aiming ------------------------------------------------------------------------------------------------------------


def _consistent(placement: Placement | None, course: NerveCourse) -> None:
    if placement is not None and placement.target != course.target:
        raise GuidanceError(
            f"The needle is for the {placement.target.label}, the nerve given is the {course.target.label}. "
            f"Give the course of the needle's own target."
        )
    bone, side = course.target.bone, course.target.side
    lateral = course.lps_from_vertebra.inverse()(_target_lps_mm(course))[0] * side.sign
    if lateral <= 0.0:
        raise GuidanceError(
            f"The {course.target.label} lies {-lateral:.0f} mm on the patient's {side.opposite.value} of the middle of "
            f"{bone}: left and right are swapped. Check the side in the case and the orientation of the CT."
        )


def _target_lps_mm(course: NerveCourse) -> Array:
    if "target" in course.landmarks_mm:
        return np.asarray(course.landmarks_mm["target"], dtype=float)
    neck = course.neck.points_mm
    return np.asarray(neck[len(neck) // 2])


def _within_reach(direction: Array) -> Array:
    """The nearest direction that the C-arm can reach without tilting beyond its limit."""
    limit = np.sin(np.radians(SECONDARY_LIMIT_DEG)) - 1e-9
    if abs(direction[2]) <= limit:
        return np.asarray(direction)
    flat = np.hypot(direction[0], direction[1])
    across = direction[:2] / flat if flat > 1e-6 else np.array([0.0, 1.0])
    return np.array([*(across * np.sqrt(1.0 - limit**2)), np.sign(direction[2]) * limit])


# -- sentences ---------------------------------------------------------------------------------------------------------


def _ap(course: NerveCourse) -> list[str]:
    bone, side = course.target.bone, course.target.side.value
    if bone == "S1":
        return [
            "Count the levels down to the sacrum before anything else; the superior end plate of S1 is squared.",
            f"The tip lies in the groove between the {side} sacral ala and the superior articular process of S1.",
            "STOP when the tip is medial to that process: the canal is there.",
        ]
    return [
        f"Count the levels: the {course.target.nerve} crosses {bone}. The superior end plate of {bone} is squared, "
        "the spinous process midway between the pedicles.",
        f"The tip lies at the {side} lateral margin of the superior articular process or just medial to it, "
        "at the height of the upper border of the transverse process.",
        "STOP when the tip is medial of the pedicle's middle: the canal is there.",
    ]


def _oblique(course: NerveCourse) -> list[str]:
    bone, side = course.target.bone, course.target.side.value
    if bone == "S1":
        return [
            f"Turned to the {side}, but less than for a vertebra: the iliac crest stands in the way.",
            "The tip lies at the bottom of the notch between sacral ala and superior articular process of S1.",
            "STOP when no bone lies behind the tip.",
        ]
    return [
        f"The Scotty dog looks to the {side}: its ear is the superior articular process of {bone}, "
        "its nose the transverse process, its eye the pedicle.",
        "The tip lies in the notch between ear and nose, lateral to the mamillary process. The eye is not the target.",
        "STOP when the tip slips over the upper edge of the transverse process: the foramen and its nerve lie beyond.",
    ]


def _declined(course: NerveCourse) -> list[str]:
    return [
        "Down the barrel: the needle is a dot, and the dot lies on the neck of the superior articular process"
        + (" of S1." if course.target.bone == "S1" else f" of {course.target.bone}, beside the transverse process."),
        "Advance in small steps along the beam, and touch bone.",
        "STOP when bone is not met at the expected depth: take the lateral view before going on.",
    ]


def _lateral(course: NerveCourse) -> list[str]:
    bone = course.target.bone
    return [
        f"A true lateral of {bone}: both pedicles and both posterior walls of the body cover each other.",
        "The active tip lies along the neck of the superior articular process, over its middle two quarters.",
        "STOP: never ventral to the posterior margin of the foramen (the base of the superior articular process).",
    ]


_MUST_SHOW: dict[str, Callable[[NerveCourse], list[str]]] = {
    "AP": _ap,
    "ipsilateral oblique": _oblique,
    "declined": _declined,
    "lateral": _lateral,
}


def _must_show(name: str, course: NerveCourse, carm: CArm, bearings: Bearings | None = None) -> list[str]:
    """What this view must show of this nerve, how it was set, and where to stop."""
    if bearings is not None:
        course = bearings.course
    set_by = rule_of(name, course, carm.to_detector, bearings)
    if region_of(course.target) == "lumbar":
        shown = _MUST_SHOW[name](course)
        return [shown[0], *set_by, *shown[1:]]
    place, side = place_of(course.target), course.target.side.value
    place_of_views = "sacral_foramen" if place.startswith("sacral_foramen") else place
    known = evidence.select(f"innervation.view.{place_of_views}")
    key = f"innervation.view.{place_of_views}.{name.replace(' ', '_')}"
    shown = [f"{side.capitalize()}, {course.target.nerve} at {course.target.bone_in_words}."]
    if key in known:
        shown += [f"{text[0].upper()}{text[1:]}." for text in [str(known[key].value)]]
    elif name == "trajectory":
        shown += ["Down the barrel: the needle is a dot on bone. Advance in small steps along the beam."]
    elif name == "pillar":
        shown += ["The joints above and below are open lines, and the lateral margin between them is the waist."]
    elif name == "ipsilateral oblique":
        shown += ["The transverse process end on: the tip lies on its dorsal surface, ribs and pleura in front of it."]
    stop = str(evidence.get(f"innervation.stop.{place_of_views}").value)
    return [*shown, *set_by, f"STOP: {stop}."]


def _limits(name: str, carm: CArm, placement: Placement, lit: NDArray[np.bool_], look: Look) -> list[str]:
    """What this picture cannot show."""
    sentences = []
    if name in ("declined", "trajectory"):
        off = np.degrees(np.arccos(np.clip(carm.to_detector @ placement.shaft_direction, -1.0, 1.0)))
        if off > 0.5:
            sentences.append(
                f"The needle is steeper than the C-arm's {SECONDARY_LIMIT_DEG:.0f}°: this view is {off:.0f}° off it."
            )
    if np.count_nonzero(lit) < 0.98 * np.count_nonzero(collimated(carm, look.collimator)):
        sentences.append("The CT ends inside this field; the collimator is closed where it holds no spine.")
    column, row = np.rint(carm.project(placement.tip_lps_mm)).astype(int)
    if not (0 <= row < carm.rows and 0 <= column < carm.columns and lit[row, column]):
        sentences.append("WARNING: the tip of the needle lies outside this field.")
    return sentences
