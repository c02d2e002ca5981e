"""The lesion of a placed needle in the tissue that the patient's CT shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.anatomy.tissue import tissue
from neurotomy.anatomy.tissue_on_ct import TISSUES, tissues_on_ct
from neurotomy.equipment.electrode import Electrode
from neurotomy.equipment.protocol import Protocol
from neurotomy.geometry import RigidTransform, Volume, unit
from neurotomy.lesion.physics import PLAIN, Physics
from neurotomy.lesion.volumetric.result import VolumeLesion
from neurotomy.lesion.volumetric.simulation import VolumeNumerics, simulate_in_tissue
from neurotomy.lesion.volumetric.tissue_map import TissueMap
from neurotomy.progress import SILENT, Progress

__all__ = ["simulate_on_ct", "tissue_map_on_ct"]

HALF_MM = 30.0
"""Half the side of the cube of CT around the active tip: beyond it the last voxel's tissue goes on."""


def tissue_map_on_ct(ct: Volume, labels: Volume | None, centre_lps_mm: ArrayLike) -> TissueMap:
    """Tissues in a 60 mm cube of a CT."""
    return TissueMap(tissues_on_ct(ct, labels, centre_lps_mm, HALF_MM), tuple(tissue(name) for name in TISSUES))


def simulate_on_ct(
    electrode: Electrode,
    protocol: Protocol,
    ct: Volume,
    labels: Volume | None,
    tip_lps_mm: ArrayLike,
    shaft_lps: ArrayLike,
    *,
    bend_lps: ArrayLike | None = None,
    start_c: float = 37.0,
    perfusion: bool = True,
    physics: Physics = PLAIN,
    numerics: VolumeNumerics | None = None,
    progress: Progress = SILENT,
) -> VolumeLesion:
    """Compute the lesion of a needle where it lies in the patient.

    Parameters
    ----------
    electrode, protocol
        What is used.
    ct, labels
        HU, and label map on the same grid or None.
    tip_lps_mm, shaft_lps : (3,) array_like
        Apex, mm, and direction up the straight shaft, LPS.
    bend_lps : (3,) array_like, optional
        Where a curved tip bends to, and the first of several tines points: a direction across the shaft, LPS. None
        takes some direction, which is right for a straight needle.
    physics
        Beyond the plain lesion.

    Returns
    -------
    VolumeLesion
        Its frame has the origin at the apex, +z up the shaft, and +x along the bend.

    Raises
    ------
    GuidanceError
        When a direction has no length, or the bend is along the shaft.
    """
    tip, up = np.asarray(tip_lps_mm, float), unit(shaft_lps)
    pose = RigidTransform.along_axis(tip, up).inverse()
    if bend_lps is not None:
        x = unit(np.asarray(bend_lps, float) - (np.asarray(bend_lps, float) @ up) * up)
        pose = RigidTransform.from_frame(tip, np.array([x, np.cross(up, x), up]))
    lps_from_needle: NDArray[np.float64] = np.eye(4)
    lps_from_needle[:3, :3], lps_from_needle[:3, 3] = pose.rotation, pose.translation_mm
    middle = tip + 0.5 * electrode.active_tip_mm * up
    return simulate_in_tissue(
        electrode,
        protocol,
        tissue_map_on_ct(ct, labels, middle),
        lps_from_needle,
        start_c=start_c,
        perfusion=perfusion,
        physics=physics,
        numerics=numerics,
        progress=progress,
    )
