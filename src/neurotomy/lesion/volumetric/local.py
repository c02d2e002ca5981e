"""A preconditioner with a second part: cells at the electrodes, solved exactly among themselves.

A needle in tissue is what a homogeneous stand-in knows least about: metal conducts heat thirty times better, and the
potential is held on its surface. The cells concerned are few, so they are solved directly and added to what the
stand-in gives; conjugate gradients then need about half the iterations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["WithLocal", "layers"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Flags = NDArray[np.bool_]


def layers(cells: Flags, count: int) -> Flags:
    """The cells and `count` layers of face neighbours around them."""
    found = cells.copy()
    for _ in range(count):
        wider = found.copy()
        for axis in range(3):
            low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
            high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
            wider[low] |= found[high]
            wider[high] |= found[low]
        found = wider
    return found


class WithLocal:
    """`whole` plus the exact inverse among `cells`: symmetric and positive as both are.

    Parameters
    ----------
    whole : callable
        Approximate inverse for all cells.
    cells : array of bool
        Those solved exactly, (ni, nj, nk).
    diagonal : array
        Of the system, (ni, nj, nk).
    links : three arrays
        Between neighbours along each axis.
    """

    def __init__(
        self, whole: Callable[[Single], Single], cells: Flags, diagonal: Array, links: tuple[Array, Array, Array]
    ) -> None:
        from scipy.sparse import csc_matrix
        from scipy.sparse.linalg import splu

        self._whole = whole
        self._cells = np.flatnonzero(cells)
        number = np.full(cells.shape, -1)
        number.ravel()[self._cells] = np.arange(len(self._cells))
        row, column, value = [np.arange(len(self._cells))], [np.arange(len(self._cells))], [diagonal[cells]]
        for axis in range(3):
            low = tuple(slice(None, -1) if a == axis else slice(None) for a in range(3))
            high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
            both = cells[low] & cells[high]
            one, other, link = number[low][both], number[high][both], -links[axis][both]
            row += [one, other]
            column += [other, one]
            value += [link, link]
        n = len(self._cells)
        matrix: Any = csc_matrix(
            (np.concatenate(value), (np.concatenate(row), np.concatenate(column))), shape=(n, n), dtype=np.float32
        )
        self._factor = splu(matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})

    def __call__(self, right: Single) -> Single:
        """The approximate solution."""
        found = self._whole(right)
        found.ravel()[self._cells] += self._factor.solve(right.ravel()[self._cells])
        return found
