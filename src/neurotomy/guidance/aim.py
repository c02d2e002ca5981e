"""Where the C-arm looks from, for each kind of nerve: set by this patient's bone, not by book angles.

Every pose is a rule on the image: an end plate squared, a wall of bone seen edge on, a foramen opened, two pillars on
top of each other. It is worked out on the landmarks of this bone and, where the CT is at hand, on what
:mod:`~neurotomy.guidance.bearings` measures of end plate, symmetry and foramina. Published angles are kept to compare
with, not to aim by.

=====================  ==============================================================================================
view                   rule
=====================  ==============================================================================================
AP                     the superior end plate of this bone is squared, without a turn about its axis
ipsilateral oblique    T12 to S1: the lateral wall of the superior articular process is seen edge on, so that ear and
                       nose of the Scotty dog meet in a sharp notch; at the sacral ala less, for the iliac crest.
                       T1 to T11: along the transverse process, so that its dorsal surface is seen edge on
pillar                 C3 to C7: along the plane of the facet joint above, which opens; caudal tilt
foraminal oblique      C3 to C7: along the foramina above and below the pedicle, where they are most open on this CT;
                       without it square to the line from the body to the pillar, which the pedicle follows
declined, trajectory   down the needle; without a needle down the nerve
lateral                square to the plane of symmetry: both sides of the bone on top of each other
=====================  ==============================================================================================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import NerveCourse, Target
from neurotomy.anatomy.innervation import place_of
from neurotomy.errors import GuidanceError
from neurotomy.geometry import unit
from neurotomy.guidance.bearings import Bearings
from neurotomy.guidance.scene import neck_direction

__all__ = ["FIELD_MM", "VIEWS_OF_REGION", "directions", "oblique_deg", "region_of", "rule_of", "view_names"]

Array = NDArray[np.float64]

VIEWS_OF_REGION: dict[str, tuple[str, ...]] = {
    "lumbar": ("AP", "ipsilateral oblique", "declined", "lateral"),
    "cervical": ("AP", "pillar", "foraminal oblique", "trajectory", "lateral"),
    "thoracic": ("AP", "ipsilateral oblique", "trajectory", "lateral"),
    "sacral": ("AP", "trajectory", "lateral"),
}
"""Names of the views by region, in the order in which they are taken."""

FIELD_MM: dict[str, float] = {"lumbar": 300.0, "cervical": 180.0, "thoracic": 230.0, "sacral": 300.0}
"""Side of the square of the detector that is used, by region: the small bones of the neck are magnified."""

_LEAST_DEG, _MOST_DEG = 5.0, 85.0  # beyond it an oblique is no longer told from an AP or a lateral


def region_of(target: Target) -> str:
    """``cervical``, ``thoracic``, ``lumbar`` or ``sacral``: which views a nerve needs.

    The T11 medial branch at T12 is looked at as a lumbar one, as published, and so is the L5 dorsal ramus at the ala.
    """
    place = place_of(target)
    if place in ("lumbar_neck", "sacral_ala", "thoracolumbar"):
        return "lumbar"
    if place == "thoracic_process":
        return "thoracic"
    return "sacral" if place.startswith("sacral") else "cervical"


def view_names(target: Target) -> tuple[str, ...]:
    """Names of the views of this nerve, in the order in which they are taken."""
    return VIEWS_OF_REGION[region_of(target)]


def directions(
    course: NerveCourse, shaft_lps: Array | None = None, bearings: Bearings | None = None
) -> dict[str, Array]:
    """Unit vectors from the target to the receptor, LPS, by name of the view.

    Parameters
    ----------
    course : NerveCourse
        The nerve, with the frame and the landmarks of its bone.
    shaft_lps : ndarray or None
        Up the needle's shaft, for the view down the needle; None is up the nerve.
    bearings : Bearings or None
        How the bone stands on its CT; None trusts the course's own frame.
    """
    if bearings is not None:
        course = bearings.course
    frame = course.lps_from_vertebra
    side = course.target.side.sign
    region = region_of(course.target)
    down = neck_direction(course.neck.points_mm) if shaft_lps is None else np.asarray(shaft_lps, dtype=float)
    if shaft_lps is None and region != "lumbar":
        down = _from_behind(down, course)
    found = {
        "AP": frame.direction([0.0, 1.0, 0.0]),
        "lateral": frame.direction([float(side), 0.0, 0.0]) if bearings is None else side * bearings.lateral_lps,
        "declined": down,
        "trajectory": down,
    }
    if region in ("lumbar", "thoracic"):
        turn = np.radians(oblique_deg(course))
        found["ipsilateral oblique"] = frame.direction([side * np.sin(turn), np.cos(turn), 0.0])
    if region == "cervical":
        found["pillar"] = frame.direction(_along_joint(course))
        # Through the foramen of the treated side: it opens forwards and outwards, so the receptor behind the patient
        # stands towards the other side.
        turn = np.radians(oblique_deg(course))
        straight = frame.direction([-side * np.sin(turn), np.cos(turn), 0.0])
        opened = None if bearings is None else bearings.foramen_lps
        found["foraminal oblique"] = straight if opened is None else opened
    return {name: np.asarray(found[name], dtype=float) for name in view_names(course.target)}


def oblique_deg(course: NerveCourse) -> float:
    """How far the oblique view of this nerve is turned from the squared AP about the bone's own axis, degrees.

    Positive: towards the treated side for the ipsilateral oblique, to the other side for the foraminal oblique.

    Raises
    ------
    GuidanceError
        For a nerve that has no oblique view.
    """
    place = place_of(course.target)
    region = region_of(course.target)
    if region == "sacral":
        raise GuidanceError(f"The {course.target.label} has no oblique view.")
    if region == "cervical":
        front, back = _mark(course, "pillar_anterior"), _mark(course, "pillar_posterior")
        if front is None or back is None:
            front = back = _mark(course, "target", course.neck.points_mm.mean(axis=0))
        assert front is not None
        assert back is not None
        to_pillar = (front + back) / 2
        return float(np.clip(np.degrees(np.arctan2(to_pillar[1], to_pillar[0])), _LEAST_DEG, _MOST_DEG))
    names = ("tp_root_superior", "tp_tip") if region == "thoracic" else ("neck_ventral", "neck_dorsal")
    first, last = (_mark(course, name) for name in names)
    if first is None or last is None:
        turn = evidence.value("anatomy.lumbar.c_arm.oblique")
    else:
        along = last - first
        turn = float(np.clip(np.degrees(np.arctan2(along[0], along[1])), _LEAST_DEG, _MOST_DEG))
        if region == "lumbar":  # two marked points a few millimetres apart can be far off on a coarse CT
            turn = float(np.clip(turn, *_published("anatomy.lumbar.c_arm.oblique")))
    if place == "sacral_ala":  # the iliac crest stands in the way of the usual oblique
        turn = max(turn - evidence.value("anatomy.lumbar.c_arm.sacral_ala_oblique_less"), _LEAST_DEG)
    return turn


def rule_of(name: str, course: NerveCourse, to_detector_lps: Array, bearings: Bearings | None = None) -> list[str]:
    """What set this view for this patient, with the published angle beside it where there is one; sentences.

    Parameters
    ----------
    name : str
        Name of the view.
    course : NerveCourse
        The nerve.
    to_detector_lps : (3,) array
        Of the pose.
    bearings : Bearings or None
        What it was set by on this CT.
    """
    x, y, z = course.lps_from_vertebra.rotation.T @ to_detector_lps
    tilt_deg = float(np.degrees(np.arctan2(-z, np.hypot(x, y))))  # from the squared AP, positive caudal
    bone, place = course.target.bone, place_of(course.target)
    region = region_of(course.target)
    if name == "ipsilateral oblique" and region == "lumbar":
        own = oblique_deg(course)
        low, high = _published("anatomy.lumbar.c_arm.oblique")
        words = f"{own:.0f}° from the squared AP, where the lateral wall of the process is seen edge on"
        if place == "sacral_ala":
            words += ", and less for the iliac crest"
            least, most = _published("anatomy.lumbar.c_arm.sacral_ala_oblique_less")
            low, high = low - most, high - least
        outside = ""
        if own in (low, high):
            words = (
                f"{own:.0f}° from the squared AP, the end of the published range nearest to what the wall of bone asks"
            )
            outside = "; this patient's bone asks for more" if own == high else "; this patient's bone asks for less"
        return [f"{words}; published: {max(low, 0.0):.0f} to {high:.0f}°{outside}.", *_eye(course, own)]
    if name == "ipsilateral oblique":
        return [
            f"{oblique_deg(course):.0f}° from the squared AP: along the transverse process of {bone}, its dorsal "
            "surface edge on; no published angle."
        ]
    if name == "AP":
        return [*_squared(bearings), *_sacral_tilt(place, to_detector_lps)]
    if name == "lateral" and bearings is not None and bearings.symmetry_deg is not None:
        return [f"Square to the plane of symmetry of {bone} on this CT: both sides cover each other."]
    if name == "foraminal oblique" and bearings is not None and bearings.foramen_lps is not None:
        turn = float(np.degrees(np.arctan2(abs(x), y)))
        way = "caudal" if tilt_deg > 0 else "cranial"
        return [
            f"{turn:.0f}° from the squared AP and {abs(tilt_deg):.0f}° {way} of it, where the foramina above and below "
            f"the pedicle of {bone} are most open on this CT."
        ]
    if name == "foraminal oblique":
        return [f"{oblique_deg(course):.0f}° from the squared AP: square to the line from body to pillar."]
    if name == "pillar":
        return [f"{tilt_deg:.0f}° caudal of the squared AP: along the facet joint above {bone}, which opens."]
    if name == "declined" and region == "lumbar":
        low, high = _published("anatomy.lumbar.c_arm.caudal_tilt")
        outside = "" if low <= tilt_deg <= high else "; this needle follows the nerve on this bone"
        return [f"{tilt_deg:.0f}° caudal of the squared AP; published: {low:.0f} to {high:.0f}°{outside}."]
    return []


def _squared(bearings: Bearings | None) -> list[str]:
    """What of the AP was measured on this CT, and how far that is from the fitted frame of the bone."""
    if bearings is None:
        return []
    parts = [
        f"{what} ({off:.0f}° from the bone's fitted frame)"
        for what, off in (("end plate", bearings.end_plate_deg), ("symmetry", bearings.symmetry_deg))
        if off is not None
    ]
    return [f"Squared by what this CT shows: {', '.join(parts)}."] if parts else []


def _sacral_tilt(place: str, to_detector_lps: Array) -> list[str]:
    """The tilt of the AP of a sacrum beside the published one."""
    if not place.startswith("sacral_foramen"):
        return []
    tilt = float(np.degrees(np.arcsin(np.clip(to_detector_lps[2], -1.0, 1.0))))
    published = evidence.value("anatomy.sacral.foramen.cephalad_tilt")
    return [f"{abs(tilt):.0f}° {'cranial' if tilt > 0 else 'caudal'}; published: about {published:.0f}° cranial."]


def _published(key: str) -> tuple[float, float]:
    """The range in which the sources of an angle lie."""
    entry, value = evidence.get(key), evidence.value(key)
    return (value if entry.low is None else entry.low), (value if entry.high is None else entry.high)


def _eye(course: NerveCourse, turn_deg: float) -> list[str]:
    """Where the pedicle lies in the oblique view, from the target."""
    pedicle, target = _mark(course, "pedicle_centre"), _mark(course, "target")
    if pedicle is None or target is None:
        return []
    turn = np.radians(turn_deg)
    off = target - pedicle
    medial = float(off[0] * np.cos(turn) - off[1] * np.sin(turn))
    where = f"{abs(medial):.0f} mm {'medial' if medial >= 0 else 'lateral'} of the target"
    return [f"The middle of the pedicle, the eye, is then seen {where}."]


def _along_joint(course: NerveCourse) -> Array:
    """Backwards along the facet joint above, in the bone's sagittal plane: its frame."""
    top, middle = _mark(course, "sap_tip"), _mark(course, "joint_above")
    if top is None or middle is None or middle[1] - top[1] < 0.5:
        return np.array([0.0, 1.0, 0.0])
    return unit(np.array([0.0, middle[1] - top[1], middle[2] - top[2]]))


def _from_behind(direction: Array, course: NerveCourse) -> Array:
    """The direction along a nerve that a needle from the back could have: turned to leave the body dorsally."""
    dorsal = course.lps_from_vertebra.direction([0.0, 1.0, 0.0])
    along = direction if direction @ dorsal >= 0.0 else -direction
    least = 0.5  # a nerve may run across the back; a needle cannot
    if along @ dorsal >= least:
        return np.asarray(along)
    flat = along - (along @ dorsal) * dorsal
    return np.asarray(least * dorsal + np.sqrt(1.0 - least**2) * unit(flat))


def _mark(course: NerveCourse, name: str, otherwise: Array | None = None) -> Array | None:
    """A landmark in the bone's frame with x towards the treated side; None where this course does not hold it."""
    point = course.landmarks_mm.get(name, otherwise)
    if point is None:
        return None
    side = np.array([course.target.side.sign, 1.0, 1.0])
    return np.asarray(course.lps_from_vertebra.inverse()(np.asarray(point, dtype=float)) * side)
