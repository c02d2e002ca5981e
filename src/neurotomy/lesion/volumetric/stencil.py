"""A symmetric seven-point system on a three-dimensional grid, and conjugate gradients on it.

A cell (i, j, k) has a diagonal and links to its neighbours; the last axis may be periodic (the angle about a needle).
Corrections are computed in single precision: they are small against the answer, and half the bytes are half the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit
from neurotomy.errors import LesionError

__all__ = ["Stencil"]

Array = NDArray[np.float64]
Single = NDArray[np.float32]

MOST_ITERATIONS = 400


@njit(cache=True, nogil=True, fastmath=True)
def _apply(d: Any, a: Any, b: Any, c: Any, x: Any, y: Any) -> float:
    """Y = A x; returns x · y. `c` links k to k + 1, its last entry the last cell to the first."""
    ni, nj, nk = d.shape
    dot = 0.0
    for i in range(ni):
        for j in range(nj):
            row = 0.0
            for k in range(nk):
                y[i, j, k] = d[i, j, k] * x[i, j, k]
            if i > 0:
                for k in range(nk):
                    y[i, j, k] -= a[i - 1, j, k] * x[i - 1, j, k]
            if i < ni - 1:
                for k in range(nk):
                    y[i, j, k] -= a[i, j, k] * x[i + 1, j, k]
            if j > 0:
                for k in range(nk):
                    y[i, j, k] -= b[i, j - 1, k] * x[i, j - 1, k]
            if j < nj - 1:
                for k in range(nk):
                    y[i, j, k] -= b[i, j, k] * x[i, j + 1, k]
            for k in range(nk - 1):
                y[i, j, k] -= c[i, j, k] * x[i, j, k + 1]
            for k in range(1, nk):
                y[i, j, k] -= c[i, j, k - 1] * x[i, j, k - 1]
            y[i, j, nk - 1] -= c[i, j, nk - 1] * x[i, j, 0]
            y[i, j, 0] -= c[i, j, nk - 1] * x[i, j, nk - 1]
            for k in range(nk):
                row += x[i, j, k] * y[i, j, k]
            dot += row
    return dot


@njit(cache=True, nogil=True, fastmath=True)
def _dot(x: Any, y: Any) -> float:
    total = 0.0
    for i in range(x.shape[0]):
        row = 0.0
        for j in range(x.shape[1]):
            row += x[i, j] * y[i, j]
        total += row
    return total


@njit(cache=True, nogil=True, fastmath=True)
def _advance(x: Any, r: Any, p: Any, q: Any, alpha: Any) -> None:
    """X += alpha p; r -= alpha q."""
    for i in range(x.size):
        x[i] += alpha * p[i]
        r[i] -= alpha * q[i]


@njit(cache=True, nogil=True, fastmath=True)
def _direct(p: Any, z: Any, beta: Any) -> None:
    """P = z + beta p."""
    for i in range(p.size):
        p[i] = z[i] + beta * p[i]


@dataclass(frozen=True)
class Stencil:
    """``diagonal x - links to neighbours``, all (ni, nj, nk).

    Attributes
    ----------
    diagonal
        Of each cell.
    first, second, third
        Links along the axes, shapes (ni - 1, nj, nk), (ni, nj - 1, nk) and (ni, nj, nk); the last entry of `third`
        along its axis links the last cell to the first (0 where the axis does not close).
    precondition
        An approximate inverse, symmetric and positive, in single precision.
    """

    diagonal: Array
    first: Array
    second: Array
    third: Array
    precondition: Callable[[Single], Single]

    def apply(self, x: Array) -> Array:
        """A x, in double precision."""
        y = np.empty_like(x)
        _apply(self.diagonal, self.first, self.second, self.third, x, y)
        return y

    def solve(self, right: Array, guess: Array | None, tolerance: float) -> tuple[Array, int]:
        """The solution to a relative `tolerance` in the energy norm, and the number of iterations.

        Raises
        ------
        LesionError
            When it is not found in 400 iterations: a property is not physical.
        """
        x = np.zeros_like(right) if guess is None else np.array(guess)
        residual = right - self.apply(x) if guess is not None else right
        d, a, b, c = self._single
        r = residual.astype(np.float32)
        change = np.zeros_like(r)
        q = np.empty_like(r)
        p = np.empty_like(r)
        flat = (r.shape[0], -1)
        old = 1.0
        scale = abs(float((right * x).sum()))
        count = 0
        while True:
            z = self.precondition(r)
            new = _dot(r.reshape(flat), z.reshape(flat))
            if count == 0 and scale <= 0:
                scale = new
            if new <= tolerance**2 * scale or new == 0.0:
                break
            if count == MOST_ITERATIONS:
                raise LesionError("The fields of this lesion do not converge: is a tissue property not physical?")
            if count == 0:
                p[...] = z
            else:
                _direct(p.ravel(), z.ravel(), np.float32(new / old))
            alpha = new / _apply(d, a, b, c, p, q)
            _advance(change.ravel(), r.ravel(), p.ravel(), q.ravel(), np.float32(alpha))
            old = new
            count += 1
        x += change
        return x, count

    @property
    def _single(self) -> tuple[Single, Single, Single, Single]:
        held = self.__dict__.get("_held")
        if held is None:
            held = tuple(part.astype(np.float32) for part in (self.diagonal, self.first, self.second, self.third))
            self.__dict__["_held"] = held
        return held
