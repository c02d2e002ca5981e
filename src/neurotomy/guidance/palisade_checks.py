"""Checks of one needle of a palisade: it stands upright on bone beside the foramina, and is not laid along a nerve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.geometry import unit
from neurotomy.guidance.bone import nearest_bones
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.palisade import palisade_courses
from neurotomy.guidance.safety_checks import correct_side, path_free_of_bone
from neurotomy.guidance.scene import Scene, grade
from neurotomy.guidance.technique_checks import cannula_long_enough, entry_at_skin, on_bone

__all__ = ["palisade_needle_checks"]

Array = NDArray[np.float64]

_SLOPE_MM = 3.0
_STOP = "innervation.stop.sacral_foramen"


def palisade_needle_checks(s: Scene) -> tuple[Check, ...]:
    """Side and bone first, then safety, then technique."""
    return (
        correct_side(s),
        on_the_sacrum(s),
        lateral_to_all_foramina(s),
        not_into_foramen(s),
        path_free_of_bone(s),
        on_bone(s),
        upright(s),
        entry_at_skin(s),
        cannula_long_enough(s),
    )


def on_the_sacrum(s: Scene) -> Check:
    """Apex at the height of the foramina of the row, and nearest to the sacrum where there is a label map."""
    ok, most = evidence.value("placement.level.ok"), evidence.value("placement.level.warning")
    levels = [s.in_bone_frame(centre)[2] for centre, _ in _foramina(s)]
    height = float(s.in_bone_frame(s.active)[0, 2])
    off = float(max(height - max(levels), min(levels) - height, 0.0)) if levels else 0.0
    status = grade(off, ok, most)
    words = (
        "The apex lies at the height of the foramina that the row is for."
        if off < 0.5
        else f"The apex lies {off:.0f} mm above or below the foramina that the row is for."
    )
    bones = nearest_bones(s.anatomy, s.active[:1], most)
    own, other = bones.get("S1", np.inf), min((d for n, d in bones.items() if n != "S1"), default=np.inf)
    if own - other > 2 * s.bone.blur_mm + 1.0:
        status = Status.ERROR
        words = "WRONG LEVEL: the apex lies nearer to a vertebra than to the sacrum. Count the levels again."
    limit = f"≤ {ok:g} mm ok, ≤ {most:g} mm warning, and nearer to the sacrum than to a vertebra"
    return Check("on the sacrum", status, off, "mm", limit, words, "placement.level.ok")


def lateral_to_all_foramina(s: Scene) -> Check:
    """Active tip clear of every posterior foramen of this side as seen from behind, and not medial of them."""
    ok = evidence.value("placement.medial.ok")
    active = s.in_bone_frame(s.active)
    beyond = -np.inf
    for centre_lps, rim_lps in _foramina(s):
        centre, rim = s.in_bone_frame(centre_lps), s.in_bone_frame(rim_lps)
        radius = float(np.hypot(rim[0] - centre[0], rim[2] - centre[2]))
        off = np.hypot(active[:, 0] - centre[0], active[:, 2] - centre[2])
        beside = np.abs(active[:, 2] - centre[2]) <= radius
        medial = float((centre[0] - active[beside, 0]).max()) if beside.any() else -np.inf
        beyond = max(beyond, radius - float(off.min()), medial)
    status = grade(beyond, ok, ok)
    words = (
        f"On the AP view the active tip stays {-beyond:.1f} mm clear of the posterior foramina, on their lateral side."
        if status is Status.OK
        else f"STOP: on the AP view the active tip reaches {beyond:.1f} mm over a posterior foramen or medial of it. "
        "Withdraw and go down on bone lateral to its edge."
    )
    limit = f"≤ {ok:g} mm ok, above it error (over an opening, or medial of its middle)"
    return Check("lateral to the foramen", status, beyond, "mm", limit, words, _STOP)


def not_into_foramen(s: Scene) -> Check:
    """Apex not deeper than the bone beside the foramina: it rests on bone and went through no opening."""
    # A blunt needle upright on bone is stopped by it; only where there is no bone under it can it go on.
    most = evidence.value("placement.on_bone.inside") + s.bone.blur_mm
    shaft = s.placement.shaft_direction
    t = np.arange(0.0, 6.01, 0.25)
    below = np.asarray(s.placement.tip_lps_mm) - t[:, None] * shaft
    bone_under = bool(s.bone.within(below).any())
    deep = -float(s.bone_distance.sample(s.active[:1], outside=20.0)[0])
    status = Status.OK if bone_under and deep <= most else Status.ERROR
    words = {
        True: "Bone lies under the apex: it cannot slip through a foramen.",
        False: "STOP: no bone lies within 6 mm under the apex. Withdraw and find the back of the sacrum again.",
    }[bone_under]
    if bone_under and status is Status.ERROR:
        words = f"STOP: the apex lies {deep:.1f} mm deeper than the bone's surface. Draw it back onto bone."
    limit = f"bone under the apex, and at most {most:.2g} mm into it"
    return Check("not into a foramen", status, deep, "mm", limit, words, _STOP)


def upright(s: Scene) -> Check:
    """Shaft to the normal of the bone's surface under the apex."""
    ok, most = evidence.value("placement.palisade.upright_ok"), evidence.value("placement.palisade.upright_warning")
    apex = np.asarray(s.placement.tip_lps_mm, dtype=float)
    steps = _SLOPE_MM * np.eye(3)
    distance = s.bone_distance
    slope = distance.sample(apex + steps, outside=20.0) - distance.sample(apex - steps, outside=20.0)
    angle = 90.0
    if float(np.linalg.norm(slope)) > 1e-6:
        angle = float(np.degrees(np.arccos(np.clip(unit(slope) @ s.placement.shaft_direction, -1.0, 1.0))))
    status = grade(angle, ok, most)
    words = f"The needle stands {angle:.0f}° off upright on the bone under it."
    if status is not Status.OK:
        words += " Enter more nearly above the apex."
    limit = f"≤ {ok:g}° ok, ≤ {most:g}° warning"
    return Check("upright on bone", status, angle, "deg", limit, words, "placement.palisade.upright_ok")


def _foramina(s: Scene) -> list[tuple[Array, Array]]:
    """Middle and lateral rim of every posterior foramen of this side that the nerves of the case know, LPS."""
    side = s.course.target.side
    courses = [c for c in palisade_courses(s.anatomy.courses) if c.target.side is side] or [s.course]
    return [
        (np.asarray(c.landmarks_mm["foramen_centre"]), np.asarray(c.landmarks_mm["foramen_lateral"]))
        for c in courses
        if {"foramen_centre", "foramen_lateral"} <= set(c.landmarks_mm)
    ]
