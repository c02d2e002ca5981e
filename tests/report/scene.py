"""A whole treatment on a body of simple shapes: real rooms, known anatomy, exact mirror images about x = 0."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from neurotomy.anatomy import Anatomy, NerveCourse, Side, Target
from neurotomy.case import Case, parse_case
from neurotomy.coverage import Coverage, cover
from neurotomy.equipment.catalogue import electrode_for, protocol
from neurotomy.geometry import Curve, RigidTransform, Volume, unit
from neurotomy.guidance.guide import guide, place
from neurotomy.guidance.result import Guidance
from neurotomy.lesion import simulate
from neurotomy.lesion.result import Lesion
from neurotomy.provenance import Provenance
from neurotomy.recovery import Recovery, forecast
from neurotomy.results import Result
from neurotomy.selection import Selection, assess

LEVELS = {"L4": 0.0, "L5": -34.0}
IDS = {"L4": 28, "L5": 27}
NERVES = {"L4": "L3 medial branch", "L5": "L4 medial branch"}
NECK_RADIUS_MM, NECK_MM, NERVE_MM = 5.0, 10.0, 1.2
SPACING_MM = 1.6  # the mid-plane stays in the middle
TAN_A, TAN_B = np.tan(np.radians(20.0)), np.tan(np.radians(45.0))


@dataclass(frozen=True)
class TreatmentOnPaper(Result):
    """The fields of :class:`neurotomy.treatment.Treatment`."""

    case: Case
    selection: Selection
    anatomy: Anatomy
    guidance: Guidance
    lesion: tuple[Lesion, ...]
    coverage: Coverage
    recovery: Recovery
    provenance: Provenance
    further_selections: dict = field(default_factory=dict)
    lesion_in_tissue: tuple = ()


def _tipward(side):
    return unit(np.array([-side.sign * TAN_A * TAN_B, -1.0, TAN_B]))


def _neck_centre(bone, side):
    return np.array([side.sign * 18.0, 22.0, LEVELS[bone] + 8.0])


def _course(bone, side):
    d = _tipward(side)
    o = np.array([side.sign * 1.0, 0.3, 0.1])
    o = unit(o - (o @ d) * d)
    centre = _neck_centre(bone, side) + (NECK_RADIUS_MM + NERVE_MM / 2) * o
    arc = np.linspace(-16, 16, 65)
    points = centre - arc[:, None] * d - 0.012 * (arc**2)[:, None] * o
    body_centre = np.array([0.0, -10.0, LEVELS[bone]])
    return NerveCourse(
        target=Target(NERVES[bone], bone, side),
        curve=Curve(points),
        neck_arc_mm=(11.0, 21.0),
        diameter_mm=NERVE_MM,
        spread_mm=0.8,
        method="phantom",
        landmarks_mm={
            "target": centre,
            "neck_ventral": centre + NECK_MM / 2 * d,
            "neck_dorsal": centre - NECK_MM / 2 * d,
            "pedicle_centre": np.array([side.sign * 15.0, 10.0, LEVELS[bone] + 5.0]),
            "body_centre": body_centre,
        },
        lps_from_vertebra=RigidTransform(np.eye(3), body_centre),
    )


@cache
def anatomy(side):
    x, y, z = (np.arange(a, b, SPACING_MM) for a, b in ((-80.0, 80.1), (-60.0, 110.0), (-110.0, 60.0)))
    grid = np.stack(np.meshgrid(x, y, z, indexing="ij"), axis=-1)
    noise = np.random.default_rng(0).normal(0, 12, grid.shape[:3])
    noise = (noise + noise[::-1]) / 2  # a mirror image of itself, as the rest
    hu = np.full(grid.shape[:3], -1000.0)
    body = (grid[..., 0] / 70) ** 2 + ((grid[..., 1] - 20) / 75) ** 2
    hu[body < 1] = -90
    hu[body < 0.85] = 50
    labels = np.zeros(hu.shape, dtype=np.uint8)
    for bone in LEVELS:
        off = grid - np.array([0.0, -10.0, LEVELS[bone]])
        here = (np.hypot(off[..., 0] / 1.25, off[..., 1]) < 18) & (np.abs(off[..., 2]) < 13)
        for arm in Side:
            d, c = _tipward(arm), _neck_centre(bone, arm)
            foot = np.clip((grid - c) @ d, -6.0, 8.0)
            here |= np.linalg.norm(grid - c - foot[..., None] * d, axis=-1) < NECK_RADIUS_MM
            pedicle = np.array([arm.sign * 15.0, 0.0, LEVELS[bone] + 6.0])
            way = np.clip(grid[..., 1], 0.0, 18.0)
            here |= np.hypot(grid[..., 0] - pedicle[0], grid[..., 2] - pedicle[2]) + abs(grid[..., 1] - way) < 5.0
        labels[here] = IDS[bone]
    hu[labels > 0] = 420
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    affine[:3, 3] = x[0], y[0], z[0]
    return Anatomy(
        ct=Volume((hu + noise).astype(np.int16), affine),
        labels=Volume(labels, affine),
        courses=tuple(_course(bone, side) for bone in LEVELS),
        source="body of simple shapes",
        levels_confirmed_by="the maker of the shapes",
    )


CASE = """
plan = true
patient.pseudonym = {pseudonym}

[treatment]
joints = ["L4/5"]
side = "{side}"
rule_set = "sis"

[imaging]
source = "built-in spine"

[equipment]
electrode = "conventional-18g-10mm"
protocol = "standard-80c-90s"

[[blocks]]
date = 2025-03-03
kind = "medial branch block"
agent = "lidocaine 2 %"
volume_ml = 0.3
relief_percent = 90
relief_hours = 2.0

[[blocks]]
date = 2025-03-24
kind = "medial branch block"
agent = "bupivacaine 0.5 %"
volume_ml = 0.3
relief_percent = 85
relief_hours = 6.0
"""


def case(side, pseudonym="walking path"):
    return parse_case(CASE.format(side=side.value, pseudonym=json.dumps(pseudonym)))


@cache
def treatment(side=Side.RIGHT):
    joint = "L4/5"
    asked = case(side)
    scene = anatomy(side)
    selection = assess(joint, side, asked.blocks_of(joint), "sis")
    placements = place(scene, electrode_for(18, 10.0))
    guidance = guide(scene, placements)
    lesion = simulate(electrode_for(18, 10.0), protocol("standard-80c-90s"))
    lesions = (lesion,) * len(placements)
    coverage = cover(scene.courses, placements, lesions, samples=1000)
    recovery = forecast(joint, selection, coverage)
    used = {*selection.evidence, *recovery.evidence, *lesion.provenance.evidence}
    return TreatmentOnPaper(
        case=asked,
        selection=selection,
        anatomy=scene,
        guidance=guidance,
        lesion=lesions,
        coverage=coverage,
        recovery=recovery,
        provenance=Provenance.now({"case": "0" * 64}, 0, tuple(used)),
    )
