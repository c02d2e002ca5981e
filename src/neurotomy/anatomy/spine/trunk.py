"""The trunk around the spine, layer by layer: air, skin, subcutaneous fat, abdominal wall, and fat inside (numba)."""

from __future__ import annotations

import math
from typing import Any

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
    for k in range(hu.shape[0]):
        cx, cy, a, b = centre[k, 0], centre[k, 1], half[k, 0], half[k, 1]
        front, side, back = fat[k, 0], fat[k, 1], fat[k, 2]
        for j in range(hu.shape[1]):
            y = origin[1] + j * step - cy
            v = y / b
            for i in range(hu.shape[2]):
                x = origin[0] + i * step - cx
                u = x / a
                q, uv = u * u + v * v, u * u * v * v
                if q > 2.1:
                    hu[k, j, i] = int(air)
                    continue
                # squircle: between an ellipse and a rectangle, as trunks are
                k0 = math.sqrt(0.5 * (q + math.sqrt(max(q * q - 1.6 * uv, 0.0))) * 1.0 + 1e-12)
                slope = math.sqrt(u * u / (a * a) + v * v / (b * b)) / math.sqrt(q + 1e-12) + 1e-12
                # a furrow along the spine
                furrow = 0.0
                if y > 0.0:
                    furrow = 5.0 * math.exp(-x * x / 260.0)
                d = (k0 - 1.0) / slope + furrow  # outside: positive
                share = min(max(0.5 - d / step, 0.0), 1.0)
                if share <= 0.0:
                    hu[k, j, i] = int(air)
                    continue
                depth = -d
                across = u * u / (q + 1e-12)
                below = side * across + (back if y > 0.0 else front) * (1.0 - across)
                muscles = wall[1] * across + (0.0 if y > 0.0 else wall[0] * (1.0 - across))
                grain = texture[k % size, j % size, i % size]
                value = skin
                t = min(max((depth - 1.6) / step + 0.5, 0.0), 1.0)
                value += t * (fat_hu + 5.0 * grain - value)
                t = min(max((depth - below) / step + 0.5, 0.0), 1.0)
                value += t * (muscle + 7.0 * grain - value)
                t = min(max((depth - below - muscles) / step + 0.5, 0.0), 1.0)
                value += t * (inside + 7.0 * grain - value)
                hu[k, j, i] = int(round(air + share * (value - air)))


@njit(cache=True, nogil=True)
def add_noise(hu: Any, noise: Any, sd: float, lowest: int) -> None:
    """Add a repeating block of unit noise times `sd`; nothing falls below `lowest`."""
    n = noise.shape[0]
    for k in range(hu.shape[0]):
        for j in range(hu.shape[1]):
            # each slice and row starts elsewhere in the block, so that its repeat does not show
            kk, jj, start = k % n, (j + 17 * (k // n)) % n, (29 * (j // n) + 43 * (k // n)) % n
            for i in range(hu.shape[2]):
                value = hu[k, j, i] + sd * noise[kk, jj, (i + start) % n]
                hu[k, j, i] = max(int(round(value)), lowest)
