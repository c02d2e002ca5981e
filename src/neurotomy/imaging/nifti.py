"""NIfTI-1 and -2 files: the array as stored and where it lies, in LPS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError

__all__ = ["LPS_FROM_RAS", "read_nifti"]

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""NIfTI says RAS; two axes point the other way in LPS. The voxels stay where they are."""


def read_nifti(path: Path) -> tuple[NDArray[Any], NDArray[np.float64], tuple[str, ...]]:
    """Array (ni, nj, nk) as stored, ``lps_from_voxel``, and warnings.

    Raises
    ------
    ImageError
        When the file is damaged, not 3-D, or does not say where left and right are.
    """
    import nibabel

    try:
        image: Any = nibabel.load(path)
        array = np.asarray(image.dataobj)
    except Exception as error:  # nibabel, zlib and gzip raise some ten kinds for a damaged file
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise ImageError(f"'{path.name}' is damaged or no NIfTI file ({first}). Copy or export it again.") from None
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.ndim != 3:
        shape = "×".join(str(n) for n in array.shape)
        raise ImageError(f"'{path.name}' has {array.ndim} axes ({shape}), a CT has 3. Export one 3-D image.")
    return array, LPS_FROM_RAS @ _ras_from_voxel(image, path.name), ()


def _ras_from_voxel(image: Any, name: str) -> NDArray[np.float64]:
    header = image.header
    if not hasattr(header, "get_sform"):
        raise ImageError(f"'{name}' is no NIfTI image (Analyze does not say where left is). Convert it to NIfTI.")
    sform, s_code = header.get_sform(coded=True)
    qform, q_code = header.get_qform(coded=True)
    if not s_code and not q_code:
        raise ImageError(
            f"'{name}' does not say how it lies in the patient (sform and qform are unset), so left and right are "
            "unknown. Export it again with its orientation."
        )
    if s_code and q_code:
        s, q = (np.asarray(a)[:3, :3] / np.linalg.norm(np.asarray(a)[:3, :3], axis=0) for a in (sform, qform))
        if np.max(np.abs(s - q)) > 0.2:
            raise ImageError(
                f"'{name}' contradicts itself: its sform and qform orient the patient differently, so left and right "
                "are unknown. Export it again."
            )
    unit = header.get_xyzt_units()[0]
    if unit not in {"mm", "unknown"}:
        raise ImageError(f"'{name}' has lengths in {unit}, and mm are expected. Export it in mm.")
    return np.asarray(sform if s_code else qform, dtype=float)
