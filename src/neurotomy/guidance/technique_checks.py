"""On bone, parallel, at the nerve, along the neck, through the skin, long enough: the checks of good technique."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy import NerveCourse
from neurotomy.geometry import Curve
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.scene import AROUND_MM, Scene, grade, middle_two_quarters, neck_direction

__all__ = [
    "along_neck",
    "approach_angles",
    "at_nerve",
    "cannula_long_enough",
    "entry_at_skin",
    "on_bone",
    "parallel_to_nerve",
]

Array = NDArray[np.float64]


def approach_angles(tipward_lps: Array, course: NerveCourse) -> tuple[float, float]:
    """(lateral, caudal): where a direction comes from, as bone studies state it, degrees.

    `lateral` is the angle to the parasagittal plane in the posterior view, positive when the needle comes from the
    lateral side; `caudal` is the angle to the superior end plate in the lateral view, positive when it comes from below
    (tip-ward d = (−tan a tan b, −1, tan b), x toward the treated side; Tran 2022, 2023).
    """
    x, y, z = course.lps_from_vertebra.rotation.T @ np.asarray(tipward_lps, dtype=float)
    toward_side = course.target.side.sign * x
    return float(np.degrees(np.arctan2(-toward_side, z))), float(np.degrees(np.arctan2(z, -y)))


def on_bone(s: Scene) -> Check:
    """Active tip touching bone, and not inside it."""
    ok = max(evidence.value("placement.on_bone.ok"), s.bone.blur_mm)
    most = max(evidence.value("placement.on_bone.warning"), ok)
    deep = evidence.value("placement.on_bone.inside") + s.bone.blur_mm
    # The cube is measured around the active tip; outside it is farther than the cube's half.
    axis = s.bone_distance.sample(s.bare, outside=AROUND_MM)
    gap = float(axis.min()) - s.placement.electrode.radius_mm
    limit = f"gap ≤ {ok:.2g} mm ok, ≤ {most:.2g} mm warning; axis at most {deep:.2g} mm inside bone"
    if float(axis.min()) < -deep:
        return Check(
            "on bone",
            Status.ERROR,
            gap,
            "mm",
            limit,
            f"The active tip lies {-float(axis.min()):.1f} mm deep in bone, where no cannula goes. "
            "Move it to the surface.",
            "placement.on_bone.inside",
        )
    status = grade(gap, ok, most)
    touch = f"within {gap:.1f} mm of" if gap > 0.05 else "on"
    words = {
        Status.OK: f"The active tip lies {touch} bone.",
        Status.WARNING: f"The active tip is {gap:.1f} mm off bone; advance or turn it until it touches the neck.",
        Status.ERROR: f"The active tip is {gap:.1f} mm off bone: nothing proves its depth. Find bone again.",
    }[status]
    return Check("on bone", status, gap, "mm", limit, words, "placement.on_bone.ok")


def parallel_to_nerve(s: Scene) -> Check:
    """Needle along the mean direction of the nerve over the neck."""
    ok, most = evidence.value("placement.parallel.ok"), evidence.value("placement.parallel.warning")
    nerve = neck_direction(s.neck)  # from ventral to dorsal, the way the shaft goes up
    shaft = s.placement.active_direction
    angle = float(np.degrees(np.arccos(np.clip(abs(nerve @ shaft), 0.0, 1.0))))
    lateral, caudal = approach_angles(-shaft, s.course)
    nerve_lateral, nerve_caudal = approach_angles(-nerve, s.course)
    words = (
        f"The needle lies {angle:.0f}° to the nerve on the neck "
        f"(needle from {lateral:.0f}° lateral and {caudal:.0f}° caudal, "
        f"nerve {nerve_lateral:.0f}° and {nerve_caudal:.0f}°)"
    )
    status = grade(angle, ok, most)
    words += "." if status is Status.OK else ": turn it so that the active tip lies along the nerve."
    return Check(
        "parallel to the nerve",
        status,
        angle,
        "deg",
        f"≤ {ok:g}° ok, ≤ {most:g}° warning",
        words,
        "placement.parallel.ok",
    )


def at_nerve(s: Scene) -> Check:
    """Surface of the active tip close to the nerve."""
    ok, most = evidence.value("placement.at_nerve.ok"), evidence.value("placement.at_nerve.warning")
    gaps, _ = _from_active_tip(s)
    gap = max(min(float(gaps.min()) - s.placement.electrode.radius_mm, _from_tines(s)), 0.0)
    status = grade(gap, ok, most)
    words = f"The surface of the active tip comes within {gap:.1f} mm of the axis of the nerve on the neck."
    if status is not Status.OK:
        words += " Move it closer: the lesion grows from this surface."
    return Check(
        "at the nerve", status, gap, "mm", f"≤ {ok:g} mm ok, ≤ {most:g} mm warning", words, "placement.at_nerve.ok"
    )


def along_neck(s: Scene) -> Check:
    """Active tip beside the middle two quarters of the neck."""
    ok, least = evidence.value("placement.along_neck.ok"), evidence.value("placement.along_neck.warning")
    gaps, along = _from_active_tip(s)
    reach = evidence.value("placement.at_nerve.warning") + s.placement.electrode.radius_mm
    beside = (along >= 0.0) & (along <= s.placement.electrode.active_tip_mm) & (gaps <= reach)
    middle = middle_two_quarters(len(s.neck))
    start, stop = s.course.neck_arc_mm
    length, tip = stop - start, s.placement.electrode.active_tip_mm
    # A long neck has more than a tip can lie beside; what counts is how well this tip is used.
    share = min(float(beside[middle].sum()) / len(s.neck) * length / min(tip, length / 2), 1.0)
    words = (
        f"The active tip lies beside {float(beside.mean()) * length:.1f} mm of the {length:.1f} mm on the neck, "
        f"and beside {100 * share:.0f} % of what a tip of {tip:g} mm can reach of its middle two quarters"
    )
    status = grade(-share, -ok, -least)
    if status is not Status.OK:
        off = float(np.median(along[middle])) - tip / 2
        words += f"; {'draw it back' if off > 0 else 'advance it'} by about {abs(off):.0f} mm"
    return Check(
        "along the neck",
        status,
        share,
        "1",
        f"≥ {ok:g} ok, ≥ {least:g} warning (share of the middle two quarters that this tip can reach)",
        words + ".",
        "placement.along_neck.ok",
    )


def entry_at_skin(s: Scene) -> Check:
    """Stated entry on the skin that the CT shows."""
    ok, most = evidence.value("placement.skin.ok"), evidence.value("placement.skin.warning")
    limit = f"≤ {ok:g} mm ok, ≤ {most:g} mm warning"
    if s.crossing is None or not s.crossing.shown:
        depth = s.crossing.depth_mm if s.crossing else s.placement.insertion_depth_mm
        return Check(
            "entry at the skin",
            Status.WARNING,
            abs(s.placement.insertion_depth_mm - depth),
            "mm",
            limit,
            f"The skin where the needle enters is not on this CT; about {depth:.0f} mm of depth are estimated from the "
            "body's outline at the edge of the image. Bone beyond the image is not seen either.",
            "placement.skin.ok",
        )
    off = s.placement.insertion_depth_mm - s.crossing.depth_mm
    there = f"{abs(off):.0f} mm {'outside' if off > 0 else 'under'} the skin found on the CT"
    words = {
        Status.OK: f"The entry lies on the skin, {s.crossing.depth_mm:.0f} mm from the tip.",
        Status.WARNING: f"The entry lies {there}.",
        Status.ERROR: f"The entry lies {there}, {s.crossing.depth_mm:.0f} mm from the tip. Correct the entry.",
    }
    # A point on the line outside the skin tells the same needle; one under it tells a wrong depth.
    status = grade(-off, ok, most) if off < 0 else Status.OK if off <= ok else Status.WARNING
    return Check("entry at the skin", status, abs(off), "mm", limit, words[status], "placement.skin.ok")


def cannula_long_enough(s: Scene) -> Check:
    """Cannula longer than the way under the skin."""
    spare_wanted = evidence.value("placement.cannula.spare")
    depth = s.crossing.depth_mm if s.crossing else s.placement.insertion_depth_mm
    length = s.placement.electrode.cannula_length_mm
    spare = length - depth
    status = grade(-spare, -spare_wanted, 0.0)
    words = {
        Status.OK: f"{depth:.0f} mm of the {length:.0f} mm cannula are under the skin.",
        Status.WARNING: (
            f"Only {spare:.0f} mm of the {length:.0f} mm cannula stay outside the skin; a longer one is easier."
        ),
        Status.ERROR: (
            f"The cannula of {length:.0f} mm is {-spare:.0f} mm too short. Choose one longer than {depth:.0f} mm."
        ),
    }[status]
    return Check(
        "cannula long enough",
        status,
        spare,
        "mm",
        f"≥ {spare_wanted:g} mm outside the skin ok, < 0 mm error",
        words,
        "placement.cannula.spare",
    )


def _from_active_tip(s: Scene) -> tuple[Array, Array]:
    """For points along the neck: distance from the axis of the active tip, and place along it (0 at the apex).

    Beside a curved tip its first and last steps go on in a straight line, so that what lies beyond is told by how far.
    """
    line = s.placement.active_lps_mm[0]
    start, step = line[:-1], np.diff(line, axis=0)
    length = np.linalg.norm(step, axis=1)
    way = step / length[:, None]
    along = ((s.neck[:, None, :] - start) * way).sum(axis=-1)  # (neck, steps)
    foot = start + np.clip(along, 0.0, length)[..., None] * way
    gaps = np.linalg.norm(s.neck[:, None, :] - foot, axis=-1)
    nearest = gaps.argmin(axis=1)
    rows = np.arange(len(gaps))
    low = np.where(nearest == 0, -np.inf, 0.0)
    high = np.where(nearest == len(length) - 1, np.inf, length[nearest])
    begun = np.concatenate([[0.0], np.cumsum(length)[:-1]])
    return gaps[rows, nearest], begun[nearest] + np.clip(along[rows, nearest], low, high)


def _from_tines(s: Scene) -> float:
    """Least distance of the neck from the surface of a tine, mm; infinite without tines."""
    if s.placement.electrode.tines is None:
        return np.inf
    lines = [Curve(line) for line in s.placement.active_lps_mm[1:]]
    return (
        min(line.closest(point)[1] for line in lines for point in s.neck) - s.placement.electrode.tines.diameter_mm / 2
    )
