"""Write a volume as NIfTI-1: the voxels as they are, the affine in NIfTI's RAS, orientation stated both ways."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, cast

import numpy as np

from neurotomy.files import write_atomically
from neurotomy.geometry import Volume
from neurotomy.imaging.export.study import NOT_A_DEVICE
from neurotomy.imaging.nifti import LPS_FROM_RAS

__all__ = ["write_nifti"]


def write_nifti(volume: Volume, path: Path) -> None:
    """Write `volume` to `path` (.nii or .nii.gz); voxels keep their order, type and place.

    Raises
    ------
    OutputError
        When it cannot be written; what was there stays.
    """
    import nibabel

    ras_from_voxel = LPS_FROM_RAS @ volume.lps_from_voxel  # its own inverse
    image: Any = cast(Any, nibabel).Nifti1Image(np.asarray(volume.array), ras_from_voxel)
    image.header.set_xyzt_units("mm")
    image.set_sform(ras_from_voxel, 1)
    image.set_qform(ras_from_voxel, 1)
    image.header["descrip"] = NOT_A_DEVICE.encode()[:79]
    data = image.to_bytes()
    if path.name.lower().endswith(".gz"):
        data = gzip.compress(data, compresslevel=6, mtime=0)  # no time: the same volume gives the same file
    with write_atomically(path) as temporary:
        temporary.write_bytes(data)
