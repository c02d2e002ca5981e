"""Rigid transforms: a proper rotation and a translation, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurotomy.errors import GuidanceError

__all__ = ["RigidTransform", "unit"]

Array = NDArray[np.float64]


def unit(vector: ArrayLike) -> Array:
    """`vector`, shape (..., 3), scaled to length 1.

    Raises
    ------
    GuidanceError
        When a vector has no length: two points that should differ are the same.
    """
    v = np.asarray(vector, dtype=float)
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    if np.any(length < 1e-12):
        raise GuidanceError("A direction has no length: two points that should differ are the same.")
    return np.asarray(v / length)


@dataclass(frozen=True)
class RigidTransform:
    """``b = rotation @ a + translation_mm``; named ``b_from_a`` by whoever holds it.

    Parameters
    ----------
    rotation : (3, 3) array
        A proper rotation.
    translation_mm : (3,) array
        In mm, in the target frame.

    Raises
    ------
    ValueError
        When `rotation` shears, scales or reflects. A reflection would swap left and right.
    """

    rotation: Array
    translation_mm: Array

    def __post_init__(self) -> None:
        rotation = np.array(self.rotation, dtype=float)
        translation = np.array(self.translation_mm, dtype=float)
        if rotation.shape != (3, 3) or translation.shape != (3,):
            raise ValueError("A rigid transform needs a 3×3 rotation and 3 translations.")
        if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6) or np.linalg.det(rotation) < 0:
            raise ValueError(
                "Not a proper rotation: it shears, scales or reflects (a reflection swaps left and right)."
            )
        rotation.setflags(write=False)
        translation.setflags(write=False)
        object.__setattr__(self, "rotation", rotation)
        object.__setattr__(self, "translation_mm", translation)

    @classmethod
    def identity(cls) -> RigidTransform:
        """The transform that changes nothing."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_frame(cls, origin_mm: ArrayLike, axes: ArrayLike) -> RigidTransform:
        """``world_from_frame`` for a frame with `origin_mm` and unit `axes` (rows x, y, z) in world coordinates."""
        return cls(np.asarray(axes, dtype=float).T, np.asarray(origin_mm, dtype=float))

    @classmethod
    def along_axis(cls, tip_mm: ArrayLike, shaft_direction: ArrayLike) -> RigidTransform:
        """``needle_from_lps``: origin at the tip, +z along `shaft_direction` (from the tip up the shaft to the hub).

        The rotation about the shaft is fixed by convention: needle +x is the LPS axis least parallel to the shaft,
        made perpendicular to it.
        """
        z = unit(shaft_direction)
        helper = np.eye(3)[int(np.argmin(np.abs(z)))]
        x = unit(helper - (helper @ z) * z)
        return cls.from_frame(tip_mm, np.array([x, np.cross(z, x), z])).inverse()

    def __call__(self, points_mm: ArrayLike) -> Array:
        """Transform points, shape (..., 3), mm."""
        return np.asarray(points_mm, dtype=float) @ self.rotation.T + self.translation_mm

    def direction(self, vectors: ArrayLike) -> Array:
        """Rotate directions, shape (..., 3), without translating them."""
        return np.asarray(vectors, dtype=float) @ self.rotation.T

    def __matmul__(self, other: RigidTransform) -> RigidTransform:
        """``c_from_b @ b_from_a`` is ``c_from_a``."""
        return RigidTransform(
            self.rotation @ other.rotation, self.rotation @ other.translation_mm + self.translation_mm
        )

    def inverse(self) -> RigidTransform:
        """``a_from_b`` from ``b_from_a``."""
        return RigidTransform(self.rotation.T, -self.rotation.T @ self.translation_mm)
