"""Where to stop in the neck, the chest and at the sacrum: rules on the image, each measured on this patient's bone.

They stand in for the lumbar rules of :mod:`~neurotomy.guidance.safety_checks` (foramen behind the neck of the superior
articular process, middle of the pedicle), which mean nothing on these bones. The limit of each is an edge that a view
shows; no distance is invented. Where this course does not hold the edge, the rule is measured at the end of the nerve's
part on bone, and the sentence says so.
"""

from __future__ import annotations

import numpy as np

from neurotomy import evidence
from neurotomy.anatomy.innervation import place_of
from neurotomy.guidance.aim import region_of
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.safety_checks import not_medial, not_ventral
from neurotomy.guidance.scene import Scene, grade

__all__ = ["not_medial_in_region", "not_ventral_in_region"]


def not_ventral_in_region(s: Scene) -> Check:
    """Active tip dorsal to what must not be passed: foramen, front of the pillar, transverse process, sacrum's back."""
    region = region_of(s.course.target)
    if region == "lumbar":
        return not_ventral(s)
    active = s.in_bone_frame(s.bare)
    ok, stop = evidence.value("placement.ventral.ok"), evidence.value("placement.ventral.stop")
    if region == "cervical":
        # The pillar leans forwards and up: its front edge is taken at the tip's own height.
        low, high = s.landmark("pillar_anterior", s.neck[0]), s.landmark("neck_ventral", s.neck[0])
        heights = np.sort([low[2], high[2]])
        share = np.interp(active[:, 2], heights, [0.0, 1.0])
        first, last = (low, high) if low[2] <= high[2] else (high, low)
        edge = first[1] + share * (last[1] - first[1])
        spare = float((active[:, 1] - edge).min())
        what, view = "the front edge of the articular pillar", "true lateral and foraminal oblique view"
        danger = "toward the spinal nerve and the vertebral artery"
    elif region == "thoracic":
        spare = float(active[:, 1].min() - s.landmark("neck_ventral", s.neck[0])[1])
        what, view = "the ventral end of the nerve's way over the transverse process", "lateral view"
        danger = "toward the pleura"
    else:
        # The back of the sacrum slopes: along its length the opening of the foramen is the nearest place to fall in.
        opening = s.landmark("foramen_lateral", s.neck[0])
        depth = s.bone_distance.sample(s.bare, outside=20.0)
        near = np.abs(active[:, 0] - opening[0]) < 12.0
        behind = active[:, 1] - opening[1]
        spare = float(behind[near].min() if near.any() else behind.min())
        spare = max(spare, float(depth.min()))  # on bone beside the opening the tip cannot be in it
        what, view = "the back opening of the foramen", "lateral view"
        danger = "through the foramen"
    status = grade(-spare, -ok, -stop)
    words = {
        Status.OK: f"On the {view} the tip stays {spare:.1f} mm dorsal to {what}.",
        Status.WARNING: f"On the {view} the tip is only {spare:.1f} mm dorsal to {what}; confirm before heating.",
        Status.ERROR: (
            f"STOP: on the {view} the tip lies {-spare:.1f} mm ventral to {what}, {danger}. "
            f"Draw it back at least {ok - spare:.1f} mm."
        ),
    }[status]
    limit = f"≥ {ok:g} mm ok, < {stop:g} mm error (dorsal to {what})"
    return Check("not ventral", status, spare, "mm", limit, words, _stop_of(s))


def not_medial_in_region(s: Scene) -> Check:
    """Active tip lateral to what must not be passed on the AP view: the pedicle's middle, or the foramen's edge."""
    region = region_of(s.course.target)
    if region != "sacral":
        return not_medial(s)
    ok = evidence.value("placement.medial.ok")
    active = s.in_bone_frame(s.bare)
    middle, rim = s.landmark("foramen_centre", s.neck[0]), s.landmark("foramen_lateral", s.neck[0])
    # Seen from behind the opening is round: distance from its middle, less its radius.
    radius = float(np.hypot(rim[0] - middle[0], rim[2] - middle[2]))
    from_middle = np.hypot(active[:, 0] - middle[0], active[:, 2] - middle[2])
    inside = float(radius - from_middle.min())
    medial = float(middle[0] - active[:, 0].min())
    beyond = max(inside, medial)
    status = grade(beyond, ok, ok)
    words = (
        f"On the AP view the active tip stays {-beyond:.1f} mm clear of the posterior foramen, on its lateral side."
        if status is Status.OK
        else f"STOP: on the AP view the active tip reaches {beyond:.1f} mm over the posterior foramen or medial of it. "
        "Withdraw and go down on bone lateral to its edge."
    )
    return Check(
        "lateral to the foramen",
        status,
        beyond,
        "mm",
        f"≤ {ok:g} mm ok, above it error (over the opening, or medial of its middle)",
        words,
        _stop_of(s),
    )


def _stop_of(s: Scene) -> str:
    place = place_of(s.course.target)
    return f"innervation.stop.{'sacral_foramen' if place.startswith('sacral_foramen') else place}"
