"""Straight nerves, needles and lesions of known shape."""

import numpy as np

from neurotomy.anatomy import NerveCourse, Side, Target
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.geometry import Curve, RigidTransform
from neurotomy.guidance.placement import Placement
from neurotomy.lesion.result import Extent, Lesion, LesionField, Trace
from neurotomy.provenance import Provenance

NEEDLE = Electrode(
    name="test-18g-10mm", outer_diameter_mm=1.27, active_tip_mm=10.0, cannula_length_mm=100.0, source="neurotomy"
)
PROTOCOL = Protocol(name="80c-90s", set_c=80.0, hold_s=90.0, source="neurotomy")
RIGHT = Target("L3 medial branch", "L4", Side.RIGHT)
LEFT = Target("L3 medial branch", "L4", Side.LEFT)


def lesion(half_length_mm=8.0, half_width_mm=4.0, centre_z_mm=5.0, electrode=NEEDLE, shift=0.0):
    """A lesion whose edge is an ellipsoid on the needle's axis; log10 omega falls by 4 per unit of its level."""
    z = np.linspace(-20.0, 30.0, 501)
    r = np.concatenate([np.linspace(electrode.radius_mm, 6.0, 120), np.linspace(6.1, 20.0, 60)])
    zz, rr = np.meshgrid(z, r, indexing="ij")
    level = np.sqrt(((zz - centre_z_mm) / half_length_mm) ** 2 + (rr / half_width_mm) ** 2)
    log10_omega = 4.0 * (1.0 - level) + shift
    extent = Extent("test", 2 * half_width_mm, 2 * half_length_mm, half_length_mm - centre_z_mm, 1.0)
    empty = np.zeros(1)
    return Lesion(
        electrode=electrode,
        protocol=PROTOCOL,
        tissue="muscle",
        start_c=37.0,
        perfusion=True,
        isotherm_50c=extent,
        isotherm_60c=extent,
        necrosis=extent,
        cem43_240min=extent,
        trace=Trace(empty, empty, empty, empty, empty),
        peak_tissue_c=82.0,
        numerical_error_mm=0.01,
        solve_s=0.0,
        provenance=Provenance("test", "3", {}),
        field=LesionField(z, r, np.full_like(level, 37.0), log10_omega, np.zeros_like(level)),
    )


def straight_nerve(middle=(0.0, 0.0, 0.0), direction=(0.0, 1.0, 0.0), target=RIGHT, **changes):
    """A straight nerve of 30 mm whose neck is the middle 10 mm, around `middle`."""
    t = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    points = np.asarray(middle) + np.linspace(-15, 15, 61)[:, None] * t
    known = {
        "neck_arc_mm": (10.0, 20.0),
        "diameter_mm": 1.2,
        "spread_mm": 1.0,
        "method": "test",
        "lps_from_vertebra": RigidTransform.identity(),
    }
    return NerveCourse(target=target, curve=Curve(points), **(known | changes))


def needle(tip, shaft, target=RIGHT, electrode=NEEDLE):
    shaft = np.asarray(shaft, dtype=float) / np.linalg.norm(shaft)
    tip = np.asarray(tip, dtype=float)
    return Placement(target, electrode, tip, tip + 80.0 * shaft, "given")


def moved_course(course, motion):
    from dataclasses import replace

    return replace(
        course,
        curve=Curve(motion(course.curve.points_mm)),
        lps_from_vertebra=motion @ course.lps_from_vertebra,
        landmarks_mm={k: motion(v) for k, v in course.landmarks_mm.items()},
    )


def moved_placement(placement, motion):
    from dataclasses import replace

    return replace(placement, tip_lps_mm=motion(placement.tip_lps_mm), entry_lps_mm=motion(placement.entry_lps_mm))


MIRROR = np.array([-1.0, 1.0, 1.0])


def mirrored_course(course):
    """The same nerve on the other side of a body that is its own mirror image (mid-plane x = 0)."""
    from dataclasses import replace

    frame = course.lps_from_vertebra
    flip = np.diag(MIRROR)
    return replace(
        course,
        target=Target(course.target.nerve, course.target.bone, course.target.side.opposite),
        curve=Curve(course.curve.points_mm * MIRROR),
        lps_from_vertebra=RigidTransform(flip @ frame.rotation @ flip, frame.translation_mm * MIRROR),
        landmarks_mm={k: np.asarray(v) * MIRROR for k, v in course.landmarks_mm.items()},
    )


def mirrored_placement(placement):
    from dataclasses import replace

    target = placement.target
    return replace(
        placement,
        target=Target(target.nerve, target.bone, target.side.opposite),
        tip_lps_mm=np.asarray(placement.tip_lps_mm) * MIRROR,
        entry_lps_mm=np.asarray(placement.entry_lps_mm) * MIRROR,
    )
