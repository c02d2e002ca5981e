"""The fast projector's two kernels: a perspective shear onto one plane of the volume, then a warp to the detector.

For a point source all slices across the beam's main axis map onto one base plane by scale and shift alone. So the sum
over slices separates: every voxel row is resampled once along its own direction, neighbouring rows are blended, and one
two-dimensional warp brings the sum to the detector (Lacroute and Levoy, SIGGRAPH 1994, for a point source). The samples
are those of Joseph's method (bilinear in each slice; IEEE Trans Med Imaging 1982;1:192), at a fraction of its memory
traffic. Coordinates are voxel indices of a volume padded by one voxel of air on all faces.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.compiled import njit

__all__ = ["extents", "shear_band", "warp_rows"]

Array = NDArray[Any]


@njit(cache=True, nogil=True)
def extents(volume: Array) -> Array:  # pragma: no cover - compiled
    """First and one past the last voxel that is not air in each row, shape (n0, n1, 2); (0, 0) for a row of air."""
    n0, n1, n2 = volume.shape
    found = np.zeros((n0, n1, 2), dtype=np.int32)
    for i in range(n0):
        for j in range(n1):
            first = 0
            while first < n2 and volume[i, j, first] == 0:
                first += 1
            if first == n2:
                continue
            last = n2
            while volume[i, j, last - 1] == 0:
                last -= 1
            found[i, j, 0] = first
            found[i, j, 1] = last
    return found


@njit(cache=True, nogil=True, fastmath=True)
def shear_band(
    volume: Array,
    filled: Array,
    slices_on_axis_1: bool,
    source: Array,
    base: float,
    u_start: float,
    u_step: float,
    v_start: float,
    v_step: float,
    total: Array,
    row_start: int,
    row_stop: int,
) -> None:  # pragma: no cover - compiled
    """Add all slices to rows `row_start` to `row_stop` of the base plane's image `total`.

    Parameters
    ----------
    volume : (n0, n1, n2) uint16 array
        Attenuation, padded with air. Slices lie across axis 0, or across axis 1 when `slices_on_axis_1`; rows along 2.
    filled : (n0, n1, 2) int32 array
        From :func:`extents`.
    source : (3,) array
        Source as (slice, row, column) coordinates in voxels; outside all slices.
    base : float
        Slice coordinate of the base plane.
    u_start, u_step, v_start, v_step : float
        Column and row coordinates of the pixels of `total` on the base plane: start + step * n, steps above 0.
    total : (rows, columns) float32 array
        Sum of bilinear samples, one for each slice.
    """
    n0, n1, width = volume.shape
    slices, height = (n1, n0) if slices_on_axis_1 else (n0, n1)
    columns = total.shape[1]
    left = np.empty(columns, dtype=np.uint32)  # unsigned: an index that needs no test for wrap-around
    share = np.empty(columns, dtype=np.float32)
    upper = np.zeros(columns, dtype=np.float32)
    lower = np.zeros(columns, dtype=np.float32)
    for a in range(slices):
        scale = (a - source[0]) / (base - source[0])
        u0 = source[2] + (u_start - source[2]) * scale
        du = u_step * scale
        v0 = source[1] + (v_start - source[1]) * scale
        dv = v_step * scale
        # The band's rows that meet the slice: -> [q_start, q_stop), v in [0, height - 1).
        q_start = max(row_start, int(np.ceil(-v0 / dv)))
        q_stop = min(row_stop, int(np.ceil((height - 1 - v0) / dv)))
        if q_start >= q_stop:
            continue
        j_start = max(int(v0 + q_start * dv), 0)
        j_stop = min(int(v0 + (q_stop - 1) * dv) + 1, height - 1)  # the last row that is read
        first, last = width, 0
        for j in range(j_start, j_stop + 1):
            i0, i1 = (j, a) if slices_on_axis_1 else (a, j)
            if filled[i0, i1, 1] > 0:
                first = min(first, filled[i0, i1, 0])
                last = max(last, filled[i0, i1, 1])
        if last == 0:
            continue
        # Columns whose two voxels can hold anything but air: u in (first - 1, last), within [0, width - 1).
        p_start = max(0, int(np.ceil((first - 1 - u0) / du)))
        p_stop = min(columns, int(np.ceil((min(last, width - 1) - u0) / du)))
        if p_start >= p_stop:
            continue
        count = p_stop - p_start
        u0 += p_start * du
        for p in range(count):
            u = min(max(u0 + p * du, 0.0), width - 1.000001)
            left[p] = np.uint32(u)
            share[p] = u - left[p]
        q = q_start
        below_known = -1  # the voxel row that `lower` holds
        lower_empty = True
        for j in range(j_start, j_stop):
            q_end = min(q_stop, int(np.ceil((j + 1 - v0) / dv)))
            if q_end <= q:
                continue
            if below_known == j:
                upper, lower = lower, upper
                upper_empty = lower_empty
            else:
                upper_empty = _resample(volume, filled, slices_on_axis_1, a, j, left, share, count, upper)
            lower_empty = _resample(volume, filled, slices_on_axis_1, a, j + 1, left, share, count, lower)
            below_known = j + 1
            if not (upper_empty and lower_empty):
                for n in range(q, q_end):
                    t = np.float32(v0 + n * dv - j)
                    row = total[n, p_start:p_stop]
                    for p in range(count):
                        row[p] += upper[p] + t * (lower[p] - upper[p])
            q = q_end


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _resample(
    volume: Array,
    filled: Array,
    slices_on_axis_1: bool,
    a: int,
    j: int,
    left: Array,
    share: Array,
    count: int,
    out: Array,
) -> bool:  # pragma: no cover - compiled
    """Voxel row j of slice a, interpolated at the columns' places; True when it is all air."""
    i0, i1 = (j, a) if slices_on_axis_1 else (a, j)
    if filled[i0, i1, 1] == 0:
        for p in range(count):
            out[p] = 0.0
        return True
    voxels = volume[i0, i1]
    for p in range(count):
        n = left[p]
        here = np.float32(voxels[n])
        out[p] = here + share[p] * (np.float32(voxels[n + np.uint32(1)]) - here)
    return False


@njit(cache=True, nogil=True)
def _cubic(t: float) -> tuple[float, float, float, float]:  # pragma: no cover - compiled
    """Weights of four samples at -1, 0, 1, 2 for a value at t (Keys, a = -1/2)."""
    return (
        t * (-0.5 + t * (1.0 - 0.5 * t)),
        1.0 + t * t * (-2.5 + 1.5 * t),
        t * (0.5 + t * (2.0 - 1.5 * t)),
        t * t * (-0.5 + 0.5 * t),
    )


@njit(cache=True, nogil=True, fastmath=True)
def warp_rows(
    total: Array,
    source: Array,
    base: float,
    u_start: float,
    u_step: float,
    v_start: float,
    v_step: float,
    corner: Array,
    per_column: Array,
    per_row: Array,
    spacing: Array,
    out: Array,
    row_start: int,
    row_stop: int,
) -> None:  # pragma: no cover - compiled
    """Rows `row_start` to `row_stop` of the radiograph: the base plane's image seen along each ray, in mm of path.

    Parameters
    ----------
    total, source, base, u_start, u_step, v_start, v_step
        As for :func:`shear_band`.
    corner, per_column, per_row : (3,) arrays
        Pixel (column c, row r) is at corner + c * per_column + r * per_row, in voxels (slice, row, column).
    spacing : (3,) array
        Voxel size in mm along (slice, row, column).
    out : (rows, columns) float32 array
        Voxel value times mm, to be scaled by the caller.
    """
    rows, columns = total.shape
    for r in range(row_start, row_stop):
        for c in range(out.shape[1]):
            da = corner[0] + c * per_column[0] + r * per_row[0] - source[0]
            dv = (corner[1] + c * per_column[1] + r * per_row[1] - source[1]) / da
            du = (corner[2] + c * per_column[2] + r * per_row[2] - source[2]) / da
            x = (source[2] + du * (base - source[0]) - u_start) / u_step
            y = (source[1] + dv * (base - source[0]) - v_start) / v_step
            if x < 1.0 or y < 1.0 or x >= columns - 2 or y >= rows - 2:
                out[r, c] = 0.0  # the caller leaves a margin: this ray misses the volume
                continue
            m, n = int(x), int(y)
            wx0, wx1, wx2, wx3 = _cubic(x - m)
            wy = _cubic(y - n)
            value = 0.0
            for k in range(4):
                line = total[n - 1 + k]
                value += wy[k] * (wx0 * line[m - 1] + wx1 * line[m] + wx2 * line[m + 1] + wx3 * line[m + 2])
            length = np.sqrt(spacing[0] ** 2 + (dv * spacing[1]) ** 2 + (du * spacing[2]) ** 2)
            out[r, c] = max(value, 0.0) * length
