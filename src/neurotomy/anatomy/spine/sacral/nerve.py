"""The nerves to the sacroiliac joint: the L5 dorsal ramus, and the lateral branches of S1 to S3, in the frame of S1.

A lateral branch leaves its posterior foramen (S1 below and lateral, S2 lateral, S3 above and lateral; Roberts 2014),
lies on the back of the sacrum just lateral of it, and crosses the lateral crest between the second and the third
transverse tubercle, as four in five do. The frame's y axis stands about at right angles to the back of the sacrum.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from neurotomy import evidence
from neurotomy.anatomy.course import NerveCourse
from neurotomy.anatomy.names import Side, Target
from neurotomy.anatomy.spine.column import lps_from_bones
from neurotomy.anatomy.spine.laying import in_lps, laid_nerve
from neurotomy.anatomy.spine.nerve import landmarks_on, nerve_on
from neurotomy.anatomy.spine.pelvis import FORAMINA, TUBERCLES, sacrum_part
from neurotomy.anatomy.spine.press import leave, press
from neurotomy.anatomy.spine.shape import SpineShape
from neurotomy.anatomy.spine.solid import Packed
from neurotomy.anatomy.spine.template import TemplateNerve
from neurotomy.imaging.labels import VERTEBRA_IDS

__all__ = ["ROOTS", "courses_of", "foramen_on", "lateral_branch", "sacrum_of"]

Array = NDArray[np.float64]

ROOTS: tuple[str, ...] = ("S1", "S2", "S3")
"""Sacral roots whose lateral branches are treated."""

_EXIT_DEG = {"S1": -35.0, "S2": 0.0, "S3": 30.0}
"""Which way from the middle of the foramen, upwards from straight lateral: choices within what Roberts 2014 found."""

_CROSSING = {"S1": 0.28, "S2": 0.50, "S3": 0.72}
"""Where each crosses the lateral crest, as a share of the way from the second to the third tubercle: choices."""

_TREATED_MM = 10.0
"""Length lateral of the foramen's edge to be lesioned: published targets lie 7 to 10 mm lateral (memory)."""


@lru_cache(maxsize=8)
def sacrum_of(shape: SpineShape) -> Packed:
    """The sacrum with its back closed round the foramina, in the frame of S1."""
    return sacrum_part(shape.vertebra("S1"), VERTEBRA_IDS["S1"], shape.size, closed_back=True).packed()


@lru_cache(maxsize=8)
def courses_of(shape: SpineShape) -> tuple[NerveCourse, ...]:
    """L5 dorsal ramus, then the lateral branches of S1 to S3, left before right."""
    solid, pose = sacrum_of(shape), lps_from_bones(shape)["S1"]
    courses = []
    for side in Side:
        ramus = nerve_on(shape, "S1", side, solid)
        courses.append(in_lps(ramus, landmarks_on(shape, "S1", side, solid, ramus), solid, pose))
    for root in ROOTS:
        for side in Side:
            nerve = lateral_branch(shape, root, side, solid)
            courses.append(in_lps(nerve, _landmarks(shape, root, side, solid, nerve), solid, pose))
    return tuple(courses)


def foramen_on(shape: SpineShape, root: str, side: Side) -> tuple[Array, float]:
    """Middle of the back opening of a foramen, at the height of its rim, and its radius; in the frame of S1."""
    solid = sacrum_of(shape)
    front, back, _, radius = FORAMINA[ROOTS.index(root)]
    ends = np.array([front, back]) * shape.size * [side.sign, 1.0, 1.0]
    radius *= shape.size
    turns = np.radians(np.arange(0.0, 360.0, 45.0))
    rim = np.array([_back(solid, ends[1] + (radius + 1.5) * np.array([np.cos(t), 0, np.sin(t)])) for t in turns])
    height = float(np.median(rim[:, 1]))
    share = (height - ends[0, 1]) / (ends[1, 1] - ends[0, 1])
    return np.asarray(ends[0] + share * (ends[1] - ends[0])), radius


def lateral_branch(shape: SpineShape, root: str, side: Side, solid: Packed) -> TemplateNerve:
    """The lateral branch of one root on the back of the sacrum, in the frame of S1."""
    target = Target(f"{root} lateral branch", "S1", side)
    centre, radius = foramen_on(shape, root, side)
    angle = np.radians(_EXIT_DEG[root])
    way = np.array([side.sign * np.cos(angle), 0.0, np.sin(angle)])
    edge = centre + (radius + 1.2) * way
    upper, lower = (np.array([side.sign * u, y, z]) * shape.size for u, y, z, _ in TUBERCLES[1:3])
    crossing = upper + _CROSSING[root] * (lower - upper)
    beyond = crossing + np.array([side.sign * 5.0, 0.0, -1.0])
    first = edge + 4.0 * way
    bent = 0.5 * (first + crossing) + 0.8 * way
    diameter = evidence.value("innervation.diameter.sacral_lateral_branch")
    on = np.array([_back(solid, p) for p in (edge, first, bent, crossing, beyond)])
    inside = np.array([centre - [0.0, 7.0, 0.0], centre - [0.0, 1.5, 0.0] + 0.25 * radius * way])
    nerve = laid_nerve(target, np.vstack([inside, on]), solid, diameter, neck=(2, 4), on_bone=(2, 6))
    start = nerve.neck_arc_mm[0]
    return TemplateNerve(target, nerve.curve, (start, min(start + _TREATED_MM, nerve.curve.length_mm)), diameter)


def _back(solid: Packed, point: Array) -> Array:
    """The back of the sacrum at this place."""
    return leave(solid, np.array([point[0], 12.0, point[2]]), [0.0, 1.0, 0.0])


def _landmarks(shape: SpineShape, root: str, side: Side, solid: Packed, nerve: TemplateNerve) -> dict[str, Array]:
    start, stop = nerve.neck_arc_mm
    on = press(nerve.curve.at(np.array([0.5 * (start + stop), start, stop])).points_mm, solid, 0.0)
    centre, radius = foramen_on(shape, root, side)
    lateral = _back(solid, centre + np.array([side.sign * (radius + 0.6), 0.0, 0.0]))
    vertebra = shape.vertebra("S1")
    return {
        "target": on[0],
        "neck_ventral": on[1],
        "neck_dorsal": on[2],
        "foramen_centre": centre,
        "foramen_lateral": lateral,
        "median_crest": _back(solid, np.array([0.0, 0.0, centre[2]])),
        "body_centre": np.zeros(3),
        "superior_endplate_centre": np.array([0.0, 0.0, vertebra.height_mm / 2]),
        "spinous_tip": leave(solid, np.array([0.0, 36.0, -12.0]) * shape.size, [0.0, 1.0, 0.0]),
    }
