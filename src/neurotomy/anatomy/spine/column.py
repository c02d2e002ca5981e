"""Where each bone stands: the spine stacked from the sacrum up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.spine.shape import BONES, DiscShape, SpineShape
from neurotomy.geometry import RigidTransform

__all__ = ["L3_CENTRE_LPS_MM", "lps_from_bones", "stacked", "turn"]

Array = NDArray[np.float64]

L3_CENTRE_LPS_MM = (2.0, 10.0, 0.0)
"""Where the centre of L3 is put: a little off the scanner's axis, as patients lie."""


def turn(x_deg: float = 0.0, y_deg: float = 0.0, z_deg: float = 0.0) -> Array:
    """Rotation matrix Rz Ry Rx, right-handed about the frame's axes."""
    (cx, cy, cz), (sx, sy, sz) = (f(np.radians([x_deg, y_deg, z_deg])) for f in (np.cos, np.sin))
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(rz @ ry @ rx)


def lps_from_bones(shape: SpineShape) -> Mapping[str, RigidTransform]:
    """``lps_from_vertebra`` of every bone.

    A bone's frame: origin at the centre of its body, +x patient left, +y posterior, +z along the normal of its upper
    end plate. A forward tilt is a positive turn about x. Going up, each disc's and each body's wedge takes tilt away.
    """
    heights = tuple(v.height_mm for v in shape.vertebrae)
    wedges = tuple(v.wedge_deg for v in shape.vertebrae)
    return stacked(BONES, heights, wedges, shape.discs, shape.sacral_slope_deg, "L3", L3_CENTRE_LPS_MM)


def stacked(
    bones: Sequence[str],
    heights_mm: Sequence[float],
    wedges_deg: Sequence[float],
    discs: Sequence[DiscShape],
    slope_deg: float,
    anchor: str,
    anchor_lps_mm: ArrayLike,
) -> Mapping[str, RigidTransform]:
    """Bones stacked from the lowest up, as :func:`lps_from_bones` says.

    Parameters
    ----------
    bones, heights_mm, wedges_deg
        From the head down; heights of the bodies at their centres.
    discs
        Below each bone but the last.
    slope_deg
        Forward tilt of the lowest bone's upper end plate.
    anchor, anchor_lps_mm
        Which bone's centre is put where.
    """
    rotation = turn(slope_deg)
    centre = np.zeros(3)
    poses = {bones[-1]: (rotation, centre)}
    for n in range(len(bones) - 2, -1, -1):
        disc = discs[n]
        plate = centre + rotation @ np.array([0.0, 0.0, heights_mm[n + 1] / 2])
        half = rotation @ turn(-disc.wedge_deg / 2, -disc.lateral_deg / 2, disc.rotation_deg / 2)
        lower_plate = rotation @ turn(-disc.wedge_deg, -disc.lateral_deg, disc.rotation_deg)
        rotation = lower_plate @ turn(-wedges_deg[n])
        centre = plate + half[:, 2] * disc.height_mm + rotation @ np.array([0.0, 0.0, heights_mm[n] / 2])
        poses[bones[n]] = (rotation, centre)
    shift = np.asarray(anchor_lps_mm, dtype=float) - poses[anchor][1]
    return {bone: RigidTransform(poses[bone][0], poses[bone][1] + shift) for bone in bones}
