"""NIfTI-1 and -2 files: the array as stored and where it lies, in LPS."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError

__all__ = ["LPS_FROM_RAS", "read_nifti"]

LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""NIfTI says RAS; two axes point the other way in LPS. The voxels stay where they are."""

_MOST_VOXELS = 3_000_000_000
_MOST_DEFLATED = 1100
"""Gzip makes a byte of at most 1032 bytes: a header that promises more is wrong, and is not believed with memory."""
_DIRECTIONS_DIFFER = 0.2
"""sform and qform that differ by this much in a direction cosine (11°) orient the patient differently."""
_NOTED = 0.01
_SIZES_DIFFER = 0.02


def read_nifti(path: Path) -> tuple[NDArray[Any], NDArray[np.float64], tuple[str, ...]]:
    """Array (ni, nj, nk) as stored, ``lps_from_voxel``, and warnings.

    Raises
    ------
    ImageError
        When the file is damaged, longer or shorter than its header says, not 3-D, or does not say where left and right
        are.
    """
    import nibabel
    from nibabel.imageglobals import LoggingOutputSuppressor

    try:
        with LoggingOutputSuppressor():
            image: Any = nibabel.load(path)
            kind = isinstance(image, nibabel.Nifti1Image) and image.header.is_single
            shape = tuple(int(n) for n in image.shape)
    except Exception as error:  # nibabel, zlib and gzip raise some ten kinds for a damaged file
        raise _damaged(path, error) from None
    if not kind:
        raise ImageError(
            f"'{path.name}' is no NIfTI image in one file (Analyze does not say where left is). Convert it to NIfTI."
        )
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3:
        sizes = "×".join(str(n) for n in shape)
        raise ImageError(f"'{path.name}' has {len(shape)} axes ({sizes}), a CT has 3. Export one 3-D image.")
    affine, told = _ras_from_voxel(image.header, path.name)
    return _array(image.dataobj, shape, path), LPS_FROM_RAS @ affine, told


def _array(proxy: Any, shape: tuple[int, ...], path: Path) -> NDArray[Any]:
    """The voxels, scaled as the header says; the file must hold exactly them, and pass its own checksum."""
    try:
        kind = np.dtype(proxy.dtype)
        offset = int(proxy.offset)
        slope, intercept = float(proxy.slope), float(proxy.inter)
    except Exception as error:
        raise _damaged(path, error) from None
    count = int(np.prod([int(n) for n in shape], dtype=object))
    size = offset + count * kind.itemsize
    packed = path.stat().st_size
    if kind.kind not in "iufV" or min(shape) < 1 or not 0 < offset <= packed * _MOST_DEFLATED:
        raise ImageError(f"'{path.name}' is damaged or of a kind that is not read ({kind}). Export it again.")
    if count > _MOST_VOXELS or size > packed * _MOST_DEFLATED:
        sizes = "×".join(str(n) for n in shape)
        raise ImageError(f"'{path.name}' is damaged: its header says {sizes} voxels, more than it can hold.")
    try:
        with _open(path) as file:
            data = file.read(size)
            more = file.read(1)  # at the end of a gzip file its checksum is tested
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path, error) from None
    if len(data) < size:
        raise _damaged(path, "it ends too early")
    if more:
        raise _damaged(path, "it holds more than its header says")
    if kind.kind == "V":
        raise ImageError(f"'{path.name}' holds colours, a CT holds one number for each voxel.")
    array = np.frombuffer(data, kind, count, offset).reshape(shape, order="F")
    if slope == 1 and not intercept:
        return array if kind.isnative else array.astype(kind.newbyteorder("="))
    if not slope > 0:
        raise ImageError(f"'{path.name}' has a slope of {slope:g}: its CT numbers are unknown. Export it again.")
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(array * slope + intercept)


def _open(path: Path) -> Any:
    return gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb")


def _damaged(path: Path, error: BaseException | str) -> ImageError:
    words = " ".join((str(error) or type(error).__name__).split())[:120]
    return ImageError(f"'{path.name}' is damaged or no NIfTI file ({words}). Copy or export it again.")


def _ras_from_voxel(header: Any, name: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The affine, and what does not confirm it. NIfTI can say twice how it lies; both are heard."""
    try:
        sform, s_code = header.get_sform(coded=True)
        qform, q_code = header.get_qform(coded=True)
    except Exception:  # quaternions that cannot be
        raise ImageError(
            f"'{name}' states an orientation that cannot be (quaternion). Left and right are unknown: export it again."
        ) from None
    if not s_code and not q_code:
        raise ImageError(
            f"'{name}' does not say how it lies in the patient (sform and qform are unset), so left and right are "
            "unknown. Export it again with its orientation."
        )
    unit = _unit(header)
    if unit not in {"mm", "unknown"}:
        raise ImageError(f"'{name}' has lengths in {unit}, and mm are expected. Export it in mm.")
    used = np.asarray(sform if s_code else qform, dtype=float)
    _check(used, name)
    other = _other(header, sform, qform, s_code, q_code)
    which = ("sform", "qform") if s_code else ("qform", "sform")
    alone = f"Left and right rest on the {which[0]} of the file alone; its {which[1]} does not confirm them."
    if other is None:
        return used, (alone,)
    turned = np.max(np.abs(_directions(used) - _directions(other)))
    sizes = np.linalg.norm(used[:3, :3], axis=0) / np.linalg.norm(other[:3, :3], axis=0)
    if s_code and q_code:
        if not turned <= _DIRECTIONS_DIFFER:
            raise ImageError(
                f"'{name}' contradicts itself: its sform and qform orient the patient differently, so left and right "
                "are unknown. Export it again."
            )
        if not np.max(np.abs(sizes - 1)) <= _SIZES_DIFFER:
            raise ImageError(
                f"'{name}' contradicts itself: its sform and qform give voxels of different size. Export it again."
            )
    elif not turned <= _DIRECTIONS_DIFFER or not np.max(np.abs(sizes - 1)) <= _SIZES_DIFFER:
        return used, (alone,)
    if turned > _NOTED:
        return used, (f"sform and qform differ by {np.degrees(np.arcsin(min(turned, 1))):.1f}°; the sform was used.",)
    if np.max(np.abs(used[:3, 3] - other[:3, 3])) > 1.0:
        return used, (f"sform and qform put the image in different places; the {which[0]} was used.",)
    return used, ()


def _other(header: Any, sform: Any, qform: Any, s_code: int, q_code: int) -> NDArray[np.float64] | None:
    """The second statement, also where its code calls it unknown; None where there is none."""
    if s_code and q_code:
        second = qform
    elif s_code:
        stated = any(float(header[key]) for key in ("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y"))
        try:
            second = header.get_qform(coded=False) if stated else None
        except Exception:
            second = None
    else:
        second = header.get_sform(coded=False)
    if second is None:
        return None
    second = np.asarray(second, dtype=float)
    whole = np.all(np.isfinite(second)) and np.all(np.linalg.norm(second[:3, :3], axis=0) > 1e-6)
    return second if whole else None


def _unit(header: Any) -> str:
    try:
        return str(header.get_xyzt_units()[0])
    except Exception:  # a code that does not exist
        return "a unit that does not exist"


def _check(affine: NDArray[np.float64], name: str) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        sizes = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.all(np.isfinite(affine)) or not np.all((sizes > 0.02) & (sizes < 20.0)):
        shown = " × ".join(f"{s:.3g}" for s in sizes)
        raise ImageError(f"'{name}' states voxels of {shown} mm, which no CT has. Export it again.")
    if np.abs(affine[:3, 3]).max() > 1e5:
        raise ImageError(f"'{name}' states a place that cannot be. Export it again.")


def _directions(affine: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0))
