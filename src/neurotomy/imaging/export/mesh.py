"""Closed surfaces of triangles in LPS mm: the edge of a region of voxels, and tubes along curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neurotomy.errors import ImageError
from neurotomy.geometry import Curve, Volume, unit
from neurotomy.imaging.export.needs import needed

__all__ = ["Mesh", "region_surface", "surface_at", "tube"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Mesh:
    """A surface of triangles whose normals point out of the body (counter-clockwise seen from outside).

    Attributes
    ----------
    points_lps_mm
        Corners, (n, 3).
    triangles
        Three corners each, (m, 3).
    """

    points_lps_mm: Array
    triangles: NDArray[np.int64]

    @property
    def volume_mm3(self) -> float:
        """Volume inside, by the divergence theorem: positive when the normals point out."""
        a, b, c = (self.points_lps_mm[self.triangles[:, n]] for n in range(3))
        return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0)

    @property
    def closed(self) -> bool:
        """Whether each edge belongs to two triangles that run through it in opposite directions."""
        edges = np.concatenate([self.triangles[:, [0, 1]], self.triangles[:, [1, 2]], self.triangles[:, [2, 0]]])
        there = {(int(a), int(b)) for a, b in edges}
        return len(there) == len(edges) and all((b, a) in there for a, b in there)

    def outward(self) -> Mesh:
        """The same surface with normals that point out."""
        return self if self.volume_mm3 >= 0 else Mesh(self.points_lps_mm, self.triangles[:, ::-1])


def surface_at(values: Volume, level: float) -> Mesh:
    """The surface on which `values`, linear between voxels, equal `level`; what is above lies inside.

    Marching cubes (Lewiner and others 2003, scikit-image). Where the region reaches the edge of the image the surface
    is closed there, half a voxel further out.

    Raises
    ------
    ImageError
        When nothing is above `level`.
    OutputError
        When the group ``mesh`` is not installed.
    """
    array = np.asarray(values.array, dtype=np.float32)
    if not np.any(array > level):
        raise ImageError("There is no surface: no voxel lies above the level.")
    # One voxel of padding closes the surface; as low as the lowest, or mirrored about the level half a voxel outside.
    low = min(float(array.min()), 2 * level - float(array.max()))
    padded = np.pad(array, 1, constant_values=low)
    measure = needed("skimage.measure", "mesh", "Making surfaces")
    corners, triangles, _, _ = measure.marching_cubes(padded, level=level)
    points = values.lps(np.asarray(corners, dtype=float) - 1.0)
    return Mesh(points, np.asarray(triangles, dtype=np.int64)).outward()


def region_surface(inside: Volume, smooth_voxels: float = 0.6) -> Mesh:
    """The surface of a region of voxels, without their steps.

    Parameters
    ----------
    inside : Volume
        True where the region is.
    smooth_voxels : float
        Standard deviation of the Gaussian that takes the steps away. A flat face stays where it is; an edge is rounded
        by about this much, and what is thinner than a voxel may vanish. A region that would vanish keeps its steps.
    """
    from scipy import ndimage

    mask = np.asarray(inside.array, dtype=bool)
    filled = np.argwhere(mask)
    if not len(filled):
        raise ImageError("There is no surface: the region is empty.")
    first = np.maximum(filled.min(axis=0) - 3, 0)
    last = np.minimum(filled.max(axis=0) + 4, mask.shape)
    i, j, k = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    affine = np.array(inside.lps_from_voxel)
    affine[:3, 3] = inside.lps(first)
    soft = ndimage.gaussian_filter(mask[i, j, k].astype(np.float32), smooth_voxels, mode="constant")
    if not np.any(soft > 0.5):
        soft = mask[i, j, k].astype(np.float32)
    return surface_at(Volume(soft, affine), 0.5)


def tube(curve: Curve, radius_mm: float | Array, around: int = 24) -> Mesh:
    """A closed tube along a curve, with flat ends; one radius, or one for each point of the curve (a rounded tip).

    The section's corners lie so far out that its area is that of the circle. Sections follow the curve without twist
    (parallel transport by projection).
    """
    points, tangents = curve.points_mm, curve.tangents
    # A polygon of n corners at r has the area n/2 r² sin(2π/n).
    reach = np.broadcast_to(radius_mm, len(points)) * np.sqrt(2 * np.pi / (around * np.sin(2 * np.pi / around)))
    reach = np.maximum(reach, 1e-2 * reach.max())  # an apex of no width would leave triangles of no area
    across = np.eye(3)[int(np.argmin(np.abs(tangents[0])))]
    angles = 2 * np.pi * np.arange(around) / around
    rings = []
    for point, along, out in zip(points, tangents, reach, strict=True):
        across = unit(across - (across @ along) * along)
        other = np.cross(along, across)
        rings.append(point + out * (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * other))
    count = len(points)
    corners = np.concatenate([*rings, points[:1], points[-1:]])
    n = np.arange(around)
    following = (n + 1) % around
    triangles = [np.column_stack([[count * around] * around, following, n])]
    for ring in range(count - 1):
        a, b = ring * around + n, ring * around + following
        triangles += [np.column_stack([a, b, b + around]), np.column_stack([a, b + around, a + around])]
    end = (count - 1) * around
    triangles.append(np.column_stack([[count * around + 1] * around, end + n, end + following]))
    return Mesh(corners, np.concatenate(triangles).astype(np.int64)).outward()
