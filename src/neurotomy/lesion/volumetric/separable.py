"""An approximate inverse for graded Cartesian grids: homogeneous tissue, solved exactly along the three axes.

On a tensor grid a homogeneous medium is a sum of three one-dimensional problems. Their eigenvectors turn the system
into a diagonal one (Lynch, Rice and Thomas 1964): three small matrix products there and three back, which is what a
processor does best. Bone, fat and needles only change how many iterations conjugate gradients need.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["Axis", "Separable"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]


class Axis:
    """Eigenvectors of ``-d²/dx²`` on one axis of cells.

    Parameters
    ----------
    face : (n + 1,) array
        Faces, m; the field is held at the first and the last.
    """

    def __init__(self, face: Array, closed: tuple[bool, bool] = (False, False)) -> None:
        width, centre = np.diff(face), 0.5 * (face[1:] + face[:-1])
        link = 1 / np.diff(centre)
        stiffness = np.diag(np.concatenate([[0.0], link]) + np.concatenate([link, [0.0]]))
        stiffness -= np.diag(link, 1) + np.diag(link, -1)
        if not closed[0]:
            stiffness[0, 0] += 2 / width[0]
        if not closed[1]:
            stiffness[-1, -1] += 2 / width[-1]
        root = 1 / np.sqrt(width)
        self.value, vectors = np.linalg.eigh(root[:, None] * stiffness * root)
        self.forward = np.ascontiguousarray((root[:, None] * vectors).T, np.float32)  # (mode, cell)
        self.back = np.ascontiguousarray(root[:, None] * vectors, np.float32)  # (cell, mode)


class Separable:
    """The inverse of ``conduction * (-Laplacian) + storage`` on a tensor grid, W/m/K and W/m³/K (or S/m and 0).

    Parameters
    ----------
    axes : tuple of Axis
        Of the grid.
    conduction, storage : float
        Homogeneous stand-ins for what the system holds.
    scale : array, optional
        Symmetric diagonal scaling, (ni, nj, nk): the square root of what the homogeneous diagonal is to the true one.
    """

    def __init__(self, axes: tuple[Axis, Axis, Axis], conduction: float, storage: float, scale: Array | None) -> None:
        self._axes = axes
        i, j, k = (axis.value for axis in axes)
        total = conduction * (i[:, None, None] + j[None, :, None] + k[None, None, :]) + storage
        self._inverse = (1 / total).astype(np.float32)
        self._scale = None if scale is None else scale.astype(np.float32)

    def __call__(self, right: Single) -> Single:
        """The approximate solution, (ni, nj, nk)."""
        i, j, k = self._axes
        shape = right.shape
        x = right if self._scale is None else right * self._scale
        x = (i.forward @ x.reshape(shape[0], -1)).reshape(shape)
        x = np.matmul(j.forward, x)
        x = x @ k.forward.T
        x *= self._inverse
        x = x @ k.back.T
        x = np.matmul(j.back, x)
        x = (i.back @ x.reshape(shape[0], -1)).reshape(shape)
        if self._scale is not None:
            x *= self._scale
        return np.asarray(x)
