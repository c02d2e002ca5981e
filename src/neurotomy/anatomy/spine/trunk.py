"""The trunk around the spine, layer by layer: air, skin, subcutaneous fat, abdominal wall, and fat inside (numba)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

__all__ = ["add_noise", "fill_trunk"]


@njit(cache=True, nogil=True)
def fill_trunk(
    hu: Any, origin: Any, step: float, centre: Any, half: Any, fat: Any, wall: Any, values: Any, texture: Any
) -> None:
    """Fill the CT with the trunk's layers, with partial volume between them.

    Parameters
    ----------
    hu : (nz, ny, nx) int16
        Overwritten.
    origin, step
        LPS of voxel 0 (x, y, z) and voxel side, mm.
    centre : (nz, 2)
        Middle of the trunk in each slice (x, y).
    half : (nz, 2)
        Half width and half depth of the skin in each slice.
    fat : (nz, 3)
        Thickness of subcutaneous fat in front, at the sides and behind, in each slice.
    wall : (2,)
        Thickness of the abdominal wall's muscle in front and at the sides (none behind: muscles are painted there).
    values : (5,)
        CT numbers of air, skin, fat, muscle of the wall, and fat inside.
    texture : (n, n, n) float32
        Repeating structure of standard deviation 1.
    """
    air, skin, fat_hu, muscle, inside = values[0], values[1], values[2], values[3], values[4]
    size = texture.shape[0]
    row = np.empty(hu.shape[2] + size, dtype=np.float32)
    for k in range(hu.shape[0]):
        cx, cy, a, b = centre[k, 0], centre[k, 1], half[k, 0], half[k, 1]
        front, side, back = fat[k, 0], fat[k, 1], fat[k, 2]
        aa, bb = 1.0 / (a * a), 1.0 / (b * b)
        for j in range(hu.shape[1]):
            y = origin[1] + j * step - cy
            vv = y * y * bb
            behind = y > 0.0
            below_middle = back if behind else front
            wall_middle = 0.0 if behind else wall[0]
            for start in range(0, hu.shape[2], size):
                row[start : start + size] = texture[k % size, j % size]
            for i in range(hu.shape[2]):
                x = origin[0] + i * step - cx
                uu = x * x * aa
                q = uu + vv
                if q > 2.1:
                    hu[k, j, i] = int(air)
                    continue
                if q < 0.36:  # deep inside: nothing but fat
                    hu[k, j, i] = round(inside + 7.0 * row[i])
                    continue
                # a squircle: between an ellipse and a rectangle, as trunks are
                k0 = math.sqrt(0.5 * (q + math.sqrt(max(q * q - 1.6 * uu * vv, 0.0))))
                d = (k0 - 1.0) * math.sqrt(q / (uu * aa + vv * bb))
                if behind and abs(x) < 50.0:  # the furrow along the spine
                    d += 5.0 * math.exp(-x * x / 260.0)
                if d > step:
                    hu[k, j, i] = int(air)
                    continue
                depth = -d
                across = uu / q
                below = below_middle + (side - below_middle) * across
                inner = below + wall_middle + (wall[1] - wall_middle) * across
                grain = row[i]
                if depth > inner + step:
                    hu[k, j, i] = round(inside + 7.0 * grain)
                    continue
                value = skin
                t = min(max((depth - 1.6) / step + 0.5, 0.0), 1.0)
                value += t * (fat_hu + 5.0 * grain - value)
                t = min(max((depth - below) / step + 0.5, 0.0), 1.0)
                value += t * (muscle + 7.0 * grain - value)
                t = min(max((depth - inner) / step + 0.5, 0.0), 1.0)
                value += t * (inside + 7.0 * grain - value)
                share = min(max(0.5 - d / step, 0.0), 1.0)
                hu[k, j, i] = round(air + share * (value - air))


@njit(cache=True, nogil=True)
def add_noise(hu: Any, noise: Any, lowest: int) -> None:
    """Add a repeating block of noise, (n, n, n) int16; nothing falls below `lowest`.

    Each slice and row starts elsewhere in the block, so that its repeat does not show.
    """
    n = noise.shape[0]
    row = np.empty(hu.shape[2] + n, dtype=np.int16)
    for k in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            from_row = noise[k % n, (j + 17 * (k // n)) % n]
            shift = (29 * (j // n) + 43 * (k // n)) % n
            for start in range(-shift, hu.shape[2], n):
                for i in range(max(-start, 0), n):
                    row[start + i] = from_row[i]
            for i in range(hu.shape[2]):
                hu[k, j, i] = max(hu[k, j, i] + row[i], lowest)
