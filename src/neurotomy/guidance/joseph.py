"""The plain projector: Joseph's method, ray by ray. Slower than the shear-warp, and right wherever the source is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit

__all__ = ["joseph_rows"]

Array = NDArray[Any]


@njit(cache=True, nogil=True, fastmath=True)
def joseph_rows(
    volume: Array,
    source: Array,
    corner: Array,
    per_column: Array,
    per_row: Array,
    spacing: Array,
    out: Array,
    row_start: int,
    row_stop: int,
) -> None:  # pragma: no cover - compiled
    """Line integrals from the source to the pixels of rows `row_start` to `row_stop`, voxel value times mm.

    One bilinear sample at each slice across the ray's own main axis, between source and detector (Joseph, IEEE Trans
    Med Imaging 1982;1:192). Parameters as in :func:`neurotomy.guidance.shear_warp.warp_rows`, but in the volume's own
    axis order.
    """
    for r in range(row_start, row_stop):
        for c in range(out.shape[1]):
            d0 = corner[0] + c * per_column[0] + r * per_row[0] - source[0]
            d1 = corner[1] + c * per_column[1] + r * per_row[1] - source[1]
            d2 = corner[2] + c * per_column[2] + r * per_row[2] - source[2]
            if abs(d0) >= abs(d1) and abs(d0) >= abs(d2):
                a, b, e = 0, 1, 2
                da, db, de = d0, d1 / d0, d2 / d0
            elif abs(d1) >= abs(d2):
                a, b, e = 1, 0, 2
                da, db, de = d1, d0 / d1, d2 / d1
            else:
                a, b, e = 2, 0, 1
                da, db, de = d2, d0 / d2, d1 / d2
            low, high = min(source[a], source[a] + da), max(source[a], source[a] + da)
            low, high = max(low, 0.0), min(high, volume.shape[a] - 1.0)
            low, high = _within(low, high, source[b] - db * source[a], db, volume.shape[b] - 1.0)
            low, high = _within(low, high, source[e] - de * source[a], de, volume.shape[e] - 1.0)
            value = 0.0
            for n in range(int(np.ceil(low)), int(np.floor(high)) + 1):
                x = source[b] + db * (n - source[a])
                y = source[e] + de * (n - source[a])
                if x < 0.0 or y < 0.0 or x >= volume.shape[b] - 1 or y >= volume.shape[e] - 1:
                    continue
                i, j = int(x), int(y)
                s, t = x - i, y - j
                if a == 0:
                    v00, v01 = volume[n, i, j], volume[n, i, j + 1]
                    v10, v11 = volume[n, i + 1, j], volume[n, i + 1, j + 1]
                elif a == 1:
                    v00, v01 = volume[i, n, j], volume[i, n, j + 1]
                    v10, v11 = volume[i + 1, n, j], volume[i + 1, n, j + 1]
                else:
                    v00, v01 = volume[i, j, n], volume[i, j + 1, n]
                    v10, v11 = volume[i + 1, j, n], volume[i + 1, j + 1, n]
                value += (1.0 - s) * ((1.0 - t) * v00 + t * v01) + s * ((1.0 - t) * v10 + t * v11)
            length = np.sqrt(spacing[a] ** 2 + (db * spacing[b]) ** 2 + (de * spacing[e]) ** 2)
            out[r, c] = value * length


@njit(cache=True, nogil=True, inline="always")
def _within(
    low: float, high: float, start: float, slope: float, end: float
) -> tuple[float, float]:  # pragma: no cover - compiled
    """The part of [low, high] in which start + slope * n lies in [0, end], or a little more; low > high for none."""
    if abs(slope) < 1e-9:
        return (low, high) if -1e-6 <= start <= end + 1e-6 else (1.0, 0.0)
    first, last = -start / slope, (end - start) / slope
    return max(low, min(first, last) - 1e-6), min(high, max(first, last) + 1e-6)
