"""The bones as made, measured with a ruler (along straight lines), against the dimensions they were asked to have."""

import numpy as np
import pytest

from neurotomy import evidence
from neurotomy.anatomy import Side
from neurotomy.anatomy.spine.bones import bone_solid
from neurotomy.anatomy.spine.column import lps_from_bones
from neurotomy.anatomy.spine.kernel import distances
from neurotomy.anatomy.spine.shape import BONES, standard_shape
from neurotomy.anatomy.spine.vertebra import facet, layout

LUMBAR = ("L1", "L2", "L3", "L4", "L5")
SHAPE = standard_shape()


def table(key):
    return evidence.get(f"morphometry.{key}").value


def extent_inside(solid, through, direction, reach=90.0, step=0.02):
    """Start and end, along `direction`, of the stretch of bone that holds the point `through` (or of the gap)."""
    t = np.arange(-reach, reach, step)
    points = np.asarray(through, dtype=float) + t[:, None] * np.asarray(direction, dtype=float)
    inside = distances(points, solid.shapes, solid.groups) < 0
    middle = len(t) // 2
    changes = np.flatnonzero(inside[1:] != inside[:-1])
    return t[changes[changes < middle][-1]], t[changes[changes >= middle][0]]


def width(solid, through, direction):
    a, b = extent_inside(solid, through, direction)
    return b - a


@pytest.mark.parametrize("bone", LUMBAR)
def test_body_and_canal(bone):
    solid, v = bone_solid(SHAPE, bone), SHAPE.vertebra(bone)
    near_top = (0, 0, v.height_mm / 2 - 2.5)
    assert width(solid, near_top, (1, 0, 0)) == pytest.approx(table("body.upper_end_plate_width")[bone], abs=3.0)
    assert width(solid, near_top, (0, 1, 0)) == pytest.approx(table("body.upper_end_plate_depth")[bone], abs=2.0)
    back = (0, v.posterior_wall_mm - 2.0, 0)
    assert width(solid, back, (0, 0, 1)) == pytest.approx(table("body.posterior_height")[bone], abs=1.5)
    waist = width(solid, (0, 0, -1.0), (1, 0, 0))
    assert 3.0 < v.lower_mm[0] - waist < 8.0
    between_pedicles = (0, v.posterior_wall_mm + 4.5, layout(v, Side.LEFT).pedicle[2])
    assert width(solid, between_pedicles, (1, 0, 0)) == pytest.approx(table("canal.width")[bone], abs=2.0)
    under_lamina = (0, v.posterior_wall_mm + v.canal_mm[1] / 2, -6.0)
    assert width(solid, under_lamina, (0, 1, 0)) == pytest.approx(table("canal.depth")[bone], abs=2.0)


@pytest.mark.parametrize("bone", LUMBAR)
@pytest.mark.parametrize("side", list(Side))
def test_pedicles(bone, side):
    solid, v = bone_solid(SHAPE, bone), SHAPE.vertebra(bone)
    centre = layout(v, side).pedicle
    angle = np.radians(v.pedicle_angle_deg)
    across = np.array([side.sign * np.cos(angle), -np.sin(angle), 0.0])
    assert width(solid, centre, across) == pytest.approx(table("pedicle.width")[bone], abs=2.2)
    height = width(solid, centre, (0, 0, 1)) - table("pedicle.height")[bone]
    assert -2.2 < height < (6.5 if bone == "L5" else 2.2)  # the stout root of L5's transverse process is below it


@pytest.mark.parametrize("bone", LUMBAR)
def test_transverse_processes_reach_as_far_as_published(bone):
    solid, v = bone_solid(SHAPE, bone), SHAPE.vertebra(bone)
    tips = []
    for side in Side:
        at = layout(v, side)
        _, out = extent_inside(solid, at.tip, (side.sign, 0, 0), reach=20.0)
        tips.append(abs(at.tip[0]) + out)
    assert sum(tips) == pytest.approx(table("transverse_process.span")[bone], abs=1.5)


def test_the_third_transverse_process_is_the_longest_of_the_thin_ones_and_the_fifth_the_stoutest():
    span = table("transverse_process.span")
    assert max(("L1", "L2", "L3", "L4"), key=span.get) == "L3"
    thickness = {}
    for bone in LUMBAR:
        v, solid = SHAPE.vertebra(bone), bone_solid(SHAPE, bone)
        at = layout(v, Side.RIGHT)
        across = np.stack(np.meshgrid(np.arange(0, 60, 0.25), np.arange(-20, 25, 0.25)), axis=-1).reshape(-1, 2)
        u = 0.5 * (at.root[0] + at.tip[0])
        section = np.column_stack([np.full(len(across), u), across])
        thickness[bone] = int((distances(section, solid.shapes, solid.groups) < 0).sum())
    assert max(thickness, key=thickness.get) == "L5"


@pytest.mark.parametrize("lower", ["L2", "L3", "L4", "L5", "S1"])
@pytest.mark.parametrize("side", list(Side))
def test_facet_joints_are_open_and_turn_from_sagittal_to_coronal(lower, side):
    """Measured in the space between two bones, not read from the parameters."""
    upper = BONES[BONES.index(lower) - 1]
    poses = lps_from_bones(SHAPE)
    v = SHAPE.vertebra(lower)
    joint = facet(v, side)
    below, above = bone_solid(SHAPE, lower), bone_solid(SHAPE, upper).moved(poses[lower].inverse() @ poses[upper])
    along = np.linspace(-0.6, 0.6, 13) * joint.half_width
    up = np.linspace(-0.4, 0.5, 7) * joint.half_height
    ways = np.arange(-4.0, 4.0, 0.02)
    chord, gaps = [], []
    for a in along:
        sag = joint.radius - np.sqrt(joint.radius**2 - a**2)  # the joint curves towards its axis
        for b in up:
            line = joint.at(a, sag, b) + ways[:, None] * joint.facing
            nearest = np.minimum(*(distances(line, s.shapes, s.groups) for s in (below, above)))
            free = nearest > 0
            assert free[len(ways) // 2], "bone in the joint space"
            low = len(ways) // 2 - np.argmin(free[: len(ways) // 2][::-1])
            high = len(ways) // 2 + np.argmin(free[len(ways) // 2 :])
            gaps.append(ways[high] - ways[low])
            chord.append(line[(low + high) // 2])
    gap = evidence.get("morphometry.facet.joint_space")
    assert np.median(gaps) == pytest.approx(gap.value, abs=0.8)
    assert np.min(gaps) > 0.6 * gap.low
    points = np.array(chord)[:, :2] - np.mean(np.array(chord)[:, :2], axis=0)
    direction = np.linalg.svd(points, full_matrices=False)[2][0]
    angle = np.degrees(np.arctan2(abs(direction[0]), abs(direction[1])))
    assert direction[0] * direction[1] * side.sign > 0, "the joint runs outwards to the back"
    assert angle == pytest.approx(table("facet.angle")[lower], abs=6.0)


def test_lordosis_and_discs():
    poses = lps_from_bones(SHAPE)
    for upper, lower in zip(BONES, BONES[1:], strict=False):
        a, b = SHAPE.vertebra(upper), SHAPE.vertebra(lower)
        floor, roof = poses[upper]([0, 0, -a.height_mm / 2]), poses[lower]([0, 0, b.height_mm / 2])
        assert np.linalg.norm(floor - roof) == pytest.approx(table("disc.height")[upper], abs=0.2)
        assert floor[2] > roof[2]
    normals = [poses[bone].rotation[:, 2] for bone in ("L1", "S1")]
    lordosis = np.degrees(np.arccos(normals[0] @ normals[1]))
    assert 40.0 < lordosis < 65.0
    tilt = [np.degrees(np.arctan2(-poses[b].rotation[1, 2], poses[b].rotation[2, 2])) for b in BONES]
    assert np.all(np.diff(tilt[1:]) > 0), "each end plate tilts further forward than the one above"
    assert tilt[-1] == pytest.approx(evidence.value("morphometry.sacrum.slope"))
