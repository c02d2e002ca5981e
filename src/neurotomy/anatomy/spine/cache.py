"""Keep the images of a spine on disk: keyed by everything they depend on, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import OutputError
from neurotomy.files import cache_dir, write_atomically
from neurotomy.geometry import Volume
from neurotomy.progress import SILENT, Progress
from neurotomy.results import Result, to_json_value

__all__ = ["cache_path", "cached_images"]

_log = logging.getLogger(__name__)

Shape = TypeVar("Shape", bound=Result)
Maker = Callable[[Shape, float, Progress], tuple[Volume, Volume]]

_KEPT = 10
"""Spines on disk."""


def cache_path(shape: Result, spacing_mm: float, kind: str = "") -> Path:
    """Where the images of this shape are kept. The name changes with the code that paints them."""
    key = json.dumps([type(shape).__name__, to_json_value(shape), spacing_mm, _code(), kind], sort_keys=True)
    return cache_dir() / f"built-in-spine-{hashlib.sha256(key.encode()).hexdigest()[:20]}.npz"


def _code() -> str:
    """Hash of this package's source: a changed kernel never meets an old image."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def cached_images(
    shape: Shape, spacing_mm: float, progress: Progress = SILENT, make: Maker[Shape] | None = None, kind: str = ""
) -> tuple[Volume, Volume]:
    """CT and labels of this shape: read when they were kept, else made and kept.

    Parameters
    ----------
    shape
        The dimensions.
    spacing_mm : float
        Voxel side.
    progress : Progress
        Told at each step.
    make : callable or None
        Makes the images from (shape, spacing, progress); None paints a lumbosacral spine.
    kind : str
        Tells images of one shape apart that are made in different ways.

    A damaged file is made again. Where the cache cannot be written the images are made each time.
    """
    path = None
    try:
        path = cache_path(shape, spacing_mm, kind)
        progress(0.0, "Looking for the built-in spine in the cache")
        if path.exists():
            return _read(path)
    except (OSError, ValueError, KeyError, EOFError) as error:
        _log.warning("The cached built-in spine '%s' is damaged (%s); making it again.", path, error)
    if make is None:
        from neurotomy.anatomy.spine.images import make_images

        ct, labels = make_images(shape, spacing_mm, progress)  # type: ignore[arg-type]
    else:
        ct, labels = make(shape, spacing_mm, progress)
    if path is not None:
        try:
            _write(path, ct, labels)
            _forget_old(path.parent)
        except OutputError as error:
            _log.warning("The built-in spine could not be cached: %s", error)
    return ct, labels


def _forget_old(folder: Path) -> None:
    """Keep the spines that were made last: one is 70 MB, and each change of the code makes new ones."""
    kept = sorted(folder.glob("built-in-spine-*.npz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in kept[_KEPT:]:
        file.unlink(missing_ok=True)


def _write(path: Path, ct: Volume, labels: Volume) -> None:
    from zlib import compress

    # Stored as painted (slices outermost); labels are mostly empty and pack to a fiftieth.
    hu = np.ascontiguousarray(ct.array.transpose(2, 1, 0))
    ids = np.ascontiguousarray(labels.array.transpose(2, 1, 0))
    packed = np.frombuffer(compress(ids.tobytes(), 1), dtype=np.uint8)
    check = np.frombuffer(_digest(hu, packed), dtype=np.uint8)
    with write_atomically(path) as temporary, temporary.open("wb") as stream:
        np.savez(stream, hu=hu, labels=packed, affine=ct.lps_from_voxel, check=check)


def _read(path: Path) -> tuple[Volume, Volume]:
    from zipfile import BadZipFile
    from zlib import decompress
    from zlib import error as ZlibError

    try:
        with np.load(path, allow_pickle=False) as kept:
            hu, packed, affine, check = kept["hu"], kept["labels"], kept["affine"], kept["check"]
        if _digest(hu, packed) != check.tobytes():
            raise ValueError("its checksum is wrong")
        ids = np.frombuffer(decompress(packed.tobytes()), dtype=np.uint8).reshape(hu.shape)
    except (BadZipFile, ZlibError) as error:
        raise ValueError(str(error)) from None
    return Volume(hu.transpose(2, 1, 0), affine), Volume(ids.transpose(2, 1, 0), affine)


def _digest(hu: NDArray[np.int16], packed: NDArray[np.uint8]) -> bytes:
    """A quick checksum of what is kept (the zip's own CRC has been checked for each member by then)."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(str(hu.shape).encode())
    digest.update(np.ascontiguousarray(hu[::16]).tobytes())
    digest.update(packed.tobytes())
    return digest.digest()
