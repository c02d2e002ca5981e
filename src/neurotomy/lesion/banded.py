"""A symmetric five-point system on a (nz, nr) grid, factored once and solved many times (banded Cholesky, LAPACK)."""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

import numpy as np
import scipy
from numpy.typing import NDArray

from neurotomy.errors import LesionError

__all__ = ["Factor"]

_COMPILED = "_flapack"

Array = NDArray[np.float64]


class Factor:
    """The factor of a matrix with `diagonal` (nz, nr) and neighbours ``-radial`` (nz, nr-1), ``-axial`` (nz-1, nr).

    Raises
    ------
    LesionError
        When the matrix is not positive definite: a property of the tissue or needle is not physical.
    """

    def __init__(self, diagonal: Array, radial: Array, axial: Array) -> None:
        nz, nr = diagonal.shape
        # LAPACK wants columns of nr + 1 numbers: filled as rows here and handed over as the transpose, without a copy.
        band = np.zeros((nz, nr, nr + 1))
        band[..., 0] = diagonal
        band[:, :-1, 1] = -radial
        band[:-1, :, nr] -= axial  # for nr = 1 both neighbours share one diagonal
        self._factor, info = _lapack().dpbtrf(band.reshape(nz * nr, nr + 1).T, lower=1, overwrite_ab=1)
        if info != 0:
            raise LesionError("The lesion cannot be computed: a tissue or needle property is not physical (negative?).")

    def solve(self, right: Array, guess: Array | None = None) -> Array:
        """The solution for one right-hand side, same shape; a direct solution needs no `guess`."""
        x, _ = _lapack().dpbtrs(self._factor, right.ravel(), lower=1)
        return np.asarray(x).reshape(right.shape)


@cache
def _lapack() -> ModuleType:
    """LAPACK as scipy ships it, without importing the package around it.

    ``scipy.linalg`` takes longer to import (0.2 to 0.4 s, most of it for other array libraries) than a lesion takes to
    compute; its compiled module alone takes 0.01 s. Where it does not lie where it lay for the last ten years, the
    package is imported.
    """
    found = PathFinder.find_spec(_COMPILED, [str(Path(scipy.__file__).parent / "linalg")])
    if found is None or found.loader is None:
        from scipy.linalg import lapack

        return lapack
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
