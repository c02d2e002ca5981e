"""The medial branches on the bone they cross, and the landmarks beside them, in the bone's own frame.

The nerve leaves the spinal nerve at the foramen above the bone, comes to the upper border of the root of the
transverse process where that meets the superior articular process, runs back and down along the lateral neck of this
process, and turns medially through the notch between mamillary and accessory process onto the lamina. Points that
guide it are set from the bone's layout; the curve is then laid on the bone: nerve on surface, exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine.pelvis import sacral_process
from neurotomy.anatomy.spine.press import gradients, lay, leave, press
from neurotomy.anatomy.spine.shape import BONES, SpineShape
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.anatomy.spine.template import TemplateNerve
from neurotomy.anatomy.spine.vertebra import layout
from neurotomy.geometry import Curve

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
    base_u = abs(at.process_base[0])
    above = evidence.value(f"anatomy.lumbar.bifurcation_above_transverse_process_root.{bone}")
    tall = at.root_half[1]
    # A line beside the superior process, over the upper border of the root of the transverse process; brought onto the
    # bone from outside.
    line = np.linspace(
        at.point(base_u + (0.6 if bone == "L5" else 1.8), at.root[1] - 2.0, at.root[2] + min(tall, 5.2) + 5.0),
        at.point(base_u + (8.8 if bone == "L5" else 6.4), at.root[1] + 6.4, at.root[2] + 0.8),
        5,
    )
    opens = at.point(0.8, 0.6 * at.root_back[1], 0.6 * at.root_back[2])
    on_neck = press(line + 1.0 * opens, solid, evidence.value("anatomy.lumbar.medial_branch_diameter") / 2)
    ventral = on_neck[0]
    foramen = ventral + at.point(-1.8, -4.0, above + 3.0)
    bifurcation = ventral + at.point(0.3, -1.0, above - 2.0)
    lamina = at.lamina + at.point(6.0, 5.0, 1.5)
    end = at.lamina + at.point(-2.5, 6.0, -1.5)
    return np.array([foramen, bifurcation, *on_neck, lamina, end]), 2, 2 + len(line) - 1


def _guide_sacrum(shape: SpineShape, side: Side) -> tuple[Array, int, int]:
    base, mid, _ = sacral_process(shape.vertebra("S1"), side)
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


def landmarks_on(
    shape: SpineShape, bone: str, side: Side, solid: Packed, nerve: TemplateNerve
) -> Mapping[str, Array]:
    """The landmarks of one bone and side, in the bone's frame, on the bone's surface where they are of the surface."""
    vertebra = shape.vertebra(bone)
    start, stop = nerve.neck_arc_mm
    under = press(nerve.curve.at([0.5 * (start + stop), start, stop]).points_mm, solid, 0.0)
    up = np.array([0.0, 0.0, 1.0])
    half = vertebra.height_mm / 2
    found = {
        "target": under[0],
        "neck_ventral": under[1],
        "neck_dorsal": under[2],
        "mamillo_accessory_notch": under[2],
        "body_centre": np.zeros(3),
        "superior_endplate_centre": half * up,
    }
    if bone == "S1":
        base, mid, tip = sacral_process(vertebra, side)
        size = shape.size
        found["tp_root_superior"] = press(nerve.curve.at(start + 0.3 * (stop - start)).points_mm[:1] if False else under[:1], solid, 0.0)[0]
        found["tp_tip"] = leave(solid, np.array([side.sign * 40.0, 13.0, -8.0]) * size, [side.sign, 0.0, 0.0])
        found["pedicle_centre"] = np.array([side.sign * 23.0 * size, 12.0 * size, 3.0 * size])
        back = np.array([0.0, vertebra.posterior_wall_mm + vertebra.canal_mm[1] + 2.0, -2.0])
        found["spinous_tip"] = leave(solid, back, [0.0, 1.0, 0.0])
    else:
        at = layout(vertebra, side)
        mid, tip = at.process_mid, at.process_tip
        crossing = at.root + at.point(4.5, 0.0, 0.0) + (at.root_half[1] - 1.0) * at.root_up
        found["tp_root_superior"] = press(crossing[None], solid, 0.0)[0]
        found["tp_tip"] = leave(solid, 0.5 * (at.root + at.tip), at.tip - at.root)
        found["pedicle_centre"] = at.pedicle
        back = np.array([0.0, vertebra.posterior_wall_mm + vertebra.canal_mm[1] + 4.0, -8.0])
        drop = 5.0 if bone != "T12" else 9.0
        found["spinous_tip"] = leave(solid, back, [vertebra.spinous_tilt_mm, vertebra.spinous_mm - 2.0, -drop])
    found["sap_tip"] = leave(solid, mid, tip - mid)
    return found


def contact_normal(solid: Packed, point: Array) -> Array:
    """Outward normal of the bone at a point of its surface."""
    return gradients(point[None], solid)[0]
