"""Checks of one placed needle: technique and safety, each measured, graded, and with its reason and source.

``check_placement`` refuses what cannot be (a needle that never enters the body) and grades everything else. The checks
themselves are in :mod:`~neurotomy.guidance.safety_checks` and :mod:`~neurotomy.guidance.technique_checks`, those of
other regions than the low back in :mod:`~neurotomy.guidance.regional_checks`, those of a needle of a palisade in
:mod:`~neurotomy.guidance.palisade_checks`; their limits are in ``evidence/data/placement.toml``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy.anatomy import Anatomy, NerveCourse
from neurotomy.errors import GuidanceError
from neurotomy.geometry import Volume
from neurotomy.guidance.check import Check
from neurotomy.guidance.palisade import TECHNIQUE
from neurotomy.guidance.palisade_checks import palisade_needle_checks
from neurotomy.guidance.placement import FURTHER, Placement
from neurotomy.guidance.regional_checks import not_medial_in_region, not_ventral_in_region
from neurotomy.guidance.safety_checks import correct_level, correct_side, path_free_of_bone
from neurotomy.guidance.scene import Scene
from neurotomy.guidance.skin import body
from neurotomy.guidance.technique_checks import (
    along_neck,
    approach_angles,
    at_nerve,
    cannula_long_enough,
    entry_at_skin,
    on_bone,
    parallel_to_nerve,
)

__all__ = ["approach_angles", "check_placement", "graded"]

Array = NDArray[np.float64]


def check_placement(placement: Placement, course: NerveCourse, anatomy: Anatomy) -> tuple[Check, ...]:
    """Grade one needle against the nerve it is meant for.

    Parameters
    ----------
    placement : Placement
        The needle.
    course : NerveCourse
        The course of ``placement.target``.
    anatomy : Anatomy
        CT, labels where there are any, and all courses of the case.

    Returns
    -------
    tuple of Check
        Side and level first, then safety, then technique.

    Raises
    ------
    GuidanceError
        When the placement contradicts itself or the CT: the needle is for another nerve, its apex is off the CT or
        outside the body, it never enters the body, it enters from the front or inside bone.
    """
    return graded(Scene(placement, course, anatomy))


def graded(scene: Scene) -> tuple[Check, ...]:
    """The checks of one scene, as :func:`check_placement`."""
    _refuse_impossible(scene)
    if scene.placement.technique == TECHNIQUE:
        return palisade_needle_checks(scene)
    return (
        correct_side(scene),
        correct_level(scene),
        not_ventral_in_region(scene),
        not_medial_in_region(scene),
        path_free_of_bone(scene),
        on_bone(scene),
        parallel_to_nerve(scene),
        at_nerve(scene),
        # Which part of the neck a further lesion takes is open: the union with the first one is what counts.
        *(() if scene.placement.technique == FURTHER else (along_neck(scene),)),
        entry_at_skin(scene),
        cannula_long_enough(scene),
    )


def _refuse_impossible(s: Scene) -> None:
    placement, ct = s.placement, s.anatomy.ct
    if placement.target != s.course.target:
        raise GuidanceError(
            f"A needle for the {placement.target.label} was given with the course of the {s.course.target.label}. "
            "Check side and level of the placement."
        )
    tip, entry = np.asarray(placement.tip_lps_mm), np.asarray(placement.entry_lps_mm)
    if np.array_equal(tip, entry):
        raise GuidanceError(
            f"Tip and entry of the needle for the {placement.target.label} are the same point, {_point(tip)}. "
            "The entry is where the shaft passes the skin."
        )
    who = f"The needle for the {placement.target.label}"
    if not bool(ct.contains(tip)):
        low, high = _box(ct)
        raise GuidanceError(
            f"{who} has its tip at LPS {_point(tip)} mm, outside the CT (from {_point(low)} to {_point(high)}). "
            "Give the tip in patient LPS millimetres: x grows to the patient's left, y to the back, z to the head."
        )
    patient = body(ct)
    t = np.linspace(0.0, 1.0, max(int(np.ceil(placement.insertion_depth_mm)), 2))
    if not np.any(patient.sample(tip + t[:, None] * (entry - tip)) >= 0.5):
        raise GuidanceError(
            f"{who} never enters the body: between its entry {_point(entry)} and its tip {_point(tip)} there is only "
            "air. Check the signs of the coordinates (LPS, not RAS)."
        )
    if patient.sample(tip) < 0.5:
        raise GuidanceError(
            f"{who} has its tip at {_point(tip)}, in the air: it goes through the body and out again, "
            "or tip and entry are swapped."
        )
    dorsal = s.in_bone_frame(entry)[1] - s.in_bone_frame(tip)[1]
    if dorsal <= 0.0:
        raise GuidanceError(
            f"{who} enters from the front: its entry lies {-dorsal:.0f} mm ventral to its tip. "
            "The posterior approach needs an entry on the back; tip and entry may be swapped."
        )
    if bool(s.bone.within(entry)):
        raise GuidanceError(f"{who} has its entry {_point(entry)} inside bone. The entry is where it passes the skin.")


def _point(lps_mm: Array) -> str:
    return "(" + ", ".join(f"{v:.0f}" for v in np.asarray(lps_mm)) + ")"


def _box(ct: Volume) -> tuple[Array, Array]:
    top = np.array(ct.shape) - 1
    corners = ct.lps(np.array(list(np.ndindex(2, 2, 2))) * top)
    return corners.min(axis=0), corners.max(axis=0)
