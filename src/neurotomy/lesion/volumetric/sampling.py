"""What lies between neighbouring cells of a grid that cuts through tissue at any angle.

The region between two cell centres, as wide as their face, is sampled. Across a surface between two tissues they are in
series, along it in parallel: with the surface's normal n, estimated from the samples, and the direction d from cell to
cell the conductivity is (d · n)² times the harmonic mean plus the rest times the arithmetic mean. The harmonic mean
alone, right for a surface that faces the cells, would let bone block the current that flows along it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit

__all__ = ["LINES", "POINTS", "effective", "mean_inverse", "tissue_at"]

LINES = 2
"""Lines across a face, each way."""
POINTS = 4
"""Points on half a line."""

Array = NDArray[np.float64]


@njit(inline="always", cache=True, nogil=True)
def tissue_at(labels: Any, m: Any, x: float, y: float, z: float) -> int:
    """Number of the tissue at a point in metres; beyond the map that of the nearest voxel."""
    i = int(np.floor(m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3] + 0.5))
    j = int(np.floor(m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3] + 0.5))
    k = int(np.floor(m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3] + 0.5))
    i = min(max(i, 0), labels.shape[0] - 1)
    j = min(max(j, 0), labels.shape[1] - 1)
    k = min(max(k, 0), labels.shape[2] - 1)
    return int(labels[i, j, k])


@njit(cache=True, nogil=True)
def mean_inverse(labels: Any, m: Any, start: Any, stop: Any, values: Any) -> float:
    """Mean of 1 / value along the line between two points in metres."""
    total = 0.0
    for n in range(POINTS):
        t = (n + 0.5) / POINTS
        x = start[0] + t * (stop[0] - start[0])
        y = start[1] + t * (stop[1] - start[1])
        z = start[2] + t * (stop[2] - start[2])
        total += 1.0 / values[tissue_at(labels, m, x, y, z)]
    return total / POINTS


@njit(inline="always", cache=True, nogil=True)
def effective(sums: Any, count: int, lengths: Any) -> float:
    """Conductivity of a sampled region between two cells.

    Parameters
    ----------
    sums : (5,) array
        Sums over the samples: of the value, of its inverse, and of the value times the place along the direction from
        cell to cell and along the two others, each from -0.5 to 0.5.
    count : int
        Number of samples.
    lengths : (3,) array
        Of the region, m.
    """
    arithmetic, harmonic = sums[0] / count, count / sums[1]
    along, second, third = sums[2] / lengths[0], sums[3] / lengths[1], sums[4] / lengths[2]
    total = along * along + second * second + third * third
    if total <= 1e-18 * arithmetic * arithmetic:
        return float(harmonic)
    cosine = along * along / total
    return float(cosine * harmonic + (1.0 - cosine) * arithmetic)
