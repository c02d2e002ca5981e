"""A nerve laid on one bone of a regional image, and its course in LPS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.press import lay, leave, press, surface_along
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.anatomy.spine.template import TemplateNerve
from neurotomy.geometry import Curve, RigidTransform, unit

__all__ = ["EXACT", "both", "in_lps", "laid_nerve", "midline_marks", "process_marks", "process_nerve"]

Array = NDArray[np.float64]

EXACT = "built-in spine (exact)"

Value = TypeVar("Value")

_OFF_BONE_MM = 0.4


def laid_nerve(
    target: Target, guide: ArrayLike, solid: Packed, diameter_mm: float, neck: tuple[int, int], on_bone: tuple[int, int]
) -> TemplateNerve:
    """A nerve along `guide` (n, 3), on bone between the guide points `on_bone`, its part to be treated between `neck`.

    Both pairs are indices (from, to), both included.
    """
    points = np.array(guide, dtype=float)
    held = np.zeros(len(points), dtype=bool)
    held[on_bone[0] : on_bone[1] + 1] = True
    laid = Curve(lay(points, solid, diameter_mm / 2, held)).resampled(0.4)
    ends = press(points[[on_bone[0], on_bone[1]]], solid, diameter_mm / 2)
    start, stop = (laid.closest(p)[0] for p in ends)
    line = laid.points_mm.copy()
    touching = (laid.arc_mm >= start) & (laid.arc_mm <= stop)
    line[touching] = press(line[touching], solid, diameter_mm / 2)  # resampling cuts corners
    curve = Curve(line)
    arcs = [curve.closest(p)[0] for p in press(points[list(neck)], solid, diameter_mm / 2)]
    return TemplateNerve(target, curve, (float(arcs[0]), float(arcs[1])), diameter_mm)


def in_lps(
    nerve: TemplateNerve, marks: Mapping[str, Array], solid: Packed, lps_from_bone: RigidTransform, *notes: str
) -> NerveCourse:
    """The course of this nerve in LPS, with a warning where its part on bone leaves the bone and no note says why."""
    off = np.abs(distances(nerve.neck.points_mm, solid.shapes, solid.groups) - nerve.diameter_mm / 2).max()
    warnings = list(notes)
    if off > _OFF_BONE_MM and not notes:
        warnings.append(
            f"On this variation the nerve leaves the bone by up to {off:.1f} mm; choose another seed as truth."
        )
    return NerveCourse(
        target=nerve.target,
        curve=Curve(lps_from_bone(nerve.curve.points_mm)),
        neck_arc_mm=nerve.neck_arc_mm,
        diameter_mm=nerve.diameter_mm,
        spread_mm=0.0,
        method=EXACT,
        landmarks_mm={name: lps_from_bone(point) for name, point in marks.items()},
        lps_from_vertebra=lps_from_bone,
        warnings=tuple(warnings),
    )


def process_nerve(
    target: Target, solid: Packed, root: Array, tip: Array, tip_half: float, diameter_mm: float, above_mm: float = 0.0
) -> TemplateNerve:
    """A medial branch over the superolateral corner of a transverse process, then down and in on its back.

    Parameters
    ----------
    root, tip : (3,)
        Axis of the transverse process, up to the centre of its bulbous end.
    tip_half : float
        Half height of its end.
    above_mm : float
        How far above the corner it turns (T5 to T8: off bone); 0 lays it on the corner.
    """
    corner, middle, inner = _over(root, tip, tip_half)
    s = float(np.sign(tip[0]))
    # it ends on the back of the lamina, as far down as it has come
    lamina = leave(solid, np.array([0.72 * root[0], root[1] - 4.0, root[2] - 5.0]), [0.0, 1.0, 0.0], far_mm=22.0)
    lamina = lamina + np.array([0.0, 0.5 * diameter_mm, 0.0])
    front = corner + np.array([-s * 2.0, -0.75 * tip_half, 0.4])
    start = root + np.array([s * 1.0, -7.0, 9.0])
    between = 0.5 * (start + front) + np.array([0.0, -1.0, 1.5])
    if above_mm > 0.0:  # the same curve, lifted: it comes to bone further down on the back
        lift = np.array([0.0, 0.0, above_mm])
        on = press(np.array([corner, middle, inner]), solid, diameter_mm / 2)
        guide = np.array([start, between, front + lift, on[0] + lift, on[1] + 0.35 * lift, inner, lamina])
        return _lifted(target, guide, solid, diameter_mm)
    guide = np.array([start, between, front, corner, middle, inner, lamina])
    return laid_nerve(target, guide, solid, diameter_mm, neck=(2, 4), on_bone=(2, 6))


def _lifted(target: Target, guide: Array, solid: Packed, diameter_mm: float) -> TemplateNerve:
    nerve = laid_nerve(target, guide, solid, diameter_mm, neck=(5, 5), on_bone=(5, 5))
    arcs = [nerve.curve.closest(guide[n])[0] for n in (2, 4)]
    return TemplateNerve(target, nerve.curve, (float(arcs[0]), float(arcs[1])), diameter_mm)


def _over(root: Array, tip: Array, tip_half: float) -> tuple[Array, Array, Array]:
    """Just outside: the superolateral corner, the middle of the back of the process, and its medial lower part."""
    along = unit(tip - root)
    up = np.array([0.0, 0.0, 1.0])
    back = unit(np.cross(up, along)) * (1.0 if np.cross(up, along)[1] > 0 else -1.0)
    corner = tip + 0.72 * tip_half * (along + up) * 0.9 + 0.35 * tip_half * back
    middle = tip - 0.15 * tip_half * along + tip_half * back
    inner = 0.5 * (root + tip) + 1.1 * tip_half * back - 0.55 * tip_half * up
    return corner, middle, inner


def process_marks(solid: Packed, root: Array, tip: Array, tip_half: float) -> dict[str, Array]:
    """Superolateral corner and tip of a transverse process, and the upper border of its root, on the surface."""
    corner, _, _ = _over(root, tip, tip_half)
    start = root + 0.45 * (tip - root)
    return {
        "tp_corner": press(corner[None], solid, 0.0)[0],
        "tp_tip": leave(solid, tip, tip - root, far_mm=12.0),
        "tp_root_superior": surface_along(start[None], solid, 0.0, [0.0, 0.0, 1.0], 9.0)[0],
    }


def midline_marks(height_mm: float, spinous_tip: Array) -> dict[str, Array]:
    """Body centre, end plate and spinous process."""
    return {
        "body_centre": np.zeros(3),
        "superior_endplate_centre": np.array([0.0, 0.0, height_mm / 2]),
        "spinous_tip": spinous_tip,
    }


def both(side: Side, pair: tuple[Value, Value]) -> Value:
    """This side's of (left, right)."""
    return pair[0] if side is Side.LEFT else pair[1]
