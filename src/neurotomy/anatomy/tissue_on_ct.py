"""From CT numbers and labels to tissues: what current and heat meet around a needle."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy import evidence
from neurotomy.errors import AnatomyError
from neurotomy.geometry import Volume
from neurotomy.imaging.labels import HIP_IDS, RIB_IDS, SACRUM_ID, VERTEBRA_IDS

__all__ = ["TISSUES", "tissues_on_ct"]

TISSUES = ("muscle", "fat_infiltrated", "bone_cancellous", "bone_cortical", "air", "spinal_cord")
"""What the numbers of the map mean, in order."""
MUSCLE, FAT, CANCELLOUS, CORTICAL, AIR, CORD = range(6)
SPINAL_CORD_ID = 79
"""TotalSegmentator v2."""
_BONES = (*VERTEBRA_IDS.values(), SACRUM_ID, *HIP_IDS.values(), *(i for ids in RIB_IDS.values() for i in ids))


def tissues_on_ct(ct: Volume, labels: Volume | None, centre_lps_mm: ArrayLike, half_mm: float = 30.0) -> Volume:
    """Tissue of each voxel in a cube of the CT.

    Labelled bone is cortical above 400 HU and cancellous below, whatever its number; unlabelled voxels above 200 HU are
    bone too. The rest is told by its CT number: air, fat, muscle (with everything else that is soft). The bounds are in
    the evidence, ``tissue_on_ct``.

    Parameters
    ----------
    ct : Volume
        HU.
    labels : Volume or None
        On the same grid, ids of :data:`neurotomy.imaging.labels.VERTEBRA_IDS`.
    centre_lps_mm : (3,) array_like
        Middle of the cube.
    half_mm : float
        Half its side.

    Returns
    -------
    Volume
        uint8, numbers of :data:`TISSUES`, voxels of the CT.

    Raises
    ------
    AnatomyError
        When the middle of the cube is not on the CT.
    """
    centre = np.asarray(centre_lps_mm, float)
    if not bool(ct.contains(centre)):
        raise AnatomyError(
            f"The needle's tip at {np.round(centre, 1).tolist()} mm (LPS) is outside the CT: its lesion needs the "
            "tissue around it."
        )
    part = ct.crop(centre - half_mm, centre + half_mm)
    hu: NDArray[np.int16] = part.array
    found = np.full(hu.shape, MUSCLE, np.uint8)
    found[hu < evidence.value("tissue_on_ct.fat_below")] = FAT
    found[hu < evidence.value("tissue_on_ct.air_below")] = AIR
    bone = hu >= evidence.value("tissue_on_ct.bone_above")
    if labels is not None:
        names = labels.crop(centre - half_mm, centre + half_mm).array
        found[names == SPINAL_CORD_ID] = CORD
        bone |= np.isin(names, _BONES)
    found[bone] = CANCELLOUS
    found[bone & (hu >= evidence.value("tissue_on_ct.cortical_above"))] = CORTICAL
    return Volume(found, part.lps_from_voxel)
