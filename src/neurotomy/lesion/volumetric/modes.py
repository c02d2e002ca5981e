"""An approximate inverse for systems about a needle: the tissue's mean over the angle, solved exactly.

With coefficients that do not depend on the angle a real Fourier transform over it turns the system into one
two-dimensional system for each harmonic, solved by a banded factor. Bone on one side changes only how many iterations
are needed. All harmonics are worked on at once: they are the lanes of one vector instruction.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit

__all__ = ["Modes"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]


@cache
def _transform(n: int) -> Single:
    """Orthonormal real Fourier matrix, (n, n): rows cos 0 … cos n/2-1, sin 1 … sin n/2-1, cos n/2."""
    angle = 2 * np.pi * np.arange(n) / n
    half = n // 2
    rows = [np.cos(m * angle) for m in range(half)] + [np.sin(m * angle) for m in range(1, half)]
    matrix = np.array([*rows, np.cos(half * angle)])
    return np.ascontiguousarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


@njit(cache=True, nogil=True, fastmath=True)
def _factorise(low: Any, inverse: Any) -> None:
    """LDLᵀ in place: `low` (n, band + 1, lanes) holds the diagonal in 0 and, in q, row i + q of column i."""
    n, width, lanes = low.shape
    for i in range(n):
        for m in range(lanes):
            inverse[i, m] = 1.0 / low[i, 0, m]
        last = min(width - 1, n - 1 - i)
        for q in range(1, last + 1):
            for m in range(lanes):
                low[i, 0, m] = low[i, q, m] * inverse[i, m]
            for s in range(q, last + 1):
                for m in range(lanes):
                    low[i + q, s - q, m] -= low[i, 0, m] * low[i, s, m]
        for q in range(1, last + 1):
            for m in range(lanes):
                low[i, q, m] *= inverse[i, m]


@njit(cache=True, nogil=True, fastmath=True)
def _sweep(factor: Any, x: Any) -> None:
    """Forward substitution for x (n, lanes), in place: one loop over all lanes, so that it becomes vector code."""
    n, width, lanes = factor.shape
    for i in range(n):
        for q in range(1, min(width, n - i)):
            for m in range(lanes):
                x[i + q, m] -= factor[i, q, m] * x[i, m]


@njit(cache=True, nogil=True)
def _turn(x: Any, inverse: Any, y: Any) -> None:
    """y: x over the diagonal, last cell first."""
    n, lanes = x.shape
    for i in range(n):
        for m in range(lanes):
            y[n - 1 - i, m] = x[i, m] * inverse[i, m]


@njit(cache=True, nogil=True)
def _upside_down(low: Any, rows: Any) -> None:
    """The transposed factor, last cell first: the backward sweep runs forward through memory, three times as fast."""
    n, width, lanes = low.shape
    for i in range(n):
        for q in range(1, min(width, i + 1)):
            for m in range(lanes):
                rows[n - 1 - i, q, m] = low[i - q, q, m]


class Modes:
    """The inverse of the mean over the last axis of a :class:`~neurotomy.lesion.volumetric.stencil.Stencil`.

    Parameters
    ----------
    diagonal, first, second, third : array
        As of the stencil, (nz, nr, n); n even. The diagonal includes the links along the last axis.
    """

    def __init__(self, diagonal: Array, first: Array, second: Array, third: Array) -> None:
        nz, nr, n = diagonal.shape
        around = third.mean(axis=2)
        lanes = n // 2 + 1
        turn = 2 - 2 * np.cos(2 * np.pi * np.arange(lanes) / n)
        low = np.zeros((nz * nr, nr + 1, lanes), np.float32)
        mean = diagonal.mean(axis=2) - 2 * around
        low[:, 0] = (mean[..., None] + around[..., None] * turn).reshape(nz * nr, lanes)
        beside = np.zeros((nz, nr))
        beside[:, :-1] = second.mean(axis=2)
        low[:, 1] = -beside.reshape(nz * nr, 1)
        low[: (nz - 1) * nr, nr] -= first.mean(axis=2).reshape((nz - 1) * nr, 1)
        inverse = np.empty((nz * nr, lanes), np.float32)
        _factorise(low, inverse)
        # Cosine and sine of a harmonic share a factor. It is stored for both: one long loop beats half the bytes.
        harmonic = np.concatenate([np.arange(n // 2), np.arange(1, n // 2 + 1)])
        self._low, self._inverse = np.take(low, harmonic, axis=2), np.take(inverse, harmonic, axis=1)
        self._rows = np.zeros_like(self._low)
        _upside_down(self._low, self._rows)
        self._matrix = _transform(n)
        self._across = np.ascontiguousarray(self._matrix.T)

    def __call__(self, right: Single) -> Single:
        """The approximate solution, (nz, nr, n)."""
        x = right.reshape(-1, right.shape[2]) @ self._across
        y = np.empty_like(x)
        _sweep(self._low, x)
        _turn(x, self._inverse, y)
        _sweep(self._rows, y)
        return np.asarray((y[::-1] @ self._matrix).reshape(right.shape))
