"""Right side, right level, not ventral, not medial, no bone on the way: the checks that stop a treatment."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.guidance.bone import nearest_bones
from neurotomy.guidance.check import Check, Status
from neurotomy.guidance.scene import Scene, grade

__all__ = ["correct_level", "correct_side", "not_medial", "not_ventral", "path_free_of_bone"]

Array = NDArray[np.float64]


def correct_side(s: Scene) -> Check:
    """Active tip on the target's side of the mid-plane of its bone."""
    lateral = float(s.in_bone_frame(s.bare)[:, 0].min())
    ok = evidence.value("placement.side.ok")
    side, bone = s.course.target.side, s.course.target.bone
    status = grade(-lateral, -ok, 0.0)
    words = {
        Status.OK: f"The active tip lies {lateral:.0f} mm to the patient's {side.value} of the mid-plane.",
        Status.WARNING: (
            f"The active tip is only {lateral:.0f} mm to the {side.value} of the mid-plane; "
            "check the side on the AP view."
        ),
        Status.ERROR: (
            f"WRONG SIDE: the active tip reaches {-lateral:.0f} mm to the patient's {side.opposite.value} of the "
            f"mid-plane of {bone}, and the target is on the {side.value}. Stop and check the side."
        ),
    }[status]
    return Check("correct side", status, lateral, "mm", f"≥ {ok:g} mm ok, < 0 mm error", words, "placement.side.ok")


def correct_level(s: Scene) -> Check:
    """Active tip at the height of its target, and nearest to its own bone where there is a label map."""
    ok, most = evidence.value("placement.level.ok"), evidence.value("placement.level.warning")
    target = s.landmark("target", s.neck[len(s.neck) // 2])
    height = s.in_bone_frame(s.active)[:, 2] - target[2]
    off = float(height[np.argmin(np.abs(height))])
    where = f"{abs(off):.0f} mm {'above' if off > 0 else 'below'} the target on {s.course.target.bone}"
    name = s.course.target.bone
    limit = f"≤ {ok:g} mm ok, ≤ {most:g} mm warning, and nearer to {name} than to another vertebra"
    status = grade(abs(off), ok, most)
    words = f"Along the spine the active tip comes within {abs(off):.1f} mm of the target on {name}."
    if status is not Status.OK:
        words = f"The active tip stays {where}. Count the levels again from the sacrum on the AP and lateral views."
    bones = nearest_bones(s.anatomy, s.active, most)
    own, other = bones.get(name, np.inf), min((d for n, d in bones.items() if n != name), default=np.inf)
    other_name = next((n for n in bones if n != name), "")
    # Joint partners touch each other, so only a clear difference, more than their surfaces' blur, counts.
    if own - other > 2 * s.bone.blur_mm + 1.0:
        status = Status.ERROR
        far = f"{own:.0f} mm" if np.isfinite(own) else f"more than {most:.0f} mm"
        words = (
            f"WRONG LEVEL: the active tip lies {other:.0f} mm from {other_name} and {far} from {name}. "
            "Count the levels again from the sacrum."
        )
    elif status is Status.ERROR:
        words = f"WRONG LEVEL: {words[0].lower()}{words[1:]}"
    return Check("correct level", status, abs(off), "mm", limit, words, "placement.level.ok")


def not_ventral(s: Scene) -> Check:
    """Active tip dorsal to the posterior margin of the foramen on the true lateral view: a rule on the image."""
    ok, stop = evidence.value("placement.ventral.ok"), evidence.value("placement.ventral.stop")
    edge = s.landmark("neck_ventral", s.neck[0])
    spare = float(s.in_bone_frame(s.bare)[:, 1].min() - edge[1])
    status = grade(-spare, -ok, -stop)
    words = {
        Status.OK: f"On the lateral view the tip stays {spare:.1f} mm dorsal to the posterior margin of the foramen.",
        Status.WARNING: (
            f"On the lateral view the tip is only {spare:.1f} mm dorsal to the posterior margin of the foramen; "
            "confirm on a true lateral view, and test for leg contraction at 2 Hz."
        ),
        Status.ERROR: (
            f"STOP: on the lateral view the tip lies {-spare:.1f} mm ventral to the posterior margin of the foramen, "
            f"toward the spinal nerve. Draw it back at least {ok - spare:.1f} mm."
        ),
    }[status]
    return Check(
        "not ventral", status, spare, "mm", f"≥ {ok:g} mm ok, < {stop:g} mm error", words, "placement.ventral.stop"
    )


def not_medial(s: Scene) -> Check:
    """Active tip lateral to the centre of the pedicle on the AP view, so never over the canal."""
    ok, stop = evidence.value("placement.medial.ok"), evidence.value("placement.medial.stop")
    pedicle = s.landmark("pedicle_centre", s.neck[0])
    beyond = float(pedicle[0] - s.in_bone_frame(s.bare)[:, 0].min())
    status = grade(beyond, ok, stop)
    words = {
        Status.OK: f"On the AP view the active tip stays {-beyond:.1f} mm lateral to the centre of the pedicle.",
        Status.WARNING: (
            f"On the AP view the active tip reaches {beyond:.1f} mm medial to the centre of the pedicle; "
            "confirm on the lateral view that it is dorsal to the lamina."
        ),
        Status.ERROR: (
            f"STOP: on the AP view the active tip reaches {beyond:.1f} mm medial to the centre of the pedicle, "
            "over the canal. Withdraw and start more laterally."
        ),
    }[status]
    return Check(
        "not medial",
        status,
        beyond,
        "mm",
        f"≤ {ok:g} mm ok, ≤ {stop:g} mm warning (medial to the centre of the pedicle)",
        words,
        "placement.medial.stop",
    )


def path_free_of_bone(s: Scene) -> Check:
    """Shaft from the skin to the active tip not through bone."""
    ok = max(evidence.value("placement.path.ok"), s.bone.blur_mm)
    most = ok + evidence.value("placement.path.warning")
    inside = float(sum(s.bone.length_within(start, stop) for start, stop in pairwise(s.way)))
    status = grade(inside, ok, most)
    words = {
        Status.OK: "The way from the skin to the active tip is free of bone.",
        Status.WARNING: f"The shaft grazes {inside:.1f} mm of bone on its way; change the entry or expect it to bend.",
        Status.ERROR: f"The shaft would go through {inside:.1f} mm of bone on its way. Choose another entry.",
    }[status]
    return Check(
        "path free of bone",
        status,
        inside,
        "mm",
        f"≤ {ok:.2g} mm ok, ≤ {most:.2g} mm warning",
        words,
        "placement.path.ok",
    )
