"""A template fitted to a bone of another shape: what stands elsewhere is reached, what is missing does not pull."""

import numpy as np
import pytest

from neurotomy.anatomy.fit import fit_surface
from neurotomy.anatomy.fit_pose import fit_pose
from neurotomy.anatomy.names import Side
from neurotomy.anatomy.spine import template_vertebra
from neurotomy.anatomy.surface import BoneSurface
from neurotomy.geometry import RigidTransform

TEMPLATE = template_vertebra("L4")
NEAR = TEMPLATE.landmarks_mm[Side.RIGHT]["target"]


def narrowed(points, by_mm, width_mm=14.0):
    """The right superior articular process and its root moved inward, smoothly, nothing else."""
    centre = TEMPLATE.landmarks_mm[Side.RIGHT]["sap_tip"] * 0.5 + NEAR * 0.5
    bell = np.exp(-0.5 * ((points - centre) ** 2).sum(axis=1) / width_mm**2)
    return points + by_mm * bell[:, None] * [1.0, 0.0, 0.0]


def fitted(points, start, inside=None):
    bone = BoneSurface(points, TEMPLATE.normals, np.zeros(len(points), dtype=bool), 0.3)
    pose = fit_pose(TEMPLATE.surface_mm, TEMPLATE.normals, bone, start, inside=inside)
    return fit_surface(TEMPLATE.surface_mm, TEMPLATE.normals, bone, pose, NEAR, inside=inside)


def turned(points):
    """A patient who lies a little turned, far from the origin."""
    angle = np.radians(10)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return points @ turn.T + [30.0, -110.0, 290.0]


START = RigidTransform(np.eye(3), np.array([33.0, -108.0, 287.0]))


def test_the_same_bone_elsewhere():
    bone = BoneSurface(
        turned(TEMPLATE.surface_mm),
        turned(TEMPLATE.normals) - [30, -110, 290],
        np.zeros(len(TEMPLATE.normals), bool),
        0.3,
    )
    pose = fit_pose(TEMPLATE.surface_mm, TEMPLATE.normals, bone, START)
    fit = fit_surface(TEMPLATE.surface_mm, TEMPLATE.normals, bone, pose, NEAR)
    assert fit(NEAR[None])[0] == pytest.approx(turned(NEAR), abs=0.15)
    assert fit.stretch.scale == pytest.approx(1.0, abs=0.01)
    assert fit.residual_mm < 0.15


@pytest.mark.parametrize("by_mm", [4.0, 6.0])
def test_a_process_that_stands_elsewhere_is_reached(by_mm):
    """The far bone is the one to bend to, not an outlier to leave out."""
    fit = fitted(narrowed(TEMPLATE.surface_mm, by_mm), RigidTransform.identity())
    there = narrowed(NEAR[None], by_mm)[0]
    assert np.linalg.norm(there - NEAR) > 0.7 * by_mm  # the target has truly moved
    assert np.linalg.norm(fit(NEAR[None])[0] - there) < 0.3 * by_mm
    assert fit.residual_mm < 0.5
    other = TEMPLATE.landmarks_mm[Side.LEFT]["target"]
    assert fit(other[None])[0] == pytest.approx(other, abs=0.6)  # the other side stays where it is


def test_bone_that_is_not_shown_does_not_pull():
    """Of a bone cut by the image, what is shown is fitted and the rest follows."""
    cut = TEMPLATE.surface_mm[:, 2] > -12.0
    bone = BoneSurface(TEMPLATE.surface_mm[cut], TEMPLATE.normals[cut], np.zeros(int(cut.sum()), dtype=bool), 0.3)
    start = RigidTransform(np.eye(3), np.array([1.0, 2.0, 2.0]))

    def shown(points):
        return points[:, 2] > -12.0

    pose = fit_pose(TEMPLATE.surface_mm, TEMPLATE.normals, bone, start, inside=shown)
    fit = fit_surface(TEMPLATE.surface_mm, TEMPLATE.normals, bone, pose, NEAR, inside=shown)
    assert fit(NEAR[None])[0] == pytest.approx(NEAR, abs=0.3)
