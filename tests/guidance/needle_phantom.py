"""A body of simple shapes with two levels: known nerves on known bone, exact mirror image about x = 0."""

from dataclasses import replace
from functools import cache

import numpy as np

from neurotomy.anatomy import Anatomy, NerveCourse, Side, Target
from neurotomy.equipment.electrode import Electrode
from neurotomy.geometry import Curve, RigidTransform, Volume, unit
from neurotomy.guidance.placement import Placement

NEEDLE = Electrode(
    name="test-18g-10mm", outer_diameter_mm=1.27, active_tip_mm=10.0, cannula_length_mm=150.0, source="neurotomy"
)
LEVELS = {"L4": 0.0, "L5": -34.0}
IDS = {"L4": 28, "L5": 27}
NERVES = {"L4": "L3 medial branch", "L5": "L4 medial branch"}
NECK_RADIUS_MM, NECK_MM, NERVE_MM = 5.0, 10.0, 1.2
TAN_A, TAN_B = np.tan(np.radians(20.0)), np.tan(np.radians(45.0))
SPACING_MM = 1.0


def target(bone="L4", side=Side.RIGHT):
    return Target(NERVES[bone], bone, side)


def tipward(side):
    """Direction in which a parallel needle goes in: from lateral and caudal."""
    return unit(np.array([-side.sign * TAN_A * TAN_B, -1.0, TAN_B]))


def neck_centre(bone, side):
    return np.array([side.sign * 18.0, 22.0, LEVELS[bone] + 8.0])


def on_neck(side):
    """From the axis of the neck to where the nerve lies on it: lateral and a little dorsal, across the neck."""
    d = tipward(side)
    o = np.array([side.sign * 1.0, 0.3, 0.1])
    return unit(o - (o @ d) * d)


@cache
def course(bone="L4", side=Side.RIGHT):
    """Nerve of 40 mm, straight, lying on the neck; the neck is its middle 10 mm."""
    centre = neck_centre(bone, side) + (NECK_RADIUS_MM + NERVE_MM / 2) * on_neck(side)
    points = centre - np.linspace(-20, 20, 81)[:, None] * tipward(side)
    ventral, dorsal = centre + NECK_MM / 2 * tipward(side), centre - NECK_MM / 2 * tipward(side)
    body_centre = np.array([0.0, -10.0, LEVELS[bone]])
    return NerveCourse(
        target=target(bone, side),
        curve=Curve(points),
        neck_arc_mm=(15.0, 25.0),
        diameter_mm=NERVE_MM,
        spread_mm=1.0,
        method="phantom",
        landmarks_mm={
            "target": centre,
            "neck_ventral": ventral,
            "neck_dorsal": dorsal,
            "pedicle_centre": np.array([side.sign * 15.0, 10.0, LEVELS[bone] + 5.0]),
            "body_centre": body_centre,
        },
        lps_from_vertebra=RigidTransform(np.eye(3), body_centre),
    )


@cache
def anatomy(with_labels=True, skin=True):
    """CT and labels; `skin` False cuts the image off before the back's skin."""
    x = np.arange(-80.0, 80.5, SPACING_MM)
    y = np.arange(-60.0, 110.5 if skin else 60.5, SPACING_MM)
    z = np.arange(-110.0, 60.5, SPACING_MM)
    grid = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
    hu = np.full(grid.shape[:3], -1000, dtype=np.int16)
    hu[(grid[..., 0] / 70) ** 2 + ((grid[..., 1] - 20) / 75) ** 2 < 1] = 50
    labels = np.zeros(hu.shape, dtype=np.uint8)
    for bone in LEVELS:
        centre = np.array([0.0, -10.0, LEVELS[bone]])
        off = grid - centre
        here = (np.hypot(off[..., 0], off[..., 1]) < 18) & (np.abs(off[..., 2]) < 13)
        for side in Side:
            d, c = tipward(side), neck_centre(bone, side)
            along = (grid - c) @ d
            foot = np.clip(along, -6.0, 8.0)
            here |= np.linalg.norm(grid - c - foot[..., None] * d, axis=-1) < NECK_RADIUS_MM
        labels[here] = IDS[bone]
    hu[labels > 0] = 700
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    affine[:3, 3] = x[0], y[0], z[0]
    return Anatomy(
        ct=Volume(hu, affine),
        labels=Volume(labels, affine) if with_labels else None,
        courses=tuple(course(bone, side) for bone in LEVELS for side in Side),
        source="phantom",
    )


def good_needle(bone="L4", side=Side.RIGHT, electrode=NEEDLE, back_mm=3.0):
    """Beside the nerve, on the bone, parallel; the apex `back_mm` short of the ventral end of the neck."""
    d = tipward(side)
    nerve = course(bone, side)
    ventral = nerve.landmarks_mm["neck_ventral"]
    # Walk round the neck from the nerve by a nerve's and a needle's radius, and stand on the bone.
    o = on_neck(side)
    beside = side.sign * np.cross(d, o)
    turn = (NERVE_MM / 2 + electrode.radius_mm) / NECK_RADIUS_MM
    direction = np.cos(turn) * o + np.sin(turn) * beside
    axis_point = ventral - (NECK_RADIUS_MM + NERVE_MM / 2) * o
    tip = axis_point + (NECK_RADIUS_MM + electrode.radius_mm) * direction - back_mm * d
    t = np.linspace(0, 200, 2001)
    p = tip - t[:, None] * d
    inside = (p[:, 0] / 70) ** 2 + ((p[:, 1] - 20) / 75) ** 2 < 1
    return Placement(nerve.target, electrode, tip, p[np.flatnonzero(inside)[-1]], "given")


def moved(placement, by=(0.0, 0.0, 0.0), entry_by=None):
    by = np.asarray(by, dtype=float)
    return replace(
        placement,
        tip_lps_mm=placement.tip_lps_mm + by,
        entry_lps_mm=placement.entry_lps_mm + (by if entry_by is None else np.asarray(entry_by, dtype=float)),
    )
