"""The medial branches on the bone they cross, and the landmarks beside them, in the bone's own frame.

The nerve leaves the spinal nerve at the foramen above the bone, comes to the upper border of the root of the
transverse process where that meets the superior articular process, runs back and down along the lateral neck of this
process, and turns medially through the notch between mamillary and accessory process onto the lamina. Points that
guide it are set from the bone's layout; the curve is then laid on the bone: nerve on surface, exactly.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.pelvis import sacral_process
from neurotomy.anatomy.spine.press import lay, leave, press, surface_along
from neurotomy.anatomy.spine.shape import BONES, SpineShape
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.anatomy.spine.template import TemplateNerve
from neurotomy.anatomy.spine.vertebra import Layout, layout, spinous_axis
from neurotomy.geometry import Curve, unit

__all__ = ["landmarks_on", "nerve_on", "target_on"]

Array = NDArray[np.float64]


def target_on(bone: str, side: Side) -> Target:
    """The nerve that crosses this bone: numbered one less, and the L5 dorsal ramus at the sacral ala."""
    above = BONES[BONES.index(bone) - 1]
    return Target(f"{above} dorsal ramus" if bone == "S1" else f"{above} medial branch", bone, side)


def nerve_on(shape: SpineShape, bone: str, side: Side, solid: Packed) -> TemplateNerve:
    """The nerve over this bone and side, in the bone's frame."""
    diameter = evidence.value("anatomy.lumbar.medial_branch_diameter")
    guide, ventral, dorsal = _guide_sacrum(shape, side) if bone == "S1" else _guide(shape, bone, side, solid)
    on_bone = np.zeros(len(guide), dtype=bool)
    on_bone[ventral:] = True
    laid = Curve(lay(guide, solid, diameter / 2, on_bone)).resampled(0.4)
    # Pressed once more, since resampling cuts corners; the free part only where it would touch.
    start = laid.closest(guide[ventral])[0]
    points = laid.points_mm.copy()
    pressed = laid.arc_mm >= start
    points[pressed] = press(points[pressed], solid, diameter / 2)
    curve = Curve(points)
    neck = tuple(curve.closest(p)[0] for p in press(guide[[ventral, dorsal]], solid, diameter / 2))
    return TemplateNerve(target_on(bone, side), curve, (float(neck[0]), float(neck[1])), diameter)


def _guide(shape: SpineShape, bone: str, side: Side, solid: Packed) -> tuple[Array, int, int]:
    """Guide points, and which of them are the ventral and dorsal end of the neck."""
    at = layout(shape.vertebra(bone), side)
    radius = evidence.value("anatomy.lumbar.medial_branch_diameter") / 2
    base_u = abs(at.process_base[0])
    high = at.root[2] + min(at.root_half[1], 5.2) + 4.3
    # In front, the nerve lies against the ventral face of the superior process; behind, it reaches the back of the
    # root of the transverse process, between both tubercles. Both ends are brought onto the bone from outside.
    opens = at.point(0.8, 0.6 * at.root_back[1], 0.6 * at.root_back[2])
    if bone == "L5":
        front = at.point(base_u + 2.8, at.process_base[1] - 4.8, high)
        behind = at.point(base_u + 7.8, at.root[1] + 6.2, at.root[2] + 1.0) + 2.0 * opens
    else:
        front = at.point(base_u + 2.0, at.root[1] - 1.5, high) + opens
        behind = at.point(base_u + 6.4, at.root[1] + 6.2, at.root[2] + 1.0) + opens
    sideways = [at.point(u, w * at.root_back[1], w * at.root_back[2]) for u, w in _WAYS]
    tried: list[tuple[float, Array]] = []
    for shift in _FRONTS:
        ends = press(np.array([front + at.point(*shift), behind]), solid, radius)
        tried.extend(_over_the_neck(ends, solid, radius, way) for way in sideways)
        if min(length for length, _ in tried) < _LONG_MM:
            break
    neck = min(tried, key=lambda way: way[0])[1]
    foramen = neck[0] + at.point(-1.0, -2.5, 7.5)
    above = neck[0] + at.point(0.0, -1.0, 2.5)
    lamina = at.lamina + at.point(6.0, 5.0, 1.5)
    end = at.lamina + at.point(-2.5, 6.0, -1.5)
    return np.array([foramen, above, *neck, lamina, end]), 2, 2 + len(neck) - 1


_WAYS = ((0.8, 0.6), (0.5, 0.8), (0.25, 1.0), (0.0, 1.0))
"""Ways round the neck that are tried: how far lateral and how far out of the back of the transverse process."""


_FRONTS = ((0.0, 0.0, 0.0), (1.5, 1.0, 1.0), (0.0, 1.5, -1.0), (2.5, 2.0, 0.0))
_LONG_MM = 23.0
"""Other starts in front, tried where every way is longer than a neck should be (uncommon shapes of L5)."""


def _over_the_neck(ends: Array, solid: Packed, radius: float, sideways: Array) -> tuple[float, Array]:
    """A way on bone from one end of the neck to the other, and its length: the nerve takes the shortest.

    A way that leaves the bone counts as longer by ten times as much as it leaves it.
    """
    along = unit(ends[1] - ends[0])
    across = sideways - (sideways @ along) * along
    between = surface_along(np.linspace(ends[0], ends[1], 6)[1:-1], solid, radius, across)
    way = Curve(lay(np.vstack([ends[0], between, ends[1]]), solid, radius, np.ones(6, dtype=bool)))
    off = float(np.abs(distances(way.points_mm, solid.shapes, solid.groups) - radius).max())
    return way.length_mm + 10.0 * off, way.resampled(2.5).points_mm


def _guide_sacrum(shape: SpineShape, side: Side) -> tuple[Array, int, int]:
    base, _, _ = sacral_process(shape.vertebra("S1"), side)
    s, size = side.sign, shape.size
    lateral = np.array([s * 1.0, 0.0, 0.0])
    ventral = base + 3.0 * lateral + np.array([0.0, -5.0, 6.2])
    crossing = base + 5.4 * lateral + np.array([0.0, -2.0, 3.0])
    dorsal = base + 7.0 * lateral + np.array([0.0, 4.0, -3.6])
    foramen = ventral + np.array([s * 1.0, -4.0, 6.0])
    above = ventral + np.array([s * 0.5, -1.5, 2.5])
    behind = base + np.array([s * 1.0, 10.0, -8.0 * size])
    end = base + np.array([-s * 5.0, 11.0, -10.0 * size])
    guide = np.array([foramen, above, ventral, crossing, 0.5 * (crossing + dorsal), dorsal, behind, end])
    return guide, 2, 5


def landmarks_on(shape: SpineShape, bone: str, side: Side, solid: Packed, nerve: TemplateNerve) -> dict[str, Array]:
    """The landmarks of one bone and side, in the bone's frame, on the bone's surface where they are of the surface."""
    vertebra = shape.vertebra(bone)
    start, stop = nerve.neck_arc_mm
    arcs = start + (stop - start) * np.array([0.5, 0.0, 1.0, 0.3])
    target, ventral, dorsal, groove = press(nerve.curve.at(arcs).points_mm, solid, 0.0)
    if bone == "S1":
        size = shape.size
        _, mid, tip = sacral_process(vertebra, side)
        tp_root, pedicle = groove, side.sign * np.array([23.0, 0.0, 0.0]) * size + np.array([0.0, 12.0, 3.0]) * size
        tp_tip = leave(solid, np.array([side.sign * 40.0, 13.0, -8.0]) * size, [side.sign, 0.0, 0.0])
        spinous_tip = leave(solid, np.array([0.0, 36.0, -12.0]) * size, [0.0, 1.0, 0.0])
    else:
        at = layout(vertebra, side)
        mid, tip, pedicle = at.process_mid, at.process_tip, at.pedicle
        tp_root = _upper_border(at, solid, 8.5 if bone == "L5" else 6.0)
        tp_tip = leave(solid, 0.5 * (at.root + at.tip), at.tip - at.root)
        spinous_tip = leave(solid, *spinous_axis(vertebra))
    return {
        "target": target,
        "neck_ventral": ventral,
        "neck_dorsal": dorsal,
        "mamillo_accessory_notch": dorsal,
        "tp_root_superior": tp_root,
        "tp_tip": tp_tip,
        "sap_tip": leave(solid, mid, tip - mid),
        "pedicle_centre": pedicle,
        "body_centre": np.zeros(3),
        "superior_endplate_centre": np.array([0.0, 0.0, vertebra.height_mm / 2]),
        "spinous_tip": spinous_tip,
    }


def _upper_border(at: Layout, solid: Packed, beside_mm: float) -> Array:
    """Highest point of the root of the transverse process, `beside_mm` lateral of its start: beside the neck."""
    along = at.tip - at.root
    inside = at.root + along * (beside_mm / abs(along[0]))
    starts = inside + np.arange(-1.5, 4.01, 0.25)[:, None] * np.array([0.0, 1.0, 0.0])
    rise = np.arange(0.0, 14.0, 0.05)
    rays = starts[:, None, :] + rise[None, :, None] * np.array([0.0, 0.0, 1.0])
    near = distances(rays.reshape(-1, 3), solid.shapes, solid.groups).reshape(len(starts), -1)
    held = near[:, 0] < 0.0
    first_out = np.argmax(near[held] > 0.0, axis=1)
    tops = rays[held][np.arange(int(held.sum())), first_out]
    return np.asarray(tops[np.argmax(tops[:, 2])])
